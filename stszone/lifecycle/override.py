"""Blocked steps that an operator lets happen all the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from stszone.domain import MailDomain
from stszone.ledger import Ledger

OVERRIDABLE = ("STS077", "STS078")
"""The rules of a lifecycle's blocked steps."""


def asked_for(wanted: MailDomain | None) -> str:
    """What an override lets happen: these MX hosts and this policy, and no others.

    >>> asked_for(None)
    'all of it gone'
    """
    if wanted is None:
        return "all of it gone"
    mx = ", ".join(one.host for one in wanted.mx or ()) or "none"
    section = wanted.mta_sts
    policy = " ".join([section.mode or "external", *(section.mx or ())]) if section else "none"
    return f"mx {mx}; mta_sts {policy}"


def overridden(wanted: MailDomain | None, ledger: Ledger, now: datetime) -> Iterator[str]:
    """The rules that the ledger says are overridden for what is wanted now."""
    if ledger.allowances:
        what = asked_for(wanted)
        yield from (rule for rule in OVERRIDABLE if ledger.allowance(rule, what, now))
