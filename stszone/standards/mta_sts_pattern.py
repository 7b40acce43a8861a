"""The `mx` patterns of an MTA-STS policy (RFC 8461 §3.2, §4.1): which MX hosts a sender may use.

Stricter than what some senders do.  Postfix's helpers turn `*.example.com` into `.example.com`,
any depth, and look at the certificate's names; a policy that works there may fail elsewhere.
"""

from __future__ import annotations

import re

from stszone.errors import RuleError
from stszone.standards.names import MAX_NAME, is_address, parse_host

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")


def parse_pattern(text: str) -> str:
    """One `mx` pattern in lower case: a host name, or `*.` and a domain.

    Raises RuleError (STS026, STS027, STS029, STS030).

    >>> parse_pattern("*.Example.com")
    '*.example.com'
    """
    if re.search(r"[,;\s]", text):
        raise RuleError("STS026", f"mx {text[:60]!r} is more than one pattern", "write an mx for each")
    if not text.isascii():
        raise RuleError("STS029", f"mx {text[:60]!r} is not an A-label", "write the xn-- form")
    pattern = text.lower()
    domain = pattern.removeprefix("*.")
    if "*" in domain or domain.startswith(".") or pattern == "*.":
        raise RuleError("STS027", f"mx {text[:60]!r} has a wildcard that is not the left-most label")
    if domain.rpartition(".")[2].isdigit() or (":" in domain and is_address(domain)):
        raise RuleError("STS030", f"mx {text[:60]!r} is an address", "name the MX host")
    if not _DOMAIN.fullmatch(domain) or len(domain) > MAX_NAME:
        raise RuleError("STS029", f"mx {text[:60]!r} {_domain_problem(domain)}")
    return pattern


def _domain_problem(domain: str) -> str:
    if domain.endswith("."):
        return "has a trailing dot"
    if "_" in domain:
        return "has an underscore, which a host name cannot have"
    return "is not a domain name" if domain else "is empty"


def parse_written_pattern(text: str) -> str:
    """A pattern as people write it in YAML: U-labels are fine, a name without a dot is half a name.

    Raises RuleError (STS026, STS027, STS029, STS030, IDN001, IDN003).

    >>> parse_written_pattern("*.müller.example")
    '*.xn--mller-kva.example'
    """
    if not text.isascii():
        star = "*." if text.startswith("*.") else ""
        text = star + parse_host(text.removeprefix("*."))
    pattern = parse_pattern(text)
    if "." not in pattern:
        raise RuleError("STS029", f"mx {text!r} is not absolute", f"write {text}.{{domain}}, if so meant")
    return pattern


def matches(pattern: str, host: str) -> bool:
    """Whether one `mx` line of a policy allows an MX host (RFC 8461 §4.1).

    A leading `*.` stands for exactly one label; case does not matter.  Names are without their
    trailing dot here as everywhere, so a host that still has it matches nothing.

    >>> matches("*.example.com", "mx1.example.com"), matches("*.example.com", "a.mx1.example.com")
    (True, False)
    """
    if not host.isascii():  # lower() would fold a Kelvin sign into a k
        return False
    pattern, host = pattern.lower(), host.lower()
    if pattern.startswith("*."):
        label, _, rest = host.partition(".")
        return bool(label and rest) and rest == pattern[2:]
    return bool(host) and host == pattern
