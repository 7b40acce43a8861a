"""A repository whose policies are applied to a web root, and web servers that serve them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from stszone.cli.session import Session
from stszone.hosting import Serving, render
from tests.cli.run import MEANT, Place, make_place
from tests.hosting.web import Authority, WebServer, directory_for_servers

Made = Callable[[str], WebServer]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    """A repository without mail domains."""
    return make_place(tmp_path, monkeypatch, capsys)


@pytest.fixture(scope="session")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def web(authority: Authority) -> Iterator[Made]:
    """Web servers that end with the test."""
    made: list[WebServer] = []

    def make(kind: str) -> WebServer:
        made.append(WebServer(kind, directory_for_servers(), authority))
        return made[-1]

    yield make
    for server in made:
        server.remove()


def publish_to(place: Place, directory: Path) -> None:
    """Have the repository's policies written to a directory."""
    place.write(
        "providers/stszone.yaml",
        f'policy_hosts: {{webroot: {{class: webroot, path: "{directory}", check: none}}}}\n',
    )


def apply(place: Place, now: str | None = None) -> None:
    done = place.run("apply", *MEANT, now=now)
    assert done.code == 0, done.out + done.err


def rendered(place: Place, kind: str, serving: Serving = Serving()) -> dict[str, bytes]:  # noqa: B008 - frozen
    """The files of one kind for all mail domains, as the command makes them."""
    _, settings, state = Session(place.root / "zones", place.root / "providers", "text").read()
    return render(kind, state, settings.policy_hosts, frozenset(state.lives), serving)
