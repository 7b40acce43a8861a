"""Policy files where senders find them: written before the TXT record names them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stszone.errors import RefusedError
from stszone.lifecycle import PolicyFile
from stszone.standards import mta_sts
from stszone.store.atomic import write_file
from stszone.store.settings import Webroot

WELL_KNOWN = Path(".well-known") / "mta-sts.txt"
"""RFC 8461 §3.3."""


def policy_path(policy: PolicyFile) -> Path:
    """Where a policy stands within a tree of policy hosts."""
    return Path(policy.host) / WELL_KNOWN


def cannot_publish(hosts: Mapping[str, Webroot], policy: PolicyFile) -> str:
    """Why a policy host cannot do what providers/stszone.yaml asks of it; empty if it can."""
    if hosts[policy.publish].check == "https":
        return (
            f"providers/stszone.yaml asks policy_hosts.{policy.publish} to check: https, and reading a "
            "policy back over HTTPS is not in this release; serve the tree, look at it, and write check: none"
        )
    return ""


def is_published(hosts: Mapping[str, Webroot], policy: PolicyFile) -> bool:
    """Whether the policy file is there, byte for byte.  Raises OSError."""
    if policy.publish == mta_sts.EXTERNAL:
        return True
    if policy.publish not in hosts:
        return False
    path = Path(hosts[policy.publish].path) / policy_path(policy)
    return path.is_file() and path.read_bytes() == policy.body


def withdraw(hosts: Mapping[str, Webroot], publish: str, host: str) -> Path | None:
    """The file that is left of a policy that nobody may hold any more; None if there is none."""
    if publish not in hosts:
        return None
    path = Path(hosts[publish].path) / host / WELL_KNOWN
    return path if path.is_file() else None


def publish(hosts: Mapping[str, Webroot], policy: PolicyFile) -> bool:
    """Put a policy where it is served from; False when it was there already.

    Raises OSError, and RefusedError where the host is not known or asks for a check that cannot be
    made.
    """
    if policy.publish == mta_sts.EXTERNAL:
        return False
    if policy.publish not in hosts:
        raise RefusedError(f"providers/stszone.yaml has no policy host {policy.publish}; add it again")
    if refusal := cannot_publish(hosts, policy):
        raise RefusedError(refusal)
    return write_file(Path(hosts[policy.publish].path) / policy_path(policy), policy.body)
