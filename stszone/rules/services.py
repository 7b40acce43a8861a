"""SRV, AUT, REQ: how mail programs find the servers, and REQUIRETLS."""

from __future__ import annotations

from stszone.report import Severity
from stszone.rules.rule import FILES, LIVE, Rule

RULES = (
    Rule(
        "SRV001",
        Severity.ERROR,
        "A mail service has the SRV name under which programs look for it",
        "`_submissions` (465), `_submission` (587), `_imaps`, `_imap`, `_pop3s`, `_pop3`, `_sieve`, `_jmap`, "
        "all `._tcp`; `_smtps` was never registered.",
        "No program finds the service.",
        "use the registered name, for example `submissions` for TLS on port 465",
        "RFC 6186 §3, RFC 8314 §5.1",
        blocks=True,
    ),
    Rule(
        "SRV002",
        Severity.ERROR,
        "An SRV target is a host with addresses, not an alias; priority, weight and port are numbers up to 65535",
        "Programs look up A and AAAA of the target and check its certificate against that name.",
        "The service is not found, or the program shows a certificate warning.",
        "name the host that has the addresses",
        "RFC 2782",
    ),
    Rule(
        "SRV003",
        Severity.INFO,
        "The SRV `0 0 0 .` alone says that a service is not offered",
        "Programs then stop guessing host names.",
        "With other records beside it, or other numbers, programs differ about its meaning.",
        "write `none` for the service",
        "RFC 6186 §3.4",
    ),
    Rule(
        "SRV004",
        Severity.WARNING,
        "A service that starts in clear text is advertised only beside its twin with implicit TLS",
        "Programs prefer the TLS port where they find it, and can be talked out of STARTTLS.",
        "Passwords can be read by whoever sits between a program and the server.",
        "add `submissions`, `imaps` or `pop3s`, and mark the clear-text service `none`",
        "RFC 8314 §3, §5.1",
    ),
    Rule(
        "SRV005",
        Severity.WARNING,
        "The certificate of a service covers the SRV target",
        "That is the name which programs check after they followed the record.",
        "Users see a certificate warning.",
        "have the certificate issued for the target, and best for the mail domain too",
        "RFC 6186 §6",
        (LIVE,),
    ),
    Rule(
        "AUT001",
        Severity.WARNING,
        "`autoconfig.<domain>` leads to a server that answers over HTTPS",
        "Thunderbird and others fetch /mail/config-v1.1.xml there; the draft has no RFC number yet.",
        "Programs guess the settings, or ask whoever holds the abandoned target.",
        "point it at a host of yours, or remove the name",
        "draft-ietf-mailmaint-autoconfig",
        (FILES, LIVE),
    ),
    Rule(
        "AUT002",
        Severity.WARNING,
        "`autodiscover.<domain>`, or `_autodiscover._tcp`, leads to a server that is still yours, on port 443",
        "Outlook sends the user's password to whoever answers there.",
        "A target that somebody else can register collects passwords.",
        "point it at a host of yours or at your provider, or remove the name",
        "Microsoft, Autodiscover for Exchange",
        (FILES, LIVE),
    ),
    Rule(
        "REQ001",
        Severity.INFO,
        "Mail sent with REQUIRETLS arrives only where DANE or an enforced MTA-STS policy protects the MX",
        "The sender must have verified which hosts are the domain's.",
        "Such mail bounces at domains that are still testing.",
        "bring the policy to `mode: enforce`",
        "RFC 8689 §4.2.1",
        (LIVE,),
    ),
)
