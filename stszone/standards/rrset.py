"""The RRset: what the standards make and the targets hold, in presentation form."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from sys import intern

from stszone.errors import RuleError
from stszone.report import Key

_STRING = 255
"""Octets of one character-string (RFC 1035 §3.3)."""

_PLAIN = re.compile(r"[ !#-\[\]-~]*")
_CHUNKS = re.compile(rf".{{1,{_STRING}}}")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"|(\S+)')
_ESCAPE = re.compile(r"\\(\d{3}|.)")


@dataclass(frozen=True, slots=True)
class RRset:
    """All records of one owner name and type (RFC 2181 §5)."""

    name: str
    """Owner name: absolute, lower case, without the trailing dot."""
    type: str
    ttl: int
    """Seconds."""
    rdatas: tuple[str, ...]
    """Presentation form, names absolute with their trailing dot, sorted."""
    key: Key = field(default=(), compare=False)
    """The place in the mail domain's YAML that asks for it."""

    def __post_init__(self) -> None:
        if len(self.rdatas) > 1:
            object.__setattr__(self, "rdatas", tuple(sorted(set(self.rdatas))))

    def at(self, *prefix: str | int) -> RRset:
        """The same RRset, its key seen from further out."""
        # Interned, as the ledger's texts are: a large fleet holds each name and value once.
        rdatas = tuple(map(intern, self.rdatas))
        return RRset(intern(self.name), self.type, self.ttl, rdatas, (*prefix, *self.key))


def txt(text: str) -> str:
    """A text as the rdata of a TXT record, split into strings of 255 octets.

    Refuses what does not come back unchanged from every provider: quotes, backslashes,
    control characters, anything but ASCII.  Raises RuleError (DNS003, OCT006, STS011).

    >>> txt("v=spf1 -all")
    '"v=spf1 -all"'
    """
    if not text:
        raise RuleError("DNS003", "an empty TXT record")
    if not _PLAIN.fullmatch(text):
        if not text.isascii() or not text.isprintable():
            raise RuleError("OCT006", f"{text!r} has characters outside printable ASCII")
        raise RuleError("OCT002", f"{text!r} has a quote or a backslash in it")
    if len(text) <= _STRING:
        return f'"{text}"'
    return " ".join(f'"{chunk}"' for chunk in _CHUNKS.findall(text))


def txt_text(rdata: str) -> str:
    """The text of a TXT rdata: its strings joined without separator (RFC 7208 §3.3).

    >>> txt_text('"v=spf1 " "-all"')
    'v=spf1 -all'
    """
    if rdata.count('"') == 2 and rdata[0] == rdata[-1] == '"' and "\\" not in rdata:
        return rdata[1:-1]
    parts = (quoted or bare for quoted, bare in _QUOTED.findall(rdata))
    return _ESCAPE.sub(_unescape, "".join(parts)) if "\\" in rdata else "".join(parts)


def _unescape(match: re.Match[str]) -> str:
    code = match[1]
    return chr(int(code)) if len(code) == 3 and code.isdigit() else code


def dotted(name: str) -> str:
    """A name as it stands in rdata; the one place where the trailing dot is added.

    >>> dotted("mail.example.com"), dotted("")
    ('mail.example.com.', '.')
    """
    return f"{name}."


def visible(text: str) -> str:
    r"""A text on one line that cannot act on a terminal: what does not print becomes an escape.

    Controls, directions, line ends, all spaces but the plain one.  A second time changes nothing.

    >>> print(visible("a\x1b[31m\u202e\nb"))
    a\x1b[31m\u202e\nb
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)


def points_to(rdata: str) -> str:
    """The name that an MX, SRV, CNAME or PTR record points to; empty for the root.

    >>> points_to("10 Mail.example.com."), points_to("0 .")
    ('mail.example.com', '')
    """
    return rdata.rpartition(" ")[2].removesuffix(".").lower()


ADDRESSES = frozenset({"A", "AAAA", "CNAME"})
"""Types that give a name an address, or lead to one."""

POINTERS = frozenset({"MX", "SRV", "CNAME"})
"""Types whose rdata ends in a host that has to have an address."""


def readable(type_: str, rdatas: tuple[str, ...]) -> tuple[str, ...]:
    r"""Rdata for people: a TXT as one text without quotes and chunks, all else as it is.

    What does not print is shown as an escape.  A backslash of the text itself is doubled, so that
    no two texts look alike.

    >>> print(*readable("TXT", (r'"a\027" "b"', r'"a\\x1bb"')))
    a\x1bb a\\x1bb
    """
    if type_ == "TXT":
        return tuple(visible(txt_text(rdata).replace("\\", r"\\")) for rdata in rdatas)
    return tuple(map(visible, rdatas))
