"""Signers that are left without a key (LC5)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stszone.guards.texts import key_of
from stszone.guards.zone import Values
from stszone.report import Change, Finding, Severity
from stszone.rules import finding
from stszone.standards import dkim
from stszone.standards.rrset import points_to


def keys_lost(lossy: Iterable[Change], before: Values, after: Values) -> Iterator[Finding]:
    """Signers that are left without any key, or with new ones only."""
    touched = {one.name for one in lossy if _signer(one.name) and _keys(one.type, one.before)}
    for name in sorted({_signer(one) for one in touched}):
        was = _signing(name, {**before, **{(one.name, one.type): one.before for one in lossy}})
        now = _signing(name, after)
        if not now:
            gone = min(one for one in touched if _signer(one) == name)
            yield finding("GRD004", f"{name} has no DKIM key any more; {gone} goes or is revoked")
        elif not was & now:
            what = f"every DKIM key of {name} is replaced at once; mail signed with the old ones fails"
            yield finding("GRD004", what, severity=Severity.WARNING)


def _signing(name: str, values: Values) -> set[tuple[str, str]]:
    """The selectors of a signer, each with a key that it may hold."""
    ours = ((at, keys) for at, keys in values.items() if _signer(at[0]) == name)
    return {(selector, key) for (selector, type_), texts in ours for key in _keys(type_, texts)}


def _signer(name: str) -> str:
    """The domain that a selector signs for; empty for what is no selector."""
    return "" if name.startswith(dkim.ADSP) else name.partition(dkim.INFIX)[2]


def _keys(type_: str, values: Iterable[str]) -> set[str]:
    """What a selector's records may verify with: an alias may, a revoked key does not."""
    if type_ != "TXT":
        return set(map(points_to, values)) if type_ == "CNAME" else set()
    return set(filter(None, map(key_of, values)))
