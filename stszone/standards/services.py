"""SRV (RFC 2782, RFC 6186, RFC 8314): where mail programs find the domain's servers.

The YAML names services and not owner names; the port is the registered one unless it is said.
A service with no target is one that the domain does not offer: `0 0 0 .`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, WithJsonSchema, model_validator

from stszone.errors import RuleError
from stszone.report import Finding, Severity
from stszone.rules import finding
from stszone.standards.names import parse_host
from stszone.standards.rrset import RRset, dotted
from stszone.standards.section import Section

PORTS = {
    "submission": 587,
    "submissions": 465,
    "imap": 143,
    "imaps": 993,
    "pop3": 110,
    "pop3s": 995,
    "sieve": 4190,
    "jmap": 443,
    "autodiscover": 443,
    "caldav": 80,
    "caldavs": 443,
    "carddav": 80,
    "carddavs": 443,
}
"""Services by name, with their registered ports (RFC 6186, 8314, 5804, 8620, 6764; Microsoft)."""

IMPLICIT_TLS = {
    "submission": "submissions",
    "imap": "imaps",
    "pop3": "pop3s",
    "caldav": "caldavs",
    "carddav": "carddavs",
}
"""The twin that speaks TLS from the first octet on."""

ABSENT = "0 0 0 ."
"""The rdata that says that a service is not offered (RFC 6186 §3.4)."""

_MISNAMED = {
    "smtps": "submissions",
    "ssmtp": "submissions",
    "smtp": "submission",
    "pop": "pop3",
    "managesieve": "sieve",
}
_TEXT = re.compile(r"(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\S+)")
_OWNER = re.compile(r"_([a-z0-9-]+)\._([a-z]+)\.")


def parse_service(text: str) -> str:
    """The name of a service.  Raises RuleError (SRV001)."""
    name = text.lower()
    if name in PORTS:
        return name
    near = _MISNAMED.get(name) or next(iter(difflib.get_close_matches(name, PORTS, n=1)), None)
    hint = f"write {near}" if near else f"known are {', '.join(PORTS)}; others go under `records:`"
    raise RuleError("SRV001", f"{text!r} is not a service that programs look for", hint)


def _uint16(value: int) -> int:
    if 0 <= value <= 65535:
        return value
    raise RuleError("SRV002", f"{value} is outside 0 to 65535")


def _port(value: int) -> int:
    if value:
        return _uint16(value)
    raise RuleError("SRV002", "port 0 cannot be connected to")


def _target(text: str) -> str:
    if text == ".":
        raise RuleError("SRV003", "the host . stands for a service that is not offered", "write `none`")
    return parse_host(text)


class ServiceTarget(Section):
    """One server of a service: its host name, or a mapping."""

    host: Annotated[str, AfterValidator(_target)]
    port: Annotated[int, AfterValidator(_port)] | None = None
    """None for the registered one."""
    priority: Annotated[int, AfterValidator(_uint16)] = 0
    """Programs try the lowest first."""
    weight: Annotated[int, AfterValidator(_uint16)] = 0
    """The share among servers of the same priority."""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:  # Any: what YAML gave, before any check
        return {"host": data} if isinstance(data, str) else data


def _targets(value: object) -> object:
    if value == "none":
        return ()
    if not isinstance(value, list):
        return (value,) if isinstance(value, str | dict | BaseModel) else value
    if not value:
        hint = "write `none` for a service that is not offered"
        raise RuleError("SRV003", "the list of hosts is empty", hint)
    return tuple(value)


_ONE: dict[str, Any] = {  # Any: JSON schema
    "oneOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {
                "host": {"type": "string"},
                "port": {"type": "integer", "minimum": 1, "maximum": 65535},
                "priority": {"type": "integer", "minimum": 0, "maximum": 65535},
                "weight": {"type": "integer", "minimum": 0, "maximum": 65535},
            },
            "required": ["host"],
            "additionalProperties": False,
        },
    ]
}
_SCHEMA = {"oneOf": [*_ONE["oneOf"], {"type": "array", "minItems": 1, "items": _ONE}]}

Targets = Annotated[tuple[ServiceTarget, ...], BeforeValidator(_targets), WithJsonSchema(_SCHEMA)]
"""The servers of a service; empty where it is not offered (`none` in the YAML)."""

Services = dict[Annotated[str, AfterValidator(parse_service)], Targets]
"""`services:` in the YAML."""


def owner(service: str, domain: str) -> str:
    """The owner name of a service's SRV.

    >>> owner("imaps", "example.com")
    '_imaps._tcp.example.com'
    """
    return f"_{service}._tcp.{domain}"


def rrsets(section: Mapping[str, Sequence[ServiceTarget]], domain: str, ttl: int) -> Iterator[RRset]:
    """The SRV RRset of every service."""
    for service, targets in section.items():
        rdatas = tuple(format_record(target, service) for target in targets)
        yield RRset(owner(service, domain), "SRV", ttl, rdatas or (ABSENT,), key=(service,))


def check(section: Mapping[str, Sequence[ServiceTarget]], domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in the section and still a trap."""
    for clear, implicit in IMPLICIT_TLS.items():
        if section.get(clear) and not section.get(implicit):
            yield finding("SRV004", f"{clear} is offered and {implicit} is not", key=(clear,))
    for index, target in enumerate(section.get("autodiscover", ())):
        if target.port not in (None, 443):
            what = f"autodiscover is offered on port {target.port}, programs use HTTPS on 443"
            yield finding("AUT002", what, key=("autodiscover", index), fix="leave the port out")


