"""plan: what would happen now, at every target, without writing anything there."""

from __future__ import annotations

from datetime import datetime

from stszone.planning.blocks import Blocks
from stszone.planning.capabilities import unsupported
from stszone.planning.config import Config
from stszone.planning.octodns_plan import Comparison
from stszone.planning.quick import QuickTargets
from stszone.planning.work import Failure, Planned, Progress, ZoneWork, domains_of
from stszone.policy_host import cannot_publish, is_published
from stszone.report import Finding, Plan, StepState
from stszone.rules import finding
from stszone.store.settings import Settings
from stszone.store.state import State


def make_plan(
    state: State,
    config: Config,
    settings: Settings,
    now: datetime,
    names: frozenset[str],
    *,
    progress: Progress = lambda items, count, label: items,
) -> Planned:
    """Compare what is wanted of some mail domains with what is live.  Writes nothing.

    The rules are asked about the mail domains that have something to do; `check` asks about all.
    """
    domains = names & state.lives.keys()
    state = state.only(domains - _blocked(state, settings))
    planned = Planned(state, config, settings, Plan((), ""), domains=domains)
    blocks = Blocks(state)
    slow = _quick(state, config, blocks, progress)
    planned.refused = _in_doubt(state, slow, domains)
    if planned.refused:
        return planned
    comparison = Comparison(config, now) if slow else None
    planned.work = comparison.settled(state, slow, progress) if comparison else []
    slow = sorted({*slow} - {item.zone for item in planned.work})
    busy = _busy(state, slow, domains)
    linted = state.lint(busy)
    broken = _broken(state, config, busy, linted)
    for name, found in broken.items():
        blocks.break_off(name, config.targets(state.zone_of(name)), found)
    planned.state = state = state.only((domains if state.chosen is None else state.chosen) - broken.keys())
    if comparison and (slow := sorted({*slow}.intersection(state.zones))):  # octoDNS takes [] for all zones
        compared, planned.failures = comparison.compare(state, slow, progress)
        planned.work += compared
    for work in planned.work:
        blocks.add_work(work)
    for name in sorted(domains):
        blocks.add_steps(name, settings, config.targets(state.zone_of(name)))
    blocks.add_errors(linted)
    _hold_back(planned, blocks.guard(settings.guards.max_risky_domains), now, progress)
    for failure in planned.failures:
        blocks.add_findings(failure.zone, failure.target, failure.findings)
    planned.report = blocks.report(domains, planned.failures)
    return planned


def _hold_back(planned: Planned, held: set[str], now: datetime, progress: Progress) -> None:
    """Compare the zones of guarded domains again without these, so that the others go on.

    The report keeps what they would change: somebody has to look at it.
    """
    if not held:
        return
    before = planned.state
    state = planned.state = before.only((planned.domains if before.chosen is None else before.chosen) - held)
    again = [
        item
        for item in planned.work
        # What a held domain goes on pointing to stays, whoever it belongs to.
        if not held.isdisjoint(domains_of(before, item))
        or not state.needed.keys().isdisjoint(name for name, _ in item.view.decision.gone)
    ]
    zones = {item.zone for item in again}
    told = {(item.zone, item.target): _changes(item) for item in again}
    planned.work = [item for item in planned.work if item.zone not in zones]
    if left := sorted(zones.intersection(state.zones)):
        work, failures = Comparison(planned.config, now).compare(state, left, progress)
        planned.failures += failures
        for item in work:
            if _changes(item) <= told.get((item.zone, item.target), _changes(item)):
                planned.work.append(item)
            else:
                reason = "not written: what is held back there cannot be told apart from the rest"
                planned.failures.append(Failure(item.zone, item.target, reason, left=True))


def _changes(work: ZoneWork) -> set[tuple[object, ...]]:
    """What octoDNS would do in a zone, to be compared with what it would do without some mail domains."""
    return {
        (str(change.record.fqdn), str(change.record._type), change.new and str(change.new.data))
        for change in (work.octo.changes if work.octo else ())
    }


def _blocked(state: State, settings: Settings) -> set[str]:
    """Mail domains of which nothing happens now; the zones that they share go on without them."""
    blocked = {
        name
        for name, live in state.lives.items()
        if any(step.state is StepState.BLOCKED for step in live.steps)
    }
    for name, policy in state.compiled.policies.items():
        hosts = settings.policy_hosts
        if policy.publish in hosts and not is_published(hosts, policy) and cannot_publish(hosts, policy):
            blocked.add(name)
    return blocked


def _busy(state: State, zones: list[str], domains: frozenset[str]) -> set[str]:
    """The mail domains that have something in these zones, or a step to take."""
    busy = {name for name, live in state.lives.items() if live.steps or state.zone_of(name) in zones}
    for zone in zones:
        compiled = state.compiled.zones.get(zone)
        for owners in compiled.owners.values() if compiled else ():
            busy.update(owners)
    return busy & domains


def _in_doubt(state: State, zones: list[str], domains: frozenset[str]) -> list[Finding]:
    """What forbids any plan: files that cannot be read, or contradict each other about these zones."""
    return state.doubts(_busy(state, zones, domains))


def _broken(state: State, config: Config, busy: set[str], linted: list[Finding]) -> dict[str, list[Finding]]:
    """What only forbids to change one mail domain: harmful errors, types that a target lacks."""
    broken: dict[str, list[Finding]] = {}
    for one in [*state.harms(busy, linted), *map(state.repository.located, unsupported(state, config))]:
        if one.domain in busy:
            broken.setdefault(one.domain, []).append(one)
    return broken


def _quick(state: State, config: Config, blocks: Blocks, progress: Progress) -> list[str]:
    """Look at every zone on the short road; returns those that need the long one."""
    quick, slow = QuickTargets(config), []
    zones = state.zones
    for (target, zone), count in sorted(state.retired(config.targets).items()):
        what = f"{zone} is not held at {target} any more, where {count} records of ours were left"
        blocks.add_findings(zone, target, [finding("OWN004", what)])
    for zone in progress(zones, len(zones), "zones"):
        if not config.targets(zone):
            continue  # said above
        if (views := quick.look(state, zone)) is None:
            slow.append(zone)
        else:
            for target, (decision, found) in views.items():
                blocks.add_findings(zone, target, [*decision.findings, *found])
                blocks.add_postponed(zone, target, decision)
    return slow
