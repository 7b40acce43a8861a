"""A saved plan: what was reviewed, what it was made from, and what has moved since.

The file holds no secret: changes, steps, and hashes of what was looked at.  `apply FILE` makes the plan
again and does it only where both agree in everything.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from stszone.cli.session import Session
from stszone.errors import InputError
from stszone.ledger import format_time
from stszone.planning import config
from stszone.planning.work import Planned, ZoneWork
from stszone.render import as_json
from stszone.scope import DNSSEC
from stszone.store import settings
from stszone.store.atomic import write_file
from stszone.store.git import head
from stszone.store.ledger_file import ledger_path

_HEAD = 200
"""Bytes in which a saved plan says that it is one."""

SHOWN = 10
"""How many of the things that moved are told."""

Record = Mapping[str, JsonValue]


class Place(BaseModel):
    """One mail domain in one zone at one target, as in the JSON of a plan."""

    model_config = ConfigDict(extra="allow")  # what a reviewer reads beside it is not compared

    domain: str
    zone: str
    target: str
    stage: str
    changes: list[Record]
    steps: list[Record]


class SavedPlan(BaseModel):
    """A plan with all that it was made from."""

    model_config = ConfigDict(extra="forbid", strict=True)

    format_version: Literal[1]
    kind: Literal["stszone plan"]
    at: str
    """UTC, `2026-12-24T00:00:00Z`."""
    commit: str
    """HEAD of the repository that holds zones/; empty where it is in none."""
    chosen: list[str]
    """The mail domains that the plan is about."""
    allow: list[str]
    reason: str
    targets: dict[str, list[str]]
    """By zone."""
    providers: dict[str, str]
    """SHA-256 of the files that say where zones and policies go, by name."""
    learned: list[str]
    """What only enters the ledger: `take over NAME TYPE` and `forget NAME TYPE`, each with its place."""
    live: dict[str, dict[str, str]]
    """SHA-256 of what was found, by owner name and type, for each `ZONE at TARGET` with something to do."""
    ledgers: dict[str, str]
    """SHA-256 of the ledgers, by mail domain; empty for one that did not exist."""
    digest: str
    summary: dict[str, int]
    domains: list[Place] = Field(repr=False)


def save(session: Session, planned: Planned) -> SavedPlan:
    """What a plan says and what it was made from; after the ids that it mints are in the ledgers."""
    report = planned.report
    zones = sorted({one.zone for one in report.domains})
    shown = as_json.plan(report)
    data = {
        "format_version": 1,
        "kind": "stszone plan",
        "at": format_time(session.now),
        "commit": _commit(session.zones),
        "chosen": sorted(planned.domains),
        "allow": list(session.allow),
        "reason": session.reason,
        "targets": {zone: list(planned.config.targets(zone)) for zone in zones},
        "providers": {path.name: _sha256(path.read_bytes()) for path in _settings(session.providers)},
        "learned": sorted(line for work in planned.work for line in _learned(work)),
        "live": {_place(one): _fingerprints(one) for one in planned.work if not one.view.decision.idle},
        "ledgers": {one.domain: _ledger(session.zones, one.domain) for one in report.domains},
        "digest": report.digest,
        "summary": shown["summary"],
        "domains": shown["domains"],
    }
    # By way of JSON, so that a plan is equal to the same one read from its file.
    return SavedPlan.model_validate_json(json.dumps(data))


def _commit(zones: Path) -> str:
    try:
        return head(zones)
    except InputError:
        return ""  # without git there is no commit, and the plan is none the worse


def _settings(providers: Path) -> list[Path]:
    return [path for name in (config.FILE, settings.FILE) if (path := providers / name).is_file()]


def _learned(work: ZoneWork) -> Iterator[str]:
    decision = work.view.decision
    yield from (f"take over {one.name} {one.type} in {_place(work)}" for one in decision.claims)
    yield from (f"forget {name} {type_} in {_place(work)}" for name, type_ in decision.forgotten)


def _place(work: ZoneWork) -> str:
    return f"{work.zone} at {work.target}"


def _fingerprints(work: ZoneWork) -> dict[str, str]:
    """What is live, but for signatures, which their server renews all the time."""
    return {
        f"{name} {type_}": _sha256(repr((ttl, sorted(rdatas))).encode())
        for (name, type_), (ttl, rdatas) in sorted(work.view.live.items())
        if type_ not in DNSSEC
    }


def _ledger(zones: Path, domain: str) -> str:
    try:
        return _sha256(ledger_path(zones, domain).read_bytes())
    except FileNotFoundError:
        return ""


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def write(path: Path, plan: SavedPlan) -> None:
    """Write a plan's file, replacing an older one.  Raises InputError."""
    try:
        write_file(path, plan.model_dump_json(indent=1).encode() + b"\n")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; give --out the name of a file") from None


