"""What a command runs with: directories, format, the clock, and where output goes."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import click

from stszone.cli import ci
from stszone.errors import InputError
from stszone.ledger import format_time, parse_time
from stszone.lifecycle import OVERRIDABLE
from stszone.planning.config import Config, read_config
from stszone.render.text import lines
from stszone.render.words import plural
from stszone.rules import RULES
from stszone.store.changed import OPTION, read_changed
from stszone.store.ledger_file import ledger_lock
from stszone.store.repository import Hosting, Repository, read_repository
from stszone.store.settings import Settings, read_settings
from stszone.store.state import NOT_GUARDS, State, state_at

NOW = "STSZONE_NOW"


def read_clock() -> tuple[datetime, bool]:
    """The time, and whether it is a rehearsed one.  Raises InputError."""
    text = os.environ.get(NOW)
    if not text:
        return datetime.now(UTC).replace(microsecond=0), False
    try:
        return parse_time(text), True
    except ValueError:
        raise InputError(f"{NOW}={text}: not a time; write it as 2026-12-24T00:00:00Z") from None


def rehearsed_now() -> datetime | None:
    """The time for a message about an error, which may be that nobody can tell it."""
    try:
        return read_clock()[0]
    except InputError:
        return None


@dataclass(frozen=True)
class Session:
    """One run of one command."""

    zones: Path
    providers: Path
    format: str
    allow: tuple[str, ...] = ()
    reason: str = ""
    _clock: tuple[datetime, bool] = field(default_factory=read_clock)

    @property
    def now(self) -> datetime:
        """The moment that this run is about."""
        return self._clock[0]

    def clock(self) -> datetime:
        """The time of an act: the real one, unless the run is a rehearsal."""
        return self.now if self.rehearsal else datetime.now(UTC)

    def with_allow(self, allow: tuple[str, ...], reason: str) -> Session:
        """The same run with guards overridden.  Raises InputError."""
        if unknown := [rule for rule in allow if rule not in RULES]:
            raise InputError(f"--allow {unknown[0]}: no such rule; `stszone explain` lists them")
        if firm := [rule for rule in allow if rule.startswith(NOT_GUARDS)]:
            raise InputError(
                f"--allow {firm[0]}: cannot be overridden; INP, LED and TGT rules say what cannot be read or "
                "written, only the rules about mail itself are guards: `stszone explain` lists them"
            )
        if idle := [rule for rule in allow if not (RULES[rule].blocks or rule in OVERRIDABLE)]:
            raise InputError(f"--allow {idle[0]}: {idle[0]} holds nothing back, so there is nothing to allow")
        if allow and not reason.strip():
            raise InputError("--allow needs --reason TEXT; it is written to the ledger")
        return replace(self, allow=allow, reason=reason)

    @property
    def rehearsal(self) -> bool:
        """Whether the time is not the real one."""
        return self._clock[1]

    def say(self, text: str, *, aside: bool = False) -> None:
        """Print a report for people, or aside, on stderr; the first line of a rehearsal says so."""
        if self.rehearsal and self.format != "json":
            click.echo(f"Rehearsal: the time is taken as {format_time(self.now)} ({NOW}).", err=aside)
        stream = sys.stderr if aside else sys.stdout
        colour = None if stream.isatty() and "NO_COLOR" not in os.environ else False
        click.echo(text, nl=not text.endswith("\n"), err=aside, color=colour)

    def note(self, text: str) -> None:
        """Say something beside the report, on stderr."""
        click.echo(ci.harmless(lines(text)), err=True)

    def writing(self) -> AbstractContextManager[None]:
        """The right to write to the ledgers while a command runs.  Raises RefusedError."""
        return ledger_lock(self.zones) if self.zones.is_dir() else nullcontext()

    def read(self) -> tuple[Config, Settings, State]:
        """Both directories, at the time of this run.  Raises InputError."""
        config, settings, hosting = self._hosting()
        # All that is read stays to the end of the run: looking for garbage in it costs a fifth.
        gc.disable()
        state = self._look(read_repository(self.zones, hosting))
        gc.freeze()
        gc.enable()
        return config, settings, state

    def read_changed(self, ref: str) -> tuple[Config, Settings, State, frozenset[str]]:
        """What changed since HEAD left a branch, and what can matter to it; the mail domains that changed.

        Nothing is known about other mail domains, so the state is for a plan of these only.
        Raises InputError.
        """
        config, settings, hosting = self._hosting()
        gc.disable()
        reading = read_changed(self.zones, self.providers, ref, hosting, self._look)
        gc.freeze()
        gc.enable()
        self.note(
            f"{OPTION} {ref}: {plural(len(reading.names), 'mail domain')} changed, and nothing is said about "
            f"others; read {reading.files} of {plural(reading.of, 'file')}"
        )
        return config, settings, reading.state, reading.names

    def _hosting(self) -> tuple[Config, Settings, Hosting]:
        if not self.zones.is_dir():
            raise InputError(
                f"{self.zones}: no such directory; run stszone where it is, give --zones, "
                "or begin with `stszone init`"
            )
        config, settings = read_config(self.providers), read_settings(self.providers)
        return config, settings, Hosting(config.zones, config.dynamic, frozenset(settings.policy_hosts))

    def _look(self, repository: Repository) -> State:
        return state_at(repository, self.now, self.allow)

    def progress(self, items: Iterable[str], count: int, label: str) -> Iterator[str]:
        """A bar on a terminal's stderr for what takes long; nothing elsewhere."""
        if count < 50 or not sys.stderr.isatty():
            yield from items
            return
        with click.progressbar(items, length=count, label=label, file=sys.stderr) as bar:
            yield from bar
