"""What stszone changes in a zone that others use too, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from stszone.compiler import NameType, Zone
from stszone.scope import Decision, LiveZone, decide, mail_looking, same_meaning, unmanaged
from stszone.standards import spf
from stszone.standards.rrset import RRset, txt, txt_text

APEX = "example.com"
Owned = Mapping[NameType, frozenset[str]]


def zone(*rrsets: RRset, shared: tuple[str, ...] = (APEX,)) -> Zone:
    """What the repository wants in example.com."""
    return Zone(APEX, {(one.name, one.type): one for one in rrsets}, {}, set(shared), set(shared))


def rrset(name: str, type_: str, *rdatas: str, ttl: int = 3600) -> RRset:
    owner = f"{name}.{APEX}" if name else APEX
    return RRset(owner, type_, ttl, tuple(txt(one) for one in rdatas) if type_ == "TXT" else rdatas)


def live(*rrsets: RRset) -> dict[NameType, tuple[int, tuple[str, ...]]]:
    return {(one.name, one.type): (one.ttl, one.rdatas) for one in rrsets}


def owned(*rrsets: RRset) -> dict[NameType, frozenset[str]]:
    return {(one.name, one.type): frozenset(one.rdatas) for one in rrsets}


def carry_out(decision: Decision, there: LiveZone, known: Owned) -> tuple[LiveZone, Owned]:
    """The zone and the ledger after an apply."""
    after, knows = dict(there), dict(known)
    for key, one in decision.put.items():
        after[key] = (one.ttl, one.rdatas)
        knows[key] = frozenset(decision.ours[key].rdatas)
    for key in decision.gone:
        del after[key]
    for key in (*decision.gone, *decision.forgotten):
        knows.pop(key, None)
    for one in decision.claims:
        knows[one.name, one.type] = frozenset(one.rdatas)
    return after, {key: values for key, values in knows.items() if values}


SPF = rrset("", "TXT", "v=spf1 mx -all")
TOKEN = rrset("", "TXT", "google-site-verification=abc")
MX = rrset("", "MX", "10 mail.example.com.")
WWW = rrset("www", "A", "192.0.2.1")
DMARC = rrset("_dmarc", "TXT", "v=DMARC1; p=none")


# --- exclusive names ---------------------------------------------------------------------------


def test_creates_what_is_not_there() -> None:
    """A plain create is no takeover."""
    found = decide(zone(MX), {}, {})
    assert found.put == found.ours == {(APEX, "MX"): MX}
    assert not (found.takes_over or found.gone or found.claims or found.conflicts)


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        (MX, MX),
        (MX, rrset("", "MX", "10 Mail.Example.COM.")),  # names compare without case
        (DMARC, rrset("_dmarc", "TXT", "v=DMARC1;p=none;")),  # respelled
        (SPF, rrset("", "TXT", "v=spf1  MX -all")),
        (SPF, RRset(APEX, "TXT", 3600, ('"v=spf1 " "mx -all"',))),  # cut elsewhere
        (rrset("_mta-sts", "TXT", "v=STSv1; id=1"), rrset("_mta-sts", "TXT", "v=STSv1;id=1;")),
        (rrset("_smtp._tls", "TXT", "v=TLSRPTv1; rua=mailto:a@b.test"),
         rrset("_smtp._tls", "TXT", "v=TLSRPTv1;rua=mailto:a@b.test;")),
        (rrset("s1._domainkey", "TXT", "v=DKIM1; p="), rrset("s1._domainkey", "TXT", "v=DKIM1;p=;")),
        (rrset("_25._tcp.mail", "TLSA", "3 1 1 ab"), rrset("_25._tcp.mail", "TLSA", "3 1 1 AB")),
    ],
)  # fmt: skip
def test_a_mere_respelling_is_no_change(wanted: RRset, there: RRset) -> None:
    """What means the same is taken over as it stands, and then left in peace."""
    found = decide(zone(wanted), live(there), {})
    assert found.put == {}
    assert [one.rdatas for one in found.claims] == [there.rdatas]
    assert found.takes_over == {(wanted.name, wanted.type)}
    assert decide(zone(wanted), live(there), owned(there)).idle


@pytest.mark.parametrize(
    ("name", "wanted", "there", "same"),
    [
        (APEX, "v=spf1 -all", "v=spf1 ~all", False),
        (APEX, "v=spf1 -all", "hello", False),
        (APEX, "hello", "Hello", False),  # a text is a text
        ("_dmarc.example.com", "v=DMARC1; p=none", "v=DMARC1; p=reject", False),
        ("_dmarc.example.com", "v=DMARC1; p=none", "nonsense", False),
        ("_mta-sts.example.com", "v=STSv1; id=1", "v=STSv1; id=2", False),
        ("_mta-sts.example.com", "v=STSv1; id=1", "v=stsv1; id=1", False),  # cannot be read
        ("_mta-sts.example.com", "hello", "world", False),
        ("s1._domainkey.example.com", "v=DKIM1; p=", "nonsense=", False),
        ("www.example.com", "a", "b", False),
        ("_mta-sts.example.com", "v=STSv1; id=1", "v=STSv1; id=1;", True),
    ],
)
def test_same_meaning(name: str, wanted: str, there: str, same: bool) -> None:
    """Two texts mean the same only where their standard says so."""
    assert same_meaning(name, wanted, there) is same


@pytest.mark.parametrize(
    ("there", "known", "takes_over"),
    [
        (rrset("", "MX", "5 old.example.net."), {}, True),  # somebody else's: the plan says so
        (rrset("", "MX", "5 old.example.net."), owned(rrset("", "MX", "5 old.example.net.")), False),
        (rrset("", "MX", "5 old.example.net."), owned(MX), False),  # ours, changed by hand
        (rrset("", "MX", *MX.rdatas, ttl=60), owned(MX), False),  # only the TTL
        (rrset("", "MX", *MX.rdatas, "20 x.example.net."), {}, True),
    ],
)
def test_makes_an_rrset_of_ours_as_wanted(there: RRset, known: Owned, takes_over: bool) -> None:
    """Whole, whoever wrote it, with its TTL."""
    found = decide(zone(MX), live(there), known)
    assert found.put == {(APEX, "MX"): MX}
    assert bool(found.takes_over) is takes_over


def test_settles_what_a_crash_left_open() -> None:
    """The ledger holds both values; the zone has the wanted one, and the ledger is told."""
    both = rrset("", "MX", *MX.rdatas, "5 old.example.net.")
    found = decide(zone(MX), live(MX), owned(both))
    assert (found.put, found.claims, found.takes_over) == ({}, [MX], set())


@pytest.mark.parametrize(
    ("there", "known", "put", "gone", "forgotten"),
    [
        (WWW, WWW, None, WWW, False),
        # A value that was added by hand survives.
        (rrset("www", "A", "192.0.2.1", "192.0.2.9", ttl=60), WWW, rrset("www", "A", "192.0.2.9", ttl=60), None, False),
        (rrset("www", "A", "192.0.2.9"), WWW, None, None, True),  # replaced by hand: not ours any more
        (None, WWW, None, None, True),
        (rrset("mx", "CNAME", "Mail.example.com."), rrset("mx", "CNAME", "mail.example.com."), None,
         rrset("mx", "CNAME", "Mail.example.com."), False),
    ],
)  # fmt: skip
def test_removes_what_is_ours_and_not_wanted(
    there: RRset | None, known: RRset, put: RRset | None, gone: RRset | None, forgotten: bool
) -> None:
    """Value by value, and only those that the ledger holds."""
    key = (known.name, known.type)
    found = decide(zone(), live(there) if there else {}, owned(known))
    assert found.put == ({key: put} if put else {})
    assert found.gone == ({key: gone} if gone else {})
    assert found.forgotten == ([key] if forgotten else [])
    if put:
        assert found.ours[key].rdatas == ()


# --- the TXT RRset of a mail domain ------------------------------------------------------------


def texts(found: Decision) -> set[str]:
    return {txt_text(rdata) for rdata in found.put[APEX, "TXT"].rdatas}


@pytest.mark.parametrize(
    ("wanted", "there", "known", "after", "takes_over"),
    [
        # An SPF record gives way to ours, the texts of others stay.
        (["v=spf1 mx -all"], ["v=spf1 +all", "x=1"], [], {"v=spf1 mx -all", "x=1"}, True),
        (["v=spf1 mx -all"], ["V=SPF1 +all", "v=spf1 a"], [], {"v=spf1 mx -all"}, True),
        (["v=spf1 mx -all"], ["x=1"], [], {"v=spf1 mx -all", "x=1"}, False),
        (["v=spf1 mx -all"], ["v=spf10 mx"], [], {"v=spf1 mx -all", "v=spf10 mx"}, False),  # another version
        # Somebody else's SPF stays where the YAML has none.
        (["token=1"], ["v=spf1 +all"], [], {"token=1", "v=spf1 +all"}, False),
        # A site verification is ours by its exact text.
        (["token=2"], ["token=1"], [], {"token=1", "token=2"}, False),
        (["token=2"], ["token=1"], ["token=1"], {"token=2"}, False),
        (["token=2"], ["token=1", "Token=1"], ["token=1"], {"token=2", "Token=1"}, False),
        # SPF leaves the YAML, the verification stays.
        (["token=1"], ["v=spf1 -all", "token=1"], ["v=spf1 -all", "token=1"], {"token=1"}, False),
        # Replaced by hand: ours comes back.
        (["v=spf1 mx -all"], ["v=spf1 +all"], ["v=spf1 mx -all"], {"v=spf1 mx -all"}, False),
    ],
)  # fmt: skip
def test_changes_our_values_at_a_shared_name(
    wanted: list[str], there: list[str], known: list[str], after: set[str], takes_over: bool
) -> None:
    """By family: one SPF record, each verification by itself."""
    before = owned(rrset("", "TXT", *known)) if known else {}
    found = decide(zone(rrset("", "TXT", *wanted)), live(rrset("", "TXT", *there)), before)
    assert texts(found) == after
    assert {txt_text(rdata) for rdata in found.ours[APEX, "TXT"].rdatas} == set(wanted)
    assert bool(found.takes_over) is takes_over


def test_keeps_the_ttl_where_others_have_values() -> None:
    """An RRset has one TTL; changing it would change theirs (OWN002)."""
    there = rrset("", "TXT", "v=spf1 -all", "x=1", ttl=60)
    found = decide(zone(SPF), live(there), {})
    assert found.put[APEX, "TXT"].ttl == 60
    assert [one.rule for one in found.findings] == ["OWN002"]
    alone = decide(zone(SPF), live(rrset("", "TXT", "v=spf1 mx -all", ttl=60)), owned(SPF))
    assert alone.put[APEX, "TXT"].ttl == 3600
    assert alone.findings == []


def test_foreign_texts_survive_the_end_of_the_mail_domain() -> None:
    """The YAML is gone, its values go, the others stay."""
    there = rrset("", "TXT", "v=spf1 mx -all", "x=1")
    found = decide(zone(shared=()), live(there), owned(SPF))
    assert texts(found) == {"x=1"}
    assert found.gone == {}


def test_a_shared_name_is_shared_for_txt_only() -> None:
    """The MX of a mail domain is one thing."""
    found = decide(zone(MX), live(rrset("", "MX", "5 x.example.net.")), {})
    assert found.put[APEX, "MX"] == MX


def test_an_empty_ledger_knows_what_is_there_already() -> None:
    """Equal values are claimed, not written again."""
    found = decide(zone(SPF), live(rrset("", "TXT", "v=spf1 mx -all", "x=1")), {})
    assert (found.put, found.claims) == ({}, [SPF])
    assert found.takes_over == {(APEX, "TXT")}


# --- conflicts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "there", "known", "rules"),
    [
        ([rrset("x", "CNAME", "y.test.")], [rrset("x", "A", "192.0.2.1")], [], ["DNS005"]),
        ([rrset("x", "A", "192.0.2.1")], [rrset("x", "CNAME", "y.test.")], [], ["DNS005"]),
        ([rrset("x", "TXT", "a")], [rrset("x", "CNAME", "y.test.")], [], ["DNS005"]),
        ([rrset("x", "CNAME", "y.test."), rrset("x", "A", "192.0.2.1")], [], [], ["DNS005"]),
        # Our own alias gives way to our own address, and the other way round.
        ([rrset("x", "A", "192.0.2.1")], [rrset("x", "CNAME", "y.test.")], [rrset("x", "CNAME", "y.test.")], []),
        ([rrset("x", "CNAME", "y.test.")], [rrset("x", "A", "192.0.2.1")], [rrset("x", "A", "192.0.2.1")], []),
        # … but not where a value of others stays.
        ([rrset("x", "CNAME", "y.test.")], [rrset("x", "A", "192.0.2.1", "192.0.2.2")],
         [rrset("x", "A", "192.0.2.1")], ["DNS005"]),
        # Signatures stand beside everything.
        ([rrset("x", "CNAME", "y.test.")], [rrset("x", "RRSIG", "A 13 2 1 1 1 1 example.com. x"),
                                            rrset("x", "NSEC", "y.example.com. A")], [], []),
        # Below a delegation nobody asks this zone.
        ([rrset("mail.sub", "A", "192.0.2.1")], [rrset("sub", "NS", "ns.test.")], [], ["OWN003"]),
        ([rrset("sub", "A", "192.0.2.1")], [rrset("sub", "NS", "ns.test.")], [], ["OWN003"]),
        ([rrset("sub", "A", "192.0.2.1"), rrset("sub", "TXT", "a")], [rrset("sub", "NS", "ns.test.")], [],
         ["OWN003", "OWN003"]),
        ([rrset("notsub", "A", "192.0.2.1")], [rrset("sub", "NS", "ns.test.")], [], []),
        ([MX], [rrset("", "NS", "ns.test.")], [], []),  # the zone's own
        ([rrset("sub", "NS", "ns.test."), rrset("sub", "DS", "1 13 2 ab")], [], [], []),  # the cut itself
        # Taking our values away is never held up.
        ([], [rrset("sub", "NS", "ns.test."), rrset("sub", "A", "192.0.2.1", "192.0.2.2")],
         [rrset("sub", "A", "192.0.2.1")], []),
    ],
)  # fmt: skip
def test_conflicts(wanted: list[RRset], there: list[RRset], known: list[RRset], rules: list[str]) -> None:
    """A CNAME stands alone (RFC 1034 §3.6.2), and delegated names are not ours to answer."""
    found = decide(zone(*wanted), live(*there), owned(*known))
    assert [one.rule for one in found.conflicts] == rules
    assert not (rules and found.idle)


# --- properties --------------------------------------------------------------------------------

TEXTS = st.sampled_from(
    ["v=spf1 -all", "v=spf1 mx -all", "v=spf1  mx  -all", "token=1", "token=2", "x y z", "V=SPF1 a"]
)
ADDRESSES = st.sampled_from(["192.0.2.1", "192.0.2.2", "192.0.2.3"])
HOSTS = st.sampled_from(["10 mail.example.com.", "10 MAIL.example.com.", "20 mx.example.net."])
ALIASES = st.sampled_from(["a.test.", "A.test.", "b.test."])
TTLS = st.sampled_from([60, 3600])


def _rrsets(type_: str, values: st.SearchStrategy[str], names: tuple[str, ...]) -> st.SearchStrategy[RRset]:
    most = 1 if type_ == "CNAME" else 3
    return st.builds(
        lambda name, given, ttl: rrset(name, type_, *given, ttl=ttl),
        st.sampled_from(names), st.sets(values, min_size=1, max_size=most), TTLS,
    )  # fmt: skip


ANY = st.one_of(
    _rrsets("TXT", TEXTS, ("", "www")), _rrsets("A", ADDRESSES, ("", "www", "a.sub")),
    _rrsets("MX", HOSTS, ("",)), _rrsets("CNAME", ALIASES, ("www", "alias")), _rrsets("NS", ALIASES, ("sub",)),
)  # fmt: skip
SOME = st.lists(ANY, max_size=6, unique_by=lambda one: (one.name, one.type))
WANTED = SOME.filter(lambda some: sum(map(spf.is_spf, _texts_at_apex(some))) <= 1)


def _texts_at_apex(some: list[RRset]) -> list[str]:
    return [txt_text(r) for one in some if (one.name, one.type) == (APEX, "TXT") for r in one.rdatas]


def _plain(type_: str, rdatas: tuple[str, ...] | frozenset[str]) -> set[str]:
    return {txt_text(rdata) if type_ == "TXT" else rdata.lower() for rdata in rdatas}


def _meaning(type_: str, rdatas: tuple[str, ...]) -> set[str]:
    plain = _plain(type_, rdatas)
    return {" ".join(one.lower().split()) if spf.is_spf(one) else one for one in plain}


@settings(deadline=None)
@given(WANTED, SOME, SOME)
def test_the_zone_is_as_wanted_afterwards_and_stays_so(
    wanted: list[RRset], there: list[RRset], known: list[RRset]
) -> None:
    """What we want is there; a second look finds nothing to do."""
    want = zone(*wanted)
    found = decide(want, live(*there), owned(*known))
    assume(not found.conflicts)
    after, knows = carry_out(found, live(*there), owned(*known))
    for key, one in want.rrsets.items():
        ttl, rdatas = after[key]
        if key == (APEX, "TXT"):
            assert _meaning("TXT", one.rdatas) <= _meaning("TXT", rdatas)
            if any(spf.is_spf(txt_text(rdata)) for rdata in one.rdatas):
                assert sum(spf.is_spf(txt_text(rdata)) for rdata in rdatas) == 1
        else:
            assert _meaning(key[1], one.rdatas) == _meaning(key[1], rdatas)
            assert ttl == one.ttl
    assert decide(want, after, knows).idle
    assert knows.keys() == want.rrsets.keys()


@settings(deadline=None)
@given(WANTED, SOME, SOME)
def test_what_is_not_ours_survives(wanted: list[RRset], there: list[RRset], known: list[RRset]) -> None:
    """Foreign RRsets, foreign texts beside ours, values that were added by hand to what leaves."""
    want, before, knew = zone(*wanted), live(*there), owned(*known)
    found = decide(want, before, knew)
    after, _ = carry_out(found, before, knew)
    assert found.gone.keys() <= knew.keys()
    has_spf = any(map(spf.is_spf, _texts_at_apex(wanted)))
    for key, (ttl, rdatas) in before.items():
        ours = _plain(key[1], knew.get(key, frozenset()))
        if key not in want.rrsets:
            foreign = _plain(key[1], rdatas) - ours
            assert foreign <= _plain(key[1], after.get(key, (0, ()))[1])
            if key not in knew:
                assert after[key] == (ttl, rdatas)
        elif key == (APEX, "TXT"):
            mine = _plain("TXT", want.rrsets[key].rdatas)
            foreign = {
                text for text in _plain("TXT", rdatas) - ours - mine if not (has_spf and spf.is_spf(text))
            }
            assert foreign <= _plain("TXT", after[key][1])
            if foreign:
                assert after[key][0] == ttl


@settings(deadline=None)
@given(WANTED, SOME)
def test_taking_everything_away_again_restores_the_names_of_others(
    wanted: list[RRset], there: list[RRset]
) -> None:
    """Add ours beside theirs, remove ours: what was there and did not give way is there."""
    want, before = zone(*wanted), live(*there)
    found = decide(want, before, {})
    assume(not found.conflicts and not found.takes_over)
    after, knows = carry_out(found, before, {})
    again = decide(zone(), after, knows)
    end, nothing = carry_out(again, after, knows)
    assert {key: value for key, (_, value) in end.items()} == {
        key: value for key, (_, value) in before.items()
    }
    assert nothing == {}


# --- unmanaged ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "type_", "rdatas", "mail"),
    [
        (APEX, "MX", ("10 x.",), True),
        (APEX, "TXT", ('"v=spf1 -all"',), True),
        (APEX, "TXT", ('"hello"',), False),
        (APEX, "A", ("192.0.2.1",), False),
        ("_dmarc.example.com", "TXT", ('"v=DMARC1"',), True),
        ("_dmarc.example.com", "CNAME", ("x.",), True),
        ("_mta-sts.example.com", "TXT", ("",), True),
        ("_smtp._tls.example.com", "TXT", ("",), True),
        ("s1._domainkey.example.com", "CNAME", ("x.",), True),
        ("a.b._domainkey.example.com", "TXT", ("",), True),
        ("_domainkey.example.com", "TXT", ("",), True),  # the policy of historic DomainKeys
        ("s1._domainkey.other.example.com", "TXT", ("",), False),  # not a mail domain of ours
        ("_dmarc.other.example.com", "TXT", ("",), False),
        ("_dmarc.example.com", "A", ("192.0.2.1",), False),
        ("www.example.com", "TXT", ('"v=spf1 -all"',), False),
    ],
)
def test_mail_looking(name: str, type_: str, rdatas: tuple[str, ...], mail: bool) -> None:
    """Records that act on the mail of a domain of ours."""
    assert mail_looking(name, type_, rdatas, {APEX}) is mail


def test_unmanaged_is_what_neither_the_yaml_nor_the_ledger_knows() -> None:
    """A finding, never a delete (OWN001)."""
    old = rrset("old._domainkey", "TXT", "v=DKIM1; p=")
    there = live(MX, DMARC, old)
    found = list(unmanaged(zone(MX), there, owned(DMARC)))
    assert [(one.rule, one.message.split()[0]) for one in found] == [("OWN001", "old._domainkey.example.com")]
    assert "by hand" in found[0].fix
    assert decide(zone(MX), there, owned(MX)).gone == {}


def test_an_unmanaged_mta_sts_record_is_not_to_be_removed_at_once() -> None:
    """Senders hold its policy and go on enforcing it."""
    (one,) = unmanaged(zone(MX), live(MX, rrset("_mta-sts", "TXT", "v=STSv1; id=1")), owned())
    assert (one.rule, "by hand" in one.fix, "mode none" in one.fix) == ("OWN001", False, True)
