"""MX hosts, null MX and PTR: what they ask of addresses that are compiled elsewhere."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.lint.context import Context
from stszone.report import Finding, Key, Severity
from stszone.rules import finding
from stszone.standards import mx, records, tlsa
from stszone.standards.rrset import RRset

_MAILBOX = re.compile(r"mailto:([^@\s,;!]*)@([^\s,;!?]+)", re.IGNORECASE)
_SPF = re.compile(r"v=spf1( .*)?", re.IGNORECASE)
_REJECT = re.compile(r"v=DMARC1\s*;\s*p\s*=\s*reject\b.*")


def check(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """Findings about MX hosts, about domains without any, and about PTR."""
    hosts = list(mx_hosts(domain))
    for key, host in hosts:
        yield from _check_target(key, host, context)
        yield from _check_ipv6_ptr(host, domain)
    yield from _check_alike(hosts, context)
    yield from _check_implicit_mx(domain, context)
    yield from _check_alias(domain, context)
    if domain.mx == ():
        yield from _check_null_mx(domain, context)
    yield from _check_report_domains(domain, context)
    for name, addresses in domain.hosts.items():
        if addresses.ptr is not False:
            target = name if addresses.ptr is True else addresses.ptr
            yield from _check_ptr(("hosts", name, "ptr"), target, (*addresses.ipv4, *addresses.ipv6), context)


def mx_hosts(domain: MailDomain) -> Iterator[tuple[Key, str]]:
    """The MX hosts that a mail domain names, in its section or written out, with their keys."""
    for index, host in enumerate(domain.mx or ()):
        yield ("mx", index), host.host
    for rrset in written_out(domain, "MX"):
        for rdata in rrset.rdatas:
            try:
                host_or_null = mx.parse_record(rdata)
            except RuleError:
                continue  # reported where the record itself is judged
            if host_or_null:
                yield rrset.key, host_or_null.host


def written_out(domain: MailDomain, type_: str) -> Iterator[RRset]:
    """The RRsets of one type under `records`, with full keys."""
    if any(record.type == type_ for several in domain.records.values() for record in several):
        for rrset in records.rrsets(domain.records, domain.zone, domain.ttl.default):
            if rrset.type == type_:
                yield rrset.at("records")


def addresses_of(name: str, context: Context) -> tuple[str, ...]:
    """The addresses compiled at a name, or at the wildcard that answers for it."""
    if not context.exists(name):
        name = "*." + name.partition(".")[2]
    found = (context.rrset(name, type_) for type_ in ("A", "AAAA"))
    return tuple(rdata for rrset in found if rrset for rdata in rrset.rdatas)


def _check_target(key: Key, host: str, context: Context) -> Iterator[Finding]:
    if alias := context.rrset(host, "CNAME"):
        yield finding("MXX003", f"the MX host {host} is an alias of {alias.rdatas[0][:-1]}", key=key)
        return
    addresses = addresses_of(host, context)
    if not addresses and context.holds(host):
        what = f"nothing in this repository gives the MX host {host} an address"
        yield finding("MXX001", what, key=key, severity=Severity.WARNING)
    for address in addresses:
        if kind := _unreachable(address):
            yield finding("MXX007", f"the MX host {host} has the {kind} address {address}", key=key)


@lru_cache(maxsize=4096)
def _unreachable(text: str) -> str | None:
    """Why strangers cannot reach an address, in a word; None if they can."""
    address = ipaddress.ip_address(text)
    if address.is_global and not address.is_multicast:
        return None
    for kind in ("unspecified", "loopback", "link_local", "multicast"):
        if getattr(address, f"is_{kind}"):
            return kind.replace("_", "-")
    return "documentation" if any(address in network for network in _DOCUMENTATION) else "private"


_DOCUMENTATION = [
    ipaddress.ip_network(text)
    for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20")
]
"""RFC 5737, RFC 3849, RFC 9637."""


def _check_ipv6_ptr(host: str, domain: MailDomain) -> Iterator[Finding]:
    addresses = domain.hosts.get(host)
    if addresses and addresses.ipv6 and addresses.ptr is False:
        what = f"{host} has the IPv6 address {addresses.ipv6[0]} and no PTR"
        yield finding("PTR004", what, key=("hosts", host, "ptr"), severity=Severity.WARNING)


def _check_alike(hosts: list[tuple[Key, str]], context: Context) -> Iterator[Finding]:
    """TLSA for one MX host protects nothing while another has none."""
    protected = {host for _, host in hosts if context.rrset(tlsa.SMTP + host, "TLSA")}
    if not protected:
        return
    for key, host in hosts:
        if host not in protected and context.holds(host):
            what = f"nothing in this repository gives {host} TLSA records, as {min(protected)} has them"
            yield finding("MXX008", what, key=key)


def _check_implicit_mx(domain: MailDomain, context: Context) -> Iterator[Finding]:
    if domain.mx is None and context.rrset(domain.name, "MX") is None:
        addresses = [context.rrset(domain.name, type_) for type_ in ("A", "AAAA")]
        if found := next((rrset for rrset in addresses if rrset), None):
            what = f"{domain.name} has addresses, and nothing in this repository gives it an MX"
            yield finding("MXX006", what, key=found.key, severity=Severity.WARNING)


def _check_alias(domain: MailDomain, context: Context) -> Iterator[Finding]:
    if alias := context.rrset(domain.name, "CNAME"):
        what = f"{domain.name} is an alias of {alias.rdatas[0][:-1]}"
        yield finding("MXX010", what, key=alias.key)


def _check_null_mx(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """A domain that receives nothing should not be able to send either."""
    spf = [text for text in context.texts(domain.name) if _SPF.fullmatch(text)]
    if not any(text.lower().rstrip().endswith(" -all") for text in spf):
        what = f"SPF is {spf[0]!r}" if spf else "there is no SPF"
        yield finding("NMX005", f"{domain.name} has a null MX, and {what}", key=("mx",))
    if not any(map(_REJECT.fullmatch, _dmarc_texts(domain.name, context))):
        yield finding("NMX005", f"{domain.name} has a null MX, and DMARC does not say p=reject", key=("mx",))


def _dmarc_texts(name: str, context: Context) -> tuple[str, ...]:
    """The DMARC record of a name, or the nearest one above it (RFC 9989 §4.10)."""
    while "." in name:
        if texts := context.texts("_dmarc." + name):
            return texts
        name = name.partition(".")[2]
    return ()


def report_mailboxes(domain: MailDomain, context: Context) -> Iterator[tuple[Key, str, str]]:
    """Where the domain has reports mailed to: key, local part, domain."""
    for section, prefix in (("dmarc", "_dmarc."), ("tls_rpt", "_smtp._tls.")):
        rrset = context.rrset(prefix + domain.name, "TXT")
        if rrset and (rrset.key or getattr(domain, section)):
            key = rrset.key[:1] if rrset.key[:1] == (section,) else rrset.key
            for text in context.texts(rrset.name):
                for local, host in _MAILBOX.findall(text):
                    yield key, local, host.lower()


def _check_report_domains(domain: MailDomain, context: Context) -> Iterator[Finding]:
    for key, local, host in report_mailboxes(domain, context):
        rrset = context.rrset(host, "MX")
        if rrset and rrset.rdatas == (mx.NULL_MX,):
            yield finding("NMX003", f"reports go to {local}@{host}, and {host} has a null MX", key=key)


def _check_ptr(key: Key, target: str, addresses: tuple[str, ...], context: Context) -> Iterator[Finding]:
    """Whether the PTR name leads back to the address, as far as the repository knows."""
    if alias := context.rrset(target, "CNAME"):
        yield finding("PTR005", f"the PTR name {target} is an alias of {alias.rdatas[0][:-1]}", key=key)
    known = addresses_of(target, context)
    for address in addresses:
        if known and address not in known:
            yield finding("PTR001", f"the PTR of {address} is {target}, whose addresses are others", key=key)
