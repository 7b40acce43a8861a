"""Changes that can lose mail, by kind: what an operator should have seen before applying them.

Plain creates are never among them.  A guard says what is lost; it does not hold the change back.
"""

from __future__ import annotations

from collections.abc import Iterator

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.report import Action, Change, DomainPlan, Finding
from stszone.rules import finding
from stszone.standards import dkim, dmarc, spf


def guard(plan: DomainPlan, wanted: MailDomain | None) -> Iterator[Finding]:
    """What the changes to one mail domain can lose."""
    if wanted is None and plan.changes and all(one.action is Action.DELETE for one in plan.changes):
        yield finding("GRD001", f"{plan.domain} loses all {len(plan.changes)} records in {plan.zone}")
        return
    for change in plan.changes:
        if change.action is not Action.CREATE:
            yield from _change(plan.domain, change)
    signs = wanted is not None and any(not selector.revoked for selector in wanted.dkim.values())
    lost = [one.name for one in plan.changes if one.action is not Action.CREATE and dkim.owns(one.name)]
    if lost and not signs:
        yield finding("GRD004", f"{plan.domain} has no DKIM key any more; {lost[-1]} goes or is revoked")


def _change(domain: str, change: Change) -> Iterator[Finding]:
    if change.name == domain and change.type == "MX" and change.before != ("0 .",):
        if not change.after:
            yield finding("GRD002", f"{domain} loses its MX {', '.join(change.before)}")
        elif change.after == ("0 .",):
            yield finding("GRD002", f"{domain} gets the null MX in place of {', '.join(change.before)}")
    elif change.name == domain and change.type == "TXT":
        if any(map(spf.is_spf, change.before)) and not any(map(spf.is_spf, change.after)):
            yield finding("GRD003", f"{domain} loses its SPF record")
    elif change.name == dmarc.PREFIX + domain and _weaker(change):
        yield finding("GRD005", f"{domain}: the DMARC policy gets weaker")


def _weaker(change: Change) -> bool:
    """Whether a DMARC policy asks for less than before; one that cannot be read asked for nothing."""
    try:
        before = dmarc.parse_record(change.before[0])
        after = dmarc.parse_record(change.after[0]) if change.after and change.type == "TXT" else None
    except RuleError:
        return False
    return dmarc.weaker(before, after)
