"""Which zone is written before which: an address before the records that point to it.

octoDNS writes zone by zone, so an MX in one zone could be live while its host in another zone has
no address yet, or never gets one because that zone cannot be written.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stszone.planning.work import Planned, ZoneWork
from stszone.standards.rrset import ADDRESSES, POINTERS, points_to


def addresses_first(work: Iterable[ZoneWork], missing: set[str]) -> Iterator[ZoneWork]:
    """The same zones, each after those that give its hosts an address.

    Zones that point to each other come as they are: a zone is written at once, so one has to be
    the first.
    """
    left, missing = list(work), set(missing)
    while left:
        ready = [item for item in left if not pointed_to(item) & (missing - addressed(item))] or left
        yield from ready
        for item in ready:
            missing -= addressed(item)
        done = set(map(id, ready))
        left = [item for item in left if id(item) not in done]


def addressed(work: ZoneWork) -> set[str]:
    """Hosts that have an address once a zone is written."""
    return {name for name, type_ in work.view.decision.put if type_ in ADDRESSES}


def pointed_to(work: ZoneWork) -> set[str]:
    """Hosts that the MX, SRV and CNAME records to be written point to."""
    return {
        points_to(rdata)
        for (_, type_), rrset in work.view.decision.ours.items()
        if type_ in POINTERS
        for rdata in rrset.rdatas
    }


def hosts_without_address(planned: Planned) -> set[str]:
    """Hosts that the repository gives an address, and that surely, or perhaps, have none yet."""
    present = set(_present(planned))
    wanted = {
        name
        for zone in planned.state.compiled.zones.values()
        for name, type_ in zone.rrsets
        if type_ in ADDRESSES
    }
    return wanted - present


def _present(planned: Planned) -> Iterator[str]:
    """Hosts with an address: seen in a zone that was compared, or published and not compared now."""
    compared = {(item.target, item.zone) for item in planned.work}
    failed = {failure.zone for failure in planned.failures}
    for item in planned.work:
        yield from (name for name, type_ in item.view.live if type_ in ADDRESSES)
    for ledger in planned.state.repository.ledgers.values():
        for target, zone, name, type_ in ledger.owned:
            if type_ in ADDRESSES and (target, zone) not in compared and zone not in failed:
                yield name
