"""DNS of tyo1, tyo2, sin1 and sjc1: OpenStack Designate v1 as of Juno (2014.2), with changes.

What a client has to know, and the source of it, Designate's code and traffic seen in 2018:
- A TTL belongs to the RRset.  A POST into one ignores the TTL; a PUT to one value sets all.
- A PUT of `name` or `type` would move the whole RRset, so neither is ever sent.
- The SOA gets another id with every write.  Neither it nor the apex NS can be written.
- Lists came in one piece, as far as was seen; `?name=` finds a zone.
- SRV has its weight and port in `data`.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote

from .errors import ConohaException
from .paging import read_all
from .session import Session
from .values import Rdata, Value, Zone, objects, rdata, read_int, read_text, read_value, read_zone


class ClientV2:
    """The calls that the provider makes."""

    one_ttl = True
    """Whether all values of an RRset share one TTL, set by any of them."""

    def __init__(self, session: Session) -> None:
        self.session = session

    def zones(self) -> list[Zone]:
        """Every zone of the account."""
        return [read_zone(item) for item in self._list("/v1/domains", "domains")]

    def zone(self, name: str) -> Zone | None:
        """The zone of that name, with its dot; None, if the account has none."""
        content = self.session.get("/v1/domains", {"name": name})
        zones = [zone for item in objects(content, "domains") if (zone := read_zone(item)).name == name]
        # The filter is ConoHa's own and minds the case; that a zone is absent is only believed of a list.
        zones = zones or [zone for zone in self.zones() if zone.name == name]
        if len({zone.id for zone in zones}) > 1:
            raise ConohaException(f"the account has {len(zones)} zones {name}")
        return zones[0] if zones else None

    def create_zone(self, name: str, email: str, ttl: int) -> Zone:
        """Make a zone.  Raises ConohaNoAnswer when it may or may not be there now."""
        body = {"name": name, "email": email, "ttl": ttl}
        return read_zone(_object(self.session.post("/v1/domains", body)))

    def values(self, zone: Zone) -> list[Value]:
        """Every record of a zone, each once."""
        return [read(item) for item in self._list(_records(zone), "records")]

    def create(self, zone: Zone, name: str, new: Rdata, ttl: int) -> Value:
        """Make a record.  Raises ConohaNoAnswer when it may or may not be there now."""
        return read(_object(self.session.post(_records(zone), write(name, new, ttl))))

    def set_ttl(self, zone: Zone, value: Value, ttl: int) -> bool:
        """Give an RRset another TTL by one of its values; whether that worked."""
        self.session.put(f"{_records(zone)}/{quote(value.id, safe='')}", {"ttl": ttl})
        return True

    def delete(self, zone: Zone, value: Value) -> None:
        """Take a record out; it may be gone already."""
        self.session.delete(f"{_records(zone)}/{quote(value.id, safe='')}")

    def _list(self, path: str, key: str) -> list[Mapping[str, object]]:
        pause = self.session.transport.pause
        return read_all(lambda params: self.session.get(path, params), key, pause, limit=None)


def _records(zone: Zone) -> str:
    return f"/v1/domains/{quote(zone.id, safe='')}/records"


def _object(content: object) -> Mapping[str, object]:
    return content if isinstance(content, dict) else {}


def read(item: Mapping[str, object]) -> Value:
    """A record of v2.  Raises ConohaException."""
    type_, data, priority = read_text(item, "type"), read_text(item, "data"), read_int(item, "priority")
    if type_ == "SRV":
        weight, port, target = _srv(data)
        return read_value(item, rdata(type_, target, priority, weight, port))
    return read_value(item, rdata(type_, data, priority if type_ == "MX" else None))


def _srv(data: str) -> tuple[int, int, str]:
    words = data.split()
    if len(words) != 3 or not all(word.isascii() and word.isdigit() for word in words[:2]):
        raise ConohaException(f"a SRV record has the data {data!r}, not weight, port and target")
    return int(words[0]), int(words[1]), words[2]


def write(name: str, new: Rdata, ttl: int) -> dict[str, object]:
    """The body that makes a record."""
    data = f"{new.weight} {new.port} {new.data}" if new.type == "SRV" else new.data
    return {"name": name, "type": new.type, "data": data, "priority": new.priority, "ttl": ttl}
