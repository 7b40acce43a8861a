"""The long road: octoDNS's Manager compares zones with their targets, in a dry run."""

from __future__ import annotations

from datetime import datetime

from octodns.manager import Manager
from octodns.provider.base import BaseProvider
from octodns.provider.plan import Plan as OctoPlan

from stszone.compiler import Zone
from stszone.planning.config import Config
from stszone.planning.manager import open_manager
from stszone.planning.processor import Conflict, MailScope, View
from stszone.planning.source import MailSource
from stszone.planning.trouble import Secrets, unanswered
from stszone.planning.work import Failure, Progress, ZoneWork
from stszone.planning.zonefile import ZoneFile
from stszone.rules import finding
from stszone.scope import unmanaged
from stszone.store.state import State


class _Capture:
    """A plan output of octoDNS that keeps the plans."""

    def __init__(self) -> None:
        self.plans: list[tuple[BaseProvider, OctoPlan]] = []

    def run(self, plans: list[tuple[BaseProvider, OctoPlan]], log: object, fh: object) -> None:
        self.plans.extend(plans)


class Comparison:
    """One look at the targets of a configuration: octoDNS with its providers, and what they say."""

    def __init__(self, config: Config, now: datetime) -> None:
        """Raises InputError, and UnknownError where a host has no address."""
        self._config = config
        self._manager = open_manager(config)
        self._capture = _Capture()
        self._manager.plan_outputs = {"stszone": self._capture}
        source, scope = self._manager.providers[config.source], self._manager.processors[config.scope]
        if not isinstance(source, MailSource) or not isinstance(scope, MailScope):
            raise TypeError(f"{config.path}: {config.source} and {config.scope} are not stszone's classes")
        self._source, self._scope = source, scope
        for provider in self._manager.providers.values():
            if isinstance(provider, ZoneFile):
                provider.now = now

    def settled(self, state: State, zones: list[str], progress: Progress) -> list[ZoneWork]:
        """Zones that a target can tell fast to be as wanted, so that octoDNS need not be asked."""
        return [
            settled
            for zone in progress(zones, len(zones), "zones at servers")
            for settled in _settled(self._manager, state, self._config, zone)
        ]

    def compare(
        self, state: State, zones: list[str], progress: Progress
    ) -> tuple[list[ZoneWork], list[Failure]]:
        """Plan these zones through octoDNS.  A zone that fails is told apart from those that do not."""
        manager, work = self._manager, []
        self._source.use(state)
        failures = _sync(manager, self._config, zones, self._capture, progress)
        plans = self._capture.plans
        octo = {(provider.id, plan.desired.name.removesuffix(".")): plan for provider, plan in plans}
        failed = {failure.zone for failure in failures}
        for (target, zone), view in sorted(self._scope.views.items(), key=lambda item: item[0][::-1]):
            if zone not in failed:
                work.append(ZoneWork(zone, target, manager.providers[target], view, octo.get((target, zone))))
        for item in list(work):
            if (
                item.octo is not None
                and item.octo.exists is False
                and not isinstance(item.provider, ZoneFile)
            ):
                work.remove(item)
                failures.append(_missing(item))
        return work, failures


def _settled(manager: Manager, state: State, config: Config, zone: str) -> list[ZoneWork]:
    """What there is to say of a zone in which nothing is to do at any target; empty: octoDNS decides."""
    entry, wanted = config.entry(zone), state.compiled.zones.get(zone) or Zone(zone)
    if entry is None or entry.sources != (config.source,) or entry.processors != (config.scope,):
        return []
    found = []
    for target in entry.targets:
        provider = manager.providers.get(target)
        quick = getattr(provider, "quick_rrsets", None)
        live = quick(zone) if quick else None
        if live is None:
            return []
        decision = state.decide(target, wanted, live)
        if not decision.idle:
            return []
        view = View(live, wanted, decision, list(unmanaged(wanted, live, state.owned(target, zone))))
        found.append(ZoneWork(zone, target, provider, view, None))
    return found


def _sync(
    manager: Manager, config: Config, zones: list[str], capture: _Capture, progress: Progress
) -> list[Failure]:
    """octoDNS compares the zones: all in one go, and one by one when that fails, to tell which.

    `force` only skips octoDNS's 30 % check; in a dry run nothing is written.
    """
    failures = [
        Failure(zone, "", f"{config.path}: no targets for {zone}")
        for zone in zones
        if not config.targets(zone)
    ]
    rest = [zone for zone in zones if config.targets(zone)]
    if rest and _failure(manager, config, rest) is not None:
        capture.plans.clear()
        for zone in progress(rest, len(rest), "zones one by one"):
            if failure := _failure(manager, config, [zone]):
                failures.append(failure)
    return failures


def _failure(manager: Manager, config: Config, zones: list[str]) -> Failure | None:
    """Let octoDNS plan these zones; what went wrong, about the first of them."""
    first, targets = zones[0], ", ".join(config.targets(zones[0]))
    try:
        manager.sync(eligible_zones=[f"{zone}." for zone in zones], dry_run=True, force=True)
    except Conflict as conflict:
        return Failure(first, targets, str(conflict), findings=tuple(conflict.findings))
    except Exception as error:  # noqa: BLE001 - octoDNS and its providers have no common base
        return Failure(first, targets, Secrets(config).told(error), unknown=unanswered(error))
    return None


def _missing(work: ZoneWork) -> Failure:
    found = finding("TGT002", f"{work.target} has no zone {work.zone}")
    return Failure(work.zone, work.target, f"{found.message}; {found.fix}", findings=(found,))
