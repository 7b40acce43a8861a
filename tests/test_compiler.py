"""From mail domains to zones: which zone holds what, and what happens where wishes meet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import permutations

import pytest

from stszone.compiler import Compiled, compile_zones
from stszone.domain import MailDomain
from stszone.lifecycle import Live, PolicyFile
from stszone.standards.rrset import RRset, txt_text
from stszone.store.repository import Hosting
from stszone.store.state import State

Compile = Callable[..., State]
FROM = Hosting(zones=frozenset({"example.com", "example.net", "2.0.192.in-addr.arpa"}))


def domain(name: str, zone: str = "example.com", **sections: object) -> Live:
    data = {"name": name, "zone": zone, **sections}
    return Live(name, MailDomain.model_validate(data), "absent")


def compiled(*lives: Live, zones: frozenset[str] = frozenset({"example.com"})) -> Compiled:
    return compile_zones(lives, zones)


def rules(found: Compiled) -> list[tuple[str, str | None, str]]:
    return [(one.rule, one.domain, ".".join(map(str, one.key))) for one in found.findings]


def values(found: Compiled, zone: str, name: str, type_: str) -> tuple[str, ...]:
    return found.zones[zone].rrsets[name, type_].rdatas


def test_several_mail_domains_share_a_zone() -> None:
    """A zone is the union of what all of them put into it, and knows who asked."""
    found = compiled(
        domain("example.com", mx=["a.example.com"]), domain("lists.example.com", mx=["b.example.com"])
    )  # fmt: skip
    zone = found.zones["example.com"]
    assert values(found, "example.com", "example.com", "MX") == ("10 a.example.com.",)
    assert values(found, "example.com", "lists.example.com", "MX") == ("10 b.example.com.",)
    assert zone.owners == {
        ("example.com", "MX"): ("example.com",),
        ("lists.example.com", "MX"): ("lists.example.com",),
    }
    assert zone.shared == {"example.com", "lists.example.com"}


def test_the_longest_zone_holds_a_name() -> None:
    """A delegated zone gets its own names."""
    found = compiled(
        domain("example.com", hosts={"mail.sub.example.com": {"ipv4": ["192.0.2.1"], "ptr": False}}),
        zones=frozenset({"example.com", "sub.example.com"}),
    )
    assert found.zones["example.com"].rrsets == {}
    assert found.zones["sub.example.com"].rrsets.keys() == {("mail.sub.example.com", "A")}


def test_ptr_goes_to_a_reverse_zone_that_is_held() -> None:
    """And nowhere, without a word, where it is not."""
    mail = {"mail.example.com": {"ipv4": ["192.0.2.1"], "ipv6": ["2001:db8::1"]}}
    zones = frozenset({"example.com", "2.0.192.in-addr.arpa"})
    found = compiled(domain("example.com", hosts=mail), zones=zones)
    assert values(found, "2.0.192.in-addr.arpa", "1.2.0.192.in-addr.arpa", "PTR") == ("mail.example.com.",)
    assert found.findings == []
    assert [name for name, type_ in found.rrsets() if type_ == "PTR"] == ["1.2.0.192.in-addr.arpa"]


@pytest.mark.parametrize(
    ("rua", "names"),
    [
        ("mailto:d@example.com", []),  # at home
        ("mailto:d@mail.example.com", []),
        ("mailto:d@example.net", ["example.com._report._dmarc.example.net"]),
        ("mailto:d@reports.example.net", ["example.com._report._dmarc.reports.example.net"]),
        ("mailto:d@elsewhere.test", []),  # not ours to write
    ],
)
def test_external_reports_are_authorised_where_the_zone_is_held(rua: str, names: list[str]) -> None:
    """The receiver of DMARC reports says that they are welcome (RFC 9990)."""
    found = compiled(
        domain("example.com", dmarc={"p": "none", "rua": [rua]}),
        zones=frozenset({"example.com", "example.net"}),
    )
    assert [name for name, _ in found.zones["example.net"].rrsets] == names
    assert found.findings == []
    if names:
        assert txt_text(values(found, "example.net", names[0], "TXT")[0]) == "v=DMARC1;"


def test_an_authorisation_of_both_sides_is_one_record() -> None:
    """The receiving domain lists the reporter, the reporter asks for it: alike, so no conflict."""
    found = compiled(
        domain("example.com", dmarc={"p": "none", "rua": ["mailto:d@example.net"]}),
        domain("example.net", "example.net", report_authorization=["example.com"]),
        zones=frozenset({"example.com", "example.net"}),
    )
    key = ("example.com._report._dmarc.example.net", "TXT")
    assert found.findings == []
    assert found.zones["example.net"].owners[key] == ("example.net", "example.com")  # whose zone it is


HOST = {"mail.example.com": {"ipv4": ["192.0.2.1"], "ptr": False}}
OTHER = {"mail.example.com": {"ipv4": ["192.0.2.2"], "ptr": False}}


@pytest.mark.parametrize(
    ("one", "other", "conflict"),
    [
        ({"hosts": HOST}, {"hosts": HOST}, None),
        ({"hosts": HOST}, {"hosts": OTHER}, "hosts.mail.example.com.ipv4"),
        ({"hosts": HOST}, {"hosts": HOST, "ttl": 60}, "hosts.mail.example.com.ipv4"),  # one TTL (RFC 2181 §5.2)
        ({"aliases": {"x.example.com": "a.test"}}, {"aliases": {"x.example.com": "b.test"}}, "aliases.x.example.com"),
        ({"records": {"x": {"type": "TXT", "value": "a"}}}, {"records": {"x": {"type": "TXT", "value": "b"}}},
         "records.x.0"),  # not a mail domain's name
        # Texts at a mail domain add up, whoever asks for them.
        ({"site_verification": ["a=1"]}, {"records": {"": {"type": "TXT", "value": "b=1"}}}, None),
    ],
)  # fmt: skip
def test_where_two_mail_domains_meet(
    one: Mapping[str, object], other: Mapping[str, object], conflict: str | None
) -> None:
    """They describe an RRset alike, or one of them is wrong (INP009)."""
    found = compiled(domain("example.com", **one), domain("lists.example.com", **other))
    assert rules(found) == ([("INP009", "lists.example.com", conflict)] if conflict else [])
    if conflict:
        assert "in example.com" in found.findings[0].message


def test_texts_at_a_mail_domain_add_up_in_any_order() -> None:
    """Who comes first does not matter."""
    lives = [
        domain("a.example.com", records={"m": {"type": "TXT", "value": "a=1"}}),
        domain("b.example.com", records={"m": {"type": "TXT", "value": "b=1"}}),
        domain("m.example.com", spf={"all": "fail"}),
    ]
    for order in permutations(lives):
        found = compiled(*order)
        assert found.findings == []
        texts = {txt_text(rdata) for rdata in values(found, "example.com", "m.example.com", "TXT")}
        assert texts == {"a=1", "b=1", "v=spf1 -all"}


def test_sections_of_one_domain_add_up() -> None:
    """SPF, site verifications and texts under `records` are one RRset; the lowest TTL wins."""
    live = domain(
        "example.com", ttl={"spf": 600}, spf={"all": "fail"}, site_verification=["a=1"],
        records={"": {"type": "TXT", "ttl": 300, "value": "b=1"}},
    )  # fmt: skip
    found = compiled(live)
    rrset = found.zones["example.com"].rrsets["example.com", "TXT"]
    assert {txt_text(rdata) for rdata in rrset.rdatas} == {"v=spf1 -all", "a=1", "b=1"}
    assert rrset.ttl == 300
    assert rrset.key == ("spf",)


def test_what_no_zone_holds_is_an_error() -> None:
    """There is nowhere to put it (INP008)."""
    found = compiled(domain("example.com", aliases={"imap.other.test": "mail.example.com"}))
    assert rules(found) == [("INP008", "example.com", "aliases.imap.other.test")]
    assert found.rrsets() == {}


def test_every_section_has_its_key_and_its_ttl(state: Compile) -> None:
    """The key leads back to the YAML."""
    found = state({"example.com.yaml": """
