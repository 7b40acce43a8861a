"""A target that is a server: it may be away, refuse, have another key, or not have the zone."""

from __future__ import annotations

import base64
import json
import os
import secrets
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from octodns.provider.plan import Plan
from octodns.record import Record
from octodns.record.rr import Rrset
from octodns.zone import Zone

from stszone.errors import RefusedError
from stszone.ledger import format_time
from stszone.planning.bind import Rfc2136
from stszone.planning.config import read_config
from stszone.planning.processor import live_zone
from tests.cli.run import ROOT, Place
from tests.conformance.named import (
    ABSENT,
    ALGORITHM,
    DIGITS,
    DIGITS_SECRET,
    HOST,
    KEY,
    READ_ONLY,
    SIGNED,
    Named,
    free_port,
)
from tests.conformance.route53 import ACCESS_KEY
from tests.conformance.route53 import SECRET as AWS
from tests.conformance.target import REMOVE, SECRET, Bind, Target, ZoneFiles, configuration
from tests.conformance.test_every_target import FOREIGN

pytestmark = pytest.mark.server

MX = "mx: [{host: mx.example.net}]\n"
APEX_MX = ("example.com.", "MX")


def at(place: Place, zones: dict[str, tuple[str, ...]], *targets: Target) -> None:
    """Send these zones to these targets."""
    place.write("providers/octodns.yaml", configuration(zones, *targets))


@pytest.mark.parametrize("kind", ["bind", "amazon"])
def test_a_zone_that_the_server_lacks_stops_no_other(
    place: Place, request: pytest.FixtureRequest, kind: str
) -> None:
    """The other zone is done, none is created; the message names zone and target; the exit code is 1."""
    target: Target = request.getfixturevalue(kind)
    at(place, {"example.com": (target.name,), ABSENT: (target.name,)}, target)
    place.write("zones/example.com.yaml", MX)
    place.write(f"zones/{ABSENT}.yaml", MX)
    planned = place.run("plan")
    assert planned.code == 1
    result = place.run("apply")
    assert result.code == 1
    assert f"refused: {ABSENT} at {target.name}: " in result.err
    assert APEX_MX in target.held("example.com")
    assert not (place.root / f"zones/ledger/{ABSENT}.jsonl").exists()
    again = place.run("--format", "json", "plan")
    assert again.code == 1
    assert [(one["zone"], one["unknown"]) for one in again.json["failures"]] == [(ABSENT, False)]
    assert not [change for one in again.json["domains"] for change in one["changes"]]


def test_a_refused_update_stops_no_other(place: Place, bind: Bind) -> None:
    """The key may read this zone and not change it; the plan stays, the other zone is done."""
    at(place, {"example.com": ("bind",), READ_ONLY: ("bind",)}, bind)
    place.write("zones/example.com.yaml", MX)
    place.write(f"zones/{READ_ONLY}.yaml", MX)
    assert place.run("plan").code == 0
    result = place.run("apply")
    assert result.code == 1
    assert f"refused: {READ_ONLY} at bind: " in result.err
    assert "REFUSED" in result.err
    assert APEX_MX in bind.held("example.com")
    assert (f"{READ_ONLY}.", "MX") not in bind.held(READ_ONLY)
    (block,) = place.run("--format", "json", "plan").json["domains"]
    assert [(change["action"], change["type"]) for change in block["changes"]] == [("create", "MX")]


def test_an_update_that_the_server_ignores_is_a_failure(place: Place, bind: Bind) -> None:
    """NOERROR proves nothing (RFC 2136 §3.4.2.2): a type that octoDNS does not see stands beside our CNAME."""
    bind.edit("example.com", 'imap IN HINFO "PDP-11" "RSX"\n')
    place.write("zones/example.com.yaml", MX + "aliases: {imap.{domain}: imap.example.net}\n")
    result = place.run("apply")
    assert result.code == 1
    assert "bind accepted the changes and did not make all of them: imap.example.com CNAME" in result.err
    bind.edit("example.com", remove=(("imap.example.com.", "HINFO"),))
    assert place.run("apply").code == 0
    assert place.run("plan", "--detailed-exitcode").code == 0


