"""Zone files as a target: nothing foreign is lost, nothing is written twice, named accepts what is written."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dns.name
import dns.rdata
import dns.rdataset
import dns.rdatatype
import dns.zone
import pytest
from dns.rdatatype import RdataType
from octodns.manager import Manager
from octodns.processor.base import BaseProcessor
from octodns.provider import ProviderException
from octodns.provider.plan import Plan
from octodns.record import Delete, Record, Update
from octodns.record.rr import Rrset
from octodns.zone import Zone

from stszone.errors import RefusedError, StszoneError
from stszone.planning.zonefile import PLACEHOLDER_NS, ZoneFile, ZoneFileChangedError, read_rrsets
from stszone.planning.zonefile_text import (
    ZoneFileError,
)

pytestmark = pytest.mark.filterwarnings("error:.*DEPRECATED:DeprecationWarning")

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
NS = ("ns1.example.net", "ns2.example.net")
ROOT = Path(__file__).parents[2]


def provider(directory: Path, **settings_: Any) -> ZoneFile:  # Any: some are wrong on purpose
    made = ZoneFile("files", str(directory), **{"ns": NS, **settings_})
    made.now = NOW
    return made


def zone_of(*rrsets: tuple[str, str, list[str]], name: str = "example.com.", ttl: int = 300) -> Zone:
    zone = Zone(name, [])
    for owner, type_, rdatas in rrsets:
        put(zone, owner, type_, rdatas, ttl)
    return zone


def put(zone: Zone, owner: str, type_: str, rdatas: list[str], ttl: int = 300) -> None:
    fqdn = f"{owner}.{zone.name}" if owner else zone.name
    zone.add_record(Record.from_rrset(zone, Rrset(fqdn, type_, ttl, rdatas), lenient=True), replace=True)


def sync(target: ZoneFile, desired: Zone) -> Plan | None:
    plan = target.plan(desired)
    if plan:
        target.apply(plan)
    return plan


def as_it_is(target: ZoneFile, name: str = "example.com.") -> Zone:
    """All that octoDNS sees in the file, as the beginning of a desired zone."""
    zone = Zone(name, [])
    target.populate(zone, lenient=True)
    return zone


@pytest.fixture
def named_accepts() -> Callable[..., None]:
    if shutil.which("named-checkzone") is None:
        reason = "named-checkzone (Debian: bind9-utils) is not installed"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)

    def check(path: Path, zone: str = "example.com", mode: str = "local") -> None:
        run = subprocess.run(
            ["named-checkzone", "-i", mode, "-k", "fail", zone, str(path)],
            capture_output=True, text=True, check=False, cwd=path.parent,
        )  # fmt: skip
        assert run.returncode == 0, run.stdout + run.stderr

    return check


# ---------------------------------------------------------------------------------------------- new files

EVERY_TYPE = [
    ("", "CAA", ['0 issue "ca.example; validationmethods=dns-01"', '0 iodef "mailto:a@example.com"']),
    ("", "MX", ["10 mail.example.com.", "20 mail2.example.com."]),
    ("", "TXT", ['"v=spf1 mx -all"', *(f'"site-verification-{n}={"x" * 40}"' for n in range(40))]),
    ("mail", "A", ["192.0.2.1", "192.0.2.2"]),
    ("mail", "AAAA", ["2001:db8::1"]),
    ("mail2", "A", ["192.0.2.3"]),
    ("*.wild", "A", ["192.0.2.9"]),
    ("_25._tcp.mail", "TLSA", ["3 1 1 " + "ab" * 32, "3 0 0 " + "cd" * 700]),
    ("_443._tcp.www", "URI", ['10 1 "https://www.example.com/"']),
    ("_dmarc", "TXT", ['"v=DMARC1; p=reject; rua=mailto:d@example.com"']),
    (
        "s1._domainkey",
        "TXT",
        ['"v=DKIM1; k=rsa; p=' + "A" * 237 + '" "' + "B" * 255 + '" "' + "C" * 230 + '=; t=s"'],
    ),
    ("_imaps._tcp", "SRV", ["0 1 993 mail.example.com."]),
    ("_pop3._tcp", "SRV", ["0 0 0 ."]),
    ("autoconfig", "CNAME", ["autoconfig.example.net."]),
    ("below", "NS", ["ns1.below.example.com.", "ns.example.net."]),
    ("ns1.below", "A", ["192.0.2.53"]),
    ("below", "DS", ["12345 8 2 " + "ef" * 32]),
    ("dname", "DNAME", ["dname.example.net."]),
    ("https", "HTTPS", ['1 . alpn="h2" ipv4hint="192.0.2.7"']),
    ("svcb", "SVCB", ["0 svc.example.net."]),
    ("loc", "LOC", ["52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m"]),
    ("naptr", "NAPTR", ['10 10 "U" "sip" "!^.*$!sip:a@example.com!" .']),
    ("key", "OPENPGPKEY", ["QUJD" * 100]),
    ("host", "SSHFP", ["4 2 " + "ab" * 32]),
    ("ptr", "PTR", ["a.example.", "b.example."]),
    (".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 49]), "TXT", ['"a name of 253 characters"']),
]


def test_a_new_zone_is_complete_and_named_accepts_it(
    tmp_path: Path, named_accepts: Callable[..., None]
) -> None:
    """Every type that octoDNS knows, in a file with SOA and NS; planned again, it is what was wanted."""
    target = provider(tmp_path / "build/zones")
    desired = zone_of(*EVERY_TYPE)
    plan = sync(target, desired)
    assert plan is not None and plan.exists is False
    path = tmp_path / "build/zones/example.com.zone"
    named_accepts(path)
    assert target.plan(desired) is None
    lines = path.read_text().splitlines()[2:]
    assert lines[:3] == [
        "example.com. 3600 IN SOA ns1.example.net. hostmaster.example.com. 2026112101 7200 900 1209600 3600",
        "example.com. 3600 IN NS ns1.example.net.",
        "example.com. 3600 IN NS ns2.example.net.",
    ]
    assert all(len(line.split(" ", 4)) == 5 and line.split()[2] == "IN" for line in lines)
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [file.name for file in path.parent.iterdir()] == ["example.com.zone"]


def test_every_type_of_octodns_is_supported_but_those_that_are_no_rr_types() -> None:
    """A new octoDNS with a new type turns this red."""
    ours = {name for name in Record.registered_types() if "/" not in name}
    assert ours - ZoneFile.SUPPORTS == {"ALIAS", "URLFWD"}


def test_a_zone_without_settings_loads_too(tmp_path: Path, named_accepts: Callable[..., None]) -> None:
    """The documented placeholder stands outside of the zone, so named asks for no address of it."""
    target = provider(tmp_path, ns=[])
    sync(target, zone_of(("", "TXT", ['"v=spf1 -all"'])))
    named_accepts(tmp_path / "example.com.zone")
    assert f"IN NS {PLACEHOLDER_NS}." in (tmp_path / "example.com.zone").read_text()


def test_settings_shape_the_soa_and_a_desired_ns_wins(tmp_path: Path) -> None:
    """`{zone}` is the zone; dots before the @ of the contact are escaped (RFC 1035 §8)."""
    soa = {"primary": "hidden.{zone}", "contact": "host.master@{zone}", "refresh": "600", "minimum": 60}
    target = provider(tmp_path, soa=soa, default_ttl="7200")
    sync(target, zone_of(("", "NS", ["ns.example.org."])))
    lines = (tmp_path / "example.com.zone").read_text().splitlines()[2:]
    assert lines == [
        r"example.com. 7200 IN SOA hidden.example.com. host\.master.example.com. 2026112101 600 900 1209600 60",
        "example.com. 300 IN NS ns.example.org.",
    ]


@pytest.mark.parametrize("settings_", [
    {"soa": {"refersh": 600}},              # a typo must not be taken for silence
    {"soa": {"refresh": "soon"}},
    {"soa": {"minimum": -1}},
    {"soa": {"contact": "a@" + "b" * 64}},  # a label has 63 octets
    {"ns": ["ns1..example.net"]},
])  # fmt: skip
def test_settings_that_make_no_soa_are_refused_at_once(tmp_path: Path, settings_: dict[str, Any]) -> None:
    """Not at the first apply, weeks later."""
    with pytest.raises(ZoneFileError, match="files: settings of new zone files"):
        provider(tmp_path, **settings_)


# ---------------------------------------------------------------------------------- what is there survives

PLAIN = """\
$TTL 1h
$ORIGIN example.com.
@   IN SOA ns1 hostmaster (
        2026110103 ; serial
        1d 2h      ; refresh, retry
        4w 1h )    ; expire, minimum
    IN NS ns1
    IN NS ns.example.net.
    IN MX 10 mail
    IN TXT "v=spf1 mx -all"
    IN TXT "odd" "chunks; \\"quoted\\""
    300 IN A 192.0.2.80
    HINFO "PC" "Linux"
    RP admin.example.com. txt.example.com.
    SPF "v=spf1 -all"
    TYPE65280 \\# 4 0A000001
