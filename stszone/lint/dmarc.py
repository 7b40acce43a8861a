"""DMARC beside the rest: DKIM, the domain's parents, and the domains that receive its reports."""

from __future__ import annotations

from collections.abc import Iterator

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.lint.context import Context
from stszone.report import Finding, Key, Severity
from stszone.rules import finding
from stszone.standards import dmarc, dmarc_report, mx
from stszone.standards.dmarc import Dmarc
from stszone.standards.dmarc_tags import is_policy_record
from stszone.standards.names import is_within
from stszone.standards.records import owner

Found = tuple[str, Dmarc | None]
"""A name with a DMARC record, and the policy where the repository knows it."""


def check(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """The rules of DMARC that need more than the section, with full keys."""
    policy = domain.dmarc if domain.dmarc and domain.dmarc.cname is None else policy_at(domain.name, context)
    if policy is not None:
        key = _key(domain, context)
        if not domain.parked:
            yield from _check_reporting(policy, key)
            yield from _check_signing(domain, policy, key)
        yield from _check_place(domain, policy, context, key)
        yield from _check_delegations(domain, policy)
        for host, (uris, place) in _destinations(policy).items():
            at = ("dmarc", *place) if policy is domain.dmarc else key
            yield from _check_destination(domain, host, uris, context, at)
    elif not domain.parked and not context.exists(dmarc.PREFIX + domain.name):
        yield from _check_absence(domain, context)
    yield from _check_wildcards(domain, context)


def policy_at(name: str, context: Context) -> Dmarc | None:
    """The policy that the repository compiles for a name, behind a CNAME too; None if it has none to read."""
    records = _records_at(name, context)
    if len(records) != 1:
        return None
    try:
        return dmarc.parse_record(records[0])
    except RuleError:
        return None


def _records_at(name: str, context: Context) -> list[str]:
    """The DMARC records that the repository compiles for a name."""
    alias = context.rrset(dmarc.PREFIX + name, "CNAME")
    texts = context.texts(alias.rdatas[0].removesuffix(".") if alias else dmarc.PREFIX + name)
    return [text for text in texts if is_policy_record(text)]


def _publishes(name: str, context: Context) -> bool:
    """Whether a name has a DMARC record, be it one that others publish or that cannot be read."""
    if records := _records_at(name, context):
        return len(records) == 1  # of several, receivers discard all
    return any(context.rrset(dmarc.PREFIX + name, type_) for type_ in ("CNAME", "NS"))


def _key(domain: MailDomain, context: Context) -> Key:
    """The place in the YAML that brings the policy."""
    if domain.dmarc is not None:
        return ("dmarc",) if domain.dmarc.cname is None else ("dmarc", "cname")
    name = dmarc.PREFIX + domain.name
    rrset = context.rrset(name, "TXT") or context.rrset(name, "CNAME")
    return rrset.key if rrset else ()


def _check_reporting(policy: Dmarc, key: Key) -> Iterator[Finding]:
    if any(dmarc.mail_host(uri) for uri in policy.rua):
        return
    what = "rua has no mailto: address, and no receiver uses another" if policy.rua else "there is no rua"
    enforced = {policy.p, policy.subdomains, policy.non_existent} != {"none"}
    yield finding("DMA012", what, key=key, severity=Severity.ERROR if enforced else Severity.WARNING)


def _check_signing(domain: MailDomain, policy: Dmarc, key: Key) -> Iterator[Finding]:
    if policy.p != "reject" or not _sends(domain):
        return
    if any(not selector.revoked for selector in domain.dkim.values()):
        return
    if any(f"._domainkey.{domain.name}" in f".{owner(name, domain.zone)}" for name in domain.records):
        return
    if domain.dkim:
        yield finding("DMA013", "p is reject, and every DKIM selector is revoked", key=key)
    else:
        what = "p is reject, and nothing in this repository is a DKIM selector of the domain"
        yield finding("DMA013", what, key=key, severity=Severity.WARNING)


def _sends(domain: MailDomain) -> bool:
    """Whether the domain may send; SPF can say that it does not."""
    spf = domain.spf
    return spf is None or bool(spf.terms) or spf.redirect is not None or spf.all != "fail"


def _check_place(domain: MailDomain, policy: Dmarc, context: Context, key: Key) -> Iterator[Finding]:
    """Tags that count only at, or only below, the organizational domain."""
    above = list(_policies_above(domain.name, context))
    applying = organizational([(domain.name, policy), *above])
    idle = [tag for tag in ("sp", "np") if getattr(policy, tag) is not None]
    if idle and applying != domain.name:
        tags = " and ".join(idle)
        what = f"{tags} would count at the organizational domain only, in this repository {applying}"
        yield finding("DMA015", what, key=key)
    if policy.psd == "n" and (above or domain.name != domain.zone):
        parent = above[-1][0] if above else domain.zone
        yield finding("DMA017", f"psd is n, so that {domain.name} and {parent} do not align", key=key)
    if (labels := domain.name.count(".") + 1) >= 8:
        yield finding("DMA018", f"{domain.name} has {labels} labels", key=key)


def _check_absence(domain: MailDomain, context: Context) -> Iterator[Finding]:
    if not (domain.mx or domain.spf or domain.dkim):
        return
    what = f"nothing in this repository is a DMARC record for {domain.name}"
    above = list(_policies_above(domain.name, context))
    if not above:
        yield finding("DMA020", what)
        return
    applying, nearest = organizational(above), above[0][0]
    unread = [name for name, policy in above if policy is None] if len(above) > 1 else []
    doubt = f" (psd of {', '.join(unread)} is not known here)" if unread else ""
    yield finding("DMA020", f"{what}; of those in this repository, the one of {applying} applies{doubt}")
    if applying != nearest:
        what = f"of the policies in this repository, {domain.name} gets that of {applying}, not of {nearest}"
        yield finding("DMA014", what + doubt, fix=f"publish a record for {domain.name}")


def _policies_above(name: str, context: Context) -> Iterator[Found]:
    """The records that the tree walk passes behind the name itself (RFC 9989 §4.10)."""
    labels = name.split(".")
    labels = labels[1:] if len(labels) < 8 else labels[-7:]
    while labels:
        target = ".".join(labels)
        if _publishes(target, context):
            yield target, policy_at(target, context)
        labels = labels[1:]


def organizational(found: list[Found]) -> str:
    """Whose record counts for names below: the organizational domain's (RFC 9989 §4.10.2).

    `found` is not empty and runs from the longest name to the shortest.  A policy that is not
    known is taken for one without `psd`, which hardly any but a public suffix needs.
    """
    names = [name for name, _ in found]
    for index, (name, policy) in enumerate(found):
        psd = policy.psd if policy else None
        if psd == "n":
            return name
        if psd == "y" and index:
            one_below = names[index - 1]
            return one_below if one_below.partition(".")[2] == name else name
    return names[-1]


def _check_delegations(domain: MailDomain, policy: Dmarc) -> Iterator[Finding]:
    if policy.adkim == policy.aspf == "s":
        return
    for name, records in domain.records.items():
        if any(record.type == "NS" for record in records):
            delegated = owner(name, domain.zone)
            if is_within(delegated, domain.name):
                what = f"{delegated} is delegated, and alignment is relaxed"
                yield finding("DMA021", what, key=("records", name))


def _destinations(policy: Dmarc) -> dict[str, tuple[list[str], Key]]:
    """The mail domains that reports go to: the addresses at each, and the place of the first."""
    found: dict[str, tuple[list[str], Key]] = {}
    for place, uri in dmarc.addresses(policy):
        if (host := dmarc.mail_host(uri)) is not None:
            uris, _ = found.setdefault(host, ([], place))
            if uri not in uris:
                uris.append(uri)
    return found


def _check_destination(
    domain: MailDomain, host: str, uris: list[str], context: Context, key: Key
) -> Iterator[Finding]:
    """Whether reports to a mail domain are accepted, and authorised; one record serves all addresses."""
    exchanges = context.rrset(host, "MX")
    if exchanges is not None and exchanges.rdatas == (mx.NULL_MX,):
        yield finding("DMA026", f"{host} has a null MX", key=key)
    if not dmarc_report.needs_authorization(domain.name, host) or context.zone_of(host) == domain.zone:
        return
    try:
        name = dmarc_report.authorization_name(domain.name, host)
    except RuleError as error:
        yield finding(error.rule, error.what, key=key)
        return
    if not context.holds(host):
        what = f"reports to {', '.join(uris)} need the record {name} TXT v=DMARC1;"
        fix = f"ask the owner of {host} for this record"
        yield finding("DMX006", what, key=key, severity=Severity.INFO, fix=fix)
    elif dmarc_report.answering_name(domain.name, host, context.exists) is None:
        what = f"{name} is not published, so that reporters skip {', '.join(uris)}"
        fix = f"list {domain.name} under report_authorization of {host}"
        yield finding("DMX001", what, key=key, fix=fix)


def _check_wildcards(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """Entries from elsewhere in the repository that shut the domain's wildcards out."""
    reporters = domain.report_authorization
    if not any(reporter.startswith("*") for reporter in reporters):
        return
    own = [reporter + dmarc_report.LABELS + domain.name for reporter in reporters]
    known = set(dmarc_report.shut_out(own, domain.name))
    for wildcard, node in dmarc_report.shut_out(context.names, domain.name):
        if (wildcard, node) not in known and wildcard in own:
            key = ("report_authorization", own.index(wildcard))
            yield dmarc_report.shut_out_finding(wildcard, node, key)
