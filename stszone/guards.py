"""Changes that can lose mail, by kind: what an operator has to have said yes to.

Plain creates are never among them.  A finding of severity error holds the mail domain back until
it is allowed; a warning marks the domain as one to look at.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from stszone.compiler import NameType
from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.report import Action, Change, DomainPlan, Finding, Severity, Step, StepState
from stszone.rules import finding
from stszone.standards import dkim, dmarc, mta_sts, spf
from stszone.standards.rrset import points_to

Values = Mapping[NameType, tuple[str, ...]]
"""Rdata as `Change` has it, by owner name and type."""

Permitted = Callable[[str, str, str], str | None]
"""Why something that a rule forbids may happen all the same: mail domain, rule, what is forbidden."""

_NULL_MX = ("0 .",)


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a mail domain's zone before the changes."""

    values: Values = field(default_factory=dict)
    ids: Collection[str] = ()
    """The MTA-STS ids that the domain's ledger knows."""
    staged: bool = True
    """Whether the lifecycle decided when the domain's MTA-STS record goes."""


def guard(plan: DomainPlan, wanted: MailDomain | None, before: Before) -> Iterator[Finding]:
    """What the changes to one mail domain can lose.

    >>> gone = Change(Action.DELETE, "example.com", "MX", 300, ("10 mx.example.net.",), ())
    >>> plan = DomainPlan("example.com", "example.com", "", "absent", (gone,))
    >>> [found.rule for found in guard(plan, MailDomain(name="example.com", zone="example.com"), Before())]
    ['GRD002']
    """
    lossy = [one for one in plan.changes if one.action is not Action.CREATE]
    if wanted is None and all(one.action is Action.DELETE for one in plan.changes):
        if any(one.type in ("MX", "TXT") for one in lossy):  # hosts may leave later than their MX
            yield finding("GRD001", f"{plan.domain} loses all {len(lossy)} records in {plan.zone}")
        return
    after = _after(before.values, plan.changes)
    for change in lossy:
        yield from _change(plan.domain, change, before, after)
    yield from _last_key(lossy, after)


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
        yield from _mx(domain, change, before, after)
    elif change.type == "TXT" and mta_sts.owns(name):
        yield from _mta_sts(domain, change, before, after)
    elif change.type in ("TXT", "CNAME") and dmarc.owns(name):
        if _weaker(change, after):
            was, now = ("; ".join(map(_described, side)) or "gone" for side in (change.before, change.after))
            what = f"{name.removeprefix(dmarc.PREFIX)}: the DMARC policy gets weaker: {was} → {now}"
            yield finding("GRD005", what)
    elif change.type == "TXT" and _is_spf(change.before) and not _is_spf(change.after):
        receives = name == domain or (name, "MX") in before.values
        severity = Severity.ERROR if receives else Severity.WARNING
        record = next(filter(spf.is_spf, change.before))
        yield finding("GRD003", f"{name} loses its SPF record {record}", severity=severity)


def _is_spf(texts: tuple[str, ...]) -> bool:
    return any(map(spf.is_spf, texts))


def _described(text: str) -> str:
    try:
        return dmarc.describe(dmarc.parse_record(text))
    except RuleError:
        return text


def _mx(domain: str, change: Change, before: Before, after: Values) -> Iterator[Finding]:
    name, hosts = change.name, set(map(points_to, change.before))
    if change.before == _NULL_MX:
        return
    if not change.after:
        yield finding("GRD002", f"{name} loses its MX {', '.join(change.before)}")
    elif change.after == _NULL_MX:
        yield finding("GRD002", f"{name} gets the null MX in place of {', '.join(change.before)}")
    elif not hosts & set(map(points_to, change.after)):
        what = f"{name}: every MX host is replaced, {', '.join(sorted(hosts))} by "
        what += ", ".join(sorted(map(points_to, change.after)))
        unknown = _unknown_policy(domain, name, before, after)
        if unknown:
            what += f", while {unknown} announces a policy that stszone did not write"
        yield finding("GRD006", what, severity=Severity.ERROR if unknown else Severity.WARNING)


