"""`init`: the files of a new repository, of which none replaces one that is there."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distribution
from importlib.resources import files
from pathlib import Path
from shlex import quote

from stszone.cli.exit_codes import DONE
from stszone.cli.session import Session
from stszone.errors import InputError
from stszone.render import as_json
from stszone.render.text import lines, plural
from stszone.store.atomic import write_file

GITHUB = {
    ".github/workflows/plan.yml": "github/plan.yml",
    ".github/workflows/apply.yml": "github/apply.yml",
}
GITLAB = {".gitlab-ci.yml": "gitlab-ci.yml"}
ALWAYS = {
    ".gitattributes": "gitattributes",
    ".gitignore": "gitignore",
    "providers/octodns.yaml": "providers/octodns.yaml",
    "providers/stszone.yaml": "providers/stszone.yaml",
    "zones/README.md": "zones/README.md",
    "zones/_example.yaml": "zones/_example.yaml",
}
"""Files of a new repository, and the template of each."""

REQUIREMENTS = "providers/requirements.txt"
_LINES_COUNT = (".gitattributes", ".gitignore")
"""Files of which an existing one lacks only lines."""


@dataclass(frozen=True)
class Written:
    """What one run did."""

    directory: Path
    written: tuple[str, ...]
    kept: tuple[str, ...]
    """Files that were there and say something else; they stay as they are."""
    missing: Mapping[str, tuple[str, ...]]
    """Lines that a kept file should have."""
    notes: tuple[str, ...]
    """What stands in the way of continuous integration."""


def run_init(session: Session, directory: Path, *, gitlab: bool, saved_plan: bool) -> int:
    """`init`: 0, also when every file was there."""
    if (session.zones, session.providers) != (Path("zones"), Path("providers")):
        raise InputError(
            "init writes zones/ and providers/ below DIR; --zones and --providers are not for it"
        )
    if gitlab and saved_plan:
        raise InputError("--saved-plan is for GitHub, where an environment asks for approval; leave one away")
    done = write_repository(directory, gitlab=gitlab, saved_plan=saved_plan)
    if session.format == "json":
        session.say(as_json.document(session.now, **_as_json(done)))
    else:
        session.say(lines("\n".join(_said(done, gitlab=gitlab))))
    return DONE


def write_repository(directory: Path, *, gitlab: bool, saved_plan: bool) -> Written:
    """Write what is not there yet.  Raises InputError before anything is written, and OSError."""
    texts = contents(gitlab=gitlab, saved_plan=saved_plan)
    _require_directories(directory, texts)
    written, kept, missing = [], [], {}
    for name, text in sorted(texts.items()):
        path = directory / name
        if not (path.exists() or path.is_symlink()):
            write_file(path, text.encode())
            written.append(name)
        elif not path.is_file() or path.read_bytes() != text.encode():
            kept.append(name)
            if lacking := _lacking(path, text):
                missing[name] = lacking
    notes = (*_about_git(directory), *_about_requirements(directory))
    return Written(directory, tuple(written), tuple(kept), missing, notes)


def _require_directories(directory: Path, names: Iterable[str]) -> None:
    """Raises InputError where something else stands in the place of a directory."""
    for name in names:
        for folder in (directory / part for part in Path(name).parents):
            if not folder.is_dir() and (folder.exists() or folder.is_symlink()):
                raise InputError(f"{folder}: not a directory, and {name} belongs below it; move it away")


def contents(*, gitlab: bool, saved_plan: bool) -> dict[str, str]:
    """The text of each file of a new repository, by its path."""
    chosen = ALWAYS | (GITLAB if gitlab else GITHUB)
    if saved_plan:
        chosen[".github/workflows/apply.yml"] = "github/apply-saved-plan.yml"
    texts = {name: template(source) for name, source in chosen.items()}
    package = distribution("stszone")
    line = requirement(package.version, package.read_text("direct_url.json"))
    return texts | {REQUIREMENTS: template("requirements.txt") + line}


def template(name: str) -> str:
    """A file of the package."""
    return files("stszone.cli").joinpath("templates", name).read_text("utf-8")


def requirement(version: str, origin: str | None) -> str:
    """The line by which pip gets this very stszone elsewhere; empty where nobody but this machine has it.

    `origin` is what pip wrote to direct_url.json, None for what came from an index.  Only that is named by
    its name alone: whose the name is on an index must not decide what runs with write access to zones.
    """
    if origin is None:
        return f"stszone=={version}\n"
    about = json.loads(origin)
    if about["url"].startswith("file:"):
        return ""
    if vcs := about.get("vcs_info"):
        within = f"#subdirectory={about['subdirectory']}" if "subdirectory" in about else ""
        return f"stszone @ {vcs['vcs']}+{about['url']}@{vcs['commit_id']}{within}\n"
    digest = about.get("archive_info", {}).get("hashes", {}).get("sha256")
    return f"stszone @ {about['url']}{f'#sha256={digest}' if digest else ''}\n"


def _lacking(path: Path, text: str) -> tuple[str, ...]:
    """The lines of ours that a kept .gitignore or .gitattributes has not."""
    if path.name not in _LINES_COUNT or not path.is_file():
        return ()
    there = {line.strip() for line in path.read_text("utf-8", "replace").splitlines()}
    wanted = (line for line in text.splitlines() if not line.startswith("#"))
    return tuple(line for line in wanted if line not in there)


def _about_git(directory: Path) -> Iterator[str]:
    where = directory.resolve()
    root = next((one for one in (where, *where.parents) if (one / ".git").exists()), None)
    if root is None:
        yield "not a git repository yet: `git init`, then commit all of this"
    elif root != where:
        yield (
            f"{root} is the git repository: workflows are read there only, not below it; "
            "and all commands are run in the directory that holds zones/"
        )


def _about_requirements(directory: Path) -> Iterator[str]:
    path = directory / REQUIREMENTS
    text = path.read_text("utf-8", "replace") if path.is_file() else ""
    if not any("stszone" in line and not line.startswith("#") for line in text.splitlines()):
        yield (
            f"{REQUIREMENTS} does not say where CI gets stszone from, since this one was not installed from "
            "an index or a repository: write it there"
        )


def _as_json(done: Written) -> dict[str, object]:
    return {
        "directory": str(done.directory), "written": done.written, "kept": done.kept,
        "missing_lines": done.missing, "notes": done.notes,
    }  # fmt: skip


def _said(done: Written, *, gitlab: bool) -> Iterator[str]:
    yield f"{plural(len(done.written), 'file')} written in {done.directory}"
    yield from (f"  {name}" for name in done.written)
    if done.kept:
        yield "kept as they were, and different from what a new repository gets:"
        for name in done.kept:
            yield f"  {name}"
            yield from (f"    lacks the line: {line}" for line in done.missing.get(name, ()))
    yield from (f"note: {note}" for note in done.notes)
    yield from ("", "Next:")
    if str(done.directory) != ".":
        yield f"  cd {quote(str(done.directory))}"
    yield "  cp zones/_example.yaml zones/YOUR-DOMAIN.yaml    and put in your addresses"
    yield "  stszone check; stszone plan; stszone apply       into build/, until providers/ is changed"
    first = ".gitlab-ci.yml" if gitlab else ".github/workflows/apply.yml"
    yield f"  CI: read the head of {first}; nothing is applied before STSZONE_APPLY=yes"
