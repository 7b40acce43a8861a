"""plan --changed-since: the plan of reading everything, for what changed; and what it costs to know that."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from stszone.cli.session import Session
from stszone.store.changed import OPTION
from tests.cli.run import MEANT, Place

NOW = "2026-07-01T10:00:00Z"
LATER = "2026-07-01T16:00:00Z"


def git(root: Path, *words: str) -> str:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True, text=True)
    return done.stdout


def commit(place: Place) -> None:
    git(place.root, "init", "-q", "-b", "main")
    (place.root / ".gitignore").write_text("build/\n")
    git(place.root, "add", "-A")
    git(place.root, "commit", "-q", "-m", "as it is")


def changed(place: Place, ref: str = "HEAD") -> frozenset[str]:
    """The mail domains that changed."""
    session = Session(place.root / "zones", place.root / "providers", "json")
    return session.read_changed(ref)[3]


def same_plan(place: Place, names: frozenset[str]) -> None:
    """What changed is planned as if all had been read."""
    part = place.run("plan", "--locked", "--format", "json", OPTION, "HEAD", now=LATER)
    whole = place.run("plan", "--locked", "--format", "json", *sorted(names), now=LATER)
    assert (part.code, _about(part.json, names)) == (whole.code, _about(whole.json, names))
    assert part.err.splitlines()[1:] == whole.err.splitlines()


def _about(document: Any, names: frozenset[str]) -> Any:
    """A plan without what it says beside about other mail domains of the same zones."""
    kept = dict(document)
    kept["domains"] = [one for one in document.get("domains", ()) if one["domain"] in names]
    return kept


# --- any repository, any change ------------------------------------------------------------------

PROFILES = {
    "_fleet.yaml": [
        "mx: [mx1.platform.example, mx2.platform.example]\nspf: {terms: ['include:platform.example'], all: fail}\n",
        "mx: [mx1.platform.example]\ndmarc: {p: reject, rua: ['mailto:d@platform.example']}\n",
        "extends: [base]\nhosts: {'mail.{domain}': {ipv4: [203.0.113.80], ptr: false}}\nmx: ['mail.{domain}']\n",
        "aliases: {'imap.{domain}': imap.platform.example}\nmx: [mx1.platform.example]\n",
    ],
    "_base.yaml": [
        "ttl: 3600\n",
        "ttl: {default: 3600, mx: 7200}\n",
        "tls_rpt: {rua: ['mailto:t@{domain}']}\n",
        "hosts: {relay.platform.example: {ipv4: [203.0.113.70], ptr: false}}\n",
    ],
    "_defaults.yaml": ["ttl: 3600\n", "dmarc: {p: none}\n"],
}


def platform(chance: random.Random) -> str:
    """The domain that the others point to."""
    hosts = {
        "mx1": "{ipv4: [203.0.113.1]}", "mx2": "{ipv4: [203.0.113.2], ipv6: ['2001:db8::2']}",
        "imap": "{ipv4: [203.0.113.3], ptr: false}", "c1": "{ipv4: [203.0.113.4], ptr: false}",
    }  # fmt: skip
    lines = ["hosts:"]
    lines += [f"  {name}.platform.example: {text}" for name, text in hosts.items() if chance.random() < 0.7]
    lines = lines if len(lines) > 1 else []
    return "\n".join([
        *lines,
        chance.choice(["mx: [mx1.platform.example]", "mx: [mx2.platform.example]", ""]),
        chance.choice(["spf: {terms: [mx], all: fail}", "spf: {terms: ['include:c1.example'], all: fail}", ""]),
        chance.choice(["report_authorization: ['*']", "report_authorization: [c1.example, c2.example]",
                       "report_authorization: ['*', c9.example]", ""]),
        chance.choice(["ttl: 3600", "ttl: {default: 3600, mx: 600}"]),
        chance.choice(["records: {imap2: {type: CNAME, value: c1.example.}}", ""]),
    ]) + "\n"  # fmt: skip


def customer(chance: random.Random, name: str) -> str:
    """A domain of the fleet, that may reach into the zones of others."""
    return "\n".join([
        chance.choice(["extends: [fleet]", "extends: [base]", "", "extends: [fleet, base]"]),
        chance.choice(["mx: [mx1.platform.example]", "mx: [mx2.platform.example]", "mx: ['mail.{domain}']", ""]),
        chance.choice([
            f"hosts: {{'mail.{{domain}}': {{ipv4: [203.0.113.1{name[1]}], ptr: true}}}}",
            f"hosts: {{'mail.{{domain}}': {{ipv4: [203.0.113.{name[1]}], ptr: mx{name[1]}.platform.example}}}}",
            f"hosts: {{mx{name[1]}.platform.example: {{ipv4: [203.0.113.12]}}}}",
            "hosts: {imap.platform.example: {ipv4: [203.0.113.3], ptr: false}}",
            "", "", "", "",
        ]),
        chance.choice(["dmarc: {p: none, rua: ['mailto:d@platform.example']}", "dmarc: {p: reject}", ""]),
        chance.choice([
            "spf: {terms: ['include:platform.example', 'include:c3.example'], all: softfail}",
            "spf: {terms: [mx, 'a:imap.platform.example'], all: fail}", "",
        ]),
        chance.choice(["services: {imaps: imap.platform.example}", f"# {name}", ""]),
        chance.choice([
            "mta_sts: {mode: testing, max_age: 86400, policy_host: {cname: imap.platform.example}}", "", "",
        ]),
        chance.choice(["ttl: {default: 3600, spf: 900}", ""]),
    ]) + "\n"  # fmt: skip


def shared(chance: random.Random, name: str) -> str:
    """A mail domain of a zone with several."""
    records = [
        "records: {_dmarc.a: {type: TXT, value: 'v=DMARC1; p=none'}}",
        "records: {www: {type: A, value: 203.0.113.99}}",
        "records: {mail.b: {type: CNAME, value: mx1.platform.example.}}",
        "",
    ]
    return "\n".join([
        f"zone: {chance.choice(['shared.example', 'shared.example', name])}",
        chance.choice(["mx: [mail.shared.example]", "mx: [mx1.platform.example]", "mx: ['mail.{domain}']"]),
        chance.choice(["hosts: {mail.shared.example: {ipv4: [203.0.113.20], ptr: false}}", "", ""]),
        chance.choice(["site_verification: ['google-site-verification=aaaaaaaaaaaaaaaaaaaaaaaa']", ""]),
        chance.choice(records) if name == "shared.example" else "",
        chance.choice(["dmarc: {p: quarantine}", ""]),
    ]) + "\n"  # fmt: skip


def listed(chance: random.Random) -> str:
    """Several mail domains of one file."""
    names = [f"l{number}.example" for number in range(4) if chance.random() < 0.7]
    return f"domains: [{', '.join(names)}]\n{chance.choice([PROFILES['_fleet.yaml'][0], 'mx: none', 'ttl: 60'])}\n"


def makers() -> dict[str, Callable[[random.Random], str]]:
    """What may stand in each file."""
    made: dict[str, Callable[[random.Random], str]] = {"platform.example.yaml": platform, "many.yaml": listed}
    for name, texts in PROFILES.items():
        made[name] = lambda chance, texts=texts: chance.choice(texts)
    for name in ("shared.example", "a.shared.example", "b.shared.example", "münchen.shared.example"):
        made[f"{name}.yaml"] = lambda chance, name=name: shared(chance, name)
    for number in range(1, 10):
        name = f"c{number}.example"
        made[f"{name}.yaml"] = lambda chance, name=name: customer(chance, name)
    return made


def change(place: Place, chance: random.Random, texts: dict[str, Callable[[random.Random], str]]) -> None:
    """Write, replace and remove some files."""
    for name in chance.sample(sorted(texts), chance.choice([1, 1, 1, 2, 3])):
        path = place.root / "zones" / name
        if path.exists() and chance.random() < 0.2 and not name.startswith("_"):
            path.unlink()
        else:
            path.write_text(texts[name](chance))


@pytest.mark.parametrize("seed", range(12))
def test_it_is_the_plan_of_reading_everything(seed: int, place: Place) -> None:
    """For any repository and any change, every mail domain that changed has the same blocks."""
    chance = random.Random(seed)
    texts = makers()
    for name in sorted(texts):
        if chance.random() < 0.85 or name in ("_fleet.yaml", "_base.yaml"):
            (place.root / "zones" / name).write_text(texts[name](chance))
    for _ in range(2):
        place.run("apply", *MEANT, now=NOW)
        change(place, chance, texts)  # so that some ledgers hold what nobody wants any more
    commit(place)
    compared = 0
    for _ in range(4):
        change(place, chance, texts)
        if names := changed(place):
            same_plan(place, names)
            compared += 1
        if chance.random() < 0.5:
            git(place.root, "checkout", "-q", ".")
            git(place.root, "clean", "-qfd")
    assert compared


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def fleet(place: Place) -> Place:
    """Eight mail domains as they are published."""
    for number in range(8):
        place.write(
            f"zones/f{number}.example.yaml", "mx: [mx.elsewhere.example]\nspf: {terms: [mx], all: fail}\n"
        )
    assert place.run("apply", now=NOW).code == 0
    commit(place)
    return place


def test_nothing_changed(fleet: Place) -> None:
    """An empty plan, exit 0, and octoDNS, which takes no zones for all zones, is not asked."""
    fleet.write("build/zones/f1.example.zone", "what octoDNS could not read")
    result = fleet.run("plan", "--detailed-exitcode", OPTION, "HEAD", now=LATER)
    assert (result.code, result.out.splitlines()[-1]) == (0, "No changes: 0 mail domains as wanted.")
    assert result.err == (
        "--changed-since HEAD: 0 mail domains changed, and nothing is said about others; read 0 of 8 files\n"
    )


def test_one_changed(fleet: Place) -> None:
    """Only that one is planned, and the others are not even read; the report says so."""
    fleet.write("zones/f3.example.yaml", "mx: none\nspf: {all: fail}\n")
    fleet.write("zones/ledger/f4.example.jsonl", fleet.read("zones/ledger/f4.example.jsonl"))
    result = fleet.run("plan", "--detailed-exitcode", "--format", "json", OPTION, "HEAD", now=LATER)
    assert {one["domain"] for one in result.json["domains"]} == {"f3.example"}
    assert "1 mail domain changed" in result.err and "read 1 of 8 files" in result.err


def test_a_saved_plan_of_what_changed_is_applied_as_it_is(fleet: Place) -> None:
    """apply reads everything, and finds the same."""
    fleet.write("zones/f3.example.yaml", "mx: [mx.elsewhere.example]\nspf: {terms: [mx], all: softfail}\n")
    assert fleet.run("plan", OPTION, "HEAD", "--out", "plan.json", now=LATER).code == 0
    assert fleet.run("apply", "plan.json", now=LATER).code == 0
    assert fleet.run("plan", "--detailed-exitcode", now=LATER).code == 0


def test_a_domain_is_chosen_among_those_that_changed(fleet: Place) -> None:
    """DOMAIN narrows it further; what did not change is not planned."""
    for number in (3, 4):
        fleet.write(
            f"zones/f{number}.example.yaml", "mx: [other.elsewhere.example]\nspf: {terms: [mx], all: fail}\n"
        )
    for word, planned in (
        ("f3.example", {"f3.example"}),
        ("f5.*", set()),
        ("*", {"f3.example", "f4.example"}),
    ):
        result = fleet.run("plan", "--format", "json", OPTION, "HEAD", word, now=LATER)
        assert {one["domain"] for one in result.json["domains"]} == planned


def test_a_broken_file_that_did_not_change(fleet: Place) -> None:
    """It is not judged unless it may matter; check judges all files."""
    fleet.write("zones/broken.example.yaml", "mx: [\n")
    commit(fleet)
    fleet.write("zones/f3.example.yaml", "mx: [other.elsewhere.example]\nspf: {terms: [mx], all: fail}\n")
    assert fleet.run("plan", now=LATER).code == 1
    assert fleet.run("plan", OPTION, "HEAD", now=LATER).code == 0
    fleet.write("zones/broken.example.yaml", "hosts: {mail.f3.example: [\n")
    git(fleet.root, "commit", "-qm", "broken", "zones/broken.example.yaml")
    assert fleet.run("plan", OPTION, "HEAD", now=LATER).code == 1


def test_a_broken_file_that_changed(fleet: Place) -> None:
    """Nobody knows what it wants, so nothing is planned."""
    fleet.write("zones/f3.example.yaml", "mx: [\n")
    result = fleet.run("plan", OPTION, "HEAD", now=LATER)
    assert result.code == 1 and "zones/f3.example.yaml" in result.out


def test_outside_of_git(place: Place) -> None:
    """The way out is said."""
    place.write("zones/a.example.yaml", "mx: none\n")
    result = place.run("plan", OPTION, "main")
    assert result.code == 1 and f"plan without {OPTION}" in result.err
