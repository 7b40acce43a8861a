"""Names, TTLs, sizes, aliases, wildcards and scripts of everything that a mail domain publishes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

import dns.exception
import dns.name

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.lint.context import Context
from stszone.lint.hosts import report_mailboxes
from stszone.report import Finding, Key, Severity
from stszone.rules import finding
from stszone.standards import caa, hosts, mx, records, services, tlsa
from stszone.standards.names import MAX_NAME, parse_host
from stszone.standards.rrset import RRset

_PREFIXES = {
    "dmarc": "_dmarc.",
    "mta_sts": "_mta-sts.",
    "tls_rpt": "_smtp._tls.",
}
_FIXED = ("", "_dmarc.", "_mta-sts.", "mta-sts.", "_smtp._tls.", "default._bimi.")
_TYPES = ("A", "AAAA", "CAA", "CNAME", "MX", "SRV", "TLSA", "TXT")
_MAIL_NAMES = ("mta-sts.", "_mta-sts.", "_smtp._tls.", "_dmarc.", "autoconfig.", "autodiscover.")
"""What a wildcard at the mail domain should not answer for by accident."""

_UDP, _MOST = 1232, 4096
"""Octets: what fits into a datagram everywhere (DNS flag day 2020), and what EDNS mostly offers."""

_HEADER, _RECORD = 12 + 4 + 11, 12
"""Octets of header, question and OPT, and of a record beside its rdata, its name compressed."""

_SHORT, _LONG = 60, 86400
"""Seconds."""

_DEVIATIONS = "ßς\u200c\u200d"
"""Characters that IDNA 2003 maps or drops, and IDNA 2008 keeps (RFC 5894 §7.2)."""


def check(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """Findings about what the domain publishes, whatever its standard."""
    for rrset in records.rrsets(domain.records, domain.zone, domain.ttl.default):
        for found in check_records(rrset):
            yield found.at("records", *rrset.key)
    published = list(_published(domain, context))
    yield from _check_ttls(published)
    for rrset in published:
        yield from _check_size(rrset)
        if rrset.type == "CNAME" and rrset.name != domain.name:
            yield from _check_alone(rrset, context)
    yield from _check_lengths(domain)
    yield from _check_wildcards(domain, context)
    yield from _check_scripts(domain)
    for key, local, host in report_mailboxes(domain, context):
        if not local.isascii() or re.search("%[89a-f]", local, re.IGNORECASE):
            yield finding("IDN004", f"reports go to {local}@{host}", key=key)


def check_records(rrset: RRset) -> Iterator[Finding]:
    """What is wrong with an RRset that was written out, of any type but TXT; keys are the caller's."""
    name, rdatas = rrset.name, rrset.rdatas
    checks: dict[str, Callable[[], Iterator[Finding]]] = {
        "A": lambda: _check_host_owner(name),
        "AAAA": lambda: _check_host_owner(name),
        "CAA": lambda: caa.check_rdatas(name, rdatas),
        "MX": lambda: mx.check_rdatas(name, rdatas),
        "NS": lambda: _check_ns(name, rdatas),
        "PTR": lambda: hosts.check_ptr(name, rdatas),
        "SRV": lambda: services.check_rdatas(name, rdatas),
        "TLSA": lambda: tlsa.check_rdatas(name, rdatas, rrset.ttl),
    }
    if rrset.type in checks:
        yield from checks[rrset.type]()


def _check_host_owner(name: str) -> Iterator[Finding]:
    if "_" in name:
        yield finding("DNS002", f"{name} has addresses and an underscore in its name")


def _check_ns(name: str, rdatas: Sequence[str]) -> Iterator[Finding]:
    for rdata in rdatas:
        try:
            parse_host(rdata[:-1])
        except RuleError as error:
            yield finding(error.rule, f"{name}: {error.what}", fix=error.fix)


def _published(domain: MailDomain, context: Context) -> Iterator[RRset]:
    """The RRsets at the names that the domain's YAML asks for."""
    for name in dict.fromkeys(_names(domain)):
        yield from context.at(name)


def _names(domain: MailDomain) -> Iterator[str]:
    for prefix in _FIXED:
        yield prefix + domain.name
    yield from domain.hosts
    yield from domain.aliases
    for selector in domain.dkim:
        yield f"{selector}._domainkey.{domain.name}"
    yield from map(tlsa.owner, domain.tlsa)
    for service in domain.services:
        yield services.owner(service, domain.name)
    for name in domain.records:
        yield records.owner(name, domain.zone)


