"""A new repository: it works at once, and nothing that was there is touched."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stszone.cli import init
from tests.cli.run import ROOT, Place

PROVIDERS = ("octodns.yaml", "stszone.yaml")
WORKFLOWS = ("plan.yml", "apply.yml")


@pytest.fixture
def new(place: Place) -> Place:
    """An empty directory."""
    for path in place.root.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return place


def stszone(directory: Path, *words: str, code: int = 0) -> str:
    """Run the program as a user does."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("GITHUB_", "STSZONE_"))
    }
    command = [sys.executable, "-c", "from stszone.cli.main import main; main()", *words]
    done = subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout


def git(directory: Path, *words: str) -> str:
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    done = subprocess.run(
        ["git", *identity, *words], cwd=directory, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.mark.parametrize("name", PROVIDERS)
def test_the_shipped_providers_are_those_of_a_new_repository(name: str) -> None:
    """There is one truth about what a fresh configuration is."""
    assert init.template(f"providers/{name}") == (ROOT / "providers" / name).read_text()


@pytest.mark.parametrize("name", WORKFLOWS)
def test_the_shipped_workflows_are_those_of_a_new_repository(name: str) -> None:
    """What this project runs is what it hands out."""
    assert init.template(f"github/{name}") == (ROOT / ".github/workflows" / name).read_text()


def test_a_new_repository_works_at_once(tmp_path: Path) -> None:
    """check, plan and apply have nothing to complain about and nothing to do."""
    stszone(tmp_path, "init", "mine")
    mine = tmp_path / "mine"
    assert stszone(mine, "check") == "No findings.\n"
    for words in (["plan", "--detailed-exitcode"], ["apply"], ["plan", "--detailed-exitcode"]):
        assert stszone(mine, *words).startswith("No changes")


def test_the_example_is_a_mail_domain_by_being_copied(tmp_path: Path) -> None:
    """From init to an applied first domain; only the ledger is left to commit."""
    stszone(tmp_path, "init")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "init")
    shutil.copy(tmp_path / "zones/_example.yaml", tmp_path / "zones/mine.example.yaml")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "mine.example")
    found = stszone(tmp_path, "check")
    assert "1 warning" in found and "0 errors" not in found and " error " not in found
    stszone(tmp_path, "plan", "--detailed-exitcode", code=2)
    stszone(tmp_path, "apply")
    stszone(tmp_path, "plan", "--detailed-exitcode")
    assert (tmp_path / "build/zones/mine.example.zone").is_file()
    assert git(tmp_path, "status", "--porcelain", "-uall") == "?? zones/ledger/mine.example.jsonl\n"
    assert "merge: union" in git(tmp_path, "check-attr", "merge", "zones/ledger/mine.example.jsonl")


def test_the_example_has_commented_sections_that_are_right(tmp_path: Path) -> None:
    """Taking the # away from the MTA-STS section gives a domain that can be planned."""
    stszone(tmp_path, "init")
    text = init.template("zones/_example.yaml")
    before, _, after = text.partition("# mta_sts:")
    sections, _, rest = f"# mta_sts:{after}".partition("\n\n")
    live = "\n".join(line.removeprefix("# ") for line in sections.splitlines())
    (tmp_path / "zones/mine.example.yaml").write_text(f"{before}{live}\n\n{rest}")
    assert "policy" in stszone(tmp_path, "plan")


def test_nothing_that_is_there_is_replaced(new: Place) -> None:
    """In a directory with files of others, theirs stay and are named."""
    theirs = {".gitignore": "/build/\n", "providers/octodns.yaml": "zones: {}\n", "README.md": "# ours\n"}
    for name, text in theirs.items():
        new.write(name, text)
    (new.root / "providers/stszone.yaml").symlink_to("nowhere")
    result = new.run("init", "--format", "json").json
    assert {name: new.read(name) for name in theirs} == theirs
    assert (new.root / "providers/stszone.yaml").is_symlink()
    assert result["kept"] == [".gitignore", "providers/octodns.yaml", "providers/stszone.yaml"]
    assert result["missing_lines"] == {".gitignore": ["/.venv/", "__pycache__/"]}
    assert "zones/_example.yaml" in result["written"] and ".gitignore" not in result["written"]


