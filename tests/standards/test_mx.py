import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stszone.errors import RuleError
from stszone.standards import mx

HOSTS = TypeAdapter(mx.MxHosts)
labels = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
hosts = (
    st.lists(labels, min_size=2, max_size=4)
    .map(".".join)
    .filter(lambda name: not name.split(".")[-1].isdigit())
)


def rules(value: object) -> set[str]:
    try:
        HOSTS.validate_python(value)
    except ValidationError as error:
        return {
            getattr(detail.get("ctx", {}).get("error"), "rule", detail["type"]) for detail in error.errors()
        }
    return set()


@given(hosts, st.integers(0, 65535))
def test_a_record_is_read_back_as_it_was_written(host, preference):
    """parse_record undoes format_record."""
    written = mx.MxHost(host=host, preference=preference)
    assert mx.parse_record(mx.format_record(written)) == written


def test_the_null_mx_is_read_back():
    """The null MX is not a host."""
    assert mx.parse_record("0 .") is None
    assert mx.format_record(None) == "0 ."


@pytest.mark.parametrize(("rdata", "rule"), [
    ("10 .", "NMX001"),                      # a null MX has preference 0
    ("70000 mail.example.com.", "MXX005"),   # 16 bits
    ("mail.example.com.", "MXX005"),         # no preference
    ("-1 mail.example.com.", "MXX005"),
    ("10 192.0.2.1.", "MXX002"),             # an address is looked up as a name
    ("10 mail_1.example.com.", "MXX004"),    # no host has an underscore
    ("10 mail.", "MXX011"),                  # what is left of a relative name
])  # fmt: skip
def test_a_record_that_breaks_a_rule_names_it(rdata, rule):
    """What senders cannot use is refused."""
    with pytest.raises(RuleError) as caught:
        mx.parse_record(rdata)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("yaml", "expected"), [
    ([{"host": "Mail.Example.com"}], [("mail.example.com", 10)]),            # names have no case
    (["20 mail.example.com"], [("mail.example.com", 20)]),                   # the form of a zone file
    (["mail.example.com"], [("mail.example.com", 10)]),                      # the host alone
    ([{"host": "mail.müller.example"}], [("mail.xn--mller-kva.example", 10)]),
    ("none", []),                                                            # the null MX
])  # fmt: skip
def test_the_section_takes_hosts_as_mapping_and_as_text(yaml, expected):
    """All forms mean the same."""
    assert [(host.host, host.preference) for host in HOSTS.validate_python(yaml)] == expected


@pytest.mark.parametrize(("yaml", "rule"), [
    ([{"host": "."}], "NMX001"),                         # the null MX is `none`
    ([], "NMX001"),                                      # neither hosts nor none
    (["0 .", "10 mail.example.com"], "NMX002"),          # both
    ([{"host": "."}, "mail.example.com"], "NMX002"),
    (["65536 mail.example.com"], "MXX005"),
    ([{"host": "mail.example.com", "preference": -1}], "MXX005"),
    ([{"host": "mail.example.com."}], "MXX011"),         # YAML has no dots at the end
    ([{"host": "mail"}], "MXX011"),
    ([{"host": "mail_1.example.com"}], "MXX004"),
    (["192.0.2.1"], "MXX002"),
    (["10 2001:db8::1"], "MXX002"),
    ([{"host": "mail.example.com", "prio": 1}], "extra_forbidden"),
    ([{"host": "mail.example.com", "preference": "10"}], "int_type"),
    ("nobody", "tuple_type"),
])  # fmt: skip
def test_the_section_refuses_what_senders_cannot_use(yaml, rule):
    """The rule is named."""
    assert rules(yaml) == {rule}


def test_no_hosts_publish_the_null_mx():
    """`none` is a record, not the absence of one."""
    assert [rrset.rdatas for rrset in mx.rrsets((), "example.com", 3600)] == [("0 .",)]


def test_hosts_publish_one_rrset():
    """Hosts stand with their trailing dot, sorted."""
    section = HOSTS.validate_python(["20 b.example.com", "10 a.example.com"])
    [rrset] = mx.rrsets(section, "example.com", 300)
    assert (rrset.name, rrset.type, rrset.ttl) == ("example.com", "MX", 300)
    assert rrset.rdatas == ("10 a.example.com.", "20 b.example.com.")


def test_a_host_listed_twice_is_told():
    """The second entry is the one to remove."""
    twice = HOSTS.validate_python(["10 a.example.com", "20 A.example.com"])
    assert [(found.rule, found.key) for found in mx.check(twice, "example.com", 60)] == [("MXX008", (1,))]
    assert not list(mx.check(twice[:1], "example.com", 60))


@pytest.mark.parametrize(("rdatas", "expected"), [
    (("0 .",), []),
    (("10 a.example.com.", "20 b.example.com."), []),
    (("0 .", "10 a.example.com."), ["NMX002"]),
    (("10 .",), ["NMX001"]),
    (("10 192.0.2.1.",), ["MXX002"]),
    (("10 a_b.example.com.",), ["MXX004"]),
])  # fmt: skip
def test_written_out_records_are_judged_as_senders_do(rdatas, expected):
    """An RRset is judged as a whole."""
    assert [found.rule for found in mx.check_rdatas("example.com", rdatas)] == expected
