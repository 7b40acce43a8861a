"""The selectors of `dkim:` in the YAML: a key, an alias of one, or the word that it was revoked."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    PlainValidator,
    ValidationInfo,
    WithJsonSchema,
    model_validator,
)

from stszone.errors import RuleError
from stszone.standards.dkim_key import ED25519, RSA, key_file_record, parse_key, shown
from stszone.standards.dkim_record import KeyRecord, format_record, parse_record
from stszone.standards.rrset import dotted, txt
from stszone.standards.section import Owner, Section, Ttl

WILDCARD = "*"

_LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
SELECTOR = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
"""One or more labels (RFC 6376 §3.1)."""

_NAME = re.compile(r"[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?")
_NOTE = re.compile(r"[!#-:<-\[\]-~]+( +[!#-:<-\[\]-~]+)*")
_PATH = re.compile(r"(?!.*(?:[A-Za-z0-9+/=]{40}|PRIVATE))[\w./~ +-]{1,255}")
"""What may be repeated in a message: a path, and not key material."""


def parse_selector(text: str) -> str:
    """A selector as it is written; `*` for the wildcard that revokes.  Raises RuleError (DKM014).

    >>> parse_selector("s202611")
    's202611'
    """
    if SELECTOR.fullmatch(text) or text == WILDCARD:
        return text
    plain = text.replace("_", "-")
    fix = f"write {plain}, and tell the signer" if SELECTOR.fullmatch(plain) else ""
    raise RuleError("DKM014", f"{shown(text)} is not a selector", fix)


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A key file that was read: its name, and the record that it stands for."""

    file: str
    record: KeyRecord


def _read(value: object, info: ValidationInfo) -> KeyFile:
    """The file as the store hands it over: `{"file": name, "text": content}`."""
    match value:
        case {"file": str(file), "text": str(text)}:
            try:
                record = parse_record(key_file_record(text))
                txt(":".join((record.n or "-", *record.h, *record.s, *record.t)))
                _same_type(info, record.k)
            except RuleError as error:
                raise RuleError(error.rule, f"{file}: {error.what}", error.fix) from None
            return KeyFile(file, record)
        case str() if _PATH.fullmatch(value):
            raise RuleError("DKM002", f"the key file {value} could not be read")
    raise RuleError("DKM002", "key is not the path of a key file", "a public key itself goes to p:")


def _material(p: str, info: ValidationInfo) -> str:
    p = "".join(p.split())
    if not p:
        fix = "write revoked: true, if that is meant"
        raise RuleError("DKM009", "p is empty, which revokes the key", fix)
    if p.startswith(("v=", "k=", "p=")):
        raise RuleError("DKM002", "p is a whole record", "keep what stands behind p=")
    return parse_key(p, info.data.get("k")).p


def _type(k: str) -> str:
    if k not in (RSA, ED25519):
        raise RuleError("DKM005", f"k is {shown(k)}", f"the types of key are {RSA} and {ED25519}")
    return k


def _same_type(info: ValidationInfo, k: str) -> None:
    if info.data.get("k") not in (None, k):
        raise RuleError("DKM005", f"the key is of type {k}, and k says {info.data['k']}", "leave k out")


def _split(value: object) -> object:
    """`y:s` as the record has it, or a sequence."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(":"))
    return tuple(value) if isinstance(value, list) else value


def _hashes(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if not _NAME.fullmatch(name):
            raise RuleError("DKM012", f"{shown(name)} is not the name of a hash algorithm")
    if names and "sha256" not in names:
        hint = "write sha256" if "rsa-sha256" in names else ""
        raise RuleError("DKM012", f"h is {shown(':'.join(names))}, without sha256", hint)
    return names


def _services(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name != "*" and not _NAME.fullmatch(name):
            raise RuleError("DKM011", f"{shown(name)} is not the name of a service")
    return names


def _flags(names: tuple[str, ...]) -> tuple[str, ...]:
    for name in names:
        if name not in ("y", "s"):
            raise RuleError("DKM010", f"{shown(name)} is not a flag", "the flags are y and s")
    return names


def _note(text: str) -> str:
    if not _NOTE.fullmatch(text):
        fix = "use ASCII without semicolons, quotes and backslashes"
        raise RuleError("DKM003", f"the note, {shown(text)}, does not fit into a tag", fix)
    return text


_LIST_SCHEMA = {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_SELECTOR_SCHEMA = {"type": "string", "pattern": rf"^({SELECTOR.pattern}|\*)$"}

SelectorName = Annotated[str, AfterValidator(parse_selector), WithJsonSchema(_SELECTOR_SCHEMA)]
"""A key of `dkim:` in the YAML."""

_Names = Annotated[tuple[str, ...], BeforeValidator(_split), WithJsonSchema(_LIST_SCHEMA)]


class Selector(Section):
    """One selector of `dkim:`: a key, or an alias of one, or the word that it was revoked."""

    k: Annotated[str, AfterValidator(_type), WithJsonSchema({"enum": [RSA, ED25519]})] | None = None
    """The type of the key, when it is to be asserted; found out otherwise."""
    key: Annotated[KeyFile, PlainValidator(_read), WithJsonSchema({"type": "string"})] | None = None
    """A file with the public key; what else the file says counts where the YAML is silent."""
    p: Annotated[str, AfterValidator(_material)] | None = None
    """The public key itself."""
    cname: Owner | None = None
    """The name where a mail provider publishes the key."""
    revoked: bool = False
    t: Annotated[_Names, AfterValidator(_flags)] | None = None
    s: Annotated[_Names, AfterValidator(_services)] | None = None
    h: Annotated[_Names, AfterValidator(_hashes)] | None = None
    n: Annotated[str, AfterValidator(_note)] | None = None
    ttl: Ttl | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        sources = [name for name in ("key", "p", "cname") if getattr(self, name) is not None]
        if self.revoked and sources:
            fix = f"keep revoked: true or {sources[0]}"
            raise RuleError("DKM009", f"{sources[0]} stands beside revoked: true", fix)
        if len(sources) + self.revoked == 0:
            fix = "write one of key:, p:, cname:, revoked: true"
            raise RuleError("DKM002", "the selector has no key", fix)
        if len(sources) > 1:
            raise RuleError("DKM001", f"{' and '.join(sources)} stand under one selector", "keep one of them")
        if lost := [name for name in self._lost() if getattr(self, name) is not None]:
            rule, beside = ("DKM009", "revoked: true") if self.revoked else ("DKM019", "cname")
            raise RuleError(rule, f"{lost[0]} beside {beside} has no effect", f"remove {lost[0]}")
        return self

    def _lost(self) -> str:
        """The tags that would not be published."""
        return "ktsh" if self.revoked else "ktshn" if self.cname else ""

    @property
    def record(self) -> KeyRecord | None:
        """What is published; None where the key is another's to publish."""
        return None if self.cname is not None else self._record()

    @property
    def rdata(self) -> tuple[str, str]:
        """Type and rdata of the one record."""
        if self.cname is not None:
            return "CNAME", dotted(self.cname)
        return "TXT", txt(format_record(self._record()))

    def _record(self) -> KeyRecord:
        if self.p is not None:
            key = parse_key(self.p)
            base = KeyRecord(key.p, key.k, bits=key.bits)
        else:
            base = self.key.record if self.key else KeyRecord(p="")
        own = {tag: value for tag in "tshn" if (value := getattr(self, tag)) is not None}
        return replace(base, **own) if own else base
