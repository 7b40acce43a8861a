"""The text of zone files: serials, and a fast reader that never disagrees with dnspython."""

from __future__ import annotations

from datetime import UTC, datetime

import dns.name
import dns.rdata
import dns.rdataset
import dns.rdatatype
import dns.zone
import pytest
from dns.exception import DNSException
from dns.rdatatype import RdataType
from hypothesis import given, settings
from hypothesis import strategies as st

from stszone.planning.zonefile import read_rrsets
from stszone.planning.zonefile_text import (
    Rdatasets,
    Texts,
    format_zone,
    next_serial,
    parse_zone,
    rdata_text,
)

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)


@pytest.mark.parametrize(("old", "new"), [
    (None, 2026112101),        # new zone
    (2026112007, 2026112101),  # dated, yesterday
    (2025123199, 2026112101),
    (2026112101, 2026112102),  # dated, today
    (2026112199, 2026112200),  # the hundredth today borrows from tomorrow
    (2026123199, 2026123200),  # ... and at the month's end from a day that does not exist
    (2026123200, 2026123201),
    (2026112200, 2026112201),  # dated, ahead of the clock: on, never back
    (2099123100, 2099123101),
    (1, 2),                    # a counter stays one
    (1795279270, 1795279271),  # seconds since 1970, as octodns-bind writes: year 1795 is none
    (2026990101, 2026990102),  # not a date
    (4294967294, 4294967295),
    (4294967295, 1),           # wraps; some servers take 0 for none
    (0, 1),
])  # fmt: skip
def test_serial(old: int | None, new: int) -> None:
    """The next one, and what kind it is."""
    assert next_serial(old, NOW) == new


@given(st.integers(0, 2**32 - 1), st.datetimes(datetime(1990, 1, 1), datetime(2099, 1, 1)))
def test_a_serial_never_goes_back(old: int, now: datetime) -> None:
    """RFC 1982 §3.2: greater by less than 2^31."""
    assert 0 < (next_serial(old, now) - old) % 2**32 < 2**31


ORIGIN = dns.name.from_text("example.com.")
PARTS = st.one_of(st.sampled_from([b"www", b"WWW", b"_dmarc", b"*", b"a.b", b"a b", b'"', b"$TTL", b"@", b"\xff"]),
                  st.binary(min_size=1, max_size=8))  # fmt: skip
NAMES = st.lists(PARTS, max_size=3).map(lambda labels: dns.name.Name((*labels, b"example", b"com", b"")))
TXTS = st.lists(st.binary(max_size=255), min_size=1, max_size=3)
RDATA = st.one_of(
    st.ip_addresses(v=4).map(lambda address: f"A {address}"),
    st.ip_addresses(v=6).map(lambda address: f"AAAA {address}"),
    TXTS.map(lambda texts: "TXT " + " ".join('"' + "".join(f"\\{byte:03}" for byte in text) + '"' for text in texts)),
    st.tuples(st.integers(0, 65535), NAMES).map(lambda mx: f"MX {mx[0]} {mx[1]}"),
    NAMES.map(lambda name: f"NS {name}"),
    NAMES.map(lambda name: f"PTR {name}"),
    NAMES.map(lambda name: f"SRV 0 1 25 {name}"),
    NAMES.map(lambda name: f"RP {name} ."),
    st.binary(min_size=1, max_size=300).map(lambda cert: f"TLSA 3 0 0 {cert.hex()}"),
    st.binary(max_size=40).map(lambda data: f"TYPE65280 \\# {len(data)} {data.hex()}"),
    st.sampled_from(["CAA 0 issue \"a; b=c\"", "HINFO \"a b\" \"\"", "APL", "LOC 1 2 3 N 4 5 6 E 7m", "DS 1 8 1 " + "ab" * 20,
                     "NAPTR 1 1 \"u\" \"\" \"!^.*$!a\\\\1!\" .", "URI 1 1 \"https://a/;\"", "HTTPS 1 . alpn=h2,h3",
                     "RRSIG MX 13 2 60 20270101000000 20260101000000 1 a. AAAA", "CDS 0 0 0 00",
                     "RRSIG NS 13 2 60 20270101000000 20260101000000 1 a. AAAA", "NSEC a. A NS TYPE1234"]),
)  # fmt: skip


