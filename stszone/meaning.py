"""What a change of an RRset means for mail, in a clause that can be read at night."""

from __future__ import annotations

from collections.abc import Callable

from stszone.errors import RuleError
from stszone.report import Action, Change
from stszone.standards import dkim, dmarc, dmarc_report, mta_sts, spf, tls_rpt

_VERB = {Action.CREATE: "new", Action.UPDATE: "changed", Action.DELETE: "gone"}


def meaning(change: Change) -> str:
    """The meaning of a change, empty where the record speaks for itself.

    >>> meaning(Change(Action.CREATE, "example.com", "MX", 3600, (), ("0 .",)))
    'null MX: the domain accepts no mail'
    """
    if change.type == "TXT":
        return _txt(change)
    if change.type == "MX":
        return _mx(change)
    if change.type == "CNAME" and dkim.owns(change.name):
        return f"DKIM selector {_selector(change.name)} {_verb(change, 'delegated')}"
    if change.type == "PTR":
        return "reverse name" if change.after else "reverse name gone"
    return _ttl_only(change)


def _verb(change: Change, new: str = "new") -> str:
    return new if change.action is Action.CREATE else _VERB[change.action]


def _ttl_only(change: Change) -> str:
    if change.before == change.after and change.ttl_before is not None:
        return f"TTL {change.ttl_before} → {change.ttl}"
    return ""


def _mx(change: Change) -> str:
    if change.after == ("0 .",):
        return "null MX: the domain accepts no mail"
    before, after = (set(_hosts(values)) for values in (change.before, change.after))
    if change.action is Action.CREATE:
        return f"mail comes in at {', '.join(_hosts(change.after))}"
    if not after:
        return "no MX any more: senders fall back to the domain's own address"
    parts = [f"+{host}" for host in sorted(after - before)] + [f"-{host}" for host in sorted(before - after)]
    return f"MX hosts {' '.join(parts)}" if parts else _ttl_only(change) or "preferences change"


def _hosts(values: tuple[str, ...]) -> list[str]:
    return [value.split()[-1].removesuffix(".") for value in values if value.split()[-1] != "."]


def _selector(name: str) -> str:
    return name.partition("._domainkey.")[0]


def _txt(change: Change) -> str:
    if ttl := _ttl_only(change):
        return ttl
    if mta_sts.owns(change.name):
        return f"MTA-STS: {_pair(change, lambda text: 'id ' + mta_sts.parse_record(text).id)}"
    if tls_rpt.owns(change.name):
        return f"TLS reports: {_pair(change, lambda text: ', '.join(tls_rpt.parse_record(text).rua))}"
    if dmarc_report.owns(change.name):
        return f"agrees to receive DMARC reports about {change.name.partition('._report._dmarc.')[0]}"
    if dmarc.owns(change.name):
        return f"DMARC: {_pair(change, lambda text: dmarc.describe(dmarc.parse_record(text)))}"
    if dkim.owns(change.name):
        return f"DKIM selector {_selector(change.name)}: {_pair(change, dkim.describe)}"
    return _at_the_domain(change)


def _at_the_domain(change: Change) -> str:
    """The TXT RRset of a mail domain: SPF and site verifications."""
    parts = []
    before, after = _spf(change.before), _spf(change.after)
    if before != after:
        said = _said(before), _said(after)
        parts.append(f"SPF: {said[0]} → {said[1]}" if all(said) else f"SPF: {said[1] or 'gone'}")
    others = set(change.after) - set(change.before) - {after}
    lost = set(change.before) - set(change.after) - {before}
    if others:
        parts.append(f"+{len(others)} text{'s' * (len(others) > 1)}")
    if lost:
        parts.append(f"-{len(lost)} text{'s' * (len(lost) > 1)}")
    return "; ".join(parts)


def _spf(values: tuple[str, ...]) -> str | None:
    return next((value for value in values if spf.is_spf(value)), None)


def _said(text: str | None) -> str:
    if text is None:
        return ""
    try:
        return spf.describe(spf.parse_record(text))
    except RuleError as error:
        return f"unreadable ({error.what})"


def _pair(change: Change, describe: Callable[[str], str]) -> str:
    """Before and after in words; a record that cannot be read is said to be so."""
    if len(change.before) > 1 or len(change.after) > 1:
        return f"{len(change.before)} → {len(change.after)} records"
    before, after = (_words(values, describe) for values in (change.before, change.after))
    if before and after:
        return f"{before} → {after}" if before != after else f"{after}, spelled differently"
    return after or f"{before}, gone"


def _words(values: tuple[str, ...], describe: Callable[[str], str]) -> str:
    if not values:
        return ""
    try:
        return describe(values[0])
    except RuleError as error:
        return f"unreadable ({error.what})"
