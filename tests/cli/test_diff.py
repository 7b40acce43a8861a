"""`stszone diff`: what a branch changes, from two sides of a git repository."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import ROOT, Place, Result
from tests.git import commit, git, make_repository

BASE = """
mx: [{host: mx.example.net, preference: 10}]
spf: {terms: [mx], all: fail}
dmarc: {p: reject, rua: ["mailto:d@{domain}"]}
"""
STS = "mta_sts: {mode: testing, max_age: 86400, publish: external, policy_host: external}\n"

Files = dict[str, str | None]
"""Texts by name below zones/; None: the file goes."""


def begin(place: Place, files: Files) -> None:
    put(place, files)
    make_repository(place.root)


def put(place: Place, files: Files) -> None:
    for name, text in files.items():
        path = place.root / (name if "/" in name else f"zones/{name}")
        if text is None:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def diff(place: Place, *words: str, now: str | None = None) -> Result:
    return place.run("--format", "json", "diff", "--base", "main", *words, now=now)


def changed(document: Any) -> set[str]:
    """Every change as `action name type`."""
    return {
        f"{one['action']} {one['name']} {one['type']}"
        for domain in document["domains"]
        for one in domain["changes"]
    }


def found(document: Any, kind: str = "findings") -> set[str]:
    return {one["rule"] for domain in document["domains"] for one in domain[kind]} | {
        one["rule"] for one in document[kind]
    }


CASES = [
    # what, before, after, changes, exit code
    ("nothing", {"a.example.yaml": BASE}, {}, set(), 0),
    ("a new domain", {"a.example.yaml": BASE}, {"b.example.yaml": BASE},
     {"create b.example MX", "create b.example TXT", "create _dmarc.b.example TXT"}, 0),
    ("a file that goes", {"a.example.yaml": BASE, "b.example.yaml": BASE}, {"b.example.yaml": None},
     {"delete b.example MX", "delete b.example TXT", "delete _dmarc.b.example TXT"}, 1),  # GRD001
    ("an update", {"a.example.yaml": BASE}, {"a.example.yaml": BASE.replace("all: fail", "all: softfail")},
     {"update a.example TXT"}, 0),
    ("a weaker policy", {"a.example.yaml": BASE}, {"a.example.yaml": BASE.replace("p: reject", "p: none")},
     {"update _dmarc.a.example TXT"}, 1),  # GRD005
    ("a profile", {"_p.yaml": BASE, "a.example.yaml": "extends: [p]", "b.example.yaml": "extends: [p]"},
     {"_p.yaml": BASE.replace("fail", "softfail")}, {"update a.example TXT", "update b.example TXT"}, 0),
    ("the defaults", {"_defaults.yaml": "ttl: 3600", "a.example.yaml": BASE}, {"_defaults.yaml": "ttl: 300"},
     {"update a.example MX", "update a.example TXT", "update _dmarc.a.example TXT"}, 0),
    ("into a list", {"a.example.yaml": BASE, "b.example.yaml": BASE},
     {"a.example.yaml": None, "b.example.yaml": None, "all.yaml": f"domains: [a.example, b.example]\n{BASE}"}, set(), 0),
    ("out of a list", {"all.yaml": f"domains: [a.example, b.example]\n{BASE}"},
     {"all.yaml": f"domains: [b.example]\n{BASE}", "a.example.yaml": BASE}, set(), 0),
    ("into a profile", {"a.example.yaml": BASE}, {"_p.yaml": BASE, "a.example.yaml": "extends: [p]"}, set(), 0),
    ("comments and order", {"a.example.yaml": BASE},
     {"a.example.yaml": "# new\n" + "\n".join(reversed(BASE.strip().splitlines()))}, set(), 0),
    ("a record changes hands", {"a.example.yaml": BASE, "www.a.example.yaml": "zone: a.example\nrecords: {www: {type: A, value: 192.0.2.1}}"},
     {"www.a.example.yaml": None, "a.example.yaml": BASE + "records: {www: {type: A, value: 192.0.2.1}}"}, set(), 0),
]  # fmt: skip


@pytest.mark.parametrize(("what", "before", "after", "changes", "code"), CASES, ids=[row[0] for row in CASES])
def test_tells_what_changes(
    place: Place, what: str, before: Files, after: Files, changes: set[str], code: int
) -> None:
    """RRset by RRset, by what the files compile to and not by how they are written."""
    begin(place, before)
    put(place, after)
    result = diff(place)
    assert changed(result.json) == changes
    assert result.code == code, result.err
    assert result.json["has_changes"] is bool(changes)
    assert diff(place, "--detailed-exitcode").code == (code or (2 if changes else 0))


RESPELLED = [
    # written before, written now
    ("records: {www: {type: CNAME, value: host.example.net}}", "records: {www: {type: CNAME, value: Host.Example.NET.}}"),
    ("records: {www: {type: A, values: [192.0.2.1, 192.0.2.2]}}", "records: {www: {type: A, values: [192.0.2.2, 192.0.2.1]}}"),
    (r"records: {_dmarc.x: {type: TXT, value: 'v=DMARC1\; p=none\;'}}", "records: {_dmarc.x: {type: TXT, value: 'v=DMARC1; p=none;'}}"),
    ("records: {_dmarc.x: {type: TXT, value: 'v=DMARC1; p=none;'}}", "records: {_dmarc.x: {type: TXT, value: 'v=DMARC1; p=none'}}"),
    ("records: {x: {type: TXT, value: 'v=spf1 +mx -all'}}", "records: {x: {type: TXT, value: 'v=spf1  mx -all'}}"),
    ("mx: [{host: b.example, preference: 10}, {host: a.example, preference: 10}]",
     "mx: [{host: a.example, preference: 10}, {host: b.example, preference: 10}]"),
    ("records: {www: {type: A, value: 192.0.2.1}}", "records: {WWW: {type: A, values: [192.0.2.1]}}"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), RESPELLED)
def test_what_means_the_same_is_counted_and_no_change(place: Place, before: str, after: str) -> None:
    """Another spelling is worth one line, and no night's attention."""
    begin(place, {"a.example.yaml": before})
    put(place, {"a.example.yaml": after})
    told = diff(place).json
    assert (changed(told), told["representation_only"], told["domains"]) == (set(), 1, [])
    git(place.root, "commit", "-qam", "respelled")
    put(place, {"a.example.yaml": before})
    assert place.run("--format", "json", "diff", "--base", "HEAD").json["representation_only"] == 1


