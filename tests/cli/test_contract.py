"""Exit codes, JSON keys, messages: what users' scripts rely on."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stszone.rules import RULES
from tests.cli.run import ROOT, Place

MX = "mx: [{host: mx.example.net}]\n"
STS = MX + "mta_sts: {mode: testing, max_age: 7d, policy_host: {cname: web.example.net}}\n"


def test_plan_exits_0_or_2_with_changes(place: Place) -> None:
    """--detailed-exitcode tells changes from none; without it both are success."""
    place.write("zones/example.com.yaml", MX)
    assert place.run("plan").code == 0
    assert place.run("plan", "--detailed-exitcode").code == 2
    place.run("apply")
    assert place.run("plan", "--detailed-exitcode").code == 0


def test_the_plan_as_json(place: Place) -> None:
    """One document, the keys of the contract, nothing else on stdout."""
    place.write("zones/example.com.yaml", STS)
    plan = place.run("--format", "json", "plan").json
    assert plan["format_version"] == 1
    (domain,) = plan["domains"]
    assert set(domain) >= {"domain", "zone", "target", "stage", "changes", "steps", "findings"}
    assert domain["stage"] == "testing"
    assert set(domain["changes"][0]) >= {"action", "name", "type", "ttl", "before", "after", "takes_over"}
    assert set(domain["steps"][0]) >= {"kind", "state", "not_before", "reason", "rule"}
    assert set(plan["summary"]) == {"create", "update", "delete", "waiting", "blocked"}
    assert plan["summary"]["create"] == len(domain["changes"]) == 3
    assert re.fullmatch("[0-9a-f]{64}", plan["digest"])


def test_equal_plans_have_equal_digests(place: Place) -> None:
    """The digest follows what would be done, and nothing else."""
    place.write("zones/example.com.yaml", MX)
    first, second = (place.run("plan", "--format", "json").json["digest"] for _ in range(2))
    place.write("zones/example.com.yaml", MX.replace("mx.", "mx2."))
    assert first == second != place.run("plan", "--format", "json").json["digest"]


@pytest.mark.parametrize(
    ("text", "rule", "place_", "said"),
    [
        ("mta_sts: {mode: testing, max_age: 99999999}\n", "STS023", (1, 35), "99999999"),
        ("mx: [{host: 192.0.2.1}]\n", "MXX002", (1, 13), "192.0.2.1"),
        ("spf: {terms: [mx], al: fail}\n", "INP002", (1, 24), "did you mean all"),
        ("dmarc: {p: rejct}\n", "DMA004", (1, 12), "rejct"),
        ("mx: [\n", "INP001", (1, 6), ""),
        ("ttl: 3600\nttl: 300\n", "INP004", (2, 1), "ttl"),
        ("extends: [nothing]\n", "INP005", (1, 1), "nothing"),
    ],
)
def test_bad_input_is_one_line_with_its_place(
    place: Place, text: str, rule: str, place_: tuple[int, int], said: str
) -> None:
    """`file:line:col`, the rule, what is there; nothing is written, and the exit code is 1."""
    place.write("zones/example.com.yaml", text)
    before = place.files()
    for command in ("check", "plan", "apply"):
        result = place.run("--format", "json", command)
        assert result.code == 1
        (found,) = [item for item in result.json["findings"] if item["rule"] == rule]
        assert (found["file"], found["line"], found["column"]) == ("zones/example.com.yaml", *place_)
        assert said in found["message"] + found["fix"]
        assert all(found[key] for key in ("severity", "consequence", "fix"))
    assert place.files() == before


def test_all_errors_of_a_file_are_reported_at_once(place: Place) -> None:
    """Nobody has to mend one error to see the next."""
    place.write(
        "zones/example.com.yaml",
        "mx: [{host: 192.0.2.1}]\ndmarc: {p: rejct}\nspf: {terms: ['ip4:300.0.0.1'], all: fail}\ntls_rpt: {rua: [a@b.example]}\n",
    )
    rules = {item["rule"] for item in place.run("check", "--format", "json").json["findings"]}
    assert {"MXX002", "DMA004", "SPF015", "TRP003"} <= rules


def test_a_wrong_file_stops_the_whole_plan(place: Place) -> None:
    """Nothing is written while any file is wrong, not even for the other domains."""
    place.write("zones/good.example.yaml", MX)
    place.write("zones/bad.example.yaml", "mx: 5\n")
    assert place.run("apply").code == 1
    assert place.run("apply", "good.example").code == 1
    assert not (place.root / "build").exists()


def test_locked_refuses_to_mint(place: Place) -> None:
    """In CI a policy change without its committed id turns the run red and writes nothing."""
    place.write("zones/example.com.yaml", STS)
    before = place.files()
    result = place.run("plan", "--locked")
    assert result.code == 1
    assert "--locked" in result.err
    assert place.files() == before
    place.run("plan")
    assert place.run("plan", "--locked").code == 0


def test_the_id_rotates_exactly_with_the_policy(place: Place) -> None:
    """An edit beside the policy keeps the id; a new policy gets a new one; the file comes first."""

    def live_id() -> str:
        return re.search(r"v=STSv1; id=(\w+)", place.read("build/zones/example.com.zone"))[1]

    place.write("zones/example.com.yaml", STS)
    place.run("apply", now="2026-11-21T09:30:00Z")
    assert live_id() == "20261121T093000Z"
    place.write("zones/example.com.yaml", STS + "dmarc: {p: none}\n")
    place.run("apply", now="2026-11-22T09:30:00Z")
    assert live_id() == "20261121T093000Z"
    place.write("zones/example.com.yaml", STS.replace("7d", "8d"))
    place.run("apply", now="2026-11-23T09:30:00Z")
    assert live_id() == "20261123T093000Z"
    assert "max_age: 691200" in place.read("build/policy/mta-sts.example.com/.well-known/mta-sts.txt")


def test_mta_sts_leaves_only_when_every_cached_policy_has_expired(place: Place) -> None:
    """none → wait → record → host, each at its date and not a second earlier."""
    zone = "build/zones/example.com.zone"
    place.write("zones/example.com.yaml", STS.replace("7d", "31557600"))
    place.run("apply", now="2026-01-01T00:00:00Z")
    place.write("zones/example.com.yaml", STS)
    place.run("apply", now="2026-01-02T00:00:00Z")
    place.write("zones/example.com.yaml", MX)
    place.run("apply", now="2026-01-03T00:00:00Z")
    assert "mode: none" in place.read("build/policy/mta-sts.example.com/.well-known/mta-sts.txt")
    (step,) = place.run("plan", "--format", "json", now="2026-01-04T00:00:00Z").json["domains"][0]["steps"]
    # The year-long policy of the first day: its id left DNS on the second, a TTL later it was forgotten.
    assert (step["state"], step["not_before"]) == ("waiting", "2027-01-03T07:00:00Z")
    place.run("apply", now="2027-01-03T06:59:59Z")
    assert "_mta-sts.example.com." in place.read(zone)
    place.run("apply", now="2027-01-03T07:00:01Z")
    assert "_mta-sts.example.com." not in place.read(zone)
    assert "mta-sts.example.com." in place.read(zone)
    place.run("apply", now="2027-01-03T08:00:02Z")
    assert "mta-sts" not in place.read(zone)
    assert place.run("plan", now="2027-01-03T08:00:03Z").out.splitlines()[-1].startswith("No changes")


def test_deleting_the_yaml_of_a_live_policy_is_an_error(place: Place) -> None:
    """The file has to stay until the policy has left every cache."""
    path = place.write("zones/example.com.yaml", STS)
    place.run("apply")
    path.unlink()
    result = place.run("plan", "--format", "json")
    assert result.code == 1
    (block,) = result.json["domains"]
    assert [(step["rule"], step["state"]) for step in block["steps"] if step["kind"] == "check"] == [
        ("LED002", "blocked")
    ]
    place.write("zones/example.org.yaml", MX)
    before = place.read("build/zones/example.com.zone")
    assert place.run("apply").code == 1, "the others go on"
    assert "MX" in place.read("build/zones/example.org.zone")
    assert place.read("build/zones/example.com.zone") == before


def test_a_rehearsal_says_so_in_its_first_line(place: Place) -> None:
    """STSZONE_NOW is not to be overlooked, and is not to be misspelt."""
    place.write("zones/example.com.yaml", MX)
    assert "2026-12-24T00:00:00Z" in place.run("plan", now="2026-12-24T00:00:00Z").out.splitlines()[0]
    assert (
        place.run("plan", "--format", "json", now="2026-12-24T00:00:00Z").json["now"]
        == "2026-12-24T00:00:00Z"
    )
    wrong = place.run("plan", now="tomorrow")
    assert (wrong.code, "tomorrow" in wrong.err) == (1, True)


def test_values_are_escaped_in_markdown(place: Place) -> None:
    """A record cannot break the table, name a person or smuggle in HTML."""
    place.write("zones/example.com.yaml", "site_verification: ['<b>|x @someone `y`']\n")
    text = place.run("plan", "--format", "markdown").out
    assert "<b>" not in text
    assert "@someone" not in text
    assert "&lt;b&gt;&#124;x &#64;someone &#96;y&#96;" in text


@pytest.mark.parametrize("rule", sorted(RULES))
def test_every_rule_is_explained(place: Place, rule: str) -> None:
    """Statement, why, consequence, fix, source: none is empty."""
    entry = place.run("explain", rule, "--format", "json").json
    assert all(entry[key] for key in ("statement", "why", "consequence", "fix", "source", "decided_by"))
    assert rule in place.run("explain", rule.lower()).out


def test_an_unknown_rule_names_its_neighbours(place: Place) -> None:
    """A typo in a rule's id is answered with near ones."""
    result = place.run("explain", "STS23")
    assert (result.code, "STS023" in result.err) == (1, True)


