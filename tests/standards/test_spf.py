"""SPF: which texts receivers can read, what they mean, and what they cost."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from stszone.errors import RuleError
from stszone.report import Severity
from stszone.standards import spf
from stszone.standards.spf import Spf, parse_record
from stszone.standards.spf_domain_spec import expand, parse_domain_spec
from stszone.standards.spf_evaluation import evaluate
from stszone.standards.spf_terms import parse_term

READABLE = [
    ("v=spf1", (), None),  # nothing more is needed; the result is neutral
    ("v=spf1 ", (), None),  # spaces at the end are part of the grammar
    ("V=SPF1 -ALL", (), "fail"),  # case does not matter
    ("v=spf1  mx   ~all", ("mx",), "softfail"),  # one or more spaces
    ("v=spf1 +mx ?all", ("mx",), "neutral"),  # + is the default
    ("v=spf1 all -all", (), "pass"),  # the first all decides
    ("v=spf1 -all include:a.example", (), "fail"),  # behind all nothing counts
    ("v=spf1 a//64 mx/24//48 -all", ("a//64", "mx/24//48"), "fail"),  # two prefix lengths
    ("v=spf1 a/0 -all", ("a/0",), "fail"),  # zero is a length
    ("v=spf1 ip4:192.0.2.0/24 ip6:2001:DB8::/32", ("ip4:192.0.2.0/24", "ip6:2001:db8::/32"), None),
    ("v=spf1 ip6:::ffff:192.0.2.1 -all", ("ip6:::ffff:192.0.2.1",), "fail"),  # mapped addresses are addresses
    ("v=spf1 ip4:192.0.2.77/24 -all", ("ip4:192.0.2.77/24",), "fail"),  # bits behind the prefix are allowed
    ("v=spf1 a:mail.example.com. -all", ("a:mail.example.com",), "fail"),  # the grammar has a trailing dot
    ("v=spf1 include:_spf.example.com -all", ("include:_spf.example.com",), "fail"),  # underscores
    ("v=spf1 a:mail.xn--p1ai -all", ("a:mail.xn--p1ai",), "fail"),  # a hyphen in the top-level label
    ("v=spf1 exists:%{i}.%{l2r-}.x.example -all", ("exists:%{i}.%{l2r-}.x.example",), "fail"),
    ("v=spf1 exists:%{d} -all", ("exists:%{d}",), "fail"),  # a macro may end the domain
    ("v=spf1 a:macro%%percent%_%_space%-x.example", ("a:macro%%percent%_%_space%-x.example",), None),
    ("v=spf1 a:foo:bar/baz.example.com", ("a:foo:bar/baz.example.com",), None),  # odd, and in the grammar
    ("v=spf1 moo.cow-far_out=man:dog/cat -all", ("moo.cow-far_out=man:dog/cat",), "fail"),  # unknown modifier
    ("v=spf1 default=+ mx", ("default=+", "mx"), None),  # obsolete, so unknown, so ignored
    ("v=spf1 mx v=spf1 -all", ("mx",), "fail"),  # by the grammar an unknown modifier called v
    ('v=spf1 x="quoted" -all', ('x="quoted"',), "fail"),  # others may publish what we would not
]


@pytest.mark.parametrize(("text", "terms", "result"), READABLE)
def test_what_receivers_read(text: str, terms: tuple[str, ...], result: str | None) -> None:
    """Every spelling that RFC 7208 allows is read, and comes out in one spelling."""
    section = parse_record(text)
    assert (section.terms, section.all) == (terms, result)


PERMERROR = [
    ("v=spf1-all", "SPF002"),  # no space behind the version
    ("v=spf10 -all", "SPF002"),  # another version
    ("v=spf1mx", "SPF002"),  # what two strings without a space become
    (" v=spf1 -all", "SPF002"),  # receivers do not strip
    ("v=spf1\t-all", "SPF002"),  # a tab is no space
    ("", "SPF002"),
    ("v=spf1 ip4:192.0.2.1ip4:192.0.2.2 -all", "SPF003"),  # a chunk lost its space
    ("v=spf1 ip4:192.0.2.0/24include:a.example -all", "SPF003"),
    ("v=spf1 a:\u200bmail.example.com -all", "SPF004"),  # pasted from a web page
    ("v=spf1 mx \u2013all", "SPF004"),  # a typographic dash
    ("v=spf1 a:mail.example.com\rptr -all", "SPF006"),  # only spaces separate
    ("v=spf1 a:mail.example.com\x00", "SPF006"),
    ("v=spf1 ip4:192.0.2.1 -all moo", "SPF006"),  # an error behind all is an error
    ("v=spf1 1up=foo", "SPF006"),  # names begin with a letter
    ("v=spf1 =all", "SPF006"),
    ("v=spf1 moo.cow/far_out=man -all", "SPF006"),  # a slash is no part of a name
    ("v=spf1 -redirect=a.example", "SPF006"),  # modifiers have no qualifier
    ("v=spf1 -all.", "SPF006"),
    ("v=spf1 -all:example.com", "SPF006"),
    ("v=spf1 -all/8", "SPF006"),
    ("v=spf1 192.0.2.1 -all", "SPF006"),  # a bare address
    ("v=spf1 ip4:192.0.2.0/33", "SPF015"),
    ("v=spf1 ip4:192.0.2.0/032", "SPF015"),  # leading zero
    ("v=spf1 ip4:192.0.2.0/", "SPF015"),
    ("v=spf1 ip4:192.0.2.0//32", "SPF015"),  # two lengths are for a and mx
    ("v=spf1 ip4:192.0.2", "SPF015"),
    ("v=spf1 ip4:192.0.2.01", "SPF015"),  # octal to some, so refused
    ("v=spf1 ip4:192.0.2.1:25", "SPF015"),  # a port
    ("v=spf1 ip4:2001:db8::1", "SPF015"),  # the other family
    ("v=spf1 ip4", "SPF015"),
    ("v=spf1 ip6", "SPF015"),
    ("v=spf1 ip6:2001:db8::/129", "SPF015"),
    ("v=spf1 ip6:fe80::1%eth0", "SPF015"),  # a zone index is local
    ("v=spf1 ip6::CAFE::BABE", "SPF015"),
    ("v=spf1 a/33", "SPF015"),
    ("v=spf1 mx//129", "SPF015"),
    ("v=spf1 a/02", "SPF015"),  # leading zero
    ("v=spf1 a//064", "SPF015"),
    ("v=spf1 a:example.com/24/64", "SPF015"),  # the IPv6 length has two slashes
    ("v=spf1 a/24x", "SPF015"),
    ("v=spf1 include:a.example/24", "SPF015"),
    ("v=spf1 exists:a.example/24", "SPF015"),
    ("v=spf1 ptr/0", "SPF015"),
    ("v=spf1 redirect=a.example/24", "SPF015"),
    ("v=spf1 a:192.0.2.1", "SPF016"),
    ("v=spf1 a:2001:db8::1", "SPF016"),
    ("v=spf1 mx:abc.123", "SPF016"),  # no top-level label is all digits
    ("v=spf1 a:museum", "SPF017"),  # a single label
    ("v=spf1 a:museum.", "SPF017"),
    ("v=spf1 a:", "SPF017"),
    ("v=spf1 a:/24", "SPF017"),
    ("v=spf1 include", "SPF017"),
    ("v=spf1 include: a.example", "SPF017"),  # a space behind the colon
    ("v=spf1 exists", "SPF017"),
    ("v=spf1 ptr:", "SPF017"),
    ("v=spf1 exp=", "SPF017"),
    ("v=spf1 redirect=-all", "SPF017"),
    ("v=spf1 redirect:a.example", "SPF017"),  # a modifier with a colon
    ("v=spf1 include=a.example", "SPF017"),  # ignored by receivers, and never meant
    ("v=spf1 a:example.-com", "SPF017"),
    ("v=spf1 a:example.com:8080", "SPF017"),
    ("v=spf1 a:mail..example.com", "SPF017"),  # an empty label
    (f"v=spf1 a:{'a' * 64}.example.com", "SPF017"),
    (f"v=spf1 a:{'a.' * 126}example.com", "SPF017"),  # 263 characters
    ("v=spf1 redirect=a.example redirect=a.example", "SPF018"),  # twice, though the same
    ("v=spf1 exp=a.example -all exp=b.example", "SPF018"),
    ("v=spf1 exists:%(i).a.example", "SPF019"),
    ("v=spf1 exists:foo%.a.example", "SPF019"),
    ("v=spf1 a:%{a}.example.com", "SPF019"),  # no such letter
    ("v=spf1 a:%{d0}.example.com", "SPF019"),  # no labels at all
    ("v=spf1 -all exp=%{r}.example.com", "SPF019"),  # only in the explanation itself
    ("v=spf1 exists:%{t}.a.example", "SPF019"),
    ("v=spf1 exists:%{C}.a.example", "SPF019"),
    ("v=spf1 -all foo=%abc", "SPF019"),  # unknown modifiers are macro-strings too
]


@pytest.mark.parametrize(("text", "rule"), PERMERROR)
def test_what_receivers_refuse(text: str, rule: str) -> None:
    """A text that receivers take for broken, or for no SPF, names the rule it breaks."""
    with pytest.raises(RuleError) as error:
        parse_record(text)
    assert error.value.rule == rule
    found = [item.rule for item in spf.check_rrset("example.com", [text])]
    assert found == ([rule] if text else [])


@pytest.mark.parametrize(("term", "fix"), [
    ("a:192.0.2.1", "write ip4:192.0.2.1"),
    ("a:2001:db8::1", "write ip6:2001:db8::1"),
    ("ip4:2001:db8::1", "write ip6:2001:db8::1"),
    ("ip4:192.0.2.0/33", "use at most /32"),
    ("ip4:192.0.2.0/024", "write /24"),
    ("ip4:192.0.2.0//24", ""),
    (f"ip4:192.0.2.0/{'9' * 5000}", ""),  # more digits than int() takes
    ("192.0.2.1", "write ip4:192.0.2.1"),
    ("fe80::1", "write ip6:fe80::1"),
    ("redirect:a.example", "write redirect=a.example"),
    ("include=a.example", "write include:a.example"),
    ("a:müller.example", "write a:xn--mller-kva.example"),
    ("a:\u200b", ""),  # no name to be saved
    ("–all", ""),
    ("all", "write all: pass beside them"),
    ("-all", "write all: fail beside them"),
    ("redirect=_spf.a.example", "write redirect: _spf.a.example beside them"),
    ("exp=why.a.example", "write exp: why.a.example beside them"),
    ("v=spf1", "remove it"),
    ("mx a", "list its terms one by one"),
    ("x=a b", "list terms one by one"),
])  # fmt: skip
def test_the_way_out_names_the_value(term: str, fix: str) -> None:
    """A term of the YAML that cannot be published says what to write instead."""
    with pytest.raises(ValidationError) as error:
        Spf(terms=(term,))
    cause = error.value.errors()[0]["ctx"]["error"]
    assert isinstance(cause, RuleError)
    assert cause.fix == fix


@pytest.mark.parametrize("word", ["-all", "~all", "?all", "+all", "-", "~", "-ALL"])
def test_all_is_said_in_words(word: str) -> None:
    """Who writes the record's spelling of `all` is told the word."""
    with pytest.raises(ValidationError) as error:
        Spf(all=word)  # type: ignore[arg-type]  # what YAML may hold
    assert error.value.errors()[0]["ctx"]["error"].rule == "SPF006"