ns1 A 192.0.2.53
mail A 192.0.2.25
*.Wild A 192.0.2.99
www 60 CNAME web.example.net.
sub NS ns.sub
    NS ns.example.net.
    DS 12345 8 2 ( 49FD46E6C4B45C55D4AC69CBD3CD34AC
                   1AFE51DE0000000000000000000000AB )
ns.sub A 192.0.2.54
_old._domainkey TXT ( "v=DKIM1; p="
   "QUJD" )
odd\\032name TXT "a name with a space" "\\200\\000"
"""

SIGNED = """\
example.com. 3600 IN SOA ns.example.net. h.example.com. 7 1 1 1 1
example.com. 3600 IN NS ns.example.net.
example.com. 3600 IN MX 10 mail.example.com.
example.com. 3600 IN RRSIG MX 13 2 3600 20270101000000 20260101000000 1 example.com. AAAA
example.com. 3600 IN RRSIG NS 13 2 3600 20270101000000 20260101000000 1 example.com. AAAA
example.com. 60 IN DNSKEY 257 3 13 BBBB
example.com. 60 IN NSEC mail.example.com. NS SOA MX RRSIG NSEC DNSKEY
example.com. 60 IN CDS 0 0 0 00
mail.example.com. 3600 IN A 192.0.2.25
_old._domainkey.example.com. 3600 IN TXT "v=DKIM1; p=QUJD"
"""

INCLUDING = """\
$TTL 600
@ SOA ns.example.net. h.example.com. 4294967295 1 1 1 1
@ NS ns.example.net.
@ MX 10 mail
$INCLUDE web.inc   ; relative to this file
$INCLUDE "lists.inc" lists
$GENERATE 1-4 host$ A 192.0.2.$
mail A 192.0.2.25
_old._domainkey TXT "v=DKIM1; p=QUJD"
"""
INCLUDED = {"web.inc": "www A 192.0.2.80\n", "lists.inc": "$TTL 5\n@ A 192.0.2.81\nmail A 192.0.2.82\n"}

OURS = {("example.com", "MX"), ("_dmarc.example.com", "TXT"), ("_old._domainkey.example.com", "TXT")}


def seed(directory: Path, text: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    for name, included in INCLUDED.items():
        (directory / name).write_text(included)
    path = directory / "example.com.zone"
    path.write_text(text)
    return path


def by_dnspython(path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str, str], object]:
    """What dnspython alone reads, without the SOA: (owner, type, covers) → TTL and wire form."""
    monkeypatch.chdir(path.parent)
    zone = dns.zone.from_file(str(path), "example.com.", relativize=False, allow_include=True)
    return {
        (name.to_text(True).lower(), rds.rdtype.name if rds.rdtype < 256 else str(rds.rdtype), rds.covers.name):
            (rds.ttl, {rdata.to_wire() for rdata in rds})
        for name, rds in zone.iterate_rdatasets() if rds.rdtype != RdataType.SOA
    }  # fmt: skip


@pytest.mark.parametrize(("text", "serial", "complete"), [
    (PLAIN, 2026112101, True),
    (SIGNED, 8, False),         # its signatures are made up, named would say so
    (INCLUDING, 1, True),       # 4294967295 + 1 wraps, and 0 is left out
])  # fmt: skip
def test_foreign_records_survive_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named_accepts: Callable[..., None],
    text: str, serial: int, complete: bool,
) -> None:  # fmt: skip
    """One create, one update, one delete; everything else is as before, with its TTL and its octets."""
    path = seed(tmp_path / "zones", text)
    if complete:
        named_accepts(path)
    before = by_dnspython(path, monkeypatch)
    target = provider(path.parent, signed=True)
    desired = as_it_is(target)
    put(desired, "", "MX", ["10 mail.example.com.", "20 mx2.example.net."], 3600)
    put(desired, "_dmarc", "TXT", ['"v=DMARC1; p=none"'])
    desired.remove_record(next(r for r in desired.records if r.name == "_old._domainkey"))
    plan = sync(target, desired)
    assert plan is not None and plan.change_counts == {"Create": 1, "Update": 1, "Delete": 1}
    after = by_dnspython(path, monkeypatch)
    foreign = {key: value for key, value in before.items() if key[:2] not in OURS}
    assert {key: value for key, value in after.items() if key[:2] not in OURS} == foreign
    assert len(foreign) >= 7
    assert {key[:2] for key in after} & OURS == {("example.com", "MX"), ("_dmarc.example.com", "TXT")}
    assert f" {serial} " in path.read_text().splitlines()[2]
    if complete:
        named_accepts(path)
    assert target.plan(desired) is None


def test_soa_fields_stay_but_the_serial(tmp_path: Path) -> None:
    """They are the zone's, not the settings'."""
    path = seed(tmp_path, PLAIN)
    target = provider(tmp_path)
    desired = as_it_is(target)
    put(desired, "new", "A", ["192.0.2.1"])
    sync(target, desired)
    soa = (
        "example.com. 3600 IN SOA ns1.example.com. hostmaster.example.com. 2026112101 86400 7200 2419200 3600"
    )
    assert path.read_text().splitlines()[2] == soa


def test_stale_signatures_are_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """They stay, and somebody has to sign again."""
    seed(tmp_path, SIGNED)
    sync(provider(tmp_path, signed=True), zone_of(("", "TXT", ['"x"'])))
    assert "sign it again" in caplog.text


def test_a_signed_file_is_not_changed_unasked(tmp_path: Path) -> None:
    """The plan refuses it, since validating resolvers would refuse the zone; unchanged it may stay."""
    path = seed(tmp_path, SIGNED)
    data = path.read_bytes()
    target = provider(tmp_path)
    assert target.plan(as_it_is(target)) is None
    with pytest.raises(ZoneFileError, match="is signed"):
        target.plan(zone_of(("", "TXT", ['"x"'])))
    assert path.read_bytes() == data


def test_a_value_that_stays_keeps_its_octets(tmp_path: Path) -> None:
    """octoDNS joins strings and drops a leading quote; an Update of a shared RRset must not write that back."""
    odd = ['"one " "two"', r'"\"quoted\""', '"plain"']
    soa = "@ 60 SOA ns.example.net. h 1 1 1 1 1\n@ 60 NS ns.example.net.\n"
    path = seed(tmp_path, soa + "".join(f"@ 60 TXT {value}\n" for value in odd))
    target = provider(tmp_path)
    desired = as_it_is(target)
    (texts,) = (record for record in desired.records if record._type == "TXT")
    put(desired, "", "TXT", [*texts.to_rrset().rdatas, '"v=spf1 -all"'], 60)
    sync(target, desired)
    written = read_rrsets(path)
    assert written is not None
    assert written["example.com", "TXT"] == (60, tuple(sorted([*odd, '"v=spf1 -all"'])))
    assert target.plan(desired) is None


def test_what_octodns_cannot_hold_is_neither_shown_nor_overwritten(tmp_path: Path) -> None:
    """A TXT that is not UTF-8 stays; a Create in its place is refused and leaves the file alone."""
    path = seed(tmp_path, '@ 60 SOA a. b. 1 1 1 1 1\n@ 60 NS ns.example.net.\nbin 60 TXT "\\200\\255"\n')
    target = provider(tmp_path)
    desired = as_it_is(target)
    assert "bin" not in {record.name for record in desired.records}
    put(desired, "www", "A", ["192.0.2.1"])
    sync(target, desired)
    text = path.read_text()
    assert 'bin.example.com. 60 IN TXT "\\200\\255"' in text
    put(desired, "bin", "TXT", ['"ours"'])
    with pytest.raises(ZoneFileError, match=r"bin\.example\.com TXT is in the file and unknown to the plan"):
        sync(target, desired)
    assert path.read_text() == text


def test_the_apex_ns_is_never_deleted_but_may_change(tmp_path: Path) -> None:
    """Neither by a desired zone without it, nor by a plan that somebody made himself."""
    path = seed(tmp_path, "@ 60 SOA a. b. 1 1 1 1 1\n@ 60 NS ns.example.net.\n")
    target = provider(tmp_path)
    sync(target, zone_of(("", "TXT", ['"x"'])))
    assert "IN NS ns.example.net." in path.read_text()
    existing = as_it_is(target)
    (ns,) = (record for record in existing.records if record._type == "NS")
    with pytest.raises(ZoneFileError, match=r"example\.com NS: a zone needs its apex NS"):
        target.apply(Plan(existing, existing, [Delete(ns)], True))
    sync(target, zone_of(("", "TXT", ['"x"']), ("", "NS", ["ns.example.org."])))
    assert "IN NS ns.example.org." in path.read_text()


def test_processors_see_the_whole_zone(tmp_path: Path) -> None:
    """BaseProvider would hide the apex NS of a zone whose source has none."""
    seed(tmp_path, PLAIN)
    seen: list[set[tuple[str, str]]] = []

    class Look(BaseProcessor):  # type: ignore[misc]  # octoDNS has no types
        def process_target_zone(self, existing: Zone, target: ZoneFile, lenient: bool = False) -> Zone:
            seen.append({(record.name, record._type) for record in existing.records})
            return existing

    provider(tmp_path).plan(zone_of(("", "TXT", ['"x"'])), processors=[Look("look")])
    assert {("", "NS"), ("", "A"), ("*.wild", "A"), ("sub", "DS"), ("ns.sub", "A")} <= seen[0]


def test_a_cname_and_other_data_are_refused_before_the_write(tmp_path: Path) -> None:
    """Also where octoDNS does not know the other data (RFC 1034 §3.6.2)."""
    path = seed(tmp_path, '@ 60 SOA a. b. 1 1 1 1 1\n@ 60 NS ns.example.net.\npc 60 HINFO "PC" "BSD"\n')
    text = path.read_text()
    with pytest.raises(ZoneFileError, match=r"pc\.example\.com\. would have a CNAME and other data"):
        sync(provider(tmp_path), zone_of(("pc", "CNAME", ["a.example."])))
    assert path.read_text() == text


def test_a_cname_and_an_address_change_places(tmp_path: Path) -> None:
    """Delete and create at one name are one write."""
    target = provider(tmp_path)
    sync(target, zone_of(("a", "A", ["192.0.2.1"]), ("c", "CNAME", ["a.example.com."])))
    sync(target, zone_of(("c", "A", ["192.0.2.1"]), ("a", "CNAME", ["c.example.com."])))
    assert target.quick_rrsets("example.com.") == {
        ("a.example.com", "CNAME"): (300, ("c.example.com.",)),
        ("c.example.com", "A"): (300, ("192.0.2.1",)),
        ("example.com", "NS"): (3600, ("ns1.example.net.", "ns2.example.net.")),
    }


def test_a_name_without_its_final_dot_is_refused(tmp_path: Path) -> None:
    """octoDNS takes it by default, and it would end in the zone's name."""
    with pytest.raises(ZoneFileError, match=r"example\.com MX 10 mx\.example\.net"):
        sync(provider(tmp_path), zone_of(("", "MX", ["10 mx.example.net"])))
    assert not list(tmp_path.iterdir())


