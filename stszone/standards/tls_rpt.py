"""TLS-RPT (RFC 8460): where senders report that TLS to the domain's MX hosts failed.

A TXT record at _smtp._tls.<domain> lists mailto: and https: addresses.  Unlike DMARC there is
no authorisation for addresses elsewhere, and reports are mailed even when TLS is broken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Annotated

from pydantic import AfterValidator, Field

from stszone.errors import RuleError
from stszone.report import Finding, Severity
from stszone.rules import finding
from stszone.standards.names import is_within
from stszone.standards.rrset import RRset, txt
from stszone.standards.section import Frozen, Section

PREFIX = "_smtp._tls."
VERSION = "v=TLSRPTv1"

_REPORT_AUTHORIZATION = ("_report._tls.", "_report._smtp._tls.")
_WHITE = " \t"
_FIELD = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\x21-\x3a\x3c\x3e-\x7e]([\x20-\x3a\x3c-\x7e]*[\x21-\x3a\x3c-\x7e])?)"
)
_URI = re.compile(r"(mailto|https):([\x21-\x7e]+)", re.IGNORECASE | re.ASCII)
_REST = {"mailto": re.compile(r"[^@?]+@[^@?]+(\?.*)?"), "https": re.compile(r"//[^/?#]+.*")}


def parse_uri(text: str) -> str:
    """One reporting address, its scheme in lower case.  Raises RuleError (TRP003, TRP004).

    >>> parse_uri("mailto:tls@example.com")
    'mailto:tls@example.com'
    """
    if not (match := _URI.fullmatch(text)):
        hint = f"write mailto:{text}" if "@" in text and ":" not in text else ""
        raise RuleError("TRP003", f"{text!r} is neither a mailto: nor an https: URI", hint)
    if found := re.search("[,!;]", text):
        raise RuleError("TRP004", f"{text!r} has a bare {found[0]!r}", f"write %{ord(found[0]):02X} for it")
    scheme, rest = match[1].lower(), match[2]
    if not _REST[scheme].fullmatch(rest):
        missing = "mailbox" if scheme == "mailto" else "host"
        raise RuleError("TRP003", f"{text!r} has no {missing} behind {scheme}:")
    return f"{scheme}:{rest}"


class TlsRpt(Section):
    """`tls_rpt:` in the YAML, and the record it becomes."""

    rua: Annotated[tuple[Annotated[str, AfterValidator(parse_uri)], ...], Frozen, Field(min_length=1)]
    """Where reports go, in order of preference; every sender may use any of them."""


def rrsets(section: TlsRpt, domain: str, ttl: int) -> Iterator[RRset]:
    """The record at _smtp._tls."""
    yield RRset(PREFIX + domain, "TXT", ttl, (txt(format_record(section.rua)),), key=("rua",))


def check(section: TlsRpt, domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in the section and still a trap."""
    if all(is_within(_mail_domain(uri), domain) for uri in section.rua):
        yield finding("TRP008", f"all reports go to {domain} itself", key=("rua",))
    if ttl < 3600:
        yield finding("TRP011", f"the TTL is {ttl} seconds", key=("rua",))


def _mail_domain(uri: str) -> str:
    """Where a mailto: URI delivers to; empty for the others."""
    return uri.partition("?")[0].rpartition("@")[2].lower() if uri.startswith("mailto:") else ""


def format_record(rua: Sequence[str]) -> str:
    """The text that every known sender reads.

    >>> format_record(["mailto:tls@example.com"])
    'v=TLSRPTv1; rua=mailto:tls@example.com'
    """
    return f"{VERSION}; rua={','.join(rua)}"


def parse_record(text: str) -> TlsRpt:
    """A record as RFC 8460 §3 reads it; unknown fields are ignored, the first `rua` counts.

    Raises RuleError (TRP001 to TRP004).
    """
    if not text.startswith(VERSION + ";"):
        raise RuleError("TRP001", f"{text!r} does not begin with {VERSION};")
    for name, value in _fields(text):
        if name == "rua":
            return TlsRpt(rua=tuple(parse_uri(uri) for uri in re.split(r"[ \t]*,[ \t]*", value)))
    raise RuleError("TRP002", f"{text!r} has no rua field")


def _fields(text: str) -> list[tuple[str, str]]:
    """The fields behind the version.  Raises RuleError (TRP002, TRP007)."""
    parts = text.split(";")[1:]
    if not parts[-1].strip(_WHITE):
        parts.pop()  # one final delimiter is allowed
    elif parts[-1][-1] in _WHITE:
        raise RuleError("TRP007", f"{text!r} ends with white space")
    fields = []
    for part in (part.strip(_WHITE) for part in parts):
        if not part:
            raise RuleError("TRP007", f"{text!r} has an empty field")
        if not (match := _FIELD.fullmatch(part)):
            raise RuleError("TRP002", f"{part!r} is not a field of the form name=value")
        fields.append((match[1], match[2]))
    return fields


def owns(name: str) -> bool:
    """Whether TXT records at this owner name are TLS-RPT's, or were meant to be."""
    return name.startswith(PREFIX) or any(prefix in name for prefix in _REPORT_AUTHORIZATION)


def check_rrset(name: str, texts: Sequence[str]) -> Iterator[Finding]:
    """What senders make of the TXT records at _smtp._tls."""
    if not name.startswith(PREFIX):
        yield finding("TRP009", f"{name} is modelled on DMARC and means nothing in TLS-RPT")
        return
    records = [text for text in texts if text.startswith(VERSION + ";")]
    if len(records) != 1:
        found = f"{len(records)} records that begin" if records else f"{texts[0]!r}, which does not begin"
        yield finding("TRP001", f"{name} has {found} with {VERSION};")
    for text in records:
        try:
            parse_record(text)
        except RuleError as error:
            yield finding(error.rule, error.what, fix=error.fix)
            continue
        names = [field for field, _ in _fields(text)]
        if re.search(r"\s,|,\s", text):
            yield finding("TRP005", f"{text!r} has spaces around a comma")
        if names.count("rua") > 1:
            yield finding("TRP006", f"{text!r} has {names.count('rua')} rua fields")
        for unknown in sorted(set(names) - {"rua"}):
            yield finding("TRP007", f"{text!r} has the field {unknown}", severity=Severity.WARNING)