@pytest.mark.parametrize("data", [{"terms": ['x="a"']}, {"exp": 'a"b.example'}, {"terms": ["x=a\\b"]}])
def test_quotes_are_not_published(data: dict[str, list[str]]) -> None:
    """What providers spell in different ways is legal in SPF and still not published."""
    with pytest.raises(ValidationError) as error:
        Spf.model_validate(data)
    assert error.value.errors()[0]["ctx"]["error"].rule == "OCT002"


def test_the_section_takes_what_yaml_gives() -> None:
    """Lists become tuples, spellings become one, and the record follows."""
    section = Spf.model_validate({"terms": ["+MX", "IP4:192.0.2.1"], "all": "fail", "exp": "Why.Example.com"})
    assert section.terms == ("mx", "ip4:192.0.2.1")
    (rrset,) = spf.rrsets(section, "example.com", 300)
    assert (rrset.name, rrset.type, rrset.ttl) == ("example.com", "TXT", 300)
    assert rrset.rdatas == ('"v=spf1 mx ip4:192.0.2.1 -all exp=why.example.com"',)


LABEL = st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9-]{0,8}[A-Za-z0-9])?", fullmatch=True)
NAME = st.builds(lambda labels, top: ".".join([*labels, top]), st.lists(LABEL, min_size=1, max_size=4),
                 st.sampled_from(["com", "example", "xn--p1ai", "Museum"]))  # fmt: skip
