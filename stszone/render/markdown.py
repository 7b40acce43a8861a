"""Reports as Markdown, for comments and job summaries.  Every value is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stszone.render.text import plural, shorten, summary
from stszone.report import DomainPlan, Finding, Plan, key_text

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SPECIAL = re.compile(r"([\\`*_{}\[\]()#+!|~-])")


def escape(text: str) -> str:
    """A text that means itself in Markdown and in the HTML that becomes of it.

    `@` is kept from naming a person, and line ends from ending a table row.
    """
    html = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    return _SPECIAL.sub(r"\\\1", html).replace("\n", " ")


def code(text: str) -> str:
    """A value in code type; entities rather than backslashes, which code does not know."""
    html = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("@", "&#64;")
    return f"<code>{html.replace('|', '&#124;').replace('`', '&#96;')}</code>"


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
    lines += [f"- {found.severity} {found.rule}: {escape(found.message)}" for found in one.findings]
    if one.changes:
        lines += ["", "| | type | name | meaning | before | after |", "|---|---|---|---|---|---|"]
        for change in one.changes:
            cells = (
                change.action + (" (takes over)" if change.takes_over else ""),
                change.type,
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
        lines.append(
            f"| {one.rule} {one.severity} | {escape(where)} | {escape(one.message)} | {escape(one.fix)} |"
        )
    return "\n".join(lines) + "\n"
