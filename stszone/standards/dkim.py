"""DKIM (RFC 6376, 8301, 8463): the public keys that verify the domain's signatures.

Every key stands under a selector, in a TXT record at <selector>._domainkey.<domain>, or a CNAME
there leads to the key that a mail provider holds.  A selector that signs no more is revoked: its
record stays and says so with an empty `p`.  The YAML is in `dkim_selector`, the text of a record
in `dkim_record`, key material in `dkim_key`.  The last functions are about ADSP (RFC 5617), which
is historic and still found in zones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from stszone.errors import RuleError
from stszone.report import Finding, Severity
from stszone.rules import finding
from stszone.standards.dkim_key import ED25519, RSA
from stszone.standards.dkim_record import (
    KeyRecord,
    describe,
    format_record,
    parse_record,
    parse_tags,
    same_key,
)
from stszone.standards.dkim_selector import (
    SELECTOR,
    WILDCARD,
    KeyFile,
    Selector,
    SelectorName,
    parse_selector,
)
from stszone.standards.names import MAX_NAME
from stszone.standards.rrset import RRset, txt

__all__ = [
    "Adsp", "KeyFile", "KeyRecord", "Selector", "SelectorName", "adsp_rrsets", "check", "check_adsp",
    "check_rrset", "describe", "format_record", "owner", "owns", "parse_adsp", "parse_record",
    "parse_selector", "rrsets", "same_key",
]  # fmt: skip

INFIX = "._domainkey."
ADSP = "_adsp._domainkey."

_SMALL, _LARGE = 512, 1232
"""Octets of a DNS answer: without EDNS (RFC 1035 §4.2.1), and with its usual size (DNS Flag Day 2020)."""
_AROUND = 12 + 2 + 4 + 2 + 10 + 11
"""Octets of an answer beside owner name and rdata: header, question, record, OPT."""


def owner(selector: str, domain: str) -> str:
    """The owner name of a selector.

    >>> owner("S1", "example.com")
    's1._domainkey.example.com'
    """
    return f"{selector.lower()}{INFIX}{domain}"


def rrsets(selectors: Mapping[str, Selector], domain: str, ttl: int) -> Iterator[RRset]:
    """One TXT or CNAME for each selector."""
    for name, selector in selectors.items():
        seconds = ttl if selector.ttl is None else selector.ttl
        type_, rdata = selector.rdata
        yield RRset(owner(name, domain), type_, seconds, (rdata,), key=(name,))


def check(selectors: Mapping[str, Selector], domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in each selector and still a trap, and what they are together."""
    yield from _check_names(selectors, domain)
    records = {name: record for name, selector in selectors.items() if (record := selector.record)}
    for name, record in records.items():
        for found in _check_record(record, owner(name, domain), format_record(record)):
            yield found.at(name)
    live = {name: record for name, record in records.items() if not record.revoked}
    delegated = any(selector.cname is not None for selector in selectors.values())
    if not delegated:
        yield from _check_together(live)
    if WILDCARD in selectors:
        yield from _check_wildcard(selectors)


def _check_names(selectors: Mapping[str, Selector], domain: str) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for name in selectors:
        full = owner(name, domain)
        if len(full) > MAX_NAME:
            fix = "choose a shorter selector"
            yield finding("DKM014", f"{full} has {len(full)} characters", key=(name,), fix=fix)
        if full in seen:
            yield finding("DKM001", f"{seen[full]} and {name} are the same name", key=(name,))
        seen[full] = name


def _check_together(live: Mapping[str, KeyRecord]) -> Iterator[Finding]:
    ed25519 = next((name for name, record in live.items() if record.k == ED25519), None)
    if ed25519 and not any(record.k == RSA for record in live.values()):
        yield finding("DKM006", f"{ed25519} is an Ed25519 key, without an RSA key", key=(ed25519,))
    if live and all(record.s == ("tlsrpt",) for record in live.values()):
        name = next(iter(live))
        yield finding("DKM011", "no selector has a key for mail, only for TLS reports", key=(name, "s"))


