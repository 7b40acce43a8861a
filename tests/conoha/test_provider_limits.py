"""What ConoHa cannot hold, and which options are refused, both told without asking ConoHa."""

from __future__ import annotations

import pytest
from octodns.provider import SupportsException
from octodns.record import Record
from octodns.zone import Zone
from octodns_conoha import ConohaException, ConohaProvider

from tests.conoha.conftest import Start
from tests.conoha.fake import Toggles
from tests.conoha.provider import ZONE, Sets, apply, plan, provider, settings

LONG = f'"v=DKIM1; k=rsa; p={"A" * 237}" "{"B" * 155}"'


@pytest.mark.parametrize(
    ("entry", "name", "type_", "rdatas", "words"),
    [
        ({"region": "tyo1"}, "s._domainkey.example.com", "TXT", [LONG], ("410 octets", "Ed25519", "1024", "CNAME")),
        ({"region": "tyo1"}, "x.example.com", "TXT", [LONG], ("410 octets", "shorter", "CNAME")),  # no key
        ({"region": "c3j1"}, "s._domainkey.example.com", "TXT", [LONG], ("long_txt", "Ed25519")),
        ({"region": "c3j1", "long_txt": "raw"}, "x.example.com", "TXT", [LONG], None),
        ({"region": "c3j1", "long_txt": "chunked"}, "x.example.com", "TXT", [LONG], None),
        ({"region": "tyo1", "long_txt": "raw"}, "x.example.com", "TXT", [LONG], ("410 octets",)),  # v2 never can
        ({"region": "tyo1"}, "x.example.com", "TXT", [f'"{"x" * 255}"'], None),  # as long as one string
        ({"region": "c3j1"}, "x.example.com", "TXT", [f'"{"x" * 256}"'], ("256 octets",)),
        ({"region": "tyo1"}, "x.example.com", "TXT", [f'"{chr(92)}"{"x" * 254}"'], None),  # an escape is no octet
        ({"region": "tyo1"}, "x.example.com", "TXT", [r'"a\\b"'], ("backslash",)),
        ({"region": "c3j1"}, "x.example.com", "TXT", [r'"a\\b"'], None),
        ({"region": "c3j1"}, "x.example.com", "TXT", [r'"\"a\""'], ("quotes",)),
        ({"region": "c3j1"}, "x.example.com", "TXT", [r'"say \"a\""'], None),  # quotes inside are fine
        ({"region": "tyo1"}, "example.com", "CAA", ['0 issue "ca.example"'], ("CAA", "elsewhere")),
        ({"region": "c3j1"}, "example.com", "CAA", ['0 issue "ca.example"'], ("CAA", "elsewhere")),
        ({"region": "c3j1"}, "_25._tcp.mx.example.com", "TLSA", ["3 1 1 00"], ("TLSA", "DNSSEC")),
        ({"region": "c3j1"}, "1.2.0.192.in-addr.arpa", "PTR", ["a.example."], ("control panel",)),
        ({"region": "tyo2"}, "1.2.0.192.in-addr.arpa", "PTR", ["a.example."], None),
        ({"region": "sin1"}, "a.example.com", "PTR", ["a.example."], ("reverse name",)),
        ({"region": "sjc1"}, "example.com", "MX", ["0 ."], ("null MX", "v=spf1 -all")),
        ({"region": "c3j1"}, "example.com", "MX", ["0 ."], None),  # not known to be refused
        ({"region": "tyo1"}, "_sip._tcp.example.com", "SRV", ["0 0 0 ."], ("SRV without a host",)),
        ({"region": "tyo1"}, "sip.example.com", "SRV", ["0 0 1 a.example."], ("_service",)),
        ({"region": "tyo1"}, "_sip._tcp.example.com", "SRV", ["0 0 1 a.example."], None),
        ({"region": "tyo1"}, "*.example.com", "A", ["192.0.2.1"], None),
        ({"region": "tyo1"}, "a.*.example.com", "A", ["192.0.2.1"], ("leftmost",)),
        ({"region": "tyo1"}, "a-.example.com", "A", ["192.0.2.1"], ("begin or end",)),
        ({"region": "tyo1"}, "_dmarc.example.com.", "TXT", ['"v=DMARC1"'], None),  # with its dot
        ({"region": "tyo1"}, "xn--eckwd4c7c.example.com", "A", ["192.0.2.1"], None),
        ({"region": "tyo1"}, "a.example.com", "A", ["0.0.0.0"], ("0.0.0.0",)),
        ({"region": "tyo1"}, "a.example.com", "CNAME", ["a/b.example."], ("a/b.example.",)),
        ({"region": "env/REGION"}, "x.example.com", "TXT", [LONG], None),  # the generation is not known here
        ({"region": "env/REGION"}, "example.com", "CAA", ['0 issue ";"'], ("CAA",)),  # neither has it
        ({"region": "env/REGION", "api_version": "v2"}, "x.example.com", "TXT", [LONG], ("410 octets",)),
    ],
)  # fmt: skip
def test_unsupported(
    entry: dict[str, object], name: str, type_: str, rdatas: list[str], words: tuple[str, ...] | None
) -> None:
    """The entry in the configuration is enough to tell, and the way out is named."""
    why = ConohaProvider.unsupported(entry, name, type_, rdatas)
    assert (why is None) == (words is None)
    assert all(word in (why or "") for word in words or ())


