"""One mail domain of a comment: what is said of it, and which others the same can be said of."""

from __future__ import annotations

import difflib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from stszone.render.words import in_order, one_for_all_targets, plural, policy_meaning, stages
from stszone.report import GUARD, Action, Change, DomainDiff, Finding, Step, StepState
from stszone.standards import mta_sts

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_ID = re.compile(r"\b\d{8}T\d{6}Z\b")
"""A policy id as stszone mints it; two mail domains are alike although their ids are not."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One mail domain in one zone, with what is said of it in plain text."""

    diff: DomainDiff
    said: tuple[tuple[str, str], ...]
    """What happens and its meaning: `("update", "DMARC: none → reject")`."""
    alike: str
    """Equal for mail domains of which the same is said."""

    @property
    def domain(self) -> str:
        """The mail domain's name."""
        return self.diff.plan.domain

    @property
    def grave(self) -> bool:
        """Whether it can lose mail or is held back: the last to be left out."""
        return self.diff.risky or self.diff.plan.blocked

    def with_records(self) -> str:
        """Equal for mail domains whose records and policies change alike."""
        policy = self.diff.policy
        texts = [policy.before, policy.after] if policy else []
        return _neutral("\n".join([*record_lines(self.diff.plan.changes), *texts]), self.domain)


def entries(diffs: Iterable[DomainDiff]) -> tuple[Entry, ...]:
    """Mail domains of which there is something to say, the grave ones first."""
    told = (
        Entry(one, said, _neutral(f"{one.risky} {one.plan.blocked} {where(one)} {said}", one.plan.domain))
        for one in one_for_all_targets(diffs)
        if (said := tuple(_said(one))) or one.risky or one.plan.blocked
    )
    return tuple(sorted(told, key=lambda one: not one.grave))


def _neutral(text: str, domain: str) -> str:
    return _ID.sub("", text.replace(domain, "\0"))


def where(one: DomainDiff) -> str:
    """`zone example.com at bind, MTA-STS testing → enforce`; the zone where it is not the mail domain."""
    plan = one.plan
    zone = f"zone {plan.zone} " if plan.zone != plan.domain else ""
    return f"{zone}{'at ' + plan.target if plan.target else ''}{stages(one)}".strip(" ,")


def _said(one: DomainDiff) -> Iterator[tuple[str, str]]:
    """What guards and blocked steps say stands above all mail domains, with the way out."""
    plan = one.plan
    if one.policy:
        yield "policy", policy_meaning(one.policy)
    yield from (_change(change) for change in sorted(plan.changes, key=in_order) if not _is_told(change, one))
    if plan.claims:
        yield "take over", f"{plural(plan.claims, 'record set')}, already as wanted"
    yield from (_step(step) for step in plan.steps if step.state is not StepState.BLOCKED)
    yield from (_new(found) for found in plan.findings if not found.rule.startswith(GUARD))
    yield from (("mended", f"{found.rule}: {found.message}") for found in one.gone)


def _is_told(change: Change, one: DomainDiff) -> bool:
    """Whether the policy's line has told this: the record says nothing but the id."""
    is_id = change.type == "TXT" and mta_sts.owns(change.name) and change.action is not Action.DELETE
    return bool(one.policy and one.policy.id) and is_id


def _change(change: Change) -> tuple[str, str]:
    over = ", taking over a record that was there" if change.takes_over else ""
    return f"{change.action}{over}", change.meaning or f"{change.type} {change.name}"


def _step(step: Step) -> tuple[str, str]:
    when = f" until {_when(step.not_before)}" if step.not_before and step.state is StepState.WAITING else ""
    return f"{step.state}{when}", f"{step.kind}: {step.reason}"


def _when(time: str) -> str:
    """`2026-12-24 00:00 UTC`; what is written otherwise stays."""
    return f"{time[:10]} {time[11:16]} UTC" if _TIME.fullmatch(time) else time


def _new(found: Finding) -> tuple[str, str]:
    return f"new {found.severity}", f"{found.rule}: {found.message}. Way out: {found.fix}"


def record_lines(changes: Iterable[Change]) -> Iterator[str]:
    """Record sets as a patch of a zone file; a value that stays is a line without a sign."""
    for one in sorted(changes, key=in_order):
        ttl = one.ttl if one.ttl_before is None else one.ttl_before
        before = [f"{one.name} {ttl} {one.type} {value}" for value in one.before]
        after = [f"{one.name} {one.ttl} {one.type} {value}" for value in one.after]
        yield from (f"  {line}" for line in before if line in after)
        yield from (f"- {line}" for line in before if line not in after)
        yield from (f"+ {line}" for line in after if line not in before)


def policy_lines(before: str, after: str) -> list[str]:
    """Both texts of a policy as one patch."""
    lines = difflib.ndiff(before.splitlines(), after.splitlines())
    return [line for line in lines if not line.startswith("?")]


def kinds(left_out: Iterable[Entry]) -> list[tuple[str, int]]:
    """What happens how often, for mail domains that there is no room for: `("update DMARC", 4000)`."""
    counts = Counter(
        f"{change.action} {_kind(change)}" for one in left_out for change in one.diff.plan.changes
    )
    return counts.most_common()


def _kind(change: Change) -> str:
    topic, colon, _ = change.meaning.partition(":")
    if topic.startswith("DKIM selector"):
        return "DKIM selector"
    return topic if colon and topic in ("MTA-STS", "DMARC", "SPF", "TLS reports") else change.type
