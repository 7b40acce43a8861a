"""Mail domains of both sides: policies, stages, steps, and what the rules say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from stszone.difference.sides import Pair, Place
from stszone.lifecycle import Live
from stszone.meaning import policy_meaning
from stszone.report import Finding, PolicyChange, Step, StepState


@dataclass(slots=True)
class Told:
    """What there is to tell about a mail domain in a zone, beside its RRsets."""

    policy: PolicyChange | None = None
    steps: list[Step] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    gone: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class DomainDifference:
    """What differs between the mail domains of two sides."""

    told: dict[Place, Told] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    """Those of no mail domain."""
    gone: list[Finding] = field(default_factory=list)

    def at(self, domain: str, zone: str) -> Told:
        """What is told of a mail domain in a zone, to add to it."""
        return self.told.setdefault((domain, zone), Told())


def compare_domains(pair: Pair) -> DomainDifference:
    """Compare every mail domain of two sides."""
    found = DomainDifference()
    for name in sorted({*pair.base.lives, *pair.head.lives}):
        if not pair.is_policy_unread(name):
            _lifecycle(pair, name, found)
    for domain, zone, step in _moved_zones(pair):
        found.at(domain, zone).steps.append(step)
    _findings(pair, found)
    return found


def _lifecycle(pair: Pair, name: str, found: DomainDifference) -> None:
    """The policy of a mail domain, its stage, and the steps that follow."""
    before, after = pair.base.lives.get(name), pair.head.lives.get(name)
    policy = _policy(pair, name)
    known = {_timeless(step, before) for step in before.steps} if before else set()
    timeless = [(step, _timeless(step, after)) for step in after.steps] if after else []
    minting = after is not None and bool(after.events)
    steps = [other if minting else step for step, other in timeless if other not in known]
    if policy or steps or (before and after and before.stage != after.stage):
        told = found.at(name, pair.home(name))
        told.policy = policy
        told.steps += steps


def _policy(pair: Pair, name: str) -> PolicyChange | None:
    before, after = pair.base.policies.get(name), pair.head.policies.get(name)
    bodies = [policy.body if policy else b"" for policy in (before, after)]
    live = pair.base.lives.get(name)
    id_before = before.id if before and not (live and live.events) else ""
    id_after = after.id if after else ""
    if bodies[0] == bodies[1] and (id_before == id_after or not id_before):
        return None
    texts = [body.decode("utf-8", "replace") for body in bodies]
    return PolicyChange(id_before, id_after, texts[0], texts[1], policy_meaning(bodies[0], bodies[1]))


def _timeless(step: Step, live: Live | None) -> Step:
    """A step without the policy id that it is about: the next plan mints one, or the branch has."""
    if live is None or live.policy is None:
        return step
    return replace(step, reason=step.reason.replace(f"id {live.policy.id}", "a new id"))


def _moved_zones(pair: Pair) -> Iterator[tuple[str, str, Step]]:
    """Zones that octodns.yaml sends somewhere else, with the mail domain that tells it."""
    for zone in sorted(pair.base.targets.keys() & pair.head.targets.keys()):
        before, after = pair.base.targets[zone], pair.head.targets[zone]
        if before != after:
            names = sorted(pair.homes.get(zone, ())) or [zone]
            domain = zone if zone in names else names[0]
            now, then = after or "no target", before or "no target"
            reason = f"the zone {zone} goes to {now}, and went to {then}"
            yield domain, zone, Step("move-zone", StepState.DUE, reason)


def _findings(pair: Pair, found: DomainDifference) -> None:
    """Findings of one side only; their places in files and lists do not count, as these move."""
    before, after = ({_identity(one): one for one in side.findings} for side in (pair.base, pair.head))
    for identity, one in after.items():
        if identity not in before:
            home = found.at(one.domain, pair.home(one.domain)).findings if one.domain else found.findings
            home.append(one)
    for identity, one in before.items():
        if identity not in after:
            home = found.at(one.domain, pair.home(one.domain)).gone if one.domain else found.gone
            home.append(one)


def _identity(found: Finding) -> tuple[object, ...]:
    keys = tuple(part for part in found.key if isinstance(part, str))
    return found.rule, found.domain, keys, found.message
