"""The fake does what is known of ConoHa; the section of the facts stands at each row."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.conoha.fake import Clock, FakeConoha, Toggles
from tests.conoha.fake.client import Client, credentials, login
from tests.conoha.fake.log import texts
from tests.conoha.fake.state import ELSEWHERE, Account
from tests.conoha.fake.toggles import GENERATIONS

NOBODY = "00000000-0000-4000-8000-000000000000"
ADDRESS = {"type": "A", "data": "192.0.2.1"}


@pytest.fixture(params=GENERATIONS)
def conoha(request: pytest.FixtureRequest) -> Iterator[FakeConoha]:
    """Both generations, with an empty zone."""
    with FakeConoha(request.param) as server:
        server.seed("example.com")
        yield server


@pytest.fixture
def v2() -> Iterator[FakeConoha]:
    """The old one."""
    with FakeConoha("v2") as server:
        server.seed("example.com")
        yield server


@pytest.fixture
def v3() -> Iterator[FakeConoha]:
    """The new one."""
    with FakeConoha("v3") as server:
        server.seed("example.com")
        yield server


def key(record: dict[str, Any]) -> str:
    """The id, whatever it is called."""
    found = record.get("id") or record["uuid"]
    assert isinstance(found, str)
    return found


# Identity, §1


@pytest.mark.parametrize(
    ("generation", "form", "status"),
    [("v2", "id", 200), ("v3", "id", 201), ("v3", "name", 201), ("v3", "domain", 201)],
)
def test_a_login(generation: Any, form: str, status: int) -> None:
    """v2 gives the token in the body, v3 in a header only; v3 takes ids and names."""
    with FakeConoha(generation) as conoha:
        answer = login(conoha, credentials(generation, conoha.account, form))
        assert answer.status_code == status
        token = answer.headers.get("x-subject-token") or answer.json()["access"]["token"]["id"]
        assert (token in answer.text) is (generation == "v2")
        assert requests.get(f"{conoha.dns_url}/v1/domains", headers={"X-Auth-Token": token}, timeout=5).ok


@pytest.mark.parametrize(
    "account",
    [
        Account(password="wrong"),
        Account(tenant_id="wrong"),
        Account(
            user_id="gncu00000000", user_name="f3c9e6f2c5ab4bd4a2b1f9d4ff4e7a10"
        ),  # mixed up, as users do
        Account(tenant_id=ELSEWHERE.tenant_id),  # a tenant that is somebody else's
    ],
)
def test_a_refused_login(conoha: FakeConoha, account: Account) -> None:
    """Anything wrong is 401 (§1.1, §1.2)."""
    answer = login(conoha, credentials(conoha.generation, account))
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == 401


@pytest.mark.parametrize("body", [{}, {"auth": {}}, {"auth": {"identity": {"methods": ["password"]}}}, []])
def test_a_malformed_login(conoha: FakeConoha, body: object) -> None:
    """Missing keys are 400 on v3 (§6.1); v2 knows 401 only."""
    assert login(conoha, body).status_code == (400 if conoha.generation == "v3" else 401)


def test_a_token_ends(conoha: FakeConoha) -> None:
    """After 24 hours by the clock that was given (§1.1, §1.2)."""
    client = Client(conoha)
    assert isinstance(conoha.clock, Clock)
    conoha.clock.advance(hours=23, minutes=59)
    assert client("GET", "/domains").status_code == 200
    conoha.clock.advance(minutes=1)
    assert client("GET", "/domains").status_code == 401
    client.login()
    assert client("GET", "/domains").status_code == 200


@pytest.mark.parametrize("token", [None, "", "wrong"])
def test_no_token(conoha: FakeConoha, token: str | None) -> None:
    """Every route asks for one before anything else (§6.1)."""
    client = Client(conoha)
    for path in ("/domains", f"/domains/{NOBODY}", "/domains/x/records", "/nothing"):
        answer = client("GET", path, headers={"X-Auth-Token": token})
        assert answer.status_code == 401, path
        assert ("WWW-Authenticate" in answer.headers) is (conoha.generation == "v2")


def test_each_service_has_its_own_address(conoha: FakeConoha) -> None:
    """A client that mixes them up gets nowhere."""
    assert conoha.identity_url != conoha.dns_url
    assert requests.get(f"{conoha.identity_url}/v1/domains", timeout=5).status_code == 404
    assert Client(conoha)("GET", "/../v3/auth/tokens").status_code == 404


# Zones, §2.2 and §3.2


def test_a_zone_lives(conoha: FakeConoha) -> None:
    """Made, found, changed, removed; every change counts the serial up."""
    client = Client(conoha)
    made = client("POST", "/domains", {"name": "example.net.", "email": "a@example.net", "ttl": 7200}).json()
    assert (made["name"], made["ttl"], made["email"]) == ("example.net.", 7200, "a@example.net")
    assert made.get("gslb") == (0 if conoha.generation == "v2" else None)
    path = f"/domains/{key(made)}"
    assert client("GET", path).json() == made
    changed = client("PUT", path, {"ttl": 600}).json()
    assert (changed["ttl"], changed["serial"] > made["serial"]) == (600, True)
    assert client("PUT", path, {"name": "example.org."}).status_code == 400
    answer = client("DELETE", path)
    assert (answer.status_code, answer.content) == (200 if conoha.generation == "v2" else 204, b"")
    assert client("GET", path).status_code == 404
    assert conoha.zones() == ["example.com."]


def test_a_new_zone(conoha: FakeConoha) -> None:
    """It has a SOA and the NS; their TTL is null on v2, where null is the zone's (§2.3, §3.3)."""
    records = Client(conoha).records()
    found = {(one["type"], one["data"].split()[0], one["ttl"]) for one in records}
    v2 = {("NS", f"ns-a{number}.conoha.io.", None) for number in (1, 2, 3)} | {
        ("SOA", "ns-a1.conoha.io.", None)
    }
    v3 = {("NS", one, 3600) for one in ("a.conoha-dns.com.", "b.conoha-dns.org.")} | {
        ("SOA", "a.conoha-dns.com.", 3600)
    }
    assert found == (v2 if conoha.generation == "v2" else v3)
    assert conoha.held("example.com") == {}
    assert {type_ for _, type_ in conoha.held("example.com", managed=True)} == {"SOA", "NS"}