MACRO = st.sampled_from(["%{i}", "%{D2R}", "%{l1r-}", "%{h}", "%%", "%{ir}"])
SPEC = NAME | st.builds("{}.{}".format, MACRO, NAME) | st.builds("{}.{}".format, NAME, st.just("%{d}"))
QUALIFIER = st.sampled_from(["", "+", "-", "~", "?"])
DUAL = st.builds("{}{}".format, st.just("") | st.integers(0, 32).map("/{}".format),
                 st.just("") | st.integers(0, 128).map("//{}".format))  # fmt: skip
MECHANISM = st.one_of(
    st.builds("{}:{}".format, st.sampled_from(["include", "exists", "INCLUDE", "ptr"]), SPEC),
    st.builds("{}{}".format, st.sampled_from(["a", "mx", "MX"]), DUAL),
    st.builds("{}:{}{}".format, st.sampled_from(["a", "mx"]), SPEC, DUAL),
    st.builds("ip4:{}/{}".format, st.ip_addresses(v=4), st.integers(0, 32)),
    st.builds("ip6:{}".format, st.ip_addresses(v=6)),
    st.builds("ip6:{}/{}".format, st.ip_addresses(v=6), st.integers(0, 128)),
    st.just("ptr"),
)
TERM = st.builds("{}{}".format, QUALIFIER, MECHANISM) | st.builds("x-{}={}".format, LABEL, LABEL)
SECTION = st.builds(
    Spf,
    terms=st.lists(TERM, max_size=8).map(tuple),
    all=st.sampled_from([None, "fail", "softfail", "neutral", "pass"]),
    redirect=st.none() | SPEC,
    exp=st.none() | SPEC,
)


