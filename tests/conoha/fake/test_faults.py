"""What goes wrong on request goes wrong on that request, and nowhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from tests.conoha.fake import (
    FakeConoha,
    Toggles,
    busy,
    drop,
    expire,
    html,
    maintenance,
    meanwhile,
    redirect,
    refuse,
    slow,
    truncate,
)
from tests.conoha.fake.client import Client, credentials, login
from tests.conoha.fake.faults import Fault
from tests.conoha.fake.toggles import GENERATIONS

ADDED = {("www.example.com.", "A"): (3600, frozenset({"192.0.2.1"}))}

RECORD = {"name": "www.example.com.", "type": "A", "data": "192.0.2.1"}


@pytest.fixture(params=GENERATIONS)
def conoha(request: pytest.FixtureRequest) -> Iterator[FakeConoha]:
    """Both generations, with an empty zone."""
    with FakeConoha(request.param) as server:
        server.seed("example.com")
        yield server


@pytest.mark.parametrize(
    ("fault", "status", "headers", "done"),
    [
        (busy(7), 429, {"Retry-After": "7"}, False),
        (
            busy(datetime(2026, 2, 26, 3, 5, tzinfo=UTC)),
            429,
            {"Retry-After": "Thu, 26 Feb 2026 03:05:00 GMT"},
            False,
        ),
        (busy(), 429, {}, False),  # no hint at all
        (refuse(500), 500, {}, False),
        (refuse(502), 502, {"Content-Type": "text/html; charset=utf-8"}, False),
        (refuse(503), 503, {}, False),
        (maintenance(), 503, {"Retry-After": "60"}, False),
        (refuse(504), 504, {}, False),
        (refuse(504, after_commit=True), 504, {}, True),  # the answer says no, the zone says yes
        (refuse(500, after_commit=True), 500, {}, True),
        (html(), 200, {"Content-Type": "text/html; charset=utf-8"}, False),
        (expire(), 401, {}, False),
        (truncate(), 200, {}, True),
    ],
)
def test_a_spoiled_write(
    conoha: FakeConoha, fault: Fault, status: int, headers: dict[str, str], done: bool
) -> None:
    """The client is told one thing, and the zone may hold another."""
    conoha.faults.add(fault, method="POST")
    answer = Client(conoha).add(ttl=3600)
    assert answer.status_code == status
    assert {name: answer.headers[name] for name in headers} == headers
    assert conoha.held("example.com") == (ADDED if done else {})
    assert conoha.log.entries[-1].status == status
    assert conoha.log.entries[-1].done == (200 if done else 401 if status == 401 else None)
    assert not conoha.faults.waiting


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_dropped_connection(conoha: FakeConoha, after_commit: bool) -> None:
    """The client hears nothing, before or after the write."""
    conoha.faults.add(drop(after_commit=after_commit), method="POST")
    client = Client(conoha)
    with pytest.raises(requests.ConnectionError):
        client.add(ttl=3600)
    assert conoha.held("example.com") == (ADDED if after_commit else {})
    assert conoha.log.entries[-1].status is None
    assert conoha.log.entries[-1].done == (200 if after_commit else None)


@pytest.mark.parametrize(
    ("announced", "error"),
    [
        (False, requests.exceptions.JSONDecodeError),  # a whole answer, half a value
        (True, requests.exceptions.ChunkedEncodingError),  # half an answer
    ],
)
def test_a_truncated_answer(conoha: FakeConoha, announced: bool, error: type[Exception]) -> None:
    """Half of the JSON, with the length of the half or of the whole."""
    client = Client(conoha)
    conoha.faults.add(truncate(announced=announced), method="GET")
    with pytest.raises(error):
        client("GET", "/domains").json()


@pytest.mark.parametrize("after_commit", [False, True])
def test_a_slow_answer(conoha: FakeConoha, after_commit: bool) -> None:
    """The client gives up; a write may have been done, and stopping the fake does not wait."""
    conoha.faults.add(slow(60, after_commit=after_commit), method="POST")
    client = Client(conoha)
    with pytest.raises(requests.ReadTimeout):
        client("POST", f"/domains/{conoha.zone_id('example.com')}/records", RECORD, timeout=0.2)
    assert bool(conoha.held("example.com")) is after_commit


def test_stopping_wakes_what_is_slow() -> None:
    """A test with a slow answer of an hour ends at once."""
    began = time.monotonic()
    with FakeConoha("v3") as conoha:
        client = Client(conoha)
        conoha.faults.add(slow(3600), method="GET")
        with pytest.raises(requests.ReadTimeout):
            client("GET", "/domains", timeout=0.1)
    assert time.monotonic() - began < 10


def test_the_nth_request_of_a_kind(conoha: FakeConoha) -> None:
    """Method and path choose, and counting begins when the fault is added."""
    client = Client(conoha)
    client("GET", "/domains")
    planned = conoha.faults.add(refuse(500), method="GET", path="/records$", nth=2, times=2)
    path = f"/domains/{conoha.zone_id('example.com')}/records"
    statuses = [client("GET", one).status_code for one in (path, "/domains", path, path, path)]
    assert statuses == [200, 200, 500, 500, 200]
    assert (planned.seen, planned.fired) == (4, 2)


def test_a_fault_that_never_came_is_seen(conoha: FakeConoha) -> None:
    """A test can tell that it did not test what it meant to."""
    planned = conoha.faults.add(refuse(500), method="DELETE")
    Client(conoha)("GET", "/domains")
    assert conoha.faults.waiting == [planned]


def test_fail_next(conoha: FakeConoha) -> None:
    """The short form: so many requests, whatever they are."""
    client = Client(conoha)
    conoha.fail_next(2, 503, headers={"Retry-After": "3"})
    answers = [client("GET", "/domains") for _ in range(3)]
    assert [one.status_code for one in answers] == [503, 503, 200]
    assert answers[0].headers["Retry-After"] == "3"


def test_faults_of_the_identity_service(conoha: FakeConoha) -> None:
    """The login can fail as well."""
    conoha.faults.add(refuse(503), service="identity")
    statuses = [login(conoha, credentials(conoha.generation, conoha.account)).status_code for _ in range(2)]
    assert statuses == [503, 200 if conoha.generation == "v2" else 201]


def test_a_token_that_ends_in_the_middle(conoha: FakeConoha) -> None:
    """The second write gets 401, and a new token is good again."""
    client = Client(conoha)
    conoha.faults.add(expire(), method="POST", nth=2)
    assert [client.add(data=f"192.0.2.{number}").status_code for number in (1, 2)] == [200, 401]
    client.login()
    assert client.add(data="192.0.2.2").status_code == 200
    assert [entry.token for entry in conoha.log.writes] == ["token 1", "token 1", "token 2"]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_host(conoha: FakeConoha, status: int) -> None:
    """The other host remembers whether the token came along; the default of `requests` is that it does."""
    client = Client(conoha)
    conoha.faults.add(redirect(status), times=2)
    answer = client("GET", "/domains")
    assert answer.status_code == status
    assert answer.headers["Location"] == f"{conoha.elsewhere.url}/v1/domains"
    assert not conoha.elsewhere.seen
    client("GET", "/domains", allow_redirects=True)
    assert conoha.elsewhere.saw_secret


def test_a_redirected_login(conoha: FakeConoha) -> None:
    """A password that went to another host is noticed."""
    conoha.faults.add(redirect(307), service="identity")
    login(conoha, credentials(conoha.generation, conoha.account))
    assert [(one.token, one.password) for one in conoha.elsewhere.seen] == [(False, True)]


def changes(conoha: FakeConoha) -> dict[str, Callable[[], object]]:
    """What somebody else can do between two pages."""
    return {
        "removed": lambda: conoha.remove("example.com", "h0.example.com.", "A"),
        "added": lambda: conoha.add("example.com", "z.example.com.", "A", "192.0.2.1"),
    }


@pytest.mark.parametrize(
    ("what", "seen"),
    [
        ("removed", ["h0", "h2"]),  # h1 moved to the page that was read before: it is lost
        ("added", ["h0", "h1", "h2", "z"]),
    ],
)
def test_a_list_that_changes_between_pages(what: str, seen: list[str]) -> None:
    """Reading by offset can lose what was there all the time."""
    with FakeConoha("v3", Toggles(default_page=4)) as conoha:
        conoha.seed("example.com")
        for number in range(3):
            conoha.add("example.com", f"h{number}.example.com.", "A", "192.0.2.1")
        client = Client(conoha)
        conoha.faults.add(meanwhile(changes(conoha)[what]), method="GET", path="/records$", nth=2)
        records: list[dict[str, Any]] = [*client.records(), *client.records(offset=4)]
        assert [one["name"].partition(".")[0] for one in records if one["type"] == "A"] == seen


def test_two_faults_on_one_request(conoha: FakeConoha) -> None:
    """The one added first is the outer one."""
    client = Client(conoha)
    conoha.faults.add(drop(after_commit=True), method="POST")
    conoha.faults.add(
        meanwhile(lambda: conoha.add("example.com", "b.example.com.", "A", "192.0.2.1")), method="POST"
    )
    with pytest.raises(requests.ConnectionError):
        client.add()
    assert [name for name, _ in conoha.held("example.com")] == ["b.example.com.", "www.example.com."]
