"""BIMI: the logo's record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from stszone.errors import RuleError
from stszone.standards import bimi
from stszone.standards.rrset import RRset

SECTION = TypeAdapter(bimi.Bimi | None)
LOGO, CERTIFICATE = "https://example.com/logo.svg", "https://example.com/vmc.pem"


@pytest.mark.parametrize(("section", "name", "text"), [
    ({"l": LOGO}, "default", f"v=BIMI1; l={LOGO}; a=;"),
    ({"l": LOGO, "a": CERTIFICATE}, "default", f"v=BIMI1; l={LOGO}; a={CERTIFICATE}"),
    ({"l": LOGO, "selector": "Brand2"}, "brand2", f"v=BIMI1; l={LOGO}; a=;"),
    ("none", "default", "v=BIMI1; l=; a=;"),
    ({"l": ""}, "default", "v=BIMI1; l=; a=;"),
])  # fmt: skip
def test_records(section: object, name: str, text: str) -> None:
    """A section becomes one record, and `none` declines."""
    value = SECTION.validate_python(section)
    assert value is not None
    assert list(bimi.rrsets(value, "example.com", 60)) == [
        RRset(f"{name}._bimi.example.com", "TXT", 60, (f'"{text}"',))
    ]
    assert value.declined is ("l=;" in text)
    assert list(bimi.check(value, "example.com", 60)) == []


@pytest.mark.parametrize(("section", "where"), [
    ({"l": "http://example.com/logo.svg"}, ("l",)),               # https only
    ({"l": "example.com/logo.svg"}, ("l",)),
    ({"l": "https://example.com"}, ("l",)),                       # no path
    ({"l": "https://example.com/a,b.svg"}, ("l",)),               # was a list once
    ({"l": "https://example.com/a;b.svg"}, ("l",)),
    ({"l": 'https://example.com/"a".svg'}, ("l",)),
    ({"l": "https://example.com/a b.svg"}, ("l",)),
    ({"l": LOGO, "a": "self"}, ("a",)),                           # of an old draft
    ({"l": "", "a": CERTIFICATE}, ()),                            # a certificate for nothing
    ({"l": LOGO, "selector": "a_b"}, ("selector",)),
    ({"l": LOGO, "selector": "*"}, ("selector",)),
])  # fmt: skip
def test_sections_that_cannot_be_built(section: object, where: tuple[str, ...]) -> None:
    """What receivers would not use is refused at its place."""
    with pytest.raises(ValidationError) as caught:
        SECTION.validate_python(section)
    (detail,) = caught.value.errors()
    assert (detail["loc"], detail["ctx"]["error"].rule) == (where, "BIM001")


@pytest.mark.parametrize("section", [{}, {"a": CERTIFICATE}, "no", {"l": LOGO, "x": "1"}])
def test_sections_of_another_shape(section: object) -> None:
    """The logo must be named, and nothing unknown."""
    with pytest.raises(ValidationError):
        SECTION.validate_python(section)


@pytest.mark.parametrize("text", [
    f"v=BIMI1; l={LOGO}",
    f"v=BIMI1;l={LOGO};a=",
    f"v=BIMI1; a=; l={LOGO};",
    f"v=BIMI1; l={LOGO}; a=; avp=brand;",        # unknown tags
])  # fmt: skip
def test_records_that_receivers_accept(text: str) -> None:
    """Order of the tags, spaces and unknown tags do not matter."""
    assert bimi.parse_record(text) == bimi.Bimi(l=LOGO)


@pytest.mark.parametrize("text", [
    "",
    "v=BIMI1;",                                   # no l
    f"l={LOGO}; v=BIMI1",                         # v is not first
    f"v=bimi1; l={LOGO}",
    f"v=BIMI1; l={LOGO}; l={LOGO}",
    "v=BIMI1; l=http://example.com/logo.svg",
    f"v=BIMI1; l=; a={CERTIFICATE}",
    "v=BIMI1 l=",
])  # fmt: skip
def test_records_that_receivers_refuse(text: str) -> None:
    """Every fault is BIM001, in the parser and in the zone."""
    with pytest.raises(RuleError) as caught:
        bimi.parse_record(text)
    assert caught.value.rule == "BIM001"
    assert [found.rule for found in bimi.check_rrset("default._bimi.example.com", [text])] == ["BIM001"]


PATHS = st.from_regex(r"[A-Za-z0-9._~/%=?&-]{0,20}", fullmatch=True)
LOGOS = PATHS.map(lambda path: f"https://example.com/{path}")


@given(st.one_of(st.just(bimi.Bimi(l="")), st.builds(bimi.Bimi, l=LOGOS, a=st.one_of(st.just(""), LOGOS))))
def test_what_is_written_is_read_back(section: bimi.Bimi) -> None:
    """Formatting and parsing are inverse."""
    assert bimi.parse_record(bimi.format_record(section)) == section


def test_one_record_at_a_name() -> None:
    """Receivers expect one record."""
    text = bimi.format_record(bimi.Bimi(l=LOGO))
    assert [found.rule for found in bimi.check_rrset("default._bimi.example.com", [text, text])] == ["BIM001"]
    assert list(bimi.check_rrset("default._bimi.example.com", [text])) == []


def test_owns() -> None:
    """BIMI's names have _bimi behind a selector."""
    assert bimi.owns("default._bimi.example.com")
    assert not bimi.owns("_dmarc.example.com")
