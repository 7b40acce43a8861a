"""BIMI (draft-brand-indicators-for-message-identification): the logo beside the domain's mail.

A TXT record at <selector>._bimi.<domain> names an SVG and the certificate that vouches for it.
Two empty tags say that the domain wants none shown, which is more than saying nothing:
receivers then do not look at the organisational domain either.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Self

from pydantic import AfterValidator, model_validator

from stszone.errors import RuleError
from stszone.report import Finding
from stszone.rules import finding
from stszone.standards.dkim_record import parse_tags
from stszone.standards.dkim_selector import WILDCARD, parse_selector
from stszone.standards.rrset import RRset, txt
from stszone.standards.section import Section

INFIX = "._bimi."
VERSION = "BIMI1"

_URI = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?/[!#-+\--:<-\[\]-~]*", re.IGNORECASE)


def parse_uri(text: str) -> str:
    """An https URI, or nothing.  Raises RuleError (BIM001).

    >>> parse_uri("https://example.com/logo.svg")
    'https://example.com/logo.svg'
    """
    if not text or _URI.fullmatch(text):
        return text
    hint = "percent-encode commas and semicolons" if set(text) & set(",;") else "serve it over https"
    raise RuleError("BIM001", f"{text!r} is not an https URI with a path", hint)


def _selector(text: str) -> str:
    if text == WILDCARD:
        raise RuleError("BIM001", "'*' is not a selector", "write default")
    try:
        return parse_selector(text)
    except RuleError as error:
        raise RuleError("BIM001", error.what, error.fix) from None


class Bimi(Section):
    """`bimi:` in the YAML; `bimi: none` declines."""

    l: Annotated[str, AfterValidator(parse_uri)]  # noqa: E741 -- the tag's name in the draft
    """The logo, SVG Tiny PS; empty to decline."""
    a: Annotated[str, AfterValidator(parse_uri)] = ""
    """The certificate (VMC or CMC) in PEM form."""
    selector: Annotated[str, AfterValidator(_selector)] = "default"

    @model_validator(mode="before")
    @classmethod
    def _none_declines(cls, data: Any) -> Any:  # Any: what YAML gave, before any check
        return {"l": "", "a": ""} if data == "none" else data

    @model_validator(mode="after")
    def _logo_with_certificate(self) -> Self:
        if self.a and not self.l:
            raise RuleError("BIM001", "a names a certificate, and l no logo", "name the logo in l")
        return self

    @property
    def declined(self) -> bool:
        """Whether the domain asks that no logo be shown."""
        return not self.l


def rrsets(section: Bimi, domain: str, ttl: int) -> Iterator[RRset]:
    """The record at the selector's name."""
    name = f"{section.selector.lower()}{INFIX}{domain}"
    yield RRset(name, "TXT", ttl, (txt(format_record(section)),))


def check(section: Bimi, domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in the section and still a trap: nothing that one section could tell."""
    yield from ()


def format_record(section: Bimi) -> str:
    """The text of the record; an empty tag at the end gets its `;`, as the draft writes it.

    >>> format_record(Bimi(l="", a=""))
    'v=BIMI1; l=; a=;'
    """
    return f"v={VERSION}; l={section.l}; a={section.a}" + ("" if section.a else ";")


def parse_record(text: str) -> Bimi:
    """A record as receivers read it; unknown tags are ignored.  Raises RuleError (BIM001)."""
    tags = parse_tags(text, "BIM001")
    if next(iter(tags.items()), None) != ("v", VERSION):
        raise RuleError("BIM001", f"{text!r} does not begin with v={VERSION};")
    if "l" not in tags:
        raise RuleError("BIM001", f"{text!r} has no l tag")
    logo, certificate = parse_uri(tags["l"]), parse_uri(tags.get("a", ""))
    if certificate and not logo:
        raise RuleError("BIM001", f"{text!r} names a certificate and no logo")
    return Bimi(l=logo, a=certificate)


def owns(name: str) -> bool:
    """Whether TXT records at this owner name are BIMI's."""
    return INFIX in name


def check_rrset(name: str, texts: Sequence[str]) -> Iterator[Finding]:
    """What receivers make of the TXT records at a BIMI selector."""
    if len(texts) > 1:
        yield finding("BIM001", f"{name} has {len(texts)} TXT records, where receivers expect one")
    for text in texts:
        try:
            parse_record(text)
        except RuleError as error:
            yield finding(error.rule, f"{name}: {error.what}", fix=error.fix)