def test_the_schema_is_json(place: Place) -> None:
    """Editors can read it, and it knows the sections."""
    schema = json.loads(place.run("schema").out)
    assert {"extends", "domains", "mx", "mta_sts", "tls_rpt"} <= schema["properties"].keys()
    assert schema["additionalProperties"] is False


def test_render_policy(place: Place) -> None:
    """The bytes that will be served, alone on stdout; or files below a directory."""
    place.write("zones/example.com.yaml", STS)
    assert place.run("render", "policy").out.splitlines()[0] == "version: STSv1"
    place.run("render", "policy", "--out", "tree")
    assert (place.root / "tree/mta-sts.example.com/.well-known/mta-sts.txt").is_file()


def test_render_octodns_is_read_by_octodns(place: Place) -> None:
    """The escape hatch: the same records as an octoDNS zone file, semicolons plain."""
    from octodns.provider.yaml import YamlProvider
    from octodns.zone import Zone

    place.write("zones/example.com.yaml", STS + "caa: ['0 issue \";\"']\ndkim: {'*': {revoked: true}}\n")
    place.run("render", "octodns", "--out", "out")
    zone = Zone("example.com.", [])
    YamlProvider("y", "out", escaped_semicolons=False).populate(zone)
    texts = {record.fqdn: record.to_rrset().rdatas for record in zone.records if record._type == "TXT"}
    assert texts["*._domainkey.example.com."] == ['"v=DKIM1; p="']


