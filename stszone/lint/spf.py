"""SPF beyond its own section: lookups through includes, sizes, hosts and names without a record."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from ipaddress import ip_address

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.lint.context import Context
from stszone.report import Finding, Key, Severity
from stszone.rules import finding
from stszone.standards import records, spf
from stszone.standards.names import is_within
from stszone.standards.rrset import RRset, points_to
from stszone.standards.spf_evaluation import Evaluation, Void, evaluate
from stszone.standards.spf_terms import parse_term

FEW_LOOKUPS_LEFT = 8
MAX_OCTETS = 450
"""Of the name and all TXT at it, so that an answer stays below 512 octets (RFC 7208 §3.4)."""


def check(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """All rules of SPF that need more than its section, with full keys."""
    if domain.spf is not None:
        yield from _followed(domain.name, spf.format_record(domain.spf), context, _key_in(domain.spf))
        yield from _size(domain, context)
        yield from _hard_fail(domain, domain.spf)
        if not domain.parked:
            yield from _mx_hosts(domain, domain.spf, context)
            yield from _other_hosts(domain, context)
    elif domain.mx and not domain.parked and not _has_spf(domain.name, context):
        yield finding("SPF024", f"nothing in this repository is an SPF record for {domain.name}", key=("mx",))
    if domain.records:
        for rrset in records.rrsets(domain.records, domain.zone, domain.ttl.default):
            yield from _written_out(domain, rrset, context)


def _key_in(section: spf.Spf) -> Callable[[str], Key]:
    """Where in the section a term stands; the record as a whole is the empty term."""

    def key(term: str) -> Key:
        if term in section.terms:
            return "spf", "terms", section.terms.index(term)
        return ("spf", "redirect") if term else ("spf",)

    return key


def _written_out(domain: MailDomain, rrset: RRset, context: Context) -> Iterator[Finding]:
    """A record under `records`: what `spf.check_rrset` cannot see in its text."""
    at: Key = ("records", *rrset.key)
    texts = [text for text in context.texts(rrset.name) if spf.is_spf(text)]
    if rrset.type == "MX" and not texts and rrset.name != domain.name:
        yield finding("SPF024", f"{rrset.name} has MX records and no SPF", key=at)
    of_a_section = rrset.name in context.domains and context.domains[rrset.name].spf is not None
    if rrset.type != "TXT" or len(texts) != 1 or of_a_section:
        return
    try:
        section = spf.parse_record(texts[0])
    except RuleError:
        return  # reported with the text
    for found in spf.check(section, rrset.name, rrset.ttl):
        if found.rule != "SPF011":  # reported with the text
            yield replace(found, key=at)
    yield from _followed(rrset.name, texts[0], context, lambda term: at)


def _followed(name: str, text: str, context: Context, key: Callable[[str], Key]) -> Iterator[Finding]:
    """What a record costs, and what it leads to (SPF007, SPF008, SPF010, SPF018, SPF020)."""
    found = evaluate(name, text, _texts_of(context), _exists(context))
    yield from _count(found, key)
    for fault in found.faults:
        if fault.missing:
            what = f"{fault.term}: nothing in this repository publishes SPF at {fault.missing}"
            yield finding(fault.rule, what, key=key(fault.term), severity=Severity.WARNING)
        else:
            yield finding(fault.rule, f"{fault.term}: {fault.what}", key=key(fault.term))
    for void in dict.fromkeys(found.voids):
        yield _void(void, context, key(void.term))


def _count(found: Evaluation, key: Callable[[str], Key]) -> Iterator[Finding]:
    if found.lookups < FEW_LOOKUPS_LEFT:
        return
    severity = Severity.ERROR if found.lookups > spf.MAX_LOOKUPS else Severity.WARNING
    what = f"the record takes {found.lookups} of {spf.MAX_LOOKUPS} lookups"
    if found.unknown:
        what += f", without those behind {', '.join(found.unknown)}"
    yield finding("SPF007", what, key=key(""), severity=severity)


def _void(void: Void, context: Context, key: Key) -> Finding:
    """A query that finds nothing: a null MX, a host without MX, a name that is gone."""
    if void.type == "MX" and context.rrset(void.name, "MX"):
        what = f"{void.term}: {void.name} has the null MX, so the term matches nobody"
        return finding("SPF020", what, key=key)
    if void.type == "MX" and context.exists(void.name):
        what = f"{void.term}: {void.name} has addresses and, in this repository, no MX"
        return finding("SPF020", what, key=key, fix=f"write a:{void.name}", severity=Severity.WARNING)
    what = f"{void.term}: nothing in this repository is published at {void.name}"
    return finding("SPF008", what, key=key, severity=Severity.WARNING)


def _texts_of(context: Context) -> Callable[[str], Sequence[str] | None]:
    def texts_of(name: str) -> Sequence[str] | None:
        texts = context.texts(name)
        if any(map(spf.is_spf, texts)):
            return texts
        if name in context.domains or context.rrset(name, "CNAME") or not context.holds(name):
            return None  # theirs: a mail domain whose SPF is not ours, an alias, another's zone
        return None if _under_wildcard(name, context) else ()

    return texts_of


def _exists(context: Context) -> Callable[[str, str], bool | None]:
    def exists(name: str, type_: str) -> bool | None:
        if rrset := context.rrset(name, type_):
            return type_ != "MX" or any(not rdata.endswith(" .") for rdata in rrset.rdatas)
        if name in context.domains:
            return None  # others may publish there too
        if context.exists(name):
            has_address = bool(context.rrset(name, "A") or context.rrset(name, "AAAA"))
            # Of a name that is partly ours only this much is sure: a mere host of ours has no MX.
            return False if type_ == "MX" and has_address else None
        return False if context.holds(name) and not _under_wildcard(name, context) else None

    return exists


def _under_wildcard(name: str, context: Context) -> bool:
    """Whether a wildcard of the repository answers for a name."""
    zone = context.zone_of(name)
    while name != zone:
        name = name.partition(".")[2]
        if context.exists(f"*.{name}"):
            return True
    return False


def _size(domain: MailDomain, context: Context) -> Iterator[Finding]:
    octets = len(domain.name) + sum(map(len, context.texts(domain.name)))
    if octets >= MAX_OCTETS:
        yield finding("SPF021", f"{domain.name} and its TXT records are {octets} octets", key=("spf",))


def _hard_fail(domain: MailDomain, section: spf.Spf) -> Iterator[Finding]:
    signs = not all(selector.revoked for selector in domain.dkim.values())
    if section.all == "fail" and section.terms and signs and domain.dmarc is not None:
        what = f"-all lets receivers reject before they see the signatures of {domain.name}"
        yield finding("SPF013", what, key=("spf", "all"))


def _has_spf(name: str, context: Context) -> bool:
    return any(map(spf.is_spf, context.texts(name)))


def _mx_names(domain: MailDomain, context: Context) -> list[str]:
    rrset = context.rrset(domain.name, "MX")
    return [points_to(rdata) for rdata in rrset.rdatas] if rrset else []


def _mx_hosts(domain: MailDomain, section: spf.Spf, context: Context) -> Iterator[Finding]:
    """MX hosts of ours that the record lets send, and that greet with a name without SPF."""
    for host in _mx_names(domain, context):
        if host not in domain.hosts or _has_spf(host, context):
            continue
        if _sends(section, domain.name, host, context):
            what = f"{host} may send for {domain.name} and has no SPF at its own name"
            yield finding("SPF022", what, key=("hosts", host))


def _sends(section: spf.Spf, domain: str, host: str, context: Context) -> bool:
    """Whether a record authorises one of the domain's MX hosts by `mx`, by name or by address."""
    rrsets = (context.rrset(host, "A"), context.rrset(host, "AAAA"))
    addresses = [ip_address(rdata) for rrset in rrsets if rrset for rdata in rrset.rdatas]
    for term in map(parse_term, section.terms):
        if term.qualifier != "+":
            continue
        target = term.value or domain
        if (term.name == "mx" and target == domain) or (term.name == "a" and target == host):
            return True
        if term.name in ("ip4", "ip6") and any(address in term.network() for address in addresses):
            return True
    return False


def _other_hosts(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """Hosts whose names anyone may put behind an @: no SPF, and no DMARC that covers subdomains."""
    if domain.dmarc is not None and (domain.dmarc.sp or domain.dmarc.p) in ("quarantine", "reject"):
        return
    exchangers = set(_mx_names(domain, context))
    for host in domain.hosts:
        below = host != domain.name and is_within(host, domain.name)
        if below and host not in exchangers and not _has_spf(host, context):
            yield finding("SPF024", f"{host} has an address and no SPF", key=("hosts", host))
