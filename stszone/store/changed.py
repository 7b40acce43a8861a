"""What changed since a commit: the mail domains that it is about, and what has to be read to plan them.

A mail domain changed when its file did, or a profile that the file extends, a key file that it names,
or its ledger.  providers/ says where every zone goes, so a change there is about all.  The plan
of what changed is the one that reading everything would give, for these mail domains.  Files that
cannot matter to them are not read, and nobody is told what is wrong in them; `check` tells.
"""

from __future__ import annotations

import ipaddress
import os
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from stszone.compiler import live_rrsets
from stszone.errors import InputError
from stszone.standards import spf
from stszone.standards.names import is_address, is_within
from stszone.standards.rrset import ADDRESSES, RRset, txt_text
from stszone.store import git, yaml_file
from stszone.store.layers import Profiles, read_layer
from stszone.store.ledger_file import FOLDER, SUFFIX
from stszone.store.relevant import Texts, listed_names
from stszone.store.repository import SUFFIXES, Hosting, Repository, read_repository
from stszone.store.state import State
from stszone.store.text import Matter, Text, names_in, upwards

OPTION = "--changed-since"

_MOST = 0.25
"""Where a larger part of the mail domains changed, it is quicker to read all."""

_SEVERAL = 1000
_WORDS = re.compile(r"[\s\"'\[\]{},:/#]+")
_REVERSE = (".in-addr.arpa", ".ip6.arpa")


@dataclass(frozen=True, slots=True)
class Reading:
    """A repository as far as it was read, and what it was read for."""

    state: State
    names: frozenset[str]
    """The mail domains that changed and that there still is something to say about."""
    files: int
    """How many of the mail domains' files were read."""
    of: int
    """How many there are."""


def read_changed(
    zones: Path, providers: Path, ref: str, hosting: Hosting, look: Callable[[Repository], State]
) -> Reading:
    """Read what changed since HEAD left a branch, a tag or a commit, and what can matter to it.

    `look` makes a state of a repository.  Raises InputError where git cannot tell what changed.
    """
    changed = _changed_files(zones, providers, ref)
    texts = Texts(zones)
    of = len(texts.files)
    if any(path.is_relative_to(_place(providers)) for path in changed.paths):
        state = look(read_repository(zones, hosting))
        return Reading(state, frozenset({*state.lives, *state.repository.layers}), of, of)
    names = _changed_domains(changed, texts)
    if len(names) > len(texts.described) * _MOST:
        state, count = look(read_repository(zones, hosting)), of
    else:
        state, count = _read_part(texts, hosting, names, look)
    known = state.lives.keys() | state.repository.layers.keys()
    return Reading(state, names & known, count, of)


# --- what git says -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Changed:
    """The files of a working tree that are not as in a commit."""

    root: Path
    base: str
    paths: frozenset[Path]
    zones: Path
    """The directory, links resolved, as `paths` have it."""


def _changed_files(zones: Path, providers: Path, ref: str) -> _Changed:
    root = git.find_root(zones)
    if root is None:
        raise InputError(f"{OPTION} {ref}: {zones} is in no git repository; plan without {OPTION}")
    place, beside = _place(zones), _place(providers)
    if not beside.is_relative_to(root):
        raise InputError(
            f"{OPTION} {ref}: {providers} is not in the git repository {root}, so nobody can tell whether it "
            f"changed; plan without {OPTION}"
        )
    base = git.merge_base(root, ref, OPTION)
    unasked = (place, beside / "octodns.yaml", beside / "stszone.yaml")  # whatever .gitignore says
    return _Changed(root, base, git.changed_files(root, base, unasked), place)


def _place(directory: Path) -> Path:
    return directory.resolve()