@pytest.mark.parametrize(
    ("generation", "body", "status"),
    [
        ("v2", {"name": "example.net.", "email": "a@example.net"}, 200),
        ("v3", {"name": "example.net.", "email": "a@example.net"}, 200),
        ("both", {"name": "example.com.", "email": "a@example.net"}, 409),  # it is there
        ("both", {"name": "example.net", "email": "a@example.net"}, 400),  # no dot
        ("both", {"name": "net.", "email": "a@example.net"}, 400),  # one label
        ("both", {"email": "a@example.net"}, 400),
        ("both", {"name": "example.net."}, 400),
        ("v2", {"name": "example.net.", "email": "a@example.net", "ttl": 59}, 400),
        ("v2", {"name": "example.net.", "email": "a@example.net", "gslb": 2}, 400),
        ("v2", {"name": "example.net.", "email": "a@example.net", "description": "x" * 161}, 400),
        ("v2", {"name": "sub.other.example.", "email": "a@example.net"}, 403),  # below another tenant's
        ("v2", {"name": "sub.example.com.", "email": "a@example.net"}, 200),  # below one's own
    ],
)
def test_which_zones_can_be_made(generation: Any, body: dict[str, Any], status: int) -> None:
    """§2.2, §2.3; v3's refusals are guesses but for the dot."""
    for each in GENERATIONS if generation == "both" else (generation,):
        with FakeConoha(each) as conoha:
            conoha.seed("example.com")
            conoha.seed("other.example", foreign=True)
            assert Client(conoha)("POST", "/domains", body).status_code == status


def test_the_filter_by_name(conoha: FakeConoha) -> None:
    """v2 filters exactly, and an unknown name is an empty list; v3 knows no filter (§2.1, §3.1)."""
    conoha.seed("example.net")
    client = Client(conoha)
    names = ("example.com.", "example.com", "EXAMPLE.com.", "unknown.example.")
    found = [len(client("GET", "/domains", params={"name": name}).json()["domains"]) for name in names]
    assert found == ([1, 0, 0, 0] if conoha.generation == "v2" else [2, 2, 2, 2])


def test_another_tenants_zone_is_not_there(conoha: FakeConoha) -> None:
    """Neither in the list nor by its id."""
    zone = conoha.seed("other.example", foreign=True)
    client = Client(conoha)
    assert [one["name"] for one in client("GET", "/domains").json()["domains"]] == ["example.com."]
    assert client("GET", f"/domains/{zone}/records").status_code == 404


