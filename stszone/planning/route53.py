"""Route 53, with the record sets of others kept to the octet and nothing overwritten.

octodns-route53 1.3.1 reads a TXT value with a quote or a backslash as another text, takes the first of
several PTR values for all of them and one of several weighted sets for the plain one, and replaces by
UPSERT whatever stands there by then.  Here an update is a DELETE of exactly what was read and a CREATE, in
one batch, which AWS refuses as a whole when anything moved since.  Values that stay go back as they came.

A change counts as made when the API took it; the name servers follow within a minute, as a rule (GetChange).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

import dns.exception
from octodns.idna import IdnaError
from octodns.provider.plan import Plan
from octodns.record import Create, Delete, Record
from octodns.record.change import Change
from octodns.record.exception import RecordException
from octodns.record.rr import Rrset
from octodns.zone import Zone
from octodns_route53 import Route53Provider
from octodns_route53.record import Route53AliasRecord

from stszone.errors import RefusedError, StszoneError
from stszone.planning.route53_text import octal, owner_name, presentation

RecordSet = dict[str, Any]  # Any: as boto gives it and takes it back
Key = tuple[str, str]
"""Owner name with its dot, type."""

_CHARACTERS = 32_000
"""The most that AWS takes in the values of one batch."""

_ROUTED = ("SetIdentifier", "AliasTarget", "TrafficPolicyInstanceId")
"""What a record set has that is more than a name, a type, a TTL and values."""

_MOVED = re.compile(r"but (it already exists|it was not found|the values provided do not match)")
"""How AWS says that a record set is not as the batch says that it was."""


class Route53(Route53Provider):  # type: ignore[misc]  # octoDNS carries no types
    """`octodns_route53.Route53Provider`, with the same settings.

    Health checks are neither read nor removed: only plain record sets are ever written.
    """

    KEEPS_OCTETS = True

    def __init__(self, id: str, *args: object, **kwargs: object) -> None:
        super().__init__(id, *args, **kwargs)
        self._r53_zones: dict[str, str | None] | None = None
        self._seen: dict[str, dict[Key, list[RecordSet]]] = {}
        self._several: dict[str, list[RecordSet]] = {}

    def populate(self, zone: Zone, target: bool = False, lenient: bool = False) -> bool:
        """Add what Route 53 has, read anew; False when it has no such zone."""
        seen = self._seen[zone.name] = {}
        zone_id = self._get_zone_id(zone.name)
        if not zone_id:
            return False
        self._r53_rrsets.pop(zone_id, None)
        for rrset in self._load_records(zone_id):
            seen.setdefault((owner_name(rrset["Name"]), rrset["Type"]), []).append(rrset)
        aliases: dict[str, list[RecordSet]] = {}
        for (name, type_), rrsets in seen.items():
            if all("AliasTarget" in one for one in rrsets):
                aliases.setdefault(name, []).extend(rrsets)
            elif type_ in self.SUPPORTS:
                self._add(zone, name, type_, rrsets, lenient)
        for name, rrsets in aliases.items():
            # Not written here; shown, so that a CNAME of ours beside it is a conflict.
            self._add(zone, name, Route53AliasRecord._type, rrsets, lenient)
        return True

    def _add(self, zone: Zone, name: str, type_: str, rrsets: list[RecordSet], lenient: bool) -> None:
        """Show an RRset to octoDNS; one that it cannot hold stays where it is, unseen."""
        try:
            if type_ == Route53AliasRecord._type:
                data = self._data_for_route53_alias(rrsets, zone.name) | {"ttl": 0}
                record = Record.new(zone, zone.hostname_from_fqdn(name), data, source=self, lenient=True)
            else:
                values = [presentation(type_, value) for rrset in rrsets for value in _values(rrset)]
                values = values[:1] if type_ == "CNAME" else values
                rrset = Rrset(name, type_, int(rrsets[0].get("TTL", 0)), values)
                record = Record.from_rrset(zone, rrset, lenient=lenient, source=self)
            zone.add_record(record, lenient=lenient)
        except (RecordException, IdnaError, ValueError, dns.exception.DNSException) as error:
            self.log.warning("populate: %s %s stays, octoDNS cannot hold it: %r", name, type_, error)

    def update_r53_zones(self, name: str) -> None:
        """Learn the zones of the account.  Raises RefusedError for a name that two of them have.

        octodns-route53 refuses every zone of an account in which any two have one name.
        """
        if self.get_zones_by_name or self.vpc_id is not None:
            super().update_r53_zones(name)
            return
        if self._r53_zones is None:
            found: dict[str, list[RecordSet]] = {}
            for page in self._conn.get_paginator("list_hosted_zones").paginate():
                for one in filter(self._is_meant, page["HostedZones"]):
                    found.setdefault(owner_name(one["Name"]), []).append(one)
            self._several = {zone: many for zone, many in found.items() if len(many) > 1}
            self._r53_zones = {zone: many[0]["Id"] for zone, many in found.items()}
        if name in self._several:
            raise _several_zones(self.id, name, self._several[name])

    def _get_zone_id_by_name(self, name: str) -> str | None:
        # octodns-route53 takes every zone whose name begins so: example.com.mx. for example.com.
        found = self._conn.list_hosted_zones_by_name(DNSName=name, MaxItems="100")["HostedZones"]
        zones = [one for one in filter(self._is_meant, found) if owner_name(one["Name"]) == name]
        if self.vpc_id is not None:
            zones = [one for one in zones if self._zone_has_vpc(one["Id"])]
        if len(zones) > 1:
            raise _several_zones(self.id, name, zones)
        return str(zones[0]["Id"]) if zones else None

    def _is_meant(self, zone: RecordSet) -> bool:
        return self.private in (None, zone.get("Config", {}).get("PrivateZone", False))

    def _extra_changes(self, existing: Zone, desired: Zone, changes: list[Change]) -> list[Change]:
        """None of ours; the place to refuse, in the plan, what AWS would refuse or what would harm others."""
        seen = self._seen[existing.name]
        for change in changes:
            if any(map(_is_routed, seen.get(_key(change), ()))):
                what = f"{_label(change)} is an alias or has a routing policy at {self.id}"
                raise StszoneError(f"{what}, which stszone does not write; take it out by hand first")
            if isinstance(change, Create) and _key(change) in seen:
                what = "is there and unknown to the plan, as octoDNS cannot hold what it says"
                raise StszoneError(f"{_label(change)} {what}; take it out by hand first")
        kept = seen.keys() - {_key(change) for change in changes if isinstance(change, Delete)}
        after = kept | {_key(change) for change in changes if not isinstance(change, Delete)}
        for change in changes:
            others = {type_ for name, type_ in after if name == change.record.fqdn} - {"CNAME"}
            if not isinstance(change, Delete) and others and (change.record.fqdn, "CNAME") in after:
                what = f"would have a CNAME beside {', '.join(sorted(others))} at {self.id}"
                raise StszoneError(f"{change.record.fqdn.removesuffix('.')} {what}; take one of them out")
        return []

    def _apply(self, plan: Plan) -> None:
        """Send the plan's changes.  Raises RefusedError when the zone moved, and never makes a zone."""
        where = f"{plan.desired.name.removesuffix('.')} at {self.id}"
        zone_id = self._get_zone_id(plan.desired.name)
        if not zone_id:
            raise RefusedError(f"{where}: there is no such zone; create it at the provider")
        seen = self._seen[plan.desired.name]
        for batch in self._batches(plan.changes, seen, plan.existing):
            try:
                self._conn.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch={"Changes": batch})
            except self._conn.exceptions.InvalidChangeBatch as error:
                if _MOVED.search(str(error)):
                    what = "was changed since it was read for the plan; plan again"
                    raise RefusedError(f"{where} {what}") from None
                raise

    def _batches(
        self, changes: Iterable[Change], seen: dict[Key, list[RecordSet]], zone: Zone
    ) -> Iterator[list[RecordSet]]:
        """The changes in as few batches as AWS allows, all of one name in one, addresses first."""
        names: dict[str, list[Change]] = {}
        for change in changes:
            names.setdefault(change.record.fqdn, []).append(change)
        batch: list[RecordSet] = []
        sizes = 0, 0
        for same in sorted(names.values(), key=lambda same: not any(map(_gives_address, same))):
            same.sort(key=lambda change: not isinstance(change, Delete))
            name = [one for change in same for one in _sends(change, seen.get(_key(change)), zone)]
            values = [value for one in name for value in _values(one["ResourceRecordSet"])]
            more = sizes[0] + len(values), sizes[1] + sum(map(len, values))
            if batch and (more[0] > self.max_changes or more[1] > _CHARACTERS):
                yield batch
                batch, more = [], (len(values), sum(map(len, values)))
            batch, sizes = batch + name, more
        if batch:
            yield batch


