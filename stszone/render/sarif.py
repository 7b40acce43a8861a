"""Findings as SARIF 2.1.0 (OASIS), for code scanning.

The document is kept within what GitHub takes of one run: 25,000 results and 10 MB.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import quote

from stszone.render.place import fingerprints, gravest_first
from stszone.report import Finding, Severity, key_text
from stszone.rules import RULES
from stszone.standards.rrset import visible

RESULTS = 25_000
SIZE = 10_000_000
"""Bytes."""

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVEL = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "note"}
_RULES_SIZE = 2_000
"""Bytes that stand around the results, and for each rule."""


def document(findings: Iterable[Finding], version: str, otherwise: str = "") -> str:
    """The findings as one run, the gravest first; those that there is no room for are left out.

    `otherwise` is the file that findings without one are shown at: GitHub refuses a whole document
    for one result without a file.
    """
    chosen = gravest_first(findings)[:RESULTS]
    ids = list(dict.fromkeys(one.rule for one in chosen))
    room = SIZE - _RULES_SIZE * (len(ids) + 1)
    results = []
    for one, name in zip(chosen, fingerprints(chosen), strict=True):
        result = _result(one, ids.index(one.rule), name, otherwise)
        room -= len(json.dumps(result)) + 2
        if room < 0:
            break
        results.append(result)
    driver = {"name": "stszone", "version": version, "rules": [_rule(one) for one in ids]}
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]})


def _rule(id_: str) -> Mapping[str, object]:
    entry = RULES.get(id_)
    if entry is None:
        return {"id": id_}
    help_ = f"Otherwise: {entry.consequence} Way out: {entry.fix}"
    return {
        "id": id_,
        "shortDescription": {"text": f"{entry.statement} ({entry.source})"},
        "fullDescription": {"text": entry.why},
        "help": {"text": help_},
        "defaultConfiguration": {"level": _LEVEL[entry.severity]},
    }


def _result(found: Finding, index: int, fingerprint: str, otherwise: str) -> Mapping[str, object]:
    said = [found.message, f"Otherwise: {found.consequence}", f"Way out: {found.fix}"]
    # `[text](target)` is a link in a SARIF message (§3.11.6).
    text = visible(". ".join(part.rstrip(".") for part in said)).replace("](", "] (")
    return {
        "ruleId": found.rule,
        "ruleIndex": index,
        "level": _LEVEL[found.severity],
        "message": {"text": text},
        "locations": [dict(_location(found, otherwise))],
        # By this name GitHub recognises a result that has moved.
        "partialFingerprints": {"primaryLocationLineHash": fingerprint},
    }


def _location(found: Finding, otherwise: str) -> Iterator[tuple[str, object]]:
    """The place in a file; the mail domain and key stand beside it."""
    if file := found.file or otherwise:
        physical: dict[str, object] = {"artifactLocation": {"uri": _uri(file)}}
        if found.file and found.line:
            region = {"startLine": found.line}
            physical["region"] = region | ({"startColumn": found.column} if found.column else {})
        elif not found.file:
            physical["region"] = {"startLine": 1}
        yield "physicalLocation", physical
    if name := ": ".join(filter(None, (found.domain, key_text(found.key)))):
        yield "logicalLocations", [{"fullyQualifiedName": visible(name)}]


def _uri(path: str) -> str:
    """A relative reference (RFC 3986 §4.2): `:` in the first segment would make it a scheme."""
    return quote(path.lstrip("/"), safe="/", errors="surrogatepass")