def test_a_zone_with_children_stays(v2: FakeConoha) -> None:
    """400 domain_has_subdomain (§2.3)."""
    v2.seed("sub.example.com")
    answer = Client(v2)("DELETE", f"/domains/{v2.zone_id('example.com')}")
    assert (answer.status_code, answer.json()["type"]) == (400, "domain_has_subdomain")


# Records, §2.3 and §3.3

BOTH_TAKE: list[tuple[str, str, str, dict[str, object]]] = [
    ("A", "192.0.2.1", "www", {}),
    ("AAAA", "2001:db8::1", "www", {}),
    ("AAAA", "2001:0DB8:0:0:0:0:0:1", "www", {}),  # any text of an address
    ("CNAME", "target.example.", "www", {}),
    ("CNAME", "s1._domainkey.esp.example.", "s1._domainkey", {}),
    ("MX", "mx.example.", "", {"priority": 0}),
    ("NS", "ns.example.", "sub", {}),  # a delegation
    ("TXT", "v=spf1 include:_spf.example -all", "", {}),
    ("TXT", 'quotes " and \\ backslash; semicolon', "www", {}),
    ("TXT", "k" * 255, "www", {}),
    ("A", "192.0.2.1", "*", {}),
    ("A", "192.0.2.1", "_underscore", {}),
    ("A", "192.0.2.1", "xn--bcher-kva", {}),
    ("A", "192.0.2.1", "www", {"ttl": None}),
    ("A", "192.0.2.1", "www", {"ttl": 2147483647}),
]
BOTH_REFUSE: list[tuple[str, str, str, dict[str, object]]] = [
    ("CAA", '0 issue "ca.example"', "www", {}),
    ("TLSA", "3 1 1 ab", "_25._tcp.mx", {}),
    ("ALIAS", "target.example.", "", {}),
    ("SOA", "a. b. 1 2 3 4 5", "", {}),
    ("A", "192.0.2.01", "www", {}),
    ("A", "0.0.0.0", "www", {}),
    ("A", "2001:db8::1", "www", {}),
    ("AAAA", "192.0.2.1", "www", {}),
    ("CNAME", "target.example", "www", {}),  # no dot
    ("CNAME", "target.example.", "", {}),  # at the apex
    ("MX", "mx.example", "", {"priority": 10}),
    ("MX", "mx.example.", "", {}),  # no priority
    ("MX", "mx.example.", "", {"priority": 65536}),
    ("MX", "mx.example.", "", {"priority": "10"}),
    ("NS", ".", "sub", {}),
    ("SRV", "0 443 target.example.", "_a._tcp", {}),
    ("A", "192.0.2.1", "a.*", {}),  # a wildcard is leftmost
    ("A", "192.0.2.1", "-a", {}),
    ("A", "192.0.2.1", "a-", {}),
    ("A", "192.0.2.1", "a" * 64, {}),
    ("A", "192.0.2.1", ".".join(["a" * 60] * 5), {}),
    ("A", "192.0.2.1", "www", {"ttl": "300"}),
    ("A", "192.0.2.1", "www", {"ttl": 2147483648}),
    ("A", "192.0.2.1", "www", {"ttl": True}),
    ("A", "192.0.2.1", "www", {"ttl": -1}),
]
ONLY: list[tuple[str, str, str, str, dict[str, object], int]] = [
    ("v2", "SRV", "0 443 target.example.", "_a._tcp", {"priority": 1}, 200),
    ("v2", "SRV", "target.example.", "_a._tcp", {"priority": 1}, 400),  # the numbers are in the data
    ("v2", "SRV", "0 443 target.example.", "a.b", {"priority": 1}, 400),  # not _service._proto
    ("v2", "SRV", "0 65536 target.example.", "_a._tcp", {"priority": 1}, 400),
    ("v2", "SRV", "0 443 .", "_a._tcp", {"priority": 1}, 400),
    ("v2", "MX", ".", "", {"priority": 0}, 400),  # null MX
    ("v2", "TXT", "k" * 256, "www", {}, 400),  # a 2048-bit DKIM key does not fit
    ("v2", "A", "192.0.2.1", "www", {"priority": 1}, 400),  # no priority but for MX and SRV
    ("v2", "A", "192.0.2.1", "www", {"priority": None}, 200),
    ("v2", "A", "192.0.2.1", "www", {"ttl": 59}, 400),
    ("v2", "A", "192.0.2.1", "www", {"ttl": 60}, 200),
    ("v2", "A", "192.0.2.1", "www", {"colour": "red"}, 400),
    ("v2", "A", "192.0.2.1", "www", {"description": "x" * 160}, 200),
    ("v2", "A", "192.0.2.1", "www", {"description": "x" * 161}, 400),
    ("v2", "A", "192.0.2.1", "www", {"gslb_region": "JP", "gslb_weight": 255, "gslb_check": 80}, 200),
    ("v2", "A", "192.0.2.1", "www", {"gslb_region": "FR"}, 400),
    ("v2", "A", "192.0.2.1", "www", {"gslb_weight": 256}, 400),
    ("v2", "PTR", "host.example.", "www", {}, 400),  # the name is not an address
    ("v2", "NS", "ns.example.", "", {}, 200),  # one more at the apex (§2.3)
    ("v3", "SRV", "target.example.", "_a._tcp", {"priority": 1, "weight": 0, "port": 443}, 200),
    ("v3", "SRV", "0 443 target.example.", "_a._tcp", {"priority": 1, "weight": 0, "port": 443}, 400),
    ("v3", "SRV", "target.example.", "_a._tcp", {"priority": 1, "port": 443}, 400),  # no weight
    ("v3", "SRV", "target.example.", "_a._tcp", {"priority": 1, "weight": 0}, 400),  # no port
    ("v3", "PTR", "host.example.", "www", {}, 400),  # no such type
    ("v3", "SPF", "v=spf1 -all", "www", {}, 400),
    ("v3", "A", "192.0.2.1", "www", {"ttl": 1}, 200),
    ("v3", "A", "192.0.2.1", "www", {"colour": "red"}, 200),  # ignored
    ("v3", "NS", "ns.example.", "", {}, 400),
]
CASES = [
    *((generation, *row, 200) for row in BOTH_TAKE for generation in GENERATIONS),
    *((generation, *row, 400) for row in BOTH_REFUSE for generation in GENERATIONS),
    *ONLY,
]