@given(SECTION)
def test_a_section_comes_back_from_its_record(section: Spf) -> None:
    """Formatting and parsing are inverse, and the spelling is stable."""
    text = spf.format_record(section)
    assert parse_record(text) == section
    assert spf.is_spf(text)
    assert "%" in text or spf.same_policy(text, text.upper())
    assert spf.same_policy(text, text.replace(" ", "  ") + " ")


@given(TERM)
def test_a_term_has_one_spelling(text: str) -> None:
    """The spelling that a term comes to is a term, and the same one."""
    assert parse_term(str(parse_term(text))) == parse_term(text)


@given(st.text(max_size=60) | st.from_regex(r"v=spf1( [+~?-]?[a-z0-9]{1,8}[:=/]?[ -~]{0,20}){0,3}"))
def test_any_text_parses_or_breaks_a_rule(text: str) -> None:
    """Whatever the world publishes ends in a record or in a RuleError."""
    try:
        section = parse_record(text)
    except RuleError:
        return
    assert spf.same_policy(text, spf.format_record(section))


@pytest.mark.parametrize(("a", "b", "same"), [
    ("v=spf1 mx -all", "V=SPF1 MX -ALL", True),  # case
    ("v=spf1 mx -all", "v=spf1   mx  -all  ", True),  # spaces
    ("v=spf1 ip4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.1/32 -all", True),  # one address
    ("v=spf1 ip6:2001:db8::1 -all", "v=spf1 ip6:2001:0DB8:0:0::1/128 -all", True),  # spelling of IPv6
    ("v=spf1 ip4:192.0.2.7/24 -all", "v=spf1 ip4:192.0.2.0/24 -all", True),  # bits behind the prefix
    ("v=spf1 a mx -all", "v=spf1 +a +mx//128 -all", True),  # the defaults, said
    ("v=spf1 mx -all", "v=spf1 mx -all include:a.example", True),  # dead behind all
    ("v=spf1 mx -all", "v=spf1 mx redirect=a.example -all", True),  # redirect dies by all
    ("v=spf1 mx", "v=spf1 mx ?all", True),  # the default result
    ("v=spf1 mx -all", "v=spf1 mx x=y -all", True),  # unknown modifiers are ignored
    ("v=spf1 redirect=a.example mx", "v=spf1 mx redirect=A.example.", True),  # modifiers stand anywhere
    ("broken", "broken", True),
    ("v=spf1 moo", "v=spf1  moo", False),  # nobody can say
    ("v=spf1 mx -all", "v=spf1 mx ~all", False),
    ("v=spf1 mx a -all", "v=spf1 a mx -all", False),  # order is kept
    ("v=spf1 mx -all", "v=spf1 -mx -all", False),
    ("v=spf1 a//64 -all", "v=spf1 a/64 -all", False),  # one of them is broken
    ("v=spf1 ip4:192.0.2.0/24 -all", "v=spf1 ip4:192.0.2.0/25 -all", False),
    ("v=spf1 mx", "v=spf1 mx redirect=a.example", False),
    ("v=spf1 mx -all", "v=spf1 mx -all exp=a.example", False),  # the sender sees it
    ("v=spf1 exists:%{i}.a.example", "v=spf1 exists:%{I}.a.example", False),  # capitals escape the value
])  # fmt: skip
def test_same_policy(a: str, b: str, same: bool) -> None:
    """Spelling does not make another policy, meaning does."""
    assert spf.same_policy(a, b) is same
    assert spf.same_policy(b, a) is same


