"""The MTA-STS policy body and its patterns."""

from __future__ import annotations

import string

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from stszone.errors import RuleError
from stszone.standards import mta_sts
from stszone.standards.mta_sts import Policy

LABELS = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=2, max_size=4).map(".".join).filter(lambda host: not host[-1].isdigit())
PATTERNS = st.one_of(HOSTS, HOSTS.map("*.".__add__))
MODES = st.sampled_from(mta_sts.MODES)
MAX_AGES = st.integers(0, mta_sts.MAX_MAX_AGE)


def lines(*texts: str) -> bytes:
    """A body of these lines, each ended by LF."""
    return "".join(f"{text}\n" for text in texts).encode()


GOOD = lines("version: STSv1", "mode: enforce", "mx: mail.example.com", "max_age: 604800")
ENFORCE = Policy("enforce", 604800, ("mail.example.com",))


@pytest.mark.parametrize(
    ("data", "policy"),
    [
        (GOOD, ENFORCE),  # what we write
        (GOOD.replace(b"\n", b"\r\n"), ENFORCE),  # CRLF, as in the RFC's examples
        (GOOD.replace(b"\n", b"\r\n", 1), ENFORCE),  # mixed is legal; a known checker refuses it
        (GOOD[:-1], ENFORCE),  # the final line end is optional
        (GOOD.replace(b": ", b":"), ENFORCE),  # no space behind the colon
        (GOOD.replace(b": ", b": \t "), ENFORCE),  # any white space there
        (GOOD.replace(b"\n", b" \t\n"), ENFORCE),  # white space at the end of lines
        (
            lines("max_age: 604800", "mx: mail.example.com", "mode: enforce", "version: STSv1"),
            ENFORCE,
        ),  # any order
        (GOOD.replace(b"mail", b"MAIL"), ENFORCE),  # names compare without case
        (lines("version: STSv1", "mode: none", "max_age: 0"), Policy("none", 0, ())),  # none needs no mx
        (lines("version: STSv1", "mode: none", "max_age: 0000000001"), Policy("none", 1, ())),  # ten digits
        (lines("version: STSv1", "mode: none", "max_age: 31557600"), Policy("none", 31557600, ())),  # a year
        (GOOD + lines("mx: *.b.example"), Policy("enforce", 604800, ("mail.example.com", "*.b.example"))),
        (
            GOOD + lines("mx: localhost"),
            Policy("enforce", 604800, ("mail.example.com", "localhost")),
        ),  # one label
        (GOOD + lines("mode: none"), ENFORCE),  # the first one counts; one known sender takes the last
        (GOOD + lines("mode: Nonsense"), ENFORCE),  # the others are ignored, whatever they say
        (GOOD + lines("version: STSv2", "max_age: 1"), ENFORCE),  # for every key but mx
        (
            GOOD + lines("x-note: a: b"),
            Policy("enforce", 604800, ("mail.example.com",), (("x-note", "a: b"),)),
        ),
        (
            GOOD + lines("x: h\u00e4"),
            Policy("enforce", 604800, ("mail.example.com",), (("x", "h\u00e4"),)),
        ),  # UTF-8
        (
            GOOD + lines("MX: x y"),
            Policy("enforce", 604800, ("mail.example.com",), (("MX", "x y"),)),
        ),  # keys have case
    ],
)
def test_reads_what_the_grammar_allows(data: bytes, policy: Policy) -> None:
    """A policy is read by the grammar of RFC 8461 §3.2, not by what we write ourselves."""
    assert mta_sts.parse_policy(data) == policy


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "STS020"),  # an empty file
        (lines("mode: none", "max_age: 1"), "STS020"),  # no version; a known checker never notices
        (GOOD.replace(b"STSv1", b"STSv2"), "STS020"),  # another version
        (GOOD.replace(b"STSv1", b"stsv1"), "STS020"),  # it has case
        (GOOD.replace(b"version", b"Version"), "STS020"),  # and so has its key
        (GOOD.replace(b"STSv1", b""), "STS020"),  # nothing behind the colon
        (
            lines("version: STSv2", "version: STSv1", "mode: none", "max_age: 1"),
            "STS020",
        ),  # the first one counts
        (GOOD.replace(b"mode: enforce\n", b""), "STS022"),  # no mode
        (GOOD.replace(b"enforce", b"Enforce"), "STS022"),  # it has case
        (GOOD.replace(b"enforce", b"report"), "STS022"),  # the word of the drafts
        (GOOD.replace(b"enforce", b""), "STS022"),  # nothing behind the colon
        (GOOD.replace(b"max_age: 604800\n", b""), "STS023"),  # no max_age
        (GOOD.replace(b"604800", b"31557601"), "STS023"),  # more than a year; senders cap, refuse or take it
        (GOOD.replace(b"604800", b"9999999999"), "STS023"),  # ten digits, and far too many
        (GOOD.replace(b"604800", b"00000604800"), "STS023"),  # eleven digits
        (GOOD.replace(b"604800", b"604800.0"), "STS023"),  # a fraction
        (GOOD.replace(b"604800", b"-1"), "STS023"),  # a sign
        (GOOD.replace(b"604800", b"+1"), "STS023"),  # either sign
        (GOOD.replace(b"604800", b"604_800"), "STS023"),  # what Python's int() takes
        (GOOD.replace(b"604800", b"604800;"), "STS023"),  # a semicolon, as in the record
        (GOOD.replace(b"604800", b"7d"), "STS023"),  # a unit
        (GOOD.replace(b"604800", "\u0661".encode()), "STS023"),  # a digit, but not an ASCII digit
        (GOOD.replace(b"604800", b""), "STS023"),  # nothing behind the colon
        (GOOD.replace(b"mx: mail.example.com\n", b""), "STS025"),  # enforce without mx
        (GOOD.replace(b"mx: ", b"MX: "), "STS025"),  # an unknown key in place of mx
        (lines("version: STSv1", "mode: testing", "max_age: 1"), "STS025"),  # testing without mx
        (GOOD.replace(b"mail.example.com", b"a.example.com, b.example.com"), "STS026"),  # a list
        (GOOD.replace(b"mail.example.com", b"*"), "STS027"),  # everybody
        (GOOD.replace(b"mail.example.com", b"mail.example.com."), "STS029"),  # trailing dot
        (GOOD.replace(b"mail.example.com", b""), "STS029"),  # nothing behind the colon
        (GOOD.replace(b"mail.example.com", b"192.0.2.1"), "STS030"),  # an address
        (GOOD + b"\n", "STS031"),  # one line end too many; half of the senders refuse it
        (GOOD + b"\r\n", "STS031"),  # the same with CRLF
        (GOOD.replace(b"mode", b"\nmode"), "STS031"),  # a blank line within
        (b"\n" + GOOD, "STS031"),  # a blank line in front
        (GOOD + b"  ", "STS031"),  # a line of spaces
        (GOOD.replace(b"mode", b" mode"), "STS031"),  # indented
        (GOOD.replace(b"mode:", b"mode :"), "STS031"),  # a space before the colon
        (GOOD + b"# note: x\n", "STS031"),  # a comment
        (GOOD + b"note\n", "STS031"),  # no colon
        (GOOD + b"note:\n", "STS031"),  # an unknown key without a value
        (GOOD + b"note: a\tb\n", "STS031"),  # a tab within a value
        (GOOD + b"note: a\x00b\n", "STS031"),  # a control character
        (GOOD + b"n" * 33 + b": x\n", "STS031"),  # a key that is too long
        (GOOD + b"note: \xff\n", "STS031"),  # not UTF-8
        (b"\xef\xbb\xbf" + GOOD, "STS031"),  # a byte order mark
        (b"<!DOCTYPE html>\n", "STS031"),  # some other file
        (GOOD.replace(b"\n", b"\r"), "STS032"),  # bare CR; one known sender takes it
        (GOOD.replace(b"\n", b"\r\r\n", 1), "STS032"),  # CR CR LF, from a careless conversion
        (GOOD + b"note: " + b"x" * 65536 + b"\n", "STS035"),  # more than 64 KiB
    ],
)
def test_names_the_rule_that_a_policy_breaks(data: bytes, rule: str) -> None:
    """Each way to get a policy wrong has its own rule, and the check says the same."""
    with pytest.raises(RuleError) as caught:
        mta_sts.parse_policy(data)
    assert caught.value.rule == rule
    assert [finding.rule for finding in mta_sts.check_policy(data)] == [rule]