# ------------------------------------------------------------------------------------------ damaged files

HEAD = "@ 60 SOA a. b. 1 1 1 1 1\n@ 60 NS ns.example.net.\n"


@pytest.mark.parametrize(("text", "line", "what"), [
    (HEAD + "www A 192.0.2.300\n", 3, "192.0.2.300"),
    (HEAD + "www NOTYPE x\n", 3, "NOTYPE"),
    (HEAD + "www 60 TXT \"open\n", 3, ""),
    (HEAD + "\n\n" + "a" * 64 + " 60 A 192.0.2.1\n", 5, "63"),
    (HEAD + "www 60 A 192.0.2.1\nwww 60 CNAME a.\n", 4, "CNAME"),
    (HEAD + "www 60 CNAME a.\nwww 60 CNAME b.\n", 4, "a second CNAME"),   # named refuses the zone
    (HEAD + "www.example.net. 60 A 192.0.2.1\n", 3, "outside the zone"),  # a write would lose it
    (HEAD + "$INCLUDE nowhere.inc\n", 3, "No such file"),
    (HEAD + "$INCLUDE ../secret\n", 3, "outside of"),
    (HEAD + "$INCLUDE /etc/hostname\n", 3, "outside of"),
    (HEAD + "$INCLUDE link.inc\n", 3, "outside of"),                      # a symbolic link to ../secret
    (HEAD + "$INCLUDE nested.inc\n", None, "nested.inc: a $INCLUDE within"),
    (HEAD + "$INCLUDE bad.inc\n", 2, "bad.inc"),                          # the line in the included file
    (HEAD.encode() + b"; gr\xfc\xdfe\n", 3, "byte 0xfc is not UTF-8"),
])  # fmt: skip
def test_a_damaged_file_is_named_with_its_line(
    tmp_path: Path, text: str | bytes, line: int | None, what: str
) -> None:
    """A ProviderException for octoDNS and a StszoneError for us; nothing is written."""
    (tmp_path / "secret").write_text("www 60 A 192.0.2.1\n")
    path = seed(tmp_path / "zones", "")
    (path.parent / "nested.inc").write_text("$INCLUDE web.inc\n")
    (path.parent / "bad.inc").write_text("\nwww A 192.0.2.300\n")
    (path.parent / "link.inc").symlink_to("../secret")
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ZoneFileError) as caught:
        sync(provider(path.parent), zone_of(("x", "A", ["192.0.2.1"])))
    assert isinstance(caught.value, ProviderException) and isinstance(caught.value, StszoneError)
    assert what in str(caught.value)
    assert line is None or f".zone:{line}: " in str(caught.value) or f".inc:{line}: " in str(caught.value)