def test_render_zonefile_is_a_master_file(place: Place) -> None:
    """Our records alone, to read or to include."""
    import dns.zone

    place.write("zones/example.com.yaml", STS)
    text = place.run("render", "zonefile").out
    zone = dns.zone.from_text(text, "example.com", check_origin=False)
    assert zone.get_rdataset("@", "MX") is not None


def test_the_readme_names_every_command_and_the_two_of_make(place: Place) -> None:
    """README and program do not drift apart."""
    readme = (ROOT / "README.md").read_text()
    listed = re.findall(r"^  (\w+)  ", place.run("--help").out.partition("Commands:")[2], re.M)
    assert {"check", "plan", "apply", "render", "explain", "schema"} <= set(listed)
    for command in listed:
        assert f"`{command}" in readme
    assert "make plan" in readme
    assert "make test" in readme


def test_the_yaml_of_the_readme_works(shipped: Place) -> None:
    """Both examples are read, and nothing in them is refused."""
    blocks = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text().replace("\n   ", "\n"), re.S)
    assert len(blocks) == 2
    shutil.copy(shipped.root / "zones/keys/s202611.pem", shipped.root / "zones/keys/s202611.txt")
    for block in blocks:
        shipped.write("zones/example.com.yaml", block)
        found = shipped.run("check", "example.com", "--format", "json").json["findings"]
        assert not [item["message"] for item in found if item["severity"] == "error"]
        assert shipped.run("plan", "example.com").code == 0


def test_help_answers_at_once(place: Place) -> None:
    """The heavy libraries are not imported to print a help text."""
    code = "import sys; sys.argv = ['stszone', '--help']\nfrom stszone.cli.main import main\ntry: main()\nexcept SystemExit: pass\nprint([m for m in ('octodns', 'pydantic', 'dns', 'cryptography', 'yaml') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_missing_directory_says_what_to_do(tmp_path: Path, place: Place) -> None:
    """Started in the wrong place, stszone says so in a line."""
    assert "--zones" in place.run("--zones", "nowhere", "plan").err
    assert "--providers" in place.run("--providers", "nowhere", "plan").err


BIND = """
providers:
  stszone: {class: stszone.planning.source.MailSource, zones: zones, providers: providers}
  bind: {class: octodns_bind.Rfc2136Provider, host: 127.0.0.1, port: 9, timeout: 1%s}
processors: {scope: {class: stszone.planning.processor.MailScope}}
zones: {"*": {sources: [stszone], processors: [scope], targets: [bind]}}
"""


@pytest.mark.parametrize(
    ("words", "kind", "said"),
    [
        (["plan", "nomatch.example"], "input", "nomatch.example"),
        (["check", "nomatch.example"], "input", "nomatch.example"),
        (["check", "example.com", "nomatch.*"], "input", "nomatch.*"),  # each of them has to match
        (["render", "zonefile", "nomatch.example"], "input", "nomatch.example"),
        (["plan", "mün*.example"], "input", "A-label"),
        (["--zones", "nowhere", "plan"], "input", "nowhere"),
        (["--providers", "nowhere", "plan"], "input", "nowhere"),
        (["plan", "--allow", "STS999", "--reason", "x"], "input", "STS999"),
        (["plan", "--allow", "STS077"], "input", "--reason"),
        (["explain", "STS23"], "input", "STS023"),
        (["plan", "--nonsense"], "usage", "--nonsense"),
        (["nonsense"], "usage", "nonsense"),
        (["render", "nonsense"], "usage", "nonsense"),
        ([], "usage", "Missing command"),
        (["render", "zonefile", "--out", "zones/example.com.yaml"], "error", "zones/example.com.yaml"),
    ],
)
def test_an_error_is_one_json_document(place: Place, words: list[str], kind: str, said: str) -> None:
    """A script that asked for JSON gets JSON; people read the same on stderr."""
    place.write("zones/example.com.yaml", MX)
    for form in (["--format", "json"], ["--format=json"]):
        result = place.run(*form, *words, now="2026-12-24T00:00:00Z")
        assert result.code == 1
        assert set(result.json) == {"format_version", "now", "error"}
        assert (result.json["format_version"], result.json["now"]) == (1, "2026-12-24T00:00:00Z")
        assert set(result.json["error"]) == {"kind", "message"}
        assert result.json["error"]["kind"] == kind
        assert said in result.json["error"]["message"]
        assert said in result.err
    plain = place.run("--format", "text", *words)
    assert (plain.code, plain.out) == (1, "")
    assert said in plain.err


def test_errors_before_the_time_is_known_are_json_too(place: Place) -> None:
    """A misspelt STSZONE_NOW leaves no time to tell."""
    result = place.run("plan", "--format", "json", now="tomorrow")
    assert (result.code, result.json["now"], result.json["error"]["kind"]) == (1, None, "input")


