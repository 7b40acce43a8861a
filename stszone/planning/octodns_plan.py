"""The long road: octoDNS's Manager compares zones with their targets, in a dry run."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from os import environ
from typing import Any

import dns.exception
from octodns.manager import Manager
from octodns.provider.base import BaseProvider
from octodns.provider.plan import Plan as OctoPlan
from octodns.secret.environ import EnvironSecrets

from stszone.compiler import Zone
from stszone.errors import StszoneError
from stszone.planning.config import Config
from stszone.planning.processor import Conflict, MailScope, View
from stszone.planning.source import MailSource
from stszone.planning.trouble import Secrets, not_made, require_environment, unanswered
from stszone.planning.work import Failure, Progress, ZoneWork
from stszone.planning.zonefile import ZoneFile
from stszone.rules import finding
from stszone.scope import unmanaged
from stszone.store.state import State

_OURS = {
    "octodns_bind.BindProvider": "stszone.planning.bind.Rfc2136",
    "octodns_bind.Rfc2136Provider": "stszone.planning.bind.Rfc2136",
    "octodns_route53.Route53Provider": "stszone.planning.route53.Route53",
}
"""What stands in for providers that harm the records of others; imported only where it is in use."""

_TEXT = re.compile(r"key|secret|token|pass|auth|cred|user|login|account|tenant|name|(^|_)id$", re.IGNORECASE)
"""Settings that are texts, also where the environment holds nothing but digits."""


class _Manager(Manager):  # type: ignore[misc]  # octoDNS carries no types
    """octoDNS's Manager, which makes one provider at a time, to tell which of them cannot be made."""

    def __init__(self, config: Config) -> None:
        self._of = config
        super().__init__(str(config.path))

    def _config_providers(self, entries: Mapping[str, Any]) -> dict[str, Any]:  # Any: octoDNS's own
        for entry in entries.values():
            if entry.get("class") in _OURS:
                entry["class"] = _OURS[entry["class"]]
        return self._one_by_one(super()._config_providers, "providers", entries)

    def _config_processors(self, entries: Mapping[str, Any]) -> dict[str, Any]:  # Any: octoDNS's own
        return self._one_by_one(super()._config_processors, "processors", entries)

    def _build_kwargs(self, source: Mapping[str, Any]) -> dict[str, Any]:  # Any: octoDNS's own
        # octoDNS makes a number of whatever looks like one: the secret 0123456789 loses its first digit.
        kwargs: dict[str, Any] = super()._build_kwargs(source)
        ours = isinstance(self.secret_handlers["env"], EnvironSecrets)
        for key, value in source.items() if ours else ():
            if isinstance(value, str) and value.startswith("env/") and isinstance(kwargs[key], int | float):
                name, _, default = value.removeprefix("env/").partition("/")
                text = environ.get(name, default)
                if _TEXT.search(key) or str(kwargs[key]) != text:
                    kwargs[key] = text
        return kwargs

    def _one_by_one(
        self, make: Callable[[dict[str, Any]], dict[str, Any]], section: str, entries: Mapping[str, Any]
    ) -> dict[str, Any]:  # Any: octoDNS's own
        made = {}
        for name, entry in entries.items():
            require_environment(self._of, f"{section}.{name}", entry)
            try:
                made.update(make({name: entry}))
                _try_key(made[name])
            except Exception as error:  # noqa: BLE001 - constructors of any provider
                raise not_made(self._of, f"{section}.{name}", error) from None
        return made


def _try_key(provider: object) -> None:
    """Read the TSIG key now: octodns-bind does so in the middle of the first transfer."""
    read_key = getattr(provider, "_auth_params", None)
    if read_key is not None and any(one.__module__ == "octodns_bind" for one in type(provider).__mro__):
        try:
            read_key()
        except (ValueError, TypeError, AttributeError, dns.exception.DNSException) as error:
            raise ValueError(f"key_secret is no TSIG key: {error}") from None


def open_manager(config: Config) -> Manager:
    """octoDNS for a configuration.  Raises InputError, and UnknownError where a host has no address."""
    try:
        return _Manager(config)
    except StszoneError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever else the configuration asks octoDNS for
        raise not_made(config, "octoDNS", error) from None


