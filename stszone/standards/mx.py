"""MX (RFC 5321 §5.1, RFC 7505): which hosts accept the mail of a domain.

The YAML says a list of hosts, or `none` for the null MX; the model of the null MX is the empty
tuple, so that it cannot be mixed with hosts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema

from stszone.errors import RuleError
from stszone.report import Finding
from stszone.rules import finding
from stszone.standards.names import is_address, parse_host
from stszone.standards.rrset import RRset, dotted
from stszone.standards.section import Section

NULL_MX = "0 ."
"""The rdata that says that a domain accepts no mail (RFC 7505 §3)."""

DEFAULT_PREFERENCE = 10

_TEXT = re.compile(r"(\d{1,10})\s+(\S+)")


def parse_exchange(text: str) -> str:
    """The host of an MX.  Raises RuleError (MXX002, MXX004, NMX001 and those of `parse_host`)."""
    if text == ".":
        raise RuleError("NMX001", "the host . stands for the null MX", "write `mx: none`")
    try:
        return parse_host(text)
    except RuleError as error:
        if error.rule == "DNS002" and "_" in text:
            raise RuleError("MXX004", error.what, error.fix) from None
        raise


def _preference(value: int) -> int:
    if 0 <= value <= 65535:
        return value
    raise RuleError("MXX005", f"preference {value} is outside 0 to 65535")


class MxHost(Section):
    """One host that accepts the domain's mail."""

    host: Annotated[str, AfterValidator(parse_exchange)]
    preference: Annotated[int, AfterValidator(_preference)] = Field(
        DEFAULT_PREFERENCE, json_schema_extra={"minimum": 0, "maximum": 65535}
    )
    """Senders try the lowest first, and equal ones in random order."""


def _item(value: object) -> object:
    """A host written as text: `10 mail.example.com`, or the name alone."""
    if not isinstance(value, str):
        return value
    if match := _TEXT.fullmatch(value.strip()):
        return {"preference": int(match[1]), "host": match[2]}
    return {"host": value}


def _hosts(value: object) -> object:
    if value == "none":
        return ()
    if not isinstance(value, list):
        return value
    if not value:
        hint = "write `none` for the null MX, or leave mx out"
        raise RuleError("NMX001", "the list of MX hosts is empty", hint)
    if len(value) > 1 and any(_is_root(item) for item in value):
        raise RuleError("NMX002", "the null MX stands beside other MX hosts")
    return tuple(value)


def _is_root(item: object) -> bool:
    host = item.get("host") if isinstance(item, dict) else item
    return isinstance(host, str) and host.split()[-1:] == ["."]


_HOST_SCHEMA: dict[str, Any] = {  # Any: JSON schema
    "oneOf": [
        {"type": "string", "examples": ["10 mail.{domain}"]},
        {
            "type": "object",
            "properties": {
                "host": {"type": "string"},
                "preference": {"type": "integer", "minimum": 0, "maximum": 65535},
            },
            "required": ["host"],
            "additionalProperties": False,
        },
    ]
}
_SCHEMA = {"oneOf": [{"const": "none"}, {"type": "array", "minItems": 1, "items": _HOST_SCHEMA}]}

MxHosts = Annotated[
    tuple[Annotated[MxHost, BeforeValidator(_item)], ...], BeforeValidator(_hosts), WithJsonSchema(_SCHEMA)
]
"""`mx:` in the YAML; the empty tuple is the null MX."""


def rrsets(section: Sequence[MxHost], domain: str, ttl: int) -> Iterator[RRset]:
    """The MX RRset of the domain."""
    yield RRset(domain, "MX", ttl, tuple(map(format_record, section)) or (NULL_MX,))


def check(section: Sequence[MxHost], domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in the section and still a trap."""
    seen: set[str] = set()
    for index, mx in enumerate(section):
        if mx.host in seen:
            yield finding("MXX008", f"{mx.host} is listed twice", key=(index,), fix="list it once")
        seen.add(mx.host)


def parse_record(rdata: str) -> MxHost | None:
    """The rdata of one MX, None for the null MX.

    Raises RuleError (MXX002, MXX004, MXX005, NMX001 and those of `parse_host`).

    >>> parse_record("10 mail.example.com.")
    MxHost(host='mail.example.com', preference=10)
    """
    if not (match := _TEXT.fullmatch(rdata.strip())):
        raise RuleError("MXX005", f"{rdata!r} is not a preference and a host")
    preference, exchange = _preference(int(match[1])), match[2]
    if exchange != ".":
        return MxHost(host=parse_exchange(exchange.removesuffix(".")), preference=preference)
    if preference:
        raise RuleError("NMX001", f"{rdata!r} is a null MX with preference {preference}")
    return None


def format_record(mx: MxHost | None) -> str:
    """The rdata of one MX.

    >>> format_record(MxHost(host="mail.example.com"))
    '10 mail.example.com.'
    """
    return f"{mx.preference} {dotted(mx.host)}" if mx else NULL_MX


def check_rdatas(name: str, rdatas: Sequence[str]) -> Iterator[Finding]:
    """What senders make of the MX records at a name."""
    if len(rdatas) > 1 and any(rdata.split()[-1] == "." for rdata in rdatas):
        yield finding("NMX002", f"{name} has a null MX and {len(rdatas) - 1} other MX")
    for rdata in rdatas:
        exchange = rdata.split()[-1].removesuffix(".")
        if is_address(exchange):
            yield finding("MXX002", f"{name} has the MX {rdata}")
            continue
        try:
            parse_record(rdata)
        except RuleError as error:
            yield finding(error.rule, f"{name}: {error.what}", fix=error.fix)