def _gives_address(change: Change) -> bool:
    return change.record._type in ("A", "AAAA") and not isinstance(change, Delete)


def _sends(change: Change, before: list[RecordSet] | None, zone: Zone) -> Iterator[RecordSet]:
    """One change of a plan for AWS; `before` is what was read of its RRset."""
    if before and not isinstance(change, Create):
        yield {"Action": "DELETE", "ResourceRecordSet": before[0]}
    if not isinstance(change, Delete):
        record = change.new
        new = {
            "Name": before[0]["Name"] if before else octal(record.fqdn),
            "Type": record._type,
            "TTL": record.ttl,
            "ResourceRecords": [{"Value": value} for value in _merged(record, before, zone)],
        }
        yield {"Action": "CREATE", "ResourceRecordSet": new}


def _merged(record: Record, before: list[RecordSet] | None, zone: Zone) -> list[str]:
    """The values of the new RRset, of which those that were there before keep their characters."""
    kept: dict[str, list[str]] = {}
    for value in _values(before[0]) if before else ():
        rrset = Rrset(record.fqdn, record._type, record.ttl, [presentation(record._type, value)])
        (text,) = Record.from_rrset(zone, rrset, lenient=True).to_rrset().rdatas
        kept.setdefault(text, []).append(value)
    return [value for text in record.to_rrset().rdatas for value in kept.get(text) or [octal(text)]]


def _several_zones(target: str, name: str, zones: list[RecordSet]) -> RefusedError:
    kinds = []
    for one in zones:
        kind = "private" if one.get("Config", {}).get("PrivateZone") else "public"
        kinds.append(f"{one['Id'].rpartition('/')[2]} ({kind})")
    what = f"{target} has {len(zones)} zones {name.removesuffix('.')}: {', '.join(sorted(kinds))}"
    return RefusedError(f"{what}; say private: true or false at {target}, or remove one of them")


def _key(change: Change) -> Key:
    return change.record.fqdn, change.record._type


def _label(change: Change) -> str:
    return f"{change.record.fqdn.removesuffix('.')} {change.record._type}"


def _is_routed(rrset: RecordSet) -> bool:
    return any(field in rrset for field in _ROUTED)


def _values(rrset: RecordSet) -> list[str]:
    return [one["Value"] for one in rrset.get("ResourceRecords", ())]
