"""Until when a policy may still be in a sender's cache (LC3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from stszone.ledger import Announced, Ledger, PolicyEvent
from stszone.standards import mta_sts

SKEW = timedelta(days=1)
"""Added to every expiry: senders' clocks, and edges that served a file a little longer."""

LONGEST = timedelta(seconds=31557600)
"""The longest max_age (RFC 8461 §3.2); assumed of a policy that nobody here has seen."""


def cached_policies(ledger: Ledger, now: datetime) -> Iterator[tuple[PolicyEvent, datetime]]:
    """The policies that a sender may still hold, each with the time when its last copy expires.

    The clock of a policy starts when its file was replaced and every id that it may have been
    fetched under had left DNS: senders that find their id unchanged extend their copy without
    fetching (LC3, T_reval).
    """
    for index, policy in enumerate(ledger.served):
        parsed = mta_sts.parse_policy(policy.body)
        if parsed.mode == "none":
            continue
        later = ledger.served[index + 1 :]
        replaced = (later[0].published or now) if later else _withdrawn(policy, ledger) or now
        last = max(replaced, _revalidated(policy, later, ledger, now))
        expires = last + timedelta(seconds=parsed.max_age) + SKEW
        if expires > now:
            yield policy, expires


def _revalidated(
    policy: PolicyEvent, later: tuple[PolicyEvent, ...], ledger: Ledger, now: datetime
) -> datetime:
    """When the last resolver forgot the last id that the policy may have been fetched under.

    Its own, and those that resolvers still gave when its file was there.  Not those of later
    policies, as no id is announced before its own file has replaced the others; nor those of
    somebody else's policies that took the place of ours.
    """
    start = policy.published or policy.minted
    own = min((one.since for one in ledger.announced if one.id == policy.id), default=now)
    ids = {one.id for one in later}
    ids |= {one.id for one in ledger.announced if one.id not in ledger.ids and one.since > own}
    moments = (forgotten(record, now) for record in ledger.announced if record.id not in ids)
    return max((moment for moment in moments if moment >= start), default=start)


def _withdrawn(policy: PolicyEvent, ledger: Ledger) -> datetime | None:
    """When somebody else's record, or none, took the place of a policy's; None while it is announced."""
    ends = [one.until for one in ledger.announced if one.id == policy.id]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None


def forgotten(record: Announced, now: datetime) -> datetime:
    """When the last resolver forgot a record; later than `now` while it is announced."""
    return (record.until or now) + timedelta(seconds=record.ttl)


def safe_to_remove_at(ledger: Ledger, now: datetime) -> tuple[datetime | None, str]:
    """When MTA-STS could be gone for good, and the id of the policy that decides it."""
    known = [(expires, policy.id) for policy, expires in cached_policies(ledger, now)]
    unseen = [
        (forgotten(one, now) + LONGEST + SKEW, one.id)
        for one in ledger.announced
        if one.id and one.id not in ledger.ids
    ]
    return max((one for one in (*known, *unseen) if one[0] > now), default=(None, ""))
