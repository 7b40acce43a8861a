"""Both sides of a branch: the working tree as it is, and the commit in which the branch began.

Everything is read from files; nobody is asked, nothing is minted and nothing is written but a
temporary directory with the files of the commit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from stszone.compiler import NameType
from stszone.difference import Side, Unread
from stszone.errors import InputError
from stszone.lifecycle import Live
from stszone.planning.affected import affected_by
from stszone.planning.config import FILE, Config, read_config
from stszone.planning.directions import changed
from stszone.planning.elsewhere import CLASSES, Source, YamlZone, yaml_zones
from stszone.planning.held import held, told
from stszone.planning.unread import lost_names
from stszone.report import Finding, Severity
from stszone.standards.rrset import RRset
from stszone.store.git import extract, files_of, find_root, merge_base
from stszone.store.ledger_file import FOLDER
from stszone.store.repository import SUFFIXES, Hosting, Repository, read_repository
from stszone.store.settings import Settings, read_settings
from stszone.store.state import State, state_at


@dataclass(frozen=True, slots=True)
class Branch:
    """What was read of a branch."""

    base: Side
    head: Side
    commit: str
    state: State
    """The head side; what cannot be read is left out of it."""
    max_risky_domains: int
    """The lower limit of both sides: a branch does not lift what holds it back."""
    broken: tuple[Finding, ...]
    """Errors of the head side in octoDNS's own YAML, which octoDNS would refuse."""
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Tree:
    """One side on disk, and as it was read."""

    zones: Path
    providers: Path
    root: Path
    config: Config
    state: State
    sources: Mapping[str, Source]
    read: dict[str, YamlZone] = field(default_factory=dict)
    """The zones of octoDNS's own YAML that had to be read."""


@dataclass(frozen=True, slots=True)
class _Places:
    """Where the directories of a repository lie, and where those of a commit are put."""

    root: Path
    zones: Path
    providers: Path
    working: tuple[Path, ...]
    """Where octoDNS may be started, which is what directories in octodns.yaml are relative to."""

    def below(self, path: Path) -> str | None:
        """A path relative to the repository; None for one outside of it."""
        whole = path.resolve()
        return whole.relative_to(self.root).as_posix() if whole.is_relative_to(self.root) else None

    def candidates(self, directory: str, tree: Path) -> Iterator[Path]:
        """Where a directory of octodns.yaml may lie, on the side that begins at `tree`."""
        for start in self.working if directory else ():
            if (relative := self.below(start / directory)) is not None:
                yield tree / relative

    def find(self, directory: str, tree: Path) -> Path | None:
        """A directory of octodns.yaml, on the side that begins at `tree`."""
        return next((path for path in self.candidates(directory, tree) if path.is_dir()), None)


def read_branch(zones: Path, providers: Path, ref: str, now: datetime, allow: Collection[str] = ()) -> Branch:
    """Read both sides of a branch.  Raises InputError."""
    places = _places(zones, providers)
    commit = merge_base(places.root, ref)
    _require_same_place(places, commit)
    config, settings = read_config(providers, plain=True), read_settings(providers)
    limit = settings.guards.max_risky_domains
    head = _tree(zones, providers, places.root, places, config, settings, now, allow)
    with TemporaryDirectory(prefix="stszone-") as name:
        copy = Path(name).resolve()
        base, notes = _base(places, copy, commit, head, settings, now, allow)
        _read_zones(base, head)
        unread = {"base": _unread(base, head), "head": _unread(head, base)}
        hidden = unread["base"].domains | unread["head"].domains
        affected = affected_by(base.state, head.state) - hidden
        shown = _Shown(places, copy, base.zones)
        was, is_ = map(shown.of, _findings(base, affected, hidden)), [*_findings(head, affected, hidden)]
        if base.providers != head.providers:
            limit = min(limit, read_settings(base.providers).guards.max_risky_domains)
            is_ += changed(base.providers, head.providers)
        is_ += told(base.state, head.state)
        sides = _side(base, unread["base"], was), _side(head, unread["head"], is_)
    broken = (one for zone in head.read.values() for one in zone.findings if one.severity is Severity.ERROR)
    return Branch(sides[0], sides[1], commit, head.state, limit, tuple(broken), notes)


def _places(zones: Path, providers: Path) -> _Places:
    """Raises InputError where there is no repository to compare with."""
    root = find_root(zones)
    if root is None and not _has_domains(zones):
        root = find_root(providers) or find_root(Path.cwd())
    if root is None:
        raise InputError(f"{zones}: not in a git repository; `diff` compares with what git has")
    starts = (Path.cwd(), zones.resolve().parent, providers.resolve().parent, root)
    working = tuple(dict.fromkeys(one for one in starts if one.is_relative_to(root)))
    return _Places(root, zones, providers, working)


