"""A BIND `named` of one's own on loopback: its key, its zones, and what it was asked to change."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdataset
import dns.tsig
import dns.tsigkeyring
import dns.update
import dns.zone
from dns.rdatatype import RdataType

KEY = "stszone-test"
DIGITS, DIGITS_SECRET = "stszone-digits", "012345678901"
"""A second key, whose secret (base64) looks like a number with a zero first."""
ALGORITHM = "hmac-sha256"
HOST = "127.0.0.1"
WAIT = 15.0
"""Seconds that named has to answer or to end."""

ZONES = ("example.com", "example.org", "113.0.203.in-addr.arpa")
"""Zones that the key may read and change."""
READ_ONLY = "readonly.example"
"""A zone that the key may read only."""
SIGNED = "signed.example"
"""A zone that the key may change and that named signs (DNSSEC)."""
ABSENT = "absent.example"
"""A zone that the server does not have."""

EMPTY = "@ 3600 IN SOA ns.example.net. hostmaster.example.net. 1 7200 900 1209600 3600\n@ 3600 IN NS ns.example.net.\n"

_CONFIG = """
options {{
  directory "{directory}";
  listen-on port {port} {{ {host}; }};
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  recursion no;
  notify no;
  empty-zones-enable no;
  dnssec-validation no;
  check-names primary ignore;
  allow-transfer {{ key {key}; key {digits}; }};
}};
controls {{ }};
key {key} {{ algorithm {algorithm}; secret "{secret}"; }};
key {digits} {{ algorithm {algorithm}; secret "{digits_secret}"; }};
{zones}
"""


def find_named() -> str | None:
    """The program, which is not on everybody's path."""
    return shutil.which("named") or shutil.which("named", path="/usr/sbin:/usr/local/sbin")


def free_port() -> int:
    """A port of loopback that nobody listens on, neither by TCP nor by UDP."""
    while True:
        with socket.socket() as tcp, socket.socket(type=socket.SOCK_DGRAM) as udp:
            tcp.bind((HOST, 0))
            with suppress(OSError):
                udp.bind(tcp.getsockname())
                return int(tcp.getsockname()[1])