def _check_wildcard(selectors: Mapping[str, Selector]) -> Iterator[Finding]:
    if not selectors[WILDCARD].revoked:
        yield finding("DKM020", "* has a key, for every selector there may be", key=(WILDCARD,))
    if live := [name for name, selector in selectors.items() if not selector.revoked and name != WILDCARD]:
        what = f"* revokes every selector there may be, beside {live[0]} with a key"
        yield finding("DKM020", what, key=(WILDCARD,), severity=Severity.WARNING)


def _check_record(record: KeyRecord, name: str, text: str) -> Iterator[Finding]:
    """What a record says that is legal and still a trap; keys count from the selector."""
    if record.revoked:
        return
    if record.k == RSA and record.bits != 2048:
        yield finding("DKM004", f"the RSA key has {record.bits} bits", severity=Severity.WARNING)
    if "y" in record.t:
        yield finding("DKM010", "t=y is set: the key is under test", key=("t",))
    if record.s and not {"*", "email", "tlsrpt"} & set(record.s):
        yield finding("DKM011", f"s is {':'.join(record.s)}, without email", key=("s",))
    if "sha1" in record.h:
        fix = "write h: sha256"
        yield finding("DKM012", "h permits sha1", key=("h",), fix=fix, severity=Severity.WARNING)
    size = answer_octets(name, text)
    if size > _SMALL:
        severity = Severity.WARNING if size > _LARGE else Severity.INFO
        yield finding("DKM017", f"the answer has about {size} octets", severity=severity)


def answer_octets(name: str, text: str) -> int:
    """The size of the unsigned answer with one TXT record."""
    return _AROUND + len(name) + len(text) + -(-len(text) // 255)


def owns(name: str) -> bool:
    """Whether TXT records at this owner name are DKIM's or ADSP's."""
    return INFIX in name


def check_rrset(name: str, texts: Sequence[str]) -> Iterator[Finding]:
    """What verifiers make of the TXT records at a selector's name."""
    if name.startswith(ADSP):
        yield finding("ADS001", f"{name} has {texts[0]!r}")
        return
    if len(texts) > 1:
        yield finding("DKM001", f"{name} has {len(texts)} TXT records")
    selector = name.partition(INFIX)[0]
    if not SELECTOR.fullmatch(selector.removeprefix("*.")) and selector != WILDCARD:
        yield finding("DKM014", f"{selector!r} is not a selector", severity=Severity.WARNING)
    for text in texts:
        yield from _check_text(name, text)


def _check_text(name: str, text: str) -> Iterator[Finding]:
    if text.rstrip() != text:
        yield finding("DKM013", f"the record at {name} ends in white space")
    try:
        record = parse_record(text)
    except RuleError as error:
        yield finding(error.rule, f"{name}: {error.what}", fix=error.fix)
        return
    for tag in parse_tags(text):
        if tag in ("V", "K", "H", "S", "T", "N"):
            yield finding("DKM003", f"{name}: the tag {tag.lower()} is written {tag}")
    if name.startswith("*.") and not record.revoked:
        yield finding("DKM020", f"{name} has a key, for every selector there may be")
    for found in _check_record(record, name, text):
        yield replace(found, key=(), message=f"{name}: {found.message}")


Adsp = Literal["unknown", "all", "discardable"]
"""`dkim.adsp` in the YAML: what the domain says of its signing practice (RFC 5617 §4.2.1)."""


def adsp_rrsets(adsp: Adsp, domain: str, ttl: int) -> Iterator[RRset]:
    """The record at _adsp._domainkey."""
    yield RRset(ADSP + domain, "TXT", ttl, (txt(f"dkim={adsp}"),), key=("adsp",))


def check_adsp(adsp: Adsp, domain: str) -> Iterator[Finding]:
    """ADSP is never a good idea."""
    yield finding("ADS001", f"adsp is {adsp}", key=("adsp",))


def parse_adsp(text: str) -> Adsp:
    """An ADSP record; practices that are not defined count as unknown.  Raises RuleError (ADS001).

    >>> parse_adsp("dkim=all")
    'all'
    """
    tags = parse_tags(text, "ADS001")
    if next(iter(tags), None) != "dkim":
        raise RuleError("ADS001", f"{text!r} does not begin with dkim=")
    return next((practice for practice in get_args(Adsp) if practice == tags["dkim"]), "unknown")
