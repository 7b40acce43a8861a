"""The TXT record at _mta-sts.<domain> (RFC 8461 §3.1): the id of the current policy.

Senders drop a text that they cannot read and then behave as if there were no policy, so a slip
of the pen here is never noticed by mail that fails, only by mail that is no longer protected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from stszone.errors import RuleError
from stszone.report import Finding, Severity
from stszone.rules import finding

VERSION = "v=STSv1"

_RECORD = re.compile(r"v=STSv1([ \t]*);(.*)", re.DOTALL)
_FIELD = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.-]{0,31})=([\x21-\x3a\x3c\x3e-\x7e]+)")
_ANY_ID = re.compile(r"id[ \t]*=", re.IGNORECASE)
_ID = re.compile(r"[A-Za-z0-9]{1,32}")
_MISSPELT = ("_mta_sts.", "_mtasts.", "_.mta-sts.", "mta-sts.", "mta_sts.")
_WHITE = " \t"


@dataclass(frozen=True, slots=True)
class Record:
    """What the TXT record says.

    Example: `v=STSv1; id=20261121T093000Z`
    """

    id: str
    """Names the current policy; 1 to 32 letters and digits, without any order."""
    extensions: tuple[tuple[str, str], ...] = ()
    """Fields that RFC 8461 does not know; senders ignore them."""


def parse_record(text: str) -> Record:
    """A record as RFC 8461 §3.1 reads it; the first `id` counts.

    One departure: white space before the first semicolon fits the grammar and is refused here,
    because senders that look for `v=STSv1;` among several records drop it (erratum 6285).
    Raises RuleError (STS002 to STS005, STS007, STS010, STS011).

    >>> parse_record("v=STSv1; id=20261121T093000Z;").id
    '20261121T093000Z'
    """
    fields = _fields(text)
    for name, value in fields:
        if name == "id":
            return Record(parse_id(value), tuple(field for field in fields if field[0] != "id"))
    if other := next((name for name, _ in fields if name.lower() == "id"), None):
        raise RuleError("STS005", f"{text!r} has {other}=, an unknown field to senders", "write id=")
    raise RuleError("STS004", f"{text!r} has no id", f"write {VERSION}; id= and letters or digits")


def parse_id(text: str) -> str:
    """The id of a policy.  Raises RuleError (STS004)."""
    if not _ID.fullmatch(text):
        found = f"{len(text)} characters" if len(text) > 32 else repr(text)
        plain = re.sub(r"[^A-Za-z0-9]", "", text)
        raise RuleError("STS004", f"the id is {found}", f"write {plain}" if 0 < len(plain) <= 32 else "")
    return text


def _fields(text: str) -> list[tuple[str, str]]:
    """The fields behind the version.  Raises what `parse_record` raises, but for STS004."""
    if not text.isascii():
        raise RuleError("STS010", f"{text!r} has characters outside ASCII")
    if not (match := _RECORD.fullmatch(text)):
        if text.startswith(('"', "'", VERSION + "\\")):
            raise RuleError("STS011", f"the text itself has quotes or backslashes: {text}", "leave them out")
        raise RuleError("STS002", f"{text!r} does not begin with {VERSION};")
    if match[1]:
        raise RuleError("STS003", f"{text!r} has white space before the first semicolon", f"write {VERSION};")
    parts = match[2].split(";")
    if not parts[-1].strip(_WHITE):
        parts.pop()  # one final delimiter is allowed
    elif parts[-1][-1] in _WHITE:
        raise RuleError("STS007", f"{text!r} ends with white space")
    return [_field(part.strip(_WHITE), text) for part in parts]


def _field(part: str, text: str) -> tuple[str, str]:
    if not part:
        raise RuleError("STS007", f"{text!r} has an empty field", "write one semicolon where there are two")
    if part.startswith("id=") and not part.startswith(("id= ", "id=\t")):
        if '"' in part or "\\" in part:
            raise RuleError("STS011", f"{part} has a quote or a backslash", "publish it without")
        return "id", part[3:]
    if match := _FIELD.fullmatch(part):
        return match[1], match[2]
    if _ANY_ID.match(part):
        raise RuleError("STS005", f"{part!r} is not how an id is written", "write id=, without spaces")
    raise RuleError("STS007", f"{part!r} is not a field of the form name=value")


def format_record(policy_id: str) -> str:
    """The text that every known sender reads.  Raises RuleError (STS004).

    >>> format_record("20261121T093000Z")
    'v=STSv1; id=20261121T093000Z'
    """
    return f"{VERSION}; id={parse_id(policy_id)}"


def owns(name: str) -> bool:
    """Whether TXT records at this owner name are MTA-STS's, or were meant to be."""
    return name.startswith(("_mta-sts.", *_MISSPELT))


def check_rrset(name: str, texts: Sequence[str]) -> Iterator[Finding]:
    """What senders make of the TXT records at _mta-sts."""
    if not name.startswith("_mta-sts."):
        for text in texts:
            if text.strip().lower().startswith("v=stsv1"):
                yield finding("STS001", f"{text!r} stands at {name}", fix="move it to _mta-sts.<domain>")
        return
    records = [text for text in texts if text.startswith(VERSION + ";")]
    if len(records) > 1:
        yield finding("STS006", f"{name} has {len(records)} records that begin with {VERSION};")
    for text in texts:
        yield from _check_text(text, alone=len(texts) == 1, unrelated=bool(records) and text not in records)


def _check_text(text: str, *, alone: bool, unrelated: bool) -> Iterator[Finding]:
    try:
        record = parse_record(text)
    except RuleError as error:
        if unrelated and error.rule in ("STS002", "STS010"):
            yield finding("STS006", f"{text!r} has nothing to do with MTA-STS", severity=Severity.WARNING)
        else:
            # A lone record with that white space still reaches most senders.
            severity = Severity.WARNING if error.rule == "STS003" and alone else None
            yield finding(error.rule, error.what, fix=error.fix, severity=severity)
        return
    ids = sum(name == "id" for name, _ in _fields(text))
    if ids > 1:
        yield finding("STS008", f"{text!r} has {ids} ids", severity=Severity.ERROR)
    for unknown in sorted({name for name, _ in record.extensions}):
        yield finding("STS009", f"{text!r} has the field {unknown}")
    if '"' in text or "\\" in text:
        yield finding("STS011", f"{text!r} has a quote or a backslash", severity=Severity.WARNING)
