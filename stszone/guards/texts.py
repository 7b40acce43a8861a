"""Texts about mail in one spelling, so that the same change is told in the same words everywhere."""

from __future__ import annotations

from stszone.errors import RuleError
from stszone.standards import dkim, dmarc, spf
from stszone.standards.dmarc_tags import is_policy_record


def spelled(text: str) -> str:
    """A text of SPF, DMARC, DKIM or MTA-STS in its one spelling."""
    try:
        if spf.is_spf(text):
            return spf.format_record(spf.parse_record(text))
        if is_policy_record(text):
            return dmarc.format_record(dmarc.parse_record(text))
    except RuleError:
        return text
    return "".join(key_of(text).split()).removesuffix(";")


def key_of(text: str) -> str:
    """The key of a selector's text; the text itself where it cannot be read."""
    try:
        return dkim.parse_record(text).p
    except RuleError:
        return text  # unreadable to us, perhaps not to all verifiers
