"""octoDNS's Manager for a configuration, with stszone's providers in place of those that do harm."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from os import environ
from typing import Any

import dns.exception
from octodns.manager import Manager
from octodns.secret.environ import EnvironSecrets

from stszone.errors import StszoneError
from stszone.planning.config import Config
from stszone.planning.trouble import not_made, require_environment

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
