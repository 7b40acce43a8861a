"""The MTA-STS record, its section, and the records it becomes."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stszone.errors import RuleError
from stszone.report import Severity
from stszone.standards import mta_sts
from stszone.standards.mta_sts import MtaSts, Record

IDS = st.text(string.ascii_letters + string.digits, min_size=1, max_size=32)
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}", fullmatch=True).filter(
    lambda name: name.lower() != "id"
)
VALUES = st.from_regex(r"[!-:<>-\[\]-~]+", fullmatch=True)
WHITE = st.text(" \t", max_size=3)


def section(**values: object) -> MtaSts:
    """A section as the YAML loader would give it."""
    return MtaSts.model_validate(values)


def broken_rules(**values: object) -> list[str]:
    """The rules that a section breaks; `type` for what no rule is about."""
    with pytest.raises(ValidationError) as caught:
        section(**values)
    errors = [detail.get("ctx", {}).get("error") for detail in caught.value.errors()]
    return [error.rule if isinstance(error, RuleError) else "type" for error in errors]


@pytest.mark.parametrize(
    ("text", "record"),
    [
        ("v=STSv1; id=20261121T093000Z", Record("20261121T093000Z")),  # what we write
        ("v=STSv1; id=20160831085700Z;", Record("20160831085700Z")),  # the RFC's own example
        ("v=STSv1;id=1", Record("1")),  # white space is optional
        ("v=STSv1;\tid=1 \t;", Record("1")),  # *WSP ";" *WSP on either side, tabs too
        ("v=STSv1; id=1; ", Record("1")),  # white space belongs to the final delimiter
        ("v=STSv1; id=" + "a" * 32, Record("a" * 32)),  # the longest id
        ("v=STSv1; id=a; note=x", Record("a", (("note", "x"),))),  # unknown fields are ignored
        ("v=STSv1; note=x; id=a", Record("a", (("note", "x"),))),  # in any place
        ("v=STSv1; id=a; id=b", Record("a")),  # the first one counts; some take the last
        ("v=STSv1; ID=z; id=a", Record("a", (("ID", "z"),))),  # ID is just another unknown field
        ('v=STSv1; id=a; note="x\\"', Record("a", (("note", '"x\\"'),))),  # printable, so legal in a value
    ],
)
def test_reads_what_the_grammar_allows(text: str, record: Record) -> None:
    """A record is read by the grammar of RFC 8461 §3.1, not by what we write ourselves."""
    assert mta_sts.parse_record(text) == record


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "STS002"),  # nothing at all
        ("v=STSv1", "STS002"),  # no semicolon, no fields
        ("v=stsv1; id=1", "STS002"),  # the version has case
        ("V=STSv1; id=1", "STS002"),  # and so has its key
        (" v=STSv1; id=1", "STS002"),  # begins with a space
        ("id=1; v=STSv1", "STS002"),  # the version comes first
        ("v=STSv10; id=1", "STS002"),  # another version; a known sender takes it for this one
        ("v=STSv1 id=1", "STS002"),  # the semicolon is missing
        ("v=spf1 -all", "STS002"),  # unrelated
        ("v=STSv1 ; id=1", "STS003"),  # in the grammar, and dropped by the multi-record rule
        ("v=STSv1\t; id=1", "STS003"),  # a tab is white space too
        ("v=STSv1;", "STS004"),  # no id; a known checker crashes on it
        ("v=STSv1; note=x", "STS004"),  # an unknown field is no id
        ("v=STSv1; id=", "STS004"),  # empty
        ("v=STSv1; id=;", "STS004"),  # empty, and a final semicolon
        ("v=STSv1; id=2024-01-01T00:00:00Z", "STS004"),  # hyphens and colons
        ("v=STSv1; id=20240101_1", "STS004"),  # underscore
        ("v=STSv1; id=a b", "STS004"),  # a space within
        ("v=STSv1; id=a=b", "STS004"),  # an equals sign within
        ("v=STSv1; id=" + "a" * 33, "STS004"),  # one too long
        ("v=STSv1; id=_; id=a", "STS004"),  # the first one counts, and it is bad
        ("v=STSv1; ID=1", "STS005"),  # the key has case
        ("v=STSv1; Id=1", "STS005"),  # any case
        ("v=STSv1; id = 1", "STS005"),  # spaces around the equals sign
        ("v=STSv1; id= 1", "STS005"),  # behind it only
        ("v=STSv1; id =1", "STS005"),  # before it only
        ("v=STSv1;; id=1", "STS007"),  # an empty field in front
        ("v=STSv1; id=1;;", "STS007"),  # two final semicolons; some senders take it
        ("v=STSv1; id=1 ", "STS007"),  # white space at the end, no semicolon
        ("v=STSv1; id=1; ; note=x", "STS007"),  # an empty field in the middle
        ("v=STSv1; id=1; note", "STS007"),  # not name=value
        ("v=STSv1; id=1; note=", "STS007"),  # no value
        ("v=STSv1; id=1; no te=x", "STS007"),  # a space in the name
        ("v=STSv1; id=1; " + "n" * 33 + "=x", "STS007"),  # a name that is too long
        ("v=STSv1; id=1\n", "STS004"),  # a line feed is no white space of the grammar
        ("v=STSv1; id=1;\n", "STS007"),  # nor behind the final semicolon
        ("v=STSv1; id=\u00e4", "STS010"),  # not ASCII
        ("v=STSv1; id=\u0661", "STS010"),  # a digit, but not an ASCII digit
        ('"v=STSv1; id=1"', "STS011"),  # quotes that became part of the text
        ("v=STSv1\\; id=1", "STS011"),  # octoDNS's escaping, leaked
        ("v=STSv1; id=1\\; note=x", "STS011"),  # the same further back
        ('v=STSv1; id="1"', "STS011"),  # a quoted id
    ],
)
def test_names_the_rule_that_a_record_breaks(text: str, rule: str) -> None:
    """Each way to get a record wrong has its own rule."""
    with pytest.raises(RuleError) as caught:
        mta_sts.parse_record(text)
    assert caught.value.rule == rule


@given(IDS)
def test_record_round_trip(policy_id: str) -> None:
    """What is written is read back, and nothing is said about it."""
    text = mta_sts.format_record(policy_id)
    assert mta_sts.parse_record(text) == Record(policy_id)
    assert list(mta_sts.check_rrset("_mta-sts.example.com", [text])) == []


@given(IDS, st.lists(st.tuples(NAMES, VALUES), max_size=4).map(tuple), WHITE, WHITE, st.booleans())
def test_reads_any_spelling_of_the_grammar(
    policy_id: str, extensions: tuple[tuple[str, str], ...], before: str, behind: str, final: bool
) -> None:
    """White space around semicolons and unknown fields change nothing about the id."""
    fields = [f"id={policy_id}", *(f"{name}={value}" for name, value in extensions)]
    text = f"v=STSv1;{behind}" + f"{before};{behind}".join(fields) + f"{before};{behind}" * final
    assert mta_sts.parse_record(text) == Record(policy_id, extensions)


@given(st.text(max_size=60).map(lambda rest: f"v=STSv1;{rest}"))
def test_any_text_is_read_or_refused(text: str) -> None:
    """No text makes the parser fail in another way than with a rule."""
    try:
        mta_sts.parse_id(mta_sts.parse_record(text).id)
    except RuleError as error:
        assert error.rule.startswith("STS")


@pytest.mark.parametrize("policy_id", ["", "a-b", "a" * 33, "a b", "1\n", "\u0661"])
def test_no_record_with_a_bad_id(policy_id: str) -> None:
    """A record that senders would drop cannot be written."""
    with pytest.raises(RuleError) as caught:
        mta_sts.format_record(policy_id)
    assert caught.value.rule == "STS004"


def test_bad_id_shows_a_way_out() -> None:
    """An id with separators is offered without them."""
    with pytest.raises(RuleError) as caught:
        mta_sts.parse_id("2024-01-01T00:00:00Z")
    assert caught.value.fix == "write 20240101T000000Z"


@pytest.mark.parametrize(
    ("name", "texts", "expected"),
    [
        ("_mta-sts.example.com", ["v=STSv1; id=1"], {}),  # as it should be
        ("_mta-sts.example.com", ["v=STSv1; id=1;"], {}),  # the RFC's form
        ("_mta-sts.example.com", ["v=STSv1; id=1", "v=STSv1; id=2"], {"STS006": "error"}),  # old and new id
        ("_mta-sts.example.com", ["v=STSv1; id=1", "hello"], {"STS006": "warning"}),  # skipped by senders
        (
            "_mta-sts.example.com",
            ["v=STSv1; id=1", "v=STSv10; id=2"],
            {"STS006": "warning"},
        ),  # not ours either
        ("_mta-sts.example.com", ["v=STSv1; id=1", "h\u00e4"], {"STS006": "warning"}),  # whatever it is
        ("_mta-sts.example.com", ["hello"], {"STS002": "error"}),  # no record at all
        ("_mta-sts.example.com", ["v=STSv1 ; id=1"], {"STS003": "warning"}),  # alone, most senders read it
        ("_mta-sts.example.com", ["v=STSv1 ; id=1", "x"], {"STS002": "error", "STS003": "error"}),  # dropped
        ("_mta-sts.example.com", ["v=STSv1; id=1", "v=STSv1 ; id=2"], {"STS003": "error"}),  # two for some
        ("_mta-sts.example.com", ["v=STSv1; id=a; id=b"], {"STS008": "error"}),  # senders disagree
        ("_mta-sts.example.com", ["v=STSv1; id=a; note=x"], {"STS009": "warning"}),  # legal, refused by some
        (
            "_mta-sts.example.com",
            ['v=STSv1; id=a; n="x"'],
            {"STS009": "warning", "STS011": "warning"},
        ),  # legal
        ("_mta-sts.example.com", ['"v=STSv1; id=1"'], {"STS011": "error"}),  # quotes in the text
        ("_mta-sts.example.com", ["v=STSv1; ID=1"], {"STS005": "error"}),  # one rule, not two
        ("_mta_sts.example.com", ["v=STSv1; id=1"], {"STS001": "error"}),  # two underscores
        ("_.mta-sts.example.com", ["v=STSv1; id=1"], {"STS001": "error"}),  # a dot between
        ("mta-sts.example.com", ["v=stsv1; id=1"], {"STS001": "error"}),  # the policy host's name
        ("mta-sts.example.com", ["google-site-verification=x"], {}),  # a host may have other TXT
    ],
)
def test_says_what_senders_make_of_an_rrset(name: str, texts: list[str], expected: dict[str, str]) -> None:
    """Each fault of an RRset is reported once, as gravely as it is."""
    found = {finding.rule: str(finding.severity) for finding in mta_sts.check_rrset(name, texts)}
    assert found == expected
    assert mta_sts.owns(name)


@pytest.mark.parametrize(
    "name", ["example.com", "_dmarc.example.com", "_smtp._tls.example.com", "x._mta-sts.example"]
)
def test_leaves_other_names_alone(name: str) -> None:
    """Texts at other names are other standards' business."""
    assert not mta_sts.owns(name)


