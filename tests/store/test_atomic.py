"""Files are whole at every moment."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from stszone.store.atomic import append_lines, write_file


def _all(_: bytes) -> int:
    return len(_)


def test_writes_and_makes_the_directory(tmp_path: Path) -> None:
    """A new file can be read by the web server that serves it."""
    path = tmp_path / "a" / "b" / "mta-sts.txt"
    assert write_file(path, b"x") is True
    assert path.read_bytes() == b"x"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


def test_leaves_an_equal_file_alone(tmp_path: Path) -> None:
    """Not even its time changes."""
    path = tmp_path / "f"
    write_file(path, b"x")
    before = path.stat()
    assert write_file(path, b"x") is False
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_keeps_the_mode(tmp_path: Path, mode: int) -> None:
    """Who may read a file is its owner's choice."""
    path = tmp_path / "f"
    path.write_bytes(b"old")
    path.chmod(mode)
    assert write_file(path, b"new")
    assert stat.S_IMODE(path.stat().st_mode) == mode


@pytest.mark.parametrize("call", ["replace", "fsync", "chmod"])
def test_a_failure_leaves_the_old_file_and_no_rest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    """Between writing and replacing, at any step."""
    path = tmp_path / "f"
    path.write_bytes(b"old")

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(os, call, fail)
    with pytest.raises(OSError, match="no space"):
        write_file(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["f"]


def test_a_process_that_dies_before_the_replace_leaves_the_old_file(tmp_path: Path) -> None:
    """What it leaves behind is hidden, and nobody serves it."""
    path = tmp_path / "f"
    path.write_bytes(b"old")
    child = os.fork()
    if not child:
        os.replace = lambda *_: os._exit(0)  # type: ignore[assignment]
        write_file(path, b"new")
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert path.read_bytes() == b"old"
    assert all(name.startswith(".f.") for name in os.listdir(tmp_path) if name != "f")


def test_appends_whole_lines(tmp_path: Path) -> None:
    """In UTF-8, each with its end."""
    path = tmp_path / "ledger" / "x.jsonl"
    append_lines(path, ["a", "ü"], _all)
    append_lines(path, ["c"], _all)
    assert path.read_text("utf-8") == "a\nü\nc\n"


@pytest.mark.parametrize(
    ("before", "counts", "after"),
    [
        (b"a\nto", 2, b"a\nx\n"),  # cut short
        (b"to", 0, b"x\n"),
        (b"a\nb", 3, b"a\nb\nx\n"),  # whole, without its end
        (b"", 0, b"x\n"),
    ],
)
def test_what_does_not_count_gives_way(tmp_path: Path, before: bytes, counts: int, after: bytes) -> None:
    """And what counts gets its end of line."""
    path = tmp_path / "f"
    path.write_bytes(before)
    append_lines(path, ["x"], lambda data: counts)
    assert path.read_bytes() == after