def test_nobody_listens(place: Place, bind: Bind) -> None:
    """Nothing is known about the zone, which is neither a difference nor a failure."""
    bind.named = Named.__new__(Named)  # the address of no server
    bind.named.port = free_port()
    at(place, {"example.com": ("bind",)}, bind)
    place.write("zones/example.com.yaml", MX)
    for words in (("plan",), ("plan", "--detailed-exitcode"), ("apply",)):
        result = place.run(*words)
        assert result.code == 3, result.err
        assert "could not look: example.com at bind: " in result.err
    assert place.run("--format", "json", "plan").json["failures"][0]["unknown"] is True
    assert not (place.root / "zones/ledger").exists()


def test_somebody_listens_and_says_nothing(place: Place, bind: Bind) -> None:
    """A server that hangs is given up after the target's timeout; the other target's zone is done."""
    with socket.socket() as silent:
        silent.bind((HOST, 0))
        silent.listen()
        mute = Bind(Named.__new__(Named), "mute")
        mute.named.port = silent.getsockname()[1]
        at(place, {"example.com": ("bind",), "example.org": ("mute",)}, bind, mute)
        config = place.read("providers/octodns.yaml")
        head, _, tail = config.partition("  mute: ")
        place.write(
            "providers/octodns.yaml", head + "  mute: " + tail.replace("timeout: 10", "timeout: 0.3", 1)
        )
        place.write("zones/example.com.yaml", MX)
        place.write("zones/example.org.yaml", MX)
        result = place.run("apply")
    assert result.code == 3
    assert "could not look: example.org at mute: " in result.err
    assert APEX_MX in bind.held("example.com")


def run_apart(place: Place, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own, logging as a user sees it."""
    return subprocess.run(
        [sys.executable, "-c", "from stszone.cli import main; main()", *words],
        capture_output=True, text=True, check=False, cwd=place.root, env=os.environ | environment,
    )  # fmt: skip


def test_a_wrong_key_is_an_error_and_no_secret_is_told(
    place: Place, bind: Bind, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Exit code 1, and neither key is in any output, log or file."""
    wrong = base64.b64encode(secrets.token_bytes(32)).decode()
    place.write("zones/example.com.yaml", MX)
    sent = bind.writes()
    told = []
    monkeypatch.setenv(SECRET, wrong)
    caplog.set_level("DEBUG")
    for words in (("plan",), ("apply",), ("--format", "json", "plan"), ("--format", "markdown", "plan")):
        result = place.run(*words)
        assert result.code == 1
        told += [result.out, result.err]
    apart = run_apart(place, "apply")
    assert apart.returncode == 1
    assert "refused: example.com at bind: " in apart.stderr
    told += [apart.stdout, apart.stderr, caplog.text, *map(repr, place.files().values())]
    assert not [text for text in told if wrong in text or bind.named.secret in text]
    assert bind.writes() == sent


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (None, f"the environment has no {SECRET}"),
        ("not base64!", "key_secret is no TSIG key"),
    ],
)
def test_a_key_that_is_none_is_named(
    place: Place, bind: Bind, monkeypatch: pytest.MonkeyPatch, value: str | None, what: str
) -> None:
    """Before anything is asked; the key's value is not repeated."""
    place.write("zones/example.com.yaml", MX)
    monkeypatch.delenv(SECRET) if value is None else monkeypatch.setenv(SECRET, value)
    result = place.run("apply")
    assert result.code == 1
    assert what in result.err
    assert "not base64!" not in result.out + result.err


