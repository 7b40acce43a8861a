"""The TLS-RPT record and its section."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stszone.errors import RuleError
from stszone.standards import tls_rpt
from stszone.standards.tls_rpt import TlsRpt

MAILTO = st.from_regex(r"mailto:[A-Za-z0-9.+_-]{1,20}@[a-z0-9.-]{1,20}(\?[a-z=&]{1,9})?", fullmatch=True)
HTTPS = st.from_regex(r"https://[a-z0-9.-]{1,20}(:[0-9]{1,4})?(/[A-Za-z0-9=&%?/._-]{0,20})?", fullmatch=True)
URIS = st.one_of(MAILTO, HTTPS)
NAME = "_smtp._tls.example.com"


@pytest.mark.parametrize(
    ("text", "rua"),
    [
        ("v=TLSRPTv1; rua=mailto:a@b.example", ["mailto:a@b.example"]),  # what we write
        ("v=TLSRPTv1;rua=mailto:a@b.example", ["mailto:a@b.example"]),  # white space is optional
        ("v=TLSRPTv1; rua=mailto:a@b.example;", ["mailto:a@b.example"]),  # one final delimiter ...
        ("v=TLSRPTv1; rua=mailto:a@b.example ; ", ["mailto:a@b.example"]),  # ... with white space around it
        ("v=TLSRPTv1;\trua=mailto:a@b.example", ["mailto:a@b.example"]),  # a tab is white space
        (
            "v=TLSRPTv1; rua=mailto:a@b.example , https://c.example/",
            ["mailto:a@b.example", "https://c.example/"],
        ),
        ("v=TLSRPTv1; rua=https://c.example/?a=b", ["https://c.example/?a=b"]),  # an equals sign within
        ("v=TLSRPTv1; rua=https://c.example/x%3By", ["https://c.example/x%3By"]),  # encoded as it must be
        (
            "v=TLSRPTv1; rua=MailTo:a@b.example",
            ["mailto:a@b.example"],
        ),  # schemes have no case (RFC 3986 §3.1)
        ("v=TLSRPTv1; x=y; rua=mailto:a@b.example", ["mailto:a@b.example"]),  # unknown fields are ignored
        (
            "v=TLSRPTv1; rua=mailto:a@b.example; rua=mailto:c@b.example",
            ["mailto:a@b.example"],
        ),  # the first one
        ("v=TLSRPTv1; RUA=x; rua=mailto:a@b.example", ["mailto:a@b.example"]),  # RUA is an unknown field
    ],
)
def test_reads_what_the_grammar_allows(text: str, rua: list[str]) -> None:
    """A record is read by the grammar of RFC 8460 §3, not by what we write ourselves."""
    assert tls_rpt.parse_record(text).rua == tuple(rua)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "TRP001"),  # nothing
        ("v=TLSRPTv1", "TRP001"),  # no semicolon
        ("v=tlsrptv1; rua=mailto:a@b.example", "TRP001"),  # the version has case
        ("v=TLSRPTv1 ; rua=mailto:a@b.example", "TRP001"),  # dropped where there are several records
        (" v=TLSRPTv1; rua=mailto:a@b.example", "TRP001"),  # begins with a space
        ("v=TLSRPTv10; rua=mailto:a@b.example", "TRP001"),  # another version
        ("rua=mailto:a@b.example; v=TLSRPTv1", "TRP001"),  # the version comes first
        ("v=TLSRPTv1;", "TRP002"),  # no rua
        ("v=TLSRPTv1; ", "TRP002"),  # no rua, white space
        ("v=TLSRPTv1; RUA=mailto:a@b.example", "TRP002"),  # the key has case; a known checker takes it
        ("v=TLSRPTv1; ruf=mailto:a@b.example", "TRP002"),  # a key of DMARC
        ("v=TLSRPTv1; rua=", "TRP002"),  # empty
        ("v=TLSRPTv1; rua = mailto:a@b.example", "TRP002"),  # spaces around the equals sign
        ("v=TLSRPTv1; rua", "TRP002"),  # no value at all
        ("v=TLSRPTv1; rua=tls@b.example", "TRP003"),  # no scheme
        ("v=TLSRPTv1; rua=http://b.example/", "TRP003"),  # not encrypted; a known parser takes it
        ("v=TLSRPTv1; rua=mailto:b.example", "TRP003"),  # no mailbox
        ("v=TLSRPTv1; rua=mailto:a@b@c.example", "TRP003"),  # two
        ("v=TLSRPTv1; rua=https:b.example", "TRP003"),  # no host
        ("v=TLSRPTv1; rua=https:///x", "TRP003"),  # an empty host
        ("v=TLSRPTv1; rua=mailto:a@b.example mailto:c@b.example", "TRP003"),  # a space is no separator
        ("v=TLSRPTv1; rua=http\u017f://b.example/", "TRP002"),  # a long s is no s
        ("v=TLSRPTv1; rua=mailto:a@b.example,", "TRP003"),  # a comma, and nothing behind it
        ("v=TLSRPTv1; rua=mailto:a@b.example!10m", "TRP004"),  # a size limit, as once in DMARC
        ("v=TLSRPTv1;; rua=mailto:a@b.example", "TRP007"),  # an empty field
        ("v=TLSRPTv1; rua=mailto:a@b.example;;", "TRP007"),  # two final semicolons
        ("v=TLSRPTv1; rua=mailto:a@b.example ", "TRP007"),  # white space at the end, no semicolon
        ("v=TLSRPTv1; rua=https://c.example/x;y", "TRP002"),  # what follows the semicolon is a field
    ],
)
def test_names_the_rule_that_a_record_breaks(text: str, rule: str) -> None:
    """Each way to get a record wrong has its own rule."""
    with pytest.raises(RuleError) as caught:
        tls_rpt.parse_record(text)
    assert caught.value.rule == rule


@given(st.lists(URIS, min_size=1, max_size=4))
def test_record_round_trip(rua: list[str]) -> None:
    """What is written is read back, and nothing is said about it."""
    text = tls_rpt.format_record(rua)
    assert tls_rpt.parse_record(text) == TlsRpt(rua=tuple(rua))
    assert list(tls_rpt.check_rrset(NAME, [text])) == []


@given(st.text(max_size=60).map(lambda rest: f"v=TLSRPTv1;{rest}"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the parser fail in another way than with a rule."""
    try:
        assert tls_rpt.parse_record(text).rua
    except RuleError as error:
        assert error.rule.startswith("TRP")


