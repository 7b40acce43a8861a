"""Findings and rules for a terminal: where, what, which rule, what follows, the way out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from stszone.render.words import SEVERITY, WIDTH, plural, shown, style, wrapped
from stszone.report import Finding, Severity, key_text
from stszone.rules import Rule


def finding(found: Finding) -> str:
    """One finding: where, what, which rule, what follows, the way out."""
    place = f"{found.file}:{found.line}:{found.column}: " if found.file else ""
    key = f"{key_text(found.key)}: " if found.key else ""
    domain = f"{found.domain}: " if found.domain and found.domain not in place + found.message else ""
    head = (
        f"{place}{style(found.severity, SEVERITY[found.severity])} {found.rule} {domain}{key}{found.message}"
    )
    below = (("rule", found.statement), ("otherwise", found.consequence), ("way out", found.fix))
    return "\n".join([head, *(wrapped(f"{name}: ", text) for name, text in below if text)])


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
    said = [finding(one) for one in by_domain[first]]
    if others:
        names = ", ".join(str(name) for name in others[:5])
        more = f" and {len(others) - 5} more" if len(others) > 5 else ""
        said.append(wrapped("also: ", names + more))
    return "\n".join(said)


def rule(entry: Rule) -> str:
    """One rule of the catalogue, for `explain`."""
    entry = shown(entry)
    parts = [
        f"{style(entry.id, 'bold')}  {entry.severity}, decided by {' and '.join(entry.decided_by)}"
        + ("; plan and apply refuse what breaks it" if entry.blocks else ""),
        textwrap.fill(f"{entry.statement}.  ({entry.source})", WIDTH, break_on_hyphens=False),
        wrapped("why: ", entry.why, indent=2),
        wrapped("consequence: ", entry.consequence, indent=2),
        wrapped("fix: ", entry.fix, indent=2),
    ]
    return "\n".join(parts) + "\n"


def rule_list(entries: Iterable[Rule]) -> str:
    """All rules, a line each."""
    return "".join(f"{one.id:<8} {one.severity:<8} {one.statement}\n" for one in map(shown, entries))
