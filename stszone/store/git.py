"""git: what a branch is compared with, and the files of a commit.

Only the program `git` is run, and it only reads.  A pull request's files and its configuration are
data: no hook, filter, text conversion or file system monitor is started, and nothing is fetched.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from stszone.errors import InputError

_QUIET = (
    "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "protocol.allow=never",
    "-c", "safe.bareRepository=explicit",
    "--literal-pathspecs", "--no-replace-objects", "--no-optional-locks",
)  # fmt: skip
"""Nothing that a repository's configuration names is run, and nobody is asked over the network."""

_ELSEWHERE = frozenset({
    "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY",
    "GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_NAMESPACE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF",
})  # fmt: skip
"""What a hook has in its environment: the repository that it was started for."""

_FETCH = "fetch it, as in a full clone"
_FILE, _LINK = "100", "120000"
_LARGEST = 16 * 2**20
"""Octets of a file that is read; no zone is so large."""


@dataclass(frozen=True, slots=True)
class _Entry:
    """One file of a commit."""

    mode: str
    blob: str
    path: PurePosixPath


def _git(directory: Path, *words: str, data: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    environment |= {"LC_ALL": "C", "GIT_TERMINAL_PROMPT": "0", "GIT_NO_LAZY_FETCH": "1"}
    command = ["git", "-C", str(directory), *_QUIET, *words]
    try:
        return subprocess.run(command, input=data, capture_output=True, env=environment, check=False)
    except FileNotFoundError:
        raise InputError("there is no program git; install it, a branch is read with it") from None


def _ask(directory: Path, *words: str) -> str | None:
    """One line of an answer; None where git says no."""
    done = _git(directory, *words)
    return os.fsdecode(done.stdout).removesuffix("\n") if done.returncode == 0 else None


def find_root(directory: Path) -> Path | None:
    """The top of the working tree that a directory lies in, also one that does not exist yet.

    None where it lies in none.  Raises InputError where git refuses to look.
    """
    # git would also take a directory for a repository that merely looks like one, and any branch can add
    # the files that it looks for.  A `.git` no branch can add.
    there = directory.resolve()
    there = next((one for one in (there, *there.parents) if (one / ".git").exists()), there)
    if not (there / ".git").exists():
        return None
    done = _git(there, "rev-parse", "--show-toplevel")
    if done.returncode == 0:
        root = Path(os.fsdecode(done.stdout).removesuffix("\n")).resolve()
        if (root / ".git").exists() and there.is_relative_to(root):
            return root
        raise InputError(f"{directory}: the working tree of {there}/.git is {root}, which has none")
    said = done.stderr.decode("utf-8", "replace").strip()
    if "not a git repository" in said or "must be run in a work tree" in said:
        return None
    raise InputError(f"{directory}: {' '.join(said.split())}")


def head(directory: Path) -> str:
    """The commit that a directory is at; empty where there is none.  Raises InputError."""
    root = find_root(directory)
    return (_commit(root, "HEAD") or "") if root else ""


def merge_base(root: Path, ref: str, option: str = "--base") -> str:
    """The commit in which HEAD left a branch, a tag or a commit.  Raises InputError.

    What was merged to the branch since then is others' work, and no part of the difference.
    """
    commit = _commit(root, ref, option)
    if commit is None:
        raise InputError(f"{option} {ref}: no such branch, tag or commit in {root}{_way_out(root, ref)}")
    if _commit(root, "HEAD") is None:
        raise InputError(f"{root}: HEAD has no commit yet, so there is nothing to compare with")
    base = _ask(root, "merge-base", commit, "HEAD")
    if base:
        return base.splitlines()[0]
    if _is_shallow(root):
        raise InputError(
            f"{option} {ref}: this clone is shallow and does not hold the commit in which the branch began; "
            "fetch the history: `fetch-depth: 0` of actions/checkout, GIT_DEPTH: 0 at GitLab, or "
            "`git fetch --unshallow`"
        )
    raise InputError(f"{option} {ref}: has no commit in common with HEAD")


def _commit(root: Path, ref: str, option: str = "--base") -> str | None:
    """The commit that a name stands for; a name is never an option."""
    if not ref or ref.startswith("-") or "\0" in ref:
        raise InputError(f"{option} {ref!r}: not the name of a branch, a tag or a commit")
    return _ask(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{ref}^{{commit}}")


def _way_out(root: Path, ref: str) -> str:
    remote, _, branch = ref.partition("/")
    fetch = f"`git fetch {remote} {branch}`" if branch else "`git fetch`"
    if _is_shallow(root):
        return f"; this clone is shallow: `fetch-depth: 0` of actions/checkout, or {fetch}"
    return f"; {fetch} gets what a remote has"


def _is_shallow(root: Path) -> bool:
    return _ask(root, "rev-parse", "--is-shallow-repository") == "true"


def changed_files(root: Path, commit: str, whole: Iterable[Path] = ()) -> frozenset[Path]:
    """The files of a working tree that are not as in a commit: changed, new, gone, committed or not.

    Below the directories `whole` a new file counts even where .gitignore says to pass it over.  A symbolic
    link counts when what it leads to does.  Absolute paths, no link resolved.  Raises InputError.
    """
    listed = set(_unlike(root, commit))
    listed.update(_listed(root, "ls-files", "--others", "--exclude-standard", "-z"))
    if below := [str(one.relative_to(root)) for one in whole if one.is_relative_to(root)]:
        listed.update(_listed(root, "ls-files", "--others", "-z", "--", *below))
    changed = {root / name for name in listed}
    for name in _listed(root, "ls-files", "--stage", "-z"):
        mode, _, path = name.partition(" ")
        if mode == _LINK:
            link = root / path.partition("\t")[2]
            target = link.resolve()
            changed |= {link / one.relative_to(target) for one in changed if one.is_relative_to(target)}
    return frozenset(changed)


def _unlike(root: Path, commit: str) -> Iterator[str]:
    """The files of a commit, or known to git, that are not the same now, octet for octet.

    git only says which may not be: to compare the texts itself it would start their filters.
    """
    how = ("--raw", "--no-renames", "--ignore-submodules", "--no-abbrev", "-z")
    words = _listed(root, "diff-index", *how, commit)
    for about, name in zip(words[::2], words[1::2], strict=True):
        mode, mode_now, blob, _, _ = about.removeprefix(":").split(" ")
        if mode != mode_now or not mode.startswith(_FILE) or not _is_blob(root / name, blob):
            yield name


def _is_blob(path: Path, blob: str) -> bool:
    """Whether a file has the octets of a blob."""
    try:
        data = path.read_bytes()
    except OSError:
        return False
    make = hashlib.sha1 if len(blob) == 40 else hashlib.sha256
    return make(b"blob %d\0%b" % (len(data), data), usedforsecurity=False).hexdigest() == blob


def _listed(root: Path, *words: str) -> list[str]:
    done = _git(root, *words)
    if done.returncode:
        raise InputError(f"{root}: {' '.join(done.stderr.decode('utf-8', 'replace').split())}")
    return os.fsdecode(done.stdout).split("\0")[:-1]


def files_of(root: Path, commit: str, path: str = ".") -> frozenset[str]:
    """The files of a commit, or those below a path of it, relative to `root`.  Raises InputError."""
    below = [] if path == "." else ["--", path]
    return frozenset(_listed(root, "ls-tree", "-r", "-z", "--name-only", "--full-tree", commit, *below))


def extract(root: Path, commit: str, paths: Iterable[str], to: Path) -> None:
    """Write the files of a commit below a directory; what is not in the commit is left out.

    `paths` are relative to `root`; "." is all of it.  Symbolic links that lead out of the directory are
    left out too.  The bytes are those that were committed.  Raises InputError.
    """
    entries = list(_entries(root, commit, sorted(set(paths))))
    blobs = _blobs(root, [entry.blob for entry in entries])
    links = []
    for entry, data in zip(entries, blobs, strict=True):
        place = to.joinpath(*entry.path.parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        if entry.mode == _LINK:
            links.append((place, os.fsdecode(data)))
        else:
            place.write_bytes(data)
    _link(links, to.resolve())


def _entries(root: Path, commit: str, paths: list[str]) -> Iterator[_Entry]:
    """Files and symbolic links; submodules and what is too large are left out."""
    wanted = [] if "." in paths else ["--", *paths]
    done = _git(root, "ls-tree", "-r", "-z", "-l", "--full-tree", commit, *wanted)
    if done.returncode:
        said = " ".join(done.stderr.decode("utf-8", "replace").split())
        raise InputError(f"{root}: git cannot read {commit}: {said}")
    for line in done.stdout.split(b"\0"):
        about, _, name = line.partition(b"\t")
        path = PurePosixPath(os.fsdecode(name))
        if not name or path.is_absolute() or {"..", ".git"} & set(path.parts):
            continue
        mode, _, blob, size = about.decode().split()
        if mode.startswith(_FILE) or mode == _LINK:
            if not size.isdigit():
                raise InputError(f"{root}: git does not have {path} of {commit}; {_FETCH}")
            if int(size) > _LARGEST:
                continue
            yield _Entry(mode, blob, path)


def _blobs(root: Path, names: list[str]) -> Iterator[bytes]:
    """The contents of blobs, in one go."""
    done = _git(root, "cat-file", "--batch", data="".join(f"{name}\n" for name in names).encode())
    at = 0
    for name in names:
        end = done.stdout.find(b"\n", at)
        header = done.stdout[at:end].split()
        if end < 0 or len(header) != 3:
            raise InputError(f"{root}: git does not have the blob {name}; {_FETCH}")
        size = int(header[2])
        yield done.stdout[end + 1 : end + 1 + size]
        at = end + 2 + size


def _link(links: Iterable[tuple[Path, str]], root: Path) -> None:
    """Make symbolic links, and take away those that lead out: what they mean depends on each other."""
    made = []
    for place, target in links:
        if target and "\0" not in target and not place.is_symlink() and not place.exists():
            place.symlink_to(target)
            made.append(place)
    for place in made:
        if not Path(os.path.realpath(place)).is_relative_to(root):
            place.unlink()
