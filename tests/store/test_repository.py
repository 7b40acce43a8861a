"""The repository: every finding at its place, every domain as its files say."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from stszone.ledger import claimed, minted, published, publishing
from stszone.report import Finding
from stszone.standards.rrset import RRset
from stszone.store.ledger_file import append_events
from stszone.store.repository import Hosting, Repository, read_repository
from stszone.store.state import State, state_at
from tests.conftest import NOW, Files, write_files

Read = Callable[..., Repository]
See = Callable[..., State]

PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = PRIVATE.public_key()
RAW = base64.b64encode(PUBLIC.public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
PEM = PUBLIC.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
DER = "".join(PEM.splitlines()[1:-1])
SECRET = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def placed(found: list[Finding]) -> list[tuple[str, str]]:
    """Rule and place of each finding, `example.com.yaml:1:2`."""
    return [(one.rule, f"{Path(one.file or '?').name}:{one.line}:{one.column}") for one in found]


# --- places ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("spf: [", [("INP001", "1:7")]),
        ("- a\n- b", [("INP001", "1:1")]),  # a list
        ("hello", [("INP001", "1:1")]),
        ("\ufeffttl: 60\nspff: {}\n", [("INP002", "2:1")]),
        ("ttl: 60\r\nspff: {}\r\n", [("INP002", "2:1")]),
        ("spf: {al: fail}", [("INP002", "1:11")]),
        ("name: other.example", [("INP002", "1:7")]),  # the file's name is the name
        ("adsp: unknown", [("INP002", "1:7")]),
        ('"[[]]": 1', [("INP002", "1:9")]),  # brackets in a key are no mark of pydantic's
        ('spf: {"a[b]": 1}', [("INP002", "1:15")]),
        ("<<: {mx: none}", [("INP002", "1:1")]),
        ("ttl: -1", [("DNS006", "1:6")]),
        ("ttl: {mx: -1}", [("DNS006", "1:11")]),
        ("ttl: 010", [("INP003", "1:6")]),  # not octal, and not ten
        ("ttl: 1.5", [("INP003", "1:6")]),
        ("parked: yes", [("INP003", "1:9")]),
        ("parked: on", [("INP003", "1:9")]),
        ("parked: 1", [("INP003", "1:9")]),
        ("mx: 5", [("INP003", "1:5")]),
        ("mx:\n  - host: mail.example.com\n    preference: high\n", [("INP003", "3:17")]),
        ("mx:\n  - preference: 10\n", [("INP003", "2:5")]),  # a key that is missing: its mapping
        ("mx:\n  - 10 203.0.113.1\n", [("MXX002", "2:5")]),
        ("hosts:\n  mail.{domain}: {ipv4: [203.0.113.300]}", [("DNS003", "2:26")]),
        ("hosts:\n  mail_1.{domain}: {ipv4: [203.0.113.1]}", [("DNS002", "2:3")]),  # the key itself
        ("spf:\n  all: fail\nspf:\n  all: softfail", [("INP004", "3:1")]),
        ("hosts:\n  mail.{domain}: {ipv4: [192.0.2.1]}\n  mail.example.com: {ipv4: [192.0.2.2]}",
         [("INP004", "2:3")]),
        ("dkim:\n  s1:\n    key: keys/none.pem\n", [("INP007", "3:10")]),
        ("dkim:\n  adsp: maybe\n", [("INP003", "2:9")]),
        ("zone: example.net", [("INP008", "1:7")]),
        ("mx: [mail.{domain}]\nmta_sts:\n  mode: testing\n  publish: nowhere\n", [("INP011", "4:12")]),
        ("mx: [mail.{domain}]\nmta_sts:\n  mode: Testing\n", [("STS022", "3:9")]),
        ("mx: [mail.{domain}]\nmta_sts:\n  max_age: 60\n", [("STS022", "2:1")]),  # of the section as a whole
    ],
)  # fmt: skip
def test_every_finding_has_its_place(read: Read, text: str, findings: list[tuple[str, str]]) -> None:
    """file:line:column of the value, of its key where there is no value, of what is above."""
    found = read({"example.com.yaml": text}).findings
    assert placed(found) == [(rule, f"example.com.yaml:{place}") for rule, place in findings]


def test_all_errors_of_a_file_are_found_at_once(read: Read) -> None:
    """And those of the other files."""
    found = read({
        "a.example.yaml": "ttl: -1\nspff: {}\nmx: [203.0.113.1]\nmta_sts: {mode: Enforce}\n",
        "b.example.yaml": "parked: maybe\n",
        "c.example.yaml": "mx: none\n",
    })  # fmt: skip
    assert sorted(one.rule for one in found.findings) == ["DNS006", "INP002", "INP003", "MXX002", "STS022"]
    assert found.domains.keys() == {"c.example"}
    assert {one.domain for one in found.findings} == {"a.example", "b.example"}


@pytest.mark.parametrize(
    ("files", "place"),
    [
        # The value comes from the profile.
        ({"_p.yaml": "ttl: 60\nmx: [203.0.113.1]\n"}, "_p.yaml:2:6"),
        ({"_p.yaml": "ttl: 60\n\nhosts: {mail.{domain}: {ipv4: [1.2.3.400]}}\n"}, "_p.yaml:3:32"),
        ({"_p.yaml": "extends: [q]\n", "_q.yaml": "parked: maybe\n"}, "_q.yaml:1:9"),
        ({"_defaults.yaml": "\nttl: -1\n", "_p.yaml": ""}, "_defaults.yaml:2:6"),
        ({"_p.yaml": "mta_sts: {max_age: 60}\n"}, "_p.yaml:1:1"),  # the section that lacks its mode
        # The file has replaced it.
        ({"_p.yaml": "mx: [203.0.113.1]\n", "+": "mx: [203.0.113.2]\n"}, "example.com.yaml:2:6"),
        ({"_p.yaml": "spf: {all: fail}\n", "+": "spf: {terms: 5}\n"}, "example.com.yaml:2:14"),
    ],
)
def test_a_value_of_a_profile_is_found_in_the_profile(read: Read, files: dict[str, str], place: str) -> None:
    """Where it has to be mended."""
    text = "extends: [p]\n" + files.pop("+", "")
    found = read({"example.com.yaml": text, **files})
    assert [where for _, where in placed(found.findings)] == [place]


def test_a_finding_about_what_is_published_has_its_place(state: See) -> None:
    """The compiler and the rules know keys, the repository knows lines."""
    seen = state({"example.com.yaml": "mx: none\n\naliases: {imap.other.test: mail.{domain}}\n"})
    found = [seen.repository.located(one) for one in seen.findings]
    assert placed(found) == [("INP008", "example.com.yaml:3:28")]


@pytest.mark.parametrize(
    ("text", "fix"),
    [
        ("mta-sts: {mode: testing}", "did you mean mta_sts?"),
        ("hostss: {}", "did you mean hosts?"),
        ("extend: [parked]", "did you mean extends?"),
        ("dmarc: {p: none, ruaa: []}", "did you mean rua?"),
        ("mx: [{hots: mail.{domain}}]", "did you mean host?"),
        ("mta_sts: {mode: none, policy_host: {ipv44: [192.0.2.1]}}", "did you mean ipv4?"),
    ],
)
def test_the_nearest_known_key_is_named(read: Read, text: str, fix: str) -> None:
    """For a key that nobody knows."""
    found = [one for one in read({"example.com.yaml": text}).findings if one.rule == "INP002"]
    assert [one.fix for one in found] == [fix]


def test_without_a_near_key_all_are_named(read: Read) -> None:
    """So that one need not look elsewhere."""
    (found,) = read({"example.com.yaml": "zzzzzzz: 1"}).findings
    assert found.fix.startswith("known here: ")
    for key in ("mx", "spf", "extends", "domains", "zone"):
        assert key in found.fix


# --- which domains there are ---------------------------------------------------------------------


def test_what_counts_as_a_mail_domain(read: Read) -> None:
    """Files named after a domain; profiles, hidden files and other kinds are none."""
    found = read({
        "a.example.yaml": "mx: none", "b.example.yml": "mx: none", "_p.yaml": "mx: none", ".c.example.yaml": "[",
        "README.md": "[", "d.example.yaml.bak": "[", "keys/e.example.yaml": "[", "empty.example.yaml": "",
    })  # fmt: skip
    assert sorted(found.domains) == ["a.example", "b.example", "empty.example"]
    assert found.findings == []


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("Example.COM.yaml", "example.com"),
        ("müller.example.yaml", "xn--mller-kva.example"),
        ("xn--mller-kva.example.yaml", "xn--mller-kva.example"),
        ("a.b.c.example.yaml", "a.b.c.example"),
    ],
)
def test_the_name_of_a_file_is_the_domain(read: Read, file: str, name: str) -> None:
    """In lower case, and as A-label."""
    found = read({file: "mx: [mail.{domain}]"})
    assert found.findings == []
    assert found.domains[name].mx is not None
    assert found.domains[name].mx[0].host == f"mail.{name}"


@pytest.mark.parametrize(
    ("files", "places"),
    [
        ({"fleet.yaml": "mx: none"}, ["fleet.yaml:1:1"]),  # not a domain
        ({"my_domain.example.yaml": "mx: none"}, ["my_domain.example.yaml:1:1"]),
        ({"192.0.2.1.yaml": "mx: none"}, ["192.0.2.1.yaml:1:1"]),
        ({"fleet.yaml": "mx: none\ndomains: [a.example, b_c.example]"}, ["fleet.yaml:2:22"]),
        ({"fleet.yaml": "domains: a.example"}, ["fleet.yaml:1:10"]),
        ({"fleet.yaml": "domains: [1]"}, ["fleet.yaml:1:1"]),
        ({"fleet.yaml": "domains: [x.{domain}]"}, ["fleet.yaml:1:11"]),
        ({"a.example.yaml": "", "fleet.yaml": "domains: [b.example, A.example]"}, ["fleet.yaml:1:22"]),
        ({"fleet.yaml": "domains: [b.example, b.example]"}, ["fleet.yaml:1:22"]),
        ({"a.example.yaml": "", "a.example.yml": ""}, ["a.example.yml:1:1"]),
        ({"müller.example.yaml": "", "xn--mller-kva.example.yaml": ""}, ["xn--mller-kva.example.yaml:1:1"]),
    ],
)
def test_a_domain_is_described_once_and_by_its_name(read: Read, files: Files, places: list[str]) -> None:
    """INP006, at the name that is wrong."""
    assert placed(read(files).findings) == [("INP006", place) for place in places]


def test_one_file_for_many_alike(read: Read) -> None:
    """Each with its own name in it."""
    found = read({"fleet.yaml": "domains: [a.example, B.example]\nmx: [mx.{domain}]"})
    assert [domain.mx[0].host for domain in found.domains.values() if domain.mx] == [
        "mx.a.example",
        "mx.b.example",
    ]
    assert found.layers["b.example"][0].file.endswith("fleet.yaml")


def test_an_empty_list_of_domains_describes_none(read: Read) -> None:
    """A fleet that was sold."""
    found = read({"fleet.yaml": "domains: []\nmx: none"})
    assert (found.domains, found.findings) == ({}, [])


def test_defaults_are_for_every_domain(read: Read) -> None:
    """And may be taken away again."""
    found = read({
        "_defaults.yaml": "ttl: 77\ntls_rpt: {rua: ['mailto:tls@example.net']}",
        "a.example.yaml": "", "b.example.yaml": "ttl: 60\ntls_rpt: ~",
    })  # fmt: skip
    assert found.findings == []
    assert (found.domains["a.example"].ttl.default, found.domains["b.example"].ttl.default) == (77, 60)
    assert found.domains["a.example"].tls_rpt is not None
    assert found.domains["b.example"].tls_rpt is None


# --- zones ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "text", "held", "zone"),
    [
        ("example.com", "", [], "example.com"),  # its own name
        ("lists.example.com", "", ["example.com"], "example.com"),  # the longest that is named
        ("lists.example.com", "", ["example.com", "lists.example.com"], "lists.example.com"),
        ("lists.example.com", "", ["com", "example.com"], "example.com"),
        ("lists.example.com", "zone: lists.example.com", ["example.com"], "lists.example.com"),
        ("badexample.com", "", ["example.com"], "badexample.com"),
        ("example.com", "zone: '{domain}'", [], "example.com"),
    ],
)
def test_the_zone_of_a_domain(read: Read, name: str, text: str, held: list[str], zone: str) -> None:
    """What the YAML says, else the longest zone of octodns.yaml, else itself."""
    found = read({f"{name}.yaml": text}, Hosting(zones=frozenset(held)))
    assert found.domains[name].zone == zone
    assert found.findings == []
    assert found.zones >= {zone, *held}


def test_a_zone_that_octodns_does_not_take(read: Read) -> None:
    """There is nowhere to publish (INP008)."""
    hosting = Hosting(zones=frozenset({"example.com"}), dynamic=lambda zone: zone.endswith(".net"))
    found = read({"a.example.yaml": "mx: none", "b.example.com.yaml": "", "c.net.yaml": ""}, hosting)
    assert placed(found.findings) == [("INP008", "a.example.yaml:1:1")]


@pytest.mark.parametrize(
    ("files", "ambiguous"),
    [
        ({"example.com.yaml": "", "lists.example.com.yaml": ""}, True),
        ({"example.com.yaml": "", "lists.example.com.yaml": "zone: example.com"}, False),
        ({"example.com.yaml": "", "lists.example.com.yaml": "zone: lists.example.com"}, False),
        (
            {"example.com.yaml": "", "lists.example.com.yaml": "extends: [p]", "_p.yaml": "zone: '{domain}'"},
            False,
        ),
        ({"example.com.yaml": "", "example.net.yaml": ""}, False),
    ],
)
def test_a_domain_below_another_zone_says_which_it_means(state: See, files: Files, ambiguous: bool) -> None:
    """INP010, a warning."""
    assert ("INP010" in [one.rule for one in state(files).findings]) is ambiguous


# --- key files -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        PEM,  # openssl pkey -pubout
        f"v=DKIM1; k=ed25519; p={RAW}",  # the record
        f'v=DKIM1; k=ed25519; "p={RAW}"'.replace('"', ""),
        f's1._domainkey IN TXT ( "v=DKIM1; k=ed25519; "\n\t"p={RAW}" )  ; ----- DKIM key s1 for example.com\n',
    ],
)
def test_reads_a_key_file(state: See, text: str) -> None:
    """In the forms that tools write, relative to zones/."""
    seen = state({"example.com.yaml": "dkim: {s1: {key: keys/s1.txt}}", "keys/s1.txt": text})
    assert seen.repository.findings == []
    rrset = seen.compiled.zones["example.com"].rrsets["s1._domainkey.example.com", "TXT"]
    assert rrset.rdatas == (f'"v=DKIM1; k=ed25519; p={RAW}"',)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("keys/none.txt", "cannot be read"),
        ("keys", "cannot be read"),  # a directory
        ("../../outside.txt", "outside the repository"),
        ("/etc/hostname", "outside the repository"),
        ("keys/link.txt", "outside the repository"),
        ("keys/latin.txt", "not a text file"),
    ],
)
def test_a_key_file_that_cannot_be_used(zones: Path, name: str, what: str) -> None:
    """Missing, elsewhere, or no text (INP007); said once."""
    write_files(zones, {"example.com.yaml": f"dkim: {{s1: {{key: {name}}}}}"})
    (zones.parent.parent / "outside.txt").write_text(PEM)
    (zones / "keys").mkdir()
    (zones / "keys/link.txt").symlink_to(zones.parent.parent / "outside.txt")
    (zones / "keys/latin.txt").write_bytes(b"\xe4")
    found = read_repository(zones, Hosting()).findings
    assert [one.rule for one in found] == ["INP007"]
    assert what in found[0].message


def test_a_key_file_beside_zones_is_inside_the_repository(zones: Path) -> None:
    """The repository is what holds zones/."""
    write_files(zones, {"example.com.yaml": "dkim: {s1: {key: ../keys/s1.txt}}", "../keys/s1.txt": PEM})
    assert read_repository(zones, Hosting()).findings == []


SEED = base64.b64encode(bytes(range(32))).decode()
_LINES = SECRET.splitlines()
_BODY = "".join(_LINES[1:-1])


@pytest.mark.parametrize(
    "files",
    [
        {"example.com.yaml": "dkim: {s1: {key: s1.txt}}", "s1.txt": SECRET},  # the wrong half
        {"example.com.yaml": "dkim: {s1: {key: s1.txt}}", "s1.txt": _BODY},
        {"example.com.yaml": "dkim: {s1: {key: s1.txt}}", "s1.txt": f"v=DKIM1; p={_BODY}"},
        {"example.com.yaml": "dkim:\n  s1:\n    key: |\n" + "".join(f"      {line}\n" for line in _LINES)},
        {"example.com.yaml": "dkim:\n  s1:\n    key: " + "\n      ".join(_LINES)},  # folded to one line
        {"example.com.yaml": f"dkim: {{s1: {{key: {_BODY}}}}}"},
        {"example.com.yaml": f"dkim: {{s1: {{p: {_BODY}}}}}"},
        {"example.com.yaml": f"dkim: {{s1: {_BODY}}}"},
        {"example.com.yaml": f"dkim: {_BODY}"},
        {"example.com.yaml": f"dkim: {{s1: {SEED}}}"},  # 32 octets, all that an Ed25519 key is
        {"example.com.yaml": f"dkim: {{s1: {{key: {SEED}}}}}"},
        {"example.com.yaml": f"dkim: {{s1: {{{SEED}: 1}}}}"},
        {"example.com.yaml": f"dkim: {{{SEED}: {{revoked: true}}}}"},
        {"example.com.yaml": f"dkim: {{s1: {{t: [{SEED}]}}}}"},
        {"example.com.yaml": f"dkim: {{s1: {{key: [{_BODY}]}}}}"},
        {"example.com.yaml": f"dkim: {{s1: {{k: {_BODY}}}}}"},
        {"example.com.yaml": f"dkim: {{s1: {{n: {_BODY}, revoked: {_BODY}}}}}"},
        {"example.com.yaml": f"dkim: {{s1: {{{_BODY}: 1}}}}"},
        {"example.com.yaml": f"dkim: {{s1: {{key: a, p: [{_BODY}}}}}"},  # and a slip of YAML
    ],
    ids=str,
)  # fmt: skip
def test_a_private_key_is_refused_and_never_repeated(state: See, files: Files) -> None:
    """Messages end up in pull requests and logs."""
    seen = state(files)
    assert seen.findings
    for one in seen.findings:
        assert _BODY[20:] not in f"{one.message} {one.fix}"
        assert SEED not in f"{one.message} {one.fix}"
    assert not any(_BODY in rdata for rrset in seen.compiled.rrsets().values() for rdata in rrset.rdatas)


# --- ledgers -------------------------------------------------------------------------------------

POLICY = b"version: STSv1\nmode: enforce\nmx: mail.example.com\nmax_age: 604800\n"
T0 = datetime(2026, 11, 1, tzinfo=UTC)


def _serve(zones: Path) -> None:
    """A ledger that says that example.com served an enforce policy."""
    record = RRset("_mta-sts.example.com", "TXT", 3600, ('"v=STSv1; id=a1"',))
    append_events(zones, "example.com", [
        minted(T0, "a1", POLICY), publishing(T0, "a1", "webroot"), published(T0, "a1", "webroot"),
        claimed(T0, "zonefile", "example.com", [record]),
    ])  # fmt: skip


def _rules(seen: State) -> list[str]:
    return [one.rule for one in seen.findings]


def test_the_yaml_may_not_go_before_the_policy(zones: Path) -> None:
    """LED002 names the ledger; with the YAML back, the walk goes on."""
    _serve(zones)
    seen = state_at(read_repository(zones, Hosting()), NOW)
    assert placed(seen.findings) == [("LED002", "example.com.jsonl:1:1")]
    assert seen.lives["example.com"].stage == "removing"
    write_files(zones, {"example.com.yaml": "mx: [mail.{domain}]"})
    assert _rules(state_at(read_repository(zones, Hosting()), NOW)) == []


@pytest.mark.parametrize("text", ["mx: [", "mx: 5", "extends: [nope]", "zone: 5"])
def test_a_slip_in_the_yaml_is_not_its_absence(zones: Path, text: str) -> None:
    """Whoever mistypes a key is not told that the file is gone."""
    _serve(zones)
    write_files(zones, {"example.com.yaml": text})
    assert "LED002" not in _rules(state_at(read_repository(zones, Hosting()), NOW))


def test_a_damaged_ledger_is_named_with_its_line(zones: Path) -> None:
    """LED001, for its domain only."""
    _serve(zones)
    write_files(zones, {"example.com.yaml": "", "b.example.yaml": "", "ledger/b.example.jsonl": "\n{}\n"})
    found = read_repository(zones, Hosting())
    assert placed(found.findings) == [("LED001", "b.example.jsonl:2:1")]
    assert found.findings[0].domain == "b.example"
    assert found.ledgers.keys() == {"example.com"}


def test_what_is_ours_is_what_the_ledgers_say(zones: Path) -> None:
    """By target and zone."""
    _serve(zones)
    write_files(zones, {"example.com.yaml": "mx: [mail.{domain}]"})
    seen = state_at(read_repository(zones, Hosting()), NOW)
    key = ("_mta-sts.example.com", "TXT")
    assert seen.owned("zonefile", "example.com") == {key: frozenset({'"v=STSv1; id=a1"'})}
    assert seen.owned("bind", "example.com") == {}
    assert seen.owned("zonefile", "example.net") == {}


def test_a_part_of_the_repository_keeps_its_hands_off_the_rest(state: See) -> None:
    """One mail domain by itself: the others' records are foreign, and what two share waits for both."""
    seen = state({
        "example.com.yaml": "mx: [mail.{domain}]\nrecords: {m: {type: TXT, value: a=1}}",
        "m.example.com.yaml": "zone: example.com\nspf: {all: fail}", "example.net.yaml": "mx: none",
    })  # fmt: skip
    part = seen.only(frozenset({"example.com"}))
    decision = part.decide("t", part.compiled.zones["example.com"], {})
    assert decision.put.keys() == {("example.com", "MX")}
    assert [(found.rule, found.domain) for found in decision.findings] == [("OWN005", "example.com")]
    assert part.zones == ["example.com"]
    assert part.decide("t", part.compiled.zones["example.net"], {}).idle
    assert seen.only(frozenset(seen.lives)) is seen


def test_the_same_repository_gives_the_same_answer(state: See) -> None:
    """Reading is pure, but for the files."""
    files = {"example.com.yaml": "extends: [self-hosted]\nmx: [mail.{domain}]\nmta_sts: {mode: testing}"}
    one, two = state(files), state(files)
    assert one.findings == two.findings
    assert one.compiled == two.compiled
    assert one.lives == two.lives