def _before(changed: _Changed, paths: Iterable[Path]) -> Iterator[tuple[Path, Text, dict[str, object]]]:
    """Files of mail domains as they were, with their own data, without that of profiles."""
    zones = changed.zones.relative_to(changed.root)
    there = [str(path.relative_to(changed.root)) for path in paths]
    with tempfile.TemporaryDirectory() as name:
        if there:
            several = len(there) < _SEVERAL  # a command line has an end
            git.extract(changed.root, changed.base, there if several else [str(zones)], Path(name))
        for path in there:
            copy = Path(name) / path
            if copy.is_file():
                layer = read_layer(copy)
                data = {**layer.data, "extends": layer.extends}
                yield changed.root / path, Text(copy.parent, copy.name), data


# --- the mail domains ----------------------------------------------------------------------------


def _changed_domains(changed: _Changed, texts: Texts) -> frozenset[str]:
    """The mail domains that changed, also those that no file describes any more."""
    own, profiles, others = set[Path](), set[str](), set[Path]()
    names = set[str]()
    for path in changed.paths:
        if path.parent == changed.zones and path.suffix in SUFFIXES and path.name[0] not in "._":
            own.add(path)
        elif path.parent == changed.zones and path.name.startswith("_") and path.suffix == ".yaml":
            profiles.add(path.stem.removeprefix("_"))
        elif path.parent == changed.zones / FOLDER and path.suffix == SUFFIX:
            names.add(path.name.removesuffix(SUFFIX))
        else:
            others.add(path)
    before = {path: (text, data) for path, text, data in _before(changed, own)}
    keys = _KeyFiles(others)
    for file in texts.files:
        path = changed.zones / file.file
        if path in own:
            names.update(_names_of_file(texts, file, before.pop(path, None)))
        elif _extends(texts, file, profiles) or keys.used(texts, file):
            names.update(texts.names(file))
    for text, data in before.values():
        names.update(listed_names(data, text.name))
    return frozenset(names)


def _names_of_file(texts: Texts, file: Text, before: tuple[Text, dict[str, object]] | None) -> set[str]:
    """The mail domains of a file that changed: those that it is about, and those that it was about."""
    now = set(texts.names(file))
    if before is None:
        return now
    text, data = before
    then = set(listed_names(data, text.name))
    layer = read_layer(file.path)
    same = {**layer.data, "extends": layer.extends, "domains": None} == {**data, "domains": None}
    # In a file of many mail domains of which one came or went, the others are as they were.
    return now ^ then if same and now != then and not layer.problems else now | then


def _extends(texts: Texts, file: Text, profiles: set[str]) -> bool:
    """Whether a file extends one of these profiles, directly or not; true where nobody can tell."""
    if not profiles or "defaults" in profiles:
        return bool(profiles)
    speaking = [one.text for one in texts.speaking(file)]
    if not file.odd and not any(name.lower() in text for name in profiles for text in speaking):
        return False
    layer = read_layer(file.path)
    return bool(layer.problems) or not profiles.isdisjoint(_stack(texts.layers, layer.extends, set()))


def _stack(layers: Profiles, extends: Iterable[str], seen: set[str]) -> set[str]:
    """The names of all profiles below a file."""
    for name in ("_defaults", *extends):
        plain = name.removeprefix("_")
        if plain not in seen:
            seen.add(plain)
            layer = layers.get(name)
            _stack(layers, layer.extends if layer else (), seen)
    return seen


class _KeyFiles:
    """Files that may be DKIM keys of mail domains: all that changed and that stszone does not read itself."""

    def __init__(self, paths: set[Path]) -> None:
        self._paths = paths
        self._ends = {_WORDS.split(path.name.lower())[-1] for path in paths}
        self._all = "\n".join(map(str, paths)).lower()

    def used(self, texts: Texts, file: Text) -> bool:
        """Whether a file, or a profile of it, names one of these as a key; true where nobody can tell."""
        if not self._paths or not self._mentioned(texts, file):
            return False
        read = texts.layer(file)
        if read is None:
            return True
        directory = texts.directory.resolve()
        named = [directory / one for one in _key_files(read[1], texts.names(file))]
        forms = {Path(form(one)) for one in named for form in (os.path.normpath, os.path.realpath)}
        return not forms.isdisjoint(self._paths)

    def _mentioned(self, texts: Texts, file: Text) -> bool:
        """Whether the text looks so: one of the names stands in it, or is made of the mail domain's."""
        speaking = texts.speaking(file)
        if any(one.odd for one in speaking):
            return True
        if not any(one.reads_keys for one in speaking):
            return False
        if any(not self._ends.isdisjoint(_WORDS.split(one.text)) for one in speaking):
            return True
        filled = any("{domain}" in one.text for one in speaking)
        return filled and any(name in self._all for name in texts.among(file))