@st.composite
def zones(draw: st.DrawFn) -> Rdatasets:
    """Zones of any names and octets, as dnspython holds them."""
    soa = dns.rdataset.from_text("IN", "SOA", 60, "a. b. 1 1 1 1 1")
    found: Rdatasets = {(ORIGIN, RdataType.SOA, RdataType.NONE): soa}
    for name, ttl, text in draw(st.lists(st.tuples(NAMES, st.integers(0, 2**31 - 1), RDATA), max_size=12)):
        type_, _, rest = text.partition(" ")
        rdata = dns.rdata.from_text("IN", type_, rest)
        key = (name, rdata.rdtype, rdata.covers())
        empty = dns.rdataset.Rdataset(rdata.rdclass, rdata.rdtype, rdata.covers())
        found.setdefault(key, empty).add(rdata, ttl)
    return found


def slow_rrsets(data: bytes) -> Texts | None:
    """The same by plain dnspython; None where it cannot read the file or the table cannot hold it."""
    try:
        zone = dns.zone.from_text(data.decode(), ORIGIN, relativize=False, check_origin=False)
    except (DNSException, UnicodeDecodeError):
        return None
    found: dict[tuple[str, str], list[tuple[int, str]]] = {}
    for name, rdataset in zone.iterate_rdatasets():
        if rdataset.rdtype != RdataType.SOA:
            key = name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(rdataset.rdtype)
            found.setdefault(key, []).extend((rdataset.ttl, rdata_text(rdata)) for rdata in rdataset)
    if any(len({ttl for ttl, _ in rdatas}) > 1 for rdatas in found.values()):
        return None
    return {key: (rdatas[0][0], tuple(sorted(text for _, text in rdatas))) for key, rdatas in found.items()}


@given(zones())
@settings(max_examples=300, deadline=None)
def test_the_fast_reader_reads_what_dnspython_reads(rdatasets: Rdatasets) -> None:
    """Whatever we write; and what we write is read back and written the same."""
    data = format_zone(rdatasets)
    assert read_rrsets(data) == slow_rrsets(data)
    assert format_zone(parse_zone(data.decode(), ORIGIN, "")) == data


@st.composite
def edits(draw: st.DrawFn) -> bytes:
    """A file of ours after one edit as people, merges and disks make them."""
    data = format_zone(draw(zones()))
    lines = data.splitlines(keepends=True)
    line, other = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    at = draw(st.integers(0, len(data)))
    syntax = draw(st.sampled_from([b"(", b")", b'"', b";", b"\\", b"\n", b" ", b"$", b"\r\n"]))
    whole = draw(st.sampled_from([b"$TTL 5\n", b"$ORIGIN a.example.com.\n", b"a 5 A 192.0.2.1\n", b"; x\n"]))
    return draw(
        st.sampled_from(
            [
                data[:at] + draw(st.binary(min_size=1, max_size=3)) + data[at:],
                data[:at] + data[at + draw(st.integers(1, 20)) :],
                data[:at] + syntax + data[at:],
                data[:at],
                b"".join([*lines[:line], lines[other], *lines[line:]]),
                b"".join([*lines[:line], *lines[line + 1 :]]),
                b"".join([*lines[:line], whole, *lines[line:]]),
                data.swapcase(),
                data.replace(b"\n", b"\r\n"),
            ]
        )
    )


@given(edits())
@settings(max_examples=500, deadline=None)
def test_the_fast_reader_never_disagrees_with_dnspython(edited: bytes) -> None:
    """On any edited file it declines or agrees."""
    fast = read_rrsets(edited)
    assert fast is None or fast == slow_rrsets(edited)