def is_saved(path: Path) -> bool:
    """Whether a file looks like a saved plan, whatever its name."""
    try:
        with path.open("rb") as file:
            return b'"stszone plan"' in file.read(_HEAD)
    except OSError:
        return False


def read(path: Path) -> SavedPlan:
    """Read a plan's file.  Raises InputError."""
    try:
        return SavedPlan.model_validate_json(path.read_bytes())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}; `stszone plan --out {path}` writes a plan") from None
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        what = f"{where}: {first['msg']}" if where else first["msg"]
        raise InputError(f"{path}: not a plan that this stszone saved ({what}); plan again") from None


def moved(plan: SavedPlan, now: SavedPlan) -> list[str]:
    """What is not as it was when a plan was saved; empty where it still holds."""
    found = [
        *_gone(plan, now),
        *_targets(plan, now),
        *(f"{name} was changed" for name, one in plan.providers.items() if now.providers.get(name) != one),
        *(f"{line}: not in both" for line in sorted({*plan.learned} ^ {*now.learned})),
        *_live(plan.live, now.live),
        *(
            f"the ledger of {name} was written to"
            for name, hashed in plan.ledgers.items()
            if now.ledgers.get(name, hashed) != hashed
        ),
        *_changes(plan, now),
    ]
    if not found and plan.digest != now.digest:
        found.append("the plan itself is another one")
    return found


def _gone(plan: SavedPlan, now: SavedPlan) -> Iterator[str]:
    left = set(now.chosen)
    yield from (f"{name} is no mail domain here any more" for name in plan.chosen if name not in left)


def _targets(plan: SavedPlan, now: SavedPlan) -> Iterator[str]:
    for zone, targets in plan.targets.items():
        if (current := now.targets.get(zone, targets)) != targets:
            yield f"zone {zone} goes to {', '.join(current)}, not to {', '.join(targets)}"


def _live(before: Mapping[str, Mapping[str, str]], now: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for place, records in before.items():
        current = now.get(place)
        if current is None:
            continue  # nothing to do there any more, which the changes tell
        for record in sorted({*records, *current}):
            if record not in records:
                yield f"zone {place}: {record} was added"
            elif record not in current:
                yield f"zone {place}: {record} was removed"
            elif records[record] != current[record]:
                yield f"zone {place}: {record} was changed"


def _changes(plan: SavedPlan, now: SavedPlan) -> Iterator[str]:
    """Changes and steps that are only in one of the plans, or differ."""
    before, after = _items(plan), _items(now)
    for key in sorted({*before, *after}):
        if before.get(key) != after.get(key):
            what = "is not due any more" if key not in after else "is new" if key not in before else "differs"
            domain, place, label = key
            yield f"{domain} at {place}: {label} {what}"


def _items(plan: SavedPlan) -> dict[tuple[str, str, str], list[Record]]:
    items: dict[tuple[str, str, str], list[Record]] = {}
    for one in plan.domains:
        for change in one.changes:
            label = f"{change.get('action')} {change.get('name')} {change.get('type')}"
            items.setdefault((one.domain, one.target, label), []).append(change)
        for step in one.steps:
            items.setdefault((one.domain, one.target, f"step {step.get('kind')}"), []).append(step)
    return items


def told(path: Path, plan: SavedPlan, now: SavedPlan, found: Iterable[str]) -> str:
    """Why a plan is not done, and what to do."""
    found = list(found)
    more = [f"and {len(found) - SHOWN} more"] if len(found) > SHOWN else []
    commits = f" at commit {plan.commit[:12]}; here is {now.commit[:12]}" if plan.commit != now.commit else ""
    lines = "".join(f"\n  {line}" for line in [*found[:SHOWN], *more])
    return (
        f"{path} was planned {plan.at}{commits}. Since then moved:{lines}\nplan again, and have it reviewed"
    )
