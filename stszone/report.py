"""All that a command has to say, as data: findings, changes, steps, plans.

Nothing here prints; `stszone.render` turns these values into text, Markdown and JSON.
The JSON keys of the design are the field names here, so that the two cannot drift apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

GUARD = "GRD"
"""What the ids of rules about changes that can lose mail begin with."""

Key = tuple[str | int, ...]
"""Where in a YAML file a value stands: `("mta_sts", "mx", 0)`; empty for the file as a whole."""


def key_text(key: Key) -> str:
    """The path as people write it: `mta_sts.mx[0]`."""
    text = ""
    for part in key:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part or repr('')}" if text else part
    return text


class Severity(StrEnum):
    """How bad a finding is."""

    ERROR = "error"
    """Mail is lost or deferred, or a control is silently off, or the object means nothing."""
    WARNING = "warning"
    """Works for some peers, or is a trap."""
    INFO = "info"
    """Worth knowing; nothing to repair."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule says about one place."""

    rule: str
    severity: Severity
    message: str
    """What is there, with the value."""
    statement: str
    """The rule in a sentence, with its source."""
    consequence: str
    fix: str
    key: Key = ()
    domain: str | None = None
    file: str | None = None
    line: int | None = None
    column: int | None = None

    def at(self, *prefix: str | int) -> Finding:
        """The same finding, its key seen from further out."""
        return self._moved((*prefix, *self.key), self.domain, (self.file, self.line, self.column))

    def for_domain(self, domain: str) -> Finding:
        """The same finding, about this mail domain."""
        return self._moved(self.key, domain, (self.file, self.line, self.column))

    def _moved(
        self, key: Key, domain: str | None, place: tuple[str | None, int | None, int | None]
    ) -> Finding:
        # `dataclasses.replace` takes three times as long, and a fleet has many findings.
        return Finding(
            self.rule, self.severity, self.message, self.statement, self.consequence, self.fix,
            key, domain, *place,
        )  # fmt: skip

    def located(self, file: str, line: int, column: int) -> Finding:
        """The same finding, with the place in the file (line and column count from 1)."""
        return self._moved(self.key, self.domain, (file, line, column))


class Action(StrEnum):
    """What happens to an RRset."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Change:
    """One RRset of one zone before and after."""

    action: Action
    name: str
    """Owner name, absolute, without the trailing dot."""
    type: str
    ttl: int
    """Seconds; of the RRset afterwards, of the deleted one on a delete."""
    before: tuple[str, ...]
    """Rdata as people read it: TXT as one text without quotes, all else in presentation form."""
    after: tuple[str, ...]
    takes_over: bool = False
    """The RRset was there before and stszone did not publish it."""
    meaning: str = ""
    """What the change means for mail, in a clause."""
    ttl_before: int | None = None


class StepState(StrEnum):
    """Whether a step can be taken now."""

    DUE = "due"
    WAITING = "waiting"
    BLOCKED = "blocked"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lifecycle that is not merely a record: a file, an id, a wait."""

    kind: str
    state: StepState
    reason: str
    rule: str = ""
    not_before: str | None = None
    """UTC, `2026-12-24T00:00:00Z`; None when nothing but the step before is waited for."""


@dataclass(frozen=True, slots=True)
class DomainPlan:
    """What is to happen for one mail domain in one zone at one target."""

    domain: str
    zone: str
    target: str
    stage: str
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    findings: tuple[Finding, ...] = ()
    claims: int = 0
    """RRsets that are already as wanted and only enter the ledger."""

    @property
    def risky(self) -> bool:
        """Whether the changes can lose mail: a guard says so, allowed or not."""
        return any(found.rule.startswith(GUARD) for found in self.findings)

    @property
    def blocked(self) -> bool:
        """Whether nothing of this may happen now."""
        return any(step.state is StepState.BLOCKED for step in self.steps)


@dataclass(frozen=True, slots=True)
class Summary:
    """How much there is to do."""

    create: int = 0
    update: int = 0
    delete: int = 0
    waiting: int = 0
    blocked: int = 0

    @classmethod
    def of(cls, plans: Iterable[DomainPlan], *, held_too: bool = False) -> Summary:
        """Count the steps of some plans, and the changes of the mail domains that no step blocks.

        With `held_too` the changes of the blocked ones as well.
        """
        actions = dict.fromkeys(Action, 0)
        states = dict.fromkeys(StepState, 0)
        plans = tuple(plans)
        held = {plan.domain for plan in plans if plan.blocked}
        for plan in plans:
            for change in plan.changes if held_too or plan.domain not in held else ():
                actions[change.action] += 1
            for step in plan.steps:
                states[step.state] += 1
        return cls(
            create=actions[Action.CREATE],
            update=actions[Action.UPDATE],
            delete=actions[Action.DELETE],
            waiting=states[StepState.WAITING],
            blocked=states[StepState.BLOCKED],
        )


@dataclass(frozen=True, slots=True)
class Plan:
    """All that an apply would do now."""

    domains: tuple[DomainPlan, ...]
    digest: str
    """SHA-256 over every change with its target and zone; equal plans have equal digests."""
    findings: tuple[Finding, ...] = ()
    """Findings that belong to no single domain."""
    unchanged: int = 0
    """Mail domains with nothing to do."""
    refused: int = 0
    """Zones that could not be planned because of what was found."""
    unknown: int = 0
    """Zones whose target did not answer; nothing is known about them."""
    summary: Summary = field(default_factory=Summary)

    @property
    def has_changes(self) -> bool:
        """Whether an apply would do something now."""
        return any(
            one.changes or one.claims or any(step.state is StepState.DUE for step in one.steps)
            for one in self.domains
        )


@dataclass(frozen=True, slots=True)
class PolicyChange:
    """An MTA-STS policy on both sides of a branch; empty texts where a side has none."""

    id_before: str
    id: str
    """The id afterwards; `(new)` where nobody minted it yet."""
    before: str
    """The policy file's text."""
    after: str
    meaning: str
    """`mode testing → enforce, max_age 86400 → 604800`; empty where only the id rotates."""


@dataclass(frozen=True, slots=True)
class DomainDiff:
    """What a branch changes for one mail domain in one zone."""

    plan: DomainPlan
    """Changes, the steps that follow from them, and the findings that are new; guards among them."""
    stage_before: str
    policy: PolicyChange | None = None
    gone: tuple[Finding, ...] = ()
    """Findings that the branch mends."""

    @property
    def risky(self) -> bool:
        """Whether the changes can lose mail."""
        return self.plan.risky


@dataclass(frozen=True, slots=True)
class Difference:
    """All that a branch changes."""

    base: str
    """The reference compared with, as given."""
    commit: str
    """The commit that it means."""
    domains: tuple[DomainDiff, ...]
    digest: str
    findings: tuple[Finding, ...] = ()
    """New findings that belong to no mail domain."""
    gone: tuple[Finding, ...] = ()
    """Findings of no mail domain that the branch mends."""
    representation_only: int = 0
    """RRsets that are written differently and mean the same."""
    unchanged: int = 0
    """Mail domains with nothing to tell."""
    summary: Summary = field(default_factory=Summary)

    @property
    def has_changes(self) -> bool:
        """Whether an apply after the merge has something to do that it had not before."""
        return any(one.plan.changes or one.policy or one.plan.steps for one in self.domains)
