"""Zones of octoDNS's own YAML: read as octoDNS reads them, and never trusted."""

from __future__ import annotations

from pathlib import Path

import octodns_route53  # noqa: F401 -- octoDNS then knows Route53Provider/ALIAS, as the other reading needs
import pytest
from octodns.provider.yaml import YamlProvider
from octodns.zone import Zone as OctoZone

from stszone.planning.config import read_config
from stszone.planning.elsewhere import Source, YamlZone, yaml_zones
from stszone.planning.processor import live_zone
from stszone.standards.rrset import txt_text
from tests.git import write

REAL = Path(__file__).parents[1] / "real" / "data"
CONFIG = """
providers:
  config: {{class: octodns.provider.yaml.YamlProvider, directory: config{more}}}
zones:
  "*": {{sources: [config], targets: [elsewhere]}}
"""


def sources(root: Path, config: str = CONFIG.format(more="")) -> dict[str, Source]:
    write(root, "providers/octodns.yaml", config)
    read = read_config(root / "providers", plain=True)
    return yaml_zones(
        read, lambda name: root / name, root.resolve(), lambda path: str(path.relative_to(root))
    )


def zone(root: Path, text: str, more: str = "") -> YamlZone:
    write(root, "config/example.com.yaml", text)
    return sources(root, CONFIG.format(more=more))["example.com"].read()


@pytest.mark.parametrize("folder", ["moj", "18f", "nixos"])
def test_real_zones_are_read_as_octodns_reads_them(tmp_path: Path, folder: str) -> None:
    """Every zone, every record, nothing to complain about."""
    (tmp_path / "config").symlink_to(REAL / folder)
    write(tmp_path, "providers/octodns.yaml", CONFIG.format(more=", enforce_order: false"))
    config = read_config(tmp_path / "providers", plain=True)
    found = yaml_zones(config, lambda name: REAL / folder, REAL, str)
    assert len(found) == len(list((REAL / folder).glob("*.yaml")))
    provider = YamlProvider("real", str(REAL / folder), enforce_order=False, escaped_semicolons=True)
    for name, source in found.items():
        read, octo = source.read(), OctoZone(f"{name}.", [])
        provider.populate(octo, lenient=True)
        live = live_zone(octo)
        assert not read.findings
        assert read.whole
        assert read.rrsets.keys() == live.keys()
        for key, (ttl, rdatas) in live.items():
            rrset = read.rrsets[key]
            assert rrset.ttl == ttl
            if key[1] == "TXT":
                assert sorted(map(txt_text, rrset.rdatas)) == sorted(map(txt_text, rdatas))
            elif "/" not in key[1]:
                assert rrset.rdatas == rdatas


@pytest.mark.parametrize(
    ("entry", "rdatas"),
    [
        ("{type: TXT, value: a\\;b}", ('"a;b"',)),
        ("{type: TXT, value: 'a;b'}", ('"a;b"',)),  # as MoJ's newer entries have it
        ("{type: TXT, value: 'a\\b'}", ('"a\\\\b"',)),
        ("{type: TXT, value: 'ends\\'}", ('"ends\\\\"',)),  # octoDNS's own chunking never ends over it
        ("{type: TXT, value: 'ü\\'}", ('"\\195\\188\\\\"',)),
        ('{type: TXT, value: \'"a" "b"\'}', ('"ab"',)),
        ("{type: MX, value: {preference: 10, exchange: a.test}}", ("10 a.test",)),  # as it stands there
        ("{type: CNAME, value: A.test.}", ("a.test.",)),
        ("{type: SPF, value: v=spf1 -all}", ('"v=spf1 -all"',)),
        ("{type: Some/THING, value: {b: 1, a: x}}", ("a: x, b: 1",)),
        ("{type: Some/THING, values: [2, 1]}", ("1", "2")),
    ],
)
def test_an_entry_becomes_an_rrset(tmp_path: Path, entry: str, rdatas: tuple[str, ...]) -> None:
    """Whatever it holds; what is one provider's own is kept as it is written."""
    read = zone(tmp_path, f"x: {entry}")
    (rrset,) = read.rrsets.values()
    assert (rrset.name, rrset.rdatas, read.findings) == ("x.example.com", rdatas, [])


def test_settings_count(tmp_path: Path) -> None:
    """The TTL of entries without one, and how a semicolon is written."""
    read = zone(tmp_path, "x: {type: TXT, value: 'a;b'}", ", default_ttl: 60, escaped_semicolons: false")
    (rrset,) = read.rrsets.values()
    assert (rrset.ttl, rrset.rdatas) == (60, ('"a;b"',))


