"""INP, LED: what the files themselves may say wrong."""

from tests.lint.case import Case

_MX = 'mx: ["10 mail.{domain}"]\n'
_LEDGER = "ledger/example.com.jsonl"
_HEAD = '"v": 1, "at": "2026-11-01T00:00:00Z"'
_SERVED = (
    f'{{{_HEAD}, "event": "minted", "id": "a1", "policy": '
    '"version: STSv1\\nmode: enforce\\nmx: mail.example.com\\nmax_age: 31557600\\n"}\n'
    f'{{{_HEAD}, "event": "publishing", "id": "a1", "policy_host": "webroot"}}\n'
    f'{{{_HEAD}, "event": "claimed", "target": "t", "zone": "example.com", "set": '
    '[{"name": "_mta-sts.example.com", "type": "TXT", "ttl": 3600, "rdatas": ["\\"v=STSv1; id=a1;\\""]}]}\n'
)

CASES = [
    Case("INP001", bad=f"{_MX}spf: [", good=_MX),
    Case("INP001", bad="spf: !!map {all: fail\n}\nmx: !hosts [a.test]", good='mx: ["a.test"]', why="no tags"),
    Case("INP001", bad="- mx", good=_MX, why="a file is one mapping"),
    Case("INP002", bad="spff: {all: fail}", good="spf: {all: fail}"),
    Case("INP002", bad="spf: {al: fail}", good="spf: {all: fail}"),
    Case("INP003", bad="mx: 5", good="mx: none"),
    Case("INP003", bad="parked: yes", good="parked: true", why="yes is a text"),
    Case("INP004", bad="spf: {all: fail}\nspf: {all: softfail}", good="spf: {all: fail}"),
    Case(
        "INP004",
        bad="hosts: {mail.{domain}: {ipv4: [192.0.2.1]}, mail.example.com: {ipv4: [192.0.2.2]}}",
        good="hosts: {mail.{domain}: {ipv4: [192.0.2.1]}, mail.example.net: {ipv4: [192.0.2.2]}}",
    ),
    Case(
        "INP004",
        bad="hosts: {Mail.{domain}: {ipv4: [192.0.2.1]}, mail.{domain}: {ipv4: [192.0.2.2]}}",
        good="hosts: {Mail.{domain}: {ipv4: [192.0.2.1]}}",
        why="names compare without case",
    ),
    Case("INP005", bad="extends: [self-hostd]", good="extends: [self-hosted]"),
    Case(
        "INP005",
        bad={"example.com.yaml": "extends: [a]", "_a.yaml": "extends: [b]", "_b.yaml": "extends: [a]"},
        good={"example.com.yaml": "extends: [a]", "_a.yaml": "extends: [b]", "_b.yaml": _MX},
    ),
    Case(
        "INP006",
        bad={"example.com.yaml": _MX, "fleet.yaml": "domains: [example.com]"},
        good={"example.com.yaml": _MX, "fleet.yaml": "domains: [example.net]"},
    ),
    Case("INP006", bad={"fleet.yaml": _MX}, good={"fleet.example.yaml": _MX}, why="fleet is not a domain"),
    Case("INP007", bad="dkim: {s1: {key: ../../passwd.pem}}", good="dkim: {s1: {revoked: true}}"),
    Case(
        "INP007",
        bad={"example.com.yaml": "dkim: {s1: {key: keys/s1.txt}}"},
        good={
            "example.com.yaml": "dkim: {s1: {key: keys/s1.txt}}",
            "keys/s1.txt": "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
        },
    ),
    Case(
        "INP008",
        bad="hosts: {mail.elsewhere.test: {ipv4: [192.0.2.1]}}",
        good="hosts: {mail.{domain}: {ipv4: [192.0.2.1]}}",
    ),
    Case("INP008", bad="zone: example.net", good="zone: example.com"),
    Case(
        "INP009",
        bad={
            "example.com.yaml": "hosts: {mail.{domain}: {ipv4: [192.0.2.1]}}",
            "example.net.yaml": "hosts: {mail.example.com: {ipv4: [192.0.2.2]}}",
        },
        good={
            "example.com.yaml": "hosts: {mail.{domain}: {ipv4: [192.0.2.1]}}",
            "example.net.yaml": "hosts: {mail.example.com: {ipv4: [192.0.2.1]}}",
        },
    ),
    Case(
        "INP010",
        bad={"example.com.yaml": _MX, "lists.example.com.yaml": _MX},
        good={"example.com.yaml": _MX, "lists.example.com.yaml": f"zone: example.com\n{_MX}"},
    ),
    Case(
        "INP011",
        bad=f"{_MX}mta_sts: {{mode: testing, publish: webrot}}",
        good=f"{_MX}mta_sts: {{mode: testing, publish: webroot}}",
    ),
    Case(
        "LED001",
        bad={"example.com.yaml": _MX, _LEDGER: "<<<<<<< HEAD\n"},
        good={"example.com.yaml": _MX, _LEDGER: f'{{{_HEAD}, "event": "of a later release"}}\n'},
    ),
    Case("LED002", bad={_LEDGER: _SERVED}, good={"example.com.yaml": _MX, _LEDGER: _SERVED}),
]
