"""MTA-STS and TLS-RPT beside MX, DANE and the other domains of the repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.lint.context import Context
from stszone.report import Finding, Key, Severity
from stszone.rules import finding
from stszone.standards import mta_sts, tls_rpt, tlsa
from stszone.standards.mta_sts import MtaSts
from stszone.standards.names import is_within


def check(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """What a policy asks of the rest of the domain, with full keys."""
    if domain.mta_sts is None:
        yield from _unprotected(domain, context)
    else:
        yield from _policy_host(domain.name, domain.mta_sts, context)
        if domain.mta_sts.mode in ("testing", "enforce"):
            yield from _without_mail(domain)
            yield from _mx_hosts(domain, domain.mta_sts)
            yield from _dane(domain, domain.mta_sts, context)
            yield from _reports(domain, domain.mta_sts, context)
    yield from _dane_reports(domain, context)


def _unprotected(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """A subdomain that takes mail beside a parent that is protected; it looks forgotten."""
    if not domain.mx:
        return
    parent = domain.name
    while parent := parent.partition(".")[2]:
        other = context.domains.get(parent)
        if other is not None and other.mta_sts is not None:
            what = f"{parent} has MTA-STS, and {domain.name}, which takes mail too, has none"
            yield finding("STS073", what, key=("mx",), severity=Severity.WARNING)
            return


def _policy_host(name: str, section: MtaSts, context: Context) -> Iterator[Finding]:
    record, host = mta_sts.record_name(name), mta_sts.policy_name(name)
    if _has_address(record, context):
        yield finding(
            "STS050", f"{record} has an address, as if policies were served there", key=("mta_sts",)
        )
    if section.policy_host is not None or section.delegated or _has_address(host, context):
        return
    wildcard = f"*.{name}"
    if _has_address(wildcard, context) and not context.exists(host):
        what = f"only {wildcard} gives {host} an address"
    else:
        what = f"nothing in this repository gives {host} an address"
    # Zones hold records of other people too, so there may be one that is not known here.
    yield finding("STS058", what, key=("mta_sts",), severity=Severity.WARNING)


def _has_address(name: str, context: Context) -> bool:
    return any(context.rrset(name, type_) for type_ in ("A", "AAAA", "CNAME"))


def _without_mail(domain: MailDomain) -> Iterator[Finding]:
    if domain.mx == () or domain.parked:
        why = "has the null MX" if domain.mx == () else "is parked"
        yield finding(
            "STS074", f"{domain.name} {why}, and a policy for its MX hosts", key=("mta_sts", "mode")
        )


def _mx_hosts(domain: MailDomain, section: MtaSts) -> Iterator[Finding]:
    """Whether the policy can be written, allows every MX host, and allows nothing else."""
    hosts = [mx.host for mx in domain.mx or ()]
    if section.has_policy and section.mx is None and domain.mx != ():
        try:
            mta_sts.body(section, hosts)
        except RuleError as error:
            yield finding(error.rule, error.what, key=("mta_sts",), fix=error.fix)
    if section.mx is None or not hosts:
        return
    for index, host in enumerate(hosts):
        if not any(mta_sts.matches(pattern, host) for pattern in section.mx):
            # While the policy is only tested, such a host still gets its mail.
            severity = Severity.WARNING if section.mode == "testing" else None
            yield finding(
                "STS070", f"no mx of the policy allows {host}", key=("mx", index), severity=severity
            )
    for index, pattern in enumerate(section.mx):
        yield from _pattern(pattern, hosts, ("mta_sts", "mx", index))


def _pattern(pattern: str, hosts: Sequence[str], key: Key) -> Iterator[Finding]:
    allowed = [host for host in hosts if mta_sts.matches(pattern, host)]
    if not allowed:
        yield finding("STS037", f"{pattern} matches no MX host", key=key)
    if pattern.startswith("*."):
        for host in hosts:
            if is_within(host, pattern[2:]) and host not in allowed:
                yield finding("STS028", f"{pattern} does not match {host}", key=key, fix=f"add {host}")


def _dane(domain: MailDomain, section: MtaSts, context: Context) -> Iterator[Finding]:
    """TLSA where the policy is only tested: it may seem that nothing is enforced yet."""
    hosts = [mx.host for mx in domain.mx or () if context.rrset(tlsa.owner(mx.host), "TLSA")]
    if section.mode == "testing" and hosts:
        what = f"{hosts[0]} has TLSA records, which count although the policy is in mode testing"
        yield finding("STS075", what, key=("mta_sts", "mode"), severity=Severity.INFO)


def _reports(domain: MailDomain, section: MtaSts, context: Context) -> Iterator[Finding]:
    if section.mode == "enforce" and not context.exists(tls_rpt.PREFIX + domain.name):
        what = f"nothing in this repository publishes {tls_rpt.PREFIX}{domain.name}"
        yield finding("STS076", what, key=("mta_sts", "mode"))


def _dane_reports(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """For DANE the policy domain is the MX host, so that is where senders look for the address."""
    owners: dict[str, Key] = {tlsa.owner(key): ("tlsa", key) for key in domain.tlsa}
    for index, mx in enumerate(domain.mx or ()):
        if is_within(mx.host, domain.name):  # hosts elsewhere are for their own domain to report
            owners.setdefault(tlsa.owner(mx.host), ("mx", index))
    for owner, key in owners.items():
        host = owner.removeprefix(tlsa.SMTP)
        if host != owner and context.rrset(owner, "TLSA") and not context.exists(tls_rpt.PREFIX + host):
            yield finding("TRP010", f"{host} has TLSA records and no {tls_rpt.PREFIX}{host}", key=key)
