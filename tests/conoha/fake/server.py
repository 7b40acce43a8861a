"""The fake itself: start it, fill it, spoil it, ask what it holds and what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import TracebackType
from typing import Any

from tests.conoha.fake.faults import Faults, Go, refuse
from tests.conoha.fake.forms import fields_of, rdata_of
from tests.conoha.fake.http import Elsewhere, Listener
from tests.conoha.fake.identity import Identity
from tests.conoha.fake.log import Entry, Log
from tests.conoha.fake.message import Answer, Request
from tests.conoha.fake.state import ELSEWHERE, Account, Clock, Value, Zone
from tests.conoha.fake.toggles import Generation, Toggles
from tests.conoha.fake.v2 import V2
from tests.conoha.fake.v3 import V3
from tests.conoha.fake.world import World

Held = dict[tuple[str, str], tuple[int, frozenset[str]]]
"""(owner name with its dot, type) → TTL and rdata as a zone file has it."""

REGIONS: dict[Generation, str] = {"v2": "tyo1", "v3": "c3j1"}


@dataclass(frozen=True)
class HeldValue:
    """One value that is there."""

    id: str
    name: str
    type: str
    ttl: int
    value: str
    """Rdata as a zone file has it."""
    gslb: bool
    managed: bool


class FakeConoha:
    """A ConoHa on 127.0.0.1 while the `with` lasts.

    `identity_url` and `dns_url` have no path: /v2.0, /v3 and /v1 are the client's to add.
    The account's ids and password are `account`; `clock` decides when tokens end.
    """

    def __init__(
        self, generation: Generation = "v3", toggles: Toggles | None = None, *,
        clock: Callable[[], datetime] | None = None, account: Account | None = None, region: str = "",
    ) -> None:  # fmt: skip
        self.generation = generation
        self.toggles = (toggles or Toggles()).of(generation)
        self.clock = clock or Clock()
        self.account = account or Account()
        self.region = region or REGIONS[generation]
        self.log, self.faults = Log(), Faults()
        self.stopping = threading.Event()
        self._lock = threading.RLock()
        self._asked = 0
        self.world = World(generation, self.toggles, self.clock)
        accounts = [self.account, ELSEWHERE]
        self.identity = Identity(self.world, accounts, self.log, self.region, lambda: self.dns_url)
        self._dns: V2 | V3 = V3(self.world, self.identity)
        if generation == "v2":
            self._dns = V2(self.world, self.identity, lambda: self.dns_url)

    def __enter__(self) -> FakeConoha:
        self.elsewhere = Elsewhere()
        self._listeners = {name: Listener(name, self._serve) for name in ("identity", "dns")}
        self.identity_url, self.dns_url = (self._listeners[name].url for name in ("identity", "dns"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stopping.set()
        for listener in (*self._listeners.values(), self.elsewhere.listener):
            listener.stop()

    # Requests

    def _serve(self, request: Request) -> Answer | None:
        with self._lock:
            entry = self.log.write(request)
        go: Go = partial(self._do, request, entry)
        for fault in reversed(self.faults.take(request)):
            go = partial(fault, self, request, go)
        answer = go()
        entry.status = answer.status if answer else None
        return answer

    def _do(self, request: Request, entry: Entry) -> Answer | None:
        with self._lock:
            answer: Answer | None
            if request.service == "identity":
                answer = self.identity.answer(request)
            elif self._too_many():
                answer = refuse(429, retry_after=0)(self, request, lambda: None)
            else:
                answer = self._dns.answer(request)
            entry.done = answer.status if answer else None
            return answer

    def _too_many(self) -> bool:
        self._asked += 1
        return bool(self.toggles.rate_limit) and self._asked % self.toggles.rate_limit == 0

    def fail_next(
        self, times: int, status: int, *, after_commit: bool = False, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer the next requests to the DNS endpoint with a status."""
        self.faults.add(refuse(status, after_commit=after_commit, headers=headers), times=times)

    def expire_tokens(self) -> None:
        """No token that was issued is good any more."""
        with self._lock:
            self.identity.expire()

    @property
    def secrets(self) -> frozenset[str]:
        """What must not appear in any log line or message: passwords, and tokens issued so far."""
        return frozenset({self.account.password, *self.identity.tokens})

    # Somebody else's hand: nothing of this is checked, logged or late

    def seed(
        self, zone: str, sets: Mapping[tuple[str, str], tuple[int, Iterable[str]]] | None = None, *,
        ttl: int = 3600, email: str = "postmaster@example.org", foreign: bool = False,
    ) -> str:  # fmt: skip
        """A zone with these sets, in the form of `held`; its id. `foreign`: another tenant's."""
        with self._lock:
            tenant = ELSEWHERE.tenant_id if foreign else self.account.tenant_id
            made = self.world.named(_dotted(zone)) or self.world.add_zone(_dotted(zone), tenant, email, ttl)
            self.world.stale = 0
        for (name, type_), (set_ttl, values) in (sets or {}).items():
            for value in sorted(values) if isinstance(values, (set, frozenset)) else values:
                self.add(zone, name, type_, value, ttl=set_ttl)
        return made.id

    def add(
        self, zone: str, name: str, type_: str, value: str, *, ttl: int | None = 3600, **more: Any
    ) -> str:
        """Put one value in, whatever its type; `more` are fields such as gslb_region or created; its id."""
        with self._lock:
            there = self._zone(zone)
            fields = {**fields_of(self.generation, type_, value, self.toggles), **more}
            made = self.world.value(there, name, type_, fields.pop("data"), ttl)
            made = replace(made, **fields)
            self.world.put(there, made)
            there.stale = 0
            return made.id

    def remove(self, zone: str, name: str, type_: str, value: str | None = None) -> None:
        """Take a set out, or one value of it; the SOA stays."""
        with self._lock:
            there = self._zone(zone)
            gone = [
                one for one in there.values
                if one.set == (name.lower(), type_) and value in (None, self._rdata(one)) and type_ != "SOA"
            ]  # fmt: skip
            self.world.put(there, instead_of=gone)
            there.stale = 0

    # What is there

    def values(self, zone: str, *, managed: bool = False) -> list[HeldValue]:
        """Every value, in the order of creation; SOA and NS of the apex only when asked for."""
        with self._lock:
            there = self._zone(zone)
            return [self._held(there, one) for one in there.values if managed or not one.managed]

    def held(self, zone: str, *, managed: bool = False) -> Held:
        """Every RRset as plain data; ValueError when the values of one do not agree on the TTL."""
        sets: Held = {}
        for one in self.values(zone, managed=managed):
            ttl, values = sets.get((one.name, one.type), (one.ttl, frozenset()))
            if ttl != one.ttl:
                raise ValueError(f"{one.name} {one.type} has the TTLs {ttl} and {one.ttl}")
            sets[one.name, one.type] = ttl, values | {one.value}
        return sets

    def twins(self, zone: str) -> list[HeldValue]:
        """Values that are there more than once, which `held` cannot show."""
        seen: set[tuple[str, str, str]] = set()
        found = []
        for one in self.values(zone, managed=True):
            key = one.name.lower(), one.type, one.value
            found += [one] if key in seen else []
            seen.add(key)
        return found

    def zones(self) -> list[str]:
        """The names of the tenant's zones, with their dots."""
        return [one.name for one in self.world.zones if one.tenant == self.account.tenant_id]

    def zone_id(self, zone: str) -> str:
        return self._zone(zone).id

    def serial(self, zone: str) -> int:
        """The serial of a zone, which every write counts up."""
        return self._zone(zone).serial

    def _zone(self, name: str) -> Zone:
        if found := self.world.named(_dotted(name)):
            return found
        raise KeyError(name)

    def _held(self, zone: Zone, one: Value) -> HeldValue:
        gslb = any(each is not None for each in (one.gslb_region, one.gslb_weight, one.gslb_check))
        ttl = zone.ttl if one.ttl is None else one.ttl
        return HeldValue(one.id, one.name, one.type, ttl, self._rdata(one), gslb, one.managed)

    def _rdata(self, one: Value) -> str:
        return rdata_of(one.type, one.data, (one.priority, one.weight, one.port), self.toggles)


def _dotted(zone: str) -> str:
    return zone.removesuffix(".") + "."
