"""The JSON schema of a file in zones/, from the very models that read it."""

from __future__ import annotations

from typing import Any

from stszone.domain import MailDomain

SCHEMA = "https://json-schema.org/draft/2020-12/schema"


def file_schema() -> dict[str, Any]:  # Any: a JSON schema is JSON
    """Draft 2020-12; what profiles may fill in is not required."""
    schema = MailDomain.model_json_schema(mode="validation")
    properties = schema["properties"]
    del properties["name"]
    adsp = properties.pop("adsp", None)
    properties["zone"]["description"] = "The DNS zone that holds the domain."
    properties["ttl"] = {"anyOf": [schema["$defs"]["Ttls"]["properties"]["default"], properties["ttl"]]}
    for section in ("bimi", "tls_rpt"):
        _relax(schema["$defs"], properties[section])
    if adsp:
        properties["dkim"] = _beside_selectors(properties["dkim"], adsp)
    texts = {"type": "array", "items": {"type": "string"}}
    head = {
        "extends": {**texts, "description": "Profiles: built-in, or zones/_NAME.yaml; later wins."},
        "domains": {
            **texts,
            "description": "Mail domains that are all alike; without it the file's name is the domain.",
        },
    }
    return {
        "$schema": SCHEMA,
        "title": "A mail domain of stszone",
        **schema,
        "properties": {**head, **properties},
        "required": [],
    }


def _relax(definitions: dict[str, Any], section: dict[str, Any]) -> None:  # Any: as above
    """A mapping may be completed by a profile; what stands in a list is complete, as lists replace."""
    for one in section.get("anyOf", [section]):
        if "$ref" in one:
            definitions[one["$ref"].rpartition("/")[2]].pop("required", None)


def _beside_selectors(dkim: dict[str, Any], adsp: dict[str, Any]) -> dict[str, Any]:  # Any: as above
    """`adsp` looks like a selector, and a schema holds a key to every pattern that it matches."""
    selectors = dkim["patternProperties"].items()
    return {
        **dkim,
        "properties": {"adsp": adsp},
        "patternProperties": {f"^(?!adsp$){name.removeprefix('^')}": one for name, one in selectors},
        "additionalProperties": False,
    }