def test_what_is_staged_or_not_makes_no_difference(place: Place) -> None:
    """The working tree counts, as it is; committed, staged, or new to git."""
    begin(place, {"a.example.yaml": BASE})
    git(place.root, "checkout", "-q", "-b", "mine")
    put(place, {"b.example.yaml": BASE})
    one = diff(place).json
    git(place.root, "add", "-A")
    two = diff(place).json
    commit(place.root)
    three = diff(place).json
    assert changed(one) == changed(two) == changed(three) != set()
    assert one["digest"] == two["digest"] == three["digest"]


def test_others_work_is_not_shown(place: Place) -> None:
    """What was merged to the base since the branch began is neither added nor taken away."""
    begin(place, {"a.example.yaml": BASE})
    git(place.root, "checkout", "-q", "-b", "mine")
    put(place, {"mine.example.yaml": BASE})
    commit(place.root)
    git(place.root, "checkout", "-q", "main")
    put(place, {"theirs.example.yaml": BASE})
    commit(place.root)
    git(place.root, "checkout", "-q", "mine")
    assert {one["domain"] for one in diff(place).json["domains"]} == {"mine.example"}


def test_zones_may_be_new(place: Place) -> None:
    """A first branch has nothing to be compared with."""
    shutil.rmtree(place.root / "zones")
    make_repository(place.root)
    put(place, {"a.example.yaml": BASE})
    assert len(changed(diff(place).json)) == 3


def test_zones_may_be_gone(place: Place) -> None:
    """Then everything goes, and the guards say so."""
    begin(place, {"a.example.yaml": BASE})
    shutil.rmtree(place.root / "zones")
    result = diff(place)
    assert (len(changed(result.json)), result.code, found(result.json)) == (3, 1, {"GRD001"})


def test_nothing_is_written(place: Place) -> None:
    """No id is minted, no ledger and no output appears; ids that would be minted are no part of the digest."""
    begin(place, {"a.example.yaml": BASE})
    put(place, {"a.example.yaml": BASE + STS})
    before = place.files()
    one = diff(place, now="2026-11-21T09:30:00Z")
    two = diff(place, now="2026-11-22T09:30:00Z")
    assert place.files() == before
    assert one.json["digest"] == two.json["digest"]
    (domain,) = one.json["domains"]
    assert (domain["stage_before"], domain["stage"]) == ("absent", "testing")
    assert domain["policy"]["before"] == ""
    assert domain["policy"]["id_before"] == ""
    (record,) = (one for one in domain["changes"] if one["name"].startswith("_mta-sts"))
    assert record["meaning"] == "MTA-STS: a first id"


