"""BIND zone files as an octoDNS target that reads before it writes.

`octodns_bind.ZoneFileProvider` 1.1.0 takes its target for empty and writes what the plan holds: records of
types that octoDNS does not know, the apex NS and whatever a processor hid are gone afterwards, and the
serial may go back.  Here the file itself is the beginning of every write, and only the changes of the plan
are made to it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from logging import getLogger
from pathlib import Path
from typing import cast

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.rdtypes.ANY.SOA
from dns.rdatatype import RdataType
from octodns.idna import IdnaError
from octodns.provider.base import BaseProvider
from octodns.provider.plan import Plan
from octodns.record import Create, Delete, Record
from octodns.record.change import Change
from octodns.record.exception import RecordException
from octodns.record.rr import Rrset
from octodns.zone import Zone

from stszone.errors import RefusedError
from stszone.planning.zonefile_disk import ZoneDirectory, read_regular
from stszone.planning.zonefile_text import (
    Key,
    Rdatasets,
    SoaSettings,
    Texts,
    ZoneFileError,
    format_zone,
    next_serial,
    parse_zone,
    rdata_text,
    sealed_rrsets,
)
from stszone.store.atomic import write_file

PLACEHOLDER_NS = "ns.invalid"
"""The name server of a new zone when no setting names one.  Below `invalid` (RFC 6761 §6.4), so that it can
never answer for anybody, and outside of every zone, so that it needs no address there."""

# All that octoDNS 1.22 registers but ALIAS and URLFWD, which are no RR types.
_TYPES = """
    A AAAA CAA CNAME DNAME DS HTTPS LOC MX NAPTR NS OPENPGPKEY PTR SPF SRV SSHFP SVCB TLSA TXT URI
