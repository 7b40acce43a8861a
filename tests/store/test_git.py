"""What git is asked, and that a repository's contents are data to it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from stszone.errors import InputError
from stszone.store.git import extract, files_of, find_root, merge_base
from tests.git import commit, git, make_repository, write


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    directory = (tmp_path / "repo").resolve()
    make_repository(directory, {"zones/a.yaml": "one\n", "other/b.txt": "two\n"})
    return directory


def tree(directory: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(directory)): path.read_bytes()
        for path in directory.rglob("*")
        if path.is_file() and ".git" not in path.parts
    }


def test_finds_the_top_of_a_working_tree(repo: Path, tmp_path: Path) -> None:
    """From within it, from a directory that does not exist yet, and not from outside."""
    assert find_root(repo / "zones") == repo
    assert find_root(repo / "new" / "deeper") == repo
    assert find_root(tmp_path) is None


def test_a_hook_may_run_it(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """git tells hooks which repository they belong to, which need not be that of zones/."""
    other = tmp_path / "other"
    make_repository(other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git/index"))
    assert find_root(repo) == repo


def test_compares_with_the_commit_in_which_the_branch_began(repo: Path) -> None:
    """What was merged to the base since then is others' work."""
    began = git(repo, "rev-parse", "HEAD")
    git(repo, "checkout", "--quiet", "-b", "mine")
    commit(repo, "mine")
    git(repo, "checkout", "--quiet", "main")
    write(repo, "zones/others.yaml", "theirs\n")
    theirs = commit(repo, "theirs")
    git(repo, "checkout", "--quiet", "mine")
    git(repo, "tag", "v1", theirs)
    for ref in ("main", "v1", theirs, theirs[:10], "refs/heads/main"):
        assert merge_base(repo, ref) == began
    assert merge_base(repo, "HEAD") == git(repo, "rev-parse", "HEAD")


@pytest.mark.parametrize(
    ("ref", "said"),
    [
        ("nowhere", "no such branch"),
        ("origin/main", "`git fetch origin main`"),
        ("", "not the name"),
        ("--help", "not the name"),  # an option, were it handed on
        ("-c", "not the name"),
        ("main\0x", "not the name"),
        ("main^{tree}", "no such branch"),  # a tree has no history
        ("main:zones", "no such branch"),
    ],
)
def test_a_name_that_is_no_commit_is_wrong_input(repo: Path, ref: str, said: str) -> None:
    """The message says the way out, and a name is never an option."""
    with pytest.raises(InputError, match=said):
        merge_base(repo, ref)


def test_a_shallow_clone_without_the_beginning_says_so(repo: Path, tmp_path: Path) -> None:
    """actions/checkout fetches one commit unless it is told otherwise."""
    git(repo, "checkout", "--quiet", "-b", "mine")
    for number in range(3):
        commit(repo, f"mine {number}")
    git(repo, "checkout", "--quiet", "main")
    commit(repo, "theirs")
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--no-single-branch", f"file://{repo}", str(clone))
    git(clone, "checkout", "--quiet", "-b", "mine", "origin/mine")
    with pytest.raises(InputError, match="fetch-depth: 0"):
        merge_base(clone, "origin/main")
    single = tmp_path / "single"
    git(tmp_path, "clone", "--quiet", "--depth=1", "--branch=mine", f"file://{repo}", str(single))
    with pytest.raises(InputError, match="fetch-depth: 0"):
        merge_base(single, "origin/main")


def test_histories_without_a_common_commit_cannot_be_compared(repo: Path) -> None:
    """And a repository without any commit has nothing to compare."""
    git(repo, "checkout", "--quiet", "--orphan", "alone")
    with pytest.raises(InputError, match="HEAD has no commit yet"):
        merge_base(repo, "main")
    commit(repo, "alone")
    with pytest.raises(InputError, match="no commit in common"):
        merge_base(repo, "main")


