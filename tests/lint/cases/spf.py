"""SPF: a repository that breaks each rule, and its neighbour that does not."""

from tests.lint.case import Case

_GOOD = """
spf: {terms: [mx, "ip4:203.0.113.10"], all: softfail}
"""


def _term(rule: str, bad: str, good: str, why: str = "") -> Case:
    """Two sections that differ in one term."""
    return Case(
        rule,
        bad=f"spf: {{terms: ['{bad}'], all: softfail}}\n",
        good=f"spf: {{terms: ['{good}'], all: softfail}}\n",
        why=why,
    )


def _text(rule: str, bad: str, good: str, why: str = "") -> Case:
    """Two records written out at a host below the domain, which differ in their text."""
    return Case(
        rule,
        bad=f"records: {{sub: {{type: TXT, value: '{bad}'}}}}\n",
        good=f"records: {{sub: {{type: TXT, value: '{good}'}}}}\n",
        why=why,
    )


def _many(term: str, count: int) -> str:
    """A section with many terms; `{}` in the term is filled in with a number."""
    return "spf: {terms: [" + ", ".join(f'"{term.format(n)}"' for n in range(count)) + "], all: softfail}\n"


CASES = [
    Case(
        "SPF001",
        bad="""
spf: {terms: [mx], all: softfail}
records: {"": {type: TXT, value: "v=spf1 include:_spf.elsewhere.example ~all"}}
""",
        good="""
spf: {terms: [mx], all: softfail}
records: {"": {type: TXT, value: "keep=this"}}
""",
        why="the domain's own record and a second one beside it",
    ),
    Case(
        "SPF001",
        bad="""
records: {sub: {type: TXT, values: ["v=spf1 mx -all", "v=spf1 a -all"]}}
""",
        good="""
records: {sub: {type: TXT, values: ["v=spf1 mx a -all", "another=text"]}}
""",
    ),
    _text("SPF002", "v=spf1-all", "v=spf1 -all"),
    _text("SPF002", "v=spf10 -all", "v=spf1 -all"),
    _text("SPF003", "v=spf1 ip4:192.0.2.1ip4:192.0.2.2 -all", "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all"),
    _term("SPF003", "include:a.exampleinclude:b.example", "include:a.example", why="legal, and a trap"),
    _term("SPF004", "a:müller.example", "a:xn--mller-kva.example"),
    Case(
        "SPF005",
        bad='records: {sub: {type: SPF, value: "v=spf1 -all"}}\n',
        good='records: {sub: {type: TXT, value: "v=spf1 -all"}}\n',
    ),
    _text("SPF006", "v=spf1 ip4:192.0.2.1 -all moo", "v=spf1 ip4:192.0.2.1 -all", why="an error behind all"),
    _term("SPF006", "moo", "moo=cow", why="unknown mechanisms break a record, unknown modifiers do not"),
    Case("SPF007", bad=_many("a:h{}.elsewhere.example", 11), good=_many("a:h{}.elsewhere.example", 7)),
    Case(
        "SPF007",
        bad="""
spf: {terms: [mx, a, "include:_spf.{domain}"], all: softfail}
records: {_spf: {type: TXT, value: "v=spf1 a:a.elsewhere.example mx:b.elsewhere.example a:c.elsewhere.example
  a:d.elsewhere.example a:e.elsewhere.example ~all"}}
""",
        good="""
spf: {terms: [mx, a, "include:_spf.{domain}"], all: softfail}
records: {_spf: {type: TXT, value: "v=spf1 ip4:192.0.2.1 ~all"}}
""",
        why="eight, counted through the include",
    ),
    Case(
        "SPF007",
        bad=_many("include:s{}.elsewhere.example", 8),
        good=_many("include:s{}.elsewhere.example", 7),
        why="what stands behind them is not known, and cannot make it fewer",
    ),
    _term("SPF008", "a:gone.{domain}", "a:gone.elsewhere.example", why="what is elsewhere is not known"),
    _text(
        "SPF008",
        "v=spf1 a:gone.example.com mx:gone.example.com -all",
        "v=spf1 a mx -all",
        why="records that are written out are followed too",
    ),
    _term("SPF010", "include:_spf.{domain}", "include:_spf.elsewhere.example"),
    Case(
        "SPF010",
        bad="""
spf: {terms: ["include:_spf.{domain}"], all: softfail}
records: {_spf: {type: TXT, value: "v=spf1 include:{domain} -all"}}
""",
        good="""
spf: {terms: ["include:_spf.{domain}"], all: softfail}
records: {_spf: {type: TXT, value: "v=spf1 ip4:192.0.2.1 -all"}}
""",
        why="the include leads back",
    ),
    Case(
        "SPF010",
        bad='spf: {terms: ["include:_spf.{domain}"], all: softfail}\n',
        good="""
spf: {terms: ["include:_spf.{domain}"], all: softfail}
aliases: {_spf.{domain}: _spf.elsewhere.example}
""",
        why="behind an alias stands what others publish",
    ),
    Case(
        "SPF010",
        bad='spf: {terms: ["include:a.pool.{domain}"], all: softfail}\n',
        good="""
spf: {terms: ["include:a.pool.{domain}"], all: softfail}
records: {"*.pool": {type: TXT, value: "v=spf1 ip4:192.0.2.1 -all"}}
""",
        why="a wildcard answers for the name",
    ),
    Case(
        "SPF010",
        bad="""
spf: {terms: ["include:_spf.{domain}"], all: softfail}
records: {_spf: {type: TXT, values: ["v=spf1 ip4:192.0.2.1 -all", "v=spf1 ip4:192.0.2.2 -all"]}}
""",
        good={
            "example.com.yaml": 'spf: {terms: ["include:sub.{domain}"], all: softfail}\n',
            "sub.example.com.yaml": "zone: example.com\nmx: none\n",
        },
        why="a mail domain whose SPF is not ours is not known",
    ),
    _text("SPF011", "v=spf1 -all include:a.example", "v=spf1 include:a.example -all"),
    _text("SPF011", "v=spf1 redirect=a.example -all", "v=spf1 redirect=a.example"),
    _term("SPF011", "-all", "mx", why="all has a key of its own"),
    Case(
        "SPF011",
        bad="spf: {all: softfail, redirect: _spf.elsewhere.example}\n",
        good="spf: {redirect: _spf.elsewhere.example}\n",
    ),
    Case("SPF012", bad="spf: {terms: [mx], all: pass}\n", good=_GOOD),
    Case("SPF012", bad="spf: {terms: [mx]}\n", good="spf: {terms: [mx], redirect: _spf.elsewhere.example}\n"),
    _text("SPF012", "v=spf1 a +all", "v=spf1 a -all"),
    Case(
        "SPF013",
        bad="""
spf: {terms: [mx], all: fail}
dkim: {s1: {cname: s1.dkim.elsewhere.example}}
dmarc: {p: quarantine, rua: ["mailto:dmarc@{domain}"]}
""",
        good="""
spf: {terms: [mx], all: softfail}
dkim: {s1: {cname: s1.dkim.elsewhere.example}}
dmarc: {p: quarantine, rua: ["mailto:dmarc@{domain}"]}
""",
    ),
    Case(
        "SPF013",
        bad="""
spf: {terms: [mx], all: fail}
dkim: {s1: {cname: s1.dkim.elsewhere.example}}
dmarc: {p: quarantine, rua: ["mailto:dmarc@{domain}"]}
""",
        good="""
spf: {all: fail}
dkim: {s1: {cname: s1.dkim.elsewhere.example}}
dmarc: {p: quarantine, rua: ["mailto:dmarc@{domain}"]}
""",
        why="a domain that sends nothing keeps -all",
    ),
    _term("SPF014", "ptr", "a"),
    _term("SPF015", "ip4:203.0.113.0/33", "ip4:203.0.113.0/32"),
    _term("SPF015", "ip4:2001:db8::1", "ip6:2001:db8::1"),
    _term("SPF016", "a:203.0.113.10", "ip4:203.0.113.10"),
    _term("SPF017", "include:localhost", "include:localhost.example"),
    _term("SPF017", "include=a.example", "include:a.example"),
    Case("SPF018", bad="spf: {redirect: _spf.{domain}}\n", good="spf: {redirect: _spf.elsewhere.example}\n"),
    _text("SPF018", "v=spf1 redirect=a.example redirect=a.example", "v=spf1 redirect=a.example"),
    _term("SPF018", "redirect=a.example", "include:a.example", why="redirect has a key of its own"),
    _term("SPF019", "exists:%{x}.a.example", "exists:%{i}.a.example"),
    _term("SPF019", "exists:%{p}.a.example", "exists:%{i}.a.example", why="p is discouraged"),
    Case(
        "SPF020",
        bad="""
mx: none
spf: {terms: [mx], all: softfail}
""",
        good="""
mx: [{host: mail.{domain}}]
spf: {terms: [mx], all: softfail}
""",
    ),
    Case(
        "SPF020",
        bad="""
hosts: {mail.{domain}: {ipv4: [203.0.113.10]}}
spf: {terms: ["mx:mail.{domain}"], all: softfail}
""",
        good="""
hosts: {mail.{domain}: {ipv4: [203.0.113.10]}}
spf: {terms: ["a:mail.{domain}"], all: softfail}
""",
        why="mx: does not fall back to the address of a host",
    ),
    Case(
        "SPF021",
        bad='spf: {terms: [mx], all: softfail}\nsite_verification: ["token=' + "x" * 420 + '"]\n',
        good='spf: {terms: [mx], all: softfail}\nsite_verification: ["token=' + "x" * 300 + '"]\n',
    ),
    Case(
        "SPF022",
        bad="""
hosts: {mail.{domain}: {ipv4: [203.0.113.10]}}
mx: [{host: mail.{domain}}]
spf: {terms: ["ip4:203.0.113.0/24"], all: softfail}
""",
        good="""
hosts: {mail.{domain}: {ipv4: [203.0.113.10]}}
mx: [{host: mail.{domain}}]
spf: {terms: ["ip4:203.0.113.0/24"], all: softfail}
records: {mail: {type: TXT, value: "v=spf1 a -all"}}
""",
    ),
    Case(
        "SPF022",
        bad="""
hosts: {mail.{domain}: {ipv4: [203.0.113.10]}}
mx: [{host: mail.{domain}}]
spf: {terms: [mx], all: softfail}
""",
        good="""
hosts: {mail.{domain}: {ipv4: [203.0.113.10]}}
mx: [{host: mail.{domain}}]
spf: {terms: ["-ip4:203.0.113.10", "include:_spf.elsewhere.example"], all: softfail}
""",
        why="a host that only receives needs none",
    ),
    _term("SPF023", "ip4:10.0.0.0/8", "ip4:10.0.0.0/24"),
    Case(
        "SPF024",
        bad="""
hosts: {www.{domain}: {ipv4: [203.0.113.10]}}
spf: {terms: [mx], all: softfail}
dmarc: {p: none, rua: ["mailto:dmarc@{domain}"]}
""",
        good="""
hosts: {www.{domain}: {ipv4: [203.0.113.10]}}
spf: {terms: [mx], all: softfail}
dmarc: {p: reject, rua: ["mailto:dmarc@{domain}"]}
""",
        why="a DMARC policy for subdomains does as well",
    ),
    Case(
        "SPF024",
        bad="""
hosts: {www.{domain}: {ipv4: [203.0.113.10]}}
spf: {all: fail}
""",
        good="""
parked: true
hosts: {www.{domain}: {ipv4: [203.0.113.10]}}
spf: {all: fail}
""",
        why="PRK003 says it of a parked domain",
    ),
    Case(
        "SPF024",
        bad="""
records: {lists: {type: MX, value: {preference: 10, exchange: mail.elsewhere.example.}}}
""",
        good="""
records: {lists: [{type: MX, value: {preference: 10, exchange: mail.elsewhere.example.}},
  {type: TXT, value: "v=spf1 mx -all"}]}
""",
    ),
    Case(
        "SPF024",
        bad="mx: [mail.elsewhere.example]\n",
        good="""
mx: [mail.elsewhere.example]
records: {"": {type: TXT, value: "v=spf1 mx -all"}}
""",
        why="a domain that takes mail and says nothing of its senders",
    ),
    Case("SPF024", bad="mx: [mail.elsewhere.example]\n", good="mx: none\n", why="DNS says it has no mail"),
    Case(
        "SPF024",
        bad="mx: [mail.elsewhere.example]\n",
        good="parked: true\nmx: [mail.elsewhere.example]\n",
        why="PRK001 says it of a parked domain",
    ),
    _text("SPF025", "V=SPF1 -ALL", "v=spf1 -all"),
    _term("SPF027", "ip4:209.85.220.41", "include:_spf.google.com"),
]
