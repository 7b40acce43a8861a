"""Site verification: texts at the apex by which services recognise who holds the domain.

No RFC describes them; they share the TXT RRset of the domain with SPF and with those of others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator

from stszone.errors import RuleError
from stszone.report import Finding, Severity
from stszone.rules import finding
from stszone.standards.rrset import RRset, txt

_ELSEWHERE = {
    "v=spf1": ("SPF001", "spf"),
    "v=dmarc1": ("DMA001", "dmarc"),
    "v=stsv1": ("STS001", "mta_sts"),
    "v=tlsrptv1": ("TRP001", "tls_rpt"),
    "v=dkim1": ("DKM001", "dkim"),
}
"""Texts that have a section of their own, by the rule which they would break at the domain itself."""


def parse_record(text: str) -> str:
    """One text.

    Raises RuleError (DNS003, OCT001, OCT002, OCT006, and the rule of a record that belongs elsewhere).

    >>> parse_record("google-site-verification=abc")
    'google-site-verification=abc'
    """
    version = re.split(r"[\s;]", text.strip(), maxsplit=1)[0].lower()
    if elsewhere := _ELSEWHERE.get(version):
        rule, section = elsewhere
        raise RuleError(rule, f"{text!r} is not a site verification", f"describe it under `{section}:`")
    if "\\;" in text:
        raise RuleError("OCT001", f"{text!r} has an escaped semicolon", "write ; without the backslash")
    txt(text)
    return text


def format_record(token: str) -> str:
    """The text of the record: the token itself."""
    return token


Token = Annotated[str, AfterValidator(parse_record)]
"""One entry of `site_verification:` in the YAML."""


def rrsets(section: Sequence[str], domain: str, ttl: int) -> Iterator[RRset]:
    """The texts at the domain itself, as one RRset."""
    if section:
        yield RRset(domain, "TXT", ttl, tuple(map(txt, section)))


def check(section: Sequence[str], domain: str) -> Iterator[Finding]:
    """What is legal in the section and still a slip."""
    for index, token in enumerate(section):
        if token.endswith("="):
            what = f"{token!r} ends with its equals sign"
            yield finding("DNS003", what, key=(index,), fix="add the value", severity=Severity.WARNING)
