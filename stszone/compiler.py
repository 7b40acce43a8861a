"""From what should be live to RRsets by zone and policy files.

A zone is the union of what all mail domains put into it.  Most records stand in the domain's own
zone; PTR records and the authorisation of an external DMARC address land in another zone, and
only where the repository holds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from stszone.domain import MailDomain
from stszone.lifecycle import Live, PolicyFile
from stszone.report import Finding
from stszone.rules import finding
from stszone.standards import (
    bimi,
    caa,
    dkim,
    dmarc,
    dmarc_report,
    hosts,
    mta_sts,
    mx,
    records,
    services,
    site_verification,
    spf,
    tls_rpt,
    tlsa,
)
from stszone.standards.names import is_within, longest_zone
from stszone.standards.rrset import RRset, txt

NameType = tuple[str, str]
"""Owner name and type: what identifies an RRset within a zone."""


CONSENT = ("dmarc", "rua")
"""The key of a record by which the receiver of DMARC reports elsewhere agrees."""


@dataclass(slots=True)
class Zone:
    """All that the repository puts into one zone."""

    name: str
    rrsets: dict[NameType, RRset] = field(default_factory=dict)
    owners: dict[NameType, tuple[str, ...]] = field(default_factory=dict)
    """The mail domains that ask for each RRset."""
    shared: set[str] = field(default_factory=set)
    """Names whose TXT RRset also holds values of others: the apex and the mail domains."""
    domains: set[str] = field(default_factory=set)
    """The mail domains of the zone."""


@dataclass(slots=True)
class Compiled:
    """What the repository compiles to."""

    zones: dict[str, Zone] = field(default_factory=dict)
    policies: dict[str, PolicyFile] = field(default_factory=dict)
    """By mail domain."""
    findings: list[Finding] = field(default_factory=list)

    def rrsets(self) -> dict[NameType, RRset]:
        """All RRsets of all zones."""
        return {key: rrset for zone in self.zones.values() for key, rrset in zone.rrsets.items()}


def compile_zones(lives: Iterable[Live], zones: frozenset[str]) -> Compiled:
    """Compile what should be live; `zones` are all zones that the repository publishes to."""
    # The apex is shared in every zone: site verifications of all kinds of tools stand there.
    compiled = Compiled({name: Zone(name, shared={name}) for name in sorted(zones)})
    lives = tuple(lives)
    for live in lives:
        if live.wanted is not None:
            zone = compiled.zones[live.wanted.zone]
            zone.domains.add(live.name)
            zone.shared.add(live.name)
    consents: list[tuple[Live, RRset]] = []
    for live in lives:
        if live.policy is not None and live.policy.body:
            compiled.policies[live.name] = live.policy
        for rrset in live_rrsets(live):
            if rrset.key == CONSENT:
                consents.append((live, rrset))
            else:
                _put(compiled, zones, live, rrset)
    for live, rrset in consents:
        if not _consented(compiled, zones, live, rrset):
            _put(compiled, zones, live, rrset)
    return compiled


def _consented(compiled: Compiled, zones: frozenset[str], live: Live, rrset: RRset) -> bool:
    """Whether DMARC reports about a domain are agreed to without a record of its own.

    Within one zone RFC 9990 sees one Organizational Domain.  Where a wildcard agrees already, an
    explicit record would shut the wildcard out for other domains (RFC 4592 §3.3).
    """
    name = longest_zone(rrset.name, zones)
    if name is None:
        return False
    if live.wanted is not None and name == live.wanted.zone:
        return True
    held = compiled.zones[name].rrsets
    host = rrset.name.partition(dmarc_report.LABELS)[2]
    answering = dmarc_report.answering_name(live.name, host, lambda owner: (owner, "TXT") in held)
    if answering in (None, rrset.name):
        return False
    shut_out = dmarc_report.shut_out([owner for owner, _ in held], host)
    return not any(wildcard == answering and is_within(rrset.name, node) for wildcard, node in shut_out)


def _put(compiled: Compiled, zones: frozenset[str], live: Live, rrset: RRset) -> None:
    """Put one RRset into the zone that holds its name."""
    zone_name = _zone_for(live, rrset.name, zones)
    if zone_name is None:
        if not _elsewhere(rrset):
            what = f"no zone of the repository holds {rrset.name} {rrset.type}"
            compiled.findings.append(finding("INP008", what, key=rrset.key, domain=live.name))
        return
    zone = compiled.zones[zone_name]
    key = (rrset.name, rrset.type)
    there = zone.rrsets.get(key)
    if there is None:
        zone.rrsets[key] = rrset
        zone.owners[key] = (live.name,)
        return
    merged = _merge(there, rrset, live.name, zone)
    if merged is None:
        here, elsewhere = _values(rrset), f"{_values(there)} in {zone.owners[key][0]}"
        what = f"{rrset.name} {rrset.type} is {here} here and {elsewhere}"
        compiled.findings.append(finding("INP009", what, key=rrset.key, domain=live.name))
    else:
        zone.rrsets[key] = merged
        if live.name not in zone.owners[key]:
            zone.owners[key] += (live.name,)


def _zone_for(live: Live, name: str, zones: frozenset[str]) -> str | None:
    """The zone that a record goes to: for the domain's own names the one that its YAML says."""
    zone = longest_zone(name, zones)
    if zone is not None and live.wanted is not None and is_within(live.name, zone):
        return live.wanted.zone if is_within(name, live.wanted.zone) else zone
    return zone


