"""From a plan's changes of RRsets to single values: what is lacking, what is stale, what keeps its id.

Nothing here talks to anybody.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from octodns.provider.plan import Plan

from .values import Key, Rdata, Value, rdatas_of

_ORDER = {"A": 0, "AAAA": 0, "CNAME": 1, "TXT": 2, "SRV": 3, "MX": 4, "NS": 5, "PTR": 5}
"""Creation: what others point to comes first.  Deletion goes the other way."""


@dataclass(frozen=True, slots=True)
class SetChange:
    """One change of a plan."""

    name: str
    type: str
    before: tuple[Rdata, ...]
    """What the plan saw; anything else that is there by now is somebody else's and stays."""
    after: tuple[Rdata, ...]
    ttl: int
    """Seconds; of no meaning when nothing is to be left."""

    @property
    def key(self) -> Key:
        """The RRset that it is about."""
        return self.name, self.type


@dataclass(frozen=True, slots=True)
class Work:
    """What one change comes to with the values that are there."""

    change: SetChange
    create: tuple[Rdata, ...]
    delete: tuple[Value, ...]
    stay: tuple[Value, ...]
    """The wanted values that are there."""


def set_changes(plan: Plan) -> list[SetChange]:
    """The changes of a plan, those that give others something to point to first."""
    found = []
    for change in plan.changes:
        before = rdatas_of(change.existing) if change.existing else ()
        after = rdatas_of(change.new) if change.new else ()
        record = change.record
        found.append(SetChange(record.fqdn, record._type, before, after, record.ttl))
    return sorted(found, key=lambda change: _ORDER.get(change.type, 9))


def work(change: SetChange, held: Iterable[Value]) -> Work:
    """Compare a change with what is there."""
    held = [value for value in held if value.key == change.key]
    there = {value.rdata for value in held}
    stale = set(change.before) - set(change.after)
    return Work(
        change,
        create=tuple(rdata for rdata in change.after if rdata not in there),
        delete=tuple(value for value in held if value.rdata in stale),
        stay=tuple(value for value in held if value.rdata in change.after),
    )


def swapped_names(works: Iterable[Work]) -> set[str]:
    """Names where a CNAME comes or goes while something else does: nothing may stand beside it."""
    creates = {(one.change.name, one.change.type) for one in works if one.create}
    deletes = {(one.change.name, one.change.type) for one in works if one.delete}
    return {
        name
        for name, type_ in creates
        for other, gone in deletes
        if other == name and "CNAME" in (type_, gone)
    }


def remaining(change: SetChange, held: Iterable[Value], zone_ttl: int) -> list[str]:
    """How what is there differs from what a change wanted, in words; nothing is as it should be."""
    values = [value for value in held if value.key == change.key]
    there = {value.rdata for value in values}
    told = [f"{rdata} is not there" for rdata in change.after if rdata not in there]
    stale = set(change.before) - set(change.after)
    told += [f"{rdata} is still there" for rdata in sorted(there & stale, key=str)]
    ttls = {effective_ttl(value, zone_ttl) for value in values if value.rdata in change.after}
    if ttls - {change.ttl}:
        told.append(f"its TTL is {', '.join(map(str, sorted(ttls)))} instead of {change.ttl}")
    return [f"{change.name} {change.type}: {what}" for what in told]


def effective_ttl(value: Value, zone_ttl: int) -> int:
    """A value's TTL, which may be that of its zone."""
    return zone_ttl if value.ttl is None else value.ttl


def hidden_sets(values: Iterable[Value], zone: str) -> dict[Key, str]:
    """RRsets that this provider leaves alone, and why.

    A set with one value under load balancing is left alone whole: on v2 a TTL is that of all.
    """
    found: dict[Key, str] = {}
    for value in values:
        if value.rdata.type == "SOA" or value.key == (zone, "NS"):
            found[value.key] = "is ConoHa's own"
        elif value.gslb:
            found[value.key] = "is under ConoHa's load balancing (GSLB)"
    return found
