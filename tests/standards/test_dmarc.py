"""DMARC: the text, what both generations of readers make of it, and when two texts are the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stszone.errors import RuleError
from stszone.rules import RULES
from stszone.standards import dmarc
from stszone.standards.dmarc import Dmarc
from stszone.standards.dmarc_tags import POLICIES

URI = "mailto:d@example.com"


def rules(section: Dmarc) -> list[str]:
    return [found.rule for found in dmarc.check(section, "example.com", 3600)]


def text_rules(*texts: str) -> list[str]:
    return [found.rule for found in dmarc.check_rrset("_dmarc.example.com", texts)]


@pytest.mark.parametrize(("text", "rule"), [
    ("v=dmarc1; p=none", "DMA001"),                     # the version is case-sensitive ...
    ("V=DMARC1; p=none", "DMA001"),                     # ... and so are tag names (RFC 6376 §3.2)
    (" v=DMARC1; p=none", "DMA001"),                    # nothing in front of it
    ('"v=DMARC1; p=none"', "DMA001"),                   # quotes that went into the text
    ("p=none; v=DMARC1", "DMA001"),                     # not first
    ("v=DMARC1 p=none", "DMA001"),                      # no semicolon, so the version is another
    ("v=DMARC12; p=none", "DMA001"),
    ("v=spf1 -all", "DMA001"),
    ("", "DMA001"),
    ("v=DMARC1; p=rejct", "DMA004"),                    # not a policy
    ("v=DMARC1; p=reject; sp=rejct", "DMA004"),         # one wrong word spoils all
    ("v=DMARC1; p=reject; np=rejct; rua=" + URI, "DMA004"),
    ("v=DMARC1; P=reject", "DMA004"),                   # an unknown tag, and so no p and no rua
    ("v=DMARC1; sp=reject", "DMA004"),                  # neither p nor rua: DMARC is not applied
    ("v=DMARC1", "DMA004"),
    ("v=DMARC1; p=none, rua=" + URI, "DMA004"),         # a comma makes the rest a part of p
    ("v=DMARC1; p=none; p=reject", "DMA009"),           # twice
    ("v=DMARC1; p=none; foo=1; foo=2", "DMA009"),       # unknown ones too: the tag list is void
    ("v=DMARC1; p=none; rua=d@example.com", "DMA010"),  # an address is not a URI
    ("v=DMARC1; p=none; rua=mailto:example.com", "DMA010"),  # no mailbox
    ("v=DMARC1; p=none; rua=mailto:a@b@example.com", "DMA010"),
    ("v=DMARC1; p=none; rua=mailto:d@example_.com", "DMA010"),  # not a mail domain
    ("v=DMARC1; p=none; rua=mailto:d d@example.com", "DMA010"),  # a blank inside
    ("v=DMARC1; p=none; rua=mailto:d!x@example.com", "DMA010"),  # ! is to be encoded
    ("v=DMARC1; p=none; rua=" + URI + ",", "DMA010"),   # an empty address
])  # fmt: skip
def test_records_that_readers_cannot_use_are_refused(text: str, rule: str) -> None:
    """What has no default to fall back to names its rule."""
    with pytest.raises(RuleError) as caught:
        dmarc.parse_record(text)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("text", "expected"), [
    ("v=DMARC1; p=none", Dmarc(p="none")),
    ("v=DMARC1;p=none;", Dmarc(p="none")),                            # no blanks, a last semicolon
    ("v = DMARC1 ;\tp = NONE ; ", Dmarc(p="none")),                   # blanks around =, policies in any case
    ("v=DMARC1; sp=reject; p=none", Dmarc(p="none", sp="reject")),    # RFC 9989 takes p anywhere
    ("v=DMARC1; rua=" + URI, Dmarc(p="none", rua=(URI,))),            # a missing p is none (§4.7)
    ("v=DMARC1; p=reject;; x; sp=", Dmarc(p="reject")),               # what is no tag is skipped (§4.7)
    ("v=DMARC1; p=reject; adkim=x; t=maybe; psd=1; fo=7; pct=101; ri=soon; rf=/", Dmarc(p="reject")),  # as absent
    ("v=DMARC1; p=reject; foo=bar", Dmarc(p="reject")),               # unknown
    ("v=DMARC1; p=none; pct=5; ri=3600; rf=afrf", Dmarc(p="none", pct=5, ri=3600, rf="afrf")),
    ("v=DMARC1; p=none; rua=mailto:a@b.example , " + URI, Dmarc(p="none", rua=("mailto:a@b.example", URI))),
    ("v=DMARC1; p=none; rua=" + URI + "!10m", Dmarc(p="none", rua=(URI + "!10m",))),  # the old size limit
    ("v=DMARC1; p=none; rua=ftp://x.example," + URI, Dmarc(p="none", rua=(URI,))),    # a scheme nobody knows
    ("v=DMARC1; p=none; rua=mailto:a%2Cb@example.com", Dmarc(p="none", rua=("mailto:a%2Cb@example.com",))),
])  # fmt: skip
def test_records_read_as_rfc_9989_does(text: str, expected: Dmarc) -> None:
    """Syntax errors behind the version count as the default, or not at all."""
    assert dmarc.parse_record(text) == expected


@pytest.mark.parametrize(("text", "said"), [
    ("v=DMARC1; p=rejct; rua=" + URI, "act as if p were none"),     # with a usable rua
    ("v=DMARC1; p=rejct", "do not apply DMARC"),                    # without one
    ("v=DMARC1; p=rejct; rua=d@example.com", "do not apply DMARC"), # one that is no URI does not count
    ("v=DMARC1; p=rejct; rua=x," + URI, "act as if p were none"),   # one good one is enough
])  # fmt: skip
def test_a_wrong_policy_says_what_receivers_do(text: str, said: str) -> None:
    """The consequence depends on rua (RFC 9989 §4.10.1)."""
    with pytest.raises(RuleError, match=said):
        dmarc.parse_record(text)


policies = st.sampled_from(POLICIES)
local = st.from_regex(r"[a-z0-9._+-]{1,20}", fullmatch=True)
host = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,8}[a-z0-9])?){1,3}", fullmatch=True)
size = st.sampled_from(["", "", "!10m", "!5"])
uris = st.lists(st.builds("mailto:{}@{}{}".format, local, host, size), max_size=3).map(tuple)
sections = st.fixed_dictionaries(
    {"p": policies},
    optional={
        "sp": policies,
        "np": policies,
        "adkim": st.sampled_from("rs"),
        "aspf": st.sampled_from("rs"),
        "t": st.sampled_from("yn"),
        "psd": st.sampled_from("ynu"),
        "pct": st.integers(0, 100),
        "fo": st.sampled_from(["0", "1", "d", "s", "1:d", "d:s", "s:0:d"]),
        "rf": st.just("afrf"),
        "ri": st.integers(0, 2**32 - 1),
        "rua": uris,
        "ruf": uris,
    },
).map(Dmarc.model_validate)


@given(sections)
def test_what_is_formatted_parses_to_the_same(section: Dmarc) -> None:
    """The text carries all of the section, and no reader of either generation stumbles."""
    text = dmarc.format_record(section)
    assert dmarc.parse_record(text) == section
    assert not {"DMA001", "DMA003", "DMA004", "DMA008", "DMA009", "DMA010", "DMA011"} & set(text_rules(text))
    assert dmarc.same_policy(text, text + ";")


@given(st.text(max_size=60) | st.text("v=DMARC1;psrua nonejct:@.,!%", max_size=60).map("v=DMARC1;".__add__))
def test_any_text_parses_or_names_a_rule(text: str) -> None:
    """Foreign data ends in a value or in a RuleError of the catalogue; the findings agree."""
    found = {entry.rule for entry in dmarc.check_rrset("_dmarc.example.com", [text])}
    try:
        dmarc.parse_record(text)
    except RuleError as error:
        assert error.rule in RULES
        assert error.rule in found


@pytest.mark.parametrize(("data", "rule"), [
    ({}, "DMA004"),                                          # p is always written
    ({"p": "rejct"}, "DMA004"),
    ({"p": "none", "adkim": "strict"}, "DMA011"),
    ({"p": "none", "fo": "0:1"}, "DMA011"),                  # exclude each other
    ({"p": "none", "fo": ["d", "d"]}, "DMA011"),             # each at most once
    ({"p": "none", "fo": ""}, "DMA011"),
    ({"p": "none", "t": "yes"}, "DMA006"),
    ({"p": "none", "psd": "x"}, "DMA016"),
    ({"p": "none", "pct": 101}, "DMA005"),
    ({"p": "none", "ri": -1}, "DMA007"),
    ({"p": "none", "rf": "a b"}, "DMA007"),
    ({"p": "none", "rua": ["d@example.com"]}, "DMA010"),
    ({"p": "none", "rua": ["http://example.com/"]}, "DMA010"),
    ({"p": "none", "rua": ["mailto:d@exämple.com"]}, "DMA010"),
    ({"p": "none", "ruf": ["mailto:d,e@example.com"]}, "DMA010"),
    ({"cname": "_dmarc.example.net", "p": "none"}, "DMA023"),  # a CNAME stands alone
    ({"cname": "_dmarc.example.net", "rua": [URI]}, "DMA023"),
])  # fmt: skip
def test_values_that_cannot_be_published_are_refused(data: dict[str, object], rule: str) -> None:
    """Each wrong value names its rule."""
    with pytest.raises(ValidationError) as caught:
        Dmarc.model_validate(data)
    assert [error["ctx"]["error"].rule for error in caught.value.errors()] == [rule]


def test_a_bare_address_comes_with_the_way_out() -> None:
    """The fix is the URI to write."""
    with pytest.raises(RuleError) as caught:
        dmarc.parse_uri("d@example.com")
    assert caught.value.fix == "write mailto:d@example.com"


@pytest.mark.parametrize(("data", "text"), [
    ({"p": "reject"}, "v=DMARC1; p=reject"),
    ({"p": "REJECT", "aspf": "S"}, "v=DMARC1; p=reject; aspf=s"),       # canonical case
    ({"rua": [URI], "sp": "none", "p": "reject"}, "v=DMARC1; p=reject; sp=none; rua=" + URI),  # p is second
    ({"p": "none", "fo": 1}, "v=DMARC1; p=none; fo=1"),                 # YAML's number
    ({"p": "none", "fo": [1, "d"]}, "v=DMARC1; p=none; fo=1:d"),
    ({"p": "none", "pct": 5, "ri": 60, "rf": "afrf"}, "v=DMARC1; p=none; pct=5; rf=afrf; ri=60"),  # as given
    ({"p": "none", "rua": ["MailTo:a@b.example", URI]}, "v=DMARC1; p=none; rua=mailto:a@b.example," + URI),
])  # fmt: skip
def test_what_is_published(data: dict[str, object], text: str) -> None:
    """p stands second, no semicolon at the end, nothing that was not asked for."""
    (rrset,) = dmarc.rrsets(Dmarc.model_validate(data), "example.com", 300)
    assert (rrset.name, rrset.type, rrset.ttl, rrset.rdatas) == (
        "_dmarc.example.com",
        "TXT",
        300,
        (f'"{text}"',),
    )


def test_a_shared_policy_is_a_cname() -> None:
    """`cname` publishes nothing else."""
    (rrset,) = dmarc.rrsets(Dmarc(cname="_dmarc.example.net"), "example.com", 300)
    assert (rrset.name, rrset.type, rrset.rdatas) == ("_dmarc.example.com", "CNAME", ("_dmarc.example.net.",))


@pytest.mark.parametrize(("section", "expected"), [
    (Dmarc(p="reject", rua=(URI,)), []),
    (Dmarc(p="reject", sp="quarantine", np="quarantine"), []),
    (Dmarc(p="none", sp="none", t="n", pct=None), []),
    (Dmarc(p="reject", pct=0), ["DMA005"]),              # RFC 9989 readers enforce in full
    (Dmarc(p="none", pct=100), ["DMA007"]),              # harmless, and gone
    (Dmarc(p="reject", t="y"), ["DMA006"]),
    (Dmarc(p="none", t="y"), []),                        # none has no lower step ...
    (Dmarc(p="none", sp="reject", t="y"), ["DMA006"]),   # ... but subdomains have
    (Dmarc(p="none", rf="afrf", ri=1), ["DMA007", "DMA007"]),
    (Dmarc(p="none", ruf=(URI + "!1m",)), ["DMA007"]),
    (Dmarc(p="none", fo="1"), ["DMA011"]),               # no ruf
    (Dmarc(p="none", fo="1", ruf=(URI,)), []),
    (Dmarc(p="none", psd="y"), ["DMA016"]),
    (Dmarc(p="none", np="reject"), ["DMA019"]),          # never fires where wildcards answer
    (Dmarc(p="reject", np="reject"), []),
    (Dmarc(p="reject", np="none"), []),                  # milder is a choice
    (Dmarc(p="quarantine", sp="none"), ["DMA022"]),
    (Dmarc(cname="_dmarc.example.net"), ["DMA023"]),
])  # fmt: skip
def test_traps_of_a_section(section: Dmarc, expected: list[str]) -> None:
    """Legal sections that do not do what they say are found, sound ones are not."""
    assert rules(section) == expected


@pytest.mark.parametrize(("texts", "expected"), [
    (["v=DMARC1; p=none"], []),
    (["v=DMARC1; p=none", "another text"], []),                   # receivers discard it
    (["another text"], ["DMA001"]),
    (["v=DMARC1; p=none", "v=DMARC1; p=none;"], ["DMA002"]),      # equal or not: both are discarded
    (["v = DMARC1; p=none"], ["DMA001"]),                         # legal, and looked for without blanks
    (["v=DMARC1; sp=none; p=none"], ["DMA003"]),
    (["v=DMARC1; rua=" + URI], ["DMA004"]),
    (["v=DMARC1; p=none;;"], ["DMA008"]),
    (["v=DMARC1; p=none; rua="], ["DMA008"]),
    (["v=DMARC1; p=none, sp=none"], ["DMA008", "DMA004"]),
    (["v=DMARC1; p=none; aspf=x"], ["DMA011"]),
    (["v=DMARC1; p=none; ri=x"], ["DMA007"]),
    (["v=DMARC1; p=none; foo=x"], ["DMA011"]),
    (["v=DMARC1; p=none; rua=ftp://x.example"], ["DMA010"]),
    (["v=DMARC1; p=none; pct=5"], ["DMA005"]),
    (["v=DMARC1; p=none; rua=" + URI + "!1k"], ["DMA007"]),
])  # fmt: skip
def test_live_texts(texts: list[str], expected: list[str]) -> None:
    """What either generation cannot read is found."""
    assert text_rules(*texts) == expected


@pytest.mark.parametrize(("name", "owned"), [
    ("_dmarc.example.com", True),
    ("example.com._report._dmarc.example.net", False),       # an authorisation of reports
    ("_dmarc.example.com._report._dmarc.example.net", False),
    ("example.com", False),
])  # fmt: skip
def test_owner_names(name: str, owned: bool) -> None:
    """Policies stand at _dmarc only."""
    assert dmarc.owns(name) is owned


@pytest.mark.parametrize(("other", "same"), [
    ("v=DMARC1;p=reject;rua=" + URI + ";", True),                        # blanks and the last semicolon
    ("v=DMARC1; p=reject; adkim=r; aspf=r; t=n; psd=u; rua=" + URI, True),  # defaults
    ("v=DMARC1; p=reject; pct=100; rf=afrf; ri=86400; rua=" + URI, True),   # defaults of RFC 7489
    ("v=DMARC1; p=reject; rua=" + URI + "; sp=reject; np=reject", True),    # what sp and np are anyway
    ("v=DMARC1; p=REJECT; fo=1; rua=" + URI, True),                      # fo means nothing without ruf
    ("v=DMARC1; rua=" + URI + "; p=reject", False),                      # RFC 7489 wants p second
    ("v=DMARC1; p=reject; pct=99; rua=" + URI, False),                   # RFC 7489 draws lots
    ("v=DMARC1; p=reject; t=y; rua=" + URI, False),                      # RFC 9989 goes a step down
    ("v=DMARC1; p=reject; np=none; rua=" + URI, False),
    ("v=DMARC1; p=reject; psd=n; rua=" + URI, False),
    ("v=DMARC1; p=reject; aspf=s; rua=" + URI, False),
    ("v=DMARC1; p=reject;; rua=" + URI, False),                          # RFC 7489 parsers reject it
    ("v=DMARC1; p=reject; foo=bar; rua=" + URI, False),                  # may mean something one day
    ("v=DMARC1; p=reject; adkim=x; rua=" + URI, False),
    ("v=DMARC1; p=reject; rua=" + URI + "!10m", False),                  # RFC 7489 heeds the limit
    ("v=DMARC1; p=reject; rua=mailto:a@b.example," + URI, False),
    ("v=DMARC1; p=reject; p=reject; rua=" + URI, False),
    ("v=DMARC1; p=reject", False),
    ("no record", False),
])  # fmt: skip
def test_same_policy(other: str, same: bool) -> None:
    """Texts are the same when both generations read the same out of them."""
    text = "v=DMARC1; p=reject; rua=" + URI
    assert dmarc.same_policy(text, other) is same
    assert dmarc.same_policy(other, text) is same
    assert dmarc.same_policy(other, other)


def test_the_order_of_failure_options_means_nothing_and_that_of_addresses_may() -> None:
    """Old reporters may heed the first two addresses only."""
    ruf = "; ruf=" + URI
    assert dmarc.same_policy("v=DMARC1; p=none; fo=1:d" + ruf, "v=DMARC1; p=none; fo=d:1" + ruf)
    assert not dmarc.same_policy("v=DMARC1; p=none; fo=1" + ruf, "v=DMARC1; p=none" + ruf)
    assert not dmarc.same_policy(
        f"v=DMARC1; p=none; rua={URI},mailto:a@b.example", f"v=DMARC1; p=none; rua=mailto:a@b.example,{URI}"
    )


@pytest.mark.parametrize(("before", "after", "lowered"), [
    (Dmarc(p="reject"), Dmarc(p="reject"), False),
    (Dmarc(p="reject"), Dmarc(p="quarantine"), True),
    (Dmarc(p="quarantine"), Dmarc(p="reject"), False),
    (Dmarc(p="reject"), None, True),                              # taken away
    (Dmarc(p="none"), None, False),                               # nothing was asked for
    (Dmarc(p="reject"), Dmarc(p="reject", sp="none"), True),      # subdomains
    (Dmarc(p="reject", sp="none"), Dmarc(p="reject"), False),
    (Dmarc(p="none", sp="reject"), Dmarc(p="none"), True),
    (Dmarc(p="reject"), Dmarc(p="reject", np="none"), True),      # made-up subdomains
    (Dmarc(p="reject"), Dmarc(p="reject", t="y"), True),          # a step down to RFC 9989
    (Dmarc(p="quarantine"), Dmarc(p="reject", t="y"), False),     # as strict to RFC 9989
    (Dmarc(p="reject"), Dmarc(p="reject", pct=50), True),         # half of it to RFC 7489
    (Dmarc(p="reject", pct=50), Dmarc(p="reject", pct=60), False),
    (Dmarc(p="reject"), Dmarc(p="reject", adkim="r", rua=(URI,)), False),
    (Dmarc(p="reject"), Dmarc(cname="_dmarc.example.net"), False),  # what is there is not known
])  # fmt: skip
def test_weaker(before: Dmarc, after: Dmarc | None, lowered: bool) -> None:
    """A change is weaker when some reader enforces less for some name."""
    assert dmarc.weaker(before, after) is lowered


@given(sections, sections)
def test_the_same_policy_is_never_weaker(one: Dmarc, other: Dmarc) -> None:
    """Texts that mean the same are never weaker, in either direction."""
    if dmarc.same_policy(dmarc.format_record(one), dmarc.format_record(other)):
        assert not dmarc.weaker(one, other)
        assert not dmarc.weaker(other, one)
    assert not dmarc.weaker(one, one)


@pytest.mark.parametrize(("section", "said"), [
    (Dmarc(p="reject", sp="reject", rua=(URI,)), "reject; subdomains reject; reports to 1 address"),
    (Dmarc(p="none"), "none; subdomains none; no reports"),
    (Dmarc(p="none", np="reject", rua=(URI, "mailto:a@b.example")),
     "none; subdomains none; non-existent subdomains reject; reports to 2 addresses"),
    (Dmarc(p="reject", t="y", pct=5), "reject; subdomains reject; test mode; pct 5; no reports"),
    (Dmarc(cname="_dmarc.example.net"), "the policy at _dmarc.example.net"),
])  # fmt: skip
def test_describe(section: Dmarc, said: str) -> None:
    """A plan says what the policy does, not how it is spelled."""
    assert dmarc.describe(section) == said


@pytest.mark.parametrize(("uri", "host"), [
    ("mailto:d@Example.com", "example.com"),
    ("mailto:d@example.com!10m", "example.com"),                 # the size limit is no part of it
    ("mailto:d@example.com?subject=a@b", "example.com"),         # nor are headers
    ("https://example.com/dmarc", None),
])  # fmt: skip
def test_where_a_uri_sends_to(uri: str, host: str | None) -> None:
    """The host decides about authorisation, so it has to be exact."""
    assert dmarc.mail_host(uri) == host
