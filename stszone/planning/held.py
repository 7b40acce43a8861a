"""The ledgers of both sides of a branch: what each says is stszone's, and what the branch says anew."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path

from stszone.compiler import NameType
from stszone.difference import Held
from stszone.ledger import Ledger, Place
from stszone.report import Finding
from stszone.rules import finding
from stszone.store.ledger_file import FOLDER, SUFFIX
from stszone.store.state import State

_NAMED = 10
"""RRsets that a finding names."""


def held(
    ledgers: Iterable[Ledger], targets: Mapping[str, Collection[str]]
) -> Mapping[str, Mapping[NameType, Held]]:
    """What the ledgers say stszone published, by zone, where the zone's targets are still the same."""
    found: dict[str, dict[NameType, Held]] = {}
    for ledger in ledgers:
        for place, rdatas in ledger.owned.items():
            target, zone, name, type_ = place
            if target in targets.get(zone, ()):
                before = found.setdefault(zone, {}).get((name, type_))
                both = rdatas | (before.rdatas if before else frozenset())
                found[zone][name, type_] = Held(ledger.domain, both, ledger.ttls.get(place, 0))
    return found


def told(base: State, head: State) -> Iterator[Finding]:
    """What a branch says anew in the ledgers, and what it takes out of them."""
    before, after = base.repository, head.repository
    known = {place for ledger in before.ledgers.values() for place in ledger.owned}
    for name in sorted(before.ledgers.keys() | after.ledgers.keys()):
        if before.ledgers.get(name) == after.ledgers.get(name):
            continue
        file = after.directory / FOLDER / f"{name}{SUFFIX}"
        there = after.ledgers[name].owned if name in after.ledgers else ()
        new = [one for one in there if one not in known]
        if new:
            what = f"the branch says that {_listed(new)} {'are' if len(new) > 1 else 'is'} stszone's"
            yield finding("INP013", what, domain=name).located(str(file), 1, 1)
        if lost := _lost(before.directory / FOLDER / file.name, file):
            what = f"the branch takes {lost} {'line' if lost == 1 else 'lines'} out of the ledger"
            found = finding("INP013", what, domain=name)
            yield found.located(str(file), 1, 1) if file.exists() else found


def _listed(places: Collection[Place]) -> str:
    texts = list(dict.fromkeys(f"{name} {type_}" for _, _, name, type_ in sorted(places)))
    more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
    return ", ".join(texts[:_NAMED]) + more


def _lost(before: Path, after: Path) -> int:
    """How many lines are not there any more."""
    was, now = (path.read_bytes().splitlines() if path.is_file() else [] for path in (before, after))
    return len({*was} - {*now})