def test_reads_exactly_64_kib() -> None:
    """The limit itself is allowed."""
    data = GOOD + b"x: " + b"y" * (65536 - len(GOOD) - 4) + b"\n"
    assert len(data) == 65536
    assert mta_sts.parse_policy(data).mode == "enforce"


@given(st.binary(max_size=200), st.integers(0, len(GOOD)))
def test_any_octets_are_read_or_refused(noise: bytes, at: int) -> None:
    """No body makes the parser fail in another way than with a rule."""
    try:
        policy = mta_sts.parse_policy(GOOD[:at] + noise + GOOD[at:])
    except RuleError as error:
        assert error.rule.startswith("STS")
    else:
        assert policy.mode in mta_sts.MODES


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        ("mx1.example.com,mx2.example.com", "STS026"),  # a list without spaces
        ("mx1.example.com mx2.example.com", "STS026"),  # a list without commas
        ("mail.example.com;", "STS026"),  # a semicolon, as in the record
        ("*", "STS027"),  # everybody
        ("*.", "STS027"),  # a wildcard of nothing
        ("*.*.example.com", "STS027"),  # two labels
        ("mail.*.example.com", "STS027"),  # not the left-most label
        ("*mail.example.com", "STS027"),  # not the whole label
        ("m*.example.com", "STS027"),  # the same
        (".example.com", "STS027"),  # the form of the drafts
        ("*..example.com", "STS027"),  # an empty label behind it
        ("", "STS029"),  # nothing
        ("mail.example.com.", "STS029"),  # trailing dot
        ("m\u00fcller.example", "STS029"),  # a U-label
        ("mail_1.example.com", "STS029"),  # an underscore
        ("mail..example.com", "STS029"),  # an empty label
        ("-mail.example.com", "STS029"),  # a hyphen in front
        ("mail-.example.com", "STS029"),  # and behind
        ("[192.0.2.1]", "STS029"),  # an address literal is no Domain
        ("a" * 64 + ".example.com", "STS029"),  # a label of 64 octets
        (".".join(["a" * 60] * 5), "STS029"),  # more than 253 octets
        ("mail.example.com:25", "STS029"),  # a port
        ("192.0.2.1", "STS030"),  # an address matches no MX host
        ("2001:db8::1", "STS030"),  # of either kind
        ("*.2.0.192", "STS030"),  # nor do parts of one
    ],
)
def test_names_the_rule_that_a_pattern_breaks(pattern: str, rule: str) -> None:
    """Patterns that some senders refuse are refused, whatever the others make of them."""
    with pytest.raises(RuleError) as caught:
        mta_sts.parse_pattern(pattern)
    assert caught.value.rule == rule


