"""SPF (RFC 7208): which hosts may send mail in the name of a domain.

One TXT record at the domain itself lists terms; the first that matches the sending address decides,
and `all` at the end decides for everyone else.  In the YAML `all`, `redirect` and `exp` are keys and
not terms: their place in the record means nothing, or is a trap.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator

from stszone.errors import RuleError
from stszone.report import Finding, Severity
from stszone.rules import finding
from stszone.standards.rrset import RRset, txt
from stszone.standards.section import Frozen, Section
from stszone.standards.spf_domain_spec import parse_domain_spec
from stszone.standards.spf_terms import DNS_TERMS, Term, parse_term, spelling
from stszone.standards.spf_traps import check_term

VERSION = "v=spf1"
MAX_LOOKUPS = 10

All = Literal["fail", "softfail", "neutral", "pass"]
_RESULTS: dict[str, All] = {"-": "fail", "~": "softfail", "?": "neutral", "+": "pass"}
_QUALIFIERS = {result: qualifier for qualifier, result in _RESULTS.items()}
_VERBS: dict[All, str] = {"fail": "fails", "softfail": "softfails", "neutral": "is neutral", "pass": "passes"}

_EITHER = "remove one of the two"
_MEANT_AS_SPF = re.compile(r"""[\s"']*v\s*=\s*spf""", re.IGNORECASE)


def _listed_term(text: str) -> str:
    """A term of the YAML in its one spelling; what has a key of its own is sent there."""
    term = parse_term(text)
    what = f"{text!r} stands among the terms"
    if term.name == "all":
        raise RuleError("SPF011", what, f"write all: {_RESULTS[term.qualifier]} beside them")
    if term.name in ("redirect", "exp"):
        raise RuleError("SPF018", what, f"write {term.name}: {term.value} beside them")
    if term.name == "v" and not term.qualifier:
        raise RuleError("SPF006", f"{text!r} is the version, which stszone writes itself", "remove it")
    return spelling(text)


def _all_word(value: object) -> object:
    """Help for those who write what stands in the record."""
    if isinstance(value, str) and (result := _RESULTS.get(value.lower().removesuffix("all") or value)):
        raise RuleError("SPF006", f"{value!r} is how the record says it", f"write {result}")
    return value


def _publishable(text: str) -> str:
    if '"' in text or "\\" in text:
        raise RuleError("OCT002", f"{text!r} has a quote or a backslash in it")
    return text


DomainSpec = Annotated[str, AfterValidator(parse_domain_spec), AfterValidator(_publishable)]
"""A domain name in which RFC 7208 §7 allows macros."""


class Spf(Section):
    """`spf:` in the YAML, and the record it becomes."""

    terms: Annotated[
        tuple[Annotated[str, AfterValidator(_listed_term), AfterValidator(_publishable)], ...], Frozen
    ] = ()
    """Mechanisms in the order of evaluation, and modifiers that RFC 7208 does not know."""
    all: Annotated[All | None, BeforeValidator(_all_word)] = None
    """The result for every sender that no term matches."""
    redirect: DomainSpec | None = None
    """The domain whose record decides where no term matches; means nothing beside `all`."""
    exp: DomainSpec | None = None
    """Where the text stands that explains a `fail` to the sender."""


def rrsets(section: Spf, domain: str, ttl: int) -> Iterator[RRset]:
    """The record at the domain itself, one value among the others of its TXT RRset."""
    yield RRset(domain, "TXT", ttl, (txt(format_record(section)),))


def format_record(section: Spf) -> str:
    """The text that every known receiver reads.

    >>> format_record(Spf(terms=("mx", "ip4:203.0.113.10"), all="fail"))
    'v=spf1 mx ip4:203.0.113.10 -all'
    """
    parts = [VERSION, *section.terms]
    if section.redirect is not None:
        parts.append(f"redirect={section.redirect}")
    if section.all is not None:
        parts.append(f"{_QUALIFIERS[section.all]}all")
    if section.exp is not None:
        parts.append(f"exp={section.exp}")
    return " ".join(parts)


def is_spf(text: str) -> bool:
    """Whether receivers take a TXT for an SPF record (RFC 7208 §4.5).

    >>> is_spf("V=SPF1 -all"), is_spf("v=spf1-all")
    (True, False)
    """
    return text[:6].lower() == VERSION and text[6:7] in ("", " ")


def parse_record(text: str) -> Spf:
    """A record as receivers read it; mechanisms behind `all` never count and are left out.

    Raises RuleError (SPF002, SPF003, SPF004, SPF006, SPF015 to SPF019).

    >>> parse_record("v=spf1 +MX  -all").terms
    ('mx',)
    """
    terms: list[str] = []
    result: All | None = None
    modifiers: dict[str, str] = {}
    for part in _parts(text):
        term = parse_term(part)
        if term.qualifier:
            if result is None and term.name == "all":
                result = _RESULTS[term.qualifier]
            elif result is None:
                terms.append(spelling(part))
        elif term.name not in ("redirect", "exp"):
            # A second version is an unknown modifier, which receivers pass over.
            terms.extend([spelling(part)] if term.name != "v" else [])
        elif term.name in modifiers:
            raise RuleError("SPF018", f"{text!r} has {term.name}= twice")
        else:
            modifiers[term.name] = term.value
    # Every term was judged above; a quote, which we would not publish, is legal in others' records.
    return Spf.model_construct(
        terms=tuple(terms), all=result, redirect=modifiers.get("redirect"), exp=modifiers.get("exp")
    )


