"""The rule table: each rule is found where it is broken, and silent where it is not."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable

import pytest

from stszone.rules import RULES
from stszone.rules.rule import FILES
from stszone.store.state import State
from tests.lint import cases
from tests.lint.case import Case

ELSEWHERE = {
    "TGT001": "needs the targets of providers/octodns.yaml; tests/planning",
}
"""Rules that files decide, but not those of zones/."""

MODULES = sorted(module.name for module in pkgutil.iter_modules(cases.__path__))
CASES = [
    pytest.param(case, id=f"{name}-{case.rule}-{number}")
    for name in MODULES
    for number, case in enumerate(importlib.import_module(f"{cases.__name__}.{name}").CASES)
]


def _rules(state: Callable[..., State], repository: str | dict[str, str]) -> set[str]:
    files = {"example.com.yaml": repository} if isinstance(repository, str) else repository
    read = state(files)
    return {found.rule for found in [*read.findings, *read.lint(read.lives)]}


@pytest.mark.parametrize("case", CASES)
def test_finds_what_breaks_the_rule(case: Case, state: Callable[..., State]) -> None:
    """The repository that breaks a rule yields it."""
    assert case.rule in _rules(state, case.bad)


@pytest.mark.parametrize("case", CASES)
def test_is_silent_about_the_neighbour(case: Case, state: Callable[..., State]) -> None:
    """The neighbour that keeps the rule does not."""
    assert case.rule not in _rules(state, case.good)


def test_every_rule_that_files_decide_has_a_case() -> None:
    """No rule is in the catalogue without a repository that breaks it."""
    decided = {rule.id for rule in RULES.values() if FILES in rule.decided_by}
    tested = {param.values[0].rule for param in CASES}
    assert decided - tested == ELSEWHERE.keys()


def test_every_case_is_about_a_rule_that_files_decide() -> None:
    """A case of a rule that only the world can decide would never hold."""
    decided = {rule.id for rule in RULES.values() if FILES in rule.decided_by}
    assert {param.values[0].rule for param in CASES} <= decided
