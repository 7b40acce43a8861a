"""Answers that nobody expects, and where they lead: to an error that says so, and to no loss."""

from __future__ import annotations

import json
import logging

import pytest
from octodns.provider import SupportsException
from octodns.record.exception import ValidationError
from octodns.zone import Zone
from octodns_conoha import ConohaException, ConohaRefused
from octodns_conoha.hiding import Hider

from tests.conoha.conftest import Start
from tests.conoha.fake import Toggles, meanwhile, refuse
from tests.conoha.fake.faults import Fault
from tests.conoha.fake.message import Answer
from tests.conoha.provider import ZONE, Sets, apply, plan, provider, seen
from tests.conoha.test_provider import ADDRESSES, BOTH


def saying(status: int, content: object, **headers: str) -> Fault:
    """An answer of this JSON; the request is not done."""
    body = json.dumps(content).encode()
    return lambda server, request, go: Answer(status, body, headers)


@BOTH
def test_two_zones_of_one_name_are_told(generation: str, start: Start) -> None:
    """Nobody can say which one is meant."""
    conoha = start(generation)
    zones = [{"id": str(number), "name": ZONE, "ttl": 3600} for number in range(2)]
    conoha.faults.add(saying(200, {"domains": zones}), times=9)
    with pytest.raises(ConohaException, match=r"the account has 2 zones example\.com\."):
        plan(provider(conoha), {})


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ({"message": "said"}, "said"),
        ({"error": "said"}, "said"),
        ({"error": {"code": 400, "message": "said", "title": "Bad"}}, "said"),
        ({"badRequest": {"code": 400, "message": "said"}}, "said"),
        ({"code": 400, "type": "invalid_object", "errors": [{"path": "data", "message": "too long"}]}, "invalid_object data too long"),
        ({"code": 400}, "HTTP 400$"),
    ],
)  # fmt: skip
def test_errors_of_every_form_are_read(content: object, words: str, start: Start) -> None:
    """Their form on v3 is not documented."""
    conoha = start("v3")
    conoha.seed(ZONE)
    conoha.faults.add(saying(400, content), method="POST", path="/records$")
    with pytest.raises(ConohaRefused, match=words):
        apply(provider(conoha), {("a.example.com.", "A"): (300, ADDRESSES)})


def test_the_number_of_a_request_is_told(start: Start) -> None:
    """ConoHa's support asks for it."""
    conoha = start("v2")
    conoha.seed(ZONE)
    conoha.faults.add(saying(400, {"type": "x"}, **{"X-Openstack-Request-Id": "req-1"}), method="POST")
    with pytest.raises(ConohaRefused, match=r"HTTP 400 x \(req-1\)"):
        apply(provider(conoha), {("a.example.com.", "A"): (300, ADDRESSES)})


def test_an_error_is_one_short_line(start: Start) -> None:
    """A page of HTML is not repeated in full, and no control characters reach a terminal."""
    conoha = start("v3")
    conoha.faults.add(refuse(400, body="\x1b[31m" + "x\n" * 5000), times=9)
    with pytest.raises(ConohaRefused) as caught:
        plan(provider(conoha), {})
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) <= 300


def test_a_put_that_is_refused_for_another_reason_is_an_error(start: Start) -> None:
    """Only 400 means that TTLs are changed otherwise."""
    conoha = start("v3")
    sets: Sets = {("a.example.com.", "A"): (300, ["192.0.2.1"])}
    conoha.seed(ZONE, sets)
    conoha.faults.add(refuse(403), method="PUT")
    with pytest.raises(ConohaRefused, match="HTTP 403"):
        apply(provider(conoha), {("a.example.com.", "A"): (600, ["192.0.2.1"])})
    assert [entry.method for entry in conoha.log.writes] == ["PUT"]


@BOTH
def test_a_value_that_vanished_is_no_trouble(generation: str, start: Start) -> None:
    """Somebody else deleted it between plan and apply, or between list and deletion."""
    conoha = start(generation)
    conoha.seed(ZONE, {("a.example.com.", "A"): (300, ADDRESSES)})
    target = provider(conoha)
    made = plan(target, {})
    conoha.remove(ZONE, "a.example.com.", "A", "192.0.2.1")
    somebody = meanwhile(lambda: conoha.remove(ZONE, "a.example.com.", "A"))
    conoha.faults.add(somebody, method="DELETE")
    target.apply(made)
    assert not conoha.held(ZONE)