def test_the_class_and_an_instance_tell_their_types(start: Start) -> None:
    """Without an instance it is what either generation holds."""
    common = {"A", "AAAA", "CNAME", "MX", "NS", "SRV", "TXT"}
    assert common | {"PTR"} == ConohaProvider.SUPPORTS == provider(start("v2")).SUPPORTS
    assert common == provider(start("v3")).SUPPORTS


@pytest.mark.parametrize("generation", ["v2", "v3"])
def test_strict_supports_decides(generation: str, start: Start) -> None:
    """It raises before any request that writes; otherwise what is there stays as it is."""
    conoha = start(generation)
    conoha.seed(ZONE)
    conoha.add(ZONE, "x.example.com.", "TXT", '"short"', ttl=300)
    wanted: Sets = {("x.example.com.", "TXT"): (300, [LONG]), ("a.example.com.", "A"): (300, ["192.0.2.1"])}
    with pytest.raises(SupportsException, match=r"conoha: x\.example\.com\. TXT: a text of 410 octets"):
        plan(provider(conoha), wanted)
    apply(provider(conoha, strict_supports=False), wanted)
    assert conoha.held(ZONE) == {
        ("x.example.com.", "TXT"): (300, frozenset({'"short"'})),
        ("a.example.com.", "A"): (300, frozenset({"192.0.2.1"})),
    }


@pytest.mark.parametrize(
    ("generation", "options", "ttl", "kept"),
    [
        ("v2", {}, 30, 60),  # documented
        ("v2", {}, 60, None),
        ("v3", {}, 30, None),  # nothing is known
        ("v3", {"min_ttl": 300}, 30, 300),  # the operator knows
        ("v3", {"min_ttl": "300"}, 30, 300),  # from the environment
        ("v3", {}, 2**31, 2**31 - 1),
    ],
)
def test_a_ttl_that_is_not_taken(
    generation: str, options: dict[str, object], ttl: int, kept: int | None, start: Start
) -> None:
    """A wish is not changed in silence: it is an error, or, without strict_supports, a warning."""
    conoha = start(generation, Toggles(min_ttl=1))
    conoha.seed(ZONE)
    wanted: Sets = {("a.example.com.", "A"): (ttl, ["192.0.2.1"])}
    if kept is not None:
        with pytest.raises(SupportsException, match=f"a TTL of {ttl}"):
            plan(provider(conoha, **options), wanted)
    target = provider(conoha, strict_supports=kept is None, **options)
    apply(target, wanted)
    assert conoha.held(ZONE)["a.example.com.", "A"][0] == (kept or ttl)
    assert plan(target, wanted) is None


