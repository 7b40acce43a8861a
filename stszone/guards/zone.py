"""What a guard knows of a zone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from stszone.compiler import NameType

Values = Mapping[NameType, tuple[str, ...]]
"""Rdata as `Change` has it, by owner name and type."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a mail domain's zone before the changes."""

    values: Values = field(default_factory=dict)
    ids: Collection[str] = ()
    """The MTA-STS ids that the domain's ledger knows."""
    staged: bool = True
    """Whether the lifecycle decided when the domain's MTA-STS record goes."""
    after: Values | None = None
    """The zone after all changes of the run, also other mail domains'; None: from this plan's own."""