@dataclass
class Named:
    """A running server."""

    directory: Path
    program: str
    secret: str
    """Base64."""
    zones: tuple[str, ...] = ZONES
    """What the keys may read and change."""
    files: Path | None = None
    """Where there are zone files `<zone>.zone` to begin with; else the zones are empty."""
    port: int = field(default_factory=free_port)

    def __post_init__(self) -> None:
        access = f"allow-update {{ key {KEY}; key {DIGITS}; }};"
        zones = [self._zone(zone, access) for zone in self.zones]
        zones.append(self._zone(READ_ONLY, "allow-update { none; };"))
        signing = f"allow-update {{ key {KEY}; }}; dnssec-policy default;"
        zones.append(self._zone(SIGNED, signing))
        config = self.directory / "named.conf"
        config.write_text(
            _CONFIG.format(
                directory=self.directory, port=self.port, host=HOST, key=KEY, algorithm=ALGORITHM,
                secret=self.secret, digits=DIGITS, digits_secret=DIGITS_SECRET, zones="".join(zones),
            )
        )  # fmt: skip
        # Ubuntu's AppArmor holds /usr/sbin/named to /etc/bind; a copy may read the test's directory.
        program = shutil.copy(self.program, self.directory / "named")
        self._log = self.directory / "named.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [program, "-g", "-4", "-n", "1", "-c", str(config)],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.directory,
            )  # fmt: skip

    def _zone(self, zone: str, access: str) -> str:
        begin = self.files / f"{zone}.zone" if self.files else None
        text = begin.read_text() if begin and begin.exists() else EMPTY
        (self.directory / f"{zone}.db").write_text(text)
        return f'zone "{zone}" {{ type primary; file "{zone}.db"; {access} }};\n'

    def wait(self) -> None:
        """Ask until it answers for every zone.  Raises RuntimeError with its log when it does not."""
        # 50 ms for each answer, which also is the pace of asking while nobody listens yet.
        for _ in range(int(WAIT / 0.05)):
            if self._process.poll() is not None:
                break
            if all(self._answers(zone, "SOA") for zone in (*self.zones, READ_ONLY)) and self._answers(
                SIGNED, "DNSKEY"
            ):
                return
        self.stop()
        raise RuntimeError(f"named did not start:\n{self._log.read_text()}")

    def _answers(self, zone: str, type_: str) -> bool:
        query = dns.message.make_query(zone, type_)
        try:
            answer = dns.query.udp(query, HOST, timeout=0.05, port=self.port)
        except (dns.exception.DNSException, OSError):
            return False
        return bool(answer.flags & dns.flags.AA and answer.answer)

    def stop(self) -> None:
        """End the process that was started here."""
        self._process.terminate()
        try:
            self._process.wait(WAIT)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def transfer(self, zone: str) -> dict[tuple[str, str], dns.rdataset.Rdataset]:
        """Every RRset by owner name (absolute) and type, as it is on the wire."""
        found = dns.zone.Zone(dns.name.from_text(zone), relativize=False)
        query, _ = dns.xfr.make_query(found, keyring=self._keyring(), keyalgorithm=ALGORITHM)
        dns.query.inbound_xfr(HOST, found, query, port=self.port, timeout=WAIT)
        return {
            (name.to_text(), rdataset.rdtype.name): rdataset for name, rdataset in found.iterate_rdatasets()
        }

    def update(self, zone: str, add: str = "", remove: Iterable[tuple[str, str]] = ()) -> None:
        """What somebody else does: remove RRsets, add the records of a zone file's lines."""
        update = self._update(zone)
        for name, type_ in remove:
            update.delete(dns.name.from_text(name), type_)
        for name, rdataset in _records(zone, add):
            update.add(name, rdataset)
        self._send(update)

    def _update(self, zone: str) -> dns.update.UpdateMessage:
        return dns.update.UpdateMessage(zone, keyring=self._keyring(), keyalgorithm=ALGORITHM)

    def _send(self, update: dns.update.UpdateMessage) -> None:
        answer = dns.query.tcp(update, HOST, port=self.port, timeout=WAIT)
        assert answer.rcode() == dns.rcode.NOERROR, answer

    def hold(self, zone: str, text: str) -> None:
        """Make the zone what a zone file says; the SOA stays, for its serial only ever goes up."""
        apex = dns.name.from_text(zone)
        records = _records(zone, text)
        wanted = {(name.to_text(), rdataset.rdtype.name): rdataset for name, rdataset in records}
        kept = {(apex.to_text(), "SOA"), (apex.to_text(), "NS")}
        update = self._update(zone)
        for name, type_ in self.transfer(zone).keys() - kept:
            update.delete(dns.name.from_text(name), type_)
        for name, rdataset in records:
            update.add(name, rdataset)
        # One by one and last: a server keeps the whole apex NS RRset when told to delete it.
        for old in self.transfer(zone)[apex.to_text(), "NS"]:
            if old not in wanted[apex.to_text(), "NS"]:
                update.delete(apex, old)
        self._send(update)
        held = self.transfer(zone)
        del held[apex.to_text(), "SOA"]
        assert held == wanted, "the zone to begin with is not as the test wants it"

    def updates(self) -> int:
        """How many UPDATE messages it got, those that changed nothing and those it refused included."""
        return sum(
            ': signer "' in line or line.endswith("/IN' denied")
            for line in self._log.read_text().splitlines()
        )

    def _keyring(self) -> dict[dns.name.Name, dns.tsig.Key]:
        return dns.tsigkeyring.from_text({KEY: (ALGORITHM, self.secret)})


def _records(zone: str, text: str) -> list[tuple[dns.name.Name, dns.rdataset.Rdataset]]:
    """The RRsets of a zone file but its SOA."""
    text = f"$ORIGIN {zone}.\n$TTL 3600\n{text}"
    found = dns.zone.from_text(text, zone, relativize=False, check_origin=False)
    return [(name, rds) for name, rds in found.iterate_rdatasets() if rds.rdtype != RdataType.SOA]
