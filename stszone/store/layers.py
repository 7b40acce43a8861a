"""Profiles: what a mail domain's file extends, and how the layers merge.

From the weakest to the strongest: _defaults.yaml, the profiles of `extends` in their order, the
file itself.  Mappings merge, lists and scalars replace, null removes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from pathlib import Path

from stszone.errors import RuleError
from stszone.report import Key
from stszone.store import yaml_file

DEFAULTS = "_defaults"


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """One YAML file, as it was read once, that says something about a mail domain."""

    file: str
    """As shown to people."""
    shipped: bool
    """Whether it is a profile that came with stszone; any other file can be read again by its name."""
    data: dict[str, object] = field(repr=False)
    extends: tuple[str, ...] = ()
    problems: tuple[yaml_file.Problem, ...] = ()

    def locate(self, key: Key, domain: str) -> tuple[yaml_file.Place, bool]:
        """Where a key of a mail domain stands in this file, and whether all of it is there."""
        return yaml_file.locate(_outline(self), key, domain)


@lru_cache(maxsize=16)
def _outline(layer: Layer) -> yaml_file.Outline:
    """A file's nodes.  Files are not kept in memory; one that has findings is read again, once."""
    if layer.shipped:
        return yaml_file.outline(built_in(layer.file.split()[-1]) or "")
    try:
        return yaml_file.outline(Path(layer.file).read_text("utf-8", "replace"))
    except OSError:
        return None


def read_layer(path: Path) -> Layer:
    """Read one file; what is wrong in it comes as problems."""
    if path.is_symlink() and not path.resolve().is_relative_to(path.parent.resolve().parent):
        what = "the file is a link that leads out of the repository"
        out = RuleError("INP007", what, "put the file itself here")
        return Layer(str(path), False, {}, (), (yaml_file.Problem(out, (), (1, 1)),))
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        unread = RuleError("INP001", f"the file cannot be read: {error.strerror}", "restore it, or remove it")
        return Layer(str(path), False, {}, (), (yaml_file.Problem(unread, (), (1, 1)),))
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode()
        place = yaml_file.place_of(before, len(before))
        problem = yaml_file.Problem(RuleError("INP001", f"not UTF-8 at byte {error.start}"), (), place)
        return Layer(str(path), False, {}, (), (problem,))
    if not text.strip():
        # More likely cut short than meant: it would take everything of the domain away.
        empty = RuleError("INP001", "the file is empty", "restore it; write --- if there is nothing to say")
        return Layer(str(path), False, {}, (), (yaml_file.Problem(empty, (), (1, 1)),))
    return _layer(text, str(path), shipped=False)


def _layer(text: str, file: str, *, shipped: bool) -> Layer:
    document = yaml_file.parse(text)
    problems = document.problems
    data = document.data
    if not isinstance(data, dict):
        if not problems:
            what = f"a {'list' if isinstance(data, list) else 'single value'} where a mapping belongs"
            problems.append(yaml_file.Problem(RuleError("INP001", what), (), (1, 1)))
        data = {}
    extends = data.pop("extends", None) or []
    if not isinstance(extends, list) or not all(isinstance(name, str) for name in extends):
        said = yaml_file.as_written(repr(extends))
        error = RuleError("INP003", f"extends is {said}", "write a list of profiles: [self-hosted]")
        place, _ = yaml_file.locate(yaml_file.outline(text), ("extends",), "")
        problems.append(yaml_file.Problem(error, ("extends",), place))
        extends = []
    return Layer(file, shipped, data, tuple(extends), tuple(problems))


def built_in(name: str) -> str | None:
    """The text of a profile that comes with stszone."""
    file = resources.files("stszone.store") / "profiles" / f"{name}.yaml"
    return file.read_text("utf-8") if name in built_in_names() else None


def built_in_names() -> list[str]:
    """The profiles that come with stszone."""
    folder = resources.files("stszone.store") / "profiles"
    return sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml"))


class ProfileError(RuleError):
    """A profile that does not exist, or that extends itself (INP005)."""

    def __init__(self, layer: Layer | None, what: str, fix: str = "") -> None:
        super().__init__("INP005", what, fix)
        self.layer = layer
        """The profile whose `extends` is wrong; None: that of the mail domain's file."""


class Profiles:
    """The profiles of one zones/ directory, each read once."""

    def __init__(self, zones: Path) -> None:
        self._zones = zones
        self._read: dict[str, Layer | None] = {}
        self._stacks: dict[tuple[str, ...], tuple[tuple[Layer, ...], dict[str, object]]] = {}

    def get(self, name: str) -> Layer | None:
        """A profile by its name: zones/_NAME.yaml, else a built-in one."""
        if name not in self._read:
            self._read[name] = self._find(name)
        return self._read[name]

    def _find(self, name: str) -> Layer | None:
        if len(name) > 100 or not name.replace("-", "").replace("_", "").isalnum():
            return None
        own = self._zones / f"_{name.removeprefix('_')}.yaml"
        if own.is_file():
            return read_layer(own)
        text = built_in(name)
        return _layer(text, f"profile {name}", shipped=True) if text is not None else None

    def under(self, extends: tuple[str, ...]) -> tuple[tuple[Layer, ...], dict[str, object]]:
        """The layers below a file that extends these, weakest first, and their merged data.

        Raises ProfileError (INP005).
        """
        if extends not in self._stacks:
            layers = tuple(self._stack(extends))
            merged: dict[str, object] = {}
            for layer in layers:
                merged = merge(merged, layer.data)
            self._stacks[extends] = (layers, merged)
        return self._stacks[extends]

    def _stack(self, extends: tuple[str, ...]) -> Iterator[Layer]:
        seen: set[str] = set()
        if self.get(DEFAULTS):
            yield from self._expand(DEFAULTS, (), seen, None)
        for name in extends:
            yield from self._expand(name, (), seen, None)

    def _expand(self, name: str, below: Key, seen: set[str], by: Layer | None) -> Iterator[Layer]:
        if name in below:
            raise ProfileError(by, f"profile {name} extends itself by {' → '.join(map(str, below))}")
        if name in seen:
            return
        layer = self.get(name)
        if layer is None:
            known = [*built_in_names(), *(path.stem[1:] for path in self._zones.glob("_*.yaml"))]
            what = f"no profile {yaml_file.as_written(name)!r}"
            raise ProfileError(by, what, f"known are {', '.join(sorted(set(known) - {DEFAULTS[1:]}))}")
        for parent in layer.extends:
            yield from self._expand(parent, (*below, name), seen, layer)
        seen.add(name)
        yield layer


def merge(weak: dict[str, object], strong: dict[str, object]) -> dict[str, object]:
    """Two layers as one: mappings merge, anything else replaces, null removes.

    >>> merge({"a": {"b": 1, "c": 2}, "d": [1]}, {"a": {"c": None}, "d": [2]})
    {'a': {'b': 1}, 'd': [2]}
    """
    merged = dict(weak)
    for key, value in strong.items():
        below = merged.get(key)
        if value is None:
            merged.pop(key, None)
        elif isinstance(value, dict) and isinstance(below, dict):
            merged[key] = merge(below, value)
        elif isinstance(value, dict):
            merged[key] = merge({}, value)
        else:
            merged[key] = value
    return merged
