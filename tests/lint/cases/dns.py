"""DNS, OCT, IDN."""

from tests.lint.case import Case

LONG = ".".join(["a" * 60] * 4)
"""243 characters, so that a host below example.com no longer fits."""

CASES = [
    Case(
        "DNS001",
        bad=f"aliases: {{{'a' * 64}.{{domain}}: www.provider.test}}",
        good=f"aliases: {{{'a' * 63}.{{domain}}: www.provider.test}}",
    ),
    Case(
        "DNS001",
        bad=f"aliases: {{{LONG}.{{domain}}: www.provider.test}}",
        good=f"aliases: {{{LONG[61:]}.{{domain}}: www.provider.test}}",
    ),
    Case(
        "DNS002",
        bad="hosts: {mail_1.{domain}: {ipv4: [192.0.2.1]}}",
        good="hosts: {mail-1.{domain}: {ipv4: [192.0.2.1]}}",
    ),
    Case(
        "DNS002",
        bad="records: {my_host: {type: A, value: 192.0.2.1}}",
        good="records: {_my_key: {type: CNAME, value: www.provider.test}}",
        why="underscores are what tells other names from host names",
    ),
    Case(
        "DNS001",
        bad={f"{LONG}.ab.yaml": 'tls_rpt: {rua: ["mailto:tls@other.example"]}'},
        good={f"{LONG[4:]}.ab.yaml": 'tls_rpt: {rua: ["mailto:tls@other.example"]}'},
        why="the name must still fit behind _smtp._tls.",
    ),
    Case(
        "DNS002",
        bad="records: {sub: {type: NS, value: ns_1.provider.test}}",
        good="records: {sub: {type: NS, value: ns-1.provider.test}}",
    ),
    Case(
        "DNS002",
        bad="records: {_imaps._tcp: {type: SRV, value: 0 1 993 mail_1.provider.test}}",
        good="records: {_imaps._tcp: {type: SRV, value: 0 1 993 mail-1.provider.test}}",
    ),
    Case("DNS003", bad='site_verification: [""]', good='site_verification: ["token=1"]'),
    Case(
        "DNS003",
        bad="records: {www: {type: A, value: www.provider.test}}",
        good="records: {www: {type: A, value: 192.0.2.1}}",
    ),
    Case(
        "DNS003",
        bad='records: {"": {type: NS, value: ns1.provider.test}}',
        good="records: {sub: {type: NS, value: ns1.provider.test}}",
        why="the zone's own NS are not a mail domain's",
    ),
    Case(
        "DNS004",
        bad="site_verification: [" + ", ".join(f'"token-{n}={"x" * 100}"' for n in range(12)) + "]",
        good="site_verification: [" + ", ".join(f'"token-{n}={"x" * 100}"' for n in range(8)) + "]",
    ),
    Case(
        "DNS005",
        bad="aliases: {www.{domain}: www.provider.test}\nrecords: {www: {type: TXT, value: hello}}",
        good="aliases: {www.{domain}: www.provider.test}\nrecords: {blog: {type: TXT, value: hello}}",
    ),
    Case(
        "DNS005",
        bad="dkim: {s1: {cname: s1.provider.test}}\nrecords: {s1._domainkey: {type: TXT, value: hello}}",
        good="dkim: {s1: {cname: s1.provider.test}}\nrecords: {s2._domainkey: {type: TXT, value: v=DKIM1; p=}}",
    ),
    Case(
        "DNS005",
        bad="records: {www: {type: CNAME, values: [a.provider.test, b.provider.test]}}",
        good="records: {www: {type: CNAME, value: a.provider.test}}",
    ),
    Case("DNS006", bad="ttl: 30\nmx: [mx.provider.test]", good="ttl: 60\nmx: [mx.provider.test]"),
    Case("DNS006", bad="ttl: 2d\nmx: [mx.provider.test]", good="ttl: 1d\nmx: [mx.provider.test]"),
    Case("DNS006", bad="ttl: 2147483648\nmx: [mx.provider.test]", good="ttl: 3600\nmx: [mx.provider.test]"),
    Case(
        "DNS006",
        bad="records: {www: [{type: A, value: 192.0.2.1}, {type: A, ttl: 60, value: 192.0.2.2}]}",
        good="records: {www: {type: A, values: [192.0.2.1, 192.0.2.2]}}",
        why="an RRset has one TTL",
    ),
    Case(
        "DNS011",
        bad='records: {"*": {type: A, value: 192.0.2.1}}',
        good='records: {"*.web": {type: A, value: 192.0.2.1}}',
    ),
    Case(
        "DNS011",
        bad='records: {"*": {type: MX, value: 10 mx.provider.test}}',
        good="""
records: {"*": {type: MX, value: 10 mx.provider.test}}
parked: true
""",
        why="a parked domain answers for everything on purpose (PRK004)",
    ),
    Case("OCT001", bad="site_verification: ['a=1\\; b=2']", good="site_verification: ['a=1; b=2']"),
    Case(
        "OCT002",
        bad="records: {x: {type: TXT, value: '\"quoted\"'}}",
        good="records: {x: {type: TXT, value: 'escaped\\; as octoDNS wants'}}",
    ),
    Case(
        "OCT003",
        bad="records: {www: {type: A, value: 192.0.2.1, lenient: true}}",
        good="records: {www: {type: A, value: 192.0.2.1}}",
    ),
    Case(
        "OCT003",
        bad="records: {www: {type: Route53Provider/ALIAS, value: x}}",
        good="records: {www: {type: CNAME, value: www.provider.test}}",
    ),
    Case("OCT006", bad='site_verification: ["größe=1"]', good='site_verification: ["size=1"]'),
    Case("IDN001", bad="mx: [mail.☃.example]", good="mx: [mail.müller.example]"),
    Case(
        "IDN002",
        bad="hosts: {mail.straße.{domain}: {ipv4: [192.0.2.1]}}",
        good="hosts: {mail.müller.{domain}: {ipv4: [192.0.2.1]}}",
        why="IDNA 2003 makes strasse of it",
    ),
    Case(
        "IDN002",
        bad="mx: [mail.xn--zzzzzzzz99999.test]",
        good="mx: [mail.xn--mller-kva.test]",
        why="an A-label that nothing encodes to",
    ),
    Case("IDN003", bad=f"mx: [{'ü' * 60}.example]", good=f"mx: [{'ü' * 10}.example]"),
    Case(
        "IDN004",
        bad='tls_rpt: {rua: ["mailto:pr%C3%BCfer@other.example"]}',
        good='tls_rpt: {rua: ["mailto:pruefer@other.example"]}',
    ),
    Case(
        "IDN005",
        bad="mx: [mail.аpple.example]",
        good="mx: [mail.яблоко.example]",
        why="the first letter is Cyrillic, the rest Latin",
    ),
]
