"""Reports for a terminal: the verb and the meaning first, rdata below, the summary last.

Colour is the only markup and never carries meaning alone; the terminal strips it where it must.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from itertools import groupby
from typing import TypeVar

from stszone.report import Action, Change, DomainPlan, Finding, Plan, Severity, Step, StepState, key_text
from stszone.rules import Rule
from stszone.standards.rrset import visible

T = TypeVar("T")

WIDTH = 100
ALIKE = 6
"""Mail domains that change alike from which on one stands for all."""

LONG = 160
"""Characters of rdata that are shown whole; of longer ones the middle is left out."""

_COLOURS = {"red": 31, "green": 32, "yellow": 33, "cyan": 36, "bold": 1, "dim": 2}
_ACTION = {Action.CREATE: "green", Action.UPDATE: "yellow", Action.DELETE: "red"}
_SEVERITY = {Severity.ERROR: "red", Severity.WARNING: "yellow", Severity.INFO: "cyan"}
_STATE = {StepState.DUE: "green", StepState.WAITING: "cyan", StepState.BLOCKED: "red", StepState.DONE: "dim"}


def style(text: str, colour: str) -> str:
    """A text in a colour, as ANSI codes."""
    return f"\x1b[{_COLOURS[colour]}m{text}\x1b[0m"


def shown(value: T) -> T:
    """A report with every text in it made visible: the one place where this module escapes.

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


def finding(found: Finding) -> str:
    """One finding: where, what, which rule, what follows, the way out."""
    place = f"{found.file}:{found.line}:{found.column}: " if found.file else ""
    key = f"{key_text(found.key)}: " if found.key else ""
    domain = f"{found.domain}: " if found.domain and found.domain not in place + found.message else ""
    head = (
        f"{place}{style(found.severity, _SEVERITY[found.severity])} {found.rule} {domain}{key}{found.message}"
    )
    below = (("rule", found.statement), ("otherwise", found.consequence), ("way out", found.fix))
    return "\n".join([head, *(_wrapped(f"{name}: ", text) for name, text in below if text)])


