"""The tags of a DMARC record (RFC 9989 §4.7): how a text falls into them, and what each may be."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from stszone.errors import RuleError
from stszone.standards.names import parse_host
from stszone.standards.section import Frozen

VERSION = "v=DMARC1"
POLICIES = ("none", "quarantine", "reject")
"""From the mildest to the strictest."""

_VERSION = re.compile(r"v[ \t]*=[ \t]*DMARC1[ \t]*(?:;|$)")
_TAG = re.compile(r"([A-Za-z][A-Za-z0-9_]*)[ \t]*=[ \t]*([\x20-\x3a\x3c-\x7e]+)")
_COMMA = re.compile(r"[ \t]*,[ \t]*")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):.")
_SIZE = re.compile(r"![0-9]+[kmgt]?$", re.IGNORECASE)
_NOT_URI = re.compile(r"[^A-Za-z0-9._~:/?#\[\]@$&'()*+=%-]|%(?![0-9A-Fa-f]{2})")


def is_policy_record(text: str) -> bool:
    """Whether receivers take a text for a DMARC record at all (RFC 9989 §4.10, step 2)."""
    return _VERSION.match(text) is not None


def parse_tags(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    """The tags behind the version, and the parts that are none.  Raises RuleError (DMA001).

    >>> parse_tags("v=DMARC1; p=none;; x")
    ([('p', 'none')], ['', 'x'])
    """
    if not (match := _VERSION.match(text)):
        raise RuleError("DMA001", f"{text!r} does not begin with {VERSION};")
    rest = text[match.end() :].strip(" \t")
    tags: list[tuple[str, str]] = []
    others: list[str] = []
    for part in rest.removesuffix(";").split(";") if rest else ():
        stripped = part.strip(" \t")
        if tag := _TAG.fullmatch(stripped):
            tags.append((tag[1], tag[2]))
        else:
            others.append(stripped)
    return tags, others


def _one_of(rule: str, words: tuple[str, ...]) -> Callable[[str], str]:
    """A parser of one of some words; their case does not matter (RFC 9989 §4.8)."""

    def parse(text: str) -> str:
        if text.lower() in words:
            return text.lower()
        raise RuleError(rule, f"{text!r} is not one of {', '.join(words)}")

    return parse


parse_policy = _one_of("DMA004", POLICIES)
parse_alignment = _one_of("DMA011", ("r", "s"))
parse_test_mode = _one_of("DMA006", ("y", "n"))
parse_psd = _one_of("DMA016", ("y", "n", "u"))


def parse_failure_options(text: str) -> str:
    """The value of `fo`: some of 0, 1, d, s with colons between, not both 0 and 1.

    Raises RuleError (DMA011).

    >>> parse_failure_options("1:D")
    '1:d'
    """
    options = [option.strip(" \t") for option in text.lower().split(":")]
    if not set(options) <= {"0", "1", "d", "s"} or len(set(options)) != len(options):
        raise RuleError("DMA011", f"{text!r} is not a list of 0, 1, d, s", "write for example 1:d")
    if {"0", "1"} <= set(options):
        raise RuleError("DMA011", f"{text!r} has both 0 and 1, which exclude each other", "keep one of them")
    return ":".join(options)


def parse_percent(value: int) -> int:
    """The value of `pct`.  Raises RuleError (DMA005)."""
    if 0 <= value <= 100:
        return value
    raise RuleError("DMA005", f"{value} is not a percentage", "leave pct out")


def parse_interval(value: int) -> int:
    """The value of `ri`, in seconds.  Raises RuleError (DMA007)."""
    if 0 <= value < 2**32:
        return value
    raise RuleError("DMA007", f"{value} is not a number of seconds below 2^32", "leave ri out")


def parse_formats(text: str) -> str:
    """The value of `rf`.  Raises RuleError (DMA007)."""
    if re.fullmatch(r"[A-Za-z0-9-]+(?::[A-Za-z0-9-]+)*", text):
        return text
    raise RuleError("DMA007", f"{text!r} is not a list of report formats", "leave rf out")


def _number(text: str) -> int:
    if re.fullmatch("[0-9]{1,10}", text):
        return int(text)
    raise RuleError("DMA007", f"{text!r} is not a number")


DEFAULTED: dict[str, Callable[[str], object]] = {
    "adkim": parse_alignment,
    "aspf": parse_alignment,
    "t": parse_test_mode,
    "psd": parse_psd,
    "pct": lambda text: parse_percent(_number(text)),
    "fo": parse_failure_options,
    "rf": parse_formats,
    "ri": lambda text: parse_interval(_number(text)),
}
"""Parsers of the tags whose wrong value counts as absent."""


def parse_uri(text: str) -> str:
    """One reporting address; the size limit of old records may stand behind it.  Raises RuleError (DMA010).

    >>> parse_uri("MAILTO:dmarc@example.com!10m")
    'mailto:dmarc@example.com!10m'
    """
    body = without_size(text)
    scheme, _, rest = body.partition(":")
    if scheme.lower() not in ("mailto", "https") or not rest:
        hint = f"write mailto:{text}" if "@" in text and ":" not in text else ""
        raise RuleError("DMA010", f"{text!r} is neither a mailto: nor an https: URI", hint)
    if found := _NOT_URI.search(body):
        encoded = "".join(f"%{octet:02X}" for octet in found[0].encode())
        raise RuleError("DMA010", f"{text!r} has a bare {found[0]!r}", f"write {encoded} for it")
    if scheme.lower() == "mailto":
        _check_mailbox(text, rest.partition("?")[0])
    return scheme.lower() + text[len(scheme) :]


def _check_mailbox(uri: str, address: str) -> None:
    local, _, host = address.rpartition("@")
    if not local or "@" in local:
        raise RuleError("DMA010", f"{uri!r} has no mailbox behind mailto:")
    try:
        parse_host(host)
    except RuleError as error:
        raise RuleError("DMA010", f"{uri!r}: {error.what}", error.fix) from None


def parse_uris(value: str) -> tuple[str, ...]:
    """The addresses of a list; schemes that no receiver knows are skipped (RFC 9989 §4.7).

    Raises RuleError (DMA010).
    """
    return tuple(parse_uri(uri) for uri in _COMMA.split(value) if not _is_foreign(uri))


def foreign_uris(value: str) -> list[str]:
    """The addresses of a list with a scheme that no receiver knows.

    >>> foreign_uris("mailto:a@example.com, ftp:x")
    ['ftp:x']
    """
    return [uri for uri in _COMMA.split(value) if _is_foreign(uri)]


def _is_foreign(uri: str) -> bool:
    scheme = _SCHEME.match(uri)
    return scheme is not None and scheme[1].lower() not in ("mailto", "https")


def without_size(uri: str) -> str:
    """An address without the `!10m` that RFC 9989 §4.8 calls obsolete."""
    return _SIZE.sub("", uri)


def mail_host(uri: str) -> str | None:
    """The domain that a mailto: URI sends to; None for other schemes.

    >>> mail_host("mailto:dmarc@Example.com!10m")
    'example.com'
    """
    if not uri.startswith("mailto:"):
        return None
    return without_size(uri).partition("?")[0].rpartition("@")[2].lower()


def _fo_text(value: object) -> object:
    """`fo: 1` and `fo: [1, d]`, as YAML gives them, in the form of the record."""
    if isinstance(value, list | tuple):
        return ":".join(str(option) for option in value)
    return str(value) if type(value) is int else value


def _enum(*words: str) -> WithJsonSchema:
    return WithJsonSchema({"enum": [*words]})


_FO_OPTION = {"enum": [0, 1, "0", "1", "d", "s"]}
_FO_SCHEMA = {"oneOf": [{"enum": [0, 1]}, {"type": "string"}, {"type": "array", "items": _FO_OPTION}]}

Policy = Annotated[str, AfterValidator(parse_policy), _enum(*POLICIES)]
Alignment = Annotated[str, AfterValidator(parse_alignment), _enum("r", "s")]
TestMode = Annotated[str, AfterValidator(parse_test_mode), _enum("y", "n")]
Psd = Annotated[str, AfterValidator(parse_psd), _enum("y", "n", "u")]
Percent = Annotated[int, AfterValidator(parse_percent)]
FailureOptions = Annotated[
    str, BeforeValidator(_fo_text), AfterValidator(parse_failure_options), WithJsonSchema(_FO_SCHEMA)
]
Formats = Annotated[str, AfterValidator(parse_formats)]
Interval = Annotated[int, AfterValidator(parse_interval)]
Uris = Annotated[tuple[Annotated[str, AfterValidator(parse_uri)], ...], Frozen]