def _parts(text: str) -> list[str]:
    """The terms of a record as they stand there, the dead ones too."""
    if not is_spf(text):
        raise RuleError("SPF002", f"{text!r} does not begin with {VERSION} and a space")
    if text.isascii() and not text.isprintable():
        raise RuleError("SPF006", f"{text!r} has a control character in it", "put single spaces there")
    return [part for part in text[6:].split(" ") if part]


def check(section: Spf, domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in the section and still a trap."""
    for index, text in enumerate(section.terms):
        for found in check_term(text):
            yield found.at("terms", index)
    if section.all is not None and section.redirect is not None:
        what = f"redirect={section.redirect} means nothing beside all: {section.all}"
        yield finding("SPF011", what, key=("redirect",), fix=_EITHER, severity=Severity.WARNING)
    if section.all == "pass":
        yield finding("SPF012", "+all lets everyone send as the domain", key=("all",))
    elif section.all == "neutral":
        what = "?all says nothing about other senders"
        yield finding("SPF012", what, key=("all",), severity=Severity.WARNING)
    elif section.all is None and section.redirect is None:
        what = "a record without all and redirect says nothing about other senders"
        yield finding("SPF012", what, severity=Severity.WARNING)


def owns(name: str) -> bool:
    """Whether TXT records at this owner name may be SPF's: at every name."""
    return True


def check_rrset(name: str, texts: Sequence[str]) -> Iterator[Finding]:
    """What receivers make of those TXT records at a name that are SPF, or were meant to be."""
    records = [text for text in texts if is_spf(text)]
    if len(records) > 1:
        yield finding("SPF001", f"{name} has {len(records)} records that begin with {VERSION}")
    for text in texts:
        if text not in records and _MEANT_AS_SPF.match(text):
            yield finding("SPF002", f"{text!r} at {name} does not begin with {VERSION} and a space")
    for text in records:
        try:
            section = parse_record(text)
        except RuleError as error:
            yield finding(error.rule, error.what, fix=error.fix)
            continue
        yield from _check_text(text, section)


def _check_text(text: str, section: Spf) -> Iterator[Finding]:
    """What a text that receivers can read loses on the way."""
    mechanisms = [term for term in map(parse_term, _parts(text)) if term.qualifier]
    names = [term.name for term in mechanisms]
    if "all" in names:
        for term in mechanisms[names.index("all") + 1 :]:
            yield finding("SPF011", f"{str(term)!r} stands behind all in {text!r}")
        if section.redirect is not None:
            what = f"redirect={section.redirect} means nothing beside all in {text!r}"
            yield finding("SPF011", what, fix=_EITHER, severity=Severity.WARNING)
    spelled = re.findall(r"(?<![^ ])[+\-~?]?([A-Za-z0-9]+)(?=[:=/ ]|$)", text)
    if any(name != name.lower() for name in spelled):
        yield finding("SPF025", f"{text!r} has capitals in names of terms")


def same_policy(a: str, b: str) -> bool:
    """Whether two record texts mean the same to every receiver, however they are spelled.

    >>> same_policy("v=spf1 +IP4:192.0.2.1/32 -all", "v=spf1  ip4:192.0.2.1 -all ")
    True
    """
    if a == b:
        return True
    try:
        return _meaning(parse_record(a)) == _meaning(parse_record(b))
    except RuleError:
        return False


def _meaning(section: Spf) -> tuple[object, ...]:
    terms = [parse_term(text) for text in section.terms]
    redirect = section.redirect if section.all is None else None
    default = section.all or (None if redirect else "neutral")
    return tuple(_term_meaning(term) for term in terms if term.qualifier), default, redirect, section.exp


def _term_meaning(term: Term) -> tuple[object, ...]:
    if term.name in ("ip4", "ip6"):
        return term.qualifier, term.network()
    prefix4 = 32 if term.prefix4 is None else term.prefix4
    prefix6 = 128 if term.prefix6 is None else term.prefix6
    return term.qualifier, term.name, term.value, prefix4, prefix6


def describe(section: Spf) -> str:
    """What the record lets happen, as a clause for a plan.

    >>> describe(Spf(terms=("mx", "ip4:203.0.113.10"), all="fail"))
    '2 senders, 1 of 10 lookups, everything else fails'
    """
    mechanisms = [term for term in map(parse_term, section.terms) if term.qualifier]
    senders = sum(term.qualifier == "+" for term in mechanisms)
    lookups = sum(term.name in DNS_TERMS for term in mechanisms)
    if section.all is None and section.redirect is not None:
        lookups += 1
        rest = f"{section.redirect} decides" + (" about everything else" if mechanisms else "")
    else:
        rest = f"everything {'else ' if mechanisms else ''}{_VERBS[section.all or 'neutral']}"
    cost = [f"{lookups} of {MAX_LOOKUPS} lookups"] if lookups else []
    return ", ".join([f"{senders or 'no'} sender{'s' * (senders != 1)}", *cost, rest])
