"""How programs that keep findings tell them apart, and which of them they get where room is short."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator

from stszone.report import GUARD, Finding, Severity, key_text
from stszone.rules import RULES

_ORDER = {severity: place for place, severity in enumerate(Severity)}


def gravest_first(found: Iterable[Finding]) -> list[Finding]:
    """By severity; then what can lose mail or is refused, then one of every rule, then what has a place."""
    seen: Counter[tuple[str, Severity]] = Counter()
    ranked = []
    for one in found:
        seen[one.rule, one.severity] += 1
        rank = (_ORDER[one.severity], not blocks(one), seen[one.rule, one.severity], one.file is None)
        ranked.append((rank, one))
    return [one for _, one in sorted(ranked, key=lambda pair: pair[0])]


def blocks(found: Finding) -> bool:
    """Whether plan and apply refuse what the finding is about, or ask before."""
    entry = RULES.get(found.rule)
    return found.rule.startswith(GUARD) or (entry is not None and entry.blocks)


def fingerprints(found: Iterable[Finding]) -> Iterator[str]:
    """For each finding a name that stays when lines move; the same said twice gets two."""
    seen: Counter[str] = Counter()
    for one in found:
        parts = [one.rule, one.file, one.domain, key_text(one.key), one.message]
        digest = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
        seen[digest] += 1
        yield f"{digest[:40]}:{seen[digest]}"