def test_a_secret_of_digits_arrives_as_it_is(
    place: Place, bind: Bind, monkeypatch: pytest.MonkeyPatch
) -> None:
    """octoDNS alone makes a number of it and loses the zero; a port from the environment is a number."""
    monkeypatch.setenv(SECRET, DIGITS_SECRET)
    monkeypatch.setenv("STSZONE_TEST_PORT", str(bind.named.port))
    config = place.read("providers/octodns.yaml").replace(f"key_name: {KEY}", f"key_name: {DIGITS}")
    place.write(
        "providers/octodns.yaml", config.replace(f"port: {bind.named.port}", "port: env/STSZONE_TEST_PORT")
    )
    place.write("zones/example.com.yaml", MX)
    result = place.run("apply")
    assert result.code == 0, result.err
    assert APEX_MX in bind.held("example.com")


def test_no_secret_in_what_a_success_says(place: Place, bind: Bind, caplog: pytest.LogCaptureFixture) -> None:
    """Nor in the ledger and the log."""
    caplog.set_level("DEBUG")
    place.write("zones/example.com.yaml", MX + "dmarc: {p: none}\n")
    results = [place.run("plan"), place.run("apply"), place.run("--format", "json", "plan")]
    assert [result.code for result in results] == [0, 0, 0]
    told = [text for result in results for text in (result.out, result.err)]
    told += [caplog.text, *map(repr, place.files().values())]
    assert not [text for text in told if bind.named.secret in text]


def test_one_update_for_each_zone(place: Place, bind: Bind) -> None:
    """Every zone changes in one message, so at once or not at all."""
    place.write("zones/example.com.yaml", MX + "dmarc: {p: none}\nspf: {terms: [mx], all: fail}\n")
    place.write("zones/example.org.yaml", MX)
    before = bind.named.updates()
    serials = {zone: bind.serial(zone) for zone in ("example.com", "example.org")}
    assert place.run("apply").code == 0
    assert bind.named.updates() == before + 2
    assert {zone: bind.serial(zone) - serial for zone, serial in serials.items()} == {
        "example.com": 1,
        "example.org": 1,
    }


def test_a_signed_zone(place: Place, bind: Bind) -> None:
    """Signatures are the server's business: never in a plan, and renewed with our changes."""
    at(place, {SIGNED: ("bind",)}, bind)
    yaml = MX + "spf: {terms: [mx], all: fail}\naliases: {imap.{domain}: imap.example.net}\n"
    place.write(f"zones/{SIGNED}.yaml", yaml)
    planned = place.run("--format", "json", "plan").json["domains"]
    assert {change["type"] for one in planned for change in one["changes"]} == {"MX", "TXT", "CNAME"}
    for text in (yaml, yaml.replace("all: fail", "all: softfail"), MX):
        place.write(f"zones/{SIGNED}.yaml", text)
        assert place.run("apply", *REMOVE).code == 0
        assert place.run("plan", "--detailed-exitcode").code == 0
    held = bind.held(SIGNED)
    assert held[f"{SIGNED}.", "MX"][1] == {"10 mx.example.net."}
    assert (f"{SIGNED}.", "DNSKEY") in held


def planned_at(place: Place, bind: Bind, add: str) -> tuple[Rfc2136, Plan]:
    """octoDNS's plan to add records to what example.com holds."""
    provider = provider_at(bind)
    desired = Zone("example.com.", [])
    provider.populate(desired, lenient=True)
    for name, type_, rdatas in json.loads(add):
        record = Record.from_rrset(desired, Rrset(f"{name}example.com.", type_, 3600, rdatas))
        desired.add_record(record, replace=True)
    return provider, provider.plan(desired)


@pytest.mark.parametrize(
    ("wanted", "meanwhile"),
    [
        ('[["", "TXT", ["ours", "theirs"]]]', '@ IN TXT "new"\n'),  # another value beside theirs
        ('[["new.", "A", ["192.0.2.1"]]]', "new IN A 192.0.2.2\n"),  # what we create was created
    ],
)
def test_what_somebody_changed_since_the_plan_is_not_overwritten(
    place: Place, bind: Bind, wanted: str, meanwhile: str
) -> None:
    """The server compares, at the moment of the write; nothing of the zone changes."""
    bind.edit("example.com", '@ IN TXT "theirs"\n')
    provider, plan = planned_at(place, bind, wanted)
    bind.edit("example.com", meanwhile)
    before = bind.held("example.com")
    with pytest.raises(RefusedError, match="was changed since it was read"):
        provider.apply(plan)
    assert bind.held("example.com") == before


