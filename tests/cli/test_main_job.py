"""plan and apply on zone files, as a user runs them."""

from __future__ import annotations

import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dns.zone
import pytest

from stszone.ledger import format_time
from stszone.store.ledger_file import ledger_lock
from tests.cli.run import MEANT, Place

MX = "mx: [{host: mx.example.net}]\n"

EXAMPLE = """\
hosts:
  mail.{domain}: {ipv4: [203.0.113.10]}
mx: [{host: "mail.{domain}", preference: 10}]
spf: {terms: [mx], all: softfail}
dmarc: {p: none, rua: ["mailto:dmarc@{domain}"]}
site_verification: [google-site-verification=abc]
"""

FOREIGN = """\
$ORIGIN example.com.
$TTL 3600
@       IN SOA ns1 hostmaster 2024010101 7200 900 1209600 3600
        IN NS  ns1
        IN NS  ns2.example.net.
        IN A   192.0.2.80
        IN AAAA 2001:db8::80
        IN TXT "ms-domain-verification=1" ; theirs
        IN TXT "brevo-code:70df7540"
        IN CAA 0 issue "ca.example"
ns1     IN A   192.0.2.53
www     IN CNAME @
shop    300 IN A 192.0.2.81
api     IN A 192.0.2.82
_sip._tcp IN SRV 1 2 5061 sip.example.net.
_acme-challenge IN TXT "token"
news._domainkey IN TXT ( "v=DKIM1; k=rsa; "
                         "p=" )
old     IN HINFO "PDP-11" "RSX"
*.wild  IN A 192.0.2.83
"""


def rrsets(path: Path, zone: str = "example.com") -> dict[tuple[str, str], tuple[int, frozenset[str]]]:
    """A zone file as dnspython reads it, the SOA left out."""
    read = dns.zone.from_file(str(path), zone, relativize=False, check_origin=False)
    return {
        (name.to_text(), rdataset.rdtype.name): (
            rdataset.ttl,
            frozenset(rdata.to_text() for rdata in rdataset),
        )
        for name, rdataset in read.iterate_rdatasets()
        if rdataset.rdtype.name != "SOA"
    }


def serial(path: Path, zone: str = "example.com") -> int:
    read = dns.zone.from_file(str(path), zone, relativize=False, check_origin=False)
    return int(read.get_soa().serial)


def checkzone(path: Path) -> None:
    """named-checkzone accepts the file, with everything that it can check by itself as an error."""
    program = shutil.which("named-checkzone") or shutil.which("named-checkzone", path="/usr/sbin:/usr/bin")
    if program is None:
        pytest.skip("named-checkzone is not installed")
    strict = [
        "-i",
        "local",
        "-k",
        "fail",
        "-m",
        "fail",
        "-M",
        "fail",
        "-n",
        "fail",
        "-r",
        "fail",
        "-S",
        "fail",
    ]
    done = subprocess.run(
        [program, *strict, path.stem, str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_shipped_examples_are_planned_applied_and_then_as_wanted(shipped: Place) -> None:
    """plan, apply, plan: the second plan has nothing to do, and BIND accepts every file."""
    planned = shipped.run("plan")
    assert planned.code == 0
    assert not (shipped.root / "build").exists()
    applied = shipped.run("apply")
    assert applied.code == 0, applied.err
    again = shipped.run("plan", "--detailed-exitcode")
    assert (again.code, again.out) == (0, "No changes: 6 mail domains as wanted.\n")
    files = sorted((shipped.root / "build/zones").iterdir())
    assert len(files) == 7
    for path in files:
        checkzone(path)


def test_the_shipped_examples_have_no_errors(shipped: Place) -> None:
    """A newcomer's first check succeeds."""
    assert shipped.run("check").code == 0


def test_plan_writes_only_the_minted_id(shipped: Place) -> None:
    """A plan leaves nothing behind but the ids of new policies, and those once."""
    before = shipped.files()
    shipped.run("plan")
    after = shipped.files()
    assert set(after) - set(before) == {
        f"zones/ledger/{name}.example.jsonl" for name in ("m365", "vps", "workspace")
    }
    shipped.run("plan")
    assert shipped.files() == after


def test_foreign_records_survive_create_change_and_removal(place: Place) -> None:
    """Twelve foreign RRsets and two foreign apex TXT values outlive everything that is ours."""
    path = place.write("build/zones/example.com.zone", FOREIGN)
    before = rrsets(path)
    foreign_texts = before["example.com.", "TXT"][1]
    others = {key: value for key, value in before.items() if key != ("example.com.", "TXT")}
    assert len(others) >= 12
    seen = serial(path)

    def unharmed() -> dict[tuple[str, str], tuple[int, frozenset[str]]]:
        nonlocal seen
        now = rrsets(path)
        assert others.items() <= now.items()
        assert foreign_texts <= now["example.com.", "TXT"][1]
        assert serial(path) > seen
        seen = serial(path)
        checkzone(path)
        return now

    place.write("zones/example.com.yaml", EXAMPLE)
    assert place.run("apply").code == 0
    now = unharmed()
    assert now["example.com.", "TXT"][1] - foreign_texts == {
        '"v=spf1 mx ~all"',
        '"google-site-verification=abc"',
    }

    place.write("zones/example.com.yaml", EXAMPLE.replace("softfail", "fail").replace("=abc", "=def"))
    assert place.run("apply").code == 0
    now = unharmed()
    assert now["example.com.", "TXT"][1] - foreign_texts == {
        '"v=spf1 mx -all"',
        '"google-site-verification=def"',
    }

    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net}]\n")
    assert place.run("apply", *MEANT).code == 0
    now = unharmed()
    assert now["example.com.", "TXT"][1] == foreign_texts
    # The address of the old MX host outlives the MX record by its TTL.
    assert {key for key in now if key not in before} == {("example.com.", "MX"), ("mail.example.com.", "A")}
    assert place.run("apply", now=format_time(datetime.now(UTC) + timedelta(hours=2))).code == 0
    assert {key for key in unharmed() if key not in before} == {("example.com.", "MX")}

    (place.root / "zones/example.com.yaml").unlink()
    assert place.run("apply", *MEANT).code == 0
    assert unharmed() == before


