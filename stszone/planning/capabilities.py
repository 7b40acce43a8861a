"""What a target cannot hold, said by `check` before any provider is asked."""

from __future__ import annotations

import importlib
from collections.abc import Iterator

from stszone.errors import InputError
from stszone.planning.config import ZONEFILE, Config
from stszone.report import Finding
from stszone.rules import finding
from stszone.store.repository import State


def unsupported(state: State, config: Config) -> Iterator[Finding]:
    """A finding for each RRset whose type its zone's target does not know.  Raises InputError."""
    supports = {
        name: _supports(config, name)
        for name in {target for zone in state.compiled.zones for target in config.targets(zone)}
        if config.class_of(name) != ZONEFILE
    }
    if not supports:
        return
    for zone in state.compiled.zones.values():
        for target in config.targets(zone.name):
            for (name, type_), rrset in zone.rrsets.items() if target in supports else ():
                if type_ not in supports[target]:
                    what = f"{target} ({config.class_of(target)}) cannot hold {name} {type_}"
                    yield finding("TGT001", what, key=rrset.key, domain=zone.owners[name, type_][0])


def _supports(config: Config, provider: str) -> frozenset[str]:
    """The types that a provider's class says it knows; no credentials are needed for that."""
    path = config.class_of(provider)
    module, _, name = path.rpartition(".")
    try:
        return frozenset(getattr(importlib.import_module(module), name).SUPPORTS)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"{config.path}: providers.{provider}.class {path!r}: {error}") from None
