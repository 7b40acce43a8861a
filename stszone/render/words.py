"""What every text for people is made of: colours, plurals, long values cut, lines that stay lines."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import TypeVar

from stszone.report import (
    Action,
    Change,
    DomainDiff,
    DomainPlan,
    PolicyChange,
    Severity,
    StepState,
    Summary,
)
from stszone.standards.rrset import visible

T = TypeVar("T")

WIDTH = 100
ALIKE = 6
"""Mail domains that change alike from which on one stands for all."""

LONG = 160
"""Characters of rdata that are shown whole; of longer ones the middle is left out."""

_COLOURS = {"red": 31, "green": 32, "yellow": 33, "cyan": 36, "bold": 1, "dim": 2}
ACTION = {Action.CREATE: "green", Action.UPDATE: "yellow", Action.DELETE: "red"}
SEVERITY = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
STATE = {StepState.DUE: "green", StepState.WAITING: "cyan", StepState.BLOCKED: "red", StepState.DONE: "dim"}


def style(text: str, colour: str) -> str:
    """A text in a colour, as ANSI codes."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def shown(value: T) -> T:
    """A report with every text in it made visible: the one place where text for a terminal is escaped.

    Most reports need no escape anywhere, and come back as they are.
    """
    new: object = value
    if isinstance(value, str) and not isinstance(value, Enum):
        new = visible(value)
    elif isinstance(value, tuple):
        items = tuple(map(shown, value))
        new = items if any(map(_is_other, items, value)) else value
    elif is_dataclass(value) and not isinstance(value, type):
        items_by_name = {one.name: shown(getattr(value, one.name)) for one in fields(value)}
        changed = {name: item for name, item in items_by_name.items() if item is not getattr(value, name)}
        new = replace(value, **changed) if changed else value
    return new  # type: ignore[return-value]  # of the type that came in, which mypy cannot follow


def _is_other(one: object, other: object) -> bool:
    return one is not other


def lines(text: str) -> str:
    """A message of several lines, each made visible."""
    return "\n".join(map(visible, text.split("\n")))


def plural(count: int, noun: str, many: str = "") -> str:
    """`1 zone`, `2 zones`, `2 entries`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {many or noun + 's'}"


def wrapped(head: str, text: str, indent: int = 4) -> str:
    """A text in lines of `WIDTH`, those after the first below the end of its head."""
    pad = " " * indent
    return textwrap.fill(
        text, WIDTH, initial_indent=pad + head, subsequent_indent=pad + " " * len(head),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def shorten(value: str) -> str:
    """A long value with its middle left out; keys are compared by their ends."""
    if len(value) <= LONG:
        return value
    return f"{value[:100]} …{len(value) - 140} characters… {value[-40:]}"


def in_order(change: Change) -> tuple[int, int, str, str]:
    """Deletes last, the apex first, then by name."""
    return (change.action is Action.DELETE, change.name.count("."), change.name, change.type)


def to_do(counts: Summary) -> list[str]:
    """`2 to create`, `1 to delete`: what there is of each."""
    by_verb: Mapping[str, int] = {
        "create": counts.create, "update": counts.update, "delete": counts.delete,
    }  # fmt: skip
    return [f"{number:,} to {verb}" for verb, number in by_verb.items() if number]


def due(plans: tuple[DomainPlan, ...]) -> int:
    """How many steps can be taken now."""
    return sum(step.state is StepState.DUE for one in plans for step in one.steps)


def names(plans: tuple[DomainPlan, ...]) -> list[str]:
    """The mail domains of some plans, each once, in their order."""
    return list(dict.fromkeys(one.domain for one in plans))


def one_for_all_targets(diffs: Iterable[DomainDiff]) -> list[DomainDiff]:
    """The same changes at several targets as one."""
    targets: dict[DomainDiff, list[str]] = {}
    for one in diffs:
        targets.setdefault(replace(one, plan=replace(one.plan, target="")), []).append(one.plan.target)
    together = ((one, ", ".join(dict.fromkeys(at))) for one, at in targets.items())
    return [replace(one, plan=replace(one.plan, target=at)) for one, at in together]


def stages(one: DomainDiff) -> str:
    """`, MTA-STS testing → enforce`; empty where there is none before and after."""
    before, after = one.stage_before, one.plan.stage
    if before == after:
        return f", MTA-STS {after}" if after != "absent" else ""
    return f", MTA-STS {before} → {after}"


def policy_meaning(policy: PolicyChange) -> str:
    """What becomes of a policy, with its ids."""
    if not policy.id_before:
        return f"new, id {policy.id}" + (f": {policy.meaning}" if policy.meaning else "")
    if not policy.id:
        return f"gone, id was {policy.id_before}"
    return f"{policy.meaning or 'the same text under a new id'} (id {policy.id_before} → {policy.id})"


def rewritten(count: int) -> str:
    """What is left out, since it changes nothing."""
    verb, mean = ("is", "means") if count == 1 else ("are", "mean")
    return f"{plural(count, 'record set')} {verb} written differently and {mean} the same."
