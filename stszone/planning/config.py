"""providers/octodns.yaml as stszone needs it: which zones there are and where they go."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from stszone.errors import InputError, RuleError
from stszone.standards.names import to_a_labels

FILE = "octodns.yaml"
SOURCE = "stszone.planning.source.MailSource"
SCOPE = "stszone.planning.processor.MailScope"
ZONEFILE = "stszone.planning.zonefile.ZoneFile"

_KINDS = (
    (bool, "a boolean"),
    (int | float, "a number"),
    (str, "a text"),
    (list, "a list"),
    (dict, "a mapping"),
)
_QUOTED = re.compile(r"(?<= )'(?!<)[^']{2,}'|\"[^\"]{2,}\"")
"""A piece of the file within a message of PyYAML, which quotes its own tokens as `'<mapping end>'`."""


_MAX_NODES = 2_000_000
"""Values of one file with all its aliases written out."""

_MAX_REGEX, _MAX_PARTS = 200, 3
"""Characters of a pattern; its groups, and its quantifiers, each of which multiplies the time it takes."""


@dataclass(frozen=True, slots=True)
class ZoneEntry:
    """One entry of `zones:`."""

    pattern: str
    sources: tuple[str, ...]
    processors: tuple[str, ...]
    targets: tuple[str, ...]
    glob: str | None = None
    regex: str | None = None

    def takes(self, zone: str) -> bool:
        """Whether a `*` entry takes a zone (without trailing dot), as octoDNS decides it."""
        if self.regex is not None:
            return re.search(self.regex, f"{zone}.") is not None
        return self.glob is None or fnmatch.fnmatch(f"{zone}.", self.glob)


@dataclass(frozen=True, slots=True)
class Config:
    """The parts of an octoDNS configuration that decide where a zone goes."""

    path: Path
    providers: Mapping[str, Mapping[str, Any]]  # Any: what each class asks for is its own
    named: Mapping[str, ZoneEntry]
    """Zones by name, without the trailing dot."""
    starred: tuple[ZoneEntry, ...]
    source: str
    """The id of stszone's own source."""
    scope: str
    """The id of stszone's own processor."""
    processors: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    secret_handlers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """What octoDNS takes secrets from, beside the environment."""

    @property
    def zones(self) -> frozenset[str]:
        """Named zones that stszone is a source of."""
        return frozenset(name for name, entry in self.named.items() if self.source in entry.sources)

    def entry(self, zone: str) -> ZoneEntry | None:
        """The entry that a zone goes by."""
        if zone in self.named:
            return self.named[zone]
        return next((entry for entry in self.starred if entry.takes(zone)), None)

    def dynamic(self, zone: str) -> bool:
        """Whether a `*` entry that stszone is a source of takes a zone."""
        return any(entry.takes(zone) and self.source in entry.sources for entry in self.starred)

    def targets(self, zone: str) -> tuple[str, ...]:
        """The ids of a zone's targets."""
        entry = self.entry(zone)
        return entry.targets if entry else ()

    def class_of(self, provider: str) -> str:
        """The class path of a provider."""
        return str(self.providers.get(provider, {}).get("class", ""))


def read_config(providers: Path, *, plain: bool = False) -> Config:
    """Read providers/octodns.yaml.  Raises InputError.

    `plain`: it may also be a configuration that stszone has no part in, and it is data of a branch, which
    may neither lead to other files nor take time or memory without end.
    """
    path = providers / FILE
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        fix = "give --providers, or run `stszone init` in a new repository"
        raise InputError(f"{path}: {error.strerror}; it says where zones go; {fix}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}") from None
    data = _load(path, text, plain)
    zones = _mapping(path, data, "zones")
    providers_, processors, handlers = (
        {str(name): _mapping(path, entries, name, f"{key}.{name}") for name in entries}
        for key in ("providers", "processors", "secret_handlers")
        for entries in [_mapping(path, data, key)]
    )
    source, scope = _id_of(path, providers_, SOURCE, plain), _id_of(path, processors, SCOPE, plain)
    named: dict[str, ZoneEntry] = {}
    starred: list[ZoneEntry] = []
    for name, entry in zones.items():
        read = _entry(path, str(name), entry)
        if plain and not is_plain(read.regex or ""):
            raise InputError(f"{path}: zones.{name}.regex: {_TOO_MUCH}")
        _require_scope(path, read, source, scope)
        if read.pattern.startswith("*"):
            starred.append(read)
        else:
            zone = _zone_name(path, read.pattern)
            if zone in named:
                raise InputError(f"{path}: zones.{name} is {named[zone].pattern} again; join the two")
            named[zone] = read
    return Config(path, providers_, named, tuple(starred), source, scope, processors, handlers)


def _zone_name(path: Path, name: str) -> str:
    """A zone as stszone names it: A-labels, no trailing dot."""
    try:
        return to_a_labels(name).removesuffix(".")
    except RuleError as error:
        raise InputError(f"{path}: zones.{name}: {error.what}") from None


def _load(path: Path, text: str, plain: bool) -> Mapping[str, object]:
    try:
        if plain:
            judge(text)
        data = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - both are safe
    except yaml.constructor.ConstructorError:
        # octoDNS's own tags, such as !include; its loader is exact and ten times slower.
        data = _load_tagged(path)
    except yaml.YAMLError as error:
        raise _unreadable(path, error) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path}: {error}") from None
    if not isinstance(data, dict):
        raise InputError(f"{path}: not a mapping with providers and zones")
    return data


