"""The targets that every case runs on: what a case has to know of them, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import dns.name
import dns.rdataset
import dns.zone

from tests.conformance.named import ALGORITHM, EMPTY, HOST, KEY, Named

Held = dict[tuple[str, str], tuple[int, frozenset[str]]]
"""(owner name with its dot, type) → TTL and rdata as dnspython prints it, octet for octet."""

SECRET = "STSZONE_TEST_TSIG"
"""The environment variable that holds the TSIG secret."""


class Target(Protocol):
    """A place where zones are."""

    name: str
    """The id in octodns.yaml."""

    def entry(self) -> str:
        """The provider in octodns.yaml, as a YAML flow mapping."""

    def hold(self, zone: str, text: str) -> None:
        """Begin a case with the records of a zone file."""

    def held(self, zone: str) -> Held:
        """Every RRset that is there, without the SOA."""

    def serial(self, zone: str) -> int:
        """The serial of the SOA."""

    def edit(self, zone: str, add: str = "", remove: tuple[tuple[str, str], ...] = ()) -> None:
        """A change by somebody else: take RRsets out, put the records of a zone file in."""

    def writes(self) -> object:
        """Something that is another as soon as anything was written, or sent to be written."""


@dataclass
class ZoneFiles:
    """stszone's own target."""

    root: Path
    name: str = "zonefile"

    def entry(self) -> str:
        return "{class: stszone.planning.zonefile.ZoneFile, directory: build/zones, ns: [ns.example.net]}"

    def hold(self, zone: str, text: str) -> None:
        self._path(zone).parent.mkdir(parents=True, exist_ok=True)
        head = "" if " SOA " in text else EMPTY.partition("\n")[0] + "\n"
        self._path(zone).write_text(f"$ORIGIN {zone}.\n$TTL 3600\n{head}{text}")

    def held(self, zone: str) -> Held:
        return _held({(n.to_text(), r.rdtype.name): r for n, r in self._read(zone).iterate_rdatasets()})

    def serial(self, zone: str) -> int:
        return int(self._read(zone).get_soa().serial)

    def edit(self, zone: str, add: str = "", remove: tuple[tuple[str, str], ...] = ()) -> None:
        read = self._read(zone)
        for name, type_ in remove:
            read.delete_rdataset(name, type_)
        self.hold(zone, read.to_text(want_origin=True, nl="\n") + f"\n$TTL 3600\n{add}")

    def writes(self) -> object:
        files = sorted(self.root.glob("build/zones/*"))
        return [(path.name, path.stat().st_mtime_ns, path.read_bytes()) for path in files]

    def _path(self, zone: str) -> Path:
        return self.root / f"build/zones/{zone}.zone"

    def _read(self, zone: str) -> dns.zone.Zone:
        return dns.zone.from_file(str(self._path(zone)), zone, relativize=False, check_origin=False)


@dataclass
class Bind:
    """A real named, through octodns-bind."""

    named: Named
    name: str = "bind"

    def entry(self) -> str:
        return (
            f"{{class: octodns_bind.Rfc2136Provider, host: {HOST}, port: {self.named.port}, timeout: 10, "
            f"key_name: {KEY}, key_secret: env/{SECRET}, key_algorithm: {ALGORITHM}}}"
        )

    def hold(self, zone: str, text: str) -> None:
        self.named.hold(zone, text)

    def held(self, zone: str) -> Held:
        return _held(self.named.transfer(zone))

    def serial(self, zone: str) -> int:
        return int(self.named.transfer(zone)[f"{zone}.", "SOA"][0].serial)

    def edit(self, zone: str, add: str = "", remove: tuple[tuple[str, str], ...] = ()) -> None:
        self.named.update(zone, add, remove)

    def writes(self) -> object:
        return self.named.updates()


def _held(rdatasets: dict[tuple[str, str], dns.rdataset.Rdataset]) -> Held:
    return {
        (name.lower(), type_): (rdataset.ttl, frozenset(rdata.to_text(chunksize=0) for rdata in rdataset))
        for (name, type_), rdataset in rdatasets.items()
        if type_ != "SOA"
    }


def configuration(zones: dict[str, tuple[str, ...]], *targets: Target) -> str:
    """providers/octodns.yaml with these targets, and which zone goes where."""
    providers = "".join(f"  {target.name}: {target.entry()}\n" for target in targets)
    entries = "".join(
        f"  {zone}.: {{sources: [stszone], processors: [mail-scope], targets: [{', '.join(names)}]}}\n"
        for zone, names in zones.items()
    )
    return f"""\
manager: {{max_workers: 1, validators: {{enabled: [strict]}}}}
providers:
  stszone: {{class: stszone.planning.source.MailSource, zones: zones, providers: providers}}
{providers}processors:
  mail-scope: {{class: stszone.planning.processor.MailScope}}
zones:
{entries}"""
