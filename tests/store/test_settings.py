"""providers/stszone.yaml: what is wrong in it is named without being repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from stszone.errors import InputError
from stszone.store.settings import Settings, read_settings

ROOT = Path(__file__).parents[2]


def test_the_shipped_settings_are_read() -> None:
    """And a directory without the file has the defaults."""
    assert read_settings(ROOT / "providers").policy_hosts["webroot"].check == "none"
    assert read_settings(ROOT / "nowhere").guards == Settings().guards


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("policy_hosts: {w: {class: webroot, path: x, token: s3cr3t}}", "policy_hosts.w.token: unknown key"),
        (
            "policy_hosts: {w: {class: s3cr3t, path: x}}",
            "policy_hosts.w.class: input should be 'webroot'; found a str",
        ),
        ("policy_hosts: {w: {class: webroot}}", "policy_hosts.w.path is missing"),
        ("policy_hosts: {w: s3cr3t}", "policy_hosts.w: input should be a valid dictionary"),
        ("profile: s3cr3t", "profile: input should be 'safe' or 'rfc'; found a str"),
        (
            "guards: {max_risky_domains: -5}",
            "guards.max_risky_domains: input should be greater than or equal to 0",
        ),
        ("resolvers: s3cr3t", "resolvers: input should be a valid list; found a str"),
        ("- s3cr3t", "the file: input should be"),
        ("profile: [", ":1:"),
        ("a: 1\na: 2", "a second time"),
    ],
)
def test_what_is_wrong_is_named_and_not_repeated(tmp_path: Path, text: str, said: str) -> None:
    """`file:line:column: key: what`; a token at the wrong place stays out of the log."""
    path = tmp_path / "stszone.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        read_settings(tmp_path)
    assert str(caught.value).startswith(f"{path}:")
    assert said in str(caught.value)
    assert "s3cr3t" not in str(caught.value)


def test_settings_that_are_no_text(tmp_path: Path) -> None:
    """Latin-1, or an archive."""
    (tmp_path / "stszone.yaml").write_bytes(b"# \xe9")
    with pytest.raises(InputError, match="not UTF-8 at byte 2"):
        read_settings(tmp_path)


def test_without_a_file_policies_are_staged_on_disk(tmp_path: Path) -> None:
    """The same as the shipped file says."""
    assert read_settings(tmp_path).policy_hosts == read_settings(ROOT / "providers").policy_hosts