@given(PATTERNS)
def test_pattern_round_trip(pattern: str) -> None:
    """A pattern is read as it stands, in lower case."""
    assert mta_sts.parse_pattern(pattern.upper()) == pattern


@pytest.mark.parametrize(
    ("pattern", "host", "allowed"),
    [
        ("mx1.example.com", "mx1.example.com", True),  # itself
        ("mx1.example.com", "MX1.Example.com", True),  # names compare without case ...
        ("MX1.example.com", "mx1.example.com", True),  # ... on either side
        ("mx1.example.com", "notmx1.example.com", False),  # anchored on the left ...
        ("mx1.example.com", "mx1.example.com.evil.test", False),  # ... and on the right
        ("mx1.example.com", "mx1-example.com", False),  # a dot is a dot
        ("mx1.example.com", "a.mx1.example.com", False),  # no host below
        ("mx1.example.com", "mx1.example.com.", False),  # names have no trailing dot here
        ("*.example.com", "mx1.example.com", True),  # one label
        ("*.example.com", "a.b.example.com", False),  # one label, no more ...
        ("*.example.com", "example.com", False),  # ... and no fewer
        ("*.example.com", ".example.com", False),  # which is not empty
        ("*.example.com", "mx1.example.com.evil.test", False),  # anchored on the right
        ("*.example.com", "mx1.badexample.com", False),  # whole labels
        ("*", "example", False),  # not a pattern
        ("*.", "example.", False),  # nor this
        ("*.*.example.com", "a.b.example.com", False),  # nor this
        (".example.com", "mx1.example.com", False),  # nor this
        ("", "", False),  # nor this
        ("mx.k.example", "mx.\u212a.example", False),  # a Kelvin sign is no k
    ],
)
def test_matches(pattern: str, host: str, allowed: bool) -> None:
    """A policy allows the MX hosts it names, and no others."""
    assert mta_sts.matches(pattern, host) is allowed


