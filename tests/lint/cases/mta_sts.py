"""MTA-STS: a repository that breaks each rule, and its neighbour that does not."""

from tests.lint.case import Case

_MX = 'mx: [{host: "mail.{domain}", preference: 10}]\n'
_HOST = "policy_host: {ipv4: [203.0.113.10]}"


def _text(rule: str, bad: str, good: str = "v=STSv1; id=1", why: str = "") -> Case:
    """Two records written out, which differ in their text."""
    return Case(
        rule,
        bad=f"records: {{_mta-sts: {{type: TXT, value: '{bad}'}}}}\n",
        good=f"records: {{_mta-sts: {{type: TXT, value: '{good}'}}}}\n",
        why=why,
    )


def _section(rule: str, bad: str, good: str, why: str = "", rest: str = _MX) -> Case:
    """Two sections, which differ in a key or two."""
    return Case(
        rule,
        bad=f"{rest}mta_sts: {{{_HOST}, {bad}}}\n",
        good=f"{rest}mta_sts: {{{_HOST}, {good}}}\n",
        why=why,
    )


def _pattern(rule: str, bad: str, good: str = "mail.{domain}", why: str = "") -> Case:
    """Two sections, which differ in a pattern."""
    return _section(rule, f'mode: enforce, mx: ["{bad}"]', f'mode: enforce, mx: ["{good}"]', why)


_MANY = ", ".join(f"mx{number}.{'a' * 60}.example" for number in range(1000))
_TLSA = f'tlsa: {{"mail.{{domain}}": ["3 1 1 {"a" * 64}", "3 1 1 {"b" * 64}"]}}\n'

