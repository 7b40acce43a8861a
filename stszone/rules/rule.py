"""The shape of a rule."""

from __future__ import annotations

from dataclasses import dataclass

from stszone.report import Severity

FILES = "files"
"""Decided from the repository alone, by `stszone check`."""
LIVE = "live"
"""Needs answers from the world: name servers, policy hosts, MX hosts."""
LIFECYCLE = "lifecycle"
"""Holds back a step until its time has come: `stszone plan` and `stszone apply`."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the catalogue."""

    id: str
    severity: Severity
    statement: str
    """What holds, in one sentence without full stop."""
    why: str
    """What the rule rests on: how senders, receivers or resolvers behave."""
    consequence: str
    """What happens to mail when the rule is broken."""
    fix: str
    """The way out, in general; a finding may know a better one."""
    source: str
    """`RFC 8461 §3.1`, or who says so."""
    decided_by: tuple[str, ...] = (FILES,)
    blocks: bool = False
    """Whether plan and apply refuse what breaks it: what we would publish is itself harmful.

    The other errors make `check` fail, but an operator who repairs one record at night is not
    held up by, say, a missing report address that was missing yesterday.
    """
