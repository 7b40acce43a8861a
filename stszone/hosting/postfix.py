"""TLS policies for Postfix, which make TLS mandatory between one's own domains.

Only a policy of mode enforce gets an entry, `secure` with the names of the policy (Postfix
TLS_README, "Secure server certificate verification").  RFC 8461 §5 has senders deliver under
`testing` and `none` whatever the certificate is, so these have none: `may` would be weaker than a
global `encrypt` or `dane`, and Postfix's `none` would switch TLS off.  Without an entry the default
level of the mail server applies.

A pattern `*.example.com` becomes `.example.com`, as MTA-STS clients for Postfix write it.  For
Postfix that is a name of any depth, for RFC 8461 §4.1 one label; the entry allows more than other
senders do.  And Postfix checks the names of the certificate, not the name of the MX host.
"""

from __future__ import annotations

from collections.abc import Collection

from stszone.errors import RefusedError
from stszone.hosting.sites import comment
from stszone.lifecycle import Live
from stszone.standards import mta_sts
from stszone.standards.names import parse_host
from stszone.store.state import State


def postfix(state: State, domains: Collection[str]) -> bytes:
    """A table for smtp_tls_policy_maps.  Raises RefusedError when no domain has a policy."""
    found = [state.lives[name] for name in sorted(domains) if state.lives[name].stage != "absent"]
    if not found:
        raise RefusedError("none of these mail domains has an MTA-STS policy")
    head = comment(
        "Mandatory TLS between our own domains, from their MTA-STS policies (RFC 8461), for Postfix 3.4",
        "and later.  Written by `stszone render postfix`, which writes it again: changes made here get lost.",
        "In main.cf, before the map of an MTA-STS client, if there is one:",
        "  smtp_tls_policy_maps = hash:/etc/postfix/tls_policy",
        "  smtp_tls_CAfile = /etc/ssl/certs/ca-certificates.crt",
        "then: postmap /etc/postfix/tls_policy && postfix reload",
        "Render it again when MX hosts change; mail to a host that is not named here waits.",
    )
    return (head + "".join(map(_entry, found))).encode()


def _entry(live: Live) -> str:
    """A line for one mail domain, or the reason why there is none."""
    name = parse_host(live.name)
    if live.policy is None or not live.policy.body:
        return comment(f"{name}: no entry; its policy is {_whose(live)}")
    policy = mta_sts.parse_policy(live.policy.body)
    if policy.mode != "enforce":
        return comment(f"{name}: no entry; its policy has mode {policy.mode}, which lets all mail through")
    match = ":".join(pattern.removeprefix("*") for pattern in policy.mx)
    dane = ""
    if live.wanted is not None and live.wanted.tlsa:
        dane = comment(f"{name} has TLSA records: `dane-only` is stronger, with a resolver that validates")
    return f"{dane}{name} secure match={match} servername=hostname\n"


def _whose(live: Live) -> str:
    return "not decided here" if live.stage in ("delegated", "external") else "on its way out"