def octodns_sync(place: Place) -> subprocess.CompletedProcess[str]:
    """octoDNS alone, on the same configuration."""
    return subprocess.run(
        [str(Path(sys.executable).parent / "octodns-sync"), "--config-file", "providers/octodns.yaml", "--doit"],
        capture_output=True, text=True, check=False, cwd=place.root, timeout=20,
    )  # fmt: skip


@pytest.mark.parametrize("text", [r'"ends in a backslash\\"', r'"back\\slash"', r'"\195\188ber"'])
def test_octodns_sync_alone_refuses_what_it_would_harm(place: Place, bind: Bind, text: str) -> None:
    """Its own provider loses octets of such a text beside ours, or never ends; nothing is sent."""
    bind.edit("example.com", f"@ IN TXT {text}\n")
    before, sent = bind.held("example.com"), bind.writes()
    place.write("zones/example.com.yaml", "spf: {terms: [mx], all: fail}\n")
    done = octodns_sync(place)
    assert done.returncode == 1
    assert "take it out by hand first" in done.stderr
    assert (bind.writes(), bind.held("example.com")) == (sent, before)


def test_octodns_sync_alone_keeps_foreign_records(place: Place, bind: Bind) -> None:
    """The same configuration without stszone's command line; then the two agree."""
    bind.edit("example.com", '@ IN TXT "theirs"\nwww IN A 192.0.2.1\n')
    before = bind.held("example.com")
    place.write("zones/example.com.yaml", MX + "spf: {terms: [mx], all: fail}\n")
    done = octodns_sync(place)
    assert done.returncode == 0, done.stderr
    now = bind.held("example.com")
    assert now["example.com.", "TXT"][1] == {'"theirs"', '"v=spf1 mx -all"'}
    assert {key: value for key, value in before.items() if key[1] != "TXT"}.items() <= now.items()
    assert APEX_MX in now
    sent = bind.writes()
    assert place.run("apply").code == 0
    assert bind.writes() == sent


@pytest.mark.parametrize(("one", "other"), [("files", "bind"), ("bind", "amazon")])
def test_a_zone_at_two_targets(place: Place, request: pytest.FixtureRequest, one: str, other: str) -> None:
    """Each keeps what only it holds; a change, an edit and a removal reach both."""
    targets: list[Target] = [request.getfixturevalue(name) for name in (one, other)]
    at(place, {"example.com": tuple(target.name for target in targets)}, *targets)
    for number, target in enumerate(targets):
        what = f'@ IN TXT "only at {target.name}"\nh{number} IN A 192.0.2.1\n'
        target.hold("example.com", f"@ IN NS ns.example.net.\n{what}")
    before = [target.held("example.com") for target in targets]
    place.write("zones/example.com.yaml", MX + "spf: {terms: [mx], all: fail}\n")
    planned = place.run("--format", "json", "plan").json["domains"]
    assert [one["target"] for one in planned] == sorted(target.name for target in targets)
    assert place.run("apply").code == 0
    assert place.run("plan", "--detailed-exitcode").code == 0
    for target in targets:
        texts = target.held("example.com")["example.com.", "TXT"][1]
        assert texts == {'"v=spf1 mx -all"', f'"only at {target.name}"'}

    edited = targets[1]
    edited.edit("example.com", remove=(APEX_MX,))
    (block,) = place.run("--format", "json", "plan").json["domains"]
    assert [(block["target"], one["action"], one["type"]) for one in block["changes"]] == [
        (edited.name, "create", "MX")
    ]
    assert place.run("apply").code == 0
    assert APEX_MX in edited.held("example.com")

    (place.root / "zones/example.com.yaml").unlink()
    assert place.run("apply", *REMOVE).code == 0
    assert [target.held("example.com") for target in targets] == before


