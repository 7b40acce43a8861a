"""The short road: a zone file that is as wanted, word for word, needs no octoDNS to say so."""

from __future__ import annotations

from collections.abc import Mapping

from stszone.errors import StszoneError
from stszone.planning.config import ZONEFILE, Config
from stszone.planning.trouble import not_made, takes_secrets
from stszone.planning.zonefile import ZoneFile
from stszone.report import Finding
from stszone.scope import Decision, unmanaged
from stszone.store.state import State


class QuickTargets:
    """The zone file targets of a configuration.

    The same `decide` that octoDNS's processor asks, on text that was read without parsing.  Where
    it finds anything to do, or the text is not in the form that stszone writes, octoDNS decides.
    """

    def __init__(self, config: Config) -> None:
        self._config = config
        self._files: dict[str, ZoneFile] = {}
        for name, entry in config.providers.items():
            if entry.get("class") == ZONEFILE and not takes_secrets(config, entry):
                settings = {key: value for key, value in entry.items() if key != "class"}
                try:
                    self._files[name] = ZoneFile(name, **settings)
                except (TypeError, ValueError, StszoneError) as error:
                    raise not_made(config, f"providers.{name}", error) from None

    def look(self, state: State, zone: str) -> Mapping[str, tuple[Decision, list[Finding]]] | None:
        """What there is to say, by target, when nothing is to do at any; None: take the long road."""
        entry = self._config.entry(zone)
        wanted = state.compiled.zones.get(zone)
        alone = entry is not None and entry.sources == (self._config.source,) and len(entry.processors) == 1
        if entry is None or wanted is None or not alone or not entry.targets:
            return None
        found = {}
        for target in entry.targets:
            live = self._files[target].quick_rrsets(zone) if target in self._files else None
            if live is None:
                return None
            decision = state.decide(target, wanted, live)
            if not decision.idle:
                return None
            found[target] = decision, list(unmanaged(wanted, live, state.owned(target, zone)))
        return found
