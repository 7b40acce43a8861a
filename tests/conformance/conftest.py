"""One named for all cases of a run, and a repository whose zones go to the target of the case."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cli.run import Place, make_place
from tests.conformance import route53
from tests.conformance.named import EMPTY, ZONES, Named, find_named
from tests.conformance.target import (
    AWS_KEY,
    AWS_SECRET,
    REMOVE,
    SECRET,
    Bind,
    Route53,
    Target,
    ZoneFiles,
    configuration,
)


@pytest.fixture(scope="session")
def named(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Named]:
    """A server that runs until the last case is done."""
    program = find_named()
    if program is None:
        reason = "named (Debian: bind9) is not installed"
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)
    secret = base64.b64encode(secrets.token_bytes(32)).decode()
    server = Named(tmp_path_factory.mktemp("named"), program, secret)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Place:
    """A repository without mail domains."""
    return make_place(tmp_path, monkeypatch, capsys)


@pytest.fixture
def bind(place: Place, named: Named, monkeypatch: pytest.MonkeyPatch) -> Bind:
    """BIND with empty zones, and the repository's zones at it."""
    target = Bind(named)
    monkeypatch.setenv(SECRET, named.secret)
    for zone in ZONES:
        target.hold(zone, EMPTY)
    place.write("providers/octodns.yaml", configuration(dict.fromkeys(ZONES, (target.name,)), target))
    return target


@pytest.fixture
def files(place: Place) -> ZoneFiles:
    """Zone files, and the repository's zones in them."""
    target = ZoneFiles(place.root)
    place.write("providers/octodns.yaml", configuration(dict.fromkeys(ZONES, (target.name,)), target))
    return target


@pytest.fixture(scope="session")
def aws() -> Iterator[route53.Route53]:
    """A Route 53 that runs until the last case is done."""
    server = route53.Route53()
    try:
        for zone in ZONES:
            server.create(zone)
        yield server
    finally:
        server.stop()


@pytest.fixture
def amazon(place: Place, aws: route53.Route53, monkeypatch: pytest.MonkeyPatch) -> Route53:
    """Route 53 with empty zones, and the repository's zones at it."""
    target = Route53(aws)
    for name, value in {
        AWS_KEY: route53.ACCESS_KEY, AWS_SECRET: route53.SECRET,
        "AWS_ENDPOINT_URL_ROUTE_53": aws.url, "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": os.devnull, "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    aws.throttle, aws.swallow, aws.meanwhile = 0, False, None
    for zone in ZONES:
        target.hold(zone, "")
    place.write("providers/octodns.yaml", configuration(dict.fromkeys(ZONES, (target.name,)), target))
    return target


@pytest.fixture(params=["files", pytest.param("bind", marks=pytest.mark.server), "amazon"])
def target(request: pytest.FixtureRequest) -> Target:
    """Every target in turn."""
    made: Target = request.getfixturevalue(request.param)
    return made


@pytest.fixture
def apply(place: Place, target: Target) -> Callable[..., None]:
    """Apply, which must succeed and leave nothing to do; guards are other tests' business."""

    def run() -> None:
        done = place.run("apply", *REMOVE)
        assert done.code == 0, done.out + done.err
        again = place.run("plan", "--detailed-exitcode")
        assert again.code == 0, again.out + again.err
        assert again.out.splitlines()[-1].startswith("No changes"), again.out
        before = target.writes()
        assert place.run("apply").code == 0
        assert target.writes() == before

    return run
