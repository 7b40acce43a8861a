"""Which files of a zones/ directory can matter to some mail domains, told from their text alone.

Most of the time of a plan goes into YAML and ledgers that have nothing to do with what changed.
To look for a name in the bytes of a file takes a thousandth of that.  Where the text does not say
for certain, the file counts as one that matters.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable, Iterator
from functools import cached_property
from pathlib import Path

from stszone.errors import RuleError
from stszone.standards.names import parse_host
from stszone.store import yaml_file
from stszone.store.layers import DEFAULTS, Layer, ProfileError, Profiles, read_layer
from stszone.store.ledger_file import FOLDER, SUFFIX, domains_with_ledger
from stszone.store.repository import SUFFIXES, Part
from stszone.store.text import NAME, Matter, Text, octets, upwards

_LEDGER_NAMES = re.compile(rb"\"(?:name|zone)\"\s*:\s*\"([^\"]*)\"")
_FEW = 16
"""Names for which a text is searched one by one."""


class Texts:
    """All YAML files of a zones/ directory, and its ledgers, as text."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        files = sorted(name for name in os.listdir(directory) if name.endswith(SUFFIXES))
        self.files = [Text(directory, name) for name in files if not name.startswith((".", "_"))]
        own = (name for name in files if name.startswith("_") and name.endswith(".yaml"))
        self.profiles = {name[1:].removesuffix(".yaml").lower(): Text(directory, name) for name in own}
        self.layers = Profiles(directory)
        self._chains: dict[frozenset[str], tuple[str, ...]] = {}
        self._held: dict[frozenset[bytes], frozenset[str]] = {}

    def chain(self, file: Text) -> tuple[str, ...]:
        """The profiles that a file may extend, directly or not: those whose names it mentions."""
        mentioned = frozenset(self._mentioned(file))
        if mentioned not in self._chains:
            known, rest = set(mentioned), list(mentioned)
            while rest:
                more = self._mentioned(self.profiles[rest.pop()]) - known
                known |= more
                rest += more
            self._chains[mentioned] = tuple(sorted(known))
        return self._chains[mentioned]

    def speaking(self, file: Text) -> list[Text]:
        """A file, and the profiles that it may extend."""
        return [file, *(self.profiles[name] for name in self.chain(file))]

    def _mentioned(self, file: Text) -> set[str]:
        defaults = DEFAULTS.removeprefix("_")
        return {name for name in self.profiles if file.odd or name in file.text or name == defaults}

    def layer(self, file: Text) -> tuple[Layer, dict[str, object]] | None:
        """A file parsed, and its data over that of its profiles; None if something in it is wrong."""
        layer = read_layer(file.path)
        try:
            below, weak = self.layers.under(layer.extends)
        except ProfileError:
            return None
        if any(one.problems for one in (layer, *below)):
            return None
        return layer, {**weak, **layer.data}

    def names(self, file: Text) -> list[str]:
        """The mail domains of a file; its own name where it cannot be read."""
        read = self.layer(file) if self._lists(file) else None
        return listed_names(read[1], file.name) if read else [file.name] if file.name else []

    def _lists(self, file: Text) -> bool:
        return file.lists or not self._listing.isdisjoint(self.chain(file))

    @cached_property
    def _listing(self) -> frozenset[str]:
        return frozenset(name for name, profile in self.profiles.items() if profile.lists)

    def among(self, file: Text) -> Collection[str]:
        """The names among which the mail domains of a file are."""
        if not self._lists(file):
            return (file.name,)
        lists = (self.profiles[name] for name in self._listing.intersection(self.chain(file)))
        return {file.name}.union(*(NAME.findall(one.text) for one in (file, *lists)))

    @cached_property
    def described(self) -> frozenset[str]:
        """The names among which all mail domains with a file are."""
        return frozenset(name for file in self.files for name in self.among(file))

    @cached_property
    def ledgers(self) -> tuple[str, ...]:
        """The mail domains with a ledger."""
        return tuple(domains_with_ledger(self.directory))

    @cached_property
    def zones(self) -> frozenset[str]:
        """Every name that may be a zone because some file or ledger says so."""
        profiles = {name: profile.zones for name, profile in self.profiles.items()}
        found = set[str]()
        for file in self.files:
            found.update(file.zones, *(profiles[name] for name in self.chain(file)))
        return self.described.union(found, *map(self._zones_held, self._lone))

    def _zones_held(self, name: str) -> frozenset[str]:
        """The zones in a ledger of which no file is known; they may hold something of ours."""
        return frozenset(map(_decoded, _LEDGER_NAMES.findall(self._ledger(name))))

    def _ledger(self, name: str) -> bytes:
        try:
            return octets(f"{self.directory}/{FOLDER}/{name}{SUFFIX}")
        except OSError:
            return rb"\u"  # it says for itself what is wrong

    def part(self, matter: Matter) -> Part:
        """The files and mail domains that may matter."""
        holding = self._holding(matter) if matter.zones else frozenset[str]()
        near = {upper for name in matter.zones | matter.hosts for upper in upwards(name)}
        near |= {host.removeprefix("mta-sts.") for host in matter.hosts}

        def takes(name: str) -> bool:
            about = name in matter.domains or name in holding or name in near
            return about or any(upper in matter.zones for upper in upwards(name))

        always = {name for name, profile in self.profiles.items() if profile.matters(matter)}
        files, domains = set[Path](), {*matter.domains, *holding}
        for file in self.files:
            whole = not always.isdisjoint(self.chain(file)) or file.matters(matter)
            if whole or any(map(takes, self.among(file))):
                kept = [name for name in self.names(file) if whole or takes(name)]
                domains.update(kept)
                files.add(file.path)
        return Part(frozenset(files), frozenset(domains))

    def _holding(self, matter: Matter) -> frozenset[str]:
        """The mail domains whose ledgers hold a name that matters."""
        needles = {f'{mark}{name}"' for name in matter.domains for mark in '."'}
        needles |= {f'"{name}"' for name in matter.keys} | matter.hosts
        wanted = frozenset(needle.encode() for needle in needles)
        if wanted not in self._held:
            test = self._few if len(wanted) <= _FEW or matter.hosts else self._many
            self._held[wanted] = frozenset(test(wanted))
        lone = (name for name in self._lone if _any_within(self._zones_held(name), matter.zones))
        return self._held[wanted].union(lone)

    def _few(self, needles: Collection[bytes]) -> Iterator[str]:
        for name in self.ledgers:
            data = self._ledger(name).lower()
            if b"\\u" in data or any(needle in data for needle in needles):
                yield name

    def _many(self, needles: Collection[bytes]) -> Iterator[str]:
        exact = {needle.strip(b'"') for needle in needles if needle.startswith(b'"')}
        below = {needle.strip(b'."').decode() for needle in needles if needle.startswith(b".")}
        for name in self.ledgers:
            data = self._ledger(name)
            held = set(_LEDGER_NAMES.findall(data))
            if b"\\u" in data or not exact.isdisjoint(held) or _any_within(map(_decoded, held), below):
                yield name

    @cached_property
    def _lone(self) -> tuple[str, ...]:
        """The mail domains with a ledger and without a file, whose zones are the repository's too."""
        return tuple(name for name in self.ledgers if name not in self.described)


def _any_within(names: Iterable[str], zones: Collection[str]) -> bool:
    return any(upper in zones for name in names for upper in upwards(name))


def _decoded(name: bytes) -> str:
    return name.decode("utf-8", "replace")


def listed_names(data: dict[str, object], own: str) -> list[str]:
    """The mail domains that a file's data is about: its `domains`, else its own name."""
    listed = data.get("domains")
    if listed is None:
        return [own] if own else []
    names = []
    for name in listed if isinstance(listed, list) else ():
        try:
            names.append(parse_host(yaml_file.as_written(str(name))))
        except RuleError:
            continue  # the repository complains about it
    return names
