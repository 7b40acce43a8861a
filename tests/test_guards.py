"""Changes that can lose mail: each kind, and what stands near it and is harmless."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.domain import MailDomain
from stszone.guards import Before, excess, guard
from stszone.report import Action, Change, DomainPlan, Severity

DOMAIN = "example.com"
WANTED = MailDomain(name=DOMAIN, zone=DOMAIN)
KEY = "v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(32)).decode()
MX, MX2, NULL = ("10 mx.example.net.",), ("10 mx.elsewhere.example.",), ("0 .",)
STS = ("v=STSv1; id=1",)
Values = tuple[str, ...]


def change(name: str, type_: str, before: Values, after: Values) -> Change:
    action = Action.UPDATE if before and after else Action.CREATE if after else Action.DELETE
    return Change(action, name, type_, 3600, before, after)


def found(*changes: Change, wanted: MailDomain | None = WANTED, **before: object) -> list[tuple[str, str]]:
    """Rule and severity of what these changes trip."""
    plan = DomainPlan(DOMAIN, DOMAIN, "zonefile", "absent", changes)
    values = {(one.name, one.type): one.before for one in changes if one.before} | before.pop("values", {})  # type: ignore[operator]
    return [(one.rule, str(one.severity)) for one in guard(plan, wanted, Before(values, **before))]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "tripped"),
    [
        # MX
        ([(DOMAIN, "MX", MX, ())], ["GRD002"]),
        ([(DOMAIN, "MX", MX, NULL)], ["GRD002"]),
        ([("sub.example.com", "MX", MX, ())], ["GRD002"]),  # a mail domain that only `records` knows
        ([(DOMAIN, "MX", NULL, ())], []),  # no mail before, none after
        ([(DOMAIN, "MX", NULL, MX)], []),
        ([(DOMAIN, "MX", MX, (*MX, *MX2))], []),  # widened
        ([(DOMAIN, "MX", (*MX, *MX2), MX)], []),  # narrowed to what was there
        ([(DOMAIN, "MX", MX, ("20 mx.example.net.",))], []),  # another preference
        ([(DOMAIN, "MX", MX, ("10 MX.example.net.",))], []),  # another spelling
        # SPF
        ([(DOMAIN, "TXT", ("v=spf1 -all",), ())], ["GRD003"]),
        ([(DOMAIN, "TXT", ("v=spf1 -all", "other"), ("other",))], ["GRD003"]),
        ([(DOMAIN, "TXT", ("v=spf1 -all", "other"), ("v=spf1 mx -all",))], []),
        ([(DOMAIN, "TXT", ("v=spf2 -all",), ())], []),  # was none
        ([(DOMAIN, "TXT", ("v=spf1 mx -all",), ("v=spf1 -all",))], ["GRD003"]),  # nobody may send
        ([(DOMAIN, "TXT", ("v=spf1 mx -all",), ("v=spf1 ~all",))], ["GRD003"]),
        ([(DOMAIN, "TXT", ("v=spf1 redirect=a.example",), ("v=spf1 -all",))], ["GRD003"]),
        ([(DOMAIN, "TXT", ("v=spf1 mx -all",), ("v=spf1 -mx -all",))], ["GRD003"]),  # refused by name
        ([(DOMAIN, "TXT", ("v=spf1 mx -all",), ("v=spf1 a -all",))], []),  # other senders
        ([(DOMAIN, "TXT", ("v=spf1 mx -all",), ("v=spf1 redirect=a.example",))], []),
        ([(DOMAIN, "TXT", ("v=spf1 mx ~all",), ("v=spf1 mx -all",))], []),
        ([(DOMAIN, "TXT", ("v=spf1 ~all",), ("v=spf1 -all",))], []),  # nobody was named before
        ([(DOMAIN, "TXT", ("v=spf1 ip4:x -all",), ("v=spf1 mx -all",))], []),  # cannot be read
        ([(DOMAIN, "TXT", ("v=spf1 mx -all",), ("v=spf1 ip4:x -all",))], []),  # SPF's own rules say so
        ([(DOMAIN, "TXT", ("v=spf1 ip4:x -all",), ("v=spf1 -all",))], ["GRD003"]),  # it may name senders
        # DMARC
        ([("_dmarc.example.com", "TXT", ("v=DMARC1; p=reject",), ("v=DMARC1; p=none",))], ["GRD005"]),
        ([("_dmarc.example.com", "TXT", ("v=DMARC1; p=reject",), ())], ["GRD005"]),
        ([("_dmarc.example.com", "TXT", ("v=DMARC1; p=none",), ())], []),
        ([("_dmarc.example.com", "TXT", ("v=DMARC1; p=none",), ("v=DMARC1; p=reject",))], []),
        ([("_dmarc.example.com", "TXT", ("garbage",), ())], []),  # asked for nothing
        (
            [("_dmarc.example.com", "TXT", ("v=DMARC1; p=reject",), ("v=DMARC1; p=reject; sp=none",))],
            ["GRD005"],
        ),
        (
            [
                ("_dmarc.example.com", "TXT", ("v=DMARC1; p=reject",), ()),
                ("_dmarc.example.com", "CNAME", (), ("policy.example.net.",)),
            ],
            ["GRD005"],  # what the alias leads to is not known
        ),
        (
            [
                ("_dmarc.example.com", "TXT", ("v=DMARC1; p=none",), ()),
                ("_dmarc.example.com", "CNAME", (), ("policy.example.net.",)),
            ],
            [],  # nothing to lose
        ),
        ([("_dmarc.example.com", "CNAME", ("policy.example.net.",), ())], ["GRD005"]),
        ([("_dmarc.example.com", "CNAME", ("a.example.net.",), ("b.example.net.",))], ["GRD005"]),
        ([("_dmarc.example.com", "CNAME", ("a.example.net.",), ("A.example.net.",))], []),  # TTL, spelling
        ([("_dmarc.example.com", "CNAME", ("a.example.net",), ("a.example.net.",))], []),  # octoDNS's YAML
        ([("s1._domainkey.example.com", "CNAME", ("a.example.net",), ("a.example.net.",))], []),
        (
            [
                ("_dmarc.example.com", "CNAME", ("policy.example.net.",), ()),
                ("_dmarc.example.com", "TXT", (), ("v=DMARC1; p=none",)),
            ],
            ["GRD005"],  # it may have asked for more
        ),
        (
            [
                ("_dmarc.example.com", "CNAME", ("policy.example.net.",), ()),
                ("_dmarc.example.com", "TXT", (), ("v=DMARC1; p=reject",)),
            ],
            [],  # no policy asks for more
        ),
        (
            [("_dmarc.example.com", "TXT", ("a text", "v=DMARC1; p=reject"), ("a text", "v=DMARC1; p=none"))],
            ["GRD005"],  # the record counts, wherever it stands among the values
        ),
        ([("_dmarc.example.com", "TXT", ("v=DMARC1; p=reject",), ("v=DMARC1; p=bogus",))], ["GRD005"]),
        ([("_dmarc.example.com", "TXT", ("v=DMARC1; p=reject",), ("a text",))], ["GRD005"]),
        (
            [
                (
                    "_dmarc.example.com",
                    "TXT",
                    ("v=DMARC1; p=reject",),
                    ("v=DMARC1; p=none", "v=DMARC1; p=reject"),
                )
            ],
            ["GRD005"],  # of two, receivers discard both
        ),
        ([("a.example._report._dmarc.example.com", "TXT", ("v=DMARC1",), ())], []),
        # DKIM
        ([("s1._domainkey.example.com", "TXT", (KEY,), ())], ["GRD004"]),
        ([("s1._domainkey.example.com", "TXT", (KEY,), ("v=DKIM1; p=",))], ["GRD004"]),
        ([("s1._domainkey.example.com", "CNAME", ("s1.example.net.",), ())], ["GRD004"]),
        ([("s1._domainkey.example.com", "TXT", ("v=DKIM1; p=",), ())], []),  # was revoked
        ([("_adsp._domainkey.example.com", "TXT", ("dkim=all",), ())], []),  # no selector
        # MTA-STS outside of its lifecycle
        ([("_mta-sts.sub.example.com", "TXT", STS, ())], []),  # nobody receives mail there
    ],
)
def test_each_kind_and_its_neighbours(
    changes: list[tuple[str, str, Values, Values]], tripped: list[str]
) -> None:
    """Errors, which hold the mail domain back."""
    assert found(*(change(*one) for one in changes)) == [(rule, "error") for rule in tripped]


def test_a_key_that_stays_keeps_the_signer() -> None:
    """Also one that stszone did not publish, and not one of another domain."""
    gone = change("s1._domainkey.example.com", "TXT", (KEY,), ())
    assert found(gone, values={("news._domainkey.example.com", "CNAME"): ("k.example.net.",)}) == []
    assert found(gone, values={("s1._domainkey.sub.example.com", "TXT"): (KEY,)}) == [("GRD004", "error")]


def test_a_subdomain_falls_back_to_the_policy_above() -> None:
    """Its own record may go where the domain above asks for as much."""
    gone = change("_dmarc.sub.example.com", "TXT", ("v=DMARC1; p=quarantine",), ())
    assert found(gone) == [("GRD005", "error")]
    assert found(gone, values={("_dmarc.example.com", "TXT"): ("v=DMARC1; p=reject",)}) == []
    weak = {("_dmarc.example.com", "TXT"): ("v=DMARC1; p=reject; sp=none",)}
    assert found(gone, values=weak) == [("GRD005", "error")]
    for unknown in (("v=DMARC1; p=bogus",), ("a text",)):
        assert found(gone, values={("_dmarc.example.com", "TXT"): unknown}) == [("GRD005", "error")]
    assert found(gone, values={("_dmarc.example.com", "CNAME"): ("x.example.net.",)}) == [("GRD005", "error")]


def test_the_policy_above_is_the_organizational_domains() -> None:
    """Not the nearest one; `psd` ends the walk."""
    gone = change("_dmarc.a.b.example.com", "TXT", ("v=DMARC1; p=reject",), ())
    strict, weak = ("v=DMARC1; p=reject",), ("v=DMARC1; p=none",)
    for near, top, tripped in [
        (strict, weak, True),
        (weak, strict, False),
        (("v=DMARC1; p=reject; psd=n",), weak, False),
        (strict, ("v=DMARC1; p=none; psd=y",), False),  # one below a public suffix
        (weak, ("v=DMARC1; p=reject; psd=y",), True),
    ]:
        above = {("_dmarc.b.example.com", "TXT"): near, ("_dmarc.example.com", "TXT"): top}
        assert found(gone, values=above) == [("GRD005", "error")] * tripped


def test_what_else_the_run_changes_counts() -> None:
    """The policy above goes with another mail domain of the same run."""
    gone = change("_dmarc.sub.example.com", "TXT", ("v=DMARC1; p=quarantine",), ())
    above = {("_dmarc.example.com", "TXT"): ("v=DMARC1; p=reject",)}
    assert found(gone, values=above, after=above) == []
    assert found(gone, values=above, after={}) == [("GRD005", "error")]
    key = change("s1._domainkey.example.com", "TXT", (KEY,), ())
    both = {("s2._domainkey.example.com", "TXT"): (KEY,)}
    assert found(key, values=both, after={}) == [("GRD004", "error")]


def test_all_keys_of_a_signer_at_once() -> None:
    """Marked, as mail signed with the old ones fails; one that stays is enough."""
    gone = change("s1._domainkey.example.com", "TXT", (KEY,), ())
    new = change("s2._domainkey.example.com", "TXT", (), (KEY,))
    marked = [("GRD004", "warning")]
    assert found(gone, new) == marked
    assert found(gone, new, values={("s3._domainkey.example.com", "TXT"): (KEY,)}) == []
    assert found(gone, new, values={("s3._domainkey.example.com", "TXT"): ("v=DKIM1; p=",)}) == marked
    other = "v=DKIM1; k=ed25519; p=" + base64.b64encode(bytes(31) + b"1").decode()
    assert found(change("s1._domainkey.example.com", "TXT", (KEY,), (other,))) == marked
    respelled = KEY.replace("v=DKIM1; ", "") + ";"
    assert found(change("s1._domainkey.example.com", "TXT", (KEY,), (respelled,))) == []
    alias = change("s1._domainkey.example.com", "CNAME", ("a.example.net.",), ("b.example.net.",))
    assert found(alias) == marked


def test_a_helo_name_without_spf_is_marked_only() -> None:
    """Bounces from a host are less than mail of a domain."""
    assert found(change("mail.example.com", "TXT", ("v=spf1 a -all",), ())) == [("GRD003", "warning")]


def test_all_mx_hosts_at_once() -> None:
    """Marked; held back where an MTA-STS policy is announced that nobody here wrote."""
    moved = change(DOMAIN, "MX", MX, MX2)
    record = "_mta-sts.example.com"
    assert found(moved) == [("GRD006", "warning")]
    assert found(moved, values={(record, "TXT"): STS}) == [("GRD006", "error")]
    assert found(moved, values={(record, "TXT"): STS}, ids=("1",)) == [
        ("GRD006", "warning")
    ]  # STS077 knows better
    assert found(moved, values={(record, "CNAME"): ("x.example.net.",)}) == [("GRD006", "error")]
    assert found(moved, values={(record, "TXT"): ("garbage",)}) == [("GRD006", "warning")]
    foreign = change("sub.example.com", "MX", MX, MX2)
    assert found(foreign, values={("_mta-sts.sub.example.com", "TXT"): STS}, ids=("1",)) == [
        ("GRD006", "error")
    ]


def test_mx_hosts_one_by_one_under_a_policy_nobody_knows() -> None:
    """Two steps reach what one may not: each of them is held back."""
    policy = {("_mta-sts.example.com", "TXT"): STS}
    for before, after in [(MX, (*MX, *MX2)), ((*MX, *MX2), MX2)]:
        one = change(DOMAIN, "MX", before, after)
        assert found(one, values=policy) == [("GRD006", "error")]
        assert found(one, values=policy, ids=("1",)) == []
        assert found(one) == []
        (held,) = guard(DomainPlan(DOMAIN, DOMAIN, "", "", (one,)), WANTED, Before(policy))
        assert "publish: external" in held.fix
    assert found(change(DOMAIN, "MX", MX, ("20 MX.example.net.",)), values=policy) == []


def test_an_mta_sts_record_that_goes_at_once() -> None:
    """The domain's own record only where no lifecycle decided it."""
    gone = change("_mta-sts.example.com", "TXT", STS, ())
    receives = {(DOMAIN, "MX"): MX}
    assert found(gone, values=receives) == []
    assert found(gone, values=receives, staged=False) == [("GRD007", "error")]
    assert found(gone, values={(DOMAIN, "MX"): NULL}, staged=False) == []
    aliased = change("_mta-sts.example.com", "CNAME", (), ("x.example.net.",))
    assert found(gone, aliased, values=receives, staged=False) == []
    below = change("_mta-sts.sub.example.com", "TXT", STS, ())
    assert found(below, values={("sub.example.com", "MX"): MX}) == [("GRD007", "error")]


