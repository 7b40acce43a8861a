"""What should be live now: the mail domain as the YAML wants it, held back by time.

A change that can lose mail is spread over steps.  This module compares what is wanted with what
the ledger says was published, and gives what may be live at this moment, with the steps that are
due, waiting or blocked, each with its reason.  The rest of stszone publishes exactly that.

MTA-STS leaves in LC3's order: `mode: none` under a new id, a wait until the last copy of every
policy ever served has expired, then the TXT record, then the policy host.
"""

from __future__ import annotations

from stszone.lifecycle.expiry import LONGEST, SKEW, cached_policies, safe_to_remove_at
from stszone.lifecycle.override import OVERRIDABLE, asked_for
from stszone.lifecycle.stages import NONE_MAX_AGE, Live, PolicyFile, advance, mint_id, without_new_policy

__all__ = [
    "LONGEST", "NONE_MAX_AGE", "OVERRIDABLE", "SKEW", "Live", "PolicyFile", "advance", "asked_for",
    "cached_policies", "mint_id", "safe_to_remove_at", "without_new_policy",
]  # fmt: skip
