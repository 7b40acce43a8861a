"""Real zones: what the YAML in zones/ compiles to means what their owners publish, and touches nothing else.

The zones of data/ are read by octoDNS itself, so that both sides come from different hands.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import octodns_route53  # noqa: F401 -- without it octoDNS does not know Route53Provider/ALIAS
import pytest
from octodns.provider.yaml import YamlProvider
from octodns.zone import Zone as OctoZone

from stszone.compiler import NameType, Zone
from stszone.errors import RuleError
from stszone.planning.processor import live_zone
from stszone.report import Finding, Severity
from stszone.scope import Decision, LiveZone, decide, same_meaning, unmanaged
from stszone.standards import dkim, spf
from stszone.standards.names import longest_zone
from stszone.standards.rrset import txt, txt_text
from stszone.store.repository import Hosting, read_repository
from stszone.store.state import State, state_at

HERE = Path(__file__).parent
NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
FILES = {path.stem: path for path in sorted((HERE / "data").glob("*/*.yaml"))}
"""Zone files by zone."""

SERVICE = "service.justice.gov.uk"
LEFT_OUT = {
    # Two strings of a key were pasted with their quotes, which became a part of the text: "…Lw""GU…".
    (f"courttran._domainkey.court-transcription.{SERVICE}", "TXT"): "DKM008",
    (f"courttrans._domainkey.court-transcription.{SERVICE}", "TXT"): "DKM008",
    (f"dkim2048._domainkey.recruitment.{SERVICE}", "TXT"): "DKM008",
}
"""Mail records that the YAML leaves out, with the rule that they break."""

DOMAIN_KEYS = (f"_domainkey.recruitment.{SERVICE}", "TXT")
"""A policy of DomainKeys (RFC 4870), which nobody reads any more; left to whoever published it."""

TEXTS = ("v=spf1", "v=DMARC1", "v=DKIM1", "v=STSv1", "v=TLSRPTv1", "v=BIMI1", "k=rsa", "p=", "dkim=")
LABELS = {"_domainkey", "_dmarc", "_mta-sts", "_tls"}


@cache
def raw(zone: str) -> LiveZone:
    """A real zone as octoDNS reads it."""
    path = FILES[zone]
    provider = YamlProvider(
        "real", str(path.parent), default_ttl=3600, enforce_order=False, escaped_semicolons=True
    )
    read = OctoZone(f"{zone}.", [])
    provider.populate(read, lenient=True)
    return live_zone(read)


@cache
def real(zone: str) -> LiveZone:
    """A real zone with every name in its rdata absolute, as Route 53 understands them."""
    return {
        key: (ttl, tuple(sorted(absolute(key[1], rdata) for rdata in rdatas)))
        for key, (ttl, rdatas) in raw(zone).items()
    }


def absolute(type_: str, rdata: str) -> str:
    named = type_ in ("CNAME", "MX", "PTR")
    return f"{rdata.removesuffix('.')}." if named and rdata != "0 ." else rdata


@pytest.fixture(scope="module")
def state() -> State:
    hosting = Hosting(zones=frozenset(FILES), dynamic=lambda zone: False)
    return state_at(read_repository(HERE / "zones", hosting), NOW)


def findings(state: State) -> list[Finding]:
    """Everything that `check` says."""
    return [*state.findings, *state.lint(state.lives)]


def is_mail(key: NameType, rdatas: tuple[str, ...]) -> bool:
    """Whether an RRset speaks of mail; judged by other means than stszone's own."""
    name, type_ = key
    if type_ == "TXT":
        return any(txt_text(rdata).startswith(TEXTS) for rdata in rdatas)
    if type_ == "CNAME":
        return bool(LABELS & set(name.split("."))) or name.startswith("autodiscover.")
    return type_ in ("MX", "PTR", "CAA")


def mail(zone: str) -> Iterator[NameType]:
    return (key for key, (_, rdatas) in real(zone).items() if is_mail(key, rdatas) and key not in LEFT_OUT)


def means(key: NameType, ours: str, theirs: str) -> bool:
    """Whether two rdata mean the same."""
    if key[1] == "TXT":
        a, b = txt_text(ours), txt_text(theirs)
        return a == b or same_meaning(key[0], a, b)
    return ours.lower() == theirs.lower()


