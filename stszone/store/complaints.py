"""From pydantic's errors to findings: which key, what is there, which rule, the way out."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from functools import cache
from typing import get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from stszone.domain import MailDomain
from stszone.errors import RuleError
from stszone.report import Finding, Key, Severity
from stszone.rules import finding
from stszone.standards.dkim_key import ECHO

BESIDE = ("extends", "domains", "zone")
"""Keys of a file that are not the domain's own."""

_LONGEST_KEY = 40
"""Characters of a key that a message repeats; whoever pastes a private key makes a longer one."""

LONGEST = 60
"""Characters of a value that a message repeats."""

_MARK = re.compile(r"\[key\]|(function|lax|list|tuple|dict|nullable|union)[a-z-]*\[.*\]")
"""What pydantic puts among the keys: the key of a mapping, the branch of a union."""

_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "a mapping",
    "model_type": "a mapping",
    "float_type": "a number",
}


def complaints(error: ValidationError) -> Iterator[Finding]:
    """One finding for each error of a mail domain."""
    for detail in error.errors(include_url=False):
        key = yaml_key(detail["loc"])
        cause = detail.get("ctx", {}).get("error")
        if isinstance(cause, RuleError):
            # What cannot be built is an error, also where the rule is milder about live data.
            yield finding(cause.rule, cause.what, key=key, fix=cause.fix, severity=Severity.ERROR)
        elif detail["type"] == "extra_forbidden":
            yield _unknown(key)
        elif detail["type"] == "missing":
            yield finding("INP003", f"{key[-1]} is missing", key=key[:-1])
        else:
            yield _wrong_type(key, detail)


def _wrong_type(key: Key, detail: ErrorDetails) -> Finding:
    value = detail["input"]
    shown = _shown(value, ECHO if key[:1] == ("dkim",) else LONGEST)
    expected = _EXPECTED.get(detail["type"])
    if expected is None:
        return finding("INP003", f"{shown}: {detail['msg'][0].lower()}{detail['msg'][1:]}", key=key)
    fix = f'write "{value}" in quotes' if expected == "a text" and isinstance(value, int | float) else ""
    return finding("INP003", f"{shown} where {expected} belongs", key=key, fix=fix)


def _shown(value: object, longest: int) -> str:
    """A value in a message; a long one could be a key that went astray, so only its size is told."""
    text = repr(value)
    return text if len(text) <= longest else f"a {type(value).__name__} of {len(text)} characters"


def yaml_key(loc: Key) -> Key:
    """The place of an error as the YAML has it.

    pydantic marks the key of a mapping with `[key]` and names the branch of a union.
    """
    key = (*loc[:1], *(part for part in loc[1:] if not (isinstance(part, str) and _MARK.fullmatch(part))))
    if key[:1] == ("adsp",):
        return ("dkim", "adsp")
    return ("domains",) if key[:1] == ("name",) else key


def _unknown(key: Key) -> Finding:
    name = str(key[-1])
    known = sorted(_known(key[:-1]))
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
    fix = f"did you mean {near[0]}?" if near else f"known here: {', '.join(known)}"
    shown = name if len(name) <= _LONGEST_KEY else f"of {len(name)} characters"
    return finding("INP002", f"unknown key {shown}", key=key, fix=fix)


@cache
def _known(above: Key) -> frozenset[str]:
    """The keys that exist in a section; for the top, those of a file."""
    if not above:
        return (frozenset(MailDomain.model_fields) - {"name", "adsp"}) | set(BESIDE)
    field = MailDomain.model_fields.get(str(above[0]))
    names: set[str] = set()
    for model in _models(field.annotation) if field else ():
        names |= set(model.model_fields)
    return frozenset(names)


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """Every section class inside an annotation, with the sections inside them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _models(field.annotation)
    for inner in get_args(annotation):
        yield from _models(inner)