def _wrapped(head: str, text: str, indent: int = 4) -> str:
    pad = " " * indent
    return textwrap.fill(
        text, WIDTH, initial_indent=pad + head, subsequent_indent=pad + " " * len(head),
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def findings(found: Sequence[Finding]) -> str:
    """All findings, then how many of each severity.

    What a file says about many domains at once is told once, with the others' names below.
    """
    told: dict[tuple[object, ...], list[Finding]] = {}
    found = shown(tuple(found))
    for one in found:
        place = (one.file, one.line, one.column, one.rule) if one.file else (id(one),)
        told.setdefault(place, []).append(one)
    counts = {severity: sum(one.severity is severity for one in found) for severity in Severity}
    said = [plural(counts[severity], severity) for severity in Severity if counts[severity]]
    last = ", ".join(said) if said else "No findings."
    return "\n\n".join([*(_together(many) for many in told.values()), last]) + "\n"


def _together(many: list[Finding]) -> str:
    """Findings of one rule at one place."""
    by_domain: dict[str | None, list[Finding]] = {}
    for one in many:
        by_domain.setdefault(one.domain, []).append(one)
    first, *others = by_domain
    shown = [finding(one) for one in by_domain[first]]
    if others:
        names = ", ".join(str(name) for name in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        shown.append(_wrapped("also: ", names + more))
    return "\n".join(shown)


def plan(report: Plan, *, full: bool = False) -> str:
    """A plan, one block a mail domain, the summary last.

    Where many domains change alike, one of them stands for all; `full` shows each.
    """
    report = shown(report)
    alike: dict[str, list[tuple[str, str]]] = {}
    for domain, plans in groupby(report.domains, key=lambda item: item.domain):
        if block := _domain(domain, list(plans), full=full):
            alike.setdefault(block.replace(domain, "{domain}"), []).append((domain, block))
    blocks = []
    for many in alike.values():
        if full or len(many) < ALIKE:
            blocks.extend(many)
        else:
            names = ", ".join(domain for domain, _ in many[1:4])
            rest = f"  the same for {len(many) - 1:,} more mail domains: {names} and {len(many) - 4:,} more"
            blocks.append((many[0][0], f"{many[0][1]}\n{rest} (--full shows each)"))
    return "\n\n".join([*(block for _, block in sorted(blocks)), summary(report)]) + "\n"


def _domain(domain: str, plans: list[DomainPlan], *, full: bool) -> str:
    lines = []
    for one in plans:
        if not (one.changes or one.steps or one.findings or one.claims):
            continue
        where = f"zone {one.zone} at {one.target}" if one.zone != domain else f"at {one.target}"
        stage = f", MTA-STS {one.stage}" if one.stage != "absent" else ""
        lines.append(f"{style(domain, 'bold')}  {where}{stage}")
        lines.extend(_step(step) for step in one.steps)
        for change in sorted(one.changes, key=_order):
            lines.extend(_change(change, full=full))
        if one.claims:
            lines.append(f"  take over {plural(one.claims, 'record set')}, already as wanted")
        lines.extend(_note(found) for found in one.findings)
    return "\n".join(lines)


def _order(change: Change) -> tuple[int, int, str, str]:
    """Deletes last, the apex first, then by name."""
    return (change.action is Action.DELETE, change.name.count("."), change.name, change.type)


def _change(change: Change, *, full: bool) -> Iterator[str]:
    verb = style(f"{change.action:<6}", _ACTION[change.action])
    meaning = f"  {change.meaning}" if change.meaning else ""
    over = style("  takes over a record that was there", "yellow") if change.takes_over else ""
    yield f"  {verb} {change.type:<5} {change.name}{meaning}{over}"
    gone = [value for value in change.before if value not in change.after]
    new = [value for value in change.after if value not in change.before]
    kept = len(change.after) - len(new)
    for sign, values, colour in (("-", gone, "red"), ("+", new, "green")):
        for value in values:
            text = value if full else shorten(value)
            yield f"           {style(sign, colour)} {text}" if change.before else f"             {text}"
    if change.before and change.after and kept and (gone or new):
        yield f"             {plural(kept, 'other value stays', 'other values stay')}"
    if change.ttl_before not in (None, change.ttl) and change.before != change.after:
        yield f"             TTL {change.ttl_before} → {change.ttl}"


def shorten(value: str) -> str:
    """A long value with its middle left out; keys are compared by their ends."""
    if len(value) <= LONG:
        return value
    return f"{value[:100]} …{len(value) - 140} characters… {value[-40:]}"


def _step(step: Step) -> str:
    when = f" until {step.not_before}" if step.not_before and step.state is StepState.WAITING else ""
    rule = f" [{step.rule}]" if step.rule else ""
    head = f"{step.state}{when}: {step.kind}: "
    text = _wrapped(head, step.reason + rule, indent=2)
    return text.replace(step.state, style(step.state, _STATE[step.state]), 1)


def _note(found: Finding) -> str:
    return f"  {style(found.severity, _SEVERITY[found.severity])} {found.rule} {found.message}; {found.fix}"


def summary(report: Plan) -> str:
    """The last line: what there is to do, in numbers."""
    counts = report.summary
    said = [
        f"{number:,} to {verb}"
        for number, verb in ((counts.create, "create"), (counts.update, "update"), (counts.delete, "delete"))
        if number
    ]
    due = sum(step.state is StepState.DUE for one in report.domains for step in one.steps)
    claims = sum(one.claims for one in report.domains)
    if due:
        said.append(plural(due, "step") + " due")
    if claims:
        said.append(f"{claims:,} to take over as they are")
    if counts.waiting:
        said.append(f"{counts.waiting:,} waiting")
    if counts.blocked:
        said.append(style(f"{counts.blocked:,} blocked", "red"))
    for number, what in ((report.refused, "refused"), (report.unknown, "could not be looked at")):
        if number:
            said.append(style(f"{plural(number, 'zone')} {what}", "red"))
    same = plural(report.unchanged, "mail domain") + " as wanted"
    if not said:
        return f"No changes: {same}."
    risky = {one.domain for one in report.domains for found in one.findings if found.rule.startswith("GRD")}
    loud = style(f"  {plural(len(risky), 'mail domain')} with risky changes.", "red") if risky else ""
    return f"Plan: {', '.join(said)}; {same}.{loud}"


def rule(entry: Rule) -> str:
    """One rule of the catalogue, for `explain`."""
    entry = shown(entry)
    parts = [
        f"{style(entry.id, 'bold')}  {entry.severity}, decided by {' and '.join(entry.decided_by)}"
        + ("; plan and apply refuse what breaks it" if entry.blocks else ""),
        textwrap.fill(f"{entry.statement}.  ({entry.source})", WIDTH, break_on_hyphens=False),
        _wrapped("why: ", entry.why, indent=2),
        _wrapped("consequence: ", entry.consequence, indent=2),
        _wrapped("fix: ", entry.fix, indent=2),
    ]
    return "\n".join(parts) + "\n"


def rule_list(entries: Iterable[Rule]) -> str:
    """All rules, a line each."""
    return "".join(f"{one.id:<8} {one.severity:<8} {one.statement}\n" for one in map(shown, entries))
