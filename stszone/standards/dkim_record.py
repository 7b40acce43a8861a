"""The text of a DKIM key record (RFC 6376 §3.6.1): a list of tags, of which `p` is the key.

What verifiers must ignore is ignored, and what they must refuse is refused; what they differ
about is left to the rules in `dkim`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from stszone.errors import RuleError
from stszone.standards.dkim_key import ECHO, ED25519, RSA, parse_key, shown

VERSION = "DKIM1"

_FWS = " \t\r\n"
_TAG = re.compile(r"[ \t\r\n]*([A-Za-z][A-Za-z0-9_]*)[ \t\r\n]*=([!-:<-~ \t\r\n]*)")


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """The key record of one selector."""

    p: str
    """Base64 without white space; empty: the key was revoked."""
    k: str = RSA
    h: tuple[str, ...] = ()
    """Hash algorithms; empty: any."""
    s: tuple[str, ...] = ()
    """Service types; empty: any."""
    t: tuple[str, ...] = ()
    """Flags: y for testing, s for no subdomains in `i=`."""
    n: str = ""
    """A note to people."""
    bits: int = 0
    """Of the key; 0 when it was revoked."""

    @property
    def revoked(self) -> bool:
        """Whether every signature with this key fails."""
        return not self.p


def parse_record(text: str) -> KeyRecord:
    """A key record as RFC 6376 §3.6.1 reads it, with the algorithms of RFC 8301 and RFC 8463.

    Unknown tags, flags and service types are ignored, and white space in `p` is tolerated.
    Raises RuleError (DKM002 to DKM005, DKM007, DKM008, DKM012).

    >>> parse_record("v=DKIM1; p=").revoked
    True
    """
    tags = parse_tags(text)
    _judge_names(tags)
    p = "".join(tags["p"].split())
    h, s, t = (_names(tags[tag]) if tag in tags else () for tag in "hst")
    if not p:
        return KeyRecord("", tags.get("k", RSA), h, s, t, tags.get("n", ""))
    if "h" in tags and "sha256" not in h:
        raise RuleError("DKM012", f"h={tags['h'][:ECHO]} has no sha256")
    key = parse_key(p, tags.get("k", RSA))
    return KeyRecord(key.p, key.k, h, s, t, tags.get("n", ""), key.bits)


def format_record(record: KeyRecord) -> str:
    """The text that every known verifier reads; of a revoked key only the note is kept.

    >>> format_record(KeyRecord(p=""))
    'v=DKIM1; p='
    """
    tags = [("v", VERSION)]
    if not record.revoked:
        tags.append(("k", record.k))
        tags += [("h", ":".join(record.h)), ("s", ":".join(record.s)), ("t", ":".join(record.t))]
    tags.append(("n", record.n))
    return "; ".join([*(f"{name}={value}" for name, value in tags if value), f"p={record.p}"])


def parse_tags(text: str, rule: str = "DKM003") -> dict[str, str]:
    """A tag list (RFC 6376 §3.2), values without the white space around them.

    White space after a last `;` is let pass: most verifiers do.  Raises RuleError (`rule`).

    >>> parse_tags("v=DKIM1; p=;")
    {'v': 'DKIM1', 'p': ''}
    """
    parts = text.split(";")
    if not parts[-1].strip(_FWS):
        parts.pop()
    tags: dict[str, str] = {}
    for part in parts:
        if not (match := _TAG.fullmatch(part)):
            raise RuleError(rule, f"{shown(part)} is not of the form tag=value")
        if match[1] in tags:
            raise RuleError(rule, f"the tag {match[1][:ECHO]} stands there twice")
        tags[match[1]] = match[2].strip(_FWS)
    return tags


def _judge_names(tags: dict[str, str]) -> None:
    """Whether the tags make a key record.  Raises RuleError (DKM002, DKM003)."""
    if "v" in tags and tags["v"] != VERSION:
        raise RuleError("DKM002", f"v is {shown(tags['v'])}, not {VERSION}")
    if "v" in tags and next(iter(tags)) != "v":
        raise RuleError("DKM002", f"v={VERSION} stands behind {next(iter(tags))[:ECHO]}")
    if "p" not in tags:
        if "P" in tags:
            raise RuleError("DKM003", "the tag p is written P", "write p in lower case")
        raise RuleError("DKM002", "there is no p tag")


def _names(value: str) -> tuple[str, ...]:
    return tuple(name for part in value.split(":") if (name := part.strip(_FWS)))


def same_key(a: str, b: str) -> bool:
    """Whether two record texts mean the same to every verifier.

    White space between tags, their order, a last `;`, a missing `v`, unknown tags and defaults
    that are written out make no difference.  White space at the end does: known verifiers refuse
    it.  So does a note, which is for people.  Texts that are no key records must be equal.

    >>> same_key("v=DKIM1; k=rsa; p=;", "p=")
    True
    """
    if a == b:
        return True
    if a != a.rstrip() or b != b.rstrip():
        return False
    try:
        return _meaning(parse_record(a)) == _meaning(parse_record(b))
    except RuleError:
        return False


def _meaning(record: KeyRecord) -> tuple[object, ...]:
    if record.revoked:
        return (record.n,)
    services = None if "*" in record.s else frozenset(record.s) or None
    return record.n, record.k, record.p, frozenset(record.h), services, {"y", "s"} & set(record.t)


def describe(text: str) -> str:
    """A key record in a few words.

    >>> describe("v=DKIM1; p=")
    'revoked'
    """
    try:
        record = parse_record(text)
    except RuleError:
        return "not a DKIM key"
    if record.revoked:
        return "revoked"
    kind = "Ed25519" if record.k == ED25519 else f"RSA {record.bits}"
    return f"{kind}, testing" if "y" in record.t else kind
