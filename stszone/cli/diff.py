"""`diff`: what a branch changes, without credentials and without network."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

from stszone.cli import ci
from stszone.cli.exit_codes import DIFFERENT, DONE, ERROR
from stszone.cli.plan import note_allowed
from stszone.cli.selection import matching
from stszone.cli.session import Session
from stszone.difference import Side, difference
from stszone.errors import InputError
from stszone.planning.sides import Branch, read_branch
from stszone.render import as_json, gitlab, markdown, sarif, text
from stszone.report import Difference, DomainPlan, Finding, StepState
from stszone.standards.rrset import visible

_NOTED = 20
"""Findings that are told beside the report."""


@dataclass(frozen=True, slots=True)
class DiffOptions:
    """How `diff` ends, and what it leaves behind."""

    base: str
    detailed: bool = False
    full: bool = False
    sarif: Path | None = None
    gitlab: Path | None = None


def run_diff(session: Session, patterns: Sequence[str], options: DiffOptions) -> int:
    """`diff`: 1 where a plan would be refused, or held back; 2 with --detailed-exitcode for a change."""
    gc.disable()  # all that is read stays to the end of the run
    branch = read_branch(session.zones, session.providers, options.base, session.now, session.allow)
    gc.enable()
    report = _compare(branch, options.base, _chosen(branch, patterns))
    for said in branch.notes:
        session.note(visible(said))
    findings = told(report)
    plans = [one.plan for one in report.domains]
    _write(session, options, report, findings)
    with session.writing() if session.allow else nullcontext():
        _show(session, report, full=options.full)
        ci.annotate(ci.placed(findings, session.zones))
        ci.write_counts(report.summary, has_changes=report.has_changes)
        _note_allowed(session, branch, plans)
    refused = _refused(branch, {one.domain for one in plans})
    _note_refused(session, branch, [one for one in refused if _said(one) not in set(map(_said, findings))])
    blocked = any(step.state is StepState.BLOCKED for one in plans for step in one.steps)
    if refused or blocked:
        return ERROR
    return DIFFERENT if options.detailed and report.has_changes else DONE


def _note_allowed(session: Session, branch: Branch, plans: Sequence[DomainPlan]) -> None:
    """What this run overrides, to the ledgers of mail domains; what is none in zones/ has no ledger."""
    if not session.allow:
        return
    known = {*branch.base.lives, *branch.head.lives}
    ours = [one for one in plans if one.domain in known]
    others = {
        found.rule: one.domain
        for one in plans if one.domain not in known
        for found in one.findings if found.rule in session.allow
    }  # fmt: skip
    needed = {found.rule for one in ours for found in one.findings}
    allow = tuple(rule for rule in session.allow if rule in needed or rule not in others)
    note_allowed(replace(session, allow=allow), branch.state, ours)
    for rule, zone in others.items():
        session.note(f"--allow {rule}: for this run only; {zone} is no mail domain and has no ledger")


def _compare(branch: Branch, base: str, chosen: Callable[[str], bool] | None) -> Difference:
    state = branch.state
    report = difference(
        branch.base,
        branch.head,
        ref=base,
        commit=branch.commit,
        permitted=state.permitted,
        limit=branch.max_risky_domains,
        chosen=chosen,
    )
    # A guard speaks of a mail domain; where its YAML stands the repository knows.
    plans = (
        replace(one.plan, findings=tuple(map(state.repository.located, one.plan.findings)))
        for one in report.domains
    )
    domains = tuple(replace(one, plan=plan) for one, plan in zip(report.domains, plans, strict=True))
    return replace(report, domains=domains)


def told(report: Difference) -> list[Finding]:
    """Every finding that is new on the branch, each once."""
    plans = (one.plan for one in report.domains)
    return list(dict.fromkeys([*report.findings, *(found for plan in plans for found in plan.findings)]))


def _chosen(branch: Branch, patterns: Sequence[str]) -> Callable[[str], bool] | None:
    """Which mail domains are meant; None for all.  Raises InputError for a pattern that takes none."""
    if not patterns:
        return None
    known = {name for side in (branch.base, branch.head) for name in _names(side)}
    for pattern in patterns:
        if not matching(known, [pattern]):
            raise InputError(f"no mail domain and no zone matches {pattern}, on neither side")
    return matching(known, patterns).__contains__


def _names(side: Side) -> Collection[str]:
    return {*side.lives, *side.zones, *side.entries, *side.unread.domains}


def _show(session: Session, report: Difference, *, full: bool) -> None:
    if session.format == "json":
        session.say(as_json.document(session.now, **as_json.difference(report)))
    elif session.format == "markdown":
        session.say(markdown.difference(report, more=ci.run_address()))
    else:
        session.say(ci.harmless(text.difference(report, full=full)))


def _write(session: Session, options: DiffOptions, report: Difference, findings: Sequence[Finding]) -> None:
    """Files for the places where a forge shows findings and counts.  Raises InputError."""
    if options.sarif is not None:
        placed, otherwise = ci.placed(findings, session.zones), ci.placed_path(session.zones, session.zones)
        ci.write_report(options.sarif, sarif.document(placed, ci.version_of_stszone(), otherwise))
    if options.gitlab is not None:
        ci.write_report(options.gitlab, gitlab.plan(report.summary))


def _refused(branch: Branch, domains: Collection[str]) -> list[Finding]:
    """What a plan of the branch would refuse to begin with.

    Of a mail domain that was read in parts, only what cannot be read: the rules would miss the rest.
    """
    state = branch.state
    whole = {name for name in domains & state.lives.keys() if not state.repository.lost.get(name)}
    return [*state.forbidding(whole), *branch.broken]


def _said(found: Finding) -> tuple[str, str | None, str]:
    return found.rule, found.domain, found.message


def _note_refused(session: Session, branch: Branch, findings: Sequence[Finding]) -> None:
    """Errors that stop a plan and that are not in the report, most often since they are not new."""
    before = set(map(_said, branch.base.findings))
    for one in findings[:_NOTED]:
        place = f"{one.file}:{one.line}: " if one.file else ""
        both = "it is on both sides, and " if _said(one) in before else ""
        session.note(visible(f"{place}{one.rule} {one.message}; {both}plan refuses it"))
    if len(findings) > _NOTED:
        session.note(f"… and {len(findings) - _NOTED} more; `stszone check` names them all")
