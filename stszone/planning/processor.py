"""The octoDNS processor that keeps stszone to its own records, in every target.

octoDNS takes a zone for wholly its source's: what the source lacks, it deletes.  This processor
adds to the wanted zone everything that is there and not ours, so that the plan holds our changes
only and a target that writes whole zones writes the others' records too.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from logging import getLogger

from octodns.processor.base import BaseProcessor, ProcessorException
from octodns.provider.base import BaseProvider
from octodns.record import Record
from octodns.source.base import BaseSource
from octodns.zone import Zone as OctoZone

from stszone.compiler import NameType, Zone
from stszone.planning.source import MailSource, to_record
from stszone.report import Finding
from stszone.scope import Decision, LiveZone, unmanaged
from stszone.standards.rrset import txt_text
from stszone.store.state import State


class Conflict(ProcessorException):  # type: ignore[misc]  # octoDNS carries no types
    """Our record and one that is not ours cannot stand together."""

    def __init__(self, zone: str, target: str, findings: list[Finding]) -> None:
        reasons = "; ".join(f"{found.message}: {found.fix}" for found in findings)
        super().__init__(f"{zone} at {target}: {reasons}")
        self.findings = findings


class MailScope(BaseProcessor):  # type: ignore[misc]  # octoDNS carries no types
    """Leaves everything in a zone alone that stszone did not publish.

    Configuration:
      class: stszone.planning.processor.MailScope
    """

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.log = getLogger(f"MailScope[{name}]")
        self._sources: dict[str, MailSource] = {}
        self.views: dict[tuple[str, str], View] = {}
        """What was decided, by target and zone (without trailing dot)."""

    def process_source_zone(
        self, desired: OctoZone, sources: list[BaseSource], lenient: bool = False
    ) -> OctoZone:
        """Remember which source speaks for stszone in this zone."""
        for source in sources:
            if isinstance(source, MailSource):
                self._sources[desired.name] = source
        return desired

    def process_source_and_target_zones(
        self, desired: OctoZone, existing: OctoZone, target: BaseProvider, lenient: bool = False
    ) -> tuple[OctoZone, OctoZone]:
        """Make the wanted zone: what is there, with our changes and no others.  Raises Conflict."""
        source = self._sources.get(desired.name)
        if source is None:
            return desired, existing
        name = desired.name.removesuffix(".")
        view = look(source.state, name, target.id, existing, desired)
        self.views[target.id, name] = view
        if view.decision.conflicts:
            raise Conflict(name, target.id, view.decision.conflicts)
        if not getattr(target, "KEEPS_OCTETS", False):
            _refuse_odd_texts(target.id, view.decision)
        _complete(desired, existing, view)
        return desired, existing


@dataclass(frozen=True, slots=True)
class View:
    """One zone at one target: what is there, and what is to change."""

    live: LiveZone
    wanted: Zone
    """Our RRsets, spelled as octoDNS spells them."""
    decision: Decision
    unmanaged: list[Finding]


def look(state: State, zone: str, target: str, existing: OctoZone, desired: OctoZone | None = None) -> View:
    """Compare a zone as a target has it with what the repository wants there.

    `desired` gives our records in octoDNS's words, so that both sides are spelled alike.
    """
    wanted = state.compiled.zones.get(zone) or Zone(zone)
    if desired is not None:
        spelled = {_key(record): record for record in desired.records}
        rrsets = {
            key: replace(rrset, rdatas=tuple(spelled[key].to_rrset().rdatas)) if key in spelled else rrset
            for key, rrset in wanted.rrsets.items()
        }
        wanted = replace(wanted, rrsets=rrsets)
    live, owned = live_zone(existing), state.owned(target, zone)
    decision = state.decide(target, wanted, live)
    return View(live, wanted, decision, list(unmanaged(wanted, live, owned)))


def _refuse_odd_texts(target: str, decision: Decision) -> None:
    """Keep a foreign text beside ours from octoDNS's way to write TXT.  Raises ProcessorException.

    It loses backslashes, and loops for ever over one at the end (octoDNS 1.22, `_legacy_chunked_value`).
    """
    for (name, type_), rrset in decision.put.items():
        for text in map(txt_text, rrset.rdatas) if type_ == "TXT" else ():
            if not (text.isascii() and text.isprintable()) or "\\" in text or '"' in text:
                what = f"{name} TXT at {target} has the value {text!r}, which would be written back otherwise"
                raise ProcessorException(f"{what}; take it out by hand first")


def _complete(desired: OctoZone, existing: OctoZone, view: View) -> None:
    """Add to the wanted zone what is there and stays, and our RRsets as decided."""
    wanted = {_key(record) for record in desired.records}
    decision = view.decision
    ours = {_key(record) for record in desired.records if isinstance(record.source, MailSource)}
    for record in desired.records:
        if _key(record) in ours and _key(record) not in decision.put:
            desired.remove_record(record)  # not to change now; what is there of it comes back below
    for record in existing.records:
        key = _key(record)
        if key not in decision.put and key not in decision.gone and (key in ours or key not in wanted):
            desired.add_record(record, replace=True, lenient=True)
    for rrset in decision.put.values():
        # Lenient, as values of others may stand beside ours that octoDNS would not write by itself.
        desired.add_record(to_record(desired, rrset, lenient=True), replace=True, lenient=True)


def live_zone(zone: OctoZone) -> LiveZone:
    """An octoDNS zone as RRsets in presentation form."""
    return {_key(record): (record.ttl, _rdatas(record)) for record in zone.records}


def _rdatas(record: Record) -> tuple[str, ...]:
    if "/" in record._type:  # a provider's own type, such as an alias, has no rdata
        return (str(record),)
    return tuple(sorted(set(record.to_rrset().rdatas)))  # one text in two spellings is one value


def _key(record: Record) -> NameType:
    return str(record.fqdn).removesuffix("."), str(record._type)