@pytest.fixture(scope="module")
def shared() -> Iterator[dict[str, Client]]:
    """One fake of each generation for many rows: each row has a zone of its own."""
    with FakeConoha("v2", Toggles(zones_quota=0)) as v2, FakeConoha("v3") as v3:
        yield {"v2": Client(v2), "v3": Client(v3)}


@pytest.mark.parametrize(("generation", "type_", "data", "name", "more", "status"), CASES)
def test_which_records_can_be_made(
    shared: dict[str, Client],
    generation: str,
    type_: str,
    data: str,
    name: str,
    more: dict[str, object],
    status: int,
) -> None:
    """What is taken comes back as it was sent; what is refused leaves nothing."""
    client = shared[generation]
    zone = client.conoha.seed("example.com")
    before = client.conoha.values("example.com", managed=True)
    answer = client.add(type_, data, name, **more)
    assert answer.status_code == status, answer.text
    if status == 200:
        sent = {
            "type": type_,
            "data": data,
            **{k: v for k, v in more.items() if v is not None and k != "colour"},
        }
        assert sent.items() <= answer.json().items()
        client("DELETE", f"/domains/{zone}/records/{key(answer.json())}")
    left = client.conoha.values("example.com", managed=True)
    assert [one.value for one in left if one.type != "SOA"] == [
        one.value for one in before if one.type != "SOA"
    ]


@pytest.mark.parametrize("name", ["www", "example.org.", "www.example.org.", "notexample.com.", "com.", ""])
def test_names_outside_of_the_zone(conoha: FakeConoha, name: str) -> None:
    """400, and so is a relative name (§2.3, §3.3)."""
    path = f"/domains/{conoha.zone_id('example.com')}/records"
    assert Client(conoha)("POST", path, {"name": name, **ADDRESS}).status_code == 400


def test_the_known_error_of_v3(v3: FakeConoha) -> None:
    """The only text that anybody has reported (§3.4)."""
    path = f"/domains/{v3.zone_id('example.com')}/records"
    assert "Parameter name is Invalid" in Client(v3)("POST", path, {"name": "www", **ADDRESS}).text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("A", "192.0.2.1"), ("CNAME", "a.example.")),
        (("CNAME", "a.example."), ("A", "192.0.2.1")),
        (("CNAME", "a.example."), ("CNAME", "b.example.")),
    ],
)
def test_a_cname_is_alone(conoha: FakeConoha, first: tuple[str, str], second: tuple[str, str]) -> None:
    """Nothing else has its name, so a swap deletes first (§2.3, §6.6)."""
    client = Client(conoha)
    record = client.add(*first).json()
    assert client.add(*second).status_code == 400
    client.drop(key(record))
    assert client.add(*second).status_code == 200


