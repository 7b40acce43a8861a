"""What a rule may know beyond the section it looks at: the other domains, and what they compile to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from stszone.domain import MailDomain
from stszone.standards.names import longest_zone
from stszone.standards.rrset import RRset, txt_text


@dataclass(frozen=True, slots=True)
class Context:
    """The repository as a whole.

    Zones also hold records of other people, which the repository does not know: that nothing
    is compiled at a name never proves that nothing is there.
    """

    domains: Mapping[str, MailDomain]
    zones: frozenset[str]
    """The zones that the repository publishes to."""
    rrsets: Mapping[tuple[str, str], RRset]
    """All that the repository compiles to, by owner name and type."""
    names: Mapping[str, tuple[RRset, ...]]
    """The same by owner name."""

    @classmethod
    def of(
        cls, domains: Mapping[str, MailDomain], zones: frozenset[str], rrsets: Mapping[tuple[str, str], RRset]
    ) -> Context:
        """The context of these domains and of what they compile to."""
        names: dict[str, tuple[RRset, ...]] = {}
        for (name, _), rrset in rrsets.items():
            names[name] = (*names.get(name, ()), rrset)
        return cls(domains, zones, rrsets, names)

    def rrset(self, name: str, type_: str) -> RRset | None:
        """What is compiled at an owner name."""
        return self.rrsets.get((name, type_))

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of the TXT records compiled at an owner name."""
        rrset = self.rrsets.get((name, "TXT"))
        return tuple(txt_text(rdata) for rdata in rrset.rdatas) if rrset else ()

    def at(self, name: str) -> tuple[RRset, ...]:
        """Everything that is compiled at an owner name."""
        return self.names.get(name, ())

    def exists(self, name: str) -> bool:
        """Whether anything is compiled at an owner name."""
        return name in self.names

    def zone_of(self, name: str) -> str | None:
        """The zone of the repository that holds a name."""
        return longest_zone(name, self.zones)

    def holds(self, name: str) -> bool:
        """Whether a name lies in a zone of the repository."""
        return self.zone_of(name) is not None
