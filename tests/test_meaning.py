"""What a change means for mail, in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.meaning import meaning
from stszone.report import Action, Change


def change(
    name: str, type_: str, before: list[str], after: list[str], ttl: int = 3600, was: int | None = None
) -> Change:
    action = Action.UPDATE if before and after else Action.CREATE if after else Action.DELETE
    ttl_before = was if was is not None else ttl if before else None
    return Change(action, name, type_, ttl, tuple(before), tuple(after), ttl_before=ttl_before)


APEX, DMARC, STS, TLS = "example.com", "_dmarc.example.com", "_mta-sts.example.com", "_smtp._tls.example.com"
KEY = "s1._domainkey.example.com"


@pytest.mark.parametrize(
    ("name", "type_", "before", "after", "said"),
    [
        (APEX, "MX", [], ["10 a.test.", "20 b.test."], ["mail comes in at a.test, b.test"]),
        (APEX, "MX", [], ["0 ."], ["null MX"]),
        (APEX, "MX", ["10 a.test."], ["0 ."], ["null MX"]),
        (APEX, "MX", ["10 a.test."], [], ["no MX any more"]),
        (APEX, "MX", ["10 a.test."], ["10 b.test."], ["+b.test", "-a.test"]),
        (APEX, "MX", ["10 a.test."], ["20 a.test."], ["preferences change"]),
        (APEX, "MX", ["0 ."], ["10 a.test."], ["+a.test"]),
        (APEX, "TXT", [], ["v=spf1 -all"], ["SPF: "]),
        (APEX, "TXT", ["v=spf1 -all"], ["v=spf1 ~all"], ["SPF: ", " → "]),
        (APEX, "TXT", ["v=spf1 -all"], [], ["SPF: gone"]),
        (APEX, "TXT", ["v=spf1 -all", "a=1"], ["v=spf1 -all", "b=1", "c=1"], ["+2 texts; -1 text"]),
        (APEX, "TXT", ["v=spf1 oops:oops", "a"], ["v=spf1 -all", "a"], ["unreadable", " → "]),
        (DMARC, "TXT", [], ["v=DMARC1; p=reject"], ["DMARC: ", "reject"]),
        (DMARC, "TXT", ["v=DMARC1; p=none"], ["v=DMARC1; p=reject"], ["DMARC: ", "none", " → ", "reject"]),
        (DMARC, "TXT", ["v=DMARC1; p=none"], [], ["DMARC: ", ", gone"]),
        (DMARC, "TXT", ["nonsense"], ["v=DMARC1; p=none"], ["unreadable", " → "]),
        (STS, "TXT", ["v=STSv1; id=1"], ["v=STSv1; id=2"], ["MTA-STS: id 1 → id 2"]),
        (STS, "TXT", ["v=STSv1; id=1"], ["v=STSv1;id=1;"], ["spelled differently"]),
        (STS, "TXT", ["v=STSv1; id=1"], [], ["MTA-STS: id 1, gone"]),
        (TLS, "TXT", [], ["v=TLSRPTv1; rua=mailto:a@b.test"], ["TLS reports: mailto:a@b.test"]),
        (KEY, "TXT", [], ["v=DKIM1; p="], ["DKIM selector s1: "]),
        (KEY, "CNAME", [], ["s1.provider.test."], ["DKIM selector s1 delegated"]),
        (KEY, "CNAME", ["s1.provider.test."], [], ["DKIM selector s1 gone"]),
        (KEY, "CNAME", ["a.test."], ["b.test."], ["DKIM selector s1 changed"]),
        ("example.com._report._dmarc.example.net", "TXT", [], ["v=DMARC1;"], ["DMARC reports about example.com"]),
        ("1.2.0.192.in-addr.arpa", "PTR", [], ["mail.example.com."], ["reverse name"]),
        ("1.2.0.192.in-addr.arpa", "PTR", ["mail.example.com."], [], ["reverse name gone"]),
    ],
)  # fmt: skip
def test_says_what_a_change_means(
    name: str, type_: str, before: list[str], after: list[str], said: list[str]
) -> None:
    """In the words of the standard that the record belongs to."""
    text = meaning(change(name, type_, before, after))
    for part in said:
        assert part in text


@pytest.mark.parametrize(
    ("name", "type_", "values"),
    [(APEX, "MX", ["10 a.test."]), (APEX, "TXT", ["v=spf1 -all"]), ("www.example.com", "A", ["192.0.2.1"]),
     (STS, "TXT", ["v=STSv1; id=1"])],
)  # fmt: skip
def test_a_ttl_alone_is_named(name: str, type_: str, values: list[str]) -> None:
    """Where nothing but the TTL changes."""
    assert meaning(change(name, type_, values, values, 300, was=3600)) == "TTL 3600 → 300"


def test_is_silent_where_the_record_speaks_for_itself() -> None:
    """An address is an address."""
    assert meaning(change("www.example.com", "A", [], ["192.0.2.1"])) == ""


VALUES = st.lists(
    st.sampled_from(["v=spf1 -all", "v=STSv1; id=1", "v=DMARC1; p=none", "v=DKIM1; p=", "", "x", "v=spf1 a:", "p==;;"]) | st.text(),
    max_size=3,
)  # fmt: skip


@given(st.sampled_from([APEX, DMARC, STS, TLS, KEY, "x._report._dmarc.y", "www.example.com"]), VALUES, VALUES)
def test_reads_whatever_is_live(name: str, before: list[str], after: list[str]) -> None:
    """Records of others hold anything; saying what they mean never fails."""
    if before or after:
        assert isinstance(meaning(change(name, "TXT", before, after)), str)
