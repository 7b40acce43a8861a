"""The repository: every mail domain of a zones/ directory, with its ledger, at a moment in time."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.ledger import Ledger
from stszone.report import Finding, Key
from stszone.rules import finding
from stszone.standards import mta_sts, records
from stszone.standards.names import longest_zone, parse_host
from stszone.store import yaml_file
from stszone.store.complaints import complaints
from stszone.store.layers import Layer, ProfileError, Profiles, merge, read_layer
from stszone.store.ledger_file import FOLDER, SUFFIX, domains_with_ledger, read_ledger

SUFFIXES = (".yaml", ".yml")

_ELSEWHERE = {
    "name": "the file's name is the mail domain; or list it under domains",
    "adsp": "it stands under dkim",
}
"""Fields of a mail domain that are no keys of its file."""

_WHOLE = ("name", "zone", "ttl", "domains", "extends")
"""Keys that all RRsets of a mail domain depend on."""

_BY_NAME = ("hosts", "aliases", "dkim", "tlsa", "services", "records")
"""Sections with RRsets of their own for each name in them."""

_ROUNDS = 5
"""How often a mail domain is built anew without what was wrong with it."""

_BASE64 = re.compile("[A-Za-z0-9+/=]{40}")
"""What a key has and a path has not."""


@dataclass(frozen=True, slots=True)
class Hosting:
    """What providers/ says about zones and policy hosts, as far as reading zones/ needs it."""

    zones: frozenset[str] = frozenset()
    """Zones named in octodns.yaml that stszone is a source of."""
    dynamic: Callable[[str], bool] = lambda zone: True
    """Whether octodns.yaml takes a zone that it does not name, by a `*` entry."""
    policy_hosts: frozenset[str] = frozenset({"webroot"})


@dataclass(frozen=True, slots=True)
class Part:
    """What of a zones/ directory is to be read; the rest is as if it were not there."""

    files: frozenset[Path]
    domains: frozenset[str]


@dataclass(slots=True)
class Repository:
    """All that was read; nothing in it changes with time."""

    directory: Path
    hosting: Hosting
    domains: dict[str, MailDomain] = field(default_factory=dict)
    ledgers: dict[str, Ledger] = field(default_factory=dict)
    layers: dict[str, tuple[Layer, ...]] = field(default_factory=dict)
    """By mail domain, the strongest first."""
    findings: list[Finding] = field(default_factory=list)
    """What is wrong with the files themselves; if anything, nothing may be written."""
    unzoned: set[str] = field(default_factory=set)
    """Mail domains whose files do not say which zone holds them."""
    unread: list[str] = field(default_factory=list)
    """Files that could not be read, so that mail domains may be missing."""
    lost: dict[str, set[Key]] = field(default_factory=dict)
    """By mail domain, what was left out of it because it could not be read; only where that is asked for."""
    written: dict[str, Mapping[str, object]] = field(default_factory=dict)
    """What the layers of a mail domain say together; only where that is asked for."""

    @property
    def zones(self) -> frozenset[str]:
        """All zones that the repository publishes to."""
        named = {domain.zone for domain in self.domains.values()}
        leaving = (ledger.zones for name, ledger in self.ledgers.items() if name not in self.domains)
        return self.hosting.zones.union(named, *leaving)

    def located(self, found: Finding) -> Finding:
        """A finding with its file and line, where its domain and key tell them."""
        layers = self.layers.get(found.domain or "")
        if found.file is not None or not layers:
            return found
        # The strongest layer that has the key; where none has it all, the one that has most of it.
        for length in range(len(found.key), 0, -1):
            for layer in layers:
                (line, column), whole = layer.locate(found.key[:length], found.domain or "")
                if whole:
                    return found.located(layer.file, line, column)
        return found.located(layers[0].file, 1, 1)


def read_repository(
    directory: Path, hosting: Hosting, *, to_compare: bool = False, part: Part | None = None
) -> Repository:
    """Read every file of a zones/ directory, or a part.  What is wrong becomes findings; raises OSError.

    `to_compare`: what can be read of a mail domain is taken without the rest of it, and what the
    files say is kept.  Nothing may be published from such a repository.
    """
    repository = Repository(directory, hosting)
    profiles = Profiles(directory)
    for path in sorted(directory.iterdir() if part is None else part.files):
        if path.suffix in SUFFIXES and not path.name.startswith((".", "_")):
            _read_file(repository, profiles, path, to_compare, part)
    for name in sorted({*repository.domains, *_with_ledger(directory, part)}):
        try:
            repository.ledgers[name] = read_ledger(directory, name)
        except RuleError as error:
            repository.findings.append(_damaged(directory, name, error))
    return repository


def _with_ledger(directory: Path, part: Part | None) -> list[str]:
    if part is None:
        return domains_with_ledger(directory)
    return [name for name in part.domains if (directory / FOLDER / f"{name}{SUFFIX}").is_file()]


def _damaged(directory: Path, name: str, error: RuleError) -> Finding:
    """A ledger that cannot be read; the error begins with the number of the line."""
    number = error.what.removeprefix("line ").partition(":")[0]
    line = int(number) if number.isdigit() else 1
    file = str(directory / "ledger" / f"{name}.jsonl")
    return finding(error.rule, error.what, fix=error.fix, domain=name).located(file, line, 1)


def _read_file(
    repository: Repository, profiles: Profiles, path: Path, to_compare: bool, part: Part | None
) -> None:
    layer = read_layer(path)
    try:
        below, weak = profiles.under(layer.extends)
    except ProfileError as error:
        repository.unread.append(str(path))
        _complain(repository, error.layer or layer, error, ("extends",))
        return
    problems = [(one, problem) for one in (layer, *below) for problem in one.problems]
    for one, problem in problems:
        found = finding(problem.error.rule, problem.error.what, key=problem.key, fix=problem.error.fix)
        _once(repository, found.located(one.file, *problem.place))
    lost = {_unit(problem.key) for _, problem in problems} if to_compare else set()
    if problems and (not to_compare or None in lost or any(_breaks(problem) for _, problem in problems)):
        repository.unread.append(str(path))
        return
    layers = (layer, *reversed(below))
    data = merge(weak, layer.data)
    names = _names(repository, layer, data.pop("domains", None), path)
    for index, name in enumerate(names):
        if name is None or (part is not None and name not in part.domains):
            continue
        if name in repository.layers:
            what = f"{name} is described in {repository.layers[name][0].file} too"
            _complain(repository, layer, RuleError("INP006", what), ("domains", index))
            continue
        repository.layers[name] = layers
        if "zone" not in data:
            repository.unzoned.add(name)
        if to_compare:
            repository.lost[name] = {unit for unit in lost if unit}
        _read_domain(repository, name, data, to_compare)
    layer.data.clear()  # it is all in the domains now; from here on a layer only tells places


def _breaks(problem: yaml_file.Problem) -> bool:
    """Whether the file around a problem means nothing: only a repeated key leaves the rest as it is."""
    return problem.error.rule != "INP004"


def _complain(repository: Repository, layer: Layer, error: RuleError, key: Key) -> None:
    (line, column), _ = layer.locate(key, "")
    found = finding(error.rule, error.what, key=key, fix=error.fix)
    _once(repository, found.located(layer.file, line, column))


def _once(repository: Repository, found: Finding) -> None:
    """What is wrong with a profile is said once, however many files extend it."""
    if found not in repository.findings:
        repository.findings.append(found)


def _names(repository: Repository, layer: Layer, listed: object, path: Path) -> list[str | None]:
    """The mail domains of one file: its `domains`, else its own name; None for what is no name."""
    if listed is None:
        listed = [path.name.removesuffix(path.suffix)]
    if not isinstance(listed, list) or not all(isinstance(name, str) for name in listed):
        error = RuleError(
            "INP006",
            f"domains is {yaml_file.as_written(repr(listed))}",
            "write a list: [a.example, b.example]",
        )
        _complain(repository, layer, error, ("domains",))
        return []
    names: list[str | None] = []
    for index, name in enumerate(listed):
        try:
            names.append(parse_host(yaml_file.as_written(name)))
        except RuleError as error:
            names.append(None)
            _complain(repository, layer, RuleError("INP006", error.what, error.fix), ("domains", index))
    return names


def _read_domain(repository: Repository, name: str, data: Mapping[str, object], to_compare: bool) -> None:
    found: list[Finding] = []
    filled = _fill_mapping(data, name, (), found)
    for key, fix in _ELSEWHERE.items():
        if key in filled:
            del filled[key]
            found.append(finding("INP002", f"unknown key {key}", key=(key,), fix=fix))
    filled["name"] = name
    filled.setdefault("zone", longest_zone(name, repository.hosting.zones) or name)
    if to_compare:
        repository.written[name] = {**filled, "dkim": deepcopy(filled.get("dkim"))}  # keys are read into it
    _read_keys(repository.directory, filled, found)
    lost = repository.lost.get(name, set())
    lost |= {unit for one in found if to_compare and (unit := _unit(one.key))}
    filled, domain = _domain(filled, found, lost if to_compare else None)
    if domain is not None:
        alike = list(_alike_names(domain, filled))
        lost |= {unit for one in alike if to_compare and (unit := _unit(one.key))}
        found.extend(alike)
        found.extend(_zone_and_host(domain, repository.hosting))
        repository.domains[name] = domain
    repository.findings.extend(repository.located(one.for_domain(name)) for one in found)


def _domain(
    data: dict[str, object], found: list[Finding], lost: set[Key] | None
) -> tuple[dict[str, object], MailDomain | None]:
    """The mail domain of a file, with what is wrong in it added to `found`; None if it cannot be built.

    With `lost`, a set to add to, the domain is built from what is left when the wrong parts are out.
    The data that it was built from is given, too.
    """
    for _ in range(_ROUNDS if lost is not None else 1):
        try:
            return data, MailDomain.model_validate(data)
        except ValidationError as error:
            wrong = list(complaints(error))
        found.extend(one for one in wrong if one not in found)
        units = {_unit(one.key) for one in wrong}
        if lost is None or None in units:
            break
        out = {one for unit in units if unit for one in _narrowed(data, unit)}
        lost |= {_named(data, unit) for unit in out}
        data = _without(data, out)
    return data, None


def _unit(key: Key) -> Key | None:
    """The part of a mail domain around a key that makes RRsets of its own; None for all of it."""
    if not key or key[0] in _WHOLE:
        return None
    if key[0] == "records":
        return key[:3] if len(key) > 2 and isinstance(key[2], int) else key[:2]
    return key[:2] if key[0] in _BY_NAME else key[:1]


def _narrowed(data: Mapping[str, object], unit: Key) -> Iterable[Key]:
    """What is wrong within `records`, where an error is about several of its entries together."""
    if unit == ("records",):
        return _wrong_records(data)
    section = data.get("records")
    entries = section.get(str(unit[1])) if unit[0] == "records" and isinstance(section, dict) else None
    if len(unit) != 2 or not isinstance(entries, list):
        return [unit]
    types = [str(entry.get("type", "")).upper() if isinstance(entry, dict) else "" for entry in entries]
    twice = [(*unit, index) for index, type_ in enumerate(types) if types.count(type_) > 1]
    return twice or [unit]


def _wrong_records(data: Mapping[str, object]) -> Iterator[Key]:
    """The entries of `records` that cannot stand there, where the error is about them together."""
    section = data.get("records")
    if not isinstance(section, dict):
        yield ("records",)
        return
    beside = {key: data[key] for key in ("name", "zone")}
    for name, entries in section.items():
        for index, entry in enumerate(entries if isinstance(entries, list) else [entries]):
            try:
                MailDomain.model_validate({**beside, "records": {name: entry}})
            except ValidationError:
                yield ("records", name, index)


def _named(data: Mapping[str, object], unit: Key) -> Key:
    """A part of `records` by name and type: places in a list move when one is left out."""
    section = data.get("records")
    if len(unit) < 3 or not isinstance(section, dict):
        return unit
    entries = section.get(unit[1])
    entry = entries[int(unit[2])] if isinstance(entries, list) else entries
    type_ = str(entry.get("type", "")).upper() if isinstance(entry, dict) else ""
    # Of a type that nobody knows, it is not known either which other it was meant to be.
    return (*unit[:2], type_) if type_ in records.TYPES or type_ == "SPF" or "/" in type_ else unit[:2]


def _without(data: dict[str, object], out: Collection[Key]) -> dict[str, object]:
    """A mail domain's data without some of its parts."""
    left = dict(data)
    for section in {str(unit[0]) for unit in out}:
        inner, units = left[section], [unit for unit in out if unit[0] == section]
        if (section,) in units or not isinstance(inner, dict):
            del left[section]
        else:
            pairs = ((name, _left(name, value, units)) for name, value in inner.items())
            left[section] = {name: value for name, value in pairs if value is not None}
    return left