def test_names_of_a_child_zone(conoha: FakeConoha) -> None:
    """They belong there, even when it is another tenant's (§2.3)."""
    conoha.seed("sub.example.com", foreign=True)
    client = Client(conoha)
    assert [client.add(name=name).status_code for name in ("sub", "a.sub", "notsub")] == [400, 400, 200]


def test_a_duplicate(conoha: FakeConoha) -> None:
    """The same value again is 409, with any TTL; on v2 without a message (§2.3)."""
    client = Client(conoha)
    client.add("MX", "mx.example.", "", priority=10, ttl=300)
    again = client.add("MX", "mx.example.", "", priority=10, ttl=600)
    assert again.status_code == 409
    if conoha.generation == "v2":
        assert again.json() == {
            "code": 409,
            "type": "duplicate_record",
            "request_id": again.headers["X-Openstack-Request-Id"],
        }
    assert client.add("MX", "mx.example.", "", priority=20).status_code == 200
    assert (
        client.change(
            key(client.add("MX", "b.example.", "", priority=10).json()), data="mx.example."
        ).status_code
        == 409
    )


def test_a_record_is_found_changed_and_removed(conoha: FakeConoha) -> None:
    """A change keeps the id, and a second removal is 404."""
    client = Client(conoha)
    record = client.add(ttl=300).json()
    path = f"/domains/{conoha.zone_id('example.com')}/records/{key(record)}"
    assert client("GET", path).json() == record
    changed = client("PUT", path, {"data": "192.0.2.2", "ttl": 600}).json()
    assert (key(changed), changed["data"], changed["ttl"]) == (key(record), "192.0.2.2", 600)
    assert conoha.held("example.com") == {("www.example.com.", "A"): (600, frozenset({"192.0.2.2"}))}
    gone = client("DELETE", path)
    assert gone.content == b""
    if conoha.generation == "v2":  # captured
        assert (gone.status_code, gone.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert gone.headers["Content-Length"] == "0"
    assert [client(method, path).status_code for method in ("GET", "DELETE")] == [404, 404]
    assert client("PUT", path, {"data": "192.0.2.2"}).status_code == 404


def test_a_change_is_checked_like_a_new_record(conoha: FakeConoha) -> None:
    """Nothing gets in by PUT that POST refuses."""
    client = Client(conoha)
    record = key(client.add("CNAME", "a.example.").json())
    client.add(name="b")
    for change in (
        {"data": "a.example"},
        {"name": "b.example.com."},
        {"name": "example.com."},
        {"name": "www.example.org."},
    ):
        assert client.change(record, **change).status_code == 400, change
    assert conoha.held("example.com")["www.example.com.", "CNAME"] == (3600, frozenset({"a.example."}))


def test_numbers_of_v3_are_where_they_belong(v3: FakeConoha) -> None:
    """Priority, weight and port are null but for MX and SRV, whatever is sent (§3.3)."""
    client = Client(v3)
    record = client.add(priority=1, weight=2, port=3).json()
    changed = client.change(record["uuid"], data="192.0.2.2", priority=1, weight=2, port=3).json()
    assert [(one["priority"], one["weight"], one["port"]) for one in (record, changed)] == [
        (None, None, None)
    ] * 2


def test_soa_and_root_ns_cannot_be_touched(conoha: FakeConoha) -> None:
    """They are the platform's (§2.3, §6.3)."""
    client = Client(conoha)
    before = conoha.held("example.com", managed=True)
    for record in client.records():
        assert client.drop(key(record)).status_code == 400
        assert client.change(key(record), ttl=300).status_code == 400
    assert conoha.held("example.com", managed=True) == before


def test_the_soa_of_v2_is_another_one_after_each_write(v2: FakeConoha) -> None:
    """With the next serial, as captured; the NS stay."""
    client = Client(v2)
    before = {one["type"]: one for one in client.records()}
    client.add()
    after = {one["type"]: one for one in client.records()}
    assert after["SOA"]["id"] != before["SOA"]["id"]
    assert (
        int(after["SOA"]["data"].split()[2])
        == int(before["SOA"]["data"].split()[2]) + 1
        == v2.serial("example.com")
    )
    assert after["NS"]["id"] == before["NS"]["id"]


def test_a_ttl_of_v2_is_the_sets(v2: FakeConoha) -> None:
    """POST into a set ignores it, PUT on one value changes all, the last removal forgets it (§2.3)."""
    client = Client(v2)
    first, second = (client.add(data=f"192.0.2.{n}", ttl=ttl).json() for n, ttl in ((1, 300), (2, 600)))
    assert second["ttl"] == 300
    client.change(second["id"], ttl=900)
    assert v2.held("example.com") == {("www.example.com.", "A"): (900, frozenset({"192.0.2.1", "192.0.2.2"}))}
    for one in (first, second):
        client.drop(one["id"])
    assert client.add(ttl=120).json()["ttl"] == 120


def test_a_name_of_v2_is_the_sets(v2: FakeConoha) -> None:
    """PUT of a name moves all values, so nobody should (§2.3)."""
    client = Client(v2)
    first, _ = (client.add(data=f"192.0.2.{n}").json() for n in (1, 2))
    assert client.change(first["id"], name="moved.example.com.").json()["id"] == first["id"]
    assert list(v2.held("example.com")) == [("moved.example.com.", "A")]


def test_a_description(conoha: FakeConoha) -> None:
    """v2 keeps it, v3 drops it in silence (§3.3): it cannot mark what is whose."""
    record = Client(conoha).add(description="ours").json()
    assert record.get("description") == ("ours" if conoha.generation == "v2" else None)
    assert ("description" in record) is (conoha.generation == "v2")


def test_gslb_fields_survive_a_change_of_something_else(v2: FakeConoha) -> None:
    """A PUT that does not name them leaves them."""
    client = Client(v2)
    record = client.add(gslb_region="JP", gslb_weight=10, gslb_check=80).json()
    changed = client.change(record["id"], data="192.0.2.2").json()
    assert (changed["gslb_region"], changed["gslb_weight"], changed["gslb_check"]) == ("JP", 10, 80)
    assert [one.gslb for one in v2.values("example.com")] == [True]


def test_a_reverse_zone(v2: FakeConoha) -> None:
    """ConoHa makes one for each server; a PTR stands at its apex (§4)."""
    zone = v2.seed("120.138.95.150.in-addr.arpa", email="hostmaster@conoha.io")
    body = {"name": "120.138.95.150.in-addr.arpa.", "type": "PTR", "data": "vps.example.com."}
    record = Client(v2)("POST", f"/domains/{zone}/records", body).json()
    assert Client(v2)("PUT", f"/domains/{zone}/records/{record['id']}", {"data": "mx.example.com."}).ok
    assert v2.held("120.138.95.150.in-addr.arpa") == {
        (body["name"], "PTR"): (3600, frozenset({"mx.example.com."}))
    }


# Lists, §2.1 and §3.1


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, "abcd"),
        ({"limit": 2}, "ab"),
        ({"limit": 2, "offset": 2}, "cd"),
        ({"limit": 9, "offset": 3}, "d"),
        ({"limit": 2, "offset": 9}, ""),
        ({"sort_key": "name", "sort_type": "desc"}, "dcba"),
        ({"limit": 2, "sort_type": "desc"}, "dc"),
        ({"sort_key": "colour"}, "abcd"),  # unknown keys are ignored, as nobody knows better
    ],
)
def test_pages_of_v3(query: dict[str, object], names: str) -> None:
    """A part of the list, with the length of the whole."""
    with FakeConoha("v3") as conoha:
        for name in "abcd":
            conoha.seed(f"{name}.example")
        body = Client(conoha)("GET", "/domains", params=query).json()
        assert "".join(one["name"][0] for one in body["domains"]) == names
        assert body["total_count"] == 4


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": -1}, {"limit": "x"}, {"offset": -1}])
def test_malformed_pages_of_v3(v3: FakeConoha, query: dict[str, object]) -> None:
    """400, as an out-of-range limit may be (§3.1)."""
    assert Client(v3)("GET", "/domains", params=query).status_code == 400