def test_a_policy_that_changes_is_told_with_its_steps(place: Place) -> None:
    """What follows for senders, and that the id rotates."""
    sts = "mta_sts: {mode: testing, max_age: 86400, policy_host: {ipv4: [192.0.2.1]}}\n"
    begin(place, {"a.example.yaml": BASE + sts})
    assert place.run("apply", now="2026-11-21T09:30:00Z").code == 0
    commit(place.root)
    put(place, {"a.example.yaml": BASE + sts.replace("testing", "enforce").replace("86400", "604800")})
    (domain,) = diff(place, now="2026-11-22T09:30:00Z").json["domains"]
    assert domain["policy"]["id_before"] == "20261121T093000Z"
    assert "mode: testing" in domain["policy"]["before"]
    assert "mode: enforce" in domain["policy"]["after"]
    assert (domain["stage_before"], domain["stage"]) == ("testing", "enforce")
    assert [one["kind"] for one in domain["steps"]] == ["publish-policy"]
    (record,) = domain["changes"]
    assert record["meaning"] == "MTA-STS: the id rotates from 20261121T093000Z"
    text = place.run("diff", "--base", "main", now="2026-11-22T09:30:00Z").out
    assert "mode testing → enforce, max_age 86400 → 604800" in text


def test_an_id_that_the_branch_mints_is_no_second_rotation(place: Place) -> None:
    """A branch may commit what `plan` wrote to the ledger."""
    begin(place, {"a.example.yaml": BASE + STS})
    assert place.run("plan", now="2026-11-21T09:30:00Z").code == 0
    told = diff(place, now="2026-11-21T10:30:00Z").json
    assert told["domains"] == []


def test_removing_mta_sts_shows_the_lifecycle(place: Place) -> None:
    """The policy becomes `none` first, and nothing is deleted yet."""
    sts = "mta_sts: {mode: enforce, max_age: 604800, policy_host: {ipv4: [192.0.2.1]}}\n"
    begin(place, {"a.example.yaml": BASE + sts})
    assert place.run("apply", now="2026-11-21T09:30:00Z").code == 0
    commit(place.root)
    put(place, {"a.example.yaml": BASE})
    (domain,) = diff(place, now="2026-11-22T09:30:00Z").json["domains"]
    assert (domain["stage_before"], domain["stage"]) == ("enforce", "removing")
    assert {one["action"] for one in domain["changes"]} == {"update"}
    assert "mode: none" in domain["policy"]["after"]


def test_findings_are_told_where_they_are_new_or_mended(place: Place) -> None:
    """Not those that were there before, though their lines have moved."""
    begin(
        place,
        {
            "a.example.yaml": BASE.replace("all: fail", "all: neutral")
            + "tls_rpt: {rua: ['mailto:x@other.example']}"
        },
    )
    put(
        place,
        {"a.example.yaml": "# a line\n" + BASE + "ttl: 300\ntls_rpt: {rua: ['mailto:x@other.example']}"},
    )
    told = diff(place).json
    assert "SPF012" in found(told, "findings_gone")
    assert found(told) == {"TRP011"}
    files = {one["file"] for kind in ("findings", "findings_gone") for one in told["domains"][0][kind]}
    assert files == {"zones/a.example.yaml"}


def test_places_of_the_base_side_are_shown_as_those_of_the_working_tree(place: Place) -> None:
    """Nobody can open a temporary directory that is gone."""
    begin(place, {"a.example.yaml": BASE, "b.yaml": "domains: [a.example]", "c.example.yaml": "dkim: {s: {key: keys/none.pem}}",
                  "d.example.yaml": "dkim: {s: {key: ../../etc/passwd}}"})  # fmt: skip
    put(place, {"b.yaml": None, "c.example.yaml": None, "d.example.yaml": None})
    result = diff(place)
    assert {"INP006", "INP007"} <= found(result.json, "findings_gone")
    assert "stszone-" not in result.out + result.err
    assert "zones/a.example.yaml too" in result.out
    assert f"outside the repository {place.root}" in result.out


BROKEN = (
    BASE
    + """
records:
  www: {type: A, value: 192.0.2.1}
  ftp: {type: A, value: 192.0.2.2}
  api: {type: A, value: 192.0.2.3}
"""
)


def test_unreadable_is_not_absent(place: Place) -> None:
    """What cannot be read is named and not told as a delete; the rest is compared."""
    begin(place, {"a.example.yaml": BROKEN})
    put(place, {"a.example.yaml": BROKEN.replace("192.0.2.1", "192.0.2.999").replace("{type: A, value: 192.0.2.2}", "{type: B}")
                .replace("192.0.2.3", "192.0.2.4")})  # fmt: skip
    result = diff(place)
    assert changed(result.json) == {"update api.a.example A"}
    assert result.code == 1
    (domain,) = result.json["domains"]
    (said,) = (one["message"] for one in domain["findings"] if one["rule"] == "INP012")
    assert "www.a.example A" in said
    assert "ftp.a.example A" in said
    assert "api" not in said
    assert {"HST001", "DNS003"} & found(result.json)


