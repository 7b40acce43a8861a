"""Reports for a terminal: the verb and the meaning first, rdata below, the summary last.

Colour is the only markup and never carries meaning alone; the terminal strips it where it must.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from stszone.render.catalogue import finding, findings, rule, rule_list
from stszone.render.words import (
    ACTION,
    ALIKE,
    SEVERITY,
    STATE,
    due,
    in_order,
    lines,
    names,
    one_for_all_targets,
    plural,
    policy_meaning,
    rewritten,
    shorten,
    shown,
    stages,
    style,
    to_do,
    wrapped,
)
from stszone.report import Change, Difference, DomainDiff, DomainPlan, Finding, Plan, Step, StepState

__all__ = [
    "counted", "difference", "finding", "findings", "lines", "plan", "plural", "rule", "rule_list",
    "shorten", "shown", "style", "summary",
]  # fmt: skip


def plan(report: Plan, *, full: bool = False) -> str:
    """A plan, one block a mail domain, the summary last.

    Where many domains change alike, one of them stands for all; `full` shows each.
    """
    report = shown(report)
    blocks = (
        (domain, _domain(domain, list(plans), full=full))
        for domain, plans in groupby(report.domains, key=lambda item: item.domain)
    )
    return "\n\n".join([*_folded(blocks, full=full), summary(report)]) + "\n"


def _folded(blocks: Iterable[tuple[str, str]], *, full: bool) -> list[str]:
    """Blocks in the order of their domains; of many that are alike the first, and the others' names."""
    alike: dict[str, list[tuple[str, str]]] = {}
    for domain, block in blocks:
        if block:
            key = " ".join(block.replace(domain, "{domain}").split())  # lines end where the name makes them
            alike.setdefault(key, []).append((domain, block))
    folded = []
    for many in alike.values():
        if full or len(many) < ALIKE:
            folded.extend(many)
        else:
            others = ", ".join(domain for domain, _ in many[1:4])
            rest = f"  the same for {len(many) - 1:,} more mail domains: {others} and {len(many) - 4:,} more"
            folded.append((many[0][0], f"{many[0][1]}\n{rest} (--full shows each)"))
    return [block for _, block in sorted(folded)]


def _domain(domain: str, plans: list[DomainPlan], *, full: bool) -> str:
    lines = []
    for one in plans:
        if not (one.changes or one.steps or one.findings or one.claims):
            continue
        stage = f", MTA-STS {one.stage}" if one.stage != "absent" else ""
        lines.append(f"{style(domain, 'bold')}  {_where(one)}{stage}{_mark(one)}")
        lines.extend(_step(step) for step in one.steps)
        lines.extend(_changes(one, full=full))
        lines.extend(_note(found) for found in one.findings if not _is_held(found, one))
    return "\n".join(lines)


def _where(one: DomainPlan) -> str:
    return f"zone {one.zone} at {one.target}" if one.zone != one.domain else f"at {one.target}"


def _mark(one: DomainPlan) -> str:
    return f"  {style('RISK', 'red')}" if one.risky else ""


def _changes(one: DomainPlan, *, full: bool) -> Iterator[str]:
    for change in sorted(one.changes, key=in_order):
        yield from _change(change, full=full)
    if one.claims:
        yield f"  take over {plural(one.claims, 'record set')}, already as wanted"


def _change(change: Change, *, full: bool) -> Iterator[str]:
    verb = style(f"{change.action:<6}", ACTION[change.action])
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


def _step(step: Step) -> str:
    when = f" until {step.not_before}" if step.not_before and step.state is StepState.WAITING else ""
    rule = f" [{step.rule}]" if step.rule else ""
    head = f"{step.state}{when}: {step.kind}: "
    text = wrapped(head, step.reason + rule, indent=2)
    return text.replace(step.state, style(step.state, STATE[step.state]), 1)


def _note(found: Finding) -> str:
    return f"  {style(found.severity, SEVERITY[found.severity])} {found.rule} {found.message}; {found.fix}"


def _is_held(found: Finding, plan: DomainPlan) -> bool:
    """Whether a blocked step has said it all."""
    told = (step for step in plan.steps if step.kind in ("guard", "check") and step.rule == found.rule)
    return any(found.message.rstrip(".") in step.reason for step in told)