@pytest.mark.parametrize(
    ("values", "rules"),
    [
        ({}, ["STS022"]),  # no mode, and nobody else decides it
        ({"mode": "Enforce"}, ["STS022"]),  # the mode has case
        ({"mode": "off"}, ["STS022"]),  # no such mode
        ({"mode": None, "publish": "external"}, ["STS022"]),  # external, and no id was told
        ({"mode": "enforce", "max_age": 31557601}, ["STS023"]),  # a second more than a year
        ({"mode": "enforce", "max_age": -1}, ["STS023"]),  # negative
        ({"mode": "enforce", "max_age": "53w"}, ["STS023"]),  # units do not hide it
        ({"mode": "enforce", "max_age": 604800.0}, ["type"]),  # not a whole number
        ({"mode": "enforce", "mx": []}, ["STS025"]),  # nobody is allowed
        ({"mode": "testing", "mx": []}, ["STS025"]),  # in testing too
        ({"mode": "enforce", "mx": ["a.example.com, b.example.com"]}, ["STS026"]),  # two in one item
        ({"mode": "enforce", "mx": ["*"]}, ["STS027"]),  # everybody
        ({"mode": "enforce", "mx": ["mail.example.com."]}, ["STS029"]),  # trailing dot
        ({"mode": "enforce", "mx": ["mail_1.example.com"]}, ["STS029"]),  # underscore
        ({"mode": "enforce", "mx": ["mail"]}, ["STS029"]),  # the domain was forgotten
        ({"mode": "enforce", "mx": ["192.0.2.1"]}, ["STS030"]),  # an address
        ({"mode": "enforce", "mx": ["*", "192.0.2.1"]}, ["STS027", "STS030"]),  # all of them are reported
        ({"mode": "enforce", "id": "1"}, ["STS012"]),  # a fixed id for a policy that we change
        ({"publish": "external", "id": "a-b"}, ["STS004"]),  # told wrongly
        ({"cname": "_mta-sts.provider.example", "mode": "enforce"}, ["STS016"]),  # two who decide
        ({"cname": "_mta-sts.provider.example", "mx": ["a.example.com"]}, ["STS016"]),  # the same
        ({"cname": "_mta-sts.provider.example", "id": "1", "publish": "external"}, ["STS016"]),  # the same
        ({"mode": "testing", "policy_host": {}}, ["STS058"]),  # no address
        ({"mode": "testing", "policy_host": {"ipv4": ["2001:db8::1"]}}, ["DNS003"]),  # the wrong family
        (
            {"mode": "testing", "policy_host": {"ipv6": ["fe80::1%eth0"]}},
            ["DNS003"],
        ),  # a scope means nothing in DNS
        ({"mode": "testing", "policy_host": {"cname": "a_b.example"}}, ["DNS002"]),  # no certificate for it
        (
            {"mode": "testing", "policy_host": {"cname": "a.example", "ipv4": ["192.0.2.1"]}},
            ["DNS005"],
        ),  # both
        ({"mode": "testing", "policy_host": "elsewhere"}, ["type"]),  # the only word is external
        ({"mode": "testing", "mod": "x"}, ["type"]),  # unknown key
    ],
)
def test_section_names_the_rule_it_breaks(values: dict[str, object], rules: list[str]) -> None:
    """A section that would publish something wrong cannot be built."""
    assert broken_rules(**values) == rules


