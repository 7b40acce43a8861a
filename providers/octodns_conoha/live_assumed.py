"""What this package takes ConoHa to do, in the words of live_probes.

Where several answers stand, the package works with each of them.
"""

from __future__ import annotations

from typing import TypeAlias

Assumed: TypeAlias = dict[str, tuple[str, ...]]

_ANY_PUT = ("taken", "refused with 400", "ignored")
_SHARED: Assumed = {
    "a new record is in a list at once": ("yes",),
    "text with spaces": ("back as sent", "back in quotes"),
    "text with a semicolon": ("back as sent", "back in quotes"),
    "text with a quote": ("back as sent", "back in quotes"),
    "text of 254 octets": ("back as sent", "back in quotes"),
    "text of 255 octets": ("back as sent", "back in quotes"),
    "a second equal value": ("refused with 409",),
    "TTL 60": ("kept",),
    "MX": ("back as sent",),
    "SRV": ("back as sent",),
    "a wildcard": ("taken",),
    "a name in capitals": ("kept", "made lower case"),
    "an AAAA with zeros": ("kept", "made short"),
    "a CNAME beside an A": ("refused with 400",),
    "changing an apex NS": ("refused with 400", "taken"),
    "21 values of one name": ("taken",),
}
ASSUMED: dict[str, Assumed] = {
    "v2": {
        **_SHARED,
        "ids are called": ("id",),
        "creating answers": ("200",),
        "deleting answers": ("200",),
        "text with a backslash": ("back as sent", "back in quotes"),
        "text of 256 octets": ("refused with 400",),
        "text of 400 octets": ("refused with 400",),
        "text of 400 octets in quoted strings": ("refused with 400",),
        "a PUT of a TTL": ("taken",),
        "a TTL belongs to": ("the RRset",),
        "TTL 30": ("refused with 400",),
        "no TTL": ("that of the zone",),
        "a null MX": ("refused with 400",),
        "a list with limit=1": ("whole",),
        "total_count of records": ("not there",),
        "21 values of one name": ("refused with 413",),
        "a relative name": ("refused with 400",),
    },
    "v3": {
        **_SHARED,
        "ids are called": ("uuid",),
        "creating answers": ("200", "201"),
        "deleting answers": ("200", "202", "204"),
        "text with a backslash": ("back as sent", "back in quotes"),
        "text of 256 octets": ("refused with 400",),
        "text of 400 octets": ("refused with 400",),
        "text of 400 octets in quoted strings": ("refused with 400",),
        "a second equal value": ("refused with 409", "refused with 400", "taken"),
        "a PUT of a TTL": _ANY_PUT,
        "a TTL belongs to": ("the value",),
        "TTL 30": ("kept", "refused with 400"),
        "no TTL": ("that of the zone", "3600"),
        "a null MX": ("taken",),
        "a list with limit=1": ("1 item",),
        "total_count of records": ("right", "not there"),
        "a relative name": ("refused with 400",),
    },
}

SERVED = ("served as sent, in 1 string", "served as sent, in 2 strings")
