import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.standards import records

RECORDS = TypeAdapter(records.RawRecords)
A = "ab" * 32


def published(yaml: object, zone: str = "example.com") -> list[tuple[str, str, tuple[str, ...]]]:
    section = RECORDS.validate_python(yaml)
    return [(r.name, r.type, r.rdatas) for r in records.rrsets(section, zone, 60)]


@pytest.mark.parametrize(("type_", "value", "rdata"), [
    ("A", "192.0.2.1", "192.0.2.1"),
    ("AAAA", "2001:DB8:0::1", "2001:db8::1"),
    ("CAA", {"flags": 0, "tag": "issue", "value": ";"}, '0 issue ";"'),
    ("CAA", "0 issue letsencrypt.org", '0 issue "letsencrypt.org"'),
    ("CNAME", "WWW.example.com", "www.example.com."),                     # absolute without the dot, too
    ("CNAME", "www.example.com.", "www.example.com."),
    ("DS", {"key_tag": 1, "algorithm": 8, "digest_type": 2, "digest": A.upper()}, f"1 8 2 {A}"),
    ("HTTPS", "1 . alpn=h2,h3 port=443", "1 . alpn=h2,h3 port=443"),      # as octoDNS writes it
    ("MX", {"preference": 10, "exchange": "mail.example.com"}, "10 mail.example.com."),
    ("MX", "0 .", "0 ."),
    ("NAPTR", {"order": 1, "preference": 2, "flags": "S", "service": "SIP+D2U", "regexp": "",
               "replacement": "_sip._udp.example.com"}, '1 2 "S" "SIP+D2U" "" _sip._udp.example.com.'),
    ("NS", "ns1.example.com", "ns1.example.com."),
    ("PTR", "mail.straße.example", "mail.xn--strae-oqa.example."),        # IDNA 2008
    ("SRV", {"priority": 0, "weight": 1, "port": 993, "target": "mail.example.com."}, "0 1 993 mail.example.com."),
    ("SSHFP", {"algorithm": 4, "fingerprint_type": 2, "fingerprint": A}, f"4 2 {A}"),
    ("TLSA", {"certificate_usage": 3, "selector": 1, "matching_type": 1, "certificate_association_data": A},
     f"3 1 1 {A}"),
    ("TLSA", f"3 1 0 {A * 10}", f"3 1 0 {A * 10}"),                       # in one piece
    ("TXT", "v=spf1 -all", '"v=spf1 -all"'),
    ("TXT", "a=1\\; b=2", '"a=1; b=2"'),                                  # octoDNS's escape
    ("URI", {"priority": 10, "weight": 1, "target": "https://a.example/"}, '10 1 "https://a.example/"'),
])  # fmt: skip
def test_values_become_canonical_rdata(type_, value, rdata):
    """Text and octoDNS's mappings mean the same."""
    assert published({"_x._tcp": {"type": type_, "value": value}}) == [
        ("_x._tcp.example.com", type_, (rdata,))
    ]
    if type_ != "TXT":
        assert records.parse_record(type_, rdata) == rdata


@given(st.integers(0, 65535), st.integers(0, 65535), st.integers(0, 65535))
def test_canonical_rdata_stays_what_it_is(priority, weight, port):
    """Reading it again changes nothing."""
    once = records.parse_record("SRV", f"{priority}  {weight} {port} Mail.Example.COM")
    assert records.parse_record("SRV", once) == once


@pytest.mark.parametrize(("name", "owner"), [
    ("", "example.com"),
    ("www", "www.example.com"),
    ("WWW", "www.example.com"),
    ("*", "*.example.com"),
    ("*.a", "*.a.example.com"),
    ("_sip._tcp", "_sip._tcp.example.com"),
    ("bücher", "xn--bcher-kva.example.com"),
])  # fmt: skip
def test_names_are_relative_to_the_zone(name, owner):
    """As in an octoDNS zone file."""
    assert published({name: {"type": "A", "value": "192.0.2.1"}}) == [(owner, "A", ("192.0.2.1",))]