def test_what_was_unreadable_is_mended(place: Place) -> None:
    """Errors of the base side alone hold nothing back."""
    begin(place, {"a.example.yaml": BROKEN.replace("192.0.2.1", "192.0.2.999")})
    put(place, {"a.example.yaml": BROKEN})
    result = diff(place)
    assert (changed(result.json), result.code) == (set(), 0)
    assert found(result.json) == {"INP012"}
    assert len(found(result.json, "findings_gone")) == 1


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        ("mx: [oops", "a.example MX"),  # no YAML at all
        ("spf: {terms: [oops]", "a.example TXT"),
        (BASE.replace("mx.example.net", "192.0.2.1"), "a.example MX"),  # one section
        (BASE.replace("terms: [mx]", "terms: [mxx]"), "a.example TXT"),
        (BASE.replace("p: reject", "p: no"), "_dmarc.a.example TXT"),
        (BASE + "spf: {all: fail}", "a.example TXT"),  # a key that stands there twice
        (BASE + "ttl: oops", "a.example MX"),  # what everything depends on
        (BASE + "extends: [nowhere]", "a.example MX"),
    ],
)
def test_whatever_is_broken_nothing_is_told_as_deleted(place: Place, text: str, unread: str) -> None:
    """One side of the comparison is not known."""
    begin(place, {"a.example.yaml": BASE, "b.example.yaml": BASE})
    put(place, {"a.example.yaml": text, "b.example.yaml": BASE.replace("all: fail", "all: softfail")})
    result = diff(place)
    assert not any(one.startswith("delete") for one in changed(result.json))
    assert "update b.example TXT" in changed(result.json)
    assert result.code == 1
    (said,) = (
        one["message"]
        for domain in result.json["domains"]
        for one in domain["findings"]
        if one["rule"] == "INP012"
    )
    assert unread in said


def test_a_file_that_cannot_be_read_may_hold_any_domain(place: Place) -> None:
    """A domain that moved to it is not known to be gone."""
    begin(place, {"a.example.yaml": BASE, "b.example.yaml": BASE})
    put(place, {"a.example.yaml": None, "all.yaml": "domains: [a.example\n"})
    assert changed(diff(place).json) == set()


def test_an_error_on_both_sides_is_told_beside_the_report(place: Place) -> None:
    """It is no news, and keeps the files from being planned all the same."""
    begin(place, {"a.example.yaml": BROKEN.replace("192.0.2.1", "192.0.2.999")})
    result = diff(place)
    assert (result.json["domains"], result.code) == ([], 1)
    assert "zones/a.example.yaml:" in result.err
    assert "on both sides" in result.err


def test_domains_may_be_chosen(place: Place) -> None:
    """By name or glob; a pattern that takes none is a slip."""
    begin(place, {"a.example.yaml": BASE, "b.example.yaml": BASE})
    put(place, {"a.example.yaml": BASE + "ttl: 300", "b.example.yaml": None})
    assert {one["domain"] for one in diff(place, "A.example").json["domains"]} == {"a.example"}
    assert diff(place, "a*").code == 0
    assert diff(place, "b.*").code == 1
    nowhere = diff(place, "c.example")
    assert (nowhere.code, "no mail domain and no zone matches c.example" in nowhere.err) == (1, True)


def test_an_allowance_in_the_pull_request_counts(place: Place) -> None:
    """`--allow` writes it to the ledger, and a run without it honours it."""
    begin(place, {"a.example.yaml": BASE})
    put(place, {"a.example.yaml": BASE.replace("p: reject", "p: none")})
    assert diff(place).code == 1
    assert diff(place, "--allow", "GRD005", "--reason", "meant").code == 0
    assert "GRD005" in place.read("zones/ledger/a.example.jsonl")
    again = diff(place)
    assert (again.code, found(again.json)) == (0, {"GRD005", "DMA013"} & found(again.json))
    put(place, {"a.example.yaml": BASE.replace("p: reject, ", "p: quarantine, sp: none, ")})
    assert diff(place).code == 1, "it was another change that was allowed"


