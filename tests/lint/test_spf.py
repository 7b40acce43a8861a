"""SPF beyond its own section: where findings stand, how grave they are, and that none comes twice."""

from __future__ import annotations

import pytest

from stszone.domain import MailDomain
from stszone.lint import spf
from stszone.lint.context import Context
from stszone.report import Key, Severity
from stszone.standards.rrset import RRset, txt

ZONE = "example.com"
HOSTS = {"mail.example.com": {"ipv4": ["203.0.113.10"]}}
E_, W_ = Severity.ERROR, Severity.WARNING


def _findings(data: dict[str, object], *rrsets: RRset) -> list[tuple[str, Severity, Key]]:
    """What the rules say of a domain in a repository that compiles to these RRsets."""
    domain = MailDomain.model_validate({"name": ZONE, "zone": ZONE, **data})
    known = {(rrset.name, rrset.type): rrset for rrset in rrsets}
    context = Context.of({ZONE: domain}, frozenset({ZONE}), known)
    return [(found.rule, found.severity, found.key) for found in spf.check(domain, context)]


def _rrset(name: str, type_: str, *values: str) -> RRset:
    rdatas = tuple(map(txt, values)) if type_ == "TXT" else values
    return RRset(f"{name}.{ZONE}" if name else ZONE, type_, 3600, rdatas)


MAIL = (_rrset("mail", "A", "203.0.113.10"), _rrset("", "MX", "10 mail.example.com."))


@pytest.mark.parametrize(("terms", "rrsets", "found"), [
    (["a:www.elsewhere.example", "include:_spf.example.com"], [],
     [("SPF010", W_, ("spf", "terms", 1))]),  # absence is never proven by files
    (["include:_spf.example.com"], [_rrset("_spf", "TXT", "v=spf1 moo -all")],
     [("SPF010", E_, ("spf", "terms", 0))]),  # what we publish there ourselves is certain
    (["include:_spf.example.com"], [_rrset("_spf", "TXT", "v=spf1 a:gone.example.com -all")],
     [("SPF008", W_, ("spf", "terms", 0))]),  # stands at the term that leads there
    (["a:gone.example.com", "a:gone.example.com"], [], [("SPF008", W_, ("spf", "terms", 0))]),  # said once
    (["a", "a:mail.example.com"], [_rrset("mail", "AAAA", "2001:db8::1")], []),  # one family is enough
    (["a:mail.example.com"], [_rrset("mail", "TXT", "x")], []),  # a name that is partly ours may have more
    (["mx:mail.example.com"], [_rrset("mail", "A", "203.0.113.10")], [("SPF020", W_, ("spf", "terms", 0))]),
    (["mx"], [_rrset("", "A", "203.0.113.10")], []),  # the domain's MX need not be ours
    (["mx"], [_rrset("", "MX", "0 .")], [("SPF020", E_, ("spf", "terms", 0))]),
    ([f"a:h{n}.elsewhere.example" for n in range(7)], [], []),
    ([f"a:h{n}.elsewhere.example" for n in range(8)], [], [("SPF007", W_, ("spf",))]),
    ([f"a:h{n}.elsewhere.example" for n in range(10)], [], [("SPF007", W_, ("spf",))]),
    ([f"a:h{n}.elsewhere.example" for n in range(11)], [], [("SPF007", E_, ("spf",))]),
    (["ip4:192.0.2.1"], [_rrset("", "TXT", "x" * 200, "y" * 238)], []),  # 449 with the name
    (["ip4:192.0.2.1"], [_rrset("", "TXT", "x" * 200, "y" * 239)], [("SPF021", W_, ("spf",))]),
])  # fmt: skip
def test_the_record_and_where_it_leads(
    terms: list[str], rrsets: list[RRset], found: list[tuple[str, Severity, Key]]
) -> None:
    """Each finding stands at the term that causes it, as grave as the repository can know."""
    assert _findings({"spf": {"terms": terms, "all": "softfail"}}, *rrsets) == found


@pytest.mark.parametrize(("term", "named"), [
    ("mx", True),
    ("mx:example.com", True),
    ("mx:elsewhere.example", False),
    ("a:mail.example.com", True),
    ("a", False),  # the domain, not the host
    ("ip4:203.0.113.0/24", True),
    ("ip4:203.0.114.0/24", False),
    ("ip6:2001:db8::/48", False),  # it has no IPv6 address
    ("-mx", False),
    ("include:elsewhere.example", False),
])  # fmt: skip
def test_a_sending_mx_host_needs_spf_for_its_greeting(term: str, named: bool) -> None:
    """An MX host is asked for SPF of its own where the domain's record lets it send."""
    data = {"hosts": HOSTS, "spf": {"terms": [term], "all": "softfail"}}
    expected = [("SPF022", W_, ("hosts", "mail.example.com"))] if named else []
    assert _findings(data, *MAIL) == expected
    assert _findings(data, *MAIL, _rrset("mail", "TXT", "v=spf1 a -all")) == []


def test_a_redirect_has_its_own_key() -> None:
    """A target that is missing is found at `redirect`."""
    assert _findings({"spf": {"redirect": "_spf.example.com"}}) == [("SPF018", W_, ("spf", "redirect"))]


def test_a_name_with_several_records_is_judged_once() -> None:
    """A TXT beside an MX of the same name is followed once, and what its text shows is not repeated."""
    text = "v=spf1 redirect=_spf.example.com ?all"
    records = {"sub": [{"type": "MX", "value": "10 mail.elsewhere.example."}, {"type": "TXT", "value": text}]}
    rrsets = _rrset("sub", "TXT", text), _rrset("sub", "MX", "10 mail.elsewhere.example.")
    assert [rule for rule, _, _ in _findings({"records": records}, *rrsets)] == ["SPF012"]


@pytest.mark.parametrize(("mx", "rrsets", "named"), [
    (["mail.elsewhere.example"], [], True),
    (["mail.elsewhere.example"], [_rrset("", "TXT", "token=1")], True),  # other texts are no SPF
    (["mail.elsewhere.example"], [_rrset("", "TXT", "token=1", "v=spf1 -all")], False),  # written out
    (["mail.elsewhere.example"], [_rrset("sub", "TXT", "v=spf1 -all")], True),  # is not inherited
    ("none", [], False),
])  # fmt: skip
def test_a_domain_with_mx_hosts_needs_spf(mx: object, rrsets: list[RRset], named: bool) -> None:
    """Who takes mail is used as a sender; without a section the finding stands at `mx`."""
    assert _findings({"mx": mx}, *rrsets) == ([("SPF024", W_, ("mx",))] if named else [])