def test_the_last_format_counts(place: Place) -> None:
    """As it does for a command that runs."""
    assert place.run("--format", "json", "plan", "nomatch", "--format", "text").out == ""
    assert place.run("--format", "text", "plan", "nomatch", "--format", "json").json["error"]


def test_a_broken_configuration_is_json_and_no_traceback(place: Place) -> None:
    """Through the installed program, where nothing else catches what octoDNS logs."""
    place.write("zones/example.com.yaml", MX)
    program = str(Path(sys.executable).parent / "stszone")
    for more, said in (
        (", nonsense: 1", "nonsense"),
        (", key_secret: env/STSZONE_TEST_NONE", "STSZONE_TEST_NONE"),
        (", key_name: k, key_secret: '!s3cr3t'", "key_secret"),
    ):
        place.write("providers/octodns.yaml", BIND % more)
        done = subprocess.run(
            [program, "--format", "json", "plan"], capture_output=True, text=True, check=False, cwd=place.root
        )
        assert done.returncode == 1
        assert said in json.loads(done.stdout)["error"]["message"]
        (line,) = done.stderr.splitlines()
        assert line.startswith("providers/octodns.yaml: providers.bind")
        assert "s3cr3t" not in line
    place.write("providers/octodns.yaml", BIND.replace("Rfc2136Provider", "Nothing") % "")
    assert "providers.bind.class" in place.run("check").err


def test_a_host_without_address_is_unknown(place: Place) -> None:
    """Nobody was asked: exit code 3, in JSON as well."""
    place.write("zones/example.com.yaml", MX)
    place.write("providers/octodns.yaml", BIND.replace("127.0.0.1", "no-such-host.invalid") % "")
    result = place.run("plan", "--format", "json")
    assert (result.code, result.json["error"]["kind"]) == (3, "unknown")


def test_explain_and_render_out_as_json(place: Place) -> None:
    """All rules in one document; the files that were written in another."""
    rules = place.run("explain", "--format", "json").json["rules"]
    assert [one["id"] for one in rules] == list(RULES)
    assert rules[0] == {
        k: v for k, v in place.run("explain", "STS001", "--format", "json").json.items() if k in rules[0]
    }
    place.write("zones/example.com.yaml", STS)
    written = place.run("render", "policy", "--out", "tree", "--format", "json").json
    assert (written["out"], written["written"]) == ("tree", ["mta-sts.example.com/.well-known/mta-sts.txt"])


@pytest.mark.parametrize(
    "name", ["münchen.example", "MÜNCHEN.example", "xn--mnchen-3ya.example", "münchen.example.", "xn--*"]
)
def test_domains_may_be_named_in_their_own_script(place: Place, name: str) -> None:
    """On the command line and in octodns.yaml, as in the YAML."""
    config = place.read("providers/octodns.yaml").replace('"*":', "münchen.example.:")
    place.write("providers/octodns.yaml", config)
    place.write("zones/münchen.example.yaml", MX)
    (domain,) = place.run("plan", name, "--format", "json").json["domains"]
    assert (domain["domain"], domain["zone"]) == ("xn--mnchen-3ya.example", "xn--mnchen-3ya.example")
    assert place.run("apply", name).code == 0
    assert place.run("plan", name).out.startswith("No changes")


def test_a_file_that_cannot_be_read_is_told_whatever_is_asked(place: Place) -> None:
    """Its domains are not known, so a DOMAIN that matches nothing may be in it."""
    place.write("zones/example.com.yaml", "domains: [\n")
    for command in ("check", "plan"):
        result = place.run(command, "www.example", "--format", "json")
        assert (result.code, [one["rule"] for one in result.json["findings"]]) == (1, ["INP001"])


@pytest.mark.parametrize("kind", ["zonefile", "octodns"])
def test_render_remembers_the_ids_that_it_hands_out(place: Place, kind: str) -> None:
    """Whoever publishes the files has published an id; the next plan must not mint another."""
    place.write("zones/example.com.yaml", STS)
    place.write("zones/other.example.yaml", STS)
    first = place.run("render", kind, "example.com", now="2026-11-21T09:30:00Z").out
    assert "id=20261121T093000Z" in first
    assert "20261121T093000Z" in place.read("zones/ledger/example.com.jsonl")
    assert not (place.root / "zones/ledger/other.example.jsonl").exists()
    assert place.run("render", kind, "example.com", now="2026-11-22T09:30:00Z").out == first


def test_an_override_is_noted_for_what_it_lets_happen(place: Place) -> None:
    """Not in the ledgers of domains that it did nothing for, and not twice."""
    weak, strong = MX + "dmarc: {p: none}\n", MX + "dmarc: {p: reject}\n"
    for name in ("idle.example", "busy.example"):
        place.write(f"zones/{name}.yaml", strong)
    place.run("apply")
    place.write("zones/busy.example.yaml", weak)
    words = ("apply", "--allow", "GRD005", "--reason", "forwarders break")
    result = place.run(*words)
    assert result.code == 0
    assert "forwarders break" in place.read("zones/ledger/busy.example.jsonl")
    assert "forwarders break" not in place.read("zones/ledger/idle.example.jsonl")
    again = place.run(*words)
    assert (again.code, "--allow GRD005: nothing here needs it" in again.err) == (0, True)
    assert place.read("zones/ledger/busy.example.jsonl").count("forwarders break") == 1


