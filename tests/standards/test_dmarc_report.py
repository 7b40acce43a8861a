"""Authorisation of external reports: names, texts, and wildcards that do not reach as far as they look."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.errors import RuleError
from stszone.standards import dmarc_report
from stszone.standards.dmarc import Dmarc
from stszone.standards.dmarc_report import Authorization

HOST = "reports.example"
BASE = "_report._dmarc.reports.example"


@pytest.mark.parametrize(("text", "reporter"), [
    ("Example.COM", "example.com"),
    ("bücher.example", "xn--bcher-kva.example"),     # the left part is an A-label
    ("*", "*"),
    ("*.com", "*.com"),                              # one label is enough below a wildcard
    ("*.Example.com", "*.example.com"),
])  # fmt: skip
def test_reporters(text: str, reporter: str) -> None:
    """Domains and wildcards become the left part of the owner name."""
    assert dmarc_report.parse_reporter(text) == reporter


@pytest.mark.parametrize("text", [
    "com",               # a policy domain has two labels
    "a.*.com",           # a wildcard is the leftmost label
    "**",
    "*.",
    "exam_ple.com",
    "example.com.",
    "*@example.com",
    "",
])  # fmt: skip
def test_reporters_that_are_no_names(text: str) -> None:
    """Everything else is refused with a rule."""
    with pytest.raises(RuleError):
        dmarc_report.parse_reporter(text)


def test_the_host_of_the_address_stands_on_the_right() -> None:
    """Not its organizational domain: reporters ask for the exact host."""
    assert dmarc_report.authorization_name("example.com", HOST) == f"example.com.{BASE}"


def test_a_name_of_254_characters_is_refused() -> None:
    """253 is the longest name that can be asked for."""
    rest = len(f".{BASE}")
    fits = ".".join(["a" * 60] * 3 + ["b" * (253 - rest - 183)])
    assert len(dmarc_report.authorization_name(fits, HOST)) == 253
    with pytest.raises(RuleError) as caught:
        dmarc_report.authorization_name(fits + "b", HOST)
    assert caught.value.rule == "DMX005"
    assert [found.rule for found in dmarc_report.check((fits, fits + "b"), HOST)] == ["DMX005"]


def test_one_record_per_reporter() -> None:
    """A reporter that is listed twice gets one record, with the place of the first."""
    rrsets = list(dmarc_report.rrsets(("a.example", "*", "a.example"), HOST, 300))
    assert [(rrset.name, rrset.key, rrset.rdatas) for rrset in rrsets] == [
        (f"a.example.{BASE}", (0,), ('"v=DMARC1;"',)),
        (f"*.{BASE}", (1,), ('"v=DMARC1;"',)),
    ]


def test_destinations_are_the_hosts_of_all_mail_addresses() -> None:
    """Each once, those of ruf too, and no others."""
    rua = ("mailto:a@One.example!10m", "https://web.example/x", "mailto:b@two.example")
    section = Dmarc(p="none", rua=rua, ruf=("mailto:c@one.example", "mailto:c@three.example"))
    assert dmarc_report.destinations(section) == ("one.example", "two.example", "three.example")
    assert dmarc_report.destinations(Dmarc(cname="_dmarc.example.net")) == ()


@pytest.mark.parametrize(("policy_domain", "host", "needed"), [
    ("example.com", "example.com", False),
    ("example.com", "mail.example.com", False),
    ("a.example.com", "example.com", False),
    ("a.example.com", "b.example.com", True),       # one organization maybe: a record too many does no harm
    ("example.com", "badexample.com", True),        # labels, not characters
    ("example.com", "example.net", True),
])  # fmt: skip
def test_who_needs_authorization(policy_domain: str, host: str, needed: bool) -> None:
    """Without a public suffix list only a name within the other is surely of one organization."""
    assert dmarc_report.needs_authorization(policy_domain, host) is needed


@pytest.mark.parametrize(("policy_domain", "names", "answer"), [
    ("a.com", ["a.com"], "a.com"),
    ("a.com", ["*"], "*"),
    ("a.com", ["*.com", "*"], "*.com"),          # the closest
    ("a.com", ["*", "a.com"], "a.com"),
    ("a.com", ["*.net", "b.com"], None),
    ("com", ["*.com"], None),                    # a wildcard is not for the name above it
])  # fmt: skip
def test_which_name_answers(policy_domain: str, names: list[str], answer: str | None) -> None:
    """The own name before wildcards, the closest wildcard before the others."""
    exists = {f"{name}.{BASE}" for name in names}.__contains__
    expected = f"{answer}.{BASE}" if answer else None
    assert dmarc_report.answering_name(policy_domain, HOST, exists) == expected


@pytest.mark.parametrize(("reporters", "lost"), [
    (["*"], []),
    (["a.com", "b.net"], []),
    (["*", "a.com"], [("*", "com")]),                          # every other .com is NXDOMAIN now
    (["*", "*.com", "a.com"], []),
    (["*", "*.com"], []),                                      # *.com answers for .com in place of *
    (["*", "*.com", "a.b.com"], [("*.com", "b.com")]),         # one level down
    (["*", "a.b.com"], [("*", "b.com"), ("*", "com")]),
    (["*", "*.com", "a.com", "b.net"], [("*", "net")]),        # com is mended, net is not
    (["*.net", "a.com"], []),                                  # no wildcard reached it before
])  # fmt: skip
def test_wildcards_stop_at_names_that_exist(reporters: list[str], lost: list[tuple[str, str]]) -> None:
    """RFC 4592 §3.3.1: no synthesis below an existing name, be it an empty one."""
    names = [f"{reporter}.{BASE}" for reporter in reporters]
    expected = [(f"{wildcard}.{BASE}", f"{node}.{BASE}") for wildcard, node in lost]
    assert list(dmarc_report.shut_out([*names, "elsewhere.example"], HOST)) == expected
    assert [found.rule for found in dmarc_report.check(reporters, HOST)] == ["DMX004"] * len(lost)


labels = st.lists(st.sampled_from(["a", "b", "com"]), min_size=2, max_size=3).map(".".join)
reporters = st.lists(labels | st.just("*") | labels.map("*.".__add__), max_size=4)


def _synthesizes(names: set[str], query: str) -> bool:
    """Whether a wildcard answers for a name, as RFC 4592 §3.3.1 has it, written down the slow way."""
    nodes = {name.split(".", cut)[cut] for name in names for cut in range(name.count(".") + 1)} | {BASE}
    encloser = query
    while encloser not in nodes:
        encloser = encloser.partition(".")[2]
    return encloser != query and f"*.{encloser}" in names


@given(reporters, labels)
def test_where_nothing_is_shut_out_every_wildcard_answers(entries: list[str], asked: str) -> None:
    """Names outside the single entries are authorised exactly when a wildcard looks as if it did."""
    names = {f"{entry}.{BASE}" for entry in entries}
    query = f"{asked}.{BASE}"
    looks = (dmarc_report.answering_name(asked, HOST, names.__contains__) or "").startswith("*")
    in_line = any(query == name or query.endswith("." + name) or name.endswith("." + query) for name in names)
    if not in_line and not list(dmarc_report.shut_out(names, HOST)):
        assert _synthesizes(names, query) is looks


@pytest.mark.parametrize(("text", "expected"), [
    ("v=DMARC1", Authorization()),                                        # the semicolon is optional
    ("v=DMARC1;", Authorization()),
    ("v=DMARC1; p=none", Authorization()),                                # a policy means nothing here
    ("v=DMARC1; rua=mailto:a@b.example", Authorization(rua=("mailto:a@b.example",))),
])  # fmt: skip
def test_authorizations_that_count(text: str, expected: Authorization) -> None:
    """A record in the form of a policy is enough."""
    assert dmarc_report.parse_record(text) == expected


@pytest.mark.parametrize(("text", "rule"), [
    ("v=dmarc1;", "DMX002"),
    ("yes", "DMX002"),
    ("", "DMX002"),
    ("v=DMARC1; p=none; bogus;", "DMX002"),      # not a list of tags
    ("v=DMARC1; rua=a@b.example", "DMA010"),
])  # fmt: skip
def test_authorizations_that_do_not(text: str, rule: str) -> None:
    """Reporters discard any other text."""
    with pytest.raises(RuleError) as caught:
        dmarc_report.parse_record(text)
    assert caught.value.rule == rule


uris = st.lists(st.from_regex(r"mailto:[a-z]{1,5}@[a-z]{1,5}\.example", fullmatch=True), max_size=2).map(
    tuple
)


@given(st.builds(Authorization, rua=uris, ruf=uris))
def test_what_is_formatted_parses_to_the_same(authorization: Authorization) -> None:
    """The text carries the redirections."""
    assert dmarc_report.parse_record(dmarc_report.format_record(authorization)) == authorization


@pytest.mark.parametrize(("texts", "expected"), [
    (["v=DMARC1"], []),
    (["v=DMARC1;", "something else"], []),                            # one good one is enough
    (["something else", "v=DMARC1; rua=mailto:a@x.example"], ["DMX003"]),  # the bad one does not hide it
    (["something else"], ["DMX002"]),
    (["v=DMARC1; rua=mailto:a@reports.example"], []),                 # another mailbox at the same host
    (["v=DMARC1; rua=mailto:a@sub.reports.example"], ["DMX003"]),     # the host, not the organization
])  # fmt: skip
def test_live_texts(texts: list[str], expected: list[str]) -> None:
    """What keeps reporters from sending is found."""
    found = dmarc_report.check_rrset(f"example.com.{BASE}", texts)
    assert [entry.rule for entry in found] == expected


@pytest.mark.parametrize(("name", "owned"), [
    (f"example.com.{BASE}", True),
    (f"*.{BASE}", True),
    ("_dmarc.example.com", False),
    (BASE, False),
])  # fmt: skip
def test_owner_names(name: str, owned: bool) -> None:
    """Authorisations stand below _report._dmarc."""
    assert dmarc_report.owns(name) is owned
