"""What the lines of a ledger add up to."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from sys import intern

from stszone.errors import RuleError
from stszone.ledger.events import VERSION, Event, parse_time
from stszone.standards import mta_sts
from stszone.standards.rrset import RRset, points_to, txt_text

Place = tuple[str, str, str, str]
"""Target, zone, owner name, type."""


@dataclass(frozen=True, slots=True)
class PolicyEvent:
    """One policy that was given an id."""

    id: str
    body: bytes
    minted: datetime
    published: datetime | None = None
    """Before the file was first written to its policy host; None: nobody can have fetched it."""
    confirmed: bool = False
    """Whether that write is known to be done, so that a record may name the policy."""


@dataclass(frozen=True, slots=True)
class Announced:
    """A `_mta-sts` TXT record at one target, from when it may have been there to when it surely was not."""

    place: Place
    ttl: int
    """Seconds."""
    id: str
    """Empty where the text is no MTA-STS record."""
    since: datetime
    """Before the write, so that a crash after it is covered."""
    until: datetime | None = None
    """After the write that replaced it; None: it may still be there."""


@dataclass(frozen=True, slots=True)
class FormerMx:
    """An MX RRset that was replaced and that resolvers may still hold."""

    hosts: tuple[str, ...]
    until: datetime
    """When the last resolver has forgotten it."""


ALLOWED_FOR = timedelta(days=30)
"""How long an override holds; a change that was put off for longer deserves another look."""

CLOCKS = timedelta(minutes=5)
"""How far the clocks of two machines that write one ledger may be apart."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """An operator's word that one change may happen although a rule forbids it."""

    rule: str
    what: str
    """What the rule found; anything else that it finds is not allowed by this."""
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Ledger:
    """What the lines of one domain add up to."""

    domain: str
    policies: tuple[PolicyEvent, ...] = ()
    """In the order of minting."""
    served: tuple[PolicyEvent, ...] = ()
    """Those that were written to their policy host, in this order; clocks may disagree with it."""
    announced: tuple[Announced, ...] = ()
    owned: Mapping[Place, frozenset[str]] = field(default_factory=dict)
    """The rdata that stszone published, or took over, at each place; presentation form."""
    ttls: Mapping[Place, int] = field(default_factory=dict)
    """Seconds; the TTL that goes with `owned`."""
    open: Mapping[Place, frozenset[str]] = field(default_factory=dict)
    """What was surely there before a write that is not known to be done."""
    former_mx: tuple[FormerMx, ...] = ()
    publisher: str = ""
    """The policy host of providers/stszone.yaml that the last policy was written to."""
    allowances: tuple[Allowance, ...] = ()

    def allowance(self, rule: str, what: str, now: datetime) -> Allowance | None:
        """The override that still holds for what a rule found; one from the future holds for nothing."""
        fitting = (one for one in self.allowances if (one.rule, one.what) == (rule, what))
        return next((one for one in fitting if -CLOCKS <= now - one.at <= ALLOWED_FOR), None)

    @property
    def last_served(self) -> PolicyEvent | None:
        """The policy that was written to its policy host last; None if none ever was."""
        return self.served[-1] if self.served else None

    def mx_sets(self) -> Iterator[tuple[Place, frozenset[str]]]:
        """The MX RRsets that may be live: one at each place, and two where a crash left it open."""
        for place, rdatas in self.owned.items():
            if place[3] == "MX":
                before = self.open.get(place)
                yield from (
                    (place, one) for one in (before or frozenset(), rdatas - (before or frozenset())) if one
                )

    @property
    def settled(self) -> Mapping[Place, frozenset[str]]:
        """The rdata of the last write that was done; `owned` also has what a crash left open."""
        return {**self.owned, **self.open} if self.open else self.owned

    @property
    def ids(self) -> frozenset[str]:
        """Every id that ever stood for a policy."""
        return frozenset(policy.id for policy in self.policies)

    @property
    def zones(self) -> frozenset[str]:
        """Zones that hold something of ours."""
        return frozenset(zone for _, zone, _, _ in self.owned)