def test_nothing_to_do_leaves_a_foreign_file_untouched(place: Place) -> None:
    """A hand-written file that already is as wanted keeps its comments, to the byte."""
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net, preference: 10}]\n")
    path = place.write("build/zones/example.com.zone", FOREIGN + "@ IN MX 10 mx.example.net. ; the one\n")
    data = path.read_bytes()
    planned = place.run("plan")
    assert "take over 1 record set, already as wanted" in planned.out
    assert place.run("apply").code == 0
    assert path.read_bytes() == data
    assert place.run("plan").out.splitlines()[-1] == "No changes: 1 mail domain as wanted."


def test_a_takeover_is_shown(place: Place) -> None:
    """An RRset that was there is changed only with the words `takes over`."""
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net, preference: 10}]\n")
    place.write("build/zones/example.com.zone", FOREIGN + "@ IN MX 5 old.example.net.\n")
    change = place.run("--format", "json", "plan").json["domains"][0]["changes"][0]
    assert change["takes_over"] is True
    assert (change["before"], change["after"]) == (["5 old.example.net."], ["10 mx.example.net."])
    assert "takes over" in place.run("plan").out


def test_a_foreign_spf_record_is_replaced_and_not_joined(place: Place) -> None:
    """Two SPF records are a permanent error, so ours takes the place of the one that was there."""
    place.write("zones/example.com.yaml", "spf: {terms: [mx], all: fail}\n")
    path = place.write("build/zones/example.com.zone", FOREIGN + '@ IN TXT "v=spf1 a ~all"\n')
    assert "takes over" in place.run("plan").out
    assert place.run("apply").code == 0
    texts = rrsets(path)["example.com.", "TXT"][1]
    assert [text for text in texts if "spf1" in text] == ['"v=spf1 mx -all"']


def test_a_different_spelling_is_no_change(place: Place) -> None:
    """What means the same to every receiver is left as it stands."""
    place.write(
        "zones/example.com.yaml", "spf: {terms: [mx, 'ip4:192.0.2.1'], all: fail}\ndmarc: {p: reject}\n"
    )
    path = place.write(
        "build/zones/example.com.zone",
        FOREIGN + '@ IN TXT "v=spf1  MX ip4:192.0.2.1/32 -ALL"\n_dmarc IN TXT "v=DMARC1;p=reject;"\n',
    )
    data = path.read_bytes()
    assert place.run("plan", "--format", "json").json["summary"]["update"] == 0
    place.run("apply")
    assert path.read_bytes() == data
    assert place.run("plan").out.splitlines()[-1].startswith("No changes")


@pytest.mark.parametrize(
    ("foreign", "ours"),
    [
        (
            "mail IN CNAME www\n",
            "hosts: {mail.{domain}: {ipv4: [192.0.2.1], ptr: false}}\n",
        ),  # theirs is the CNAME
        ("imap IN A 192.0.2.9\n", "aliases: {imap.{domain}: www.{domain}}\n"),  # ours is the CNAME
    ],
)
def test_a_cname_beside_other_data_is_refused(place: Place, foreign: str, ours: str) -> None:
    """The zone with the conflict is left alone; the file and the ledger are untouched."""
    place.write("zones/example.com.yaml", ours)
    path = place.write("build/zones/example.com.zone", FOREIGN + foreign)
    data = path.read_bytes()
    result = place.run("apply")
    assert result.code == 1
    assert "CNAME beside" in result.err
    (found,) = place.run("plan", "--format", "json").json["domains"][0]["findings"]
    assert (found["rule"], found["file"], found["line"]) == ("DNS005", "zones/example.com.yaml", 1)
    assert path.read_bytes() == data
    assert not (place.root / "zones/ledger").exists()


def test_one_bad_zone_does_not_stop_the_others(place: Place) -> None:
    """What can be done is done; what failed is named; the exit code is 1."""
    place.write("zones/example.com.yaml", "aliases: {imap.{domain}: www.{domain}}\n")
    place.write("zones/example.org.yaml", "mx: [{host: mx.example.net}]\n")
    place.write("build/zones/example.com.zone", FOREIGN + "imap IN A 192.0.2.9\n")
    result = place.run("apply")
    assert result.code == 1
    assert "example.com at zonefile" in result.err
    assert ("example.org.", "MX") in rrsets(place.root / "build/zones/example.org.zone", "example.org")


