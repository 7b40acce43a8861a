"""The command line in this process, in a directory of its own."""

from __future__ import annotations

import gc
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from stszone.cli.main import main

ROOT = Path(__file__).parents[2]

MEANT = (*(word for n in range(1, 8) for word in ("--allow", f"GRD{n:03}")), "--reason", "meant")
"""For an apply that takes away what mail needs."""


@dataclass(frozen=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


@dataclass
class Place:
    """A repository in a temporary directory, which is the working directory."""

    root: Path
    monkeypatch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def run(self, *words: str, now: str | None = None) -> Result:
        self.monkeypatch.setattr("sys.argv", ["stszone", *words])
        if now:
            self.monkeypatch.setenv("STSZONE_NOW", now)
        else:
            self.monkeypatch.delenv("STSZONE_NOW", raising=False)
        self.capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as stop:
            code = stop.code if isinstance(stop.code, int) else 1
        finally:
            gc.unfreeze()  # a command keeps all that it reads to its end, which here is not the process's
        out, err = self.capsys.readouterr()
        return Result(code, out, err)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def files(self) -> dict[str, bytes]:
        """Every file, to see that nothing was written."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in self.root.rglob("*")
            if path.is_file()
        }


def make_place(root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    """An empty zones/ beside the shipped providers/."""
    (root / "zones").mkdir()
    shutil.copytree(ROOT / "providers", root / "providers", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(root)
    monkeypatch.setenv("NO_COLOR", "1")
    return Place(root, monkeypatch, capsys)
