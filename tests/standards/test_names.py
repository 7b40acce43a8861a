import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.errors import RuleError
from stszone.standards import names

labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
hosts = (
    st.lists(labels, min_size=2, max_size=5)
    .map(".".join)
    .filter(lambda name: not name.split(".")[-1].isdigit())
)


@given(hosts)
def test_a_host_stays_what_it_is(host):
    """Whatever its case was."""
    assert names.parse_host(host.upper()) == host
    assert names.parse_owner(host) == host


@pytest.mark.parametrize(("text", "name"), [
    ("Mail.Example.com", "mail.example.com"),
    ("straße.example", "xn--strae-oqa.example"),     # IDNA 2008, not strasse
    ("MÜLLER.example", "xn--mller-kva.example"),
    ("a" * 63 + ".example", "a" * 63 + ".example"),
    (".".join(["a" * 62] * 4) + "a", ".".join(["a" * 62] * 4) + "a"),  # 252 characters
])  # fmt: skip
def test_hosts_are_lower_case_a_labels(text, name):
    """As they stand in DNS."""
    assert names.parse_host(text) == name


@pytest.mark.parametrize(("text", "rule"), [
    ("mail", "MXX011"),                          # relative
    ("mail.example.com.", "MXX011"),             # YAML has no dot at the end
    ("192.0.2.1", "MXX002"),
    ("[192.0.2.1]", "MXX002"),                   # an address literal
    ("2001:db8::1", "MXX002"),
    ("mail_1.example.com", "DNS002"),
    ("-mail.example.com", "DNS002"),
    ("mail-.example.com", "DNS002"),
    ("mail..example.com", "DNS002"),
    ("*.example.com", "DNS002"),                 # an owner, not a host
    ("", "MXX011"),
    ("a" * 64 + ".example", "DNS001"),
    (".".join(["a" * 63] * 4) + ".a", "DNS001"),
    ("☃.example", "IDN001"),
    ("ü" * 60 + ".example", "IDN003"),           # short enough only as U-label
])  # fmt: skip
def test_what_is_not_a_host_names_its_rule(text, rule):
    """Each in its own way."""
    with pytest.raises(RuleError) as caught:
        names.parse_host(text)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    "text", ["_dmarc.example.com", "*.example.com", "*._domainkey.example.com", "a_b.example.com"]
)
def test_owner_names_may_have_underscores_and_a_wildcard(text):
    """Unlike hosts."""
    assert names.parse_owner(text) == text


@pytest.mark.parametrize(("text", "rule"), [
    ("a.*.example.com", "DNS002"),               # a wildcard is the first label
    ("_dmarc.example.com.", "MXX011"),
    ("_dmarc", "MXX011"),
])  # fmt: skip
def test_other_owner_names_are_refused(text, rule):
    """The rule is named."""
    with pytest.raises(RuleError) as caught:
        names.parse_owner(text)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("name", "parent", "within"), [
    ("example.com", "example.com", True),
    ("a.b.example.com", "example.com", True),
    ("notexample.com", "example.com", False),    # labels count, not characters
    ("example.com", "a.example.com", False),
])  # fmt: skip
def test_is_within(name, parent, within):
    """A domain contains itself and what is below it."""
    assert names.is_within(name, parent) is within


@pytest.mark.parametrize(("name", "zone"), [
    ("a.sub.example.com", "sub.example.com"),    # the longest one
    ("sub.example.com", "sub.example.com"),
    ("b.example.com", "example.com"),
    ("notexample.com", None),
    ("com", None),
])  # fmt: skip
def test_the_longest_zone_holds_a_name(name, zone):
    """None where no zone does."""
    assert names.longest_zone(name, {"example.com", "sub.example.com"}) == zone


@given(st.ip_addresses())
def test_reverse_names_are_owner_names(address):
    """Octets or nibbles, backwards."""
    name = names.reverse_name(address)
    assert names.parse_owner(name) == name
    assert name.endswith(".in-addr.arpa" if isinstance(address, ipaddress.IPv4Address) else ".ip6.arpa")
