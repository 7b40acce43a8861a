"""What stszone may change in a zone that others use too.

An RRset that the repository wants is made so, taken over if it was there.  At a shared name,
the TXT RRset of a mail domain, only our values change: those that the ledger knows, and an SPF
record that stands where ours belongs.  Only what the ledger holds is ever deleted.
Everything else in the zone stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from stszone.compiler import NameType, Zone
from stszone.errors import RuleError
from stszone.report import Finding
from stszone.rules import finding
from stszone.standards import dkim, dmarc, mta_sts, spf, tls_rpt
from stszone.standards.names import longest_zone
from stszone.standards.rrset import ADDRESSES, POINTERS, RRset, points_to, txt_text

LiveZone = Mapping[NameType, tuple[int, tuple[str, ...]]]
"""TTL in seconds and rdata in presentation form, by owner name and type."""

Owned = Mapping[NameType, frozenset[str]]
"""The rdata that the ledger says stszone published."""

DNSSEC = frozenset({"RRSIG", "NSEC", "NSEC3", "NSEC3PARAM", "DNSKEY", "CDS", "CDNSKEY", "ZONEMD"})


@dataclass(frozen=True, slots=True)
class Need:
    """Why the addresses of a name have to stay."""

    reason: str
    until: datetime | None = None
    """None: as long as the reason lasts."""


@dataclass(slots=True)
class Decision:
    """How one zone at one target is to change."""

    put: dict[NameType, RRset] = field(default_factory=dict)
    """Whole RRsets to create or update, foreign values at shared names included."""
    gone: dict[NameType, RRset] = field(default_factory=dict)
    """RRsets to delete, as they are now."""
    takes_over: set[NameType] = field(default_factory=set)
    """Keys of `put` or `claims` that were there and that stszone did not publish."""
    claims: list[RRset] = field(default_factory=list)
    """Ours, live as wanted, and not so in the ledger: taken over, or written before a crash."""
    ours: dict[NameType, RRset] = field(default_factory=dict)
    """For every key of `put` that is ours: the values that are."""
    forgotten: list[NameType] = field(default_factory=list)
    """In the ledger, neither wanted nor live."""
    postponed: dict[NameType, Need] = field(default_factory=dict)
    """Ours and not wanted any more, but something that stays, or may be cached, points there."""
    findings: list[Finding] = field(default_factory=list)
    conflicts: list[Finding] = field(default_factory=list)
    """Errors that forbid any change to the zone."""

    @property
    def idle(self) -> bool:
        """Whether there is nothing to write, neither to the zone nor to the ledger."""
        return not (self.put or self.gone or self.claims or self.forgotten or self.conflicts)


def decide(
    zone: Zone,
    live: LiveZone,
    owned: Owned,
    needed: Mapping[str, Need] = MappingProxyType({}),
    unsettled: Collection[NameType] = (),
    chosen: Callable[[NameType], bool] = lambda key: True,
) -> Decision:
    """Compare what is wanted in a zone with what is there and with what stszone published.

    `needed` names hosts whose addresses may not go; `unsettled` are RRsets that a crash left open in
    the ledger; `chosen` limits the changes to some RRsets.
    """
    decision = Decision()
    for key, rrset in zone.rrsets.items():
        if chosen(key):
            there = live.get(key)
            if there is None:
                decision.put[key] = decision.ours[key] = rrset
            else:
                _meet(decision, zone, rrset, there, owned.get(key), settled=key not in unsettled)
    leaving = [key for key in owned if key not in zone.rrsets and chosen(key)]
    if any(key[1] in ADDRESSES for key in leaving):
        needed = {**_pointed_to_by_others(zone, live, owned), **needed}
    for key in leaving:
        if key in live and key[1] in ADDRESSES and key[0] in needed:
            decision.postponed[key] = needed[key[0]]
        else:
            _leave(decision, key, owned[key], live.get(key))
    if decision.put:
        decision.conflicts.extend(_conflicts(decision, zone, live))
    return decision


def _pointed_to_by_others(zone: Zone, live: LiveZone, owned: Owned) -> dict[str, Need]:
    """Hosts that records in the zone point to which are not ours, and so stay."""
    needed = {}
    for (name, type_), (_, rdatas) in live.items():
        if type_ in POINTERS and (name, type_) not in owned and (name, type_) not in zone.rrsets:
            reason = f"{name} {type_}, which is not stszone's, points there"
            needed.update(dict.fromkeys(map(points_to, rdatas), Need(reason)))
    named = {name for name, type_ in zone.rrsets if type_ in ADDRESSES}
    return {host: need for host, need in needed.items() if host not in named}


def _meet(
    decision: Decision,
    zone: Zone,
    rrset: RRset,
    there: tuple[int, tuple[str, ...]],
    published: frozenset[str] | None,
    *,
    settled: bool,
) -> None:
    """An RRset that we want and that is there already."""
    ttl, rdatas = there
    key = rrset.name, rrset.type
    if settled and rdatas == rrset.rdatas and ttl == rrset.ttl and published == frozenset(rdatas):
        return
    ours = spelled_as(rrset, rdatas)
    after, replaced = ours, rdatas
    if key[1] == "TXT" and key[0] in zone.shared:
        after, replaced = _shared(decision, zone, ours, there, published or frozenset())
    if published is None and replaced:
        decision.takes_over.add(key)
    if after.rdatas != tuple(sorted(rdatas)) or after.ttl != ttl:
        decision.put[key] = after
        decision.ours[key] = ours
    elif not settled or published != frozenset(ours.rdatas):
        decision.claims.append(ours)


def _shared(
    decision: Decision, zone: Zone, ours: RRset, there: tuple[int, tuple[str, ...]], published: frozenset[str]
) -> tuple[RRset, tuple[str, ...]]:
    """The TXT RRset of a mail domain: our values among those of others.

    Also gives the values that were there and give way, or were already as ours should be.
    """
    ttl, rdatas = there
    has_spf = any(spf.is_spf(txt_text(rdata)) for rdata in ours.rdatas)
    before = _canonicals("TXT", published)
    replaced = tuple(
        rdata
        for rdata in rdatas
        if rdata in ours.rdatas or txt_text(rdata) in before or (has_spf and spf.is_spf(txt_text(rdata)))
    )
    foreign = [rdata for rdata in rdatas if rdata not in replaced]
    if foreign and ttl != ours.ttl:
        what = (
            f"{ours.name} TXT has TTL {ttl}, the YAML asks for {ours.ttl}; {len(foreign)} values are not ours"
        )
        owner = _owner(zone, (ours.name, ours.type))
        decision.findings.append(finding("OWN002", what, key=ours.key, domain=owner))
    return replace(ours, ttl=ttl if foreign else ours.ttl, rdatas=(*ours.rdatas, *foreign)), replaced


def _leave(
    decision: Decision, key: NameType, values: frozenset[str], there: tuple[int, tuple[str, ...]] | None
) -> None:
    """An RRset that stszone published and that nobody wants any more."""
    if there is None:
        decision.forgotten.append(key)
        return
    ttl, rdatas = there
    left = tuple(rdata for rdata in rdatas if _canonical(key[1], rdata) not in _canonicals(key[1], values))
    if not left:
        decision.gone[key] = RRset(*key, ttl, rdatas)
    elif len(left) < len(rdatas):
        decision.put[key] = RRset(*key, ttl, left)
        decision.ours[key] = RRset(*key, ttl, ())
    else:
        decision.forgotten.append(key)


def _canonicals(type_: str, rdatas: frozenset[str]) -> frozenset[str]:
    return frozenset(_canonical(type_, rdata) for rdata in rdatas)


_ENDS_IN_NAME = frozenset({"MX", "CNAME", "DNAME", "NS", "PTR", "SRV"})


def _canonical(type_: str, rdata: str) -> str:
    """Rdata in a form that does not depend on chunks and on the spelling of names.

    Some providers keep a target without its last dot and mean the same by it.
    """
    if type_ == "TXT":
        return txt_text(rdata)
    if type_ in _ENDS_IN_NAME:
        return rdata.lower().removesuffix(".") + "."
    return rdata.lower() if type_ in ("A", "AAAA", "TLSA") else rdata


def spelled_as(rrset: RRset, rdatas: tuple[str, ...]) -> RRset:
    """The wanted RRset in the words of other rdata, such as what is live, where those mean the same.

    A respelled SPF or DMARC record is no change worth a night's attention.
    """
    known = {_canonical(rrset.type, rdata): rdata for rdata in rdatas}
    spelled = []
    for rdata in rrset.rdatas:
        same = known.get(_canonical(rrset.type, rdata))
        if same is None and rrset.type == "TXT":
            text = txt_text(rdata)
            same = next((live for live in rdatas if same_meaning(rrset.name, text, txt_text(live))), None)
        spelled.append(same if same is not None else rdata)
    return replace(rrset, rdatas=tuple(spelled))


def same_meaning(name: str, wanted: str, live: str) -> bool:
    """Whether two TXT texts at a name mean the same to everyone who reads them."""
    if spf.is_spf(wanted):
        return spf.is_spf(live) and spf.same_policy(wanted, live)
    if dkim.owns(name):
        return dkim.same_key(wanted, live)
    if dmarc.owns(name):
        return dmarc.same_policy(wanted, live)
    standard = next((one for one in (mta_sts, tls_rpt) if one.owns(name)), None)
    try:
        return standard is not None and standard.parse_record(wanted) == standard.parse_record(live)
    except RuleError:
        return False


def _conflicts(decision: Decision, zone: Zone, live: LiveZone) -> Iterator[Finding]:
    """CNAMEs beside other data (RFC 1034 §3.6.2), and names below a delegation."""
    names: dict[str, NameType] = {}
    for key in decision.put:
        names.setdefault(key[0], key)
    types: dict[str, set[str]] = {}
    cuts = set()
    for name, type_ in (live.keys() - decision.gone.keys()) | decision.put.keys():
        if name in names:
            types.setdefault(name, set()).add(type_)
        if type_ == "NS" and name != zone.name:
            cuts.add(name)
    for name, key in sorted(names.items()):
        present = types[name] - DNSSEC
        if "CNAME" in present and len(present) > 1:
            others = ", ".join(sorted(present - {"CNAME"}))
            what = f"{name} would have a CNAME beside {others}; only {key[1]} is ours"
            fix = f"remove the foreign record at {name} by hand, or use another name"
            yield finding("DNS005", what, key=decision.put[key].key, fix=fix, domain=_owner(zone, key))
    for name, type_ in sorted(key for key, ours in decision.ours.items() if ours.rdatas) if cuts else ():
        if cut := _cut_above(name, type_, cuts):
            what = f"{name} {type_} is below the delegation of {cut}"
            key = name, type_
            yield finding("OWN003", what, key=decision.put[key].key, domain=_owner(zone, key))


def _owner(zone: Zone, key: NameType) -> str | None:
    """The mail domain that asks for an RRset, which tells the file that a finding is about."""
    return next(iter(zone.owners.get(key, ())), None)


def _cut_above(name: str, type_: str, cuts: set[str]) -> str | None:
    """The delegation that hides a record; NS and DS at the cut itself are the parent zone's."""
    above = name.partition(".")[2] if type_ in ("NS", "DS") else name
    while above and above not in cuts:
        above = above.partition(".")[2]
    return above or None


