"""apply: carry out a plan in the order that cannot lose mail.

Policy files first, then the zones.  Each zone is written ahead in the ledger, sent, read back,
and only then noted as done, so that a crash at any moment is followed by a plan that converges.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from octodns.zone import Zone as OctoZone

from stszone import policy_host
from stszone.errors import StszoneError
from stszone.ledger import Event, applied, applying, claimed, published, publishing, released
from stszone.planning.blocks import leftover
from stszone.planning.order import addressed, addresses_first, hosts_without_address, pointed_to
from stszone.planning.processor import live_zone
from stszone.planning.trouble import Secrets, unanswered
from stszone.planning.work import Failure, Planned, Progress, ZoneWork, domains_of
from stszone.standards import mta_sts
from stszone.standards.rrset import RRset
from stszone.store.ledger_file import append_events
from stszone.store.state import State

Clock = Callable[[], datetime]


@dataclass(slots=True)
class Applied:
    """What an apply did."""

    policies: list[str] = field(default_factory=list)
    """Mail domains whose policy file was written."""
    zones: list[tuple[str, str, int]] = field(default_factory=list)
    """Zone, target, and how many RRsets changed."""
    failures: list[Failure] = field(default_factory=list)


def write_minted(state: State, domains: Iterable[str]) -> int:
    """Append the ids that a plan minted for these domains; returns how many.  Raises OSError."""
    written = 0
    for name in sorted(domains):
        events = state.lives[name].events
        append_events(state.repository.directory, name, events)
        written += len(events)
    return written


def apply_plan(
    planned: Planned,
    clock: Clock,
    progress: Progress = lambda items, count, label: items,
) -> Applied:
    """Do what the plan says.  A domain or target that fails does not stop the others."""
    result = Applied(failures=list(planned.failures))
    write_minted(planned.state, planned.domains)
    held_back = dict.fromkeys(planned.blocked, "a step is blocked")
    names = sorted(planned.domains & planned.state.compiled.policies.keys() - held_back.keys())
    for name in progress(names, len(names), "policies"):
        if failure := _publish(planned, clock, name, result):
            result.failures.append(failure)
            held_back[name] = "its policy file is not in place"
    _write_zones(planned, held_back, clock, progress, result)
    _remove_policies(planned, result)
    return result


def _write_zones(
    planned: Planned, held_back: dict[str, str], clock: Clock, progress: Progress, result: Applied
) -> None:
    """Each zone after those that give its hosts an address, and not without them."""
    missing = hosts_without_address(planned)
    soon = set().union(*map(addressed, planned.work))
    work = {f"{item.zone} {item.target}": item for item in addresses_first(planned.work, missing)}
    for key in progress(list(work), len(work), "zones"):
        item = work[key]
        if waiting := sorted(held_back.keys() & domains_of(planned.state, item)):
            reason = "; ".join(f"{name}: {held_back[name]}" for name in waiting)
            reason = f"not written, because of {reason}"
            result.failures.append(Failure(item.zone, item.target, reason, left=True))
        elif hosts := sorted(pointed_to(item) & (missing - addressed(item) - soon)):
            reason = f"not written, because {', '.join(hosts)} has no address yet; apply its zone first"
            result.failures.append(Failure(item.zone, item.target, reason, left=True))
        elif _apply_zone(planned, item, clock, result):
            missing -= addressed(item)
            continue
        soon -= addressed(item)  # not written, so what it was to bring does not come


def _remove_policies(planned: Planned, result: Applied) -> None:
    """Policy files that nobody may fetch any more, after their records."""
    failed = {failure.zone for failure in result.failures}
    for name in sorted(planned.domains - planned.blocked):
        path = leftover(planned.state, name, planned.settings)
        if path is not None and planned.state.zone_of(name) not in failed:
            try:
                path.unlink()
            except OSError as error:
                result.failures.append(Failure(name, str(path), f"policy file not removed: {error.strerror}"))


def _publish(planned: Planned, clock: Clock, name: str, result: Applied) -> Failure | None:
    """The policy file of one domain, before any record may name it (STS090)."""
    policy = planned.state.compiled.policies[name]
    directory = planned.state.repository.directory
    ledger = planned.state.repository.ledgers[name]
    known = next((one for one in ledger.policies if one.id == policy.id), None)
    try:
        # An attempt that was noted and not confirmed is made again: the file may be there, the note is not.
        confirmed = known is not None and known.confirmed
        if confirmed and policy_host.is_published(planned.settings.policy_hosts, policy):
            return None
        append_events(directory, name, [publishing(clock(), policy.id, policy.publish)])
        policy_host.publish(planned.settings.policy_hosts, policy)
        append_events(directory, name, [published(clock(), policy.id, policy.publish)])
    except (OSError, StszoneError) as error:
        return Failure(name, policy.publish, f"policy file: {error}")
    if policy.publish != mta_sts.EXTERNAL:
        result.policies.append(name)
    return None


def _apply_zone(planned: Planned, work: ZoneWork, clock: Clock, result: Applied) -> bool:
    """Write one zone; whether it was done."""
    directory = planned.state.repository.directory
    before = list(_ahead(planned, work, clock))
    try:
        for domain, events in before:
            append_events(directory, domain, events)
        changed = len(work.octo.changes) if work.octo else 0
        if work.octo:
            work.provider.apply(work.octo)
            _read_back(planned, work)
        for domain, events in before:
            if any(event["event"] == "applying" for event in events):
                append_events(directory, domain, [applied(clock(), work.target, work.zone)])
        for domain, event in _released(planned, work, clock):
            append_events(directory, domain, [event])
        if changed:
            result.zones.append((work.zone, work.target, changed))
        return True
    except Exception as error:  # noqa: BLE001 - octoDNS and its providers have no common base
        reason = Secrets(planned.config).told(error)
        result.failures.append(Failure(work.zone, work.target, reason, unknown=unanswered(error)))
        return False


def _ahead(planned: Planned, work: ZoneWork, clock: Clock) -> Iterator[tuple[str, list[Event]]]:
    """What the ledgers are told before a zone is written, by mail domain."""
    decision = work.view.decision
    state, now = planned.state, clock()
    put, gone, claims = _Grouped(), _Grouped(), _Grouped()
    for key in decision.put.keys() & work.changed:
        ours = decision.ours[key]
        (put if ours.rdatas else gone).add(state.owner(work.target, work.zone, key), ours)
    for key, rrset in decision.gone.items():
        gone.add(state.owner(work.target, work.zone, key), rrset)
    for key in decision.forgotten:
        gone.add(state.owner(work.target, work.zone, key), RRset(*key, 0, ()))
    for rrset in decision.claims:
        claims.add(state.owner(work.target, work.zone, (rrset.name, rrset.type)), rrset)
    for domain in sorted({*put.by_domain, *gone.by_domain, *claims.by_domain}):
        events = []
        if domain in claims.by_domain:
            events.append(claimed(now, work.target, work.zone, claims.by_domain[domain]))
        if domain in put.by_domain or domain in gone.by_domain:
            seen = _seen(domain, work)
            events.append(applying(now, work.target, work.zone, put.of(domain), gone.of(domain), seen))
        yield domain, events


def _seen(domain: str, work: ZoneWork) -> list[RRset]:
    """The MX and MTA-STS records that are there and give way, whoever published them."""
    changing = work.view.decision.put.keys() | work.view.decision.gone.keys()
    keys = ((domain, "MX"), (mta_sts.record_name(domain), "TXT"))
    return [RRset(*key, *work.view.live[key]) for key in keys if key in work.view.live and key in changing]


def _released(planned: Planned, work: ZoneWork, clock: Clock) -> Iterator[tuple[str, Event]]:
    """What other mail domains' ledgers held and now is in the ledger of its owner."""
    state, decision = planned.state, work.view.decision
    written = [*(decision.put.keys() & work.changed), *((one.name, one.type) for one in decision.claims)]
    released_by: dict[str, list[RRset]] = {}
    for key in [*written, *decision.gone]:
        owner = state.owner(work.target, work.zone, key)
        for domain in state.holding((work.target, work.zone, *key)):
            if domain != owner:
                released_by.setdefault(domain, []).append(RRset(*key, 0, ()))
    for domain, rrsets in sorted(released_by.items()):
        yield domain, released(clock(), work.target, work.zone, rrsets)


class _Grouped:
    """RRsets by mail domain."""

    def __init__(self) -> None:
        self.by_domain: dict[str, list[RRset]] = {}

    def add(self, domain: str, rrset: RRset) -> None:
        self.by_domain.setdefault(domain, []).append(rrset)

    def of(self, domain: str) -> Iterable[RRset]:
        return self.by_domain.get(domain, [])


def _read_back(planned: Planned, work: ZoneWork) -> None:
    """A write that was accepted and not done is a failure, not a success.  Raises StszoneError."""
    existing = OctoZone(f"{work.zone}.", [])
    work.provider.populate(existing, target=True, lenient=True)
    left = planned.state.decide(work.target, work.view.wanted, live_zone(existing))
    undone = sorted(f"{name} {type_}" for name, type_ in work.changed & (left.put.keys() | left.gone.keys()))
    if undone:
        raise StszoneError(
            f"{work.target} accepted the changes and did not make all of them: {', '.join(undone)}"
        )
