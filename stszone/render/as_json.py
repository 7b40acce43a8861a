"""One JSON document a command, `"format_version": 1`; the keys are those of `stszone.report`.

A new release may add keys.  The number rises when a key goes away or changes its meaning.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from stszone.ledger import format_time
from stszone.report import (
    Change,
    Difference,
    DomainDiff,
    DomainPlan,
    Finding,
    Plan,
    PolicyChange,
    Step,
    Summary,
    key_text,
)
from stszone.rules import Rule

FORMAT_VERSION = 1


def document(now: datetime | None, **parts: object) -> str:
    """The document, keys in the order given; None where the time could not be told."""
    envelope = {"format_version": FORMAT_VERSION, "now": format_time(now) if now else None, **parts}
    text = _dumped(envelope, ensure_ascii=False)
    # A file name that is no UTF-8 reaches Python as surrogates, which no output stream takes.
    return text if text.isascii() or _is_utf8(text) else _dumped(envelope, ensure_ascii=True)


def _dumped(value: object, *, ensure_ascii: bool) -> str:
    """On one line: indenting takes Python's slow encoder."""
    text = json.dumps(value, ensure_ascii=ensure_ascii)
    # `##[` begins a command of GitHub's runner anywhere in a log; in JSON it only stands in strings.
    return text.replace("##[", "\\u0023#[")


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def error(now: datetime | None, kind: str, message: str) -> str:
    """The document of a command that could not do what it was asked for."""
    return document(now, error={"kind": kind, "message": message})


def rule(entry: Rule) -> Mapping[str, object]:
    """One rule of the catalogue."""
    return {
        "id": entry.id,
        "severity": entry.severity,
        "statement": entry.statement,
        "why": entry.why,
        "consequence": entry.consequence,
        "fix": entry.fix,
        "source": entry.source,
        "decided_by": entry.decided_by,
        "blocks": entry.blocks,
    }


def finding(found: Finding) -> Mapping[str, object]:
    """One finding."""
    return {
        "rule": found.rule,
        "severity": found.severity,
        "domain": found.domain,
        "file": found.file,
        "line": found.line,
        "column": found.column,
        "key": key_text(found.key),
        "message": found.message,
        "statement": found.statement,
        "consequence": found.consequence,
        "fix": found.fix,
    }


def change(one: Change) -> Mapping[str, object]:
    """One change."""
    return {
        "action": one.action,
        "name": one.name,
        "type": one.type,
        "ttl": one.ttl,
        "ttl_before": one.ttl_before,
        "before": list(one.before),
        "after": list(one.after),
        "takes_over": one.takes_over,
        "meaning": one.meaning,
    }


def step(one: Step) -> Mapping[str, object]:
    """One step."""
    return {
        "kind": one.kind,
        "state": one.state,
        "not_before": one.not_before,
        "reason": one.reason,
        "rule": one.rule,
    }


def domain_plan(one: DomainPlan) -> Mapping[str, object]:
    """One mail domain of a plan."""
    return {
        "domain": one.domain,
        "zone": one.zone,
        "target": one.target,
        "stage": one.stage,
        "changes": [change(item) for item in one.changes],
        "steps": [step(item) for item in one.steps],
        "findings": [finding(item) for item in one.findings],
        "claims": one.claims,
        "risky": one.risky,
    }


def plan(report: Plan) -> Mapping[str, object]:
    """A whole plan, without the envelope."""
    return {
        "domains": [domain_plan(item) for item in report.domains],
        "findings": [finding(item) for item in report.findings],
        "unchanged": report.unchanged,
        "has_changes": report.has_changes,
        "summary": summary(report.summary),
        "digest": report.digest,
    }


def summary(counts: Summary) -> Mapping[str, int]:
    """How much there is to do."""
    return {
        "create": counts.create,
        "update": counts.update,
        "delete": counts.delete,
        "waiting": counts.waiting,
        "blocked": counts.blocked,
    }


def policy(one: PolicyChange) -> Mapping[str, str]:
    """A policy before and after."""
    return {
        "id_before": one.id_before,
        "id": one.id,
        "before": one.before,
        "after": one.after,
        "meaning": one.meaning,
    }


def domain_diff(one: DomainDiff) -> Mapping[str, object]:
    """One mail domain of a branch; `findings` are the new ones."""
    return {
        "domain": one.plan.domain,
        "zone": one.plan.zone,
        "target": one.plan.target,
        "stage": one.plan.stage,
        "stage_before": one.stage_before,
        "risky": one.risky,
        "changes": [change(item) for item in one.plan.changes],
        "steps": [step(item) for item in one.plan.steps],
        "findings": [finding(item) for item in one.plan.findings],
        "findings_gone": [finding(item) for item in one.gone],
        "policy": policy(one.policy) if one.policy else None,
    }


def difference(report: Difference) -> Mapping[str, object]:
    """All that a branch changes, without the envelope."""
    return {
        "base": report.base,
        "commit": report.commit,
        "domains": [domain_diff(item) for item in report.domains],
        "findings": [finding(item) for item in report.findings],
        "findings_gone": [finding(item) for item in report.gone],
        "representation_only": report.representation_only,
        "unchanged": report.unchanged,
        "has_changes": report.has_changes,
        "summary": summary(report.summary),
        "digest": report.digest,
    }
