"""The lifecycle: ids, the order of steps, and how MTA-STS leaves without losing mail."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stszone import ledger
from stszone.compiler import live_rrsets
from stszone.domain import MailDomain
from stszone.ledger import Event, Ledger, format_event, replay
from stszone.lifecycle import SKEW, Live, PolicyFile, advance, cached_policies, mint_id, safe_to_remove_at
from stszone.report import StepState
from stszone.standards import mta_sts
from stszone.standards.rrset import RRset, txt_text

NAME = "example.com"
RECORD, HOST = ("_mta-sts.example.com", "TXT"), ("mta-sts.example.com", "A")
T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAY, YEAR = 86400, 31557600
MAIL = [{"host": "mail.example.com"}]


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def domain(mx: object = MAIL, **sections: object) -> MailDomain:
    """A mail domain as the store would build it; TTLs of an hour."""
    data = {"name": NAME, "zone": NAME, **({} if mx is None else {"mx": mx}), **sections}
    return MailDomain.model_validate(data)


def sts(mode: str = "enforce", max_age: int = 604800, **more: object) -> dict[str, object]:
    return {"mode": mode, "max_age": max_age, "policy_host": {"ipv4": ["203.0.113.10"]}, **more}


@dataclass
class World:
    """A zone and a policy host, with the ledger of what stszone did there."""

    events: list[Event] = field(default_factory=list)
    zone: dict[tuple[str, str], RRset] = field(default_factory=dict)
    file: bytes | None = None

    @property
    def ledger(self) -> Ledger:
        return replay(NAME, map(format_event, self.events))

    def advance(self, wanted: MailDomain | None, seconds: float, allow: Iterable[str] = ()) -> Live:
        return advance(NAME, wanted, self.ledger, at(seconds), tuple(allow))

    def apply(
        self, wanted: MailDomain | None, seconds: float, allow: Iterable[str] = (), crash: int = 99
    ) -> Live:
        """Do what is due, as `stszone apply` does it; stop after `crash` acts and records."""
        live = self.advance(wanted, seconds, allow)
        if any(step.state is StepState.BLOCKED for step in live.steps):
            return live
        acts = iter(self._acts(live, at(seconds)))
        for _ in range(crash):
            if next(acts, None) is None:
                break
        return live

    def _acts(self, live: Live, now: datetime) -> Iterable[bool]:
        self.events += live.events
        yield True
        if live.policy and live.policy.body and self._unpublished(live.policy):
            self.events.append(ledger.publishing(now, live.policy.id, live.policy.publish))
            yield True
            self.file = live.policy.body
            yield True
            self.events.append(ledger.published(now, live.policy.id, live.policy.publish))
            yield True
        wanted = {(one.name, one.type): one for one in live_rrsets(live)}
        put = [one for key, one in wanted.items() if self.zone.get(key) != one]
        known = {place[2:] for place in self.ledger.owned if place[0] == "t"} | self.zone.keys()
        gone = [self.zone.get(key, RRset(*key, 0, ())) for key in sorted(known - wanted.keys())]
        if put or gone:
            self.events.append(ledger.applying(now, "t", NAME, put, gone))
            yield True
            self.zone = wanted
            yield True
            self.events.append(ledger.applied(now, "t", NAME))
        owned = {place[2:]: rdatas for place, rdatas in self.ledger.owned.items() if place[0] == "t"}
        unsettled = [one for key, one in wanted.items() if owned[key] != set(one.rdatas)]
        if unsettled:  # written before a crash
            self.events.append(ledger.claimed(now, "t", NAME, unsettled))

    def _unpublished(self, policy: PolicyFile) -> bool:
        return policy.id not in {one.id for one in self.ledger.served} or self.file != policy.body

    @property
    def id(self) -> str | None:
        record = self.zone.get(RECORD)
        return mta_sts.parse_record(txt_text(record.rdatas[0])).id if record else None


def kinds(live: Live) -> list[tuple[str, str, str]]:
    return [(step.kind, str(step.state), step.rule) for step in live.steps]


# --- ids ---------------------------------------------------------------------------------------


def test_a_new_policy_gets_the_time_as_its_id_and_its_file_goes_first() -> None:
    """The first plan mints, and says the order."""
    live = World().advance(domain(mta_sts=sts()), 0)
    assert live.policy is not None
    assert live.policy.id == "20260101T000000Z"
    assert live.policy.host == "mta-sts.example.com"
    assert [event["event"] for event in live.events] == ["minted"]
    assert kinds(live) == [("publish-policy", "due", "STS090")]
    assert live.stage == "enforce"


def test_an_unchanged_body_keeps_its_id() -> None:
    """Neither time nor anything beside the body makes a new id (STS013)."""
    world = World()
    world.apply(domain(mta_sts=sts()), 0)
    later = world.advance(domain(mta_sts=sts(), ttl=60, dmarc={"p": "none"}), 10 * DAY)
    assert later.policy is not None
    assert (later.policy.id, later.events, later.steps) == ("20260101T000000Z", (), ())


def test_a_planned_id_is_used_by_the_next_plan() -> None:
    """`plan` writes the id to the ledger, and `apply` does not mint another."""
    world = World()
    world.apply(domain(mta_sts=sts()), 0, crash=1)
    later = world.apply(domain(mta_sts=sts()), 500)
    assert later.events == ()
    assert world.id == "20260101T000000Z"


def test_a_body_that_comes_back_gets_a_third_id() -> None:
    """Senders that kept the second policy under its id must see a change (STS012)."""
    world, a, b = World(), domain(mta_sts=sts()), domain(mta_sts=sts("testing"))
    ids = []
    for seconds, wanted in [(0, a), (60, b), (120, a), (180, a)]:
        world.apply(wanted, seconds)
        ids.append(world.id)
    assert len(set(ids)) == 3
    assert ids[2] == ids[3]


def test_ids_of_one_second_differ() -> None:
    """Also where the clock stands still, as in a rehearsal; and nothing is minted twice."""
    world, a, b = World(), domain(mta_sts=sts()), domain(mta_sts=sts("testing"))
    ids = []
    for wanted in (a, b, a, a, a):
        world.apply(wanted, 0)
        ids.append(world.id)
    assert ids == ["20260101T000000Z", "20260101T000001Z", "20260101T000002Z"] + ["20260101T000002Z"] * 2
    assert len(world.ledger.policies) == 3


def test_an_id_says_utc() -> None:
    """Whatever the zone of the clock."""
    there = datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    assert mint_id(there, Ledger(NAME)) == "20251231T230000Z"


@given(st.lists(st.tuples(st.integers(-3, 3), st.sampled_from([1, 2, 3])), max_size=12))
def test_no_id_ever_stands_for_two_bodies(edits: list[tuple[int, int]]) -> None:
    """Over any order of edits, and clocks that go backwards; replay would refuse."""
    world, now = World(), 0
    shown: dict[str, bytes] = {}
    for step, days in edits:
        now += step
        world.apply(domain(mta_sts=sts(max_age=days * DAY)), now)
        assert world.id is not None and world.file is not None
        assert shown.setdefault(world.id, world.file) == world.file


# --- the stages that are not ours -------------------------------------------------------------


@pytest.mark.parametrize(
    ("section", "stage", "record"),
    [
        ({"cname": "_mta-sts.provider.example", "policy_host": "external"}, "delegated", None),
        ({"mode": "enforce", "id": "a1", "publish": "external"}, "external", "a1"),
    ],
)
def test_a_policy_of_somebody_else_is_not_minted(
    section: dict[str, object], stage: str, record: str | None
) -> None:
    """Its id and body are decided elsewhere."""
    live = World().advance(domain(mta_sts=section), 0)
    assert (live.stage, live.events, live.steps) == (stage, (), ())
    assert (live.policy.id if live.policy else None) == record


def test_a_policy_without_mx_hosts_is_blocked_not_published() -> None:
    """What cannot be written stops the step, and what is live stays."""
    world = World()
    world.apply(domain(mta_sts=sts()), 0)
    live = world.advance(domain(mx=None, mta_sts=sts()), 60)
    assert ("publish-policy", "blocked", "STS025") in kinds(live)
    assert {(one.name, one.type) for one in live_rrsets(live)} >= {RECORD, HOST}


# --- removal (LC3) -----------------------------------------------------------------------------


def test_removal_walks_from_none_to_absent() -> None:
    """`none` under a new id, the wait, the record, the resolvers' TTL, the host."""
    world, gone = World(), domain()
    world.apply(domain(mta_sts=sts(max_age=7 * DAY)), 0)
    first = world.id

    live = world.apply(gone, 1000)
    assert live.stage == "removing"
    assert kinds(live) == [("publish-policy", "due", "STS090"), ("remove-mta-sts", "waiting", "STS078")]
    assert live.steps[-1].not_before == ledger.format_time(at(1000 + 3600 + 7 * DAY + DAY))
    assert b"mode: none" in (world.file or b"")
    assert world.id not in (None, first)
    assert HOST in world.zone

    # The old id may be in resolvers for its TTL; a sender may then hold the policy for max_age.
    until = 1000 + 3600 + 7 * DAY + DAY
    live = world.apply(gone, 1001)
    assert kinds(live) == [("remove-mta-sts", "waiting", "STS078")]
    assert live.safe_to_remove_at == at(until)
    assert live.steps[0].not_before == ledger.format_time(at(until))
    assert live.decided_by == first
    world.apply(gone, until - 1)
    assert RECORD in world.zone and HOST in world.zone

    live = world.apply(gone, until)
    assert kinds(live) == [("remove-mta-sts", "due", "STS078")]
    assert RECORD not in world.zone and HOST in world.zone

    live = world.apply(gone, until + 3599)
    assert kinds(live) == [("remove-mta-sts", "waiting", "STS078")]
    assert live.steps[0].not_before == ledger.format_time(at(until + 3600))
    assert HOST in world.zone
    live = world.apply(gone, until + 3600)
    assert HOST not in world.zone
    live = world.advance(gone, until + 3601)
    assert (live.stage, live.steps, live.kept) == ("absent", (), ())


