import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stszone.errors import RuleError
from stszone.standards import hosts


def host(**values: object) -> hosts.HostAddresses:
    return hosts.HostAddresses.model_validate(values)


@given(st.ip_addresses(v=4))
def test_ipv4_is_read_back(address):
    """A record is the address in its usual form."""
    text = hosts.format_rdata("A", str(address))
    assert hosts.parse_rdata("A", text) == str(address)


@given(st.ip_addresses(v=6))
def test_ipv6_is_canonical(address):
    """However it is written, it becomes the form of RFC 5952."""
    assert hosts.parse_rdata("AAAA", address.exploded.upper()) == str(ipaddress.IPv6Address(int(address)))


@pytest.mark.parametrize("type_", ["PTR", "CNAME"])
def test_names_are_read_back(type_):
    """The trailing dot is added and taken away once."""
    assert hosts.format_rdata(type_, "mail.example.com") == "mail.example.com."
    assert hosts.parse_rdata(type_, "Mail.example.com.") == "mail.example.com"


@pytest.mark.parametrize(("type_", "rdata", "rule"), [
    ("A", "192.0.2", "DNS003"),
    ("A", "192.0.2.01", "DNS003"),             # octal or decimal, who knows
    ("A", "2001:db8::1", "DNS003"),
    ("AAAA", "192.0.2.1", "DNS003"),
    ("AAAA", "fe80::1%eth0", "DNS003"),        # a scope is local to a machine
    ("PTR", "mail.example.com", "PTR005"),     # relative in a zone file
    ("PTR", "a_b.example.com.", "PTR005"),
    ("CNAME", "www.example.com", "MXX011"),
])  # fmt: skip
def test_a_record_that_breaks_a_rule_names_it(type_, rdata, rule):
    """Addresses and names are checked by the type."""
    with pytest.raises(RuleError) as caught:
        hosts.parse_rdata(type_, rdata)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("values", "rule"), [
    ({"ptr": True}, "INP003"),                                      # no address at all
    ({"ipv4": ["192.0.2.256"]}, "DNS003"),
    ({"ipv4": ["192.0.2.1"], "ptr": "a_b.example.com"}, "PTR005"),
    ({"ipv4": ["192.0.2.1"], "ptr": 1}, "INP003"),                  # neither yes, no, nor a name
    ({"ipv4": ["192.0.2.1"], "ttl": -1}, "DNS006"),
])  # fmt: skip
def test_the_section_refuses_what_cannot_be_published(values, rule):
    """The rule is named."""
    with pytest.raises(ValidationError) as caught:
        host(**values)
    assert [detail["ctx"]["error"].rule for detail in caught.value.errors()] == [rule]


def test_addresses_become_a_and_aaaa():
    """A host's own TTL goes before the section's."""
    section = {
        "a.example.com": host(ipv4=["192.0.2.2", "192.0.2.1"], ttl=60),
        "b.example.com": host(ipv6=["2001:DB8::1"]),
    }
    assert [(r.name, r.type, r.ttl, r.rdatas, r.key) for r in hosts.rrsets(section, "example.com", 3600)] == [
        ("a.example.com", "A", 60, ("192.0.2.1", "192.0.2.2"), ("a.example.com", "ipv4")),
        ("b.example.com", "AAAA", 3600, ("2001:db8::1",), ("b.example.com", "ipv6")),
    ]


def test_a_ttl_of_zero_is_a_ttl():
    """0 is not "none"."""
    [rrset] = hosts.rrsets({"a.example.com": host(ipv4=["192.0.2.1"], ttl=0)}, "example.com", 3600)
    assert rrset.ttl == 0


def test_aliases_become_cname():
    """The target is absolute."""
    [rrset] = hosts.alias_rrsets({"imap.example.com": "mail.example.com"}, 60)
    assert (rrset.name, rrset.type, rrset.rdatas) == ("imap.example.com", "CNAME", ("mail.example.com.",))


@pytest.mark.parametrize(("section", "expected"), [
    ({"a.example.com": {}}, {"192.0.2.1": "a.example.com"}),                                  # its own name
    ({"a.example.com": {"ptr": "b.example.com"}}, {"192.0.2.1": "b.example.com"}),
    ({"a.example.com": {"ptr": False}}, {}),
    ({"a.example.com": {}, "b.example.com": {"ptr": True}}, {"192.0.2.1": "b.example.com"}),  # said goes first
    ({"a.example.com": {}, "b.example.com": {}}, {"192.0.2.1": "a.example.com"}),             # else the first
])  # fmt: skip
def test_each_address_has_one_expected_ptr(section, expected):
    """Hosts that share an address do not share its PTR."""
    built = {name: host(ipv4=["192.0.2.1"], **values) for name, values in section.items()}
    assert {str(address): name for address, name in hosts.expected_ptrs(built).items()} == expected


def test_ptr_records_stand_at_the_reverse_names():
    """IPv4 by octets, IPv6 by nibbles."""
    section = {"mail.example.com": host(ipv4=["192.0.2.1"], ipv6=["2001:db8::1"])}
    v4, v6 = hosts.ptr_rrsets(section, 60)
    assert (v4.name, v4.rdatas) == ("1.2.0.192.in-addr.arpa", ("mail.example.com.",))
    assert v6.name == "1" + ".0" * 23 + ".8.b.d.0.1.0.0.2.ip6.arpa"
    assert v4.key == ("mail.example.com", "ptr")


def test_two_hosts_that_claim_one_ptr_are_told():
    """One that says no does not claim it."""
    claims = {"a.example.com": host(ipv4=["192.0.2.1"]), "b.example.com": host(ipv4=["192.0.2.1"])}
    assert [(f.rule, f.key) for f in hosts.check(claims, "example.com", 60)] == [
        ("PTR002", ("b.example.com", "ptr"))
    ]
    silent = {**claims, "b.example.com": host(ipv4=["192.0.2.1"], ptr=False)}
    assert not list(hosts.check(silent, "example.com", 60))


@pytest.mark.parametrize(("name", "rdatas", "expected"), [
    ("1.2.0.192.in-addr.arpa", ("mail.example.com.",), []),
    ("1" + ".0" * 31 + ".ip6.arpa", ("mail.example.com.",), []),
    ("1.0.8.b.d.0.1.0.0.2.ip6.arpa", ("mail.example.com.",), ["PTR004"]),       # `::` does not abbreviate here
    ("1.2.0.192.in-addr.arpa", ("a.example.com.", "b.example.com."), ["PTR002"]),
    ("1.2.0.192.in-addr.arpa", ("a_b.example.com.",), ["PTR005"]),
])  # fmt: skip
def test_written_out_ptr_records_are_judged(name, rdatas, expected):
    """As receivers look at them."""
    assert [found.rule for found in hosts.check_ptr(name, rdatas)] == expected


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("A 203.0.113.300", "DNS003"),  # no octet has 300
        ("MX 10 mail.example.com.", "DNS003"),  # a type of another module
        ("PTR mail.example.com", "PTR005"),  # not absolute
        ("", "DNS003"),  # nothing at all
    ],
)
def test_a_record_that_is_none(text: str, rule: str) -> None:
    """Type and value are judged together."""
    with pytest.raises(RuleError) as caught:
        hosts.parse_record(text)
    assert caught.value.rule == rule


@given(st.ip_addresses())
def test_a_record_comes_back(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    """What is written is read as the same."""
    type_ = "A" if address.version == 4 else "AAAA"
    assert hosts.parse_record(hosts.format_record(type_, str(address))) == (type_, str(address))
