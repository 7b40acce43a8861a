"""Mail domains whose file is gone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from stszone.guards.spf import is_spf
from stszone.guards.texts import spelled
from stszone.report import Change
from stszone.standards import dkim, dmarc, mta_sts, spf

_SHOWN = 5
"""How many records a message names."""


def mail_goes(domain: str, change: Change) -> bool:
    """Whether a record that acts on mail goes; hosts do not count, they may leave later than their MX."""
    name = change.name
    if change.type == "TXT" and name == domain:
        return is_spf(change.before) and not is_spf(change.after)
    ours = dmarc.owns(name) or dkim.owns(name) or mta_sts.owns(name)
    return not change.after and (change.type == "MX" or (ours and change.type in ("TXT", "CNAME")))


def listed(changes: Iterable[Change]) -> str:
    """Which RRsets, and a digest over what they say, so that no other content passes for them."""
    ordered = sorted(changes, key=lambda one: (one.name, one.type))
    content = [[one.name, one.type, *sorted(filter(None, _content(one)))] for one in ordered]
    digest = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:8]
    names = [f"{one.name} {one.type}" for one in ordered]
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{', '.join(names[:_SHOWN])}{more} (content {digest})"


def _content(change: Change) -> Iterator[str]:
    """What an RRset says about mail, whoever wrote it and how; beside SPF stand texts of others."""
    if change.type != "TXT":
        return (value.lower().removesuffix(".") for value in change.before)
    return map(spelled, filter(spf.is_spf, change.before) if is_spf(change.before) else change.before)