@pytest.mark.parametrize(
    ("name", "type_", "before", "after", "tripped"),
    [
        (DOMAIN, "MX", MX, (), "GRD001"),
        (DOMAIN, "TXT", ("v=spf1 mx -all",), (), "GRD001"),
        (DOMAIN, "TXT", ("v=spf1 mx -all", "a text"), ("a text",), "GRD001"),  # others' values stay
        (DOMAIN, "TXT", ("a text", "token"), ("a text",), None),
        ("s1._domainkey.example.com", "CNAME", ("s1.example.net.",), (), "GRD001"),
        ("_dmarc.example.com", "CNAME", ("x.example.net.",), (), "GRD001"),
        ("_dmarc.example.com", "TXT", ("v=DMARC1; p=none",), (), "GRD001"),
        ("_mta-sts.example.com", "TXT", STS, (), "GRD001"),
        ("mail.example.com", "A", ("192.0.2.1",), (), None),
        ("a.example._report._dmarc.example.com", "TXT", ("v=DMARC1",), (), None),
        ("_smtp._tls.example.com", "TXT", ("v=TLSRPTv1; rua=mailto:a@example.net",), (), None),
        # What stays, with less in it, is no loss of the file; its own guard judges it.
        ("_dmarc.example.com", "TXT", ("v=DMARC1; p=reject",), ("v=DMARC1; p=none",), "GRD005"),
    ],
)
def test_a_file_that_is_gone(
    name: str, type_: str, before: Values, after: Values, tripped: str | None
) -> None:
    """What acts on mail goes with it; hosts and authorisations of reports may leave by themselves."""
    assert found(change(name, type_, before, after), wanted=None) == ([(tripped, "error")] if tripped else [])