def _require_same_place(places: _Places, commit: str) -> None:
    """Raises InputError where zones/ leads, or was moved, to a place that the commit does not have.

    What is missing there would be missing on both sides, and nothing would be told of what goes.
    """
    for given in (places.zones, places.providers):
        for part in (Path.cwd() / given, *(Path.cwd() / given).parents):
            if part.is_symlink() and part.parent.resolve().is_relative_to(places.root):
                raise InputError(f"{part}: a symbolic link; give the directory, diff compares by name")
    zones = places.below(places.zones)
    if zones is None or files_of(places.root, commit, zones):
        return
    known = map(PurePosixPath, files_of(places.root, commit))
    for other in sorted(_zone_directories(known, places.zones.name)):
        if not (places.root / other).is_dir():
            raise InputError(
                f"{places.zones}: not in {commit[:12]}, which has {other}/ in its place; diff cannot tell "
                "what was lost on the way: move the directory in a branch that changes nothing else"
            )


def _zone_directories(known: Iterable[PurePosixPath], name: str) -> set[PurePosixPath]:
    """Directories that hold zones by their looks: they have that name, or a ledger."""
    found = set()
    for one in known:
        if one.suffix in SUFFIXES and one.parent.name == name:
            found.add(one.parent)
        elif one.suffix == ".jsonl" and one.parent.name == FOLDER:
            found.add(one.parents[1])
    return found


def _has_domains(zones: Path) -> bool:
    return zones.is_dir() and any(path.suffix in SUFFIXES for path in zones.iterdir())


def _tree(
    zones: Path, providers: Path, root: Path, places: _Places, config: Config, settings: Settings,
    now: datetime, allow: Collection[str],
) -> _Tree:  # fmt: skip
    """One side, but for the zones of octoDNS's own YAML, which are read where they differ."""
    hosting = Hosting(config.zones, config.dynamic, frozenset(settings.policy_hosts))
    there = zones.is_dir()
    repository = read_repository(zones, hosting, to_compare=True) if there else Repository(zones, hosting)
    sources = yaml_zones(
        config,
        lambda name: places.find(name, root),
        root,
        lambda path: _near(places.root / path.relative_to(root)),
    )
    return _Tree(zones, providers, root, config, state_at(repository, now, allow), sources)


def _near(path: Path) -> str:
    """A path as people write it, relative to where they are."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _base(
    places: _Places, copy: Path, commit: str, head: _Tree, settings: Settings, now: datetime,
    allow: Collection[str],
) -> tuple[_Tree, tuple[str, ...]]:  # fmt: skip
    """The commit's side, written below `copy` and read there."""
    zones = _extracted(places, copy, commit, places.zones) or copy / "zones that are not there"
    if any("../" in path.read_text("utf-8", "replace") for path in _yaml_files(zones)):
        _extracted(places, copy, commit, places.zones.resolve().parent)  # keys beside zones/
    config, providers = head.config, places.providers
    notes: tuple[str, ...] = ()
    there = _extracted(places, copy, commit, places.providers)
    if there is not None and (there / FILE).is_file():
        try:
            config, settings, providers = read_config(there, plain=True), read_settings(there), there
        except InputError as error:
            said = str(error).replace(str(there), str(places.providers))
            notes = (f"{said} at {commit[:12]}; where zones go is taken from the working tree",)
    for where in {*_directories(places, head.config), *_directories(places, config)}:
        _extracted(places, copy, commit, where)
    return _tree(zones, providers, copy, places, config, settings, now, allow), notes


def _directories(places: _Places, config: Config) -> Iterator[Path]:
    """The directories of the repository that hold octoDNS's own YAML."""
    for entry in config.providers.values():
        if str(entry.get("class")) in CLASSES:
            yield from places.candidates(str(entry.get("directory", "")), places.root)


def _extracted(places: _Places, copy: Path, commit: str, path: Path) -> Path | None:
    """Put a directory of the commit in its place below `copy`; None for one outside of the repository."""
    relative = places.below(path)
    if relative is None:
        return None
    extract(places.root, commit, [relative], copy)
    return copy / relative


def _yaml_files(directory: Path) -> Iterator[Path]:
    if directory.is_dir():
        yield from (path for path in directory.iterdir() if path.suffix in SUFFIXES and path.is_file())


def _read_zones(base: _Tree, head: _Tree) -> None:
    """Read the zones of octoDNS's own YAML that differ; most are the same, octet by octet."""
    for zone in base.sources.keys() | head.sources.keys():
        before, after = base.sources.get(zone), head.sources.get(zone)
        ours = [tree.state.compiled.zones.get(zone) for tree in (base, head)]
        moved = [one.rrsets if one else {} for one in ours]
        if before and after and moved[0] == moved[1] and before.is_same(after):
            continue
        for tree, source in ((base, before), (head, after)):
            if source is not None:
                tree.read[zone] = source.read()