ttl: {default: 100, mx: 101, aliases: 102, dkim: 103, dmarc: 104, mta_sts: 105, policy_host: 106, tls_rpt: 107}
hosts: {mail.{domain}: {ipv4: [192.0.2.1], ipv6: ["2001:db8::1"]}}
aliases: {imap.{domain}: mail.{domain}}
mx: ["10 mail.{domain}"]
spf: {all: fail}
dkim: {s1: {revoked: true}, adsp: unknown}
dmarc: {p: none}
mta_sts: {mode: testing, policy_host: {ipv4: [192.0.2.1]}}
tls_rpt: {rua: ["mailto:a@example.net"]}
services: {imaps: mail.{domain}}
records: {www: {type: A, value: 192.0.2.7}}
"""}, FROM).compiled  # fmt: skip
    zone = found.zones["example.com"]
    seen = {f"{name} {type_}": (one.ttl, one.key) for (name, type_), one in zone.rrsets.items()}
    assert seen == {
        "mail.example.com A": (100, ("hosts", "mail.example.com", "ipv4")),
        "mail.example.com AAAA": (100, ("hosts", "mail.example.com", "ipv6")),
        "imap.example.com CNAME": (102, ("aliases", "imap.example.com")),
        "example.com MX": (101, ("mx",)),
        "example.com TXT": (100, ("spf",)),
        "s1._domainkey.example.com TXT": (103, ("dkim", "s1")),
        "_adsp._domainkey.example.com TXT": (103, ("dkim", "adsp")),
        "_dmarc.example.com TXT": (104, ("dmarc", "p")),
        "_mta-sts.example.com TXT": (105, ("mta_sts", "mode")),
        "mta-sts.example.com A": (106, ("mta_sts", "policy_host")),
        "_smtp._tls.example.com TXT": (107, ("tls_rpt", "rua")),
        "_imaps._tcp.example.com SRV": (100, ("services", "imaps")),
        "www.example.com A": (100, ("records", "www", 0)),
    }
    assert found.findings == []
    assert found.policies["example.com"].host == "mta-sts.example.com"


def test_domain_stands_for_each_of_several(state: Compile) -> None:
    """`{domain}` in keys, values and lists, also in one file for many."""
    found = state({"fleet.yaml": """
