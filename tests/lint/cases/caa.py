"""CAA."""

from tests.lint.case import Case

CASES = [
    Case(
        "CAA001",
        bad="""
caa: ['0 issue ";"']
mta_sts: {mode: testing, mx: [mx.provider.test], policy_host: {ipv4: [192.0.2.1]}}
""",
        good="""
caa: ['0 issue "letsencrypt.org"']
mta_sts: {mode: testing, mx: [mx.provider.test], policy_host: {ipv4: [192.0.2.1]}}
""",
    ),
    Case(
        "CAA001",
        bad="""
caa: ['0 issue ";"']
mta_sts: {mode: testing, mx: [mx.provider.test], policy_host: {ipv4: [192.0.2.1]}}
""",
        good="""
caa: ['0 issue ";"']
records: {mta-sts: {type: CAA, value: 0 issue "letsencrypt.org"}}
mta_sts: {mode: testing, mx: [mx.provider.test], policy_host: {ipv4: [192.0.2.1]}}
""",
        why="the first CAA found while climbing is the one that counts",
    ),
    Case(
        "CAA002",
        bad="""
caa: ['0 issue ";"']
hosts: {mail.{domain}: {ipv4: [192.0.2.1]}}
mx: [mail.{domain}]
""",
        good="""
caa: ['0 issue "letsencrypt.org"']
hosts: {mail.{domain}: {ipv4: [192.0.2.1]}}
mx: [mail.{domain}]
""",
    ),
    Case(
        "CAA002",
        bad="""
caa: ['0 issue ";"']
hosts: {mail.{domain}: {ipv4: [192.0.2.1]}}
services: {imaps: mail.{domain}}
""",
        good="""
caa: ['0 issuewild ";"']
hosts: {mail.{domain}: {ipv4: [192.0.2.1]}}
services: {imaps: mail.{domain}}
""",
        why="issuewild alone does not restrict certificates for a name itself",
    ),
    Case("CAA003", bad="caa: ['0 isue \"letsencrypt.org\"']", good="caa: ['0 issue \"letsencrypt.org\"']"),
    Case(
        "CAA003",
        bad='records: {www: {type: CAA, value: 0 isue "letsencrypt.org"}}',
        good='records: {www: {type: CAA, value: 0 issue "letsencrypt.org"}}',
    ),
    Case(
        "CAA004",
        bad="caa: [{flags: 1, tag: issue, value: letsencrypt.org}]",
        good="caa: [{flags: 128, tag: issue, value: letsencrypt.org}]",
    ),
    Case(
        "CAA004",
        bad="caa: ['0 issue \"letsencrypt.org, sectigo.com\"']",
        good="caa: ['0 issue \"letsencrypt.org\"', '0 issue \"sectigo.com\"']",
    ),
    Case(
        "CAA005",
        bad="caa: ['0 issue \"letsencrypt.org; accounturi=12345\"']",
        good="caa: ['0 issue \"letsencrypt.org; accounturi=https://acme-v02.api.letsencrypt.org/acme/acct/1\"']",
    ),
    Case(
        "CAA005",
        bad="caa: ['0 issue \"letsencrypt.org; validationmethods=dns01\"']",
        good="caa: ['0 issue \"letsencrypt.org; validationmethods=dns-01,http-01\"']",
    ),
    Case(
        "CAA010",
        bad={
            "example.com.yaml": """
caa: ['0 issue "letsencrypt.org"']
mta_sts: {mode: testing, mx: [mx.provider.test], policy_host: {cname: sts.other.example}}
""",
            "other.example.yaml": 'caa: [\'0 issue ";"\']\nrecords: {sts: {type: CAA, value: 0 issue ";"}}',
        },
        good={
            "example.com.yaml": """
caa: ['0 issue "letsencrypt.org"']
mta_sts: {mode: testing, mx: [mx.provider.test], policy_host: {cname: sts.other.example}}
""",
            "other.example.yaml": "caa: ['0 issue \";\"']",
        },
        why="an alias is followed, but the target's parents are not climbed",
    ),
    Case(
        "CAA011",
        bad="mta_sts: {mode: enforce, mx: [mx.provider.test], policy_host: {ipv4: [192.0.2.1]}}",
        good="""
caa: ['0 issue "letsencrypt.org"']
mta_sts: {mode: enforce, mx: [mx.provider.test], policy_host: {ipv4: [192.0.2.1]}}
""",
    ),
    Case(
        "CAA011",
        bad="mta_sts: {mode: enforce, mx: [mx.provider.test], policy_host: {ipv4: [192.0.2.1]}}",
        good="mta_sts: {mode: testing, mx: [mx.provider.test], policy_host: {ipv4: [192.0.2.1]}}",
    ),
]
