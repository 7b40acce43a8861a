"""DNS v3, "dnsaas": the paths of v2, but another service with other shapes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tests.conoha.fake import checks
from tests.conoha.fake.forms import HOSTS, TEXTS, text_answered
from tests.conoha.fake.identity import Identity, styled
from tests.conoha.fake.message import Answer, Refused, Request, as_html, as_json
from tests.conoha.fake.state import Value, Zone
from tests.conoha.fake.world import World

TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "SRV", "TXT")
CUT_AT, REFUSE_ABOVE = 3, 100
"""Limits of the two answers to what a large limit gets."""
_NUMBERS = ("priority", "weight", "port")
_WRITABLE = ("name", "type", "data", *_NUMBERS, "ttl")
_READABLE = ("uuid", "domain_uuid", "id", "domain_id", "created_at", "updated_at", "description")


@dataclass
class V3:
    """The DNS endpoint."""

    world: World
    identity: Identity

    def answer(self, request: Request) -> Answer:
        try:
            return self._route(request)
        except Refused as refused:
            message = f"Parameter {refused.field} is Invalid" if refused.field else refused.message
            if self.world.toggles.error_style == "html":
                return as_html(refused.status, message)
            return styled(self.world.toggles.error_style, Refused(refused.status, message=message))

    def _route(self, request: Request) -> Answer:
        tenant = self.identity.tenant(request.headers.get("x-auth-token", ""))
        if tenant is None:
            raise Refused(401, message="The request you have made requires authentication.")
        words = request.path.strip("/").split("/")
        does: dict[str, Callable[..., Answer]]
        match words:
            case ["v1", "domains"]:
                does = {"GET": self._zones, "POST": self._add_zone}
            case ["v1", "domains", _]:
                does = {"GET": self._zone, "PUT": self._put_zone, "DELETE": self._drop_zone}
            case ["v1", "domains", _, "records"]:
                does = {"GET": self._records, "POST": self._add}
            case ["v1", "domains", _, "records", _]:
                does = {"GET": self._record, "PUT": self._put, "DELETE": self._drop}
            case _:
                raise Refused(404, message="Not Found")
        if request.method not in does:
            raise Refused(405, message="Method Not Allowed")
        return does[request.method](tenant, request, *words[2::2])

    # Zones

    def _zones(self, tenant: str, request: Request) -> Answer:
        shown = [self._zone_json(one) for one in self.world.list_zones(tenant)]
        return self._page(request, "domains", shown)

    def _add_zone(self, tenant: str, request: Request) -> Answer:
        body = _object(request)
        self._known(body, ("name", "email", "ttl"))
        _need("name", isinstance(body.get("name"), str) and checks.is_zone(body["name"]))
        _need("email", isinstance(body.get("email"), str) and "@" in body["email"])
        ttl = self._ttl(body)
        if self.world.named(body["name"]):
            raise Refused(409, message="Duplicate Domain")
        if self.world.toggles.zones_quota and self._owned(tenant) >= self.world.toggles.zones_quota:
            raise Refused(413, message="Quota exceeded")
        zone = self.world.add_zone(body["name"], tenant, body["email"], ttl or 3600)
        return as_json(self.world.toggles.create_status, self._zone_json(zone))

    def _owned(self, tenant: str) -> int:
        return sum(one.tenant == tenant for one in self.world.zones)

    def _zone(self, tenant: str, request: Request, zone_id: str) -> Answer:
        return as_json(200, self._zone_json(self._found(tenant, zone_id)))

    def _put_zone(self, tenant: str, request: Request, zone_id: str) -> Answer:
        zone, body = self._found(tenant, zone_id), _object(request)
        self._known(body, ("name", "email", "ttl"))
        _need("name", body.get("name", zone.name) == zone.name)
        _need("email", "@" in str(body.get("email", zone.email)))
        zone.ttl, zone.email = self._ttl(body) or zone.ttl, body.get("email", zone.email)
        self.world.touch(zone)
        return as_json(200, self._zone_json(zone))

    def _drop_zone(self, tenant: str, request: Request, zone_id: str) -> Answer:
        self.world.drop_zone(self._found(tenant, zone_id))
        return Answer(self.world.toggles.delete_status)

    # Records

    def _records(self, tenant: str, request: Request, zone_id: str) -> Answer:
        zone = self._found(tenant, zone_id)
        return self._page(request, "records", [self._json(zone, one) for one in self.world.list_values(zone)])

    def _add(self, tenant: str, request: Request, zone_id: str) -> Answer:
        zone, body = self._found(tenant, zone_id), _object(request)
        self._known(body, _WRITABLE)
        self._check(body)
        self._not_managed(zone, body["name"], body["type"])
        numbers = {key: body.get(key) for key in _numbers(body["type"])}
        ttl = self._ttl(body)
        if ttl is None and self.world.toggles.default_ttl != "null":
            ttl = zone.ttl if self.world.toggles.default_ttl == "zone" else 3600
        value = self.world.value(zone, body["name"], body["type"], body["data"], ttl, **numbers)
        self.world.place(zone, value)
        self._not_twice(zone, value)
        self.world.room(zone, value)
        self.world.put(zone, value)
        return as_json(self.world.toggles.create_status, self._json(zone, value))

    def _record(self, tenant: str, request: Request, zone_id: str, record_id: str) -> Answer:
        return as_json(200, self._json(*self._one(tenant, zone_id, record_id)))

    def _put(self, tenant: str, request: Request, zone_id: str, record_id: str) -> Answer:
        zone, old = self._one(tenant, zone_id, record_id)
        body = _object(request)
        self._not_managed(zone, old.name, old.type)
        _need("ttl", self.world.toggles.put_ttl != "400" or "ttl" not in body)
        _need("type", self.world.toggles.put_type != "400" or body.get("type", old.type) == old.type)
        ignored = {"ttl"} if self.world.toggles.put_ttl == "ignored" else set()
        ignored |= {"type"} if self.world.toggles.put_type == "ignored" else set()
        changes = {key: body[key] for key in _WRITABLE if key in body and key not in ignored}
        self._known(body, _WRITABLE)
        self._check({**{key: getattr(old, key) for key in _WRITABLE}, **changes})
        type_ = changes.get("type", old.type)
        changes.update((key, None) for key in _NUMBERS if key not in _numbers(type_))
        if "ttl" in changes:
            changes["ttl"] = self._ttl(changes)
        new = self.world.changed(old, changes)
        rest = self.world.along(zone, old, new)
        self.world.place(zone, new, rest)
        self._not_twice(zone, new)
        self.world.put(zone, new, *rest)
        return as_json(200, self._json(zone, new))

    def _drop(self, tenant: str, request: Request, zone_id: str, record_id: str) -> Answer:
        zone, value = self._one(tenant, zone_id, record_id)
        self._not_managed(zone, value.name, value.type)
        self.world.put(zone, instead_of=[value])
        return Answer(self.world.toggles.delete_status)

    # What is refused

    def _check(self, body: Mapping[str, Any]) -> None:
        name, type_, data = body.get("name"), body.get("type"), body.get("data")
        _need("name", isinstance(name, str) and checks.is_name(name))
        _need("name", "*" not in str(name) or self.world.toggles.wildcard == "accept")
        _need("type", type_ in TYPES)
        _need("data", isinstance(data, str) and self._is_data(str(type_), data))
        for key in _numbers(str(type_)):
            _need(key, checks.is_number(body.get(key)))

    def _is_data(self, type_: str, data: str) -> bool:
        if type_ in TEXTS:
            return len(data) <= 255 or self.world.toggles.long_txt != "400"
        if type_ in ("A", "AAAA"):
            return checks.is_address(type_, data)
        null = type_ in ("MX", "SRV") and self.world.toggles.null_target == "accept"
        return checks.is_target(data, null=null)

    def _known(self, body: Mapping[str, Any], known: tuple[str, ...]) -> None:
        if self.world.toggles.strict_keys:
            for key in sorted(body.keys() - {*known, *_READABLE}):
                _need(key, False)

    def _ttl(self, body: Mapping[str, Any]) -> int | None:
        ttl = body.get("ttl")
        _need("ttl", ttl is None or checks.is_number(ttl, 0, 2147483647))
        return self.world.ttl(ttl)

    def _not_managed(self, zone: Zone, name: str, type_: str) -> None:
        if name.lower() == zone.name.lower() and type_ in ("SOA", "NS"):
            _need("type", type_ == "NS" and self.world.toggles.root_ns_editable)

    def _not_twice(self, zone: Zone, value: Value) -> None:
        if self.world.toggles.duplicate != "accept" and self.world.twin(zone, value):
            raise Refused(int(self.world.toggles.duplicate), message="Duplicate Record")

    def _found(self, tenant: str, zone_id: str) -> Zone:
        if zone := self.world.find(tenant, zone_id):
            return zone
        raise Refused(404, message="Domain not found")

    def _one(self, tenant: str, zone_id: str, record_id: str) -> tuple[Zone, Value]:
        zone = self._found(tenant, zone_id)
        for value in zone.values:
            if value.id == record_id:
                return zone, value
        raise Refused(404, message="Record not found")

    # Shapes

    def _page(self, request: Request, key: str, shown: list[dict[str, Any]]) -> Answer:
        if (by := request.query.get("sort_key")) in ("name", "type", "created_at", "updated_at", "ttl"):
            shown = sorted(shown, key=lambda one: str(one[by]))
        shown = shown[::-1] if request.query.get("sort_type") == "desc" else shown
        limit, offset = self._limit(request), _count(request, "offset", 0)
        page = shown[offset : offset + limit] if limit else shown[offset:]
        style = self.world.toggles.total_count
        total = {"low": 1, "high": len(shown) + 1}.get(style, len(shown))
        told = style != "absent" and not (style == "domains" and key == "records")
        return as_json(200, {key: page, **({"total_count": total} if told else {})})

    def _limit(self, request: Request) -> int:
        limit = _count(request, "limit", self.world.toggles.default_page)
        cap = self.world.toggles.limit_cap
        _need("limit", "limit" not in request.query or limit > 0)
        _need("limit", cap != "refuse" or limit <= REFUSE_ABOVE)
        return min(limit, CUT_AT) if cap == "cut" and limit else limit

    def _zone_json(self, zone: Zone) -> dict[str, Any]:
        return {
            self._id: zone.id, "name": self._dotted(zone.name), "project_id": zone.tenant,
            "serial": zone.serial, "ttl": zone.ttl, "email": zone.email,
            "created_at": self._time(zone.created), "updated_at": self._time(zone.updated or zone.created),
        }  # fmt: skip

    def _json(self, zone: Zone, value: Value) -> dict[str, Any]:
        data, numbers = value.data, {key: getattr(value, key) for key in _NUMBERS}
        if value.type in TEXTS:
            data = text_answered(data, self.world.toggles)
        elif value.type in HOSTS or value.type == "SRV":
            data = self._dotted(data)
        if self.world.toggles.priority_in_data and value.priority is not None:
            data = " ".join((*(str(one) for one in numbers.values() if one is not None), data))
            numbers = dict.fromkeys(_NUMBERS)
        return {
            self._id: value.id, f"domain_{self._id}": zone.id,
            "name": self._dotted(value.name), "type": value.type, "data": data, **numbers, "ttl": value.ttl,
            "created_at": self._time(value.created), "updated_at": self._time(value.updated or value.created),
        }  # fmt: skip

    @property
    def _id(self) -> str:
        return self.world.toggles.id_style

    def _dotted(self, name: str) -> str:
        return name.removesuffix(".") if self.world.toggles.dots == "dropped" else name

    def _time(self, when: datetime) -> str:
        fraction = ".%f" if self.world.toggles.timestamps == "microseconds" else ""
        return when.strftime(f"%Y-%m-%dT%H:%M:%S{fraction}Z")


def _object(request: Request) -> dict[str, Any]:
    if isinstance(data := request.data, dict):
        return data
    raise Refused(400, message="Request body is Invalid")


def _need(key: str, good: bool) -> None:
    if not good:
        raise Refused(400, field=key)


def _numbers(type_: str) -> tuple[str, ...]:
    """Which numbers a type has."""
    return {"MX": _NUMBERS[:1], "SRV": _NUMBERS}.get(type_, ())


def _count(request: Request, key: str, default: int) -> int:
    text = request.query.get(key, str(default))
    _need(key, text.isdigit())
    return int(text)
