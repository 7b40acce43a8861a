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
            [],  # what the alias leads to is not known
        ),
        ([("_dmarc.example.com", "CNAME", ("policy.example.net.",), ())], ["GRD005"]),
        ([("a.example._report._dmarc.example.com", "TXT", ("v=DMARC1",), ())], []),
        # DKIM
        ([("s1._domainkey.example.com", "TXT", (KEY,), ())], ["GRD004"]),
        ([("s1._domainkey.example.com", "TXT", (KEY,), ("v=DKIM1; p=",))], ["GRD004"]),
        ([("s1._domainkey.example.com", "CNAME", ("s1.example.net.",), ())], ["GRD004"]),
        ([("s1._domainkey.example.com", "TXT", ("v=DKIM1; p=",), ())], []),  # was revoked
        (
            [
                ("s1._domainkey.example.com", "TXT", (KEY,), ()),
                ("s2._domainkey.example.com", "TXT", (), (KEY,)),
            ],
            [],
        ),
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


def test_a_file_that_is_gone() -> None:
    """One finding for all; what is only left over of a removal is none."""
    mx, host = change(DOMAIN, "MX", MX, ()), change("mail.example.com", "A", ("192.0.2.1",), ())
    assert found(mx, host, wanted=None) == [("GRD001", "error")]
    assert found(host, wanted=None) == []


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
    assert "2 mail domains" in too_many.message
