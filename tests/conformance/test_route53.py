"""Route 53: what only it has, and what its API may answer."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dns.rdata
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.planning import route53_text
from tests.cli.run import Place
from tests.conformance.named import ABSENT, HOST, free_port
from tests.conformance.route53 import MAY_NOT, SECRET, HostedZone, RecordSet, Refused, rdata, sets_of
from tests.conformance.target import AWS_KEY, AWS_SECRET, REMOVE, Route53, configuration

ZONE = "example.com"
MX = "mx: [{host: mx.example.net}]\n"
APEX_MX = ("example.com.", "MX")


def alias(name: str, type_: str, target: str, zone: str = "Z2FDTNDATAQYW2") -> RecordSet:
    routing = (
        f"<AliasTarget><HostedZoneId>{zone}</HostedZoneId><DNSName>{target}</DNSName>"
        "<EvaluateTargetHealth>false</EvaluateTargetHealth></AliasTarget>"
    )
    return RecordSet(name, type_, routing=routing)


def routed(name: str, type_: str, id_: str, value: str, policy: str) -> RecordSet:
    return RecordSet(name, type_, id_, 60, (value,), policy)


ROUTED = (
    alias("cdn.example.com.", "A", "d111111abcdef8.cloudfront.net."),
    alias("cdn.example.com.", "AAAA", "d111111abcdef8.cloudfront.net."),
    alias("example.com.", "A", "www.example.com.", "ZLOCAL"),
    alias("vpce.example.com.", "A", "vpce-1.vpce-svc-1.us-east-1.vpce.amazonaws.com."),
    routed("blue.example.com.", "A", "one", "192.0.2.1", "<Weight>1</Weight>"),
    routed("blue.example.com.", "A", "two", "192.0.2.2", "<Weight>2</Weight>"),
    routed("near.example.com.", "CNAME", "eu", "eu.example.net.", "<Region>eu-west-1</Region>"),
    routed("near.example.com.", "CNAME", "us", "us.example.net.", "<Region>us-east-1</Region>"),
    routed("here.example.com.", "AAAA", "de", "2001:db8::1", "<GeoLocation><CountryCode>DE</CountryCode></GeoLocation>"),
    routed("here.example.com.", "AAAA", "all", "2001:db8::2", "<GeoLocation><CountryCode>*</CountryCode></GeoLocation>"),
    routed("over.example.com.", "A", "first", "192.0.2.3", "<Failover>PRIMARY</Failover>"),
    routed("many.example.com.", "TXT", "x", '"multi"', "<MultiValueAnswer>true</MultiValueAnswer>"),
    routed("www.example.com.", "A", "eu-000", "192.0.2.4", "<Weight>1</Weight>"),
    RecordSet("_octodns-default-pool.www.example.com.", "A", ttl=60, values=("192.0.2.5",)),
    routed("_octodns-eu-value.www.example.com.", "A", "eu-000", "192.0.2.6", "<Weight>1</Weight>"),
    alias("_octodns-eu-pool.www.example.com.", "A", "_octodns-eu-value.www.example.com.", "ZLOCAL"),
)  # fmt: skip
"""Aliases to services and within the zone, every routing policy, and what octoDNS itself makes of a pool."""

OTHERS = r"""
@ IN TXT "theirs"
\052.wild IN A 192.0.2.7
_443._tcp.www IN TLSA 3 1 1 {hash}
svc IN HTTPS 1 . alpn=h2
10.113 IN PTR a.example.net.
10.113 IN PTR b.example.net.
nodot IN MX 10 mx.example.net.
""".replace("{hash}", "ab" * 32)


def hold_routed(amazon: Route53) -> HostedZone:
    """A zone of somebody who uses all that Route 53 has."""
    amazon.hold(ZONE, OTHERS)
    zone = amazon.server.zone(ZONE)
    zone.sets |= {one.key: one for one in ROUTED}
    # Final dots are optional in values, and they come back as they were sent.
    zone.sets["nodot.example.com.", "MX", ""] = RecordSet(
        "nodot.example.com.", "MX", ttl=60, values=("10 mx.example.net",)
    )
    return zone


def test_what_others_have_survives_all_that_happens_to_ours(place: Place, amazon: Route53) -> None:
    """Aliases, weighted sets and octoDNS's own pools: character for character, through create, update, delete."""
    zone = hold_routed(amazon)
    before = dict(zone.sets)
    for yaml in (
        MX + "spf: {terms: [mx], all: fail}\naliases: {imap.{domain}: imap.example.net}\n",
        MX + "spf: {terms: [mx], all: softfail}\ndmarc: {p: none}\n",
        None,
    ):
        path = place.write("zones/example.com.yaml", yaml or "x")
        if yaml is None:
            path.unlink()
        done = place.run("apply", *REMOVE)
        assert done.code == 0, done.out + done.err
        assert place.run("plan", "--detailed-exitcode").code == 0
        apex = "example.com.", "TXT", ""
        assert {key: one for key, one in before.items() if key != apex}.items() <= zone.sets.items()
        assert '"theirs"' in zone.sets[apex].values
    assert zone.sets == before