def test_a_year_long_max_age_of_the_past_decides() -> None:
    """Shortening max_age later does not shorten a copy that was fetched before (RFC 8461 §8.3)."""
    world = World()
    world.apply(domain(mta_sts=sts(max_age=YEAR)), 0)
    long = world.id
    world.apply(domain(mta_sts=sts(max_age=DAY)), 10 * DAY)
    world.apply(domain(), 11 * DAY)
    live = world.advance(domain(), 12 * DAY)
    assert live.decided_by == long
    assert live.safe_to_remove_at == at(10 * DAY + 3600 + YEAR) + SKEW


def test_mode_none_in_the_yaml_is_the_first_half_of_the_walk() -> None:
    """A domain that said `none` long enough only has to wait for nothing more."""
    world = World()
    world.apply(domain(mta_sts=sts(max_age=DAY)), 0)
    world.apply(domain(mta_sts=sts("none")), 100)
    ids = len(world.ledger.policies)
    live = world.apply(domain(), 30 * DAY)
    assert kinds(live) == [("remove-mta-sts", "due", "STS078")]
    assert len(world.ledger.policies) == ids
    assert RECORD not in world.zone


def test_a_section_that_comes_back_ends_the_removal() -> None:
    """With a third id."""
    world = World()
    world.apply(domain(mta_sts=sts()), 0)
    world.apply(domain(), 100)
    live = world.apply(domain(mta_sts=sts()), 200)
    assert live.stage == "enforce"
    assert len(world.ledger.policies) == 3


