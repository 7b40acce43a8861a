"""The documents for programs."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from stszone.render import as_json
from stszone.report import Difference, DomainPlan, Plan, Step, StepState
from stszone.rules import finding
from tests.render.reports import DIFFERENCES, branch, lost_mx, parked, rotation


def read(report: Difference) -> Any:
    return json.loads(as_json.document(None, **as_json.difference(report)))


def test_a_difference_has_the_promised_keys() -> None:
    """In the order of the contract."""
    new, old = finding("STS070", "new"), finding("STS023", "old")
    document = read(replace(branch(rotation(), findings=(new,)), gone=(old,), representation_only=3))
    assert list(document) == [
        "format_version", "now", "base", "commit", "domains", "findings", "findings_gone", "representation_only",
        "unchanged", "has_changes", "summary", "digest",
    ]  # fmt: skip
    (domain,) = document["domains"]
    assert list(domain) == [
        "domain", "zone", "target", "stage", "stage_before", "risky", "changes", "steps", "findings", "findings_gone",
        "policy",
    ]  # fmt: skip
    assert list(domain["policy"]) == ["id_before", "id", "before", "after", "meaning"]
    assert document["summary"] == {"create": 0, "update": 1, "delete": 0, "waiting": 0, "blocked": 0}
    assert (domain["stage_before"], domain["stage"], domain["risky"]) == ("testing", "enforce", False)
    assert [one["rule"] for one in (*document["findings"], *document["findings_gone"])] == [
        "STS070",
        "STS023",
    ]


def test_risk_is_told_in_both_documents() -> None:
    """And the policy is null where there is none."""
    document = read(branch(lost_mx()))
    assert document["domains"][0]["risky"] is True
    assert document["domains"][0]["policy"] is None
    assert as_json.domain_plan(lost_mx().plan)["risky"] is True
    assert as_json.domain_plan(parked("a.example").plan)["risky"] is False


EMPTY = DomainPlan("a.example", "a.example", "bind", "absent")


@pytest.mark.parametrize(
    ("plan", "has_changes"),
    [
        (EMPTY, False),
        (replace(EMPTY, changes=parked("a.example").plan.changes), True),
        (replace(EMPTY, claims=1), True),  # the ledger has to learn of it
        (replace(EMPTY, steps=(Step("retire", StepState.DUE, ""),)), True),
        (replace(EMPTY, steps=(Step("retire", StepState.WAITING, ""),)), False),  # nothing to do today
        (replace(EMPTY, findings=(finding("STS070", ""),)), False),
    ],
)
def test_a_plan_says_whether_there_is_something_to_do(plan: DomainPlan, has_changes: bool) -> None:
    """The one bit that a job asks for."""
    assert as_json.plan(Plan((plan,), ""))["has_changes"] is has_changes


@given(DIFFERENCES)
def test_a_document_reads_back(report: Difference) -> None:
    """Whatever the values; and no log takes a part of it for a command."""
    text = as_json.document(None, **as_json.difference(report))
    text.encode()
    assert "##[" not in text
    assert "\n" not in text
    document = json.loads(text)
    assert document["base"] == report.base
    for domain, one in zip(document["domains"], report.domains, strict=True):
        assert [tuple(change["after"]) for change in domain["changes"]] == [c.after for c in one.plan.changes]
