"""Zones that stand in octoDNS's own YAML, beside stszone's source or without it.

`diff` reads them with octoDNS's YamlProvider and makes no other provider: what a branch says is data,
and neither credentials nor anybody's classes are needed to compare it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import dns.rdataclass
import dns.rdatatype
import yaml
from dns.rdtypes.ANY.TXT import TXT
from octodns.provider import ProviderException
from octodns.provider.yaml import YamlProvider
from octodns.record import Record
from octodns.yaml import safe_load
from octodns.zone import DuplicateRecordException
from octodns.zone import Zone as OctoZone

from stszone.compiler import NameType
from stszone.errors import RuleError
from stszone.planning.config import Config, judge
from stszone.report import Finding
from stszone.rules import finding
from stszone.standards.names import to_a_labels
from stszone.standards.rrset import RRset

CLASSES: Mapping[str, Mapping[str, object]] = {
    "octodns.provider.yaml.YamlProvider": {},
    "octodns.provider.yaml.SplitYamlProvider": {"split_extension": ".", "disable_zonefile": True},
}
"""octoDNS's own classes that read YAML, with what sets them apart."""

_SETTINGS = (
    "default_ttl", "populate_should_replace", "split_extension", "shared_filename", "disable_zonefile",
    "escaped_semicolons",
)  # fmt: skip
"""What decides how files are read; the order of keys within a file changes no record."""

_TEXTS = ("TXT", "SPF")

Find = Callable[[str], Path | None]
"""Where a directory of octodns.yaml lies on one side; None for one outside of the repository."""


@dataclass(slots=True)
class YamlZone:
    """One zone on one side, as octoDNS reads it."""

    rrsets: dict[NameType, RRset] = field(default_factory=dict)
    entries: dict[NameType, Mapping[str, object]] = field(default_factory=dict)
    """What is written, without the TTL."""
    findings: list[Finding] = field(default_factory=list)
    unread: dict[NameType, object] = field(default_factory=dict)
    """RRsets that cannot be read, with what is written there; without a type, all of a name."""
    whole: bool = True
    """Whether every file could be read."""


class _Reader(YamlProvider):  # type: ignore[misc]  # octoDNS carries no types
    """octoDNS's reader of YAML, which goes on behind an entry that cannot be read."""

    def __init__(self, id: str, directory: Path, root: Path, show: Callable[[Path], str], **settings: Any):
        # Any: settings are as the configuration has them
        super().__init__(id, str(directory), enforce_order=False, **settings)
        self.log = logging.getLogger(f"YamlProvider[{id}]")
        self._root, self._show = root, show
        self.into = YamlZone()

    def files(self, zone: OctoZone) -> list[Path]:
        """The files that make a zone."""
        found = list(self._split_sources(zone)) if self.split_extension else []
        if not self.disable_zonefile and (file := self._zone_sources(zone)):
            found.append(file)
        if found and self.shared_filename:
            found.append(str(Path(self.directory, self.shared_filename)))
        return sorted(map(Path, found))

    def holds(self, path: Path) -> bool:
        """Whether a file is one of the repository's, wherever a link leads."""
        return path.resolve().is_relative_to(self._root) and path.is_file()

    def _populate_from_file(self, filename: str, zone: OctoZone, lenient: bool) -> None:
        path = Path(filename)
        try:
            data = self._load(path)
        except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
            self.into.whole = False
            mark = getattr(error, "problem_mark", None)
            what = getattr(error, "problem", None) or getattr(error, "strerror", None) or str(error)
            self._complain(zone, "INP001", what, path, (mark.line + 1, mark.column + 1) if mark else (1, 1))
            return
        for name, entries in data.items():
            for entry in entries if isinstance(entries, list) else [entries]:
                self._take(zone, path, str(name), entry)

    def _load(self, path: Path) -> Mapping[str, object]:
        """A file's data.  Raises what octoDNS does, and ValueError for what is no zone of this repository."""
        if not self.holds(path):
            raise ValueError("the file is outside of the repository")
        judge(path.read_text("utf-8"))
        with path.open(encoding="utf-8") as file:
            data = safe_load(file, enforce_order=False)
        if not isinstance(data, dict | None):
            raise ValueError("not a mapping of names to records")
        return data or {}

    def _take(self, zone: OctoZone, path: Path, name: str, entry: object) -> None:
        """One entry: an RRset, or what is wrong with it."""
        owner = _owner(name, zone)
        type_ = str(entry.get("type", "")) if isinstance(entry, dict) else ""
        key = owner, type_
        place = _place(entry)
        if not isinstance(entry, dict) or not type_:
            self._lose(zone, (owner, ""), entry, f"{owner} has no record type", path, place)
            return
        if type_ not in Record.registered_types() and "/" not in type_:
            self._lose(zone, (owner, ""), entry, f"{owner}: octoDNS knows no type {type_}", path, place)
            return
        written = dict(entry)
        try:
            rrset = self._rrset(zone, name, owner, dict(entry))
        except DuplicateRecordException:
            what = f"{owner} {type_} stands there twice, and octoDNS takes neither"
            self._complain(zone, "DNS006", what, path, place)
            return
        except Exception as error:  # noqa: BLE001 - records of any type, made leniently from any data
            self._lose(zone, key, entry, f"{owner} {type_}: {_reason(error)}", path, place)
            return
        self.into.rrsets[key] = rrset
        self.into.entries[key] = {one: value for one, value in written.items() if one != "ttl"}

    def _rrset(self, zone: OctoZone, name: str, owner: str, entry: dict[str, Any]) -> RRset:
        """An entry as an RRset.  Raises what octoDNS does."""  # Any: what YAML gave
        type_, ttl = entry["type"], entry.get("ttl", self.default_ttl)
        if type_ not in Record.registered_types():
            values = entry.get("values", entry.get("value"))
            values = values if isinstance(values, list) else [values]
            return RRset(owner, type_, int(ttl or 0), tuple(map(_plain, values)))
        if type_ in _TEXTS and not self.escaped_semicolons:
            for key in {"value", "values"} & entry.keys():
                entry[key] = _escaped(entry[key])
        record = Record.new(zone, name, {**entry, "ttl": ttl}, source=self, lenient=True)
        zone.add_record(record, lenient=True, replace=self.populate_should_replace)
        if type_ in _TEXTS:
            rdatas = tuple(_txt(value.replace("\\;", ";")) for value in record.values)
        elif "/" in type_:
            rdatas = tuple(_plain(dict(value)) for value in record.values)
        else:
            rdatas = tuple(record.to_rrset().rdatas)
        return RRset(owner, type_, int(record.ttl), rdatas)

    def _lose(
        self, zone: OctoZone, key: NameType, entry: object, what: str, path: Path, place: tuple[int, int]
    ) -> None:
        self.into.unread[key] = entry
        self._complain(zone, "INP003", what, path, place)

    def _complain(self, zone: OctoZone, rule: str, what: str, path: Path, place: tuple[int, int]) -> None:
        found = finding(rule, what, domain=zone.name.removesuffix("."))
        self.into.findings.append(found.located(self._show(path), *place))


