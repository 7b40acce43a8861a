"""What `render` makes for web servers, as files: which hosts, which certificates, nothing slipped in."""

from __future__ import annotations

import re
import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stszone.errors import InputError, RefusedError, RuleError
from stszone.hosting import Serving
from stszone.hosting.catalogue import web_server
from stszone.hosting.nginx import quoted
from stszone.hosting.sites import MAX_NAMES, Site, certificates, sites
from tests.cli.run import Place
from tests.hosting.conftest import apply, publish_to, rendered

SITE = Site("mta-sts.example.com", b"version: STSv1\nmode: none\nmax_age: 86400\n", "/var/www/mta-sts")
POLICY = "mta_sts: {mode: testing, max_age: 86400, policy_host: {ipv4: [192.0.2.1]}}\n"
WEB = ["nginx", "caddy", "apache", "openlitespeed"]


def fleet(size: int) -> list[str]:
    return [f"mta-sts.parked{n}.example" for n in range(size)]


@pytest.mark.parametrize("size", [1, 99, 100, 101, 400, 1000])
def test_certificates_have_100_names_at_most(size: int) -> None:
    """Every name is in one certificate."""
    dealt = certificates(fleet(size))
    assert all(0 < len(hosts) <= MAX_NAMES for hosts in dealt.values())
    assert sorted(host for hosts in dealt.values() for host in hosts) == sorted(fleet(size))
    assert (len(dealt) == 1) == (size <= MAX_NAMES)


@given(st.integers(1, 500), st.integers(0, 5000))
def test_one_more_name_concerns_one_certificate(size: int, number: int) -> None:
    """The others keep their names, unless one that is full becomes two."""
    before, added = certificates(fleet(size)), f"mta-sts.new{number}.example"
    after = certificates([*fleet(size), added])
    kept = [name for name, hosts in before.items() if after.get(name) == hosts]
    assert len(kept) == len(before) - 1


def test_alike_policies_share_one_virtual_host_and_one_file(place: Place) -> None:
    """400 parked domains: as many virtual hosts as certificates, and one policy file."""
    names = ", ".join(f"parked{n}.example" for n in range(400))
    place.write("zones/parked.yaml", f"domains: [{names}]\nmx: [mx.provider.example]\n{POLICY}")
    for layout in ("tree", "shared", "inline"):
        files = rendered(place, "nginx", Serving(layout))
        virtual_hosts = files["mta-sts.conf"].decode().count("ssl_certificate ")
        assert virtual_hosts == len(certificates(f"mta-sts.parked{n}.example" for n in range(400)))
        assert len(files) - 1 == (layout == "shared")


def test_policies_in_the_shared_layout_are_named_by_their_content(place: Place) -> None:
    """The directory of a policy never changes its content."""
    place.write("zones/a.example.yaml", f"mx: [mx.provider.example]\n{POLICY}")
    files = rendered(place, "nginx", Serving("shared"))
    (name,) = files.keys() - {"mta-sts.conf"}
    assert f"root /var/www/mta-sts/{name.split('/')[1]};" in files["mta-sts.conf"].decode()
    place.write("zones/a.example.yaml", f"mx: [mx.provider.example]\n{POLICY.replace('testing', 'enforce')}")
    assert name not in rendered(place, "nginx", Serving("shared"))


def test_policies_that_others_serve_are_left_out(place: Place) -> None:
    """`publish: external`, fixed ids and aliases are somebody else's; without any other it is an error."""
    place.write("zones/ours.example.yaml", f"mx: [mx.provider.example]\n{POLICY}")
    place.write(
        "zones/theirs.example.yaml", f"mx: [mx.provider.example]\n{POLICY[:-2]}, publish: external}}\n"
    )
    place.write("zones/fixed.example.yaml", "mta_sts: {id: a1, publish: external, policy_host: external}\n")
    place.write("zones/none.example.yaml", "mx: [mx.provider.example]\n")
    text = rendered(place, "nginx")["mta-sts.conf"].decode()
    assert set(re.findall(r"mta-sts\.\w+\.example", text)) == {"mta-sts.ours.example"}
    refused = place.run("render", "nginx", "theirs.example", "fixed.example", "none.example")
    assert (refused.code, refused.err) == (
        1, "refused: none of these mail domains has an MTA-STS policy that is served from here\n",
    )  # fmt: skip


