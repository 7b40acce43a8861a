"""The difference as a report: what the guards hold back, what counts, and its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from stszone.compiler import NameType
from stszone.difference.sides import Pair, Place
from stszone.domain import MailDomain
from stszone.guards import Before, Permitted, Values, excess, guard, judge, waiting
from stszone.report import Action, Change, DomainDiff, StepState, Summary
from stszone.standards import dkim, mta_sts
from stszone.standards.rrset import readable


def guarded(
    pair: Pair, diffs: Mapping[Place, DomainDiff], permitted: Permitted, limit: int
) -> tuple[DomainDiff, ...]:
    """The same with what the guards say; a guard holds back all of its mail domain."""
    judged = dict(diffs)
    risky = [place for place, diff in diffs.items() if _may_lose(diff)]
    values = _values(pair, risky)
    for place in risky:
        diff = diffs[place]
        risks = guard(diff.plan, *_known(pair, place, values[place]))
        judged[place] = replace(diff, plan=judge(diff.plan, risks, permitted))
    if too_many := excess({diff.plan.domain for diff in judged.values() if diff.risky}, limit):
        for place in risky:
            if judged[place].risky:
                plan = judge(judged[place].plan, [too_many], permitted)
                judged[place] = replace(judged[place], plan=plan)
    held = {diff.plan.domain for diff in judged.values() if diff.plan.blocked}
    return tuple(_waiting(diff) if diff.plan.domain in held else diff for diff in judged.values())


def _waiting(diff: DomainDiff) -> DomainDiff:
    return replace(diff, plan=replace(diff.plan, steps=tuple(map(waiting, diff.plan.steps))))


def _may_lose(diff: DomainDiff) -> bool:
    return any(change.action is not Action.CREATE for change in diff.plan.changes)


def _values(pair: Pair, places: Collection[Place]) -> Mapping[Place, Values]:
    """The base side's RRsets of some mail domains, as the guards read them."""
    values: dict[Place, dict[NameType, tuple[str, ...]]] = {place: {} for place in places}
    for zone in {place[1] for place in places}:
        for key, rrset in pair.base.zones.get(zone, {}).items():
            place = pair.owner(zone, key), zone
            if place in values:
                values[place][key] = readable(key[1], rrset.rdatas)
    return values


def _known(pair: Pair, place: Place, values: Values) -> tuple[MailDomain | None, Before]:
    """What is wanted of a mail domain, and what was there before.

    A zone of octoDNS's own YAML is wanted as long as it has records.
    """
    domain, zone = place
    live = pair.head.lives.get(domain)
    wanted = live.wanted if live else None
    if wanted is None and domain not in pair.base.homes and pair.head.zones.get(zone):
        wanted = MailDomain.model_construct(name=domain, zone=zone)
    record = pair.base.zones.get(zone, {}).get((mta_sts.record_name(domain), "TXT"))
    staged = record is not None and record.key[:1] == ("mta_sts",)
    return wanted, Before(values, pair.base.ids.get(domain, ()), staged)


def summary(diffs: Collection[DomainDiff]) -> Summary:
    """How much differs: of blocked mail domains, too, as the files are changed all the same."""
    actions = [change.action for diff in diffs for change in diff.plan.changes]
    states = [step.state for diff in diffs for step in diff.plan.steps]
    return Summary(
        create=actions.count(Action.CREATE),
        update=actions.count(Action.UPDATE),
        delete=actions.count(Action.DELETE),
        waiting=states.count(StepState.WAITING),
        blocked=states.count(StepState.BLOCKED),
    )


def digest(diffs: Iterable[DomainDiff], minted: Collection[str]) -> str:
    """SHA-256 over all that differs but for findings; ids that nobody minted yet do not count."""
    lines = []
    for diff in diffs:
        plan = diff.plan
        place = [plan.domain, plan.zone, plan.target]
        for one in plan.changes:
            values = [one.before, one.after, one.ttl_before, one.ttl]
            lines.append([*place, one.action, one.name, one.type, *values])
        lines += [[*place, step.kind, step.state, step.reason] for step in plan.steps]
        if diff.policy:
            lines.append([*place, diff.policy.before, diff.policy.after])
    text = json.dumps(lines, separators=(",", ":"))
    for policy_id in minted:
        text = text.replace(policy_id, "")
    return hashlib.sha256(text.encode()).hexdigest()


def together(changes: Sequence[Change]) -> Iterator[Change]:
    """The same changes; a selector that changes hands is told once, though it is two RRsets."""
    selectors = [one for one in changes if dkim.owns(one.name) and one.type in ("CNAME", "TXT")]
    actions = {(one.name, one.action) for one in selectors}
    for change in changes:
        both = {(change.name, Action.CREATE), (change.name, Action.DELETE)} <= actions
        if not both or change not in selectors:
            yield change
        elif change.action is Action.DELETE:
            yield replace(change, meaning="")
        else:
            yield replace(change, meaning=_handed_over(change))


def _handed_over(change: Change) -> str:
    """What a selector is now, with what it was before."""
    if change.type == "TXT":
        selector, _, key = change.meaning.partition(": ")
        return f"{selector}: delegated → own key, {key}"
    selector, _, host = change.meaning.partition(" delegated to ")
    return f"{selector}: own key → delegated to {host}"
