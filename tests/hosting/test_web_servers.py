"""nginx, Caddy and Apache serve the policies with the configuration that stszone renders."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from stszone.hosting.catalogue import web_server
from stszone.hosting.sites import Site, certificates
from stszone.policy_host import WELL_KNOWN
from tests.cli.run import Place, make_place
from tests.hosting.conftest import Made, apply, publish_to, rendered
from tests.hosting.web import Authority, WebServer, directory_for_servers, program

pytestmark = pytest.mark.server

SERVED = [
    ("nginx", "tree"), ("nginx", "shared"), ("nginx", "inline"),
    ("caddy", "tree"), ("caddy", "shared"),
    ("apache", "tree"), ("apache", "shared"),
]  # fmt: skip
ALIKE = ("mta-sts.alike1.example", "mta-sts.alike2.example")
HOSTS = (*ALIKE, "mta-sts.own.example", "mta-sts.xn--mnchen-3ya.example")

ZONES = {
    "alike": """
domains: [alike1.example, alike2.example]
mx: [mx.provider.example]
mta_sts: {mode: testing, max_age: 86400, policy_host: {ipv4: [192.0.2.1]}}
""",
    "own.example": """
mx: [mx1.own.example, mx2.own.example]
hosts: {mx1.own.example: {ipv4: [192.0.2.1]}, mx2.own.example: {ipv4: [192.0.2.2]}}
mta_sts: {mode: enforce, policy_host: {ipv4: [192.0.2.1]}}
""",
    "münchen.example": """
mx: [mx.provider.example]
mta_sts: {mode: none, policy_host: {ipv4: [192.0.2.1]}}
""",
}


@pytest.fixture(scope="module", params=SERVED, ids="-".join)
def server(
    request: pytest.FixtureRequest, authority: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[WebServer]:
    """A web server that serves an applied repository; the cases only ask it."""
    kind, layout = request.param
    program("apache2" if kind == "apache" else kind)
    server = WebServer(kind, directory_for_servers(), authority)
    try:
        _prepare(server, layout, tmp_path_factory.mktemp("place"))
        checked = server.check()
        assert checked.returncode == 0, checked.stdout + checked.stderr
        server.start()
        yield server
    finally:
        server.remove()


def _prepare(server: WebServer, layout: str, directory: Path) -> None:
    """An applied repository, what it renders, certificates, and a challenge."""
    with pytest.MonkeyPatch.context() as patch:
        place = make_place(directory, patch, _Capture())  # type: ignore[arg-type]  # nobody reads the output
        publish_to(place, server.webroot)
        for name, text in ZONES.items():
            place.write(f"zones/{name}.yaml", text)
        apply(place)
        server.write(rendered(place, server.kind, server.serving(layout)))
    for name, hosts in certificates(HOSTS).items():
        server.authority.issue(server.root / "live" / name, hosts)
    challenge = server.root / "acme/.well-known/acme-challenge/token"
    challenge.parent.mkdir(parents=True)
    challenge.write_text("answer")


class _Capture:
    """Output of commands that a fixture of a whole module runs; nobody reads it."""

    def readouterr(self) -> tuple[str, str]:
        return "", ""


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_policies_are_served_byte_for_byte(server: WebServer, host: str, address: str) -> None:
    """200, text/plain, the very bytes, with a certificate for the host, by IPv4 and IPv6."""
    expected = (server.webroot / host / WELL_KNOWN).read_bytes()
    answer = server.fetch(host, address=address)
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "text/plain", expected)
    assert "content-encoding" not in answer.headers  # although the client takes gzip
    assert answer.headers["cache-control"] == "no-cache"


def test_policies_are_the_ones_of_their_hosts(server: WebServer) -> None:
    """Alike domains have the same policy, others have their own."""
    bodies = [server.fetch(host).body for host in HOSTS]
    assert bodies[0] == bodies[1]
    assert len(set(bodies)) == 3
    assert b"mode: enforce" in bodies[2]
    assert b"mode: none" in bodies[3]


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/.well-known/",
        "/.well-known/mta-sts.txt/",  # a server that knows better might redirect
        "/.well-known/mta-sts.txt.bak",
        "/.well-known/mta-sts.tx",
        "/mta-sts.alike1.example/.well-known/mta-sts.txt",
        "/.well-known/acme-challenge/token",
        "/.well-known/%2e%2e/.well-known/mta-sts.txt/../",
    ],
)
def test_other_paths_are_not_found(server: WebServer, path: str) -> None:
    """Anything else than the policy is a plain 404."""
    answer = server.fetch(HOSTS[0], path)
    assert answer.status == 404
    assert "location" not in answer.headers


def test_unknown_hosts_get_no_certificate(server: WebServer) -> None:
    """A name that is not here has no verified connection."""
    with pytest.raises(ssl.SSLError):
        server.fetch("mta-sts.elsewhere.example")


@pytest.mark.parametrize(
    "host", ["mta-sts.elsewhere.example", "policies", "..", "../policies/mta-sts.own.example", "localhost"]
)
def test_unknown_hosts_get_no_policy(server: WebServer, host: str) -> None:
    """Who connects for one host and asks for another one, which is not here, reads no policy."""
    answer = server.fetch(host, sni=HOSTS[2])
    assert b"STSv1" not in answer.body


def test_hosts_compare_without_case(server: WebServer) -> None:
    """Names of hosts are the same in capitals (RFC 4343)."""
    assert server.fetch(HOSTS[2].upper().replace("MTA-STS", "mta-STS"), sni=HOSTS[2]).status == 200


def test_old_tls_is_refused(server: WebServer) -> None:
    """TLS 1.1 ends with the server's own alert (RFC 8461 §7.1, RFC 8996)."""
    context = server.authority.context()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError) as refused:
        server.fetch(HOSTS[0], context=context)
    assert "ALERT_PROTOCOL_VERSION" in str(refused.value.reason)


