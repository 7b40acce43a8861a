"""Hosts: A, AAAA, CNAME and the PTR that each address should have (RFC 1035, RFC 3596).

The PTR usually belongs to whoever holds the address.  It is therefore an expectation that is
verified, and a record only where the repository holds the reverse zone.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from stszone.errors import RuleError
from stszone.report import Finding
from stszone.rules import finding
from stszone.standards.names import parse_host, reverse_name
from stszone.standards.rrset import RRset, dotted
from stszone.standards.section import Frozen, Section, Ttl

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NIBBLES = re.compile(r"(?:[0-9a-f]\.){32}ip6\.arpa")
_OCTETS = re.compile(r"(?:(?:0|[1-9]\d{0,2})\.){4}in-addr\.arpa")


def parse_ipv4(text: str) -> str:
    """An IPv4 address in canonical form.  Raises RuleError (DNS003)."""
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise RuleError("DNS003", f"{text!r} is not an IPv4 address") from None


def parse_ipv6(text: str) -> str:
    """An IPv6 address in canonical form (RFC 5952).  Raises RuleError (DNS003).

    >>> parse_ipv6("2001:DB8:0::10")
    '2001:db8::10'
    """
    try:
        address = ipaddress.IPv6Address(text)
    except ValueError:
        raise RuleError("DNS003", f"{text!r} is not an IPv6 address") from None
    if address.scope_id:
        raise RuleError("DNS003", f"{text!r} has a scope", f"write {text.partition('%')[0]}")
    return str(address)


def _ptr_name(value: object) -> object:
    """Bad names behind `ptr` are the PTR's rule, whatever is bad about them."""
    if isinstance(value, bool):
        return value
    if not isinstance(value, str):
        raise RuleError("INP003", f"{value!r} is not a PTR name", "write true, false or the name")
    try:
        return parse_host(value)
    except RuleError as error:
        raise RuleError("PTR005", error.what, error.fix) from None


class HostAddresses(Section):
    """The addresses of one host, and the name that they should lead back to."""

    ipv4: Annotated[tuple[Annotated[str, AfterValidator(parse_ipv4)], ...], Frozen] = ()
    ipv6: Annotated[tuple[Annotated[str, AfterValidator(parse_ipv6)], ...], Frozen] = ()
    ptr: Annotated[bool | str, BeforeValidator(_ptr_name)] = True
    """True: the host's own name; a name: that one; false: no PTR is expected."""
    ttl: Ttl | None = Field(default=None)
    """Seconds; None for the section's."""

    @model_validator(mode="after")
    def _has_an_address(self) -> HostAddresses:
        if self.ipv4 or self.ipv6:
            return self
        raise RuleError("INP003", "the host has no address", "add ipv4 or ipv6, or remove the host")


def rrsets(section: Mapping[str, HostAddresses], domain: str, ttl: int) -> Iterator[RRset]:
    """A and AAAA of every host."""
    for name, host in section.items():
        own = ttl if host.ttl is None else host.ttl
        if host.ipv4:
            yield RRset(name, "A", own, host.ipv4, key=(name, "ipv4"))
        if host.ipv6:
            yield RRset(name, "AAAA", own, host.ipv6, key=(name, "ipv6"))


def alias_rrsets(aliases: Mapping[str, str], ttl: int) -> Iterator[RRset]:
    """The CNAME of every alias."""
    for name, target in aliases.items():
        yield RRset(name, "CNAME", ttl, (dotted(target),), key=(name,))


def expected_ptrs(section: Mapping[str, HostAddresses]) -> Mapping[Address, str]:
    """The name that the PTR of each address should have.

    Hosts may share an address: one that says its `ptr` goes before one that does not, and
    the first before the later ones (`check` reports the others).
    """
    return {ipaddress.ip_address(text): name for text, name in _chosen(section).items()}


