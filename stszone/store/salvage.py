"""A mail domain of which a part cannot be read: what is wrong, and what can be built without it.

Only for comparing two sides of a branch; nothing is ever published from what is left.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from pydantic import ValidationError

from stszone.domain import MailDomain
from stszone.report import Finding, Key
from stszone.standards import records
from stszone.store.complaints import complaints

_WHOLE = ("name", "zone", "ttl", "domains", "extends")
"""Keys that all RRsets of a mail domain depend on."""

_BY_NAME = ("hosts", "aliases", "dkim", "tlsa", "services", "records")
"""Sections with RRsets of their own for each name in them."""

_ROUNDS = 5
"""How often a mail domain is built anew without what was wrong with it."""


def build(
    data: dict[str, object], found: list[Finding], lost: set[Key] | None
) -> tuple[dict[str, object], MailDomain | None]:
    """The mail domain of a file, with what is wrong in it added to `found`; None if it cannot be built.

    With `lost`, a set to add to, the domain is built from what is left when the wrong parts are out.
    The data that it was built from is given, too.
    """
    for _ in range(_ROUNDS if lost is not None else 1):
        try:
            return data, MailDomain.model_validate(data)
        except ValidationError as error:
            wrong = list(complaints(error))
        found.extend(one for one in wrong if one not in found)
        units = {unit_of(one.key) for one in wrong}
        if lost is None or None in units:
            break
        out = {one for unit in units if unit for one in _narrowed(data, unit)}
        lost |= {_named(data, unit) for unit in out}
        data = _without(data, out)
    return data, None


def unit_of(key: Key) -> Key | None:
    """The part of a mail domain around a key that makes RRsets of its own; None for all of it."""
    if not key or key[0] in _WHOLE:
        return None
    if key[0] == "records":
        return key[:3] if len(key) > 2 and isinstance(key[2], int) else key[:2]
    return key[:2] if key[0] in _BY_NAME else key[:1]


def _narrowed(data: Mapping[str, object], unit: Key) -> Iterable[Key]:
    """What is wrong within `records`, where an error is about several of its entries together."""
    if unit == ("records",):
        return _wrong_records(data)
    section = data.get("records")
    entries = section.get(str(unit[1])) if unit[0] == "records" and isinstance(section, dict) else None
    if len(unit) != 2 or not isinstance(entries, list):
        return [unit]
    types = [str(entry.get("type", "")).upper() if isinstance(entry, dict) else "" for entry in entries]
    twice = [(*unit, index) for index, type_ in enumerate(types) if types.count(type_) > 1]
    return twice or [unit]


def _wrong_records(data: Mapping[str, object]) -> Iterator[Key]:
    """The entries of `records` that cannot stand there, where the error is about them together."""
    section = data.get("records")
    if not isinstance(section, dict):
        yield ("records",)
        return
    beside = {key: data[key] for key in ("name", "zone")}
    for name, entries in section.items():
        for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            try:
                MailDomain.model_validate({**beside, "records": {name: entry}})
            except ValidationError:
                yield ("records", name, index)


def _named(data: Mapping[str, object], unit: Key) -> Key:
    """A part of `records` by name and type: places in a list move when one is left out."""
    section = data.get("records")
    if len(unit) < 3 or not isinstance(section, dict):
        return unit
    entries = section.get(unit[1])
    entry = entries[int(unit[2])] if isinstance(entries, list) else entries
    type_ = str(entry.get("type", "")).upper() if isinstance(entry, dict) else ""
    # Of a type that nobody knows, it is not known either which other it was meant to be.
    return (*unit[:2], type_) if type_ in records.TYPES or type_ == "SPF" or "/" in type_ else unit[:2]


def _without(data: dict[str, object], out: Collection[Key]) -> dict[str, object]:
    """A mail domain's data without some of its parts."""
    left = dict(data)
    for section in {str(unit[0]) for unit in out}:
        inner, units = left[section], [unit for unit in out if unit[0] == section]
        if (section,) in units or not isinstance(inner, dict):
            del left[section]
        else:
            pairs = ((name, _left(name, value, units)) for name, value in inner.items())
            left[section] = {name: value for name, value in pairs if value is not None}
    return left


def _left(name: str, value: object, units: Collection[Key]) -> object:
    """What is left at a name of a section; nothing where it goes as a whole."""
    places = {unit[2:] for unit in units if str(unit[1]).lower() == name.lower()}
    if not isinstance(value, list):
        return None if places else value
    return None if () in places else [one for index, one in enumerate(value) if (index,) not in places]
