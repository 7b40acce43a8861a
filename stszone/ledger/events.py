"""The lines of a ledger: what each event says, and how it is written."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from stszone.standards.rrset import RRset

VERSION = 1
_TIME = "%Y-%m-%dT%H:%M:%SZ"

Event = Mapping[str, object]
"""One line: `v`, `at` (UTC), `event`, and what the event needs."""


def format_time(moment: datetime) -> str:
    """A moment as the ledger and the reports write it: UTC, whole seconds."""
    return moment.astimezone(UTC).strftime(_TIME)


def parse_time(text: str) -> datetime:
    """The reverse of `format_time`.  Raises ValueError."""
    if len(text) != 20 or text[-1] != "Z" or text[10] != "T":
        raise ValueError(f"{text!r} is not a time of the form 2026-12-24T00:00:00Z")
    return datetime.fromisoformat(text)  # ten times as fast as strptime, and strict enough by now


def minted(at: datetime, policy_id: str, body: bytes) -> Event:
    """The event of giving a policy its id."""
    return _event(at, "minted", id=policy_id, policy=body.decode())


def publishing(at: datetime, policy_id: str, policy_host: str) -> Event:
    """The event before a policy file is written."""
    return _event(at, "publishing", id=policy_id, policy_host=policy_host)


def published(at: datetime, policy_id: str, policy_host: str) -> Event:
    """The event after a policy file was written, and read back where that is asked for."""
    return _event(at, "published", id=policy_id, policy_host=policy_host)


def claimed(at: datetime, target: str, zone: str, rrsets: Iterable[RRset]) -> Event:
    """The event of taking over RRsets that already are as they should be."""
    return _event(at, "claimed", target=target, zone=zone, set=[_as_json(rrset) for rrset in rrsets])


def applying(
    at: datetime,
    target: str,
    zone: str,
    rrsets: Iterable[RRset],
    gone: Iterable[RRset] = (),
    seen: Iterable[RRset] = (),
) -> Event:
    """The event before RRsets are written to a zone and others deleted from it.

    `seen` is what was found in place of an MX or MTA-STS record of ours: resolvers may hold it, and
    senders the policy that it names.
    """
    parts = {"set": rrsets, "delete": gone, "seen": seen}
    lists = {name: [_as_json(rrset) for rrset in part] for name, part in parts.items()}
    return _event(
        at, "applying", target=target, zone=zone, **{name: one for name, one in lists.items() if one}
    )


def released(at: datetime, target: str, zone: str, rrsets: Iterable[RRset]) -> Event:
    """The event of RRsets that now are in another mail domain's ledger."""
    return _event(at, "released", target=target, zone=zone, set=[_as_json(rrset) for rrset in rrsets])


def applied(at: datetime, target: str, zone: str) -> Event:
    """The event after the writing that the last `applying` announced."""
    return _event(at, "applied", target=target, zone=zone)


def allowed(at: datetime, rule: str, what: str, reason: str) -> Event:
    """The event of an operator overriding a guard, for one thing that it found."""
    return _event(at, "allowed", rule=rule, what=what, reason=reason)


def _event(at: datetime, event: str, **fields: object) -> Event:
    return {"v": VERSION, "at": format_time(at), "event": event, **fields}


def _as_json(rrset: RRset) -> dict[str, object]:
    return {"name": rrset.name, "type": rrset.type, "ttl": rrset.ttl, "rdatas": list(rrset.rdatas)}


def format_event(event: Event) -> str:
    """One line of the ledger, without its end of line."""
    return json.dumps(event, ensure_ascii=False, separators=(", ", ": "))
