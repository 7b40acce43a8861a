"""What a branch changes: two sides of a repository, RRset by RRset and policy by policy.

It speaks about the repository and not about servers: what was never applied on the base side counts
as being there.  What cannot be read on a side is not compared, as unreadable is not absent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from stszone.difference.domains import Told, compare_domains
from stszone.difference.records import compare_records
from stszone.difference.sides import Entries, Held, Pair, Place, Side, Unread
from stszone.difference.verdict import digest, guarded, together, without_new_ids
from stszone.guards import Permitted
from stszone.report import Change, Difference, DomainDiff, DomainPlan, Finding, Summary
from stszone.rules import finding

__all__ = ["Entries", "Held", "Side", "Unread", "difference"]

_NAMED = 30
"""RRsets that a finding names."""


def difference(
    base: Side,
    head: Side,
    *,
    ref: str = "",
    commit: str = "",
    permitted: Permitted = lambda domain, rule, what: None,
    limit: int = 20,
    chosen: Callable[[str], bool] | None = None,
) -> Difference:
    """All that differs between two sides; `head` is the side of the branch.

    `limit` is how many mail domains may have changes that can lose mail; `chosen` says which mail
    domains are meant; None: all, and what belongs to none.
    """
    pair = Pair.of(base, head)
    records, domains = compare_records(pair), compare_domains(pair)
    meant = chosen or (lambda domain: True)
    places = records.changes.keys() | records.unread.keys() | domains.told.keys()
    diffs = {
        place: _told(
            pair, place, records.changes.get(place, []), records.unread.get(place, []),
            domains.told.get(place, Told()),
        )
        for place in sorted(places)
        if meant(place[0])
    }  # fmt: skip
    judged = tuple(without_new_ids(one, pair) for one in guarded(pair, diffs, permitted, limit))
    known = {name for name in {*base.lives, *head.lives, *base.entries, *head.entries} if meant(name)}
    return Difference(
        ref,
        commit,
        judged,
        digest(judged),
        () if chosen else tuple(domains.findings),
        () if chosen else tuple(domains.gone),
        sum(count for name, count in records.respelled.items() if meant(name)),
        len(known - {place[0] for place in diffs}),
        # Of blocked mail domains, too: the files are changed all the same.
        Summary.of((one.plan for one in judged), held_too=True),
    )


def _told(
    pair: Pair, place: Place, changes: Sequence[Change], unread: Sequence[str], told: Told
) -> DomainDiff:
    """All that differs for one mail domain in one zone, before the guards look at it."""
    domain, zone = place
    before, after = pair.stages(domain)
    target = pair.head.targets.get(zone, pair.base.targets.get(zone, ""))
    findings = (*told.findings, *_not_compared(domain, unread))
    plan = DomainPlan(domain, zone, target, after, tuple(together(changes)), tuple(told.steps), findings)
    return DomainDiff(plan, before, told.policy, tuple(told.gone))


def _not_compared(domain: str, unread: Sequence[str]) -> Iterator[Finding]:
    if unread:
        more = f" and {len(unread) - _NAMED} more" if len(unread) > _NAMED else ""
        what = f"not compared, as one side cannot be read: {', '.join(unread[:_NAMED])}{more}"
        yield finding("INP012", what, domain=domain)
