"""DMARC (RFC 9989): what receivers should do with mail that claims the domain in From and proves nothing.

A TXT record at _dmarc.<domain> names a policy and where reports about it go.  Two generations
read it: RFC 9989 skips what it cannot read, and has no pct, rf, ri; RFC 7489 wants p in the
second place, and its parsers reject a record for one wrong tag.  What we emit pleases both.
The tags that went are still taken, so that a record from before becomes what it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from stszone.errors import RuleError
from stszone.report import Finding, Key, Severity
from stszone.rules import finding
from stszone.standards.dmarc_record import TAGS, Dmarc, format_record, parse_defaulted, parse_record
from stszone.standards.dmarc_tags import (
    DEFAULTED,
    POLICIES,
    VERSION,
    foreign_uris,
    is_policy_record,
    mail_host,
    parse_tags,
    parse_uri,
    without_size,
)
from stszone.standards.rrset import RRset, dotted, txt

__all__ = [
    "PREFIX", "Dmarc", "addresses", "check", "check_rrset", "describe", "format_record", "mail_host", "owns",
    "parse_record", "parse_uri", "rrsets", "same_policy", "strictness", "weaker",
]  # fmt: skip

PREFIX = "_dmarc."

_REMOVED = ("pct", "rf", "ri")
_COMMA_FOR_SEMICOLON = re.compile(r",[ \t]*(?:s?p|np|adkim|aspf|fo|ru[af]|t|psd|pct|rf|ri)[ \t]*=")


def rrsets(section: Dmarc, domain: str, ttl: int) -> Iterator[RRset]:
    """The record at _dmarc., or the CNAME to a shared one."""
    if section.cname is not None:
        yield RRset(PREFIX + domain, "CNAME", ttl, (dotted(section.cname),), key=("cname",))
    else:
        yield RRset(PREFIX + domain, "TXT", ttl, (txt(format_record(section)),), key=("p",))


def check(section: Dmarc, domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in the section and still a trap."""
    if section.cname is not None:
        what = f"the policy is the one at {section.cname}; its rua is authorised under the name {domain}"
        yield finding("DMA023", what, key=("cname",), severity=Severity.INFO)
        return
    yield from _check_removed(section)
    if section.t == "y" and {section.p, section.subdomains, section.non_existent} != {"none"}:
        yield finding("DMA006", f"t is y under the policy {describe(section)}", key=("t",))
    if section.fo is not None and not section.ruf:
        yield finding("DMA011", f"fo is {section.fo}, and there is no ruf", key=("fo",), fix="leave fo out")
    if section.psd == "y":
        yield finding("DMA016", f"psd is y, so that names one label below {domain} stand alone", key=("psd",))
    if strictness(section.non_existent) > strictness(section.subdomains):
        what = f"np is {section.np}, while existing subdomains get {section.subdomains}"
        yield finding("DMA019", what, key=("np",), fix=f"write sp: {section.np}")
    if section.subdomains == "none" and section.p != "none":
        yield finding("DMA022", f"sp is none under p {section.p}", key=("sp",), fix=f"write sp: {section.p}")


def _check_removed(section: Dmarc) -> Iterator[Finding]:
    """What RFC 7489 had and RFC 9989 has not."""
    if section.pct is not None and section.pct < 100:
        yield finding("DMA005", f"pct is {section.pct}, which RFC 9989 reads as 100", key=("pct",))
    for name in _REMOVED:
        value = getattr(section, name)
        if value is not None and (name != "pct" or value == 100):
            yield finding("DMA007", f"{name} is {value}", key=(name,))
    for key, uri in addresses(section):
        if (plain := without_size(uri)) != uri:
            yield finding("DMA007", f"{uri} has a size limit", key=key, fix=f"write {plain}")


def addresses(section: Dmarc) -> Iterator[tuple[Key, str]]:
    """All URIs of rua and ruf, each with its place."""
    yield from ((("rua", index), uri) for index, uri in enumerate(section.rua))
    yield from ((("ruf", index), uri) for index, uri in enumerate(section.ruf))


def owns(name: str) -> bool:
    """Whether TXT records at this owner name are DMARC policies, and not authorisations of reports."""
    return name.startswith(PREFIX) and "._report._dmarc." not in name


def check_rrset(name: str, texts: Sequence[str]) -> Iterator[Finding]:
    """What receivers of both generations make of the TXT records at _dmarc."""
    records = [text for text in texts if is_policy_record(text)]
    if not records:
        yield finding("DMA001", f"{name} has no record that begins with {VERSION};, but {texts[0]!r}")
    if len(records) > 1:
        yield finding("DMA002", f"{name} has {len(records)} DMARC records")
    for text in records:
        yield from _check_form(text)
        try:
            section = parse_record(text)
        except RuleError as error:
            yield finding(error.rule, error.what, fix=error.fix)
        else:
            yield from (replace(found, key=()) for found in _check_removed(section))


