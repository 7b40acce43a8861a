"""The fake answers as the samples of the real service do: same status, keys and forms."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.conoha.fake import FakeConoha, Toggles
from tests.conoha.fake.client import Client

SAMPLES = sorted(Path(__file__).parent.glob("v?-*.json"))
_FORMS = [
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}", "time with a fraction"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", "time with a fraction and Z"),
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", "time with Z"),
    (r"[^ @/]*\.", "name with a dot"),
    (r"\S+@\S+", "address of mail"),
]
Shape = Any


def shape(value: Any, exact: frozenset[str] = frozenset(), key: str = "") -> Shape:
    """Keys and forms of a JSON value; under the keys in `exact` the values themselves."""
    if isinstance(value, dict):
        return {name: shape(one, exact, name) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one, exact, key) for one in value]
    if key in exact:
        return value
    return form(value) if isinstance(value, str) else type(value).__name__


def form(text: str) -> str:
    """What kind of text it is; ids and hosts inside it do not matter."""
    for pattern, name in _FORMS:
        if re.fullmatch(pattern, text):
            return name
    bare = re.sub(
        r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "<id>", re.sub(r"https?://[^/']+", "<host>", text)
    )
    return bare if "<" in bare else "text"


def read(path: Path) -> dict[str, Any]:
    sample = json.loads(path.read_text("utf-8"))
    assert isinstance(sample, dict)
    return sample


def filled(value: Any, words: dict[str, str]) -> Any:
    """With the fake's ids and credentials."""
    text = json.dumps(value)
    for name, word in words.items():
        text = text.replace("{" + name + "}", word)
    return json.loads(text)


def exchange(conoha: FakeConoha, sample: dict[str, Any]) -> requests.Response:
    """The sample's request, on the state that it supposes."""
    words = dict(vars(conoha.account))
    given = sample.get("given", {})
    if zone := given.get("zone"):
        words["zone"] = conoha.seed(zone, email=given.get("email", "postmaster@example.org"))
        for name, type_, value, ttl in given.get("records", ()):
            words["record"] = conoha.add(zone, name, type_, value, ttl=ttl)
    for other in given.get("zones", ()):
        conoha.seed(other)
    request = filled(sample["request"], words)
    session = requests.Session()
    if request.get("token") != "none" and request.get("service") != "identity":
        session = Client(conoha).session
    base = conoha.identity_url if request.get("service") == "identity" else conoha.dns_url
    return session.request(
        request["method"],
        base + request["path"],
        json=request.get("json"),
        params=request.get("query"),
        timeout=5,
    )


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_fake_answers_like_the_sample(path: Path) -> None:
    """Status, headers, keys, and the form of every value."""
    sample = read(path)
    wanted, exact = sample["answer"], frozenset(sample.get("exact", ()))
    with FakeConoha(sample["generation"], Toggles(**sample.get("toggles", {}))) as conoha:
        answer = exchange(conoha, sample)
    assert answer.status_code == wanted["status"], answer.text
    for name, value in wanted.get("headers", {}).items():
        assert form(answer.headers[name]) == form(value), name
    for name in {"Content-Type", "Content-Length"} & wanted.get("headers", {}).keys():
        assert answer.headers[name] == wanted["headers"][name]
    if "body" in wanted:
        assert shape(answer.json(), exact) == shape(wanted["body"], exact)
    assert answer.text == wanted.get("text", answer.text)
    assert wanted.get("contains", "") in answer.text


def test_every_sample_says_how_sure_it_is() -> None:
    """And from where, and what it is about."""
    assert len(SAMPLES) > 20
    for path in SAMPLES:
        sample = read(path)
        assert sample["sure"] in {"CAP", "LIVE", "DOC", "SRC", "GUESS"}, path.name
        assert sample["section"].startswith("§"), path.name
        assert sample["documents"].endswith("."), path.name
        assert path.stem.startswith(sample["generation"]), path.name


def test_a_difference_in_form_is_seen() -> None:
    """The comparison is not blind to what clients stumble over."""
    assert shape({"id": "x"}) != shape({"uuid": "x"})
    assert shape({"ttl": None}) != shape({"ttl": 1})
    assert shape({"name": "example.com"}) != shape({"name": "example.com."})
    assert shape({"at": "2018-10-29T06:35:32.000000"}) != shape({"at": "2018-10-29T06:35:32Z"})
    assert shape([1]) != shape([1, 1])
    assert shape({"type": "A"}, frozenset({"type"})) != shape({"type": "B"}, frozenset({"type"}))
