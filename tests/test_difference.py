"""Two sides compared, as values: no file, no git."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.compiler import NameType
from stszone.difference import Side, Unread, difference
from stszone.domain import MailDomain
from stszone.ledger import minted
from stszone.lifecycle import Live, PolicyFile
from stszone.report import Action, Difference, StepState
from stszone.rules import finding
from stszone.standards.rrset import RRset, txt
from tests.conftest import NOW

ZONE = "example.com"
POLICY = b"version: STSv1\nmode: testing\nmx: mx.example.com\nmax_age: 86400\n"


def rrset(name: str, type_: str, *values: str, ttl: int = 3600, key: tuple[str | int, ...] = ()) -> RRset:
    full = f"{name}.{ZONE}" if name else ZONE
    return RRset(full, type_, ttl, tuple(map(txt, values)) if type_ == "TXT" else values, key)


def zone(*rrsets: RRset) -> Mapping[NameType, RRset]:
    return {(one.name, one.type): one for one in rrsets}


def side(*rrsets: RRset, **more: object) -> Side:
    """One zone of octoDNS's own YAML, without anybody in zones/."""
    return Side(zones={ZONE: zone(*rrsets)}, **more)  # type: ignore[arg-type]


def owned(*rrsets: RRset, **more: object) -> Side:
    """A mail domain of zones/."""
    domain = MailDomain(name=ZONE, zone=ZONE)
    owners = {ZONE: {(one.name, one.type): (ZONE,) for one in rrsets}}
    lives = {ZONE: Live(ZONE, domain, "absent")}
    return replace(side(*rrsets), owners=owners, lives=lives, homes={ZONE: ZONE}, **more)  # type: ignore[arg-type]


def changes(report: Difference) -> list[tuple[str, str, str]]:
    return [
        (one.action, one.name.removesuffix(ZONE).rstrip("."), one.type)
        for diff in report.domains
        for one in diff.plan.changes
    ]


MX, SPF, WWW = (
    rrset("", "MX", "10 mx.example.net."),
    rrset("", "TXT", "v=spf1 mx -all"),
    rrset("www", "A", "192.0.2.1"),
)

CASES = [
    # before, after, changes, written differently
    ((), (), [], 0),
    ((MX,), (MX,), [], 0),
    ((), (MX,), [("create", "", "MX")], 0),
    ((MX, WWW), (WWW,), [("delete", "", "MX")], 0),
    ((WWW,), (rrset("www", "A", "192.0.2.2"),), [("update", "www", "A")], 0),
    ((WWW,), (replace(WWW, ttl=60),), [("update", "www", "A")], 0),
    ((WWW,), (rrset("www", "AAAA", "2001:db8::1"),), [("delete", "www", "A"), ("create", "www", "AAAA")], 0),
    ((MX,), (rrset("", "MX", "10 MX.example.net"),), [], 1),
    ((SPF,), (rrset("", "TXT", "v=spf1  +mx -all"),), [], 1),
    ((SPF,), (rrset("", "TXT", "v=spf1 +mx -all", ttl=60),), [("update", "", "TXT")], 0),
    ((rrset("x", "TXT", "a", "b"),), (rrset("x", "TXT", "b", "a"),), [], 0),  # a set has no order
    ((rrset("x", "TXT", "A"),), (rrset("x", "TXT", "a"),), [("update", "x", "TXT")], 0),  # texts have capitals
    ((WWW, MX), (), [("delete", "", "MX"), ("delete", "www", "A")], 0),  # the zone first
]  # fmt: skip


@pytest.mark.parametrize(("before", "after", "expected", "respelled"), CASES)
def test_compares_rrset_by_rrset(
    before: tuple[RRset, ...], after: tuple[RRset, ...], expected: list[tuple[str, str, str]], respelled: int
) -> None:
    """What means the same is no change, however it is written."""
    for make in (side, owned):
        report = difference(make(*before), make(*after))
        assert changes(report) == expected
        assert report.representation_only == respelled
        assert report.has_changes is bool(expected)
        assert report.summary.create == sum(action == "create" for action, _, _ in expected)


