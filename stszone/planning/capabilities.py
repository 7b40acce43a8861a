"""What a target cannot hold, said by `check` before any provider is asked."""

from __future__ import annotations

import importlib
from collections.abc import Container, Iterator

from stszone.errors import InputError
from stszone.planning.config import ZONEFILE, Config, kind
from stszone.report import Finding
from stszone.rules import finding
from stszone.store.state import State


def unsupported(state: State, config: Config) -> Iterator[Finding]:
    """A finding for each RRset that its zone's target cannot hold.  Raises InputError."""
    targets = {target for zone in state.compiled.zones for target in config.targets(zone)}
    supports = {name: _supports(config, name) for name in targets if config.class_of(name) != ZONEFILE}
    if not supports:
        return
    for zone in state.compiled.zones.values():
        for target in config.targets(zone.name):
            for (name, type_), rrset in zone.rrsets.items() if target in supports else ():
                if type_ not in supports[target]:
                    lacking = ""
                elif type_ == "PTR" and len(rrset.rdatas) > 1 and not _takes_several_ptr(config, target):
                    lacking = f" with {len(rrset.rdatas)} values, {', '.join(rrset.rdatas)}"
                else:
                    continue
                what = f"{target} ({config.class_of(target)}) cannot hold {name} {type_}{lacking}"
                yield finding("TGT001", what, key=rrset.key, domain=zone.owners[name, type_][0])


def require_classes(config: Config) -> None:
    """Every class of the configuration can be imported, of targets that are not in use as well.

    octoDNS makes all of them at each plan.  No credentials are needed here.  Raises InputError.
    """
    for section in ("providers", "processors"):
        for name in getattr(config, section):
            _class(config, section, name)


def _supports(config: Config, provider: str) -> Container[str]:
    """The types that a provider's class says it knows; all, where only an instance can tell."""
    if provider not in config.providers:
        raise InputError(f"{config.path}: no provider {provider}; it is a target of some zone")
    types = getattr(_class(config, "providers", provider), "SUPPORTS", None)
    return types if isinstance(types, Container) else _Everything()


def _takes_several_ptr(config: Config, provider: str) -> bool:
    """Whether a provider's class takes several names for one address; yes, if it does not say."""
    takes = getattr(_class(config, "providers", provider), "SUPPORTS_MULTIVALUE_PTR", True)
    return takes if isinstance(takes, bool) else True


class _Everything:
    """Holds whatever is asked for."""

    def __contains__(self, item: object) -> bool:
        return True


def _class(config: Config, section: str, name: str) -> object:
    path = getattr(config, section)[name].get("class")
    place = f"{config.path}: {section}.{name}.class"
    if not isinstance(path, str):
        raise InputError(f"{place} is {kind(path)}; the path of a class belongs here")
    module, _, class_name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), class_name)
    except (ImportError, AttributeError, ValueError) as error:
        raise InputError(f"{place} {path}: {error}") from None
