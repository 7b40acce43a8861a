"""Anything else: records in the form of an octoDNS zone file, for what has no section of its own.

Names are relative to the zone, as octoDNS has them; names in rdata are absolute whether or not
they end with a dot, and never relative.  Texts are written as they are to be published; the
`\\;` that octoDNS files need means `;`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import dns.exception
import dns.name
import dns.rdata
import dns.rdatatype
from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema, model_validator

from stszone.errors import RuleError
from stszone.standards.names import is_within, parse_owner
from stszone.standards.rrset import RRset, txt
from stszone.standards.section import Section, Ttl

FIELDS: Mapping[str, tuple[str, ...]] = {
    "CAA": ("flags", "tag", "value"),
    "DS": ("key_tag", "algorithm", "digest_type", "digest"),
    "MX": ("preference", "exchange"),
    "NAPTR": ("order", "preference", "flags", "service", "regexp", "replacement"),
    "SRV": ("priority", "weight", "port", "target"),
    "SSHFP": ("algorithm", "fingerprint_type", "fingerprint"),
    "TLSA": ("certificate_usage", "selector", "matching_type", "certificate_association_data"),
    "URI": ("priority", "weight", "target"),
}
"""octoDNS's names for the fields of a value, in the order of the rdata."""

TYPES = (
    *FIELDS, "A", "AAAA", "CNAME", "DNAME", "HTTPS", "NS", "OPENPGPKEY", "PTR", "SVCB", "TXT",
)  # fmt: skip
"""Types that may stand under `records:`; those without fields take text only."""

ONE_VALUE = ("CNAME", "DNAME")
"""Types of which a name has one record at most (RFC 1034 §3.6.2, RFC 6672 §2.4)."""

_QUOTED = {"CAA": (2,), "NAPTR": (2, 3, 4), "URI": (2,)}
"""Positions of the fields that are character-strings."""

_NAMED = ("CNAME", "DNAME", "MX", "NS", "PTR", "SRV")
"""Types whose rdata is names and numbers, so that lower case means the same."""

_HEX = re.compile(r"((?:\d+ ){2,3})([0-9a-f ]+)", re.IGNORECASE)
_PARAMETER = re.compile(r'="([^"\s\\]*)"')
"""A parameter of SVCB that needs no quotes; octoDNS writes none."""

_FORM_RULES = {"CAA": "CAA004", "MX": "MXX005", "SRV": "SRV002", "TLSA": "DAN004"}
"""The rule of a value that does not have the form of its type; DNS003 for the others."""

_PLAIN_RECORDS = "leave it with the provider's own tool: stszone leaves records that it does not know alone"


def parse_type(text: str) -> str:
    """A record type.  Raises RuleError (DNS003, OCT003)."""
    type_ = text.upper()
    if type_ in TYPES:
        return type_
    if "/" in text or type_ in ("ALIAS", "URLFWD"):
        raise RuleError("OCT003", f"{text} is a type of one provider", _PLAIN_RECORDS)
    if type_ == "SOA":
        raise RuleError("DNS003", "the SOA belongs to the zone, not to a mail domain", "remove it")
    hint = "RFC 7208 §3.1 leaves TXT only" if type_ == "SPF" else f"known are {', '.join(sorted(TYPES))}"
    raise RuleError("SPF005" if type_ == "SPF" else "DNS003", f"{text} is not a type for records", hint)


def parse_record(type_: str, value: str) -> str:
    """One value in canonical presentation form; a TXT is given as its text.

    Raises RuleError: DNS003 or the rule of the type for a malformed value, OCT002 and OCT006 for texts.

    >>> parse_record("MX", "10 Mail.example.com")
    '10 mail.example.com.'
    """
    if type_ == "TXT":
        return txt(value.replace("\\;", ";"))
    try:
        rdata = dns.rdata.from_text(
            "IN", type_, value, dns.name.root, relativize=False, idna_codec=dns.name.IDNA_2008_UTS_46
        )  # fmt: skip
    except (dns.exception.DNSException, UnicodeError, ValueError) as error:
        rule = _FORM_RULES.get(type_, "DNS003")
        raise RuleError(rule, f"{value!r} is not the rdata of {type_}: {error}") from None
    text = rdata.to_text()
    if type_ in _NAMED:
        return text.lower()
    if type_ in ("HTTPS", "SVCB"):
        return _PARAMETER.sub(r"=\1", text)
    if type_ in ("DS", "SSHFP", "TLSA") and (match := _HEX.fullmatch(text)):
        return match[1] + match[2].replace(" ", "").lower()
    return text


def _value_text(type_: str, value: object) -> str:
    """One value of the YAML, text or mapping, as text.  Raises RuleError (INP002, INP003)."""
    if isinstance(value, str):
        return value
    fields = FIELDS.get(type_, ())
    if not isinstance(value, dict) or not fields:
        what = "text" + (f" or a mapping of {', '.join(fields)}" if fields else "")
        raise RuleError("INP003", f"{value!r} is not a value of {type_}", f"write {what}")
    if unknown := sorted(set(value) - set(fields)):
        hint = f"known are {', '.join(fields)}"
        raise RuleError("INP002", f"{unknown[0]!r} is not a field of {type_}", hint)
    if missing := [field for field in fields if field not in value]:
        hint = f"it needs {', '.join(fields)}"
        raise RuleError("INP003", f"the value of {type_} has no {missing[0]}", hint)
    quoted = _QUOTED.get(type_, ())
    parts = (str(value[field]) for field in fields)
    return " ".join(f'"{part}"' if index in quoted else part for index, part in enumerate(parts))