@pytest.mark.parametrize(
    ("entry", "name", "type_", "rule"),
    [
        ("{type: A, value: [oops}", None, None, "INP001"),  # no YAML
        ("192.0.2.1", "bad.example.com", "", "INP003"),
        ("{value: 192.0.2.1}", "bad.example.com", "", "INP003"),
        ("{type: AA, value: 192.0.2.1}", "bad.example.com", "", "INP003"),  # meant to be some other type
        ("{type: TXT, value: 7}", "bad.example.com", "TXT", "INP003"),
        ("{type: MX, value: {preference: 10}}", "bad.example.com", "MX", "INP003"),
        ("{type: A, ttl: soon, value: 192.0.2.1}", "bad.example.com", "A", "INP003"),
        ("{type: TXT, value: !include /etc/hostname}", None, None, "INP001"),
        ("{type: TXT, value: !<!include> /etc/hostname}", None, None, "INP001"),
        ("{type: TXT, value: !!python/object/apply:os.getcwd []}", None, None, "INP001"),
        ("&a [*a]", None, None, "INP001"),
    ],
)
def test_what_cannot_be_read_is_told(
    tmp_path: Path, entry: str, name: str | None, type_: str | None, rule: str
) -> None:
    """An entry alone where it can be told apart from the rest, else the file."""
    read = zone(tmp_path, f"a: {{type: A, value: 192.0.2.1}}\nbad: {entry}\n")
    assert [found.rule for found in read.findings] == [rule]
    assert read.findings[0].file == "config/example.com.yaml"
    assert read.whole is (name is not None)
    assert set(read.unread) == ({(name, type_)} if name else set())
    if name:
        assert set(read.rrsets) == {("a.example.com", "A")}
        assert read.findings[0].line == (2 if entry[0] == "{" else 1)  # a text has no place


def test_another_tag_by_another_handle_is_seen(tmp_path: Path) -> None:
    """YAML has more than one way to write a tag."""
    write(tmp_path, "secret.yaml", "secret")
    read = zone(tmp_path, "%TAG !x! !incl\n---\na: {type: TXT, value: !x!ude ../secret.yaml}\n")
    assert (read.rrsets, read.whole) == ({}, False)


def test_growth_without_end_is_refused(tmp_path: Path) -> None:
    """Aliases of aliases are small on disk."""
    lines = ["a: &a0 {type: TXT, value: x}"]
    lines += [f"b{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 20)}]" for n in range(1, 12)]
    assert not zone(tmp_path, "\n".join(lines)).whole


def test_links_out_of_the_repository_are_not_followed(tmp_path: Path) -> None:
    """Neither read nor compared."""
    write(tmp_path, "outside.yaml", "secret: {type: TXT, value: secret}")
    root = tmp_path / "repo"
    (root / "config").mkdir(parents=True)
    (root / "config/example.com.yaml").symlink_to("../../outside.yaml")
    source = sources(root)["example.com"]
    assert source.texts == [("example.com.yaml", b"")]
    read = source.read()
    assert (read.rrsets, read.whole) == ({}, False)


def test_a_second_set_of_values_is_told(tmp_path: Path) -> None:
    """octoDNS refuses the zone; the first one is what there is."""
    read = zone(tmp_path, "a: [{type: A, value: 192.0.2.1}, {type: A, value: 192.0.2.2}]")
    (rrset,) = read.rrsets.values()
    assert rrset.rdatas == ("192.0.2.1",)
    assert [found.rule for found in read.findings] == ["DNS006"]


def test_zones_are_named_or_taken_by_a_star(tmp_path: Path) -> None:
    """As octoDNS finds them; a zone without such a source is not ours to read."""
    write(tmp_path, "config/a.example.yaml", "x: {type: A, value: 192.0.2.1}")
    write(tmp_path, "config/b.example.yaml", "x: {type: A, value: 192.0.2.1}")
    write(tmp_path, "config/sub/z.example.yaml", "x: {type: A, value: 192.0.2.1}")
    config = """
providers:
  config: {class: octodns.provider.yaml.YamlProvider, directory: config}
  other: {class: somebody.Provider}
zones:
  "*": {sources: [config], glob: 'b.*'}
  c.example.: {sources: [config, other]}
  d.example.: {sources: [other]}
"""
    found = sources(tmp_path, config)
    assert set(found) == {"b.example", "c.example"}
    assert found["c.example"].read().rrsets == {}


def test_split_zones_are_read(tmp_path: Path) -> None:
    """One file for each name, with and without the class of its own."""
    write(tmp_path, "config/example.com./www.yaml", "www: {type: A, value: 192.0.2.1}")
    write(tmp_path, "config/example.com./$example.com.yaml", "'': {type: A, value: 192.0.2.2}")
    for more in (", split_extension: .", ", split_extension: ., disable_zonefile: true"):
        read = sources(tmp_path, CONFIG.format(more=more))["example.com"].read()
        assert {name for name, _ in read.rrsets} == {"example.com", "www.example.com"}


def test_the_same_files_need_no_reading(tmp_path: Path) -> None:
    """Of hundreds of zones a branch changes a few; settings count as well."""
    one, two = tmp_path / "one", tmp_path / "two"
    for root in (one, two):
        write(root, "config/example.com.yaml", "x: {type: A, value: 192.0.2.1}")
    assert sources(one)["example.com"].is_same(sources(two)["example.com"])
    assert not sources(one)["example.com"].is_same(
        sources(two, CONFIG.format(more=", default_ttl: 60"))["example.com"]
    )
    write(two, "config/example.com.yaml", "x: {type: A, value: 192.0.2.2}")
    assert not sources(one)["example.com"].is_same(sources(two)["example.com"])
