"""The ledger: what happened to one mail domain, and what follows from it.

One JSON object a line, appended and never changed.  From the lines follow which RRsets stszone
published (only those may ever be deleted) and which policies senders may still hold.
Lines are written before the act they record, so a crash can leave a record here that was never
published, never the reverse.  Events of a later release are passed over, not refused.
"""

from __future__ import annotations

from stszone.ledger.events import (
    VERSION,
    Event,
    allowed,
    applied,
    applying,
    claimed,
    format_event,
    format_time,
    minted,
    parse_time,
    published,
    publishing,
    released,
)
from stszone.ledger.replay import (
    ALLOWED_FOR,
    Allowance,
    Announced,
    FormerMx,
    Ledger,
    Place,
    PolicyEvent,
    exchanges,
    replay,
)

__all__ = [
    "ALLOWED_FOR", "VERSION", "Allowance", "Announced", "Event", "FormerMx", "Ledger", "Place", "PolicyEvent",
    "allowed", "applied", "applying", "claimed", "exchanges", "format_event", "format_time", "minted",
    "parse_time", "published", "publishing", "released", "replay",
]  # fmt: skip