def test_v2_has_no_pages(v2: FakeConoha) -> None:
    """Everything comes at once, whatever is asked (§2.1); no count is told."""
    client = Client(v2)
    assert len(client.records(limit=1, offset=1)) == 4
    assert set(client("GET", "/domains").json()) == {"domains"}


# Errors, §2.4


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "type_"),
    [
        ("GET", "/domains/not-a-uuid", None, 404, None),  # bare {"code": 404}
        ("GET", "/domains//records", None, 404, None),  # what an empty id leads to
        ("GET", f"/domains/{NOBODY}", None, 404, "domain_not_found"),
        ("GET", f"/domains/{NOBODY}/records", None, 404, "domain_not_found"),
        ("GET", f"/domains/ZONE/records/{NOBODY}", None, 404, "record_not_found"),
        ("DELETE", f"/domains/ZONE/records/{NOBODY}", None, 404, "record_not_found"),
        ("PATCH", "/domains", {}, 405, "invalid_method"),
        ("POST", "/domains/ZONE/records", [], 400, "invalid_json"),
        ("POST", "/domains/ZONE/records", {}, 400, "invalid_object"),
        (
            "POST",
            "/domains/ZONE/records",
            {"name": "example.com.", "type": "SOA", "data": "x"},
            400,
            "bad_request",
        ),
        (
            "POST",
            f"/domains/{NOBODY}/records",
            {"name": "a.", "type": "A", "data": "x"},
            400,
            "invalid_object",
        ),
        ("POST", f"/domains/{NOBODY}/records", {"name": "a.", **ADDRESS}, 404, "domain_not_found"),
        ("POST", f"/domains/{NOBODY}/records", {"name": "a.", **ADDRESS, "ttl": 1}, 404, "domain_not_found"),
        ("POST", "/domains/ZONE/records", {"name": "a.", **ADDRESS, "ttl": 1}, 400, "invalid_ttl"),
        ("POST", "/domains/ZONE/records", {"name": "a.", **ADDRESS}, 400, "invalid_recordset_location"),
        ("POST", "/domains", {"name": "example.", "email": "a@b"}, 400, "invalid_domain_name"),
        ("POST", "/domains", {"name": "example.com.", "email": "a@b"}, 409, "duplicate_domain"),
    ],
)
def test_errors_of_v2(
    v2: FakeConoha, method: str, path: str, body: object, status: int, type_: str | None
) -> None:
    """The order of the checks shows in which of two errors is told (§6.2)."""
    answer = Client(v2)(method, path.replace("ZONE", v2.zone_id("example.com")), body)
    assert (answer.status_code, answer.json()["code"], answer.json().get("type")) == (status, status, type_)
    assert answer.headers["X-Openstack-Request-Id"].startswith("req-")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Accept": "text/html"}, 406),
        ({"Content-Type": "text/plain"}, 415),
        (
            {"Accept": "application/json", "Content-Type": "application/json; charset=utf-8"},
            400,
        ),  # goes on to the body
    ],
)
def test_media_types_of_v2(v2: FakeConoha, headers: dict[str, str], status: int) -> None:
    assert Client(v2)("POST", "/domains", {}, headers=headers).status_code == status


