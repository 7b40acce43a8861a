"""RRsets of both sides: what changes, what is only written differently, what cannot be compared."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from stszone.compiler import NameType
from stszone.difference.sides import Pair, Place, Unread
from stszone.errors import RuleError
from stszone.meaning import meaning
from stszone.report import Action, Change, Key
from stszone.scope import spelled_as
from stszone.standards import mta_sts
from stszone.standards.rrset import RRset, readable

_SHOWN = frozenset({"type", "ttl", "value", "values"})
"""Keys of an octoDNS entry that the RRset itself shows."""

Extras = tuple[tuple[str, ...], tuple[str, ...]]
"""What octoDNS entries say beyond an RRset, on both sides."""


@dataclass(slots=True)
class RecordDifference:
    """What differs between the RRsets of two sides."""

    changes: dict[Place, list[Change]] = field(default_factory=dict)
    unread: dict[Place, list[str]] = field(default_factory=dict)
    """Names and types that are not compared."""
    respelled: dict[str, int] = field(default_factory=dict)
    """RRsets that mean the same in other words, by mail domain."""


def compare_records(pair: Pair) -> RecordDifference:
    """Compare every RRset of two sides."""
    comparison = _Comparison(pair)
    for zone in sorted({*pair.base.zones, *pair.head.zones}):
        comparison.zone(zone)
    comparison.unreadable_names()
    for zone in sorted(pair.head.held):
        comparison.taken(zone)
    return comparison.found


class _Comparison:
    """Two sides, and what was found to differ."""

    def __init__(self, pair: Pair) -> None:
        self.pair, self.found = pair, RecordDifference()
        base, head = pair.base, pair.head
        self._rewritten = {
            name
            for name in base.written.keys() & head.written.keys()
            if base.written[name] != head.written[name]
        }
        # On a side that was never planned, an id is one that the next plan would mint.
        self._unminted = {
            mta_sts.record_name(name)
            for name, live in base.lives.items()
            if live.events and name in head.policies and pair.has_same_policy(name)
        }

    def zone(self, zone: str) -> None:
        """Compare one zone."""
        before, after = (side.zones.get(zone, {}) for side in (self.pair.base, self.pair.head))
        rewritten = not self._rewritten.isdisjoint(self.pair.homes.get(zone, ()))
        entries = [side.entries.get(zone, {}) for side in (self.pair.base, self.pair.head)]
        if before == after and not rewritten and entries[0] == entries[1]:
            return
        touched: set[tuple[str, Key]] = set()
        equal = []
        for key in sorted(before.keys() | after.keys(), key=in_order):
            was, now = before.get(key), after.get(key)
            if was and now and key[0] in self._unminted and key[1] == "TXT":
                continue
            if not self._differs(zone, key, was, now, touched):
                equal.append(key)
        for key in equal:
            domain = self.pair.owner(zone, key)
            if self._is_respelled(zone, domain, before[key], after[key], touched):
                self.found.respelled[domain] = self.found.respelled.get(domain, 0) + 1

    def _differs(
        self,
        zone: str,
        key: NameType,
        before: RRset | None,
        after: RRset | None,
        touched: set[tuple[str, Key]],
    ) -> bool:
        """Note how an RRset differs; False where it means the same on both sides."""
        extras = self._extras(zone, key)
        same = before and after and (before == after or before == spelled_as(after, before.rdatas))
        if same and not any(extras):
            return False
        domain = self.pair.owner(zone, key)
        if self._is_unread(zone, key, before, after):
            self.found.unread.setdefault((domain, zone), []).append(" ".join(key))
            return True
        if before and after:
            after = spelled_as(after, before.rdatas)
        touched.update((domain, rrset.key[:2]) for rrset in (before, after) if rrset)
        change = self._change(before, after, extras)
        self.found.changes.setdefault((domain, zone), []).append(change)
        return True

    def _extras(self, zone: str, key: NameType) -> Extras:
        """What octoDNS entries say beyond an RRset, such as `geo`; empty where both say the same."""
        before, after = (
            _beyond(side.entries.get(zone, {}).get(key, {})) for side in (self.pair.base, self.pair.head)
        )
        return (before, after) if before != after else ((), ())

    def _change(self, before: RRset | None, after: RRset | None, extras: Extras) -> Change:
        one = after or before
        assert one is not None  # noqa: S101 - a key is taken from one of the two
        action = Action.UPDATE if before and after else Action.CREATE if after else Action.DELETE
        values = [readable(side.type, side.rdatas) if side else () for side in (before, after)]
        ttl = before.ttl if before else None
        change = Change(action, one.name, one.type, one.ttl, values[0], values[1], ttl_before=ttl)
        said = self._rotation(change) or meaning(change)
        if action is Action.UPDATE and any(extras):
            named = sorted({text.partition(":")[0] for text in {*extras[0]} ^ {*extras[1]}})
            said = "; ".join(filter(None, (said, f"{', '.join(named)} of octoDNS changes")))
            change = replace(change, before=(*values[0], *extras[0]), after=(*values[1], *extras[1]))
        return replace(change, meaning=said)

    def _rotation(self, change: Change) -> str:
        """A policy id that nobody minted yet: the next plan will, at its own time."""
        domain = change.name.partition(".")[2]
        live = self.pair.head.lives.get(domain)
        if not (live and live.events and change.after and mta_sts.record_name(domain) == change.name):
            return ""
        before = _id(change.before)
        return f"MTA-STS: the id rotates from {before}" if before else "MTA-STS: a first id"

    def _is_respelled(
        self, zone: str, domain: str, before: RRset, after: RRset, touched: set[tuple[str, Key]]
    ) -> bool:
        """Whether an RRset that means the same is written in another way."""
        if before.rdatas != after.rdatas:
            return True
        base, head, key = self.pair.base, self.pair.head, (before.name, before.type)
        entries = [side.entries.get(zone, {}).get(key) for side in (base, head)]
        if all(entries):
            return entries[0] != entries[1]
        if domain not in self._rewritten:
            return False
        section = before.key[:1]
        if section != ("records",) and (domain, before.key[:2]) in touched:
            return False  # the same words say something else, too, and that is told
        if section == ("mta_sts",) and not self.pair.has_same_policy(domain):
            return False
        return _said(base.written[domain], before) != _said(head.written[domain], after)

    def _is_unread(self, zone: str, key: NameType, before: RRset | None, after: RRset | None) -> bool:
        """Whether a side does not tell what is at a name and type."""
        domain = self.pair.owner(zone, key)
        sides = ((self.pair.base.unread, before, after), (self.pair.head.unread, after, before))
        return any(_hides(unread, domain, zone, key, own, other) for unread, own, other in sides)

    def taken(self, zone: str) -> None:
        """Records of others that a branch's ledger says are ours: the next plan would delete them."""
        known = [side.zones.get(zone, {}) for side in (self.pair.base, self.pair.head)]
        already = self.pair.base.held.get(zone, {})
        for key, one in sorted(self.pair.head.held[zone].items()):
            if key in already or any(key in rrsets for rrsets in known):
                continue
            gone = RRset(key[0], key[1], one.ttl, tuple(one.rdatas))
            self.found.changes.setdefault((one.domain, zone), []).append(self._change(gone, None, ((), ())))

    def unreadable_names(self) -> None:
        """Names without a readable RRset on either side, where not the same is written."""
        base, head = self.pair.base, self.pair.head
        for zone in sorted({*base.unread.names, *head.unread.names}):
            before, after = (side.unread.names.get(zone, {}) for side in (base, head))
            for key in sorted(before.keys() | after.keys()):
                known = any(key in side.zones.get(zone, {}) for side in (base, head))
                if not known and before.get(key) != after.get(key):
                    place = self.pair.owner(zone, key), zone
                    self.found.unread.setdefault(place, []).append(" ".join(filter(None, key)))


