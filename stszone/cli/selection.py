"""DOMAIN on the command line: names and globs of mail domains."""

from __future__ import annotations

import fnmatch
from collections.abc import Container, Iterable, Sequence
from pathlib import PurePath

from stszone.errors import InputError, RuleError
from stszone.standards.names import to_a_labels
from stszone.store.repository import SUFFIXES
from stszone.store.state import State


def choose(state: State, patterns: Sequence[str]) -> frozenset[str]:
    """The mail domains that a command is about; all, where none is named.

    Raises InputError for a pattern that takes none, unless a file that could not be read may hold it.
    """
    known = {*state.lives, *state.repository.layers}
    wanted = [_a_labels(pattern) for pattern in patterns]
    for given, pattern in zip(patterns, wanted, strict=True):
        if not _select(known, [pattern]) and not state.repository.unread:
            raise InputError(f"no mail domain matches {given}{_hint(known, given)}")
    return _select(known, wanted)


def _hint(known: Container[str], given: str) -> str:
    """What may be meant by the path of a file."""
    name, suffix = PurePath(given).stem, PurePath(given).suffix
    return f"; name the mail domain: {name}" if suffix in SUFFIXES and name in known else ""


def matching(names: Iterable[str], patterns: Sequence[str]) -> frozenset[str]:
    """Those of some mail domains that a command is about.  Raises InputError for what is no pattern."""
    return _select(names, [_a_labels(pattern) for pattern in patterns])


def _a_labels(pattern: str) -> str:
    try:
        return to_a_labels(pattern).removesuffix(".").lower()
    except RuleError as error:
        raise InputError(f"{error.what}; in a pattern with * write A-labels") from None


def _select(names: Iterable[str], patterns: Sequence[str]) -> frozenset[str]:
    return frozenset(n for n in names if not patterns or any(fnmatch.fnmatchcase(n, one) for one in patterns))
