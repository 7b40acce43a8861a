"""Reports as Markdown, for comments and job summaries.  Every value is escaped."""

from __future__ import annotations

import re
from collections.abc import Sequence

from stszone.render.comment import Content, comment
from stszone.render.entry import entries
from stszone.render.markup import code, escape
from stszone.render.text import counted, plural, summary
from stszone.render.words import names, rewritten
from stszone.report import Difference, DomainDiff, DomainPlan, Finding, Plan, key_text

__all__ = ["LIMIT", "code", "difference", "escape", "findings", "plan"]

LIMIT = 65_536
"""Characters that a comment of GitHub may have."""

_ANSI = re.compile(r"\x1b\[[0-9;]*m")


def difference(report: Difference, marker: str = "diff", limit: int = LIMIT, more: str = "") -> str:
    """What a branch changes, as one comment that is edited in place; `more` is a link to the run.

    A job finds its comment by the first line, which holds the marker's name.
    """
    plans = tuple(one.plan for one in report.domains)
    commit = f" ({code(report.commit[:12])})" if report.commit else ""
    last = [escape(rewritten(report.representation_only))] if report.representation_only else []
    return comment(
        Content(
            kind="diff",
            marker=marker,
            title=_title(plans, findings=len(report.findings)),
            counts=f"{_plain(counted(report))} Compared with {code(report.base[:100])}{commit}.",
            entries=entries(report.domains),
            base=report.base,
            findings=report.findings,
            gone=report.gone,
            last=tuple(last),
            more=more,
        ),
        limit,
    )


def plan(report: Plan, marker: str = "plan", limit: int = LIMIT, more: str = "") -> str:
    """What an apply would do now, as one comment that is edited in place."""
    diffs = (DomainDiff(one, one.stage) for one in report.domains)
    unplanned = report.refused + report.unknown
    last = [f"Digest {code(report.digest[:12])}"] if report.digest else []
    return comment(
        Content(
            kind="plan",
            marker=marker,
            title=_title(report.domains, unplanned=unplanned, findings=len(report.findings)),
            counts=_plain(summary(report)),
            entries=entries(diffs),
            findings=report.findings,
            last=tuple(last),
            more=more,
        ),
        limit,
    )


def _plain(text: str) -> str:
    """Without colours, and without what the title says."""
    return escape(_ANSI.sub("", text).removeprefix("No changes: "))


def _title(plans: tuple[DomainPlan, ...], *, unplanned: int = 0, findings: int = 0) -> str:
    """The verdict: the worst that there is."""
    held = names(tuple(one for one in plans if one.blocked))
    risky = names(tuple(one for one in plans if one.risky))
    busy = names(tuple(one for one in plans if one.changes or one.steps or one.claims))
    if held:
        return f"Held back: {_whom(held)}"
    if unplanned:
        return f"Incomplete: {plural(unplanned, 'zone')} could not be planned"
    if risky:
        return f"RISK: {_whom(risky)}"
    if busy:
        return f"{_whom(busy)} {'changes' if len(busy) == 1 else 'change'}"
    return "No changes, but findings" if findings or any(one.findings for one in plans) else "No changes"


def _whom(domains: Sequence[str]) -> str:
    return escape(domains[0][:100]) if len(domains) == 1 else plural(len(domains), "mail domain")


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