def _check_ttls(published: Sequence[RRset]) -> Iterator[Finding]:
    """One finding for each odd TTL, however many RRsets have it."""
    odd: dict[int, list[RRset]] = {}
    for rrset in published:
        if not _SHORT <= rrset.ttl <= _LONG:
            odd.setdefault(rrset.ttl, []).append(rrset)
    for ttl, several in odd.items():
        first = next((rrset for rrset in several if rrset.type in ("MX", "TXT")), several[0])
        zero = ttl == 0 and first.type in ("MX", "TXT")
        others = f" and {len(several) - 1} more" if len(several) > 1 else ""
        what = f"{first.name} {first.type}{others}: the TTL is {ttl} seconds"
        yield finding("DNS006", what, key=first.key, severity=Severity.ERROR if zero else None)


def _check_size(rrset: RRset) -> Iterator[Finding]:
    """An upper bound for TXT, an estimate for the rest: names in rdata may be compressed."""
    size = _HEADER + len(rrset.name) + 2 + sum(len(rdata) + _RECORD for rdata in rrset.rdatas)
    if size > _UDP:
        what = f"the answer for {rrset.name} {rrset.type} has about {size} octets"
        yield finding("DNS004", what, key=rrset.key, severity=Severity.ERROR if size > _MOST else None)


def _check_alone(alias: RRset, context: Context) -> Iterator[Finding]:
    for other in context.at(alias.name):
        if other.type != "CNAME":
            yield finding("DNS005", f"{alias.name} has a CNAME and {other.type}", key=other.key or alias.key)


def _check_lengths(domain: MailDomain) -> Iterator[Finding]:
    """Whether names still fit with what the standards put before them."""
    names: list[tuple[Key, str]] = [
        ((section,), prefix + domain.name)
        for section, prefix in _PREFIXES.items()
        if getattr(domain, section) is not None
    ]
    names += [(("tlsa", key), tlsa.owner(key)) for key in domain.tlsa]
    names += [(("services", name), services.owner(name, domain.name)) for name in domain.services]
    for key, name in names:
        if len(name) > MAX_NAME:
            yield finding("DNS001", f"{name} has {len(name)} characters, {MAX_NAME} are allowed", key=key)


def _check_wildcards(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """Which mail names a wildcard answers for, because nothing else is there (RFC 4592 §2.2)."""
    wildcard = f"*.{domain.name}"
    if domain.parked or not context.exists(wildcard):
        return
    types = [type_ for type_ in _TYPES if context.rrset(wildcard, type_)]
    hidden = [prefix + domain.name for prefix in _MAIL_NAMES if not context.exists(prefix + domain.name)]
    if hidden and types:
        key = next(rrset.key for type_ in types if (rrset := context.rrset(wildcard, type_)))
        yield finding(
            "DNS011", f"{wildcard} {', '.join(types)} also answers for {', '.join(hidden)}", key=key
        )


def _check_scripts(domain: MailDomain) -> Iterator[Finding]:
    names: list[tuple[Key, str]] = [((), domain.name)]
    names += [(("hosts", host), host) for host in domain.hosts]
    names += [(("mx", index), host.host) for index, host in enumerate(domain.mx or ())]
    seen: set[str] = set()
    for key, name in names:
        if "xn--" in name and name not in seen:
            seen.add(name)
            for label in name.split("."):
                if label.startswith("xn--"):
                    for found in _check_a_label(label):
                        yield found.at(*key)


@lru_cache(maxsize=4096)
def _check_a_label(label: str) -> tuple[Finding, ...]:
    return tuple(_a_label_findings(label))


def _a_label_findings(label: str) -> Iterator[Finding]:
    try:
        text = dns.name.IDNA_2008.decode(label.encode())
    except (dns.exception.DNSException, UnicodeError) as error:
        yield finding("IDN002", f"{label} is not an A-label of IDNA 2008: {error}")
        return
    if any(character in text for character in _DEVIATIONS):
        what = f"{label} is {text}, which tools of IDNA 2003 take for another domain"
        yield finding("IDN002", what, severity=Severity.WARNING)
    scripts = sorted({_script(character) for character in text if character.isalpha()} - _TOGETHER)
    if len(scripts) > 1:
        names = " and ".join(script.capitalize() for script in scripts)
        yield finding("IDN005", f"{label} is {text}, with letters of {names}")


_TOGETHER = {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "HANGUL", "BOPOMOFO"}
"""Scripts that stand beside others in ordinary words (UTS 39 §5.2)."""


def _script(character: str) -> str:
    """The script of a letter, by the first word of its Unicode name."""
    return unicodedata.name(character, "?").partition(" ")[0]