@given(HOSTS, HOSTS)
def test_a_host_matches_itself_only(host: str, other: str) -> None:
    """A pattern without wildcard is a name."""
    assert mta_sts.matches(host, host.upper())
    assert mta_sts.matches(host, other) is (host == other)


@given(LABELS, HOSTS)
def test_a_wildcard_is_one_label(label: str, parent: str) -> None:
    """A wildcard allows children, neither the parent nor grandchildren."""
    assert mta_sts.matches(f"*.{parent}", f"{label}.{parent}")
    assert not mta_sts.matches(f"*.{parent}", f"{label}.{label}.{parent}")
    assert not mta_sts.matches(f"*.{parent}", parent)


def test_writes_the_canonical_form() -> None:
    """Version first, patterns sorted, in lower case and once, one LF at the end."""
    data = mta_sts.format_policy("enforce", 86400, {"mx2.example.com", "MX1.example.com", "mx1.example.com"})
    assert (
        data == b"version: STSv1\nmode: enforce\nmx: mx1.example.com\nmx: mx2.example.com\nmax_age: 86400\n"
    )
    assert mta_sts.format_policy("none", 86400, ()) == b"version: STSv1\nmode: none\nmax_age: 86400\n"


@given(MODES, MAX_AGES, st.lists(PATTERNS, min_size=1, max_size=6))
def test_policy_round_trip(mode: str, max_age: int, mx: list[str]) -> None:
    """What is written is read back."""
    policy = mta_sts.parse_policy(mta_sts.format_policy(mode, max_age, mx))
    assert policy == Policy(mode, max_age, tuple(sorted(set(mx))))


@given(MODES, MAX_AGES, st.lists(PATTERNS, min_size=1, max_size=6), st.randoms())
def test_order_and_repetition_of_mx_do_not_matter(
    mode: str, max_age: int, mx: list[str], random: object
) -> None:
    """Equal policies give equal bytes, so that an id is not rotated for nothing."""
    shuffled = [pattern.upper() for pattern in mx] + mx[:1]
    random.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert mta_sts.format_policy(mode, max_age, shuffled) == mta_sts.format_policy(mode, max_age, iter(mx))


@given(MODES, st.integers(86400, mta_sts.MAX_MAX_AGE), st.lists(HOSTS, min_size=1, max_size=6))
def test_nothing_to_say_about_what_we_write(mode: str, max_age: int, mx: list[str]) -> None:
    """Only values can be unwise in a policy of ours, never its form."""
    assert list(mta_sts.check_policy(mta_sts.format_policy(mode, max_age, mx))) == []


