"""The ledger: what its lines add up to, and which lines it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone import ledger
from stszone.errors import RuleError
from stszone.ledger import Announced, Event, Ledger, format_event, replay
from stszone.standards.rrset import RRset, txt

AT = datetime(2026, 11, 1, tzinfo=UTC)
POLICY = b"version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 604800\n"
OTHER = b"version: STSv1\nmode: none\nmax_age: 86400\n"
HEAD = '"v": 1, "at": "2026-11-01T00:00:00Z"'


def after(seconds: float) -> datetime:
    return AT + timedelta(seconds=seconds)


def add_up(*events: Event) -> Ledger:
    """The ledger of some events, by way of their lines."""
    return replay("example.com", [format_event(event) for event in events])


def record(policy_id: str, ttl: int = 3600) -> RRset:
    return RRset("_mta-sts.example.com", "TXT", ttl, (txt(f"v=STSv1; id={policy_id};"),))


MX = RRset("example.com", "MX", 3600, ("10 mail.example.com.",))
MX2 = RRset("example.com", "MX", 300, ("10 mx2.example.com.",))
SPF = RRset("example.com", "TXT", 3600, ('"v=spf1 -all"',))
MX_AT = ("bind", "example.com", "example.com", "MX")
STS_AT = ("bind", "example.com", "_mta-sts.example.com", "TXT")


def applying(seconds: float, *rrsets: RRset, gone: tuple[RRset, ...] = (), target: str = "bind") -> Event:
    return ledger.applying(after(seconds), target, "example.com", rrsets, gone)


def applied(seconds: float, target: str = "bind") -> Event:
    return ledger.applied(after(seconds), target, "example.com")


@pytest.mark.parametrize(
    ("events", "owned"),
    [
        ([], {}),
        ([applying(0, MX)], {MX_AT: set(MX.rdatas)}),  # written ahead: it may be there already
        ([applying(0, MX), applied(1)], {MX_AT: set(MX.rdatas)}),
        # A crash in between: both may be there, so both are ours.
        ([applying(0, MX), applied(1), applying(2, MX2)], {MX_AT: {*MX.rdatas, *MX2.rdatas}}),
        ([applying(0, MX), applied(1), applying(2, MX2), applied(3)], {MX_AT: set(MX2.rdatas)}),
        # The deletion was announced, and nobody knows whether it was done.
        ([applying(0, MX), applied(1), applying(2, gone=(MX,))], {MX_AT: set(MX.rdatas)}),
        ([applying(0, MX), applied(1), applying(2, gone=(MX,)), applied(3)], {}),
        # A second try settles the first one.
        ([applying(0, MX), applying(1, MX2), applied(2)], {MX_AT: set(MX2.rdatas)}),
        ([applying(0, MX), applied(1), applying(2, gone=(MX,)), applying(3, MX), applied(4)], {MX_AT: set(MX.rdatas)}),
        # Taken over without a write.
        ([ledger.claimed(AT, "bind", "example.com", [MX])], {MX_AT: set(MX.rdatas)}),
        # `applied` without its beginning says nothing.
        ([applied(0)], {}),
        # Another target is another place.
        ([applying(0, MX), applied(1, "route53")], {MX_AT: set(MX.rdatas)}),
        ([applying(0, MX), applied(1), applying(2, gone=(MX,), target="route53"), applied(3, "route53")],
         {MX_AT: set(MX.rdatas)}),
    ],
)  # fmt: skip
def test_knows_what_stszone_published(events: list[Event], owned: dict[ledger.Place, set[str]]) -> None:
    """What may be in a zone because of us is ours, and nothing else."""
    assert {place: set(rdatas) for place, rdatas in add_up(*events).owned.items()} == owned


def test_knows_ttls_zones_and_the_policy_host() -> None:
    """What goes with the RRsets is there too."""
    found = add_up(
        applying(0, MX), applied(1), applying(2, MX2, SPF),
        ledger.minted(AT, "a1", POLICY), ledger.publishing(AT, "a1", "web1"),
    )  # fmt: skip
    assert found.ttls[MX_AT] == 3600  # the second write may not have been done
    assert found.zones == {"example.com"}
    assert found.publisher == "web1"
    assert found.ids == {"a1"}


def test_keeps_policies_in_the_order_of_minting_and_of_serving() -> None:
    """A policy that was never written was never served; clocks do not decide the order."""
    found = add_up(
        ledger.minted(after(9), "a1", POLICY), ledger.minted(after(9), "b2", OTHER), ledger.minted(AT, "c3", POLICY),
        ledger.publishing(after(9), "a1", "webroot"), ledger.published(after(10), "a1", "webroot"),
        ledger.publishing(after(5), "c3", "webroot"), ledger.publishing(after(20), "c3", "webroot"),
    )  # fmt: skip
    assert [policy.id for policy in found.policies] == ["a1", "b2", "c3"]
    assert [policy.id for policy in found.served] == ["a1", "c3"]
    assert [policy.published for policy in found.policies] == [after(9), None, after(5)]
    assert found.policies[0].body == POLICY


@pytest.mark.parametrize(
    ("events", "announced"),
    [
        ([applying(0, record("a1"))], [("a1", 0, None)]),  # may be there from now on
        ([applying(0, record("a1")), applied(5)], [("a1", 0, None)]),
        ([applying(0, record("a1")), applied(5), applying(10, record("b2"))], [("a1", 0, None), ("b2", 10, None)]),
        ([applying(0, record("a1")), applied(5), applying(10, record("b2")), applied(15)],
         [("a1", 0, 15), ("b2", 10, None)]),  # gone when the write was done, not when it was begun
        ([applying(0, record("a1")), applied(5), applying(10, gone=(record("a1"),)), applied(15)], [("a1", 0, 15)]),
        ([applying(0, record("a1")), applied(5), applying(10, record("a1")), applied(15)], [("a1", 0, None)]),
        ([applying(0, record("a1")), applying(1, record("a1", 60)), applied(2)], [("a1", 0, 2), ("a1", 1, None)]),
        ([applying(0, MX), applied(5)], []),  # other RRsets are no announcement
        # Two targets: the second one lags behind, and goes on announcing.
        ([applying(0, record("a1")), applied(1), applying(2, record("a1"), target="b"), applied(3, "b"),
          applying(4, record("b2")), applied(5)], [("a1", 0, 5), ("a1", 2, None), ("b2", 4, None)]),
        ([applying(0, RRset("_mta-sts.example.com", "TXT", 60, ('"hello"',)))], [("", 0, None)]),
        ([applying(0, RRset("_mta-sts.example.com", "TXT", 60, ('"v=STSv1; " "id=a1; note=x"',)))],
         [("a1", 0, None)]),  # parsed, not cut
        ([applying(0, RRset("_mta-sts.example.net", "TXT", 60, ('"v=STSv1; id=z9"',)))], []),  # another domain's
    ],
)  # fmt: skip
def test_knows_when_resolvers_may_have_seen_an_id(
    events: list[Event], announced: list[tuple[str, int, int | None]]
) -> None:
    """From before the write that put it there to after the write that replaced it."""
    found = add_up(*events).announced
    assert [(one.id, one.since, one.until) for one in found] == [
        (name, after(since), None if until is None else after(until)) for name, since, until in announced
    ]


@pytest.mark.parametrize(
    "event",
    [
        f'{{{HEAD}, "event": "seen", "who": "verify"}}',
        f'{{{HEAD}, "event": "applied", "target": "t", "zone": "z", "more": [1]}}',
        f'{{{HEAD}, "event": 5}}',
        "",
        "   ",
    ],
)
def test_passes_over_what_it_does_not_know(event: str) -> None:
    """A later release writes more, and this one still reads its own."""
    assert replay("example.com", [event]) == Ledger("example.com")


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ('{"v": 1}{"v": 1}', "not JSON"),
        ("[]", "not a JSON object"),
        ("5", "not a JSON object"),
        ('"v"', "not a JSON object"),
        ("<<<<<<< HEAD", "merge conflict"),
        ("=======", "merge conflict"),
        (">>>>>>> branch", "merge conflict"),
        ("{}", "no 'v'"),
        ('{"v": 2, "at": "2026-11-01T00:00:00Z", "event": "x"}', "version 2, this stszone reads 1"),
        ('{"v": "1", "at": "2026-11-01T00:00:00Z", "event": "x"}', "version '1'"),
        ('{"v": 1, "event": "x"}', "no 'at'"),
        ('{"v": 1, "at": 5, "event": "x"}', "at is not a text"),
        ('{"v": 1, "at": "2026-11-01", "event": "x"}', "2026-11-01"),
        (f"{{{HEAD}}}", "no 'event'"),
        (f'{{{HEAD}, "event": "minted", "id": "a1"}}', "no 'policy'"),
        (f'{{{HEAD}, "event": "minted", "id": 1, "policy": ""}}', "id is not a text"),
        (f'{{{HEAD}, "event": "minted", "id": "a1", "policy": "hello"}}', "STS"),  # no policy at all
        (f'{{{HEAD}, "event": "minted", "id": "a1", "policy": "\\ud800"}}', "surrogates"),
        (f'{{{HEAD}, "event": "publishing", "id": "a1", "policy_host": "w"}}', "no 'a1'"),
        (f'{{{HEAD}, "event": "applying", "target": "t", "zone": "z", "set": 5}}', "set is not a list"),
        (f'{{{HEAD}, "event": "applying", "target": "t", "zone": "z", "set": [5]}}', ""),
        (f'{{{HEAD}, "event": "applying", "target": "t", "zone": "z", "set": [{{"name": "a"}}]}}', "no 'type'"),
        (f'{{{HEAD}, "event": "claimed", "target": "t", "zone": "z", "set": '
         '[{"name": 5, "type": "TXT", "ttl": 1, "rdatas": ["x"]}]}', "name is not a text"),
        (f'{{{HEAD}, "event": "claimed", "target": "t", "zone": "z", "set": '
         '[{"name": "a", "type": "TXT", "ttl": 1, "rdatas": "xyz"}]}', "rdatas is not a list"),
        (f'{{{HEAD}, "event": "claimed", "target": "t", "zone": "z", "set": '
         '[{"name": "a", "type": "TXT", "ttl": 1e999, "rdatas": ["x"]}]}', "infinity"),
        ("[" * 100_000, ""),  # deeper than Python reads
    ],
)  # fmt: skip
def test_refuses_a_damaged_line_by_its_number(line: str, reason: str) -> None:
    """A line that is not as it was written is named, with its number."""
    good = format_event(applying(0, MX))
    with pytest.raises(RuleError) as caught:
        replay("example.com", [good, "", line, good])
    assert caught.value.rule == "LED001"
    assert caught.value.what.startswith("line 3: ")
    assert reason in caught.value.what


def test_an_id_never_stands_for_two_bodies() -> None:
    """The same id with another body is damage; the same line twice is a merge."""
    minted = ledger.minted(AT, "a1", POLICY)
    assert len(add_up(minted, minted).policies) == 1
    with pytest.raises(RuleError, match="line 2: the id a1 stands for two policies"):
        add_up(minted, ledger.minted(AT, "a1", OTHER))


def test_times_are_utc_in_whole_seconds() -> None:
    """Whatever the clock's zone was."""
    there = datetime(2026, 11, 1, 1, 30, 5, 999_999, tzinfo=timezone(timedelta(hours=2)))
    assert ledger.format_time(there) == "2026-10-31T23:30:05Z"
    assert ledger.parse_time("2026-10-31T23:30:05Z") == datetime(2026, 10, 31, 23, 30, 5, tzinfo=UTC)


