"""YAML as stszone reads it: plain data, and the place of every value.

Narrower than YAML 1.1 on purpose: only `true` and `false` are booleans, `no` and `on` are texts,
there are no dates, no octal numbers, no tags, no repeated keys.  `{domain}` may stand unquoted
anywhere, also where YAML would see a mapping.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from stszone.errors import RuleError
from stszone.report import Key

DOMAIN = "\ue000domain\ue001"
"""What `{domain}` is while the file is read; as long as the original, so that columns stay right."""

MAX_NODES = 200_000
"""Nodes of one file with all its aliases written out; more is an attack, not a description."""

MAX_DEPTH = 20
"""Levels of one file; no section needs more than six."""

_SAFE_DEPTH = 2000
"""Levels that libyaml's composer takes without overflowing the stack; it recurses in C."""

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
"""libyaml's parser without any resolution of types; PyYAML's own, slower, where it has no libyaml."""

_INT = re.compile(r"[-+]?(0|[1-9][0-9]{0,18})")
_FLOAT = re.compile(r"[-+]?[0-9]{1,19}\.[0-9]{1,19}")
_UNREADABLE = re.compile("[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that YAML 1.1 has no place for (§5.1)."""

_TAGS = {
    yaml.ScalarNode: "tag:yaml.org,2002:str",
    yaml.SequenceNode: "tag:yaml.org,2002:seq",
    yaml.MappingNode: "tag:yaml.org,2002:map",
}
"""Of nodes without a tag of their own."""
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

Place = tuple[int, int]
"""Line and column, both from 1."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in the YAML itself."""

    error: RuleError
    key: Key
    place: Place


@dataclass(slots=True)
class Document:
    """One file as data, with what is wrong in it."""

    data: object
    problems: list[Problem]


def parse(text: str) -> Document:
    """Read a YAML text; syntax errors and repeated keys come back as problems."""
    problems: list[Problem] = []
    node = _compose(text, problems)
    data = _Plain(problems).value(node, ()) if node is not None else None
    return Document({} if data is None else data, problems)


Outline = yaml.Node | None
"""A file's nodes, which know their places; None for one that cannot be read or is empty."""


def outline(text: str) -> Outline:
    """The nodes of a YAML text."""
    node = _compose(text, [])
    return node if isinstance(node, yaml.Node) else None


def locate(node: Outline, key: Key, domain: str) -> tuple[Place, bool]:
    """Where a key stands: the place of its value, or of the nearest key above that is there.

    The flag says whether the whole key was found.
    """
    place, found = (1, 1), node is not None
    for part in key:
        following = _child(node, part, domain)
        if following is None:
            return place, False
        node = following
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
    return place, found


def _child(node: yaml.Node | None, part: str | int, domain: str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        item: yaml.Node = node.value[part]
        return item
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and _same_key(name.value.replace(DOMAIN, domain), part):
                # A key without a value, or with a block below it: the key itself is the better place.
                return value if isinstance(value, yaml.ScalarNode) and value.value else _named(name, value)
    return None


def _same_key(written: str, part: str | int) -> bool:
    """Whether a key of the file is this part of a place, in which names are lower case."""
    return isinstance(part, str) and written.lower() == part.lower()


def _named(name: yaml.Node, value: yaml.Node) -> yaml.Node:
    value.start_mark = name.start_mark
    return value


def _compose(text: str, problems: list[Problem]) -> yaml.Node | None:
    try:
        text = text.replace("{domain}", DOMAIN)
        if place := _too_deep(text):
            problems.append(Problem(RuleError("INP001", f"more than {_SAFE_DEPTH} levels"), (), place))
            return None
        loader = _Loader(text)
        node: yaml.Node | None = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # libyaml names the line behind the last one where a file ends too early.
        end = place_of(text, len(text.rstrip()))
        place = min((mark.line + 1, mark.column + 1), end) if mark else (1, 1)
        what = " ".join(filter(None, (error.context, error.problem))).replace(DOMAIN, "{domain}")
        problems.append(Problem(RuleError("INP001", what), (), place))
        return None
    except (yaml.YAMLError, RecursionError) as error:
        what = str(error).splitlines()[0]
        problems.append(Problem(RuleError("INP001", what), (), _first(_UNREADABLE, text)))
        return None
    return node


def _first(pattern: re.Pattern[str], text: str) -> Place:
    """The place of the first match; that of the file as a whole where there is none."""
    match = pattern.search(text)
    return place_of(text, match.start()) if match else (1, 1)


def place_of(text: str, index: int) -> Place:
    """The line and column of a character."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


def _too_deep(text: str) -> Place | None:
    """Where composing the text would overflow the stack; None if nowhere."""
    flow = text.count("[") + text.count("{")
    if flow + 2 * max(map(len, text.splitlines()), default=0) < _SAFE_DEPTH:
        return None  # a level needs a bracket, or at least half a column
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _SAFE_DEPTH and event.start_mark:
                return event.start_mark.line + 1, event.start_mark.column + 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    return None


class _Plain:
    """From nodes to dict, list, str, int, float, bool, None."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        self.nodes = 0
        self.too_deep = False

    def value(self, node: yaml.Node, key: Key) -> object:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            if self.nodes == MAX_NODES + 1:
                self._problem(node, key, f"more than {MAX_NODES} values")
            return None
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, key)
        self._check_tag(node, key)
        if len(key) > MAX_DEPTH:
            if not self.too_deep:
                what = f"more than {MAX_DEPTH} levels, or an alias that contains itself"
                self._problem(node, key[:3], what)
            self.too_deep = True
            return None
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, key)
        return [self.value(item, (*key, index)) for index, item in enumerate(node.value)]

    def _mapping(self, node: yaml.MappingNode, key: Key) -> dict[str, object]:
        mapping: dict[str, object] = {}
        for name, value in node.value:
            if not isinstance(name, yaml.ScalarNode):
                self._problem(name, key, "a key that is not a text")
                continue
            if name.value in mapping:
                self._problem(name, (*key, name.value), f"{name.value} stands here a second time", "INP004")
            mapping[name.value] = self.value(value, (*key, name.value))
        return mapping

    def _scalar(self, node: yaml.ScalarNode, key: Key) -> object:
        text: str = node.value
        self._check_tag(node, key)
        if node.style:
            return text
        if text in _NULLS:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
        if _INT.fullmatch(text):
            return int(text)
        return float(text) if _FLOAT.fullmatch(text) else text

    def _check_tag(self, node: yaml.Node, key: Key) -> None:
        if node.tag != _TAGS[type(node)]:
            self._problem(node, key, f"the tag {node.tag}")

    def _problem(self, node: yaml.Node, key: Key, what: str, rule: str = "INP001") -> None:
        place = (node.start_mark.line + 1, node.start_mark.column + 1)
        error = RuleError(rule, as_written(what))
        self.problems.append(Problem(error, tuple(map(as_written, key)), place))


def as_written(value: Any) -> Any:  # Any: what YAML gave, a text or not
    """A text as it stands in the file, with `{domain}` in it."""
    return value.replace(DOMAIN, "{domain}") if isinstance(value, str) else value
