"""Which mail domains the rules may judge otherwise on the other side of a branch."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from stszone.standards.names import longest_zone
from stszone.standards.rrset import POINTERS, points_to
from stszone.store.state import State


def affected_by(base: State, head: State) -> set[str]:
    """Mail domains of which the rules may say something else on the other side.

    Those whose YAML or ledger differs, those that hold a name that differs or stand below one, and those
    that point to one.
    """
    before, after = base.repository, head.repository
    names = {
        name
        for name in before.domains.keys() | after.domains.keys()
        if before.domains.get(name) != after.domains.get(name)
        or before.ledgers.get(name) != after.ledgers.get(name)
    }
    moved: set[str] = set()
    for zone in base.compiled.zones.keys() | head.compiled.zones.keys():
        both = [one.rrsets if (one := state.compiled.zones.get(zone)) else {} for state in (base, head)]
        if both[0] != both[1]:
            moved |= {key[0] for key, _ in both[0].items() ^ both[1].items()}
    above = names | set(map(_bare, moved))
    holding = {".".join(name.split(".")[at:]) for name in moved for at in range(name.count(".") + 1)}
    for state in (base, head):
        names |= {name for name in state.repository.domains if name in holding or longest_zone(name, above)}
        names.update(_pointing(state, moved))
    lost = (name for side in (before, after) for name, units in side.lost.items() if units)
    return names.difference(lost)


def _bare(name: str) -> str:
    """The domain that a name with underscores speaks about."""
    labels = name.split(".")
    while len(labels) > 2 and (labels[0].startswith("_") or "_" in "".join(labels[:2])):
        labels.pop(0)
    return ".".join(labels)


def _pointing(state: State, moved: Collection[str]) -> Iterator[str]:
    """Mail domains with a record that points to one of these names."""
    for zone in state.compiled.zones.values() if moved else ():
        for key, rrset in zone.rrsets.items():
            if key[1] in POINTERS and any(points_to(one) in moved for one in rrset.rdatas):
                yield from zone.owners[key]