# ------------------------------------------------------------------------------------- the write and names


def test_nothing_is_touched_when_nothing_changed(tmp_path: Path) -> None:
    """Not even a file that is far from canonical; nor by a plan without a difference."""
    path = seed(tmp_path, PLAIN)
    target = provider(tmp_path)
    desired = as_it_is(target)
    before = path.stat()
    assert sync(target, desired) is None
    (mx,) = (record for record in desired.records if record._type == "MX")
    target.apply(Plan(desired, desired, [Update(mx, mx)], True))
    assert path.read_text() == PLAIN and path.stat().st_ino == before.st_ino


@pytest.mark.parametrize("edited", ["example.com.zone", "web.inc"])
def test_an_edit_between_plan_and_apply_is_refused(tmp_path: Path, edited: str) -> None:
    """In the file or in one that it includes; the edit stays, the old plan stays dead."""
    path = seed(tmp_path, INCLUDING)
    target = provider(tmp_path)
    desired = as_it_is(target)
    put(desired, "new", "A", ["192.0.2.1"])
    plan = target.plan(desired)
    with open(tmp_path / edited, "a") as file:
        file.write("hand A 192.0.2.200\n")
    text = path.read_text()
    for _ in range(2):
        with pytest.raises(ZoneFileChangedError, match="plan again") as caught:
            target.apply(plan)
    assert isinstance(caught.value, RefusedError)
    assert path.read_text() == text
    put(desired, "hand", "A", ["192.0.2.200"], 600)
    sync(target, desired)
    assert "hand.example.com. 600 IN A 192.0.2.200" in path.read_text()


