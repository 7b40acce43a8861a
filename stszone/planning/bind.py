"""DNS servers by AXFR and RFC 2136 UPDATE, with the records of others kept to the octet.

octodns-bind 1.1.0 writes an RRset anew from octoDNS's texts: a foreign TXT value loses its backslashes and
its strings' borders, one that ends in a backslash makes it loop for ever, and a zone with one text that is
not UTF-8 cannot be read at all.  Here a value that was there before goes back as it came, and an RRset that
octoDNS cannot hold is not shown to it.
"""

from __future__ import annotations

import dns.name
import dns.query
import dns.rcode
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
from octodns_bind import Rfc2136Provider, Rfc2136ProviderUpdateFailed

from stszone.errors import RefusedError, StszoneError
from stszone.planning.zonefile import merged
from stszone.planning.zonefile_text import Key, Rdatasets, rdata_text

_MOVED = frozenset({dns.rcode.NXRRSET, dns.rcode.YXRRSET})
"""What a server answers when an RRset is not as the UPDATE says that it was."""


class Rfc2136(Rfc2136Provider):  # type: ignore[misc]  # octoDNS carries no types
    """`octodns_bind.Rfc2136Provider`, with the same settings."""

    KEEPS_OCTETS = True

    def __init__(self, id: str, *args: object, **kwargs: object) -> None:
        super().__init__(id, *args, **kwargs)
        self._seen: dict[str, Rdatasets] = {}

    def populate(self, zone: Zone, target: bool = False, lenient: bool = False) -> bool:
        """Add what the server has; raises as octodns-bind does when it does not say."""
        grouped: dict[tuple[str, str], list[str]] = {}
        ttls: dict[tuple[str, str], int] = {}
        for rr in self.zone_records(zone, target=target):
            grouped.setdefault((rr.name, rr._type), []).append(rr.rdata)
            ttls[rr.name, rr._type] = rr.ttl
        seen = self._seen[zone.name] = {}
        for (name, type_), texts in grouped.items():
            rdataset = dns.rdataset.from_text_list("IN", type_, ttls[name, type_], texts, relativize=False)
            seen[dns.name.from_text(name), rdataset.rdtype, RdataType.NONE] = rdataset
            rrset = Rrset(name, type_, rdataset.ttl, list(map(rdata_text, rdataset)))
            try:
                zone.add_record(Record.from_rrset(zone, rrset, lenient=lenient), lenient=lenient)
            except (RecordException, IdnaError, ValueError) as error:
                self.log.warning("populate: %s %s stays, octoDNS cannot hold it: %r", name, type_, error)
        return bool(self.zone_exists(zone, target))

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