def summary(report: Plan) -> str:
    """The last line: what there is to do, in numbers."""
    counts, plans = report.summary, report.domains
    said = [*to_do(counts), *_steps_said(plans)]
    if claims := sum(one.claims for one in plans):
        said.append(f"{claims:,} to take over as they are")
    said += _held_said(counts.waiting, counts.blocked)
    for number, what in ((report.refused, "refused"), (report.unknown, "could not be looked at")):
        if number:
            said.append(style(f"{plural(number, 'zone')} {what}", "red"))
    same = plural(report.unchanged, "mail domain") + " as wanted"
    if not said:
        return f"No changes: {same}."
    return f"Plan: {', '.join(said)}; {same}.{_loud(plans)}"


def _steps_said(plans: tuple[DomainPlan, ...]) -> list[str]:
    number = due(plans)
    return [plural(number, "step") + " due"] if number else []


def _held_said(waiting: int, blocked: int) -> list[str]:
    said = [f"{waiting:,} waiting"] if waiting else []
    return [*said, style(f"{blocked:,} blocked", "red")] if blocked else said


def _loud(plans: tuple[DomainPlan, ...]) -> str:
    risky = names(tuple(one for one in plans if one.risky))
    return style(f"  {plural(len(risky), 'mail domain')} with risky changes.", "red") if risky else ""


def difference(report: Difference, *, full: bool = False) -> str:
    """What a branch changes: how much of it first and last, one block a mail domain between.

    Where many domains change alike, one of them stands for all; `full` shows each.
    """
    report = shown(report)
    blocks = (
        (domain, "\n".join(line for one in many for line in _changed(one, full=full)))
        for domain, many in groupby(one_for_all_targets(report.domains), key=lambda one: one.plan.domain)
    )
    parts = [*_folded(blocks, full=full), *_of_no_domain(report)]
    last = counted(report)
    if report.representation_only:
        parts.append(rewritten(report.representation_only))
    return "\n\n".join([*([f"{_against(report)}: {last}"] if parts else []), *parts, last]) + "\n"


def _against(report: Difference) -> str:
    return f"Against {report.base} ({report.commit[:12]})" if report.commit else f"Against {report.base}"


def _changed(one: DomainDiff, *, full: bool) -> Iterator[str]:
    """One mail domain: what it means, records, steps, findings new and mended."""
    plan = one.plan
    yield f"{style(plan.domain, 'bold')}  {_where(plan)}{stages(one)}{_mark(plan)}"
    if one.policy:
        yield f"  {style('policy', 'yellow')} {policy_meaning(one.policy)}"
    yield from _changes(plan, full=full)
    yield from (_step(step) for step in plan.steps)
    yield from (f"  new {_note(found).lstrip()}" for found in plan.findings if not _is_held(found, plan))
    yield from (f"  mended {found.rule} {found.message}" for found in one.gone)


def _of_no_domain(report: Difference) -> Iterator[str]:
    """Findings about the repository as a whole."""
    said = [f"new {_note(found).lstrip()}" for found in report.findings]
    said += [f"mended {found.rule} {found.message}" for found in report.gone]
    if said:
        yield "\n".join(said)


def counted(report: Difference) -> str:
    """What a branch changes, in numbers."""
    plans = tuple(one.plan for one in report.domains)
    said = to_do(report.summary)
    if policies := sum(one.policy is not None and not one.plan.blocked for one in report.domains):
        said.append(plural(policies, "policy", "policies") + " to change")
    said += [*_steps_said(plans), *_held_said(report.summary.waiting, report.summary.blocked)]
    new = len(report.findings) + sum(not _is_held(found, one) for one in plans for found in one.findings)
    mended = len(report.gone) + sum(len(one.gone) for one in report.domains)
    for number, what in ((new, "new finding"), (mended, "mended finding")):
        if number:
            said.append(plural(number, what))
    same = plural(report.unchanged, "mail domain") + " as before"
    if not said:
        return f"No changes: {same}."
    return f"{', '.join(said)}; {same}.{_loud(plans)}"
