"""The JSON schema for editors: it knows every key, and what we ship is right by it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from stszone.domain import MailDomain
from stszone.store import yaml_file
from stszone.store.complaints import BESIDE
from stszone.store.layers import built_in_names
from stszone.store.schema import file_schema

ROOT = Path(__file__).parents[2]
SCHEMA = file_schema()
_TYPES: dict[str, type | tuple[type, ...]] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip


def wrong(value: Any, schema: Any, at: str = "") -> Iterator[str]:
    """What is wrong with a value, by the keywords that our schema uses (JSON Schema 2020-12)."""
    if schema is True:
        return
    if "$ref" in schema:
        yield from wrong(value, SCHEMA["$defs"][schema["$ref"].removeprefix("#/$defs/")], at)
    for few, most in (("anyOf", 99), ("oneOf", 1)):
        fits = sum(not list(wrong(value, one, at)) for one in schema.get(few, ()))
        if few in schema and not 1 <= fits <= most:
            yield f"{at}: {value!r} fits {fits} of {few}"
    if "type" in schema:
        types = [schema["type"]] if isinstance(schema["type"], str) else schema["type"]
        if not any(
            isinstance(value, _TYPES[one]) and not (one != "boolean" and isinstance(value, bool))
            for one in types
        ):
            yield f"{at}: {value!r} is not {types}"
            return
    if "const" in schema and value != schema["const"]:
        yield f"{at}: {value!r} is not {schema['const']!r}"
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: {value!r} is not of {schema['enum']}"
    if isinstance(value, str) and "pattern" in schema and not re.search(schema["pattern"], value):
        yield f"{at}: {value!r} does not match"
    if isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        yield f"{at}: {value} is out of range"
    if isinstance(value, list):
        if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
            yield f"{at}: {len(value)} items"
        for index, item in enumerate(value):
            yield from wrong(item, schema.get("items", True), f"{at}[{index}]")
    if isinstance(value, dict):
        yield from _wrong_mapping(value, schema, at)


def _wrong_mapping(value: dict[str, Any], schema: dict[str, Any], at: str) -> Iterator[str]:
    for key in schema.get("required", ()):
        if key not in value:
            yield f"{at}: no {key}"
    for key, item in value.items():
        parts = [
            one for pattern, one in schema.get("patternProperties", {}).items() if re.search(pattern, key)
        ]
        parts += [schema["properties"][key]] if key in schema.get("properties", {}) else []
        other = schema.get("additionalProperties", True)
        if not parts and other is False:
            yield f"{at}: unknown key {key}"
        elif not parts and other is not True:
            parts = [other]
        for one in parts:
            yield from wrong(item, one, f"{at}.{key}")


def _as_editors_see_it(text: str) -> Any:
    document = yaml_file.parse(text)
    assert document.problems == []
    return json.loads(json.dumps(document.data).replace(json.dumps(yaml_file.DOMAIN)[1:-1], "{domain}"))


def _files() -> Iterator[Any]:
    for path in sorted((ROOT / "zones").glob("*.yaml")):
        yield pytest.param(path.read_text("utf-8"), id=path.name)
    for name in built_in_names():
        text = (resources.files("stszone.store") / "profiles" / f"{name}.yaml").read_text("utf-8")
        yield pytest.param(text, id=f"profile {name}")


@pytest.mark.parametrize("text", list(_files()))
def test_accepts_what_we_ship(text: str) -> None:
    """Examples and profiles; what a profile fills in need not stand in the file."""
    assert list(wrong(_as_editors_see_it(text), SCHEMA)) == []


@pytest.mark.parametrize(
    "text",
    [
        "mx: none",
        "mx: [mail.{domain}, {host: b.test, preference: 5}]",
        "dkim: {adsp: unknown, s1: {revoked: true}}",
        "dmarc: {rua: ['mailto:a@b.test']}",  # its p comes from a profile
        "mta_sts: {max_age: 7d}",
        "mta_sts: {mode: none, policy_host: external}",
        "ttl: 3600",
        "ttl: {default: 1h, mx: 300}",
        "records: {www: [{type: A, value: 192.0.2.1}]}",
    ],
)
def test_accepts(text: str) -> None:
    """What check accepts, an editor does not underline."""
    assert list(wrong(_as_editors_see_it(text), SCHEMA)) == []


@pytest.mark.parametrize(
    "text",
    [
        "spff: {}", "name: a.example", "$schema: x", "mx: 5", "mx: []", "spf: {al: fail}", "parked: yes",
        "mta_sts: {mode: Enforce}", "dkim: {adsp: maybe}", "dkim: {s_1: {revoked: true}}", "ttl: soon",
        "extends: self-hosted", "caa: [{}]",
    ],
)  # fmt: skip
def test_refuses(text: str) -> None:
    """What check refuses for its shape."""
    assert list(wrong(_as_editors_see_it(text), SCHEMA))


def test_knows_every_key_of_a_file() -> None:
    """And no other."""
    assert SCHEMA["properties"].keys() == (MailDomain.model_fields.keys() - {"name", "adsp"}) | set(BESIDE)
    assert SCHEMA["required"] == []
    assert SCHEMA["additionalProperties"] is False


def test_is_json_and_refers_to_what_it_has() -> None:
    """Every reference leads somewhere."""
    text = json.dumps(SCHEMA)
    assert json.loads(text) == SCHEMA
    for name in re.findall(r'"#/\$defs/([^"]+)"', text):
        assert name in SCHEMA["$defs"]
