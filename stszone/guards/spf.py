"""SPF records that go, or that name no sender any more."""

from __future__ import annotations

from collections.abc import Iterator

from stszone.errors import RuleError
from stszone.guards.texts import spelled
from stszone.report import Change, Finding, Severity
from stszone.rules import finding
from stszone.standards import spf
from stszone.standards.spf_terms import parse_term

_PASSING = ("+", "?", "~")
"""Qualifiers of SPF terms that do not refuse a sender."""


def is_spf(texts: tuple[str, ...]) -> bool:
    """Whether one of some texts is an SPF record."""
    return any(map(spf.is_spf, texts))


def spf_lost(change: Change, severity: Severity) -> Iterator[Finding]:
    """An SPF record that goes, or that names no sender any more."""
    was, now = (list(filter(spf.is_spf, texts)) for texts in (change.before, change.after))
    if not now:
        what = f"{change.name} loses its SPF record {spelled(was[0])}"
        yield finding("GRD003", what, severity=severity)
    elif not all(map(_lets_nobody_send, was)) and all(map(_refuses_all, now)):
        what = f"nobody may send as {change.name} any more: {spelled(was[0])} → {spelled(now[0])}"
        yield finding("GRD003", what, fix="keep the terms of those that send", severity=severity)


def _lets_nobody_send(text: str) -> bool:
    """Whether no term lets anyone pass, whatever `all` says; what cannot be read may name senders."""
    try:
        section = spf.parse_record(text)
        terms = map(parse_term, section.terms)
        return not any(term.qualifier in _PASSING for term in terms) and not _redirected(section)
    except RuleError:
        return False


def _redirected(section: spf.Spf) -> bool:
    return section.redirect is not None and section.all is None


def _refuses_all(text: str) -> bool:
    return _lets_nobody_send(text) and spf.parse_record(text).all in ("fail", "softfail")