def test_only_the_selected_domains_change(place: Place) -> None:
    """A name or a glob limits plan and apply."""
    for name in ("a.example", "b.example", "c.test"):
        place.write(f"zones/{name}.yaml", "mx: [{host: mx.example.net}]\n")
    planned = place.run("--format", "json", "plan", "*.example").json
    assert [item["domain"] for item in planned["domains"]] == ["a.example", "b.example"]
    assert place.run("apply", "b.example").code == 0
    assert [path.name for path in (place.root / "build/zones").iterdir()] == ["b.example.zone"]
    assert place.run("plan", "nobody.example").code == 1


def test_a_hand_edit_of_ours_is_put_right(place: Place) -> None:
    """The plan shows the edit and apply undoes it."""
    place.write("zones/example.com.yaml", EXAMPLE)
    place.run("apply")
    path = place.root / "build/zones/example.com.zone"
    path.write_text(path.read_text().replace("p=none", "p=reject"))
    change = place.run("plan", "--format", "json").json["domains"][0]["changes"]
    assert [(item["name"], item["action"]) for item in change] == [("_dmarc.example.com", "update")]
    place.run("apply", *MEANT)
    assert "p=none" in path.read_text()


def test_what_somebody_added_to_ours_survives_its_removal(place: Place) -> None:
    """Only values that stszone published are deleted."""
    place.write("zones/example.com.yaml", EXAMPLE)
    place.run("apply")
    path = place.root / "build/zones/example.com.zone"
    path.write_text(path.read_text() + "mail.example.com. 3600 IN A 192.0.2.99\n")
    place.write("zones/example.com.yaml", MX)
    assert place.run("apply", *MEANT).code == 0
    assert place.run("apply", now=format_time(datetime.now(UTC) + timedelta(hours=2))).code == 0
    assert rrsets(path)["mail.example.com.", "A"][1] == {"192.0.2.99"}


def test_an_unknown_mail_record_is_reported_and_kept(place: Place) -> None:
    """A selector that nobody describes is a finding, not a delete."""
    place.write("zones/example.com.yaml", EXAMPLE)
    path = place.write("build/zones/example.com.zone", FOREIGN)
    place.run("apply")
    planned = place.run("plan", "--format", "json").json
    found = [
        (item["rule"], item["message"].split()[0]) for one in planned["domains"] for item in one["findings"]
    ]
    assert ("OWN001", "news._domainkey.example.com") in found
    assert ("news._domainkey.example.com.", "TXT") in rrsets(path)


def test_a_failed_write_converges_at_the_next_apply(place: Place) -> None:
    """The ledger was written ahead; the next run does what the first could not."""
    place.write("zones/example.com.yaml", EXAMPLE)
    blocker = place.write("build/zones", "in the way")
    result = place.run("apply")
    assert result.code != 0
    blocker.unlink()
    assert place.run("apply").code == 0
    assert place.run("plan").out.startswith("No changes")


def test_long_keys_and_semicolons_come_through(place: Place) -> None:
    """A 4096-bit key in three strings is written, read back, and is no change afterwards."""
    key = subprocess.run(["openssl", "genrsa", "4096"], capture_output=True, check=True).stdout
    public = subprocess.run(["openssl", "rsa", "-pubout"], input=key, capture_output=True, check=True).stdout
    place.write("zones/keys/s1.pem", public.decode())
    place.write("zones/example.com.yaml", "dkim: {s1: {key: keys/s1.pem}}\n")
    assert place.run("apply").code == 0
    path = place.root / "build/zones/example.com.zone"
    (text,) = rrsets(path)["s1._domainkey.example.com.", "TXT"][1]
    assert text.count('"') == 6
    checkzone(path)
    assert place.run("plan").out.startswith("No changes")


