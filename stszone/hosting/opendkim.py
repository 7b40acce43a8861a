"""Tables for OpenDKIM: which key signs the mail of which domain.

Only selectors whose key is ours are here: of an alias a mail provider has the private key, and a
revoked selector signs no more.  One key signs for a domain, the first in the YAML that the ledger
knows to be published: a signature whose key is not in DNS yet fails (ORD07).

OpenDKIM 2.11 has one SignatureAlgorithm for all keys, and where a key is of the other type it sends
the mail unsigned.  So RSA keys sign, and Ed25519 keys only where nobody has another.

A private key is nowhere in stszone; its path here is a convention.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from stszone.domain import MailDomain
from stszone.errors import RefusedError
from stszone.hosting.sites import comment
from stszone.ledger import Ledger
from stszone.standards import dkim
from stszone.standards.dkim_key import ED25519, RSA
from stszone.store.state import State

KEYS = "/etc/opendkim/keys"
"""Below it DOMAIN/SELECTOR.private, readable by OpenDKIM alone."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A selector of a mail domain whose private key the signer has."""

    domain: str
    selector: str
    k: str
    """Type of the key."""
    published: bool
    """Whether the ledger knows that this very key stands in DNS."""

    @property
    def name(self) -> str:
        """Its name in both tables: the owner name of its record."""
        return dkim.owner(self.selector, self.domain)


def opendkim(state: State, domains: Collection[str], keys: str = KEYS) -> dict[str, bytes]:
    """KeyTable, SigningTable and TrustedHosts.  Raises RefusedError when there is no key of ours."""
    wanted = [state.repository.domains[name] for name in sorted(domains) if name in state.repository.domains]
    found = [key for one in wanted for key in signing_keys(one, state.repository.ledgers.get(one.name))]
    if not found:
        raise RefusedError("none of these mail domains has a DKIM key of its own; aliases sign elsewhere")
    return {
        "KeyTable": _key_table(found, keys),
        "SigningTable": _signing_table(found),
        "TrustedHosts": _trusted_hosts(wanted),
    }


def signing_keys(domain: MailDomain, ledger: Ledger | None) -> Iterator[SigningKey]:
    """The keys that may sign the mail of a domain, in the order of the YAML."""
    published = {place[2:]: rdatas for place, rdatas in ledger.settled.items()} if ledger else {}
    for name, selector in domain.dkim.items():
        record = selector.record
        if record is None or record.revoked or (record.s and not {"*", "email"} & set(record.s)):
            continue
        if name == "*":
            continue  # a name for every selector is none that a signature could carry
        type_, rdata = selector.rdata
        there = rdata in published.get((dkim.owner(name, domain.name), type_), ())
        yield SigningKey(domain.name, name.lower(), record.k, there)


def _key_table(found: Iterable[SigningKey], keys: str) -> bytes:
    head = comment(
        "Keys that sign, for opendkim.conf: KeyTable /etc/opendkim/KeyTable",
        "Written by `stszone render opendkim`, which writes it again: changes made here get lost.",
        f"Private keys are {keys}/DOMAIN/SELECTOR.private, with mode 0600 and OpenDKIM as their owner.",
    )
    lines = (
        f"{key.name} {key.domain}:{key.selector}:{keys}/{key.domain}/{key.selector}.private\n"
        for key in found
    )
    return (head + "".join(lines)).encode()


def _signing_table(found: Sequence[SigningKey]) -> bytes:
    k = RSA if any(key.k == RSA for key in found) else ED25519
    text = comment(
        "Whose mail which key signs, for opendkim.conf: SigningTable refile:/etc/opendkim/SigningTable",
        "Written by `stszone render opendkim`, which writes it again: changes made here get lost.",
        *(["These are Ed25519 keys: SignatureAlgorithm ed25519-sha256"] if k == ED25519 else []),
    )
    by_domain: dict[str, list[SigningKey]] = {}
    for key in found:
        by_domain.setdefault(key.domain, []).append(key)
    return (text + "".join(_lines(domain, keys, k) for domain, keys in by_domain.items())).encode()


def _lines(domain: str, keys: Sequence[SigningKey], k: str) -> str:
    """The line of one mail domain, and for every other key the reason why it does not sign."""
    candidates = [key for key in keys if key.k == k]
    signing = next((key for key in candidates if key.published), candidates[0] if candidates else None)
    text = ""
    for key in keys:
        if key.k != k:
            text += comment(f"{key.name} does not sign: it is {key.k}, and OpenDKIM signs with {k} alone")
        elif key is not signing:
            text += comment(f"{key.name} does not sign: {signing.name if signing else ''} comes before it")
        elif not key.published:
            text += comment(f"{key.name} is not known to be in DNS: apply before you sign")
    return f"{text}*@{domain} {signing.name}\n" if signing else text


def _trusted_hosts(wanted: Iterable[MailDomain]) -> bytes:
    """Whose mail is signed and not verified: this machine, and MX hosts whose addresses the YAML has.

    Other senders of the SPF record are not here: they may be machines that others use too.
    """
    addresses = ["127.0.0.1", "::1", "localhost"]
    for domain in wanted:
        for mx in domain.mx or ():
            if (host := domain.hosts.get(mx.host)) is not None:
                addresses += [*host.ipv4, *host.ipv6]
    head = comment(
        "Whose mail is signed, for opendkim.conf: InternalHosts /etc/opendkim/TrustedHosts, and the same",
        "for ExternalIgnoreList.",
        "Written by `stszone render opendkim`, which writes it again: changes made here get lost.",
        "This machine, and the MX hosts whose addresses stand under `hosts:`.",
    )
    return (head + "".join(f"{one}\n" for one in dict.fromkeys(addresses))).encode()