def _key_files(data: Mapping[str, object], names: Iterable[str]) -> Iterator[str]:
    selectors = data.get("dkim")
    for selector in selectors.values() if isinstance(selectors, dict) else ():
        key = selector.get("key") if isinstance(selector, dict) else None
        if isinstance(key, str):
            yield from {key.replace(yaml_file.DOMAIN, name) for name in names}


# --- what matters to them ------------------------------------------------------------------------


def _read_part(
    texts: Texts, hosting: Hosting, names: frozenset[str], look: Callable[[Repository], State]
) -> tuple[State, int]:
    """Read these mail domains and all that can matter to them, until nothing more can."""
    matter = Matter(names, frozenset())
    part = texts.part(matter)  # of the mail domains alone; their zones show what else there is
    while True:
        state = look(read_repository(texts.directory, hosting, part=part))
        matter |= _matter(state, names, texts.zones | hosting.zones)
        more = texts.part(matter)
        if more == part:
            return state, len(part.files)
        part = more


def _matter(state: State, names: frozenset[str], zones: frozenset[str]) -> Matter:
    """What can bear on the records of some mail domains, as far as a state shows it.

    These are the zones that they have records in, belong to, or point into, also by way of others'
    aliases and SPF; names at which others might publish too; hosts that they take away.
    """
    wanted, mentioned, held = set[str](), set[str](), set[str]()
    gone, reverse = set[str](), set[str]()
    for name in names & state.lives.keys():
        live, ledger = state.lives[name], state.repository.ledgers.get(name)
        if live.wanted is not None:
            held.add(live.wanted.zone)
            mentioned |= names_in(str(live.wanted.model_dump(warnings=False)))
        for rrset in live_rrsets(live):
            wanted.add(rrset.name)
            mentioned |= _pointed(rrset)
        for _, zone, owner, type_ in ledger.owned if ledger else ():
            held.add(zone)
            wanted.add(owner)
            compiled = state.compiled.zones.get(zone)
            if type_ in ADDRESSES and (compiled is None or (owner, type_) not in compiled.rrsets):
                gone.add(owner)
    for rrset in state.compiled.rrsets().values():
        if rrset.type == "CNAME" or (rrset.type == "TXT" and any(map(_is_spf, rrset.rdatas))):
            mentioned |= _pointed(rrset)
    above = {upper for name in (*names, *wanted, *mentioned) for upper in upwards(name)}
    reverse = {address for name in wanted if (address := _address(name))}
    outside = frozenset(one for one in wanted if not any(is_within(one, name) for name in names))
    return Matter(names, (zones & above) | held, outside, frozenset(gone), frozenset(reverse))


def _pointed(rrset: RRset) -> set[str]:
    texts = map(txt_text, rrset.rdatas) if rrset.type == "TXT" else rrset.rdatas
    return names_in("\n".join(texts))


def _is_spf(rdata: str) -> bool:
    return spf.is_spf(txt_text(rdata))


def _address(name: str) -> str | None:
    """The address of a PTR record's name."""
    if not name.endswith(_REVERSE):
        return None
    labels = name.removesuffix(_REVERSE[0]).removesuffix(_REVERSE[1]).split(".")[::-1]
    if name.endswith(_REVERSE[0]):
        return ".".join(labels) if is_address(".".join(labels)) else None
    nibbles = "".join(labels)
    try:
        return str(ipaddress.IPv6Address(bytes.fromhex(nibbles))) if len(nibbles) == 32 else None
    except ValueError:
        return None
