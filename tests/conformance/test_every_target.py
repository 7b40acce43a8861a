"""What stszone promises of a zone that others use too, on every target in turn.

One list of cases: none knows which target it runs on.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable

import pytest

from tests.cli.run import Place
from tests.conformance.target import REMOVE, Held, Target

ZONE = "example.com"
APEX = "example.com."

HEAD = "@ IN SOA ns1.example.com. hostmaster.example.com. 2024010101 7200 900 1209600 3600\n"

FOREIGN = (
    HEAD
    + r"""
@       IN NS  ns1
@       IN NS  ns2.example.net.
@       IN A   192.0.2.80
@       IN AAAA 2001:db8::80
@       IN CAA 0 issue "ca.example; policy=ev"
@       IN TXT "ms-domain-verification=1"
@       IN TXT "brevo-code:70df7540"
ns1     IN A   192.0.2.53
www     IN CNAME @
shop    300 IN A 192.0.2.81
api     IN A 192.0.2.82
api     IN A 192.0.2.83
_sip._tcp IN SRV 1 2 5061 sip.example.net.
_acme-challenge IN TXT "token"
news._domainkey IN TXT "v=DKIM1; k=rsa; p="
old     IN HINFO "PDP-11" "RSX"
*.wild  IN A 192.0.2.84
odd     IN TXT "back\\slash" "\"quoted\"" "" "\195\188ber" "\000" " blank "
below   IN NS ns.below.example.net.
below   IN DS 12345 8 2 {ds}
_443._tcp.www IN TLSA 3 0 0 {certificate}
UPPER   IN A 192.0.2.85
we\.ird  IN A 192.0.2.86
\195\188 IN A 192.0.2.87
a\032b   IN A 192.0.2.88
0/25    IN NS ns.example.net.
""".replace("{ds}", "ef" * 32).replace("{certificate}", "cd" * 700)
)
"""More than twelve RRsets of others, and two values of others in the apex TXT RRset."""

OURS = """\
hosts:
  mail.{domain}: {ipv4: [203.0.113.10], ipv6: ["2001:db8::10"]}
aliases: {imap.{domain}: mail.{domain}}
mx: [{host: "mail.{domain}", preference: 10}, {host: backup.example.net, preference: 20}]
spf: {terms: [mx], all: softfail}
dmarc: {p: none, rua: ["mailto:dmarc@{domain}"]}
tls_rpt: {rua: ["mailto:tls@{domain}"]}
services: {imaps: "mail.{domain}"}
site_verification: [google-site-verification=abc]
"""

ELSEWHERE = """\
aliases: {imap.{domain}: mail.example.net}
mx: [{host: mail.example.net, preference: 10}]
spf: {terms: [mx], all: softfail}
dmarc: {p: none, rua: ["mailto:dmarc@{domain}"]}
services: {imaps: mail.example.net}
site_verification: [google-site-verification=abc]
"""
"""Nothing in it has to stay for a time: no MX host with an address here."""

KEEPS_HOST = """\
hosts:
  mail.{domain}: {ipv4: [203.0.113.10], ipv6: ["2001:db8::10"]}
