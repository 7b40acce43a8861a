"""What is legal in one SPF term and still a trap: strangers let in, lookups wasted."""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterator
from functools import lru_cache
from ipaddress import ip_network

from stszone.report import Finding, Severity
from stszone.rules import finding
from stszone.standards.spf_terms import Term, glued, parse_term

_P_MACRO = re.compile(r"%\{p", re.IGNORECASE)

_PROVIDER_NETWORKS = sorted(
    (ip_network(network).version, int(ip_network(network)[0]), int(ip_network(network)[-1]), include)
    for include, networks in {
        "_spf.google.com": "64.233.160.0/19 66.102.0.0/20 66.249.80.0/20 72.14.192.0/18 74.125.0.0/16 "
        "108.177.8.0/21 173.194.0.0/16 209.85.128.0/17 216.58.192.0/19 216.239.32.0/19 2001:4860:4000::/36 "
        "2404:6800:4000::/36 2607:f8b0:4000::/36 2800:3f0:4000::/36 2a00:1450:4000::/36 2c0f:fb50:4000::/36",
        "spf.protection.outlook.com": "40.92.0.0/15 40.107.0.0/16 52.100.0.0/15 52.102.0.0/16 52.103.0.0/17 "
        "104.47.0.0/17 2a01:111:f400::/48 2a01:111:f403::/48",
    }.items()
    for network in networks.split()
)
"""Shared networks that two providers publish behind an include; none is ever one customer's own."""


@lru_cache(maxsize=8192)
def check_term(text: str) -> tuple[Finding, ...]:
    """Findings about a term wherever it stands (SPF003, SPF014, SPF019, SPF023, SPF027)."""
    term = parse_term(text)
    return (*_check_value(term), *_check_breadth(term)) if term.qualifier else tuple(_check_value(term))


def _check_value(term: Term) -> Iterator[Finding]:
    if glued(term):
        yield finding("SPF003", f"{str(term)!r} reads like two terms")
    if term.name == "ptr" and term.qualifier:
        yield finding("SPF014", f"{str(term)!r} asks for the sender's PTR names")
    if _P_MACRO.search(term.value):
        what = f"{str(term)!r} has the macro p, which costs PTR lookups"
        yield finding("SPF019", what, fix="use %{i} or %{d} instead", severity=Severity.WARNING)


def _check_breadth(term: Term) -> Iterator[Finding]:
    """How many strangers a term lets in."""
    if term.qualifier != "+":
        return
    prefix4 = 32 if term.prefix4 is None else term.prefix4
    prefix6 = 128 if term.prefix6 is None else term.prefix6
    if prefix4 == 0 or prefix6 == 0:
        what = f"{str(term)!r} lets every address send as the domain"
        yield finding("SPF023", what, severity=Severity.ERROR)
    elif prefix4 <= 16 or prefix6 <= 32:
        yield finding("SPF023", f"{str(term)!r} lets a very large network send as the domain")
    elif term.name in ("ip4", "ip6") and (include := _provider_of(term)):
        what = f"{str(term)!r} lies in the networks of {include}"
        yield finding("SPF027", what, fix=f"write include:{include}")


def _provider_of(term: Term) -> str | None:
    """The include behind which a provider publishes a network."""
    network = term.network()
    first, version = int(network.network_address), network.version
    at = bisect(_PROVIDER_NETWORKS, (version, first, 1 << 128, ""))
    known_version, low, high, include = _PROVIDER_NETWORKS[at - 1]
    return include if known_version == version and low <= first <= high else None
