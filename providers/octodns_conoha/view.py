"""What octoDNS is shown of a zone at ConoHa, and what is left alone because it is not shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from logging import Logger

from octodns.idna import IdnaError
from octodns.provider.base import BaseProvider
from octodns.record import Record
from octodns.record.exception import RecordException
from octodns.zone import Zone as OctoZone

from .steps import effective_ttl, hidden_sets
from .values import Key, Rdata, Value, Zone, to_octodns


@dataclass(slots=True)
class View:
    """What there is to know of a zone besides its records."""

    hidden: dict[Key, str] = field(default_factory=dict)
    """RRsets that octoDNS is not shown, and why."""
    held: set[tuple[Key, int, Rdata]] = field(default_factory=set)
    """What octoDNS is shown, with TTLs."""
    mixed: set[Key] = field(default_factory=set)
    """RRsets whose values differ in TTL, which RFC 2181 §5.2 does not allow."""


def show(
    zone: OctoZone, held: Zone, values: Iterable[Value], source: BaseProvider, lenient: bool, log: Logger
) -> View:
    """Add to octoDNS's zone what it can hold of ConoHa's.  Without `lenient` raises as octoDNS does."""
    values = list(values)
    view = View(hidden_sets(values, held.name))
    for key in view.hidden:
        log.debug("populate: %s %s %s", *key, view.hidden[key])
    sets: dict[Key, list[Value]] = {}
    for value in values:
        sets.setdefault(value.key, []).append(value)
    for key in sorted(sets.keys() - view.hidden.keys()):
        why = _why_not(zone, key, source) or _add_set(zone, held, sets[key], source, lenient)
        if why:
            log.warning("populate: %s %s %s; left alone", *key, why)
            view.hidden[key] = why
            continue
        ttls = {effective_ttl(value, held.ttl) for value in sets[key]}
        view.held |= {(key, min(ttls), value.rdata) for value in sets[key]}
        if len(ttls) > 1:
            log.warning("populate: %s %s has several TTLs: %s", *key, sorted(ttls))
            view.mixed.add(key)
    return view


def _why_not(zone: OctoZone, key: Key, source: BaseProvider) -> str:
    name, type_ = key
    if name != zone.name and not name.endswith(f".{zone.name}"):
        return f"is not in {zone.name}"
    return "" if type_ in source.SUPPORTS else "is of a type that this provider does not know"


def _add_set(zone: OctoZone, held: Zone, same: list[Value], source: BaseProvider, lenient: bool) -> str:
    """Show an RRset to octoDNS; why not, if octoDNS cannot hold it."""
    name, type_ = same[0].key
    rdatas = sorted({value.rdata for value in same}, key=str)
    texts = [rdata.data for rdata in rdatas if type_ == "TXT"]
    if any(not text.isascii() and "\\" in text for text in texts):
        return "has a text that octoDNS cannot write"  # it loops for ever over some of them
    if any(rdata.priority is None for rdata in rdatas if type_ in ("MX", "SRV")):
        return "has no priority"
    values = [to_octodns(rdata) for rdata in rdatas]
    data = {"type": type_, "ttl": min(effective_ttl(value, held.ttl) for value in same)}
    data |= {"value": values[0]} if type_ == "CNAME" else {"values": values}
    try:
        relative = zone.hostname_from_fqdn(name)
        record = Record.new(zone, relative, data, source=source, lenient=lenient)
        zone.add_record(record, lenient=lenient)
    except (RecordException, IdnaError, ValueError) as error:
        if not lenient:
            raise
        return f"is not what octoDNS can hold ({error})"
    return ""