def test_too_many_risky_domains_are_held_back(place: Place) -> None:
    """A slip in a profile reaches every domain that extends it."""
    extending: Files = {f"d{number}.example.yaml": "extends: [p]" for number in range(3)}
    begin(place, extending | {"_p.yaml": BASE})
    put(
        place,
        {
            "providers/stszone.yaml": "guards: {max_risky_domains: 2}\n",
            "_p.yaml": BASE.replace("mx.example.net", "mx.example.org"),
        },
    )
    result = diff(place)
    assert "GRD008" in found(result.json)
    assert result.code == 1


def test_a_zone_that_moves_to_another_target_is_told(place: Place) -> None:
    """Nothing of its records differs, and an apply has much to do."""
    config = place.read("providers/octodns.yaml")
    begin(place, {"a.example.yaml": BASE})
    other = config.replace(
        "\nprocessors:",
        "\n  other: {class: stszone.planning.zonefile.ZoneFile, directory: build/other}\n\nprocessors:",
    )
    place.write(
        "providers/octodns.yaml",
        other
        + "  a.example.:\n    sources: [stszone]\n    processors: [mail-scope]\n    targets: [zonefile, other]\n",
    )
    (domain,) = diff(place).json["domains"]
    assert domain["target"] == "zonefile, other"
    assert [one["kind"] for one in domain["steps"]] == ["move-zone"]