def _values(data: Mapping[str, object]) -> list[object]:
    if "value" in data and "values" in data:
        raise RuleError("INP003", "value and values stand beside each other", "keep one of them")
    if unknown := sorted(set(data) - {"type", "ttl", "value", "values"}):
        raise RuleError(
            "INP002", f"{unknown[0]!r} is not a key of a record", "known are type, ttl, value, values"
        )
    value = data.get("values", data.get("value"))
    if value is None:
        raise RuleError("INP003", "the record has no value", "write value or values")
    return value if isinstance(value, list) else [value]


class RawRecord(Section):
    """All records of one type at a name."""

    type: str
    ttl: Ttl | None = None
    """Seconds; None for the domain's."""
    values: tuple[str, ...] = Field(min_length=1)
    """Rdata in canonical presentation form."""

    @model_validator(mode="before")
    @classmethod
    def _from_octodns(cls, data: Any) -> Any:  # Any: what YAML gave, before any check
        if not isinstance(data, dict) or not isinstance(data.get("type"), str):
            return data
        for key in ("lenient", "octodns"):
            if key in data:
                raise RuleError("OCT003", f"{key} stands in the record", f"remove it; or {_PLAIN_RECORDS}")
        type_ = parse_type(data["type"])
        values = tuple(parse_record(type_, _value_text(type_, value)) for value in _values(data))
        if len(values) > 1 and type_ in ONE_VALUE:
            raise RuleError("DNS005", f"{len(values)} {type_} at one name", "keep one of them")
        rest = {key: value for key, value in data.items() if key not in ("value", "values")}
        return {**rest, "type": type_, "values": values}


def parse_name(text: str) -> str:
    """An owner name relative to the zone; empty for the zone itself.

    Raises RuleError (MXX011 and those of `parse_owner`).
    """
    if text == "@":
        raise RuleError("DNS002", "@ is not a name here", "write '' for the zone itself")
    if not text:
        return text
    if text.endswith("."):
        raise RuleError("MXX011", f"{text} has a trailing dot", "write the name relative to the zone")
    if text == "*":
        return text
    return parse_owner(f"{text}.test").removesuffix(".test")


def _name_in_zone(text: str, info: ValidationInfo) -> str:
    """A name that fits the zone of the mail domain around it; without one any relative name."""
    name = parse_name(text)
    if zone := (info.data or {}).get("zone"):
        owner(name, zone)
    return name


def _several(value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    return (value,) if isinstance(value, dict | RawRecord) else value


def _one_rrset_each(records: tuple[RawRecord, ...]) -> tuple[RawRecord, ...]:
    types = [record.type for record in records]
    if twice := next((type_ for type_ in types if types.count(type_) > 1), None):
        raise RuleError("DNS006", f"{twice} stands twice at one name", "list all values under one `values:`")
    return records


def _apex_is_the_zones(records: dict[str, tuple[RawRecord, ...]]) -> dict[str, tuple[RawRecord, ...]]:
    if any(record.type == "NS" for record in records.get("", ())):
        raise RuleError("DNS003", "the NS records of the zone itself are not a mail domain's", "remove them")
    return records


_VALUE_SCHEMA: dict[str, Any] = {"oneOf": [{"type": "string"}, {"type": "object"}]}  # Any: JSON schema
_RECORD_SCHEMA: dict[str, Any] = {  # Any: JSON schema
    "type": "object",
    "properties": {
        "type": {"enum": sorted(TYPES)},
        "ttl": {"type": ["integer", "string"]},
        "value": _VALUE_SCHEMA,
        "values": {"type": "array", "minItems": 1, "items": _VALUE_SCHEMA},
    },
    "required": ["type"],
    "additionalProperties": False,
}
_SCHEMA = {
    "type": "object",
    "additionalProperties": {"oneOf": [_RECORD_SCHEMA, {"type": "array", "items": _RECORD_SCHEMA}]},
}

RawRecords = Annotated[
    dict[
        Annotated[str, AfterValidator(_name_in_zone)],
        Annotated[tuple[RawRecord, ...], BeforeValidator(_several), AfterValidator(_one_rrset_each)],
    ],
    AfterValidator(_apex_is_the_zones),
    WithJsonSchema(_SCHEMA),
]
"""`records:` in the YAML."""


def owner(name: str, zone: str) -> str:
    """The absolute owner name.  Raises RuleError (DNS001, MXX011).

    >>> owner("www", "example.com"), owner("", "example.com")
    ('www.example.com', 'example.com')
    """
    if not name:
        return zone
    if is_within(name, zone):
        relative = name.removesuffix(zone).removesuffix(".")
        what = f"{name} under records ends with its zone {zone}"
        raise RuleError("MXX011", what, f"write {relative or repr('')}")
    return parse_owner(f"{name}.{zone}")


def rrsets(section: Mapping[str, tuple[RawRecord, ...]], zone: str, ttl: int) -> Iterator[RRset]:
    """The records, at their names in the zone.  Raises RuleError (DNS001, MXX011)."""
    for name, records in section.items():
        absolute = owner(name, zone)
        for index, record in enumerate(records):
            own = ttl if record.ttl is None else record.ttl
            yield RRset(absolute, record.type, own, record.values, key=(name, index))