def unmanaged(zone: Zone, live: LiveZone, owned: Owned) -> Iterator[Finding]:
    """Mail records of the zone's mail domains that neither the YAML nor the ledger knows."""
    for (name, type_), (_, rdatas) in live.items():
        if (name, type_) in zone.rrsets or (name, type_) in owned:
            continue
        if mail_looking(name, type_, rdatas, zone.domains):
            domain = longest_zone(name, zone.domains)
            what = f"{name} {type_} is neither in the YAML nor in the ledger"
            yield finding("OWN001", what, domain=domain, fix=_way_out(name))


def _way_out(name: str) -> str:
    """What to do about a record; senders hold an MTA-STS policy also when its record is gone."""
    if not name.startswith(("_mta-sts.", "mta-sts.")):
        return ""
    way = "or have it say mode none for as long as its max_age was, and only then remove it"
    return f"describe it in the YAML (mta_sts: publish: external), {way}"


def mail_looking(name: str, type_: str, rdatas: tuple[str, ...], domains: set[str]) -> bool:
    """Whether a record acts on the mail of one of the mail domains."""
    if name in domains:
        return type_ == "MX" or (type_ == "TXT" and any("v=spf1" in rdata.lower() for rdata in rdatas))
    if type_ not in ("TXT", "CNAME"):
        return False
    label, _, parent = name.partition(".")
    if label in ("_mta-sts", "_dmarc") or name.startswith(tls_rpt.PREFIX):
        return parent.removeprefix("_tls.") in domains
    _, below, domain = name.rpartition("_domainkey.")
    return bool(below) and domain in domains
