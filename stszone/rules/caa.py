"""CAA: who may issue certificates, RFC 8659 and RFC 8657."""

from __future__ import annotations

from stszone.report import Severity
from stszone.rules.rule import FILES, LIVE, Rule

RULES = (
    Rule(
        "CAA001",
        Severity.ERROR,
        "The CAA records that apply to the policy host let some CA issue for it",
        'They are the first found at the host or, climbing, at a parent; `issue ";"` at the apex, set for '
        "the web site's sake, covers `mta-sts` too.",
        "The next renewal fails, weeks later; then senders cannot fetch the policy.",
        "allow the CA at the apex, or give the policy host CAA records of its own",
        "RFC 8659 §3",
        (FILES, LIVE),
    ),
    Rule(
        "CAA002",
        Severity.ERROR,
        "The CAA records that apply to MX hosts and services let the CA issue that they use",
        "`issuewild` takes the place of `issue` for wildcard certificates.",
        "The next renewal fails; senders that enforce MTA-STS then defer mail.",
        "add an `issue` (or `issuewild`) property for that CA",
        "RFC 8659 §4",
        (FILES, LIVE),
    ),
    Rule(
        "CAA003",
        Severity.ERROR,
        "A CAA property tag is one that CAs know",
        "CAs pass over an unknown tag; under flag 128 they must not issue at all.",
        "A misspelt `issue` restricts nobody and permits nobody, or stops every CA.",
        "write issue, issuewild, issuemail, issuevmc, iodef, contactemail or contactphone",
        "RFC 8659 §4.1",
        blocks=True,
    ),
    Rule(
        "CAA004",
        Severity.ERROR,
        "CAA flags are 0 or 128, and the value has the form of its tag",
        "A CA that cannot read an `issue` value must treat it as naming nobody.",
        "No certificate is issued or renewed.",
        'write for example `0 issue "letsencrypt.org"`, or `0 issue ";"` for nobody',
        "RFC 8659 §4.2",
        blocks=True,
    ),
    Rule(
        "CAA005",
        Severity.WARNING,
        "The ACME account and methods that a CAA property names are the ones in use",
        "The CA compares them at every issuance and may keep the record for 8 hours.",
        "The next renewal fails.",
        "copy the account URI from the ACME client; change CAA first, a day before the account",
        "RFC 8657 §3, §4",
    ),
    Rule(
        "CAA010",
        Severity.ERROR,
        "Where the policy host is an alias, the CAA records of the target let some CA issue",
        "The lookup of CAA follows the CNAME, so the target's records come before the parent's.",
        "The certificate for the policy host is refused, whatever the apex allows.",
        "ask the holder of the target to allow the CA, or use addresses instead of a CNAME",
        "RFC 8659 §3",
        (FILES, LIVE),
    ),
    Rule(
        "CAA011",
        Severity.WARNING,
        "A domain whose policy is enforced restricts who may issue certificates",
        "Without CAA every public CA may issue, and MTA-STS is as strong as the weakest of them.",
        "A certificate issued by mistake lets an attacker read mail in spite of MTA-STS.",
        'name your CA under `caa:`, for example `0 issue "letsencrypt.org"`',
        "RFC 8461 §10.1",
    ),
    Rule(
        "CAA012",
        Severity.ERROR,
        "A lookup of CAA is answered, even if by nothing",
        "CAs take a SERVFAIL or a timeout as a prohibition.",
        "No certificate is issued or renewed.",
        "mend DNSSEC, or the device that drops queries of types it does not know",
        "RFC 8659 §3",
        (LIVE,),
    ),
)
