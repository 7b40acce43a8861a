"""plan: what would happen now, at every target, without writing anything there."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from datetime import datetime

from stszone.planning.blocks import Blocks
from stszone.planning.config import Config
from stszone.planning.octodns_plan import compare
from stszone.planning.quick import QuickTargets
from stszone.planning.work import Planned, Progress
from stszone.report import Finding, Plan
from stszone.store.repository import State
from stszone.store.settings import Settings


def select(names: Iterable[str], patterns: Iterable[str]) -> frozenset[str]:
    """The mail domains that a command is about: all, or those that a name or glob matches."""
    wanted = tuple(pattern.lower() for pattern in patterns)
    return frozenset(n for n in names if not wanted or any(fnmatch.fnmatchcase(n, one) for one in wanted))


def make_plan(
    state: State,
    config: Config,
    settings: Settings,
    now: datetime,
    patterns: Iterable[str] = (),
    progress: Progress = lambda items, count, label: items,
) -> Planned:
    """Compare everything that is wanted with everything that is live.  Writes nothing."""
    domains = select(state.lives, patterns)
    state = state.only(domains)
    planned = Planned(state, settings, Plan((), ""), domains=domains)
    blocks = Blocks(state)
    slow = _quick(state, config, blocks, progress)
    if slow:
        planned.work, planned.failures = compare(state, config, slow, now, progress)
    for work in planned.work:
        blocks.add_work(work)
    errors: dict[str, list[Finding]] = {}
    for found in state.errors:
        if found.domain in domains:
            errors.setdefault(found.domain, []).append(found)
    for name in sorted(domains):
        targets = ", ".join(config.targets(state.zone_of(name)))
        blocks.add_steps(name, settings, targets)
        if name in errors:
            blocks.add_errors(name, map(state.repository.located, errors[name]), targets)
    planned.report = blocks.report(domains)
    return planned


def _quick(state: State, config: Config, blocks: Blocks, progress: Progress) -> list[str]:
    """Look at every zone on the short road; returns those that need the long one."""
    quick, slow = QuickTargets(config), []
    zones = state.zones
    for zone in progress(zones, len(zones), "zones"):
        if (views := quick.look(state, zone)) is None:
            slow.append(zone)
        else:
            for target, found in views.items():
                blocks.add_findings(zone, target, found)
    return slow