RRSETS = st.builds(
    rrset,
    st.sampled_from(["", "www", "_dmarc", "_mta-sts", "_smtp._tls", "s1._domainkey", "sub", "_mta-sts.sub"]),
    st.just("TXT"),
    st.sampled_from(["v=spf1 -all", "v=spf1 mx ~all", "v=DMARC1; p=none", "v=DMARC1; p=reject", "v=STSv1; id=1",
                     "v=STSv1;id=1", "v=DKIM1; p=", "p=MFkw", "anything"]),
    ttl=st.sampled_from([60, 3600]),
) | st.builds(
    rrset, st.sampled_from(["", "www", "sub"]), st.just("MX"),
    st.sampled_from(["10 a.test.", "10 A.test", "20 b.test.", "0 ."]), ttl=st.sampled_from([60, 3600]),
)  # fmt: skip
SIDES = st.builds(
    lambda make, rrsets: make(*rrsets), st.sampled_from([side, owned]), st.lists(RRSETS, max_size=6)
)


@given(SIDES)
def test_a_side_does_not_differ_from_itself(one: Side) -> None:
    """Nothing to tell, nothing to count."""
    report = difference(one, one)
    assert (report.domains, report.representation_only, report.has_changes) == ((), 0, False)


@given(SIDES, SIDES)
def test_the_way_back_is_the_mirror(base: Side, head: Side) -> None:
    """Creates are deletes, and updates swap their sides."""
    there, back = difference(base, head), difference(head, base)
    mirrored = {Action.CREATE: Action.DELETE, Action.DELETE: Action.CREATE, Action.UPDATE: Action.UPDATE}
    forth = {(one.action, one.name, one.type) for diff in there.domains for one in diff.plan.changes}
    assert {(mirrored[action], name, type_) for action, name, type_ in forth} == {
        (one.action, one.name, one.type) for diff in back.domains for one in diff.plan.changes
    }
    assert there.representation_only == back.representation_only


@given(SIDES, SIDES)
def test_the_digest_is_of_what_differs(base: Side, head: Side) -> None:
    """The same twice, and another for nothing."""
    assert difference(base, head).digest == difference(base, head).digest
    assert (difference(base, head).digest == difference(base, base).digest) == (
        not difference(base, head).domains
    )


ALIAS = replace(WWW, type="A")


@pytest.mark.parametrize(
    ("before", "after", "expected", "respelled"),
    [
        ({"value": "192.0.2.1"}, {"values": ["192.0.2.1"]}, 0, 1),
        ({"value": "192.0.2.1"}, {"value": "192.0.2.1"}, 0, 0),
        ({"value": "192.0.2.1"}, {"value": "192.0.2.1", "octodns": {"lenient": True}}, 0, 1),
        ({"value": "192.0.2.1"}, {"value": "192.0.2.1", "octodns": {"cloudflare": {"proxied": True}}}, 1, 0),
        ({"value": "192.0.2.1", "geo": {"EU": ["192.0.2.2"]}}, {"value": "192.0.2.1"}, 1, 0),
    ],
)
def test_what_octodns_does_beyond_rrsets_counts(
    before: dict[str, object], after: dict[str, object], expected: int, respelled: int
) -> None:
    """Pools, regions and proxies are changes, though the addresses stay."""
    key = (WWW.name, WWW.type)
    sides = [side(WWW, entries={ZONE: {key: {"type": "A", **one}}}) for one in (before, after)]
    report = difference(*sides)
    assert (len(changes(report)), report.representation_only) == (expected, respelled)
    for diff in report.domains:
        assert all(
            one.before != one.after and "of octoDNS changes" in one.meaning for one in diff.plan.changes
        )


def test_what_one_side_does_not_tell_is_left_out() -> None:
    """By zone, by name, by part of the YAML, by mail domain; and it is said."""
    keyed = replace(MX, key=("mx",))
    unread = [
        Unread(zones=frozenset({ZONE})),
        Unread(names={ZONE: {(ZONE, "MX"): None}}),
        Unread(names={ZONE: {(ZONE, ""): None}}),
        Unread(keys={ZONE: [("mx",)]}),
        Unread(keys={ZONE: [("mx", 0, "host")]}),
        Unread(domains=frozenset({ZONE})),
    ]
    for one in unread:
        for base, head in (
            (owned(keyed, WWW), owned(WWW, unread=one)),
            (owned(WWW, unread=one), owned(keyed, WWW)),
        ):
            report = difference(base, head)
            assert changes(report) == []
            (told,) = (found for diff in report.domains for found in diff.plan.findings)
            assert (told.rule, told.message.rpartition(": ")[2]) == ("INP012", f"{ZONE} MX")
            assert not report.has_changes


