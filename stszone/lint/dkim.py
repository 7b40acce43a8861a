"""DKIM, ADSP and BIMI against the other sections, and against what the repository publishes."""

from __future__ import annotations

from collections.abc import Iterator

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.lint.context import Context
from stszone.report import Finding, Severity
from stszone.rules import finding
from stszone.standards import dkim, dmarc

_CHAIN = 8
"""CNAMEs that resolvers follow without complaint."""


def check(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """All rules of DKIM, ADSP and BIMI that need more than their section."""
    yield from _check_revoked(domain)
    for name, selector in domain.dkim.items():
        if selector.cname is not None:
            key = ("dkim", name, "cname")
            yield from _check_target(dkim.owner(name, domain.name), selector.cname, key, context)
    if domain.adsp is not None and domain.dmarc is not None:
        yield finding("DKM023", f"adsp is {domain.adsp}, and there is a DMARC policy", key=("dkim", "adsp"))
    if domain.bimi is not None and not domain.bimi.declined:
        yield from _check_enforced(domain.name, context)


def _check_revoked(domain: MailDomain) -> Iterator[Finding]:
    """DKM009: a domain that sends needs a key, and the repository may not know all of them."""
    if domain.dkim and not domain.parked and all(selector.revoked for selector in domain.dkim.values()):
        what = "every selector is revoked, and the domain is not parked"
        fix = "keep a selector with a key, or say parked: true"
        yield finding("DKM009", what, key=("dkim",), fix=fix, severity=Severity.WARNING)


def _check_target(name: str, target: str, key: tuple[str, ...], context: Context) -> Iterator[Finding]:
    """DKM019, as far as the target lies in zones of the repository."""
    for _ in range(_CHAIN):
        if target == name:
            yield finding("DKM019", f"the alias leads back to {name}", key=key)
            return
        if not (alias := context.rrset(target, "CNAME")):
            break
        target = alias.rdatas[0].rstrip(".")
    texts = context.texts(target)
    if texts and all(dkim.describe(text) == "revoked" for text in texts):
        yield finding("DKM019", f"the key at {target} is revoked", key=key)
    elif not texts and context.holds(target):
        what = f"nothing in this repository publishes a key at {target}"
        yield finding("DKM019", what, key=key, severity=Severity.WARNING)


def _check_enforced(name: str, context: Context) -> Iterator[Finding]:
    """BIM002: the policies at the domain and above it, one of which is the organisational domain's."""
    found = False
    while name:
        for text in _dmarc_texts(name, context):
            found = True
            for weakness in _weaknesses(text):
                yield finding("BIM002", f"the DMARC policy of {name} has {weakness}", key=("bimi",))
        found = found or context.rrset(dmarc.PREFIX + name, "CNAME") is not None
        _, _, name = name.partition(".")
    if not found:
        what = "nothing in this repository publishes a DMARC policy for the domain"
        yield finding("BIM002", what, key=("bimi",), severity=Severity.WARNING)


def _dmarc_texts(name: str, context: Context) -> tuple[str, ...]:
    """The texts at _dmarc., or where its CNAME leads within the repository."""
    if alias := context.rrset(dmarc.PREFIX + name, "CNAME"):
        return context.texts(alias.rdatas[0].rstrip("."))
    return context.texts(dmarc.PREFIX + name)


def _weaknesses(text: str) -> Iterator[str]:
    try:
        policy = dmarc.parse_record(text)
    except RuleError:  # reported where the record is looked at
        return
    if policy.p == "none":
        yield "p=none"
    if policy.sp == "none":
        yield "sp=none"
    if policy.pct is not None and policy.pct < 100:
        yield f"pct={policy.pct}"
    if policy.t == "y":
        yield "t=y"
