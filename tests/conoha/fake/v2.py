"""DNS v2: Designate v1 as of Juno, with ConoHa's GSLB fields and `?name=`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.conoha.fake import checks
from tests.conoha.fake import v2_schema as schema
from tests.conoha.fake.forms import HOSTS, TEXTS, rdata_of, text_answered
from tests.conoha.fake.identity import Identity, styled
from tests.conoha.fake.message import Answer, Refused, Request, as_html, as_json, as_text
from tests.conoha.fake.state import Value, Zone
from tests.conoha.fake.world import World

_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\Z")


@dataclass
class V2:
    """The DNS endpoint."""

    world: World
    identity: Identity
    url: Callable[[], str]

    def answer(self, request: Request) -> Answer:
        request_id = f"req-{self.world.new_id()}"
        try:
            answer = self._route(request)
        except Refused as refused:
            answer = self._error(refused, request_id)
        return answer.having(X_Openstack_Request_Id=request_id)

    def _error(self, refused: Refused, request_id: str) -> Answer:
        if refused.status == 401:
            style = self.world.toggles.error_style
            if style == "html":
                return as_html(401, "401 Unauthorized")
            answer = (
                as_text(401, "Authentication required") if style == "designate" else styled(style, refused)
            )
            return answer.having(WWW_Authenticate="Keystone uri='https://identity.tyo1.conoha.io'")
        if not refused.kind:
            return as_json(refused.status, {"code": refused.status})
        body: dict[str, object] = {"code": refused.status, "type": refused.kind, "request_id": request_id}
        body.update({"message": refused.message} if refused.message else {})
        body.update({"errors": refused.errors} if refused.errors else {})
        return as_json(refused.status, body)

    def _route(self, request: Request) -> Answer:
        tenant = self.identity.tenant(request.headers.get("x-auth-token", ""))
        if tenant is None:
            raise Refused(401, "unauthorized", "Authentication required")
        words = request.path.strip("/").split("/")
        for ids in (one for one in (words[2:3], words[4:5]) if one):
            if not _UUID.match(ids[0]):
                raise Refused(404)
        does: dict[str, Callable[..., Answer]]
        match words:
            case ["v1", "domains"]:
                does = {"GET": self._zones, "POST": self._add_zone}
            case ["v1", "domains", _]:
                does = {"GET": self._zone, "PUT": self._put_zone, "DELETE": self._drop_zone}
            case ["v1", "domains", _, "servers"]:
                does = {"GET": self._servers}
            case ["v1", "domains", _, "records"]:
                does = {"GET": self._records, "POST": self._add}
            case ["v1", "domains", _, "records", _]:
                does = {"GET": self._record, "PUT": self._put, "DELETE": self._drop}
            case ["v2", "zones", _]:
                does = {"GET": self._file}
            case _:
                raise Refused(404)
        if request.method not in does:
            raise Refused(405, "invalid_method")
        _negotiate(request)
        return does[request.method](tenant, request, *words[2::2])

    # Zones

    def _zones(self, tenant: str, request: Request) -> Answer:
        shown = self.world.list_zones(tenant)
        if "name" in request.query:
            shown = [one for one in shown if one.name == request.query["name"]]
        return as_json(200, {"domains": [self._zone_json(one) for one in self._page(request, shown)]})

    def _add_zone(self, tenant: str, request: Request) -> Answer:
        body = _object(request)
        schema.check_zone(self.world.toggles, body, ("name", "email"))
        if not checks.is_zone(body["name"]):
            raise Refused(400, "invalid_domain_name", "More than one label is required")
        ttl = self.world.ttl(body.get("ttl", 3600))
        if self.world.named(body["name"]):
            raise Refused(409, "duplicate_domain")
        if any(one.tenant != tenant for one in self.world.parents(body["name"])):
            raise Refused(403, "forbidden", "Unable to create subdomain in another tenants domain")
        if self.world.toggles.zones_quota and self._owned(tenant) >= self.world.toggles.zones_quota:
            raise Refused(413, "over_quota", "Quota exceeded")
        zone = self.world.add_zone(body["name"], tenant, body["email"], ttl or 3600)
        zone.description, zone.gslb = body.get("description"), int(body.get("gslb", 0))
        return as_json(200, self._zone_json(zone)).having(Location=f"{self.url()}/v1/domains/{zone.id}")

    def _owned(self, tenant: str) -> int:
        return sum(one.tenant == tenant for one in self.world.zones)

    def _zone(self, tenant: str, request: Request, zone_id: str) -> Answer:
        return as_json(200, self._zone_json(self._found(tenant, zone_id)))

    def _put_zone(self, tenant: str, request: Request, zone_id: str) -> Answer:
        body = _object(request)
        schema.check_zone(self.world.toggles, body, ())
        zone = self._found(tenant, zone_id)
        if body.get("name", zone.name) != zone.name:
            raise Refused(400, "bad_request", "Renaming a domain is not allowed")
        zone.ttl = self.world.ttl(body.get("ttl")) or zone.ttl
        zone.email, zone.gslb = body.get("email", zone.email), int(body.get("gslb", zone.gslb))
        zone.description = body.get("description", zone.description)
        self.world.touch(zone)
        return as_json(200, self._zone_json(zone))

    def _drop_zone(self, tenant: str, request: Request, zone_id: str) -> Answer:
        zone = self._found(tenant, zone_id)
        if self.world.children(zone):
            raise Refused(
                400, "domain_has_subdomain", "Please delete any subdomains before deleting this domain"
            )
        self.world.drop_zone(zone)
        return as_text(200, "", "text/html")

    def _servers(self, tenant: str, request: Request, zone_id: str) -> Answer:
        zone = self._found(tenant, zone_id)
        ns = [one for one in zone.values if one.managed and one.type == "NS"]
        servers = [
            {"id": one.id, "name": one.data, "created_at": _time(one.created), "updated_at": None}
            for one in ns
        ]
        return as_json(200, {"servers": servers})

    def _file(self, tenant: str, request: Request, zone_id: str) -> Answer:
        zone = self._found(tenant, zone_id)
        lines = (f"{one.name} {one.ttl or zone.ttl} IN {one.type} {self._rdata(one)}" for one in zone.values)
        return as_text(200, f"$ORIGIN {zone.name}\n$TTL {zone.ttl}\n\n" + "\n".join(lines) + "\n", "text/dns")

    def _rdata(self, value: Value) -> str:
        return rdata_of(value.type, value.data, (value.priority,), self.world.toggles)

    # Records

    def _records(self, tenant: str, request: Request, zone_id: str) -> Answer:
        zone = self._found(tenant, zone_id)
        shown = self._page(request, self.world.list_values(zone))
        return as_json(200, {"records": [self._json(zone, one) for one in shown]})

    def _add(self, tenant: str, request: Request, zone_id: str) -> Answer:
        body = schema.known(_object(request))
        schema.check(self.world.toggles, body, ("name", "type", "data"))
        if body["type"] == "SOA":
            raise Refused(400, "bad_request", "SOA records cannot be manually created.")
        zone = self._found(tenant, zone_id)
        if body["type"] == "PTR" and self.world.toggles.ptr == "400":
            raise Refused(400, "bad_request", "PTR records cannot be manually created.")
        more = {key: body.get(key) for key in schema.WRITABLE if key not in ("name", "type", "data", "ttl")}
        ttl = self.world.ttl(body.get("ttl"))
        value = self.world.value(zone, body["name"], body["type"], body["data"], ttl, **more)
        self.world.place(zone, value)
        if self.world.twin(zone, value):
            raise Refused(409, "duplicate_record")
        self.world.room(zone, value)
        self.world.put(zone, value)
        place = f"{self.url()}/v1/domains/{zone.id}/records/{value.id}"
        return as_json(200, self._json(zone, value)).having(Location=place)

    def _record(self, tenant: str, request: Request, zone_id: str, record_id: str) -> Answer:
        zone, value = self._one(tenant, zone_id, record_id)
        return as_json(200, self._json(zone, value))

    def _put(self, tenant: str, request: Request, zone_id: str, record_id: str) -> Answer:
        body = schema.known(_object(request))
        zone = self.world.find(tenant, zone_id)
        old = next((one for one in zone.values if one.id == record_id), None) if zone else None
        schema.check(self.world.toggles, {**_fields(old), **body}, ())
        zone, old = self._one(tenant, zone_id, record_id)
        self._unmanaged(old, "updated")
        moves = self.world.toggles.put_type == "moves"
        if "type" in body and body["type"] != old.type and not moves:
            raise Refused(400, "bad_request", "Changing a recordset's type is not allowed")
        changes: dict[str, Any] = {key: body[key] for key in schema.WRITABLE if key in body}
        if "ttl" in changes:
            changes["ttl"] = self.world.ttl(changes["ttl"])
        new = self.world.changed(old, changes)
        rest = self.world.along(zone, old, new)
        self.world.place(zone, new, rest)
        if self.world.twin(zone, new):
            raise Refused(409, "duplicate_record")
        self.world.put(zone, new, *rest)
        return as_json(200, self._json(zone, new))

    def _drop(self, tenant: str, request: Request, zone_id: str, record_id: str) -> Answer:
        zone, value = self._one(tenant, zone_id, record_id)
        self._unmanaged(value, "deleted")
        self.world.put(zone, instead_of=[value])
        return as_text(200, "", "text/html")

    def _unmanaged(self, value: Value, done: str) -> None:
        if value.managed and not (value.type == "NS" and self.world.toggles.root_ns_editable):
            raise Refused(400, "bad_request", f"Managed records may not be {done}")

    def _found(self, tenant: str, zone_id: str) -> Zone:
        if zone := self.world.find(tenant, zone_id):
            return zone
        raise Refused(404, "domain_not_found", f"Could not find Domain {zone_id}")

    def _one(self, tenant: str, zone_id: str, record_id: str) -> tuple[Zone, Value]:
        zone = self._found(tenant, zone_id)
        for value in zone.values:
            if value.id == record_id:
                return zone, value
        raise Refused(404, "record_not_found", f"Could not find Record {record_id}")

    def _page(self, request: Request, shown: list[Any]) -> list[Any]:
        """All of them; `limit` and `offset` mean something only if lists have pages at all."""
        if not self.world.toggles.default_page:
            return shown
        limit, offset = (
            int(text) if (text := request.query.get(key, "")).isdigit() else default
            for key, default in (("limit", self.world.toggles.default_page), ("offset", 0))
        )
        return shown[offset : offset + limit]

    # Shapes

    def _zone_json(self, zone: Zone) -> dict[str, object]:
        key = "id" if self.world.toggles.id_style == "id" else "uuid"
        return {
            key: zone.id, "name": self._dotted(zone.name), "email": zone.email, "ttl": zone.ttl,
            "serial": zone.serial, "gslb": zone.gslb, "description": zone.description,
            "created_at": _time(zone.created), "updated_at": _time(zone.updated),
        }  # fmt: skip

    def _json(self, zone: Zone, value: Value) -> dict[str, object]:
        keys = ("id", "domain_id") if self.world.toggles.id_style == "id" else ("uuid", "domain_uuid")
        data, priority = value.data, value.priority
        if value.type in TEXTS:
            data = text_answered(data, self.world.toggles)
        elif value.type in HOSTS or value.type == "SRV":
            data = self._dotted(data)
        if self.world.toggles.priority_in_data and priority is not None:
            data, priority = f"{priority} {data}", None
        return {
            keys[0]: value.id, keys[1]: zone.id,
            "name": self._dotted(value.name), "type": value.type, "data": data,
            "priority": priority, "ttl": value.ttl, "description": value.description,
            "gslb_region": value.gslb_region, "gslb_weight": value.gslb_weight,
            "gslb_check": value.gslb_check,
            "created_at": _time(value.created), "updated_at": _time(value.updated),
        }  # fmt: skip

    def _dotted(self, name: str) -> str:
        return name.removesuffix(".") if self.world.toggles.dots == "dropped" else name


def _negotiate(request: Request) -> None:
    """Refuse what is not JSON on either side, as far as the client says so."""
    accept, kind = request.headers.get("accept", "*/*"), request.headers.get("content-type", "")
    if not any(one in accept for one in ("*/*", "application/*", "application/json", "text/dns")):
        raise Refused(406, "unsupported_accept")
    if request.method in ("POST", "PUT") and not kind.startswith("application/json"):
        raise Refused(415, "unsupported_content_type")


def _object(request: Request) -> dict[str, Any]:
    if isinstance(data := request.data, dict):
        return data
    raise Refused(400, "invalid_json")


def _fields(value: Value | None) -> dict[str, Any]:
    """What a PUT that does not speak of it leaves as it is."""
    return {key: getattr(value, key) for key in ("name", "type", "data", "priority") if value is not None}


def _time(when: datetime | None) -> str | None:
    return f"{when:%Y-%m-%dT%H:%M:%S}.000000" if when else None
