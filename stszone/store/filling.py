"""`{domain}` and key files: what a file leaves to be filled in for each of its mail domains."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from stszone.errors import RuleError
from stszone.report import Finding, Key
from stszone.rules import finding
from stszone.store import yaml_file

_BASE64 = re.compile("[A-Za-z0-9+/=]{40}")
"""What a key has and a path has not."""


def _fill(value: object, domain: str, at: Key, found: list[Finding]) -> object:
    """`{domain}` in every text and key."""
    if isinstance(value, str):
        return value.replace(yaml_file.DOMAIN, domain)
    if isinstance(value, list):
        return [_fill(item, domain, (*at, index), found) for index, item in enumerate(value)]
    if isinstance(value, dict):
        return fill_mapping(value, domain, at, found)
    return value


def fill_mapping(
    value: Mapping[str, object], domain: str, at: Key, found: list[Finding]
) -> dict[str, object]:
    """`{domain}` in all keys and texts of a mapping; names that meet by it are added to `found`."""
    filled: dict[str, object] = {}
    for key, item in value.items():
        name = key.replace(yaml_file.DOMAIN, domain)
        if name in filled:
            found.append(
                finding("INP004", f"{name} stands here with {{domain}} and without", key=(*at, name))
            )
        filled[name] = _fill(item, domain, (*at, name), found)
    return filled


def read_keys(directory: Path, data: dict[str, object], found: list[Finding]) -> None:
    """DKIM key files: the path in the YAML becomes the text of the file."""
    selectors = data.get("dkim")
    if not isinstance(selectors, dict):
        return
    for selector, entry in selectors.items():
        if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
            continue
        if not _is_path(entry["key"]):
            entry["key"] = None  # the standard says what belongs here, and cannot repeat what was
        else:
            try:
                entry["key"] = {"file": entry["key"], "text": _read_key(directory, entry["key"])}
            except RuleError as error:
                found.append(finding(error.rule, error.what, key=("dkim", selector, "key"), fix=error.fix))
                selectors = {name: one for name, one in selectors.items() if name != selector}
                data["dkim"] = selectors


def _is_path(text: str) -> bool:
    """Whether a text can be the name of a key file; a pasted key never reaches a message."""
    if len(text) > 200 or not text.isprintable() or "PRIVATE" in text:
        return False
    return not _BASE64.search(text)


def _read_key(directory: Path, name: str) -> str:
    """A key file, relative to zones/ and inside the repository."""
    root = directory.resolve().parent
    path = (directory / name).resolve()
    if not path.is_relative_to(root):
        raise RuleError("INP007", f"{name} is outside the repository {root}")
    try:
        return path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not a text file"
        raise RuleError("INP007", f"{name} cannot be read: {reason}") from None
