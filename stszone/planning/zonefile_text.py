"""The text of a zone file (RFC 1035 §5): reading it, writing it in one canonical form, its serial.

Canonical is one record a line, `owner ttl IN type rdata`, every name absolute, in the order of RFC 4034 §6.1:
a change of one record is one line of a git diff.

Why the written file carries a seal, a checksum over its records: who finds it unbroken knows that every line
is as dnspython prints it, and may split the lines instead of parsing them, which is a hundred times faster.
A file edited by hand has a broken seal and is parsed; it gets a new one with the next change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

import dns.exception
import dns.name
import dns.node
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.tokenizer
import dns.transaction
import dns.zone
import dns.zonefile
from dns.rdatatype import RdataType
from octodns.provider import ProviderException

from stszone.errors import StszoneError

Key = tuple[dns.name.Name, RdataType, RdataType]
"""Owner name, type, and for signatures the type they cover (else NONE)."""
Rdatasets = dict[Key, dns.rdataset.Rdataset]
Texts = dict[tuple[str, str], tuple[int, tuple[str, ...]]]
"""(owner name in lower case without trailing dot, type) → (TTL, rdatas in presentation form, sorted)."""

_HEAD = (
    b"; Kept by stszone, which reads this file back before it writes: edit records as you like.\n"
    b"; Comments and directives do not outlive the next change.  Seal of the records: "
)
_SEAL_END = len(_HEAD) + 32
_BODY = _SEAL_END + 1

_SERIALS = 2**32
_SINGLE = frozenset({RdataType.SOA, RdataType.CNAME, RdataType.DNAME})


class ZoneFileError(ProviderException, StszoneError):  # type: ignore[misc]  # octoDNS has no types
    """A zone file cannot be read, or must not be written; the text says which, where and why."""


class _Reader(dns.zonefile.Reader):
    begun: tuple[str, int] | None = None
    """File and line of the record that is being read; dnspython names the line after it."""

    def _rr_line(self) -> None:
        self.begun = self.tok.where()
        super()._rr_line()
        self.begun = None

    def _eat_line(self) -> None:
        # dnspython skips a record outside the zone in silence, and the next write would lose it.
        raise ValueError(f"{self.last_name} is outside the zone; move it or take it out")


def parse_zone(text: str, origin: dns.name.Name, filename: str) -> Rdatasets:
    """Every record of a zone file.  Raises ZoneFileError with file and line."""
    zone = dns.zone.Zone(origin, relativize=False)
    with zone.writer(True) as txn:
        txn.check_put_rdataset(_refuse_second)
        tok = dns.tokenizer.Tokenizer(text, filename)
        reader = _Reader(tok, dns.rdataclass.IN, txn, allow_include=True)
        try:
            reader.read()
        except (dns.exception.DNSException, ValueError, OSError) as error:
            raise ZoneFileError(_complaint(reader, error, filename, text)) from None
        finally:
            if reader.current_file is not None:
                reader.current_file.close()
    return {(name, rds.rdtype, rds.covers): rds for name, rds in zone.iterate_rdatasets()}


def _complaint(reader: _Reader, error: Exception, filename: str, text: str) -> str:
    where = "{}:{}: ".format(*reader.tok.where())
    what = str(error).removeprefix(where) or type(error).__name__
    if reader.begun is None:
        return where + what
    file, line = reader.begun
    shown = f"{text.split(chr(10))[line - 1]}: " if file == filename else ""
    return f"{file}:{line}: {shown}{what}"


def _refuse_second(
    txn: dns.transaction.Transaction, name: dns.name.Name, rdataset: dns.rdataset.Rdataset
) -> None:
    # dnspython lets the last one win; named does not load such a zone.
    before = txn.get(name, rdataset.rdtype) if rdataset.rdtype in _SINGLE else None
    if before is not None and before != rdataset:
        raise ValueError(f"a second {rdataset.rdtype.name} at {name}")


def rdata_text(rdata: dns.rdata.Rdata) -> str:
    """Presentation form, without the blanks in long hexadecimal and base64 that octoDNS cannot read."""
    return rdata.to_text(chunksize=0)


def format_zone(rdatasets: Rdatasets) -> bytes:
    """The canonical file, sealed.

    Raises ZoneFileError where a name has a CNAME and other data (RFC 1034 §3.6.2).
    """
    _refuse_cname_conflicts(rdatasets)
    body = "".join(_lines(key, rdatasets[key]) for key in sorted(rdatasets, key=_place)).encode("ascii")
    return _HEAD + _seal(body) + b"\n" + body


def _seal(body: bytes) -> bytes:
    return blake2b(body, digest_size=16).hexdigest().encode("ascii")


def _place(key: Key) -> tuple[tuple[bytes, ...], int, str, str]:
    """Subtrees together, the apex first; at the apex SOA, then NS, as readers of zone files expect."""
    name, rdtype, covers = key
    first = {RdataType.SOA: 0, RdataType.NS: 1}.get(rdtype, 2)
    return name.canonicalize().labels[::-1], first, _mnemonic(rdtype), _mnemonic(covers)


def _mnemonic(rdtype: RdataType) -> str:
    return dns.rdatatype.to_text(rdtype)


def _lines(key: Key, rdataset: dns.rdataset.Rdataset) -> str:
    start = f"{key[0].canonicalize().to_text()} {rdataset.ttl} IN {_mnemonic(key[1])} "
    return "".join(f"{start}{text}\n" for text in sorted(map(rdata_text, rdataset)))


def _refuse_cname_conflicts(rdatasets: Rdatasets) -> None:
    kinds: dict[dns.name.Name, set[dns.node.NodeKind]] = {}
    for (name, _, _), rdataset in rdatasets.items():
        kinds.setdefault(name, set()).add(dns.node.NodeKind.classify_rdataset(rdataset))
    for name, found in kinds.items():
        if {dns.node.NodeKind.CNAME, dns.node.NodeKind.REGULAR} <= found:
            raise ZoneFileError(f"{name} would have a CNAME and other data; take one of them out")


def sealed_rrsets(data: bytes, zone: str | None = None) -> Texts | None:
    """All RRsets but the SOA of a file that nobody touched since `format_zone` made it, else None.

    With `zone`, the SOA must be that zone's.
    """
    body = data[_BODY:]
    if not data.startswith(_HEAD) or data[len(_HEAD) : _BODY] != _seal(body) + b"\n":
        return None
    soa, *lines = body.decode("ascii").split("\n")[:-1]
    if " IN SOA " not in soa or (zone is not None and not soa.startswith(f"{zone}. ")):
        return None
    found: Texts = {}
    for line in lines:
        owner, ttl, _, type_, rdata = line.split(" ", 4)
        key = owner[:-1], type_
        if key not in found:
            found[key] = int(ttl), (rdata,)
        elif found[key][0] == int(ttl):
            found[key] = found[key][0], (*found[key][1], rdata)
        else:  # signatures over several types, each with a TTL of its own
            return None
    return found


def next_serial(old: int | None, now: datetime) -> int:
    """A serial that RFC 1982 calls greater; YYYYMMDDnn in a new zone and where the old one has that form.

    More than a hundred changes a day, or a clock behind the old serial, count on from the old one.

    >>> next_serial(2026112007, datetime(2026, 11, 21))
    2026112101
    """
    today = int(now.strftime("%Y%m%d01"))
    if old is None:
        return today
    if _is_dated(old) and today > old:
        return today
    return (old + 1) % _SERIALS or 1


def _is_dated(serial: int) -> bool:
    """The day may be past the month's end: that is what counting past nn = 99 on its last days leaves."""
    year, month, day = serial // 1000000, serial // 10000 % 100, serial // 100 % 100
    return 1980 <= year < 2100 and 1 <= month <= 12 and day >= 1


@dataclass(frozen=True, slots=True)
class SoaSettings:
    """What a new file says in its SOA; `{zone}` stands for the zone.  Times in seconds."""

    primary: str = ""
    """MNAME; empty: the first apex NS."""
    contact: str = "hostmaster@{zone}"
    """RNAME, written as a mailbox."""
    refresh: int = 7200
    retry: int = 900
    expire: int = 1209600
    minimum: int = 3600

    def rdata(self, zone: str, primary: str, serial: int) -> dns.rdata.Rdata:
        """The SOA of a new zone; `primary` where the settings name none."""
        local, at, domain = self.contact.replace("{zone}", zone).partition("@")
        rname = local.replace(".", r"\.") + f".{domain}" if at else local
        names = (self.primary.replace("{zone}", zone) or primary, rname)
        mname, rname = (dns.name.from_text(name).to_text() for name in names)
        text = f"{mname} {rname} {serial} {self.refresh} {self.retry} {self.expire} {self.minimum}"
        return dns.rdata.from_text(dns.rdataclass.IN, RdataType.SOA, text, relativize=False)