def test_two_targets_one_of_which_is_away(place: Place, bind: Bind) -> None:
    """The answer is incomplete; once it is back, apply does what is left and no more."""
    files = ZoneFiles(place.root)
    place.write("zones/example.com.yaml", MX)
    away = Bind(Named.__new__(Named))
    away.named.port = free_port()
    at(place, {"example.com": ("zonefile", "bind")}, files, away)
    assert place.run("apply").code == 3
    at(place, {"example.com": ("zonefile", "bind")}, files, bind)
    assert place.run("apply").code == 0
    assert place.run("plan", "--detailed-exitcode").code == 0
    assert APEX_MX in bind.held("example.com")
    assert APEX_MX in files.held("example.com")


MTA_STS = MX + "mta_sts: {mode: enforce, max_age: 7d, policy_host: {cname: web.example.net}}\n"


@pytest.mark.parametrize("kind", ["bind", "amazon"])
def test_a_rehearsed_apply_sends_nothing_to_a_server(
    place: Place, request: pytest.FixtureRequest, kind: str
) -> None:
    """Steps would be done before their time; a rehearsed plan may look."""
    target: Target = request.getfixturevalue(kind)
    place.write("zones/example.com.yaml", MTA_STS)
    sent, before = target.writes(), place.files()
    later = format_time(datetime.now(UTC) + timedelta(days=30))
    result = place.run("apply", now=later)
    assert result.code == 1
    assert "writes to zone files only" in result.err
    assert (target.writes(), place.files()) == (sent, before)
    assert place.run("plan", now=later).code == 0
    assert target.writes() == sent


def test_mta_sts_begins_on_a_server(place: Place, bind: Bind) -> None:
    """The policy file is in place before the TXT; taking the section out deletes nothing yet."""
    place.write("zones/example.com.yaml", MTA_STS)
    assert place.run("apply").code == 0
    assert place.run("plan", "--detailed-exitcode").code == 0
    held = bind.held("example.com")
    assert held["mta-sts.example.com.", "CNAME"][1] == {"web.example.net."}
    (record,) = held["_mta-sts.example.com.", "TXT"][1]
    policy = place.root / "build/policy/mta-sts.example.com/.well-known/mta-sts.txt"
    assert b"mode: enforce" in policy.read_bytes()
    place.write("zones/example.com.yaml", MX)
    assert place.run("apply").code == 0
    after = bind.held("example.com")
    assert after["_mta-sts.example.com.", "TXT"][1] != {record}
    assert ("mta-sts.example.com.", "CNAME") in after
    assert b"mode: none" in policy.read_bytes()


def test_the_mta_sts_removal_walk(place: Place, files: ZoneFiles) -> None:
    """none, wait for the last copy, then the TXT, then the host and the file; time only ever moves forward."""
    start = datetime(2026, 11, 1, tzinfo=UTC)

    def on(day: float, *words: str) -> int:
        return place.run(*words, now=format_time(start + timedelta(days=day))).code

    place.write("zones/example.com.yaml", MTA_STS)
    assert on(0, "apply") == 0
    place.write("zones/example.com.yaml", MX)
    assert on(1, "apply") == 0
    held = files.held("example.com")
    for day in (2, 5, 7):
        assert on(day, "apply") == 0
        assert files.held("example.com") == held
    day = 8.0
    seen = []
    while any("mta-sts" in name for name, _ in files.held("example.com")):
        day += 1
        assert day < 60, "the walk does not end"
        assert on(day, "apply") == 0
        seen.append(sorted(type_ for name, type_ in files.held("example.com") if "mta-sts" in name))
    assert ["CNAME"] in seen, "the TXT goes before the host"
    assert on(day + 30, "apply") == 0
    assert on(day + 31, "plan", "--detailed-exitcode") == 0
    assert not [path for path in Path(place.root / "build/policy").rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["bind", "route53"])
