"""DNS servers by AXFR and RFC 2136 UPDATE, with the records of others kept to the octet.

octodns-bind 1.1.0 writes an RRset anew from octoDNS's texts: a foreign TXT value loses its backslashes and
its strings' borders, one that ends in a backslash makes it loop for ever, and a zone with one text that is
not UTF-8 cannot be read at all.  Here a value that was there before goes back as it came, and an RRset that
octoDNS cannot hold is not shown to it.

Why a transfer of our own: octodns-bind turns every record into text and back, and a plan without changes
needs neither octoDNS's records nor dnspython's RRsets.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import BinaryIO

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
import dns.update
from dns.rdatatype import RdataType
from octodns.idna import IdnaError
from octodns.provider.plan import Plan
from octodns.record import Create, Delete, Record
from octodns.record.change import Change
from octodns.record.exception import RecordException
from octodns.record.rr import Rrset
from octodns.zone import Zone
from octodns_bind import AxfrSourceZoneTransferFailed, Rfc2136Provider, Rfc2136ProviderUpdateFailed

from stszone.errors import RefusedError, StszoneError
from stszone.planning.zonefile import merged
from stszone.planning.zonefile_text import Key, Rdatasets, Texts, rdata_text

_MOVED = frozenset({dns.rcode.NXRRSET, dns.rcode.YXRRSET})
"""What a server answers when an RRset is not as the UPDATE says that it was."""


class Rfc2136(Rfc2136Provider):  # type: ignore[misc]  # octoDNS carries no types
    """`octodns_bind.Rfc2136Provider`, with the same settings."""

    KEEPS_OCTETS = True

    def __init__(self, id: str, *args: object, **kwargs: object) -> None:
        super().__init__(id, *args, **kwargs)
        self._seen: dict[str, Rdatasets] = {}
        self._types = {dns.rdatatype.from_text(type_): type_ for type_ in self.SUPPORTS}
        self._silent = False

    def populate(self, zone: Zone, target: bool = False, lenient: bool = False) -> bool:
        """Add what the server has; raises as octodns-bind does when it does not say."""
        grouped: dict[Key, list[dns.rdata.Rdata]] = {}
        ttls: dict[Key, int] = {}
        try:
            for owner, ttl, rdata in self._transfer(zone.name):
                key = owner, rdata.rdtype, RdataType.NONE
                grouped.setdefault(key, []).append(rdata)
                ttls[key] = min(ttl, ttls.get(key, ttl))
        except dns.exception.DNSException as error:
            raise AxfrSourceZoneTransferFailed(error) from None
        seen = self._seen[zone.name] = {}
        for key, rdatas in grouped.items():
            rdataset = seen[key] = dns.rdataset.from_rdata_list(ttls[key], rdatas)
            name, type_ = key[0].to_text(), self._types[rdataset.rdtype]
            rrset = Rrset(name, type_, rdataset.ttl, list(map(rdata_text, rdataset)))
            try:
                zone.add_record(Record.from_rrset(zone, rrset, lenient=lenient), lenient=lenient)
            except (RecordException, IdnaError, ValueError) as error:
                self.log.warning("populate: %s %s stays, octoDNS cannot hold it: %r", name, type_, error)
        return bool(self.zone_exists(zone, target))

    def quick_rrsets(self, zone_name: str) -> Texts | None:
        """The zone's RRsets, fast; None where only `populate` can tell them, or what is wrong."""
        found: dict[tuple[str, str], tuple[int, list[str]]] = {}
        try:
            for owner, ttl, rdata in () if self._silent else self._transfer(zone_name):
                key = owner.to_text(omit_final_dot=True).lower(), self._types[rdata.rdtype]
                before = found.setdefault(key, (ttl, []))
                before[1].append(rdata_text(rdata))
                if before[0] != ttl:
                    return None
        except OSError:
            self._silent = True  # not once more for every zone
        except (AxfrSourceZoneTransferFailed, EOFError, ValueError, TypeError, dns.exception.DNSException):
            return None
        return None if self._silent else {key: (ttl, tuple(sorted(t))) for key, (ttl, t) in found.items()}

    def _transfer(self, zone: str) -> Iterator[tuple[dns.name.Name, int, dns.rdata.Rdata]]:
        """Owner name, TTL and rdata of every record of a type that octoDNS knows (RFC 5936).

        Raises AxfrSourceZoneTransferFailed, DNSException, OSError and EOFError.
        """
        keys = self._auth_params()
        query = dns.message.make_query(dns.name.from_text(zone), "AXFR")
        if "keyring" in keys:
            algorithm = {"algorithm": keys["keyalgorithm"]} if "keyalgorithm" in keys else {}
            query.use_tsig(keys["keyring"], **algorithm)
        wire, context, borders = query.to_wire(), None, 0
        with (
            socket.create_connection((self.host, self.port), self.timeout) as connection,
            connection.makefile("rb") as stream,
        ):
            connection.sendall(len(wire).to_bytes(2, "big") + wire)
            while borders < 2:  # the SOA is the first record and the last one
                answer = dns.message.from_wire(
                    _read(stream, int.from_bytes(_read(stream, 2), "big")),
                    keyring=query.keyring, request_mac=query.mac, xfr=True, tsig_ctx=context, multi=True,
                    one_rr_per_rrset=True,
                )  # fmt: skip
                if answer.rcode() != dns.rcode.NOERROR:
                    raise AxfrSourceZoneTransferFailed(dns.rcode.to_text(answer.rcode()))
                if answer.id != query.id or not (answer.answer and (borders or _is_soa(answer.answer[0]))):
                    raise AxfrSourceZoneTransferFailed("this is no answer to the question")
                context = answer.tsig_ctx
                for rrset in answer.answer:
                    borders += _is_soa(rrset)
                    if rrset.rdtype in self._types:
                        yield rrset.name, rrset.ttl, rrset[0]
            if query.keyring and not answer.had_tsig:
                raise AxfrSourceZoneTransferFailed("the last message is not signed")

    def _apply(self, plan: Plan) -> bool:
        zone = plan.desired.name
        for change in plan.changes:
            if isinstance(change, Create) and _key(change) in self._seen[zone]:
                what = "is there and unknown to the plan, as octoDNS cannot hold what it says"
                label = f"{change.record.fqdn.removesuffix('.')} {change.record._type}"
                raise StszoneError(f"{label} {what}; take it out by hand first")
        for batch in self._batch_changes(plan.changes):
            update = dns.update.UpdateMessage(zone, **self._auth_params())
            for change in batch:
                _add_change(update, change, self._seen[zone], plan.existing)
            answer = dns.query.tcp(update, self.host, port=self.port, timeout=self.timeout)
            if answer.rcode() in _MOVED:
                where = f"{zone.removesuffix('.')} at {self.id}"
                raise RefusedError(f"{where} was changed since it was read for the plan; plan again")
            if answer.rcode() != dns.rcode.NOERROR:
                raise Rfc2136ProviderUpdateFailed(dns.rcode.to_text(answer.rcode()))
        return True


def _read(stream: BinaryIO, size: int) -> bytes:
    data = stream.read(size)
    if len(data) < size:
        raise EOFError("the server ended the transfer early")
    return data


def _is_soa(rrset: dns.rdataset.Rdataset) -> bool:
    return rrset.rdtype == RdataType.SOA


def _key(change: Change) -> Key:
    rdtype = dns.rdatatype.from_text(change.record._type)
    return dns.name.from_text(change.record.fqdn), rdtype, RdataType.NONE


def _add_change(update: dns.update.UpdateMessage, change: Change, seen: Rdatasets, existing: Zone) -> None:
    """One change of a plan, with the octets that are there."""
    name, rdtype, _ = key = _key(change)
    if isinstance(change, Create):
        update.absent(name, rdtype)
    else:
        update.present(name, *seen[key])  # not the RRset: its TTL has to be 0 here
    if isinstance(change, Delete):
        update.delete(name, seen[key])
        return
    rdataset = merged(key, seen.get(key), change.new, existing)
    (update.add if isinstance(change, Create) else update.replace)(name, rdataset)
