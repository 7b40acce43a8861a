"""MTA-STS (RFC 8461): how a domain asks senders to insist on TLS to its MX hosts.

A TXT record at _mta-sts.<domain> names the current policy by an id; the policy itself is a text
file on the policy host, mta-sts.<domain>.  Their texts are the matter of `mta_sts_record`,
`mta_sts_policy` and `mta_sts_pattern`; all of it can be had from here.
Senders fetch the file again only when the id changes, so an id belongs to one body for ever.
The id is minted elsewhere (it needs the past and the clock) and comes in as an argument.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, GetJsonSchemaHandler, model_validator

from stszone.errors import RuleError
from stszone.report import Finding
from stszone.rules import finding
from stszone.standards.hosts import parse_ipv4, parse_ipv6
from stszone.standards.mta_sts_pattern import matches, parse_pattern, parse_written_pattern
from stszone.standards.mta_sts_policy import (
    MAX_MAX_AGE,
    MODES,
    Policy,
    check_max_age,
    check_policy,
    check_values,
    describe,
    format_policy,
    parse_mode,
    parse_policy,
    same_policy,
)
from stszone.standards.mta_sts_record import (
    Record,
    check_rrset,
    format_record,
    owns,
    parse_id,
    parse_record,
)
from stszone.standards.rrset import RRset, dotted, txt
from stszone.standards.section import Frozen, Host, Owner, Seconds, Section

__all__ = [
    "MAX_MAX_AGE", "MODES", "MtaSts", "Policy", "PolicyHost", "Record", "body", "check", "check_policy",
    "check_rrset", "describe", "format_policy", "format_record", "matches", "owns", "parse_id",
    "parse_pattern", "parse_policy", "parse_record", "policy_host_rrsets", "policy_name", "record_name",
    "rrsets", "same_policy",
]  # fmt: skip

EXTERNAL = "external"
"""In place of a policy host or of its address: somebody else keeps it."""


class PolicyHost(Section):
    """`policy_host:` in the YAML, where mta-sts.<domain> points: addresses, or an alias, or `external`."""

    ipv4: Annotated[tuple[Annotated[str, AfterValidator(parse_ipv4)], ...], Frozen] = ()
    ipv6: Annotated[tuple[Annotated[str, AfterValidator(parse_ipv6)], ...], Frozen] = ()
    cname: Host | None = None
    external: bool = False
    """Somebody else keeps the address record; `policy_host: external` in the YAML."""

    @model_validator(mode="before")
    @classmethod
    def _external(cls, data: Any) -> Any:  # Any: what YAML gave, before any check
        return {EXTERNAL: True} if data == EXTERNAL else data

    @model_validator(mode="after")
    def _one_kind(self) -> PolicyHost:
        kinds = [bool(self.ipv4 or self.ipv6), self.cname is not None, self.external]
        if kinds.count(True) == 1:
            return self
        if not any(kinds):
            raise RuleError("STS058", "policy_host has neither addresses nor a cname")
        raise RuleError(
            "DNS005", "policy_host has more than one of addresses, cname, external", "keep one of them"
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: Any, handler: GetJsonSchemaHandler) -> Any:
        # Any: both are of pydantic's making
        return {"anyOf": [{"const": EXTERNAL}, handler(core_schema)]}


def _mode(value: object) -> object:
    return parse_mode(value) if isinstance(value, str) else value


class MtaSts(Section):
    """`mta_sts:` in the YAML: the policy, and who serves it."""

    mode: Annotated[Literal["testing", "enforce", "none"] | None, BeforeValidator(_mode)] = None
    max_age: Annotated[Seconds, AfterValidator(check_max_age)] = 604800
    """Seconds for which senders may keep the policy, and so the wait before an MX host can be replaced."""
    mx: Annotated[tuple[Annotated[str, AfterValidator(parse_written_pattern)], ...], Frozen] | None = None
    """None: exactly the MX hosts of the domain."""
    policy_host: PolicyHost | None = None
    """None: other parts of the YAML, or nobody, say where mta-sts.<domain> points."""
    publish: str = "webroot"
    """A policy host of providers/stszone.yaml, or `external`: somebody else serves the file."""
    id: Annotated[str, AfterValidator(parse_id)] | None = None
    """The id of a policy that somebody else serves and changes."""
    cname: Owner | None = None
    """Where _mta-sts.<domain> is an alias to: record and policy are somebody else's (RFC 8461 §8.2)."""
    max_age_budget: Seconds | None = None
    """Seconds of notice that the operator can give before MX hosts change provider."""

    @property
    def delegated(self) -> bool:
        """Whether somebody else holds the record and decides the id."""
        return self.cname is not None

    @property
    def has_policy(self) -> bool:
        """Whether the policy is ours to decide, so that its body and id come from here."""
        return self.cname is None and self.id is None

    @model_validator(mode="after")
    def _consistent(self) -> MtaSts:
        if self.delegated:
            ours = [key for key in ("mode", "mx", "id") if getattr(self, key) is not None]
            if ours:
                what = f"_mta-sts is an alias to {self.cname}, and {' and '.join(ours)} would be decided here"
                raise RuleError("STS016", what, f"remove {' and '.join(ours)}, or remove cname")
            return self
        if self.id is not None and self.publish != EXTERNAL:
            what = f"the id {self.id} is fixed while the policy is published by {self.publish}"
            raise RuleError("STS012", what, "remove id; an id is minted whenever the policy changes")
        if self.mode is None and self.id is None:
            raise RuleError("STS022", "mode is missing", "write mode: testing to begin with")
        if self.mode is not None and self.mx is not None:
            body(self, ())  # raises where the policy could not be served (STS025, STS035)
        return self


