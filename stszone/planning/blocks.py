"""From what octoDNS plans to a report: changes in our words, one block for each mail domain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from octodns.record import Record

from stszone.domain import MailDomain
from stszone.guards import Before, Values, excess, guard, judge, waiting
from stszone.ledger import format_time
from stszone.meaning import meaning
from stszone.planning.work import Failure, ZoneWork
from stszone.policy_host import cannot_publish, is_published, withdraw
from stszone.report import Action, Change, DomainPlan, Finding, Plan, Severity, Step, StepState, Summary
from stszone.scope import Decision, LiveZone
from stszone.standards import mta_sts
from stszone.standards.rrset import readable
from stszone.store.settings import Settings
from stszone.store.state import State

Zones = tuple[Values, Values]
"""A zone before and after."""

Key = tuple[str, str, str]
"""Mail domain, zone, target."""


class Blocks:
    """A report while it is being put together."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._blocks: dict[Key, DomainPlan] = {}
        self._live: dict[tuple[str, str], LiveZone] = {}

    def _get(self, key: Key) -> DomainPlan:
        live = self._state.lives.get(key[0])
        return self._blocks.get(key) or DomainPlan(*key, live.stage if live else "absent")

    def add_findings(self, zone: str, target: str, found: Iterable[Finding]) -> None:
        """Findings about live records of a zone."""
        for one in found:
            key = one.domain or zone, zone, target
            block, located = self._get(key), self._state.repository.located(one)
            self._blocks[key] = replace(block, findings=(*block.findings, located))

    def add_work(self, work: ZoneWork) -> None:
        """The changes of one zone at one target, and what the ledger has to learn."""
        decision = work.view.decision
        self._live[work.zone, work.target] = work.view.live
        for change in work.octo.changes if work.octo else ():
            described = describe(change.existing, change.new, decision.takes_over)
            key = self._owner(work, (described.name, described.type))
            self._blocks[key] = replace(self._get(key), changes=(*self._get(key).changes, described))
        for rrset in decision.claims:
            key = self._owner(work, (rrset.name, rrset.type))
            self._blocks[key] = replace(self._get(key), claims=self._get(key).claims + 1)
        self.add_findings(work.zone, work.target, [*decision.findings, *work.view.unmanaged])
        self.add_postponed(work.zone, work.target, decision)

    def add_postponed(self, zone: str, target: str, decision: Decision) -> None:
        """Hosts whose addresses have to stay for now."""
        for (name, type_), need in sorted(decision.postponed.items()):
            until = format_time(need.until) if need.until else None
            step = Step(
                "remove-host", StepState.WAITING, f"{name} {type_} stays: {need.reason}", "MXX012", until
            )
            key = self._state.owner(target, zone, (name, type_)), zone, target
            self._blocks[key] = replace(self._get(key), steps=(*self._get(key).steps, step))

    def _owner(self, work: ZoneWork, rrset: tuple[str, str]) -> Key:
        return self._state.owner(work.target, work.zone, rrset), work.zone, work.target

    def add_steps(self, name: str, settings: Settings, targets: tuple[str, ...]) -> None:
        """The lifecycle's steps of a domain, and a policy file that is not where it belongs."""
        steps = (*self._policy_steps(name, settings), *self._state.lives[name].steps)
        if any(step.state is StepState.BLOCKED for step in steps):
            steps = tuple(map(waiting, steps))
        if steps:
            zone = self._state.zone_of(name)
            places = [(name, zone, target) for target in targets]
            key = next((one for one in places if one in self._blocks), (name, zone, ", ".join(targets)))
            self._blocks[key] = replace(self._get(key), steps=(*steps, *self._get(key).steps))

    def _policy_steps(self, name: str, settings: Settings) -> Iterator[Step]:
        """A policy file that is not where it belongs, or is still where it does not."""
        live = self._state.lives[name]
        policy = self._state.compiled.policies.get(name)
        hosts = settings.policy_hosts
        if policy is not None and policy.publish in hosts:
            if not is_published(hosts, policy):
                if refusal := cannot_publish(hosts, policy):
                    yield Step("publish-policy", StepState.BLOCKED, refusal, "STS090")
                elif not any(step.kind == "publish-policy" for step in live.steps):
                    reason = f"the policy file with id {policy.id} is not at {policy.publish}"
                    yield Step("publish-policy", StepState.DUE, reason, "STS090")
        elif path := leftover(self._state, name, settings):
            yield Step("remove-policy", StepState.DUE, f"{path} is served to nobody any more", "STS078")

    def add_errors(self, found: Iterable[Finding]) -> None:
        """Errors that hold nothing up, at the mail domains that change: they may come with the change."""
        changing = {key[0]: key for key in sorted(self._blocks, reverse=True) if self._blocks[key].changes}
        for one in found:
            if one.severity is Severity.ERROR and one.domain in changing:
                key = changing[one.domain]
                located = self._state.repository.located(one)
                if located not in self._blocks[key].findings:
                    self.add_findings(key[1], key[2], [located])

    def break_off(self, name: str, targets: tuple[str, ...], found: Iterable[Finding]) -> None:
        """A mail domain of which something would be published that is broken in itself."""
        zone = self._state.zone_of(name)
        key = name, zone, ", ".join(targets)
        steps = [
            Step("check", StepState.BLOCKED, f"{one.file}:{one.line}: {one.message}; {one.fix}", one.rule)
            for one in found
        ]
        block = self._get(key)
        self._blocks[key] = replace(block, steps=(*steps, *block.steps), findings=(*block.findings, *found))

    def guard(self, limit: int) -> set[str]:
        """Hold back what can lose mail and is not allowed; returns the mail domains that have to wait.

        `limit` is how many mail domains may have such changes in one run.
        """
        zones: dict[tuple[str, str], Zones] = {}
        for key, block in self._blocks.items():
            if any(change.action is not Action.CREATE for change in block.changes):
                place = block.zone, block.target
                if place not in zones:
                    zones[place] = self._zones(place)
                self._blocks[key] = self._judged(block, guard(block, *self._known(block, zones[place])))
        risky = {block.domain for block in self._blocks.values() if block.risky}
        if too_many := excess(risky, limit):
            for key, block in self._blocks.items():
                if block.risky:
                    self._blocks[key] = self._judged(block, [too_many])
        held = {block.domain for block in self._blocks.values() if block.blocked}
        for key, block in self._blocks.items():
            if block.domain in held:
                self._blocks[key] = replace(block, steps=tuple(map(waiting, block.steps)))
        return held

    def _zones(self, place: tuple[str, str]) -> Zones:
        """A zone before and after all that this plan changes there, whoever asks for it."""
        before = {key: readable(key[1], rdatas) for key, (_, rdatas) in self._live.get(place, {}).items()}
        after = dict(before)
        for block in self._blocks.values():
            for change in block.changes if (block.zone, block.target) == place else ():
                after.pop((change.name, change.type), None)
                if change.after:
                    after[change.name, change.type] = change.after
        return before, after

    def _known(self, block: DomainPlan, zones: Zones) -> tuple[MailDomain | None, Before]:
        """What is wanted of a block's mail domain, and what is known of its zone."""
        live = self._state.lives.get(block.domain)
        ledger = self._state.repository.ledgers.get(block.domain)
        before = Before(zones[0], ledger.ids if ledger else (), after=zones[1])
        return live.wanted if live else None, before

    def _judged(self, block: DomainPlan, risks: Iterable[Finding]) -> DomainPlan:
        """A block with its risks, located in the files."""
        located = map(self._state.repository.located, (risk.for_domain(block.domain) for risk in risks))
        return judge(block, located, self._state.permitted)

    def report(self, domains: frozenset[str], failures: Iterable[Failure]) -> Plan:
        """The plan of these domains; those of zones that failed are neither changed nor as wanted."""
        # What was seen beside them, of other mail domains in the same zones, is another plan's.
        meant = (key for key in sorted(self._blocks) if key[0] in domains or key[0] not in self._state.lives)
        plans = tuple(self._blocks[key] for key in meant)
        busy = {plan.domain for plan in plans if plan.changes or plan.steps or plan.claims}
        busy |= domains - self._state.repository.domains.keys()  # a ledger alone wants nothing
        failed = {failure.zone: failure.unknown for failure in failures}
        busy.update(name for name in domains if self._state.zone_of(name) in failed)
        return Plan(
            plans, digest(plans), unchanged=len(domains - busy), summary=Summary.of(plans),
            refused=sum(not unknown for unknown in failed.values()), unknown=sum(failed.values()),
        )  # fmt: skip


def leftover(state: State, name: str, settings: Settings) -> Path | None:
    """The policy file of a domain whose MTA-STS is gone for good."""
    ledger = state.repository.ledgers.get(name)
    if ledger is None or state.lives[name].stage != "absent":
        return None
    return withdraw(settings.policy_hosts, ledger.publisher, mta_sts.policy_name(name))


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