def test_the_wait_goes_on_while_the_record_could_not_be_moved() -> None:
    """The file says `none`, but DNS still announces the old id: senders go on renewing their copy."""
    world, gone = World(), domain()
    world.apply(domain(mta_sts=sts(max_age=DAY)), 0)
    world.apply(gone, 100, crash=5)  # … the new record was announced to the ledger, and not written
    live = world.advance(gone, 20 * DAY)
    assert live.safe_to_remove_at == at(20 * DAY + 3600 + DAY) + SKEW
    world.apply(gone, 20 * DAY)
    assert world.advance(gone, 21 * DAY).safe_to_remove_at == live.safe_to_remove_at


def test_a_target_that_lags_behind_keeps_the_wait() -> None:
    """The old id is in DNS as long as one target announces it."""
    world, gone = World(), domain()
    world.apply(domain(mta_sts=sts(max_age=DAY)), 0)
    old = world.zone[RECORD]
    world.events += [ledger.applying(at(10), "other", NAME, [old]), ledger.applied(at(10), "other", NAME)]
    world.apply(gone, 100)
    live = world.advance(gone, 20 * DAY)
    assert live.safe_to_remove_at == at(20 * DAY + 3600 + DAY) + SKEW


def test_the_yaml_being_gone_does_not_shorten_the_walk() -> None:
    """The store reports it (LED002); records stay meanwhile."""
    world = World()
    world.apply(domain(mta_sts=sts()), 0)
    live = world.advance(None, 100)
    assert (live.wanted, live.stage) == (None, "removing")
    assert {(one.name, one.type) for one in live_rrsets(live)} == {RECORD, HOST}


