"""CAA (RFC 8659, RFC 8657): which CAs may issue certificates for a name.

CAs pass over what they do not understand, so that a misspelt tag protects nobody without a
word; here it is refused.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, model_validator

from stszone.errors import RuleError
from stszone.report import Finding
from stszone.rules import finding
from stszone.standards.rrset import RRset
from stszone.standards.section import Section

ISSUE_TAGS = ("issue", "issuewild", "issuemail", "issuevmc")
"""Tags whose value names a CA (RFC 8659 §4.2, §4.3; RFC 9495; the VMC requirements of BIMI)."""

TAGS = (*ISSUE_TAGS, "iodef", "contactemail", "contactphone")
"""The tags of the IANA registry that CAs act on."""

METHODS = ("http-01", "dns-01", "tls-alpn-01", "dns-account-01", "dns-persist-01", "email-reply-00")
"""ACME validation methods that `validationmethods` may name, beside `ca-…` (RFC 8657 §4)."""

CRITICAL = 128

_TEXT = re.compile(r'(\d{1,5})\s+(\S+)\s+(?:"([^"]*)"|(\S+))')
_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_PARAMETER = rf"{_LABEL}[ \t]*=[ \t]*[\x21-\x3a\x3c-\x7e]*"
_PARAMETERS = rf"(?:{_PARAMETER}(?:[ \t]*;[ \t]*{_PARAMETER})*)?"
_ISSUE = re.compile(rf"[ \t]*((?:{_LABEL}(?:\.{_LABEL})*)?)[ \t]*(?:;[ \t]*({_PARAMETERS})[ \t]*;?[ \t]*)?")
_IODEF = re.compile(r"mailto:[^@\s]+@[^@\s]+|https?://\S+")
_PLAIN = re.compile(r"[ !#-\[\]-~]*")


def _flags(value: int) -> int:
    if value in (0, CRITICAL):
        return value
    raise RuleError("CAA004", f"flags {value} are neither 0 nor {CRITICAL}")


def _tag(value: str) -> str:
    tag = value.lower()
    if tag in TAGS:
        return tag
    near = difflib.get_close_matches(tag, TAGS, n=1)
    raise RuleError("CAA003", f"{value!r} is not a tag that CAs know", f"write {near[0]}" if near else "")


class CaaProperty(Section):
    """One CAA record: `0 issue "letsencrypt.org"`, or its parts."""

    flags: Annotated[int, AfterValidator(_flags)] = 0
    tag: Annotated[str, AfterValidator(_tag)]
    value: str

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, data: Any) -> Any:  # Any: what YAML gave, before any check
        if not isinstance(data, str):
            return data
        return dict(zip(("flags", "tag", "value"), _parts(data), strict=True))

    @model_validator(mode="after")
    def _value_fits_tag(self) -> CaaProperty:
        _fits(self.tag, self.value)
        return self

    @property
    def issuer(self) -> str:
        """The CA that an issue tag names; empty for nobody."""
        match = _ISSUE.fullmatch(self.value)
        return match[1].lower() if match else ""

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """What follows the CA: `accounturi=…`, `validationmethods=…`."""
        match = _ISSUE.fullmatch(self.value)
        parts = (part.partition("=") for part in (match[2] or "").split(";")) if match else ()
        return [(name.strip().lower(), value.strip()) for name, equals, value in parts if equals]


def _fits(tag: str, value: str) -> None:
    """Raises RuleError (CAA004) for a value that its tag cannot have."""
    shape = _ISSUE if tag in ISSUE_TAGS else _IODEF if tag == "iodef" else _PLAIN
    if not (shape.fullmatch(value) and _PLAIN.fullmatch(value)):
        raise RuleError("CAA004", f"{value!r} is not a value of {tag}")


def _parts(text: str) -> tuple[int, str, str]:
    """Flags, tag and value of a record's text.  Raises RuleError (CAA004)."""
    if not (match := _TEXT.fullmatch(text.strip())):
        raise RuleError("CAA004", f'{text!r} is not of the form: 0 issue "letsencrypt.org"')
    return int(match[1]), match[2], match[4] if match[3] is None else match[3]


def rrsets(section: Sequence[CaaProperty], domain: str, ttl: int) -> Iterator[RRset]:
    """The CAA RRset of the domain."""
    if section:
        yield RRset(domain, "CAA", ttl, tuple(map(format_record, section)))


def check(section: Sequence[CaaProperty], domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in the section and still a trap."""
    for index, record in enumerate(section):
        for found in _check_pins(record):
            yield found.at(index)


def _check_pins(record: CaaProperty) -> Iterator[Finding]:
    """Whether the pins of RFC 8657 can match at all; only the CA knows whether they do."""
    for name, value in record.parameters:
        if name == "accounturi" and not value.startswith("https://"):
            yield finding("CAA005", f"accounturi {value!r} is not an https: URI")
        if name == "validationmethods":
            for method in value.split(","):
                if method not in METHODS and not method.startswith("ca-"):
                    fix = f"use one of {', '.join(METHODS)}"
                    yield finding("CAA005", f"{method!r} is not a validation method", fix=fix)


def parse_record(rdata: str) -> CaaProperty:
    """The rdata of one CAA record.  Raises RuleError (CAA003, CAA004).

    >>> parse_record('0 issue "letsencrypt.org"').issuer
    'letsencrypt.org'
    """
    flags, tag, value = _parts(rdata)
    flags, tag = _flags(flags), _tag(tag)
    _fits(tag, value)
    return CaaProperty(flags=flags, tag=tag, value=value)


def format_record(record: CaaProperty) -> str:
    """The rdata of one CAA record.

    >>> format_record(CaaProperty(tag="issue", value="letsencrypt.org"))
    '0 issue "letsencrypt.org"'
    """
    return f'{record.flags} {record.tag} "{record.value}"'


def permits_nobody(rdatas: Iterable[str]) -> bool:
    """Whether a CAA RRset forbids every CA to issue for its very name.

    A property that a CA does not understand restricts nobody, unless it is critical (RFC 8659 §4.1).
    """
    records = []
    for rdata in rdatas:
        try:
            records.append(parse_record(rdata))
        except RuleError as error:
            if error.rule == "CAA003" and rdata.startswith(f"{CRITICAL} "):
                return True
    issue = [record for record in records if record.tag == "issue"]
    return bool(issue) and not any(record.issuer for record in issue)


def check_rdatas(name: str, rdatas: Sequence[str]) -> Iterator[Finding]:
    """What CAs make of the CAA records at a name."""
    for rdata in rdatas:
        try:
            record = parse_record(rdata)
        except RuleError as error:
            yield finding(error.rule, f"{name}: {error.what}", fix=error.fix)
        else:
            yield from _check_pins(record)