def after(live: LiveZone, decision: Decision) -> LiveZone:
    """The zone when a decision was carried out."""
    put = {key: (rrset.ttl, rrset.rdatas) for key, rrset in decision.put.items()}
    return {key: value for key, value in live.items() if key not in decision.gone} | put


each_zone = pytest.mark.parametrize("zone", FILES)


def test_the_files_are_understood(state: State) -> None:
    """Nothing in the YAML is wrong, and every zone of data/ is described."""
    wrong = [found for found in findings(state) if found.rule.startswith(("INP", "DNS", "OCT", "OWN"))]
    assert not wrong
    assert set(FILES) == {name for name, zone in state.compiled.zones.items() if zone.rrsets}
    assert len(state.repository.domains) >= 60


@each_zone
def test_every_mail_record_of_a_real_zone_is_compiled(state: State, zone: str) -> None:
    """Same TTL, and for each of their mail values one of ours that means the same."""
    compiled = state.compiled.zones[zone]
    missing = set(mail(zone)) - compiled.rrsets.keys()
    assert not missing
    for key in mail(zone):
        rrset, (ttl, rdatas) = compiled.rrsets[key], real(zone)[key]
        assert (key, rrset.ttl) == (key, ttl)
        foreign = [theirs for theirs in rdatas if not any(means(key, ours, theirs) for ours in rrset.rdatas)]
        if key[1] == "TXT" and key[0] in compiled.shared:
            foreign = [rdata for rdata in foreign if spf.is_spf(txt_text(rdata))]
        assert not foreign, key


@each_zone
def test_nothing_is_compiled_that_a_real_zone_does_not_have(state: State, zone: str) -> None:
    """Each of our values stands for one of theirs."""
    for key, rrset in state.compiled.zones[zone].rrsets.items():
        assert key in real(zone)
        for ours in rrset.rdatas:
            assert any(means(key, ours, theirs) for theirs in real(zone)[key][1]), (key, ours)


@each_zone
def test_taking_over_a_real_zone_writes_nothing(state: State, zone: str) -> None:
    """All that is ours is claimed as it stands, and all else is left alone."""
    compiled = state.compiled.zones[zone]
    decision = decide(compiled, real(zone), {})
    assert not (decision.put or decision.gone or decision.conflicts or decision.findings)
    assert compiled.rrsets.keys() == {(rrset.name, rrset.type) for rrset in decision.claims}
    for rrset in decision.claims:
        assert set(rrset.rdatas) <= set(real(zone)[rrset.name, rrset.type][1])


def test_names_that_are_live_without_their_last_dot_are_no_change(state: State) -> None:
    """Route 53 stores `sendgrid.net` as it was sent, and means `sendgrid.net.`."""
    put = [key for zone in FILES for key in decide(state.compiled.zones[zone], raw(zone), {}).put]
    assert not put


@each_zone
def test_a_change_of_ours_keeps_foreign_texts(state: State, zone: str) -> None:
    """With every SPF record rewritten, only SPF differs afterwards, at its names alone."""
    compiled = state.compiled.zones[zone]
    wanted = Zone(zone, dict(compiled.rrsets), compiled.owners, compiled.shared)
    rewritten = txt("v=spf1 ip4:192.0.2.1 ?all")
    for key, rrset in compiled.rrsets.items():
        if key[1] == "TXT" and any(spf.is_spf(txt_text(rdata)) for rdata in rrset.rdatas):
            others = [rdata for rdata in rrset.rdatas if not spf.is_spf(txt_text(rdata))]
            wanted.rrsets[key] = replace(rrset, rdatas=(*others, rewritten))
    live = real(zone)
    changed = after(live, decide(wanted, live, {}))
    assert live.keys() == changed.keys()
    for key, (ttl, rdatas) in live.items():
        hit = wanted.rrsets.get(key) != compiled.rrsets.get(key)
        kept = [rdata for rdata in rdatas if not spf.is_spf(txt_text(rdata))] if hit else list(rdatas)
        assert (ttl, {*kept, *([rewritten] if hit else [])}) == (changed[key][0], set(changed[key][1]))