@pytest.mark.parametrize(
    "section",
    [
        {"cname": "_mta-sts.provider.example", "policy_host": {"cname": "mta-sts.provider.example"}},
        {"mode": "enforce", "id": "a1", "publish": "external", "policy_host": {"ipv4": ["203.0.113.10"]}},
    ],
)
@pytest.mark.parametrize("ours_before", [False, True])
def test_what_others_served_does_not_leave_without_a_word(
    section: dict[str, object], ours_before: bool
) -> None:
    """Nobody here knows their max_age; an operator who does may say so."""
    world = World()
    if ours_before:
        world.apply(domain(mta_sts=sts(max_age=DAY)), 0)
    world.apply(domain(mta_sts=section), 30 * DAY)
    before = dict(world.zone)
    live = world.apply(domain(), 90 * DAY)
    assert kinds(live) == [("remove-mta-sts", "blocked", "STS078")]
    assert {(one.name, one.type): one for one in live_rrsets(live)} == before
    live = world.apply(domain(), 90 * DAY, allow=["STS078"])
    assert live.stage == "absent"
    assert world.zone.keys() == {(NAME, "MX")}


def test_an_operator_may_cut_the_wait_short() -> None:
    """But `none` is published all the same."""
    world, gone = World(), domain()
    world.apply(domain(mta_sts=sts(max_age=YEAR)), 0)
    world.apply(gone, 100, allow=["STS078"])
    assert b"mode: none" in (world.file or b"")
    world.apply(gone, 200, allow=["STS078"])
    assert RECORD not in world.zone and HOST in world.zone


def test_names_that_the_yaml_goes_on_describing_are_not_on_their_way_out() -> None:
    """A host or an alias at the policy host's name is no MTA-STS of ours."""
    for sections in (
        {"hosts": {"mta-sts.example.com": {"ipv4": ["203.0.113.10"]}}},
        {"aliases": {"mta-sts.example.com": "web.example.net"}},
        {"records": {"_mta-sts": {"type": "TXT", "value": "v=STSv1; id=1"}}},
    ):
        world = World()
        world.apply(domain(**sections), 0)
        live = world.advance(domain(**sections), DAY)
        assert (live.stage, live.steps, live.kept) == ("absent", (), ()), sections


def test_a_domain_without_mta_sts_is_absent() -> None:
    """No section, no ledger, nothing to say."""
    live = World().advance(domain(), 0)
    assert (live.stage, live.policy, live.kept, live.steps, live.events) == ("absent", None, (), (), ())


# --- MX under a cached policy (INV-MX) ---------------------------------------------------------

NEW = [{"host": "mx.new.example"}]
BOTH = [*MAIL, *NEW]