@BOTH
def test_what_could_not_be_put_back_is_logged(
    generation: str, start: Start, caplog: pytest.LogCaptureFixture
) -> None:
    """When ConoHa refuses everything, the name and what it had are in the log, and the next run repairs."""
    conoha = start(generation)
    before: Sets = {("w.example.com.", "A"): (300, ADDRESSES)}
    after: Sets = {("w.example.com.", "CNAME"): (300, ["a.example."])}
    conoha.seed(ZONE, before)
    conoha.faults.add(refuse(403), method="POST", path="/records$", times=99)
    with caplog.at_level(logging.INFO), pytest.raises(ConohaRefused, match="CNAME"):
        apply(provider(conoha), after)
    assert "not put back as it was before: w.example.com. A 192.0.2.1" in caplog.text
    assert all(f"delete w.example.com. A {address}" in caplog.text for address in ADDRESSES)
    conoha.faults.clear()
    apply(provider(conoha), after)
    assert {("w.example.com.", "CNAME"): (300, frozenset({"a.example."}))} == conoha.held(ZONE)


@pytest.mark.parametrize(("generation", "toggles"), [("v3", Toggles(placement="accept"))])
def test_half_a_swap_is_undone(generation: str, toggles: Toggles, start: Start) -> None:
    """Values that were made before the refusal go again."""
    conoha = start(generation, toggles)
    before: Sets = {("w.example.com.", "CNAME"): (300, ["a.example."])}
    conoha.seed(ZONE, before)
    conoha.faults.add(refuse(403), method="POST", path="/records$", nth=2)
    with pytest.raises(ConohaRefused):
        apply(provider(conoha), {("w.example.com.", "A"): (300, ADDRESSES)})
    assert conoha.held(ZONE) == {("w.example.com.", "CNAME"): (300, frozenset({"a.example."}))}


def test_types_of_octodns_that_conoha_lacks(start: Start) -> None:
    """octoDNS says it in its own words, and they are never deleted."""
    conoha = start("v3")
    conoha.seed(ZONE)
    conoha.add(ZONE, "h.example.com.", "SSHFP", "1 1 0123456789012345678901234567890123456789")
    assert plan(provider(conoha), {}) is None
    sets: Sets = {("h.example.com.", "SSHFP"): (300, ["1 1 0123456789012345678901234567890123456789"])}
    with pytest.raises(SupportsException, match="SSHFP records not supported"):
        plan(provider(conoha), sets)


def test_records_outside_of_their_zone_are_left_alone(start: Start) -> None:
    """Not known to happen."""
    conoha = start("v3")
    conoha.seed(ZONE)
    conoha.add(ZONE, "a.example.net.", "A", "192.0.2.1")
    assert plan(provider(conoha), {}) is None
    assert not conoha.log.writes


def test_a_source_is_read_strictly(start: Start) -> None:
    """As a source, what octoDNS cannot hold is an error unless it is lenient."""
    conoha = start("v3")
    conoha.seed(ZONE)
    conoha.add(ZONE, "a.example.com.", "A", "not an address")
    with pytest.raises(ValidationError):
        provider(conoha).populate(Zone(ZONE, []))
    assert not seen(provider(conoha)).records


def test_an_item_without_an_id_stops_everything(start: Start) -> None:
    """Without it, a deletion would go to the whole list."""
    conoha = start("v3")
    conoha.seed(ZONE)
    conoha.faults.add(saying(200, {"records": [{"name": ZONE, "type": "A", "data": "192.0.2.1"}]}), path="/records$", times=9)  # fmt: skip
    with pytest.raises(ConohaException, match="no id"):
        plan(provider(conoha), {})


def test_an_empty_secret_hides_nothing() -> None:
    """Else everything would be stars."""
    hider = Hider()
    for secret in ("", "abcd", "abcd", "7"):
        hider.add(secret)
    assert hider.hide("abcd 7 1970 x") == "*** *** 1970 x"
