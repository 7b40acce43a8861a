"""DAN."""

from tests.lint.case import Case

A, B = "ab" * 32, "cd" * 32
HOST = """
hosts: {mail.{domain}: {ipv4: [192.0.2.1]}}
mx: [mail.{domain}]
"""


def tlsa(*records: str, host: str = "mail.{domain}") -> str:
    listed = ", ".join(f'"{record}"' for record in records)
    return f"{HOST}tlsa: {{{host}: [{listed}]}}\n"


CASES = [
    Case("DAN002", bad=tlsa(f"1 1 1 {A}"), good=tlsa(f"3 1 1 {A}")),
    Case(
        "DAN002",
        bad=f"records: {{_25._tcp.mail: {{type: TLSA, value: 0 1 1 {A}}}}}",
        good=f"records: {{_443._tcp.www: {{type: TLSA, value: 0 1 1 {A}}}}}",
        why="usages 0 and 1 are unusable for SMTP only",
    ),
    Case("DAN003", bad=tlsa(f"3 0 1 {A}"), good=tlsa(f"3 1 1 {A}", f"2 0 1 {B}")),
    Case("DAN003", bad=tlsa("3 1 0 3059"), good=tlsa(f"3 1 1 {A}")),
    Case("DAN003", bad=tlsa(f"3 1 2 {A}{A}"), good=tlsa(f"3 1 1 {A}", f"3 1 2 {A}{A}")),
    Case("DAN004", bad=tlsa("3 1 1 abcd"), good=tlsa(f"3 1 1 {A}"), why="octoDNS takes the short digest"),
    Case("DAN004", bad=tlsa(f"3 1 1 {A}0"), good=tlsa(f"3 1 1 {A}")),
    Case(
        "DAN004",
        bad="records: {_25._tcp.mail: {type: TLSA, value: 3 1 1 abcd}}",
        good=f"records: {{_25._tcp.mail: {{type: TLSA, value: 3 1 1 {A}}}}}",
    ),
    Case(
        "DAN007",
        bad=tlsa(f"3 1 1 {A}", host="www.{domain}"),
        good=tlsa(f"3 1 1 {A}"),
        why="senders look below the MX host only",
    ),
    Case(
        "DAN007",
        bad="aliases: {mx.{domain}: mail.{domain}}\n" + tlsa(f"3 1 1 {A}", host="mx.{domain}"),
        good={
            "example.com.yaml": tlsa(f"3 1 1 {A}", host="relay.{domain}"),
            "other.example.yaml": "mx: [relay.example.com]",
        },
        why="an alias is looked up by its target; and a host may be the MX of another domain",
    ),
    Case(
        "DAN007",
        bad=f"records: {{mail: {{type: TLSA, value: 3 1 1 {A}}}}}",
        good=f"records: {{_25._tcp.mail: {{type: TLSA, value: 3 1 1 {A}}}}}",
    ),
    Case("DAN008", bad=tlsa(f"3 1 1 {A}"), good=tlsa(f"3 1 1 {A}", f"2 1 1 {B}")),
    Case(
        "DAN010",
        bad="ttl: {tlsa: 86400}\n" + tlsa(f"3 1 1 {A}", f"2 1 1 {B}"),
        good="ttl: {tlsa: 3600}\n" + tlsa(f"3 1 1 {A}", f"2 1 1 {B}"),
    ),
    Case("DAN013", bad=tlsa(f"3 1 1 {A}", host="mx.provider.test"), good=tlsa(f"3 1 1 {A}")),
]
