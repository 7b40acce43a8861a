"""Each section by itself, and the TXT records that were written out under `records`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stszone.domain import MailDomain
from stszone.lint.context import Context
from stszone.report import Finding
from stszone.standards import (
    bimi,
    caa,
    dkim,
    dmarc,
    dmarc_report,
    hosts,
    mta_sts,
    mx,
    records,
    services,
    site_verification,
    spf,
    tls_rpt,
    tlsa,
)

TXT_STANDARDS = (mta_sts, tls_rpt, dkim, dmarc_report, dmarc, bimi, spf)
"""Whose records are TXT; the first that owns a name judges it, SPF besides."""


def check(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """Findings of single sections, with full keys."""
    for section, findings in _by_section(domain):
        for found in findings:
            yield found.at(section)
    if domain.records:
        yield from _written_out(domain, context)


def _by_section(domain: MailDomain) -> Iterator[tuple[str, Iterable[Finding]]]:
    name, ttl = domain.name, domain.ttl.of
    if domain.hosts:
        yield "hosts", hosts.check(domain.hosts, name, ttl("hosts"))
    if domain.mx is not None:
        yield "mx", mx.check(domain.mx, name, ttl("mx"))
    if domain.spf is not None:
        yield "spf", spf.check(domain.spf, name, ttl("spf"))
    if domain.dkim:
        yield "dkim", dkim.check(domain.dkim, name, ttl("dkim"))
    if domain.adsp is not None:
        yield "dkim", dkim.check_adsp(domain.adsp, name)
    if domain.dmarc is not None:
        yield "dmarc", dmarc.check(domain.dmarc, name, ttl("dmarc"))
    if domain.report_authorization:
        yield "report_authorization", dmarc_report.check(domain.report_authorization, name)
    if domain.mta_sts is not None:
        yield "mta_sts", mta_sts.check(domain.mta_sts, name, ttl("mta_sts"))
    if domain.tls_rpt is not None:
        yield "tls_rpt", tls_rpt.check(domain.tls_rpt, name, ttl("tls_rpt"))
    if domain.site_verification:
        yield "site_verification", site_verification.check(domain.site_verification, name)
    if domain.caa:
        yield "caa", caa.check(domain.caa, name, ttl("caa"))
    if domain.tlsa:
        yield "tlsa", tlsa.check(domain.tlsa, name, ttl("tlsa"))
    if domain.services:
        yield "services", services.check(domain.services, name, ttl("services"))
    if domain.bimi is not None:
        yield "bimi", bimi.check(domain.bimi, name, ttl("bimi"))


def _written_out(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """TXT records under `records`, judged together with what else is compiled at their name."""
    for rrset in records.rrsets(domain.records, domain.zone, domain.ttl.default):
        if rrset.type != "TXT":
            continue
        texts = context.texts(rrset.name)
        standard = next(standard for standard in TXT_STANDARDS if standard.owns(rrset.name))
        for found in standard.check_rrset(rrset.name, texts):
            yield found.at("records", *rrset.key)
        if standard is not spf:
            for found in spf.check_rrset(rrset.name, texts):
                yield found.at("records", *rrset.key)
