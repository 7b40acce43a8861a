"""Answers the open questions about ConoHa's API with a real account and a scratch zone.

    export CONOHA_TENANT_ID=… CONOHA_USER_ID=… CONOHA_PASSWORD=…     (v3)
    export CONOHA_TENANT_ID=… CONOHA_USERNAME=… CONOHA_PASSWORD=…    (v2)
    python -m octodns_conoha.live_check --region c3j1 --zone scratch.example --served 15

The zone has to be there and to hold nothing but its SOA and apex NS.  Whatever is made is at or
below `_octodns-probe` in it, and is taken out again in the end, after errors and Ctrl-C as well.

With --served the name servers are asked too, for so many minutes, what they make of the texts.

Exit status: 0 when everything is as this package assumes, 1 when something differs or could not be
found out, 2 when nothing was tried, 3 when something of it may still be in the zone.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from os import environ
from typing import TextIO

from .errors import ConohaException
from .live_assumed import ASSUMED, SERVED
from .live_probes import LABEL, PROBES, Scratch
from .live_served import Ask, ask, served
from .provider import connect
from .settings import Settings, read_settings
from .steps import hidden_sets
from .values import Value, Zone
from .writer import Client

_SECRETS = ("tenant_id", "tenant_name", "user_id", "username", "password")
_TRIES = 3


class Refused(Exception):
    """Why nothing is tried."""


def main(
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] = environ,
    out: TextIO = sys.stdout,
    sleep: Callable[[float], None] = time.sleep,
    look_up: Ask = ask,
) -> int:
    """Run the check; the exit status."""
    options = _options(arguments)
    try:
        settings = _settings(options, environment)
        transport, client = connect(settings, sleep, time.time)
        name = options.zone.lower().removesuffix(".") + "."
        zone = client.zone(name)
        if zone is None:
            raise Refused(f"the account has no zone {name} in {options.region}")
        _refuse_if_in_use(client, zone, options.clean_up)
        scratch = Scratch(client.session, settings.api_version, zone.id, zone.name, zone.ttl)
        probes = () if options.clean_up else _probes(scratch, options.served * 60.0, sleep, look_up)
        return _run(probes, client, zone, out, transport.pause)
    except (ConohaException, Refused) as error:
        print(f"nothing was tried: {error}", file=out)
        return 2


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m octodns_conoha.live_check",
        description="Find out what ConoHa's DNS API does, in a zone that is used for nothing else.",
        epilog=f"Credentials: CONOHA_{', CONOHA_'.join(_SECRETS).upper()}.",
    )
    parser.add_argument("--region", required=True, help="tyo1, tyo2, sin1, sjc1 or c3j1")
    parser.add_argument("--zone", required=True, help="a zone with nothing but SOA and NS")
    parser.add_argument("--clean-up", action="store_true", help="only take out what a killed run left")
    parser.add_argument("--served", type=int, default=0, metavar="MINUTES", help="ask the name servers too")
    parser.add_argument("--identity-endpoint", help="for tests")
    parser.add_argument("--dns-endpoint", help="for tests")
    return parser.parse_args(arguments)


def _settings(options: argparse.Namespace, environment: Mapping[str, str]) -> Settings:
    found: dict[str, object] = {key: environment.get(f"CONOHA_{key.upper()}") for key in _SECRETS}
    endpoints = {"identity_endpoint": options.identity_endpoint, "dns_endpoint": options.dns_endpoint}
    return read_settings({"region": options.region, **found, **endpoints})


def _refuse_if_in_use(client: Client, zone: Zone, leftovers: bool) -> None:
    """Raises Refused when the zone holds more than its SOA and apex NS, and perhaps leftovers."""
    values = client.values(zone)
    own = hidden_sets((value for value in values if not value.gslb), zone.name)
    others = [value for value in values if value.key not in own]
    if others and not leftovers:
        some = ", ".join(f"{value.name} {value.rdata.type}" for value in others[:3])
        raise Refused(f"{zone.name} is in use, or was left by a killed run (--clean-up): {some}")


def _probes(
    scratch: Scratch, seconds: float, sleep: Callable[[float], None], look_up: Ask
) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Question, answer, and the answers that are assumed; what cannot be asked is told as well."""
    assumed = dict(ASSUMED[scratch.version])
    for probe in PROBES:
        try:
            for question, answer in probe(scratch):
                yield question, answer, assumed.pop(question)
        except ConohaException as error:
            yield probe.__name__, f"no answer: {error}", ("one",)
    for question in sorted(assumed):
        yield question, "not known", assumed[question]
    if seconds:
        servers = [str(one["data"]) for one in scratch.at(scratch.zone) if one.get("type") == "NS"]
        for question, answer in served(scratch.texts, servers, seconds, sleep, look_up):
            yield question, answer, SERVED


def _run(
    probes: Iterable[tuple[str, str, tuple[str, ...]]],
    client: Client,
    zone: Zone,
    out: TextIO,
    pause: Callable[[int], None],
) -> int:
    """Print what the probes find and leave the zone as it was; the exit status."""
    differs = False
    try:
        for question, answer, assumed in probes:
            right = answer in assumed
            differs = differs or not right
            expected = "" if right else f" (assumed: {' or '.join(assumed)})"
            print(f"{'as assumed' if right else 'DIFFERS   '}  {question}: {answer}{expected}", file=out)
    except ConohaException as error:
        differs = True
        print(f"the rest is not known: {error}", file=out)
    finally:
        left = _clean_up(client, zone, pause)
        for one in left:
            print(f"STILL THERE  {one}", file=out)
    return 3 if left else int(differs)


def _ours(value: Value, zone: Zone) -> bool:
    return f".{value.name}".endswith(f".{LABEL}.{zone.name}")


def _clean_up(client: Client, zone: Zone, pause: Callable[[int], None]) -> list[str]:
    """Take out all that is below the label; what is left, in words."""
    left: list[str] = []
    for attempt in range(_TRIES):
        try:
            values = [value for value in client.values(zone) if _ours(value, zone)]
            for value in values:
                client.delete(zone, value)
            left = [str(value) for value in client.values(zone) if _ours(value, zone)]
        except ConohaException as error:
            left = [f"perhaps, below {LABEL}.{zone.name}: {error}"]
        if attempt and not left:
            return []
        pause(attempt)  # lists may lag behind writes, so the first clean one is not believed
    return left


if __name__ == "__main__":
    sys.exit(main())