def test_section_defaults() -> None:
    """The mode alone is enough."""
    read = section(mode="testing")
    assert (read.max_age, read.mx, read.publish, read.policy_host) == (604800, None, "webroot", None)
    assert read.has_policy
    assert not read.delegated


@pytest.mark.parametrize(
    ("values", "has_policy", "delegated"),
    [
        ({"mode": "none"}, True, False),  # a policy of mode none is one, too
        ({"mode": "enforce", "publish": "external"}, True, False),  # ours, served by others
        ({"publish": "external", "id": "1"}, False, False),  # theirs, our record
        (
            {"publish": "external", "id": "1", "mode": "enforce"},
            False,
            False,
        ),  # the mode is for the rules only
        ({"cname": "_mta-sts.provider.example", "policy_host": "external"}, False, True),  # all theirs
    ],
)
def test_section_knows_who_decides(values: dict[str, object], has_policy: bool, delegated: bool) -> None:
    """Body and id are ours unless somebody told us the id or holds the record."""
    read = section(**values)
    assert (read.has_policy, read.delegated) == (has_policy, delegated)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("Mail.Example.com", "mail.example.com"),  # names compare without case
        ("*.mail.example.com", "*.mail.example.com"),  # a wildcard stays one
        ("m\u00fcller.example", "xn--mller-kva.example"),  # people may write U-labels, policies may not
        ("*.m\u00fcller.example", "*.xn--mller-kva.example"),  # below a wildcard, too
    ],
)
def test_section_reads_patterns_as_people_write_them(written: str, read: str) -> None:
    """The section holds patterns in the form of the policy."""
    assert section(mode="enforce", mx=[written]).mx == (read,)


