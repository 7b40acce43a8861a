"""TLS-RPT: a repository that breaks each rule, and its neighbour that does not."""

from tests.lint.case import Case


def _text(rule: str, bad: str, good: str = "v=TLSRPTv1; rua=mailto:a@b.example", why: str = "") -> Case:
    """Two records written out, which differ in their text."""
    return Case(
        rule,
        bad=f"records: {{_smtp._tls: {{type: TXT, value: '{bad}'}}}}\n",
        good=f"records: {{_smtp._tls: {{type: TXT, value: '{good}'}}}}\n",
        why=why,
    )


def _rua(rule: str, bad: str, good: str = "mailto:tls@elsewhere.example", why: str = "") -> Case:
    """Two sections, which differ in an address."""
    return Case(rule, bad=f'tls_rpt: {{rua: ["{bad}"]}}\n', good=f'tls_rpt: {{rua: ["{good}"]}}\n', why=why)


_TLSA = f'tlsa: {{"mail.{{domain}}": ["3 1 1 {"a" * 64}", "3 1 1 {"b" * 64}"]}}\n'

CASES = [
    _text("TRP001", "v=tlsrptv1; rua=mailto:a@b.example"),
    _text("TRP001", "v=TLSRPTv1 ; rua=mailto:a@b.example", why="dropped where there are several records"),
    Case(
        "TRP001",
        bad="records: {_smtp._tls: {type: TXT, values: ['v=TLSRPTv1; rua=mailto:a@b.example', "
        "'v=TLSRPTv1; rua=mailto:c@b.example']}}\n",
        good="records: {_smtp._tls: {type: TXT, values: ['v=TLSRPTv1; rua=mailto:a@b.example', 'note']}}\n",
        why="other texts are skipped",
    ),
    _text("TRP002", "v=TLSRPTv1;", "v=TLSRPTv1; rua=mailto:a@b.example;"),
    _text("TRP002", "v=TLSRPTv1; RUA=mailto:a@b.example"),
    _rua("TRP003", "tls@elsewhere.example"),
    _rua("TRP003", "http://elsewhere.example/v1", "https://elsewhere.example/v1"),
    _text("TRP003", "v=TLSRPTv1; rua=a@b.example"),
    _rua("TRP004", "https://elsewhere.example/x;y=1", "https://elsewhere.example/x%3By=1"),
    _rua("TRP004", "mailto:tls@elsewhere.example!10m"),
    _text(
        "TRP005",
        "v=TLSRPTv1; rua=mailto:a@b.example, mailto:c@b.example",
        "v=TLSRPTv1; rua=mailto:a@b.example,mailto:c@b.example",
    ),
    _text(
        "TRP006",
        "v=TLSRPTv1; rua=mailto:a@b.example; rua=mailto:c@b.example",
        "v=TLSRPTv1; rua=mailto:a@b.example,mailto:c@b.example",
    ),
    _text("TRP007", "v=TLSRPTv1; rua=mailto:a@b.example; x=y"),
    _text("TRP007", "v=TLSRPTv1; rua=mailto:a@b.example;;", "v=TLSRPTv1; rua=mailto:a@b.example;"),
    _rua("TRP008", "mailto:tls@{domain}"),
    _rua(
        "TRP008",
        'mailto:tls@{domain}", "mailto:tls@mail.{domain}',
        'mailto:tls@{domain}", "mailto:tls@elsewhere.example',
        why="one way out of the domain is enough",
    ),
    Case(
        "TRP009",
        bad='records: {"a.elsewhere.example._report._tls": {type: TXT, value: "v=TLSRPTv1"}}\n',
        good='records: {"a.elsewhere.example._report._dmarc": {type: TXT, value: "v=DMARC1"}}\n',
        why="DMARC has such a record, TLS-RPT has not",
    ),
    Case(
        "TRP010",
        bad='mx: ["10 mail.{domain}"]\n' + _TLSA + 'tls_rpt: {rua: ["mailto:tls@elsewhere.example"]}\n',
        good='mx: ["10 mail.{domain}"]\n' + _TLSA + 'tls_rpt: {rua: ["mailto:tls@elsewhere.example"]}\n'
        "records: {_smtp._tls.mail: {type: TXT, value: 'v=TLSRPTv1; rua=mailto:tls@elsewhere.example'}}\n",
        why="for DANE senders look below the MX host",
    ),
    Case(
        "TRP011",
        bad='ttl: {tls_rpt: 300}\ntls_rpt: {rua: ["mailto:tls@elsewhere.example"]}\n',
        good='ttl: {tls_rpt: 3600}\ntls_rpt: {rua: ["mailto:tls@elsewhere.example"]}\n',
    ),
]