"""


class ZoneFileChangedError(ZoneFileError, RefusedError):
    """Somebody wrote the file between plan and apply."""


class ZoneFile(BaseProvider):  # type: ignore[misc]  # octoDNS has no types
    """One file a zone, `<directory>/example.com.zone`; paths count from the working directory.

    A record that octoDNS cannot hold is not shown to it and stays in the file.  All others are, so without a
    processor that guards them octoDNS plans to delete what no source names; only the apex NS never is.
    """

    SUPPORTS_GEO = False
    SUPPORTS_DYNAMIC = False
    SUPPORTS_ROOT_NS = True
    SUPPORTS_MULTIVALUE_PTR = True
    SUPPORTS = frozenset(_TYPES.split())
    KEEPS_OCTETS = True
    """For MailScope: a value that was there before is written back as it came."""

    def __init__(
        self,
        id: str,
        directory: str,
        file_extension: str = ".zone",
        soa: Mapping[str, str | int] | None = None,
        ns: Sequence[str] = (),
        default_ttl: int = 3600,
        signed: bool = False,
        root_ns_warnings: bool = False,
        **kwargs: object,
    ) -> None:
        """For new files: `soa`, the fields of SoaSettings; `ns`, names with `{zone}`; `default_ttl`, seconds.

        `signed` says that files with DNSSEC signatures are signed again after every change.  The rest goes to
        BaseProvider.  Raises ZoneFileError for settings that no SOA can be made of.
        """
        self.log = getLogger(f"{type(self).__name__}[{id}]")
        super().__init__(id, root_ns_warnings=root_ns_warnings, **kwargs)
        self.files = ZoneDirectory(Path(directory), file_extension)
        self.ns = tuple(ns) or (PLACEHOLDER_NS,)
        self.default_ttl = int(default_ttl)
        self.signed = signed
        self.now: datetime | None = None
        """The time that a new serial tells; None: the clock's."""
        self._seen: dict[str, bytes | None] = {}
        try:
            self.soa = SoaSettings(**(soa or {}))  # type: ignore[arg-type]  # the next line tries them
            self._with_apex({}, dns.name.from_text("zone.invalid"))
        except (TypeError, ValueError, dns.exception.DNSException) as error:
            raise ZoneFileError(f"{id}: settings of new zone files: {error}") from None

    def list_zones(self) -> list[str]:
        """The zones that have a file."""
        return sorted(f"{name}." for name in self.files.zones())

    def populate(self, zone: Zone, target: bool = False, lenient: bool = False) -> bool:
        """Adds what the file says; False when there is none.  Raises ZoneFileError with file and line."""
        rdatasets, self._seen[zone.name] = self._read(zone.name)
        for key, rdataset in rdatasets.items():
            if _mnemonic(key) in self.SUPPORTS and (record := self._record(zone, key, rdataset, lenient)):
                zone.add_record(record, lenient=lenient)
        self.log.info("populate: %s: %d RRsets", zone.name, len(zone.records))
        return self._seen[zone.name] is not None

    def _record(self, zone: Zone, key: Key, rdataset: dns.rdataset.Rdataset, lenient: bool) -> Record | None:
        rrset = Rrset(key[0].to_text(), _mnemonic(key), rdataset.ttl, map(rdata_text, rdataset))
        try:
            return Record.from_rrset(zone, rrset, lenient=lenient, source=self)
        except (RecordException, IdnaError, ValueError) as error:
            if not lenient:
                raise
            self.log.warning("populate: %s stays as it is, octoDNS cannot hold it: %r", _label(key), error)
            return None

    def quick_rrsets(self, zone_name: str) -> Texts | None:
        """The zone's RRsets without the SOA, fast; None where only `populate` can tell them."""
        zone = _no_dot(zone_name)
        try:
            name = self.files.file_name(zone)
        except ZoneFileError:  # populate says it better, and for this zone only
            return None
        return read_rrsets(f"{self.files.path}/{name}", zone)

    def _process_existing_zone(self, existing: Zone, desired: Zone, lenient: bool = False) -> Zone:
        """All of it: processors that guard foreign records must see the apex NS too."""
        return existing

    def _extra_changes(self, existing: Zone, desired: Zone, changes: list[Change]) -> list[Change]:
        """None of ours; the place to refuse, in the plan, what would break a zone."""
        if changes and not self.signed:
            rdatasets, _ = self._read(existing.name)
            if any(covers for _, _, covers in rdatasets):
                raise ZoneFileError(
                    f"{self.files.file(_no_dot(existing.name))} is signed, and its signatures would not "
                    "hold; keep the unsigned file here, or say signed: true for this target and sign again"
                )
        return []

    def _include_change(self, change: Change) -> bool:
        """All but the deletion of the apex NS: a source that is silent on it wants the zone to keep it."""
        return not _deletes_apex_ns(change)

    def _apply(self, plan: Plan) -> None:
        """Makes the plan's changes to what the file says now, and nothing else.

        Raises ZoneFileChangedError when the file is not the one that was planned for, ZoneFileError when a
        change does not fit to it; either way the file is as it was.
        """
        zone = plan.desired.name
        before, digest = self._read(zone)
        if self._seen.get(zone, b"never read") != digest:
            file = self.files.file(_no_dot(zone))
            raise ZoneFileChangedError(f"{file} was changed since it was read for the plan; plan again")
        after = dict(before)
        for change in plan.changes:
            _make(change, after, plan.existing)
        if digest is None or format_zone(after) != format_zone(before):
            self._write(zone, after)

    def _read(self, zone: str) -> tuple[Rdatasets, bytes | None]:
        """The records, and a digest of what they were read from; None when there is no file."""
        content = self.files.read(_no_dot(zone))
        if content is None:
            return {}, None
        return parse_zone(content.text, dns.name.from_text(zone), str(content.path)), content.digest

    def _write(self, zone: str, rdatasets: Rdatasets) -> None:
        path, origin = self.files.file(_no_dot(zone)), dns.name.from_text(zone)
        data = format_zone(self._with_apex(rdatasets, origin))
        if format_zone(parse_zone(data.decode("ascii"), origin, str(path))) != data:
            raise ZoneFileError(f"{path}: nothing written: the new text does not read back as it was meant")
        if any(covers for _, _, covers in rdatasets):
            self.log.warning("apply: %s holds DNSSEC signatures that no longer hold; sign it again", path)
        write_file(path, data)
        self.log.info("apply: wrote %s", path)

    def _with_apex(self, rdatasets: Rdatasets, origin: dns.name.Name) -> Rdatasets:
        """The zone with the serial raised; NS and SOA come from the settings where there are none."""
        ns_key, soa_key = ((origin, rdtype, RdataType.NONE) for rdtype in (RdataType.NS, RdataType.SOA))
        zone = origin.to_text(omit_final_dot=True)
        names = [dns.name.from_text(name.replace("{zone}", zone)).to_text() for name in self.ns]
        ns = rdatasets.get(ns_key) or dns.rdataset.from_text_list("IN", "NS", self.default_ttl, names)
        primary = names[0] if ns_key not in rdatasets else min(map(rdata_text, ns))
        now = self.now or datetime.now(UTC)
        if soa := rdatasets.get(soa_key):
            old = cast(dns.rdtypes.ANY.SOA.SOA, soa[0])  # as its key says
            soa = dns.rdataset.from_rdata(soa.ttl, old.replace(serial=next_serial(old.serial, now)))
        else:
            new = self.soa.rdata(zone, primary, next_serial(None, now))
            soa = dns.rdataset.from_rdata(self.default_ttl, new)
        return rdatasets | {ns_key: ns, soa_key: soa}


