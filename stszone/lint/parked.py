"""Parked domains (M3AAWG, Protecting Parked Domains): that they neither send nor receive is said in full."""

from __future__ import annotations

import re
from collections.abc import Iterator

from stszone.domain import MailDomain
from stszone.lint.context import Context
from stszone.lint.dmarc import policy_at
from stszone.report import Finding, Key
from stszone.rules import finding
from stszone.standards import dmarc, mx
from stszone.standards.names import is_within
from stszone.standards.records import owner

_SPF = re.compile(r"v=spf1(?: .*)?", re.IGNORECASE)
_DENY_ALL = re.compile(r"v=spf1 +-all *", re.IGNORECASE)
_REVOKED = re.compile(r"(?:.*;)?[ \t]*p[ \t]*=[ \t]*(?:;.*)?")
_NULL_MX = "null MX"
_CLIENT_SETUP = ("autoconfig", "autodiscover")


def check(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """What keeps a domain with `parked: true` from being safe, with full keys."""
    if not domain.parked:
        return
    yield from _check_four(domain, context)
    yield from _check_policy(domain, context)
    exposed = _exposed(domain, context)
    for name, (key, missing) in exposed.items():
        yield finding("PRK003", f"{name} has no {' and no '.join(missing)} of its own", key=key)
    without_mx = [name for name, (_, missing) in exposed.items() if _NULL_MX in missing]
    yield from _check_wildcards(domain, context, without_mx)
    for what, key in _promises(domain):
        yield finding("PRK006", f"a parked domain has {what}", key=key)


def _check_four(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """Null MX, SPF and the revoked wildcard key; DMARC besides."""
    if not _has_null_mx(domain.name, context):
        yield finding("PRK001", f"{domain.name} has no null MX", key=("mx",), fix="write mx: none")
    if not _denies_senders(domain.name, context):
        what = f"{domain.name} has no v=spf1 -all"
        yield finding("PRK001", what, key=("spf",), fix="write spf: {all: fail}")
    wildcard = f"*._domainkey.{domain.name}"
    if not any(map(_REVOKED.fullmatch, context.texts(wildcard))):
        what = f"{wildcard} is not a revoked key"
        yield finding("PRK001", what, key=("dkim",), fix='write dkim: {"*": {revoked: true}}')


def _check_policy(domain: MailDomain, context: Context) -> Iterator[Finding]:
    policy = policy_at(domain.name, context)
    if policy is None:
        if not context.exists(dmarc.PREFIX + domain.name):
            what = f"{domain.name} has no DMARC record"
            yield finding("PRK001", what, key=("dmarc",), fix="write dmarc: {p: reject}")
        return
    key = ("dmarc",) if domain.dmarc is not None else ()
    what = f"the DMARC policy is {dmarc.describe(policy)}"
    if {policy.p, policy.subdomains, policy.non_existent} != {"reject"}:
        yield finding("PRK001", what, key=key, fix="write p: reject; sp and np follow it")
    if "none" in (policy.p, policy.subdomains):
        yield finding("PRK002", what, key=key)


def _has_null_mx(name: str, context: Context) -> bool:
    rrset = context.rrset(name, "MX")
    return rrset is not None and rrset.rdatas == (mx.NULL_MX,)


def _denies_senders(name: str, context: Context) -> bool:
    records = [text for text in context.texts(name) if _SPF.fullmatch(text)]
    return len(records) == 1 and _DENY_ALL.fullmatch(records[0]) is not None


def _exposed(domain: MailDomain, context: Context) -> dict[str, tuple[Key, list[str]]]:
    """The hosts below the domain that lack a null MX or an SPF record, with what they lack."""
    exposed = {}
    for name, key in _hosts(domain):
        missing = [] if _has_null_mx(name, context) else [_NULL_MX]
        missing += [] if _denies_senders(name, context) else ["v=spf1 -all"]
        if missing:
            exposed[name] = (key, missing)
    return exposed


def _hosts(domain: MailDomain) -> Iterator[tuple[str, Key]]:
    """Names below the domain that have an address, each with its place."""
    for name in domain.hosts:
        if name != domain.name and is_within(name, domain.name) and not name.startswith("*"):
            yield name, ("hosts", name)
    for relative, records in domain.records.items():
        name = owner(relative, domain.zone)
        if name == domain.name or not is_within(name, domain.name) or name.startswith("*"):
            continue
        if any(record.type in ("A", "AAAA") for record in records):
            yield name, ("records", relative)


def _check_wildcards(domain: MailDomain, context: Context, without_mx: list[str]) -> Iterator[Finding]:
    wildcard = f"*.{domain.name}"
    if rrset := context.rrset(wildcard, "TXT"):
        yield finding("PRK004", f"{wildcard} has a TXT record", key=rrset.key)
    if without_mx and (rrset := context.rrset(wildcard, "MX")):
        what = f"the MX of {wildcard} does not hold for {', '.join(without_mx)}"
        yield finding("PRK005", what, key=rrset.key)


def _promises(domain: MailDomain) -> Iterator[tuple[str, Key]]:
    """What only a domain with mail needs."""
    if domain.mta_sts is not None and domain.mta_sts.mode != "none":
        yield f"MTA-STS in mode {domain.mta_sts.mode or 'of somebody else'}", ("mta_sts",)
    for host in domain.tlsa:
        yield f"TLSA records for {host}", ("tlsa", host)
    for service, targets in domain.services.items():
        if targets:
            yield f"the service {service}", ("services", service)
    if domain.bimi is not None and not domain.bimi.declined:
        yield "a BIMI logo", ("bimi",)
    for section, names in (("hosts", domain.hosts), ("aliases", domain.aliases)):
        for name in names:
            if name.removesuffix("." + domain.name) in _CLIENT_SETUP:
                yield f"the name {name}", (section, name)
