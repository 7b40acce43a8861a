"""The difference as a report: what the guards hold back, what counts, and its digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from stszone.difference.sides import Pair, Place
from stszone.domain import MailDomain
from stszone.guards import Before, Permitted, Values, excess, guard, judge, waiting
from stszone.report import Action, Change, DomainDiff
from stszone.standards import dkim, mta_sts
from stszone.standards.rrset import readable


def guarded(
    pair: Pair, diffs: Mapping[Place, DomainDiff], permitted: Permitted, limit: int
) -> tuple[DomainDiff, ...]:
    """The same with what the guards say; a guard holds back all of its mail domain."""
    judged = dict(diffs)
    risky = [place for place, diff in diffs.items() if _may_lose(diff)]
    zones = _zones(pair, {place[1] for place in risky}, diffs)
    for place in risky:
        diff = diffs[place]
        risks = guard(diff.plan, *_known(pair, place, zones[place[1]]))
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


def _zones(
    pair: Pair, names: Collection[str], diffs: Mapping[Place, DomainDiff]
) -> Mapping[str, tuple[Values, Values]]:
    """Whole zones before and after all changes, as the guards read them: also what others ask for there."""
    changes: dict[str, list[Change]] = {name: [] for name in names}
    for (_, zone), diff in diffs.items():
        if zone in changes:
            changes[zone] += diff.plan.changes
    zones = {}
    for zone, made in changes.items():
        rrsets = pair.base.zones.get(zone, {})
        before = {key: readable(key[1], rrset.rdatas) for key, rrset in rrsets.items()}
        after = before | {(one.name, one.type): one.after for one in made}
        zones[zone] = before, {key: values for key, values in after.items() if values}
    return zones


def _known(pair: Pair, place: Place, zones: tuple[Values, Values]) -> tuple[MailDomain | None, Before]:
    """What is wanted of a mail domain, and what was there before.

    A zone of octoDNS's own YAML is wanted as long as it has records.
    """
    domain, zone = place
    live = pair.head.lives.get(domain)
    wanted = live.wanted if live else None
    if wanted is None and domain not in pair.base.homes and pair.head.zones.get(zone):
        wanted = MailDomain.model_construct(name=domain, zone=zone)
    record = pair.base.zones.get(zone, {}).get((mta_sts.record_name(domain), "TXT"))
    staged = record is not None and record.key[:1] == ("mta_sts",) and not _is_forgotten(pair, domain)
    before, after = zones
    return wanted, Before(before, pair.base.ids.get(domain, ()), staged, after)


def _is_forgotten(pair: Pair, domain: str) -> bool:
    """Whether a branch's ledger has lost a policy, so that the lifecycle of the record begins anew."""
    return not pair.base.published.get(domain, frozenset()) <= pair.head.published.get(domain, frozenset())


NEW_ID = "(new)"
"""In place of a policy id that nobody minted yet: it would be another one at each run."""


def without_new_ids(diff: DomainDiff, pair: Pair) -> DomainDiff:
    """The same without ids that only the next plan mints."""
    domain = diff.plan.domain
    lives = [side.lives.get(domain) for side in (pair.base, pair.head)]
    new = [live.policy.id if live and live.events and live.policy else "" for live in lives]
    if not any(new):
        return diff
    record = mta_sts.record_name(domain)
    changes = tuple(
        replace(one, before=_unnamed(one.before, new[0]), after=_unnamed(one.after, new[1]))
        if one.name == record and one.type == "TXT" else one
        for one in diff.plan.changes
    )  # fmt: skip
    policy = diff.policy
    if policy and policy.id and policy.id == new[1]:
        policy = replace(policy, id=NEW_ID)
    return replace(diff, plan=replace(diff.plan, changes=changes), policy=policy)


def _unnamed(texts: tuple[str, ...], policy_id: str) -> tuple[str, ...]:
    return tuple(text.replace(f"id={policy_id}", f"id={NEW_ID}") for text in texts) if policy_id else texts


def digest(diffs: Iterable[DomainDiff]) -> str:
    """SHA-256 over all that differs but for findings."""
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
    return hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).hexdigest()


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
