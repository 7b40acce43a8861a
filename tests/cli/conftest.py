from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.run import ROOT, Place, make_place


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    """A repository without mail domains."""
    return make_place(tmp_path, monkeypatch, capsys)


@pytest.fixture
def shipped(place: Place) -> Place:
    """A repository with the shipped examples."""
    shutil.rmtree(place.root / "zones")
    shutil.copytree(ROOT / "zones", place.root / "zones", ignore=shutil.ignore_patterns("ledger"))
    return place
