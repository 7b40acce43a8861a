"""The targets that every case runs on: what a case has to know of them, and no more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import dns.name
import dns.rdataset
import dns.zone

from tests.conformance import route53
from tests.conformance.named import ALGORITHM, EMPTY, HOST, KEY, Named

Held = dict[tuple[str, str], tuple[int, frozenset[str]]]
"""(owner name with its dot, type) → TTL and rdata as dnspython prints it, octet for octet."""

SECRET = "STSZONE_TEST_TSIG"
"""The environment variable that holds the TSIG secret."""


AWS_KEY, AWS_SECRET = "STSZONE_TEST_AWS_KEY", "STSZONE_TEST_AWS_SECRET"
"""The environment variables that hold the key for Route 53."""

REMOVE = (
    *(word for number in range(1, 6) for word in ("--allow", f"GRD00{number}")),
    "--reason", "what this test is about",
)  # fmt: skip
"""What a plan or apply needs that takes records away."""


class Target(Protocol):
    """A place where zones are."""

    name: str
    """The id in octodns.yaml."""
    lacks: frozenset[str]
    """Types of record that stszone cannot put there, and says so."""
    one_ptr: bool
    """Whether an address can have one name only, and stszone says so."""
    counts: bool
    """Whether the serial goes up with every change."""

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
    lacks: frozenset[str] = frozenset()
    one_ptr: bool = False
    counts: bool = True

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
    lacks: frozenset[str] = frozenset()
    one_ptr: bool = False
    counts: bool = True

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


@dataclass
class Route53:
    """moto's Route 53, put right, through octodns-route53."""

    server: route53.Route53
    name: str = "route53"
    lacks: frozenset[str] = frozenset({"TLSA"})
    one_ptr: bool = True
    counts: bool = False

    def entry(self) -> str:
        return (
            f"{{class: octodns_route53.Route53Provider, access_key_id: env/{AWS_KEY}, "
            f"secret_access_key: env/{AWS_SECRET}, client_max_attempts: 1, root_ns_warnings: false}}"
        )

    def hold(self, zone: str, text: str) -> None:
        self.server.zone(zone).reset(text)

    def held(self, zone: str) -> Held:
        """Aliases and routing policies as well, as what they are."""
        found: Held = {}
        for one in self.server.zone(zone).sets.values():
            name = dns.name.from_text(route53.decimal(one.name)).to_text()
            if one.routing or one.id:
                found[name, f"{one.type} {one.id}"] = one.ttl or 0, frozenset((*one.values, one.routing))
            elif one.type != "SOA":
                values = (route53.rdata(one.type, value).to_text(chunksize=0) for value in one.values)
                found[name, one.type] = one.ttl or 0, frozenset(values)
        return found

    def serial(self, zone: str) -> int:
        server = self.server.zone(zone)
        return int(server.sets[server.name, "SOA", ""].values[0].split()[2])

    def edit(self, zone: str, add: str = "", remove: tuple[tuple[str, str], ...] = ()) -> None:
        server = self.server.zone(zone)
        gone = {(route53.api_name(dns.name.from_text(name)), type_) for name, type_ in remove}
        server.sets = {key: one for key, one in server.sets.items() if key[:2] not in gone}
        for key, one in route53.sets_of(zone, add).items():
            old = server.sets.get(key)
            values = (*(old.values if old else ()), *one.values)
            server.sets[key] = replace(one, values=tuple(dict.fromkeys(values)))

    def writes(self) -> object:
        return self.server.changes


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
