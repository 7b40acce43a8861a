"""MX hosts that change under a policy: over any history no sender is left without a host (LC2)."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stszone.ledger import exchanges
from stszone.lifecycle import mx_change
from stszone.standards import mta_sts
from tests.test_lifecycle import DAY, NAME, Senders, World, at, domain, kinds, sts

A, B, C = ({"host": f"{name}.example.net"} for name in "abc")
TTL = 3600
WEEK = 7 * DAY


@dataclass
class Mail(Senders):
    """The same senders, with the MX RRsets that their resolvers may hold."""

    mx: dict[tuple[str, ...], int] = field(default_factory=dict)

    def live_through(self, world: World, until: int) -> None:
        super().live_through(world, until)
        if rrset := world.zone.get((NAME, "MX")):
            self.mx[exchanges(rrset.rdatas)] = until + rrset.ttl

    def deferred(self, world: World) -> list[str]:
        """Every policy in force at some sender that allows no host of an MX RRset that it may see."""
        rrset = world.zone.get((NAME, "MX"))
        seen = {hosts for hosts, until in self.mx.items() if until > self.now and hosts}
        seen |= {exchanges(rrset.rdatas)} - {()} if rrset else set()
        held = (mta_sts.parse_policy(body) for body, until in self.holds().items() if until > self.now)
        return [
            f"{policy.mx} at a sender, {hosts} in DNS"
            for policy in held
            for hosts in seen
            if policy.mode == "enforce"
            and not any(mta_sts.matches(pattern, host) for pattern in policy.mx for host in hosts)
        ]


def test_a_change_is_spread_over_its_steps() -> None:
    """Policy and MX widened at once, the old host kept to the last copy, the policy narrowed last."""
    world = World()
    world.apply(domain(mx=[A], mta_sts=sts(max_age=WEEK)), 0)
    wanted = domain(mx=[B], mta_sts=sts(max_age=WEEK))
    live = world.apply(wanted, DAY)
    assert kinds(live) == [("publish-policy", "due", "STS090"), ("change-mx", "waiting", "STS077")]
    assert world.zone[NAME, "MX"].rdatas == ("10 a.example.net.", "10 b.example.net.")
    assert world.file is not None
    assert mta_sts.parse_policy(world.file).mx == ("a.example.net", "b.example.net")
    (step,) = world.advance(wanted, DAY + 60).steps
    until = DAY + TTL + WEEK + DAY  # from the last time that the old id was in a cache, and the skew
    assert step.not_before == f"{at(until):%Y-%m-%dT%H:%M:%SZ}"
    world.apply(wanted, until - 1)
    assert len(world.zone[NAME, "MX"].rdatas) == 2
    live = world.apply(wanted, until)
    assert world.zone[NAME, "MX"].rdatas == ("10 b.example.net.",)
    (step,) = world.advance(wanted, until + 1).steps
    assert (step.kind, step.not_before) == ("narrow-policy", f"{at(until + TTL):%Y-%m-%dT%H:%M:%SZ}")
    world.apply(wanted, until + TTL)
    assert mta_sts.parse_policy(world.file).mx == ("b.example.net",)
    assert world.advance(wanted, until + TTL + 1).steps == ()


def test_a_change_of_mind_needs_no_wait() -> None:
    """The old host was never gone."""
    world = World()
    before = domain(mx=[A], mta_sts=sts())
    world.apply(before, 0)
    world.apply(domain(mx=[B], mta_sts=sts()), 100)
    world.apply(before, 200)
    assert world.zone[NAME, "MX"].rdatas == ("10 a.example.net.",)


def test_the_null_mx_waits_as_a_whole() -> None:
    """It stands alone (RFC 7505 §3), so the old hosts stay until the last copy has expired."""
    world = World()
    world.apply(domain(mx=[A], mta_sts=sts(max_age=DAY)), 0)
    world.apply(domain(mx="none"), 100)
    assert world.zone[NAME, "MX"].rdatas == ("10 a.example.net.",)
    world.apply(domain(mx="none"), 100 + TTL + 2 * DAY)
    assert world.zone[NAME, "MX"].rdatas == ("0 .",)


SECTIONS = [None, sts(max_age=DAY), sts(max_age=30 * DAY), sts("testing", WEEK), sts("none", DAY)]
HISTORY = st.lists(
    st.tuples(
        st.sampled_from([[A], [B], [C], [A, B], [B, C], "none"]),
        st.sampled_from(SECTIONS),
        st.sampled_from([0, 1, 60, 3600, 3601, DAY, 2 * DAY, 3 * DAY, 40 * DAY]),
        st.sampled_from([0, 1, 2, 3, 4, 5, 6, 99, 99, 99]),
    ),
    min_size=1,
    max_size=10,
)
History = list[tuple[object, dict[str, object] | None, int, int]]


def run(history: History) -> list[str]:
    """Every moment at which some sender defers."""
    world, mail, found = World(), Mail(), []
    for mx, section, wait, crash in history:
        mail.live_through(world, mail.now + wait)
        found += mail.deferred(world)
        world.apply(domain(mx=mx, **({"mta_sts": section} if section else {})), mail.now, crash=crash)
        mail.live_through(world, mail.now)
        found += mail.deferred(world)
    return found


@settings(max_examples=300, deadline=None)
@given(HISTORY)
def test_no_sender_is_left_without_a_host(history: History) -> None:
    """Whatever is edited, and wherever an apply stops."""
    assert run(history) == []


def test_every_change_comes_to_its_end() -> None:
    """After calm applies with waits between them the MX is the wanted one, and so is the policy."""
    world = World()
    world.apply(domain(mx=[A], mta_sts=sts(max_age=WEEK)), 0)
    world.apply(domain(mx=[B], mta_sts=sts(max_age=WEEK)), 1)
    wanted = domain(mx=[C], mta_sts=sts(max_age=WEEK))
    for now in (2, 10 * DAY, 20 * DAY, 21 * DAY, 31 * DAY, 32 * DAY):
        world.apply(wanted, now)
    assert world.zone[NAME, "MX"].rdatas == ("10 c.example.net.",)
    assert world.file is not None
    assert mta_sts.parse_policy(world.file).mx == ("c.example.net",)
    assert world.advance(wanted, 33 * DAY).steps == ()


WIDEN: History = [
    ([A], sts(max_age=WEEK), 0, 99),
    ([B], sts(max_age=WEEK), 60, 99),
    ([B], sts(max_age=WEEK), 60, 99),
]
BEGIN: History = [([A], None, 0, 99), ([B], sts(max_age=WEEK), 60, 99), ([B], sts(max_age=WEEK), 1, 99)]


@pytest.mark.parametrize(
    ("name", "without", "history"),
    [
        ("_enforced", lambda ledger, now: iter(()), WIDEN),  # MX hosts do not wait for copies
        ("_also", lambda name, asked, ledger, now: (), BEGIN),  # the policy does not wait for resolvers
    ],
)
def test_without_any_one_wait_mail_is_deferred(
    monkeypatch: pytest.MonkeyPatch, name: str, without: object, history: History
) -> None:
    """The simulation bites: each wait is there for a reason."""
    assert run(history) == []
    monkeypatch.setattr(mx_change, name, without)
    assert run(history)