def test_a_file_that_appeared_or_vanished_is_a_change_too(tmp_path: Path) -> None:
    """A plan for a new zone does not overwrite one."""
    target = provider(tmp_path)
    plan = target.plan(zone_of(("a", "A", ["192.0.2.1"])))
    path = seed(tmp_path, PLAIN)
    with pytest.raises(ZoneFileChangedError):
        target.apply(plan)
    plan = target.plan(zone_of(("a", "A", ["192.0.2.1"])))
    path.unlink()
    with pytest.raises(ZoneFileChangedError):
        target.apply(plan)


def test_a_plan_is_applied_once(tmp_path: Path) -> None:
    """Two plans from one reading: the second was made for a file that is gone."""
    target = provider(tmp_path)
    one, two = (target.plan(zone_of((name, "A", ["192.0.2.1"]))) for name in "ab")
    target.apply(one)
    with pytest.raises(ZoneFileChangedError):
        target.apply(two)


CRASH = """
    import os, resource, sys
    from pathlib import Path
    sys.path.insert(0, {root!r})
    from tests.planning.test_zonefile import provider, zone_of
    target = provider(Path({directory!r}))
    plan = target.plan(zone_of(("new", "TXT", ['"' + "x" * 200 + '"'])))
    {fault}
    target.apply(plan)
"""