def test_a_second_run_writes_nothing(new: Place) -> None:
    """The same files are neither written again nor called different."""
    assert len(new.run("init", "--format", "json").json["written"]) == 9
    before = new.files()
    again = new.run("init", "--format", "json")
    assert (again.code, again.json["written"], again.json["kept"]) == (0, [], [])
    assert new.files() == before


def test_what_is_written_is_told_with_what_to_do_next(new: Place) -> None:
    """Every file is named, and the commands of the first domain."""
    said = new.run("init", "sub dir").out
    written = sorted(
        str(path.relative_to(new.root / "sub dir"))
        for path in (new.root / "sub dir").rglob("*")
        if path.is_file()
    )
    assert [name for name in written if f"  {name}\n" in said] == written
    assert "cd 'sub dir'" in said and "cp zones/_example.yaml" in said and "stszone check" in said


@pytest.mark.parametrize(
    ("words", "files"),
    [
        ([], [".github/workflows/apply.yml", ".github/workflows/plan.yml"]),
        (["--saved-plan"], [".github/workflows/apply.yml", ".github/workflows/plan.yml"]),
        (["--gitlab"], [".gitlab-ci.yml"]),
    ],
)
def test_continuous_integration_is_chosen(new: Place, words: list[str], files: list[str]) -> None:
    """Workflows for GitHub, or a pipeline for GitLab, never both."""
    written = new.run("init", "--format", "json", *words).json["written"]
    assert [name for name in written if name.startswith((".github/", ".gitlab"))] == files
    assert ("apply plan.json" in new.read(files[0])) is (words == ["--saved-plan"])


def test_a_place_that_is_no_directory_is_refused(new: Place) -> None:
    """One message, exit code 1, nothing written."""
    new.write("file", "")
    assert new.run("init", "file").code == 1
    assert new.run("--zones", "elsewhere", "init").code == 1
    assert new.run("init", "--gitlab", "--saved-plan").code == 1
    new.write("mine/zones", "")
    assert "not a directory" in new.run("init", "mine").err
    assert new.files() == {"file": b"", "mine/zones": b""}


@pytest.mark.parametrize(
    ("git_at", "note"),
    [
        (None, "not a git repository yet"),
        (".", "is the git repository: workflows are read there only"),  # DIR lies below its root
        ("mine", ""),
    ],
)
def test_the_root_of_the_git_repository_is_looked_for(new: Place, git_at: str | None, note: str) -> None:
    """GitHub and GitLab read workflows at the root only."""
    if git_at:
        (new.root / git_at / ".git").mkdir(parents=True)
    notes = " ".join(new.run("init", "mine", "--format", "json").json["notes"])
    assert (note in notes) if note else ("git repository" not in notes)


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        (None, "stszone==1.2.3\n"),  # from an index
        (
            '{"url": "https://git.example.net/s.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}',
            "stszone @ git+https://git.example.net/s.git@abc\n",
        ),
        (
            '{"url": "https://x.example/s.whl", "archive_info": {"hashes": {"sha256": "00ff"}}}',
            "stszone @ https://x.example/s.whl#sha256=00ff\n",
        ),
        ('{"url": "file:///home/me/stszone", "dir_info": {"editable": true}}', ""),  # nobody else has it
        ('{"url": "file:///srv/s.git", "vcs_info": {"vcs": "git", "commit_id": "abc"}}', ""),
        ('{"url": "file:///tmp/s.whl", "archive_info": {"hashes": {"sha256": "00ff"}}}', ""),
    ],
)
def test_ci_installs_the_same_stszone(origin: str | None, line: str) -> None:
    """A name alone only where an index has it: elsewhere it could be somebody else's package."""
    assert init.requirement("1.2.3", origin) == line
