import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stszone.errors import RuleError
from stszone.standards import services

SERVICES = TypeAdapter(services.Services)
uint16 = st.integers(0, 65535)


def published(yaml: object) -> dict[str, tuple[str, ...]]:
    section = SERVICES.validate_python(yaml)
    return {rrset.name: rrset.rdatas for rrset in services.rrsets(section, "example.com", 60)}


@given(uint16, uint16, st.integers(1, 65535))
def test_a_record_is_read_back_as_it_was_written(priority, weight, port):
    """parse_record undoes format_record."""
    target = services.ServiceTarget(host="mail.example.com", port=port, priority=priority, weight=weight)
    assert services.parse_record(services.format_record(target)) == target


def test_a_service_that_is_not_offered_is_read_back():
    """RFC 6186 §3.4."""
    assert services.parse_record("0 0 0 .") is None
    assert services.format_record(None) == "0 0 0 ."


@pytest.mark.parametrize(("rdata", "rule"), [
    ("0 1 70000 mail.example.com.", "SRV002"),
    ("70000 1 993 mail.example.com.", "SRV002"),
    ("0 1 0 mail.example.com.", "SRV002"),          # nothing listens on port 0
    ("0 1 mail.example.com.", "SRV002"),            # a field is missing
    ("0 1 993 mail_1.example.com.", "DNS002"),
    ("0 1 993 192.0.2.1.", "MXX002"),
])  # fmt: skip
def test_a_record_that_breaks_a_rule_names_it(rdata, rule):
    """What programs cannot use is refused."""
    with pytest.raises(RuleError) as caught:
        services.parse_record(rdata)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("yaml", "name", "rdatas"), [
    ({"imaps": "mail.example.com"}, "_imaps._tcp", ("0 0 993 mail.example.com.",)),
    ({"submissions": "mail.example.com"}, "_submissions._tcp", ("0 0 465 mail.example.com.",)),
    ({"autodiscover": "mail.example.com"}, "_autodiscover._tcp", ("0 0 443 mail.example.com.",)),
    ({"pop3": "none"}, "_pop3._tcp", ("0 0 0 .",)),
    ({"sieve": {"host": "mail.example.com", "port": 2000, "weight": 5}}, "_sieve._tcp", ("0 5 2000 mail.example.com.",)),
    ({"imaps": ["b.example.com", {"host": "a.example.com", "priority": 1}]}, "_imaps._tcp",
     ("0 0 993 b.example.com.", "1 0 993 a.example.com.")),
])  # fmt: skip
def test_services_become_srv_records(yaml, name, rdatas):
    """The registered port is filled in."""
    assert published(yaml) == {f"{name}.example.com": rdatas}


@pytest.mark.parametrize(("yaml", "rule"), [
    ({"smtps": "mail.example.com"}, "SRV001"),                               # never registered
    ({"imap4": "mail.example.com"}, "SRV001"),
    ({"imaps": "."}, "SRV003"),                                              # that is `none`
    ({"imaps": []}, "SRV003"),
    ({"imaps": "mail"}, "MXX011"),
    ({"imaps": "mail_1.example.com"}, "DNS002"),
    ({"imaps": {"host": "mail.example.com", "port": 0}}, "SRV002"),
    ({"imaps": {"host": "mail.example.com", "weight": 65536}}, "SRV002"),
])  # fmt: skip
def test_the_section_refuses_what_programs_cannot_find(yaml, rule):
    """The rule is named."""
    with pytest.raises(ValidationError) as caught:
        SERVICES.validate_python(yaml)
    assert [detail["ctx"]["error"].rule for detail in caught.value.errors()] == [rule]


@pytest.mark.parametrize(("name", "fix"), [
    ("smtps", "write submissions"),     # what is meant by it
    ("imap4", "write imap"),            # the nearest
    ("sip", "known are submission"),    # nothing near
])  # fmt: skip
def test_an_unknown_service_is_answered_with_the_nearest(name, fix):
    """The way out names a service."""
    with pytest.raises(RuleError) as caught:
        services.parse_service(name)
    assert caught.value.fix.startswith(fix)


@pytest.mark.parametrize(("yaml", "expected"), [
    ({"imaps": "a.example.com"}, []),
    ({"imap": "a.example.com", "imaps": "a.example.com"}, []),
    ({"imap": "none"}, []),                                                  # marked as absent
    ({"imap": "a.example.com"}, ["SRV004"]),
    ({"imap": "a.example.com", "imaps": "none"}, ["SRV004"]),
    ({"autodiscover": {"host": "a.example.com", "port": 443}}, []),
    ({"autodiscover": {"host": "a.example.com", "port": 80}}, ["AUT002"]),
])  # fmt: skip
def test_clear_text_without_a_twin_is_told(yaml, expected):
    """And autodiscover on another port than programs use."""
    section = SERVICES.validate_python(yaml)
    assert [found.rule for found in services.check(section, "example.com", 60)] == expected


@pytest.mark.parametrize(("name", "rdatas", "expected"), [
    ("_imaps._tcp.example.com", ("0 1 993 mail.example.com.",), []),
    ("_sip._udp.example.com", ("0 1 5060 sip.example.com.",), []),                  # not mail's business
    ("_imap._tcp.example.com", ("0 0 0 .",), []),
    ("_imap._tcp.example.com", ("0 0 143 .",), ["SRV003"]),
    ("_imap._tcp.example.com", ("0 0 0 .", "0 1 143 mail.example.com."), ["SRV003"]),
    ("_smtps._tcp.example.com", ("0 1 465 mail.example.com.",), ["SRV001"]),
    ("_imaps._udp.example.com", ("0 1 993 mail.example.com.",), ["SRV001"]),
    ("imaps.example.com", ("0 1 993 mail.example.com.",), ["SRV001"]),              # octoDNS refuses it
    ("_imaps._tcp.example.com", ("0 1 993 mail_1.example.com.",), ["DNS002"]),
])  # fmt: skip
def test_written_out_records_are_judged_as_programs_do(name, rdatas, expected):
    """Also at names that nobody looks up."""
    assert [found.rule for found in services.check_rdatas(name, rdatas)] == expected
