"""The MTA-STS policy (RFC 8461 §3.2): the text file on the policy host, and what its `mx` lines allow.

What we write is the one form that all known senders read: `version` first, `mx` lines sorted, a
single final line end.  What others serve is judged by the RFC: keys in any order, unknown keys
ignored, the first of a repeated key counts, LF or CRLF.

Why LF, where the RFC's examples have CRLF: both are legal and all known senders take both, but
the file passes through git, editors and rsync on its way, and a CRLF that one of them quietly
turns into LF would no longer be the bytes that the ledger remembers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from stszone.errors import RuleError
from stszone.report import Finding, Severity
from stszone.rules import finding
from stszone.standards.mta_sts_pattern import parse_pattern
from stszone.standards.names import is_within

MODES = ("testing", "enforce", "none")
MAX_MAX_AGE = 31557600
"""Seconds: a year of 365.25 days (RFC 8461 §3.2)."""
MAX_SIZE = 65536
"""Octets that every sender reads of a policy (RFC 8461 §3.3)."""

_SINGLE = frozenset({"version", "mode", "max_age"})
_DAY = 86400
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_MAX_AGE = re.compile(r"[0-9]{1,10}")
_WHITE = " \t"


@dataclass(frozen=True, slots=True)
class Policy:
    """What a policy says to a sender."""

    mode: str
    """`testing`, `enforce` or `none`."""
    max_age: int
    """Seconds for which a sender may keep the policy."""
    mx: tuple[str, ...]
    """The patterns in the order of their lines, in lower case."""
    extensions: tuple[tuple[str, str], ...] = ()
    """Keys that RFC 8461 does not know, with their values; senders ignore them."""


@lru_cache(maxsize=4096)
def parse_policy(data: bytes) -> Policy:
    """A policy body as RFC 8461 §3.2 reads it.

    Raises RuleError (STS020, STS022, STS023, STS025 to STS027, STS029 to STS032, STS035).
    """
    fields = _fields(data)
    single = {name: value for name, value in reversed(fields) if name in _SINGLE}  # the first one stays
    if single.get("version") != "STSv1":
        found = f"version is {single['version']!r}" if "version" in single else "there is no version line"
        raise RuleError("STS020", found, "begin the policy with the line version: STSv1")
    if "mode" not in single:
        raise RuleError("STS022", "there is no mode line", "add for example mode: testing")
    if "max_age" not in single:
        raise RuleError("STS023", "there is no max_age line", "add for example max_age: 604800")
    mode = parse_mode(single["mode"])
    max_age = _parse_max_age(single["max_age"])
    mx = tuple(parse_pattern(value) for name, value in fields if name == "mx")
    _need_mx(mode, mx)
    extensions = tuple(field for field in fields if field[0] not in _SINGLE and field[0] != "mx")
    return Policy(mode, max_age, mx, extensions)


def _fields(data: bytes) -> list[tuple[str, str]]:
    """The lines as names and values.  Raises RuleError (STS020, STS031, STS032, STS035)."""
    lines = _lines(data)
    fields = []
    for number, line in enumerate(lines, start=1):
        name, colon, value = line.partition(":")
        value = value.strip(_WHITE)
        known = name in _SINGLE or name == "mx"
        if not colon or not _NAME.fullmatch(name) or not (known or value) or _CONTROL.search(value):
            raise RuleError("STS031", f"line {number} {_line_problem(line)}", "write name: value and no more")
        fields.append((name, value))
    return fields


def _lines(data: bytes) -> list[str]:
    if len(data) > MAX_SIZE:
        raise RuleError("STS035", f"the policy has {len(data)} octets, {MAX_SIZE} are allowed")
    if not data:
        raise RuleError("STS020", "the policy is empty", "begin it with the line version: STSv1")
    if data.startswith(b"\xef\xbb\xbf"):
        raise RuleError("STS031", "a byte order mark stands before the first line", "save it as plain ASCII")
    try:
        text = data.decode("utf-8")  # values of unknown keys may be UTF-8 (RFC 8461 §3.2, sts-policy-vchar)
    except UnicodeDecodeError as error:
        raise RuleError("STS031", f"octet {error.start} is not UTF-8", "save it as plain ASCII") from None
    text = text.replace("\r\n", "\n")
    if "\r" in text:
        raise RuleError("STS032", "a carriage return stands without a line feed", "end lines with LF")
    return text.removesuffix("\n").split("\n")


def _line_problem(line: str) -> str:
    if not line.strip():
        return "is blank"
    if line[0].isspace():
        return "begins with white space"
    if line[0] == "#":
        return "is a comment"
    if line.partition(":")[0].endswith((" ", "\t")):
        return "has white space before the colon"
    return f"is {line[:60]!r}"


def parse_mode(text: str) -> str:
    """The mode of a policy.  Raises RuleError (STS022)."""
    if text not in MODES:
        near = text.strip().lower()
        raise RuleError("STS022", f"mode is {text!r}", f"write {near}" if near in MODES else "")
    return text


def check_max_age(seconds: int) -> int:
    """A max_age that policies may have.  Raises RuleError (STS023)."""
    if not 0 <= seconds <= MAX_MAX_AGE:
        what = f"max_age is {seconds}, which is not within 0 and {MAX_MAX_AGE} seconds"
        raise RuleError("STS023", what, f"write {MAX_MAX_AGE}, a year, or less" if seconds > 0 else "")
    return seconds


def _parse_max_age(text: str) -> int:
    if not _MAX_AGE.fullmatch(text):
        raise RuleError("STS023", f"max_age is {text[:60]!r}, not a whole number of seconds")
    return check_max_age(int(text))


def _need_mx(mode: str, mx: Sequence[str]) -> None:
    if mode != "none" and not mx:
        raise RuleError("STS025", f"mode is {mode} and no MX host is named", "name every MX host")


def format_policy(mode: str, max_age: int, mx: Iterable[str]) -> bytes:
    """The body that every known sender reads; equal policies give equal bytes.

    Raises RuleError (STS022, STS023, STS025 to STS027, STS029, STS030, STS035).

    >>> format_policy("enforce", 604800, ["mail.example.com"])
    b'version: STSv1\\nmode: enforce\\nmx: mail.example.com\\nmax_age: 604800\\n'
    """
    patterns = sorted({parse_pattern(pattern) for pattern in mx})
    _need_mx(parse_mode(mode), patterns)
    mx_lines = [f"mx: {pattern}" for pattern in patterns]
    lines = ["version: STSv1", f"mode: {mode}", *mx_lines, f"max_age: {check_max_age(max_age)}"]
    data = "".join(f"{line}\n" for line in lines).encode("ascii")
    if len(data) > MAX_SIZE:
        raise RuleError("STS035", f"the policy has {len(data)} octets, {MAX_SIZE} are allowed")
    return data


def check_policy(data: bytes) -> Iterator[Finding]:
    """What is wrong with a body that somebody serves, or legal and still a trap."""
    try:
        policy = parse_policy(data)
    except RuleError as error:
        yield finding(error.rule, error.what, fix=error.fix)
        return
    fields = _fields(data)
    if fields[0][0] != "version":
        yield finding("STS021", f"the first line is {fields[0][0]}, not version")
    if 0 < data.count(b"\r\n") < data.count(b"\n"):
        yield finding("STS032", "some lines end with CRLF and some with LF")
    for name in sorted(_SINGLE):
        values = [value for field, value in fields if field == name]
        if len(values) > 1:
            # Senders take the first, the last, or none, so it matters only when they differ.
            severity = Severity.ERROR if len(set(values)) > 1 else Severity.WARNING
            yield finding(
                "STS033", f"{name} is there {len(values)} times: {', '.join(values)}", severity=severity
            )
    for name, _ in policy.extensions:
        yield finding("STS034", f"the policy has the key {name}")
    for found in check_values(policy.mode, policy.max_age, policy.mx):
        yield replace(found, key=())  # the keys of a section mean nothing in a file that is served


def check_values(mode: str, max_age: int, mx: Sequence[str], domain: str = "") -> Iterator[Finding]:
    """What is legal in a policy's values and unwise; `domain` is the policy domain, if known."""
    if mode == "enforce" and max_age < _DAY:
        yield finding("STS024", f"max_age is {max_age} seconds in mode enforce", key=("max_age",))
    for index, pattern in enumerate(mx):
        parent = pattern.removeprefix("*.")
        if parent != pattern:
            broad = "." not in parent or (domain and is_within(domain, parent))
            severity = Severity.WARNING if broad else Severity.INFO
            yield finding(
                "STS036", f"{pattern} allows every host in {parent}", key=("mx", index), severity=severity
            )


def same_policy(a: bytes, b: bytes) -> bool:
    """Whether two bodies mean the same to a sender, however they are written."""
    try:
        return _meaning(parse_policy(a)) == _meaning(parse_policy(b))
    except RuleError:
        return a == b


def _meaning(policy: Policy) -> tuple[str, int, frozenset[str]]:
    return policy.mode, policy.max_age, frozenset(policy.mx if policy.mode != "none" else ())


def describe(policy: Policy) -> str:
    """A policy in a few words.

    >>> describe(Policy("enforce", 604800, ("mx1.example.com", "mx2.example.com")))
    'enforce, max_age 7 days, 2 MX hosts'
    """
    text = f"{policy.mode}, max_age {_duration(policy.max_age)}"
    if not policy.mx:
        return text
    noun = "mx pattern" if any(pattern.startswith("*.") for pattern in policy.mx) else "MX host"
    return f"{text}, {_count(len(policy.mx), noun)}"


def _duration(seconds: int) -> str:
    for size, unit in ((_DAY, "day"), (3600, "hour"), (60, "minute")):
        if seconds and seconds % size == 0:
            return _count(seconds // size, unit)
    return _count(seconds, "second")


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"