def gone_message(*changes: Change) -> str:
    (one,) = guard(DomainPlan(DOMAIN, DOMAIN, "zonefile", "absent", changes), None, Before())
    return one.message


def test_what_goes_with_a_file_is_named() -> None:
    """One finding for all; what it says fits this content, however others spell it and whatever else is there."""
    mx, host = change(DOMAIN, "MX", MX, ()), change("mail.example.com", "A", ("192.0.2.1",), ())
    sender = change(DOMAIN, "TXT", ("v=spf1 mx -all",), ())
    shared = change(DOMAIN, "TXT", ("A text.", "v=spf1  +MX -all"), ("A text.",))
    message = gone_message(mx, sender, host)
    assert "example.com MX, example.com TXT (content " in message
    assert gone_message(sender, change(DOMAIN, "MX", ("10 MX.example.net.",), ())) == message
    assert gone_message(mx, shared) == message
    assert gone_message(change(DOMAIN, "MX", MX2, ()), sender) != message
    assert gone_message(mx, change(DOMAIN, "TXT", ("v=spf1 -all",), ())) != message
    assert gone_message(mx, host) != message
    keys = [change(f"s{n}._domainkey.example.com", "TXT", (KEY,), ()) for n in range(7)]
    assert "s4._domainkey.example.com TXT and 2 more (content " in gone_message(*keys)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                [DOMAIN, "_dmarc.example.com", "_mta-sts.example.com", "s._domainkey.example.com"]
            ),
            st.sampled_from(["MX", "TXT", "CNAME"]),
            st.sampled_from([MX, NULL, STS, (KEY,), ("v=DMARC1; p=none",), ("v=spf1 -all",)]),
        ),
        max_size=6,
    ),
    st.booleans(),
)
def test_creates_never_trip_a_guard(creates: list[tuple[str, str, Values]], staged: bool) -> None:
    """Whatever they say, and whatever is there."""
    changes = [change(name, type_, (), after) for name, type_, after in creates]
    assert found(*changes, staged=staged) == []
    assert found(*changes, wanted=None, staged=staged) == []


def test_the_limit_of_one_run() -> None:
    """As many as the limit are none too many."""
    assert excess({"a.example", "b.example"}, 2) is None
    too_many = excess({"a.example", "b.example"}, 1)
    assert too_many
    assert (too_many.rule, too_many.severity) == ("GRD008", Severity.ERROR)
    assert "2 have: a.example, b.example" in too_many.fix
    fewer = excess({"b.example", "c.example", "d.example"}, 1)
    assert fewer and fewer.message == too_many.message  # an allowance fits what is left of the run
    assert "(1)" in too_many.message