@pytest.mark.parametrize(("fault", "left"), [
    # Killed when the temporary file is complete and not yet in its place.
    ("sys.addaudithook(lambda event, args: event == 'os.rename' and os._exit(9))", 1),
    # A full disk: the kernel refuses the write half-way.
    ("resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))", 0),
])  # fmt: skip
def test_a_crash_leaves_the_old_file(tmp_path: Path, fault: str, left: int) -> None:
    """Whole; what the crash leaves is neither a zone nor in the way of the next apply."""
    target = provider(tmp_path)
    sync(target, zone_of(("a", "A", ["192.0.2.1"])))
    path = tmp_path / "example.com.zone"
    text = path.read_text()
    script = textwrap.dedent(CRASH).format(root=str(ROOT), directory=str(tmp_path), fault=fault)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == (9 if left else 1), run.stderr
    assert path.read_text() == text
    assert len(list(tmp_path.iterdir())) == 1 + left
    assert target.list_zones() == ["example.com."]
    sync(target, zone_of(("b", "A", ["192.0.2.1"])))
    assert "b.example.com. 300 IN A" in path.read_text()


def test_mode_bits_stay_and_links_inside_are_followed(tmp_path: Path) -> None:
    """The link stays a link; its file is replaced."""
    path = seed(tmp_path / "zones", PLAIN)
    real = path.rename(path.parent / "real.txt")
    real.chmod(0o640)
    path.symlink_to("real.txt")
    target = provider(path.parent)
    desired = as_it_is(target)
    put(desired, "new", "A", ["192.0.2.1"])
    sync(target, desired)
    assert path.is_symlink() and "new.example.com." in real.read_text()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert target.quick_rrsets("example.com.") is None