def test_an_override_is_for_one_change(place: Place) -> None:
    """The ledger remembers the change that was allowed; another one under the same rule is not."""
    place.write("zones/example.com.yaml", MX + "dmarc: {p: reject}\n")
    place.run("apply")
    place.write("zones/example.com.yaml", MX + "dmarc: {p: quarantine}\n")
    assert place.run("plan", "--allow", "GRD005", "--reason", "slowly").code == 0
    planned = place.run("plan", "--format", "json")
    assert planned.code == 0
    (found,) = (one for one in planned.json["domains"][0]["findings"] if one["rule"] == "GRD005")
    assert (found["severity"], "slowly" in found["fix"]) == ("warning", True)
    place.write("zones/example.com.yaml", MX + "dmarc: {p: none}\n")
    assert place.run("apply").code == 1


def test_a_locked_plan_writes_no_override(place: Place) -> None:
    """Nothing is written for CI; the override holds for that run."""
    place.write("zones/example.com.yaml", MX + "dmarc: {p: reject}\n")
    place.run("apply")
    place.write("zones/example.com.yaml", MX + "dmarc: {p: none}\n")
    before = place.files()
    assert place.run("plan", "--locked", "--allow", "GRD005", "--reason", "looking").code == 0
    assert place.files() == before
    assert place.run("plan").code == 1


def test_a_guarded_domain_does_not_hold_up_the_others(place: Place) -> None:
    """In the same zone and elsewhere; its own changes are shown and none of them is made."""
    strong = MX + "dmarc: {p: reject}\n"
    place.write("zones/example.com.yaml", strong)
    place.write("zones/sub.example.com.yaml", "zone: example.com\n" + strong)
    place.write("zones/example.org.yaml", strong)
    place.run("apply")
    place.write(
        "zones/example.com.yaml",
        strong.replace("reject", "none") + "tls_rpt: {rua: ['mailto:a@b.example']}\n",
    )
    place.write("zones/sub.example.com.yaml", "zone: example.com\nspf: {all: fail}\n" + strong)
    place.write("zones/example.org.yaml", strong + "spf: {all: fail}\n")
    planned = place.run("plan", "--format", "json").json
    assert planned["summary"] == {"create": 2, "update": 0, "delete": 0, "waiting": 0, "blocked": 1}
    assert {len(one["changes"]) for one in planned["domains"] if one["domain"] == "example.com"} == {2}
    result = place.run("apply")
    assert result.code == 1
    held = place.read("build/zones/example.com.zone")
    assert 'sub.example.com. 3600 IN TXT "v=spf1 -all"' in held
    assert "p=reject" in held
    assert "_smtp._tls" not in held
    assert "v=spf1 -all" in place.read("build/zones/example.org.zone")
    assert "_smtp._tls" not in place.read("zones/ledger/example.com.jsonl")


def test_a_broken_domain_does_not_hold_up_the_others(place: Place) -> None:
    """What it would publish is broken in itself, and said with its line; every other domain goes on."""
    place.write(
        "zones/bad.example.yaml",
        "aliases: {www.{domain}: mail.example.net}\nhosts: {www.{domain}: {ipv4: [203.0.113.1], ptr: false}}\n",
    )
    place.write("zones/good.example.yaml", MX)
    planned = place.run("plan", "--format", "json")
    assert planned.code == 1
    blocks = {one["domain"]: one for one in planned.json["domains"]}
    assert {step["state"] for step in blocks["bad.example"]["steps"]} == {"blocked"}
    assert "zones/bad.example.yaml:2: " in blocks["bad.example"]["steps"][0]["reason"]
    assert place.run("plan").out.count("has a CNAME and A") == 1
    assert [change["action"] for change in blocks["good.example"]["changes"]] == ["create"]
    assert place.run("apply").code == 1
    assert "MX" in place.read("build/zones/good.example.zone")
    assert not (place.root / "build/zones/bad.example.zone").exists()


def test_what_was_done_what_failed_and_what_is_left_is_told(place: Place) -> None:
    """A zone that cannot be written, one that waits for it, and one that has nothing to do with them."""
    place.write("zones/a.example.yaml", "hosts: {mail.{domain}: {ipv4: [203.0.113.10], ptr: false}}\n")
    place.write("zones/b.example.yaml", "mx: [{host: mail.a.example}]\n")
    place.write("zones/c.example.yaml", MX)
    place.write("build/zones/a.example.zone", "broken")
    result = place.run("apply")
    assert result.code == 1
    told = [line.partition(":")[0] + " " + line.split()[1] for line in result.err.splitlines()[:-1]]
    assert told == ["refused a.example", "done c.example", "left b.example"], result.err
    failures = place.run("apply", "--format", "json").json["failures"]
    assert [(one["zone"], one["left"]) for one in failures] == [("a.example", False), ("b.example", True)]


def test_more_risky_domains_than_the_limit_are_held_back(place: Place) -> None:
    """Even when each change is allowed; fewer at a time, or an override of the limit itself, goes through."""
    names = ["a.example", "b.example", "c.example"]
    for name in names:
        place.write(f"zones/{name}.yaml", MX + "dmarc: {p: reject}\n")
    place.run("apply")
    place.write("providers/stszone.yaml", place.read("providers/stszone.yaml").replace("20}", "2}"))
    for name in names:
        place.write(f"zones/{name}.yaml", MX + "dmarc: {p: none}\n")
    allow = ("--allow", "GRD005", "--reason", "all forward")
    result = place.run("apply", *allow)
    assert (result.code, "GRD008" in result.out) == (
        1,
        True,
    )
    assert all("p=reject" in place.read(f"build/zones/{name}.zone") for name in names)
    assert place.run("apply", "a.example", *allow).code == 0
    assert place.run("apply").code == 0
    assert all("p=none" in place.read(f"build/zones/{name}.zone") for name in names)


