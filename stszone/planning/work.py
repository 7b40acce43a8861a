"""What planning hands on: a zone at a target as planned, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from octodns.provider.base import BaseProvider
from octodns.provider.plan import Plan as OctoPlan

from stszone.planning.config import Config
from stszone.planning.processor import View
from stszone.report import Finding, Plan
from stszone.store.settings import Settings
from stszone.store.state import State

Progress = Callable[[Iterable[str], int, str], Iterable[str]]
"""Shows how far a long loop is: the items, how many there are, what they are."""


@dataclass(slots=True)
class ZoneWork:
    """One zone at one target, as planned."""

    zone: str
    target: str
    provider: BaseProvider
    view: View
    octo: OctoPlan | None
    """None: octoDNS has nothing to change; the ledger may have something to learn."""

    @property
    def changed(self) -> set[tuple[str, str]]:
        """Owner name and type of everything that octoDNS would change."""
        changes = self.octo.changes if self.octo else ()
        return {(change.record.fqdn.removesuffix("."), change.record._type) for change in changes}


def domains_of(state: State, work: ZoneWork) -> set[str]:
    """The mail domains that a zone's change is about, and what only the ledger learns; zones for others'."""
    decision = work.view.decision
    claimed = ((rrset.name, rrset.type) for rrset in decision.claims)
    keys = {*decision.put, *decision.gone, *decision.forgotten, *claimed, *work.changed}
    return {state.owner(work.target, work.zone, key) for key in keys}


@dataclass(frozen=True, slots=True)
class Failure:
    """A zone that could not be planned or applied."""

    zone: str
    target: str
    reason: str
    unknown: bool = False
    """The target could not be looked at, so nothing is known about the zone."""
    findings: tuple[Finding, ...] = ()
    left: bool = False
    """Nothing was tried, because of something else that is named in the reason."""


@dataclass(slots=True)
class Planned:
    """A plan as data, and what is needed to carry it out."""

    state: State
    config: Config
    settings: Settings
    report: Plan
    work: list[ZoneWork] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    domains: frozenset[str] = frozenset()
    refused: list[Finding] = field(default_factory=list)
    """What forbids the plan; if anything, nothing was compared and nothing may be applied."""

    @property
    def blocked(self) -> set[str]:
        """Mail domains with a step that a rule forbids."""
        return {
            one.domain for one in self.report.domains if any(step.state == "blocked" for step in one.steps)
        }
