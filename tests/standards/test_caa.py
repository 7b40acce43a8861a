import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stszone.errors import RuleError
from stszone.standards import caa

issuers = st.sampled_from(
    ["letsencrypt.org", "pki.goog", ";", "", "sectigo.com; policy=ev", "a.example;x=1;y=2"]
)
properties = st.builds(
    lambda flags, tag, value: caa.CaaProperty(flags=flags, tag=tag, value=value),
    st.sampled_from([0, 128]), st.sampled_from(caa.ISSUE_TAGS), issuers,
)  # fmt: skip


@given(properties)
def test_a_record_is_read_back_as_it_was_written(record):
    """parse_record undoes format_record."""
    assert caa.parse_record(caa.format_record(record)) == record


@pytest.mark.parametrize(("rdata", "rule"), [
    ('0 isue "letsencrypt.org"', "CAA003"),                   # restricts nobody, without a word
    ('128 isue "letsencrypt.org"', "CAA003"),                 # stops every CA
    ('1 issue "letsencrypt.org"', "CAA004"),
    ('0 issue "letsencrypt.org sectigo.com"', "CAA004"),      # one CA each
    ('0 issue "letsencrypt.org; accounturi"', "CAA004"),      # a parameter has a value
    ('0 issue "https://letsencrypt.org"', "CAA004"),          # a domain, not a URL
    ('0 iodef "security@example.com"', "CAA004"),             # a URL, not a mailbox
    ('issue "letsencrypt.org"', "CAA004"),                    # no flags
    ('0 issue "le"t"', "CAA004"),
])  # fmt: skip
def test_a_record_that_breaks_a_rule_names_it(rdata, rule):
    """What CAs would pass over or choke on is refused, in records and in the YAML alike."""
    with pytest.raises(RuleError) as caught:
        caa.parse_record(rdata)
    assert caught.value.rule == rule
    with pytest.raises(ValidationError) as wrapped:
        caa.CaaProperty.model_validate(rdata)
    assert wrapped.value.errors()[0]["ctx"]["error"].rule == rule


@pytest.mark.parametrize(("yaml", "expected"), [
    ('0 issue "letsencrypt.org"', '0 issue "letsencrypt.org"'),
    ("0 issue letsencrypt.org", '0 issue "letsencrypt.org"'),                            # quotes are optional
    ({"tag": "Issue", "value": "letsencrypt.org"}, '0 issue "letsencrypt.org"'),         # tags have no case
    ({"flags": 128, "tag": "issuewild", "value": ";"}, '128 issuewild ";"'),
    ('0 iodef "mailto:security@example.com"', '0 iodef "mailto:security@example.com"'),
    ('0 contactemail "a@example.com"', '0 contactemail "a@example.com"'),
])  # fmt: skip
def test_the_section_takes_text_and_mapping(yaml, expected):
    """Both become the same record."""
    [rrset] = caa.rrsets([caa.CaaProperty.model_validate(yaml)], "example.com", 60)
    assert (rrset.name, rrset.type, rrset.rdatas) == ("example.com", "CAA", (expected,))


def test_no_properties_publish_nothing():
    """An empty section is no RRset."""
    assert not list(caa.rrsets((), "example.com", 60))


def test_a_near_miss_is_named():
    """`isue` is most likely `issue`."""
    with pytest.raises(RuleError) as caught:
        caa.parse_record('0 isue ";"')
    assert caught.value.fix == "write issue"


@pytest.mark.parametrize(("value", "expected"), [
    ("letsencrypt.org; accounturi=https://acme.example/acct/1; validationmethods=dns-01,http-01", []),
    ("letsencrypt.org", []),
    ("letsencrypt.org; validationmethods=ca-special", []),              # CAs may name their own
    ("letsencrypt.org; accounturi=1234", ["CAA005"]),                   # the id alone matches no account
    ("letsencrypt.org; validationmethods=dns", ["CAA005"]),
])  # fmt: skip
def test_pins_that_can_never_match_are_told(value, expected):
    """Renewal would fail weeks later."""
    record = caa.CaaProperty(tag="issue", value=value)
    assert [found.rule for found in caa.check([record], "example.com", 60)] == expected
    assert [found.rule for found in caa.check_rdatas("example.com", [caa.format_record(record)])] == expected


@pytest.mark.parametrize(("rdatas", "nobody"), [
    (['0 issue ";"'], True),
    (['0 issue ""'], True),                                          # the same, written otherwise
    (['0 issue ";"', '0 issue "letsencrypt.org"'], False),           # one permission is enough
    (['0 issuewild ";"'], False),                                    # restricts wildcards only
    (['0 iodef "mailto:a@example.com"'], False),
    (['0 isue ";"'], False),                                         # unknown, passed over
    (['128 isue "letsencrypt.org"'], True),                          # unknown and critical
])  # fmt: skip
def test_who_may_issue(rdatas, nobody):
    """An RRset without any permitted CA stops every certificate for the name."""
    assert caa.permits_nobody(rdatas) is nobody
