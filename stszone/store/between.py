"""What follows from all mail domains together: hosts that stay, and files that contradict each other."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime

from stszone.compiler import Compiled
from stszone.ledger import Ledger
from stszone.lifecycle import Live
from stszone.report import Finding
from stszone.rules import finding
from stszone.scope import Need
from stszone.standards import mta_sts
from stszone.standards.names import longest_zone
from stszone.standards.rrset import ADDRESSES, POINTERS, points_to
from stszone.store.ledger_file import ledger_path
from stszone.store.repository import Repository


def needed_hosts(
    lives: Mapping[str, Live], compiled: Compiled, ledgers: Collection[Ledger], now: datetime
) -> dict[str, Need]:
    """Hosts that an MX, SRV or CNAME of ours names, or named until lately (ORD17)."""
    needed: dict[str, Need] = {}
    for name, live in lives.items():
        if live.stage not in ("absent", "delegated"):
            needed[mta_sts.policy_name(name)] = Need(f"senders fetch the MTA-STS policy of {name} there")
    for ledger in ledgers:
        for former in ledger.former_mx:
            if former.until > now:
                reason = f"resolvers may still hold it as an MX host of {ledger.domain}"
                needed.update(dict.fromkeys(former.hosts, Need(reason, former.until)))
        for (_, _, name, _), rdatas in ledger.mx_sets():
            need = Need(f"it is an MX host of {name} until that has changed")
            needed.update(dict.fromkeys(map(points_to, rdatas), need))
    wanted = compiled.rrsets()
    for (name, type_), rrset in wanted.items():
        if type_ in POINTERS:
            needed.update(dict.fromkeys(map(points_to, rrset.rdatas), Need(f"{name} {type_} points there")))
    return _unless_wanted(needed, compiled)


def still_pointed_to(ledgers: Iterable[Ledger], compiled: Compiled) -> dict[str, Need]:
    """Hosts that records of mail domains point to which do not change now, whatever their YAML says."""
    needed = {}
    for ledger in ledgers:
        for (_, _, name, type_), rdatas in ledger.owned.items():
            if type_ in POINTERS:
                reason = f"{name} {type_} points there, and {ledger.domain} does not change now"
                needed.update(dict.fromkeys(map(points_to, rdatas), Need(reason)))
    return _unless_wanted(needed, compiled)


def _unless_wanted(needed: Mapping[str, Need], compiled: Compiled) -> dict[str, Need]:
    """Where the name goes on having an address, in this type or another, nothing is lost."""
    addressed = {
        name for zone in compiled.zones.values() for name, type_ in zone.rrsets if type_ in ADDRESSES
    }
    return {host: need for host, need in needed.items() if host not in addressed}


def orphans(repository: Repository, lives: Mapping[str, Live]) -> Iterator[Finding]:
    """Ledgers whose YAML is gone while senders may still hold a policy."""
    for name, live in lives.items():
        if repository.unread or name in repository.layers:
            continue  # the YAML is there, and something is wrong with it
        if live.wanted is None and live.stage != "absent":
            until = f" before {live.safe_to_remove_at:%Y-%m-%d %H:%M} UTC" if live.safe_to_remove_at else ""
            what = f"{name} has no YAML file any more, but its MTA-STS policy may not go{until}"
            file = str(ledger_path(repository.directory, name))
            yield finding("LED002", what, domain=name).located(file, 1, 1)


def zones_in_doubt(repository: Repository) -> Iterator[Finding]:
    """Domains whose zone was guessed although one above is known, or said although one below is."""
    zones = repository.zones
    for name, domain in repository.domains.items():
        deepest = longest_zone(name, zones)
        if deepest != domain.zone:
            what = f"zone is {domain.zone}, but {deepest} is a zone too, and holds {name}"
            yield finding("INP008", what, domain=name, key=("zone",), fix=f"write zone: {deepest}")
        elif domain.zone == name and name not in repository.hosting.zones and name in repository.unzoned:
            above = longest_zone(name.partition(".")[2], zones)
            if above is not None:
                what = f"{name} is taken for a zone of its own, beside the zone {above}"
                yield finding("INP010", what, domain=name, fix=f"write zone: {above}, or zone: {name}")
