"""From what octoDNS plans to a report: changes in our words, one block for each mail domain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import replace

from octodns.record import Record

from stszone.meaning import meaning
from stszone.planning.work import ZoneWork
from stszone.policy_host import is_published
from stszone.report import Action, Change, DomainPlan, Finding, Plan, Step, StepState, Summary
from stszone.standards.rrset import readable
from stszone.store.repository import State
from stszone.store.settings import Settings

Key = tuple[str, str, str]
"""Mail domain, zone, target."""


class Blocks:
    """A report while it is being put together."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._blocks: dict[Key, DomainPlan] = {}

    def _get(self, key: Key) -> DomainPlan:
        live = self._state.lives.get(key[0])
        return self._blocks.get(key) or DomainPlan(*key, live.stage if live else "absent")

    def add_findings(self, zone: str, target: str, found: Iterable[Finding]) -> None:
        """Findings about live records of a zone."""
        for one in found:
            key = self._domain_of(zone, one), zone, target
            block = self._get(key)
            self._blocks[key] = replace(block, findings=(*block.findings, one))

    def _domain_of(self, zone: str, found: Finding) -> str:
        """The longest mail domain that contains the owner name, with which the message begins."""
        name = found.message.partition(" ")[0]
        held = self._state.compiled.zones.get(zone)
        inside = [one for one in held.shared if name == one or name.endswith("." + one)] if held else []
        return max(inside, key=len, default=zone)

    def add_work(self, work: ZoneWork) -> None:
        """The changes of one zone at one target, and what the ledger has to learn."""
        decision = work.view.decision
        for change in work.octo.changes if work.octo else ():
            described = describe(change.existing, change.new, decision.takes_over)
            key = self._owner(work, (described.name, described.type))
            self._blocks[key] = replace(self._get(key), changes=(*self._get(key).changes, described))
        for rrset in decision.claims:
            key = self._owner(work, (rrset.name, rrset.type))
            self._blocks[key] = replace(self._get(key), claims=self._get(key).claims + 1)
        self.add_findings(work.zone, work.target, [*decision.findings, *work.view.unmanaged])

    def _owner(self, work: ZoneWork, rrset: tuple[str, str]) -> Key:
        return self._state.owner(work.target, work.zone, rrset), work.zone, work.target

    def add_steps(self, name: str, settings: Settings, targets: str) -> None:
        """The lifecycle's steps of a domain, and a policy file that is not where it belongs."""
        live = self._state.lives[name]
        steps = live.steps
        policy = self._state.compiled.policies.get(name)
        if policy is not None and policy.publish in settings.policy_hosts:
            missing = not is_published(settings.policy_hosts, policy)
            if missing and not any(step.kind == "publish-policy" for step in steps):
                reason = f"the policy file with id {policy.id} is not at {policy.publish}"
                steps = (Step("publish-policy", StepState.DUE, reason, "STS090"), *steps)
        if steps:
            zone = self._state.zone_of(name)
            key = next((one for one in self._blocks if one[:2] == (name, zone)), (name, zone, targets))
            self._blocks[key] = replace(self._get(key), steps=steps)

    def report(self, domains: frozenset[str]) -> Plan:
        """The plan of these domains."""
        plans = tuple(self._blocks[key] for key in sorted(self._blocks))
        busy = {plan.domain for plan in plans if plan.changes or plan.steps or plan.claims}
        return Plan(plans, digest(plans), unchanged=len(domains - busy), summary=Summary.of(plans))


def describe(existing: Record | None, new: Record | None, takes_over: set[tuple[str, str]]) -> Change:
    """One change of octoDNS as ours; at least one side is there."""
    before, after = (record.to_rrset() if record else None for record in (existing, new))
    one = new or existing
    assert one is not None  # noqa: S101 - octoDNS's changes have a side at least
    rrset = one.to_rrset()
    name, type_ = rrset.name.removesuffix("."), rrset._type
    action = Action.UPDATE if before and after else Action.CREATE if after else Action.DELETE
    change = Change(
        action=action,
        name=name,
        type=type_,
        ttl=rrset.ttl,
        before=readable(type_, tuple(before.rdatas)) if before else (),
        after=readable(type_, tuple(after.rdatas)) if after else (),
        takes_over=action is Action.UPDATE and (name, type_) in takes_over,
        ttl_before=before.ttl if before else None,
    )
    return replace(change, meaning=meaning(change))


def digest(plans: Iterable[DomainPlan]) -> str:
    """SHA-256 over what would be done: target, zone, every change, every step; findings do not count."""
    lines = []
    for plan in plans:
        place = [plan.target, plan.zone, plan.domain]
        for change in plan.changes:
            values = [list(change.before), list(change.after), change.ttl_before, change.ttl]
            lines.append([*place, change.action, change.name, change.type, *values])
        lines += [[*place, step.kind, step.state, step.reason] for step in plan.steps]
    text = json.dumps(sorted(lines, key=str), separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