@pytest.mark.parametrize(
    ("policy", "wanted", "state"),
    [
        (sts(), {"mx": NEW, "mta_sts": sts()}, "waiting"),  # senders that hold the old policy would refuse
        (sts(), {"mx": BOTH, "mta_sts": sts()}, None),  # one of the old ones answers
        (sts(), {"mx": MAIL, "mta_sts": sts()}, None),
        (sts("testing"), {"mx": NEW, "mta_sts": sts("testing")}, None),  # testing refuses nobody
        (sts("none"), {"mx": NEW, "mta_sts": sts()}, None),
        (sts(mx=["*.example.com"]), {"mx": [{"host": "mx7.example.com"}], "mta_sts": sts()}, None),
        (sts(mx=["*.example.com"]), {"mx": [{"host": "a.mx7.example.com"}], "mta_sts": sts()}, "waiting"),
        (sts(), {"mx": "none"}, "waiting"),  # null MX over a policy
        (sts(), {"mx": NEW}, "waiting"),  # the section goes, the copies stay
        (sts(), {"mx": None}, "blocked"),  # the MX goes with its key
        (sts(), {"mx": None, "records": {"": {"type": "MX", "value": "10 mail.example.com."}}}, None),
        (sts(), {"mx": None, "records": {"": {"type": "MX", "value": "10 mx.new.example."}}}, "blocked"),
        (sts(), {"mx": NEW, "mta_sts": {"cname": "_mta-sts.p.example", "policy_host": "external"}}, "waiting"),
        (sts(), {"mx": NEW, "mta_sts": {"mode": "enforce", "id": "z", "publish": "external"}}, "waiting"),
    ],
)  # fmt: skip
def test_mx_change_under_a_cached_policy(
    policy: dict[str, object], wanted: dict[str, object], state: str | None
) -> None:
    """Every policy that a sender may enforce matches an MX host of ours (STS072, STS077).

    Where `mx` says what is wanted, the change is spread; `records` are published as they are, or not.
    """
    world = World()
    world.apply(domain(mta_sts=policy), 0)
    live = world.advance(domain(**wanted), 100)
    assert [one for one in kinds(live) if one[0] == "change-mx"] == (
        [("change-mx", state, "STS077")] if state else []
    )
    allowed = world.advance(domain(**wanted), 100, allow=["STS077"])
    assert all(step.kind != "change-mx" for step in allowed.steps)


def test_the_wait_ends_with_the_last_copy() -> None:
    """And the step says when."""
    world = World()
    world.apply(domain(mx=MAIL, mta_sts=sts(max_age=DAY)), 0)
    world.apply(domain(mx=BOTH, mta_sts=sts(max_age=DAY)), 100)
    until = 100 + 3600 + DAY + DAY
    step = world.advance(domain(mx=NEW, mta_sts=sts(max_age=DAY)), 200).steps[-1]
    assert (step.rule, step.not_before) == ("STS077", ledger.format_time(at(until)))
    late = world.advance(domain(mx=NEW, mta_sts=sts(max_age=DAY)), until)
    assert (late.mx, late.steps) == (None, ())


@pytest.mark.parametrize(
    "section",
    [
        {"cname": "_mta-sts.provider.example", "policy_host": "external"},
        {"mode": "enforce", "id": "a1", "publish": "external"},
    ],
)
def test_a_policy_that_somebody_else_replaced_expires_too(section: dict[str, object]) -> None:
    """From when our record was gone, by its TTL and max_age."""
    world = World()
    world.apply(domain(mta_sts=sts(max_age=DAY)), 0)
    world.apply(domain(mta_sts=section), 100)
    until = 100 + 3600 + DAY + DAY
    assert kinds(world.advance(domain(mx=NEW, mta_sts=section), until - 1)) == [
        ("change-mx", "waiting", "STS077")
    ]
    assert kinds(world.advance(domain(mx=NEW, mta_sts=section), until)) == []


def test_mx_of_others_is_not_judged() -> None:
    """Where MX is not ours, the repository does not know it."""
    world = World()
    section = sts(mx=["mail.example.com"])
    world.apply(domain(mx=None, mta_sts=section), 0)
    assert world.advance(domain(mx=None, mta_sts=section), 100).steps == ()


def test_safe_to_remove_moves_while_a_policy_is_served() -> None:
    """Somebody may fetch it at this very moment."""
    world = World()
    world.apply(domain(mta_sts=sts(max_age=DAY)), 0)
    for seconds in (10, DAY, 5 * DAY):
        safe, decided_by = safe_to_remove_at(world.ledger, at(seconds))
        assert safe == at(seconds + 3600 + DAY) + SKEW
        assert decided_by == world.id
    assert safe_to_remove_at(Ledger(NAME), at(0)) == (None, "")


