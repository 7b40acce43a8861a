"""Files are replaced whole or appended to durably; a reader never sees half of one."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable
from pathlib import Path


def write_file(path: Path, data: bytes) -> bool:
    """Replace a file's content in one step; False when it already is so.

    The directory is created.  Raises OSError.
    """
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        _like(path, name)
        os.replace(name, path)
    except BaseException:  # whatever stops the writing, no half file stays behind; it goes on as it came
        Path(name).unlink(missing_ok=True)
        raise
    _sync(path.parent)
    return True


def _like(path: Path, name: str) -> None:
    """Give a new file the mode and owner of the one that it replaces."""
    try:
        old = path.stat()
    except FileNotFoundError:
        os.chmod(name, 0o644)
        return
    os.chmod(name, old.st_mode & 0o7777)
    with contextlib.suppress(PermissionError):  # only root may give a file away
        os.chown(name, old.st_uid, old.st_gid)


def append_lines(path: Path, lines: list[str], whole: Callable[[bytes], int]) -> None:
    """Append whole lines and wait until they are on the disk.  Raises OSError.

    `whole` says how much of the file counts.  What stands behind it was cut short by a crash,
    before the act that it was to record; it gives way.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    with path.open("ab+") as file:
        file.seek(0)
        data = file.read()
        length = whole(data)
        file.truncate(length)
        if length and data[length - 1 : length] != b"\n":
            file.write(b"\n")
        file.write("".join(f"{line}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
    if new:
        _sync(path.parent)


def _sync(directory: Path) -> None:
    handle = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