@pytest.mark.parametrize(
    ("mode", "max_age", "mx", "rule"),
    [
        ("Enforce", 604800, ["a.example.com"], "STS022"),  # case
        ("enforce", 31557601, ["a.example.com"], "STS023"),  # more than a year
        ("enforce", -1, ["a.example.com"], "STS023"),  # less than nothing
        ("enforce", 604800, [], "STS025"),  # nobody
        ("testing", 604800, [], "STS025"),  # nobody
        ("enforce", 604800, ["m\u00fcller.example"], "STS029"),  # a U-label, which a known server emits
        ("enforce", 604800, [f"{n}.{'a' * 60}.example" for n in range(1000)], "STS035"),  # too much
    ],
)
def test_refuses_to_write_what_senders_refuse(mode: str, max_age: int, mx: list[str], rule: str) -> None:
    """A policy that does not mean what was asked for is not written."""
    with pytest.raises(RuleError) as caught:
        mta_sts.format_policy(mode, max_age, mx)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (GOOD, {}),  # as it should be
        (GOOD.replace(b"\n", b"\r\n"), {}),  # one kind of line end, the other one
        (GOOD[:-1], {}),  # without a final one
        (GOOD[:-1].replace(b"\n", b"\r\n"), {}),  # the same with CRLF
        (GOOD.replace(b"version: STSv1\n", b"") + lines("version: STSv1"), {"STS021": "warning"}),  # Google
        (GOOD.replace(b"604800", b"86399"), {"STS024": "warning"}),  # gone within a day
        (GOOD.replace(b"604800", b"86400"), {}),  # just enough
        (GOOD.replace(b"enforce", b"testing").replace(b"604800", b"60"), {}),  # tests may be short
        (GOOD.replace(b"\n", b"\r\n", 1), {"STS032": "warning"}),  # mixed
        (GOOD + lines("mode: testing"), {"STS033": "error"}),  # some enforce, some do not
        (GOOD + lines("mode: enforce"), {"STS033": "warning"}),  # the same twice is only untidy
        (GOOD + lines("mx: mail.example.com"), {}),  # mx may be repeated
        (GOOD + lines("x-note: hi"), {"STS034": "warning"}),  # legal, refused by a known checker
        (GOOD.replace(b"mail.", b"*."), {"STS036": "info"}),  # every host there
        (GOOD.replace(b"mail.example.", b"*."), {"STS036": "warning"}),  # every host in com
        (GOOD + lines("mode: none", "x: y"), {"STS033": "error", "STS034": "warning"}),  # all of it is said
    ],
)
def test_says_what_is_legal_and_a_trap(data: bytes, expected: dict[str, str]) -> None:
    """Half of the traps are known senders that read less than the grammar."""
    found = list(mta_sts.check_policy(data))
    assert {finding.rule: str(finding.severity) for finding in found} == expected
    assert not any(finding.key for finding in found)


@pytest.mark.parametrize(
    ("other", "same"),
    [
        (GOOD, True),  # itself
        (GOOD.replace(b"\n", b"\r\n"), True),  # line ends mean nothing
        (GOOD + lines("x-note: hi"), True),  # senders ignore unknown keys
        (GOOD + lines("mx: MAIL.example.com"), True),  # said twice
        (GOOD + lines("mode: none"), True),  # the first one counts
        (GOOD + lines("mx: b.example.com"), False),  # one host more
        (GOOD.replace(b"604800", b"604801"), False),  # one second more
        (GOOD.replace(b"enforce", b"testing"), False),  # another mode
        (GOOD + b"\n", False),  # unreadable for some
        (b"", False),  # nothing
    ],
)
def test_same_policy(other: bytes, same: bool) -> None:
    """Two bodies are the same policy when a sender does the same with them."""
    assert mta_sts.same_policy(GOOD, other) is same
    assert mta_sts.same_policy(other, GOOD) is same


def test_same_policy_of_what_cannot_be_read() -> None:
    """Of unreadable bodies only the octets can be compared; none names no hosts that count."""
    assert mta_sts.same_policy(b"x", b"x")
    none = lines("version: STSv1", "mode: none", "max_age: 60")
    assert mta_sts.same_policy(none, none + lines("mx: a.example.com"))


@pytest.mark.parametrize(
    ("policy", "text"),
    [
        (Policy("enforce", 604800, ("a.example", "b.example")), "enforce, max_age 7 days, 2 MX hosts"),
        (Policy("testing", 86400, ("a.example",)), "testing, max_age 1 day, 1 MX host"),  # singular
        (
            Policy("testing", 5400, ("*.a.example",)),
            "testing, max_age 90 minutes, 1 mx pattern",
        ),  # not a host
        (Policy("enforce", 7200, ("*.a.example", "b.example")), "enforce, max_age 2 hours, 2 mx patterns"),
        (Policy("none", 61, ()), "none, max_age 61 seconds"),  # no hosts, no even unit
        (Policy("none", 0, ()), "none, max_age 0 seconds"),  # nothing
    ],
)
def test_describe(policy: Policy, text: str) -> None:
    """A policy is told in words for a plan."""
    assert mta_sts.describe(policy) == text


@given(st.text(string.printable, max_size=20), HOSTS)
def test_no_odd_pattern_allows_a_host(pattern: str, host: str) -> None:
    """What is not a pattern by the grammar matches no host."""
    try:
        mta_sts.parse_pattern(pattern)
        assume(False)
    except RuleError:
        assert not mta_sts.matches(pattern, host)
