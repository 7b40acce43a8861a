"""Whatever happens to a request: the zone becomes what was wanted, or somebody is told, and no more."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from octodns_conoha import ConohaException, ConohaNoAnswer, ConohaUnauthorized

from tests.conoha.conftest import Start
from tests.conoha.fake import (
    FakeConoha,
    Toggles,
    busy,
    drop,
    expire,
    html,
    meanwhile,
    redirect,
    refuse,
    slow,
    truncate,
)
from tests.conoha.fake.faults import Go
from tests.conoha.fake.message import Answer, Request, as_json
from tests.conoha.provider import ZONE, Sets, Waits, apply, plan, provider
from tests.conoha.test_provider import AFTER, BEFORE, BOTH, held

FAULTS = {
    "429": busy(),
    "429 with a wait": busy(7),
    "500": refuse(500),
    "502": refuse(502),
    "503": refuse(503, retry_after=3),
    "504": refuse(504),
    "504 after it was done": refuse(504, after_commit=True),
    "dropped": drop(),
    "dropped after it was done": drop(after_commit=True),
    "half an answer": truncate(),
    "half an answer, announced whole": truncate(announced=True),
    "a page of HTML": html(),
    "token gone": expire(),
}
FOREIGN: Sets = {("foreign.example.com.", "A"): (600, ["198.51.100.1"])}


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@BOTH
def test_one_fault_changes_nothing(generation: str, fault: object, method: str, start: Start) -> None:
    """Every kind of fault at the second request of every kind: applied, nothing twice, nothing lost."""
    conoha = start(generation, Toggles(duplicate="accept") if generation == "v3" else None)
    conoha.seed(ZONE, {**BEFORE, **FOREIGN})
    target = provider(conoha)
    made = plan(target, {**AFTER, **FOREIGN})
    conoha.faults.add(fault, method=method, nth=1 if method == "PUT" else 2)
    target.apply(made)
    assert not conoha.faults.waiting
    assert held({**AFTER, **FOREIGN}) == conoha.held(ZONE)
    assert not conoha.twins(ZONE)
    assert plan(provider(conoha), {**AFTER, **FOREIGN}) is None


@pytest.mark.parametrize("times", [2, 3, 30])
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
@BOTH
def test_many_faults_are_survived_or_told(generation: str, fault: object, times: int, start: Start) -> None:
    """After a failure the wanted records and those of others are there or can be made by another run."""
    conoha = start(generation, Toggles(duplicate="accept", stale_reads=1) if generation == "v3" else None)
    conoha.seed(ZONE, {**BEFORE, **FOREIGN})
    target = provider(conoha)
    made = plan(target, {**AFTER, **FOREIGN})
    conoha.faults.add(fault, times=times, nth=3)
    try:
        target.apply(made)
    except ConohaException:
        conoha.faults.clear()
        for _ in range(4):  # a list that lags behind may ask for one more run
            apply(provider(conoha), {**AFTER, **FOREIGN})
    assert FOREIGN["foreign.example.com.", "A"][1] == ["198.51.100.1"]
    assert held({**AFTER, **FOREIGN}) == conoha.held(ZONE)
    assert not conoha.twins(ZONE)


@pytest.mark.parametrize("toggles", [Toggles(stale_reads=2), Toggles(stale_reads=1, duplicate="accept")])
@BOTH
def test_lost_answers_make_no_twins_when_lists_lag(generation: str, toggles: Toggles, start: Start) -> None:
    """One look at a list that is behind would say that the record is not there."""
    conoha = start(generation, toggles)
    conoha.seed(ZONE)
    conoha.faults.add(refuse(504, after_commit=True), method="POST", path="/records$", times=1)
    sets: Sets = {("a.example.com.", "A"): (300, ["192.0.2.1", "192.0.2.2"])}
    apply(provider(conoha), sets)
    assert held(sets) == conoha.held(ZONE)
    assert not conoha.twins(ZONE)


def test_a_deleted_value_in_an_old_list_is_not_taken_for_a_new_one(start: Start) -> None:
    """The same value is deleted and made anew for its TTL; the POST is lost, and the list is behind."""
    conoha = start("v3", Toggles(put_ttl="400", stale_reads=2))
    conoha.seed(ZONE, {("a.example.com.", "A"): (300, ["192.0.2.1"])})
    sets: Sets = {("a.example.com.", "A"): (600, ["192.0.2.1"])}
    conoha.faults.add(refuse(504), method="POST", path="/records$")
    apply(provider(conoha), sets)
    assert held(sets) == conoha.held(ZONE)


def test_a_list_with_deleted_values_in_it_costs_nothing(start: Start) -> None:
    """The old value of another TTL comes up beside the new one: neither is a twin of the other."""
    conoha = start("v3", Toggles(put_ttl="400"))
    old = {"uuid": conoha.seed(ZONE), "ttl": 300, "name": "a.example.com.", "type": "A", "data": "192.0.2.1"}
    old["uuid"] = conoha.add(ZONE, "a.example.com.", "A", "192.0.2.1", ttl=300)

    def with_the_old(server: FakeConoha, request: Request, go: Go) -> Answer | None:
        answer = go()
        content = json.loads(answer.body) if answer else {}
        content["records"].insert(0, old)
        return as_json(200, {"records": content["records"]})

    target, sets = provider(conoha), {("a.example.com.", "A"): (600, ["192.0.2.1"])}
    made = plan(target, sets)
    conoha.faults.add(with_the_old, method="GET", path="/records$", nth=3, times=2)  # the first list after
    target.apply(made)
    assert not conoha.faults.waiting
    assert held(sets) == conoha.held(ZONE)


def test_twins_of_others_stay(start: Start) -> None:
    """They were there before, or came from somebody else."""
    conoha = start("v3", Toggles(duplicate="accept"))
    conoha.seed(ZONE)
    for _ in range(2):
        conoha.add(ZONE, "b.example.com.", "A", "192.0.2.1", ttl=300)
    sets: Sets = {
        ("b.example.com.", "A"): (300, ["192.0.2.1"]),
        ("a.example.com.", "A"): (300, ["192.0.2.1"]),
    }
    conoha.faults.add(refuse(504, after_commit=True), method="POST", path="/records$")
    apply(provider(conoha), sets)
    assert sum(one.name == "b.example.com." for one in conoha.values(ZONE)) == 2


@pytest.mark.parametrize(
    ("method", "nth"),
    [
        ("POST", 2),  # between all looks and the repetition
        ("GET", 13),  # after it: a list is two requests; one list before, four looks, one at the end
    ],
)
def test_twins_of_a_late_commit_are_taken_out(method: str, nth: int, start: Start) -> None:
    """A POST that was answered with 504 may be done long after that, when it has been repeated."""
    conoha = start("v3", Toggles(duplicate="accept"))
    conoha.seed(ZONE)
    target, sets = provider(conoha), {("a.example.com.", "A"): (300, ["192.0.2.1"])}
    made = plan(target, sets)
    late = meanwhile(lambda: conoha.add(ZONE, "a.example.com.", "A", "192.0.2.1", ttl=300))
    posts = conoha.faults.add(refuse(504), method="POST", path="/records$")
    conoha.faults.add(late, method=method, path="/records$", nth=nth)
    target.apply(made)
    assert posts.fired == 1
    assert not conoha.faults.waiting
    assert held(sets) == conoha.held(ZONE)
    assert not conoha.twins(ZONE)


@pytest.mark.parametrize(
    ("fault", "waits"),
    [
        (busy(7), [7.0]),  # seconds
        (busy(0), [1.0]),  # our own wait is longer
        (busy(datetime.fromtimestamp(Waits().now, UTC) + timedelta(seconds=20)), [20.0]),  # a date
        (refuse(503, headers={"Retry-After": "soon"}), [1.0]),  # nothing of both
        (refuse(503), [1.0]),
    ],
)
def test_a_server_is_given_the_time_it_asks_for(fault: object, waits: list[float], start: Start) -> None:
    """Retry-After is obeyed (RFC 9110 §10.2.3)."""
    conoha = start("v3")
    conoha.seed(ZONE)
    conoha.faults.add(fault, method="GET")
    clock = Waits()
    plan(provider(conoha, clock), {})
    assert waits == clock.seconds


def test_waits_grow_and_end(start: Start) -> None:
    """Four tries, then it is told that nobody answered."""
    conoha = start("v3")
    conoha.faults.add(refuse(500), times=99)
    clock = Waits()
    with pytest.raises(ConohaNoAnswer, match=r"GET 127\.0\.0\.1 /v1/domains: HTTP 500"):
        plan(provider(conoha, clock), {})
    assert clock.seconds == [1.0, 2.0, 4.0]


def test_an_hour_is_not_waited(start: Start) -> None:
    """Somebody has to decide that."""
    conoha = start("v3")
    conoha.faults.add(busy(3600))
    with pytest.raises(ConohaNoAnswer, match="asks to wait 3600 s"):
        plan(provider(conoha), {})


def test_silence_is_told_as_such(start: Start) -> None:
    """A closed port is nobody, also to those who only know OSError."""
    conoha = start("v3")
    target = provider(conoha, dns_endpoint="http://127.0.0.1:9")
    with pytest.raises(ConohaNoAnswer, match="ConnectionRefusedError"):
        plan(target, {})
    assert issubclass(ConohaNoAnswer, OSError)


def test_a_slow_server_is_not_waited_for(start: Start) -> None:
    """Every request has a timeout."""
    conoha = start("v3")
    conoha.faults.add(slow(20), method="GET", times=9)
    with pytest.raises(ConohaNoAnswer, match=r"no answer within 0\.2 s"):
        plan(provider(conoha, timeout=0.2), {})


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@BOTH
def test_a_redirect_is_never_followed(generation: str, status: int, start: Start) -> None:
    """The token stays where it belongs."""
    conoha = start(generation)
    conoha.seed(ZONE)
    conoha.faults.add(redirect(status))
    with pytest.raises(ConohaException, match=f"HTTP {status} to .*not followed"):
        plan(provider(conoha), {})
    assert not conoha.elsewhere.seen


@BOTH
def test_one_token_serves_all_requests(generation: str, start: Start) -> None:
    """It is asked for once, and again only when it is refused."""
    conoha = start(generation)
    conoha.seed(ZONE, BEFORE)
    target = provider(conoha)
    apply(target, AFTER)
    assert conoha.log.calls.count("POST tokens") == 1
    conoha.expire_tokens()
    plan(target, AFTER)
    assert conoha.log.calls.count("POST tokens") == 2


@BOTH
def test_a_token_is_renewed_once_for_a_request(generation: str, start: Start) -> None:
    """When the new one is refused too, that is the end."""
    conoha = start(generation)
    conoha.seed(ZONE)
    conoha.faults.add(refuse(401), times=99)
    with pytest.raises(ConohaUnauthorized, match="a new token is refused too"):
        plan(provider(conoha), {})
    assert conoha.log.calls.count("POST tokens") == 2


def test_a_token_is_renewed_before_it_ends(start: Start) -> None:
    """24 hours less five minutes after it was given."""
    conoha = start("v3")
    conoha.seed(ZONE)
    clock = Waits()
    target = provider(conoha, clock)
    for later, tokens in ((0, 1), (23 * 3600, 1), (3600 - 299, 2)):
        clock.now += later
        plan(target, {})
        assert conoha.log.calls.count("POST tokens") == tokens


@BOTH
def test_refused_credentials_say_what_to_look_at(generation: str, start: Start) -> None:
    """Ids and names of users and tenants are easily mixed up."""
    conoha = start(generation)
    hint = "username and tenant_id" if generation == "v2" else "user_id is the API user's id"
    with pytest.raises(ConohaUnauthorized, match=hint):
        plan(provider(conoha, password="wrong-password"), {})
