"""What a change means for mail, in words."""

from __future__ import annotations

from base64 import b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from stszone.meaning import meaning, policy_meaning
from stszone.report import Action, Change


def change(
    name: str, type_: str, before: list[str], after: list[str], ttl: int = 3600, was: int | None = None
) -> Change:
    action = Action.UPDATE if before and after else Action.CREATE if after else Action.DELETE
    ttl_before = was if was is not None else ttl if before else None
    return Change(action, name, type_, ttl, tuple(before), tuple(after), ttl_before=ttl_before)


APEX, DMARC, STS, TLS = "example.com", "_dmarc.example.com", "_mta-sts.example.com", "_smtp._tls.example.com"
KEY = "s1._domainkey.example.com"


def rsa(bits: int) -> str:
    """The public half of a new key, as it stands in a record."""
    key = generate_private_key(65537, bits).public_key()
    return b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()


RSA2048, RSA1024 = rsa(2048), rsa(1024)


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
        (STS, "TXT", ["v=STSv1; id=1"], ["v=STSv1; id=2"], ["MTA-STS: id 1 → 2"]),
        (STS, "TXT", ["v=STSv1; id=1"], ["v=STSv1;id=1;"], ["spelled differently"]),
        (STS, "TXT", ["v=STSv1; id=1"], [], ["MTA-STS: id 1, gone"]),
        (TLS, "TXT", [], ["v=TLSRPTv1; rua=mailto:a@b.test"], ["TLS reports: mailto:a@b.test"]),
        (KEY, "TXT", [], ["v=DKIM1; p="], ["DKIM selector s1: "]),
        (KEY, "CNAME", [], ["s1.provider.test."], ["DKIM selector s1 delegated"]),
        (KEY, "CNAME", ["s1.provider.test."], [], ["DKIM selector s1 gone"]),
        (KEY, "CNAME", ["a.test."], ["b.test."], ["DKIM selector s1 delegated to b.test instead of a.test"]),
        # What changes, and not two whole records beside each other:
        (APEX, "TXT", ["v=spf1 mx ~all"], ["v=spf1 mx include:_spf.b.test -all"],
         ["SPF: lookups 1 → 2; +include:_spf.b.test; ~all → -all"]),
        (APEX, "TXT", ["v=spf1 a mx -all"], ["v=spf1 mx a -all"], ["SPF: the terms in another order"]),
        (APEX, "TXT", ["v=spf1 redirect=a.test"], ["v=spf1 redirect=b.test"], ["SPF: redirect a.test → b.test"]),
        (APEX, "TXT", ["v=spf1 redirect=a.test"], ["v=spf1 -all"], ["lookups 1 → 0", "+-all", "redirect a.test removed"]),
        (APEX, "TXT", ["v=spf1 " + " ".join(f"ip4:192.0.2.{n}" for n in range(9)) + " -all"], ["v=spf1 -all"],
         ["-ip4:192.0.2.5 -3 more"]),
        (APEX, "TXT", ["v=spf1 +mx -all"], ["v=spf1 mx -all"], ["spelled differently"]),
        (DMARC, "TXT", ["v=DMARC1; p=none"], ["v=DMARC1; p=reject; rua=mailto:a@b.test"],
         ["DMARC: p none → reject; rua +mailto:a@b.test"]),
        (DMARC, "TXT", ["v=DMARC1; p=reject; sp=none"], ["v=DMARC1; p=reject; np=none"], ["sp none removed; np none added"]),
        (DMARC, "TXT", ["v=DMARC1; p=none"], ["v=DMARC1;p=none"], ["DMARC: none; subdomains none", "spelled differently"]),
        (DMARC, "TXT", ["a", "b"], ["v=DMARC1; p=none"], ["2 → 1 records"]),
        (DMARC, "CNAME", [], ["d.test."], ["DMARC policy delegated to d.test"]),
        (DMARC, "CNAME", ["d.test."], [], ["DMARC policy gone, which was delegated to d.test"]),
        (TLS, "TXT", ["v=TLSRPTv1; rua=mailto:a@b.test"], ["v=TLSRPTv1; rua=mailto:c@b.test"],
         ["TLS reports: +mailto:c@b.test -mailto:a@b.test"]),
        (KEY, "TXT", [f"v=DKIM1; p={RSA2048}"], [f"v=DKIM1; p={RSA1024}"], ["DKIM selector s1: another key, 2048 → 1024 bit"]),
        (KEY, "TXT", [f"v=DKIM1; p={RSA2048}"], ["v=DKIM1; p="], ["DKIM selector s1: RSA 2048 → revoked"]),
        (KEY, "TXT", [f"p={RSA2048}"], [f"t=y; p={RSA2048}"], ["RSA 2048 → RSA 2048, testing"]),
        (KEY, "TXT", [f"p={RSA2048}"], [f"n=note; p={RSA2048}"], ["RSA 2048, the same key with other tags"]),
        (KEY, "TXT", ["a"], ["b"], ["not a DKIM key, before and after"]),
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


POLICY = b"version: STSv1\nmode: testing\nmx: a.test\nmax_age: 86400\n"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (b"", POLICY, "new: testing, max_age 1 day, 1 MX host"),
        (POLICY, b"", "testing, max_age 1 day, 1 MX host, gone"),
        (POLICY, POLICY, ""),  # only the id rotates
        (POLICY, POLICY.replace(b"testing", b"enforce"), "mode testing → enforce"),
        (POLICY, POLICY.replace(b"86400", b"604800").replace(b"a.test", b"b.test"),
         "max_age 86400 → 604800, mx +b.test -a.test"),
        (b"oops", POLICY, "unreadable (line 1 is 'oops') → testing, max_age 1 day, 1 MX host"),
        (b"", b"", ""),
    ],
)  # fmt: skip
def test_says_what_changes_in_a_policy(before: bytes, after: bytes, said: str) -> None:
    """Value by value; an empty text is no policy."""
    assert policy_meaning(before, after) == said
