"""Parked domains: for every rule a repository that breaks it and a neighbour that does not."""

from __future__ import annotations

from tests.lint.case import Case

PARKED = """
parked: true
mx: none
spf: {all: fail}
dkim: {"*": {revoked: true}}
dmarc: {p: reject, sp: reject, np: reject, adkim: s, aspf: s}
"""
SHOP = "hosts: {shop.{domain}: {ipv4: [203.0.113.80], ptr: false}}\n"
SHOP_MX = "{type: MX, values: [{preference: 0, exchange: .}]}"
SHOP_CLOSED = f'records: {{shop: [{{type: TXT, value: "v=spf1 -all"}}, {SHOP_MX}]}}\n'

CASES = [
    Case("PRK001", bad=PARKED.replace("mx: none\n", ""), good=PARKED, why="the null MX is missing"),
    Case("PRK001", bad=PARKED.replace("fail", "softfail"), good=PARKED, why="SPF leaves a door open"),
    Case("PRK001", bad=PARKED.replace('"*"', "s2019"), good=PARKED, why="other selectors are not revoked"),
    Case("PRK001", bad=PARKED.replace("sp: reject", "sp: quarantine"), good=PARKED, why="subdomains"),
    Case("PRK001", bad=PARKED.partition("dmarc:")[0], good=PARKED, why="DMARC is missing"),
    Case("PRK001", bad="parked: true", good="mx: none", why="only domains that say they are parked"),
    Case(
        "PRK001",
        bad=PARKED.partition("dmarc:")[0] + "dmarc: {p: quarantine}",
        good=PARKED.partition("dmarc:")[0] + "dmarc: {cname: _dmarc.policies.example}",
        why="a shared policy elsewhere cannot be judged from here",
    ),
    Case("PRK002", bad=PARKED.replace("p: reject", "p: none", 1), good=PARKED),
    Case("PRK003", bad=PARKED + SHOP, good=PARKED + SHOP + SHOP_CLOSED),
    Case(
        "PRK003",
        bad=PARKED + "records: {shop: {type: A, value: 203.0.113.80}}",
        good=PARKED + "aliases: {shop.{domain}: shop.example.net}",
        why="a CNAME cannot have more, and its target answers",
    ),
    Case(
        "PRK003",
        bad=PARKED + SHOP,
        good=PARKED + "hosts: {'{domain}': {ipv4: [203.0.113.80], ptr: false}}",
        why="the domain itself is closed by its sections",
    ),
    Case(
        "PRK004",
        bad=PARKED + "records: {'*': {type: TXT, value: 'v=spf1 -all'}}",
        good=PARKED + "records: {shop: {type: TXT, value: 'v=spf1 -all'}}",
    ),
    Case(
        "PRK005",
        bad=PARKED + SHOP + f"records: {{'*': {SHOP_MX}}}",
        good=PARKED + f"records: {{'*': {SHOP_MX}}}",
        why="without other names the wildcard is all there is",
    ),
    Case(
        "PRK006",
        bad=PARKED + "mta_sts: {mode: testing, mx: [mail.{domain}]}",
        good=PARKED + "mta_sts: {mode: none}",
        why="a policy that drains is on its way out",
    ),
    Case("PRK006", bad=PARKED + "services: {imaps: mail.{domain}}", good=PARKED + "services: {imaps: none}"),
    Case("PRK006", bad=PARKED + 'bimi: {l: "https://{domain}/l.svg"}', good=PARKED + "bimi: none"),
    Case(
        "PRK006",
        bad=PARKED + "aliases: {autoconfig.{domain}: mail.example.net}",
        good=PARKED + "aliases: {www.{domain}: web.example.net}",
    ),
    Case(
        "PRK006",
        bad=PARKED + f"tlsa: {{mail.{{domain}}: ['3 1 1 {'ab' * 32}']}}",
        good=PARKED,
    ),
]