def test_octodns_sync_reads_the_same_configuration(shipped: Place) -> None:
    """The shipped providers/octodns.yaml works with octoDNS alone, and agrees with stszone."""
    shipped.run("apply")
    done = subprocess.run(
        [str(Path(sys.executable).parent / "octodns-sync"), "--config-file", "providers/octodns.yaml"],
        capture_output=True, text=True, check=False, cwd=shipped.root,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "No changes were planned" in done.stdout + done.stderr


def test_octodns_sync_alone_keeps_foreign_records(place: Place) -> None:
    """Without stszone's command line the processor still protects the zone."""
    place.write("zones/example.com.yaml", EXAMPLE)
    path = place.write("build/zones/example.com.zone", FOREIGN)
    before = rrsets(path)
    done = subprocess.run(
        [str(Path(sys.executable).parent / "octodns-sync"), "--config-file", "providers/octodns.yaml", "--doit"],
        capture_output=True, text=True, check=False, cwd=place.root,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    now = rrsets(path)
    assert before["example.com.", "TXT"][1] <= now["example.com.", "TXT"][1]
    assert {k: v for k, v in before.items() if k[1] != "TXT"}.items() <= now.items()
    assert ("example.com.", "MX") in now


def test_a_shared_zone_changes_only_for_the_selected_domain(place: Place) -> None:
    """Two mail domains in one zone: the other one's pending changes wait."""
    place.write("zones/example.com.yaml", MX)
    place.write("zones/news.example.com.yaml", "zone: example.com\n" + MX)
    assert place.run("apply", "news.example.com").code == 0
    held = rrsets(place.root / "build/zones/example.com.zone")
    assert ("news.example.com.", "MX") in held
    assert ("example.com.", "MX") not in held
    assert place.run("apply").code == 0
    assert ("example.com.", "MX") in rrsets(place.root / "build/zones/example.com.zone")
    place.write("zones/example.com.yaml", "dmarc: {p: none}\n")
    place.write("zones/news.example.com.yaml", "zone: example.com\ndmarc: {p: none}\n")
    assert place.run("apply", "news.example.com", *MEANT).code == 0
    held = rrsets(place.root / "build/zones/example.com.zone")
    assert ("news.example.com.", "MX") not in held
    assert ("example.com.", "MX") in held


def test_records_land_in_other_zones_of_the_repository(place: Place) -> None:
    """PTR in a reverse zone that is held, DMARC consent in the zone of the report receiver."""
    place.write("zones/example.com.yaml", EXAMPLE.replace("dmarc@{domain}", "dmarc@example.org"))
    place.write("zones/example.org.yaml", MX)
    assert place.run("apply").code == 0
    consent = rrsets(place.root / "build/zones/example.org.zone", "example.org")
    assert consent["example.com._report._dmarc.example.org.", "TXT"][1] == {'"v=DMARC1;"'}
    reverse = rrsets(place.root / "build/zones/113.0.203.in-addr.arpa.zone", "113.0.203.in-addr.arpa")
    assert reverse["10.113.0.203.in-addr.arpa.", "PTR"][1] == {"mail.example.com."}
    (place.root / "zones/example.com.yaml").unlink()
    assert place.run("apply", *MEANT).code == 0
    assert "_report" not in place.read("build/zones/example.org.zone")


def test_two_targets_hold_the_same(place: Place) -> None:
    """A zone at two targets at once; each keeps its own foreign records."""
    config = place.read("providers/octodns.yaml")
    second = (
        "  second:\n    class: stszone.planning.zonefile.ZoneFile\n    directory: build/second\n\nprocessors:"
    )
    config = config.replace("processors:", second, 1).replace(
        "targets: [zonefile]", "targets: [zonefile, second]"
    )
    place.write("providers/octodns.yaml", config)
    place.write("zones/example.com.yaml", EXAMPLE)
    path = place.write("build/second/example.com.zone", FOREIGN)
    assert place.run("apply").code == 0
    assert place.run("plan").out.splitlines()[-1].startswith("No changes")
    assert ("www.example.com.", "CNAME") in rrsets(path)
    assert ("www.example.com.", "CNAME") not in rrsets(place.root / "build/zones/example.com.zone")


def test_an_mx_change_under_a_policy_is_spread(place: Place) -> None:
    """Under enforce, mail would be deferred for as long as senders keep the policy; so both stay."""
    policy = "mta_sts: {mode: enforce, max_age: 7d, policy_host: {cname: web.example.net}}\n"
    place.write("zones/example.com.yaml", "mx: [{host: old.example.net}]\n" + policy)
    place.run("apply", now="2026-11-01T00:00:00Z")
    place.write("zones/example.com.yaml", "mx: [{host: new.example.net}]\n" + policy)
    zone = "build/zones/example.com.zone"

    def steps(now: str) -> list[tuple[str, str, str | None]]:
        result = place.run("--format", "json", "apply", now=now)
        assert result.code == 0
        found = [step for one in result.json["domains"] for step in one["steps"]]
        return [(step["kind"], step["state"], step["not_before"]) for step in found]

    assert steps("2026-11-02T00:00:00Z") == [("publish-policy", "due", None), ("change-mx", "waiting", None)]
    assert "old.example.net" in place.read(zone)
    assert "new.example.net" in place.read(zone)
    assert steps("2026-11-02T00:00:01Z") == [("change-mx", "waiting", "2026-11-10T01:00:00Z")]
    assert steps("2026-11-10T01:00:00Z") == []
    assert "old.example.net" not in place.read(zone)
    assert steps("2026-11-10T01:30:00Z") == [("narrow-policy", "waiting", "2026-11-10T02:00:00Z")]
    assert steps("2026-11-10T02:00:00Z") == [("publish-policy", "due", None)]
    assert (
        b"old" not in (place.root / "build/policy/mta-sts.example.com/.well-known/mta-sts.txt").read_bytes()
    )


def test_an_operator_who_cannot_wait_says_so(place: Place) -> None:
    """The old server is lost; senders that hold the policy defer until they see the next one."""
    policy = "mta_sts: {mode: enforce, max_age: 7d, policy_host: {cname: web.example.net}}\n"
    place.write("zones/example.com.yaml", "mx: [{host: old.example.net}]\n" + policy)
    place.run("apply", now="2026-11-01T00:00:00Z")
    place.write("zones/example.com.yaml", "mx: [{host: new.example.net}]\n" + policy)
    words = ("apply", "--allow", "STS077", "--reason", "old server lost")
    assert place.run(*words, now="2026-11-02T00:00:00Z").code == 0
    assert "old server lost" in place.read("zones/ledger/example.com.jsonl")
    assert "old.example.net" not in place.read("build/zones/example.com.zone")


def test_nothing_secret_is_repeated(place: Place) -> None:
    """A private key where a public one belongs is refused without a byte of it being shown."""
    key = subprocess.run(["openssl", "genrsa", "2048"], capture_output=True, check=True).stdout.decode()
    place.write("zones/keys/s1.pem", key)
    for text in (
        "dkim: {s1: {key: keys/s1.pem}}\n",
        "dkim:\n  s1:\n    key: |\n" + "".join(f"      {line}\n" for line in key.splitlines()),
        "dkim:\n  s1:\n    revoked: |\n" + "".join(f"      {line}\n" for line in key.splitlines()),
    ):
        place.write("zones/example.com.yaml", text)
        for form in ("text", "json"):
            result = place.run("--format", form, "plan")
            assert result.code == 1
            assert not any(line in result.out + result.err for line in key.splitlines()[1:-1])


def test_a_selection_never_deletes_what_another_domain_wants(place: Place) -> None:
    """A host that two domains name stays when one of them gives it up."""
    host = "hosts: {mail.example.com: {ipv4: [203.0.113.10], ptr: false}}\nmx: [{host: mail.example.com}]\n"
    place.write("zones/a.example.com.yaml", "zone: example.com\n" + host)
    place.write("zones/b.example.com.yaml", "zone: example.com\n" + host)
    place.run("apply")
    place.write("zones/a.example.com.yaml", "zone: example.com\n" + MX)
    assert place.run("apply", "a.example.com").code == 0
    assert ("mail.example.com.", "A") in rrsets(place.root / "build/zones/example.com.zone")
    assert place.run("apply").code == 0
    assert place.run("plan").out.splitlines()[-1].startswith("No changes")


def test_the_address_of_an_mx_host_stays_as_long_as_resolvers_name_it(place: Place) -> None:
    """MX first, its old host after the TTL; and never while the YAML's own MX names it."""
    path = "build/zones/example.com.zone"
    place.write("zones/example.com.yaml", EXAMPLE)
    place.run("apply", now="2026-11-21T00:00:00Z")
    place.write("zones/example.com.yaml", EXAMPLE.partition("mx:")[1] + EXAMPLE.partition("mx:")[2])
    planned = place.run("plan", "--format", "json", now="2026-11-21T01:00:00Z").json
    (step,) = [one for domain in planned["domains"] for one in domain["steps"]]
    assert (step["kind"], step["state"], step["rule"]) == ("remove-host", "waiting", "MXX012")
    place.run("apply", *MEANT, now="2026-11-21T01:00:00Z")
    assert "mail.example.com." in place.read(path)
    place.write("zones/example.com.yaml", MX)
    place.run("apply", *MEANT, now="2026-11-21T02:00:00Z")
    assert "mail.example.com. 3600 IN A" in place.read(path)
    waiting = place.run("plan", "--format", "json", now="2026-11-21T02:59:59Z").json
    assert waiting["domains"][0]["steps"][0]["not_before"] == "2026-11-21T03:00:00Z"
    place.run("apply", *MEANT, now="2026-11-21T02:59:59Z")
    assert "mail.example.com. 3600 IN A" in place.read(path)
    place.run("apply", now="2026-11-21T03:00:00Z")
    assert "mail.example.com. 3600 IN A" not in place.read(path)


def test_an_alias_of_another_domain_keeps_its_target(place: Place) -> None:
    """A policy host that others point to does not go with its own domain's MTA-STS."""
    place.write("zones/example.com.yaml", "hosts: {web.{domain}: {ipv4: [203.0.113.10], ptr: false}}\n" + MX)
    place.write("zones/example.org.yaml", "aliases: {mta-sts.{domain}: web.example.com}\n")
    place.run("apply")
    place.write("zones/example.com.yaml", MX)
    planned = place.run("plan")
    assert "web.example.com A stays: mta-sts.example.org CNAME points there" in " ".join(planned.out.split())
    place.run("apply")
    assert "web.example.com." in place.read("build/zones/example.com.zone")


def test_the_apex_is_shared_also_when_it_is_no_mail_domain(place: Place) -> None:
    """A text under `records` joins the texts of others."""
    records = 'zone: example.com\nrecords: {"": {type: TXT, value: mine=1}}\n'
    place.write("zones/sub.example.com.yaml", records)
    path = place.write("build/zones/example.com.zone", FOREIGN)
    before = rrsets(path)["example.com.", "TXT"][1]
    assert place.run("apply").code == 0
    assert rrsets(path)["example.com.", "TXT"][1] == before | {'"mine=1"'}


def test_a_domain_that_moves_to_another_zone_leaves_the_first(place: Place) -> None:
    """The records go where the YAML says; foreign texts stay where they are."""
    place.write("zones/sub.example.com.yaml", "zone: sub.example.com\nspf: {all: fail}\n" + MX)
    place.run("apply")
    old = place.root / "build/zones/sub.example.com.zone"
    old.write_text(old.read_text() + 'sub.example.com. 3600 IN TXT "theirs"\n')
    place.write("zones/sub.example.com.yaml", "zone: example.com\nspf: {all: fail}\n" + MX)
    stopped = place.run("apply")
    assert stopped.code == 1
    assert "sub.example.com loses its MX" in stopped.out
    assert place.run("apply", *MEANT).code == 0
    assert rrsets(old, "sub.example.com")["sub.example.com.", "TXT"][1] == {'"theirs"'}
    assert ("sub.example.com.", "MX") not in rrsets(old, "sub.example.com")
    assert ("sub.example.com.", "MX") in rrsets(place.root / "build/zones/example.com.zone")


def test_a_zone_that_two_entries_hold_is_an_error(place: Place) -> None:
    """`zone:` cannot put records where a deeper zone of the repository hides them."""
    place.write("zones/sub.example.com.yaml", "zone: example.com\n" + MX)
    place.write("zones/www.sub.example.com.yaml", "zone: sub.example.com\n" + MX)
    found = place.run("check", "--format", "json").json["findings"]
    assert ("INP008", "sub.example.com") in {(one["rule"], one["domain"]) for one in found}


def test_a_record_that_changes_its_owner_is_settled_in_one_apply(place: Place) -> None:
    """What moves from one file to another leaves the first ledger."""
    host = "hosts: {mail.example.com: {ipv4: [203.0.113.10], ptr: false}}\n"
    place.write("zones/example.com.yaml", MX + host)
    place.write("zones/b.example.com.yaml", "zone: example.com\n" + MX)
    place.run("apply")
    place.write("zones/example.com.yaml", MX)
    place.write("zones/b.example.com.yaml", "zone: example.com\n" + MX + host.replace(".10", ".11"))
    place.run("apply")
    planned = place.run("plan", "--detailed-exitcode")
    assert (planned.code, planned.out.splitlines()[-1][:10]) == (0, "No changes")


def test_a_zone_without_a_target_is_a_warning(place: Place) -> None:
    """What was published there is left and named; the rest goes on."""
    place.write("zones/example.com.yaml", EXAMPLE)
    place.run("apply")
    config = place.read("providers/octodns.yaml")
    place.write(
        "providers/octodns.yaml", config.partition("  # A reverse zone")[0].replace('"*":', "example.com.:")
    )
    planned = place.run("plan", "--format", "json")
    assert planned.code == 0
    assert "OWN004" in {one["rule"] for domain in planned.json["domains"] for one in domain["findings"]}


def test_odd_texts_of_others_do_not_stop_ours(place: Place) -> None:
    """Octets and backslashes that octoDNS would not write by itself, and a text in two spellings."""
    place.write("zones/example.com.yaml", EXAMPLE)
    odd = '@ IN TXT "\\195\\188"\n@ IN TXT "a\\\\;b"\n@ IN TXT "dup"\n@ IN TXT "du" "p"\n'
    path = place.write("build/zones/example.com.zone", FOREIGN + odd)
    before = rrsets(path)["example.com.", "TXT"][1]
    result = place.run("apply")
    assert result.code == 0, result.err
    assert before <= rrsets(path)["example.com.", "TXT"][1]
    assert place.run("plan").out.splitlines()[-1].startswith("No changes")


def test_octodns_alone_announces_no_policy_that_is_not_in_place(place: Place) -> None:
    """The record waits for `stszone apply`, which writes the file first."""
    place.write(
        "zones/example.com.yaml", MX + "mta_sts: {mode: testing, policy_host: {cname: web.example.net}}\n"
    )
    sync = [
        str(Path(sys.executable).parent / "octodns-sync"),
        "--config-file",
        "providers/octodns.yaml",
        "--doit",
    ]
    subprocess.run(sync, capture_output=True, check=True, cwd=place.root)
    held = rrsets(place.root / "build/zones/example.com.zone")
    assert ("example.com.", "MX") in held
    assert ("_mta-sts.example.com.", "TXT") not in held


def test_a_policy_that_was_there_is_waited_for_a_year(place: Place) -> None:
    """What senders hold of somebody else's policy nobody here knows."""
    policy = MX + "mta_sts: {mode: testing, policy_host: {cname: web.example.net}}\n"
    place.write("zones/example.com.yaml", policy)
    place.write("build/zones/example.com.zone", FOREIGN + '_mta-sts 3600 IN TXT "v=STSv1; id=20200101"\n')
    place.run("apply", now="2026-01-01T00:00:00Z")
    place.write("zones/example.com.yaml", MX)
    place.run("apply", now="2026-01-02T00:00:00Z")
    (step,) = place.run("plan", "--format", "json", now="2026-02-01T00:00:00Z").json["domains"][0]["steps"]
    assert step["not_before"] == "2027-01-02T07:00:00Z"
    assert "20200101" in step["reason"]


@pytest.mark.parametrize(
    ("after", "rule"),
    [
        ("dmarc: {p: reject}\nspf: {terms: [mx], all: fail}\n", "GRD002"),  # no MX any more
        (
            "mx: none\ndmarc: {p: reject}\nspf: {terms: [mx], all: fail}\n",
            "GRD002",
        ),  # the null MX over a live one
        (MX + "dmarc: {p: reject}\n", "GRD003"),  # no SPF any more
        (MX + "dmarc: {p: none}\nspf: {terms: [mx], all: fail}\n", "GRD005"),  # a weaker policy
        (None, "GRD001"),  # no file any more
    ],
)
def test_a_change_that_can_lose_mail_is_named(place: Place, after: str | None, rule: str) -> None:
    """Beside the change itself, with what is lost."""
    before = MX + "dmarc: {p: reject}\nspf: {terms: [mx], all: fail}\n"
    path = place.write("zones/example.com.yaml", before)
    place.run("apply")
    assert not place.run("plan", "--format", "json").json["domains"]
    if after is None:
        path.unlink()
    else:
        path.write_text(after)
    planned = place.run("plan", "--format", "json")
    assert planned.code == 1
    found = planned.json["domains"][0]["findings"]
    guards = [(one["rule"], one["severity"]) for one in found if one["rule"].startswith("GRD")]
    assert guards == [(rule, "error")]
    assert rule in place.run("plan").out
    zone = place.read("build/zones/example.com.zone")
    assert place.run("apply").code == 1
    assert place.read("build/zones/example.com.zone") == zone
    assert place.run("plan", "--allow", rule, "--reason", "meant").code == 0
    assert place.run("plan").code == 0, "the ledger remembers"
    assert place.run("apply").code == 0
    assert place.read("build/zones/example.com.zone") != zone
    assert place.run("plan", "--detailed-exitcode").code == 0


def test_an_empty_file_takes_nothing_away(place: Place) -> None:
    """A file that was cut short is refused."""
    path = place.write("zones/example.com.yaml", MX)
    place.run("apply")
    path.write_text("")
    assert place.run("apply").code == 1
    assert "MX" in place.read("build/zones/example.com.zone")


def test_what_cannot_be_built_forbids_everything(place: Place) -> None:
    """A trailing dot is a mild rule about live data, and still no reason to delete a domain."""
    place.write("zones/example.com.yaml", EXAMPLE)
    place.run("apply")
    before = place.files()
    place.write("zones/example.com.yaml", EXAMPLE.replace('"mail.{domain}"', '"mail.{domain}."'))
    for words in (("apply",), ("apply", "--allow", "MXX011", "--reason", "night")):
        assert place.run(*words).code == 1
    after = place.files()
    assert {name for name in after if after[name] != before.get(name)} == {"zones/example.com.yaml"}


def test_alike_domains_are_told_once(place: Place) -> None:
    """Four hundred parked names are one block and a number; --full shows each."""
    names = [f"parked{number}.example" for number in range(400)]
    place.write("zones/fleet.yaml", "extends: [parked]\ndomains: [" + ", ".join(names) + "]\n")
    planned = place.run("plan").out
    assert "the same for 399 more mail domains" in planned
    assert len(planned.splitlines()) < 20
    assert planned.splitlines()[-1] == "Plan: 1,600 to create; 0 mail domains as wanted."
    assert place.run("plan", "--full").out.count("null MX") == 400
    assert len(place.run("plan", "--format", "json").json["domains"]) == 400


def test_a_killed_apply_converges(place: Place) -> None:
    """Killed at many moments, the ledger stays readable and the next run does the rest."""
    for number in range(12):
        place.write(
            f"zones/d{number}.example.yaml",
            EXAMPLE.replace(".10]", f".{number}]")
            + "mta_sts: {mode: testing, policy_host: {cname: web.example.net}}\n",
        )
        place.write(
            f"build/zones/d{number}.example.zone", FOREIGN.replace("example.com", f"d{number}.example")
        )
    before = {path.stem: rrsets(path, path.stem) for path in (place.root / "build/zones").iterdir()}
    stszone = [str(Path(sys.executable).parent / "stszone"), "apply"]
    moment, killed = 0.3, 0
    while True:
        process = subprocess.Popen(
            stszone, cwd=place.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(moment)
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        moment, killed = moment + 0.07, killed + 1
    assert killed >= 3
    assert place.run("apply").code == 0
    assert place.run("plan").out.splitlines()[-1] == "No changes: 12 mail domains as wanted."
    for name, foreign in before.items():
        held = rrsets(place.root / f"build/zones/{name}.zone", name)
        texts = held[f"{name}.", "TXT"][1]
        assert foreign[f"{name}.", "TXT"][1] < texts
        assert {key: value for key, value in foreign.items() if key[1] != "TXT"}.items() <= held.items()


def test_an_mx_waits_for_the_address_of_its_host(place: Place) -> None:
    """A host that another zone of the repository brings has to be there first."""
    place.write("zones/z.example.yaml", "hosts: {mx.{domain}: {ipv4: [203.0.113.9], ptr: false}}\n")
    place.write("zones/a.example.yaml", "mx: [{host: mx.z.example}]\n")
    broken = place.write("build/zones/z.example.zone", "what\n")
    result = place.run("apply")
    assert result.code == 1
    assert "mx.z.example has no address yet" in result.err
    assert not (place.root / "build/zones/a.example.zone").exists()
    assert place.run("apply", "a.example").code == 1
    broken.unlink()
    assert place.run("apply").code == 0
    assert ("a.example.", "MX") in rrsets(place.root / "build/zones/a.example.zone", "a.example")


def test_domains_that_are_second_mx_to_each_other_are_no_riddle(place: Place) -> None:
    """One zone has to be the first."""
    for one, other in (("a", "b"), ("b", "a")):
        place.write(
            f"zones/{one}.example.yaml",
            "hosts: {mx.{domain}: {ipv4: [203.0.113.9], ptr: false}}\n"
            f"mx: [{{host: mx.{one}.example}}, {{host: mx.{other}.example, preference: 20}}]\n",
        )
    assert place.run("apply").code == 0
    assert place.run("plan").out.startswith("No changes")


def test_a_crash_on_the_first_write_leaves_the_waits_in_force(place: Place) -> None:
    """A lost line of the ledger does not make resolvers forget."""
    place.write("zones/example.com.yaml", EXAMPLE)
    place.run("apply", now="2026-11-21T00:00:00Z")
    ledger = place.root / "zones/ledger/example.com.jsonl"
    lines = ledger.read_text().splitlines(keepends=True)
    ledger.write_text("".join(line for line in lines if '"applied"' not in line))
    assert place.run("apply", now="2026-11-21T00:01:00Z").code == 0
    place.write("zones/example.com.yaml", MX)
    place.run("apply", *MEANT, now="2026-11-21T01:00:00Z")
    place.run("apply", now="2026-11-21T01:59:59Z")
    assert "mail.example.com. 3600 IN A" in place.read("build/zones/example.com.zone")
    place.run("apply", now="2026-11-21T02:00:00Z")
    assert "mail.example.com. 3600 IN A" not in place.read("build/zones/example.com.zone")


def test_a_lowered_ttl_counts_only_when_the_old_one_is_over(place: Place) -> None:
    """Resolvers that took the MX for a day keep it for a day."""
    place.write("zones/example.com.yaml", "ttl: 1d\n" + EXAMPLE)
    place.run("apply", now="2026-11-20T00:00:00Z")
    place.write("zones/example.com.yaml", "ttl: 300\n" + EXAMPLE)
    place.run("apply", now="2026-11-21T00:00:00Z")
    place.write("zones/example.com.yaml", "ttl: 300\n" + MX)
    place.run("apply", *MEANT, now="2026-11-21T00:10:00Z")
    place.run("apply", now="2026-11-21T23:59:59Z")
    assert "mail.example.com. 300 IN A" in place.read("build/zones/example.com.zone")
    place.run("apply", now="2026-11-22T00:00:00Z")
    assert "mail.example.com. 300 IN A" not in place.read("build/zones/example.com.zone")


def test_octodns_alone_names_no_policy_whose_file_could_not_be_written(place: Place) -> None:
    """What was tried is not what was done."""
    policy = MX + "mta_sts: {mode: testing, policy_host: {cname: web.example.net}}\n"
    place.write("zones/example.com.yaml", policy)
    place.write("build/policy", "in the way")
    assert place.run("apply").code == 1
    sync = [
        str(Path(sys.executable).parent / "octodns-sync"),
        "--config-file",
        "providers/octodns.yaml",
        "--doit",
    ]
    subprocess.run(sync, capture_output=True, check=True, cwd=place.root)
    assert ("_mta-sts.example.com.", "TXT") not in rrsets(place.root / "build/zones/example.com.zone")


def test_only_one_at_a_time_writes_the_ledgers(place: Place) -> None:
    """A second apply, or a plan that could mint, stops with a clear word; check and a locked plan do not."""
    place.write("zones/example.com.yaml", MX)
    with ledger_lock(place.root / "zones"):
        for command in ("apply", "plan"):
            result = place.run(command)
            assert (result.code, "another stszone" in result.err) == (1, True)
        assert place.run("check").code == 0
        assert place.run("plan", "--locked").code == 0
    assert place.run("apply").code == 0


def test_a_blocked_domain_does_not_hold_back_the_others(place: Place) -> None:
    """Neither in other zones nor in one that it shares."""
    policy = "mta_sts: {mode: enforce, max_age: 7d, policy_host: {cname: web.example.net}}\n"
    host = "hosts: {mail.{domain}: {ipv4: [203.0.113.NN]}}\n"
    place.write("zones/a.example.yaml", "mx: [{host: old.example.net}]\n" + policy + host.replace("NN", "1"))
    place.run("apply")
    before = place.read("build/zones/a.example.zone")
    by_hand = "records: {'': {type: MX, value: 10 new.example.net}}\n"
    fixed = policy.replace("7d,", "7d, mx: [old.example.net],")
    place.write("zones/a.example.yaml", by_hand + fixed + host.replace("NN", "2"))
    place.write("zones/b.example.yaml", MX + host.replace("NN", "3"))
    result = place.run("apply")
    assert result.code == 1
    assert "blocked: change-mx" in result.out
    reverse = place.read("build/zones/113.0.203.in-addr.arpa.zone")
    assert "mail.b.example." in reverse
    assert "2.113.0.203" not in reverse
    assert place.read("build/zones/a.example.zone") == before