@pytest.mark.parametrize(
    ("yaml", "said"),
    [
        ("aliases: {cdn.{domain}: cdn.example.net}\n", "cdn.example.com would have a CNAME beside"),
        ("aliases: {blue.{domain}: blue.example.net}\n", "blue.example.com would have a CNAME beside A"),
        ("aliases: {near.{domain}: near.example.net}\n", "near.example.com CNAME is an alias or has a routing"),
        ("aliases: {svc.{domain}: svc.example.net}\n", "svc.example.com would have a CNAME beside HTTPS"),
        ("hosts: {cdn.{domain}: {ipv4: [192.0.2.9], ptr: false}}\n", "cdn.example.com A is an alias or has a routing"),
        ("hosts: {blue.{domain}: {ipv4: [192.0.2.9], ptr: false}}\n", "blue.example.com A is an alias or has a routing"),
        ("records: {many: {type: TXT, value: ours}}\n", "many.example.com TXT is an alias or has a routing"),
    ],
)  # fmt: skip
def test_ours_in_the_place_of_a_routing_policy_is_refused(
    place: Place, amazon: Route53, yaml: str, said: str
) -> None:
    """In the plan, before anything is sent; the other zone is done."""
    before = dict(hold_routed(amazon).sets)
    place.write("zones/example.com.yaml", MX + yaml)
    place.write("zones/example.org.yaml", MX)
    sent = amazon.server.changes
    planned = place.run("plan")
    assert (planned.code, said in planned.out + planned.err) == (1, True), planned.err
    assert place.run("apply").code == 1
    assert amazon.server.changes == sent + 1
    assert amazon.server.zone(ZONE).sets == before
    assert ("example.org.", "MX") in amazon.held("example.org")


@pytest.mark.parametrize(
    "meanwhile",
    [
        '@ IN TXT "new"\n',  # another value beside ours
        "@ IN MX 10 mx9.example.net.\n",  # what we create was created
        "_dmarc 60 IN TXT new\n",  # what we delete has another value and TTL
    ],
)
def test_what_somebody_changed_since_the_plan_is_not_overwritten(
    place: Place, amazon: Route53, meanwhile: str
) -> None:
    """AWS compares at the moment of the write and refuses the whole batch; the next apply does it."""
    amazon.edit(ZONE, '@ IN TXT "theirs"\n')
    place.write("zones/example.com.yaml", "dmarc: {p: none}\n")
    assert place.run("apply").code == 0
    place.write("zones/example.com.yaml", MX + "spf: {terms: [mx], all: fail}\n")
    amazon.server.meanwhile = lambda: amazon.edit(ZONE, meanwhile)
    before = amazon.held(ZONE)
    result = place.run("apply", *REMOVE)
    assert result.code == 1
    assert f"{ZONE} at route53 was changed since it was read for the plan; plan again" in result.err
    now = amazon.held(ZONE)
    assert now != before
    assert '"v=spf1 mx -all"' not in now["example.com.", "TXT"][1]
    assert ("_dmarc.example.com.", "TXT") in now
    assert place.run("apply", *REMOVE).code == 0
    assert place.run("plan", "--detailed-exitcode").code == 0
    assert '"theirs"' in amazon.held(ZONE)["example.com.", "TXT"][1]