def test_a_get_of_v2_may_have_a_body(v2: FakeConoha) -> None:
    """A client that is in use sends one (§2.1)."""
    assert Client(v2)("GET", "/domains", {}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/domains//records", 404),
        ("GET", f"/domains/{NOBODY}", 404),
        ("POST", f"/domains/{NOBODY}/records", 404),  # before the body is looked at
        ("GET", f"/domains/ZONE/records/{NOBODY}", 404),
        ("GET", "/nothing", 404),
        ("PATCH", "/domains", 405),
        ("POST", "/domains/ZONE/records", 400),
    ],
)
def test_errors_of_v3(v3: FakeConoha, method: str, path: str, status: int) -> None:
    answer = Client(v3)(method, path.replace("ZONE", v3.zone_id("example.com")))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)


def test_quotas_of_v2() -> None:
    """413 over_quota (§2.3)."""
    with FakeConoha("v2", Toggles(set_quota=2)) as conoha:
        conoha.seed("example.com")
        client = Client(conoha)
        answers = [client.add(data=f"192.0.2.{number}") for number in (1, 2, 3)]
        assert [one.status_code for one in answers] == [200, 200, 413]
        assert answers[-1].json()["type"] == "over_quota"


def test_the_servers_and_the_file_of_a_zone(v2: FakeConoha) -> None:
    """§2.1."""
    v2.add("example.com", "example.com.", "TXT", '"v=spf1 -all"', ttl=300)
    client = Client(v2)
    servers = client("GET", f"/domains/{v2.zone_id('example.com')}/servers").json()["servers"]
    assert [one["name"] for one in servers] == [f"ns-a{number}.conoha.io." for number in (1, 2, 3)]
    url = f"{v2.dns_url}/v2/zones/{v2.zone_id('example.com')}"
    file = client.session.get(url, headers={"Accept": "text/dns"}, timeout=5)
    assert 'example.com. 300 IN TXT "v=spf1 -all"' in file.text.splitlines()


