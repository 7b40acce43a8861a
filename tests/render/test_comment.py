"""The sticky comment: whole at every size, told nothing by its values, and worth reading."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stszone.render import markdown
from stszone.render.allowing import allow_command
from stszone.report import Difference, Plan, Severity, Step, StepState
from stszone.rules import finding
from tests.render.parsing import Page
from tests.render.reports import (
    DIFFERENCES,
    HOSTILE,
    PLANS,
    branch,
    change,
    diff,
    lost_mx,
    new_host,
    new_key,
    parked,
    rotation,
)

RUN = "https://github.com/owner/name/actions/runs/1"
LIMITS = st.sampled_from([300, 1000, 2500, 5000, 65_536])


def assert_sound(text: str, limit: int, more: str = "") -> None:
    """Within the limit by every count, whole, and nobody and nothing is linked that is not ours."""
    assert len(text.encode()) <= limit
    page = Page(text)
    assert set(page.links) <= {more}
    assert not re.search(r"@\w|#\d", page.said)
    assert len(page.comments) == 1


@settings(max_examples=100, deadline=None)
@given(DIFFERENCES, LIMITS, st.sampled_from(HOSTILE) | st.just("diff"), st.sampled_from([*HOSTILE, RUN, ""]))
def test_a_difference_is_sound_whatever_is_in_it(
    report: Difference, limit: int, marker: str, more: str
) -> None:
    """At every size, with every marker and link."""
    assert_sound(markdown.difference(report, marker, limit, more), limit, more)


@settings(max_examples=50, deadline=None)
@given(PLANS, LIMITS)
def test_a_plan_is_sound_whatever_is_in_it(report: Plan, limit: int) -> None:
    """At every size."""
    assert_sound(markdown.plan(report, limit=limit), limit)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_means_itself_wherever_it_stands(value: str) -> None:
    """Names, values, messages, reasons, policies, references: all of it is read back as it was."""
    report = branch(
        diff(value, change("create", value, "CNAME", (), [value]), steps=(Step(value, StepState.BLOCKED, value, value),)),
        findings=(finding("STS070", value, fix=value),),
    )  # fmt: skip
    for limit in (65_536, 3000, 900):
        assert_sound(markdown.difference(report, limit=limit), limit)


@pytest.mark.parametrize("value", [value for value in HOSTILE if value.isprintable() and len(value) < 100])
def test_a_row_of_findings_keeps_its_cells(value: str) -> None:
    """A value cannot end a cell or a row."""
    page = Page(markdown.difference(branch(findings=(finding("STS070", value, fix=value),))))
    assert (page.counts["tr"], page.counts["td"]) == (2, 4)
    if "`" not in value:  # which mark what is code
        assert page.texts.replace("\u200b", "").count(value) >= 2


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("production", "production"),
        ("a b/c", "a-b-c"),  # spaces end nothing, and look alike to a search
        ("x --> <b>", "x-b"),
        ("-->", "diff"),  # nothing is left of it
        ("a--b", "a-b"),  # two hyphens may not stand in a comment of HTML
        ("x" * 99, "x" * 60),
    ],
)
def test_the_marker_is_a_comment_in_the_first_line(name: str, kept: str) -> None:
    """A job finds its own comment by it, and nobody can write another one into it."""
    first = markdown.difference(branch(), name).splitlines()[0]
    assert first == f"<!-- stszone:diff:{kept} -->"


def test_each_command_has_a_marker_of_its_own() -> None:
    """A plan does not overwrite the comment about a branch."""
    assert markdown.plan(Plan((), ""), "production").startswith("<!-- stszone:plan:production -->\n")


def test_one_rotation() -> None:
    """The verdict, what it means, what happens next, and the record on a click."""
    text = markdown.difference(branch(rotation(mode="testing")))
    assert text.index("### example.com changes") < text.index("1 to update") < text.index("#### example.com")
    assert "the same text under a new id" in text
    assert "policy text</summary>" not in text  # there is nothing to compare
    assert "- _mta-sts.example.com 3600 TXT v=STSv1; id=20261101T080000Z\n+ _mta-sts" in text


def test_a_step_of_mode_shows_both_policies() -> None:
    """The stages, the meaning and, on a click, the lines that change."""
    text = markdown.difference(branch(rotation()))
    assert "testing → enforce" in text
    assert "- mode: testing\n+ mode: enforce\n  mx: mx1.example.com\n" in text
    assert text.count("id 2026") == 2  # once with the policy, once in the step: the record says no more


def test_what_is_held_back_stands_first_with_its_way_out() -> None:
    """What, what follows, the way out, and the command that says yes."""
    text = markdown.difference(branch(parked("a.example"), lost_mx("z.example")))
    parts = (
        "### Held back: z.example",
        "> [!CAUTION]",
        "z.example loses its MX",
        "What follows: ",
        "Way out: ",
        "stszone diff --base origin/main --allow GRD002 --reason 'WHY' z.example",
        "#### z.example — **RISK, held back**",
        "#### a.example",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_what_is_allowed_is_a_risk_with_its_reason() -> None:
    """Nothing is held back, and nobody overlooks it."""
    text = markdown.difference(branch(lost_mx(allowed="moved (2026-11-20)")))
    assert "### RISK: example.com" in text
    assert "**Allowed**: moved" in text
    assert "[!CAUTION]" not in text
    assert "--allow" not in text


def test_a_blocked_step_without_a_command_names_none() -> None:
    """Only what can be overridden has a command."""
    steps = (Step("publish-policy", StepState.BLOCKED, "no policy host", "STS090"),)
    text = markdown.difference(branch(diff("a.example", steps=steps)))
    assert "### Held back: a.example" in text
    assert "no policy host" in text
    assert "--allow" not in text


@pytest.mark.parametrize(
    ("rules", "domains", "base", "command"),
    [
        (["GRD002"], ["a.example"], None, "stszone plan --allow GRD002 --reason 'WHY' a.example"),
        (
            ["STS077"],
            ["a.example"],
            "main",
            "stszone diff --base main --allow STS077 --reason 'WHY' a.example",
        ),
        (["GRD002", "GRD002"], [], "main", "stszone diff --base main --allow GRD002 --reason 'WHY'"),
        # Quoted for a shell.
        (["GRD002"], ["a;b"], "$(x)", "stszone diff --base '$(x)' --allow GRD002 --reason 'WHY' 'a;b'"),
        (["STS090"], ["a.example"], "main", ""),  # nothing to override
        (["INP003"], ["a.example"], "main", ""),
    ],
)
def test_the_command_can_be_pasted(
    rules: list[str], domains: list[str], base: str | None, command: str
) -> None:
    """Quoted for a shell; empty for what cannot be overridden."""
    assert allow_command(rules, domains, base) == command


def test_alike_mail_domains_are_told_once() -> None:
    """400 parked domains take a screen, with all their names on a click."""
    text = markdown.difference(branch(*(parked(f"parked-{number}.example") for number in range(400))))
    assert text.count("\n####") == 1
    assert text.count("DMARC: p none → reject") == 1
    assert "0.example and 399 more alike" in text
    assert "399.example" in text
    assert len(text) < 10_000


def test_mail_domains_that_lose_alike_are_told_once_each_with_its_name() -> None:
    """Also in the warning; the command is for all of them."""
    text = markdown.difference(branch(*(lost_mx(f"gone{number}.example") for number in range(30))))
    assert text.count("loses its MX") == 1
    assert "--reason 'WHY'</code>" in text
    assert "Held back: gone0.example and 29 more mail domains" in text
    assert "gone10.example and 19 more" in text


def test_rules_that_hold_back_the_same_are_allowed_together() -> None:
    """One box and one command; who is held back by other rules has another, with its names."""
    mx, spf = (finding(rule, f"a.example: {rule}", severity=Severity.ERROR) for rule in ("GRD002", "GRD003"))
    held = [Step("guard", StepState.BLOCKED, found.message, found.rule) for found in (mx, spf)]
    both = diff("a.example", steps=tuple(held), findings=(mx, spf))
    text = markdown.difference(branch(both, *(lost_mx(f"b{number}.example") for number in range(20))))
    assert text.count("[!CAUTION]") == 2
    assert "--allow GRD002 --allow GRD003 --reason 'WHY' a.example</code>" in text
    assert (
        "--allow GRD002 --reason 'WHY' DOMAIN…</code>" in text
    )  # without names a.example would be meant too


def test_what_is_said_of_all_together_is_said_once() -> None:
    """Also where it names some of them."""
    said = "3 mail domains have changes that can lose mail, the limit is 2: a.example, b.example, c.example"
    found = finding("GRD008", said, severity=Severity.ERROR)
    held = Step("guard", StepState.BLOCKED, said, "GRD008")
    names = ("a.example", "b.example", "c.example")
    text = markdown.difference(branch(*(diff(name, steps=(held,), findings=(found,)) for name in names)))
    assert text.count("the limit is 2") == 1


def test_keys_that_differ_are_all_below_one_heading() -> None:
    """The same is said of each mail domain, and each has a record of its own."""
    text = markdown.difference(branch(*(new_key(number) for number in range(10))))
    assert text.count("\n####") == 1
    assert text.count("\n+ s1._domainkey.") == 10
    assert "Shortened" not in text


@pytest.mark.parametrize(
    ("report", "told", "left_out"),
    [
        # Too long with whole keys: they lose their middle.
        (branch(*map(new_key, range(200))), "characters… ", "not shown"),
        # A word about each, and no records.
        (branch(*map(new_host, range(300))), "mx299.new.example", "mx299.old.example.\n"),
        # The risky ones with all that belongs to them, examples of the others, and a count.
        (branch(*(new_host(number, risky=number % 500 == 0) for number in range(5000))),
         "- d4500.example 3600 MX 10 mx4500.old.example.\n", "mx4999"),
        # As many of the risky ones as fit.
        (branch(*(new_host(number, risky=True) for number in range(5000))),
         "of them **risky or held back**, not shown here: update MX (", "mx4999"),
        (branch(*(parked(f"p{number}.example") for number in range(5000))), "4,999 more alike", "Shortened"),
    ],
    ids=["long keys", "300 hosts", "10 risky of 5000", "5000 risky", "5000 alike"],
)  # fmt: skip
def test_much_is_told_shorter(report: Difference, told: str, left_out: str) -> None:
    """Step by step, the risky ones last, and always quickly."""
    start = time.process_time()
    text = markdown.difference(report, more=RUN)
    assert time.process_time() - start < 5  # measured: below 1
    assert_sound(text, 65_536, RUN)
    assert told.replace("(", r"\(") in text or told in text
    assert left_out not in text


@pytest.mark.parametrize("limit", [60_000, 20_000, 8000, 4000, 2500])
def test_the_risky_ones_are_the_last_to_go(limit: int) -> None:
    """Whatever the room, what can lose mail is told."""
    report = branch(*map(new_host, range(1, 900)), lost_mx("zzz.example"))
    text = markdown.difference(report, limit=limit)
    assert_sound(text, limit)
    assert "- zzz.example 3600 MX 10 mx1.example.net." in text
    assert "Shortened" in text or "not shown" in text


def test_in_the_end_there_are_the_counts_and_the_link() -> None:
    """The smallest comment still says how bad it is and where to look."""
    text = markdown.difference(
        branch(*(lost_mx(f"a{number}.example") for number in range(99))), limit=700, more=RUN
    )
    assert "### Held back: 99 mail domains" in text
    assert f"[all of it]({RUN})" in text
    assert "[!CAUTION]" not in text


@pytest.mark.parametrize(
    ("report", "title"),
    [
        (branch(), "### No changes\n\n41 mail domains as before."),
        (branch(findings=(finding("STS070", "x"),)), "### No changes, but findings"),
        (branch(diff("a.example", gone=(finding("STS070", "x"),))), "### No changes"),  # mending is no change
        (branch(parked("a.example")), "### a.example changes"),
        (branch(parked("a.example"), rotation("b.example")), "### 2 mail domains change"),
        (branch(parked("a.example"), lost_mx("b.example", allowed="x")), "### RISK: b.example"),
        (branch(lost_mx("a.example"), lost_mx("b.example", allowed="x")), "### Held back: a.example"),
    ],
)
def test_the_verdict_is_the_worst_there_is(report: Difference, title: str) -> None:
    """In the heading, where a glance falls."""
    assert f"-->\n{title}" in markdown.difference(report)


def test_zones_that_could_not_be_planned_are_no_absence_of_changes() -> None:
    """Refused and unanswered ones both."""
    assert "### Incomplete: 3 zones" in markdown.plan(Plan((), "", refused=1, unknown=2))


def test_what_is_written_differently_takes_one_line() -> None:
    """How many, never which."""
    text = markdown.difference(branch(representation_only=35))
    assert text.count("written differently") == 1
    assert "35 record sets are written differently and mean the same." in text


def test_findings_of_no_mail_domain_are_a_table_each() -> None:
    """New ones, and those that the branch mends."""
    new, gone = finding("STS070", "new one"), finding("STS023", "old one")
    text = markdown.difference(branch(findings=(new,), gone=(gone,)))
    assert text.index("#### New findings") < text.index("new one") < text.index("#### Mended findings")
    assert "1 new finding, 1 mended finding" in text


def test_errors_of_no_mail_domain_are_told_at_every_size() -> None:
    """They may be why nothing can be planned."""
    report = branch(*map(new_host, range(900)), findings=(finding("LED002", "the ledger is torn"),))
    for limit in (65_536, 20_000, 2500):
        assert "the ledger is torn" in markdown.difference(report, limit=limit)


def test_many_findings_alone_are_shortened() -> None:
    """To the number that fits, with the count of the rest."""
    text = markdown.difference(branch(findings=tuple(finding("STS070", f"m{n}") for n in range(5000))))
    assert "and 4,500 more" in text
    assert "Shortened to fit into a comment." in text
    small = markdown.difference(
        branch(findings=tuple(finding("STS070", f"m{n}") for n in range(5000))), limit=2500
    )
    assert re.search(r"and 4,99\d more", small)
    assert "0 more mail domains" not in small


def test_mail_domains_with_other_ids_are_alike() -> None:
    """Each has minted its own at another time, and the same happens to both."""
    one, other = rotation("a.example"), rotation("b.example")
    assert other.policy is not None
    other = replace(other, policy=replace(other.policy, id_before="20250101T000000Z"))
    text = markdown.difference(branch(one, other))
    assert "#### a.example, b.example\n" in text