@each_zone
def test_leaving_a_real_zone_takes_only_what_is_ours(state: State, zone: str) -> None:
    """With all of the YAML gone, what remains is the zone without our values."""
    live, compiled = real(zone), state.compiled.zones[zone]
    claims = decide(compiled, live, {}).claims
    owned = {(rrset.name, rrset.type): frozenset(rrset.rdatas) for rrset in claims}
    remains = after(live, decide(Zone(zone, shared=compiled.shared), live, owned))
    expected = {
        key: (ttl, left)
        for key, (ttl, rdatas) in live.items()
        if (left := tuple(rdata for rdata in rdatas if rdata not in owned.get(key, ())))
    }
    assert expected == remains


@each_zone
def test_no_mail_record_is_left_unmanaged_unknowingly(state: State, zone: str) -> None:
    """What a plan reports as neither in the YAML nor in the ledger is what was left out on purpose."""
    known = {*LEFT_OUT, DOMAIN_KEYS}
    expected = sorted(f"{name} {type_} is" for name, type_ in known if longest_zone(name, set(FILES)) == zone)
    found = unmanaged(state.compiled.zones[zone], real(zone), {})
    assert expected == sorted(one.message.partition(" neither")[0] for one in found)


@pytest.mark.parametrize(("key", "rule"), LEFT_OUT.items())
def test_what_is_left_out_is_broken(key: NameType, rule: str) -> None:
    """Verifiers cannot read these records either."""
    _, (rdata,) = real(SERVICE)[key]
    with pytest.raises(RuleError) as caught:
        dkim.parse_record(txt_text(rdata))
    assert rule == caught.value.rule


FINDINGS = [
    # domain, rules that must speak up, rules that must stay silent
    ("lawcommission.gov.uk", "SPF013 DKM004 TRP011", "DMA012 DMA013 DMA015 STS058 STS073 SPF007 DMX001"),
    # The policy behind the CNAME is not known here, so nothing may be said about what it lacks.
    ("judiciary.uk", "SPF013 DMA023", "DMA012 DMA020 STS058 SPF007"),
    ("cjit.gov.uk", "DMA023", "SPF013 DKM004 DMA012 DMA020"),  # ~all, and no key of its own
    ("g.justice.gov.uk", "DKM004 TRP011", "SPF013 DMA012 DMA020 STS058 MXX008"),
    # Takes mail like its parent, without the parent's policies.
    ("complaints.judicialconduct.gov.uk", "STS073 DMA020", "DMA012 SPF013 TRP011"),
    ("judicialconduct.gov.uk", "SPF013", "STS073 DMA020"),
    ("elinks.judiciary.uk", "DMA012 SPF013", "DMA013 DMA020 STS073 PRK001"),  # p=reject and nobody reads
    ("prod.elinks.judiciary.uk", "DMA014 DMA020", "DMA012 STS073"),
    ("judicialcareers.judiciary.uk", "DMA020", "DMA013 DMA012 DMA014 SPF013"),
    (f"prison-education-support.{SERVICE}", "DMA020 SPF024", "DMA014"),  # takes mail, and has nothing else
    ("hr.judiciary.uk", "DMA020", "DKM009 SPF024 STS073"),  # the name itself is an alias
    ("ccrc.gov.uk", "TRP011", "STS058 DMA020 SPF024"),  # MTA-STS alone: its MX is not ours to judge
    ("hmprisonservice.gov.uk", "TRP011", "DMA020 DMA012 DMA013 DMA022"),
    ("petp.co.uk", "TRP011", "DMA012 SPF013 STS058"),
    (SERVICE, "TRP011", "SPF013 DKM004 DMA012 DMA013"),  # -all, since Amazon SES has a MAIL FROM of its own
    (f"court-transcription.{SERVICE}", "DMA020", "SPF013 STS073"),
    (f"email.signon.{SERVICE}", "DKM004", "DMA020 SPF013"),
    (f"recruit.{SERVICE}", "DMA012 SPF013", "DMA013 DMA020"),
    (f"recruitment.{SERVICE}", "ADS001 DMA007 DMA011", "DMA012 DMA020 CAA004"),
    ("sbst.gov", "DMA007", "DMA011 DMA012 DMA013 SPF013"),  # sends nothing, so need not sign; fo has its ruf
    # Parked as it should be; the alignment is relaxed, and nothing is there to align.
    ("cjsm.co.uk", "DMX006", "PRK001 PRK002 DMA012 DMA013 DKM009 SPF013 CAA004"),
    ("probationservice.uk", "DMX006", "PRK001 PRK002"),  # without sp, which follows p
    ("nix.dev", "PRK001", "DMA012 DMA013 DKM009 CAA004"),  # no null MX: mail goes to its web server
    ("trackmycrime.com", "PRK001", "PRK002 DMA012"),
    ("taxcentreofexcellence.uk", "PRK001", "PRK002 DMA012 DMA020"),
]