def test_a_batch_that_is_accepted_and_not_done_is_a_failure(place: Place, amazon: Route53) -> None:
    """What was read before the write is not taken for what is there after it."""
    place.write("zones/example.com.yaml", MX)
    amazon.server.swallow = True
    result = place.run("apply")
    assert result.code == 1
    assert "route53 accepted the changes and did not make all of them: example.com MX" in result.err
    amazon.server.swallow = False
    assert place.run("apply").code == 0
    assert place.run("plan", "--detailed-exitcode").code == 0


def test_a_large_change_goes_in_batches_that_aws_takes(place: Place, amazon: Route53) -> None:
    """32,000 characters are the limit, and an update counts twice; the addresses come first."""
    texts = "".join(f"  t{n:02}: {{type: TXT, values: [{'v' * 2000}, {'w' * 1000}]}}\n" for n in range(30))
    host = "hosts: {z.{domain}: {ipv4: [192.0.2.1], ptr: false}}\n"
    sent = amazon.server.changes
    for value in ("v", "u"):
        place.write("zones/example.com.yaml", MX + host + "records:\n" + texts.replace("vv", 2 * value))
        done = place.run("apply", *REMOVE)
        assert done.code == 0, done.err
        assert place.run("plan", "--detailed-exitcode").code == 0
    assert amazon.server.changes == sent + 3 + 6
    assert len(amazon.held(ZONE)) == 33


def test_names_of_one_owner_stay_in_one_batch(place: Place, amazon: Route53) -> None:
    """A CNAME gives way to an address in the same moment, however large the rest is."""
    texts = "".join(f"  t{n:02}: {{type: TXT, values: [{'v' * 3000}]}}\n" for n in range(25))
    place.write("zones/example.com.yaml", MX + "aliases: {z.{domain}: z.example.net}\nrecords:\n" + texts)
    assert place.run("apply").code == 0
    place.write(
        "zones/example.com.yaml",
        MX + "hosts: {z.{domain}: {ipv4: [192.0.2.1], ptr: false}}\nrecords:\n" + texts.replace("vv", "uu"),
    )
    done = place.run("apply", *REMOVE)
    assert done.code == 0, done.err
    assert ("z.example.com.", "A") in amazon.held(ZONE)
    assert place.run("plan", "--detailed-exitcode").code == 0


def test_a_zone_of_several_pages_is_read_as_a_whole(place: Place, amazon: Route53) -> None:
    """Three hundred record sets a page; also where the page ends between the sets of one name."""
    amazon.hold(ZONE, "".join(f"h{n:03} IN A 192.0.2.1\n" for n in range(295)))
    zone = amazon.server.zone(ZONE)
    for n in range(10):
        one = routed("h299.example.com.", "A", f"{n}", "192.0.2.1", "<Weight>1</Weight>")
        zone.sets[one.key] = one
    before = dict(zone.sets)
    assert len(before) > 300
    place.write("zones/example.com.yaml", MX)
    amazon.server.asked.clear()
    assert place.run("plan").code == 0
    pages = [one for one in amazon.server.asked if one.endswith("/rrset")]
    assert len(pages) == 2
    assert place.run("apply").code == 0
    assert before.items() <= zone.sets.items()


def test_only_what_the_documented_rights_allow_is_asked(place: Place, amazon: Route53) -> None:
    """Zones and record sets; no health checks, also not when addresses change."""
    amazon.server.asked.clear()
    for address in ("192.0.2.1", "192.0.2.2"):
        place.write("zones/example.com.yaml", f"hosts: {{a.{{domain}}: {{ipv4: [{address}], ptr: false}}}}\n")
        assert place.run("apply").code == 0
    kinds = {one.rstrip("/").rpartition("/")[2] for one in amazon.server.asked}
    assert kinds == {"hostedzone", "rrset"}