def replay(domain: str, lines: Iterable[str]) -> Ledger:
    """Read a ledger from its lines.

    Raises RuleError (LED001) whose text begins with the line's number.
    """
    state = _State(mta_sts.record_name(domain))
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                state.take(_parse(line))
            except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
                raise RuleError("LED001", f"line {number}: {_reason(line, error)}") from None
    policies = state.policies
    served = tuple(policies[name] for name in state.served)
    return Ledger(
        domain, tuple(policies.values()), served, tuple(state.announced), state.owned, state.ttls,
        state.open, tuple(state.former_mx), state.publisher, tuple(state.allowances),
    )  # fmt: skip


def _parse(line: str) -> dict[str, object]:
    event = json.loads(line)
    if not isinstance(event, dict):
        raise TypeError("not a JSON object")
    if event["v"] != VERSION:
        raise ValueError(f"version {event['v']!r}, this stszone reads {VERSION}")
    return event


def _reason(line: str, error: Exception) -> str:
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return "a merge conflict was left in the file"
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg}"
    return f"no {error}" if isinstance(error, KeyError) else str(error)


@dataclass(slots=True)
class _State:
    """The ledger while it is being read."""

    record: str
    """Where the domain's own MTA-STS record stands."""
    policies: dict[str, PolicyEvent] = field(default_factory=dict)
    served: list[str] = field(default_factory=list)
    announced: list[Announced] = field(default_factory=list)
    owned: dict[Place, frozenset[str]] = field(default_factory=dict)
    ttls: dict[Place, int] = field(default_factory=dict)
    open: dict[Place, frozenset[str]] = field(default_factory=dict)
    former_mx: list[FormerMx] = field(default_factory=list)
    pending: dict[tuple[str, str], list[RRset | Place]] = field(default_factory=dict)
    seen: dict[tuple[str, str], list[RRset]] = field(default_factory=dict)
    publisher: str = ""
    allowances: list[Allowance] = field(default_factory=list)

    def take(self, event: dict[str, object]) -> None:
        at = parse_time(_text(event, "at"))
        match event["event"]:
            case "minted":
                self._mint(event, at)
            case "publishing":
                self._publish(_text(event, "id"), at)
                self.publisher = _text(event, "policy_host")
            case "published":
                name = _text(event, "id")
                self.policies[name] = replace(self.policies[name], confirmed=True)
            case "applying":
                self._set(event, at)
            case "claimed":
                self._set(event, at)
                self._applied(event, at)
            case "applied":
                self._applied(event, at)
            case "released":
                target, zone = _text(event, "target"), _text(event, "zone")
                for rrset in _rrsets(event, "set"):
                    self._forget((target, zone, rrset.name, rrset.type), at)
            case "allowed":
                what = _text(event, "what") if "what" in event else ""
                self.allowances.append(Allowance(_text(event, "rule"), what, _text(event, "reason"), at))
            case _:
                pass  # what later releases write

    def _mint(self, event: dict[str, object], at: datetime) -> None:
        name, body = _text(event, "id"), _text(event, "policy").encode()
        if name in self.policies and self.policies[name].body != body:
            raise ValueError(f"the id {name} stands for two policies (STS012)")
        mta_sts.parse_policy(body)
        self.policies.setdefault(name, PolicyEvent(name, body, at))

    def _publish(self, name: str, at: datetime) -> None:
        known = self.policies[name]
        if known.published is None:
            self.policies[name] = replace(known, published=at)
            self.served.append(name)

    def _set(self, event: dict[str, object], at: datetime) -> None:
        target, zone = _text(event, "target"), _text(event, "zone")
        waiting: list[RRset | Place] = []
        seen = _rrsets(event, "seen")
        self.seen[target, zone] = seen
        for rrset in seen:
            self._announce((target, zone, rrset.name, rrset.type), rrset, at)
        for rrset in _rrsets(event, "set"):
            place = (target, zone, rrset.name, rrset.type)
            before = self.owned.get(place, frozenset())
            self.open[place] = self.open.get(place, frozenset()) | before
            self.owned[place] = before | set(rrset.rdatas)
            # The TTL of what is replaced counts until it is known to be gone.
            self.ttls[place] = max(rrset.ttl, self.ttls.get(place, 0))
            self._announce(place, rrset, at)
            waiting.append(rrset)
        waiting += [(target, zone, gone.name, gone.type) for gone in _rrsets(event, "delete")]
        self.pending[target, zone] = waiting

    def _applied(self, event: dict[str, object], at: datetime) -> None:
        target, zone = _text(event, "target"), _text(event, "zone")
        for rrset in self.seen.pop((target, zone), []):
            if rrset.type == "MX":
                until = at + timedelta(seconds=rrset.ttl)
                self.former_mx.append(FormerMx(exchanges(rrset.rdatas), until))
        for item in self.pending.pop((target, zone), []):
            if isinstance(item, RRset):
                place = (target, zone, item.name, item.type)
                # What was published before and is not any more is nobody's business of ours.
                self.owned[place] = frozenset(item.rdatas)
                self._replace_mx(place, at, self.owned[place])
                self.open.pop(place, None)
                self.ttls[place] = item.ttl
                if item.name == self.record:
                    self._withdraw(place, at, {(_policy_id(rdata), item.ttl) for rdata in item.rdatas})
            else:
                self._replace_mx(item, at, frozenset())
                self._forget(item, at)

    def _forget(self, place: Place, at: datetime) -> None:
        """A place that is not ours any more."""
        for held in (self.owned, self.open, self.ttls):
            held.pop(place, None)
        self._withdraw(place, at, set())

    def _replace_mx(self, place: Place, at: datetime, new: frozenset[str]) -> None:
        old = self.open.get(place, self.owned.get(place, frozenset()))
        if place[3] == "MX" and old - new:
            self.former_mx.append(FormerMx(exchanges(old), at + timedelta(seconds=self.ttls[place])))

    def _announce(self, place: Place, rrset: RRset, at: datetime) -> None:
        if (rrset.name, rrset.type) != (self.record, "TXT"):
            return
        there = {(one.id, one.ttl) for one in self.announced if one.place == place and one.until is None}
        for name in {_policy_id(rdata) for rdata in rrset.rdatas}:
            if (name, rrset.ttl) not in there:
                self.announced.append(Announced(place, rrset.ttl, name, at))

    def _withdraw(self, place: Place, at: datetime, stays: set[tuple[str, int]]) -> None:
        """The records of a place that are surely gone, as another write was done."""
        for index, one in enumerate(self.announced):
            if one.place == place and one.until is None and (one.id, one.ttl) not in stays:
                self.announced[index] = replace(one, until=at)


def exchanges(rdatas: Iterable[str]) -> tuple[str, ...]:
    """The hosts of some MX rdata; the null MX has none.

    >>> exchanges(["10 mx.example.com.", "0 ."])
    ('mx.example.com',)
    """
    return tuple(sorted(filter(None, map(points_to, rdatas))))


def _policy_id(rdata: str) -> str:
    try:
        return mta_sts.parse_record(txt_text(rdata)).id
    except RuleError:
        return ""


def _text(event: Event, key: str) -> str:
    value = event[key]
    if not isinstance(value, str):
        raise TypeError(f"{key} is not a text")
    return value


def _texts(event: Event, key: str) -> list[str]:
    value = event[key]
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError(f"{key} is not a list of texts")
    return value


def _rrsets(event: Event, key: str) -> list[RRset]:
    # The same keys and names stand in what is wanted: interned, a large fleet holds them once.
    items = event.get(key, [])
    if not isinstance(items, list):
        raise TypeError(f"{key} is not a list")
    return [
        RRset(
            intern(_text(item, "name")),
            intern(_text(item, "type")),
            int(item["ttl"]),
            tuple(map(intern, _texts(item, "rdatas"))),
        )
        for item in items
    ]