def test_schema_knows_the_word_external() -> None:
    """Editors offer a mapping or the word."""
    choices = TypeAdapter(MtaSts).json_schema()["$defs"]["PolicyHost"]["anyOf"]
    assert choices[0] == {"const": "external"}
    assert set(choices[1]["properties"]) >= {"ipv4", "ipv6", "cname"}


@pytest.mark.parametrize(
    ("values", "hosts", "expected"),
    [
        (
            {"mode": "enforce"},
            ["b.example.com", "a.example.com"],
            "enforce|mx: a.example.com|mx: b.example.com",
        ),
        (
            {"mode": "testing", "mx": ["*.example.net"]},
            ["a.example.com"],
            "testing|mx: *.example.net",
        ),  # said so
        ({"mode": "none", "mx": ["a.example.com"]}, ["a.example.com"], "none"),  # does not change with the MX
    ],
)
def test_body_allows_the_mx_hosts_unless_told_otherwise(
    values: dict[str, object], hosts: list[str], expected: str
) -> None:
    """Without `mx` the policy is exactly the MX hosts."""
    text = "version: STSv1|mode: " + expected + "|max_age: 604800|"
    assert mta_sts.body(section(**values), hosts) == text.replace("|", "\n").encode()


def test_no_body_without_mx_hosts() -> None:
    """A policy that allows nobody is refused."""
    with pytest.raises(RuleError) as caught:
        mta_sts.body(section(mode="enforce"), [])
    assert caught.value.rule == "STS025"