def _left(name: str, value: object, units: Collection[Key]) -> object:
    """What is left at a name of a section; nothing where it goes as a whole."""
    places = {unit[2:] for unit in units if str(unit[1]).lower() == name.lower()}
    if not isinstance(value, list):
        return None if places else value
    return None if () in places else [one for index, one in enumerate(value) if (index,) not in places]


def _alike_names(domain: MailDomain, data: Mapping[str, object]) -> Iterator[Finding]:
    """Keys that are one name in two spellings, of which only the last would count."""
    for section in ("hosts", "aliases", "tlsa", "records"):
        given = data.get(section)
        if isinstance(given, dict) and len(given) > len(getattr(domain, section)):
            names = [name.lower() for name in given]
            twice = next((name for index, name in enumerate(names) if name in names[:index]), None)
            key = (section,) if twice is None else (section, twice)
            yield finding("INP004", f"{twice or 'a name'} stands in {section} in two spellings", key=key)


def _zone_and_host(domain: MailDomain, hosting: Hosting) -> Iterator[Finding]:
    if domain.zone not in hosting.zones and not hosting.dynamic(domain.zone):
        yield finding("INP008", f"no zone of providers/octodns.yaml holds {domain.name}", key=("zone",))
    if domain.name != domain.zone and not domain.name.endswith("." + domain.zone):
        yield finding("INP008", f"{domain.name} is not in the zone {domain.zone}", key=("zone",))
    publish = domain.mta_sts.publish if domain.mta_sts else mta_sts.EXTERNAL
    if publish != mta_sts.EXTERNAL and publish not in hosting.policy_hosts:
        known = ", ".join(sorted({*hosting.policy_hosts, mta_sts.EXTERNAL}))
        yield finding(
            "INP011", f"no policy host {publish!r}", key=("mta_sts", "publish"), fix=f"known are {known}"
        )