CASES = [
    Case(
        "STS001",
        bad='records: {_mta_sts: {type: TXT, value: "v=STSv1; id=1"}}\n',
        good='records: {_mta-sts: {type: TXT, value: "v=STSv1; id=1"}}\n',
    ),
    Case(
        "STS001",
        bad='records: {mta-sts: {type: TXT, value: "v=STSv1; id=1"}}\n',
        good='records: {mta-sts: {type: TXT, value: "owner=web team"}}\n',
        why="the policy host may have TXT records of other kinds",
    ),
    _text("STS002", "v=stsv1; id=1"),
    _text("STS002", "id=1; v=STSv1"),
    _text("STS003", "v=STSv1 ; id=1"),
    _text("STS004", "v=STSv1; id=2024-01-01", "v=STSv1; id=20240101"),
    _text("STS004", "v=STSv1;", "v=STSv1; id=1;"),
    _text("STS005", "v=STSv1; ID=1"),
    _text("STS005", "v=STSv1; id = 1"),
    Case(
        "STS006",
        bad='records: {_mta-sts: {type: TXT, values: ["v=STSv1; id=1", "v=STSv1; id=2"]}}\n',
        good='records: {_mta-sts: {type: TXT, values: ["v=STSv1; id=1"]}}\n',
    ),
    Case(
        "STS006",
        bad='records: {_mta-sts: {type: TXT, values: ["v=STSv1; id=1", "hello"]}}\n',
        good='records: {_mta-sts: {type: TXT, value: "hello"}}\n',
        why="a text that is alone is not one too many, it is no record",
    ),
    _text("STS007", "v=STSv1; id=1;;", "v=STSv1; id=1;", why="one final semicolon is in the grammar"),
    _text("STS007", "v=STSv1; id=1; note", "v=STSv1; id=1; note=x"),
    _text("STS008", "v=STSv1; id=1; id=2"),
    _text("STS009", "v=STSv1; id=1; note=x"),
    _section("STS012", "mode: enforce, id: a1", "mode: enforce"),
    _section(
        "STS012",
        "publish: webroot, mode: enforce, id: a1",
        "publish: external, mode: enforce, id: a1",
        why="who serves the policy elsewhere may say its id",
    ),
    Case(
        "STS015",
        bad="ttl: {mta_sts: 172800}\n" + _MX + f"mta_sts: {{{_HOST}, mode: enforce}}\n",
        good="ttl: {mta_sts: 86400}\n" + _MX + f"mta_sts: {{{_HOST}, mode: enforce}}\n",
    ),
    Case(
        "STS015",
        bad="ttl: {mta_sts: 7200}\n" + _MX + f"mta_sts: {{{_HOST}, mode: testing}}\n",
        good="ttl: {mta_sts: 7200}\n" + _MX + f"mta_sts: {{{_HOST}, mode: enforce}}\n",
        why="a policy that is tested will change soon",
    ),
    Case(
        "STS016",
        bad="mta_sts: {cname: _mta-sts.provider.example, mode: enforce, policy_host: external}\n",
        good="mta_sts: {cname: _mta-sts.provider.example, policy_host: external}\n",
    ),
    Case(
        "STS017",
        bad="mta_sts: {cname: _mta-sts.provider.example, policy_host: {ipv4: [203.0.113.10]}}\n",
        good="mta_sts: {cname: _mta-sts.provider.example, policy_host: {cname: mta-sts.provider.example}}\n",
    ),
    Case(
        "STS017",
        bad="mta_sts: {cname: _mta-sts.provider.example}\n",
        good="mta_sts: {cname: _mta-sts.provider.example, policy_host: external}\n",
    ),
    _section("STS022", "mode: Enforce", "mode: enforce"),
    _section("STS022", "max_age: 86400", "max_age: 86400, mode: none", why="a policy cannot do without"),
    _section("STS023", "mode: enforce, max_age: 31557601", "mode: enforce, max_age: 31557600"),
    _section("STS023", "mode: enforce, max_age: 53w", "mode: enforce, max_age: 52w"),
    _section("STS024", "mode: enforce, max_age: 86399", "mode: enforce, max_age: 1d"),
    _section(
        "STS024", "mode: enforce, max_age: 300", "mode: testing, max_age: 300", why="a test may be short"
    ),
    _section("STS025", "mode: enforce, mx: []", "mode: none, mx: []"),
    _section(
        "STS025",
        "mode: enforce",
        'mode: enforce, mx: ["mail.{domain}"]',
        rest="",
        why="where MX is not ours, nobody else names the hosts",
    ),
    _pattern("STS026", "mail.{domain}, mx2.{domain}"),
    _pattern("STS027", "*"),
    _pattern("STS027", "mail.*.{domain}", "*.{domain}"),
    Case(
        "STS028",
        bad='mx: ["10 mx.eu.{domain}"]\nmta_sts: {policy_host: external, mode: enforce, mx: ["*.{domain}"]}\n',
        good='mx: ["10 mx.eu.{domain}"]\nmta_sts: {policy_host: external, mode: enforce, mx: ["*.eu.{domain}"]}\n',
    ),
    _pattern("STS029", "mail.{domain}."),
    _pattern("STS029", "mail_1.{domain}"),
    _pattern("STS029", "mail"),
    _pattern("STS030", "203.0.113.10"),
    _section(
        "STS035",
        f"mode: enforce, mx: [{_MANY}]",
        f"mode: none, mx: [{_MANY}]",
        why="a policy of mode none names no hosts",
    ),
    _pattern("STS036", "*.{domain}"),
    _pattern("STS036", "*.com"),
    _pattern("STS037", "old.elsewhere.example"),
    Case(
        "STS050",
        bad=_MX + "mta_sts: {mode: testing, policy_host: external}\n"
        "records: {_mta-sts: {type: A, value: 203.0.113.10}}\n",
        good=_MX + "mta_sts: {mode: testing, policy_host: external}\n"
        "records: {mta-sts: {type: A, value: 203.0.113.10}}\n",
    ),
    Case(
        "STS058", bad=_MX + "mta_sts: {mode: testing}\n", good=_MX + f"mta_sts: {{mode: testing, {_HOST}}}\n"
    ),
    Case(
        "STS058",
        bad=_MX + "mta_sts: {mode: testing, policy_host: {}}\n",
        good=_MX + "mta_sts: {mode: testing, policy_host: external}\n",
    ),
    Case(
        "STS058",
        bad=_MX + 'mta_sts: {mode: testing}\nrecords: {"*": {type: A, value: 203.0.113.10}}\n',
        good=_MX + "mta_sts: {mode: testing}\naliases: {mta-sts.{domain}: web.elsewhere.example}\n",
        why="a wildcard goes away with the next record at the name",
    ),
    Case(
        "STS070",
        bad='mx: ["10 mail.{domain}", "20 backup.elsewhere.example"]\n'
        'mta_sts: {policy_host: external, mode: enforce, mx: ["mail.{domain}"]}\n',
        good='mx: ["10 mail.{domain}", "20 backup.elsewhere.example"]\n'
        "mta_sts: {policy_host: external, mode: enforce}\n",
        why="the backup host counts, too",
    ),
    Case(
        "STS073",
        bad={
            "example.com.yaml": _MX + f"mta_sts: {{mode: testing, {_HOST}}}\n",
            "lists.example.com.yaml": _MX,
        },
        good={
            "example.com.yaml": _MX + f"mta_sts: {{mode: testing, {_HOST}}}\n",
            "lists.example.com.yaml": _MX + f"mta_sts: {{mode: testing, {_HOST}}}\n",
        },
        why="policies are not inherited",
    ),
    Case(
        "STS073",
        bad={"example.com.yaml": _MX + f"mta_sts: {{mode: testing, {_HOST}}}\n", "a.b.example.com.yaml": _MX},
        good={
            "example.com.yaml": _MX + f"mta_sts: {{mode: testing, {_HOST}}}\n",
            "a.b.example.com.yaml": "mx: none\n",
        },
        why="a subdomain that takes no mail needs no policy",
    ),
    _section("STS074", "mode: enforce", "mode: none", rest="mx: none\n"),
    _section("STS074", "mode: testing", "mode: none", rest="parked: true\n"),
    _section("STS075", "mode: testing", "mode: enforce", rest=_MX + _TLSA),
    Case(
        "STS076",
        bad=_MX + f"mta_sts: {{mode: enforce, {_HOST}}}\n",
        good=_MX + f"mta_sts: {{mode: enforce, {_HOST}}}\n"
        'tls_rpt: {rua: ["mailto:tls@elsewhere.example"]}\n',
    ),
    Case(
        "STS076",
        bad=_MX + f"mta_sts: {{mode: enforce, {_HOST}}}\n",
        good=_MX + f"mta_sts: {{mode: enforce, {_HOST}}}\n"
        'records: {_smtp._tls: {type: CNAME, value: "_smtp._tls.elsewhere.example."}}\n',
        why="an alias to somebody else's record is one, too",
    ),
    _section(
        "STS080",
        "mode: enforce, max_age: 30d, max_age_budget: 7d",
        "mode: enforce, max_age: 7d, max_age_budget: 7d",
    ),
]
