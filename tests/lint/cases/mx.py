"""MXX, NMX, PTR."""

from tests.lint.case import Case

CASES = [
    Case(
        "MXX001",
        bad="mx: [{host: mail.{domain}}]",
        good="""
hosts: {mail.{domain}: {ipv4: [192.0.2.10]}}
mx: [{host: mail.{domain}}]
""",
        why="a host in our zone that nobody gave an address; a foreign record may, so it is a warning",
    ),
    Case(
        "MXX001",
        bad='records: {"": {type: MX, value: 10 mail.{domain}}}',
        good="mx: [{host: mx.provider.test}]",
        why="hosts in other zones are not ours to judge",
    ),
    Case("MXX002", bad="mx: [{host: 192.0.2.1}]", good="mx: [{host: mx.provider.test}]"),
    Case(
        "MXX002",
        bad='records: {"": {type: MX, value: 10 192.0.2.1}}',
        good='records: {"": {type: MX, value: 10 mx.provider.test}}',
    ),
    Case(
        "MXX003",
        bad="""
hosts: {mail.{domain}: {ipv4: [192.0.2.10]}}
aliases: {mx.{domain}: mail.{domain}}
mx: [{host: mx.{domain}}]
""",
        good="""
hosts: {mail.{domain}: {ipv4: [192.0.2.10]}}
aliases: {imap.{domain}: mail.{domain}}
mx: [{host: mail.{domain}}]
""",
    ),
    Case("MXX004", bad="mx: [{host: mail_1.{domain}}]", good="mx: [{host: mail-1.{domain}}]"),
    Case(
        "MXX004",
        bad="records: {sub: {type: MX, value: 10 mail_1.{domain}}}",
        good="records: {sub: {type: MX, value: 10 mail-1.{domain}}}",
    ),
    Case(
        "MXX005",
        bad="mx: [{host: mx.provider.test, preference: 70000}]",
        good="mx: [{host: mx.provider.test, preference: 65535}]",
    ),
    Case(
        "MXX006",
        bad="hosts: {{domain}: {ipv4: [192.0.2.10]}}",
        good="""
hosts: {{domain}: {ipv4: [192.0.2.10]}}
mx: none
""",
    ),
    Case(
        "MXX007",
        bad="""
hosts: {mail.{domain}: {ipv4: [10.0.0.1]}}
mx: [{host: mail.{domain}}]
""",
        good="""
hosts: {mail.{domain}: {ipv4: [9.9.9.9]}, inside.{domain}: {ipv4: [10.0.0.1]}}
mx: [{host: mail.{domain}}]
""",
        why="only the hosts that senders connect to matter",
    ),
    Case(
        "MXX007",
        bad="""
hosts: {mail.{domain}: {ipv6: ["::1"]}}
mx: [mail.{domain}]
""",
        good="""
hosts: {mail.{domain}: {ipv6: ["2620:fe::9"]}}
mx: [mail.{domain}]
""",
    ),
    Case(
        "MXX008",
        bad=f"""
hosts: {{mx1.{{domain}}: {{ipv4: [192.0.2.1]}}, mx2.{{domain}}: {{ipv4: [192.0.2.2]}}}}
mx: [mx1.{{domain}}, mx2.{{domain}}]
tlsa: {{mx1.{{domain}}: ["3 1 1 {"ab" * 32}"]}}
""",
        good=f"""
hosts: {{mx1.{{domain}}: {{ipv4: [192.0.2.1]}}, mx2.{{domain}}: {{ipv4: [192.0.2.2]}}}}
mx: [mx1.{{domain}}, mx2.{{domain}}]
tlsa: {{mx1.{{domain}}: ["3 1 1 {"ab" * 32}"], mx2.{{domain}}: ["3 1 1 {"cd" * 32}"]}}
""",
    ),
    Case(
        "MXX010",
        bad="""
aliases: {{domain}: www.provider.test}
mx: [mx.provider.test]
""",
        good="""
aliases: {www.{domain}: www.provider.test}
mx: [mx.provider.test]
""",
    ),
    Case("MXX011", bad="mx: [{host: mail}]", good="mx: [{host: mail.{domain}}]"),
    Case("MXX011", bad="mx: [{host: mail.{domain}.}]", good="mx: [{host: mail.{domain}}]"),
    Case(
        "MXX011",
        bad="records: {www.{domain}: {type: A, value: 192.0.2.1}}",
        good="records: {www: {type: A, value: 192.0.2.1}}",
        why="names under records are relative to the zone",
    ),
    Case("NMX001", bad='mx: [{host: "."}]', good="mx: none"),
    Case(
        "NMX001", bad='records: {"": {type: MX, value: 10 .}}', good='records: {"": {type: MX, value: 0 .}}'
    ),
    Case("NMX002", bad='mx: ["0 .", 10 mail.{domain}]', good="mx: [10 mail.{domain}]"),
    Case(
        "NMX002",
        bad="records: {sub: {type: MX, values: [0 ., 10 mx.provider.test]}}",
        good="records: {sub: {type: MX, values: [10 mx.provider.test, 20 mx2.provider.test]}}",
    ),
    Case(
        "NMX003",
        bad={
            "example.com.yaml": 'tls_rpt: {rua: ["mailto:tls@null.example"]}',
            "null.example.yaml": "mx: none",
        },
        good={
            "example.com.yaml": 'tls_rpt: {rua: ["mailto:tls@full.example"]}',
            "full.example.yaml": "mx: [mx.provider.test]",
        },
    ),
    Case(
        "NMX005",
        bad="mx: none",
        good="""
mx: none
spf: {all: fail}
dmarc: {p: reject}
""",
    ),
    Case(
        "PTR001",
        bad="""
hosts:
  mail.{domain}: {ipv4: [192.0.2.10], ptr: out.{domain}}
  out.{domain}: {ipv4: [192.0.2.11]}
""",
        good="""
hosts:
  mail.{domain}: {ipv4: [192.0.2.10], ptr: out.{domain}}
  out.{domain}: {ipv4: [192.0.2.10], ptr: true}
""",
        why="the PTR name must lead back to the address",
    ),
    Case(
        "PTR002",
        bad="""
hosts:
  mail.{domain}: {ipv4: [192.0.2.10], ptr: true}
  www.{domain}: {ipv4: [192.0.2.10], ptr: true}
""",
        good="""
hosts:
  mail.{domain}: {ipv4: [192.0.2.10], ptr: true}
  www.{domain}: {ipv4: [192.0.2.10], ptr: false}
""",
    ),
    Case(
        "PTR004",
        bad="""
hosts: {mail.{domain}: {ipv6: ["2001:db8::10"], ptr: false}}
mx: [mail.{domain}]
""",
        good="""
hosts: {mail.{domain}: {ipv6: ["2001:db8::10"]}}
mx: [mail.{domain}]
""",
    ),
    Case(
        "PTR002",
        bad={
            "example.com.yaml": "hosts: {mail.{domain}: {ipv4: [192.0.2.10], ptr: false}}",
            "2.0.192.in-addr.arpa.yaml": 'records: {"10": {type: PTR, values: [a.example.com, b.example.com]}}',
        },
        good={
            "example.com.yaml": "hosts: {mail.{domain}: {ipv4: [192.0.2.10], ptr: false}}",
            "2.0.192.in-addr.arpa.yaml": 'records: {"10": {type: PTR, value: a.example.com}}',
        },
        why="a reverse zone of ours",
    ),
    Case(
        "PTR004",
        bad={"8.b.d.0.1.0.0.2.ip6.arpa.yaml": 'records: {"1.0": {type: PTR, value: a.example.com}}'},
        good={
            "8.b.d.0.1.0.0.2.ip6.arpa.yaml": "records: {1"
            + ".0" * 23
            + ": {type: PTR, value: a.example.com}}"
        },
        why="`::` does not abbreviate in names",
    ),
    Case(
        "PTR005",
        bad="hosts: {mail.{domain}: {ipv4: [192.0.2.10], ptr: mail_1.{domain}}}",
        good="hosts: {mail.{domain}: {ipv4: [192.0.2.10], ptr: mail.{domain}}}",
    ),
    Case(
        "PTR005",
        bad="""
hosts: {mail.{domain}: {ipv4: [192.0.2.10], ptr: smtp.{domain}}}
aliases: {smtp.{domain}: mail.{domain}}
""",
        good="""
hosts: {mail.{domain}: {ipv4: [192.0.2.10]}}
aliases: {smtp.{domain}: mail.{domain}}
""",
    ),
]