def _check_form(text: str) -> Iterator[Finding]:
    """What one generation cannot read, and so may reject the record for."""
    tags, others = parse_tags(text)
    names = [name for name, _ in tags]
    if not text.startswith(VERSION):
        what = f"{text!r} has blanks in {VERSION}, which some readers look for as it is"
        yield finding("DMA001", what, severity=Severity.WARNING)
    if others:
        found = f"{others[0]!r} in place of a tag" if others[0] else "an empty tag"
        yield finding("DMA008", f"{text!r} has {found}")
    if comma := _COMMA_FOR_SEMICOLON.search(text):
        yield finding("DMA008", f"{text!r} has a comma in place of a semicolon at {comma[0]!r}")
    if "p" not in names:
        yield finding("DMA004", f"{text!r} has no p")
    elif names[0] != "p":
        yield finding("DMA003", f"{text!r} has {names[0]} before p")
    for name, value in tags:
        yield from _check_tag(name, value)


def _check_tag(name: str, value: str) -> Iterator[Finding]:
    if name not in TAGS:
        yield finding("DMA011", f"the tag {name} is not known", fix=f"remove {name}")
    elif name in DEFAULTED and name not in parse_defaulted({name: value}):
        yield finding("DMA007" if name in _REMOVED else "DMA011", f"{value!r} is not a value of {name}")
    elif name in ("rua", "ruf"):
        for uri in foreign_uris(value):
            yield finding("DMA010", f"no receiver reports to {uri}", severity=Severity.WARNING)


def strictness(policy: str | None) -> int:
    """A policy's place from none to reject, as a number; no policy is as good as none."""
    return POLICIES.index(policy or "none")


def weaker(before: Dmarc, after: Dmarc | None) -> bool:
    """Whether a change lowers the policy of the domain or its subdomains, for either generation.

    None for `after` is the record's removal.  A policy behind a CNAME is not known here, and never weaker.
    """
    if before.cname is not None or (after is not None and after.cname is not None):
        return False
    wanted = _effects(after or Dmarc(p="none"))
    return any(new < old for old, new in zip(_effects(before), wanted, strict=True))


def _effects(section: Dmarc) -> list[int]:
    """What p, sp and np come to, in hundredths of a step.

    To RFC 9989 t=y takes a whole step, and to RFC 7489 pct takes a part of one.
    """
    current = [section.p, section.subdomains, section.non_existent]
    old = [section.p, section.subdomains]
    sampled = 100 if section.pct is None else section.pct
    return [
        *(_effect(policy, 0 if section.t == "y" else 100) for policy in current),
        *(_effect(policy, sampled) for policy in old),
    ]


def _effect(policy: str | None, share: int) -> int:
    """A policy for a share of the mail, in percent; the rest gets the next milder one."""
    return max(0, (strictness(policy) - 1) * 100 + share) if strictness(policy) else 0


def same_policy(a: str, b: str) -> bool:
    """Whether two texts mean the same to readers of RFC 9989 and to those of RFC 7489.

    Blanks, a last semicolon, the order behind p, and spelled-out defaults make no difference.
    A text that one generation cannot read in full equals nothing but itself.
    """
    if a == b:
        return True
    meaning = _meaning(a)
    return meaning is not None and meaning == _meaning(b)


_DEFAULTS: dict[str, object] = {
    "adkim": "r", "aspf": "r", "t": "n", "psd": "u", "pct": 100, "fo": "0", "rf": "afrf", "ri": 86400,
}  # fmt: skip


def _meaning(text: str) -> dict[str, object] | None:
    """The tags without those that say what holds anyway; None unless every reader takes all of the text."""
    if not is_policy_record(text) or any(_check_form(text)):
        return None
    try:
        section = parse_record(text)
    except RuleError:
        return None
    meaning = {name: getattr(section, name) for name in TAGS}
    meaning |= {"sp": section.subdomains, "np": section.non_existent}
    options = section.fo.split(":") if section.fo and section.ruf else ["0"]
    meaning["fo"] = ":".join(sorted(options))
    return {name: value for name, value in meaning.items() if value not in (None, _DEFAULTS.get(name))}


def describe(section: Dmarc) -> str:
    """The policy in a clause, for a plan.

    >>> describe(Dmarc(p="reject", rua=("mailto:dmarc@example.com",)))
    'reject; subdomains reject; reports to 1 address'
    """
    if section.cname is not None:
        return f"the policy at {section.cname}"
    parts = [f"{section.p}", f"subdomains {section.subdomains}"]
    if section.non_existent != section.subdomains:
        parts.append(f"non-existent subdomains {section.np}")
    if section.t == "y":
        parts.append("test mode")
    if section.pct not in (None, 100):
        parts.append(f"pct {section.pct}")
    count = len(section.rua)
    parts.append(f"reports to {count} address{'es' * (count > 1)}" if count else "no reports")
    return "; ".join(parts)