@pytest.mark.parametrize(("domain", "must", "must_not"), FINDINGS, ids=[row[0] for row in FINDINGS])
def test_real_mistakes_are_found_and_others_are_not_made_up(
    state: State, domain: str, must: str, must_not: str
) -> None:
    """The rules speak up where the owners slipped, and only there."""
    rules = {found.rule for found in findings(state) if found.domain == domain}
    assert set(must.split()) - rules == set()
    assert set(must_not.split()) & rules == set()


MESSAGES = [
    # domain, rule, what it says, each finding
    (
        "prod.elinks.judiciary.uk",  # two parents have policies, and what the upper says others write
        "DMA020",
        [
            "nothing in this repository is a DMARC record for prod.elinks.judiciary.uk; of those in this "
            "repository, the one of judiciary.uk applies (psd of judiciary.uk is not known here)"
        ],
    ),
    (
        "prod.elinks.judiciary.uk",
        "DMA014",
        [
            "of the policies in this repository, prod.elinks.judiciary.uk gets that of judiciary.uk, "
            "not of elinks.judiciary.uk (psd of judiciary.uk is not known here)"
        ],
    ),
    (
        "hr.judiciary.uk",  # a single parent has a policy, whatever it says
        "DMA020",
        [
            "nothing in this repository is a DMARC record for hr.judiciary.uk; of those in this "
            "repository, the one of judiciary.uk applies"
        ],
    ),
    (
        "sbst.gov",  # rua and ruf share a host, and a second address has its own
        "DMX006",
        [
            "reports to mailto:dmarcreports@gsa.gov, mailto:dmarcfailures@gsa.gov need the record "
            "sbst.gov._report._dmarc.gsa.gov TXT v=DMARC1;",
            "reports to mailto:reports@dmarc.cyber.dhs.gov need the record "
            "sbst.gov._report._dmarc.dmarc.cyber.dhs.gov TXT v=DMARC1;",
        ],
    ),
]


@pytest.mark.parametrize(("domain", "rule", "what"), MESSAGES)
def test_what_is_said_is_true(state: State, domain: str, rule: str, what: list[str]) -> None:
    """Each thing is said once, and not beyond what the repository knows."""
    said = [found.message for found in findings(state) if (found.domain, found.rule) == (domain, rule)]
    assert said == what


def test_errors_are_the_owners_mistakes(state: State) -> None:
    """No error beyond a policy without reports and parked domains that are half closed."""
    by_dmarc_alone = {"ministryofjustice.net", "sifocc.org.uk", "taxcentreofexcellence.uk"}
    half_closed = {*by_dmarc_alone, "trackmycrime.com", "nix.dev"}
    unread = {"elinks.judiciary.uk", f"recruit.{SERVICE}"}
    expected = {("PRK001", domain) for domain in half_closed} | {("DMA012", domain) for domain in unread}
    assert expected == {
        (found.rule, found.domain)
        for found in (one for one in findings(state) if one.severity is Severity.ERROR)
    }


def test_a_fleet_of_parked_domains_is_one_file(state: State) -> None:
    """43 zones, each compiled to the same five RRsets under its own name."""
    layers = state.repository.layers
    fleet = [name for name in layers if layers[name][0].file.endswith("/parked.yaml")]
    shapes = {
        (key[0].replace(name, "{}"), key[1], rrset.ttl, rrset.rdatas)
        for name in fleet
        for key, rrset in state.compiled.zones[name].rrsets.items()
    }
    assert len(fleet) == 43
    assert len(shapes) == 5
    assert ("{}", "TXT", 300, (txt("v=spf1 -all"),)) in shapes