# Findings


@dataclass(frozen=True, slots=True)
class _Shown:
    """Findings of the commit, with the places that people know instead of the temporary ones."""

    places: _Places
    copy: Path
    zones: Path

    def of(self, found: Finding) -> Finding:
        """A finding as it would have been told then."""
        file = self._text(found.file) if found.file else None
        return replace(found, message=self._text(found.message), fix=self._text(found.fix), file=file)

    def _text(self, text: str) -> str:
        if str(self.copy) not in text:
            return text
        text = text.replace(str(self.zones), str(self.places.zones))
        return text.replace(str(self.copy), str(self.places.root))


def _findings(tree: _Tree, affected: Collection[str], hidden: Collection[str]) -> Iterator[Finding]:
    """What is wrong on one side, of what a branch can affect.

    Of what cannot be read on a side nobody knows what else is wrong.
    """
    repository = tree.state.repository
    read = [one for one in tree.state.findings if one.domain not in hidden]
    found = [*repository.findings, *read, *tree.state.lint(affected)]
    yield from dict.fromkeys(map(repository.located, found))
    for zone in tree.read.values():
        yield from zone.findings


# Sides


def _side(tree: _Tree, unread: Unread, findings: Iterable[Finding]) -> Side:
    """A side as the comparison wants it."""
    state, repository = tree.state, tree.state.repository
    lives = {name: live for name, live in state.lives.items() if name not in unread.domains}
    zones: dict[str, Mapping[NameType, RRset]] = {}
    zones.update((name, zone.rrsets) for name, zone in state.compiled.zones.items())
    zones.update((name, {**zone.rrsets, **zones.get(name, {})}) for name, zone in tree.read.items())
    places = zones.keys() | tree.sources.keys() | state.holders.keys()
    targets = {name: tree.config.targets(name) for name in places}
    return Side(
        zones=zones,
        owners={name: zone.owners for name, zone in state.compiled.zones.items()},
        lives=lives,
        policies={name: one for name, one in state.compiled.policies.items() if name in lives},
        ids={name: ledger.ids | _own_id(lives.get(name)) for name, ledger in repository.ledgers.items()},
        homes={name: state.zone_of(name) for name in lives},
        targets={name: ", ".join(ids) for name, ids in targets.items()},
        published={name: ledger.ids for name, ledger in repository.ledgers.items()},
        held=held(repository.ledgers.values(), targets),
        findings=tuple(findings),
        written=repository.written,
        entries={name: zone.entries if (zone := tree.read.get(name)) else {} for name in tree.sources},
        unread=unread,
    )


def _own_id(live: Live | None) -> frozenset[str]:
    """The id of a policy that is ours, which the ledger does not know before the first plan."""
    return frozenset({live.policy.id} if live and live.policy and live.policy.body else ())


def _unread(tree: _Tree, other: _Tree) -> Unread:
    """What a side does not tell; the other side knows what there may be."""
    repository = tree.state.repository
    domains = {name for name in repository.layers if name not in repository.domains}
    missing = _missing(other.state.repository, repository)
    domains |= {name for name in missing if _may_be_unread(other, tree, name)}
    names: dict[str, dict[NameType, object]] = {}
    for name, units in repository.lost.items():
        zone = tree.state.zone_of(name)
        for unit in units:
            names.setdefault(zone, {}).update(lost_names(repository, name, zone, unit))
    for zone, read in tree.read.items():
        if read.unread:
            names.setdefault(zone, {}).update(read.unread)
    keys = {name: units for name, units in repository.lost.items() if units}
    whole = frozenset(zone for zone, read in tree.read.items() if not read.whole)
    return Unread(frozenset(domains), keys, names, whole)


def _missing(known: Repository, here: Repository) -> set[str]:
    """Mail domains that are not on a side where files cannot be read, with those of its ledgers alone."""
    if not here.unread:
        return set()
    return (known.domains.keys() | known.layers.keys() | here.ledgers.keys()) - here.layers.keys()


def _may_be_unread(other: _Tree, tree: _Tree, name: str) -> bool:
    """Whether a mail domain that is missing on a side may stand in a file that cannot be read there."""
    unread = {Path(file).name for file in tree.state.repository.unread}
    layers = other.state.repository.layers.get(name, ())
    known = {Path(layers[0].file).name for layers in other.state.repository.layers.values()}
    return not layers or Path(layers[0].file).name in unread or bool(unread - known)
