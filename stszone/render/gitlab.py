"""What GitLab shows beside a merge request: the counts of a plan, and findings as code quality."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from stszone.render.place import blocks, fingerprints, gravest_first
from stszone.report import Finding, Severity, Summary
from stszone.standards.rrset import visible

_SEVERITY = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def plan(counts: Summary) -> str:
    """The report of `artifacts: {reports: {terraform: …}}`, which any tool may write."""
    return json.dumps({"create": counts.create, "update": counts.update, "delete": counts.delete})


def code_quality(findings: Iterable[Finding], otherwise: str = "") -> str:
    """The report of `artifacts: {reports: {codequality: …}}`.

    `otherwise` is the file of findings without one; without it they are shown under their mail domain.
    """
    chosen = gravest_first(findings)
    pairs = zip(chosen, fingerprints(chosen), strict=True)
    return json.dumps([_issue(one, name, otherwise) for one, name in pairs])


def _issue(found: Finding, fingerprint: str, otherwise: str) -> Mapping[str, object]:
    grave = found.severity is Severity.ERROR and blocks(found)
    return {
        "description": visible(f"{found.rule}: {found.message}. Way out: {found.fix}"),
        "check_name": found.rule,
        "fingerprint": fingerprint,
        "severity": "blocker" if grave else _SEVERITY[found.severity],
        "location": {
            "path": found.file or otherwise or found.domain or "stszone",
            "lines": {"begin": found.line if found.file and found.line else 1},
        },
    }