def ptr_rrsets(section: Mapping[str, HostAddresses], ttl: int) -> Iterator[RRset]:
    """The PTR records, for those reverse zones that the repository holds."""
    asked = {text: host for host, addresses in section.items() for text in (*addresses.ipv4, *addresses.ipv6)}
    for text, name in _chosen(section).items():
        reverse = reverse_name(ipaddress.ip_address(text))
        yield RRset(reverse, "PTR", ttl, (dotted(name),), key=(asked[text], "ptr"))


def _chosen(section: Mapping[str, HostAddresses]) -> dict[str, str]:
    """The PTR name by address, in two passes: hosts that say their `ptr` go first."""
    chosen: dict[str, str] = {}
    for explicit in (True, False):
        for name, host in section.items():
            if host.ptr is False or ("ptr" in host.model_fields_set) is not explicit:
                continue
            target = name if host.ptr is True else host.ptr
            for text in (*host.ipv4, *host.ipv6):
                chosen.setdefault(text, target)
    return chosen


def check(section: Mapping[str, HostAddresses], domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in the section and still a trap."""
    chosen = _chosen(section)
    for name, host in section.items():
        if host.ptr is False:
            continue
        target = name if host.ptr is True else host.ptr
        for text in (*host.ipv4, *host.ipv6):
            if chosen[text] != target:
                what = f"{text} should have the PTR {target}, and elsewhere {chosen[text]}"
                yield finding("PTR002", what, key=(name, "ptr"))


Type = Literal["A", "AAAA", "CNAME", "PTR"]
TYPES: tuple[Type, ...] = ("A", "AAAA", "CNAME", "PTR")


def parse_record(text: str) -> tuple[Type, str]:
    """Type and value of a record such as `A 203.0.113.10`.  Raises RuleError as `parse_rdata` does.

    >>> parse_record("PTR mail.example.com.")
    ('PTR', 'mail.example.com')
    """
    name, _, rdata = text.strip().partition(" ")
    for type_ in TYPES:
        if type_ == name.upper():
            return type_, parse_rdata(type_, rdata.strip())
    raise RuleError("DNS003", f"{name!r} is none of {', '.join(TYPES)}")


def format_record(type_: Type, value: str) -> str:
    """The reverse of `parse_record`.

    >>> format_record("A", "203.0.113.10")
    'A 203.0.113.10'
    """
    return f"{type_} {format_rdata(type_, value)}"


def parse_rdata(type_: Type, rdata: str) -> str:
    """The address or the name in one rdata.  Raises RuleError (DNS003, PTR005 and those of `parse_host`).

    >>> parse_rdata("PTR", "mail.example.com.")
    'mail.example.com'
    """
    if type_ == "A":
        return parse_ipv4(rdata)
    if type_ == "AAAA":
        return parse_ipv6(rdata)
    if not rdata.endswith("."):
        rule = "PTR005" if type_ == "PTR" else "MXX011"
        raise RuleError(rule, f"{rdata!r} is not absolute", f"write {rdata}.")
    return str(_ptr_name(rdata[:-1])) if type_ == "PTR" else rdata[:-1].lower()


def format_rdata(type_: Type, value: str) -> str:
    """The rdata of an address or a name.

    >>> format_rdata("CNAME", "mail.example.com")
    'mail.example.com.'
    """
    return value if type_ in ("A", "AAAA") else dotted(value)


def check_ptr(name: str, rdatas: tuple[str, ...]) -> Iterator[Finding]:
    """What receivers make of the PTR records at a name."""
    if name.endswith(".ip6.arpa") and not _NIBBLES.fullmatch(name):
        yield finding("PTR004", f"{name} is not 32 nibbles below ip6.arpa")
    if len(rdatas) > 1:
        yield finding("PTR002", f"{name} has {len(rdatas)} PTR records")
    for rdata in rdatas:
        try:
            parse_rdata("PTR", rdata)
        except RuleError as error:
            yield finding(error.rule, f"{name}: {error.what}", fix=error.fix)
