"""Real changes of real zones: what `diff` tells of them, and which of them it holds back.

Each is read twice: as octoDNS's own YAML, and as `records:` of a mail domain.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.cli.run import Place, Result, make_place
from tests.git import make_repository

CHANGES = sorted(path.parent for path in Path(__file__).parent.glob("changes/*/meta.json"))

CONFIG = """
providers:
  config: {class: octodns.provider.yaml.YamlProvider, directory: config, enforce_order: false}
  route53: {class: octodns_route53.Route53Provider, access_key_id: env/NOT_SET, secret_access_key: env/NOT_SET}
zones:
  "*": {sources: [config], targets: [route53]}
"""

GUARDS = {
    # commit: rules of the guards, whether one holds the zone back
    "929c5ec": ({"GRD006"}, True),  # all MX replaced under a policy whose id stays: the incident
    "638e094": ({"GRD006"}, False),  # all MX replaced as well; without a policy, worth a look
    "47c5e05": ({"GRD007"}, True),  # MTA-STS removed at once, and mail goes on coming in
    "e79dcd2": ({"GRD002", "GRD003"}, True),  # MX and SPF removed
    "2d2981c": ({"GRD004"}, True),  # in the part of the zone that is here, the last keys go
}

LACKS = {
    # what `records:` cannot hold is not compared: commit: what is missing in creates, updates, deletes
    "47c5e05": (0, 0, 1),  # mta-sts is a Route53Provider/ALIAS
    "4fd0dca": (0, 0, 1),  # the type SPF
    "c6774b3": (0, 1, 0),  # two TXT at one name
}

SAID = [
    ("929c5ec", "digital.justice.gov.uk MX", "MX hosts +test-digital-justice-gov-uk.mail.protection.outlook.com -alt1.aspmx.l.google.com"),
    ("929c5ec", "test.digital.justice.gov.uk TXT", "SPF: ~all → -all"),
    ("929c5ec", "enterpriseregistration.test.digital.justice.gov.uk CNAME", "TTL 300 → 3600"),
    ("b44e96c", "_dmarc.yjb.gov.uk TXT", "DMARC: p none → reject"),
    ("8b85aa6", "_dmarc.jobs.justice.gov.uk TXT", "DMARC: reject; subdomains reject; reports to 1 address"),
    ("0118699", "_dmarc.brookhouseinvestigation.independent.gov.uk TXT", "DMARC: fo 1 added; ri 3600 added; rua +mailto:ukho@rua.agari-eu.com; ruf +mailto:ukho@ruf.agari-eu.com"),
    ("18cea46", "participant.justice.gov.uk MX", "mail comes in at mxa.eu.mailgun.org, mxb.eu.mailgun.org"),
    ("47c5e05", "_mta-sts.digital.justice.gov.uk TXT", "MTA-STS: id 9d41be0a3725ad8e23362f3c6f29eabc, gone"),
    ("47c5e05", "_smtp._tls.digital.justice.gov.uk TXT", "TLS reports: mailto:tls-rua@mailcheck.service.ncsc.gov.uk, gone"),
    ("e79dcd2", "sentencingcouncil.org.uk MX", "no MX any more: senders fall back to the domain's own address"),
    ("388e644", "selector1._domainkey.yjbservicespp.yjb.gov.uk TXT", "DKIM selector selector1: not a DKIM key, before and after"),
]  # fmt: skip


def put_yaml(place: Place, files: Path) -> None:
    """The zones as octoDNS's own YAML, of a team that has no stszone yet."""
    shutil.rmtree(place.root / "config", ignore_errors=True)
    shutil.copytree(files, place.root / "config")
    place.write("providers/octodns.yaml", CONFIG)


def put_records(place: Place, files: Path) -> None:
    """The zones as mail domains."""
    shutil.rmtree(place.root / "zones")
    for path in files.iterdir():
        lines = (line for line in path.read_text().splitlines() if line != "---")
        text = "".join(f"  {line}\n" for line in lines)
        place.write(f"zones/{path.name}", f"zone: {path.stem}\nrecords:\n{text}")


FORMS = {"octodns": put_yaml, "records": put_records}
each_form = pytest.mark.parametrize("form", FORMS)
each_change = pytest.mark.parametrize("change", CHANGES, ids=[path.name for path in CHANGES])


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    return make_place(tmp_path, monkeypatch, capsys)


def run(place: Place, form: str, before: Path, after: Path, *words: str) -> Result:
    FORMS[form](place, before)
    if not (place.root / ".git").exists():
        make_repository(place.root)
    FORMS[form](place, after)
    return place.run("--format", "json", "diff", "--base", "main", *words)


