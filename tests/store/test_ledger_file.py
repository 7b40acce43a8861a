"""Ledgers on the disk: appended to, and read even after a crash."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.errors import RuleError
from stszone.ledger import Ledger, allowed, format_event, minted
from stszone.store.ledger_file import append_events, domains_with_ledger, ledger_path, read_ledger, whole

AT = datetime(2026, 11, 1, tzinfo=UTC)
POLICY = b"version: STSv1\nmode: none\nmax_age: 86400\n"
NAME = "example.com"


def _ids(zones: Path) -> list[str]:
    return [policy.id for policy in read_ledger(zones, NAME).policies]


def test_a_domain_without_ledger_has_an_empty_one(zones: Path) -> None:
    """And none is written for nothing."""
    assert read_ledger(zones, NAME) == Ledger(NAME)
    append_events(zones, NAME, [])
    assert domains_with_ledger(zones) == []


def test_events_come_back(zones: Path) -> None:
    """One file for each mail domain."""
    append_events(zones, NAME, [minted(AT, "a1", POLICY)])
    append_events(zones, NAME, [minted(AT, "b2", POLICY)])
    assert _ids(zones) == ["a1", "b2"]
    assert domains_with_ledger(zones) == [NAME]
    assert ledger_path(zones, NAME).read_text().count("\n") == 2


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b.test", "", ".", "example.com/.."])
def test_a_ledger_never_stands_outside_its_directory(zones: Path, name: str) -> None:
    """A name that is no domain has no ledger."""
    with pytest.raises(RuleError):
        ledger_path(zones, name)


@pytest.mark.parametrize("keep", [0, 1, 10, -1])
def test_a_torn_last_line_is_passed_over_and_replaced(zones: Path, keep: int) -> None:
    """The crash came before the act that the line was to record."""
    append_events(zones, NAME, [minted(AT, "a1", POLICY)])
    path = ledger_path(zones, NAME)
    whole_line = format_event(minted(AT, "b2", POLICY))
    path.write_text(path.read_text() + whole_line[:keep])
    assert _ids(zones) == ["a1"]
    append_events(zones, NAME, [minted(AT, "c3", POLICY)])
    assert _ids(zones) == ["a1", "c3"]
    assert path.read_text().count("\n") == 2


def test_a_line_torn_within_a_character_is_passed_over(zones: Path) -> None:
    """A reason in German, cut in half."""
    append_events(zones, NAME, [minted(AT, "a1", POLICY)])
    path = ledger_path(zones, NAME)
    line = format_event(allowed(AT, "STS077", "mx", "München")).encode()
    path.write_bytes(path.read_bytes() + line[: line.index("ü".encode()) + 1])
    assert _ids(zones) == ["a1"]


def test_a_whole_last_line_counts_without_its_end(zones: Path) -> None:
    """An editor took the end of line away, not the event."""
    append_events(zones, NAME, [minted(AT, "a1", POLICY), minted(AT, "b2", POLICY)])
    path = ledger_path(zones, NAME)
    path.write_text(path.read_text().rstrip("\n"))
    assert _ids(zones) == ["a1", "b2"]
    append_events(zones, NAME, [minted(AT, "c3", POLICY)])
    assert _ids(zones) == ["a1", "b2", "c3"]


def test_line_ends_of_windows_are_fine(zones: Path) -> None:
    """git may have changed them."""
    append_events(zones, NAME, [minted(AT, "a1", POLICY), minted(AT, "b2", POLICY)])
    path = ledger_path(zones, NAME)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert _ids(zones) == ["a1", "b2"]


def test_other_encodings_are_damage(zones: Path) -> None:
    """In a line that counts, by its number."""
    append_events(zones, NAME, [minted(AT, "a1", POLICY)])
    path = ledger_path(zones, NAME)
    path.write_bytes(path.read_bytes() + '{"reason": "München"}\n'.encode("latin-1"))
    with pytest.raises(RuleError, match="line 2: not UTF-8"):
        read_ledger(zones, NAME)


@given(st.lists(st.text(), max_size=4), st.data())
def test_any_cut_leaves_whole_events(reasons: list[str], data: st.DataObject) -> None:
    """Wherever a crash cuts the file, what is left begins with what was there, line by line."""
    lines = [format_event(allowed(AT, "STS077", "mx", reason)) for reason in reasons]
    text = "".join(f"{line}\n" for line in lines).encode()
    cut = text[: data.draw(st.integers(0, len(text)))]
    left = cut[: whole(cut)].decode().split("\n")
    left = [line for line in left if line]
    assert left == lines[: len(left)]
    assert len(left) >= cut.count(b"\n")