@pytest.mark.parametrize(("yaml", "rule"), [
    ({"www.": {"type": "A", "value": "192.0.2.1"}}, "MXX011"),
    ({"@": {"type": "A", "value": "192.0.2.1"}}, "DNS002"),                # octoDNS writes ''
    ({"a..b": {"type": "A", "value": "192.0.2.1"}}, "DNS002"),
    ({"a" * 64: {"type": "A", "value": "192.0.2.1"}}, "DNS001"),
    ({"a.*": {"type": "A", "value": "192.0.2.1"}}, "DNS002"),              # only the first label
    ({"": {"type": "NS", "value": "ns.example.com"}}, "DNS003"),           # the zone's
    ({"": {"type": "SOA", "value": "x"}}, "DNS003"),
    ({"x": {"type": "SPF", "value": "v=spf1 -all"}}, "SPF005"),
    ({"x": {"type": "ALIAS", "value": "a.example.com"}}, "OCT003"),
    ({"x": {"type": "Route53Provider/ALIAS", "value": "x"}}, "OCT003"),
    ({"x": {"type": "A", "value": "192.0.2.1", "lenient": True}}, "OCT003"),
    ({"x": {"type": "A", "value": "192.0.2.1", "octodns": {"lenient": True}}}, "OCT003"),
    ({"x": {"type": "A", "vaule": "192.0.2.1"}}, "INP002"),
    ({"x": {"type": "A", "value": "192.0.2.1", "values": ["192.0.2.1"]}}, "INP003"),
    ({"x": {"type": "A"}}, "INP003"),
    ({"x": {"type": "A", "value": {"address": "192.0.2.1"}}}, "INP003"),   # A is text
    ({"x": {"type": "MX", "value": {"preference": 1}}}, "INP003"),
    ({"x": {"type": "MX", "value": {"preference": 1, "exchange": "a.b", "host": "a.b"}}}, "INP002"),
    ({"x": {"type": "MX", "value": "70000 mail.example.com"}}, "MXX005"),
    ({"x": {"type": "A", "value": "mail.example.com"}}, "DNS003"),
    ({"x": {"type": "TLSA", "value": "3 1 1 abcd"}}, "DAN004"),
    ({"x": {"type": "CAA", "value": '300 issue "a"'}}, "CAA004"),
    ({"x": {"type": "SRV", "value": "0 1 70000 a.example.com"}}, "SRV002"),
    ({"x": {"type": "TXT", "value": '"v=spf1 " "-all"'}}, "OCT002"),       # cut by hand
    ({"x": {"type": "TXT", "value": "größe"}}, "OCT006"),
    ({"x": {"type": "TXT", "value": ""}}, "DNS003"),
    ({"x": {"type": "CNAME", "values": ["a.example.com", "b.example.com"]}}, "DNS005"),
    ({"x": [{"type": "A", "value": "192.0.2.1"}, {"type": "A", "value": "192.0.2.2"}]}, "DNS006"),
])  # fmt: skip
def test_what_cannot_be_published_is_refused(yaml, rule):
    """The rule is named."""
    with pytest.raises(ValidationError) as caught:
        RECORDS.validate_python(yaml)
    assert [detail["ctx"]["error"].rule for detail in caught.value.errors()] == [rule]


@pytest.mark.parametrize(("name", "rule", "fix"), [
    ("www.example.com", "MXX011", "write www"),     # would be www.example.com.example.com
    ("example.com", "MXX011", "write ''"),
    (".".join(["a" * 60] * 4), "DNS001", ""),
])  # fmt: skip
def test_names_that_do_not_fit_their_zone_are_refused(name, rule, fix):
    """The zone is known only where records are made."""
    section = RECORDS.validate_python({name: {"type": "A", "value": "192.0.2.1"}})
    with pytest.raises(RuleError) as caught:
        list(records.rrsets(section, "example.com", 60))
    assert (caught.value.rule, caught.value.fix) == (rule, fix)


def test_a_name_that_only_looks_like_the_zone_is_relative():
    """`notexample.com` is not below example.com."""
    assert (
        published({"notexample.com": {"type": "A", "value": "192.0.2.1"}})[0][0]
        == "notexample.com.example.com"
    )


def test_a_records_own_ttl_goes_first():
    """0 is a TTL, and durations are taken."""
    section = RECORDS.validate_python({
        "a": {"type": "A", "value": "192.0.2.1", "ttl": 0},
        "b": {"type": "A", "value": "192.0.2.1", "ttl": "1h"},
        "c": {"type": "A", "value": "192.0.2.1"},
    })  # fmt: skip
    assert [rrset.ttl for rrset in records.rrsets(section, "example.com", 60)] == [0, 3600, 60]


def test_keys_say_which_record_of_a_name_is_meant():
    """Several types may stand at a name."""
    section = RECORDS.validate_python(
        {"a": [{"type": "A", "value": "192.0.2.1"}, {"type": "TXT", "values": ["y", "x"]}]}
    )
    assert [(r.key, r.rdatas) for r in records.rrsets(section, "example.com", 60)] == [
        (("a", 0), ("192.0.2.1",)),
        (("a", 1), ('"x"', '"y"')),
    ]


@pytest.mark.parametrize(("name", "rule"), [
    ("www.example.com", "MXX011"),
    ("example.com", "MXX011"),
    (".".join(["a" * 60] * 4), "DNS001"),
])  # fmt: skip
def test_a_mail_domain_refuses_names_that_do_not_fit_its_zone(name, rule):
    """The place in the YAML is the name itself."""
    with pytest.raises(ValidationError) as caught:
        MailDomain.model_validate({
            "name": "example.com", "zone": "example.com",
            "records": {name: {"type": "A", "value": "192.0.2.1"}},
        })  # fmt: skip
    [detail] = caught.value.errors()
    assert (detail["ctx"]["error"].rule, detail["loc"][:2]) == (rule, ("records", name))


@pytest.mark.parametrize("record", [
    {"type": 1, "value": "192.0.2.1"},
    {"value": "192.0.2.1"},
    "192.0.2.1",
])  # fmt: skip
def test_what_is_not_a_record_is_refused(record):
    """A record has a type."""
    with pytest.raises(ValidationError):
        RECORDS.validate_python({"x": record})


def test_a_record_that_was_built_before_is_taken_as_it_is():
    """For use from Python."""
    built = RECORDS.validate_python({"x": {"type": "A", "value": "192.0.2.1"}})
    assert RECORDS.validate_python({"x": built["x"][0]}) == built
