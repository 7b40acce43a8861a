"""Changes that can lose mail, by kind: what an operator has to have said yes to.

Plain creates are never among them.  A finding of severity error holds the mail domain back until
it is allowed; a warning marks the domain as one to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import replace

from stszone.domain import MailDomain
from stszone.guards.dkim import keys_lost
from stszone.guards.dmarc import policy_weaker
from stszone.guards.gone import listed, mail_goes
from stszone.guards.mx import mta_sts_lost, mx_lost
from stszone.guards.spf import is_spf, spf_lost
from stszone.guards.zone import Before, Values
from stszone.report import Action, Change, DomainPlan, Finding, Severity, Step, StepState
from stszone.rules import finding
from stszone.standards import dmarc, mta_sts

__all__ = ["Before", "Permitted", "Values", "excess", "guard", "judge", "waiting"]

Permitted = Callable[[str, str, str], str | None]
"""Why something that a rule forbids may happen all the same: mail domain, rule, what is forbidden."""


def guard(plan: DomainPlan, wanted: MailDomain | None, before: Before) -> Iterator[Finding]:
    """What the changes to one mail domain can lose.

    >>> gone = Change(Action.DELETE, "example.com", "MX", 300, ("10 mx.example.net.",), ())
    >>> plan = DomainPlan("example.com", "example.com", "", "absent", (gone,))
    >>> [found.rule for found in guard(plan, MailDomain(name="example.com", zone="example.com"), Before())]
    ['GRD002']
    """
    lossy = [one for one in plan.changes if one.action is not Action.CREATE]
    if wanted is None and (gone := [one for one in lossy if mail_goes(plan.domain, one)]):
        yield finding("GRD001", f"{plan.domain} loses its mail records in {plan.zone}: {listed(gone)}")
        lossy = [one for one in lossy if one.action is not Action.DELETE and one not in gone]
    after = _after(before.values, plan.changes) if before.after is None else before.after
    for change in lossy:
        yield from _change(plan.domain, change, before, after)
    yield from keys_lost(lossy, before.values, after)


def _after(values: Values, changes: Iterable[Change]) -> Values:
    """The zone with the changes made."""
    after = dict(values)
    for change in changes:
        if change.after:
            after[change.name, change.type] = change.after
        else:
            after.pop((change.name, change.type), None)
    return after


def _change(domain: str, change: Change, before: Before, after: Values) -> Iterator[Finding]:
    name = change.name
    if change.type == "MX":
        yield from mx_lost(domain, change, before)
    elif change.type == "TXT" and mta_sts.owns(name):
        yield from mta_sts_lost(domain, change, before, after)
    elif change.type in ("TXT", "CNAME") and dmarc.owns(name):
        yield from policy_weaker(change, after)
    elif change.type == "TXT" and is_spf(change.before):
        receives = name == domain or (name, "MX") in before.values
        yield from spf_lost(change, Severity.ERROR if receives else Severity.WARNING)


def judge(plan: DomainPlan, risks: Iterable[Finding], permitted: Permitted) -> DomainPlan:
    """A mail domain with its risks; each error blocks it, unless it is allowed."""
    findings, steps = [], []
    for risk in risks:
        reason = permitted(plan.domain, risk.rule, risk.message)
        if risk.severity is Severity.ERROR and reason:
            risk = replace(risk, severity=Severity.WARNING, fix=f"allowed: {reason}")
        elif risk.severity is Severity.ERROR:
            text = f"{risk.message.rstrip('.')}. {risk.consequence} Way out: {risk.fix}"
            way = f"; or --allow {risk.rule} --reason TEXT"
            steps.append(Step("guard", StepState.BLOCKED, text + way, risk.rule))
        findings.append(risk.for_domain(plan.domain))
    return replace(plan, findings=(*plan.findings, *findings), steps=(*steps, *plan.steps))


def waiting(step: Step) -> Step:
    """A step of a blocked mail domain: nothing of it is done, so nothing of it is due."""
    return replace(step, state=StepState.WAITING) if step.state is StepState.DUE else step


def excess(risky: Collection[str], limit: int) -> Finding | None:
    """More mail domains with changes that can lose mail than one run may have."""
    if len(risky) <= limit:
        return None
    some = ", ".join(sorted(risky)[:3]) + (f" and {len(risky) - 3} more" if len(risky) > 3 else "")
    # Nothing in it changes while the run is done domain by domain: an allowance goes on fitting.
    what = f"more mail domains than guards.max_risky_domains ({limit}) have changes that can lose mail"
    found = finding("GRD008", what)
    return replace(found, fix=f"{len(risky)} have: {some}; {found.fix}")
