"""What holds mail domains back or may harm them, and the command with which an operator says yes."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from stszone.lifecycle.override import OVERRIDABLE
from stszone.render.markup import code, escape, prose, quoted
from stszone.render.words import plural, shorten
from stszone.report import GUARD, DomainPlan, Severity, StepState
from stszone.rules import RULES

_NAMED = 10
"""Mail domains that are named one by one."""


@dataclass(frozen=True, slots=True)
class Risk:
    """What one rule says of one mail domain."""

    rule: str
    blocks: bool
    """Whether the mail domain has to wait for an answer."""
    message: str
    consequence: str
    fix: str


@dataclass(frozen=True, slots=True)
class Endangered:
    """Mail domains of which the same is to be feared."""

    domains: tuple[str, ...]
    risks: tuple[Risk, ...]
    """As they are told of the first."""
    alone: bool
    """Whether no other mail domain is held back by one of these rules."""

    @property
    def blocks(self) -> bool:
        """Whether they have to wait."""
        return any(risk.blocks for risk in self.risks)


def endangered(plans: Iterable[DomainPlan]) -> list[Endangered]:
    """The mail domains with risks, those that alike is said of together, those held back first."""
    risks: dict[str, dict[Risk, None]] = {}
    for plan in plans:
        if found := dict.fromkeys(_risks(plan)):
            risks.setdefault(plan.domain, {}).update(found)
    common = Counter(risk.message for one in risks.values() for risk in one)
    alike: dict[tuple[tuple[object, ...], ...], list[str]] = {}
    for domain, one in risks.items():
        key = (
            (*_place(risk), _neutral(risk.message, domain, common), risk.consequence, risk.fix)
            for risk in one
        )
        alike.setdefault(tuple(key), []).append(domain)
    holders = Counter(rule for one in risks.values() for rule in {risk.rule for risk in one if risk.blocks})
    groups = [_group(domains, risks[domains[0]], holders) for domains in alike.values()]
    return sorted(groups, key=lambda group: not group.blocks)


def _risks(plan: DomainPlan) -> Iterator[Risk]:
    guards = [found for found in plan.findings if found.rule.startswith(GUARD)]
    for found in guards:
        blocks = plan.blocked and found.severity is Severity.ERROR
        yield Risk(found.rule, blocks, found.message, found.consequence, found.fix)
    known = {found.rule for found in guards}
    for step in plan.steps:
        if step.state is StepState.BLOCKED and step.rule not in known:
            entry = RULES.get(step.rule)
            prose_ = (entry.consequence, entry.fix) if entry else ("", "")
            yield Risk(step.rule, True, step.reason, *prose_)


def _place(risk: Risk) -> tuple[bool, str]:
    return not risk.blocks, risk.rule


def _neutral(message: str, domain: str, common: Counter[str]) -> str:
    """The message without the mail domain's name, unless the very same is said of others."""
    return message if common[message] > 1 else message.replace(domain, "\0")


def _group(domains: Sequence[str], risks: Iterable[Risk], holders: Counter[str]) -> Endangered:
    ordered = tuple(sorted(risks, key=_place))
    alone = all(holders[risk.rule] == len(domains) for risk in ordered if risk.blocks)
    return Endangered(tuple(domains), ordered, alone)


def allow_command(rules: Iterable[str], domains: Iterable[str], base: str | None) -> str:
    """The command that lets these mail domains break these rules; empty where nothing can.

    >>> allow_command(["GRD002"], ["example.com"], "main")
    "stszone diff --base main --allow GRD002 --reason 'WHY' example.com"
    """
    able = dict.fromkeys(rule for rule in rules if rule.startswith(GUARD) or rule in OVERRIDABLE)
    if not able:
        return ""
    command = ["diff", "--base", shlex.quote(base)] if base is not None else ["plan"]
    allowing = [word for rule in able for word in ("--allow", shlex.quote(rule))]
    return " ".join(["stszone", *command, *allowing, "--reason 'WHY'", *map(shlex.quote, domains)])


def warning(group: Endangered, base: str | None) -> str:
    """A box: what can go wrong for whom, what follows from it, the way out, and how to say yes."""
    domains = group.domains
    more = f" and {plural(len(domains) - 1, 'more mail domain')}" if len(domains) > 1 else ""
    lines = [f"**{'Held back' if group.blocks else 'RISK'}: {escape(domains[0])}{more}**", ""]
    lines += ["- " + "<br>\n  ".join(_told(risk)) for risk in group.risks]
    if more:
        rest = f" and {len(domains) - _NAMED - 1:,} more" if len(domains) > _NAMED + 1 else ""
        lines += ["", f"The same: {', '.join(map(escape, domains[1 : _NAMED + 1]))}{rest}"]
    if command := _command(group, base):
        lines += ["", f"If it is meant: {code(command)} and commit the ledger."]
    return quoted("CAUTION" if group.blocks else "WARNING", "\n".join(lines))


def _told(risk: Risk) -> Iterator[str]:
    yield f"**{escape(risk.rule)}**: {escape(shorten(risk.message))}"
    if risk.consequence:
        yield f"What follows: {prose(risk.consequence)}"
    allowed = risk.fix.removeprefix("allowed: ")
    if risk.fix:
        yield f"{'Way out' if allowed == risk.fix else '**Allowed**'}: {prose(shorten(allowed))}"


def _command(group: Endangered, base: str | None) -> str:
    """With the names; without any where that means the same, with a gap where they are too many."""
    rules = [risk.rule for risk in group.risks if risk.blocks]
    if len(group.domains) <= _NAMED:
        return allow_command(rules, group.domains, base)
    command = allow_command(rules, (), base)
    return command if group.alone or not command else f"{command} DOMAIN…"