def _unknown_policy(domain: str, name: str, before: Before, after: Values) -> str:
    """The MTA-STS record whose policy, which senders hold, may not allow the new MX hosts."""
    record = mta_sts.record_name(name)
    if (record, "CNAME") in before.values:
        return record
    for text in before.values.get((record, "TXT"), ()):
        try:
            known = mta_sts.parse_record(text).id in before.ids
        except RuleError:
            continue
        if not (known and name == domain):
            return record
    return ""


def _mta_sts(domain: str, change: Change, before: Before, after: Values) -> Iterator[Finding]:
    """The record of a policy goes at once, outside of its lifecycle (LC3)."""
    name = change.name.partition(".")[2]
    if (name == domain and before.staged) or (change.name, "CNAME") in after or change.after:
        return
    if after.get((name, "MX"), _NULL_MX) != _NULL_MX:
        what = f"{change.name} goes at once, and {name} goes on receiving mail at {_hosts(after, name)}"
        yield finding("GRD007", what)


def _hosts(values: Values, name: str) -> str:
    return ", ".join(sorted(map(points_to, values[name, "MX"])))


def _weaker(change: Change, after: Values) -> bool:
    """Whether a DMARC policy asks for less than before; one that cannot be read asked for nothing.

    What a CNAME leads to is not known, so only its loss counts.
    """
    other = "TXT" if change.type == "CNAME" else "CNAME"
    if change.type == "CNAME" or (change.name, other) in after:
        return not change.after and (change.name, other) not in after
    try:
        was = dmarc.parse_record(change.before[0])
        now = dmarc.parse_record(change.after[0]) if change.after else _inherited(change.name, after)
    except RuleError:
        return False
    return dmarc.weaker(was, now)


def _inherited(record: str, after: Values) -> dmarc.Dmarc | None:
    """What the nearest domain above says of its subdomains (RFC 9989 §4.10.2); None: nothing in this zone.

    Raises RuleError.
    """
    above = record.removeprefix(dmarc.PREFIX).partition(".")[2]
    while above:
        if texts := after.get((dmarc.PREFIX + above, "TXT")):
            parent = dmarc.parse_record(texts[0])
            return dmarc.Dmarc(p=parent.subdomains, t=parent.t, pct=parent.pct)
        above = above.partition(".")[2]
    return None


def _last_key(lossy: Iterable[Change], after: Values) -> Iterator[Finding]:
    """Signers that are left without any key."""
    lost: dict[str, str] = {}
    for change in lossy:
        signs = (_signs(change.type, values) for values in (change.before, change.after))
        if dkim.owns(change.name) and tuple(signs) == (True, False):
            lost[_signer(change.name)] = change.name
    for name, selector in lost.items():
        if not any(_signer(at) == name and _signs(type_, values) for (at, type_), values in after.items()):
            yield finding("GRD004", f"{name} has no DKIM key any more; {selector} goes or is revoked")


def _signer(name: str) -> str:
    """The domain that a selector signs for; empty for what is no selector."""
    return name.partition("._domainkey.")[2]


def _signs(type_: str, values: tuple[str, ...]) -> bool:
    """Whether a selector's records may hold a key: an alias may, a revoked one does not."""
    if type_ != "TXT":
        return type_ == "CNAME" and bool(values)
    try:
        return bool(values) and not dkim.parse_record(values[0]).revoked
    except RuleError:
        return bool(values)  # unreadable to us, perhaps not to all verifiers


def judge(plan: DomainPlan, risks: Iterable[Finding], permitted: Permitted) -> DomainPlan:
    """A mail domain with its risks; each error blocks it, unless it is allowed."""
    findings, steps = [], []
    for risk in risks:
        reason = permitted(plan.domain, risk.rule, risk.message)
        if risk.severity is Severity.ERROR and reason:
            risk = replace(risk, severity=Severity.WARNING, fix=f"allowed: {reason}")
        elif risk.severity is Severity.ERROR:
            text = f"{risk.message.rstrip('.')}. {risk.consequence} {risk.fix}"
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
    what = f"{len(risky)} mail domains have changes that can lose mail, the limit is {limit}: {some}"
    return finding("GRD008", what)
