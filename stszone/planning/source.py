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
from stszone.store.repository import Hosting, State, read_repository, state_at
from stszone.store.settings import read_settings

TYPES = frozenset(
    [
        "A",
        "AAAA",
        "CAA",
        "CNAME",
        "DNAME",
        "DS",
        "HTTPS",
        "LOC",
        "MX",
        "NAPTR",
        "NS",
        "PTR",
        "SRV",
        "SSHFP",
        "SVCB",
        "TLSA",
        "TXT",
        "URI",
    ]
)


def read_state(zones: Path, providers: Path, now: datetime) -> State:
    """The repository at a moment, as both directories describe it.

    Raises InputError for what is wrong with providers/; what is wrong in zones/ becomes findings.
    """
    config, settings = read_config(providers), read_settings(providers)
    hosting = Hosting(config.zones, config.dynamic, frozenset(settings.policy_hosts))
    return state_at(read_repository(zones, hosting), now)


def to_record(zone: OctoZone, rrset: RRset, source: object = None) -> Record:
    """An RRset of ours as octoDNS has it; octoDNS does the quoting."""
    return Record.from_rrset(
        zone, Rrset(f"{rrset.name}.", rrset.type, rrset.ttl, rrset.rdatas), source=source
    )


class MailSource(BaseSource):  # type: ignore[misc]  # octoDNS carries no types
    """Mail domains as an octoDNS source.

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
        """What the repository should be now.  Raises InputError when the files are wrong."""
        if self._state is None:
            self._state = read_state(*self._directories, datetime.now(UTC))
            if errors := self._state.forbidding(self._state.lives):
                raise InputError("; ".join(f"{found.file}:{found.line}: {found.message}" for found in errors))
        return self._state

    def zone(self, name: str) -> Zone | None:
        """What the repository puts into a zone; the name as octoDNS has it."""
        return self.state.compiled.zones.get(name.removesuffix("."))

    def list_zones(self) -> list[str]:
        """Every zone of the repository, for `*` entries."""
        return sorted(f"{name}." for name in self.state.compiled.zones)

    def populate(self, zone: OctoZone, target: bool = False, lenient: bool = False) -> bool:
        """Add our records to a zone."""
        ours = self.zone(zone.name)
        for rrset in ours.rrsets.values() if ours else ():
            zone.add_record(to_record(zone, rrset, self), lenient=lenient)
        return False
