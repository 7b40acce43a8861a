"""The provider against a fake, as octoDNS would use it, without ever waiting."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from octodns.provider.plan import Plan
from octodns.record import Record
from octodns.record.rr import Rrset
from octodns.zone import Zone
from octodns_conoha import ConohaProvider

from tests.conoha.fake import FakeConoha

ZONE = "example.com."
Sets = Mapping[tuple[str, str], tuple[int, Iterable[str]]]


@dataclass
class Waits:
    """A clock that is moved by sleeping, and remembers the sleeps."""

    seconds: list[float] = field(default_factory=list)
    now: float = 1_772_074_800.0

    def sleep(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.now += seconds

    def __call__(self) -> float:
        return self.now


def credentials(conoha: FakeConoha) -> dict[str, object]:
    """The options that sign in."""
    who = conoha.account
    if conoha.generation == "v2":
        return {"tenant_id": who.tenant_id, "username": who.user_name, "password": who.password}
    return {"tenant_id": who.tenant_id, "user_id": who.user_id, "password": who.password}


def settings(conoha: FakeConoha, **more: object) -> dict[str, object]:
    """The provider's entry for this fake."""
    return {
        "region": conoha.region, "identity_endpoint": conoha.identity_url, "dns_endpoint": conoha.dns_url,
        "timeout": 5, **credentials(conoha), **more,
    }  # fmt: skip


def provider(conoha: FakeConoha, waits: Waits | None = None, **more: object) -> ConohaProvider:
    waits = waits or Waits()
    return ConohaProvider("conoha", sleep=waits.sleep, clock=waits, **settings(conoha, **more))


def wanted(sets: Sets, zone: str = ZONE) -> Zone:
    """A zone as octoDNS's source has it."""
    made = Zone(zone, [])
    for (name, type_), (ttl, rdatas) in sets.items():
        made.add_record(Record.from_rrset(made, Rrset(name, type_, ttl, list(rdatas))))
    return made


def seen(target: ConohaProvider, zone: str = ZONE) -> Zone:
    """The zone as the provider reads it."""
    made = Zone(zone, [])
    target.populate(made, target=True, lenient=True)
    return made


def plan(target: ConohaProvider, sets: Sets, zone: str = ZONE) -> Plan | None:
    return target.plan(wanted(sets, zone))


def apply(target: ConohaProvider, sets: Sets, zone: str = ZONE) -> int:
    """Plan and apply; the number of changes."""
    made = plan(target, sets, zone)
    return target.apply(made) if made else 0