@pytest.mark.parametrize(("texts", "rules"), [
    (["v=spf1 mx -all"], []),
    (["v=spf1 -all", "google-site-verification=abc"], []),  # others' texts are none of our business
    (["\x96 something", "v=spf1 -all"], []),  # not even when they are not ASCII
    (["spf2.0/pra -all"], []),  # Sender ID, another protocol
    (["google-site-verification=abc"], []),  # no SPF is another rule's matter
    ([], []),
    (["v=spf1 -all", "v=spf1 -all"], ["SPF001"]),  # even identical ones
    (["v=spf1 -all", "V=sPf1 +all"], ["SPF001", "SPF025"]),
    (["v=spf1-all"], ["SPF002"]),
    (["v=spf10", "v=spf1 mx"], ["SPF002"]),
    (['"v=spf1 -all"'], ["SPF002"]),  # the quotes of a zone file inside the text
    (["v=spf1 moo -all"], ["SPF006"]),
    (["v=spf1 -all mx"], ["SPF011"]),
    (["v=spf1 -all exp=a.example"], []),  # a modifier may stand behind all
    (["v=spf1 all -all"], ["SPF011"]),
    (["v=spf1 redirect=a.example -all"], ["SPF011"]),
    (["v=spf1 Include:a.example ~all"], ["SPF025"]),
    (["v=spf1 include:A.example exists:%{I}.a.example -all"], []),  # names and macros are not terms' names
])  # fmt: skip
def test_texts_at_a_name(texts: Sequence[str], rules: Sequence[str]) -> None:
    """What is SPF, or was meant to be, is judged; all else is passed over."""
    assert [found.rule for found in spf.check_rrset("example.com", texts)] == rules


E_, W_ = Severity.ERROR, Severity.WARNING