def parse_record(rdata: str) -> ServiceTarget | None:
    """The rdata of one SRV, None where it says that the service is not offered.

    Raises RuleError (SRV002 and those of `parse_host`).

    >>> parse_record("0 1 993 mail.example.com.")
    ServiceTarget(host='mail.example.com', port=993, priority=0, weight=1)
    """
    if not (match := _TEXT.fullmatch(rdata.strip())):
        raise RuleError("SRV002", f"{rdata!r} is not a priority, a weight, a port and a host")
    priority, weight, port = (_uint16(int(match[part])) for part in (1, 2, 3))
    if match[4] == ".":
        return None
    host = parse_host(match[4].removesuffix("."))
    return ServiceTarget(host=host, port=_port(port), priority=priority, weight=weight)


def format_record(target: ServiceTarget | None, service: str = "submissions") -> str:
    """The rdata of one SRV; the service gives the port where the target has none.

    >>> format_record(ServiceTarget(host="mail.example.com"), "imaps")
    '0 0 993 mail.example.com.'
    """
    if target is None:
        return ABSENT
    port = PORTS[service] if target.port is None else target.port
    return f"{target.priority} {target.weight} {port} {dotted(target.host)}"


def check_rdatas(name: str, rdatas: Sequence[str]) -> Iterator[Finding]:
    """What programs make of the SRV records at a name."""
    if match := _OWNER.match(name):
        service, protocol = match[1], match[2]
        if service in ("smtps", "ssmtp"):
            what = f"{name} is not a name that programs look for"
            yield finding("SRV001", what, fix="write _submissions._tcp")
        elif service in PORTS and protocol != "tcp":
            yield finding("SRV001", f"{name} is below _{protocol}", fix=f"write _{service}._tcp")
    else:
        yield finding("SRV001", f"SRV at {name}, which does not begin like _imaps._tcp.")
    for rdata in rdatas:
        try:
            absent = parse_record(rdata) is None
        except RuleError as error:
            yield finding(error.rule, f"{name}: {error.what}", fix=error.fix)
            continue
        if absent and len(rdatas) > 1:
            yield finding("SRV003", f"{name} has the target . beside others", severity=Severity.WARNING)
        elif absent and rdata != ABSENT:
            yield finding("SRV003", f"{name} has {rdata}", fix=f"write {ABSENT}")