def test_extracts_what_was_committed(repo: Path, tmp_path: Path) -> None:
    """The named parts only, octet by octet, whatever the working tree says by now."""
    (repo / "zones/a.yaml").write_text("changed\n")
    write(repo, "zones/new.yaml", "new\n")
    extract(repo, "HEAD", ["zones"], tmp_path / "part")
    assert tree(tmp_path / "part") == {"zones/a.yaml": b"one\n"}
    extract(repo, "HEAD", ["."], tmp_path / "whole")
    assert tree(tmp_path / "whole") == {"zones/a.yaml": b"one\n", "other/b.txt": b"two\n"}
    extract(repo, "HEAD", ["not/there"], tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_names_may_hold_anything(repo: Path, tmp_path: Path) -> None:
    """Spaces, line ends, quotes, no ASCII, what looks like a pattern, and CRLF within."""
    names = ["zones/a b", "zones/line\nend", 'zones/"', "zones/ü", "zones/*", "zones/[a]"]
    for name in names:
        (repo / name).write_bytes(name.encode() + b"\r\n\0")
    commit(repo)
    extract(repo, "HEAD", ["zones"], tmp_path / "out")
    found = tree(tmp_path / "out")
    assert {name: found[name] for name in names} == {name: name.encode() + b"\r\n\0" for name in names}
    extract(repo, "HEAD", ["zones/*"], tmp_path / "star")
    assert set(tree(tmp_path / "star")) == {"zones/*"}


def test_links_out_of_the_tree_are_not_made(repo: Path, tmp_path: Path) -> None:
    """Neither at once nor by way of another link; those that stay within are."""
    write(tmp_path, "secret", "secret\n")
    links = {
        "zones/inside": "a.yaml",
        "zones/outside": "../../secret",
        "zones/absolute": str(tmp_path / "secret"),
        "zones/up": "..",
        "zones/sly": "up/../../secret",  # `up` leads to the top, and `..` above it
        "deep/er/top": "../..",
        "zones/slier": "../deep/er/top/../secret",
        "zones/nowhere": "not-there",
        "loop": "loop",
    }
    for name, target in links.items():
        (repo / name).parent.mkdir(parents=True, exist_ok=True)
        (repo / name).symlink_to(target)
    commit(repo)
    to = tmp_path / "out"
    extract(repo, "HEAD", ["."], to)
    made = {str(path.relative_to(to)) for path in to.rglob("*") if path.is_symlink()}
    assert {"zones/inside", "zones/up", "zones/nowhere"} <= made
    assert not made & {"zones/outside", "zones/absolute", "zones/sly", "zones/slier"}
    for name in made:
        assert Path(os.path.realpath(to / name)).is_relative_to(to)


def test_nothing_that_a_repository_names_is_run(repo: Path, tmp_path: Path) -> None:
    """No hook, no filter, no text conversion, no file system monitor, no external diff."""
    trap = tmp_path / "sprung"
    script = write(tmp_path, "trap.sh", f"#!/bin/sh\ntouch {trap}\ncat\n")
    script.chmod(0o755)
    for name in ("post-checkout", "reference-transaction", "post-index-change", "fsmonitor-watchman"):
        hook = write(repo, f".git/hooks/{name}", script.read_text())
        hook.chmod(0o755)
    write(
        repo, ".gitattributes", "* filter=trap diff=trap text=auto export-subst\nzones/a.yaml export-ignore\n"
    )
    commit(repo)
    trap.unlink(missing_ok=True)
    for key in (
        "core.fsmonitor", "filter.trap.smudge", "filter.trap.clean", "diff.trap.textconv", "diff.external",
        "core.pager", "core.sshCommand", "core.gitProxy", "uploadpack.packObjectsHook",
    ):  # fmt: skip
        git(repo, "config", key, str(script))
    assert find_root(repo / "zones") == repo
    extract(repo, merge_base(repo, "main"), ["."], tmp_path / "out")
    assert tree(tmp_path / "out")["zones/a.yaml"] == b"one\n"
    assert not trap.exists()


def test_a_blob_that_is_missing_is_told(repo: Path, tmp_path: Path) -> None:
    """Nothing is fetched, and nothing is taken for absent."""
    name = git(repo, "rev-parse", "HEAD:zones/a.yaml")
    (repo / ".git/objects" / name[:2] / name[2:]).unlink()
    with pytest.raises(InputError, match="git"):
        extract(repo, "HEAD", ["zones"], tmp_path / "out")


def test_submodules_are_left_out(repo: Path, tmp_path: Path) -> None:
    """A commit names them, and holds none of their files."""
    other = tmp_path / "other"
    make_repository(other, {"x": "y"})
    git(repo, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(other), "zones/sub")
    commit(repo)
    extract(repo, "HEAD", ["zones"], tmp_path / "out")
    assert set(tree(tmp_path / "out")) == {"zones/a.yaml"}


def test_without_git_the_message_says_what_is_missing(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A container may not have it."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(InputError, match="no program git"):
        merge_base(repo, "main")
    with pytest.raises(FileNotFoundError):
        subprocess.run(["git"], check=False)


def test_files_that_look_like_a_repository_are_data(repo: Path) -> None:
    """Any branch can add HEAD, config, objects/ and refs/; a `.git` none can."""
    base = git(repo, "rev-parse", "HEAD")
    zones = repo / "zones"
    git(zones, "init", "--quiet", "--bare", ".")
    (zones / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n")
    assert find_root(zones) == repo
    assert merge_base(find_root(zones) or zones, "main") == base


def test_a_working_tree_that_lies_elsewhere_is_refused(repo: Path, tmp_path: Path) -> None:
    """Nothing of zones/ would be in it."""
    other = tmp_path / "other"
    other.mkdir()
    git(repo, "config", "core.worktree", str(other))
    with pytest.raises(InputError, match=r"which has none"):
        find_root(repo / "zones")


def test_the_files_of_a_commit_can_be_listed(repo: Path) -> None:
    """From the top of the repository, whatever the working tree has by now."""
    (repo / "zones/a.yaml").unlink()
    assert files_of(repo, "HEAD") == {"zones/a.yaml", "other/b.txt"}
    assert (files_of(repo, "HEAD", "zones"), files_of(repo, "HEAD", "not")) == ({"zones/a.yaml"}, set())
