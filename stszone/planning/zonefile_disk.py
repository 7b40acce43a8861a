"""Zone files on disk: where a zone's file is, and all that is read with it.

A zone's name comes from configurations and must not become a path elsewhere; neither may a `$INCLUDE` or a
symbolic link lead out of the directory.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from stszone.planning.zonefile_text import ZoneFileError

_INCLUDE = re.compile(r'^(\$INCLUDE[ \t]+)("[^"\n]*"|[^\s;"]+)', re.MULTILINE | re.IGNORECASE)
_CLASSLESS = re.compile(r"\d+/\d+(\.\d+){3}\.in-addr\.arpa")
_CLASSLESS_FILE = re.compile(r"\d+-\d+(\.\d+){3}\.in-addr\.arpa")
_FILE_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_BLOCK = 1 << 16


@dataclass(frozen=True, slots=True)
class Content:
    """A zone file as it was read."""

    path: Path
    text: str
    """With every `$INCLUDE` made absolute."""
    digest: bytes
    """Of the file and all that it includes."""


@dataclass(frozen=True, slots=True)
class ZoneDirectory:
    """One file a zone, in one directory; zones without their trailing dot."""

    path: Path
    extension: str

    def zones(self) -> Iterator[str]:
        """The zones that have a file."""
        for path in self.path.glob(f"*{self.extension}"):
            name = path.name.removesuffix(self.extension)
            if _FILE_NAME.fullmatch(name) and path.is_file():
                slashed = name.replace("-", "/", 1)
                classless = _CLASSLESS_FILE.fullmatch(name) and slashed.encode() in path.read_bytes()
                yield slashed if classless else name

    def file_name(self, zone: str) -> str:
        """No path, ever; the `0/25` of RFC 2317 becomes `0-25`.  Raises ZoneFileError."""
        name = zone.lower()
        if _CLASSLESS.fullmatch(name):
            name = name.replace("/", "-")
        if not _FILE_NAME.fullmatch(name):
            what = "a file name has letters, digits, hyphens and underscores only"
            raise ZoneFileError(f"the zone {zone!r} has no file: {what}")
        return name + self.extension

    def file(self, zone: str) -> Path:
        """The zone's file, symbolic links resolved.  Raises ZoneFileError when that is elsewhere."""
        path = self.path / self.file_name(zone)
        return self._inside(path, str(path))

    def _inside(self, path: Path, where: str) -> Path:
        resolved = path.resolve()
        if not resolved.is_relative_to(self.path.resolve()):
            raise ZoneFileError(f"{where}: {resolved} is outside of {self.path}")
        return resolved

    def read(self, zone: str) -> Content | None:
        """The zone's file, None when there is none.  Raises ZoneFileError with file and line."""
        path = self.file(zone)
        try:
            parts = [path.read_bytes()]
        except FileNotFoundError:
            return None
        text = _INCLUDE.sub(lambda match: self._included(match, path, parts), _decoded(parts[0], path))
        digest = blake2b(b"".join(blake2b(part).digest() for part in parts)).digest()
        return Content(path, text, digest)

    def _included(self, match: re.Match[str], path: Path, parts: list[bytes]) -> str:
        """A `$INCLUDE` with its path absolute: dnspython would count from the working directory."""
        where = f"{path}:{match.string.count(chr(10), 0, match.start()) + 1}"
        included = self._inside(path.parent / match[2].strip('"'), where)
        try:
            parts.append(included.read_bytes())
        except OSError as error:
            raise ZoneFileError(f"{where}: $INCLUDE {match[2]}: {error.strerror}") from None
        if _INCLUDE.search(_decoded(parts[-1], included)):
            raise ZoneFileError(f"{included}: a $INCLUDE within an included file is not followed")
        return f'{match[1]}"{included}"'


def _decoded(data: bytes, path: Path) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ZoneFileError(f"{path}:{line}: byte {data[error.start]:#04x} is not UTF-8") from None


def read_regular(path: str | os.PathLike[str]) -> bytes | None:
    """A file's bytes; None when there is none, or only a symbolic link."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    # A quarter of the time that a file object takes, once for each of thousands of zones.
    try:
        parts = [os.read(descriptor, _BLOCK)]
        while len(parts[-1]) == _BLOCK:
            parts.append(os.read(descriptor, _BLOCK))
    finally:
        os.close(descriptor)
    return b"".join(parts)
