"""Targets that do not answer, and entries of octodns.yaml that no target can be made of."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import dns.exception
import pytest
import requests
from botocore import exceptions as botocore

from stszone.errors import InputError, StszoneError, UnknownError
from stszone.planning.capabilities import require_classes
from stszone.planning.config import Config, read_config
from stszone.planning.manager import open_manager
from stszone.planning.quick import QuickTargets
from stszone.planning.trouble import Secrets, unanswered

FRAME = """
providers:
  ours: {class: stszone.planning.source.MailSource}
  it: {%s}
processors: {scope: {class: stszone.planning.processor.MailScope}}
zones: {"*": {sources: [ours], processors: [scope], targets: [it]}}
"""
BIND = "class: octodns_bind.Rfc2136Provider, host: 127.0.0.1, timeout: 1"
FILES = "class: stszone.planning.zonefile.ZoneFile"


def wrapped(inner: Exception, *, hidden: bool = False) -> Exception:
    """An error as a provider hands it on."""
    try:
        try:
            raise inner
        except Exception:  # noqa: BLE001 - whatever it is
            if hidden:
                raise RuntimeError("it failed") from None
            raise RuntimeError("it failed")  # noqa: B904 - without `from` on purpose
    except RuntimeError as error:
        return error


@pytest.mark.parametrize(
    ("error", "silence"),
    [
        (ConnectionRefusedError(111, "refused"), True),
        (TimeoutError(), True),
        (socket.gaierror(-2, "no address"), True),
        (EOFError(), True),  # dnspython, when the server hangs up
        (dns.exception.Timeout(), True),
        (botocore.EndpointConnectionError(endpoint_url="https://x"), True),
        (botocore.ConnectTimeoutError(endpoint_url="https://x"), True),
        (botocore.ReadTimeoutError(endpoint_url="https://x"), True),
        (requests.ConnectionError(), True),
        (requests.Timeout(), True),
        (wrapped(dns.exception.Timeout()), True),
        (wrapped(dns.exception.Timeout(), hidden=True), True),  # octodns-bind
        (wrapped(wrapped(ConnectionResetError())), True),
        (requests.HTTPError("403 Forbidden"), False),  # an answer, although an OSError
        (wrapped(requests.HTTPError("403 Forbidden")), False),
        (botocore.NoCredentialsError(), False),
        (wrapped(FileNotFoundError(2, "no such file", "cache.json")), False),  # no server
        (StszoneError("accepted the changes and did not make them"), False),
        (ValueError("TTL"), False),
        (dns.exception.FormError(), False),
    ],
)  # fmt: skip
def test_silence_is_told_from_an_answer(error: BaseException, silence: bool) -> None:
    """Whatever the provider made of it."""
    assert unanswered(error) is silence


def test_a_chain_that_bites_its_tail_ends() -> None:
    """Python allows it."""
    one, other = ValueError(), ValueError()
    one.__cause__, other.__cause__ = other, one
    assert not unanswered(one)


def config(tmp_path: Path, entry: str, more: str = "") -> Config:
    (tmp_path / "octodns.yaml").write_text(FRAME % entry + more, "utf-8")
    return read_config(tmp_path)


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        (FILES, "providers.it: missing 1 required positional argument: 'directory'"),
        (f"{FILES}, directory: 5", "providers.it: "),
        (f"{FILES}, directory: out, default_ttl: soon", "providers.it: "),
        (f"{FILES}, directory: out, nonsense: 1", "providers.it: got an unexpected keyword argument 'nonsense'"),
        (f"{FILES}, directory: out, soa: {{contact: '..'}}", "providers.it: it: settings of new zone files"),
        (f"{FILES}, directory: env/STSZONE_TEST_NONE", "providers.it.directory: the environment has no STSZONE_TEST_NONE"),
        (f"{FILES}, directory: out, soa: {{contact: env/STSZONE_TEST_NONE}}", "providers.it.soa.contact: the environment"),
        ("class: octodns_bind.Rfc2136Provider, hots: x", "providers.it: missing 1 required positional argument: 'host'"),
        (f"{BIND}, port: s3cr3t://u@x", "providers.it: invalid literal"),
        (f"{BIND}, port: env/STSZONE_TEST_SECRET", "providers.it: invalid literal"),
        (f"{BIND}, key_name: k, key_secret: '!s3cr3t'", "providers.it: key_secret is no TSIG key"),
        (f"{BIND}, key_name: k, key_secret: env/STSZONE_TEST_SECRET", "providers.it: key_secret is no TSIG key"),
        (f"{BIND}, key_name: k, key_secret: [s3cr3t]", "providers.it: key_secret is no TSIG key"),
        ("class: no.such.Thing", "providers.it"),
        ("class: octodns_bind.Rfc2163Provider", "providers.it"),
        ("class: plain", "providers.it"),
        ("host: 127.0.0.1", "providers.it"),
    ],
)  # fmt: skip
def test_what_cannot_be_made_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, entry: str, said: str
) -> None:
    """One line with the file and the provider, and no value that may be secret."""
    monkeypatch.delenv("STSZONE_TEST_NONE", raising=False)
    monkeypatch.setenv("STSZONE_TEST_SECRET", "!s3cr3t")
    it = config(tmp_path, entry)
    with pytest.raises(InputError) as caught:
        QuickTargets(it)
        open_manager(it)
    message = str(caught.value)
    assert message.startswith(f"{tmp_path / 'octodns.yaml'}: {said}")
    assert "\n" not in message
    assert "s3cr3t" not in message


def test_other_parts_of_octodns_are_named(tmp_path: Path) -> None:
    """What octoDNS itself refuses in its configuration."""
    it = config(tmp_path, f"{FILES}, directory: out", "manager: {plan_outputs: {x: {class: no.such.Thing}}}")
    with pytest.raises(InputError, match=r"octodns\.yaml: octoDNS: "):
        open_manager(it)


def test_a_host_without_an_address_could_not_be_looked_at(tmp_path: Path) -> None:
    """Nobody was asked, so nothing is known about any zone."""
    with pytest.raises(UnknownError, match=r"providers\.it: "):
        open_manager(config(tmp_path, "class: octodns_bind.Rfc2136Provider, host: no-such-host.invalid"))


def test_values_from_the_environment_are_read_by_octodns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The short road knows no environment, and leaves the target to the long one."""
    monkeypatch.setenv("STSZONE_TEST_DIR", str(tmp_path / "there"))
    it = config(tmp_path, f"{FILES}, directory: env/STSZONE_TEST_DIR")
    assert QuickTargets(it)._files == {}
    assert open_manager(it).providers["it"].files.path == tmp_path / "there"
    open_manager(config(tmp_path, f"{FILES}, directory: env/STSZONE_TEST_UNSET/{tmp_path.name}"))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("no.such.Thing", "providers.it.class no.such.Thing: No module"),
        ("octodns_bind.Rfc2163Provider", "providers.it.class octodns_bind.Rfc2163Provider: "),
        ("plain", "providers.it.class plain: "),
        ("[a]", "providers.it.class is a list"),
        ("''", "providers.it.class : "),
    ],
)
def test_check_finds_classes_that_are_not_there(tmp_path: Path, path: str, said: str) -> None:
    """No credentials are needed, and the target need not be in use."""
    it = config(tmp_path, f"class: {path}")
    with pytest.raises(InputError) as caught:
        require_classes(it)
    assert f"octodns.yaml: {said}" in str(caught.value)