def test_no_body_that_senders_would_not_read_to_the_end() -> None:
    """More than 64 KiB of MX hosts are refused."""
    with pytest.raises(RuleError) as caught:
        mta_sts.body(section(mode="enforce"), [f"mx{number}.{'a' * 60}.example" for number in range(1000)])
    assert caught.value.rule == "STS035"


def test_no_body_where_somebody_else_decides() -> None:
    """Of an external policy only the id is known."""
    with pytest.raises(RuleError):
        mta_sts.body(section(publish="external", id="1"), ["a.example.com"])


@pytest.mark.parametrize(
    ("values", "policy_id", "expected"),
    [
        ({"mode": "testing"}, "1", [("_mta-sts.example.com", "TXT", '"v=STSv1; id=1"')]),  # ours
        ({"mode": "testing"}, None, []),  # nothing was minted, or it is time to go
        (
            {"publish": "external", "id": "7"},
            "7",
            [("_mta-sts.example.com", "TXT", '"v=STSv1; id=7"')],
        ),  # theirs
        (
            {"cname": "_mta-sts.provider.example"},
            None,
            [("_mta-sts.example.com", "CNAME", "_mta-sts.provider.example.")],
        ),  # delegated
    ],
)
def test_record_names_the_policy(
    values: dict[str, object], policy_id: str | None, expected: list[tuple[str, str, str]]
) -> None:
    """There is a TXT where there is an id, and an alias where all is delegated."""
    made = mta_sts.rrsets(section(**values), "example.com", 300, policy_id)
    assert [(rrset.name, rrset.type, *rrset.rdatas) for rrset in made] == expected


