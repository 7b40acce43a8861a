"""MX hosts under the policies that senders enforce: widened first, narrowed last (LC2, INV-MX).

At every moment every policy that a sender may still hold matches an MX host that is live, and every
MX RRset that a resolver may still hold has a host that the newest policy allows.  The YAML says only
what is wanted in the end; here is what stands in between.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from stszone.domain import MailDomain
from stszone.ledger import Ledger, PolicyEvent, exchanges, format_time
from stszone.lifecycle.expiry import cached_policies
from stszone.report import Step, StepState
from stszone.standards import mta_sts, mx, records

Hosts = tuple[str, ...]
_Cached = tuple[PolicyEvent, datetime, tuple[str, ...]]
"""A policy that may be cached, when its last copy expires, and what its mx lines allow."""


@dataclass(frozen=True, slots=True)
class MxNow:
    """What may be live of an MX change at one moment."""

    rdatas: Hosts | None = None
    """The MX RRset that may be live now; None: as it is wanted."""
    also: Hosts = ()
    """MX hosts that a new policy has to allow beside those of the YAML."""
    steps: tuple[Step, ...] = ()


def mx_now(wanted: MailDomain, ledger: Ledger, now: datetime, allow: Collection[str]) -> MxNow:
    """How far an MX change may go now (STS072, STS077, ORD02, ORD03)."""
    asked = _asked(wanted, ledger)
    if asked is None:
        return MxNow()
    held = _held(wanted.name, ledger)
    also = _also(wanted.name, asked, ledger, now)
    if "STS077" in allow or any(set(one) == set(asked) for one in _settled(wanted.name, ledger)):
        return MxNow(also=also, steps=tuple(_narrowing(wanted, asked, also, ledger, now)))
    hosts = exchanges(asked)
    lacking = [one for one in _enforced(ledger, now) if not _allows(one[2], hosts)]
    kept = tuple(rdata for rdata in held if any(_allows(one[2], exchanges([rdata])) for one in lacking))
    lost = [one for one in lacking if not _allows(one[2], exchanges(kept))]
    if lost or (lacking and wanted.mx is None):
        return MxNow(also=also, steps=tuple(_blocked(asked, lost or lacking, ledger)))
    if not lacking:
        return MxNow(also=also, steps=tuple(_narrowing(wanted, asked, also, ledger, now)))
    # The null MX stands alone, so it waits as a whole.
    rdatas = tuple(sorted({*asked, *kept})) if hosts else held
    also = tuple(sorted({*also, *exchanges(rdatas)}))
    return MxNow(rdatas, also, (_waiting(hosts, kept, lacking, ledger),))


def _asked(wanted: MailDomain, ledger: Ledger) -> Hosts | None:
    """The MX RRset of the YAML; None where MX is not ours, empty where it is to go."""
    if wanted.mx is not None:
        return tuple(rdata for rrset in mx.rrsets(wanted.mx, wanted.name, 0) for rdata in rrset.rdatas)
    written = records.rrsets(wanted.records, wanted.zone, 0)
    own = (rrset for rrset in written if (rrset.name, rrset.type) == (wanted.name, "MX"))
    rdatas = tuple(rdata for rrset in own for rdata in rrset.rdatas)
    return rdatas if rdatas or _held(wanted.name, ledger) else None


def _held(name: str, ledger: Ledger) -> Hosts:
    """The MX records of ours that may be live at any target."""
    sets = (rdatas for place, rdatas in ledger.mx_sets() if place[2] == name)
    return tuple(sorted({rdata for rdatas in sets for rdata in rdatas}))


def _settled(name: str, ledger: Ledger) -> Iterator[frozenset[str]]:
    """The MX RRsets that were surely written, at each target."""
    return (rdatas for place, rdatas in ledger.mx_sets() if place[2] == name and place not in ledger.open)


def _enforced(ledger: Ledger, now: datetime) -> Iterator[_Cached]:
    for policy, expires in cached_policies(ledger, now):
        parsed = mta_sts.parse_policy(policy.body)
        if parsed.mode == "enforce":
            yield policy, expires, parsed.mx


def _allows(patterns: Iterable[str], hosts: Hosts) -> bool:
    return any(mta_sts.matches(pattern, host) for pattern in patterns for host in hosts)


def _also(name: str, asked: Hosts, ledger: Ledger, now: datetime) -> Hosts:
    """Hosts of MX RRsets that resolvers may hold and that are not the wanted one (ORD03)."""
    others = [former.hosts for former in ledger.former_mx if former.until > now]
    others += [
        exchanges(rdatas)
        for place, rdatas in ledger.mx_sets()
        if place[2] == name and set(rdatas) != set(asked)
    ]
    return tuple(sorted({host for hosts in others for host in hosts} - set(exchanges(asked))))


def _narrowing(
    wanted: MailDomain, asked: Hosts, also: Hosts, ledger: Ledger, now: datetime
) -> Iterator[Step]:
    """The wait for resolvers to forget the former MX RRset, before the policy leaves its hosts out."""
    section = wanted.mta_sts
    if section is None or not section.has_policy or section.mode == "none":
        return
    former = [one.until for one in ledger.former_mx if one.until > now and set(one.hosts) & set(also)]
    patterns = section.mx or exchanges(asked)
    extra = [host for host in also if not _allows(patterns, (host,))]
    if former and extra:
        reason = f"resolvers may still hold the MX hosts {', '.join(extra)}; the policy goes on allowing them"
        yield Step("narrow-policy", StepState.WAITING, reason, "STS077", format_time(max(former)))


def _waiting(hosts: Hosts, kept: Hosts, lacking: list[_Cached], ledger: Ledger) -> Step:
    """Old MX hosts stay beside the new ones until no sender holds a policy without a new one."""
    policy, expires, _ = max(lacking, key=lambda one: one[1])
    stay = ", ".join(exchanges(kept))
    what = f"{stay} stays beside {', '.join(hosts)}" if hosts else f"{stay} stays, and the null MX waits"
    if any(one is ledger.last_served for one, _, _ in lacking):
        # Its clock starts when the next policy has taken its place.
        if hosts:
            reason = f"{what}: policy {policy.id}, which is in force, allows none of the new hosts"
        else:
            reason = f"{what}: policy {policy.id} is in force; take the mta_sts section out to begin its end"
        return Step("change-mx", StepState.WAITING, reason, "STS077")
    until = format_time(expires)
    reason = f"{what}: senders may enforce policy {policy.id} until then, which allows none of the new hosts"
    return Step("change-mx", StepState.WAITING, reason, "STS077", until)


def _blocked(asked: Hosts, lost: list[_Cached], ledger: Ledger) -> Iterator[Step]:
    """No MX host is left that a cached policy allows: nothing that stszone could keep."""
    hosts = ", ".join(exchanges(asked))
    what = f"{hosts}: none of these MX hosts is" if hosts else "no MX host is"
    for policy, expires, patterns in lost:
        if policy is ledger.last_served:
            when, until = "is in force and", None
        else:
            until = format_time(expires)
            when = f"senders may enforce until {until} and which"
        reason = f"{what} in policy {policy.id}, which {when} allows {', '.join(patterns)}"
        way = "keep one in mx, or --allow STS077 --reason TEXT"
        yield Step("change-mx", StepState.BLOCKED, f"{reason}; {way}", "STS077", until)