@pytest.mark.parametrize("strict", [True, False])
def test_an_apex_ns_is_not_taken(strict: bool, start: Start) -> None:
    """The provider says that it cannot, in octoDNS's words."""
    conoha = start("v3")
    conoha.seed(ZONE)
    wanted: Sets = {("example.com.", "NS"): (3600, ["ns1.example.net."])}
    if strict:
        with pytest.raises(SupportsException, match="root NS"):
            plan(provider(conoha), wanted)
    else:
        assert plan(provider(conoha, strict_supports=False), wanted) is None


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"region": None}, "known are c3j1"),
        ({"region": "lon1"}, "lon1.*api_version"),
        ({"region": "lon1", "api_version": "v4"}, "it is v2 or v3"),
        ({"password": None}, "password is missing"),
        ({"password": ""}, "password is missing"),
        ({"tenant_id": None}, "v3 needs tenant_id and user_id"),
        ({"user_id": None}, "v3 needs tenant_id and user_id"),
        ({"region": "tyo1"}, "v2 needs tenant_id and username"),
        ({"create_zones": True}, "needs email"),
        ({"create_zones": "yes", "email": "a@example.com"}, "true or false"),
        ({"timeout": 0}, "timeout is a number"),
        ({"timeout": "soon"}, "timeout is a number"),
        ({"timeout": "nan"}, "timeout is a number"),
        ({"min_ttl": -1}, "min_ttl is a number"),
        ({"long_txt": "split"}, "it is error, raw or chunked"),
        ({"dns_endpoint": "http://dns-service.c3j1.conoha.io"}, "has to be https"),
        ({"dns_endpoint": "http://localhost.example"}, "has to be https"),
        ({"identity_endpoint": "https://identity.c3j1.conoha.io/v3"}, "scheme and a host only"),
        ({"identity_endpoint": "https://a@identity.c3j1.conoha.io"}, "scheme and a host only"),
    ],
)
def test_options_that_are_refused(options: dict[str, object], words: str) -> None:
    """When the provider is made, before anything is sent."""
    good = {"region": "c3j1", "tenant_id": "t", "user_id": "u", "password": "p"}
    with pytest.raises(ConohaException, match=words):
        ConohaProvider("conoha", **{**good, **options})


def test_an_unknown_option_is_named() -> None:
    """As octoDNS reports it for every provider."""
    good = {"region": "c3j1", "tenant_id": "t", "user_id": "u", "password": "p"}
    with pytest.raises(TypeError, match="regoin"):
        ConohaProvider("conoha", regoin="c3j1", **good)


@pytest.mark.parametrize(
    ("found", "sent"),
    [
        (1234, "1234"),  # octoDNS made a number of it
        (1.5, "1.5"),
        ('"0123"', "0123"),  # quotes that keep octoDNS from that
        ('"1.50"', "1.50"),
        ('"quoted"', '"quoted"'),  # part of the password
        ("env", "env"),
    ],
)
def test_passwords_of_digits(found: object, sent: str, start: Start) -> None:
    """They arrive as octoDNS leaves them, and are used as they were meant."""
    conoha = start("v3")
    assert provider(conoha, password=found)._settings.credentials.password == sent


@pytest.mark.parametrize(
    "who",
    [
        {"tenant_id": "tenant_id", "user_id": "user_id"},
        {"tenant_id": "tenant_id", "username": "user_name"},
        {"tenant_name": "tenant_name", "username": "user_name"},
    ],
)
def test_forms_of_signing_in_on_v3(who: dict[str, str], start: Start) -> None:
    """By ids, by names, and the mixture that works too."""
    conoha = start("v3")
    conoha.seed(ZONE)
    chosen = {key: getattr(conoha.account, attribute) for key, attribute in who.items()}
    options = {**settings(conoha), "tenant_id": None, "user_id": None, **chosen}
    assert ConohaProvider("conoha", **options).list_zones() == [ZONE]


def test_odd_values_of_others_are_read(start: Start) -> None:
    """What octoDNS cannot hold is left alone, and does not stop the rest."""
    conoha = start("v3")
    conoha.seed(ZONE)
    for data in ("ä\\", '"', '"half', "a;b", "", "back\\slash"):
        conoha.add(ZONE, "odd.example.com.", "TXT", data, ttl=300)
    conoha.add(ZONE, "nomx.example.com.", "MX", "10 a.example.", priority=None)
    conoha.add(ZONE, "six.example.com.", "AAAA", "not an address")
    target = provider(conoha)
    apply(target, {("a.example.com.", "A"): (300, ["192.0.2.1"])})
    there = {(one.name, one.type) for one in conoha.values(ZONE)}
    assert {"nomx.example.com.", "six.example.com.", "odd.example.com."} <= {name for name, _ in there}


def test_case_and_idna(start: Start) -> None:
    """Names are compared without case, and sent as A-labels."""
    conoha = start("v3")
    conoha.seed("xn--eckwd4c7c.example.", {("WWW.xn--eckwd4c7c.example.", "CNAME"): (300, ["Example.NET."])})
    zone = Zone("コンコハ.example.", [])
    for name, type_, value in (("www", "CNAME", "example.net."), ("メール", "A", "192.0.2.1")):
        zone.add_record(Record.new(zone, name, {"type": type_, "ttl": 300, "value": value}))
    conoha.seed(zone.name)
    target = provider(conoha)
    target.apply(target.plan(zone))
    assert all(one.name.isascii() for one in conoha.values(zone.name))
    assert target.plan(zone) is None
