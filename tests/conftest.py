"""What many tests need: a repository in a temporary directory, and a moment in time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from stszone.store.repository import Hosting, Repository, read_repository
from stszone.store.state import State, state_at

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)

Files = Mapping[str, str]
"""Texts by file name, relative to zones/."""


def write_files(directory: Path, files: Files) -> None:
    """Put texts at their places below a directory."""
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text or "---\n", "utf-8")  # an empty file is an error


@pytest.fixture
def zones(tmp_path: Path) -> Path:
    """An empty zones/ directory."""
    directory = tmp_path / "zones"
    directory.mkdir()
    return directory


@pytest.fixture
def read(zones: Path) -> Callable[..., Repository]:
    """Write files to zones/ and read the repository."""

    def _read(files: Files, hosting: Hosting | None = None) -> Repository:
        write_files(zones, files)
        return read_repository(zones, hosting or Hosting())

    return _read


@pytest.fixture
def state(read: Callable[..., Repository]) -> Callable[..., State]:
    """Write files to zones/ and see what should be live."""

    def _state(files: Files, hosting: Hosting | None = None, now: datetime = NOW) -> State:
        return state_at(read(files, hosting), now)

    return _state