def test_no_link_leads_out_of_the_directory(tmp_path: Path) -> None:
    """Neither for reading nor for writing, and not to a file that does not exist either."""
    (tmp_path / "zones").mkdir()
    (tmp_path / "zones/example.com.zone").symlink_to("../elsewhere")
    with pytest.raises(ZoneFileError, match="is outside of"):
        provider(tmp_path / "zones").plan(zone_of(("a", "A", ["192.0.2.1"])))


@pytest.mark.parametrize(("zone", "file"), [
    ("example.com.", "example.com.zone"),
    ("EXAMPLE.com.", "example.com.zone"),
    ("xn--bcher-kva.example.", "xn--bcher-kva.example.zone"),
    ("2.0.192.in-addr.arpa.", "2.0.192.in-addr.arpa.zone"),
    ("0/25.2.0.192.in-addr.arpa.", "0-25.2.0.192.in-addr.arpa.zone"),  # RFC 2317 §4
    ("../example.com.", None),
    ("a/../../example.com.", None),
    ("/etc/example.com.", None),
    ("a/b.example.com.", None),       # a slash is RFC 2317's only
    ("..", None),
    (".", None),
    ("", None),
    (".hidden.example.", None),
    ("a\\b.example.", None),
    ("a\0b.example.", None),
    ("a b.example.", None),
])  # fmt: skip
def test_a_zone_name_is_never_a_path(tmp_path: Path, zone: str, file: str | None) -> None:
    """Names come from configurations."""
    target = provider(tmp_path)
    if file is None:
        assert target.quick_rrsets(zone) is None
        with pytest.raises(ZoneFileError, match="has no file"):
            target.files.file(zone.removesuffix("."))
    else:
        assert target.files.file(zone.removesuffix(".")) == tmp_path.resolve() / file


def test_zones_are_listed_by_their_files(tmp_path: Path) -> None:
    """Without temporary files and strangers; a classless zone gets its slash back."""
    target = provider(tmp_path / "zones")
    assert target.list_zones() == []
    for name in ("example.com.", "0/25.2.0.192.in-addr.arpa."):
        sync(target, zone_of(("1", "PTR", ["mail.example.com."]), name=name))
    (tmp_path / "zones/.x.zone").touch()
    (tmp_path / "zones/README").touch()
    assert target.list_zones() == ["0/25.2.0.192.in-addr.arpa.", "example.com."]
    assert target.quick_rrsets("0/25.2.0.192.in-addr.arpa.") is not None
    with pytest.raises(ZoneFileError, match="outside the zone"):  # the file is the other zone's
        target.plan(zone_of(("1", "PTR", ["a.example."]), name="0-25.2.0.192.in-addr.arpa."))


# ------------------------------------------------------------------------------------------- the fast road


@pytest.mark.parametrize("text", [
    PLAIN,                                          # relative names, parentheses, directives
    SIGNED,                                         # canonical lines without a seal: nobody vouches for them
    "",
    "; only a comment\n",
])  # fmt: skip
def test_the_fast_reader_declines_files_of_others(tmp_path: Path, text: str) -> None:
    """They take the slow road."""
    seed(tmp_path, text)
    assert provider(tmp_path).quick_rrsets("example.com.") is None


def test_the_fast_reader_declines_no_file_and_another_zones_file(tmp_path: Path) -> None:
    """A file copied to another zone's name holds nothing of that zone."""
    target = provider(tmp_path)
    assert target.quick_rrsets("example.com.") is None
    sync(target, zone_of(("a", "A", ["192.0.2.1"])))
    shutil.copy(tmp_path / "example.com.zone", tmp_path / "example.net.zone")
    assert target.quick_rrsets("example.net.") is None
    assert target.quick_rrsets("example.com.") == read_rrsets(tmp_path / "example.com.zone")


