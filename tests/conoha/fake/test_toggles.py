"""Every answer to an open question shows on the wire, and every question is asked here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any

import pytest
import requests

from tests.conoha.fake import FakeConoha, Toggles
from tests.conoha.fake.client import Client, credentials, login
from tests.conoha.fake.state import Account
from tests.conoha.fake.toggles import GENERATIONS, Generation, others

LONG = "k" * 300


def data_of(answer: requests.Response) -> Any:
    """What was stored, or the status when nothing was."""
    return answer.json()["data"] if answer.ok else answer.status_code


def name_and_data(answer: requests.Response) -> list[str]:
    body = answer.json()
    return [body["name"], body["data"]]


def refused_login(client: Client) -> str:
    wrong = Account(password="wrong")
    answer = login(client.conoha, credentials(client.conoha.generation, wrong))
    assert answer.status_code == 401
    return kind_of(answer)


def kind_of(answer: requests.Response) -> str:
    """The wording of an error, by what stands outermost."""
    if not answer.headers["Content-Type"].startswith("application/json"):
        return answer.headers["Content-Type"].partition(";")[0]
    return str(next(iter(answer.json())))


def no_token(client: Client) -> str:
    return kind_of(client("GET", "/domains", headers={"X-Auth-Token": "no such token"}))


def catalog(client: Client) -> list[str]:
    body = client.login().json()
    if client.conoha.generation == "v2":
        found = [each["publicURL"] for one in body["access"]["serviceCatalog"] for each in one["endpoints"]]
    else:
        found = [each["url"] for one in body["token"]["catalog"] for each in one["endpoints"]]
    return [url.removeprefix(client.conoha.dns_url) for url in found]


def token_lives(client: Client) -> list[int]:
    """The status of a request after 11, 13 and 25 hours."""
    found = []
    for hours in (11, 2, 12):
        client.conoha.clock.advance(hours=hours)  # type: ignore[attr-defined] # the default clock
        found.append(client("GET", "/domains").status_code)
    return found


def ttl_of(client: Client) -> list[int | None]:
    """The TTLs after a second value was added with another one."""
    client.add(data="192.0.2.1", ttl=300)
    client.add(data="192.0.2.2", ttl=600)
    return [one["ttl"] for one in client.records() if one["type"] == "A"]


def put_ttl(client: Client) -> Any:
    record = record_id(client.add(ttl=300))
    answer = client.change(record, ttl=600)
    return answer.json()["ttl"] if answer.ok else answer.status_code


def put_type(client: Client) -> Any:
    """TXT, as a CNAME would need other data."""
    answer = client.change(record_id(client.add()), type="TXT")
    return answer.json()["type"] if answer.ok else answer.status_code


def record_id(answer: requests.Response) -> str:
    body = answer.json()
    found = body.get("uuid") or body["id"]
    assert isinstance(found, str)
    return found


def deleted(client: Client) -> int:
    return client.drop(record_id(client.add())).status_code


def short_ttls(client: Client) -> list[int]:
    """What becomes of TTLs of 0, 30, 60 and 300: kept as …, or refused with …"""
    answers = [client.add(name=f"t{ttl}", ttl=ttl) for ttl in (0, 30, 60, 300)]
    return [one.json()["ttl"] if one.ok else one.status_code for one in answers]


def twice(client: Client) -> tuple[int, int]:
    client.add()
    return client.add().status_code, len(client.conoha.twins("example.com"))


def root_ns(client: Client) -> list[int]:
    """The status of deleting the SOA, and an NS of the apex."""
    found = {one["type"]: one for one in client.records()}
    return [
        client.drop(found[type_].get("uuid") or found[type_]["id"]).status_code for type_ in ("SOA", "NS")
    ]


def placed(client: Client) -> list[int]:
    """A CNAME beside an A, a CNAME at the apex, a name of a child zone."""
    client.conoha.seed("child.example.com")
    client.add()
    answers = (
        client.add("CNAME", "a.example."),
        client.add("CNAME", "a.example.", ""),
        client.add(name="a.child"),
    )
    return [one.status_code // 100 for one in answers]


def pointer(client: Client) -> int:
    zone = client.conoha.seed("120.138.95.150.in-addr.arpa")
    body = {"name": "120.138.95.150.in-addr.arpa.", "type": "PTR", "data": "vps.example.com."}
    return client("POST", f"/domains/{zone}/records", body).status_code


def filled(client: Client) -> int:
    """How many of 25 values of a set there was room for."""
    return sum(client.add(data=f"192.0.2.{number}", ttl=300).ok for number in range(1, 26))


def crowded(client: Client) -> int:
    """Whether there is room for one more in a zone of 500."""
    for number in range(500 - len(client.conoha.values("example.com", managed=True))):
        client.conoha.add("example.com", f"h{number}.example.com.", "A", "192.0.2.1")
    return client.add().status_code


def many_zones(client: Client) -> int:
    """How many of twelve zones there were."""
    for number in range(11):
        client("POST", "/domains", {"name": f"z{number}.example.", "email": "postmaster@example.com"})
    return len(client.conoha.zones())


def pages(client: Client) -> list[int]:
    """How many records a list has: as it is, from the second on, and the second."""
    for number in range(60):
        client.conoha.add("example.com", f"h{number:02}.example.com.", "A", "192.0.2.1")
    return [len(client.records(**one)) for one in ({}, {"offset": 1}, {"limit": 1})]


def large_limits(client: Client) -> list[int]:
    """How long a list is that was asked for 3, 100 and 101, or its status."""
    for number in range(120):
        client.conoha.add("example.com", f"h{number:03}.example.com.", "A", "192.0.2.1")
    path = f"/domains/{client.conoha.zone_id('example.com')}/records"
    answers = [client("GET", path, params={"limit": limit}) for limit in (3, 100, 101)]
    return [len(one.json()["records"]) if one.ok else one.status_code for one in answers]


def counts(client: Client) -> list[int | None]:
    """total_count of two zones, and of a zone with its three records."""
    client.conoha.seed("example.net")
    paths = ("/domains", f"/domains/{client.conoha.zone_id('example.com')}/records")
    return [client("GET", path).json().get("total_count") for path in paths]


def order(client: Client) -> list[str]:
    for name in ("b", "c", "a"):
        client.add(name=name)
        client.conoha.clock.advance(seconds=1)  # type: ignore[attr-defined] # the default clock
    return [one["name"][0] for one in client.records() if one["type"] == "A"]


def stale(client: Client) -> list[int]:
    """How many addresses three lists after a write show."""
    client.add()
    return [sum(one["type"] == "A" for one in client.records()) for _ in range(3)]


def limited(client: Client) -> list[int]:
    return [client("GET", "/domains").status_code for _ in range(6)]


def null_targets(client: Client) -> list[int]:
    more = {"weight": 0, "port": 0} if client.conoha.generation == "v3" else {}
    srv = client.add("SRV", "." if more else "0 0 .", "_a._tcp", priority=0, **more)
    return [client.add("MX", ".", "", priority=0).status_code, srv.status_code]


def text_served(text: str) -> Callable[[Client], object]:
    """What a resolver sees of a TXT that was sent."""

    def probe(client: Client) -> str:
        client.add("TXT", text)
        return next(iter(client.conoha.held("example.com")["www.example.com.", "TXT"][1]))

    return probe


PROBES: dict[str, Callable[[Client], object]] = {
    "token_hours": token_lives,
    "token_shape": lambda client: sorted(client.login().json()["access"]),
    "catalog": catalog,
    "identity_error_style": refused_login,
    "id_style": lambda client: sorted(key for key in client.add().json() if key.endswith("id")),
    "error_style": no_token,
    "timestamps": lambda client: client.add().json()["created_at"],
    "create_status": lambda client: client.add().status_code,
    "delete_status": deleted,
    "dots": lambda client: name_and_data(client.add("CNAME", "a.example.")),
    "priority_in_data": lambda client: client.add("MX", "mx.example.", priority=10).json()["data"],
    "txt_style": lambda client: data_of(client.add("TXT", 'a "b" \\ ; c')),
    "txt_input": text_served('"a" "b"'),
    "txt_backslash": text_served("a\\;b"),
    "long_txt": lambda client: data_of(client.add("TXT", LONG)),
    "ttl_of": ttl_of,
    "put_ttl": put_ttl,
    "min_ttl": short_ttls,
    "min_ttl_mode": short_ttls,
    "max_ttl": lambda client: client.add(ttl=604800).status_code,
    "default_ttl": lambda client: client.add().json()["ttl"],
    "duplicate": twice,
    "strict_keys": lambda client: client.add(colour="red").status_code,
    "root_ns_editable": root_ns,
    "put_type": put_type,
    "placement": placed,
    "null_target": null_targets,
    "wildcard": lambda client: client.add(name="*").status_code,
    "ptr": pointer,
    "zone_quota": crowded,
    "set_quota": filled,
    "zones_quota": many_zones,
    "rate_limit": limited,
    "lowercase_names": lambda client: name_and_data(client.add("CNAME", "A.example.", "WWW")),
    "compress_aaaa": lambda client: client.add("AAAA", "2001:DB8:0::1").json()["data"],
    "default_page": pages,
    "limit_cap": large_limits,
    "total_count": counts,
    "order": order,
    "stale_reads": stale,
}

QUOTED = '"a \\"b\\" \\\\ ; c"'

ROWS: list[tuple[str, str, object, object]] = [
    # toggle, generation or both, answer, what shows; the likeliest first
    ("token_hours", "v2", 24, [200, 200, 401]),
    ("token_hours", "v2", 12, [200, 401, 401]),
    ("token_hours", "v3", 24, [200, 200, 401]),
    ("token_shape", "v2", "stock", ["metadata", "serviceCatalog", "token", "user"]),
    ("token_shape", "v2", "as documented", ["token"]),  # the printed sample, fields in the wrong place
    ("catalog", "both", "plain", [""]),
    ("catalog", "both", "v1", ["/v1"]),
    ("catalog", "both", "absent", []),
    ("identity_error_style", "both", "keystone", "error"),
    ("identity_error_style", "both", "kind", "unauthorized"),
    ("identity_error_style", "both", "text", "text/plain"),
    ("id_style", "v2", "id", ["domain_id", "id"]),
    ("id_style", "v2", "uuid", ["domain_uuid", "uuid"]),
    ("id_style", "v3", "uuid", ["domain_uuid", "uuid"]),
    ("id_style", "v3", "id", ["domain_id", "id"]),
    ("error_style", "v2", "designate", "text/plain"),
    ("error_style", "v2", "keystone", "error"),
    ("error_style", "v2", "html", "text/html"),
    ("error_style", "v3", "keystone", "error"),
    ("error_style", "v3", "kind", "unauthorized"),
    ("error_style", "v3", "text", "text/plain"),
    ("error_style", "v3", "html", "text/html"),
    ("timestamps", "v3", "seconds", "2026-02-26T03:00:00Z"),
    ("timestamps", "v3", "microseconds", "2026-02-26T03:00:00.000000Z"),
    ("create_status", "v3", 200, 200),
    ("create_status", "v3", 201, 201),
    ("delete_status", "v3", 204, 204),
    ("delete_status", "v3", 200, 200),
    ("delete_status", "v3", 202, 202),
    ("dots", "both", "kept", ["www.example.com.", "a.example."]),
    ("dots", "both", "dropped", ["www.example.com", "a.example"]),
    ("priority_in_data", "both", False, "mx.example."),
    ("priority_in_data", "both", True, "10 mx.example."),
    ("txt_style", "both", "raw", 'a "b" \\ ; c'),
    ("txt_style", "both", "quoted", QUOTED),
    ("txt_style", "both", "chunked", QUOTED),  # short texts are one chunk; long ones have a test of their own
    ("txt_input", "both", "raw", r'"\"a\" \"b\""'),  # the quotes are part of the text
    ("txt_input", "both", "presentation", '"a" "b"'),  # two character-strings
    ("txt_backslash", "both", "literal", r'"a\\;b"'),
    ("txt_backslash", "both", "escape", '"a;b"'),  # a resolver does not see it
    ("long_txt", "v2", "400", 400),
    ("long_txt", "v2", "accept", LONG),
    ("long_txt", "v2", "truncate", LONG[:255]),
    ("long_txt", "v3", "accept", LONG),
    ("long_txt", "v3", "400", 400),
    ("long_txt", "v3", "truncate", LONG[:255]),
    ("ttl_of", "v2", "set", [300, 300]),  # the second TTL is ignored
    ("ttl_of", "v2", "record", [300, 600]),
    ("ttl_of", "v3", "record", [300, 600]),
    ("ttl_of", "v3", "set", [300, 300]),
    ("put_ttl", "v3", "ok", 600),
    ("put_ttl", "v3", "400", 400),
    ("put_ttl", "v3", "ignored", 300),
    ("min_ttl", "v2", 60, [400, 400, 60, 300]),
    ("min_ttl", "v2", 1, [400, 30, 60, 300]),
    ("min_ttl", "v2", 300, [400, 400, 400, 300]),
    ("min_ttl", "v3", 1, [400, 30, 60, 300]),
    ("min_ttl", "v3", 60, [400, 400, 60, 300]),
    ("min_ttl", "v3", 300, [400, 400, 400, 300]),
    ("min_ttl_mode", "v2", "reject", [400, 400, 60, 300]),
    ("min_ttl_mode", "v2", "clamp", [60, 60, 60, 300]),
    ("min_ttl_mode", "v3", "reject", [400, 30, 60, 300]),
    ("min_ttl_mode", "v3", "clamp", [1, 30, 60, 300]),
    ("max_ttl", "v3", 2147483647, 200),
    ("max_ttl", "v3", 86400, 400),
    ("default_ttl", "v3", "zone", 7200),
    ("default_ttl", "v3", "3600", 3600),
    ("default_ttl", "v3", "null", None),
    ("duplicate", "v3", "409", (409, 0)),
    ("duplicate", "v3", "400", (400, 0)),
    ("duplicate", "v3", "accept", (200, 1)),
    ("strict_keys", "v2", True, 400),
    ("strict_keys", "v2", False, 200),
    ("strict_keys", "v3", False, 200),
    ("strict_keys", "v3", True, 400),
    ("root_ns_editable", "v2", False, [400, 400]),
    ("root_ns_editable", "v2", True, [400, 200]),  # the SOA never
    ("root_ns_editable", "v3", False, [400, 400]),
    ("root_ns_editable", "v3", True, [400, 204]),
    ("put_type", "both", "400", 400),
    ("put_type", "both", "moves", "TXT"),
    ("put_type", "v3", "ignored", "A"),
    ("placement", "v3", "400", [4, 4, 4]),
    ("placement", "v3", "accept", [2, 2, 2]),
    ("null_target", "v2", "400", [400, 400]),
    ("null_target", "v2", "accept", [200, 200]),
    ("null_target", "v3", "accept", [200, 200]),
    ("null_target", "v3", "400", [400, 400]),
    ("wildcard", "v3", "accept", 200),
    ("wildcard", "v3", "400", 400),
    ("ptr", "v2", "accept", 200),
    ("ptr", "v2", "400", 400),
    ("zone_quota", "v2", 500, 413),
    ("zone_quota", "v2", 0, 200),
    ("zone_quota", "v3", 0, 200),
    ("zone_quota", "v3", 500, 413),
    ("set_quota", "v2", 20, 20),
    ("set_quota", "v2", 0, 25),
    ("set_quota", "v3", 0, 25),
    ("set_quota", "v3", 20, 20),
    ("zones_quota", "v2", 10, 10),
    ("zones_quota", "v2", 0, 12),
    ("zones_quota", "v3", 0, 12),
    ("zones_quota", "v3", 10, 10),
    ("rate_limit", "both", 0, [200] * 6),
    ("rate_limit", "both", 5, [200] * 4 + [429, 200]),
    ("lowercase_names", "both", False, ["WWW.example.com.", "A.example."]),
    ("lowercase_names", "both", True, ["www.example.com.", "a.example."]),
    ("compress_aaaa", "both", False, "2001:DB8:0::1"),
    ("compress_aaaa", "both", True, "2001:db8::1"),
    ("default_page", "v2", 0, [64, 64, 64]),  # no pages: limit and offset mean nothing
    ("default_page", "v2", 2, [2, 2, 1]),
    ("default_page", "v2", 50, [50, 50, 1]),
    ("default_page", "v3", 0, [63, 62, 1]),
    ("default_page", "v3", 2, [2, 2, 1]),
    ("default_page", "v3", 50, [50, 50, 1]),
    ("limit_cap", "v3", "none", [3, 100, 101]),
    ("limit_cap", "v3", "cut", [3, 3, 3]),
    ("limit_cap", "v3", "refuse", [3, 100, 400]),
    ("total_count", "v3", "exact", [2, 3]),
    ("total_count", "v3", "absent", [None, None]),
    ("total_count", "v3", "domains", [2, None]),
    ("total_count", "v3", "low", [1, 1]),
    ("total_count", "v3", "high", [3, 4]),
    ("order", "both", "created", ["b", "c", "a"]),
    ("order", "both", "reversed", ["a", "c", "b"]),
    ("order", "both", "name", ["a", "b", "c"]),
    ("stale_reads", "both", 0, [1, 1, 1]),
    ("stale_reads", "both", 1, [0, 1, 1]),
    ("stale_reads", "both", 2, [0, 0, 1]),
]

CASES = [
    pytest.param(toggle, generation, value, shown, id=f"{generation}-{toggle}={value}")
    for toggle, where, value, shown in ROWS
    for generation in (GENERATIONS if where == "both" else (where,))
]


@pytest.mark.parametrize(("toggle", "generation", "value", "shown"), CASES)
def test_an_answer_shows(toggle: str, generation: Generation, value: Any, shown: object) -> None:
    """Each answer to an open question can be seen by a client."""
    with FakeConoha(generation, Toggles(**{toggle: value})) as conoha:
        conoha.seed("example.com", ttl=7200)
        assert PROBES[toggle](Client(conoha)) == shown


@pytest.mark.parametrize("generation", GENERATIONS)
def test_every_answer_is_tried(generation: Generation) -> None:
    """The table above has every answer to every question, and the likeliest ones are the defaults."""
    tried = {(toggle, value) for toggle, where, value, _ in ROWS if where in ("both", generation)}
    asked = {(one.name, value) for one in fields(Toggles) for value in one.metadata[generation]}
    assert tried == asked
    likeliest = Toggles().of(generation)
    assert all(
        getattr(likeliest, one.name) == one.metadata[generation][0]
        for one in fields(Toggles)
        if one.metadata[generation]
    )


def test_a_question_has_a_source() -> None:
    """Every question says what is asked, in which section, and has at least two answers somewhere."""
    for one in fields(Toggles):
        assert one.metadata["question"]
        assert "§" in one.metadata["where"]
        assert others(one.name), one.name


@pytest.mark.parametrize("generation", GENERATIONS)
def test_each_flips_one_at_a_time(generation: Generation) -> None:
    """The first is the likeliest service, every other one differs from it in one answer."""
    first, *rest = Toggles.each(generation)
    assert first == Toggles()
    assert all(sum(getattr(one, each.name) is not None for each in fields(one)) == 1 for one in rest)
    names = [str(one) for one in rest]
    assert len(set(names)) == len(names)
    assert not any(name.startswith("dots") for name in names)  # known, not open
    assert len(list(Toggles.each(generation, beyond=True))) == len(rest) + 3


def test_a_long_text_comes_back_in_chunks() -> None:
    """The chunks are character-strings of at most 255."""
    with FakeConoha("v3", Toggles(txt_style="chunked")) as conoha:
        conoha.seed("example.com")
        assert Client(conoha).add("TXT", LONG).json()["data"] == f'"{LONG[:255]}" "{LONG[255:]}"'


def test_a_new_zone_is_stale_too() -> None:
    """The list of zones lags as the lists of records do."""
    with FakeConoha("v3", Toggles(stale_reads=1)) as conoha:
        client = Client(conoha)
        client("POST", "/domains", {"name": "example.com.", "email": "postmaster@example.com"})
        assert [len(client("GET", "/domains").json()["domains"]) for _ in range(2)] == [0, 1]


def test_a_limit_of_requests_says_when_to_come_back() -> None:
    """A 429 that the service gives by itself has Retry-After, and nothing was done."""
    with FakeConoha("v2", Toggles(rate_limit=2)) as conoha:
        conoha.seed("example.com")
        client = Client(conoha)
        assert client("GET", "/domains").status_code == 200
        answer = client.add()
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "0")
        assert conoha.held("example.com") == {}
