"""providers/octodns.yaml: which zones there are, and where they go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stszone.errors import InputError
from stszone.planning.config import ZONEFILE, Config, is_plain, read_config

ROOT = Path(__file__).parents[2]

HEAD = """
providers:
  ours: {class: stszone.planning.source.MailSource}
  bind: {class: octodns_bind.Rfc2136Provider, host: 192.0.2.1}
  files: {class: stszone.planning.zonefile.ZoneFile, directory: out}
processors:
  scope: {class: stszone.planning.processor.MailScope}
"""
OURS = "sources: [ours], processors: [scope], targets: [bind]"


def read(tmp_path: Path, zones: str, head: str = HEAD) -> Config:
    (tmp_path / "octodns.yaml").write_text(f"{head}\nzones:\n{zones}\n", "utf-8")
    return read_config(tmp_path)


def test_the_shipped_configuration_is_read() -> None:
    """Every zone goes to zone files."""
    config = read_config(ROOT / "providers")
    assert config.zones == {"113.0.203.in-addr.arpa"}
    assert config.dynamic("example.com")
    assert [config.class_of(target) for target in config.targets("example.com")] == [ZONEFILE]
    assert config.class_of("nope") == ""


@pytest.mark.parametrize(
    ("zones", "zone", "targets", "ours"),
    [
        (f"  example.com.: {{{OURS}}}", "example.com", ("bind",), True),
        (f"  Example.com: {{{OURS}}}", "example.com", ("bind",), True),  # octoDNS wants the dot, people forget it
        (f"  münchen.example.: {{{OURS}}}", "xn--mnchen-3ya.example", ("bind",), True),  # U-labels, as octoDNS takes them
        (f"  XN--mnchen-3ya.example.: {{{OURS}}}", "xn--mnchen-3ya.example", ("bind",), True),
        (f"  0/25.2.0.192.in-addr.arpa.: {{{OURS}}}", "0/25.2.0.192.in-addr.arpa", ("bind",), True),
        (f"  example.com.: {{{OURS}}}", "example.net", (), False),
        ("  example.com.: {sources: [other], targets: [bind]}", "example.com", ("bind",), False),
        (f"  '*': {{{OURS}}}", "any.example", ("bind",), True),
        # A name goes before a star.
        (f"  '*': {{{OURS}}}\n  example.com.: {{sources: [ours], processors: [scope], targets: [files]}}",
         "example.com", ("files",), True),
        # Stars by their glob and regex, the first that takes the zone.
        (f"  '*.a': {{{OURS}, glob: '*.net.'}}\n  '*.b': {{sources: [ours], processors: [scope], targets: [files]}}",
         "x.net", ("bind",), True),
        (f"  '*.a': {{{OURS}, glob: '*.net.'}}\n  '*.b': {{sources: [ours], processors: [scope], targets: [files]}}",
         "x.org", ("files",), True),
        (f"  '*.a': {{{OURS}, regex: '^x.*net\\.$'}}", "x.net", ("bind",), True),
        (f"  '*.a': {{{OURS}, regex: '^x.*net\\.$'}}", "y.net", (), False),
        (f"  '*.a': {{{OURS}, glob: '*.net.'}}", "x.org", (), False),
        ("  example.com.: {sources: , targets: }", "example.com", (), False),
    ],
)  # fmt: skip
def test_where_a_zone_goes(
    tmp_path: Path, zones: str, zone: str, targets: tuple[str, ...], ours: bool
) -> None:
    """As octoDNS decides it."""
    config = read(tmp_path, zones)
    assert config.targets(zone) == targets
    assert (zone in config.zones or config.dynamic(zone)) is ours


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("providers: [", "did not find expected node content"),
        ("token: {k: 's3cr3t", "found unexpected end of stream"),
        ("token: *s3cr3t", "found undefined alias"),
        ("token: !s3cr3t x", "could not determine a constructor"),
        ("token: \x07s3cr3t", "not YAML"),
        ("- a", "not a mapping"),
        ("", "not a mapping"),
        ("providers: 5", "providers is a number"),
        ("providers: {a: 5}", "providers.a is a number"),
        ("providers: {}", "0 entries of class stszone.planning.source.MailSource"),
        (HEAD.replace("  bind: {class: octodns_bind.Rfc2136Provider", "  b2: {class: stszone.planning.source.MailSource"),
         "2 entries of class stszone.planning.source.MailSource"),
        (HEAD.replace("MailScope", "Other"), "0 entries of class stszone.planning.processor.MailScope"),
        (HEAD + "zones: [a]", "zones is a list"),
        (HEAD + "zones: {a.: 5}", "zones.a. is a number"),
        (HEAD + "zones: {a.: {sources: ours}}", "zones.a..sources is a text"),
        (HEAD + "zones: s3cr3t", "zones is a text"),
        (HEAD + "zones: {a.: s3cr3t}", "zones.a. is a text"),
        (HEAD + "zones: {a.: true}", "zones.a. is a boolean"),
        (HEAD + "zones: {'*': {glob: 5}}", "zones.*.glob is a number"),
        (HEAD + "zones: {'*': {regex: '('}}", "zones.*.regex: "),
        (HEAD + "secret_handlers: {v: 5}", "secret_handlers.v is a number"),
        # Two spellings of one zone, of which only the last would count.
        (HEAD + "zones: {a.example.: {}, A.example.: {}}", "zones.A.example. is a.example. again"),
        (HEAD + "zones: {münchen.example.: {}, xn--mnchen-3ya.example.: {}}", "is münchen.example. again"),
        (HEAD + "zones: {'mün\u200dchen.example.': {}}", "no A-label form"),
        # Without the processor octoDNS would delete what is not ours.
        (HEAD + "zones: {a.: {sources: [ours], targets: [bind]}}", "add processors: [scope]"),
        (HEAD + "zones: {'*': {sources: [ours], processors: [other], targets: [bind]}}", "add processors: [scope]"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(tmp_path: Path, text: str, what: str) -> None:
    """With the file, and the key."""
    (tmp_path / "octodns.yaml").write_text(text, "utf-8")
    with pytest.raises(InputError) as caught:
        read_config(tmp_path)
    assert str(caught.value).startswith(f"{tmp_path / 'octodns.yaml'}:")
    assert what in str(caught.value)
    assert "s3cr3t" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_missing_file_says_the_way_out(tmp_path: Path) -> None:
    """There may be no repository here at all."""
    with pytest.raises(InputError, match="give --providers"):
        read_config(tmp_path)


def test_a_file_that_is_no_text_is_said_so(tmp_path: Path) -> None:
    """Latin-1, or an archive."""
    (tmp_path / "octodns.yaml").write_bytes(b"# \xe9\n")
    with pytest.raises(InputError, match="not UTF-8 at byte 2"):
        read_config(tmp_path)


@pytest.mark.parametrize("included", [None, "{token: 's3cr3t", "a: *s3cr3t"])
def test_what_is_included_is_named_too(tmp_path: Path, included: str | None) -> None:
    """A file that is not there, and one that is no YAML."""
    if included:
        (tmp_path / "bind.yaml").write_text(included)
    head = HEAD.replace("{class: octodns_bind.Rfc2136Provider, host: 192.0.2.1}", "!include bind.yaml")
    with pytest.raises(InputError) as caught:
        read(tmp_path, f"  example.com.: {{{OURS}}}", head)
    assert "s3cr3t" not in str(caught.value)


def test_tags_of_octodns_are_read_by_octodns(tmp_path: Path) -> None:
    """`!include` is its own."""
    (tmp_path / "bind.yaml").write_text("{class: octodns_bind.Rfc2136Provider, host: 192.0.2.1}")
    head = HEAD.replace("{class: octodns_bind.Rfc2136Provider, host: 192.0.2.1}", "!include bind.yaml")
    config = read(tmp_path, f"  example.com.: {{{OURS}}}", head)
    assert config.class_of("bind") == "octodns_bind.Rfc2136Provider"


@pytest.mark.parametrize(
    ("zones", "said"),
    [
        ("*: {}\nx: !include /etc/hostname", "the tag !include"),  # reads any file
        ("x: &a [y, y, y, y, y, y, y, y, y]\n" + "".join(
            f"x{n}: &a{n} [{', '.join([f'*a{n - 1 or str()}'] * 9)}]\n" for n in range(1, 9)
        ), "more than 2000000 values"),  # nine to the ninth
    ],
)  # fmt: skip
def test_a_branch_leads_nowhere_and_does_not_grow(tmp_path: Path, zones: str, said: str) -> None:
    """What a pull request says is read without what it points to."""
    (tmp_path / "octodns.yaml").write_text(zones.replace("*: {}\n", "providers: {}\n"))
    with pytest.raises(InputError, match=said):
        read_config(tmp_path, plain=True)


@pytest.mark.parametrize(
    ("regex", "plain"),
    [
        ("", True),
        (r"^.*\.example\.(com|net)\.$", True),
        (r"^(?!internal\.).+$", True),
        (r"^\+\*\(\[\.$", True),  # all of it characters
        ("(a+)+$", False),  # exponential
        ("(a|a)*$", False),
        ("(a){99}", False),
        ("(a|a)(a|a)(a|a)(a|a)", False),
        ("a?" * 20 + "a" * 20, False),
        ("a*a*a*a*b", False),  # polynomial, of a high degree
        (r"(a)\1", False),
        (r"(?P<a>a)(?P=a)", False),
        (r"(a)\\1", True),  # a backslash and a digit
        ("a" * 201, False),
    ],
)
def test_a_regular_expression_of_a_branch_is_done_soon(tmp_path: Path, regex: str, plain: bool) -> None:
    """octoDNS tries it on every zone; so would `diff`, before anybody has looked at it."""
    assert is_plain(regex) is plain
    text = json.dumps({"zones": {"*": {"regex": regex, "sources": ["a"], "targets": ["b"]}}})
    (tmp_path / "octodns.yaml").write_text(text)
    if plain:
        assert read_config(tmp_path, plain=True).starred[0].regex == regex
    else:
        with pytest.raises(InputError, match=r"zones\.\*\.regex: not tried"):
            read_config(tmp_path, plain=True)
