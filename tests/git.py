"""Repositories of the real git in a temporary directory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

WHO = {
    "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.com",
    "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.com",
    "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null",
}  # fmt: skip


def git(directory: Path, *words: str) -> str:
    """What git answers; it may start no program but itself."""
    done = subprocess.run(
        ["git", "-C", str(directory), *words],
        env=os.environ | WHO,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit(directory: Path, message: str = "a change") -> str:
    """Commit all that is there; the commit."""
    git(directory, "add", "--all", "--force")
    git(directory, "commit", "--quiet", "--allow-empty", "--no-verify", "-m", message)
    return git(directory, "rev-parse", "HEAD")


def make_repository(directory: Path, files: Mapping[str, str] | None = None) -> str:
    """A repository with one commit on the branch main."""
    directory.mkdir(parents=True, exist_ok=True)
    git(directory, "init", "--quiet", "--initial-branch=main")
    for name, text in (files or {}).items():
        write(directory, name, text)
    return commit(directory, "first")


def write(directory: Path, name: str, text: str) -> Path:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path