@given(st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9000, 1, 1)))
def test_times_come_back(moment: datetime) -> None:
    """A whole second survives being written."""
    moment = moment.replace(microsecond=0, tzinfo=UTC)
    assert ledger.parse_time(ledger.format_time(moment)) == moment


@given(st.text())
def test_an_event_is_one_line(reason: str) -> None:
    """Whatever an operator writes, no event breaks the file."""
    line = format_event(ledger.allowed(AT, "STS077", "mx a; mta_sts none", reason))
    assert "\n" not in line
    assert json.loads(line)["reason"] == reason


RDATAS = st.sets(st.sampled_from(["a", "b", "c"]), min_size=1)
ACTS = st.lists(st.tuples(st.sampled_from(["set", "delete", "claim"]), RDATAS, st.booleans()), max_size=12)


@given(ACTS)
def test_whatever_may_be_live_is_owned(acts: list[tuple[str, set[str], bool]]) -> None:
    """Crashes after `applying` never make stszone forget what it may have left behind."""
    events: list[Event] = []
    possible: set[str] = set()
    for action, rdatas, done in acts:
        rrset = RRset("x.example.com", "TXT", 60, tuple(rdatas))
        if action == "claim":
            events.append(ledger.claimed(AT, "bind", "example.com", [rrset]))
            possible = set(rdatas)
            continue
        events.append(applying(0, rrset) if action == "set" else applying(0, gone=(rrset,)))
        after_it = rdatas if action == "set" else set()
        possible = set(after_it) if done else possible | after_it
        if done:
            events.append(applied(0))
    owned = add_up(*events).owned.get(("bind", "example.com", "x.example.com", "TXT"), frozenset())
    assert owned >= possible
    assert owned == possible


