"""Policy hosts as a web server sees them: names, where the policy stands, which certificate."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from stszone.errors import RefusedError
from stszone.hosting.serving import DEFAULT_WEBROOT, Serving, checked_path
from stszone.ledger import Ledger
from stszone.lifecycle import Live
from stszone.standards import mta_sts
from stszone.standards.names import parse_host
from stszone.store.state import State

WELL_KNOWN = "/.well-known/mta-sts.txt"
"""RFC 8461 §3.3."""
CHALLENGES = "/.well-known/acme-challenge/"
"""RFC 8555 §8.3; over HTTP, and redirects are for those who need them."""
UNKNOWN = "unknown.mta-sts.invalid"
"""The name of what answers those who ask for a host that is not here (RFC 6761 §6.4)."""
MAX_NAMES = 100
"""Names that Let's Encrypt puts in one certificate."""


@dataclass(frozen=True, slots=True)
class Site:
    """One policy host."""

    host: str
    body: bytes
    """The policy, byte for byte."""
    tree: str
    """The directory that holds one directory for each host."""

    @property
    def digest(self) -> str:
        """A name for the policy by its content."""
        return hashlib.sha256(self.body).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class VirtualHost:
    """Policy hosts that share a certificate and the place of their policy."""

    certificate: str
    """The name of the certificate."""
    hosts: tuple[str, ...]
    tree: str
    body: bytes | None
    """The one policy of all these hosts; None in the layout `tree`, where each has its own."""
    digest: str = ""


def sites(state: State, paths: Mapping[str, str | None], domains: Collection[str]) -> list[Site]:
    """The policy hosts of some mail domains whose policy is served from here, by name.

    `paths` has the policy hosts of providers/stszone.yaml, with the absolute path of those that have
    one.  Raises RefusedError when there is none, and RuleError for a name that is no host name.
    """
    found = []
    for name in sorted(domains):
        served = _served(state.lives[name], state.repository.ledgers.get(name))
        if served is not None and served[1] in paths:
            body, publish = served
            tree = checked_path(paths[publish] or DEFAULT_WEBROOT)
            found.append(Site(parse_host(mta_sts.policy_name(name)), body, tree))
    if not found:
        raise RefusedError("none of these mail domains has an MTA-STS policy that is served from here")
    return found


def _served(live: Live, ledger: Ledger | None) -> tuple[bytes, str] | None:
    """The policy of a mail domain and who publishes it; the last one, while its host has to stay."""
    if live.policy is not None:
        return live.policy.body, live.policy.publish
    if live.kept and ledger is not None and ledger.last_served is not None:
        return ledger.last_served.body, ledger.publisher
    return None


def certificates(hosts: Iterable[str], name: str = "mta-sts") -> dict[str, list[str]]:
    """Which certificate has which names, no more than 100 each.

    Names are dealt out by a hash of each, and a certificate that grew too large becomes two.  So a
    name that comes or goes concerns one certificate, where counting to 100 would move all names
    that stand behind it, with as many certificates to order again.

    >>> certificates(["mta-sts.example.com", "mta-sts.example.net"])
    {'mta-sts': ['mta-sts.example.com', 'mta-sts.example.net']}
    """
    return dict(sorted(_dealt(sorted(set(hosts)), name, 0)))


def _dealt(hosts: Sequence[str], name: str, depth: int) -> list[tuple[str, list[str]]]:
    if len(hosts) <= MAX_NAMES:
        return [(name, list(hosts))] if hosts else []
    halves: tuple[list[str], list[str]] = ([], [])
    for host in hosts:
        number = int.from_bytes(hashlib.sha256(host.encode()).digest(), "big")
        halves[number >> depth & 1].append(host)
    first = name if depth else f"{name}-"
    return [*_dealt(halves[0], f"{first}0", depth + 1), *_dealt(halves[1], f"{first}1", depth + 1)]


def virtual_hosts(found: Iterable[Site], serving: Serving) -> list[VirtualHost]:
    """The hosts, together where one virtual host can serve them."""
    found = list(found)
    dealt = certificates(site.host for site in found)
    certificate = {host: name for name, hosts in dealt.items() for host in hosts}
    one_body = serving.layout != "tree"

    def key(site: Site) -> tuple[str, str, str]:
        return certificate[site.host], serving.webroot or site.tree, site.digest if one_body else ""

    together = []
    for (name, tree, digest), members in groupby(sorted(found, key=lambda one: (key(one), one.host)), key):
        group = list(members)
        hosts = tuple(site.host for site in group)
        together.append(VirtualHost(name, hosts, tree, group[0].body if one_body else None, digest))
    return together


def shared_files(found: Iterable[Site], serving: Serving) -> dict[str, bytes]:
    """The policies of the layout `shared`, below its web root; none in the others.

    A directory's content never changes, so a host changes its policy when the web server takes the
    new configuration, and not between two of its files.
    """
    if serving.layout != "shared":
        return {}
    return {f"policies/{site.digest}{WELL_KNOWN}": site.body for site in found}


def remarks(kind: str, serving: Serving, trees: Collection[str], first: str) -> str:
    """What a configuration says of itself; every line is a comment."""
    place = {
        "tree": [f"Policies are read from {tree}/HOST{WELL_KNOWN}." for tree in sorted(set(trees))],
        "shared": [f"Policies, which came with this file, are read from {tree}/DIGEST{WELL_KNOWN}."
                   for tree in sorted(set(trees))],
        "inline": ["The policies stand in this file: with every new one it is to be rendered again."],
    }[serving.layout]  # fmt: skip
    text = [
        f"MTA-STS policies (RFC 8461), for {first}.",
        f"Written by `stszone render {kind}`, which writes it again: changes made here get lost.",
        *place,
    ]
    return comment(*text)


def comment(*text: str) -> str:
    """Lines as comments."""
    return "".join(f"# {line}\n" for line in text)


def ordered(serving: Serving) -> tuple[str, ...]:
    """How the certificates come to be, for people."""
    chain, _ = serving.certificate("NAME")
    return (
        f"Certificates are {chain} and privkey.pem; other places: --certificates DIR.",
        "`stszone render certbot` orders them; for the first time, when there are none yet, with",
        "the part for port 80 alone, which --http-only gives.",
    )