@pytest.mark.parametrize(("data", "found"), [
    ({"terms": ["mx"], "all": "fail"}, []),
    ({"terms": ["ip4:192.0.2.0/24", "ip6:2001:db8::/33"], "all": "softfail"}, []),
    ({"redirect": "_spf.example.com"}, []),  # the target decides
    ({}, [("SPF012", W_, ())]),  # neutral for everyone
    ({"all": "neutral"}, [("SPF012", W_, ("all",))]),
    ({"all": "pass"}, [("SPF012", E_, ("all",))]),
    ({"all": "fail", "redirect": "a.example"}, [("SPF011", W_, ("redirect",))]),
    ({"terms": ["mx", "ptr"], "all": "fail"}, [("SPF014", W_, ("terms", 1))]),
    ({"terms": ["ptr=x"], "all": "fail"}, "SPF017"),
    ({"terms": ["exists:%{p}.a.example"], "all": "fail"}, [("SPF019", W_, ("terms", 0))]),
    ({"terms": ["include:a.exampleinclude:b.example"], "all": "fail"}, [("SPF003", E_, ("terms", 0))]),
    ({"terms": ["ip4:10.0.0.0/16"], "all": "fail"}, [("SPF023", W_, ("terms", 0))]),
    ({"terms": ["ip4:10.0.0.0/17"], "all": "fail"}, []),
    ({"terms": ["ip6:2001:db8::/32"], "all": "fail"}, [("SPF023", W_, ("terms", 0))]),
    ({"terms": ["ip4:0.0.0.0/0"], "all": "fail"}, [("SPF023", E_, ("terms", 0))]),
    ({"terms": ["a/8"], "all": "fail"}, [("SPF023", W_, ("terms", 0))]),
    ({"terms": ["-ip4:10.0.0.0/8"], "all": "fail"}, []),  # refuses, not authorises
    ({"terms": ["ip4:209.85.220.41"], "all": "fail"}, [("SPF027", W_, ("terms", 0))]),  # Google's
    ({"terms": ["ip6:2a01:111:f403::1"], "all": "fail"}, [("SPF027", W_, ("terms", 0))]),  # Microsoft's
    ({"terms": ["ip6:::1"], "all": "fail"}, []),  # before every network of the table
    ({"terms": ["ip4:1.0.0.1"], "all": "fail"}, []),
    ({"terms": ["ip6:::d8ef:2001"], "all": "fail"}, []),  # the same number as an address of Google's
    ({"terms": ["ip4:209.86.0.0/24"], "all": "fail"}, []),  # just behind Google's
])  # fmt: skip
def test_traps_in_a_section(
    data: dict[str, object], found: list[tuple[str, Severity, tuple[object, ...]]] | str
) -> None:
    """What is legal and still a trap is found where it stands, and nothing else is."""
    data = {key: tuple(value) if isinstance(value, list) else value for key, value in data.items()}
    if isinstance(found, str):
        with pytest.raises(ValidationError, match=found):
            Spf.model_validate(data)
        return
    findings = spf.check(Spf.model_validate(data), "example.com", 3600)
    assert [(item.rule, item.severity, item.key) for item in findings] == found


@pytest.mark.parametrize(("text", "clause"), [
    ("v=spf1 mx ip4:192.0.2.1 ptr ~all", "3 senders, 2 of 10 lookups, everything else softfails"),
    ("v=spf1 ip4:192.0.2.1 -all", "1 sender, everything else fails"),
    ("v=spf1 -all", "no senders, everything fails"),
    ("v=spf1 -ip4:192.0.2.1 +all", "no senders, everything else passes"),
    ("v=spf1 mx", "1 sender, 1 of 10 lookups, everything else is neutral"),
    ("v=spf1 redirect=a.example", "no senders, 1 of 10 lookups, a.example decides"),
    ("v=spf1 mx redirect=a.example", "1 sender, 2 of 10 lookups, a.example decides about everything else"),
])  # fmt: skip
def test_describe(text: str, clause: str) -> None:
    """A plan says in a clause what a record lets happen."""
    assert spf.describe(parse_record(text)) == clause


def test_any_name_may_have_spf() -> None:
    """SPF stands at mail domains, at hosts, and at names below them."""
    assert spf.owns("example.com") and spf.owns("_spf.example.com")


WORLD = {
    "one.example": ["v=spf1 a -all"],
    "two.example": ["unrelated", "v=spf1 include:one.example mx -all"],
    "three.example": ["v=spf1 redirect=two.example"],
    "loop.example": ["v=spf1 include:pool.example -all"],
    "pool.example": ["v=spf1 redirect=loop.example"],
    "twins.example": ["v=spf1 -all", "v=spf1 -all"],
    "broken.example": ["v=spf1 moo -all"],
    "bare.example": ["unrelated"],
    "gone.example": [],
}


def _exists(name: str, type_: str) -> bool | None:
    if name.endswith(".void.example"):
        return False
    return {"four.example": type_ == "A"}.get(name)