@pytest.fixture
def more_zones(amazon: Route53) -> Iterator[dict[str, HostedZone]]:
    """Two zones of one name, and one whose name begins like another's."""
    server = amazon.server
    made = {
        "public": server.create("twice.example"),
        "private": server.create("twice.example", private=True),
        "longer": server.create("example.com.mx"),
    }
    yield made
    for zone in made.values():
        server.remove(zone)


def at(place: Place, amazon: Route53, zones: tuple[str, ...], settings: str = "") -> None:
    """Send these zones to Route 53, with more settings for it."""
    text = configuration(dict.fromkeys(zones, ("route53",)), amazon)
    place.write(
        "providers/octodns.yaml",
        text.replace("root_ns_warnings: false", f"root_ns_warnings: false{settings}"),
    )


@pytest.mark.parametrize("by_name", ["", ", get_zones_by_name: true"])
def test_two_zones_of_one_name_stop_no_other(
    place: Place, amazon: Route53, more_zones: dict[str, HostedZone], by_name: str
) -> None:
    """Nobody guesses which is meant; `private` says it."""
    at(place, amazon, ("example.com", "twice.example"), by_name)
    place.write("zones/example.com.yaml", MX)
    place.write("zones/twice.example.yaml", MX)
    result = place.run("apply")
    assert result.code == 1
    assert "route53 has 2 zones twice.example" in result.err
    assert "say private: true or false" in result.err
    assert APEX_MX in amazon.held("example.com")
    key = "twice.example.", "MX", ""
    assert not [zone for zone in more_zones.values() if key in zone.sets]
    at(place, amazon, ("example.com", "twice.example"), f", private: false{by_name}")
    done = place.run("apply")
    assert done.code == 0, done.err
    assert (key in more_zones["public"].sets, key in more_zones["private"].sets) == (True, False)


@pytest.mark.usefixtures("more_zones")
def test_a_zone_whose_name_only_begins_so_is_another(place: Place, amazon: Route53) -> None:
    """octodns-route53 finds example.com.mx. when it asks for example.com. by name."""
    at(place, amazon, ("example.com", "example.co"), ", get_zones_by_name: true")
    place.write("zones/example.com.yaml", MX)
    done = place.run("apply")
    assert done.code == 0, done.err
    assert APEX_MX in amazon.held("example.com")
    place.write("zones/example.co.yaml", MX)
    result = place.run("apply")
    assert (result.code, "refused: example.co at route53" in result.err) == (1, True)
    assert ("example.com.mx.", "MX") not in amazon.held("example.com.mx")


def octodns_sync(place: Place) -> subprocess.CompletedProcess[str]:
    """octoDNS alone, with stszone's class for Route 53."""
    path = place.root / "providers/octodns.yaml"
    stock, ours = "octodns_route53.Route53Provider", "stszone.planning.route53.Route53"
    path.write_text(path.read_text().replace(stock, ours))
    return subprocess.run(
        [str(Path(sys.executable).parent / "octodns-sync"), "--config-file", str(path), "--doit", "--force"],
        capture_output=True, text=True, check=False, cwd=place.root, timeout=60,
    )  # fmt: skip


