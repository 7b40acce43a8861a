"""providers/stszone.yaml: policy hosts, resolvers, guards."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError
from pydantic_core import ErrorDetails

from stszone.errors import InputError
from stszone.report import key_text
from stszone.standards.rrset import visible
from stszone.standards.section import Section
from stszone.store import yaml_file

FILE = "stszone.yaml"


class Webroot(Section):
    """A directory tree on this machine, one directory for each policy host."""

    class_: Literal["webroot"] = Field(alias="class")
    path: str
    """`PATH/mta-sts.example.com/.well-known/mta-sts.txt`; relative to the working directory."""
    check: Literal["none", "https"] = "https"
    """Whether the file is read back over HTTPS before the TXT record moves."""


class Guards(Section):
    """Limits on what one run may do."""

    max_risky_domains: int = Field(default=20, ge=0)


class Settings(Section):
    """The whole file."""

    resolvers: list[str] = Field(default=["system"])
    profile: Literal["safe", "rfc"] = "safe"
    guards: Guards = Guards()
    policy_hosts: dict[str, Webroot] = Field(default_factory=dict)


def read_settings(providers: Path) -> Settings:
    """Read the settings; the defaults where there is no file.  Raises InputError."""
    path = providers / FILE
    try:
        text = path.read_text("utf-8")
    except FileNotFoundError:
        staged = {"class": "webroot", "path": "build/policy", "check": "none"}
        return Settings.model_validate({"policy_hosts": {"webroot": staged}})
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 at byte {error.start}") from None
    document = yaml_file.parse(text)
    for problem in document.problems:
        line, column = problem.place
        raise InputError(visible(f"{path}:{line}:{column}: {problem.error.what}"))
    try:
        return Settings.model_validate(document.data)
    except ValidationError as error:
        raise InputError("\n".join(_shown(path, text, error))) from None


def _shown(path: Path, text: str, error: ValidationError) -> list[str]:
    lines = []
    for detail in error.errors(include_url=False):
        key = tuple(part for part in detail["loc"])
        (line, column), _ = yaml_file.locate(yaml_file.outline(text), key, "")
        lines.append(visible(f"{path}:{line}:{column}: {key_text(key) or 'the file'}{_what(detail)}"))
    return lines


def _what(detail: ErrorDetails) -> str:
    """What is wrong, without the value: whoever puts a token here must not read it in a log."""
    if detail["type"] == "extra_forbidden":
        return ": unknown key"
    if detail["type"] == "missing":
        return " is missing"
    return f": {detail['msg'][0].lower()}{detail['msg'][1:]}; found a {type(detail['input']).__name__}"