def test_a_host_is_served_for_as_long_as_it_has_to_stay(place: Place) -> None:
    """MTA-STS out of the YAML: mode none is served, also after the record is gone, until the host goes."""
    hosts = []
    place.write("zones/example.com.yaml", f"mx: [mx.provider.example]\n{POLICY}")
    apply(place, now="2026-01-01T00:00:00Z")
    place.write("zones/example.com.yaml", "mx: [mx.provider.example]\n")
    for day in range(1, 10):
        now = f"2026-01-{day:02}T12:00:00Z"
        apply(place, now=now)
        answer = place.run("render", "nginx", "--layout", "inline", now=now)
        hosts.append("mode: none" in answer.out)
        if answer.code:
            break
    zone = place.read("build/zones/example.com.zone")
    assert hosts[0] and not hosts[-1]
    assert "mta-sts" not in zone


def test_the_path_of_the_policy_host_is_the_web_root(place: Place) -> None:
    """An absolute path is what the web server reads; a relative one is staged, and brought elsewhere."""
    place.write("zones/example.com.yaml", f"mx: [mx.provider.example]\n{POLICY}")
    assert "root /var/www/mta-sts/$host;" in place.run("render", "nginx").out
    publish_to(place, place.root / "www")
    assert f"root {place.root}/www/$host;" in place.run("render", "nginx").out
    answer = place.run("render", "nginx", "--webroot", "/srv/sts", "--certificates", "/etc/ssl/sts")
    assert "root /srv/sts/$host;" in answer.out
    assert "ssl_certificate /etc/ssl/sts/mta-sts/fullchain.pem;" in answer.out


@pytest.mark.parametrize("kind", [*WEB, "certbot", "postfix"])
def test_files_are_the_same_again(place: Place, kind: str) -> None:
    """Nothing in them depends on the day, and rendering writes no ledger."""
    place.write("zones/example.com.yaml", f"mx: [mx.provider.example]\n{POLICY}")
    before = place.files()
    first = place.run("render", kind, now="2026-01-01T00:00:00Z")
    assert (first.code, first.out) == (0, place.run("render", kind, now="2027-01-01T00:00:00Z").out)
    assert place.files() == before


@pytest.mark.parametrize(
    "name",
    [
        "mta-sts.a;include /etc/passwd;.example",
        "mta-sts.a{b}.example",
        "mta-sts.$host.example",
        "mta-sts.a\nb.example",
        "mta-sts.a b.example",
        'mta-sts."a".example',
        "mta-sts.a_b.example",
        "mta-sts.../etc.example",
    ],
)
def test_nothing_but_host_names_gets_in(place: Place, name: str) -> None:
    """A mail domain that is no host name, from wherever it may come, ends the command."""
    from stszone.cli.session import Session

    place.write("zones/example.com.yaml", f"mx: [mx.provider.example]\n{POLICY}")
    _, _, state = Session(place.root / "zones", place.root / "providers", "text").read()
    bad = name.removeprefix("mta-sts.")
    state.lives[bad] = state.lives["example.com"]
    with pytest.raises(RuleError):
        sites(state, {"webroot": None}, {bad})


@pytest.mark.parametrize(
    "path",
    [
        "relative",
        "/",
        "",
        "/a b",
        "/a;b",
        "/a$b",
        "/a'b",
        '/a"b',
        "/a{b}",
        "/a\nb",
        "/a/../b",
        "/a/",
        "/a\\b",
        "/a%b",
    ],
)
def test_paths_that_would_need_quotes_are_refused(path: str) -> None:
    """Paths come from the command line and from providers/, and none of them means anything to a server."""
    for key in ("webroot", "certificates", "acme"):
        with pytest.raises(InputError):
            Serving(**{key: path})  # type: ignore[arg-type]  # only paths


@pytest.mark.parametrize("body", [b"note: $host\n", b"note: \xff\n", b"x" * 5000])
def test_policies_that_nginx_cannot_return_are_refused(body: bytes) -> None:
    """Variables cannot be escaped in nginx's file, nor can a text be longer than its buffer."""
    with pytest.raises(RefusedError):
        quoted(body, "mta-sts.example.com")


