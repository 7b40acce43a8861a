"""DMARC: for every rule a repository that breaks it and a neighbour that does not."""

from __future__ import annotations

from tests.lint.case import Case

GOOD = 'dmarc: {p: quarantine, rua: ["mailto:dmarc@{domain}"]}'


def _raw(text: str, name: str = "_dmarc") -> str:
    """A record that was written out."""
    return f'records: {{{name}: {{type: TXT, value: "{text}"}}}}'


SOUND = _raw("v=DMARC1; p=none; rua=mailto:dmarc@example.com")
SENDER = "zone: example.com\nspf: {terms: [mx], all: fail}"
REPORTED = 'dmarc: {p: none, rua: ["mailto:a@reports.example"], ruf: ["mailto:f@reports.example"]}'
UNAUTHORIZED = {
    "example.com.yaml": "dmarc: {cname: _dmarc.policies.example}",
    "policies.example.yaml": 'dmarc: {p: reject, rua: ["mailto:dmarc@reports.example"]}',
    "reports.example.yaml": "mx: [mail.{domain}]\nhosts: {mail.{domain}: {ipv4: [203.0.113.10]}}",
}

CASES = [
    Case("DMA001", bad=_raw("v=dmarc1; p=none"), good=SOUND, why="the version is case-sensitive"),
    Case("DMA001", bad=_raw("p=none; v=DMARC1"), good=SOUND, why="the version comes first"),
    Case(
        "DMA002",
        bad='records: {_dmarc: {type: TXT, values: ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}}',
        good='records: {_dmarc: {type: TXT, values: ["v=DMARC1; p=none", "some other text"]}}',
        why="texts that are no DMARC records do not count",
    ),
    Case("DMA003", bad=_raw("v=DMARC1; sp=reject; p=reject"), good=_raw("v=DMARC1; p=reject; sp=reject")),
    Case("DMA004", bad="dmarc: {p: rejct}", good=GOOD),
    Case("DMA004", bad="dmarc: {p: reject, np: rejct}", good="dmarc: {p: reject, np: reject}"),
    Case("DMA004", bad=_raw("v=DMARC1; rua=mailto:dmarc@example.com"), good=SOUND, why="p is missing"),
    Case("DMA005", bad="dmarc: {p: reject, pct: 5}", good="dmarc: {p: reject, pct: 100}"),
    Case(
        "DMA006", bad="dmarc: {p: reject, t: y}", good="dmarc: {p: none, t: y}", why="none has no lower step"
    ),
    Case("DMA007", bad="dmarc: {p: none, ri: 86400}", good=GOOD),
    Case("DMA007", bad='dmarc: {p: none, rua: ["mailto:dmarc@{domain}!10m"]}', good=GOOD),
    Case("DMA008", bad=_raw("v=DMARC1; p=none;; rua=mailto:dmarc@example.com"), good=SOUND),
    Case("DMA008", bad=_raw("v=DMARC1; p=none, rua=mailto:dmarc@example.com"), good=SOUND, why="a comma"),
    Case("DMA009", bad=_raw("v=DMARC1; p=none; p=reject"), good=SOUND),
    Case("DMA010", bad="dmarc: {p: none, rua: [dmarc@example.com]}", good=GOOD, why="no scheme"),
    Case("DMA010", bad='dmarc: {p: none, rua: ["mailto:d!x@example.com"]}', good=GOOD, why="a bare !"),
    Case(
        "DMA011",
        bad="dmarc: {p: none, fo: '1:d'}",
        good='dmarc: {p: none, fo: "1:d", ruf: ["mailto:dmarc@{domain}"]}',
        why="fo means nothing without ruf",
    ),
    Case("DMA011", bad=_raw("v=DMARC1; p=none; adkim=x"), good=_raw("v=DMARC1; p=none; adkim=S")),
    Case("DMA011", bad=_raw("v=DMARC1; p=none; foo=bar"), good=SOUND, why="an unknown tag"),
    Case("DMA012", bad="dmarc: {p: reject}", good=GOOD),
    Case("DMA012", bad='dmarc: {p: none, rua: ["https://example.com/dmarc"]}', good=GOOD, why="nobody posts"),
    Case(
        "DMA012",
        bad="dmarc: {p: reject}",
        good="parked: true\ndmarc: {p: reject}",
        why="a parked domain has no mail of its own to watch",
    ),
    Case(
        "DMA013",
        bad='spf: {terms: [mx], all: fail}\ndmarc: {p: reject, rua: ["mailto:dmarc@{domain}"]}',
        good='dkim: {s1: {cname: s1._domainkey.example.net}}\ndmarc: {p: reject, rua: ["mailto:dmarc@{domain}"]}',
    ),
    Case(
        "DMA013",
        bad='dkim: {s1: {revoked: true}}\ndmarc: {p: reject, rua: ["mailto:dmarc@{domain}"]}',
        good='spf: {all: fail}\ndmarc: {p: reject, rua: ["mailto:dmarc@{domain}"]}',
        why="a domain that SPF says sends nothing signs nothing",
    ),
    Case(
        "DMA013",
        bad=_raw("v=DMARC1; p=reject; rua=mailto:dmarc@example.com"),
        good="records: {s1._domainkey: {type: CNAME, value: s1._domainkey.example.net}}\n"
        'dmarc: {p: reject, rua: ["mailto:dmarc@{domain}"]}',
        why="policies and selectors that were written out count",
    ),
    Case(
        "DMA014",
        bad={
            "example.com.yaml": "dmarc: {p: reject}",
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none}",
            "a.b.example.com.yaml": "zone: example.com\nspf: {terms: [mx], all: fail}",
        },
        good={
            "example.com.yaml": "dmarc: {p: reject}",
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none, psd: n}",
            "a.b.example.com.yaml": "zone: example.com\nspf: {terms: [mx], all: fail}",
        },
        why="the fewest labels win, unless psd=n ends the walk",
    ),
    Case(
        "DMA014",
        bad={
            "example.com.yaml": "dmarc: {cname: _dmarc.policies.example}",
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none}",
            "a.b.example.com.yaml": SENDER,
        },
        good={
            "example.com.yaml": "dmarc: {cname: _dmarc.policies.example}",
            "b.example.com.yaml": "zone: example.com\nspf: {all: fail}",
            "a.b.example.com.yaml": SENDER,
        },
        why="a policy that others write is one, and the only one is the nearest",
    ),
    Case(
        "DMA014",
        bad={
            "example.com.yaml": GOOD,
            "b.example.com.yaml": "zone: example.com\ndmarc: {cname: _dmarc.policies.example}",
            "a.b.example.com.yaml": SENDER,
        },
        good={
            "example.com.yaml": GOOD,
            "b.example.com.yaml": "zone: example.com\ndmarc: {cname: _dmarc.policies.example}",
            "policies.example.yaml": "dmarc: {p: none, psd: n}",
            "a.b.example.com.yaml": SENDER,
        },
        why="the one passed by may be theirs as well; psd counts where it can be read",
    ),
    Case(
        "DMA014",
        bad={
            "example.com.yaml": "records: {_dmarc: {type: NS, value: ns.policies.example}}",
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none}",
            "a.b.example.com.yaml": SENDER,
        },
        good={
            "example.com.yaml": 'records: {_dmarc: {type: TXT, values: ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}}',
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none}",
            "a.b.example.com.yaml": SENDER,
        },
        why="a delegated _dmarc has a record of theirs; several records are none",
    ),
    Case(
        "DMA015",
        bad={
            "example.com.yaml": GOOD,
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none, sp: reject}",
        },
        good={
            "example.com.yaml": "dmarc: {p: none, sp: reject}",
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none}",
        },
    ),
    Case(
        "DMA015",
        bad={
            "example.com.yaml": GOOD,
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none, sp: reject}",
        },
        good={
            "example.com.yaml": "dmarc: {p: none, psd: y}",
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none, sp: reject}",
        },
        why="one label below a public suffix a name is an organizational domain",
    ),
    Case(
        "DMA015",
        bad={
            "example.com.yaml": "dmarc: {cname: _dmarc.policies.example}",
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none, sp: reject}",
        },
        good={
            "example.com.yaml": "spf: {all: fail}",
            "b.example.com.yaml": "zone: example.com\ndmarc: {p: none, sp: reject}",
        },
        why="a parent whose policy others write is the organizational domain",
    ),
    Case("DMA016", bad="dmarc: {p: none, psd: y}", good="dmarc: {p: none, psd: n}"),
    Case(
        "DMA017",
        bad={"b.example.com.yaml": "zone: example.com\ndmarc: {p: none, psd: n}", "example.com.yaml": GOOD},
        good="dmarc: {p: none, psd: n}",
        why="at the top of the zone psd=n only protects",
    ),
    Case(
        "DMA018",
        bad={
            "example.com.yaml": GOOD,
            "b.c.d.e.f.g.example.com.yaml": "zone: example.com\ndmarc: {p: none}",
        },
        good={
            "example.com.yaml": GOOD,
            "c.d.e.f.g.example.com.yaml": "zone: example.com\ndmarc: {p: none}",
        },
        why="eight labels; seven are still found",
    ),
    Case("DMA019", bad="dmarc: {p: none, np: reject}", good="dmarc: {p: none, sp: reject, np: reject}"),
    Case("DMA020", bad="spf: {terms: [mx], all: fail}", good="spf: {terms: [mx], all: fail}\n" + GOOD),
    Case(
        "DMA020",
        bad="mx: [mail.example.net]",
        good="aliases: {www.{domain}: web.example.net}",
        why="only what looks like a mail domain needs a record",
    ),
    Case(
        "DMA020",
        bad="dkim: {s1: {cname: s1._domainkey.example.net}}",
        good="spf: {terms: [mx], all: fail}\ndmarc: {cname: _dmarc.policies.example}",
        why="a shared policy elsewhere is a policy",
    ),
    Case(
        "DMA021",
        bad="dmarc: {p: none}\nrecords: {dev: {type: NS, value: ns.example.net}}",
        good="dmarc: {p: none, adkim: s, aspf: s}\nrecords: {dev: {type: NS, value: ns.example.net}}",
    ),
    Case(
        "DMA021",
        bad="dmarc: {p: none, adkim: s}\nrecords: {dev: {type: NS, value: ns.example.net}}",
        good="dmarc: {p: none}\nrecords: {dev: {type: A, value: 203.0.113.80}}",
        why="either alignment is enough for a delegate",
    ),
    Case("DMA022", bad="dmarc: {p: reject, sp: none}", good="dmarc: {p: reject, sp: quarantine}"),
    Case("DMA023", bad="dmarc: {cname: _dmarc.policies.example}", good=GOOD),
    Case(
        "DMA023",
        bad="dmarc: {cname: _dmarc.policies.example, p: none}",
        good=GOOD,
        why="a CNAME stands alone",
    ),
    Case(
        "DMA026",
        bad={
            "example.com.yaml": 'dmarc: {p: none, rua: ["mailto:dmarc@parked.example"]}',
            "parked.example.yaml": "mx: none",
        },
        good={
            "example.com.yaml": 'dmarc: {p: none, rua: ["mailto:dmarc@parked.example"]}',
            "parked.example.yaml": "mx: [mail.{domain}]\nhosts: {mail.{domain}: {ipv4: [203.0.113.10]}}",
        },
    ),
    Case(
        "DMX001",
        bad=UNAUTHORIZED,
        good=UNAUTHORIZED
        | {
            "reports.example.yaml": UNAUTHORIZED["reports.example.yaml"]
            + "\nreport_authorization: [example.com]"
        },
        why="the authorisation is by the name that was asked, not by the CNAME's target",
    ),
    Case(
        "DMX001",
        bad=UNAUTHORIZED,
        good={
            "example.com.yaml": REPORTED,
            "reports.example.yaml": UNAUTHORIZED["reports.example.yaml"] + "\nreport_authorization: ['*']",
        },
        why="a wildcard authorises everyone",
    ),
    Case(
        "DMX001",
        bad=UNAUTHORIZED,
        good={
            "example.com.yaml": "aliases: {www.{domain}: web.example.net}",
            "a.example.com.yaml": 'zone: example.com\ndmarc: {p: none, rua: ["mailto:d@b.example.com"]}',
            "b.example.com.yaml": "zone: example.com\nmx: [mail.example.net]",
        },
        why="names of one zone are one organization",
    ),
    Case(
        "DMX002",
        bad=_raw("yes", "example.net._report._dmarc"),
        good=_raw("v=DMARC1", "example.net._report._dmarc"),
        why="the last semicolon is optional",
    ),
    Case(
        "DMX002",
        bad=_raw("v=DMARC1; p=none; bogus;", "example.net._report._dmarc"),
        good=_raw("v=DMARC1; p=none;", "example.net._report._dmarc"),
        why="a part that is no tag spoils the record",
    ),
    Case(
        "DMX003",
        bad=_raw("v=DMARC1; rua=mailto:d@example.org", "example.net._report._dmarc"),
        good=_raw("v=DMARC1; rua=mailto:d@example.com", "example.net._report._dmarc"),
    ),
    Case(
        "DMX004",
        bad="report_authorization: ['*', customer.com]",
        good="report_authorization: ['*', '*.com', customer.com]",
        why="customer.com makes com exist, below which * does not answer",
    ),
    Case(
        "DMX004",
        bad={
            "example.com.yaml": REPORTED,
            "reports.example.yaml": "report_authorization: ['*', customer.com]",
        },
        good={
            "example.com.yaml": REPORTED,
            "reports.example.yaml": "report_authorization: ['*']",
        },
        why="a policy of the repository adds no single name beside a wildcard",
    ),
    Case(
        "DMX004",
        bad="report_authorization: ['*']\n" + _raw("v=DMARC1;", "customer.com._report._dmarc"),
        good="report_authorization: ['*.net']\n" + _raw("v=DMARC1;", "customer.com._report._dmarc"),
        why="what stands at the destination from elsewhere counts too",
    ),
    Case(
        "DMX006",
        bad='dmarc: {p: none, rua: ["mailto:dmarc@elsewhere.example"]}',
        good='dmarc: {p: none, rua: ["mailto:dmarc@mail.{domain}"]}',
    ),
    Case(
        "DMX005",
        bad=f"report_authorization: [{'.'.join(['a' * 60] * 3)}.{'b' * 57}.example]",
        good=f"report_authorization: [{'.'.join(['a' * 60] * 3)}.example]",
        why="both names together have to fit",
    ),
]