def test_a_policy_that_was_never_written_is_in_no_cache() -> None:
    """A minted id alone binds nobody."""
    world = World()
    world.apply(domain(mta_sts=sts()), 0, crash=1)
    assert list(cached_policies(world.ledger, at(5))) == []


# --- senders -----------------------------------------------------------------------------------


@dataclass
class Senders:
    """All senders at once: when the last of them could have fetched, or renewed, each policy."""

    now: int = 0
    last: dict[bytes, int] = field(default_factory=dict)
    seen: dict[str, int] = field(default_factory=dict)
    """Until when resolvers give each id."""
    pairs: set[tuple[bytes, str]] = field(default_factory=set)

    def live_through(self, world: World, until: int) -> None:
        """Nothing changes from now to `until`; senders fetch and renew at every moment."""
        if world.id is not None:
            self.seen[world.id] = until + world.zone[RECORD].ttl
        for policy_id, expiry in self.seen.items():
            if expiry < self.now:
                continue
            moment = min(expiry, until)
            if world.file is not None:
                self.pairs.add((world.file, policy_id))
            for body, paired in self.pairs:
                if paired == policy_id:
                    self.last[body] = max(self.last.get(body, 0), moment)
        self.now = until

    def holds(self) -> dict[bytes, int]:
        """Until when a sender may hold each policy that is not `none`."""
        policies = {body: mta_sts.parse_policy(body) for body in self.last}
        return {b: self.last[b] + p.max_age for b, p in policies.items() if p.mode != "none"}


SECTIONS = [None, None, sts(max_age=DAY), sts(max_age=30 * DAY), sts("testing", 7 * DAY), sts("none", DAY)]
HISTORY = st.lists(
    st.tuples(
        st.sampled_from(SECTIONS),
        st.sampled_from([0, 0, 1, 60, 3600, 3601, DAY, 2 * DAY, 9 * DAY, 40 * DAY]),
        st.sampled_from([0, 1, 2, 3, 4, 5, 6, 99, 99, 99, 99]),
    ),
    max_size=14,
)


@settings(max_examples=300, deadline=None)
@given(HISTORY)
def test_the_record_never_goes_while_a_sender_holds_a_policy(
    history: list[tuple[dict[str, object] | None, int, int]],
) -> None:
    """Over any history of edits, waits and crashes; then the host, when no resolver has the record."""
    world, senders = World(), Senders()
    for section, wait, crash in history:
        senders.live_through(world, senders.now + wait)
        before = dict(world.zone)
        world.apply(domain(**({"mta_sts": section} if section else {})), senders.now, crash=crash)
        if RECORD in before and RECORD not in world.zone:
            assert all(until <= senders.now for until in senders.holds().values())
        if HOST in before and HOST not in world.zone:
            assert all(until <= senders.now for until in senders.seen.values())
            assert RECORD not in world.zone


@settings(max_examples=100, deadline=None)
@given(HISTORY)
def test_the_date_is_never_too_early(history: list[tuple[dict[str, object] | None, int, int]]) -> None:
    """What the ledger says is never before what senders hold."""
    world, senders = World(), Senders()
    for section, wait, crash in history:
        senders.live_through(world, senders.now + wait)
        world.apply(domain(**({"mta_sts": section} if section else {})), senders.now, crash=crash)
        held = max(senders.holds().values(), default=0)
        safe, _ = safe_to_remove_at(world.ledger, at(senders.now))
        assert held <= senders.now or (safe is not None and safe >= at(held))


@settings(max_examples=100, deadline=None)
@given(HISTORY)
def test_a_removal_comes_to_its_end(history: list[tuple[dict[str, object] | None, int, int]]) -> None:
    """However it was interrupted, four calm applies with waits between them take everything away."""
    world, now = World(), 0
    for section, wait, crash in history:
        now += wait
        world.apply(domain(**({"mta_sts": section} if section else {})), now, crash=crash)
    for wait in (1, 40 * DAY, DAY, 1):
        now += wait
        live = world.apply(domain(), now)
    assert world.zone.keys() == {(NAME, "MX")}
    assert live.stage == "absent" and live.steps == ()
