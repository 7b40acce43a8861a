"""What a branch changes in providers/: where zones and policies go, and the limits that hold.

Keys are told and values never: secrets may stand here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import yaml

from stszone.planning.config import FILE
from stszone.report import Finding
from stszone.rules import finding
from stszone.standards.rrset import visible
from stszone.store import settings

_NAMED = 20
"""Keys that a finding names."""


def changed(before: Path, after: Path) -> Iterator[Finding]:
    """A finding for each entry of a directory providers/ that is not the same in another one.

    Zones that are only added are no change: nothing that is there goes elsewhere.
    """
    for file in (FILE, settings.FILE):
        was, now = _data(before / file), _data(after / file)
        for entry, keys in sorted(_entries(was, now)):
            inner = [key for key in keys if key]
            more = f" and {len(inner) - _NAMED} more" if len(inner) > _NAMED else ""
            at = f" ({', '.join(inner[:_NAMED])}{more})" if inner else ""
            how = "new" if keys == ["+"] else "gone" if keys == ["-"] else f"not as before{at}"
            what = visible(f"{file}: {entry} is {how}")
            yield finding("INP014", what).located(str(after / file), 1, 1)


def _data(path: Path) -> Mapping[str, object]:
    """A file that was read before, as it is written; nothing where there is none."""
    try:
        data = yaml.load(path.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    return data if isinstance(data, dict) else {}


def _entries(was: Mapping[str, object], now: Mapping[str, object]) -> Iterator[tuple[str, list[str]]]:
    """Entries that differ, with the keys within them; `+` alone for a new one, `-` for one that is gone."""
    for section in sorted({*was, *now}, key=str):
        before, after = was.get(section), now.get(section)
        if not isinstance(before, dict | None) or not isinstance(after, dict | None):
            if before != after:
                yield str(section), []
            continue
        before, after = before or {}, after or {}
        for name in sorted({*before, *after}, key=str):
            if name not in before:
                if section != "zones":
                    yield f"{section}.{name}", ["+"]
            elif name not in after:
                yield f"{section}.{name}", ["-"]
            elif before[name] != after[name]:
                yield f"{section}.{name}", _keys(before[name], after[name])


def _keys(before: object, after: object) -> list[str]:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    names = sorted({*before, *after}, key=str)
    return [str(name) for name in names if before.get(name) != after.get(name)]