@pytest.mark.parametrize("kind", ["caddy", "apache", "openlitespeed"])
def test_the_inline_form_is_for_nginx(kind: str) -> None:
    """The others have no honest way to say a body with line ends."""
    with pytest.raises(RefusedError, match="tree or shared"):
        web_server(kind, [SITE], Serving("inline"))


def test_certbot_orders_every_name(place: Place) -> None:
    """The script is one order for each certificate, under the name that the web servers look for."""
    found = [Site(host, b"", "/var/www/mta-sts") for host in fleet(250)]
    script = web_server("certbot", found, Serving())["certbot.sh"].decode()
    assert subprocess.run(["sh", "-n"], input=script, text=True, check=False).returncode == 0
    ordered = {}
    for line in script.replace("\\\n", "").splitlines():
        if line.startswith("certbot"):
            words = shlex.split(line)
            names = [words[n + 1] for n, word in enumerate(words) if word == "-d"]
            ordered[words[words.index("--cert-name") + 1]] = names
    assert ordered == certificates(fleet(250))
    assert f"--webroot-path {Serving().acme} " in script


# OpenLiteSpeed is in no package archive that the tests can reach, so no server looks at its files.
# They are held against what its reader does (src/main/plainconf.cpp of its sources): one setting or
# one `NAME VALUE {` a line, `{` last, `}` first, texts between <<<WORD and WORD, names out of a list.
KEYWORDS = {
    "listener", "address", "secure", "keyfile", "certfile", "certchain", "sslprotocol", "map", "virtualhost",
    "vhroot", "configfile", "allowsymbollink", "enablescript", "restrained", "docroot", "enablegzip", "enablebr",
    "index", "useserver", "autoindex", "context", "location", "allowbrowse", "adddefaultcharset", "forcetype",
    "extraheaders", "rewrite", "enable", "autoloadhtaccess", "vhssl",
}  # fmt: skip
LINE = 8191
"""Octets that its reader takes of one line."""


def read_plain(text: str) -> dict[str, dict[str, list[str]]]:
    """Blocks with their settings; stumbles over what OpenLiteSpeed would only log."""
    blocks: dict[str, dict[str, list[str]]] = {"": {}}
    block, end = "", ""
    for line in text.splitlines():
        assert len(line.encode()) <= LINE
        line = line.strip()
        if end:
            if line == end:
                end = ""
            else:
                blocks[block].setdefault("text", []).append(line)
        elif line.startswith("}"):
            assert line == "}" and block
            block = ""
        elif line and not line.startswith("#"):
            name, _, value = line.partition(" ")
            assert name.lower() in KEYWORDS, line
            if value.endswith("{"):
                assert not block
                block = f"{name} {value[:-1].strip()}".strip()
                assert block not in blocks
                blocks[block] = {}
            else:
                assert "{" not in line
                end = value.partition("<<<")[2]
                blocks[block].setdefault(name, []).append(value)
    assert not block and not end
    return blocks


@pytest.mark.parametrize("layout", ["tree", "shared"])
def test_openlitespeed_can_read_its_files(layout: str) -> None:
    """Every host has a virtual host, mapped at both listeners, with the directory of its policy."""
    found = [Site(host, SITE.body, "/srv/sts") for host in fleet(150)]
    files = web_server("openlitespeed", found, Serving(layout))
    blocks = read_plain(files["mta-sts.conf"].decode())
    for site in found:
        settings = blocks[f"virtualHost {site.host}"]
        assert settings["vhRoot"] == [f"/srv/sts/{site.host if layout == 'tree' else site.digest}/"]
        (configured,) = settings["configFile"]
        shared = read_plain(files[configured.rpartition("/")[2]].decode())
        (name,) = (name for name, hosts in certificates(fleet(150)).items() if site.host in hosts)
        assert shared["vhssl"]["certFile"] == [f"/etc/letsencrypt/live/{name}/fullchain.pem"]
        assert shared["vhssl"]["sslProtocol"] == ["24"]
    for listener in ("mta-sts-http", "mta-sts-https"):
        assert blocks[f"listener {listener}"]["map"] == [f"{host} {host}" for host in sorted(fleet(150))]
    policy = shared["context /.well-known/mta-sts.txt"]
    assert (policy["forceType"], policy["text"]) == (["text/plain"], ["set Cache-Control no-cache"])
