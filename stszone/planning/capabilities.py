"""What a target cannot hold, said by `check` before any provider is asked."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Container, Iterator, Mapping
from dataclasses import dataclass

from stszone.errors import InputError
from stszone.planning.config import ZONEFILE, Config, kind
from stszone.planning.trouble import not_made
from stszone.report import Finding
from stszone.rules import finding
from stszone.store.state import State


def unsupported(state: State, config: Config) -> Iterator[Finding]:
    """A finding for each RRset that its zone's target cannot hold.  Raises InputError."""
    targets = {target for zone in state.compiled.zones for target in config.targets(zone)}
    holders = {name: _Holder.of(config, name) for name in targets if config.class_of(name) != ZONEFILE}
    if not holders:
        return
    for zone in state.compiled.zones.values():
        for target in holders.keys() & config.targets(zone.name):
            for (name, type_), rrset in zone.rrsets.items():
                try:
                    reason = holders[target].refuses(name, type_, rrset.rdatas)
                except Exception as error:  # noqa: BLE001 - whatever a provider's class says of its settings
                    raise not_made(config, f"providers.{target}", error) from None
                if reason is not None:
                    what = f"{target} ({config.class_of(target)}) cannot hold {name} {type_}{reason}"
                    yield finding("TGT001", what, key=rrset.key, domain=zone.owners[name, type_][0])


def require_classes(config: Config) -> None:
    """Every class of the configuration can be imported, of targets that are not in use as well.

    octoDNS makes all of them at each plan.  No credentials are needed here.  Raises InputError.
    """
    for section in ("providers", "processors"):
        for name in getattr(config, section):
            _class(config, section, name)


@dataclass(frozen=True, slots=True)
class _Holder:
    """What a provider's class says of itself; what it does not say is taken for possible."""

    types: Container[str] | None
    several_ptr: bool
    says: Callable[[Mapping[str, object], str, str, tuple[str, ...]], str | None] | None
    """Some classes tell from their settings alone what they cannot hold, and the way out."""
    settings: Mapping[str, object]

    @classmethod
    def of(cls, config: Config, provider: str) -> _Holder:
        """Raises InputError."""
        if provider not in config.providers:
            raise InputError(f"{config.path}: no provider {provider}; it is a target of some zone")
        class_ = _class(config, "providers", provider)
        types = getattr(class_, "SUPPORTS", None)
        several, says = getattr(class_, "SUPPORTS_MULTIVALUE_PTR", True), getattr(class_, "unsupported", None)
        return cls(
            types if isinstance(types, Container) else None,
            several if isinstance(several, bool) else True,
            says if callable(says) else None,
            config.providers[provider],
        )

    def refuses(self, name: str, type_: str, rdatas: tuple[str, ...]) -> str | None:
        """Why an RRset cannot be held, as the end of a clause; None where nothing is known against it."""
        if self.says and (reason := self.says(self.settings, name, type_, rdatas)):
            return f": {reason}"
        if self.types is not None and type_ not in self.types:
            return ""
        if type_ == "PTR" and len(rdatas) > 1 and not self.several_ptr:
            return f" with {len(rdatas)} values, {', '.join(rdatas)}"
        return None


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
