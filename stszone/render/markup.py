"""What Markdown is made of: values that mean themselves, and pieces that close what they open."""

from __future__ import annotations

import re
from collections.abc import Iterable

from stszone.standards.rrset import visible

_SPECIAL = re.compile(r"([\\*_{}\[\]()#+!~-])")
_FIRST = re.compile(r"^( |\d+\.)")
"""What makes a list or a block of code at the beginning of a line."""
_ENTITIES = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "|": "&#124;", "`": "&#96;", "$": "&#36;"}
)
"""Not by backslash: a table looks for `|` first, GitHub for `@` and `$`, and all see through backslashes."""
_MORE_ENTITIES = str.maketrans({one: f"&#{ord(one)};" for one in "\\*_[]~!#"})
_ADDRESS = re.compile(r":(?=//)|(?<=www)\.", re.IGNORECASE)
_NAMED = re.compile(r"(&#64;|\\#)(?=\\?\w)")
"""Where people and issues are named, for GitHub also in the finished HTML."""
_URL = re.compile(r"https?://[A-Za-z0-9._~:/?#=&%+-]{1,500}")
_NO_NAME = re.compile(r"[^A-Za-z0-9._]+")


def escape(text: str) -> str:
    """A text that means itself in Markdown and in the HTML that becomes of it.

    `@` is kept from naming a person, `#` from naming an issue, an address from being a link, and
    whatever does not print is made visible.
    """
    safe = _SPECIAL.sub(r"\\\1", visible(text)).translate(_ENTITIES)
    return _FIRST.sub(_entity_last, _ADDRESS.sub(_entity_last, _NAMED.sub(r"\1&#8203;", safe)))


def _entity_last(match: re.Match[str]) -> str:
    """The last character as an entity."""
    return f"{match[0][:-1]}&#{ord(match[0][-1])};"


def prose(text: str) -> str:
    """A text of which parts are in backticks: those in code type, the rest as it is.

    Wherever the backticks come from, what is between them is told nothing.
    """
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return "".join(code(part) if index % 2 else escape(part) for index, part in enumerate(parts))


def code(text: str) -> str:
    """A value in code type.  Markdown reads on inside of the HTML tag, so nothing may be left to it."""
    safe = visible(text).translate(_ENTITIES | _MORE_ENTITIES)
    return f"<code>{_ADDRESS.sub(_entity_last, safe)}</code>"


def patch(lines: Iterable[str]) -> str:
    """Lines that begin with `+`, `-` or a space, in the colours of a diff.

    An HTML block and no fence: within it Markdown reads nothing, so that entities are enough.
    """
    # `##[` begins a command of GitHub's runner anywhere in a line, should this go to a log.
    safe = (visible(line).translate(_ENTITIES).replace("##[", "#&#35;[") for line in lines)
    return "\n".join(['<pre lang="diff">', *safe, "</pre>"])


def folded(summary: str, body: str) -> str:
    """A part that is shown on a click; both texts are Markdown already."""
    return f"<details><summary>{summary}</summary>\n\n{body}\n\n</details>"


def quoted(kind: str, text: str) -> str:
    """A box in GitHub's and GitLab's colour for `CAUTION` or `WARNING`; elsewhere a quotation."""
    lines = [f"[!{kind}]", *text.split("\n")]
    return "\n".join(f"> {line}".rstrip() for line in lines)


def marker(kind: str, name: str) -> str:
    """A comment that nobody sees, by which a job finds its own comment again."""
    return f"<!-- stszone:{kind}:{_NO_NAME.sub('-', name[:60]).strip('-') or kind} -->"


def link(text: str, address: str) -> str:
    """A link, where the address is one; else nothing."""
    return f"[{text}]({address})" if _URL.fullmatch(address) else ""
