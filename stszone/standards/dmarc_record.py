"""The DMARC section as a value, its text and its parser (RFC 9989 §4.7, §4.8)."""

from __future__ import annotations

from contextlib import suppress

from pydantic import model_validator

from stszone.errors import RuleError
from stszone.standards import dmarc_tags as tags
from stszone.standards.dmarc_tags import DEFAULTED, POLICIES, VERSION, parse_tags, parse_uris
from stszone.standards.section import Owner, Section


class Dmarc(Section):
    """`dmarc:` in the YAML, and the record it becomes; the tags in the order of the text."""

    p: tags.Policy | None = None
    """For the domain itself; always there unless `cname` is."""
    sp: tags.Policy | None = None
    """For subdomains that exist; by default as `p`."""
    np: tags.Policy | None = None
    """For subdomains that do not exist; by default as `sp`."""
    adkim: tags.Alignment | None = None
    aspf: tags.Alignment | None = None
    t: tags.TestMode | None = None
    """`y`: readers of RFC 9989 act one step below the policy."""
    psd: tags.Psd | None = None
    pct: tags.Percent | None = None
    """RFC 7489 only."""
    fo: tags.FailureOptions | None = None
    rf: tags.Formats | None = None
    """RFC 7489 only."""
    ri: tags.Interval | None = None
    """Seconds; RFC 7489 only."""
    rua: tags.Uris = ()
    """Where aggregate reports go."""
    ruf: tags.Uris = ()
    """Where failure reports go."""
    cname: Owner | None = None
    """The owner name of a policy that several domains share."""

    @model_validator(mode="after")
    def _whole(self) -> Dmarc:
        beside = sorted(self.model_fields_set - {"cname"})
        if self.cname is None and self.p is None:
            raise RuleError("DMA004", "there is no p", "write p: none to begin with")
        if self.cname is not None and beside:
            raise RuleError("DMA023", f"{', '.join(beside)} beside cname", f"set them at {self.cname}")
        return self

    @property
    def subdomains(self) -> str | None:
        """The policy for subdomains that exist."""
        return self.sp or self.p

    @property
    def non_existent(self) -> str | None:
        """The policy for subdomains that do not exist."""
        return self.np or self.subdomains


TAGS = tuple(name for name in Dmarc.model_fields if name != "cname")
"""All tags that DMARC has or had, without `v`, in the order in which we write them."""


def format_record(section: Dmarc) -> str:
    """The text that readers of both generations take; a section with `cname` has none of its own.

    >>> format_record(Dmarc(p="reject", rua=("mailto:dmarc@example.com",)))
    'v=DMARC1; p=reject; rua=mailto:dmarc@example.com'
    """
    parts = [VERSION]
    for name in TAGS:
        value = getattr(section, name)
        if isinstance(value, tuple):
            value = ",".join(value) or None
        if value is not None:
            parts.append(f"{name}={value}")
    return "; ".join(parts)


def parse_record(text: str) -> Dmarc:
    """A record as RFC 9989 §4.7 reads it; a missing `p` is none if there is a `rua` (§4.10.1).

    Unknown tags, and wrong values of tags with a default, are skipped as the RFC asks.  What
    has no default to fall back to is raised: RuleError (DMA001, DMA004, DMA009, DMA010).
    """
    found, _ = parse_tags(text)
    values = dict(found)
    if len(values) != len(found):
        names = [name for name, _ in found]
        twice = next(name for name in names if names.count(name) > 1)
        raise RuleError("DMA009", f"{text!r} has {names.count(twice)} {twice} tags")
    fields = _policies(text, values) | parse_defaulted(values)
    for name in ("rua", "ruf"):
        if name in values:
            fields[name] = parse_uris(values[name])
    return Dmarc.model_validate(fields)


def _policies(text: str, values: dict[str, str]) -> dict[str, object]:
    """p, sp and np; one wrong word among them spoils the policy (RFC 9989 §4.10.1)."""
    policies: dict[str, object] = {name: values[name].lower() for name in ("p", "sp", "np") if name in values}
    wrong = [f"{name}={values[name]}" for name, policy in policies.items() if policy not in POLICIES]
    if wrong:
        effect = "act as if p were none" if _is_reported(values) else "do not apply DMARC"
        hint = f"write one of {', '.join(POLICIES)}"
        raise RuleError("DMA004", f"{wrong[0]!r} is not a policy, so that receivers {effect}", hint)
    if "p" not in policies and not _is_reported(values):
        raise RuleError("DMA004", f"{text!r} has neither p nor a usable rua, so that DMARC is not applied")
    return {"p": "none"} | policies


def _is_reported(values: dict[str, str]) -> bool:
    """Whether there is a report address that a receiver can use."""
    for uri in values.get("rua", "").split(","):
        with suppress(RuleError):
            if parse_uris(uri.strip(" \t")):
                return True
    return False


def parse_defaulted(values: dict[str, str]) -> dict[str, object]:
    """The tags with a default, without those whose value none can read."""
    fields = {}
    for name in values.keys() & DEFAULTED.keys():
        with suppress(RuleError):
            fields[name] = DEFAULTED[name](values[name])
    return fields
