import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stszone.errors import RuleError
from stszone.standards import tlsa

A, B = "ab" * 32, "cd" * 32
BY_HOST = TypeAdapter(tlsa.TlsaByHost)


def build(usage: int, selector: int, matching: int, data: bytes) -> tlsa.Tlsa:
    octets = {0: data, 1: data[:32], 2: data}[matching]
    return tlsa.Tlsa(usage=usage, selector=selector, matching_type=matching, data=octets.hex())


@given(
    st.builds(
        build,
        st.sampled_from([2, 3]),
        st.integers(0, 1),
        st.integers(0, 2),
        st.binary(min_size=64, max_size=64),
    )
)
def test_a_record_is_read_back_as_it_was_written(record):
    """parse_record undoes format_record."""
    assert tlsa.parse_record(tlsa.format_record(record)) == record


@pytest.mark.parametrize(("rdata", "rule"), [
    (f"0 1 1 {A}", "DAN002"),              # PKIX usages mean nothing to senders of mail
    (f"1 1 1 {A}", "DAN002"),
    (f"4 1 1 {A}", "DAN002"),
    ("3 1 1 abcd", "DAN004"),              # octoDNS takes it
    (f"3 1 2 {A}", "DAN004"),              # a SHA-256 under SHA-512's number
    (f"3 1 1 {A}a", "DAN004"),             # half an octet
    (f"3 1 1 {'xy' * 32}", "DAN004"),
    (f"3 2 1 {A}", "DAN004"),
    (f"3 1 3 {A}", "DAN004"),
    (f"3 1 {A}", "DAN004"),                # a field is missing
])  # fmt: skip
def test_a_record_that_senders_cannot_use_names_its_rule(rdata, rule):
    """In records and in the YAML alike."""
    with pytest.raises(RuleError) as caught:
        tlsa.parse_record(rdata)
    assert caught.value.rule == rule
    with pytest.raises(ValidationError) as wrapped:
        tlsa.Tlsa.model_validate(rdata)
    assert wrapped.value.errors()[0]["ctx"]["error"].rule == rule


@pytest.mark.parametrize("yaml", [
    f"3 1 1 {A}",
    f"3 1 1 {A[:32]} {A[32:].upper()}",                                      # as dig prints it
    {"usage": 3, "selector": 1, "matching_type": 1, "data": A.upper()},
    [f"3 1 1 {A}"],
])  # fmt: skip
def test_the_section_takes_one_or_several_texts_or_mappings(yaml):
    """All forms mean the same."""
    section = BY_HOST.validate_python({"Mail.example.com": yaml})
    [rrset] = tlsa.rrsets(section, "example.com", 60)
    assert (rrset.name, rrset.rdatas) == ("_25._tcp.mail.example.com", (f"3 1 1 {A}",))
    assert rrset.key == ("mail.example.com",)


@pytest.mark.parametrize(("key", "owner"), [
    ("mail.example.com", "_25._tcp.mail.example.com"),
    ("_465._tcp.mail.example.com", "_465._tcp.mail.example.com"),
])  # fmt: skip
def test_a_key_is_a_host_or_a_port_and_a_host(key, owner):
    """Port 25 unless it says otherwise."""
    assert tlsa.owner(tlsa.parse_key(key)) == owner


@pytest.mark.parametrize(("key", "rule"), [
    ("_tcp.mail.example.com", "DAN007"),
    ("_99999._tcp.mail.example.com", "DAN007"),
    ("_25._tcp.mail_1.example.com", "DNS002"),
    ("_25._tcp.mail.example.com.", "MXX011"),
    ("192.0.2.1", "MXX002"),
])  # fmt: skip
def test_other_keys_are_refused(key, rule):
    """The rule is named."""
    with pytest.raises(RuleError) as caught:
        tlsa.parse_key(key)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("records", "ttl", "expected"), [
    ([f"3 1 1 {A}", f"2 1 1 {B}"], 3600, []),
    ([f"3 1 1 {A}", f"3 1 1 {B}"], 300, []),
    ([f"3 1 1 {A}"], 3600, ["DAN008"]),                            # nothing for the next key
    ([f"3 1 1 {A}", f"2 1 1 {B}"], 3601, ["DAN010"]),
    ([f"3 0 1 {A}", f"2 0 1 {B}"], 3600, ["DAN003"]),              # an issuer's certificate stays
    ([f"3 1 2 {A}{A}", f"3 1 2 {B}{B}"], 3600, ["DAN003"]),
    (["3 1 0 3059", f"3 1 1 {B}"], 3600, ["DAN003"]),
])  # fmt: skip
def test_what_is_a_trap_is_told_in_the_section_and_in_records(records, ttl, expected):
    """Both ways into DNS are judged alike."""
    section = BY_HOST.validate_python({"mail.example.com": records})
    assert [found.rule for found in tlsa.check(section, "example.com", ttl)] == expected
    name = "_25._tcp.mail.example.com"
    assert [found.rule for found in tlsa.check_rdatas(name, records, ttl)] == expected


def test_other_services_are_not_judged_by_smtps_rules():
    """Usage 1 is in order for a web server."""
    assert not list(tlsa.check_rdatas("_443._tcp.www.example.com", [f"1 0 1 {A}"], 86400))
    assert [f.rule for f in tlsa.check_rdatas("www.example.com", [f"3 1 1 {A}"], 60)] == ["DAN007"]
