"""ConohaProvider: what octoDNS sees of ConoHa."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from logging import getLogger

from octodns.provider import SupportsException
from octodns.provider.base import BaseProvider
from octodns.provider.plan import Plan
from octodns.record import Delete, Record, Update
from octodns.record.change import Change
from octodns.zone import Zone as OctoZone

from .errors import ConohaException, ConohaNoAnswer, ConohaRefused
from .hiding import Hider
from .identity import Token, sign_in_v2, sign_in_v3
from .limits import EITHER, MAX_TTL, TYPES, unsupported
from .session import Session
from .settings import OPTIONS, Settings, generation, long_txt, read_settings
from .steps import set_changes
from .transport import Transport
from .v2 import ClientV2
from .v3 import ClientV3
from .values import Key, Zone, spelled
from .view import View, show
from .writer import Client, Writer

_ZONE_TTL = 3600


class ConohaProvider(BaseProvider):  # type: ignore[misc]  # octoDNS carries no types
    """ConoHa DNS.

    conoha:
      class: octodns_conoha.ConohaProvider
      # tyo1, tyo2, sin1, sjc1 (v2) or c3j1 (v3)
      region: c3j1
      tenant_id: env/CONOHA_TENANT_ID
      # v3; v2 takes username, the API user's name, instead
      user_id: env/CONOHA_USER_ID
      password: env/CONOHA_PASSWORD

    All options are in the README.
    """

    SUPPORTS_GEO = False
    SUPPORTS_MULTIVALUE_PTR = False
    SUPPORTS_ROOT_NS = False
    SUPPORTS = EITHER
    """What one generation or the other can hold; an instance knows which."""

    KEEPS_OCTETS = True
    """Values that stay are not written again, so nothing of them is lost."""

    def __init__(
        self,
        id: str,
        *args: object,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
        **kwargs: object,
    ) -> None:
        options = {key: kwargs.pop(key) for key in OPTIONS if key in kwargs}
        self.log = getLogger(f"ConohaProvider[{id}]")
        self.log.debug("__init__: id=%s, region=%s, password=***", id, options.get("region"))
        self._settings = read_settings(options)
        self.SUPPORTS = TYPES[self._settings.api_version]
        super().__init__(id, *args, **kwargs)
        self._transport, self._client = connect(self._settings, sleep, clock)
        self._views: dict[str, View] = {}
        self._omitted: dict[str, set[Key]] = {}

    @classmethod
    def unsupported(
        cls, settings: Mapping[str, object], name: str, type: str, rdatas: Sequence[str]
    ) -> str | None:
        """Why this provider cannot hold an RRset, and the way out; None, if nothing is known against it.

        `settings` is the provider's entry in the configuration, unexpanded; nothing is asked of
        ConoHa.  `name` is absolute; `rdatas` are as in a zone file.  Raises ConohaException when the
        settings themselves are wrong.
        """
        return unsupported(generation(settings), long_txt(settings), name, type, rdatas)

    def list_zones(self) -> list[str]:
        """The names of the account's zones, for octoDNS's dynamic configuration."""
        return sorted(zone.name for zone in self._client.zones())

    def populate(self, zone: OctoZone, target: bool = False, lenient: bool = False) -> bool:
        """Add what ConoHa has; False when the account has no such zone.  Raises ConohaException."""
        self.log.debug("populate: name=%s, target=%s, lenient=%s", zone.name, target, lenient)
        before = len(zone.records)
        found, view = self._client.zone(zone.name), View()
        if found:
            view = show(zone, found, self._client.values(found), self, lenient, self.log)
        self._views[zone.name] = view
        count = len(zone.records) - before
        self.log.info("populate:   found %s records, exists=%s", count, found is not None)
        return found is not None

    def _process_desired_zone(self, desired: OctoZone) -> OctoZone:
        """Say what ConoHa cannot hold; without strict_supports leave it as it is there."""
        omitted = self._omitted[desired.name] = set()
        view = self._views.get(desired.name, View())
        for record in desired.records:
            why = self._cannot_hold(record, view)
            if why:
                self.supports_warn_or_except(f"{record.fqdn} {record._type}: {why}", "leaving what is there")
                desired.remove_record(record)
                omitted.add((record.fqdn, record._type))
            elif not self._settings.min_ttl <= record.ttl <= MAX_TTL:
                self._limit_ttl(desired, record)
        return super()._process_desired_zone(desired)

    def _cannot_hold(self, record: Record, view: View) -> str | None:
        """What is known against an RRset; nothing can be against values that are there."""
        if record._type not in self.SUPPORTS and record._type not in ("CAA", "TLSA", "PTR"):
            return None  # octoDNS's own words will do
        key = record.fqdn, record._type
        new = [text for rdata, text in spelled(record) if (key, record.ttl, rdata) not in view.held]
        s = self._settings
        return unsupported(s.api_version, s.long_txt, *key, new) if new else None

    def _limit_ttl(self, desired: OctoZone, record: Record) -> None:
        ttl = min(max(record.ttl, self._settings.min_ttl), MAX_TTL)
        what = f"{record.fqdn} {record._type}: ConoHa does not take a TTL of {record.ttl}"
        self.supports_warn_or_except(what, f"using {ttl}")
        record = record.copy()
        record.ttl = ttl
        desired.add_record(record, replace=True, lenient=True)

    def _process_existing_zone(
        self, existing: OctoZone, desired: OctoZone, lenient: bool = False
    ) -> OctoZone:
        """What is left out of the wanted zone is not to be deleted for that."""
        for record in existing.records:
            if (record.fqdn, record._type) in self._omitted.get(existing.name, ()):
                existing.remove_record(record)
        return super()._process_existing_zone(existing, desired, lenient=lenient)

    def _extra_changes(
        self, existing: OctoZone, desired: OctoZone, changes: Iterable[Change]
    ) -> list[Change]:
        """One TTL for sets that have several.  Raises SupportsException for a set that is left alone."""
        view = self._views.get(existing.name, View())
        changed = {(change.record.fqdn, change.record._type): change for change in changes}
        for key in changed.keys() & view.hidden.keys():
            if not isinstance(changed[key], Delete):
                what = f"{key[0]} {key[1]} {view.hidden[key]} and is left alone"
                raise SupportsException(f"{self.id}: {what}; take it out of the zone's source or of ConoHa")
        extra = []
        for key in view.mixed - changed.keys():
            before, after = (_record(zone, key) for zone in (existing, desired))
            if before and after and before is not after:  # the same: somebody wants it left as it is
                extra.append(Update(before, after))
        return extra

    def _apply(self, plan: Plan) -> None:
        """Make a plan's changes.  Raises ConohaException; another plan shows what is left then."""
        name = plan.desired.name
        zone = self._client.zone(name) or self._create_zone(name)
        Writer(self._client, zone, self.log, self._transport.pause).apply(set_changes(plan))

    def _create_zone(self, name: str) -> Zone:
        if not self._settings.create_zones:
            what = f"the account has no zone {name} in this region"
            raise ConohaException(f"{what}; create it in the control panel, or set create_zones and email")
        self.log.info("create zone %s", name)
        try:
            return self._client.create_zone(name, self._settings.email, _ZONE_TTL)
        except (ConohaNoAnswer, ConohaRefused) as error:
            trouble = error
        if isinstance(trouble, ConohaRefused) and trouble.status != 409:
            raise trouble
        for attempt in range(3):  # lists may lag behind writes
            if found := self._client.zone(name):
                return found
            self._transport.pause(attempt)
        raise trouble


def _record(zone: OctoZone, key: Key) -> Record | None:
    return next((one for one in zone.records if (one.fqdn, one._type) == key), None)


def connect(
    settings: Settings, sleep: Callable[[float], None], clock: Callable[[], float]
) -> tuple[Transport, Client]:
    """The client of the right generation, and the transport that it uses.  Nothing is sent yet."""
    hider = Hider()
    for secret in settings.credentials.all():
        hider.add(secret)
    transport = Transport(settings.timeout, hider, sleep, clock)

    def sign_in() -> Token:
        ask = sign_in_v2 if settings.api_version == "v2" else sign_in_v3
        return ask(transport, settings.identity, settings.credentials, clock())

    session = Session(transport, settings.dns, sign_in, clock)
    if settings.api_version == "v2":
        return transport, ClientV2(session)
    return transport, ClientV3(session, settings.long_txt)