def test_the_fast_reader_finds_our_records_as_octodns_writes_them(tmp_path: Path) -> None:
    """Text for text, for every type that a mail domain publishes: no false differences."""
    target = provider(tmp_path)
    desired = zone_of(*EVERY_TYPE)
    sync(target, desired)
    quick = target.quick_rrsets("example.com.")
    assert quick is not None
    for record in desired.records:
        if record._type not in {"LOC", "HTTPS", "NAPTR"}:  # here dnspython's text is another
            rdatas = tuple(sorted(record.to_rrset().rdatas))
            assert quick[record.fqdn.removesuffix("."), record._type] == (300, rdatas)


# ------------------------------------------------------------------------------------------- in octoDNS


class KeepForeign(BaseProcessor):  # type: ignore[misc]  # octoDNS has no types
    """Deletes only what the test calls ours."""

    def process_plan(self, plan: Plan | None, *_: object, **__: object) -> Plan | None:
        if plan is None:
            return None
        ours = {"_old._domainkey"}
        changes = [each for each in plan.changes if not isinstance(each, Delete) or each.record.name in ours]
        return Plan(plan.existing, plan.desired, changes, plan.exists) if changes else None


CONFIG = """\
manager: {{max_workers: 2}}
providers:
  source: {{class: octodns.provider.yaml.YamlProvider, directory: {0}/config, escaped_semicolons: false}}
  files:
    class: stszone.planning.zonefile.ZoneFile
    directory: zones
    soa: {{contact: "hostmaster@{{zone}}", refresh: 3600}}
    ns: [ns1.example.net, ns2.example.net]
    default_ttl: 600
processors:
  keep: {{class: tests.planning.test_zonefile.KeepForeign}}
zones:
  example.com.: {{sources: [source], processors: [keep], targets: [files]}}
  new.example.: {{sources: [source], processors: [keep], targets: [files]}}
"""
SOURCE = """\
'':
  - {type: MX, value: {exchange: mail.example.com., preference: 10}}
  - {type: TXT, value: "v=spf1 -all"}
_dmarc: {type: TXT, value: "v=DMARC1; p=none"}
"""


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "config").mkdir()
    (tmp_path / "octodns.yaml").write_text(CONFIG.format(tmp_path))
    for zone in ("example.com", "new.example"):
        (tmp_path / f"config/{zone}.yaml").write_text(SOURCE)
    seed(tmp_path / "zones", PLAIN)
    monkeypatch.chdir(tmp_path)
    yield tmp_path


def test_a_real_manager_keeps_foreign_records(
    configured: Path, monkeypatch: pytest.MonkeyPatch, named_accepts: Callable[..., None]
) -> None:
    """Plan and apply as octodns-sync does; the second run has nothing to do and touches nothing."""
    path = configured / "zones/example.com.zone"
    before = by_dnspython(path, monkeypatch)
    monkeypatch.chdir(configured)
    Manager("octodns.yaml").sync(dry_run=True)
    assert path.read_text() == PLAIN
    assert Manager("octodns.yaml").sync(dry_run=False, force=True) == 6
    named_accepts(path)
    named_accepts(configured / "zones/new.example.zone", "new.example")
    written = path.read_bytes()
    after = by_dnspython(path, monkeypatch)
    ours = {("example.com", "TXT"), *OURS}
    assert {k: v for k, v in after.items() if k[:2] not in ours} == {
        k: v for k, v in before.items() if k[:2] not in ours
    }
    monkeypatch.chdir(configured)
    assert Manager("octodns.yaml").sync(dry_run=False) == 0
    assert path.read_bytes() == written


def test_stock_octodns_sync_runs_it(configured: Path) -> None:
    """From its own configuration, with the time of the clock, and without a deprecated call."""
    run = subprocess.run(
        [sys.executable, "-W", "error::DeprecationWarning:octodns", "-W", "error::DeprecationWarning:stszone",
         "-m", "octodns.cmds.sync", "--config-file", "octodns.yaml", "--doit", "new.example."],
        capture_output=True, text=True, check=False, cwd=configured,
        env={**os.environ, "PYTHONPATH": f"{ROOT}"},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    assert "DEPRECATED" not in run.stderr
    text = (configured / "zones/new.example.zone").read_text()
    assert "new.example. 600 IN SOA ns1.example.net. hostmaster.new.example. 20" in text
