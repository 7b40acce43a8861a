"""What GitHub's runner reads from a job's output: annotations, and what must not become one."""

# No `from __future__ import annotations`: that is a name of this module.

import re
from collections import Counter
from collections.abc import Iterable

from stszone.render.place import gravest_first
from stszone.render.words import plural
from stszone.report import Finding, Severity
from stszone.standards.rrset import visible

SHOWN = 10
"""Annotations of each kind that GitHub shows for one step; it drops the rest without a word."""

_COMMAND = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
_LEADING = re.compile(r"^(\s*)::", re.MULTILINE)


def annotations(findings: Iterable[Finding]) -> str:
    """A line for each finding that GitHub can show, errors first; the last says how many it cannot."""
    chosen = gravest_first(findings)
    # A place among the notices is for the last line.
    rooms = {severity: SHOWN - (severity is Severity.INFO) for severity in Severity}
    taken: Counter[Severity] = Counter()
    lines = []
    for one in chosen:
        taken[one.severity] += 1
        if taken[one.severity] <= rooms[one.severity]:
            lines.append(_annotation(one))
    more = {severity: max(0, taken[severity] - rooms[severity]) for severity in Severity}
    if left := [plural(number, f"more {_COMMAND[severity]}") for severity, number in more.items() if number]:
        lines.append(f"::notice title=stszone::{', '.join(left)} in the output of this step")
    return "".join(f"{line}\n" for line in lines)


def _annotation(found: Finding) -> str:
    title = f"{found.rule} {found.domain}" if found.domain else found.rule
    place = {"file": found.file, "line": found.line if found.file else None}
    place["col"] = found.column if place["line"] else None
    given = {name: value for name, value in place.items() if value} | {"title": title}
    properties = ",".join(f"{name}={_property(str(value))}" for name, value in given.items())
    said = (found.message, f"Otherwise: {found.consequence}", f"Way out: {found.fix}")
    return f"::{_COMMAND[found.severity]} {properties}::{'%0A'.join(map(_data, said))}"


def _data(text: str) -> str:
    """A message: one line, in which `%` is no escape.

    >>> _data("100%")
    '100%25'
    """
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    """A property's value, in which `:` and `,` end nothing."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def harmless(text: str) -> str:
    """A report for a job's log, in which nothing is a command to the runner.

    The runner obeys `::` at the beginning of a line, behind spaces too, and `##[` anywhere.

    >>> print(harmless("  ::stop-commands::x"))
      \\::stop-commands::x
    """
    return _LEADING.sub(r"\1\\::", text).replace("##[", "#\\#[")
