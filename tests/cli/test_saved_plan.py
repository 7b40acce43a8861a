"""`plan --out FILE` and `apply FILE`: exactly what was reviewed, or nothing and what moved."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.run import Place

MX = "mx: [{host: mx.example.net}]\n"
STS = MX + "mta_sts: {mode: testing, max_age: 7d, policy_host: {cname: web.example.net}}\n"
ZONE = "build/zones/example.com.zone"
HEAD = "$ORIGIN example.com.\n$TTL 3600\n@ SOA ns h 1 7200 900 1209600 3600\n@ NS ns.example.net.\n"


def saved(place: Place, *words: str) -> dict[str, object]:
    """Save a plan; what its file says."""
    result = place.run("plan", "--out", "plan.json", *words)
    assert result.code == 0, result.out + result.err
    document: dict[str, object] = json.loads(place.read("plan.json"))
    return document


def test_it_does_what_was_reviewed(place: Place) -> None:
    """With the id that the plan minted, and nothing is left."""
    place.write("zones/example.com.yaml", STS)
    document = saved(place)
    (reviewed,) = document["domains"]  # type: ignore[misc]
    result = place.run("apply", "plan.json")
    assert result.code == 0, result.err
    held = place.read(ZONE)
    assert {change["name"] + "." for change in reviewed["changes"]} <= set(held.split())
    assert place.run("plan", "--detailed-exitcode").code == 0


def test_it_names_what_it_was_made_from(place: Place) -> None:
    """Commit, zones, targets, live state, ledger, every change; and no time of the machine but UTC."""
    git(place, "init", "-q")
    git(place, "add", ".")
    git(place, "commit", "-qm", "start")
    place.write(ZONE, HEAD + "www A 192.0.2.1\n")
    place.write("zones/example.com.yaml", MX)
    document = saved(place)
    assert document["commit"] == git(place, "rev-parse", "HEAD")
    assert document["targets"] == {"example.com": ["zonefile"]}
    assert "www.example.com A" in document["live"]["example.com at zonefile"]  # type: ignore[call-overload, index]
    assert document["ledgers"] == {"example.com": ""}
    assert document["summary"] == {"create": 1, "update": 0, "delete": 0, "waiting": 0, "blocked": 0}


def git(place: Place, *words: str) -> str:
    names = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com"}
    names |= {"GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com"}
    done = subprocess.run(
        ["git", *words], cwd=place.root, capture_output=True, text=True, check=True, env=os.environ | names
    )
    return done.stdout.strip()


def edit_foreign(place: Place) -> None:
    place.write(ZONE, place.read(ZONE).replace("192.0.2.1", "192.0.2.2"))


def add_foreign(place: Place) -> None:
    place.write(ZONE, place.read(ZONE) + "new A 192.0.2.9\n")


def remove_foreign(place: Place) -> None:
    place.write(ZONE, place.read(ZONE).replace("www A 192.0.2.1\n", ""))


def edit_yaml(place: Place) -> None:
    place.write(
        "zones/example.com.yaml",
        MX.replace("mx.example.net", "mx2.example.net") + "tls_rpt: {rua: ['mailto:a@b.example']}\n",
    )


def add_to_yaml(place: Place) -> None:
    place.write("zones/example.com.yaml", MX + "spf: {all: fail}\ntls_rpt: {rua: ['mailto:a@b.example']}\n")


def remove_domain(place: Place) -> None:
    (place.root / "zones/example.com.yaml").unlink()


def apply_meanwhile(place: Place) -> None:
    assert place.run("apply").code == 0


def move_targets(place: Place) -> None:
    text = place.read("providers/octodns.yaml")
    second = "  second: {class: stszone.planning.zonefile.ZoneFile, directory: build/second, ns: [ns.example.net]}\n"
    text = text.replace("\nprocessors:", f"\n{second}\nprocessors:", 1)
    place.write("providers/octodns.yaml", text.replace("targets: [zonefile]", "targets: [zonefile, second]"))


def write_ledger(place: Place) -> None:
    path = place.root / "zones/ledger/example.com.jsonl"
    path.parent.mkdir(exist_ok=True)
    with path.open("a") as file:
        file.write('{"v": 1, "at": "2026-11-21T00:00:00Z", "event": "seen"}\n')


@pytest.mark.parametrize(
    ("meanwhile", "told"),
    [
        (edit_foreign, "zone example.com at zonefile: www.example.com A was changed"),
        (add_foreign, "zone example.com at zonefile: new.example.com A was added"),
        (remove_foreign, "zone example.com at zonefile: www.example.com A was removed"),
        (edit_yaml, "create example.com MX differs"),
        (add_to_yaml, "create example.com TXT is new"),
        (remove_domain, "example.com is no mail domain here any more"),
        (apply_meanwhile, "is not due any more"),
        (move_targets, "zone example.com goes to zonefile, second, not to zonefile"),
        (write_ledger, "the ledger of example.com was written to"),
    ],
)
def test_what_moved_since_is_told_and_nothing_is_done(
    place: Place, meanwhile: Callable[[Place], None], told: str
) -> None:
    """Whoever moved it, and whatever moved; a new plan goes through."""
    place.write(ZONE, HEAD + "www A 192.0.2.1\n")
    place.write("zones/example.com.yaml", MX + "tls_rpt: {rua: ['mailto:a@b.example']}\n")
    saved(place)
    meanwhile(place)
    before = place.files()
    result = place.run("apply", "plan.json")
    assert result.code == 1
    assert told in result.err
    assert place.files() == before
    as_json = place.run("--format", "json", "apply", "plan.json")
    assert (as_json.code, as_json.json["error"]["kind"]) == (1, "refused")
    assert place.run("plan", "--out", "plan.json").code == 0
    assert place.run("apply", "plan.json").code == 0


def test_what_is_new_elsewhere_is_not_part_of_it(place: Place) -> None:
    """A mail domain that came later waits for its own review."""
    place.write("zones/example.com.yaml", MX)
    saved(place)
    place.write("zones/example.org.yaml", MX)
    assert place.run("apply", "plan.json").code == 0
    assert "MX" in place.read(ZONE)
    assert not (place.root / "build/zones/example.org.zone").exists()


def test_a_commit_that_changes_nothing_of_it_is_no_reason(place: Place) -> None:
    """The ledger is committed between plan and apply, so the commit always moves."""
    git(place, "init", "-q")
    place.write("zones/example.com.yaml", STS)
    saved(place)
    git(place, "add", ".")
    git(place, "commit", "-qm", "plan")
    assert place.run("apply", "plan.json").code == 0


def test_a_step_that_fell_due_meanwhile_was_not_reviewed(place: Place) -> None:
    """Time moves too."""
    place.write("zones/example.com.yaml", STS)
    assert place.run("apply", now="2026-11-01T00:00:00Z").code == 0
    place.write("zones/example.com.yaml", MX)
    assert place.run("apply", now="2026-11-02T00:00:00Z").code == 0
    assert place.run("plan", "--out", "plan.json", now="2026-11-03T00:00:00Z").code == 0
    result = place.run("apply", "plan.json", now="2027-11-03T00:00:00Z")
    assert result.code == 1
    assert "delete _mta-sts.example.com TXT is new" in result.err
    assert "STSv1" in place.read(ZONE)


def test_an_override_goes_with_the_plan(place: Place) -> None:
    """Also where the plan could not write it to the ledger; another one cannot be slipped in."""
    place.write("zones/example.com.yaml", MX + "dmarc: {p: reject}\n")
    place.run("apply")
    place.write("zones/example.com.yaml", MX + "dmarc: {p: none}\n")
    saved(place, "--locked", "--allow", "GRD005", "--reason", "forwarders")
    refused = place.run("apply", "plan.json", "--allow", "GRD005", "--reason", "x")
    assert (refused.code, "holds what was allowed" in refused.err) == (1, True)
    assert place.run("apply", "plan.json").code == 0
    assert "p=none" in place.read(ZONE)
    assert "forwarders" in place.read("zones/ledger/example.com.jsonl")


def test_a_guarded_domain_stays_where_it_is(place: Place) -> None:
    """The plan is complete, so it is saved; what it holds back is held back by apply too."""
    place.write("zones/example.com.yaml", MX + "dmarc: {p: reject}\n")
    place.run("apply")
    place.write("zones/example.com.yaml", MX + "dmarc: {p: none}\n")
    place.write("zones/example.org.yaml", MX)
    assert place.run("plan", "--out", "plan.json").code == 1
    assert place.run("apply", "plan.json").code == 1
    assert "p=reject" in place.read(ZONE)
    assert "MX" in place.read("build/zones/example.org.zone")


def test_an_incomplete_plan_is_not_saved(place: Place) -> None:
    """What a zone would have needed, nobody saw."""
    place.write(ZONE, HEAD + "www IN BOGUS\n")
    place.write("zones/example.com.yaml", MX)
    place.write("zones/example.org.yaml", MX)
    result = place.run("plan", "--out", "plan.json")
    assert result.code != 0
    assert "plan.json was not written" in result.err
    assert not (place.root / "plan.json").exists()


def test_a_plan_that_may_not_mint_is_not_saved(place: Place) -> None:
    """Its id would be another one at apply."""
    place.write("zones/example.com.yaml", STS)
    assert place.run("plan", "--locked", "--out", "plan.json").code == 1
    assert not (place.root / "plan.json").exists()


def tampered(document: dict[str, object]) -> str:
    document["domains"][0]["changes"][0]["after"] = ["10 evil.example."]  # type: ignore[index]
    return json.dumps(document)


@pytest.mark.parametrize(
    ("make", "told"),
    [
        (tampered, "create example.com MX differs"),
        (lambda document: json.dumps(document)[:-20], "not a plan that this stszone saved"),
        (lambda document: "[]", "not a plan that this stszone saved"),
        (lambda document: json.dumps({**document, "format_version": 2}), "format_version"),
        (lambda document: json.dumps({**document, "kind": "else"}), "kind"),
        (lambda document: json.dumps({**document, "digest": "0"}), "the plan itself is another one"),
        (lambda document: json.dumps({**document, "chosen": []}), "is not due any more"),
        (
            lambda document: json.dumps({**document, "allow": ["INP001"], "reason": "x"}),
            "cannot be overridden",
        ),
    ],
)
def test_a_file_that_was_not_saved_so_is_refused(
    place: Place, make: Callable[[dict[str, object]], str], told: str
) -> None:
    """Cut short, of another release, or edited by hand."""
    place.write("zones/example.com.yaml", MX)
    place.write("plan.json", make(saved(place)))
    before = place.files()
    result = place.run("apply", "plan.json")
    assert (result.code, told in result.err) == (1, True), result.err
    assert place.files() == before


def test_no_file_and_too_many_words(place: Place) -> None:
    """Each says the way out."""
    place.write("zones/example.com.yaml", MX)
    result = place.run("apply", "nowhere/plan")
    assert (result.code, "`stszone plan --out nowhere/plan` writes a plan" in result.err) == (1, True)
    result = place.run("apply", "plan.json", "example.com")
    assert (result.code, "give it alone" in result.err) == (1, True)
    assert not Path(place.root / ZONE).exists()


def test_a_saved_plan_is_known_by_what_it_says(place: Place) -> None:
    """Also under the name of a mail domain; and the command that is printed works."""
    place.write("zones/example.com.yaml", MX)
    for name in ("tfplan", "example.com"):
        result = place.run("plan", "--out", name)
        assert f"`stszone apply ./{name}` does exactly this" in result.err
    add_to_yaml(place)
    assert place.run("apply", "example.com").code == 1
    place.write("zones/example.com.yaml", MX)
    assert place.run("apply", "./tfplan").code == 0


def test_what_only_the_ledger_would_learn_was_not_reviewed(place: Place) -> None:
    """A record that is taken over may be deleted later."""
    place.write(ZONE, HEAD + "www A 192.0.2.1\n")
    place.write("zones/example.com.yaml", MX)
    saved(place)
    place.write("zones/example.com.yaml", MX + "records: {www: {type: A, value: 192.0.2.1}}\n")
    result = place.run("apply", "plan.json")
    assert (result.code, "take over www.example.com A in example.com at zonefile" in result.err) == (1, True)


@pytest.mark.parametrize("name", ["octodns.yaml", "stszone.yaml"])
def test_where_things_go_was_reviewed_too(place: Place, name: str) -> None:
    """Another directory, another server, another policy host."""
    place.write("zones/example.com.yaml", MX)
    saved(place)
    place.write(f"providers/{name}", place.read(f"providers/{name}").replace("build/", "elsewhere/"))
    result = place.run("apply", "plan.json")
    assert (result.code, f"{name} was changed" in result.err) == (1, True)


def test_a_directory_is_no_file_for_a_plan(place: Place) -> None:
    """Said with the way out, before anything else is said."""
    place.write("zones/example.com.yaml", MX)
    (place.root / "build").mkdir(exist_ok=True)
    result = place.run("--format", "json", "plan", "--out", "build")
    assert (result.code, result.json["error"]["message"].startswith("build: ")) == (1, True)
