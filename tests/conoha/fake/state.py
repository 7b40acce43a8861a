"""What ConoHa keeps: zones of tenants, and in a zone one object for every value.

A set is nothing by itself: it is the values of one name and type.  That its TTL belongs
to the set on v2 is kept by giving all its values the same one.  Values are never changed
in place, so that what a list showed before a write can be shown again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass
class Clock:
    """A time that passes when told to."""

    now: datetime = datetime(2026, 2, 26, 3, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        """As in timedelta: hours=1, seconds=30."""
        self.now += timedelta(**by)


@dataclass(frozen=True)
class Account:
    """Who may log in; ids and names are different words for the same."""

    tenant_id: str = "487727e3921d44e3bfe7ebb337bf085e"
    tenant_name: str = "gnct00000000"
    user_id: str = "f3c9e6f2c5ab4bd4a2b1f9d4ff4e7a10"
    user_name: str = "gncu00000000"
    password: str = "correct-horse-9-battery"


ELSEWHERE = Account(
    "0" * 31 + "1", "gnct00000001", "0" * 31 + "2", "gncu00000001", "not-the-password-of-the-first"
)
"""Another tenant of the platform."""


@dataclass(frozen=True)
class Value:
    """One value of one set, which is what the API calls a record."""

    id: str
    name: str
    type: str
    data: str
    ttl: int | None
    number: int
    """In the order of creation."""
    created: datetime
    updated: datetime | None = None
    priority: int | None = None
    weight: int | None = None
    port: int | None = None
    managed: bool = False
    """Made with the zone: the SOA and the NS of the apex."""
    description: str | None = None
    gslb_region: str | None = None
    gslb_weight: int | None = None
    gslb_check: int | None = None

    @property
    def set(self) -> tuple[str, str]:
        return self.name.lower(), self.type

    @property
    def same(self) -> tuple[object, ...]:
        """What makes two values the same one."""
        return (*self.set, self.data, self.priority, self.weight, self.port)


@dataclass
class Zone:
    """A zone and its values."""

    id: str
    name: str
    tenant: str
    email: str
    ttl: int
    serial: int
    created: datetime
    updated: datetime | None = None
    gslb: int = 0
    description: str | None = None
    values: tuple[Value, ...] = ()
    before: tuple[Value, ...] = ()
    """What lists show while `stale` is not 0."""
    stale: int = 0

    def others(self, value: Value) -> list[Value]:
        """The values of the same name and type, without this one."""
        return [one for one in self.values if one.set == value.set and one.id != value.id]