@pytest.mark.parametrize("rule", ["INP002", "LED001", "TGT001"])
def test_what_is_no_guard_cannot_be_overridden(place: Place, rule: str) -> None:
    """A file that cannot be read does not become readable."""
    place.write("zones/example.com.yaml", MX)
    before = place.files()
    result = place.run("apply", "--allow", rule, "--reason", "please")
    assert (result.code, "INP, LED and TGT" in result.err) == (1, True)
    assert place.files() == before


def test_a_rehearsed_apply_stays_on_this_machine(place: Place) -> None:
    """Zone files may be written at another time; a server would be changed before its time."""
    place.write("zones/example.com.yaml", MX)
    assert place.run("apply", now="2026-12-24T00:00:00Z").code == 0
    place.write("providers/octodns.yaml", BIND % "")
    before = place.files()
    result = place.run("apply", "--format", "json", now="2026-12-24T00:00:00Z")
    assert (result.code, result.json["error"]["kind"]) == (1, "refused")
    assert "example.com goes to bind (octodns_bind.Rfc2136Provider)" in result.err
    assert place.files() == before
    assert place.run("plan", now="2026-12-24T00:00:00Z").code == 3  # looks, and finds nobody


def test_controls_in_records_and_names_do_not_reach_the_terminal(place: Place) -> None:
    """From a zone that others write, and from a file name."""
    place.write("zones/example.com.yaml", "dmarc: {p: none}\n")
    place.run("apply")
    path = place.root / "build/zones/example.com.zone"
    path.write_text(path.read_text() + 'example.com. 60 IN TXT "v=spf1 \\027[2J\\010evil -all"\n')
    place.write("zones/example.com.yaml", "dmarc: {p: none}\nspf: {terms: [mx], all: fail}\n")
    place.write("zones/a\x1b[2Jb.example.yaml", "mx: none\n")
    for form in ("text", "markdown", "json"):
        for command in ("check", "plan"):
            result = place.run("--format", form, command)
            assert "\x1b" not in result.out + result.err
    (place.root / "zones/a\x1b[2Jb.example.yaml").unlink()
    result = place.run("plan")
    assert r"v=spf1 \x1b[2J\nevil -all" in result.out
    assert "\x1b" not in result.out


def test_a_lifecycle_override_is_remembered_too(place: Place) -> None:
    """For these MX hosts and this policy; with others the change is spread again."""
    policy = "mta_sts: {mode: enforce, max_age: 7d, policy_host: {cname: web.example.net}}\n"
    place.write("zones/example.com.yaml", MX + policy)
    place.run("apply")
    place.write("zones/example.com.yaml", MX.replace("mx.", "new.") + policy)
    assert place.run("plan", "--allow", "STS077", "--reason", "old server lost").code == 0
    place.write("zones/example.com.yaml", MX.replace("mx.", "other.") + policy)
    steps = place.run("plan", "--format", "json").json["domains"][0]["steps"]
    assert ("change-mx", "waiting") in {(step["kind"], step["state"]) for step in steps}
    place.write("zones/example.com.yaml", MX.replace("mx.", "new.") + policy)
    result = place.run("apply")
    assert result.code == 0, result.out
    held = place.read("build/zones/example.com.zone")
    assert "10 new.example.net." in held
    assert "10 mx.example.net." not in held


def test_what_is_held_back_does_not_slip_through_a_shared_record(place: Place) -> None:
    """Two mail domains have values in one TXT RRset: it changes when both may, and the plan says so."""
    both = MX + "spf: {terms: [mx], all: fail}\n"
    place.write("zones/example.com.yaml", both + "site_verification: [google-site-verification=abc]\n")
    sub = "zone: example.com\n" + both + 'records: {"": {type: TXT, value: "ms=ms1"}}\n'
    place.write("zones/sub.example.com.yaml", sub)
    place.run("apply")
    place.write("zones/example.com.yaml", MX + "site_verification: [google-site-verification=abc]\n")
    place.write("zones/sub.example.com.yaml", sub.replace("ms1", "ms2").replace("fail", "softfail"))
    result = place.run("apply")
    assert result.code == 1
    held = place.read("build/zones/example.com.zone")
    assert 'example.com. 3600 IN TXT "v=spf1 mx -all"' in held.splitlines()
    assert "ms=ms1" in held
    assert 'sub.example.com. 3600 IN TXT "v=spf1 mx ~all"' in held
    place.write("zones/example.com.yaml", both + "site_verification: [google-site-verification=abc]\n")
    planned = place.run("plan", "sub.example.com", "--format", "json").json["domains"]
    assert "OWN005" in {found["rule"] for one in planned for found in one["findings"]}
    assert place.run("apply").code == 0
    assert "ms=ms2" in place.read("build/zones/example.com.zone")


