"""zones/ledger/DOMAIN.jsonl: reading and appending."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from stszone.errors import RefusedError, RuleError
from stszone.ledger import Event, Ledger, format_event, replay
from stszone.standards.names import parse_host
from stszone.store.atomic import append_lines

FOLDER = "ledger"
SUFFIX = ".jsonl"


def ledger_path(zones: Path, domain: str) -> Path:
    """Where a domain's ledger stands.  Raises RuleError for what is not a domain name."""
    return zones / FOLDER / f"{parse_host(domain)}{SUFFIX}"


def read_ledger(zones: Path, domain: str) -> Ledger:
    """A domain's ledger; an empty one if it has none.

    A last line that a crash cut short is passed over: it was written before its act.
    Raises RuleError (LED001).
    """
    try:
        data = ledger_path(zones, domain).read_bytes()
    except FileNotFoundError:
        return Ledger(domain)
    try:
        text = data[: whole(data)].decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise RuleError("LED001", f"line {line}: not UTF-8 at byte {error.start}") from None
    return replay(domain, text.split("\n"))


def whole(data: bytes) -> int:
    """How much of a ledger counts: all but a last line that is no JSON.

    A last line without its end of line may also be whole, after an editor took the end away.
    """
    start = data.rfind(b"\n") + 1
    try:
        json.loads(data[start:])
    except (ValueError, RecursionError):
        return start
    return len(data)


def domains_with_ledger(zones: Path) -> list[str]:
    """The mail domains that have a ledger, whether or not they still have a file."""
    folder = zones / FOLDER
    return (
        sorted(path.name.removesuffix(SUFFIX) for path in folder.glob(f"*{SUFFIX}"))
        if folder.is_dir()
        else []
    )


@contextmanager
def ledger_lock(zones: Path) -> Iterator[None]:
    """The right to write to the ledgers of a zones/ directory.  Raises RefusedError where another has it.

    The directory itself is locked, so that nothing is left behind, whatever becomes of the process.
    """
    handle = os.open(zones, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise RefusedError(f"another stszone is writing to {zones / FOLDER}; wait for it to end") from None
    finally:
        os.close(handle)


def append_events(zones: Path, domain: str, events: Sequence[Event]) -> None:
    """Write events to a domain's ledger, before the acts that they record.  Raises OSError."""
    if events:
        append_lines(ledger_path(zones, domain), [format_event(event) for event in events], whole)
