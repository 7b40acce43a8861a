"""SRV targets, autoconfiguration, TLSA and CAA: what they ask of hosts and of each other."""

from __future__ import annotations

from collections.abc import Iterator

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.lint.context import Context
from stszone.lint.hosts import addresses_of, mx_hosts, written_out
from stszone.report import Finding, Key, Severity
from stszone.rules import finding
from stszone.standards import caa, services, tlsa
from stszone.standards.rrset import RRset

_AUTOMATIC = (("autoconfig.", "AUT001"), ("autodiscover.", "AUT002"))


def check(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """Findings about services, and about the keys and certificates of hosts."""
    targets = list(_service_hosts(domain))
    for key, host in targets:
        yield from _check_target(key, host, context)
    for prefix, rule in _AUTOMATIC:
        yield from _check_automatic(rule, prefix + domain.name, context)
    if domain.tlsa:
        yield from _check_tlsa(domain, context)
    yield from _check_certificates(domain, targets, context)


def _service_hosts(domain: MailDomain) -> Iterator[tuple[Key, str]]:
    """The targets of SRV records, in the section or written out, with their keys."""
    for service, targets in domain.services.items():
        for index, target in enumerate(targets):
            yield ("services", service, index), target.host
    for rrset in written_out(domain, "SRV"):
        for rdata in rrset.rdatas:
            try:
                target_or_none = services.parse_record(rdata)
            except RuleError:
                continue  # reported where the record itself is judged
            if target_or_none:
                yield rrset.key, target_or_none.host


def _check_target(key: Key, host: str, context: Context) -> Iterator[Finding]:
    if alias := context.rrset(host, "CNAME"):
        yield finding("SRV002", f"the target {host} is an alias of {alias.rdatas[0][:-1]}", key=key)
    elif context.holds(host) and not addresses_of(host, context):
        what = f"nothing in this repository gives the target {host} an address"
        yield finding("SRV002", what, key=key, severity=Severity.WARNING)


def _check_automatic(rule: str, name: str, context: Context) -> Iterator[Finding]:
    """An alias into nothing waits for whoever registers its target."""
    alias = context.rrset(name, "CNAME")
    if alias is None:
        return
    target = alias.rdatas[0][:-1]
    if context.holds(target) and not context.exists(target) and not addresses_of(target, context):
        yield finding(rule, f"{name} leads to {target}, where this repository has nothing", key=alias.key)


def _check_tlsa(domain: MailDomain, context: Context) -> Iterator[Finding]:
    own = {host for _, host in mx_hosts(domain)}
    for entry in domain.tlsa:
        name, key = tlsa.owner(entry), ("tlsa", entry)
        if not context.holds(name):
            yield finding("DAN013", f"{name} is outside the zones of this repository", key=key)
        elif name.startswith(tlsa.SMTP):
            host = name.removeprefix(tlsa.SMTP)
            if context.rrset(host, "CNAME"):
                what = f"{host} is an alias, so senders look below its target first"
                yield finding("DAN007", what, key=key, severity=Severity.WARNING)
            elif own and host not in own and not _is_mx_of_another(host, context):
                what = f"no mail domain of this repository has the MX host {host}"
                yield finding("DAN007", what, key=key, severity=Severity.WARNING)


def _is_mx_of_another(host: str, context: Context) -> bool:
    return any(one.host == host for domain in context.domains.values() for one in domain.mx or ())


def _check_certificates(
    domain: MailDomain, targets: list[tuple[Key, str]], context: Context
) -> Iterator[Finding]:
    """Whether CAA lets somebody issue for the hosts whose certificates mail depends on."""
    if domain.mta_sts is not None:
        yield from _check_policy_host(domain.name, domain.mta_sts.mode == "enforce", context)
    seen: set[str] = set()
    for key, host in (*mx_hosts(domain), *targets):
        if host in seen:
            continue
        seen.add(host)
        found, _ = relevant_caa(host, context)
        if found and caa.permits_nobody(found.rdatas):
            yield finding("CAA002", f"CAA at {found.name} lets no CA issue for {host}", key=key)


def _check_policy_host(domain: str, enforced: bool, context: Context) -> Iterator[Finding]:
    name = "mta-sts." + domain
    found, through_alias = relevant_caa(name, context)
    if found is None:
        if enforced:
            what = f"nothing in this repository restricts who may issue certificates for {domain}"
            yield finding("CAA011", what, key=("mta_sts", "mode"))
    elif caa.permits_nobody(found.rdatas):
        rule = "CAA010" if through_alias else "CAA001"
        yield finding(rule, f"CAA at {found.name} lets no CA issue for {name}", key=("mta_sts",))


def relevant_caa(name: str, context: Context) -> tuple[RRset | None, bool]:
    """The CAA RRset that CAs go by, and whether an alias led to it (RFC 8659 §3).

    At the name and at each parent aliases are followed; but what is climbed is the name
    itself, not the target of an alias.
    """
    while name:
        target, through_alias = name, False
        for _ in range(8):  # chains are short, and a loop ends here
            if not (alias := context.rrset(target, "CNAME")):
                break
            target, through_alias = alias.rdatas[0][:-1], True
        if found := context.rrset(target, "CAA"):
            return found, through_alias
        name = name.partition(".")[2]
    return None, False
