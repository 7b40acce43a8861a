"""What a change of an RRset or of a policy means for mail, in a clause that can be read at night."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from stszone.errors import RuleError
from stszone.report import Action, Change
from stszone.standards import dkim, dmarc, dmarc_report, mta_sts, spf, tls_rpt
from stszone.standards.dmarc_record import TAGS
from stszone.standards.rrset import points_to
from stszone.standards.spf_terms import DNS_TERMS, parse_term

_ALL = {"fail": "-all", "softfail": "~all", "neutral": "?all", "pass": "+all"}

_MANY = 6
"""Additions, or removals, that a clause names; the record itself has them all."""


def meaning(change: Change) -> str:
    """The meaning of a change, empty where the record speaks for itself.

    >>> meaning(Change(Action.CREATE, "example.com", "MX", 3600, (), ("0 .",)))
    'null MX: the domain accepts no mail'
    """
    if change.type == "TXT":
        return _txt(change)
    if change.type == "MX":
        return _mx(change)
    if change.type == "CNAME" and (dkim.owns(change.name) or dmarc.owns(change.name)):
        return _delegation(change)
    if change.type == "PTR":
        return "reverse name" if change.after else "reverse name gone"
    return _ttl_only(change)


def _ttl_only(change: Change) -> str:
    if change.before == change.after and change.ttl_before not in (None, change.ttl):
        return f"TTL {change.ttl_before} → {change.ttl}"
    return ""


def _mx(change: Change) -> str:
    if change.after == ("0 .",):
        return _ttl_only(change) or "null MX: the domain accepts no mail"
    before, after = (set(_hosts(values)) for values in (change.before, change.after))
    if change.action is Action.CREATE:
        return f"mail comes in at {', '.join(_hosts(change.after))}"
    if not after:
        return "no MX any more: senders fall back to the domain's own address"
    parts = _plus_minus(sorted(after - before), sorted(before - after))
    return f"MX hosts {' '.join(parts)}" if parts else _ttl_only(change) or "preferences change"


def _hosts(values: tuple[str, ...]) -> list[str]:
    return [host for host in map(points_to, values) if host]


def _plus_minus(added: Sequence[str], removed: Sequence[str]) -> list[str]:
    """`+a`, `-b`, with a count in place of what would be too many."""
    parts = []
    for sign, values in (("+", added), ("-", removed)):
        parts += [f"{sign}{value}" for value in values[:_MANY]]
        if len(values) > _MANY:
            parts.append(f"{sign}{len(values) - _MANY} more")
    return parts


def _selector(name: str) -> str:
    return name.partition("._domainkey.")[0]


def _delegation(change: Change) -> str:
    """A selector or a DMARC policy that somebody else keeps."""
    if ttl := _ttl_only(change):
        return ttl
    what = f"DKIM selector {_selector(change.name)}" if dkim.owns(change.name) else "DMARC policy"
    before, after = (", ".join(map(points_to, values)) for values in (change.before, change.after))
    if not after:
        return f"{what} gone, which was delegated to {before}"
    return f"{what} delegated to {after}" + (f" instead of {before}" if before else "")


def _txt(change: Change) -> str:
    if ttl := _ttl_only(change):
        return ttl
    if mta_sts.owns(change.name):
        return f"MTA-STS: {_pair(change, _id, _ids)}"
    if tls_rpt.owns(change.name):
        return f"TLS reports: {_pair(change, _report_addresses, _moved_reports)}"
    if dmarc_report.owns(change.name):
        host = change.name.partition("._report._dmarc.")[0]
        return f"agrees to receive DMARC reports about {host}" + (", gone" if not change.after else "")
    if dmarc.owns(change.name):
        return f"DMARC: {_pair(change, lambda text: dmarc.describe(dmarc.parse_record(text)), _dmarc_tags)}"
    if dkim.owns(change.name):
        return f"DKIM selector {_selector(change.name)}: {_pair(change, dkim.describe, _keys)}"
    return _at_the_domain(change)


def _id(text: str) -> str:
    return f"id {mta_sts.parse_record(text).id}"


def _ids(before: str, after: str) -> str:
    old, new = mta_sts.parse_record(before).id, mta_sts.parse_record(after).id
    return f"id {old} → {new}" if old != new else f"id {new}, spelled differently"


def _report_addresses(text: str) -> str:
    return ", ".join(tls_rpt.parse_record(text).rua)


def _moved_reports(before: str, after: str) -> str:
    old, new = tls_rpt.parse_record(before).rua, tls_rpt.parse_record(after).rua
    return " ".join(_moved(old, new)) or f"{', '.join(new)}, spelled differently"


def _moved(before: Iterable[str], after: Iterable[str]) -> list[str]:
    """What came and what went, in the order of the record."""
    old, new = list(before), list(after)
    return _plus_minus([one for one in new if one not in old], [one for one in old if one not in new])


def _dmarc_tags(before: str, after: str) -> str:
    """Each tag that changes: `p reject → none; rua +mailto:…`."""
    old, new = dmarc.parse_record(before), dmarc.parse_record(after)
    parts = []
    for tag in TAGS:
        was, now = getattr(old, tag), getattr(new, tag)
        if isinstance(was, tuple):
            moved = " ".join(_moved(was, now))
            parts += [f"{tag} {moved}"] if moved else []
        elif was != now:
            parts.append(_step(tag, was, now))
    return "; ".join(parts) or f"{dmarc.describe(new)}, spelled differently"


def _step(what: str, before: object, after: object) -> str:
    if before is None:
        return f"{what} {after} added"
    return f"{what} {before} removed" if after is None else f"{what} {before} → {after}"


def _keys(before: str, after: str) -> str:
    """A key in place of another, or what else of the record changes."""
    old, new = dkim.parse_record(before), dkim.parse_record(after)
    was, now = dkim.describe(before), dkim.describe(after)
    if old.revoked or new.revoked or old.k != new.k or old.p == new.p:
        return f"{was} → {now}" if was != now else f"{now}, the same key with other tags"
    testing = {(False, True): ", testing from now on", (True, False): ", not testing any more"}
    more = testing.get(("y" in old.t, "y" in new.t), "")
    size = f"{old.bits} → {new.bits} bit" if old.bits != new.bits else now.partition(",")[0]
    return f"another key, {size}{more}"


def _at_the_domain(change: Change) -> str:
    """The TXT RRset of a mail domain: SPF and site verifications."""
    parts = []
    before, after = _spf(change.before), _spf(change.after)
    if before != after:
        parts.append(f"SPF: {_spf_change(before, after)}")
    others = set(change.after) - set(change.before) - {after}
    lost = set(change.before) - set(change.after) - {before}
    if others:
        parts.append(f"+{len(others)} text{'s' * (len(others) > 1)}")
    if lost:
        parts.append(f"-{len(lost)} text{'s' * (len(lost) > 1)}")
    return "; ".join(parts)


def _spf(values: tuple[str, ...]) -> str | None:
    return next((value for value in values if spf.is_spf(value)), None)


def _spf_change(before: str | None, after: str | None) -> str:
    if before is not None and after is not None:
        try:
            return _spf_terms(spf.parse_record(before), spf.parse_record(after))
        except RuleError:
            return f"{_said(before)} → {_said(after)}"
    return _said(after) if after is not None else "gone"


def _said(text: str) -> str:
    return _words((text,), lambda one: spf.describe(spf.parse_record(one)))


def _spf_terms(before: spf.Spf, after: spf.Spf) -> str:
    """`lookups 9 → 10; +include:_spf.example.net; ~all → -all`."""
    parts = []
    lookups = _lookups(before), _lookups(after)
    if lookups[0] != lookups[1]:
        parts.append(f"lookups {lookups[0]} → {lookups[1]}")
    moved = _moved(before.terms, after.terms)
    parts += [" ".join(moved)] if moved else []
    if not moved and before.terms != after.terms:
        parts.append("the terms in another order")
    parts += _spf_ends(before, after)
    return "; ".join(parts) or f"{spf.describe(after)}, spelled differently"


def _lookups(section: spf.Spf) -> int:
    """The lookups that the record itself costs (RFC 7208 §4.6.4); `all` keeps `redirect` from being asked."""
    names = [parse_term(text).name for text in section.terms]
    return sum(name in DNS_TERMS for name in names) + (section.redirect is not None and section.all is None)


def _spf_ends(before: spf.Spf, after: spf.Spf) -> Iterator[str]:
    """What stands behind the terms."""
    if before.all != after.all:
        was, now = (_ALL.get(side.all or "") for side in (before, after))
        yield f"{was} → {now}" if was and now else f"+{now}" if now else f"-{was}"
    for name in ("redirect", "exp"):
        was, now = getattr(before, name), getattr(after, name)
        if was != now:
            yield _step(name, was, now)


def _pair(change: Change, describe: Callable[[str], str], compare: Callable[[str, str], str]) -> str:
    """A record that comes or goes in words, and what changes where there is one on both sides.

    A record that cannot be read is said to be so.
    """
    if len(change.before) > 1 or len(change.after) > 1:
        return f"{len(change.before)} → {len(change.after)} records"
    if change.before and change.after:
        try:
            return compare(change.before[0], change.after[0])
        except RuleError:
            pass  # one of the two cannot be read, and which of them is said below
    before, after = (_words(values, describe) for values in (change.before, change.after))
    if before and after:
        return f"{before} → {after}" if before != after else f"{after}, before and after"
    return after or f"{before}, gone"


def _words(values: tuple[str, ...], describe: Callable[[str], str]) -> str:
    if not values:
        return ""
    try:
        return describe(values[0])
    except RuleError as error:
        return f"unreadable ({error.what})"


def policy_meaning(before: bytes, after: bytes) -> str:
    """What changes from one policy file to another; an empty one is not there.

    >>> was = b"version: STSv1\\nmode: testing\\nmx: a.test\\nmax_age: 86400\\n"
    >>> policy_meaning(was, was.replace(b"testing", b"enforce").replace(b"a.test", b"b.test"))
    'mode testing → enforce, mx +b.test -a.test'
    """
    if not before or not after:
        return f"new: {_policy(after)}" if after else f"{_policy(before)}, gone" if before else ""
    try:
        old, new = mta_sts.parse_policy(before), mta_sts.parse_policy(after)
    except RuleError:
        return f"{_policy(before)} → {_policy(after)}" if before != after else ""
    pairs = (("mode", old.mode, new.mode), ("max_age", old.max_age, new.max_age))
    parts = [_step(name, was, now) for name, was, now in pairs if was != now]
    moved = _moved(old.mx, new.mx)
    return ", ".join([*parts, f"mx {' '.join(moved)}"] if moved else parts)


def _policy(body: bytes) -> str:
    try:
        return mta_sts.describe(mta_sts.parse_policy(body))
    except RuleError as error:
        return f"unreadable ({error.what})"