def test_a_guard_holds_back_records_of_another_source_too(place: Place) -> None:
    """A zone that octoDNS's own YAML fills as well is not written while such a change is held back."""
    config = place.read("providers/octodns.yaml")
    config = config.replace(
        "\nprocessors:",
        "\n  web: {class: octodns.provider.yaml.YamlProvider, directory: web}\n\nprocessors:",
        1,
    )
    config += "\n  example.com.: {sources: [stszone, web], processors: [mail-scope], targets: [zonefile]}\n"
    place.write("providers/octodns.yaml", config)
    place.write(
        "web/example.com.yaml", "foo: {type: MX, value: {exchange: mx.example.net., preference: 10}}\n"
    )
    place.write("zones/example.com.yaml", MX)
    assert place.run("apply").code == 0
    place.write("web/example.com.yaml", "foo: {type: MX, value: {exchange: ., preference: 0}}\n")
    place.write("zones/example.com.yaml", MX + "tls_rpt: {rua: ['mailto:a@b.example']}\n")
    result = place.run("apply")
    assert result.code == 1
    assert "GRD002" in result.out
    assert "foo.example.com. 3600 IN MX 10 mx.example.net." in place.read("build/zones/example.com.zone")


def test_a_host_that_somebody_elses_record_names_stays(place: Place) -> None:
    """The MX is not ours, and its host is."""
    place.write(
        "zones/example.com.yaml",
        "hosts: {mail.{domain}: {ipv4: [203.0.113.10], ptr: false}}\ndmarc: {p: none}\n",
    )
    place.run("apply")
    zone = place.root / "build/zones/example.com.zone"
    zone.write_text(zone.read_text() + "example.com. 3600 IN MX 10 mail.example.com.\n")
    place.write("zones/example.com.yaml", "dmarc: {p: none}\n")
    result = place.run("apply")
    assert result.code == 0
    assert "example.com MX, which is not stszone's, points there" in " ".join(result.out.split())
    assert "mail.example.com. 3600 IN A 203.0.113.10" in zone.read_text()


def test_what_a_held_domain_points_to_stays(place: Place) -> None:
    """Its YAML does not want the alias any more, and the alias is still there."""
    strong = MX + "dmarc: {p: reject}\n"
    place.write("zones/a.example.yaml", strong + "aliases: {www.{domain}: web.b.example}\n")
    place.write("zones/b.example.yaml", MX + "hosts: {web.{domain}: {ipv4: [203.0.113.10], ptr: false}}\n")
    place.run("apply")
    place.write("zones/a.example.yaml", strong.replace("reject", "none"))
    place.write("zones/b.example.yaml", MX)
    assert place.run("apply").code == 1
    assert "www.a.example. 3600 IN CNAME web.b.example." in place.read("build/zones/a.example.zone")
    assert "web.b.example. 3600 IN A 203.0.113.10" in place.read("build/zones/b.example.zone")


def test_a_held_domain_claims_nothing(place: Place) -> None:
    """Neither zone nor ledger hears of it."""
    place.write("zones/example.com.yaml", MX + "dmarc: {p: reject}\n")
    place.run("apply")
    zone = place.root / "build/zones/example.com.zone"
    zone.write_text(zone.read_text() + "www.example.com. 3600 IN CNAME web.example.net.\n")
    place.write("zones/example.com.yaml", MX + "dmarc: {p: none}\naliases: {www.{domain}: web.example.net}\n")
    before = place.read("zones/ledger/example.com.jsonl")
    assert place.run("apply").code == 1
    assert place.read("zones/ledger/example.com.jsonl") == before


@pytest.mark.parametrize("kind", ["zonefile", "nginx", "certbot"])
@pytest.mark.parametrize(
    "more",
    ["mx: 5\n", "aliases: {www.{domain}: a.example.net}\nhosts: {www.{domain}: {ipv4: [203.0.113.1]}}\n"],
)
def test_a_refusal_of_render_does_not_become_a_file(place: Place, kind: str, more: str) -> None:
    """Stdout may be a server's file, or the input of a shell: findings go to stderr, JSON stays a document."""
    place.write("zones/example.com.yaml", STS)
    place.write("zones/bad.example.yaml", more)
    for form in ("text", "markdown"):
        result = place.run("--format", form, "render", kind)
        assert (result.code, result.out) == (1, "")
        assert "bad.example" in result.err
        assert "Nothing rendered" in result.err
    assert place.run("render", kind, "--format", "json").json["findings"]


def test_no_word_at_all_is_answered_by_the_help(place: Place) -> None:
    """Once, and on stderr, since nothing was done."""
    result = place.run()
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith("Usage: ")
    assert (result.err.count("Usage: "), "Error" in result.err, "  plan " in result.err) == (1, False, True)


def test_a_missing_argument_is_told_without_escapes(place: Place) -> None:
    """click indents by tabs."""
    result = place.run("render")
    assert (result.code, "\\t" in result.err, "\n  nginx," in result.err) == (1, False, True)