def test_the_shipped_configuration_needs_no_more_than_the_hash_removed(
    place: Place, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Each target's block plans and applies; only the address and the key's name are the test's."""
    target: Target = request.getfixturevalue({"bind": "bind", "route53": "amazon"}[name])
    lines = (ROOT / "providers/octodns.yaml").read_text().splitlines()
    begin = lines.index(f"  # {name}:")
    stop = next(n for n, line in enumerate(lines) if n > begin and not line.startswith("  #   "))
    lines[begin:stop] = [line.replace("# ", "", 1) for line in lines[begin:stop]]
    assert not [line for line in lines[begin:stop] if "secret" in line and " env/" not in line]
    text = "\n".join(lines).replace("targets: [zonefile]", f"targets: [{name}]")
    if isinstance(target, Bind):
        text = text.replace("192.0.2.53", HOST).replace("port: 53\n", f"port: {target.named.port}\n")
        text = text.replace("stszone-key", KEY)
        monkeypatch.setenv("BIND_KEY_SECRET", target.named.secret)
    else:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS_KEY)
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", AWS)
    place.write("providers/octodns.yaml", text)
    place.write("zones/example.com.yaml", MX)
    assert name in read_config(place.root / "providers").providers
    assert place.run("plan", "--detailed-exitcode").code == 2
    done = place.run("apply")
    assert done.code == 0, done.err
    assert APEX_MX in target.held("example.com")
    if isinstance(target, Bind):  # octoDNS alone makes a number of the test's other key
        assert octodns_sync(place).returncode == 0


def provider_at(bind: Bind, **settings: object) -> Rfc2136:
    """stszone's class for BIND, at the test's server."""
    ours = {
        "port": bind.named.port, "key_name": KEY, "key_secret": bind.named.secret, "key_algorithm": ALGORITHM,
    }  # fmt: skip
    return Rfc2136("bind", HOST, **(ours | settings))


@pytest.mark.parametrize("more", [0, 4])
def test_the_fast_look_sees_what_octodns_sees(bind: Bind, more: int) -> None:
    """Also in a transfer of several messages, of which not all are signed."""
    bind.hold("example.com", FOREIGN)
    for number in range(more):
        bind.edit("example.com", "".join(f't{number}-{n} IN TXT "{"x" * 200}"\n' for n in range(250)))
    provider, zone = provider_at(bind), Zone("example.com.", [])
    assert provider.populate(zone, target=True, lenient=True)
    seen, fast = live_zone(zone), provider.quick_rrsets("example.com")
    assert fast is not None
    odd = {key for key in fast if key not in seen or "\\" in "".join(fast[key][1])}
    assert len(odd) < 5
    assert {key: fast[key] for key in fast if key not in odd} == {
        key: seen[key] for key in seen if key not in odd
    }


def test_the_fast_look_asks_a_silent_server_once(bind: Bind) -> None:
    """The slow one tells what is wrong; a server that refuses one zone is asked for the next."""
    away = provider_at(bind, port=free_port())
    assert away.quick_rrsets("example.com") is None
    with socket.socket() as listening:
        listening.bind((HOST, away.port))
        listening.listen()
        listening.settimeout(0)
        assert away.quick_rrsets("example.org") is None
        with pytest.raises(BlockingIOError):
            listening.accept()
    here = provider_at(bind)
    assert here.quick_rrsets(ABSENT) is None
    assert here.quick_rrsets("example.com") is not None
    wrong = provider_at(bind, key_secret=base64.b64encode(b"x" * 32).decode())
    assert wrong.quick_rrsets("example.com") is None


def test_where_nothing_is_to_do_octodns_is_not_asked(
    place: Place, bind: Bind, caplog: pytest.LogCaptureFixture
) -> None:
    """Of two zones only the one with a change is compared by octoDNS."""
    for zone in ("example.com", "example.org"):
        place.write(f"zones/{zone}.yaml", MX)
    assert place.run("apply").code == 0
    bind.edit("example.org", remove=(("example.org.", "MX"),))
    caplog.clear()
    caplog.set_level("DEBUG")
    assert place.run("plan", "--detailed-exitcode").code == 2
    assert "zone=example.org." in caplog.text
    assert "zone=example.com." not in caplog.text