def _elsewhere(rrset: RRset) -> bool:
    """Whether a record is a mere expectation where the repository does not hold its zone."""
    return rrset.type == "PTR" or rrset.key == CONSENT


def _merge(one: RRset, other: RRset, domain: str, zone: Zone) -> RRset | None:
    """Two wishes for one RRset: values add up where a name is shared, else they must agree."""
    if one == other:
        return one
    same_owner = zone.owners[one.name, one.type] == (domain,)
    if (one.type == "TXT" and (one.name in zone.shared or same_owner)) or (
        one.type in ("A", "AAAA") and same_owner
    ):
        return replace(one, rdatas=one.rdatas + other.rdatas, ttl=min(one.ttl, other.ttl))
    return None


def _values(rrset: RRset) -> str:
    return f"{', '.join(rrset.rdatas)} (TTL {rrset.ttl})"


def live_rrsets(live: Live) -> Iterator[RRset]:
    """The RRsets of one mail domain, with full keys into its YAML."""
    if live.wanted is not None:
        for rrset in _sections(live.wanted, live.policy.id if live.policy else None):
            is_mx = (rrset.name, rrset.type) == (live.name, "MX")
            yield replace(rrset, rdatas=live.mx) if is_mx and live.mx is not None else rrset
    for rrset in live.kept:
        record = (rrset.name, rrset.type) == (mta_sts.record_name(live.name), "TXT")
        if record and live.policy is not None:
            text = txt(mta_sts.format_record(live.policy.id))
            yield replace(rrset, rdatas=(text,), key=("mta_sts",))
        else:
            yield replace(rrset, key=("mta_sts", "policy_host"))


def _sections(domain: MailDomain, policy_id: str | None) -> Iterator[RRset]:
    """Every section in the order of the YAML."""
    for section, rrsets in _parts(domain, policy_id):
        for rrset in rrsets:
            yield rrset.at(section)


def _parts(domain: MailDomain, policy_id: str | None) -> Iterator[tuple[str, Iterable[RRset]]]:
    name, ttl = domain.name, domain.ttl.of
    if domain.hosts:
        yield "hosts", hosts.rrsets(domain.hosts, name, ttl("hosts"))
        yield "hosts", hosts.ptr_rrsets(domain.hosts, ttl("ptr"))
    if domain.aliases:
        yield "aliases", hosts.alias_rrsets(domain.aliases, ttl("aliases"))
    if domain.mx is not None:
        yield "mx", mx.rrsets(domain.mx, name, ttl("mx"))
    if domain.spf is not None:
        yield "spf", spf.rrsets(domain.spf, name, ttl("spf"))
    if domain.site_verification:
        yield (
            "site_verification",
            site_verification.rrsets(
                domain.site_verification, name, ttl("spf" if domain.spf else "site_verification")
            ),
        )
    if domain.dkim:
        yield "dkim", dkim.rrsets(domain.dkim, name, ttl("dkim"))
    if domain.adsp is not None:
        yield "dkim", dkim.adsp_rrsets(domain.adsp, name, ttl("dkim"))
    if domain.dmarc is not None:
        yield "dmarc", dmarc.rrsets(domain.dmarc, name, ttl("dmarc"))
        yield "dmarc", external_reports(domain)
    if domain.report_authorization:
        yield (
            "report_authorization",
            dmarc_report.rrsets(domain.report_authorization, name, ttl("report_authorization")),
        )
    if domain.mta_sts is not None:
        yield "mta_sts", mta_sts.rrsets(domain.mta_sts, name, ttl("mta_sts"), policy_id)
        yield "mta_sts", mta_sts.policy_host_rrsets(domain.mta_sts, name, ttl("policy_host"))
    if domain.tls_rpt is not None:
        yield "tls_rpt", tls_rpt.rrsets(domain.tls_rpt, name, ttl("tls_rpt"))
    yield from _services(domain)


def _services(domain: MailDomain) -> Iterator[tuple[str, Iterable[RRset]]]:
    name, ttl = domain.name, domain.ttl.of
    if domain.caa:
        yield "caa", caa.rrsets(domain.caa, name, ttl("caa"))
    if domain.tlsa:
        yield "tlsa", tlsa.rrsets(domain.tlsa, name, ttl("tlsa"))
    if domain.services:
        yield "services", services.rrsets(domain.services, name, ttl("services"))
    if domain.bimi is not None:
        yield "bimi", bimi.rrsets(domain.bimi, name, ttl("bimi"))
    if domain.records:
        yield "records", records.rrsets(domain.records, domain.zone, ttl("default"))


def external_reports(domain: MailDomain) -> Iterator[RRset]:
    """The records by which report receivers elsewhere agree (RFC 9990, external destinations)."""
    if domain.dmarc is None:
        return
    for host in dmarc_report.destinations(domain.dmarc):
        if not is_within(host, domain.zone) and dmarc_report.needs_authorization(domain.name, host):
            yield dmarc_report.authorization(domain.name, host, domain.ttl.of("report_authorization")).at(
                "rua"
            )