def test_announced_is_a_value() -> None:
    """Two equal announcements are equal, whoever read them."""
    assert Announced(STS_AT, 60, "a1", AT) == add_up(applying(0, record("a1", 60))).announced[0]


def test_an_override_holds_for_what_it_was_given_for_and_for_thirty_days() -> None:
    """Anything else that the rule finds is not allowed, and neither is the same a year later."""
    held = replay("example.com", [format_event(ledger.allowed(AT, "GRD005", "reject → none", "migration"))])
    assert held.allowance("GRD005", "reject → none", AT + timedelta(days=30))
    assert held.allowance("GRD005", "reject → none", AT + timedelta(days=30, seconds=1)) is None
    assert held.allowance("GRD005", "quarantine → none", AT) is None
    assert held.allowance("GRD003", "reject → none", AT) is None


def test_an_override_from_the_future_holds_for_nothing() -> None:
    """It would never end; clocks of two machines may be a little apart."""
    held = replay("example.com", [format_event(ledger.allowed(AT, "GRD005", "reject → none", "migration"))])
    assert held.allowance("GRD005", "reject → none", AT - timedelta(minutes=5))
    assert held.allowance("GRD005", "reject → none", AT - timedelta(minutes=5, seconds=1)) is None


def test_an_override_without_what_it_was_for_is_for_nothing() -> None:
    """Lines of the first release name the rule alone; they are read and allow nothing any more."""
    held = replay("example.com", [f'{{{HEAD}, "event": "allowed", "rule": "STS077", "reason": "Umzug"}}'])
    assert held.allowance("STS077", "mx a", AT) is None