@pytest.mark.parametrize(
    ("policy_host", "expected"),
    [
        (None, []),  # other parts of the YAML say it
        ("external", []),  # somebody else does
        ({"ipv4": ["192.0.2.1", "192.0.2.2"]}, [("A", ("192.0.2.1", "192.0.2.2"))]),
        (
            {"ipv4": ["192.0.2.1"], "ipv6": ["2001:DB8:0::1"]},
            [("A", ("192.0.2.1",)), ("AAAA", ("2001:db8::1",))],
        ),  # canonical
        ({"cname": "Web.example.net"}, [("CNAME", ("web.example.net.",))]),
    ],
)
def test_policy_host_records(policy_host: object, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    """The policy host has the addresses, or the alias, that the section gives."""
    made = mta_sts.policy_host_rrsets(section(mode="testing", policy_host=policy_host), "example.com", 300)
    assert [(rrset.type, rrset.rdatas) for rrset in made] == expected


def test_policy_host_has_no_underscore() -> None:
    """Record and policy host differ by the underscore."""
    host = section(mode="testing", policy_host={"ipv4": ["192.0.2.1"]})
    (rrset,) = mta_sts.policy_host_rrsets(host, "example.com", 300)
    assert (rrset.name, rrset.key) == ("mta-sts.example.com", ("policy_host",))


@pytest.mark.parametrize(
    ("values", "ttl", "expected"),
    [
        ({"mode": "enforce"}, 3600, {}),  # as it should be
        ({"mode": "enforce"}, 86400, {}),  # a day is fine while nothing changes
        ({"mode": "enforce"}, 86401, {"STS015": ("mode",)}),  # more than a day
        ({"mode": "testing"}, 3601, {"STS015": ("mode",)}),  # more than an hour while it changes
        ({"mode": "enforce", "max_age": 86400}, 3600, {}),  # just enough
        ({"mode": "enforce", "max_age": 86399}, 3600, {"STS024": ("max_age",)}),  # too short to protect
        ({"mode": "testing", "max_age": 300}, 3600, {}),  # a test may be short
        ({"mode": "enforce", "mx": ["*.example.com"]}, 3600, {"STS036": ("mx", 0)}),  # all of the domain
        ({"mode": "enforce", "mx": ["a.example.com", "*.com"]}, 3600, {"STS036": ("mx", 1)}),  # all of com
        ({"mode": "enforce", "max_age": "30d", "max_age_budget": "7d"}, 3600, {"STS080": ("max_age",)}),
        ({"mode": "enforce", "max_age": "7d", "max_age_budget": "7d"}, 3600, {}),  # just within
        ({"cname": "_mta-sts.provider.example"}, 3600, {"STS017": ("cname",)}),  # half delegated
        (
            {"cname": "_mta-sts.provider.example", "policy_host": {"ipv4": ["192.0.2.1"]}},
            3600,
            {"STS017": ("cname",)},
        ),  # a proxy, perhaps
        ({"cname": "_mta-sts.provider.example", "policy_host": {"cname": "p.example"}}, 3600, {}),
        ({"cname": "_mta-sts.provider.example", "policy_host": "external"}, 86401, {}),  # the TTL is theirs
        ({"publish": "external", "id": "1"}, 3600, {}),  # nothing to judge
    ],
)
def test_section_findings(
    values: dict[str, object], ttl: int, expected: dict[str, tuple[str | int, ...]]
) -> None:
    """What is legal and unwise is said at its place in the section."""
    found = {finding.rule: finding.key for finding in mta_sts.check(section(**values), "example.com", ttl)}
    assert found == expected


@pytest.mark.parametrize(
    ("pattern", "severity"),
    [
        ("*.com", Severity.WARNING),  # a whole top-level domain
        ("*.example.com", Severity.WARNING),  # the policy domain, where users may have names
        ("*.mail.protection.outlook.com", Severity.INFO),  # what a provider tells its customers
    ],
)
def test_wildcards_are_graded(pattern: str, severity: Severity) -> None:
    """A wildcard within a provider's own domain is only worth knowing."""
    (found,) = mta_sts.check(section(mode="enforce", mx=[pattern]), "example.com", 3600)
    assert found.severity is severity