@pytest.mark.parametrize(
    ("uri", "rule"),
    [
        ("tls@example.com", "TRP003"),  # no scheme
        ("http://example.com/", "TRP003"),  # the wrong scheme
        ("mailto:tls@example.com, mailto:x@example.com", "TRP003"),  # two in one item
        ("mailto:a@example.com,mailto:b@example.com", "TRP004"),  # the same without the space
        ("https://example.com/x;y=1", "TRP004"),  # would end the field
        ("mailto:a@example.com!10m", "TRP004"),  # never existed here
        ("mailto:\u00e4@example.com", "TRP003"),  # not ASCII
        ("mailto:@example.com", "TRP003"),  # no local part
        ("http\u017f://example.com/", "TRP003"),  # a long s is no s
    ],
)
def test_section_names_the_rule_that_an_address_breaks(uri: str, rule: str) -> None:
    """An address that would not survive the record is refused where it is written."""
    with pytest.raises(ValidationError) as caught:
        TlsRpt.model_validate({"rua": ["mailto:tls@example.org", uri]})
    (detail,) = caught.value.errors()
    assert (detail["loc"], detail["ctx"]["error"].rule) == (("rua", 1), rule)


@pytest.mark.parametrize(
    ("uri", "fix"),
    [
        ("tls@example.com", "write mailto:tls@example.com"),  # the scheme is all that is missing
        ("https://example.com/x;y", "write %3B for it"),  # the very character
    ],
)
def test_errors_show_a_way_out(uri: str, fix: str) -> None:
    """Where the way out is plain, it is named."""
    with pytest.raises(RuleError) as caught:
        tls_rpt.parse_uri(uri)
    assert caught.value.fix == fix


def test_section_needs_an_address() -> None:
    """A section without addresses cannot be built."""
    with pytest.raises(ValidationError):
        TlsRpt.model_validate({"rua": []})


def test_record_of_the_section() -> None:
    """The section becomes one TXT record, the addresses in their order."""
    section = TlsRpt.model_validate({"rua": ["mailto:tls@example.com", "HTTPS://tls.example.net/v1"]})
    (rrset,) = tls_rpt.rrsets(section, "example.com", 86400)
    assert (rrset.name, rrset.type, rrset.ttl) == (NAME, "TXT", 86400)
    assert rrset.rdatas == ('"v=TLSRPTv1; rua=mailto:tls@example.com,https://tls.example.net/v1"',)


