"""PRK: domains that neither send nor receive mail; M3AAWG, Protecting Parked Domains."""

from __future__ import annotations

from stszone.report import Severity
from stszone.rules.rule import FILES, LIFECYCLE, LIVE, Rule

_M3AAWG = "M3AAWG, Protecting Parked Domains"

RULES = (
    Rule(
        "PRK001",
        Severity.ERROR,
        "A parked domain has a null MX, `v=spf1 -all`, DMARC with reject for itself and its subdomains, and a "
        "revoked key at `*._domainkey`",
        "Each of the four closes another way to use the name, and none stands in for another.",
        "The name can be forged, or mail to it waits for days at a web server.",
        "write `extends: [parked]`",
        _M3AAWG,
        (FILES, LIVE),
    ),
    Rule(
        "PRK002",
        Severity.WARNING,
        "A parked domain starts at `p=reject`",
        "There is no mail of its own that could fail, so there is nothing to watch first.",
        "The name can be forged for as long as the policy stays at none.",
        "write `p: reject`",
        _M3AAWG,
    ),
    Rule(
        "PRK003",
        Severity.ERROR,
        "Every host below a parked domain has a null MX and `v=spf1 -all` of its own",
        "A wildcard does not answer for a name that exists, and without an MX the host's own address is the MX.",
        "The host's name can be forged in MAIL FROM, and mail to it is tried at a web server.",
        "add both under `records` for the host",
        "RFC 4592 §3.3.1",
        (FILES, LIVE),
    ),
    Rule(
        "PRK004",
        Severity.WARNING,
        "A parked domain has no wildcard TXT",
        "It answers for `_mta-sts`, `_smtp._tls` and `_dmarc` below every name too, and as every name then "
        "exists, `np` never applies.",
        "Checks report SPF where none belongs, and made-up subdomains get `sp` instead of `np`.",
        "name the hosts one by one and set `sp: reject`",
        "RFC 4592 §3.3.1",
    ),
    Rule(
        "PRK005",
        Severity.WARNING,
        "A wildcard null MX does not reach names that exist",
        "A wildcard answers only for names with no record of any type.",
        "Mail to an existing host is tried at its address.",
        "add a null MX for each host",
        "RFC 4592 §3.3.1",
    ),
    Rule(
        "PRK006",
        Severity.ERROR,
        "A parked domain promises no mail service",
        "MTA-STS, TLSA, SRV, autoconfiguration and BIMI speak of servers that a parked domain does not have.",
        "Senders with a cached policy defer what should bounce at once; clients are sent to hosts without mail.",
        "take the sections out; stszone drains MTA-STS before it removes it",
        _M3AAWG,
    ),
    Rule(
        "PRK007",
        Severity.WARNING,
        "The registration of a parked domain is kept while anybody may still write to it",
        "Lapsed mail domains are registered anew by others, who then receive password resets and old mail.",
        "Accounts that were opened with the domain's addresses are taken over.",
        "renew the domain, and keep the DMARC record on it",
        _M3AAWG,
        decided_by=(LIFECYCLE,),
    ),
)