def counts(document: Any) -> tuple[int, int, int]:
    return tuple(document["summary"][key] for key in ("create", "update", "delete"))  # type: ignore[return-value]


def meta(change: Path) -> Any:
    return json.loads((change / "meta.json").read_text())


@each_form
@each_change
def test_counts_what_its_owners_changed(place: Place, form: str, change: Path) -> None:
    """Creates, updates, deletes, and what only looks like a change."""
    expected = meta(change)
    wanted = tuple(expected[key] for key in ("create", "update", "delete"))
    if form == "records":
        wanted = tuple(
            one - less for one, less in zip(wanted, LACKS.get(change.name, (0, 0, 0)), strict=True)
        )
    told = run(place, form, change / "before", change / "after").json
    assert (counts(told), told["representation_only"]) == (wanted, expected["noop"])


@each_form
@each_change
def test_holds_back_what_loses_mail_and_nothing_else(place: Place, form: str, change: Path) -> None:
    """As the commits' notes deserve."""
    rules, held = GUARDS.get(change.name, (set(), False))
    result = run(place, form, change / "before", change / "after")
    told = result.json
    found = [one for domain in told["domains"] for one in domain["findings"]]
    assert {one["rule"] for one in found if one["rule"].startswith("GRD")} == rules
    assert any(domain["risky"] for domain in told["domains"]) == bool(rules)
    blocked = [step for domain in told["domains"] for step in domain["steps"] if step["state"] == "blocked"]
    assert bool(blocked) == held
    assert {step["kind"] for step in blocked} <= {"guard"}
    if form == "octodns":
        assert result.code == (1 if held else 0)
        assert result.err == ""


@pytest.mark.parametrize("name", [name for name, (_, held) in GUARDS.items() if held])
def test_an_allowance_lets_it_pass(place: Place, name: str) -> None:
    """For that run; a zone that is no mail domain of zones/ has no ledger that could remember it."""
    path = Path(__file__).parent / "changes" / name
    words = [word for rule in sorted(GUARDS[name][0]) for word in ("--allow", rule)]
    assert run(place, "octodns", path / "before", path / "after", *words, "--reason", "meant").code == 0
    assert place.run("--format", "json", "diff", "--base", "main").code == 1


@each_form
@each_change
def test_the_way_back_is_the_mirror(place: Place, form: str, change: Path) -> None:
    """What is created one way is deleted the other."""
    create, update, delete = counts(run(place, form, change / "before", change / "after").json)
    shutil.rmtree(place.root / ".git")
    back = run(place, form, change / "after", change / "before").json
    assert counts(back) == (delete, update, create)
    assert back["representation_only"] == meta(change)["noop"]


@each_form
@each_change
def test_nothing_differs_from_itself(place: Place, form: str, change: Path) -> None:
    """A branch without a change has nothing to tell."""
    told = run(place, form, change / "after", change / "after").json
    assert (counts(told), told["domains"], told["representation_only"]) == ((0, 0, 0), [], 0)
    assert told["has_changes"] is False


@pytest.mark.parametrize(("change", "rrset", "meaning"), SAID)
@each_form
def test_says_what_it_means(place: Place, form: str, change: str, rrset: str, meaning: str) -> None:
    """In the words of the standard that the record belongs to."""
    path = Path(__file__).parent / "changes" / change
    told = run(place, form, path / "before", path / "after").json
    said = {
        f"{one['name']} {one['type']}": one["meaning"]
        for domain in told["domains"]
        for one in domain["changes"]
    }
    assert said[rrset].startswith(meaning)


def test_what_records_cannot_hold_is_named(place: Place) -> None:
    """Unreadable is not absent: it is no delete, and nobody has to guess what was left out."""
    path = Path(__file__).parent / "changes" / "47c5e05"
    (domain,) = run(place, "records", path / "before", path / "after").json["domains"]
    assert [one["message"] for one in domain["findings"] if one["rule"] == "INP012"] == [
        "not compared, as one side cannot be read: mta-sts.digital.justice.gov.uk ROUTE53PROVIDER/ALIAS"
    ]


def test_a_mended_zone_is_told(place: Place) -> None:
    """The second set of values was never there for octoDNS, which reads neither."""
    path = Path(__file__).parent / "changes" / "c6774b3"
    (domain,) = run(place, "octodns", path / "before", path / "after").json["domains"]
    assert [one["rule"] for one in domain["findings_gone"]] == ["DNS006"]
    assert [one["file"] for one in domain["findings_gone"]] == ["config/publicguardian.gov.uk.yaml"]
