import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.errors import RuleError
from stszone.standards import site_verification
from stszone.standards.rrset import txt_text


@given(st.from_regex(r"[a-z-]{1,20}=[ !#-\[\]-~]{1,600}", fullmatch=True))
def test_a_token_is_published_as_it_was_written(token):
    """Also when it takes several strings."""
    if "\\;" in token:
        return
    assert site_verification.parse_record(site_verification.format_record(token)) == token
    [rrset] = site_verification.rrsets([token], "example.com", 60)
    assert [txt_text(rdata) for rdata in rrset.rdatas] == [token]


@pytest.mark.parametrize(("text", "rule", "section"), [
    ("v=spf1 -all", "SPF001", "spf"),                  # would be a second SPF record
    ("V=SPF1 -all", "SPF001", "spf"),
    ("v=DMARC1; p=none", "DMA001", "dmarc"),           # nobody looks for it here
    ("v=STSv1; id=1", "STS001", "mta_sts"),
    ("v=TLSRPTv1; rua=mailto:a@example.com", "TRP001", "tls_rpt"),
    ("v=DKIM1; p=", "DKM001", "dkim"),
    (r"a=1\; b=2", "OCT001", "backslash"),             # octoDNS's escape, which would be published
    ('"a=1"', "OCT002", ""),
    ("größe=1", "OCT006", ""),
    ("", "DNS003", ""),
])  # fmt: skip
def test_what_is_not_a_site_verification_is_refused(text, rule, section):
    """The way out names the section where it belongs."""
    with pytest.raises(RuleError) as caught:
        site_verification.parse_record(text)
    assert caught.value.rule == rule
    assert section in caught.value.fix


def test_tokens_share_one_rrset():
    """The order in the YAML means nothing."""
    [rrset] = site_verification.rrsets(["b=1", "a=1", "b=1"], "example.com", 60)
    assert (rrset.name, rrset.type, rrset.rdatas) == ("example.com", "TXT", ('"a=1"', '"b=1"'))
    assert not list(site_verification.rrsets([], "example.com", 60))


def test_a_token_without_its_value_is_told():
    """A placeholder that nobody filled in."""
    found = list(site_verification.check(["google-site-verification=", "ms=1"], "example.com"))
    assert [(one.rule, one.key) for one in found] == [("DNS003", (0,))]
