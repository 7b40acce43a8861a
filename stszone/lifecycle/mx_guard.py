"""MX hosts and the policies that senders enforce: what may not change yet (INV-MX, ORD03)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime

from stszone.domain import MailDomain
from stszone.ledger import Ledger, exchanges, format_time
from stszone.lifecycle.expiry import cached_policies
from stszone.report import Step, StepState
from stszone.standards import mta_sts, records
from stszone.standards.rrset import points_to


def mx_under_policy(
    wanted: MailDomain, ledger: Ledger, now: datetime, allow: Collection[str]
) -> Iterator[Step]:
    """INV-MX (STS072): every policy that may be cached must match an MX host of ours."""
    hosts = _mx_hosts(wanted, ledger)
    if (
        hosts is None
        or "STS077" in allow
        or any(set(held) == set(hosts) for held in _settled_mx(wanted, ledger))
    ):
        return  # not ours, overridden, or live already
    wanted_mx = f"{', '.join(hosts)}: none of these MX hosts is" if hosts else "the null MX is not"
    for policy, expires in cached_policies(ledger, now):
        parsed = mta_sts.parse_policy(policy.body)
        if parsed.mode == "enforce" and not any(
            mta_sts.matches(pattern, host) for pattern in parsed.mx for host in hosts
        ):
            allowed = ", ".join(parsed.mx)
            if policy is ledger.last_served:
                reason = (
                    f"{wanted_mx} in policy {policy.id}, which is in force and allows {allowed}; list "
                    "the new host beside the old one in mx, apply, and drop the old one in a later step"
                )
                yield Step("change-mx", StepState.BLOCKED, reason, "STS077")
            else:
                until = format_time(expires)
                reason = (
                    f"{wanted_mx} in policy {policy.id}, which senders may enforce until {until}; "
                    f"keep one of {allowed} in mx until then"
                )
                yield Step("change-mx", StepState.BLOCKED, reason, "STS077", until)
    yield from _policy_over_mx(wanted, hosts, ledger, now)


def _policy_over_mx(wanted: MailDomain, hosts: list[str], ledger: Ledger, now: datetime) -> Iterator[Step]:
    """A new policy must match every MX RRset that resolvers may still hold (ORD03)."""
    section = wanted.mta_sts
    if section is None or section.mode != "enforce" or not section.has_policy:
        return
    patterns = section.mx or hosts
    for held, until in _cached_mx(wanted.name, hosts, ledger, now):
        if held and not any(mta_sts.matches(pattern, host) for pattern in patterns for host in held):
            reason = (
                f"the policy would allow none of the MX hosts {', '.join(held)}, which "
                f"{f'resolvers may hold until {until}' if until else 'are live'}; keep one of them in "
                "mta_sts.mx and mx, and remove it in a later step"
            )
            yield Step("change-policy", StepState.BLOCKED, reason, "STS077", until)


def _cached_mx(
    name: str, hosts: list[str], ledger: Ledger, now: datetime
) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """MX RRsets other than the wanted one that resolvers may hold, each with its end if that is known."""
    for former in ledger.former_mx:
        if former.until > now:
            yield former.hosts, format_time(former.until)
    for place, rdatas in ledger.mx_sets():
        if place[2] == name and set(hosts) != set(held := exchanges(rdatas)):
            yield held, None


def _settled_mx(wanted: MailDomain, ledger: Ledger) -> Iterator[tuple[str, ...]]:
    """The MX hosts that were written, at each target."""
    for place, rdatas in ledger.mx_sets():
        if place[2] == wanted.name and place not in ledger.open:
            yield exchanges(rdatas)


def _mx_hosts(wanted: MailDomain, ledger: Ledger) -> list[str] | None:
    """The MX hosts as they are to be; None where MX is not ours."""
    if wanted.mx is not None:
        return [mx.host for mx in wanted.mx]
    written = [rrset for rrset in records.rrsets(wanted.records, wanted.zone, 0) if rrset.type == "MX"]
    rdatas = [rdata for rrset in written if rrset.name == wanted.name for rdata in rrset.rdatas]
    ours = any((owner, type_) == (wanted.name, "MX") for _, _, owner, type_ in ledger.owned)
    return [points_to(rdata) for rdata in rdatas] if rdatas or ours else None
