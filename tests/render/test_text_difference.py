"""What a branch changes, on a terminal."""

from __future__ import annotations

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from stszone.render import text
from stszone.report import Change, Difference
from stszone.rules import finding
from tests.render.reports import DIFFERENCES, branch, diff, lost_mx, new_key, parked, rotation

COLOURS = re.compile(r"\x1b\[\d{1,2}m")


def plain(report: Difference, *, full: bool = False) -> str:
    """Without colours, which carry no meaning alone."""
    return COLOURS.sub("", text.difference(report, full=full))


@settings(deadline=None, max_examples=50)
@given(DIFFERENCES, st.booleans())
def test_nothing_in_it_acts_on_a_terminal(report: Difference, full: bool) -> None:
    """Once our own colours are away, all of it prints."""
    out = plain(report, full=full)
    assert all(one.isprintable() or one == "\n" for one in out)
    out.encode()


def test_nothing_to_tell_is_one_line() -> None:
    """Which says so."""
    assert plain(branch()) == "No changes: 41 mail domains as before.\n"


def test_what_is_written_differently_takes_one_line() -> None:
    """Beside changes and without them."""
    line = "35 record sets are written differently and mean the same."
    assert plain(branch(representation_only=35)).splitlines()[2] == line
    assert plain(branch(parked("a.example"), representation_only=35)).count(line) == 1
    assert "1 record set is written differently and means the same." in plain(branch(representation_only=1))


def test_the_counts_stand_first_and_last() -> None:
    """Against what, then how much; and how much again where a terminal ends."""
    first, *_, last = plain(branch(parked("a.example"), rotation("b.example"))).splitlines()
    assert first == f"Against origin/main (88abd8626564): {last}"
    assert last == "2 to update, 1 policy to change, 1 step due; 41 mail domains as before."


def test_a_mail_domain_in_order() -> None:
    """Stages, policy, meaning and record, steps, findings new and mended."""
    one = rotation()
    new, old = finding("STS070", "a new one"), finding("STS023", "an old one")
    one = replace(one, plan=replace(one.plan, findings=(new,)), gone=(old,))
    out = plain(branch(one))
    parts = [
        "example.com  at bind, MTA-STS testing → enforce",
        "policy mode testing → enforce, max_age 86400 → 604800 (id 20261101T080000Z → 20261121T223230Z)",
        "update TXT   _mta-sts.example.com  MTA-STS: id",
        "- v=STSv1; id=20261101T080000Z",
        "due: publish-policy",
        "new error STS070 a new one",
        "mended STS023 an old one",
        "1 new finding, 1 mended finding",
    ]
    places = [out.rindex(part) for part in parts]
    assert places == sorted(places)


def test_risk_is_a_word() -> None:
    """Also without colours, with each mail domain and at the end; what holds it back is told once."""
    out = plain(branch(lost_mx("a.example"), lost_mx("b.example", allowed="moved")))
    assert "a.example  at bind  RISK\n" in out
    assert "b.example  at bind  RISK\n" in out
    assert out.endswith("2 mail domains with risky changes.\n")
    assert out.count("a.example loses its MX") == 1
    assert "allowed: moved" in out


def test_alike_mail_domains_are_told_once() -> None:
    """Unless each is asked for; lines that end elsewhere since a name is longer make no difference."""
    report = branch(*(lost_mx(f"{'x' * number}.example") for number in range(1, 40)))
    assert plain(report).count("loses its MX") == 1
    assert "the same for 38 more mail domains" in plain(report)
    assert plain(report, full=True).count("blocked: guard") == 39


def test_long_values_are_whole_when_asked_for() -> None:
    """A key keeps its ends otherwise."""
    assert "characters…" in plain(branch(new_key(1)))
    assert "characters…" not in plain(branch(new_key(1)), full=True)


def test_the_same_at_several_targets_is_told_once() -> None:
    """With the names of the targets."""
    one = parked("a.example")
    other = replace(one, plan=replace(one.plan, target="route53"))
    out = plain(branch(one, other))
    assert "a.example  at bind, route53\n" in out
    assert out.count("p none → reject") == 1


def test_what_differs_between_targets_is_told_for_each() -> None:
    """A target may have been behind."""
    one = parked("a.example")
    other = replace(one, plan=replace(one.plan, target="route53", changes=(*one.plan.changes, _mx())))
    out = plain(branch(one, other))
    assert "at bind\n" in out
    assert "at route53\n" in out


def _mx() -> Change:
    return diff("a.example", *lost_mx("a.example").plan.changes).plan.changes[0]


def test_findings_of_no_mail_domain_are_told() -> None:
    """New ones and mended ones."""
    out = plain(branch(findings=(finding("STS070", "x"),), gone=(finding("STS023", "y"),)))
    assert "new error STS070 x; " in out
    assert "\nmended STS023 y\n" in out
    assert out.endswith("1 new finding, 1 mended finding; 41 mail domains as before.\n")