@pytest.mark.parametrize(("text", "lookups"), [
    ("v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all exp=x.example", 0),  # these ask nothing that counts
    ("v=spf1 a mx ptr exists:x.example include:one.example -all", 6),  # five, and one below
    ("v=spf1 include:two.example -all", 4),  # itself, include, a, mx
    ("v=spf1 redirect=three.example", 5),
    ("v=spf1 redirect=three.example -all", 0),  # redirect beside all is ignored
    ("v=spf1 -all mx", 0),  # dead
    ("v=spf1 include:two.example include:two.example -all", 8),  # receivers do not remember
    ("v=spf1 include:%{i}.x.example include:away.example -all", 2),  # unknown, one each
    ("v=spf1 -mx ~a x=mx -all", 2),  # every qualifier counts, modifiers do not
    ("v=spf1 a mx a mx a mx a mx a ptr ip4:192.0.2.1 -all", 10),
    ("v=spf1 a:x.example%{d} include:one.%{d} -all", 3),  # %{d} is known
])  # fmt: skip
def test_lookups_are_counted_through_includes(text: str, lookups: int) -> None:
    """The worst case counts, over all records together."""
    found = evaluate("example", text, WORLD.get, _exists)
    assert (found.lookups, found.faults, found.voids) == (lookups, (), ())


@pytest.mark.parametrize(("text", "rule", "term", "missing"), [
    ("v=spf1 mx include:gone.example", "SPF010", "include:gone.example", "gone.example"),
    ("v=spf1 include:bare.example", "SPF010", "include:bare.example", "bare.example"),
    ("v=spf1 redirect=gone.example", "SPF018", "redirect=gone.example", "gone.example"),
    ("v=spf1 include:twins.example", "SPF010", "include:twins.example", ""),
    ("v=spf1 include:broken.example", "SPF010", "include:broken.example", ""),
    ("v=spf1 include:loop.example", "SPF018", "include:loop.example", ""),  # the redirect closes the circle
    ("v=spf1 include:example.com", "SPF010", "include:example.com", ""),  # oneself
    ("v=spf1 redirect=%{d}", "SPF018", "redirect=%{d}", ""),
])  # fmt: skip
def test_faults_are_found_through_includes(text: str, rule: str, term: str, missing: str) -> None:
    """What breaks a record further down is reported at the term that leads there."""
    (fault,) = evaluate("example.com", text, WORLD.get, _exists).faults
    assert (fault.rule, fault.term, fault.missing) == (rule, term, missing)


def test_void_lookups_and_unknown_records() -> None:
    """Queries known to find nothing are listed, and so are records that nobody here knows."""
    text = (
        "v=spf1 a:old.void.example mx:x.void.example exists:y.void.example ptr:z.void.example a:four.example "
        "include:away.example exists:%{i}.void.example redirect=%{o}.x.example"
    )
    found = evaluate("example.com", text, WORLD.get, _exists)
    assert [(void.name, void.type) for void in found.voids] == [
        ("old.void.example", "A"), ("x.void.example", "MX"), ("y.void.example", "A"),
    ]  # fmt: skip
    assert found.unknown == ("away.example", "%{o}.x.example")


@pytest.mark.parametrize(("spec", "name"), [
    ("", "mail.example.com"),
    ("_spf.example.com", "_spf.example.com"),
    ("%{d}", "mail.example.com"),
    ("%{D}.", "mail.example.com"),
    ("%{d2}.x.example", "example.com.x.example"),
    ("%{dr}", "com.example.mail"),
    ("%{d9}", "mail.example.com"),  # more labels than there are
    (f"%{{d{'9' * 5000}}}", None),  # more digits than int() takes
    ("%{i}.example.com", None),
    ("%{d-}", None),  # rare, so not followed
])  # fmt: skip
def test_expand(spec: str, name: str | None) -> None:
    """A domain-spec is a name where only the domain itself enters it."""
    assert expand(spec, "mail.example.com") == name


def test_a_domain_key_is_ascii() -> None:
    """The keys `redirect` and `exp` are judged like the terms."""
    with pytest.raises(RuleError) as error:
        parse_domain_spec("müller.example")
    assert (error.value.rule, error.value.fix) == ("SPF004", "write xn--mller-kva.example")