def judge(text: str) -> None:
    """What octoDNS would follow into other files, or write out beyond all measure.  Raises ValueError.

    Its tag !include reads any file of the machine, and aliases of aliases grow without end.
    """
    sizes: dict[int, int] = {}

    def size(node: yaml.Node) -> int:
        if id(node) not in sizes:
            if not node.tag.startswith("tag:yaml.org,2002:"):
                raise ValueError(f"the tag {node.tag}, which is not followed here")
            sizes[id(node)] = _MAX_NODES  # until it is known: an alias that contains itself
            inner = [node.value] if isinstance(node, yaml.ScalarNode) else node.value
            parts = (part for one in inner for part in (one if isinstance(one, tuple) else (one,)))
            sizes[id(node)] = 1 + sum(size(part) for part in parts if isinstance(part, yaml.Node))
        return sizes[id(node)]

    root = yaml.compose(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    if root is not None and size(root) >= _MAX_NODES:
        raise ValueError(f"more than {_MAX_NODES} values")


_TOO_MUCH = (
    f"not tried on zones, as it may take for ever; diff takes up to {_MAX_REGEX} characters, {_MAX_PARTS} "
    f"groups and {_MAX_PARTS} quantifiers, and no quantifier behind a group"
)


def is_plain(regex: str) -> bool:
    """Whether a regular expression is sure to be done with a name soon.

    >>> is_plain(r"^.*\\.example\\.(com|net)\\.$"), is_plain("(a+)+$"), is_plain("a?" * 20)
    (True, False, False)
    """
    bare = re.sub(r"\\(.)", lambda found: "(?P=" if found[1] in "123456789" else "x", regex, flags=re.DOTALL)
    quantifiers = len(re.findall(r"[*+{]|(?<!\()\?", bare))
    if len(regex) > _MAX_REGEX or bare.count("(") > _MAX_PARTS or quantifiers > _MAX_PARTS:
        return False
    return not re.search(r"\)[*+{]|\(\?P=", bare)  # what is repeated in a repetition, or referred to


def _load_tagged(path: Path) -> object:
    from octodns.yaml import safe_load

    try:
        with path.open(encoding="utf-8") as file:
            return safe_load(file, enforce_order=False)
    except yaml.YAMLError as error:
        raise _unreadable(path, error) from None
    except OSError as error:
        raise InputError(f"{path}: {error.filename}: {error.strerror}") from None


def _unreadable(path: Path, error: yaml.YAMLError) -> InputError:
    """Where the YAML ends to be YAML.  Neither the line nor a quoted word is shown: secrets stand here."""
    mark = getattr(error, "problem_mark", None)
    place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else str(path)
    what = getattr(error, "problem", None) or "not YAML"
    return InputError(f"{place}: {re.sub(_QUOTED, '…', what)}")


def _mapping(path: Path, data: Mapping[str, object], key: str, place: str = "") -> Mapping[str, object]:
    value = data.get(key) or {}
    if not isinstance(value, dict):
        raise InputError(f"{path}: {place or key} is {kind(value)}; a mapping belongs here")
    return value


def kind(value: object) -> str:
    """What a value is, in the words of YAML.  Messages about providers/ say this and not the value."""
    return next((word for type_, word in _KINDS if isinstance(value, type_)), "nothing")


def _id_of(path: Path, entries: Mapping[str, Mapping[str, object]], class_path: str, plain: bool) -> str:
    found = [name for name, entry in entries.items() if entry.get("class") == class_path]
    if plain and not found:
        return ""
    if len(found) != 1:
        raise InputError(f"{path}: {len(found)} entries of class {class_path}; there has to be one")
    return found[0]


def _entry(path: Path, name: str, entry: object) -> ZoneEntry:
    if not isinstance(entry, dict):
        raise InputError(
            f"{path}: zones.{name} is {kind(entry)}; "
            "a mapping with sources, processors and targets belongs here"
        )
    lists = {}
    for key in ("sources", "processors", "targets"):
        value = entry.get(key) or []
        if not isinstance(value, list):
            raise InputError(f"{path}: zones.{name}.{key} is {kind(value)}; a list belongs here")
        lists[key] = tuple(map(str, value))
    for key in ("glob", "regex"):
        if not isinstance(entry.get(key), str | None):
            raise InputError(f"{path}: zones.{name}.{key} is {kind(entry[key])}; a text belongs here")
    glob, regex = entry.get("glob"), entry.get("regex")
    try:
        re.compile(regex or "")
    except re.error as error:
        raise InputError(f"{path}: zones.{name}.regex: {error}") from None
    return ZoneEntry(name, **lists, glob=glob, regex=regex)


def _require_scope(path: Path, entry: ZoneEntry, source: str, scope: str) -> None:
    """Without the processor, octoDNS would take the zone for wholly ours and delete the rest."""
    if source in entry.sources and scope not in entry.processors:
        raise InputError(
            f"{path}: zones.{entry.pattern} has the source {source} without the processor {scope}; octoDNS "
            f"would delete every record that is not stszone's; add processors: [{scope}]"
        )
