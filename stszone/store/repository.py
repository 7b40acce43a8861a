"""The repository: every mail domain of a zones/ directory, with its ledger, at a moment in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.ledger import Ledger
from stszone.report import Finding, Key
from stszone.rules import finding
from stszone.standards import mta_sts
from stszone.standards.names import longest_zone, parse_host
from stszone.store import yaml_file
from stszone.store.filling import fill_mapping, read_keys
from stszone.store.layers import Layer, ProfileError, Profiles, merge, read_layer
from stszone.store.ledger_file import FOLDER, SUFFIX, domains_with_ledger, read_ledger
from stszone.store.salvage import build, unit_of

SUFFIXES = (".yaml", ".yml")

_ELSEWHERE = {
    "name": "the file's name is the mail domain; or list it under domains",
    "adsp": "it stands under dkim",
}
"""Fields of a mail domain that are no keys of its file."""


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
                if whole and layer.shipped:
                    return _in_profile(found, layer, layers)
                if whole:
                    return found.located(layer.file, line, column)
        return found.located(layers[0].file, 1, 1)


def _in_profile(found: Finding, profile: Layer, layers: tuple[Layer, ...]) -> Finding:
    """A finding about what a built-in profile says, at the file that extends it, where it can be changed."""
    name = profile.file.split()[-1]
    by = next((one for one in layers if not one.shipped and name in one.extends), layers[0])
    place, _ = by.locate(("extends",), found.domain or "")
    # Allowances are bound to the message, so that the profile is told beside it.
    return replace(found, fix=f"{found.fix} (it stands in {profile.file})").located(by.file, *place)


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
    lost = {unit_of(problem.key) for _, problem in problems} if to_compare else set()
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
    filled = fill_mapping(data, name, (), found)
    for key, fix in _ELSEWHERE.items():
        if key in filled:
            del filled[key]
            found.append(finding("INP002", f"unknown key {key}", key=(key,), fix=fix))
    filled["name"] = name
    filled.setdefault("zone", longest_zone(name, repository.hosting.zones) or name)
    if to_compare:
        repository.written[name] = {**filled, "dkim": deepcopy(filled.get("dkim"))}  # keys are read into it
    read_keys(repository.directory, filled, found)
    lost = repository.lost.get(name, set())
    lost |= {unit for one in found if to_compare and (unit := unit_of(one.key))}
    filled, domain = build(filled, found, lost if to_compare else None)
    if domain is not None:
        alike = list(_alike_names(domain, filled))
        lost |= {unit for one in alike if to_compare and (unit := unit_of(one.key))}
        found.extend(alike)
        found.extend(_zone_and_host(domain, repository.hosting))
        repository.domains[name] = domain
    repository.findings.extend(repository.located(one.for_domain(name)) for one in found)


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