# The log, and somebody else's hand


def test_the_log_has_no_secrets_and_keeps_the_order(conoha: FakeConoha) -> None:
    """Tokens are numbered, passwords blotted out, requests in order."""
    client = Client(conoha)
    client.login()
    record = client.add(ttl=300).json()
    client.change(key(record), data="192.0.2.2")
    client.drop(key(record))
    client("GET", "/domains", headers={"X-Auth-Token": "stolen"})
    assert conoha.log.calls == [
        "POST tokens", "POST tokens", "POST records", "PUT record", "DELETE record", "GET domains",
    ]  # fmt: skip
    assert [one.method for one in conoha.log.writes] == ["POST", "PUT", "DELETE"]
    assert conoha.log.writes[0].json == {
        "name": "www.example.com.",
        "type": "A",
        "data": "192.0.2.1",
        "ttl": 300,
    }
    *tokens, stolen = [one.token for one in conoha.log if one.service == "dns"]
    assert tokens == ["token 2"] * 3
    assert stolen.startswith("unknown ")
    told = repr(conoha.log.entries) + texts(conoha.log)
    assert conoha.account.password in conoha.secrets
    assert not any(secret in told for secret in (*conoha.secrets, "stolen"))


SETS = {
    ("example.com.", "MX"): (300, frozenset({"10 mx.example.com.", "20 mx.example.net."})),
    ("example.com.", "TXT"): (300, frozenset({'"v=spf1 -all"', r'"a \"quoted\" \\ text; here"'})),
    ("_a._tcp.example.com.", "SRV"): (600, frozenset({"1 2 3 t.example."})),
    ("www.example.com.", "A"): (60, frozenset({"192.0.2.1", "192.0.2.2"})),
    ("long.example.com.", "TXT"): (60, frozenset({f'"{"k" * 255}" "{"k" * 45}"'})),
    ("example.com.", "CAA"): (60, frozenset({'0 issue "ca.example"'})),  # no client can make this one
}


@pytest.mark.parametrize("generation", GENERATIONS)
@pytest.mark.parametrize(
    "toggles", [Toggles(), Toggles(txt_input="presentation"), Toggles(txt_backslash="escape")], ids=str
)
def test_what_is_seeded_is_held(generation: Any, toggles: Toggles) -> None:
    """The two helpers are each other's inverse, and the API shows the same number of values."""
    with FakeConoha(generation, toggles) as conoha:
        conoha.seed("example.com", SETS)
        assert conoha.held("example.com") == SETS
        shown = [one for one in Client(conoha).records() if one["type"] not in ("SOA", "NS")]
        assert (
            len(shown) == len(conoha.values("example.com")) == sum(len(values) for _, values in SETS.values())
        )
        conoha.remove("example.com", "example.com.", "MX", "10 mx.example.com.")
        conoha.remove("example.com", "www.example.com.", "A")
        assert conoha.held("example.com")["example.com.", "MX"] == (300, frozenset({"20 mx.example.net."}))
        assert ("www.example.com.", "A") not in conoha.held("example.com")


def test_held_does_not_hide_ttls_that_differ(v3: FakeConoha) -> None:
    """A set with two TTLs is not plain data."""
    v3.add("example.com", "www.example.com.", "A", "192.0.2.1", ttl=60)
    v3.add("example.com", "www.example.com.", "A", "192.0.2.2", ttl=300)
    with pytest.raises(ValueError, match="has the TTLs"):
        v3.held("example.com")


def test_every_run_is_the_same() -> None:
    """Ids and times come from a seed and a clock."""

    def run() -> list[dict[str, Any]]:
        with FakeConoha("v3") as conoha:
            conoha.seed("example.com", SETS)
            return Client(conoha).records()

    assert run() == run()
