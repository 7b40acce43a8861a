"""Reports as Markdown, for comments and job summaries.  Every value is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stszone.render.text import plural, shorten, summary
from stszone.report import DomainPlan, Finding, Plan, key_text
from stszone.standards.rrset import visible

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SPECIAL = re.compile(r"([\\*_{}\[\]()#+!~-])")
_ENTITIES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "@": "&#64;", "|": "&#124;", "`": "&#96;"})
"""Not by backslash: a table looks for `|` first, GitHub for `@`, and both see through backslashes."""
_MORE_ENTITIES = str.maketrans({one: f"&#{ord(one)};" for one in "\\*_[]~!#"})


def escape(text: str) -> str:
    """A text that means itself in Markdown and in the HTML that becomes of it.

    `@` is kept from naming a person, and whatever does not print is made visible.
    """
    return _SPECIAL.sub(r"\\\1", visible(text)).translate(_ENTITIES)


def code(text: str) -> str:
    """A value in code type.  Markdown reads on inside of the HTML tag, so nothing may be left to it."""
    return f"<code>{visible(text).translate(_ENTITIES | _MORE_ENTITIES)}</code>"


def plan(report: Plan) -> str:
    """A plan: the counts, then a section for each mail domain."""
    lines = [f"**{escape(_ANSI.sub('', summary(report)))}**", ""]
    for one in report.domains:
        if one.changes or one.steps or one.findings:
            lines += _domain(one)
    return "\n".join(lines) + "\n"


def _domain(one: DomainPlan) -> list[str]:
    lines = [f"### {escape(one.domain)} ({escape(one.zone)} at {escape(one.target)})", ""]
    lines += [f"- {step.state}: {escape(step.kind)}: {escape(step.reason)}" for step in one.steps]
    lines += [f"- {found.severity} {escape(found.rule)}: {escape(found.message)}" for found in one.findings]
    if one.changes:
        lines += ["", "| | type | name | meaning | before | after |", "|---|---|---|---|---|---|"]
        for change in one.changes:
            cells = (
                change.action + (" (takes over)" if change.takes_over else ""),
                escape(change.type),
                escape(change.name),
                escape(change.meaning),
                "<br>".join(code(shorten(value)) for value in change.before),
                "<br>".join(code(shorten(value)) for value in change.after),
            )
            lines.append(f"| {' | '.join(cells)} |")
    return [*lines, ""]


def findings(found: Sequence[Finding]) -> str:
    """Findings as a table."""
    lines = [f"**{plural(len(found), 'finding')}**", ""]
    if found:
        lines += ["| rule | where | what | way out |", "|---|---|---|---|"]
    for one in found:
        where = f"{one.file}:{one.line} {key_text(one.key)}" if one.file else one.domain or ""
        cells = (f"{one.rule} {one.severity}", where, one.message, one.fix)
        lines.append(f"| {' | '.join(map(escape, cells))} |")
    return "\n".join(lines) + "\n"