mx: [{host: "mail.{domain}", preference: 10}]
"""

DANE = "tlsa:\n  mail.{domain}: [{usage: 3, selector: 1, matching_type: 1, data: %s}]\n" % ("ab" * 32)

Apply = Callable[[], None]


def texts(held: Held) -> frozenset[str]:
    """The apex TXT values."""
    return held[APEX, "TXT"][1]


def changes(place: Place) -> list[tuple[str, str, str]]:
    """What a plan would change."""
    planned = place.run("--format", "json", "plan", *REMOVE)
    assert planned.code == 0, planned.err
    found = [change for one in planned.json["domains"] for change in one["changes"]]
    return sorted((change["action"], change["name"], change["type"]) for change in found)


def test_others_are_untouched_by_all_that_happens_to_ours(place: Place, target: Target, apply: Apply) -> None:
    """Created, changed, removed: foreign RRsets and foreign apex TXT values stay, octet for octet."""
    target.hold(ZONE, FOREIGN)
    before = target.held(ZONE)
    others = {key: held for key, held in before.items() if key != (APEX, "TXT")}
    assert len(others) >= 12
    serial = target.serial(ZONE)

    def run() -> Held:
        nonlocal serial
        apply()
        now = target.held(ZONE)
        assert others.items() <= now.items()
        assert texts(before) <= texts(now)
        assert target.serial(ZONE) > serial or not target.counts
        serial = target.serial(ZONE)
        return now

    place.write("zones/example.com.yaml", OURS)
    now = run()
    ours = {'"v=spf1 mx ~all"', '"google-site-verification=abc"'}
    assert texts(now) - texts(before) == ours
    assert now[APEX, "MX"][1] == {"10 mail.example.com.", "20 backup.example.net."}
    assert now["_imaps._tcp.example.com.", "SRV"][1] == {"0 0 993 mail.example.com."}
    assert now["imap.example.com.", "CNAME"][1] == {"mail.example.com."}

    place.write("zones/example.com.yaml", OURS.replace("softfail", "fail").replace("=abc", "=def"))
    now = run()
    assert texts(now) - texts(before) == {'"v=spf1 mx -all"', '"google-site-verification=def"'}

    place.write("zones/example.com.yaml", KEEPS_HOST)
    now = run()
    assert texts(now) == texts(before)
    assert {key for key in now if key not in before} == {
        (APEX, "MX"),
        ("mail.example.com.", "A"),
        ("mail.example.com.", "AAAA"),
    }


def test_all_of_ours_goes_with_its_file(place: Place, target: Target, apply: Apply) -> None:
    """The zone is as it was before stszone came."""
    target.hold(ZONE, FOREIGN)
    before = target.held(ZONE)
    place.write("zones/example.com.yaml", ELSEWHERE)
    apply()
    assert target.held(ZONE) != before
    (place.root / "zones/example.com.yaml").unlink()
    apply()
    assert target.held(ZONE) == before


@pytest.mark.parametrize(
    "text",
    [
        r'"back\\slash"',
        r'"ends in a backslash\\"',
        r'"a \"quoted\" word"',
        r'"\"all quoted\""',
        r'"\"leading quote"',
        r'"\195\188ber"',  # UTF-8
        r'"\000\001\127"',
        r'"" ',  # nothing at all
        r'"two" "strings"',
        r'"two\" \"strings"',  # what octoDNS takes for a border of two
        r'"" "empty first"',
        r'" blanks at both ends "',
        r'"semi;colon; and=base64=; \\;"',
        '"' + "x" * 255 + '" "' + "y" * 255 + '" "z"',
        '"' + "x" * 100 + '" "' + "y" * 100 + '"',
        r'"$ORIGIN @ ( ) {domain} %s"',
    ],
)
def test_an_odd_text_of_others_beside_ours_keeps_its_octets(
    place: Place, target: Target, apply: Apply, text: str
) -> None:
    """Ours come, change and go in the same RRset."""
    target.hold(ZONE, FOREIGN + f"@ IN TXT {text}\n")
    before = target.held(ZONE)
    for spf in ("softfail", "fail", None):
        place.write(
            "zones/example.com.yaml", f"spf: {{terms: [mx], all: {spf}}}\n" if spf else "dmarc: {p: none}\n"
        )
        apply()
        assert texts(before) <= texts(target.held(ZONE))
    assert texts(target.held(ZONE)) == texts(before)


@pytest.mark.parametrize("name", ["@", "elsewhere"])
def test_a_text_that_octodns_cannot_hold_is_not_harmed(place: Place, target: Target, name: str) -> None:
    """Latin-1 beside ours is refused, with nothing sent for that zone; elsewhere it harms nobody."""
    target.hold(ZONE, HEAD + f'@ IN NS ns.example.net.\n{name} IN TXT "\\252ber" "\\000\\255"\n')
    before, sent = target.held(ZONE), target.writes()
    place.write("zones/example.com.yaml", "spf: {terms: [mx], all: fail}\n")
    done = place.run("apply")
    if name == "@":
        assert (done.code, target.writes(), target.held(ZONE)) == (1, sent, before)
        assert "example.com TXT is" in done.err
    else:
        assert done.code == 0, done.err
        assert before.items() <= target.held(ZONE).items()


def test_a_takeover_is_shown_and_done(place: Place, target: Target, apply: Apply) -> None:
    """An RRset that was there is changed only with the words `takes over`."""
    target.hold(ZONE, FOREIGN + '@ IN MX 5 old.example.net.\n_dmarc IN TXT "v=DMARC1; p=reject"\n')
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net, preference: 10}]\ndmarc: {p: none}\n")
    found = place.run("--format", "json", "plan").json["domains"][0]["changes"]
    assert [(change["type"], change["takes_over"]) for change in found] == [("MX", True), ("TXT", True)]
    assert (found[0]["before"], found[0]["after"]) == (["5 old.example.net."], ["10 mx.example.net."])
    assert "takes over" in place.run("plan").out
    apply()
    assert target.held(ZONE)[APEX, "MX"][1] == {"10 mx.example.net."}


def test_an_spf_record_of_others_is_replaced(place: Place, target: Target, apply: Apply) -> None:
    """Two SPF records are a permanent error (RFC 7208 §4.5); the other values stay."""
    target.hold(ZONE, FOREIGN + '@ IN TXT "v=spf1 a ~all"\n')
    place.write("zones/example.com.yaml", "spf: {terms: [mx], all: fail}\n")
    apply()
    assert texts(target.held(ZONE)) == {
        '"v=spf1 mx -all"',
        '"ms-domain-verification=1"',
        '"brevo-code:70df7540"',
    }


def test_what_is_there_already_is_claimed_without_a_write(place: Place, target: Target) -> None:
    """The ledger learns that it is ours; the target is not written to; then it leaves as ours does."""
    lines = '@ IN MX 10 mx.example.net.\n@ IN TXT "v=spf1 mx -all"\n_dmarc IN TXT "v=DMARC1;p=none"\n'
    target.hold(ZONE, FOREIGN + lines)
    place.write(
        "zones/example.com.yaml",
        "mx: [{host: mx.example.net, preference: 10}]\nspf: {terms: [mx], all: fail}\ndmarc: {p: none}\n",
    )
    before, serial = target.writes(), target.serial(ZONE)
    assert "take over 3 record sets, already as wanted" in place.run("plan").out
    assert place.run("apply").code == 0
    assert (target.writes(), target.serial(ZONE)) == (before, serial)
    assert place.run("plan", "--detailed-exitcode").code == 0
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net, preference: 10}]\n")
    assert changes(place) == [("delete", "_dmarc.example.com", "TXT"), ("update", "example.com", "TXT")]


def test_a_plan_writes_nothing(place: Place, target: Target) -> None:
    """With creates, updates and deletes in it."""
    target.hold(ZONE, FOREIGN)
    place.write("zones/example.com.yaml", OURS)
    assert place.run("apply").code == 0
    place.write(
        "zones/example.com.yaml",
        KEEPS_HOST + "dmarc: {p: reject}\ncaa: []\nbimi: {l: 'https://a.example/l.svg'}\n",
    )
    before, serial = target.writes(), target.serial(ZONE)
    for words, code in (
        (("plan",), 0),
        (("--format", "json", "plan"), 0),
        (("--format", "markdown", "plan"), 0),
        (("plan", "--full"), 0),
        (("plan", "--detailed-exitcode"), 2),
    ):
        assert place.run(*words, *REMOVE).code == code
    assert {action for action, _, _ in changes(place)} == {"create", "update", "delete"}
    assert (target.writes(), target.serial(ZONE)) == (before, serial)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("mail IN CNAME www\n", "hosts: {mail.{domain}: {ipv4: [192.0.2.1], ptr: false}}\n"),
        ("imap IN A 192.0.2.9\n", "aliases: {imap.{domain}: www.{domain}}\n"),
        ("_dmarc IN CNAME dmarc.example.net.\n", "dmarc: {p: none}\n"),
        ('s1._domainkey IN TXT "v=DKIM1; p="\n', "dkim: {s1: {cname: s1.keys.example.net}}\n"),
    ],
)
def test_a_cname_beside_other_data_is_refused(place: Place, target: Target, theirs: str, ours: str) -> None:
    """Before anything is sent, and the ledger says nothing; the other zone is done."""
    target.hold(ZONE, FOREIGN + theirs)
    place.write("zones/example.org.yaml", "mx: [{host: mx.example.net}]\n")
    assert place.run("apply").code == 0
    place.write("zones/example.org.yaml", "mx: [{host: mx2.example.net}]\n")
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net}]\n" + ours)
    before, serial = target.held(ZONE), target.serial(ZONE)
    sent = target.writes()
    result = place.run("apply", ZONE)
    assert result.code == 1
    assert "CNAME beside" in result.err
    assert target.writes() == sent
    assert place.run("apply").code == 1
    assert (target.held(ZONE), target.serial(ZONE)) == (before, serial)
    assert target.held("example.org")["example.org.", "MX"][1] == {"10 mx2.example.net."}
    assert not (place.root / "zones/ledger/example.com.jsonl").exists()


def test_a_cname_and_other_data_of_ours_change_places(place: Place, target: Target, apply: Apply) -> None:
    """At one name, in one write, both ways."""
    host = "hosts: {imap.{domain}: {ipv4: [192.0.2.1], ptr: false}}\n"
    alias = "aliases: {imap.{domain}: imap.example.net}\n"
    for yaml, type_ in ((host, "A"), (alias, "CNAME"), (host, "A")):
        place.write("zones/example.com.yaml", "mx: [{host: mx.example.net}]\n" + yaml)
        apply()
        assert [key[1] for key in target.held(ZONE) if key[0] == "imap.example.com."] == [type_]


def test_every_kind_of_record_comes_back_as_it_was_sent(place: Place, target: Target, apply: Apply) -> None:
    """Semicolons, quotes of CAA, TLSA, a root target, PTR: no target makes it a change for ever."""
    target.hold(
        "113.0.203.in-addr.arpa", "@ IN NS ns.example.net.\n11 IN PTR a.example.\n11 IN PTR b.example.\n"
    )
    place.write(
        "zones/example.com.yaml",
        """\