def _fill(value: object, domain: str, at: Key, found: list[Finding]) -> object:
    """`{domain}` in every text and key."""
    if isinstance(value, str):
        return value.replace(yaml_file.DOMAIN, domain)
    if isinstance(value, list):
        return [_fill(item, domain, (*at, index), found) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return _fill_mapping(value, domain, at, found)
    return value


def _fill_mapping(
    value: Mapping[str, object], domain: str, at: Key, found: list[Finding]
) -> dict[str, object]:
    filled: dict[str, object] = {}
    for key, item in value.items():
        name = key.replace(yaml_file.DOMAIN, domain)
        if name in filled:
            found.append(
                finding("INP004", f"{name} stands here with {{domain}} and without", key=(*at, name))
            )
        filled[name] = _fill(item, domain, (*at, name), found)
    return filled


def _read_keys(directory: Path, data: dict[str, object], found: list[Finding]) -> None:
    """DKIM key files: the path in the YAML becomes the text of the file."""
    selectors = data.get("dkim")
    if not isinstance(selectors, dict):
        return
    for selector, entry in selectors.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            continue
        if not _is_path(entry["key"]):
            entry["key"] = None  # the standard says what belongs here, and cannot repeat what was
        else:
            try:
                entry["key"] = {"file": entry["key"], "text": _read_key(directory, entry["key"])}
            except RuleError as error:
                found.append(finding(error.rule, error.what, key=("dkim", selector, "key"), fix=error.fix))
                selectors = {name: one for name, one in selectors.items() if name != selector}
                data["dkim"] = selectors


def _is_path(text: str) -> bool:
    """Whether a text can be the name of a key file; a pasted key never reaches a message."""
    if len(text) > 200 or not text.isprintable() or "PRIVATE" in text:
        return False
    return not _BASE64.search(text)


def _read_key(directory: Path, name: str) -> str:
    """A key file, relative to zones/ and inside the repository."""
    root = directory.resolve().parent
    path = (directory / name).resolve()
    if not path.is_relative_to(root):
        raise RuleError("INP007", f"{name} is outside the repository {root}")
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise RuleError("INP007", f"{name} cannot be read: {reason}") from None