@pytest.mark.parametrize("name", ["stszone.yaml", "octodns.yaml"])
def test_a_key_gives_the_runner_no_command(place: Place, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """A pull request writes the file, and a job prints what is wrong with it."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    place.write("zones/example.com.yaml", MX)
    place.write(f"providers/{name}", place.read(f"providers/{name}") + '  "x\\n::error title=x::y": 1\n')
    result = place.run("check")
    assert (result.code, "title=x" in result.err) == (1, True)
    assert not [line for line in result.err.splitlines() if line.lstrip().startswith("::")]


def test_a_key_of_the_settings_is_one_line(place: Place) -> None:
    """Outside of a job too."""
    place.write("zones/example.com.yaml", MX)
    place.write("providers/stszone.yaml", '"x\\nproviders/stszone.yaml:1:1: all is well": 1\n')
    assert len(place.run("check").err.splitlines()) == 1
    place.write("providers/stszone.yaml", '"x\\ny": 1\n"x\\ny": 2\n')
    assert len(place.run("check").err.splitlines()) == 1


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("SPF024", False),  # a warning
        ("PRK001", False),  # an error that stops no plan
        ("GRD005", True),
        ("STS077", True),  # holds a step back, though it breaks nothing that is published
        ("STS078", True),
        ("MXX007", False),
        ("GRD001", True),
    ],
)
def test_only_what_holds_something_back_can_be_allowed(place: Place, rule: str, holds: bool) -> None:
    """Whoever allows what nobody forbids has misread something."""
    place.write("zones/example.com.yaml", MX)
    result = place.run("plan", "--allow", rule, "--reason", "x")
    assert (result.code, f"{rule} holds nothing back" in result.err) == ((0, False) if holds else (1, True))


@pytest.mark.parametrize(
    ("files", "at"),
    [
        ({"zones/example.com.yaml": "ttl: 300\nextends: [self-hosted]\n"}, ("zones/example.com.yaml", 2)),
        # Another profile took it: there it can be changed.
        (
            {
                "zones/example.com.yaml": "extends: [own]\n",
                "zones/_own.yaml": "---\nextends: [self-hosted]\n",
            },
            ("zones/_own.yaml", 2),
        ),
        ({"zones/all.yaml": "extends: [self-hosted]\ndomains: [example.com]\n"}, ("zones/all.yaml", 1)),
    ],
)
def test_what_a_built_in_profile_says_is_found_where_it_is_extended(
    place: Place, files: dict[str, str], at: tuple[str, int]
) -> None:
    """A forge shows findings in files, and a profile of stszone's own is none of the repository's."""
    for name, text in files.items():
        place.write(name, text)
    found = place.run("check", "--format", "json").json["findings"]
    (one,) = [item for item in found if item["key"] == "services.imaps[0]"]
    assert (one["file"], one["line"]) == at
    assert one["fix"].endswith("(it stands in profile self-hosted)")


def test_a_new_user_is_told_where_to_begin(place: Place) -> None:
    """No zones/ yet; a file in place of the mail domain that it describes."""
    assert "stszone init" in place.run("--zones", "nowhere", "plan").err
    place.write("zones/corp.example.yaml", MX)
    assert "name the mail domain: corp.example" in place.run("check", "zones/corp.example.yaml").err
    assert "name the mail domain" not in place.run("check", "zones/other.example.yaml").err


def test_the_readme_pipes_nothing_into_a_shell_or_a_live_file() -> None:
    """What it shows is what people paste."""
    code = "\n".join(re.findall(r"```(?:sh|console)\n(.*?)```", (ROOT / "README.md").read_text(), re.S))
    assert "render nginx --out" in code
    assert not re.search(r"render [^\n&]*(?:\| *sh\b|>)", code)


def test_check_tells_a_forge_where_files_are_in_its_repository(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """zones/ may lie below the top of the git repository, and a forge counts from there."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    subprocess.run(["git", "init", "--quiet", "."], check=True, timeout=60, cwd=place.root)
    (place.root / "mail").mkdir()
    for name in ("zones", "providers"):
        (place.root / name).rename(place.root / "mail" / name)
    place.write("mail/zones/example.com.yaml", "dmarc: {p: none}\n")
    monkeypatch.chdir(place.root / "mail")
    result = place.run("check", "--sarif", "s.json", "--code-quality", "q.json")
    assert "::warning file=mail/zones/example.com.yaml," in result.err
    assert "zones/example.com.yaml:1:1: warning" in result.out
    assert '"mail/zones/example.com.yaml"' in place.read("mail/s.json")
    quality = json.loads(place.read("mail/q.json"))
    assert {one["location"]["path"] for one in quality} == {"mail/zones/example.com.yaml"}


def test_policies_that_a_web_server_would_not_find_are_told(place: Place) -> None:
    """The shipped policy host stages them in build/; whoever names the directory knows."""
    place.write("zones/example.com.yaml", STS)
    result = place.run("render", "nginx")
    assert result.out.startswith("# MTA-STS policies")
    assert "/var/www/mta-sts, and policy host webroot writes them to build/policy" in result.err
    assert place.run("render", "nginx", "--webroot", "/srv/sts").err == ""
    assert place.run("render", "nginx", "--layout", "inline").err == ""
    place.write(
        "providers/stszone.yaml", place.read("providers/stszone.yaml").replace("build/policy", "/srv/sts")
    )
    assert place.run("render", "nginx").err == ""


def test_a_damaged_ledger_stops_every_mail_domain(place: Place) -> None:
    """And says so."""
    place.write("zones/a.example.yaml", MX)
    place.write("zones/b.example.yaml", MX)
    place.run("apply", "b.example")
    place.write("zones/ledger/b.example.jsonl", place.read("zones/ledger/b.example.jsonl") + "<<<<<<<\n")
    result = place.run("apply", "a.example", "--format", "json")
    assert (result.code, "domains" in result.json and result.json["domains"]) == (1, [])
    (found,) = result.json["findings"]
    assert (found["rule"], "for no mail domain" in found["consequence"]) == ("LED001", True)
    assert not (place.root / "build/zones/a.example.zone").exists()