class _Capture:
    """A plan output of octoDNS that keeps the plans."""

    def __init__(self) -> None:
        self.plans: list[tuple[BaseProvider, OctoPlan]] = []

    def run(self, plans: list[tuple[BaseProvider, OctoPlan]], log: object, fh: object) -> None:
        self.plans.extend(plans)


def compare(
    state: State, config: Config, zones: list[str], now: datetime, progress: Progress
) -> tuple[list[ZoneWork], list[Failure]]:
    """Plan these zones through octoDNS.  A zone that fails is told apart from those that do not.

    Where a target can say fast that a zone is as wanted, octoDNS is not asked.
    """
    manager = open_manager(config)
    capture = _Capture()
    manager.plan_outputs = {"stszone": capture}
    source, scope = manager.providers[config.source], manager.processors[config.scope]
    if not isinstance(source, MailSource) or not isinstance(scope, MailScope):
        raise TypeError(f"{config.path}: {config.source} and {config.scope} are not stszone's classes")
    source.use(state)
    for provider in manager.providers.values():
        if isinstance(provider, ZoneFile):
            provider.now = now
    work = [
        settled
        for zone in progress(zones, len(zones), "zones at servers")
        for settled in _settled(manager, state, config, zone)
    ]
    zones = sorted(set(zones) - {item.zone for item in work})
    failures = _sync(manager, config, zones, capture, progress)
    octo = {(provider.id, plan.desired.name.removesuffix(".")): plan for provider, plan in capture.plans}
    failed = {failure.zone for failure in failures}
    for (target, zone), view in sorted(scope.views.items(), key=lambda item: item[0][::-1]):
        if zone not in failed:
            work.append(ZoneWork(zone, target, manager.providers[target], view, octo.get((target, zone))))
    for item in list(work):
        if item.octo is not None and item.octo.exists is False and not isinstance(item.provider, ZoneFile):
            work.remove(item)
            failures.append(_missing(item))
    return work, failures


def _settled(manager: Manager, state: State, config: Config, zone: str) -> list[ZoneWork]:
    """What there is to say of a zone in which nothing is to do at any target; empty: octoDNS decides."""
    entry, wanted = config.entry(zone), state.compiled.zones.get(zone) or Zone(zone)
    if entry is None or entry.sources != (config.source,) or entry.processors != (config.scope,):
        return []
    found = []
    for target in entry.targets:
        provider = manager.providers.get(target)
        quick = getattr(provider, "quick_rrsets", None)
        live = quick(zone) if quick else None
        if live is None:
            return []
        decision = state.decide(target, wanted, live)
        if not decision.idle:
            return []
        view = View(live, wanted, decision, list(unmanaged(wanted, live, state.owned(target, zone))))
        found.append(ZoneWork(zone, target, provider, view, None))
    return found


def _sync(
    manager: Manager, config: Config, zones: list[str], capture: _Capture, progress: Progress
) -> list[Failure]:
    """octoDNS compares the zones: all in one go, and one by one when that fails, to tell which.

    `force` only skips octoDNS's 30 % check; in a dry run nothing is written.
    """
    failures = [
        Failure(zone, "", f"{config.path}: no targets for {zone}")
        for zone in zones
        if not config.targets(zone)
    ]
    rest = [zone for zone in zones if config.targets(zone)]
    if rest and _failure(manager, config, rest) is not None:
        capture.plans.clear()
        for zone in progress(rest, len(rest), "zones one by one"):
            if failure := _failure(manager, config, [zone]):
                failures.append(failure)
    return failures


def _failure(manager: Manager, config: Config, zones: list[str]) -> Failure | None:
    """Let octoDNS plan these zones; what went wrong, about the first of them."""
    first, targets = zones[0], ", ".join(config.targets(zones[0]))
    try:
        manager.sync(eligible_zones=[f"{zone}." for zone in zones], dry_run=True, force=True)
    except Conflict as conflict:
        return Failure(first, targets, str(conflict), findings=tuple(conflict.findings))
    except Exception as error:  # noqa: BLE001 - octoDNS and its providers have no common base
        return Failure(first, targets, Secrets(config).told(error), unknown=unanswered(error))
    return None


def _missing(work: ZoneWork) -> Failure:
    found = finding("TGT002", f"{work.target} has no zone {work.zone}")
    return Failure(work.zone, work.target, f"{found.message}; {found.fix}", findings=(found,))
