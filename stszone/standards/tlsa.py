"""TLSA for SMTP (RFC 7672, RFC 6698): the keys that an MX host may show.

The section is keyed by MX host, since senders look below its name and not below the mail
domain.  Usages 0 and 1 are refused: senders of mail cannot use them (RFC 7672 §3.1.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from stszone.errors import RuleError
from stszone.report import Finding
from stszone.rules import finding
from stszone.standards.names import parse_host, parse_owner
from stszone.standards.rrset import RRset
from stszone.standards.section import Section

SMTP = "_25._tcp."
"""What stands before the MX host (RFC 7672 §2.2.3)."""

USAGES = (2, 3)
"""DANE-TA and DANE-EE."""

_OCTETS = {1: 32, 2: 64}
"""Length of the data by matching type; 0 is the certificate or key itself."""

_TEXT = re.compile(r"(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})\s+([0-9A-Za-z\s]+)")
_PORT = re.compile(r"_(\d{1,5})\._(?:tcp|udp|sctp)\.")


def _usage(value: int) -> int:
    if value in USAGES:
        return value
    hint = "write 3, or 2 for the issuer; records for other services than mail go under `records:`"
    raise RuleError("DAN002", f"usage {value} is unusable for SMTP", hint)


def _selector(value: int) -> int:
    if value in (0, 1):
        return value
    raise RuleError("DAN004", f"selector {value} is neither 0 nor 1", "write 1, the public key")


def _matching_type(value: int) -> int:
    if value in (0, 1, 2):
        return value
    raise RuleError("DAN004", f"matching type {value} is not 0, 1 or 2", "write 1, SHA-256")


def _hex(value: str) -> str:
    data = "".join(value.split()).lower()
    if not data or len(data) % 2 or not re.fullmatch("[0-9a-f]+", data):
        raise RuleError("DAN004", f"{value!r} is not hexadecimal octets")
    return data


def _fits(matching_type: int, data: str) -> None:
    """Raises RuleError (DAN004) for a digest of another length."""
    octets = _OCTETS.get(matching_type)
    if octets and len(data) != 2 * octets:
        what = f"the data has {len(data) // 2} octets, matching type {matching_type} has {octets}"
        raise RuleError("DAN004", what)


class Tlsa(Section):
    """One TLSA record: `3 1 1 <hex>`, or its parts."""

    usage: Annotated[int, AfterValidator(_usage)]
    """3: the server's own key or certificate; 2: that of an issuer in the chain."""
    selector: Annotated[int, AfterValidator(_selector)]
    """1: the public key, which survives a renewal; 0: the certificate."""
    matching_type: Annotated[int, AfterValidator(_matching_type)]
    """1: SHA-256; 2: SHA-512; 0: no digest."""
    data: Annotated[str, AfterValidator(_hex)]
    """Hexadecimal, lower case."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:  # Any: what YAML gave, before any check
        if not isinstance(data, str):
            return data
        return dict(zip(("usage", "selector", "matching_type", "data"), _parts(data), strict=True))

    @model_validator(mode="after")
    def _data_fits_type(self) -> Tlsa:
        _fits(self.matching_type, self.data)
        return self


def _parts(text: str) -> tuple[int, int, int, str]:
    """The four fields of a record's text.  Raises RuleError (DAN004)."""
    if not (match := _TEXT.fullmatch(text.strip())):
        raise RuleError("DAN004", f"{text!r} is not of the form: 3 1 1 and hexadecimal digits")
    return int(match[1]), int(match[2]), int(match[3]), match[4]


def parse_key(text: str) -> str:
    """A key of the section: a host, or `_port._tcp.` and a host.

    Raises RuleError (DAN007 and those of names).
    """
    if not text.startswith("_"):
        return parse_host(text)
    if not (match := _PORT.match(text)) or int(match[1]) > 65535:
        raise RuleError("DAN007", f"{text} does not begin like _25._tcp.")
    parse_host(text[match.end() :])
    return parse_owner(text)


def owner(key: str) -> str:
    """The owner name that a key of the section stands for.

    >>> owner("mail.example.com"), owner("_443._tcp.www.example.com")
    ('_25._tcp.mail.example.com', '_443._tcp.www.example.com')
    """
    return key if key.startswith("_") else SMTP + key


def _several(value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    return (value,) if isinstance(value, str | dict) else value


TlsaByHost = dict[
    Annotated[str, AfterValidator(parse_key)],
    Annotated[tuple[Tlsa, ...], BeforeValidator(_several), Field(min_length=1)],
]
"""`tlsa:` in the YAML."""


def rrsets(section: Mapping[str, Sequence[Tlsa]], domain: str, ttl: int) -> Iterator[RRset]:
    """The TLSA RRset of every host."""
    for key, records in section.items():
        yield RRset(owner(key), "TLSA", ttl, tuple(map(format_record, records)), key=(key,))


def check(section: Mapping[str, Sequence[Tlsa]], domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in the section and still a trap."""
    if section and ttl > 3600:
        yield finding("DAN010", f"the TTL is {ttl} seconds")
    for key, records in section.items():
        for found in _check_set(owner(key), records):
            yield found.at(key)


def _check_set(name: str, records: Sequence[Tlsa]) -> Iterator[Finding]:
    for index, record in enumerate(records):
        if record.usage == 3 and record.selector == 0:
            yield finding("DAN003", f"{name} names a whole certificate (3 0)", key=(index,))
        elif record.matching_type == 0:
            yield finding("DAN003", f"{name} holds all of a key or certificate (type 0)", key=(index,))
    if all(record.matching_type == 2 for record in records):
        yield finding("DAN003", f"{name} has SHA-512 digests only (matching type 2)")
    if len({record.data for record in records}) < 2:
        yield finding("DAN008", f"{name} has one TLSA record")


def parse_record(rdata: str) -> Tlsa:
    """The rdata of one TLSA record as SMTP uses it.  Raises RuleError (DAN002, DAN004)."""
    usage, selector, matching_type, text = _parts(rdata)
    data = _hex(text)
    _fits(_matching_type(matching_type), data)
    return Tlsa(usage=_usage(usage), selector=_selector(selector), matching_type=matching_type, data=data)


def format_record(record: Tlsa) -> str:
    """The rdata of one TLSA record.

    >>> format_record(Tlsa(usage=3, selector=1, matching_type=0, data="AB"))
    '3 1 0 ab'
    """
    return f"{record.usage} {record.selector} {record.matching_type} {record.data}"


def check_rdatas(name: str, rdatas: Sequence[str], ttl: int) -> Iterator[Finding]:
    """What senders make of the TLSA records at a name; those of other services are not judged."""
    if not _PORT.match(name):
        yield finding("DAN007", f"TLSA at {name}, which does not begin like _25._tcp.")
    if not name.startswith(SMTP):
        return
    records = []
    for rdata in rdatas:
        try:
            records.append(parse_record(rdata))
        except RuleError as error:
            yield finding(error.rule, f"{name}: {error.what}", fix=error.fix)
    if records:
        yield from _check_set(name, records)
    if ttl > 3600:
        yield finding("DAN010", f"{name} has a TTL of {ttl} seconds")