def test_octodns_sync_alone_keeps_others_and_makes_no_zone(
    place: Place, amazon: Route53, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same configuration without stszone's command line."""
    # octoDNS alone makes a number of a secret of digits.
    monkeypatch.setenv(AWS_SECRET, SECRET)
    at(place, amazon, ("example.com",))
    path = place.root / "providers/octodns.yaml"
    path.write_text(
        path.read_text().replace(f"env/{AWS_KEY}", "'0123456789'").replace(f"env/{AWS_SECRET}", f"'{SECRET}'")
    )
    zone = hold_routed(amazon)
    before = dict(zone.sets)
    place.write("zones/example.com.yaml", MX + "spf: {terms: [mx], all: fail}\n")
    done = octodns_sync(place)
    assert done.returncode == 0, done.stderr
    del before["example.com.", "TXT", ""]
    assert before.items() <= zone.sets.items()
    assert zone.sets["example.com.", "TXT", ""].values == ('"theirs"', '"v=spf1 mx -all"')
    path.write_text(path.read_text().replace("example.com.", f"{ABSENT}."))
    (place.root / "zones/example.com.yaml").rename(place.root / f"zones/{ABSENT}.yaml")
    count = len(amazon.server.client().list_hosted_zones()["HostedZones"])
    done = octodns_sync(place)
    assert done.returncode == 1
    assert "there is no such zone; create it at the provider" in done.stderr
    assert len(amazon.server.client().list_hosted_zones()["HostedZones"]) == count


@pytest.mark.parametrize(
    ("key", "secret", "said"),
    [
        ("AKIANOBODY", SECRET, "InvalidClientTokenId"),
        (None, "98765432109876543210", "SignatureDoesNotMatch"),
        (MAY_NOT, SECRET, "AccessDenied"),
    ],
)
def test_wrong_credentials_are_an_error_and_no_secret_is_told(
    place: Place, amazon: Route53, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture,
    key: str | None, secret: str, said: str,
) -> None:  # fmt: skip
    """Exit code 1; the secret is in no output, log or file, of a process with all its logging neither."""
    caplog.set_level("DEBUG")
    if key:
        monkeypatch.setenv(AWS_KEY, key)
    monkeypatch.setenv(AWS_SECRET, secret)
    place.write("zones/example.com.yaml", MX)
    told = []
    for words in (("plan",), ("apply",), ("--format", "json", "plan"), ("--format", "markdown", "plan")):
        result = place.run(*words)
        assert (result.code, said in result.out + result.err) == (1, True), result.err
        told += [result.out, result.err]
    apart = subprocess.run(
        [sys.executable, "-c", "from stszone.cli import main; main()", "apply"],
        capture_output=True, text=True, check=False, cwd=place.root, env=os.environ,
    )  # fmt: skip
    assert apart.returncode == 1
    told += [apart.stdout, apart.stderr, caplog.text, *map(repr, place.files().values())]
    assert not [text for text in told if secret in text]


@pytest.mark.parametrize("name", [AWS_KEY, AWS_SECRET])
def test_a_missing_key_is_named(
    place: Place, amazon: Route53, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Before anything is asked."""
    place.write("zones/example.com.yaml", MX)
    monkeypatch.delenv(name)
    amazon.server.asked.clear()
    result = place.run("apply")
    assert (result.code, f"the environment has no {name}" in result.err) == (1, True)
    assert not amazon.server.asked


def test_no_credentials_at_all(place: Place, amazon: Route53, monkeypatch: pytest.MonkeyPatch) -> None:
    """Left to boto, which finds none."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    config = place.read("providers/octodns.yaml")
    keys = f"access_key_id: env/{AWS_KEY}, secret_access_key: env/{AWS_SECRET}, "
    assert keys in config
    place.write("providers/octodns.yaml", config.replace(keys, ""))
    place.write("zones/example.com.yaml", MX)
    result = place.run("apply")
    assert (result.code, "Unable to locate credentials" in result.err) == (1, True)


def test_nobody_listens(place: Place, amazon: Route53, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known about the zone, which is neither a difference nor a failure."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_ROUTE_53", f"http://{HOST}:{free_port()}")
    place.write("zones/example.com.yaml", MX)
    for words in (("plan",), ("plan", "--detailed-exitcode"), ("apply",)):
        result = place.run(*words)
        assert result.code == 3, result.err
        assert "could not look: example.com at route53: " in result.err
    assert not (place.root / "zones/ledger").exists()


def test_too_many_requests(place: Place, amazon: Route53) -> None:
    """Asked again as `client_max_attempts` allows; then nothing is known, and nothing was done."""
    place.write("zones/example.com.yaml", MX)
    amazon.server.throttle = 1
    assert place.run("plan").code == 0
    for words in (("plan",), ("apply",)):
        amazon.server.throttle = 1000
        result = place.run(*words)
        assert (result.code, "Rate exceeded" in result.err) == (3, True), result.err
    amazon.server.throttle = 0
    assert APEX_MX not in amazon.held("example.com")
    assert place.run("apply").code == 0


SET = RecordSet("a.example.com.", "A", ttl=60, values=("192.0.2.1",))
TXT = RecordSet("t.example.com.", "TXT", ttl=60, values=('"x"',))


def changed(one: RecordSet, **fields: object) -> RecordSet:
    return RecordSet(**{"name": one.name, "type": one.type, "ttl": one.ttl, "values": one.values} | fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ([("CREATE", SET)], "already exists"),
        ([("DELETE", changed(SET, name="b.example.com."))], "was not found"),
        ([("DELETE", changed(SET, ttl=61))], "do not match"),
        ([("DELETE", changed(SET, values=("192.0.2.2",)))], "do not match"),
        ([("DELETE", SET), ("DELETE", SET)], "was not found"),
        ([("CREATE", TXT), ("CREATE", SET)], "already exists"),  # the first is undone as well
        ([("CREATE", changed(TXT, values=("x",)))], "quotation marks"),
        ([("CREATE", changed(TXT, values=('"' + "x" * 256 + '"',)))], "too long"),
        ([("CREATE", changed(TXT, values=('"ü"',)))], "need an escape"),
        ([("CREATE", changed(TXT, values=('"x"', '"x"')))], "Duplicate"),
        ([("CREATE", changed(TXT, type="MX", values=("mx.example.net.",)))], "Invalid Resource Record"),
        ([("CREATE", changed(SET, type="CNAME", values=("b.example.",)))], "conflicting"),
        ([("CREATE", changed(SET, name="example.com.", type="CNAME", values=("b.example.",)))], "at apex"),
        ([("CREATE", changed(SET, id="x"))], "conflicting"),
        ([("CREATE", changed(SET, name="a.example.org."))], "not permitted in zone"),
        ([("UPSERT", changed(TXT, values=tuple(f'"{n}"' for n in range(501))))], "1000"),
        ([("UPSERT", changed(TXT, name=f"{n}.example.com.", values=('"' + 250 * "x" + '"',))) for n in range(64)], "32000"),
        ([("DELETE", next(iter(sets_of(ZONE, "@ 60 IN NS a.\n").values())))], "do not match"),
    ],
)  # fmt: skip
def test_the_double_refuses_what_aws_refuses(changes: list[tuple[str, RecordSet]], said: str) -> None:
    """And then nothing was changed."""
    zone = HostedZone("example.com.")
    zone.reset("a 60 IN A 192.0.2.1\n")
    before = dict(zone.sets)
    with pytest.raises(Refused, match=said):
        zone.change(changes)
    assert zone.sets == before


@pytest.mark.parametrize(
    "changes",
    [
        [("DELETE", SET), ("CREATE", changed(SET, ttl=61))],
        [("DELETE", SET), ("CREATE", changed(SET, type="CNAME", values=("b.example.",)))],
        [("UPSERT", SET)],
        [("CREATE", changed(TXT, values=tuple(f'"{n}"' for n in range(1000))))],
    ],
)
def test_the_double_takes_what_aws_takes(changes: list[tuple[str, RecordSet]]) -> None:
    """A set may go and come in one batch."""
    zone = HostedZone("example.com.")
    zone.reset("a 60 IN A 192.0.2.1\n")
    zone.change(changes)
    assert changes[-1][1] in zone.sets.values()


@given(st.binary(max_size=40))
def test_the_two_ways_to_escape_say_the_same(octets: bytes) -> None:
    """Every octet, there and back; a backslash before digits is not taken for an escape of them."""
    text = dns.rdata.from_wire("IN", "TXT", bytes([len(octets)]) + octets, 0, len(octets) + 1).to_text()
    sent = route53_text.octal(text)
    assert route53_text.decimal(sent) == text
    assert rdata("TXT", sent).to_text() == text
