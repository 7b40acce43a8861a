"""One value as the API, octoDNS and a zone file have it, and lists put together from pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from octodns.record import Record
from octodns.zone import Zone as OctoZone
from octodns_conoha import ConohaException, ConohaRefused, v2, v3
from octodns_conoha.identity import Credentials, sign_in_v2, sign_in_v3
from octodns_conoha.paging import read_all
from octodns_conoha.txt import as_octodns_has_it, chunked, read_txt
from octodns_conoha.values import Rdata, objects, rdata, rdatas_of, read_zone, to_octodns

from tests.conoha.conftest import Start
from tests.conoha.fake.faults import Fault
from tests.conoha.fake.message import Answer
from tests.conoha.provider import ZONE, apply, provider

SAMPLES = Path(__file__).parent / "samples"
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126))


def sample(name: str) -> object:
    return json.loads((SAMPLES / name).read_text("utf-8"))


# Samples


@pytest.mark.parametrize(
    ("name", "zones"),
    [
        ("v2_zones.json", [("b5174df6-cc7f-484e-a09d-859027bad1c8", "example.com.", 3600)]),
        ("v2_zones_none.json", []),
        ("v3_zones.json", [("00000000-0000-4000-8000-000000000011", "example.com.", 3600), ("00000000-0000-4000-8000-000000000012", "example.net.", 300)]),
    ],
)  # fmt: skip
def test_zones_of_samples(name: str, zones: list[tuple[str, str, int]]) -> None:
    """Ids under both names, names with their dots, TTLs."""
    found = [read_zone(item) for item in objects(sample(name), "domains")]
    assert zones == [(zone.id, zone.name, zone.ttl) for zone in found]


RECORDS = [
    ("example.com.", Rdata("NS", "ns-a1.conoha.io."), None, False),
    ("example.com.", Rdata("SOA", "ns-a1.conoha.io. postmaster.example.org. 1540794969 3600 600 86400 3600"), None, False),
    ("_sip._tcp.example.com.", Rdata("SRV", "host.example.net.", 10, 5, 8080), 600, False),
    ("example.com.", Rdata("MX", "mail.example.net.", 10), 3600, False),
    ("www.example.com.", Rdata("A", "192.0.2.1"), 300, True),
]  # fmt: skip


def test_records_of_the_v2_sample() -> None:
    """Weight and port out of the data, TTLs of the zone, load balancing."""
    values = [v2.read(item) for item in objects(sample("v2_records.json"), "records")]
    assert [(value.name, value.rdata, value.ttl, value.gslb) for value in values] == RECORDS


def test_records_of_the_v3_sample() -> None:
    """Weight and port in fields of their own."""
    values = [v3.read(item) for item in objects(sample("v3_records.json"), "records")]
    assert [value.rdata for value in values][2:] == [
        Rdata("SRV", "host.example.net.", 10, 5, 8080), Rdata("MX", "mail.example.net.", 10), Rdata("TXT", "challengetoken"),
    ]  # fmt: skip
    assert not any(value.gslb for value in values)


def test_a_created_record_of_the_sample() -> None:
    """What was sent comes back."""
    item = sample("v2_record.json")
    assert isinstance(item, dict)
    value = v2.read(item)
    sent = v2.write(value.name, value.rdata, 3600)
    assert sent == {key: item[key] for key in ("name", "type", "data", "priority", "ttl")}


def test_the_sampled_duplicate_is_told(start: Start) -> None:
    """Its body has no message, only a type."""
    conoha = start("v2")
    conoha.seed(ZONE)
    body = json.dumps(sample("v2_duplicate.json")).encode()
    fault: Fault = lambda server, request, go: Answer(409, body, {"Content-Type": "application/json"})  # noqa: E731
    conoha.faults.add(fault, method="POST", path="/records$")
    with pytest.raises(ConohaRefused, match="HTTP 409 duplicate_record"):
        apply(provider(conoha), {("a.example.com.", "A"): (300, ["192.0.2.1"])})


@pytest.mark.parametrize("name", ["v2_token.json", "v2_token_documented.json"])
def test_tokens_of_v2_samples(name: str) -> None:
    """Also in the shape that the documentation has it in."""
    token = sign_in_v2(_answering(sample(name)), "https://identity.example", WHO, 0)
    assert (token.text, token.expires) == ("sample00d88246078f2bexample788f7", 1432105701.0)


@pytest.mark.parametrize(
    ("content", "headers", "words"),
    [
        ({}, {}, "no token in it"),
        ({"access": {"token": "text"}}, {}, "no token in it"),
        ({"access": {"token": {"id": ""}}}, {}, "no token in it"),
    ],
)
def test_a_sign_in_without_a_token(content: object, headers: dict[str, str], words: str) -> None:
    """Whatever the status says."""
    for sign_in in (sign_in_v2, sign_in_v3):
        with pytest.raises(ConohaException, match=words):
            sign_in(_answering(content, headers), "https://identity.example", WHO, 0)


@pytest.mark.parametrize("expires", ["soon", None, "", 5])
def test_a_token_without_a_known_end_is_used_for_an_hour(expires: object) -> None:
    """It is renewed anyway when it is refused."""
    content = {"access": {"token": {"id": "t", "expires": expires}}}
    assert sign_in_v2(_answering(content), "https://identity.example", WHO, 1000.0).expires == 4600.0


def test_the_token_of_the_v3_sample() -> None:
    """It is in the header."""
    token = sign_in_v3(
        _answering(sample("v3_token.json"), {"X-Subject-Token": "t"}), "https://identity.example", WHO, 0
    )
    assert (token.text, token.expires) == ("t", 1772161200.0)


WHO = Credentials("password", tenant_id="tenant", username="user")


def _answering(content: object, headers: Mapping[str, str] | None = None) -> SimpleNamespace:
    """A transport that knows one answer."""
    from octodns_conoha.hiding import Hider
    from octodns_conoha.transport import Answer as Heard

    return SimpleNamespace(hider=Hider(), send=lambda request: Heard(200, headers or {}, "", content))


@pytest.mark.parametrize(
    ("item", "words"),
    [
        ({"name": "a.example."}, "has no id; its fields: name"),  # a request without it would be to the list
        ({"id": "", "name": "a.example."}, "has no id"),
        ({"id": "1"}, "has no name"),
        ({"id": "1", "name": "a.example"}, "no dot at its end"),
        ({"id": "1", "name": "a.example.", "ttl": "soon"}, "ttl in ConoHa's answer is a str"),
    ],
)
def test_answers_that_are_not_understood(item: dict[str, object], words: str) -> None:
    """They stop everything: a record that is passed over would be created again."""
    with pytest.raises(ConohaException, match=words):
        read_zone(item)


@pytest.mark.parametrize("content", [None, [], {}, {"records": None}, {"records": [1]}, {"domains": []}])
def test_a_missing_list_is_no_empty_list(content: object) -> None:
    """An empty one would mean that there is nothing."""
    with pytest.raises(ConohaException, match="no list of records"):
        list(objects(content, "records"))


@pytest.mark.parametrize("data", ["8080 host.example.net.", "a 8080 host.", "1 2 3 host."])
def test_a_broken_srv(data: str) -> None:
    """v2 has three words in it."""
    with pytest.raises(ConohaException, match="not weight, port and target"):
        v2.read({"id": "1", "name": "_a._b.example.", "type": "SRV", "data": data, "priority": 1, "ttl": 1})


# Texts


@given(TEXTS)
def test_texts_go_there_and_back(text: str) -> None:
    """As quoted strings of any number, and raw."""
    assert read_txt(chunked(text)) == text
    assert as_octodns_has_it(as_octodns_has_it(text)) == as_octodns_has_it(text)
    if '"' not in text:
        assert read_txt(text) == as_octodns_has_it(text) == text


@given(st.text())
def test_any_text_can_be_read(text: str) -> None:
    """Also what no DNS server would take."""
    assert isinstance(rdata("TXT", text).data, str)
    assert read_txt(chunked(text)) == text


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ('"a"', "a"),  # quoted
        ('"a" "b"', "ab"),  # chunked
        ('"a""b"', "ab"),
        (r'"a\"b\\c"', 'a"b\\c'),  # escapes
        (r'"\195\188"', "ü"),  # octets
        (r'"\255"', "ÿ"),  # not UTF-8
        ('say "a"', 'say "a"'),  # raw, with quotes inside
        ('"a" and "b"', '"a" and "b"'),
        ('"half', '"half'),
        ('""', ""),
        ("", ""),
    ],
)
def test_read_txt(data: str, text: str) -> None:
    """Only what is quoted from end to end is taken for quoted."""
    assert text == read_txt(data)


# Values


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("A", {"values": ["192.0.2.1", "192.0.2.2"]}),
        ("AAAA", {"values": ["2001:DB8::1"]}),
        ("CNAME", {"value": "A.example."}),
        ("MX", {"values": [{"preference": 10, "exchange": "A.example."}]}),
        ("NS", {"values": ["a.example."]}),
        ("PTR", {"values": ["a.example."]}),
        ("SRV", {"values": [{"priority": 1, "weight": 2, "port": 3, "target": "a.example."}]}),
        ("TXT", {"values": ["v=spf1 -all", "a\\; b"]}),
    ],
)
@pytest.mark.parametrize("module", [v2, v3])
def test_values_of_every_type_go_there_and_back(module: object, type_: str, data: dict[str, object]) -> None:
    """octoDNS's record, the API's body, and the record that is read from it."""
    zone = OctoZone(ZONE, [])
    name = "_a._b" if type_ == "SRV" else "a"
    record = Record.new(zone, name, {"type": type_, "ttl": 300, **data})
    write = v2.write if module is v2 else v3.ClientV3(SimpleNamespace()).write
    read = v2.read if module is v2 else v3.read
    for one in rdatas_of(record):
        body = write(record.fqdn, one, 300)
        value = read({"id": "1", "priority": None, "weight": None, "port": None, **body})
        assert (value.rdata, value.ttl, value.key) == (one, 300, (record.fqdn, type_))
    again = (
        {"value": to_octodns(one)}
        if type_ == "CNAME"
        else {"values": [to_octodns(r) for r in rdatas_of(record)]}
    )
    assert not record.changes(
        Record.new(zone, name, {"type": type_, "ttl": 300, **again}),
        SimpleNamespace(SUPPORTS_DYNAMIC=False, SUPPORTS_GEO=False),
    )


# Pages


class List:
    """A list as a server has it; `limit`, `offset` and counts as it likes."""

    def __init__(
        self, size: int, *, cap: int = 10**6, default: int = 10**6, total: str = "exact", **more: object
    ) -> None:
        self.items, self.cap, self.default, self.total = (
            [{"id": str(n)} for n in range(size)],
            cap,
            default,
            total,
        )
        self.obeys_offset, self.refuses = more.get("obeys_offset", True), more.get("refuses", False)
        self.calls = 0

    def __call__(self, params: Mapping[str, str | int]) -> object:
        self.calls += 1
        if self.refuses and "limit" in params:
            raise ConohaRefused("limit", 400)
        limit = min(int(params.get("limit", self.default)), self.cap)
        offset = int(params.get("offset", 0)) if self.obeys_offset else 0
        total = {"exact": len(self.items), "low": 1, "high": len(self.items) + 7}.get(self.total)
        return {
            "records": self.items[offset : offset + limit],
            **({} if total is None else {"total_count": total}),
        }


@given(
    st.integers(0, 12),
    st.integers(2, 13),
    st.sampled_from(["exact", "low", "high", "absent"]),
    st.booleans(),
    st.sampled_from([100, 4, None]),
)
def test_every_list_is_whole(size: int, page: int, total: str, refuses: bool, limit: int | None) -> None:
    """Whatever the length of its pages, and whatever it says of its own."""
    server = List(size, cap=page, total=total, refuses=refuses)
    assert server.items == read_all(server, "records", lambda attempt: None, limit)


def test_pages_of_one_are_told() -> None:
    """They cannot begin with the last item of the one before; the count shows that more is there."""
    with pytest.raises(ConohaException, match="2 of 5 came"):
        read_all(List(5, cap=1), "records", lambda attempt: None)


@pytest.mark.parametrize("total", ["exact", "absent"])
def test_a_server_that_gives_the_same_page_again_is_not_believed(total: str) -> None:
    """The rest of its list cannot be had."""
    with pytest.raises(ConohaException, match="cannot be read whole: the same page"):
        read_all(List(300, cap=100, total=total, obeys_offset=False), "records", lambda attempt: None)


def test_a_list_that_never_rests_is_told() -> None:
    """After some attempts, with pauses."""
    server, pauses = List(250), []

    def moving(params: Mapping[str, str | int]) -> object:
        server.items.append({"id": f"new {server.calls}"})
        return server(params)

    with pytest.raises(ConohaException, match="total_count went from"):
        read_all(moving, "records", pauses.append)
    assert pauses == [0, 1, 2, 3]