def body(section: MtaSts, mx_hosts: Sequence[str], also: Sequence[str] = ()) -> bytes:
    """The policy to serve; `mx_hosts` are the MX hosts of the domain.  Raises RuleError (STS025, STS035).

    `also` are hosts that are still in use, or may be, and that the policy has to go on allowing.

    A policy of mode none names no MX hosts, so that it stays the same when they change.  Where the
    section has its own `mx`, nothing is raised: such a section could not be built.
    """
    if section.mode is None:
        raise RuleError("STS022", "there is no mode, so there is no policy to serve")
    allowed = mx_hosts if section.mx is None else section.mx
    if allowed:
        allowed = [*allowed, *(one for one in also if not any(matches(pattern, one) for pattern in allowed))]
    return format_policy(section.mode, section.max_age, () if section.mode == "none" else allowed)


def policy_name(domain: str) -> str:
    """The policy host of a domain (RFC 8461 §3.2); no underscore, as it needs a certificate."""
    return f"mta-sts.{domain}"


def record_name(domain: str) -> str:
    """Where the TXT record stands (RFC 8461 §3.1)."""
    return f"_mta-sts.{domain}"


def rrsets(section: MtaSts, domain: str, ttl: int, policy_id: str | None) -> Iterator[RRset]:
    """The record at _mta-sts.; without an id there is nothing to publish yet, or any more."""
    if section.cname is not None:
        yield RRset(record_name(domain), "CNAME", ttl, (dotted(section.cname),), key=("cname",))
    elif policy_id is not None:
        key = "mode" if section.id is None else "id"
        yield RRset(record_name(domain), "TXT", ttl, (txt(format_record(policy_id)),), key=(key,))


def policy_host_rrsets(section: MtaSts, domain: str, ttl: int) -> Iterator[RRset]:
    """The address records, or the alias, of the policy host."""
    if (host := section.policy_host) is None:
        return
    name, key = policy_name(domain), ("policy_host",)
    if host.ipv4:
        yield RRset(name, "A", ttl, host.ipv4, key=key)
    if host.ipv6:
        yield RRset(name, "AAAA", ttl, host.ipv6, key=key)
    if host.cname is not None:
        yield RRset(name, "CNAME", ttl, (dotted(host.cname),), key=key)


def check(section: MtaSts, domain: str, ttl: int) -> Iterator[Finding]:
    """What is legal in the section and still a trap; `ttl` is the record's, in seconds."""
    if section.delegated:
        host = section.policy_host
        if host is None or not (host.cname or host.external):
            what = f"{record_name(domain)} is an alias, and {policy_name(domain)} is not"
            yield finding("STS017", what, key=("cname",), fix="write policy_host: {cname: …} or external")
        return
    if ttl > 86400 or (ttl > 3600 and section.mode == "testing"):
        yield finding("STS015", f"the TTL of {record_name(domain)} is {ttl} seconds", key=("mode",))
    if section.mode is not None:
        yield from check_values(section.mode, section.max_age, section.mx or (), domain)
    if section.max_age_budget is not None and section.max_age > section.max_age_budget:
        what = f"max_age is {section.max_age} seconds, and max_age_budget {section.max_age_budget}"
        yield finding("STS080", what, key=("max_age",))