def test_secrets_are_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the names of their keys, from the environment, and within a URL."""
    monkeypatch.setenv("STSZONE_TEST_SECRET", "from-env")
    it = config(
        tmp_path,
        "class: x.Y, token: abc, nested: {password: [in-list]}, user: env/STSZONE_TEST_SECRET, "
        "url: 'https://me:pw@x', key_name: k, pin_token: 7",
    )
    told = Secrets(it).told(ValueError("abc from-env in-list https://me:pw@x key 7 77 abcd\nk"))
    assert told == "ValueError: *** *** *** *** key *** 77 abcd k"


@pytest.fixture(params=["closed", "silent", "hangs up"])
def port(request: pytest.FixtureRequest) -> Iterator[int]:
    """A port of 127.0.0.1 at which nobody answers a transfer."""
    with socket.socket() as tcp:
        tcp.bind(("127.0.0.1", 0))
        if request.param != "closed":
            tcp.listen()
        if request.param == "hangs up":

            def hang_up() -> None:
                for _ in range(2):  # all zones at once, then each alone
                    tcp.accept()[0].close()

            threading.Thread(target=hang_up, daemon=True).start()
        yield tcp.getsockname()[1]


def test_a_server_that_does_not_answer_is_unknown(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 3, `could not look`, and no word about changes."""
    from tests.cli.run import make_place

    place = make_place(tmp_path, monkeypatch, capsys)
    place.write(
        "providers/octodns.yaml", FRAME.replace("ours: {", "ours: {zones: zones, ") % f"{BIND}, port: {port}"
    )
    place.write("zones/example.com.yaml", "mx: [{host: mx.example.net}]\n")
    for command in ("plan", "apply"):
        result = place.run(command)
        assert result.code == 3
        assert "could not look: example.com at it: " in result.err
        assert "1 zone could not be looked at" in result.out
        assert "No changes" not in result.out
    result = place.run("plan", "--format", "json")
    assert (result.code, [one["unknown"] for one in result.json["failures"]]) == (3, [True])
