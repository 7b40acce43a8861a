"""What ConoHa does with its zones, in both generations alike; what differs is in `Kind` and the toggles."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NoReturn, TypeVar

from tests.conoha.fake.forms import normalised
from tests.conoha.fake.message import Refused
from tests.conoha.fake.state import Value, Zone
from tests.conoha.fake.toggles import Generation, Toggles

T = TypeVar("T")


@dataclass(frozen=True)
class Kind:
    """What a new zone has."""

    nameservers: tuple[str, ...]
    managed_ttl: int | None
    new_soa: bool
    """Whether a write makes a new SOA, with another id, or changes the old one."""


KINDS: dict[Generation, Kind] = {
    "v2": Kind(("ns-a1.conoha.io.", "ns-a2.conoha.io.", "ns-a3.conoha.io."), None, True),
    "v3": Kind(("a.conoha-dns.com.", "b.conoha-dns.org."), 3600, False),
}


@dataclass
class World:
    """Everything that is kept, and what both generations do with it alike."""

    generation: Generation
    toggles: Toggles
    clock: Callable[[], datetime]
    zones: list[Zone] = field(default_factory=list)
    before: tuple[Zone, ...] = ()
    stale: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(20181029))
    _count: int = 0

    @property
    def kind(self) -> Kind:
        return KINDS[self.generation]

    def new_id(self) -> str:
        """A UUID, the same ones in every run."""
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def number(self) -> int:
        self._count += 1
        return self._count

    # Zones

    def add_zone(self, name: str, tenant: str, email: str, ttl: int) -> Zone:
        now = self.clock()
        name = name.lower() if self.toggles.lowercase_names else name
        zone = Zone(self.new_id(), name, tenant, email, ttl, int(now.timestamp()), now)
        self._remember_zones()
        self.zones.append(zone)
        ttl_ = self.kind.managed_ttl
        ns = (self.value(zone, name, "NS", host, ttl_, managed=True) for host in self.kind.nameservers)
        zone.values = (self.value(zone, name, "SOA", self._soa(zone), ttl_, managed=True), *ns)
        return zone

    def drop_zone(self, zone: Zone) -> None:
        self._remember_zones()
        self.zones.remove(zone)

    def find(self, tenant: str, zone_id: str) -> Zone | None:
        return next((one for one in self.zones if one.id == zone_id and one.tenant == tenant), None)

    def named(self, name: str) -> Zone | None:
        return next((one for one in self.zones if one.name.lower() == name.lower()), None)

    def parents(self, name: str) -> list[Zone]:
        """Zones of the platform above a name, any tenant's."""
        return [one for one in self.zones if name.lower().endswith("." + one.name.lower())]

    def children(self, zone: Zone) -> list[Zone]:
        """Zones of the platform below a zone, any tenant's."""
        return [one for one in self.zones if one.name.lower().endswith("." + zone.name.lower())]

    def list_zones(self, tenant: str) -> list[Zone]:
        shown: Iterable[Zone] = self.zones
        if self.stale:
            self.stale -= 1
            shown = self.before
        return self._ordered([one for one in shown if one.tenant == tenant], lambda one: one.name)

    def _remember_zones(self) -> None:
        self.before, self.stale = tuple(self.zones), self.toggles.stale_reads

    # Values

    def value(self, zone: Zone, name: str, type_: str, data: str, ttl: int | None, **more: Any) -> Value:
        """A value as it would be kept, not yet in the zone."""
        name = name.lower() if self.toggles.lowercase_names else name
        data = normalised(type_, data, self.toggles)
        made = Value(self.new_id(), name, type_, data, ttl, self.number(), self.clock(), **more)
        if self.toggles.ttl_of == "set" and (others := zone.others(made)):
            return replace(made, ttl=others[0].ttl)
        return made

    def changed(self, old: Value, changes: Mapping[str, Any]) -> Value:
        """A value after some of its fields were changed, with the id it has."""
        new = replace(old, **changes, updated=self.clock())
        name = new.name.lower() if self.toggles.lowercase_names else new.name
        return replace(new, name=name, data=normalised(new.type, new.data, self.toggles))

    def along(self, zone: Zone, old: Value, new: Value) -> list[Value]:
        """Name, type and TTL are the set's on v2: what changes them on one value does on all."""
        if self.toggles.ttl_of != "set":
            return []
        return [replace(one, name=new.name, type=new.type, ttl=new.ttl) for one in zone.others(old)]

    def twin(self, zone: Zone, value: Value) -> bool:
        """Whether the zone has this value already."""
        return any(one.same == value.same and one.id != value.id for one in zone.values)

    def put(self, zone: Zone, *values: Value, instead_of: Iterable[Value] = ()) -> None:
        """Put values in and take others out, in one write; a value keeps its place."""
        kept = {one.id: one for one in zone.values}
        for one in instead_of:
            kept.pop(one.id)
        kept.update((one.id, one) for one in values)
        zone.before, zone.stale = zone.values, self.toggles.stale_reads
        zone.values = tuple(kept.values())
        self.touch(zone)

    def touch(self, zone: Zone) -> None:
        """Every write counts the serial up and renews the SOA."""
        zone.serial, zone.updated = zone.serial + 1, self.clock()
        old = next(one for one in zone.values if one.type == "SOA")
        soa = replace(old, data=self._soa(zone), updated=self.clock())
        if self.kind.new_soa:
            soa = replace(soa, id=self.new_id(), number=self.number(), created=self.clock(), updated=None)
        rest = tuple(one for one in zone.values if one is not old)
        zone.values = (*rest, soa) if self.kind.new_soa else (soa, *rest)

    def list_values(self, zone: Zone) -> list[Value]:
        shown = zone.values
        if zone.stale:
            zone.stale -= 1
            shown = zone.before
        return self._ordered(sorted(shown, key=lambda one: one.number), lambda one: one.name + one.type)

    def _ordered(self, shown: list[T], name: Callable[[T], str]) -> list[T]:
        if self.toggles.order == "name":
            return sorted(shown, key=name)
        return shown[::-1] if self.toggles.order == "reversed" else shown

    def _soa(self, zone: Zone) -> str:
        mail = zone.email.replace("@", ".")
        return f"{self.kind.nameservers[0]} {mail}. {zone.serial} 3600 600 86400 3600"

    # What is accepted

    def place(self, zone: Zone, value: Value, ignoring: Iterable[Value] = ()) -> None:
        """Refuse a value where it cannot be."""
        if value.name.lower() != zone.name.lower() and not value.name.lower().endswith(
            "." + zone.name.lower()
        ):
            self._misplaced("RecordSet is not contained within its parent domain")
        if self.toggles.placement == "accept":
            return
        if value.type == "CNAME" and value.name.lower() == zone.name.lower():
            self._misplaced("CNAME recordsets may not be created at the zone apex")
        gone = {one.id for one in ignoring} | {value.id}
        there = [one for one in zone.values if one.name.lower() == value.name.lower() and one.id not in gone]
        if any("CNAME" in (one.type, value.type) and one.same != value.same for one in there):
            self._misplaced("CNAME recordsets may not share a name with any other records")
        for child in self.children(zone):
            if value.name.lower() == child.name.lower() or value.name.lower().endswith(
                "." + child.name.lower()
            ):
                self._misplaced(f"RecordSet belongs in a child zone: {child.name}")

    def _misplaced(self, message: str) -> NoReturn:
        raise Refused(400, "invalid_recordset_location", message, field="name")

    def ttl(self, ttl: int | None) -> int | None:
        """A TTL as it is kept; refused when it is too short or too long."""
        if ttl is not None and ttl < self.toggles.min_ttl:
            if self.toggles.min_ttl_mode == "clamp":
                return self.toggles.min_ttl
            raise Refused(
                400, "invalid_ttl", f"TTL is below the minimum: {self.toggles.min_ttl}", field="ttl"
            )
        if ttl is not None and self.toggles.max_ttl and ttl > self.toggles.max_ttl:
            raise Refused(
                400, "invalid_ttl", f"TTL is above the maximum: {self.toggles.max_ttl}", field="ttl"
            )
        return ttl

    def room(self, zone: Zone, value: Value) -> None:
        """Refuse a value that is one too many."""
        for quota, used in (
            (self.toggles.zone_quota, len(zone.values)), (self.toggles.set_quota, len(zone.others(value))),
        ):  # fmt: skip
            if quota and used >= quota:
                raise Refused(413, "over_quota", "Quota exceeded")
