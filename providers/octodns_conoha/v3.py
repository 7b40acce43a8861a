"""DNS of c3j1: a service of ConoHa's own, which its documentation calls dnsaas.

What a client has to know; most of it is from other clients' code, as the documentation is thin:
- Ids are `uuid`; SRV has fields for weight and port; names have a dot at their end.
- Each value has its own TTL.  A PUT of a TTL was refused with 400 in 2025 and worked in 2026.
- Lists have `limit`, `offset` and `total_count`; there is no filter by name.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from .errors import ConohaException, ConohaRefused
from .paging import read_all
from .session import Session
from .txt import STRING_BYTES, chunked
from .values import Rdata, Value, Zone, rdata, read_int, read_text, read_value, read_zone


class ClientV3:
    """The calls that the provider makes."""

    one_ttl = False
    """Whether all values of an RRset share one TTL, set by any of them."""

    def __init__(self, session: Session, long_txt: str = "error") -> None:
        self.session = session
        self._long_txt = long_txt

    def zones(self) -> list[Zone]:
        """Every zone of the account."""
        return [read_zone(item) for item in self._list("/v1/domains", "domains")]

    def zone(self, name: str) -> Zone | None:
        """The zone of that name, with its dot; None, if the account has none."""
        zones = [zone for zone in self.zones() if zone.name == name]
        if len(zones) > 1:
            raise ConohaException(f"the account has {len(zones)} zones {name}")
        return zones[0] if zones else None

    def create_zone(self, name: str, email: str, ttl: int) -> Zone:
        """Make a zone.  Raises ConohaNoAnswer when it may or may not be there now."""
        body = {"name": name, "email": email, "ttl": ttl}
        return read_zone(_object(self.session.post("/v1/domains", body)))

    def values(self, zone: Zone) -> list[Value]:
        """Every record of a zone."""
        return [read(item) for item in self._list(_records(zone), "records")]

    def create(self, zone: Zone, name: str, new: Rdata, ttl: int) -> Value:
        """Make a record.  Raises ConohaNoAnswer when it may or may not be there now."""
        body = self.write(name, new, ttl)
        return read(_object(self.session.post(_records(zone), body)))

    def write(self, name: str, new: Rdata, ttl: int) -> dict[str, object]:
        """The body that makes a record."""
        return {"name": name, "type": new.type, **self._fields(new), "ttl": ttl}

    def set_ttl(self, zone: Zone, value: Value, ttl: int) -> bool:
        """Give a value another TTL; False when that is refused or ignored."""
        path = f"{_records(zone)}/{quote(value.id, safe='')}"
        try:
            content = self.session.put(path, {**self._fields(value.rdata), "ttl": ttl})
        except ConohaRefused as error:
            if error.status != 400:
                raise
            return False
        # Neither the old nor the new TTL: a limit, which making the value anew would meet as well.
        return read_int(_object(content), "ttl") not in (None, value.ttl)

    def delete(self, zone: Zone, value: Value) -> None:
        """Take a record out; it may be gone already."""
        self.session.delete(f"{_records(zone)}/{quote(value.id, safe='')}")

    def _list(self, path: str, key: str) -> list[Mapping[str, object]]:
        return read_all(lambda params: self.session.get(path, params), key, self.session.transport.pause)

    def _fields(self, value: Rdata) -> dict[str, object]:
        data = value.data
        if value.type == "TXT" and len(data) > STRING_BYTES and self._long_txt == "chunked":
            data = chunked(data)
        numbers = {"priority": value.priority, "weight": value.weight, "port": value.port}
        return {"data": data} | {key: number for key, number in numbers.items() if number is not None}


def _records(zone: Zone) -> str:
    return f"/v1/domains/{quote(zone.id, safe='')}/records"


def _object(content: object) -> Mapping[str, object]:
    return content if isinstance(content, dict) else {}


def read(item: Mapping[str, object]) -> Value:
    """A record of v3.  Raises ConohaException."""
    type_ = read_text(item, "type")
    numbers = [read_int(item, key) for key in ("priority", "weight", "port")]
    used = {"MX": 1, "SRV": 3}.get(type_, 0)
    return read_value(item, rdata(type_, read_text(item, "data"), *numbers[:used]))
