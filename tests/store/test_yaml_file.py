"""YAML as stszone reads it: narrow, with places, and never a crash."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.store import yaml_file
from stszone.store.yaml_file import DOMAIN, MAX_NODES, Place, locate, outline, parse


@pytest.mark.parametrize(
    ("text", "data"),
    [
        ("", {}),
        ("---\n", {}),
        ("# nothing yet\n", {}),
        ("~", {}),
        ("\ufeffa: 1", {"a": 1}),  # a byte order mark, as Notepad writes it
        ("a: 1\r\nb:\r\n  - x\r\n", {"a": 1, "b": ["x"]}),
        ("a: true\nb: True\nc: FALSE", {"a": True, "b": True, "c": False}),
        (
            "a: no\nb: on\nc: Yes\nd: n\ne: off",
            {"a": "no", "b": "on", "c": "Yes", "d": "n", "e": "off"},
        ),  # Norway
        ("a: 2024-01-01\nb: 12:30:00", {"a": "2024-01-01", "b": "12:30:00"}),  # neither dates nor base 60
        ("a: 010\nb: 0x1f\nc: 0o17\nd: 1_000", {"a": "010", "b": "0x1f", "c": "0o17", "d": "1_000"}),
        ("a: 10\nb: -3\nc: 0\nd: +7", {"a": 10, "b": -3, "c": 0, "d": 7}),
        (
            "a: 1.5\nb: 1e3\nc: .5\nd: .inf\ne: 1.2.3",
            {"a": 1.5, "b": "1e3", "c": ".5", "d": ".inf", "e": "1.2.3"},
        ),
        ("a: 203.0.113.10", {"a": "203.0.113.10"}),
        ("a: " + "1" * 5000, {"a": "1" * 5000}),  # more digits than Python turns into a number
        ("a: " + "1" * 5000 + ".0", {"a": "1" * 5000 + ".0"}),
        ("a: ~\nb: null\nc:\nd: ''\ne: 'null'", {"a": None, "b": None, "c": None, "d": "", "e": "null"}),
        ("a: '1'\nb: \"true\"\nc: |\n  5\n", {"a": "1", "b": "true", "c": "5\n"}),  # quoted is a text
        ("1: a\ntrue: b\n~: c", {"1": "a", "true": "b", "~": "c"}),  # keys are texts
        ("a: &x [1]\nb: *x", {"a": [1], "b": [1]}),
        ("<<: {a: 1}", {"<<": {"a": 1}}),  # no merging; the store does not know the key
        ("[1, [2]]", [1, [2]]),
        ("hello", "hello"),
        ("a: [mail.{domain}, {domain}]", {"a": [f"mail.{DOMAIN}", DOMAIN]}),  # unquoted in flow context
        ("{mail.{domain}: {host: {domain}}}", {f"mail.{DOMAIN}": {"host": DOMAIN}}),
        ("a: {domain}", {"a": DOMAIN}),
        ("a: '{domain}'", {"a": DOMAIN}),
    ],
)
def test_reads_plain_data(text: str, data: object) -> None:
    """Only true and false are booleans, and nothing is a date."""
    document = parse(text)
    assert document.problems == []
    assert document.data == data


@pytest.mark.parametrize(
    ("text", "what", "place"),
    [
        ("a: 1\nb: [\n", "did not find expected node content", (2, 5)),
        ("a: 'x", "unexpected end of stream", (1, 6)),
        ("a:\n\tb: 1", "cannot start any token", (2, 1)),  # tabs
        ("a: b: c", "mapping values are not allowed", (1, 5)),
        ("a: *nope", "undefined alias", (1, 4)),
        ("a: 1\n---\nb: 2", "single document", (2, 1)),
        ("é: 1\nüü: \x07", "#x0007", (2, 5)),  # columns are characters, not octets
        ("a: 1\nb: !!set {c}", "the tag tag:yaml.org,2002:set", (2, 4)),
        ("a: !python/object:os.system x", "the tag !python/object:os.system", (1, 4)),
        ("a: !x [b]", "the tag !x", (1, 4)),
        ("a: !!int 5", "the tag tag:yaml.org,2002:int", (1, 4)),
        ("? [a]\n: 1", "a key that is not a text", (1, 3)),
        ("a:\n  b: &x [*x]", "alias that contains itself", (2, 6)),
        ("a: " + "[" * 30 + "]" * 30, "more than 20 levels", (1, 24)),
        ("[" * 100_000, "more than 2000 levels", (1, 2001)),  # a stack overflow in libyaml
        ("- " * 50_000, "more than 2000 levels", (1, 4001)),
        ("\n".join(" " * n + "a:" for n in range(3000)), "more than 2000 levels", (2001, 2001)),
    ],
)  # fmt: skip
def test_says_what_is_wrong_and_where(text: str, what: str, place: Place) -> None:
    """Line and column count from 1."""
    problems = parse(text).problems
    assert [problem.error.rule for problem in problems] == ["INP001"]
    assert what in problems[0].error.what
    assert problems[0].place == place


def test_a_repeated_key_is_found_with_its_place() -> None:
    """Also where `{domain}` is in it, in the words of the file; and every one of them."""
    document = parse("a: 1\nhosts:\n  mail.{domain}: 1\n  mail.{domain}: 2\na: 3\n")
    assert [(one.error.rule, one.error.what, one.key, one.place) for one in document.problems] == [
        ("INP004", "mail.{domain} stands here a second time", ("hosts", "mail.{domain}"), (4, 3)),
        ("INP004", "a stands here a second time", ("a",), (5, 1)),
    ]


def test_all_problems_of_a_file_are_found_at_once() -> None:
    """Not the first one only."""
    document = parse("a: !x 1\nb: 1\nb: 2\nc: !y [z]\n")
    assert [problem.place[0] for problem in document.problems] == [1, 3, 4]


@pytest.mark.parametrize(
    "text",
    [
        "a: &a [x,x,x,x,x,x,x,x,x,x]\n"
        + "".join(
            f"{n}: &{n} [{','.join(['*' + p] * 10)}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True)
        ),
        "a: &a [*a,*a,*a,*a,*a]",
        "a: &a {b: *a, c: *a, d: *a}",
    ],
)
def test_an_alias_bomb_goes_off_quietly(text: str) -> None:
    """A billion values are refused after two hundred thousand, once."""
    start = time.process_time()
    problems = parse(text).problems
    assert 1 <= len(problems) <= 2
    assert f"more than {MAX_NODES} values" in problems[-1].error.what
    assert time.process_time() - start < 10


def test_no_tag_ever_builds_an_object() -> None:
    """What YAML can do elsewhere: run code."""
    document = parse('!!python/object/apply:os.system ["echo harm"]')
    assert document.data == ["echo harm"]
    assert "the tag" in document.problems[0].error.what


LOCATED = """\
# comment
ttl: 60
hosts:
  mail.{domain}: {ipv4: [192.0.2.1, 192.0.2.2]}
  WWW.{domain}:
    ipv4:
      - 192.0.2.3
