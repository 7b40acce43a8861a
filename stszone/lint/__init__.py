"""Rules that need more than one section: what a mail domain's parts ask of each other.

Rules of a single section stand with their standard; `check` runs those too, and judges the
TXT records that were written out under `records`.
"""

from __future__ import annotations

from collections.abc import Iterator

from stszone.domain import MailDomain
from stszone.lint import dkim as dkim_rules
from stszone.lint import dmarc as dmarc_rules
from stszone.lint import dns, hosts, parked, sections
from stszone.lint import mta_sts as mta_sts_rules
from stszone.lint import services as service_rules
from stszone.lint import spf as spf_rules
from stszone.lint.context import Context
from stszone.report import Finding


def check(domain: MailDomain, context: Context) -> Iterator[Finding]:
    """Everything that files can decide about one mail domain, with full keys."""
    for rules in (
        sections, spf_rules, dkim_rules, dmarc_rules, mta_sts_rules, hosts, service_rules, parked, dns,
    ):  # fmt: skip
        for found in rules.check(domain, context):
            yield found.for_domain(domain.name)
