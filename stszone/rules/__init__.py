"""The rule catalogue: what each rule says, why, what happens otherwise, and the way out.

Prose only.  The code that decides a rule stands with its standard in `stszone.standards`,
or in `stszone.lint` where a rule needs more than one section.  `stszone explain` prints
these texts, and every finding carries its rule's consequence and fix.
"""

from __future__ import annotations

from stszone.report import Finding, Key, Severity
from stszone.rules import (
    caa,
    dane,
    dkim,
    dmarc,
    dns,
    mta_sts,
    mx,
    parked,
    services,
    spf,
    stszone,
    tls_rpt,
)
from stszone.rules.rule import Rule

__all__ = ["RULES", "Rule", "finding"]

RULES: dict[str, Rule] = {
    rule.id: rule
    for family in (
        mta_sts, tls_rpt, spf, dkim, dmarc, dane, mx, caa, services, parked, dns, stszone,
    )
    for rule in family.RULES
}  # fmt: skip
"""Every rule by its id, in the order of the catalogue."""


def finding(
    rule: str,
    what: str,
    *,
    key: Key = (),
    fix: str = "",
    severity: Severity | None = None,
    domain: str | None = None,
) -> Finding:
    """What a rule says about one place; consequence and fix come from the catalogue.

    `severity` departs from the catalogue's where a rule is graded by circumstance;
    `fix` is for a way out that names the very value.
    """
    entry = RULES[rule]
    return Finding(
        rule=rule,
        severity=severity or entry.severity,
        message=what,
        statement=f"{entry.statement} ({entry.source})",
        consequence=entry.consequence,
        fix=fix or entry.fix,
        key=key,
        domain=domain,
    )