hosts:
  mail.{domain}: {ipv4: [203.0.113.10], ipv6: ["2001:db8::10"]}
  mx2.{domain}: {ipv4: [203.0.113.10], ptr: true}
mx: [{host: "mail.{domain}", preference: 10}]
caa: [{tag: issue, value: "ca.example; validationmethods=dns-01"}, {tag: iodef, value: "mailto:a@{domain}"}]
services: {imaps: "mail.{domain}", pop3: none}
records:
  words: {type: TXT, values: ["a=b; c=d; e==; f", "plain"]}
  sub: {type: NS, values: [ns1.example.net., ns2.example.net.]}
"""
        + (DANE if "TLSA" not in target.lacks else ""),
    )
    apply()
    held = target.held(ZONE)
    assert held[APEX, "CAA"][1] == {
        '0 issue "ca.example; validationmethods=dns-01"',
        '0 iodef "mailto:a@example.com"',
    }
    tlsa = held.get(("_25._tcp.mail.example.com.", "TLSA"))
    assert tlsa is None if "TLSA" in target.lacks else tlsa[1] == {"3 1 1 " + "ab" * 32}
    assert held["_imaps._tcp.example.com.", "SRV"][1] == {"0 0 993 mail.example.com."}
    assert held["words.example.com.", "TXT"][1] == {'"a=b; c=d; e==; f"', '"plain"'}
    assert held["sub.example.com.", "NS"][1] == {"ns1.example.net.", "ns2.example.net."}
    reverse = target.held("113.0.203.in-addr.arpa")
    assert reverse["10.113.0.203.in-addr.arpa.", "PTR"][1] == {"mx2.example.com."}
    assert reverse["11.113.0.203.in-addr.arpa.", "PTR"][1] == {"a.example.", "b.example."}
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net}]\n")
    assert place.run("apply").code == 0  # the hosts themselves have to wait
    assert ("words.example.com.", "TXT") not in target.held(ZONE)
    assert ("10.113.0.203.in-addr.arpa.", "PTR") not in target.held("113.0.203.in-addr.arpa")


REVERSE = "113.0.203.in-addr.arpa"


@pytest.mark.parametrize(
    ("zone", "yaml", "line", "type_", "said"),
    [
        (
            ZONE, "hosts: {mail.{domain}: {ipv4: [192.0.2.1], ptr: false}}\n" + DANE,
            3, "TLSA", "_25._tcp.mail.example.com TLSA",
        ),
        (
            REVERSE, 'records:\n  "10": {type: PTR, values: [a.example.net., b.example.net.]}\n',
            2, "PTR", "10.113.0.203.in-addr.arpa PTR with 2 values, a.example.net., b.example.net.",
        ),
    ],
)  # fmt: skip
def test_what_a_target_cannot_hold_is_said_before_anything_is_sent(
    place: Place, target: Target, zone: str, yaml: str, line: int, type_: str, said: str
) -> None:
    """By `check`, with the line of the YAML; where the target can hold it, it does."""
    lacks = type_ in target.lacks or (type_ == "PTR" and target.one_ptr)
    place.write(f"zones/{zone}.yaml", yaml)
    target.hold(zone, "@ IN NS ns.example.net.\n")
    sent = target.writes()
    found = [
        one for one in place.run("--format", "json", "check").json["findings"] if one["rule"] == "TGT001"
    ]
    assert [(one["file"], one["line"], said in one["message"]) for one in found] == (
        [(f"zones/{zone}.yaml", line, True)] if lacks else []
    )
    assert place.run("apply").code == (1 if lacks else 0)
    assert (target.writes() == sent) is lacks
    assert (type_ in {key[1] for key in target.held(zone)}) is not lacks


def test_null_mx(place: Place, target: Target, apply: Apply) -> None:
    """A domain without mail (RFC 7505), and back again."""
    place.write("zones/example.com.yaml", "extends: [parked]\n")
    apply()
    assert target.held(ZONE)[APEX, "MX"][1] == {"0 ."}
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net}]\n")
    apply()
    assert target.held(ZONE)[APEX, "MX"][1] == {"10 mx.example.net."}


@pytest.fixture(scope="session")
def long_key() -> str:
    """A 4096-bit public key."""
    made = subprocess.run(["openssl", "genrsa", "4096"], capture_output=True, check=True).stdout
    done = subprocess.run(["openssl", "rsa", "-pubout"], input=made, capture_output=True, check=True)
    return done.stdout.decode()


def test_a_long_key_comes_through(place: Place, target: Target, apply: Apply, long_key: str) -> None:
    """4096 bits, three strings; gone again with its YAML."""
    place.write("zones/keys/s1.pem", long_key)
    place.write("zones/example.com.yaml", "dkim: {s1: {key: keys/s1.pem, t: [s]}}\n")
    apply()
    (text,) = target.held(ZONE)["s1._domainkey.example.com.", "TXT"][1]
    body = "".join(line for line in long_key.splitlines() if "---" not in line)
    assert body in text.replace('" "', "")
    assert text.count('"') == 6


def test_a_hand_edit_of_ours_is_put_right(place: Place, target: Target, apply: Apply) -> None:
    """The plan shows exactly what was edited, another TTL too, and apply undoes it."""
    target.hold(ZONE, FOREIGN)
    place.write("zones/example.com.yaml", OURS)
    apply()
    held = target.held(ZONE)
    target.edit(
        ZONE,
        '_dmarc IN TXT "v=DMARC1; p=reject"\nimap IN CNAME elsewhere.example.net.\n_smtp._tls 60 IN TXT "v=TLSRPTv1; rua=mailto:tls@example.com"\n',
        (
            ("_dmarc.example.com.", "TXT"),
            ("imap.example.com.", "CNAME"),
            ("_smtp._tls.example.com.", "TXT"),
            ("_imaps._tcp.example.com.", "SRV"),
        ),
    )
    assert changes(place) == [
        ("create", "_imaps._tcp.example.com", "SRV"),
        ("update", "_dmarc.example.com", "TXT"),
        ("update", "_smtp._tls.example.com", "TXT"),
        ("update", "imap.example.com", "CNAME"),
    ]
    apply()
    assert target.held(ZONE) == held


def test_what_others_add_meanwhile_is_no_change(place: Place, target: Target, apply: Apply) -> None:
    """New RRsets and a new value beside ours in the apex TXT RRset stay, and outlive ours."""
    target.hold(ZONE, FOREIGN)
    place.write("zones/example.com.yaml", OURS)
    apply()
    target.edit(ZONE, '@ IN TXT "new-verification=2"\nnew IN A 192.0.2.99\n')
    assert changes(place) == []
    place.write("zones/example.com.yaml", KEEPS_HOST)
    apply()
    held = target.held(ZONE)
    assert '"new-verification=2"' in texts(held)
    assert held["new.example.com.", "A"][1] == {"192.0.2.99"}


def test_what_others_added_to_ours_survives_its_removal(place: Place, target: Target, apply: Apply) -> None:
    """Only values that stszone published are deleted."""
    place.write(
        "zones/example.com.yaml",
        "mx: [{host: mx.example.net}]\nhosts: {relay.{domain}: {ipv4: [192.0.2.1], ptr: false}}\ndmarc: {p: none}\n",
    )
    apply()
    target.edit(ZONE, 'relay IN A 192.0.2.99\n_dmarc IN TXT "a note"\n')
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net}]\n")
    apply()
    held = target.held(ZONE)
    assert held["relay.example.com.", "A"][1] == {"192.0.2.99"}
    assert held["_dmarc.example.com.", "TXT"][1] == {'"a note"'}


def test_an_unknown_mail_record_is_reported_and_kept(place: Place, target: Target, apply: Apply) -> None:
    """A selector that nobody describes is a finding, not a delete."""
    target.hold(ZONE, FOREIGN)
    place.write("zones/example.com.yaml", OURS)
    apply()
    found = [
        (one["rule"], one["message"].split()[0])
        for domain in place.run("--format", "json", "plan").json["domains"]
        for one in domain["findings"]
    ]
    assert ("OWN001", "news._domainkey.example.com") in found


def test_a_large_zone(place: Place, target: Target, apply: Apply) -> None:
    """Three hundred foreign RRsets: the plan shows ours only, none of theirs changes."""
    many = "".join(f'h{n} IN A 192.0.2.{n % 250}\nh{n} IN TXT "n={n}; of \\"300\\""\n' for n in range(150))
    target.hold(ZONE, FOREIGN + many)
    before = target.held(ZONE)
    place.write(
        "zones/example.com.yaml",
        "mx: [{host: mx.example.net}]\nspf: {terms: [mx], all: fail}\ndmarc: {p: none}\n",
    )
    assert changes(place) == [
        ("create", "_dmarc.example.com", "TXT"),
        ("create", "example.com", "MX"),
        ("update", "example.com", "TXT"),
    ]
    apply()
    (place.root / "zones/example.com.yaml").unlink()
    apply()
    assert target.held(ZONE) == before


def test_a_small_zone_is_not_emptied(place: Place, target: Target, apply: Apply) -> None:
    """Below ten RRsets octoDNS has no safety net; ours needs none."""
    target.hold(ZONE, HEAD + "@ IN NS ns.example.net.\nwww IN A 192.0.2.1\n")
    before = target.held(ZONE)
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net}]\n")
    apply()
    (place.root / "zones/example.com.yaml").unlink()
    apply()
    assert target.held(ZONE) == before


def test_records_land_in_other_zones(place: Place, target: Target, apply: Apply) -> None:
    """PTR in a reverse zone, DMARC consent in the zone of the report receiver; both go with their domain."""
    place.write("zones/example.com.yaml", OURS.replace("dmarc@{domain}", "dmarc@example.org"))
    place.write("zones/example.org.yaml", "mx: [{host: mx.example.net}]\n")
    apply()
    consent = target.held("example.org")["example.com._report._dmarc.example.org.", "TXT"][1]
    assert consent == {'"v=DMARC1;"'}
    reverse = target.held("113.0.203.in-addr.arpa")
    assert reverse["10.113.0.203.in-addr.arpa.", "PTR"][1] == {"mail.example.com."}
    place.write("zones/example.com.yaml", KEEPS_HOST.replace("]}\nmx", "], ptr: false}\nmx"))
    apply()
    assert "example.com._report._dmarc.example.org." not in {name for name, _ in target.held("example.org")}
    assert ("10.113.0.203.in-addr.arpa.", "PTR") not in target.held("113.0.203.in-addr.arpa")


def test_only_the_selected_domain_changes(place: Place, target: Target, apply: Apply) -> None:
    """Two mail domains in one zone: the other one's pending changes wait."""
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net}]\n")
    place.write("zones/news.example.com.yaml", "zone: example.com\nmx: [{host: mx.example.net}]\n")
    assert place.run("apply", "news.example.com").code == 0
    assert (APEX, "MX") not in target.held(ZONE)
    assert ("news.example.com.", "MX") in target.held(ZONE)
    apply()
    assert (APEX, "MX") in target.held(ZONE)
