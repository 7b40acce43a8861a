"""The two sides of a branch, and what belongs together on them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from stszone.compiler import NameType
from stszone.lifecycle import Live, PolicyFile
from stszone.report import Finding, Key
from stszone.standards.names import longest_zone
from stszone.standards.rrset import RRset

ABSENT = "absent"
"""The stage of what has no MTA-STS lifecycle."""

Entries = Mapping[NameType, Mapping[str, object]]
"""What is written in a zone of octoDNS's own YAML, without TTLs."""

Place = tuple[str, str]
"""Mail domain and zone."""


@dataclass(frozen=True, slots=True)
class Unread:
    """What one side does not tell."""

    domains: frozenset[str] = frozenset()
    """Mail domains of which nothing can be read."""
    keys: Mapping[str, Collection[Key]] = field(default_factory=dict)
    """By mail domain, the parts of its YAML that cannot be read."""
    names: Mapping[str, Mapping[NameType, object]] = field(default_factory=dict)
    """By zone, the RRsets that cannot be read, with what is written there; without a type, all of a name."""
    zones: frozenset[str] = frozenset()
    """Zones of octoDNS's own YAML of which nothing can be read."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a ledger says stszone published at a name and type."""

    domain: str
    rdatas: frozenset[str]
    """Presentation form."""
    ttl: int
    """Seconds."""


@dataclass(frozen=True, slots=True)
class Side:
    """The repository on one side of a branch."""

    zones: Mapping[str, Mapping[NameType, RRset]] = field(default_factory=dict)
    owners: Mapping[str, Mapping[NameType, tuple[str, ...]]] = field(default_factory=dict)
    """By zone, the mail domains that ask for an RRset."""
    lives: Mapping[str, Live] = field(default_factory=dict)
    policies: Mapping[str, PolicyFile] = field(default_factory=dict)
    ids: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By mail domain, the ids of policies that stszone wrote, or will."""
    published: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """By mail domain, the ids of policies that its ledger knows."""
    held: Mapping[str, Mapping[NameType, Held]] = field(default_factory=dict)
    """By zone, what the ledgers say stszone published at the zone's targets."""
    homes: Mapping[str, str] = field(default_factory=dict)
    """The zone of each mail domain."""
    targets: Mapping[str, str] = field(default_factory=dict)
    """By zone, the ids of its targets as one text."""
    findings: tuple[Finding, ...] = ()
    written: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    """By mail domain, what its YAML says."""
    entries: Mapping[str, Entries] = field(default_factory=dict)
    """By zone, the entries of octoDNS's own YAML."""
    unread: Unread = Unread()


@dataclass(frozen=True)
class Pair:
    """Both sides."""

    base: Side
    head: Side
    """The side of the branch."""
    homes: Mapping[str, frozenset[str]]
    """By zone, the mail domains of either side."""

    @classmethod
    def of(cls, base: Side, head: Side) -> Pair:
        """Put two sides beside each other."""
        homes: dict[str, set[str]] = {}
        for side in (base, head):
            for name, zone in side.homes.items():
                homes.setdefault(zone, set()).add(name)
        return cls(base, head, {zone: frozenset(names) for zone, names in homes.items()})

    def owner(self, zone: str, key: NameType) -> str:
        """The mail domain of an RRset; the zone, where nobody in zones/ asks for it or holds its name."""
        for side in (self.head, self.base):
            if owners := side.owners.get(zone, {}).get(key):
                return owners[0]
        return longest_zone(key[0], self.homes.get(zone, frozenset())) or zone

    def home(self, domain: str) -> str:
        """The zone of a mail domain."""
        return self.head.homes.get(domain) or self.base.homes.get(domain) or domain

    def is_policy_unread(self, name: str) -> bool:
        """Whether a side does not tell all that a mail domain's policy is made of."""
        return any(
            name in side.unread.domains
            or any(part[0] in ("mx", "mta_sts") for part in side.unread.keys.get(name, ()))
            for side in (self.base, self.head)
        )

    def has_same_policy(self, name: str) -> bool:
        """Whether a mail domain has the same policy text on both sides, or none on either."""
        before, after = self.base.policies.get(name), self.head.policies.get(name)
        return (before.body if before else b"") == (after.body if after else b"")

    def stages(self, name: str) -> tuple[str, str]:
        """The stage of a mail domain on both sides; the readable one where the other is not."""
        before, after = (
            live.stage if (live := side.lives.get(name)) else ABSENT for side in (self.base, self.head)
        )
        if self.is_policy_unread(name):
            lost = self.head.unread
            unread = name in lost.domains or bool(lost.keys.get(name))
            return (before, before) if unread else (after, after)
        return before, after
