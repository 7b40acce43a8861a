"""Findings and counts in the forms that GitHub and GitLab show beside a change."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stszone.render import github, gitlab, sarif
from stszone.report import Finding, Severity, Summary
from stszone.rules import RULES, finding
from tests.render.reports import FINDINGS, HOSTILE

# From the npm package @microsoft/jest-sarif 1.0.0-beta.0 (MIT), without its white space.
SCHEMA = json.loads((Path(__file__).parent / "data/sarif-2.1.0-rtm.5.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
LISTS = st.lists(FINDINGS, max_size=6)


def at(line: int, rule: str = "STS070", message: str = "a host", **more: Any) -> Finding:
    """A finding with a place."""
    return replace(finding(rule, message, key=("mx", 0), domain="a.example", **more), file="zones/a.example.yaml", line=line, column=3)  # fmt: skip


def results(*found: Finding, otherwise: str = "") -> Any:
    """The results of a document that its schema accepts."""
    document = json.loads(sarif.document(found, "1.2.3", otherwise))
    VALIDATOR.validate(document)
    return document["runs"][0]["results"]


@settings(deadline=None, max_examples=50)
@given(LISTS, st.sampled_from(["", "providers/octodns.yaml"]))
def test_sarif_is_what_its_schema_says(found: list[Finding], otherwise: str) -> None:
    """Whatever the findings; with a file to fall back on each result has one, as GitHub demands."""
    for one in results(*found, otherwise=otherwise):
        assert "physicalLocation" in one["locations"][0] or not otherwise
        assert one["message"]["text"].isprintable()


def test_sarif_tells_the_rule_its_reason_and_the_way_out() -> None:
    """Each rule once, and each result points to its own."""
    document = json.loads(sarif.document([at(1, "STS023"), at(2), at(3)], "1.2.3"))
    driver = document["runs"][0]["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("stszone", "1.2.3")
    entry = RULES["STS023"]
    assert [one["id"] for one in driver["rules"]] == ["STS023", "STS070"]
    assert driver["rules"][0]["fullDescription"]["text"] == entry.why
    assert entry.fix in driver["rules"][0]["help"]["text"]
    assert entry.consequence in driver["rules"][0]["help"]["text"]
    for one in document["runs"][0]["results"]:
        assert driver["rules"][one["ruleIndex"]]["id"] == one["ruleId"]


def test_sarif_names_the_place() -> None:
    """File, line and column, and the key beside them."""
    (one,) = results(replace(at(7), file="zones/grün & 100% a:b.yaml"))
    place = one["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "zones/gr%C3%BCn%20%26%20100%25%20a%3Ab.yaml"
    assert place["region"] == {"startLine": 7, "startColumn": 3}
    assert one["locations"][0]["logicalLocations"] == [{"fullyQualifiedName": "a.example: mx[0]"}]


def test_sarif_without_a_file_has_the_mail_domain() -> None:
    """And the file to fall back on, where one is given."""
    found = finding("STS070", "x", domain="a.example")
    assert results(found)[0]["locations"] == [{"logicalLocations": [{"fullyQualifiedName": "a.example"}]}]
    place = results(found, otherwise="providers/octodns.yaml")[0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "providers/octodns.yaml"}, "region": {"startLine": 1}}


@pytest.mark.parametrize(
    ("severity", "level"),
    [(Severity.ERROR, "error"), (Severity.WARNING, "warning"), (Severity.INFO, "note")],
)
def test_sarif_has_its_own_words_for_severity(severity: Severity, level: str) -> None:
    """Of the finding, which may be graded otherwise than its rule."""
    assert results(at(1, severity=severity))[0]["level"] == level


def test_a_fingerprint_outlives_a_move() -> None:
    """Lines move; rule, place in the YAML and message make a finding; the same twice are two."""
    (first,), (moved,) = results(at(1)), results(at(99))
    assert first["partialFingerprints"] == moved["partialFingerprints"]
    twice = results(at(1), at(1), at(1, message="another"))
    assert len({json.dumps(one["partialFingerprints"]) for one in twice}) == 3


def test_a_message_of_sarif_has_no_links() -> None:
    """Which SARIF writes as Markdown does."""
    assert "](" not in results(at(1, message="[click](https://evil.example)"))[0]["message"]["text"]


def test_sarif_stays_within_what_github_takes() -> None:
    """The gravest are kept: by number, and by size."""
    many = [at(n, message=f"m{n}", severity=Severity.WARNING) for n in range(26_000)]
    grave = at(1, message="grave")
    document = sarif.document([*many, grave], "1")
    taken = json.loads(document)["runs"][0]["results"]
    assert (len(taken), taken[0]["level"]) == (sarif.RESULTS, "error") or len(document) > sarif.SIZE - 100_000
    assert taken[0]["message"]["text"].startswith("grave")
    long = sarif.document([at(n, message=f"{n}" + "x" * 5000) for n in range(5000)], "1")
    assert sarif.SIZE * 0.9 < len(long.encode()) <= sarif.SIZE


def test_every_rule_of_the_catalogue_can_be_told() -> None:
    """All at once, within the schema and within the size that is set aside for them."""
    found = [finding(rule, "x") for rule in RULES]
    assert len(results(*found)) == len(RULES)
    rules = json.loads(sarif.document(found, "1"))["runs"][0]["tool"]["driver"]["rules"]
    assert max(len(json.dumps(one)) for one in rules) < 2000


@pytest.mark.parametrize("value", HOSTILE)
def test_an_annotation_is_one_command(value: str) -> None:
    """A value ends neither the line nor a property, and begins no other command."""
    (line,) = github.annotations(
        [replace(at(1), rule=value, message=value, file=value, domain=value)]
    ).splitlines()
    head, _, message = line.removeprefix("::error ").partition("::")
    assert line.startswith("::error file=")
    assert [part.partition("=")[0] for part in head.split(",")] == ["file", "line", "col", "title"]
    assert ":" not in head
    assert line.isprintable()
    assert message.count("%0A") == 2  # our own


def test_an_annotation_says_where_and_what() -> None:
    """As the runner reads it."""
    found = replace(at(7, message="50%, at: once"), consequence="A.", fix="b", file="zones/a,b:c%.yaml")
    assert github.annotations([found]) == (
        "::error file=zones/a%2Cb%3Ac%25.yaml,line=7,col=3,title=STS070 a.example"
        "::50%25, at: once%0AOtherwise: A.%0AWay out: b\n"
    )


def test_an_annotation_without_a_file_has_no_line() -> None:
    """It stands at the job then."""
    assert github.annotations([finding("STS070", "x")]).startswith("::error title=STS070::x%0A")


@pytest.mark.parametrize(
    ("errors", "warnings", "notices", "shown", "last"),
    [
        (1, 1, 1, (1, 1, 1), ""),
        (10, 10, 9, (10, 10, 9), ""),
        (11, 0, 0, (10, 0, 1), "1 more error in"),
        (12, 30, 12, (10, 10, 10), "2 more errors, 20 more warnings, 3 more notices in"),
    ],
)
def test_github_gets_what_it_shows(
    errors: int, warnings: int, notices: int, shown: tuple[int, int, int], last: str
) -> None:
    """Errors first, ten of a kind, and the count of the rest within the notices."""
    found = [at(1, severity=Severity.INFO)] * notices + [at(1, severity=Severity.WARNING)] * warnings
    lines = github.annotations(found + [at(1)] * errors).splitlines()
    kinds = [line[2:].partition(" ")[0] for line in lines]
    assert tuple(map(kinds.count, ("error", "warning", "notice"))) == shown
    assert kinds == sorted(kinds, key=("error", "warning", "notice").index)
    assert last in lines[-1]


def test_no_findings_are_no_lines() -> None:
    """Nothing to annotate."""
    assert github.annotations([]) == ""


def test_what_matters_comes_first() -> None:
    """What can lose mail, what is refused, then one of each rule before any second one."""
    common = [at(line, "STS010", f"m{line}") for line in range(30)]
    rare, guard = at(1, "STS020"), at(1, "GRD002", severity=Severity.ERROR)
    lines = github.annotations([*common, rare, guard]).splitlines()
    rules = [line.partition("title=")[2][:6] for line in lines]
    assert rules == ["GRD002", "STS010", "STS020", *["STS010"] * 7, "stszon"]


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("::error::x", r"\::error::x"),
        ("   ::stop-commands::x", r"   \::stop-commands::x"),  # the runner trims
        ("a ::error::x", "a ::error::x"),  # not at the beginning
        ("a ##[add-mask]x", r"a #\#[add-mask]x"),  # anywhere
        ("x\n::a::", "x\n\\::a::"),
    ],
)
def test_a_report_in_a_log_is_no_command(line: str, shown: str) -> None:
    """Values stand in lines of their own in a plan."""
    assert github.harmless(line) == shown


def test_gitlab_gets_the_counts() -> None:
    """As the widget reads them, and nothing else."""
    assert json.loads(gitlab.plan(Summary(1, 2, 3, 4, 5))) == {"create": 1, "update": 2, "delete": 3}


@given(LISTS)
def test_gitlab_gets_every_finding(found: list[Finding]) -> None:
    """With all keys that it needs, and a fingerprint each."""
    issues = json.loads(gitlab.code_quality(found))
    assert len({one["fingerprint"] for one in issues}) == len(found)
    for one in issues:
        assert set(one) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert one["severity"] in ("info", "minor", "major", "critical", "blocker")
        assert one["location"]["path"]
        assert one["location"]["lines"]["begin"] >= 1


@pytest.mark.parametrize(
    ("found", "severity"),
    [
        (at(1, "GRD002", severity=Severity.ERROR), "blocker"),  # held back
        (at(1, "INP009"), "blocker"),  # refused
        (at(1, "STS010"), "critical"),
        (at(1, "GRD002", severity=Severity.WARNING), "minor"),
        (at(1, severity=Severity.INFO), "info"),
    ],
)
def test_gitlab_has_its_own_words_for_severity(found: Finding, severity: str) -> None:
    """A blocker is what plan and apply refuse."""
    assert json.loads(gitlab.code_quality([found]))[0]["severity"] == severity


def test_gitlab_names_the_place() -> None:
    """Line 1 where there is none; the fingerprint does not know lines."""
    issues = json.loads(
        gitlab.code_quality([at(7), finding("STS070", "x", domain="a.example")], "providers/x.yaml")
    )
    assert [one["location"] for one in issues] == [
        {"path": "zones/a.example.yaml", "lines": {"begin": 7}},
        {"path": "providers/x.yaml", "lines": {"begin": 1}},
    ]
    (moved,) = json.loads(gitlab.code_quality([at(8)]))
    assert moved["fingerprint"] == issues[0]["fingerprint"]
