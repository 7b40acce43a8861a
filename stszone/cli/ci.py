"""What a job hears from a command beside its report; nothing at all outside of a job."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import click

from stszone.errors import InputError
from stszone.render import github
from stszone.report import Finding, Summary
from stszone.standards.rrset import visible
from stszone.store.atomic import write_file
from stszone.store.git import find_root


def write_outputs(**values: object) -> None:
    """Outputs of a step of GitHub Actions: a line `name=value` each, where the runner names the file."""
    if path := os.environ.get("GITHUB_OUTPUT"):
        lines = [f"{name}={_value(value)}\n" for name, value in values.items()]
        with Path(path).open("a", encoding="utf-8") as file:
            file.write("".join(lines))


def _value(value: object) -> str:
    """One line; the words of YAML and JSON for yes and no."""
    return visible(str(value).lower() if isinstance(value, bool) else str(value))


def write_counts(counts: Summary, *, has_changes: bool) -> None:
    """What a later step asks before it does anything: whether and how much there is to do."""
    write_outputs(
        has_changes=has_changes,
        create=counts.create,
        update=counts.update,
        delete=counts.delete,
        blocked=counts.blocked,
    )


def annotate(findings: Sequence[Finding]) -> None:
    """Findings at their lines of a pull request, by way of stderr."""
    if is_action() and (text := github.annotations(findings)):
        click.echo(text, err=True, nl=False)


def placed(findings: Iterable[Finding], zones: Path) -> list[Finding]:
    """The same findings, their files named from the top of the git repository: so do forges.

    Outside of git, and for a file outside of the repository, they are as they were.  Raises InputError.
    """
    root = find_root(zones)
    return [replace(one, file=_from(root, one.file)) if root and one.file else one for one in findings]


def placed_path(path: Path, zones: Path) -> str:
    """One path, from the top of the git repository of zones/; as it is given outside of it."""
    root = find_root(zones)
    return _from(root, str(path)) if root else str(path)


def _from(root: Path, file: str) -> str:
    whole = Path(os.path.normpath(Path.cwd() / file))
    # The directory's links count and the file's do not: a forge shows a link where it stands.
    place = whole.parent.resolve() / whole.name
    return place.relative_to(root).as_posix() if place.is_relative_to(root) else file


def write_report(path: Path, text: str) -> None:
    """A file for a forge, which shows it in its own way.  Raises InputError."""
    try:
        write_file(path, text.encode())
    except OSError as error:
        raise InputError(f"{path}: {error.strerror}") from None


def version_of_stszone() -> str:
    """The release that says it."""
    return version("stszone")


def run_address() -> str:
    """The page of the run that this is a part of, where a forge tells it; else empty."""
    if is_action():
        place = [
            os.environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
        ]
        return "{}/{}/actions/runs/{}".format(*place) if all(place) else ""
    return os.environ.get("CI_JOB_URL", "")


def harmless(text: str) -> str:
    """A report as it may stand in a job's log, where some lines are commands to the runner."""
    return github.harmless(text) if is_action() else text


def is_action() -> bool:
    """Whether this is a step of GitHub Actions."""
    return os.environ.get("GITHUB_ACTIONS") == "true"
