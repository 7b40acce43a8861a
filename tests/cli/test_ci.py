"""What a job hears beside the report, and that nobody else does."""

from __future__ import annotations

from pathlib import Path

import pytest

from stszone.cli import ci
from stszone.report import Summary
from stszone.rules import finding
from tests.git import make_repository

GITHUB = {
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "owner/name",
    "GITHUB_RUN_ID": "7",
}


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests may themselves run in a job."""
    for name in (*GITHUB, "GITHUB_OUTPUT", "GITHUB_ACTIONS", "CI_JOB_URL"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "output"
    path.write_text("before=1\n")
    monkeypatch.setenv("GITHUB_OUTPUT", str(path))
    return path


def test_outputs_are_appended(output: Path) -> None:
    """What earlier commands of the step said stays."""
    ci.write_outputs(has_changes=True, create=3)
    ci.write_outputs(note="grün")
    assert output.read_text(encoding="utf-8") == "before=1\nhas_changes=true\ncreate=3\nnote=grün\n"


@pytest.mark.parametrize("value", ["a\nhas_changes=false", "a\r\nb", "a\x85b", "a\u2028b", "x<<EOF\ny\nEOF"])
def test_a_value_cannot_set_another_output(output: Path, value: str) -> None:
    """One line a value, by any count of lines."""
    ci.write_outputs(note=value)
    assert len(output.read_text().splitlines()) == 2


@pytest.mark.parametrize("has_changes", [True, False])
def test_the_counts_have_names_of_their_own(output: Path, has_changes: bool) -> None:
    """`has_changes` is what an `if:` asks for."""
    ci.write_counts(Summary(1, 2, 3, 4, 5), has_changes=has_changes)
    said = [
        "before=1",
        f"has_changes={str(has_changes).lower()}",
        "create=1",
        "update=2",
        "delete=3",
        "blocked=5",
    ]
    assert output.read_text().splitlines() == said


def test_outside_of_a_job_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a file nor a line."""
    monkeypatch.chdir(tmp_path)
    ci.write_outputs(has_changes=True)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("actions", "said"),
    [("true", "::error title=STS070::x%0A"), ("false", ""), ("", ""), (None, "")],
)
def test_annotations_are_for_github(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], actions: str | None, said: str
) -> None:
    """On stderr, so that a document on stdout stays one."""
    if actions is not None:
        monkeypatch.setenv("GITHUB_ACTIONS", actions)
    ci.annotate([finding("STS070", "x")])
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(said) if said else err == ""


def test_a_report_is_harmless_in_a_job(monkeypatch: pytest.MonkeyPatch) -> None:
    """And as it is elsewhere."""
    assert ci.harmless("::error::x") == "::error::x"
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert ci.harmless("::error::x") == r"\::error::x"


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, ""),
        ({"GITHUB_ACTIONS": "true", **GITHUB}, "https://github.com/owner/name/actions/runs/7"),
        ({"GITHUB_ACTIONS": "true", **GITHUB, "GITHUB_RUN_ID": ""}, ""),
        (GITHUB, ""),  # somebody's shell, not a job
        ({"CI_JOB_URL": "https://gitlab.example/a/-/jobs/7"}, "https://gitlab.example/a/-/jobs/7"),
    ],
)
def test_the_page_of_the_run(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], address: str
) -> None:
    """Where a comment that was shortened sends its readers."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ci.run_address() == address


def test_files_are_named_from_the_top_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A forge knows no working directory; what lies outside stays as it is, and so does all outside of git."""
    make_repository(tmp_path / "repo", {"dns/zones/a.yaml": "one"})
    monkeypatch.chdir(tmp_path / "repo/dns")
    found = finding("STS070", "x")
    names = ["zones/a.yaml", "../other.yaml", str(tmp_path / "outside.yaml"), None]
    given = [found.located(name, 3, 1) if name else found for name in names]
    placed = ci.placed(given, Path("zones"))
    assert [one.file for one in placed] == ["dns/zones/a.yaml", "other.yaml", names[2], None]
    assert ci.placed_path(Path("zones"), Path("zones")) == "dns/zones"
    monkeypatch.chdir(tmp_path)
    assert ci.placed(given, tmp_path / "zones") == given
