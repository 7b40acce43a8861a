"""The RRsets that a part of a mail domain's YAML would make, where it cannot be read."""

from __future__ import annotations

from collections.abc import Iterator

from stszone.compiler import NameType
from stszone.errors import RuleError
from stszone.report import Key
from stszone.standards import mta_sts, records
from stszone.store.repository import Repository


def lost_names(repository: Repository, name: str, zone: str, unit: Key) -> Iterator[tuple[NameType, object]]:
    """The RRsets that a part of a mail domain's YAML makes, with what is written."""
    section = unit[0]
    if section == "records" and len(unit) > 1:
        type_ = str(unit[2]) if len(unit) > 2 else ""
        yield (_owner(str(unit[1]), zone), type_), _written(repository, name, unit)
    elif section in ("hosts", "aliases") and len(unit) > 1:
        yield (str(unit[1]).lower(), ""), None
    elif section in ("spf", "site_verification"):
        yield (name, "TXT"), None
    elif section == "mta_sts":
        yield (mta_sts.record_name(name), ""), None
        yield (mta_sts.policy_name(name), ""), None


def _owner(relative: str, zone: str) -> str:
    try:
        return records.owner(records.parse_name(relative), zone)
    except RuleError:
        return f"{relative}.{zone}".lower().removeprefix(".")


def _written(repository: Repository, name: str, unit: Key) -> object:
    section = repository.written.get(name, {}).get("records")
    entries = section.get(str(unit[1])) if isinstance(section, dict) else None
    if len(unit) < 3 or not isinstance(entries, list):
        return entries
    return [one for one in entries if isinstance(one, dict) and str(one.get("type", "")).upper() == unit[2]]
