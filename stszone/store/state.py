"""The repository at one moment: what should be live, whose it is, and what forbids to publish it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from stszone.compiler import Compiled, NameType, Zone, compile_zones
from stszone.ledger import Ledger, Place
from stszone.lifecycle import OVERRIDABLE, Live, advance, asked_for, without_new_policy
from stszone.lint import check
from stszone.lint.context import Context
from stszone.report import Finding, Severity, StepState
from stszone.rules import RULES, finding
from stszone.scope import Decision, LiveZone, Need, decide
from stszone.store.between import needed_hosts, orphans, still_pointed_to, zones_in_doubt
from stszone.store.repository import Repository

ALONE = ("LED002",)
"""Rules about one mail domain between its files and its ledger: what it wants is known, and may not be."""

NOT_GUARDS = ("INP", "LED", "TGT")
"""Families that no operator can override: without what they ask for, nobody knows what is wanted."""


@dataclass(slots=True)
class State:
    """What should be live, and what the rules say."""

    repository: Repository
    lives: dict[str, Live]
    compiled: Compiled
    findings: list[Finding]
    """What is wrong with the files, and between them; `Repository.located` tells the places."""
    now: datetime
    allow: frozenset[str] = frozenset()
    """The rules that this run overrides."""
    chosen: frozenset[str] | None = None
    """The mail domains whose records may change; None: all."""
    holders: dict[str, list[Ledger]] = field(default_factory=dict)
    """The ledgers that hold something in a zone, by zone."""
    needed: dict[str, Need] = field(default_factory=dict)
    """Hosts whose addresses may not go, because something points there."""
    _places: dict[Place, list[str]] = field(default_factory=dict)

    def owned(self, target: str, zone: str) -> dict[NameType, frozenset[str]]:
        """What the ledgers say stszone published in a zone at a target."""
        owned: dict[NameType, frozenset[str]] = {}
        for ledger in self.holders.get(zone, ()):
            for (at, within, name, type_), rdatas in ledger.owned.items():
                if at == target and within == zone:
                    owned[name, type_] = owned.get((name, type_), frozenset()) | rdatas
        return owned

    def retired(self, targets: Callable[[str], Collection[str]]) -> dict[tuple[str, str], int]:
        """Targets that hold something of ours in a zone that is not sent there any more; how much."""
        left: dict[tuple[str, str], int] = {}
        for zone, ledgers in self.holders.items():
            known = targets(zone)
            for ledger in ledgers:
                if self.chosen is not None and ledger.domain not in self.chosen:
                    continue
                for target, within, _, _ in ledger.owned:
                    if within == zone and target not in known:
                        left[target, zone] = left.get((target, zone), 0) + 1
        return left

    def holding(self, place: Place) -> tuple[str, ...]:
        """The mail domains whose ledgers hold a place."""
        if not self._places:
            for name, ledger in self.repository.ledgers.items():
                for one in ledger.owned:
                    self._places.setdefault(one, []).append(name)
        return tuple(self._places.get(place, ()))

    def decide(self, target: str, wanted: Zone, live: LiveZone) -> Decision:
        """How a zone at a target is to change, as far as it is the chosen domains'."""
        owned = self.owned(target, wanted.name)
        unsettled = {
            place[2:]
            for ledger in self.holders.get(wanted.name, ())
            for place in ledger.open
            if place[:2] == (target, wanted.name)
        }
        decision = decide(wanted, live, owned, self.needed, unsettled, self._choice(target, wanted))
        decision.findings.extend(self._waiting(target, wanted, live))
        return decision

    def _choice(self, target: str, wanted: Zone) -> Callable[[NameType], bool]:
        chosen = self.chosen
        if chosen is None:
            return lambda key: True

        return lambda key: chosen.issuperset(self._asking(target, wanted, key))

    def _asking(self, target: str, wanted: Zone, key: NameType) -> tuple[str, ...]:
        """The mail domains without which an RRset cannot change; at a shared name values are not apart."""
        owners, holders = wanted.owners.get(key, ()), self.holding((target, wanted.name, *key))
        shared = key[1] == "TXT" and key[0] in wanted.shared
        return (*owners, *holders) if shared else owners or holders

    def _waiting(self, target: str, wanted: Zone, live: LiveZone) -> Iterator[Finding]:
        """RRsets that wait because only some of those who ask for them are chosen."""
        chosen = self.chosen or frozenset()
        for key, rrset in wanted.rrsets.items() if self.chosen is not None else ():
            asking = self._asking(target, wanted, key)
            others, ours = sorted({*asking} - chosen), sorted(chosen.intersection(wanted.owners[key]))
            if others and ours and not {*rrset.rdatas} <= {*live.get(key, (0, ()))[1]}:
                what = f"{key[0]} {key[1]} waits, as {', '.join(others)} shares it and does not change now"
                yield finding("OWN005", what, key=rrset.key, domain=ours[0])

    def owner(self, target: str, zone: str, key: NameType) -> str:
        """The mail domain that an RRset belongs to: who wants it, else who published it."""
        compiled = self.compiled.zones.get(zone)
        owners = compiled.owners.get(key, ()) if compiled else ()
        candidates = owners or self.holding((target, zone, *key)) or (zone,)
        return next((one for one in candidates if self.chosen is None or one in self.chosen), candidates[0])

    def zone_of(self, name: str) -> str:
        """The zone of a mail domain; of one without YAML, one that it published to."""
        domain = self.repository.domains.get(name)
        if domain is not None:
            return domain.zone
        ledger = self.repository.ledgers.get(name)
        return min(ledger.zones, default=name) if ledger else name

    @property
    def zones(self) -> list[str]:
        """Zones in which something of the chosen domains is wanted, or was published."""
        chosen = self.lives.keys() if self.chosen is None else self.chosen
        wanted = {
            name
            for name, zone in self.compiled.zones.items()
            if not zone.domains.isdisjoint(chosen)
            or any(not chosen.isdisjoint(owners) for owners in zone.owners.values())
        }
        held = (ledger.zones for name, ledger in self.repository.ledgers.items() if name in chosen)
        return sorted(wanted.union(*held))

    def only(self, domains: frozenset[str]) -> State:
        """The same state, in which only the records of these mail domains may change."""
        rest = self.lives.keys() - domains
        if not rest:
            return self
        left = [ledger for name, ledger in self.repository.ledgers.items() if name in rest]
        return replace(self, chosen=domains, needed={**still_pointed_to(left, self.compiled), **self.needed})

    def lint(self, domains: Collection[str]) -> list[Finding]:
        """Every rule of the catalogue that files can decide, about some mail domains."""
        held = {name: domain for name, domain in self.repository.domains.items() if name in domains}
        if not held:
            return []  # the context is made of all that is compiled, which takes its time
        context = Context.of(self.repository.domains, self.repository.zones, self.compiled.rrsets())
        return [found for name in sorted(held) for found in check(held[name], context)]

    def permitted(self, domain: str | None, rule: str, what: str) -> str | None:
        """Why something that a rule forbids may happen all the same: this run says so, or the ledger does."""
        if rule in self.allow:
            return "this run overrides it"
        ledger = self.repository.ledgers.get(domain or "")
        allowance = ledger.allowance(rule, what, self.now) if ledger else None
        return f"{allowance.reason} ({allowance.at:%Y-%m-%d})" if allowance else None

    def overrides(self, domains: Collection[str]) -> Iterator[tuple[str, str, str]]:
        """What this run's overrides let happen to these mail domains: domain, rule, what was forbidden.

        The guards are not among it: they look at changes.
        """
        if not self.allow:
            return
        for one in (*self._between(domains), *filter(_blocks, self.lint(domains))):
            if one.domain is not None and one.rule in self.allow:
                yield one.domain, one.rule, one.message
        for name in sorted(set(domains) & self.lives.keys()):
            wanted = self.repository.domains.get(name)
            steps = advance(name, wanted, self.repository.ledgers.get(name, Ledger(name)), self.now).steps
            held = {step.rule for step in steps if step.state is not StepState.DUE}
            rules = sorted(held & self.allow & {*OVERRIDABLE})
            yield from ((name, rule, asked_for(wanted)) for rule in rules)

    def forbidding(self, domains: Collection[str]) -> list[Finding]:
        """What forbids to publish these mail domains: wrong files, and errors that would do harm."""
        return list(dict.fromkeys([*self.doubts(domains), *self.harms(domains)]))

    def doubts(self, domains: Collection[str]) -> list[Finding]:
        """What is wrong with files, or between them, so that nobody knows what they want.

        A file that cannot be read forbids everything.
        """
        unread = [one for one in self.repository.findings if one.severity is Severity.ERROR]
        return self._located([*unread, *self._not_permitted(self._between(domains))])

    def harms(self, domains: Collection[str], linted: Iterable[Finding] | None = None) -> list[Finding]:
        """Errors by which something would be published that is broken in itself, or may not go yet.

        `linted` is what `lint` found, where it was asked already.
        """
        found = self.lint(domains) if linted is None else linted
        alone = (one for one in self._all_between(domains) if one.rule in ALONE)
        return self._located(self._not_permitted([*alone, *filter(_blocks, found)]))

    def _located(self, found: Iterable[Finding]) -> list[Finding]:
        return [self.repository.located(one) for one in dict.fromkeys(found)]

    def _not_permitted(self, found: Iterable[Finding]) -> Iterator[Finding]:
        return (
            one for one in found
            if one.rule.startswith(NOT_GUARDS) or not self.permitted(one.domain, one.rule, one.message)
        )  # fmt: skip

    def _all_between(self, domains: Collection[str]) -> list[Finding]:
        return [
            one for one in self.findings if _blocks(one) and (one.domain is None or one.domain in domains)
        ]

    def _between(self, domains: Collection[str]) -> list[Finding]:
        return [one for one in self._all_between(domains) if one.rule not in ALONE]


def _blocks(found: Finding) -> bool:
    return found.severity is Severity.ERROR and RULES[found.rule].blocks


def state_at(
    repository: Repository, now: datetime, allow: Collection[str] = (), *, publishes: bool = True
) -> State:
    """What should be live at a moment, compiled.

    Without `publishes` nobody will put policy files in place, so no record names a new one.
    """
    lives = {}
    for name in sorted({*repository.domains, *repository.ledgers}):
        ledger = repository.ledgers.get(name, Ledger(name))
        live = advance(name, repository.domains.get(name), ledger, now, allow)
        lives[name] = live if publishes else without_new_policy(live, ledger)
    compiled = compile_zones(lives.values(), repository.zones)
    found = [*compiled.findings, *orphans(repository, lives), *zones_in_doubt(repository)]
    state = State(repository, lives, compiled, [*repository.findings, *found], now, frozenset(allow))
    for ledger in repository.ledgers.values():
        for zone in ledger.zones:
            state.holders.setdefault(zone, []).append(ledger)
    state.needed = needed_hosts(lives, compiled, repository.ledgers.values(), now)
    return state
