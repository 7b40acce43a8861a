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
    if adsp:
        properties["dkim"] = {"type": "object", "properties": {"adsp": adsp}, **properties["dkim"]}
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