def test_plain_http_answers_challenges_and_no_more(server: WebServer) -> None:
    """Port 80 answers certificate authorities, and never redirects."""
    challenge = server.fetch_plain(HOSTS[0], "/.well-known/acme-challenge/token")
    assert (challenge.status, challenge.body) == (200, b"answer")
    for path in ("/", "/.well-known/mta-sts.txt", "/.well-known/acme-challenge/other"):
        answer = server.fetch_plain(HOSTS[0], path)
        assert (answer.status, answer.headers.get("location")) == (404, None), path


@pytest.mark.parametrize("kind", ["nginx", "caddy", "apache"])
def test_a_new_policy_needs_no_new_configuration(web: Made, place: Place, kind: str) -> None:
    """In the layout `tree` what `apply` writes is served at once."""
    program("apache2" if kind == "apache" else kind)
    server = web(kind)
    publish_to(place, server.webroot)
    place.write("zones/own.example.yaml", ZONES["own.example"].replace("enforce", "testing"))
    apply(place)
    server.write(rendered(place, kind, server.serving()))
    server.authority.issue(server.root / "live/mta-sts", [HOSTS[2]])
    server.start()
    assert b"mode: testing" in server.fetch(HOSTS[2]).body
    place.write("zones/own.example.yaml", ZONES["own.example"])
    apply(place)
    assert b"mode: enforce" in server.fetch(HOSTS[2]).body


@pytest.mark.parametrize("kind", ["nginx", "caddy", "apache"])
def test_the_first_certificates_can_be_ordered(web: Made, kind: str) -> None:
    """The part for port 80 is accepted where no certificate is there yet."""
    program("apache2" if kind == "apache" else kind)
    server = web(kind)
    serving = server.serving()
    object.__setattr__(serving, "http_only", True)
    server.write(web_server(kind, [Site(HOSTS[0], b"version: STSv1\n", str(server.webroot))], serving))
    checked = server.check()
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_caddy_takes_its_own_certificates(web: Made) -> None:
    """Without --certificates Caddy is told of none, accepts that, and redirects nothing."""
    program("caddy")
    server = web("caddy")
    serving = server.serving()
    object.__setattr__(serving, "certificates", None)
    server.write(web_server("caddy", [Site(HOSTS[0], b"version: STSv1\n", str(server.webroot))], serving))
    checked = server.check()
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert '"Location"' not in checked.stdout


def test_crlf_survives_the_inline_form(web: Made) -> None:
    """A policy that somebody wrote with CRLF, quotes and backslashes is served as it is."""
    program("nginx")
    server = web("nginx")
    body = b'version: STSv1\r\nmode: none\r\nmax_age: 86400\r\nnote: "quoted" \\n \xc3\xbc {}; #\r\n'
    server.write(web_server("nginx", [Site(HOSTS[0], body, str(server.webroot))], server.serving("inline")))
    server.authority.issue(server.root / "live/mta-sts", [HOSTS[0]])
    server.start()
    answer = server.fetch(HOSTS[0])
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, "text/plain", body)