domains: [example.com, example.net]
hosts: {mail.{domain}: {ipv4: [192.0.2.1], ptr: mail.example.com}}
mx: [mail.{domain}]
spf: {terms: [a:{domain}], all: fail}
""", "example.org.yaml": "aliases: {smtp.{domain}: mail.example.com}"}, FROM).compiled  # fmt: skip
    for name in ("example.com", "example.net"):
        assert values(found, name, name, "MX") == (f"10 mail.{name}.",)
        assert values(found, name, name, "TXT") == (f'"v=spf1 a:{name} -all"',)
    assert values(found, "example.org", "smtp.example.org", "CNAME") == ("mail.example.com.",)
    assert values(found, "2.0.192.in-addr.arpa", "1.2.0.192.in-addr.arpa", "PTR") == ("mail.example.com.",)


@pytest.mark.parametrize(
    ("kept", "policy", "texts"),
    [
        # On its way out the record carries the id of the policy that is served now.
        (RRset("_mta-sts.example.com", "TXT", 60, ('"v=STSv1; id=old"',)), "new1", "v=STSv1; id=new1"),
        (RRset("_mta-sts.example.com", "TXT", 60, ('"v=STSv1; id=old"',)), None, "v=STSv1; id=old"),
    ],
)
def test_records_on_their_way_out_stay(kept: RRset, policy: str | None, texts: str) -> None:
    """The lifecycle keeps them, the YAML may be gone."""
    served = PolicyFile("mta-sts.example.com", b"version: STSv1\n", policy, "webroot") if policy else None
    host = RRset("mta-sts.example.com", "A", 60, ("192.0.2.1",))
    found = compiled(Live("example.com", None, "removing", served, (kept, host)))
    zone = found.zones["example.com"]
    assert txt_text(zone.rrsets["_mta-sts.example.com", "TXT"].rdatas[0]).startswith(texts)
    assert zone.rrsets["mta-sts.example.com", "A"] == host
    assert found.policies.keys() == ({"example.com"} if policy else set())
    assert zone.domains == set()


def test_an_alias_on_its_way_out_stays_an_alias() -> None:
    """A policy of ours makes no text of somebody else's CNAME."""
    alias = RRset("_mta-sts.example.com", "CNAME", 60, ("_mta-sts.provider.example.",))
    served = PolicyFile("mta-sts.example.com", b"version: STSv1\n", "new1", "webroot")
    found = compiled(Live("example.com", None, "removing", served, (alias,)))
    assert found.zones["example.com"].rrsets == {("_mta-sts.example.com", "CNAME"): alias}


@pytest.mark.parametrize(
    ("welcome", "records"),
    [
        (["*"], ["*"]),  # a wildcard agrees already; an explicit record would shut it out for others
        (["*.com"], ["*.com"]),
        (["*.org"], ["*.org", "example.com"]),  # another suffix
        (
            ["*", "customer.com"],
            ["*", "customer.com", "example.com"],
        ),  # the wildcard does not reach below com
    ],
)
def test_a_wildcard_that_agrees_needs_no_record_beside_it(welcome: list[str], records: list[str]) -> None:
    """Names below an existing name are out of a wildcard's reach (RFC 4592 §3.3)."""
    found = compiled(
        domain("example.com", dmarc={"p": "none", "rua": ["mailto:d@example.net"]}),
        domain("example.net", "example.net", report_authorization=welcome),
        zones=frozenset({"example.com", "example.net"}),
    )
    names = sorted(name.partition("._report.")[0] for name, _ in found.zones["example.net"].rrsets)
    assert names == records
