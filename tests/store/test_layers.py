"""Profiles: which layers there are, and how they merge."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.store.layers import ProfileError, Profiles, built_in, built_in_names, merge, read_layer
from stszone.store.repository import Repository
from tests.conftest import write_files

Read = Callable[..., Repository]


def _rules(found: Repository) -> list[str]:
    return [one.rule for one in found.findings]


@pytest.mark.parametrize(
    ("weak", "strong", "merged"),
    [
        ({"a": 1}, {}, {"a": 1}),
        ({}, {"a": 1}, {"a": 1}),
        ({"a": 1}, {"a": 2}, {"a": 2}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"b": 1, "c": 2}}),  # mappings merge …
        ({"a": {"b": {"c": 1}}}, {"a": {"b": {"d": 2}}}, {"a": {"b": {"c": 1, "d": 2}}}),  # … at any depth
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),  # lists replace
        ({"a": [1]}, {"a": []}, {"a": []}),
        ({"a": {"b": 1}}, {"a": 5}, {"a": 5}),  # `mx: none` over a mapping
        ({"a": 5}, {"a": {"b": 1}}, {"a": {"b": 1}}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": None}}, {"a": {"c": 2}}),  # null removes
        ({"a": 1}, {"a": None}, {}),
        ({}, {"a": None}, {}),
        ({}, {"a": {"b": None}}, {"a": {}}),  # nothing to remove below
    ],
)
def test_merge(weak: dict[str, object], strong: dict[str, object], merged: dict[str, object]) -> None:
    """The stronger layer says what it says, and leaves the rest."""
    assert merge(weak, strong) == merged


KEYS = st.sampled_from("abc")
TREES: st.SearchStrategy[dict[str, object]] = st.recursive(
    st.dictionaries(KEYS, st.none() | st.integers(0, 3) | st.just([1]), max_size=3),
    lambda inner: st.dictionaries(KEYS, inner | st.none() | st.integers(0, 3), max_size=3),
    max_leaves=6,
)


@given(TREES, TREES, TREES)
def test_merging_keeps_its_arguments_and_leaves_no_null(
    one: dict[str, object], two: dict[str, object], three: dict[str, object]
) -> None:
    """A profile is shared by many domains, so nothing in it may change."""
    before = repr((one, two, three))
    merged = merge(merge(merge({}, one), two), three)
    assert repr((one, two, three)) == before
    assert "None" not in repr(merged)


def test_the_order_of_layers(zones: Path) -> None:
    """_defaults, then what is extended in its order, each after what it extends itself; each once."""
    write_files(zones, {
        "_defaults.yaml": "extends: [base]\nttl: 1", "_base.yaml": "ttl: 0\nparked: true",
        "_a.yaml": "extends: [base]\nttl: 2", "_b.yaml": "extends: [a, base]\nttl: 3",
    })  # fmt: skip
    layers, merged = Profiles(zones).under(("b", "a"))
    assert [Path(one.file).name for one in layers] == ["_base.yaml", "_defaults.yaml", "_a.yaml", "_b.yaml"]
    assert merged == {"ttl": 3, "parked": True}


def test_a_profile_of_ones_own_goes_before_a_built_in_one(zones: Path) -> None:
    """By its name."""
    assert Profiles(zones).under(("parked",))[1]["parked"] is True
    write_files(zones, {"_parked.yaml": "ttl: 7"})
    assert Profiles(zones).under(("parked",))[1] == {"ttl": 7}


@pytest.mark.parametrize("name", ["nope", "", "a" * 300, "../secrets", "a/b", ".", "parked.yaml", "{domain}"])
def test_a_profile_that_does_not_exist(zones: Path, name: str) -> None:
    """Those that do are named; no name leads out of the directory."""
    write_files(zones, {"_mine.yaml": "ttl: 1", "_defaults.yaml": "ttl: 1"})
    (zones.parent / "secrets.yaml").write_text("ttl: 1")
    with pytest.raises(ProfileError) as caught:
        Profiles(zones).under((name,))
    assert caught.value.rule == "INP005"
    assert caught.value.fix == "known are google-workspace, microsoft-365, mine, parked, self-hosted"


@pytest.mark.parametrize(
    ("files", "where"),
    [
        ({"example.com.yaml": "ttl: 1\nextends: [a]", "_a.yaml": "extends: [a]"}, "_a.yaml:1"),
        (
            {
                "example.com.yaml": "extends: [a]",
                "_a.yaml": "extends: [b]",
                "_b.yaml": "mx: none\nextends: [a]",
            },
            "_b.yaml:2",
        ),
        ({"example.com.yaml": "extends: [a]", "_a.yaml": "ttl: 1\nextends: [nope]"}, "_a.yaml:2"),
        ({"example.com.yaml": "ttl: 1\nextends: [nope]"}, "example.com.yaml:2"),
        ({"example.com.yaml": "ttl: 1", "_defaults.yaml": "extends: [nope]"}, "_defaults.yaml:1"),
    ],
)
def test_a_wrong_profile_is_found_where_it_is_named(read: Read, files: dict[str, str], where: str) -> None:
    """Cycles and names that do not exist, in the file that is to be mended."""
    found = read(files)
    assert [(one.rule, f"{Path(one.file or '').name}:{one.line}") for one in found.findings] == [
        ("INP005", where)
    ]


def test_what_is_wrong_in_a_profile_is_said_once(read: Read) -> None:
    """However many files extend it, with its own place."""
    found = read({
        "_base.yaml": "ttl: 1\nspf: [", "a.example.yaml": "extends: [base]", "b.example.yaml": "extends: [base]",
    })  # fmt: skip
    assert [(one.rule, Path(one.file or "").name, one.line) for one in found.findings] == [
        ("INP001", "_base.yaml", 2)
    ]


@pytest.mark.parametrize("extends", ["self-hosted", "{a: b}", "[[a]]", "[1]"])
def test_extends_is_a_list_of_names(read: Read, extends: str) -> None:
    """Anything else is named with its place."""
    found = read({"example.com.yaml": f"ttl: 60\nextends: {extends}"})
    assert [(one.rule, one.line, one.key) for one in found.findings] == [("INP003", 2, ("extends",))]


def test_null_extends_nothing(read: Read) -> None:
    """An empty `extends:` is no error."""
    assert _rules(read({"example.com.yaml": "extends:\nmx: none"})) == []


def test_the_built_in_profiles_are_right(read: Read) -> None:
    """Each makes a mail domain with what a user has to add."""
    assert built_in_names() == ["google-workspace", "microsoft-365", "parked", "self-hosted"]
    assert built_in("nope") is None
    found = read({f"{name}.example.yaml": f"extends: [{name}]" for name in built_in_names()})
    assert found.findings == []
    assert found.domains["parked.example"].parked is True


def test_a_layer_is_read_again_for_its_places(zones: Path) -> None:
    """Also one that came with stszone."""
    write_files(zones, {"_a.yaml": "mx: none\nttl: 9"})
    profiles = Profiles(zones)
    own, shipped = profiles.get("a"), profiles.get("parked")
    assert own is not None and shipped is not None
    assert own.locate(("ttl",), "") == ((2, 6), True)
    assert shipped.locate(("mx",), "")[1] is True
    assert shipped.file == "profile parked"


@pytest.mark.parametrize(
    ("data", "place"),
    [(b"\xff", (1, 1)), (b"mx: none\nspf: \xe4", (2, 6)), ("ü: \n\n".encode() + b"a: \x80", (3, 4))],
)
def test_other_encodings_are_found_with_their_place(zones: Path, data: bytes, place: tuple[int, int]) -> None:
    """YAML is UTF-8 here."""
    path = zones / "example.com.yaml"
    path.write_bytes(data)
    layer = read_layer(path)
    assert [problem.place for problem in layer.problems] == [place]
    assert layer.problems[0].error.what.startswith("not UTF-8")


def test_a_link_that_leads_out_of_the_repository_is_not_followed(tmp_path: Path) -> None:
    """A branch could have any file of the machine read; a link within the repository is one's own business."""
    zones = tmp_path / "repository/zones"
    zones.mkdir(parents=True)
    (tmp_path / "secret").write_text("mx: [{host: secret.example}]\n")
    (tmp_path / "repository/shared.yaml").write_text("mx: none\n")
    (zones / "out.example.yaml").symlink_to(tmp_path / "secret")
    (zones / "in.example.yaml").symlink_to("../shared.yaml")
    out, within = read_layer(zones / "out.example.yaml"), read_layer(zones / "in.example.yaml")
    assert [one.error.rule for one in out.problems] == ["INP007"]
    assert out.data == {}
    assert (within.problems, within.data) == ((), {"mx": "none"})
