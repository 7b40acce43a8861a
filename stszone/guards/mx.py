"""MX hosts that change, and the MTA-STS records that senders found beside them."""

from __future__ import annotations

from collections.abc import Iterator

from stszone.errors import RuleError
from stszone.guards.zone import Before, Values
from stszone.report import Change, Finding, Severity
from stszone.rules import finding
from stszone.standards import mta_sts
from stszone.standards.rrset import points_to

_NULL_MX = ("0 .",)


def mx_lost(domain: str, change: Change, before: Before) -> Iterator[Finding]:
    """An MX RRset that goes, or whose hosts are others."""
    name, was = change.name, ", ".join(change.before)
    if change.before == _NULL_MX:
        return
    if not change.after:
        yield finding("GRD002", f"{name} loses its MX {was}")
    elif change.after == _NULL_MX:
        yield finding("GRD002", f"{name} gets the null MX in place of {was}")
    else:
        yield from _mx_hosts(name, change, _unknown_policy(domain, name, before))


def _mx_hosts(name: str, change: Change, unknown: str) -> Iterator[Finding]:
    """MX hosts that are others than before; `unknown` announces a policy that may not allow them."""
    old, new = (set(map(points_to, side)) for side in (change.before, change.after))
    hosts = f"{', '.join(sorted(old))} → {', '.join(sorted(new))}"
    if unknown and old != new:
        what = f"{name}: the MX hosts change, {hosts}, "
        what += f"while {unknown} announces a policy that stszone did not write"
        way = "take MTA-STS over with `mta_sts: {publish: external, …}`, or serve mode none first"
        fix = f"look at the policy that {unknown} announces; {way}"
        yield finding("GRD006", what, fix=fix)
    elif not old & new:
        what = f"{name}: every MX host is replaced, {hosts}"
        yield finding("GRD006", what, severity=Severity.WARNING)


def _unknown_policy(domain: str, name: str, before: Before) -> str:
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


def mta_sts_lost(domain: str, change: Change, before: Before, after: Values) -> Iterator[Finding]:
    """The record of a policy goes at once, outside of its lifecycle (LC3)."""
    name = change.name.partition(".")[2]
    if (name == domain and before.staged) or (change.name, "CNAME") in after or change.after:
        return
    if after.get((name, "MX"), _NULL_MX) != _NULL_MX:
        what = f"{change.name} goes at once, and {name} goes on receiving mail at {_hosts(after, name)}"
        yield finding("GRD007", what)


def _hosts(values: Values, name: str) -> str:
    return ", ".join(sorted(map(points_to, values[name, "MX"])))
