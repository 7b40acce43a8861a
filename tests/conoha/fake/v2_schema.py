"""What v2 refuses before it looks at the zone: Designate's JSON schemas, as far as they are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tests.conoha.fake import checks
from tests.conoha.fake.forms import HOSTS, TEXTS
from tests.conoha.fake.message import Refused
from tests.conoha.fake.toggles import Toggles

TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "SPF", "SRV", "SSHFP", "TXT")
WRITABLE = (
    "name",
    "type",
    "data",
    "priority",
    "ttl",
    "description",
    "gslb_region",
    "gslb_weight",
    "gslb_check",
)
READABLE = ("id", "domain_id", "created_at", "updated_at")
"""A client may send a record back as it got it."""
ZONE = ("name", "email", "ttl", "description", "gslb", "id", "serial", "created_at", "updated_at")

_TTL_MAX = 2147483647

Errors = list[dict[str, str]]


def known(body: Mapping[str, Any]) -> dict[str, Any]:
    """Ids may be called otherwise than they are here."""
    return {{"uuid": "id", "domain_uuid": "domain_id"}.get(key, key): value for key, value in body.items()}


def check_zone(toggles: Toggles, body: Mapping[str, Any], required: tuple[str, ...]) -> None:
    """Raise 400 invalid_object with everything that is wrong."""
    errors = _keys(toggles, body, required, ZONE)
    _expect(errors, body, "name", lambda one: isinstance(one, str) and checks.is_host(one))
    _expect(errors, body, "email", lambda one: isinstance(one, str) and "@" in one)
    _expect(errors, body, "ttl", _is_ttl)
    _expect(errors, body, "gslb", lambda one: one in (0, 1, "0", "1"))
    _expect(errors, body, "description", _is_description)
    _refuse_if(errors)


def check(toggles: Toggles, body: Mapping[str, Any], required: tuple[str, ...]) -> None:
    """Raise 400 invalid_object with everything that is wrong."""
    errors = _keys(toggles, body, required, (*WRITABLE, *READABLE))
    type_ = body.get("type")
    _expect(errors, body, "type", lambda one: one in TYPES)
    _expect(errors, body, "name", lambda one: isinstance(one, str) and _is_name(type_, one))
    _expect(errors, body, "ttl", lambda one: one is None or _is_ttl(one))
    _expect(errors, body, "data", lambda one: isinstance(one, str) and _is_data(toggles, type_, one))
    needed = type_ in ("MX", "SRV")
    _expect(
        errors, {"priority": None, **body}, "priority",
        lambda one: checks.is_number(one) if needed else one is None,
    )  # fmt: skip
    _expect(errors, body, "gslb_region", lambda one: one in (None, "JP", "US", "SG", "AUTO"))
    _expect(errors, body, "gslb_weight", lambda one: one is None or checks.is_number(one, 0, 255))
    _expect(errors, body, "gslb_check", lambda one: one is None or checks.is_number(one))
    _expect(errors, body, "description", _is_description)
    _refuse_if(errors)


def _keys(
    toggles: Toggles, body: Mapping[str, Any], required: tuple[str, ...], allowed: tuple[str, ...]
) -> Errors:
    errors = [
        _error(key, f"'{key}' is a required property", "required") for key in required if key not in body
    ]
    if toggles.strict_keys and (more := sorted(body.keys() - set(allowed))):
        errors.append(
            _error("", f"Additional properties are not allowed: {', '.join(more)}", "additionalProperties")
        )
    return errors


def _is_ttl(value: object) -> bool:
    return checks.is_number(value, -_TTL_MAX, _TTL_MAX)  # too short is another error


def _is_description(value: object) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= 160)


def _is_name(type_: object, name: str) -> bool:
    also = {"SRV": checks.is_srv_name, "PTR": checks.is_ptr_name}.get(str(type_), checks.is_name)
    return checks.is_name(name) and also(name)


def _is_data(toggles: Toggles, type_: object, data: str) -> bool:
    null = toggles.null_target == "accept"
    if len(data) > 255 and not (type_ in TEXTS and toggles.long_txt != "400"):
        return False
    if type_ in ("A", "AAAA"):
        return checks.is_address(str(type_), data)
    if type_ == "SRV":
        return checks.is_srv_data(data, null=null)
    return checks.is_target(data, null=null and type_ == "MX") if type_ in HOSTS else True


def _expect(errors: Errors, body: Mapping[str, Any], key: str, good: Callable[[Any], bool]) -> None:
    if key in body and not good(body[key]):
        errors.append(_error(key, f"{body[key]!r} is not allowed here", "format"))


def _error(path: str, message: str, validator: str) -> dict[str, str]:
    return {"path": path, "message": message, "validator": validator}


def _refuse_if(errors: Errors) -> None:
    if errors:
        raise Refused(400, "invalid_object", "Provided object does not match schema", errors=errors)
