"""What an SPF record costs its receivers, followed through every include and redirect.

Receivers stop after ten terms that ask the DNS, counted over all records together, and take the
record for broken (RFC 7208 §4.6.4).  Which terms they reach depends on the sender, so the worst
case counts here: that no term matches.  Names that nobody here knows count one and are listed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from stszone.errors import RuleError
from stszone.standards.spf import Spf, is_spf, parse_record
from stszone.standards.spf_domain_spec import expand
from stszone.standards.spf_terms import DNS_TERMS, Term, parse_term

TextsOf = Callable[[str], Sequence[str] | None]
"""The TXT texts at a name; None where they are not known."""
Exists = Callable[[str, str], bool | None]
"""Whether a name has records of a type; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A term that makes receivers take the record for broken."""

    rule: str
    term: str
    """The term of the evaluated record that leads there: `include:a.example`."""
    what: str
    missing: str = ""
    """The name that has no SPF record, where that is the fault."""


@dataclass(frozen=True, slots=True)
class Void:
    """A term whose query has no answer; receivers allow two (RFC 7208 §4.6.4)."""

    term: str
    """The term of the evaluated record that leads there."""
    name: str
    type: str


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the worst case costs, as far as the records are known."""

    lookups: int
    """At least; exactly if `unknown` is empty."""
    voids: tuple[Void, ...] = ()
    unknown: tuple[str, ...] = ()
    """Domains whose records count but are not known; a domain-spec where macros decide."""
    faults: tuple[Fault, ...] = ()


def evaluate(domain: str, text: str, texts_of: TextsOf, exists: Exists) -> Evaluation:
    """Follow a record.  Raises RuleError if the record itself does not parse."""
    walk = _Walk(texts_of, exists)
    lookups = walk.cost(domain, parse_record(text), (domain,), "")
    return Evaluation(lookups, tuple(walk.voids), tuple(dict.fromkeys(walk.unknown)), tuple(walk.faults))


@dataclass(slots=True)
class _Walk:
    texts_of: TextsOf
    exists: Exists
    voids: list[Void] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    costs: dict[str, int] = field(default_factory=dict)
    """What a record costs that was followed before: each is looked at once, and counted every time."""

    def cost(self, domain: str, section: Spf, trail: tuple[str, ...], root: str) -> int:
        """The lookups of one record; `root` is the term of the first record that led here."""
        lookups = 0
        for text in section.terms:
            term = parse_term(text)
            if term.name in DNS_TERMS:
                lookups += 1 + self._below(domain, term, trail, root or text)
        if section.redirect is not None and section.all is None:
            term = Term("", "redirect", section.redirect)
            lookups += 1 + self._below(domain, term, trail, root or str(term))
        return lookups

    def _below(self, domain: str, term: Term, trail: tuple[str, ...], root: str) -> int:
        target = expand(term.value, domain)
        if term.name in ("include", "redirect"):
            if target is None:
                self.unknown.append(term.value)
                return 0
            return self._record(target, term.name, trail, root)
        if target is not None and term.name != "ptr":
            self._void(target, term.name, root)
        return 0

    def _void(self, target: str, mechanism: str, root: str) -> None:
        # A sender with an IPv6 address asks for AAAA alone.  That many hosts have none is no finding.
        types = {"mx": ("MX",), "a": ("A", "AAAA")}.get(mechanism, ("A",))
        if all(self.exists(target, type_) is False for type_ in types):
            self.voids.append(Void(root, target, types[0]))

    def _record(self, target: str, name: str, trail: tuple[str, ...], root: str) -> int:
        rule = "SPF010" if name == "include" else "SPF018"
        if target in trail:
            circle = " → ".join([*trail[trail.index(target) :], target])
            self.faults.append(Fault(rule, root, f"{circle} is a loop"))
            return 0
        if target in self.costs:
            return self.costs[target]
        texts = self.texts_of(target)
        if texts is None:
            self.unknown.append(target)
            return 0
        section = self._only_record(target, [text for text in texts if is_spf(text)], rule, root)
        cost = 0 if section is None else self.cost(target, section, (*trail, target), root)
        self.costs[target] = cost
        return cost

    def _only_record(self, target: str, records: Sequence[str], rule: str, root: str) -> Spf | None:
        if not records:
            self.faults.append(Fault(rule, root, f"{target} has no SPF record", missing=target))
            return None
        if len(records) > 1:
            self.faults.append(Fault(rule, root, f"{target} has {len(records)} SPF records"))
            return None
        try:
            return parse_record(records[0])
        except RuleError as error:
            self.faults.append(Fault(rule, root, f"the record of {target} is broken: {error.what}"))
            return None