def _hides(
    unread: Unread, domain: str, zone: str, key: NameType, own: RRset | None, other: RRset | None
) -> bool:
    """Whether a side, which has `own` at a name and type, does not tell all that is there."""
    names = unread.names.get(zone, {})
    if zone in unread.zones or key in names or (key[0], "") in names:
        return True
    if domain in unread.domains:
        return own is None
    rrset = own or other
    at = rrset.key if rrset else ()
    return bool(at) and any(at[: len(part)] == part[: len(at)] for part in unread.keys.get(domain, ()))


def in_order(key: NameType) -> tuple[list[str], str]:
    """What sorts RRsets as zone files do: a name before those below it."""
    return key[0].split(".")[::-1], key[1]


def _beyond(entry: Mapping[str, object]) -> tuple[str, ...]:
    """What an octoDNS entry says beside type, TTL and values; leniency changes no record."""
    said = {key: value for key, value in entry.items() if key not in _SHOWN}
    own = said.get("octodns")
    if isinstance(own, dict):
        said["octodns"] = {key: value for key, value in own.items() if key != "lenient"}
    if not said.get("octodns"):
        said.pop("octodns", None)
    return tuple(f"{key}: {json.dumps(said[key], sort_keys=True, default=str)}" for key in sorted(said))


def _said(data: Mapping[str, object], rrset: RRset) -> object:
    """What the YAML of a mail domain says at the place that asks for an RRset."""
    value: object = data
    for part in rrset.key:
        if isinstance(value, list):
            if rrset.key[0] == "records":
                return next((one for one in value if _type(one) == rrset.type), value)
            value = value[part] if isinstance(part, int) and part < len(value) else None
        elif isinstance(value, dict):
            if isinstance(part, int):
                return value
            value = next((one for name, one in value.items() if name.lower() == part.lower()), None)
    return value


def _type(entry: object) -> str:
    return str(entry.get("type", "")).upper() if isinstance(entry, dict) else ""


def _id(texts: tuple[str, ...]) -> str:
    """The policy id that an MTA-STS record names; empty where there is none to read."""
    try:
        return mta_sts.parse_record(texts[0]).id if texts else ""
    except RuleError:
        return ""