empty:
üü: [ä, ö]
"""


@pytest.mark.parametrize(
    ("key", "place", "whole"),
    [
        ((), (1, 1), True),
        (("ttl",), (2, 6), True),
        (("hosts",), (3, 1), True),  # a block: its key
        (("hosts", "mail.example.com"), (4, 3), True),
        (("hosts", "mail.example.com", "ipv4", 1), (4, 37), True),
        (("hosts", "mail.example.com", "ipv4", 2), (4, 19), False),  # the nearest above
        (("hosts", "mail.example.com", "ipv6"), (4, 3), False),
        (("hosts", "www.example.com", "ipv4", 0), (7, 9), True),  # the name as it was normalised
        (("empty",), (8, 1), True),
        (("üü", 1), (9, 9), True),
        (("nothing", "here"), (1, 1), False),
        (("ttl", "default"), (2, 6), False),
        (("hosts", 0), (3, 1), False),
    ],
)
def test_locate(key: tuple[str | int, ...], place: Place, whole: bool) -> None:
    """The value's place, or that of the nearest key above that is there."""
    assert locate(outline(LOCATED), key, "example.com") == (place, whole)


def test_locates_nothing_in_what_cannot_be_read() -> None:
    """The file as a whole, then."""
    for text in ("", "a: [", "\x00"):
        assert locate(outline(text), ("a",), "") == ((1, 1), False)


def test_a_key_that_is_a_list_is_no_obstacle() -> None:
    """Findings beside it are still located."""
    assert locate(outline("? [a]\n: 1\nb: 2"), ("b",), "") == ((3, 4), True)


TEXTS = st.text(
    st.characters(max_codepoint=0x2FF, exclude_characters=[*map(chr, range(0x7F, 0xA0))]), max_size=9
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**15), 10**15) | TEXTS
DATA = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4), max_leaves=12
)  # fmt: skip


@given(st.dictionaries(TEXTS, DATA, max_size=4))
def test_json_comes_back(data: dict[str, object]) -> None:
    """JSON is YAML, as a generator of files would write it."""
    text = json.dumps(data, ensure_ascii=False)
    document = parse(text)
    assert document.problems == []
    assert document.data == json.loads(text.replace("{domain}", DOMAIN))


@given(st.text(alphabet=st.sampled_from("ab: -[]{}&*!|>'\"%@`\n\t#,?~0 1\r\x00\ufeffü{domain}")))
def test_no_text_is_a_crash(text: str) -> None:
    """Whatever somebody saves, the answer is data or a problem with a place inside the file."""
    document = parse(text)
    lines = text.count("\n") + text.count("\r") + 2
    for problem in document.problems:
        line, column = problem.place
        assert 1 <= line <= lines
        assert column >= 1
    locate(outline(text), ("a", 0, "b"), "example.com")


def test_the_placeholder_is_as_long_as_what_it_stands_for() -> None:
    """So that columns stay right."""
    assert len(yaml_file.DOMAIN) == len("{domain}")