def read_rrsets(source: bytes | str | os.PathLike[str], zone: str | None = None) -> Texts | None:
    """The RRsets without the SOA of a zone file exactly as stszone wrote it; None for any other and for none.

    With `zone`, the file must be that zone's.  Symbolic links are not followed: None again.
    """
    data = source if isinstance(source, bytes) else read_regular(source)
    return None if data is None else sealed_rrsets(data, zone)


def _no_dot(zone: str) -> str:
    return zone.removesuffix(".")


def _mnemonic(key: Key) -> str:
    return dns.rdatatype.to_text(key[1])


def _label(key: Key) -> str:
    return f"{key[0].to_text(omit_final_dot=True)} {_mnemonic(key)}"


def _deletes_apex_ns(change: Change) -> bool:
    return isinstance(change, Delete) and change.record.name == "" and change.record._type == "NS"


def _make(change: Change, rdatasets: Rdatasets, existing: Zone) -> None:
    """Makes one change of a plan."""
    record = change.record
    key = dns.name.from_text(record.fqdn), dns.rdatatype.from_text(record._type), RdataType.NONE
    if _deletes_apex_ns(change):
        raise ZoneFileError(f"{_label(key)}: a zone needs its apex NS; name the servers that should stay")
    if isinstance(change, Delete):
        rdatasets.pop(key, None)
        return
    if isinstance(change, Create) and key in rdatasets:
        what = "is in the file and unknown to the plan, as octoDNS cannot hold what it says"
        raise ZoneFileError(f"{_label(key)} {what}; take it out by hand first")
    rdatasets[key] = merged(key, rdatasets.get(key), change.new, existing)


def merged(
    key: Key, before: dns.rdataset.Rdataset | None, record: Record, zone: Zone
) -> dns.rdataset.Rdataset:
    """The new RRset, in which a value that was there before keeps its very octets.

    octoDNS joins the strings of a TXT and drops a leading quote; values that are not ours must not suffer.
    """
    kept: dict[str, list[dns.rdata.Rdata]] = {}
    for rdata in before or ():
        rrset = Rrset(record.fqdn, record._type, record.ttl, [rdata_text(rdata)])
        (text,) = Record.from_rrset(zone, rrset, lenient=True).to_rrset().rdatas
        kept.setdefault(text, []).append(rdata)
    rdatas = (kept.get(text) or [_rdata(key, text)] for text in record.to_rrset().rdatas)
    return dns.rdataset.from_rdata_list(record.ttl, [rdata for same in rdatas for rdata in same])


def _rdata(key: Key, text: str) -> dns.rdata.Rdata:
    """Presentation form as rdata.  Raises ZoneFileError for none, or for a name without its final dot."""
    try:
        rdata = dns.rdata.from_text(dns.rdataclass.IN, key[1], text, relativize=False)
        rdata.to_wire()
    except (dns.exception.DNSException, ValueError) as error:
        raise ZoneFileError(f"{_label(key)} {text}: {error or type(error).__name__}") from None
    return rdata
