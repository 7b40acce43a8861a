import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from dns.rdtypes.ANY.TXT import TXT
from hypothesis import given
from hypothesis import strategies as st

from stszone.errors import RuleError
from stszone.standards.rrset import RRset, dotted, readable, txt, txt_text


@given(st.from_regex(r"[ !#-\[\]-~]{1,1200}", fullmatch=True))
def test_a_text_is_read_back_as_it_was_written(text):
    """However many strings it takes, and none of them over 255 octets."""
    rdata = txt(text)
    assert txt_text(rdata) == text
    strings = dns.rdata.from_text("IN", "TXT", rdata).strings
    assert b"".join(strings) == text.encode()
    assert max(map(len, strings)) <= 255


@given(st.binary(min_size=1, max_size=300))
def test_foreign_rdata_is_read_as_dnspython_writes_it(octets):
    """Octets outside ASCII come back one character each."""
    strings = [octets[start : start + 255] for start in range(0, len(octets), 255)]
    rdata = TXT(dns.rdataclass.IN, dns.rdatatype.TXT, strings).to_text()
    assert txt_text(rdata).encode("latin-1") == octets


@pytest.mark.parametrize(("text", "rule"), [
    ("", "DNS003"),
    ('say "hi"', "OCT002"),         # octoDNS strips quotes
    ("back\\slash", "OCT002"),
    ("größe", "OCT006"),
    ("tab\there", "OCT006"),
    ("line\n", "OCT006"),
])  # fmt: skip
def test_texts_that_do_not_survive_every_provider_are_refused(text, rule):
    """The rule is named."""
    with pytest.raises(RuleError) as caught:
        txt(text)
    assert caught.value.rule == rule


@pytest.mark.parametrize(("rdata", "text"), [
    ('"a" "b"', "ab"),              # no separator
    ("bare", "bare"),               # quotes are optional in zone files
    ('"a\\"b"', 'a"b'),
    ('"a\\059b"', "a;b"),
    ('"a\\\\b"', "a\\b"),
    ('""', ""),
    ('"a b"', "a b"),
])  # fmt: skip
def test_foreign_texts_are_read_by_the_rules_of_zone_files(rdata, text):
    """RFC 1035 §5.1."""
    assert txt_text(rdata) == text


def test_rdatas_are_a_set():
    """Order and repetition mean nothing."""
    assert RRset("a.example", "A", 60, ("2", "1", "2")).rdatas == ("1", "2")
    assert RRset("a.example", "A", 60, ("1",), key=("x",)) == RRset("a.example", "A", 60, ("1",)).at("y")


def test_people_see_texts_without_quotes():
    """All other types stay as they are."""
    assert readable("TXT", ('"a" "b"',)) == ("ab",)
    assert readable("MX", ("0 .",)) == ("0 .",)
    assert dotted("") == "."
