"""Whatever stands in DNS, in file names or in messages: terminals, tables and people stay as they are."""

from __future__ import annotations

import json
import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.render import as_json, markdown, text
from stszone.report import Action, Change, DomainPlan, Finding, Plan, Severity, Step, StepState, Summary
from stszone.rules import RULES, Rule
from stszone.standards.rrset import readable, visible

ANY = st.text(st.characters(), max_size=30) | st.sampled_from(
    ["\x1b[31mred\x1b[0m", "a\x1b]0;title\x07", "x\nNo changes: 9 mail domains as wanted.", "\u202eevil", "a\r\x9bK",
     "\u2028", "\ud800", "\x7f\x00", "<b>|`@someone` *x* [y](z)", "\\x1b", "\\"]
)  # fmt: skip
KEYS = st.lists(ANY | st.integers(0, 9), max_size=3).map(tuple)
FINDINGS = st.builds(
    Finding, ANY, st.sampled_from(Severity), ANY, ANY, ANY, ANY, KEYS, st.none() | ANY, st.none() | ANY,
    st.none() | st.integers(1, 9), st.none() | st.integers(1, 9),
)  # fmt: skip
VALUES = st.lists(ANY, max_size=3).map(tuple)
CHANGES = st.builds(
    Change, st.sampled_from(Action), ANY, ANY, st.integers(0, 9), VALUES, VALUES, st.booleans(), ANY,
    st.none() | st.integers(0, 9),
)  # fmt: skip
STEPS = st.builds(Step, ANY, st.sampled_from(StepState), ANY, ANY, st.none() | ANY)
DOMAINS = st.builds(
    DomainPlan, ANY, ANY, ANY, ANY, st.lists(CHANGES, max_size=2).map(tuple), st.lists(STEPS, max_size=2).map(tuple),
    st.lists(FINDINGS, max_size=2).map(tuple), st.integers(0, 3),
)  # fmt: skip
PLANS = st.builds(
    Plan, st.lists(DOMAINS, max_size=3).map(tuple), ANY, st.lists(FINDINGS, max_size=1).map(tuple),
    st.integers(0, 3), st.integers(0, 2), st.integers(0, 2), st.just(Summary(1, 2, 3, 4, 5)),
)  # fmt: skip
COLOURS = re.compile(r"\x1b\[\d{1,2}m")


def assert_clean(output: str) -> None:
    left = {one for one in output if not one.isprintable() and one != "\n"}
    assert not left, [unicodedata.name(one, repr(one)) for one in left]
    output.encode()


@given(PLANS, st.booleans())
def test_a_plan_holds_no_controls_but_its_own(report: Plan, full: bool) -> None:
    """As text, once its colours are away, and as Markdown."""
    assert_clean(COLOURS.sub("", text.plan(report, full=full)))
    assert_clean(markdown.plan(report))
    json.loads(as_json.document(None, **as_json.plan(report)).encode())


@given(st.lists(FINDINGS, max_size=4))
def test_findings_hold_no_controls_but_their_own(found: list[Finding]) -> None:
    """As text, and as Markdown."""
    assert_clean(COLOURS.sub("", text.findings(found)))
    assert_clean(markdown.findings(found))


@given(st.builds(Rule, ANY, st.sampled_from(Severity), ANY, ANY, ANY, ANY, ANY))
def test_rules_hold_no_controls_but_their_own(entry: Rule) -> None:
    """Should one ever be written with a tab in it."""
    assert_clean(COLOURS.sub("", text.rule(entry) + text.rule_list([entry])))


@pytest.mark.parametrize("colour", ["\x1b[31m", "\x1b[0m"])
def test_a_value_cannot_use_our_colours(colour: str) -> None:
    """What a record says is told apart from what the renderer says."""
    change = Change(Action.CREATE, "a.example", "TXT", 60, (), (f"{colour}x",))
    out = text.plan(Plan((DomainPlan("a.example", "a.example", "bind", "absent", (change,)),), ""))
    assert f"{colour}x" not in out
    assert f"\\x1b{colour[1:]}x" in out


@given(PLANS)
def test_nothing_is_rebuilt_that_needs_no_escape(report: Plan) -> None:
    """The common case costs no copies, and a second pass changes nothing."""
    once = text.shown(report)
    assert text.shown(once) is once


@given(ANY)
def test_markdown_is_told_nothing(value: str) -> None:
    """Neither a table nor a tag nor a person comes out of a value."""
    for out in (markdown.escape(value), markdown.code(value)[6:-7]):
        assert not set(out) & set("\n\r|<>`@")
        assert_clean(out)
    assert not set(markdown.code(value)[6:-7]) & set("\\*_[]~!")


@given(PLANS)
def test_every_row_has_all_its_cells(report: Plan) -> None:
    """A value cannot end a cell or a row."""
    rows = [line for line in markdown.plan(report).splitlines() if line.startswith("|")]
    assert all(line.count("|") == 5 for line in rows)


@given(st.lists(FINDINGS, min_size=1, max_size=3))
def test_every_row_of_findings_has_all_its_cells(found: list[Finding]) -> None:
    """One row a finding."""
    rows = [line for line in markdown.findings(found).splitlines() if line.startswith("|")]
    assert [line.count("|") for line in rows] == [5] * (len(found) + 2)


@pytest.mark.parametrize(
    ("rdata", "shown"),
    [
        (r'"a\027[31m"', r"a\x1b[31m"),  # colours
        (r'"a\010b"', r"a\nb"),  # a second line
        (r'"a\155"', r"a\x9b"),  # the C1 form of the same
        (r'"a\127"', r"a\x7f"),
        ('"a\u202eb"', r"a\u202eb"),  # a direction
        ('"a\u2028b"', r"a\u2028b"),
        ('"grün"', "grün"),  # what prints stays
        (r'"a\\x1b"', r"a\\x1b"),  # the text that looks like an escape
        ('"v=spf1 " "-all"', "v=spf1 -all"),
    ],
)
def test_rdata_for_people(rdata: str, shown: str) -> None:
    """One line that shows what is there."""
    assert readable("TXT", (rdata,)) == (shown,)


@given(st.text(max_size=20), st.text(max_size=20))
def test_no_two_texts_look_alike(one: str, other: str) -> None:
    """The digest of a plan is made of what people see."""
    quoted = [text_.replace("\\", "\\\\").replace('"', '\\"') for text_ in (one, other)]
    first, second = readable("TXT", tuple(f'"{text_}"' for text_ in quoted))
    assert (first == second) is (one == other)
    assert visible(first) == first


def test_the_catalogue_needs_no_escape() -> None:
    """Prose is on one line."""
    assert all(text.shown(rule) is rule for rule in RULES.values())


@pytest.mark.parametrize(
    ("refused", "unknown", "said"),
    [
        (0, 0, "No changes: 2 mail domains as wanted."),
        (1, 0, "Plan: 1 zone refused; 2 mail domains as wanted."),
        (0, 1, "Plan: 1 zone could not be looked at; 2 mail domains as wanted."),
        (2, 3, "Plan: 2 zones refused, 3 zones could not be looked at; 2 mail domains as wanted."),
    ],
)
def test_a_failure_is_no_absence_of_changes(refused: int, unknown: int, said: str) -> None:
    """The last line of a plan counts what could not be planned."""
    report = Plan((), "", unchanged=2, refused=refused, unknown=unknown)
    assert COLOURS.sub("", text.plan(report)) == said + "\n"
    heading = "No changes" if said.startswith("No") else "Incomplete"
    assert f"### {heading}" in markdown.plan(report)
    assert f"\n{said.removeprefix('No changes: ')}\n" in markdown.plan(report)
