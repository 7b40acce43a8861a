"""Whatever the mail domains are called, web servers accept the configuration."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stszone.hosting.catalogue import web_server
from stszone.hosting.sites import Site, certificates
from stszone.standards.names import MAX_NAME
from tests.hosting.web import Authority, WebServer, directory_for_servers, program

pytestmark = pytest.mark.server

LABEL = st.from_regex(r"(?!-)[a-z0-9-]{1,63}(?<!-)", fullmatch=True)
TOP = st.sampled_from(["example", "test", "xn--p1ai", "co"])
LONG = st.sampled_from(["a" * 63, "0-" * 31 + "z", "xn--mnchen-3ya", "include", "location", "return", "http"])
NAME = (
    st.lists(st.one_of(LABEL, LONG), min_size=1, max_size=4)
    .flatmap(lambda labels: TOP.map(lambda top: ".".join(["mta-sts", *labels, top])))
    .filter(lambda name: len(name) <= MAX_NAME)
)


@pytest.fixture(scope="module", params=["nginx", "apache", "caddy"])
def server(request: pytest.FixtureRequest, authority: Authority) -> Iterator[WebServer]:
    program("apache2" if request.param == "apache" else request.param)
    made = WebServer(request.param, directory_for_servers(), authority)
    yield made
    made.remove()


@given(
    names=st.sets(NAME, min_size=1, max_size=30),
    layout=st.sampled_from(["tree", "shared"]),
    many=st.booleans(),
)
@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)
def test_any_names_are_accepted(server: WebServer, names: set[str], layout: str, many: bool) -> None:
    """Long names, names like keywords, A-labels, and so many that they need several certificates."""
    if many:
        names |= {f"mta-sts.parked{n}.example" for n in range(300)}
    found = [Site(name, f"mode: {len(name) % 3}\n".encode(), str(server.webroot)) for name in sorted(names)]
    shutil.rmtree(server.root / "live", ignore_errors=True)
    first = server.root / "live/mta-sts"
    server.authority.issue(first, ["mta-sts.example"])
    for name in certificates(names):
        if name != first.name:
            shutil.copytree(first, server.root / "live" / name)
    server.write(web_server(server.kind, found, server.serving(layout)))
    checked = server.check()
    assert checked.returncode == 0, checked.stdout[-2000:] + checked.stderr[-2000:]
