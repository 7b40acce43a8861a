"""The octoDNS source: what the repository compiles to, zone by zone."""

from __future__ import annotations

from datetime import UTC, datetime
from logging import getLogger
from pathlib import Path

from octodns.record import Record
from octodns.record.rr import Rrset
from octodns.source.base import BaseSource
from octodns.zone import Zone as OctoZone

from stszone.compiler import Zone
from stszone.errors import InputError
from stszone.planning.config import read_config
from stszone.standards.rrset import RRset
from stszone.store.repository import Hosting, read_repository
from stszone.store.settings import read_settings
from stszone.store.state import State, state_at

TYPES = frozenset({
    "A", "AAAA", "CAA", "CNAME", "DNAME", "DS", "HTTPS", "LOC", "MX", "NAPTR", "NS", "PTR", "SRV", "SSHFP",
    "SVCB", "TLSA", "TXT", "URI",
})  # fmt: skip


def read_state(zones: Path, providers: Path, now: datetime, *, publishes: bool = True) -> State:
    """The repository at a moment, as both directories describe it.

    Raises InputError for what is wrong with providers/; what is wrong in zones/ becomes findings.
    """
    config, settings = read_config(providers), read_settings(providers)
    hosting = Hosting(config.zones, config.dynamic, frozenset(settings.policy_hosts))
    return state_at(read_repository(zones, hosting), now, publishes=publishes)


def to_record(zone: OctoZone, rrset: RRset, source: object = None, *, lenient: bool = False) -> Record:
    """An RRset of ours as octoDNS has it; octoDNS does the quoting."""
    octo = Rrset(f"{rrset.name}.", rrset.type, rrset.ttl, rrset.rdatas)
    return Record.from_rrset(zone, octo, source=source, lenient=lenient)


class MailSource(BaseSource):  # type: ignore[misc]  # octoDNS carries no types
    """Mail domains as an octoDNS source.

    octoDNS alone publishes no policy files, so no record announces a policy that `stszone apply`
    has not put in place; and a domain with a blocked step is refused.

    Configuration:
      class: stszone.planning.source.MailSource
      # the mail domains' YAML files; relative to the working directory
      zones: zones
      # the directory of this very configuration, for stszone.yaml and the names of zones
      providers: providers
    """

    SUPPORTS_GEO = False
    SUPPORTS_MULTIVALUE_PTR = True
    SUPPORTS = TYPES

    def __init__(self, id: str, zones: str = "zones", providers: str = "providers") -> None:
        self.log = getLogger(f"MailSource[{id}]")
        super().__init__(id)
        self._directories = Path(zones), Path(providers)
        self._state: State | None = None

    def use(self, state: State) -> None:
        """Publish this state instead of reading the directories again."""
        self._state = state

    @property
    def state(self) -> State:
        """What the repository should be now.  Raises InputError when it may not be published."""
        if self._state is None:
            state = read_state(*self._directories, datetime.now(UTC), publishes=False)
            errors = [f"{one.file}:{one.line}: {one.message}" for one in state.forbidding(state.lives)]
            for name, live in state.lives.items():
                errors += [f"{name}: {step.reason}" for step in live.steps if step.state == "blocked"]
            if errors:
                raise InputError("; ".join(errors))
            self._state = state
        return self._state

    def zone(self, name: str) -> Zone | None:
        """What the repository puts into a zone; the name as octoDNS has it."""
        return self.state.compiled.zones.get(name.removesuffix("."))

    def list_zones(self) -> list[str]:
        """Every zone of the repository, and those that still hold something of ours, for `*` entries."""
        return sorted(f"{name}." for name in {*self.state.compiled.zones, *self.state.zones})

    def populate(self, zone: OctoZone, target: bool = False, lenient: bool = False) -> bool:
        """Add our records to a zone."""
        ours = self.zone(zone.name)
        for rrset in ours.rrsets.values() if ours else ():
            # Lenient: a zone that still holds something of ours is no reason to keep names out of its parent.
            zone.add_record(to_record(zone, rrset, self), lenient=True)
        return False
