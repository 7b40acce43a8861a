"""Reading for a comparison: what can be read of a mail domain is taken, and the rest is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from stszone.report import Severity
from stszone.store.repository import Hosting, Repository, read_repository
from tests.conftest import write_files

GOOD = """
zone: example.com
ttl: 300
hosts: {mail.{domain}: {ipv4: [192.0.2.1]}, mx2.{domain}: {ipv4: [192.0.2.2]}}
mx: [{host: mail.{domain}, preference: 10}]
spf: {terms: [mx], all: fail}
dkim: {s1: {cname: s1.example.net}, s2: {cname: s2.example.net}}
dmarc: {p: reject}
records:
  www: [{type: A, value: 192.0.2.3}, {type: TXT, value: hello}]
  ftp: {type: A, value: 192.0.2.4}
"""


def read(zones: Path, text: str) -> Repository:
    write_files(zones, {"example.com.yaml": text})
    return read_repository(zones, Hosting(), to_compare=True)


@pytest.mark.parametrize(
    ("good", "bad", "lost"),
    [
        ("", "", set()),
        ("preference: 10", "preference: ten", {("mx",)}),
        ("terms: [mx]", "terms: [mxx]", {("spf",)}),
        ("p: reject", "p: no", {("dmarc",)}),
        ("s1.example.net", "192.0.2.1", {("dkim", "s1")}),
        ("{cname: s1.example.net}", "{key: keys/none.pem}", {("dkim", "s1")}),
        ("ipv4: [192.0.2.2]", "ipv4: [192.0.2.999]", {("hosts", "mx2.example.com")}),
        ("value: 192.0.2.3", "value: 192.0.2.999", {("records", "www", "A")}),
        ("value: 192.0.2.4", "value: 192.0.2.999", {("records", "ftp", "A")}),
        ("type: TXT, value: hello", "type: A, value: 192.0.2.9", {("records", "www", "A")}),  # twice at one name
        ("ftp: {type: A, value: 192.0.2.4}", "ftp: {type: AA, value: 192.0.2.4}", {("records", "ftp")}),
        ("ftp: {type: A, value: 192.0.2.4}", "'': {type: NS, value: ns.example.net}", {("records", "", "NS")}),
        ("ftp: {type: A, value: 192.0.2.4}", "'f p': {type: A, value: 192.0.2.4}", {("records", "f p")}),
        ("ftp: {type: A, value: 192.0.2.4}", "ftp: {type: Route53Provider/ALIAS, value: {name: x}}",
         {("records", "ftp", "ROUTE53PROVIDER/ALIAS")}),
        ("ftp: {type: A, value: 192.0.2.4}", "FTP: {type: A, value: 192.0.2.4}\n  ftp: {type: A, value: 192.0.2.5}",
         {("records", "ftp")}),
        ("spf: {terms: [mx], all: fail}", "spf: {all: fail}\nspf: {terms: [mx], all: fail}", {("spf",)}),
        ("spf: {terms: [mx], all: fail}", "spff: {terms: [mx], all: fail}", {("spff",)}),
        ("value: hello", "value: [", None),  # no YAML any more
        ("ttl: 300", "ttl: soon", None),  # what every record depends on
        ("zone: example.com", "zone: 7", None),
    ],
)  # fmt: skip
def test_the_rest_of_a_mail_domain_is_read(
    zones: Path, good: str, bad: str, lost: set[tuple[str, ...]] | None
) -> None:
    """Each wrong part is out, with its error; None where nothing can be read without it."""
    repository = read(zones, GOOD.replace(good, bad) if good else GOOD)
    errors = [one for one in repository.findings if one.severity is Severity.ERROR]
    assert bool(errors) is bool(good)
    if lost is None:
        assert "example.com" not in repository.domains
        return
    assert repository.lost["example.com"] == lost
    domain = repository.domains["example.com"]
    wrong = {unit[0] for unit in lost}
    assert (domain.dmarc is None) is ("dmarc" in wrong)
    assert (domain.mx is None) is ("mx" in wrong)
    if "dkim" in wrong:
        assert set(domain.dkim) == {"s2"}
    if "hosts" in wrong:
        assert set(domain.hosts) == {"mail.example.com"}


def test_the_others_at_a_name_stay(zones: Path) -> None:
    """One entry is wrong, and the one beside it is compared."""
    domain = read(zones, GOOD.replace("192.0.2.3", "192.0.2.999")).domains["example.com"]
    assert [record.type for record in domain.records["www"]] == ["TXT"]


def test_several_rounds_find_everything(zones: Path) -> None:
    """An error may hide another, which only shows when the first is out."""
    text = GOOD.replace("192.0.2.3", "192.0.2.999").replace(
        "ftp:", "'': {type: NS, value: ns.example.net}\n  ftp:"
    )
    repository = read(zones, text)
    assert repository.lost["example.com"] == {("records", "www", "A"), ("records", "", "NS")}
    assert len(repository.findings) >= 2


def test_nothing_is_left_out_where_something_is_to_be_published(zones: Path) -> None:
    """A plan of half a mail domain would delete the other half."""
    write_files(zones, {"example.com.yaml": GOOD.replace("192.0.2.3", "192.0.2.999")})
    repository = read_repository(zones, Hosting())
    assert (repository.domains, repository.lost, repository.written) == ({}, {}, {})


def test_what_is_written_is_kept(zones: Path) -> None:
    """With profiles merged and `{domain}` filled in, and key files not read into it."""
    write_files(
        zones, {"_p.yaml": "mx: [{host: mail.{domain}, preference: 10}]", "a.example.yaml": "extends: [p]"}
    )
    repository = read(zones, GOOD.replace("{cname: s1.example.net}", "{key: keys/s1.txt}"))
    assert repository.written["a.example"]["mx"] == [{"host": "mail.a.example", "preference": 10}]
    assert repository.written["example.com"]["dkim"]["s1"] == {"key": "keys/s1.txt"}  # type: ignore[index]