def _owner(name: str, zone: OctoZone) -> str:
    """The absolute owner name, as stszone has names."""
    full = f"{name}.{zone.name}" if name else str(zone.name)
    try:
        return to_a_labels(full.removesuffix(".")).lower()
    except RuleError:
        return full.removesuffix(".").lower()


def _txt(text: str) -> str:
    """Any text as the rdata of a TXT, also one that would not be published by us."""
    octets = text.encode()
    chunks = [octets[at : at + 255] for at in range(0, len(octets), 255)] or [b""]
    return str(TXT(dns.rdataclass.IN, dns.rdatatype.TXT, chunks).to_text())


def _plain(value: object) -> str:
    """A value of a type that is one provider's own."""
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(value[key])}" for key in sorted(value, key=str))
    return value if isinstance(value, str) else json.dumps(value, default=str, sort_keys=True)


def _escaped(value: object) -> object:
    """A text as octoDNS has it inside."""
    if isinstance(value, list):
        return [_escaped(one) for one in value]
    return value.replace(";", "\\;") if isinstance(value, str) else value


def _reason(error: Exception) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 200 else f"{text[:200]}…"


def _place(entry: object) -> tuple[int, int]:
    """Where octoDNS's loader saw a mapping: `FILE, line 3, column 5`."""
    words = str(getattr(entry, "context", "")).rsplit(", ", 2)
    line, column = (word.rpartition(" ")[2] for word in (words[-2:] if len(words) == 3 else ("", "")))
    return (int(line), int(column)) if line.isdigit() and column.isdigit() else (1, 1)


@dataclass
class Source:
    """The YAML of one zone on one side, not read yet."""

    zone: str
    """Without the trailing dot."""
    readers: tuple[_Reader, ...]
    settings: tuple[object, ...]
    """How the files are read; where all is the same on both sides, so is the zone."""

    @cached_property
    def texts(self) -> list[tuple[str, bytes]]:
        """The files, by their name within their directory."""
        octo = OctoZone(f"{self.zone}.", [])
        return [
            (str(path.relative_to(reader.directory)), path.read_bytes() if reader.holds(path) else b"")
            for reader in self.readers
            for path in reader.files(octo)
        ]

    def is_same(self, other: Source) -> bool:
        """Whether the other side reads the same files in the same way."""
        return self.settings == other.settings and self.texts == other.texts

    def read(self) -> YamlZone:
        """The zone as octoDNS reads it; what is wrong becomes findings."""
        octo, into = OctoZone(f"{self.zone}.", []), YamlZone()
        for reader in self.readers:
            reader.into = into
            try:
                reader.populate(octo, lenient=True)
            except ProviderException:
                continue  # no file: the zone holds nothing from there
        return into


def yaml_zones(config: Config, find: Find, root: Path, show: Callable[[Path], str]) -> dict[str, Source]:
    """The zones that have a YamlProvider among their sources, by name.

    `root` is the repository, which no file may lead out of; `show` makes a path one for people.
    """
    readers = {}
    for name, entry in config.providers.items():
        own = CLASSES.get(str(entry.get("class")))
        directory = find(str(entry.get("directory", ""))) if own is not None else None
        if own is not None and directory is not None and directory.is_dir():
            settings = {key: entry[key] for key in _SETTINGS if key in entry} | dict(own)
            settings.setdefault("escaped_semicolons", True)
            reader = _Reader(name, directory, root, show, **settings)
            readers[name] = reader, (name, sorted(settings.items(), key=str))
    zones = {}
    for zone in _zones(config, {name: reader for name, (reader, _) in readers.items()}):
        entry_of = config.entry(zone)
        used = [readers[name] for name in (entry_of.sources if entry_of else ()) if name in readers]
        if used:
            zones[zone] = Source(zone, tuple(one for one, _ in used), tuple(how for _, how in used))
    return zones


def _zones(config: Config, readers: Mapping[str, _Reader]) -> Iterator[str]:
    """Zones that are named, and those that a `*` entry takes from its directories."""
    yield from sorted(config.named)
    seen = set(config.named)
    for entry in config.starred:
        for name in entry.sources:
            for listed in readers[name].list_zones() if name in readers else ():
                try:
                    zone = to_a_labels(listed).removesuffix(".")
                except RuleError:
                    continue  # a file that is no zone's
                if zone not in seen and entry.takes(zone):
                    seen.add(zone)
                    yield zone