@pytest.mark.parametrize(
    ("rua", "ttl", "expected"),
    [
        (["mailto:tls@example.net"], 86400, set()),  # as it should be
        (["mailto:tls@example.com"], 86400, {"TRP008"}),  # only the domain itself
        (["mailto:tls@mail.EXAMPLE.com"], 86400, {"TRP008"}),  # or a host of it
        (["mailto:tls@example.com?subject=x"], 86400, {"TRP008"}),  # header fields do not hide it
        (["mailto:tls@badexample.com"], 86400, set()),  # another domain that ends alike
        (["mailto:tls@example.com", "mailto:tls@example.net"], 86400, set()),  # a second way
        (["mailto:tls@example.com", "https://tls.example.com/"], 86400, set()),  # not by mail
        (["https://example.com/?a@example.com"], 86400, set()),  # an @ does not make a mailbox
        (["mailto:tls@example.net"], 3600, set()),  # an hour is enough
        (["mailto:tls@example.net"], 3599, {"TRP011"}),  # less is not
    ],
)
def test_section_findings(rua: list[str], ttl: int, expected: set[str]) -> None:
    """What is legal and unwise is said of the section."""
    found = tls_rpt.check(TlsRpt.model_validate({"rua": rua}), "example.com", ttl)
    assert {finding.rule for finding in found} == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["v=TLSRPTv1; rua=mailto:a@b.example"], {}),  # as it should be
        (["v=TLSRPTv1; rua=mailto:a@b.example", "hello"], {}),  # other texts are skipped
        (["hello"], {"TRP001": "error"}),  # no record
        (["v=TLSRPTv1 ; rua=mailto:a@b.example"], {"TRP001": "error"}),  # no record for those who are strict
        (
            ["v=TLSRPTv1; rua=mailto:a@b.example", "v=TLSRPTv1; rua=mailto:c@b.example"],
            {"TRP001": "error"},
        ),  # two
        (["v=TLSRPTv1; ruf=mailto:a@b.example"], {"TRP002": "error"}),  # nowhere to report to
        (["v=TLSRPTv1; rua=a@b.example"], {"TRP003": "error"}),  # no scheme
        (["v=TLSRPTv1; rua=mailto:a@b.example!10m"], {"TRP004": "error"}),  # a size limit
        (["v=TLSRPTv1; rua=mailto:a@b.example, mailto:c@b.example"], {"TRP005": "warning"}),  # a space
        (["v=TLSRPTv1; rua=mailto:a@b.example; rua=mailto:c@b.example"], {"TRP006": "warning"}),  # two fields
        (["v=TLSRPTv1; rua=mailto:a@b.example; x=y"], {"TRP007": "warning"}),  # unknown field
        (["v=TLSRPTv1; rua=mailto:a@b.example;;"], {"TRP007": "warning"}),  # empty field
    ],
)
def test_says_what_senders_make_of_an_rrset(texts: list[str], expected: dict[str, str]) -> None:
    """Each fault of an RRset is reported once."""
    found = {finding.rule: str(finding.severity) for finding in tls_rpt.check_rrset(NAME, texts)}
    assert found == expected


@pytest.mark.parametrize(
    ("name", "owned", "rules"),
    [
        (NAME, True, []),  # the record
        ("_smtp._tls.mail.example.com", True, []),  # that of an MX host, for DANE
        ("example.com._report._tls.example.net", True, ["TRP009"]),  # an invention
        ("_report._smtp._tls.example.net", True, ["TRP009"]),  # another
        ("example.com", False, None),  # not ours
        ("_dmarc.example.com", False, None),  # not ours
        ("example.com._report._dmarc.example.net", False, None),  # DMARC has it
    ],
)
def test_knows_its_names(name: str, owned: bool, rules: list[str] | None) -> None:
    """Texts at the name of the record, and at those that were made up after DMARC's, are TLS-RPT's."""
    assert tls_rpt.owns(name) is owned
    if rules is not None:
        found = tls_rpt.check_rrset(name, ["v=TLSRPTv1; rua=mailto:a@b.example"])
        assert [finding.rule for finding in found] == rules