def test_zones_and_providers_may_come_from_two_checkouts(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job reads the pull request's zones with main's providers."""
    begin(place, {"a.example.yaml": BASE})
    trusted = tmp_path / "trusted"
    shutil.copytree(ROOT / "providers", trusted / "providers", ignore=shutil.ignore_patterns("__pycache__"))
    make_repository(trusted)
    put(place, {"b.example.yaml": BASE, "providers/octodns.yaml": "nonsense"})
    monkeypatch.chdir(trusted)
    words = [
        "--zones",
        str(place.root / "zones"),
        "--providers",
        "providers",
        "--format",
        "json",
        "diff",
        "--base",
        "main",
    ]
    result = place.run(*words)
    assert result.code == 0, result.err
    assert len(changed(result.json)) == 3
    monkeypatch.chdir(place.root)
    assert place.run("diff", "--base", "main").code == 1


def test_keys_beside_zones_are_read_on_both_sides(place: Place) -> None:
    """A key file need not lie in zones/."""
    key = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE"
    begin(place, {"a.example.yaml": BASE + "dkim: {s1: {key: ../keys/s1.txt}}", "keys/s1.txt": key})
    assert diff(place).json["domains"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--base", "nowhere"], "no such branch"),
        (["--base=--upload-pack=touch x"], "not the name"),
        ([], "--base"),
    ],
)
def test_wrong_words_are_wrong_input(place: Place, words: list[str], said: str) -> None:
    """One message, exit 1, and nothing is run."""
    begin(place, {"a.example.yaml": BASE})
    result = place.run("diff", *words)
    assert (result.code, said in result.err) == (1, True)
    assert not (place.root / "x").exists()


def test_outside_of_git_there_is_nothing_to_compare(place: Place) -> None:
    """And the message says so."""
    put(place, {"a.example.yaml": BASE})
    result = place.run("diff", "--base", "main")
    assert (result.code, "not in a git repository" in result.err) == (1, True)


def test_a_base_whose_octodns_yaml_is_broken_is_compared_all_the_same(place: Place) -> None:
    """A branch may mend it."""
    config = place.read("providers/octodns.yaml")
    begin(place, {"a.example.yaml": BASE, "providers/octodns.yaml": "zones: [oops\n"})
    put(place, {"providers/octodns.yaml": config, "b.example.yaml": BASE})
    result = diff(place)
    assert (result.code, len(changed(result.json))) == (0, 3)
    assert "providers/octodns.yaml" in result.err
    assert "stszone-" not in result.err


def test_files_for_forges_are_written(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """SARIF, GitLab's counts, outputs and annotations of GitHub Actions."""
    begin(place, {"a.example.yaml": BASE})
    put(place, {"a.example.yaml": BASE.replace("p: reject", "p: none"), "b.example.yaml": BASE})
    monkeypatch.setenv("GITHUB_OUTPUT", str(place.root / "outputs"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    result = diff(place, "--sarif", "out.sarif", "--gitlab", "out.json")
    assert result.code == 1
    results = json.loads(place.read("out.sarif"))["runs"][0]["results"]
    assert "GRD005" in {one["ruleId"] for one in results}
    assert json.loads(place.read("out.json")) == {"create": 3, "update": 1, "delete": 0}
    assert "has_changes=true" in place.read("outputs")
    assert "::error" in result.err


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_every_form_can_be_had(place: Place, form: str) -> None:
    """For people, for a comment, for machines."""
    begin(place, {"a.example.yaml": BASE})
    put(place, {"a.example.yaml": BASE.replace("all: fail", "all: softfail")})
    result = place.run("--format", form, "diff", "--base", "main")
    assert result.code == 0
    assert "v=spf1 mx ~all" in result.out


PLAIN = """
providers:
  config: {class: octodns.provider.yaml.YamlProvider, directory: ./config, enforce_order: false}
  route53: {class: octodns_route53.Route53Provider, access_key_id: env/NOT_SET}
  strange: {class: os.system, command: "touch sprung"}
zones:
  "*": {sources: [config], targets: [route53]}
"""
APEX = "'': {type: MX, value: {preference: 10, exchange: mx.example.net.}}\n"


def test_a_team_with_octodns_alone_needs_nothing_else(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """No zones/, no source of ours, no credentials; and no class of the configuration is made."""
    shutil.rmtree(place.root / "zones")
    begin(
        place,
        {"providers/octodns.yaml": PLAIN, "config/example.com.yaml": APEX, "config/example.org.yaml": APEX},
    )
    put(
        place,
        {
            "config/example.com.yaml": APEX.replace("mx.example.net.", "MX.example.net")
            + "www: {type: A, value: 192.0.2.1}\n"
        },
    )
    result = diff(place)
    assert (changed(result.json), result.json["representation_only"]) == ({"create www.example.com A"}, 1)
    (domain,) = result.json["domains"]
    assert (domain["domain"], domain["zone"], domain["target"]) == ("example.com", "example.com", "route53")
    assert (result.code, result.err, result.json["unchanged"]) == (0, "", 1)
    assert not (place.root / "sprung").exists()
    for directory in (place.root / "config", place.root.parent):
        monkeypatch.chdir(directory)
        words = ["--zones", str(place.root / "zones"), "--providers", str(place.root / "providers")]
        assert changed(diff(place, *words).json) == {"create www.example.com A"}


def test_a_zone_file_that_goes_is_a_loss(place: Place) -> None:
    """With a way to say that it is meant."""
    begin(
        place,
        {"providers/octodns.yaml": PLAIN, "config/example.com.yaml": APEX, "config/example.org.yaml": APEX},
    )
    put(place, {"config/example.com.yaml": None})
    result = diff(place)
    assert (changed(result.json), found(result.json), result.code) == (
        {"delete example.com MX"},
        {"GRD001"},
        1,
    )
    allowed = diff(place, "--allow", "GRD001", "--reason", "sold")
    assert (allowed.code, "for this run only" in allowed.err) == (0, True)
    assert not (place.root / "zones/ledger/example.com.jsonl").exists()
    assert diff(place).code == 1


def test_a_zone_file_that_cannot_be_read_is_not_compared(place: Place) -> None:
    """octoDNS would refuse it, and nobody knows what it wants."""
    begin(place, {"providers/octodns.yaml": PLAIN, "config/example.com.yaml": APEX})
    put(place, {"config/example.com.yaml": APEX + "www: [oops\n"})
    result = diff(place)
    assert (changed(result.json), found(result.json), result.code) == (set(), {"INP001", "INP012"}, 1)
    files = {one["file"] for domain in result.json["domains"] for one in domain["findings"]}
    assert files == {"config/example.com.yaml", None}


def test_both_kinds_of_zones_stand_beside_each_other(place: Place) -> None:
    """A zone may have octoDNS's YAML and ours; what a mail domain asks for is its own."""
    config = place.read("providers/octodns.yaml").replace(
        "providers:\n",
        "providers:\n  config: {class: octodns.provider.yaml.YamlProvider, directory: config}\n",
    )
    config += "  a.example.:\n    sources: [stszone, config]\n    processors: [mail-scope]\n    targets: [zonefile]\n"
    begin(
        place,
        {
            "providers/octodns.yaml": config,
            "a.example.yaml": BASE,
            "config/a.example.yaml": "www: {type: A, value: 192.0.2.1}\n",
        },
    )
    put(
        place,
        {
            "config/a.example.yaml": "www: {type: A, value: 192.0.2.2}\n",
            "a.example.yaml": BASE.replace("all: fail", "all: softfail"),
        },
    )
    result = diff(place)
    assert changed(result.json) == {"update a.example TXT", "update www.a.example A"}
    assert {one["domain"] for one in result.json["domains"]} == {"a.example"}


def test_a_record_moves_from_octodns_to_us(place: Place) -> None:
    """The same record from another source is no change."""
    config = place.read("providers/octodns.yaml").replace(
        "providers:\n",
        "providers:\n  config: {class: octodns.provider.yaml.YamlProvider, directory: config}\n",
    )
    config += "  a.example.:\n    sources: [stszone, config]\n    processors: [mail-scope]\n    targets: [zonefile]\n"
    begin(
        place,
        {
            "providers/octodns.yaml": config,
            "config/a.example.yaml": APEX + "www: {type: A, value: 192.0.2.2}\n",
        },
    )
    put(
        place,
        {
            "a.example.yaml": "mx: [{host: mx.example.net, preference: 10}]",
            "config/a.example.yaml": "www: {type: A, value: 192.0.2.2}\n",
        },
    )
    assert changed(diff(place).json) == set()


def test_a_policy_of_ours_is_known_before_its_first_plan(place: Place) -> None:
    """The guard against hosts that an unknown policy omits leaves it to the lifecycle."""
    sts = "mta_sts: {mode: enforce, max_age: 604800, policy_host: {ipv4: [192.0.2.1]}}\n"
    begin(place, {"a.example.yaml": BASE + sts})
    put(place, {"a.example.yaml": (BASE + sts).replace("mx.example.net", "mx.example.org")})
    (domain,) = diff(place).json["domains"]
    assert [one["severity"] for one in domain["findings"] if one["rule"] == "GRD006"] == ["warning"]


def test_files_that_look_like_a_repository_change_nothing(place: Place) -> None:
    """A branch that brings a repository of its own in zones/ is compared with the real base all the same."""
    begin(place, {"a.example.yaml": BASE})
    put(place, {"a.example.yaml": BASE.replace("p: reject", "p: none")})
    zones = place.root / "zones"
    git(zones, "init", "--quiet", "--bare", ".")
    (zones / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n")
    assert changed(diff(place).json) == {"update _dmarc.a.example TXT"}


@pytest.mark.parametrize("which", ["zones", "providers"])
def test_a_directory_that_is_a_link_is_not_compared(place: Place, which: str) -> None:
    """The base has nothing where the link leads, so that nothing would be missing."""
    begin(place, {"a.example.yaml": BASE, "b.example.yaml": BASE})
    (place.root / which).rename(place.root / "moved")
    (place.root / which).symlink_to("moved")
    result = place.run("diff", "--base", "main")
    assert (result.code, "a symbolic link" in result.err) == (1, True)


def test_a_directory_that_moved_is_not_compared(place: Place) -> None:
    """Beside others that stay where they are, a new one is new."""
    begin(place, {"a.example.yaml": BASE})
    shutil.copytree(place.root / "zones", place.root / "team/zones")
    new = place.run("--zones", "team/zones", "--format", "json", "diff", "--base", "main")
    assert len(changed(new.json)) == 3
    shutil.rmtree(place.root / "zones")
    result = place.run("--zones", "team/zones", "diff", "--base", "main")
    assert (result.code, "has zones/ in its place" in result.err) == (1, True)


def claims(name: str, type_: str, rdata: str) -> str:
    """A line of a ledger that no apply is behind."""
    rrset = {"name": name, "type": type_, "ttl": 300, "rdatas": [rdata]}
    line = {"v": 1, "at": "2026-11-21T00:00:00Z", "event": "claimed", "zone": "a.example"}
    return json.dumps(line | {"target": "zonefile", "set": [rrset]}) + "\n"


def test_a_ledger_that_claims_others_records_is_a_change(place: Place) -> None:
    """The next plan would delete them, so the guards look at it, too."""
    begin(place, {"a.example.yaml": BASE})
    ledger = claims("www.a.example", "A", "192.0.2.1") + claims("shop.a.example", "MX", "10 mx.example.org.")
    place.write("zones/ledger/a.example.jsonl", ledger)
    result = diff(place)
    assert changed(result.json) == {"delete www.a.example A", "delete shop.a.example MX"}
    assert {"INP013", "GRD002"} <= found(result.json)
    assert result.code == 1


def test_a_ledger_that_claims_what_is_wanted_is_told(place: Place) -> None:
    """It may be others' all the same; and lines that go are told as well."""
    begin(place, {"a.example.yaml": BASE})
    path = place.write("zones/ledger/a.example.jsonl", claims("a.example", "MX", "10 mx.example.net."))
    result = diff(place)
    (domain,) = result.json["domains"]
    (said,) = (one["message"] for one in domain["findings"])
    assert (said, domain["changes"], result.code) == ("the branch says that a.example MX is stszone's", [], 0)
    commit(place.root)
    path.unlink()
    (domain,) = place.run("--format", "json", "diff", "--base", "HEAD").json["domains"]
    assert [one["message"] for one in domain["findings"]] == ["the branch takes 1 line out of the ledger"]


def test_a_policy_whose_ledger_is_lost_does_not_just_go(place: Place) -> None:
    """Nobody knows any more how long senders hold it."""
    put(place, {"a.example.yaml": BASE + STS})
    assert place.run("plan", now="2026-11-21T09:30:00Z").code == 0
    begin(place, {})
    put(place, {"a.example.yaml": BASE, "zones/ledger/a.example.jsonl": None})
    result = diff(place, now="2026-11-22T09:30:00Z")
    assert "delete _mta-sts.a.example TXT" in changed(result.json)
    assert {"GRD007", "INP013"} <= found(result.json)
    assert result.code == 1


def test_what_a_branch_changes_in_providers_is_told(place: Place) -> None:
    """By its keys and not by its values; and a branch does not lift the limit that holds it back."""
    put(place, {"providers/stszone.yaml": "guards: {max_risky_domains: 2}\n"})
    extending: Files = {f"d{number}.example.yaml": "extends: [p]" for number in range(3)}
    begin(place, extending | {"_p.yaml": BASE})
    config = place.read("providers/octodns.yaml").replace("build/zones", "s3cr3t/zones")
    put(
        place,
        {
            "providers/octodns.yaml": config,
            "providers/stszone.yaml": "guards: {max_risky_domains: 99}\n",
            "_p.yaml": BASE.replace("mx.example.net", "mx.example.org"),
        },
    )
    result = diff(place)
    assert [one["message"] for one in result.json["findings"]] == [
        "octodns.yaml: providers.zonefile is not as before (directory)",
        "stszone.yaml: guards.max_risky_domains is not as before",
    ]
    assert "s3cr3t" not in result.out + result.err
    assert "GRD008" in found(result.json)


def test_the_guards_see_the_whole_zone(place: Place) -> None:
    """What a mail domain inherits may go in the same branch, or stay with another one."""
    sub = "zone: a.example\n" + BASE
    begin(place, {"a.example.yaml": BASE, "sub.a.example.yaml": sub})
    bare = sub.replace(sub[sub.index("dmarc") :], "")
    put(place, {"sub.a.example.yaml": bare})
    assert diff(place).code == 0, "the policy of a.example says reject as well"
    put(place, {"a.example.yaml": BASE.replace("p: reject", "p: none")})
    told = {one["domain"] for one in diff(place).json["domains"] if found({"domains": [one], "findings": []})}
    assert told >= {"a.example", "sub.a.example"}


def test_guards_are_shown_at_their_file(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the top of the git repository, also where zones/ lies deeper."""
    put(place, {"a.example.yaml": BASE})
    whole = place.root / "whole"
    whole.mkdir()
    for name in ("zones", "providers"):
        shutil.copytree(place.root / name, whole / "dns" / name)
    make_repository(whole)
    monkeypatch.chdir(whole / "dns")
    (whole / "dns/zones/a.example.yaml").write_text(BASE.replace("p: reject", "p: none"))
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    result = diff(place, "--sarif", str(tmp_path / "x.sarif"))
    assert "::error file=dns/zones/a.example.yaml,line=1" in result.err
    (run,) = json.loads((tmp_path / "x.sarif").read_text())["runs"]
    places = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]]
    assert set(places) == {"dns/zones/a.example.yaml"}


def test_an_id_that_nobody_minted_is_not_shown(place: Place) -> None:
    """It would be another one at each run, and the comment on a pull request would never come to rest."""
    begin(place, {"a.example.yaml": BASE})
    put(place, {"a.example.yaml": BASE + STS})
    one, two = (diff(place, now=f"2026-11-22T09:3{minute}:00Z").json for minute in range(2))
    assert one | {"now": ""} == two | {"now": ""}
    assert one["domains"][0]["policy"]["id"] == "(new)"
    assert ["v=STSv1; id=(new)"] in [change["after"] for change in one["domains"][0]["changes"]]


def test_no_id_is_shown_where_neither_side_was_planned(place: Place) -> None:
    """Both would be invented."""
    begin(place, {"a.example.yaml": BASE + STS})
    put(place, {"a.example.yaml": BASE + STS.replace("86400", "604800")})
    one, two = (diff(place, now=f"2026-11-22T09:3{minute}:00Z").json for minute in range(2))
    assert one | {"now": ""} == two | {"now": ""}
    assert "20261122" not in json.dumps(one["domains"])


def test_there_is_one_document_whatever_fails(place: Place) -> None:
    """A file that cannot be written is known before the report is shown."""
    begin(place, {"a.example.yaml": BASE})
    for option in ("--sarif", "--gitlab"):
        result = diff(place, option, str(place.root / "zones"))
        assert (result.code, "domains" in result.json) == (1, False)
