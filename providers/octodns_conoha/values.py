"""One record of the API: a single value, with an id of its own.

octoDNS speaks of RRsets, ConoHa of values.  `Rdata` is what both say about one value, spelled so
that equal values are equal: lower-case absolute names, one spelling of an address, raw texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, TypeAlias

from octodns.record import Record

from .errors import ConohaException
from .txt import as_octodns_has_it, read_txt

Key: TypeAlias = tuple[str, str]
"""Owner name with its dot, type."""

HOSTS = frozenset({"CNAME", "MX", "NS", "PTR", "SRV"})
"""Types whose data is the name of a host."""


@dataclass(frozen=True, slots=True, order=True)
class Rdata:
    """What one value says."""

    type: str
    data: str
    """An address, a host with its dot, or the raw text of a TXT."""
    priority: int | None = None
    weight: int | None = None
    port: int | None = None

    def __str__(self) -> str:
        numbers = (n for n in (self.priority, self.weight, self.port) if n is not None)
        return " ".join([*map(str, numbers), self.data])


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone, as the API has it."""

    id: str
    name: str
    """Lower case, with its dot."""
    ttl: int
    """Seconds; what a record without a TTL has."""


@dataclass(frozen=True, slots=True)
class Value:
    """A record, as the API has it."""

    id: str
    name: str
    """Lower case, with its dot."""
    rdata: Rdata
    ttl: int | None
    """Seconds; None: that of the zone."""
    gslb: bool = False
    """Whether ConoHa's load balancing (v2) has a part in it."""

    @property
    def key(self) -> Key:
        """The RRset that it belongs to."""
        return self.name, self.rdata.type

    def __str__(self) -> str:
        return f"{self.name} {self.rdata.type} {self.rdata}"


def rdata(
    type_: str,
    data: str,
    priority: int | None = None,
    weight: int | None = None,
    port: int | None = None,
) -> Rdata:
    """One value from what the API or octoDNS says, in its one spelling."""
    if type_ == "TXT":
        return Rdata(type_, as_octodns_has_it(read_txt(data)))
    if type_ in HOSTS:
        data = data.lower()
    elif type_ in ("A", "AAAA"):
        data = _address(data)
    return Rdata(type_, data, priority, weight, port)


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        return text


def rdatas_of(record: Record) -> tuple[Rdata, ...]:
    """The values of an octoDNS record, each once."""
    return tuple(dict.fromkeys(rdata for rdata, _ in spelled(record)))


def spelled(record: Record) -> list[tuple[Rdata, str]]:
    """The values of an octoDNS record, and how a zone file has each."""
    values = record.values if hasattr(record, "values") else [record.value]
    rdatas = [_of_octodns(record._type, value) for value in values]
    return list(zip(rdatas, record.to_rrset().rdatas, strict=True))


def _of_octodns(type_: str, value: Any) -> Rdata:  # Any: octoDNS's values have no common type
    if type_ == "MX":
        return rdata(type_, value.exchange, value.preference)
    if type_ == "SRV":
        return rdata(type_, value.target, value.priority, value.weight, value.port)
    if type_ == "TXT":
        return Rdata(type_, as_octodns_has_it(value.to_raw_text()))
    return rdata(type_, str(value))


def to_octodns(value: Rdata) -> object:
    """One value in the form that `Record.new` takes."""
    if value.type == "MX":
        return {"preference": value.priority, "exchange": value.data}
    if value.type == "SRV":
        return {
            "priority": value.priority,
            "weight": value.weight,
            "port": value.port,
            "target": value.data,
        }
    return value.data.replace(";", "\\;") if value.type == "TXT" else value.data


def read_zone(item: Mapping[str, object]) -> Zone:
    """A zone from an item of the API's list.  Raises ConohaException."""
    return Zone(_id(item), _name(item), read_int(item, "ttl") or 3600)


def read_value(item: Mapping[str, object], value: Rdata) -> Value:
    """A record from an item of the API's list.  Raises ConohaException."""
    gslb = any(item.get(key) not in (None, "") for key in ("gslb_region", "gslb_weight"))
    gslb = gslb or item.get("gslb_check") not in (None, "", 0, "0")
    return Value(_id(item), _name(item), value, read_int(item, "ttl"), gslb)


def read_text(item: Mapping[str, object], key: str) -> str:
    """A field that has to be a text.  Raises ConohaException."""
    value = item.get(key)
    if not isinstance(value, str):
        raise ConohaException(f"an item of ConoHa's answer has no {key}; its fields: {_keys(item)}")
    return value


def read_int(item: Mapping[str, object], key: str) -> int | None:
    """A field that is a number or not there.  Raises ConohaException."""
    value = item.get(key)
    if value is None or (isinstance(value, int) and not isinstance(value, bool)):
        return value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    raise ConohaException(f"{key} in ConoHa's answer is a {type(value).__name__}, not a number")


def _id(item: Mapping[str, object]) -> str:
    found = item.get("uuid") or item.get("id")
    if not isinstance(found, str) or not found:
        # Without it a request would go to the whole list: /v1/domains//records.
        raise ConohaException(f"an item of ConoHa's answer has no id; its fields: {_keys(item)}")
    return found


def _name(item: Mapping[str, object]) -> str:
    name = read_text(item, "name").lower()
    if not name.endswith("."):
        raise ConohaException(f"the name {name} in ConoHa's answer has no dot at its end")
    return name


def _keys(item: Mapping[str, object]) -> str:
    return ", ".join(sorted(item)) or "none"


def objects(content: object, key: str) -> Iterator[Mapping[str, object]]:
    """The items of a list in an answer.  Raises ConohaException."""
    items = content.get(key) if isinstance(content, dict) else None
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ConohaException(f"ConoHa's answer has no list of {key}")
    yield from items