def test_a_selector_that_changes_hands_is_told_as_one_thing() -> None:
    """It is two RRsets, and neither alone says what happens."""
    delegated, own = rrset("s1._domainkey", "CNAME", "s1.test."), rrset("s1._domainkey", "TXT", "v=DKIM1; p=")
    said = [
        one.meaning
        for diff in difference(side(delegated, MX), side(own, MX)).domains
        for one in diff.plan.changes
    ]
    assert sorted(said) == ["", "DKIM selector s1: delegated → own key, revoked"]
    said = [
        one.meaning
        for diff in difference(side(own, MX), side(delegated, MX)).domains
        for one in diff.plan.changes
    ]
    assert sorted(said) == ["", "DKIM selector s1: own key → delegated to s1.test"]


def test_a_guard_holds_back_and_an_allowance_lets_go() -> None:
    """Blocked with its reason; allowed, it is a warning and stays risky."""
    base, head = owned(MX, WWW), owned(WWW)
    (diff,) = difference(base, head).domains
    assert diff.risky
    (step,) = diff.plan.steps
    assert (step.kind, step.state, step.rule) == ("guard", StepState.BLOCKED, "GRD002")
    (diff,) = difference(base, head, permitted=lambda domain, rule, what: "meant").domains
    assert (diff.risky, diff.plan.blocked) == (True, False)


def test_a_zone_that_goes_is_a_loss_and_one_with_less_is_not() -> None:
    """A zone of octoDNS's own YAML is wanted as long as it has records."""
    assert {
        found.rule for diff in difference(side(MX, SPF), side()).domains for found in diff.plan.findings
    } == {"GRD001"}
    other = rrset("x", "TXT", "a"), rrset("y", "TXT", "b")
    assert not difference(side(*other), side(other[0])).domains[0].risky


def test_findings_are_new_or_gone() -> None:
    """Known by what they say; the place in the file or in a list does not count."""

    def told(*keys: tuple[str | int, ...], domain: str | None = ZONE) -> tuple[object, ...]:
        return tuple(finding("SPF012", f"about {key[0]}", key=key, domain=domain) for key in keys)

    base, head = (owned(findings=told(("a", 1), ("b",))), owned(findings=told(("a", 2), ("c",))))
    (diff,) = difference(base, head).domains
    assert [one.message for one in diff.plan.findings] == ["about c"]
    assert [one.message for one in diff.gone] == ["about b"]
    assert not difference(base, head).has_changes
    whole = difference(side(findings=told(("a",), domain=None)), side(findings=told(("b",), domain=None)))
    assert ([one.message for one in whole.findings], [one.message for one in whole.gone]) == (
        ["about b"],
        ["about a"],
    )


def policy_side(body: bytes, policy_id: str, *, unminted: bool) -> Side:
    events = (minted(NOW, policy_id, body),) if unminted else ()
    policy = PolicyFile(f"mta-sts.{ZONE}", body, policy_id, "webroot")
    record = rrset("_mta-sts", "TXT", f"v=STSv1; id={policy_id}", key=("mta_sts", "mode"))
    live = Live(ZONE, MailDomain(name=ZONE, zone=ZONE), "testing", policy, events=events)
    return replace(owned(record), lives={ZONE: live}, policies={ZONE: policy})


@pytest.mark.parametrize(
    ("base", "head", "id_before", "meaning"),
    [
        # an id of the base side that nobody minted is nobody's
        (policy_side(POLICY, "1", unminted=True), policy_side(POLICY, "2", unminted=False), None, None),
        (policy_side(POLICY, "1", unminted=False), policy_side(POLICY, "1", unminted=False), None, None),
        (policy_side(POLICY, "1", unminted=False), policy_side(POLICY, "2", unminted=False), "1", "MTA-STS: id 1 → 2"),
        (policy_side(POLICY, "1", unminted=False), policy_side(POLICY + b"x: y\n", "2", unminted=True), "1",
         "MTA-STS: the id rotates from 1"),
    ],
)  # fmt: skip
def test_policies_differ_by_text_and_by_id(
    base: Side, head: Side, id_before: str | None, meaning: str | None
) -> None:
    """And an id that nobody has minted is not told as one that somebody has."""
    report = difference(base, head)
    policies = [diff.policy.id_before for diff in report.domains if diff.policy]
    assert policies == ([id_before] if id_before else [])
    assert [one.meaning for diff in report.domains for one in diff.plan.changes] == (
        [meaning] if meaning else []
    )
    assert report.representation_only == 0


def test_each_domain_is_counted_once() -> None:
    """With something to tell, or as before."""
    base = Side(
        lives={name: Live(name, None, "absent") for name in ("a.test", "b.test")}, entries={"c.test": {}}
    )
    assert difference(base, base).unchanged == 3
    assert difference(base, base, chosen=lambda name: name == "a.test").unchanged == 1
