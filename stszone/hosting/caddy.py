"""MTA-STS policies by Caddy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stszone.errors import RefusedError
from stszone.hosting.serving import Serving
from stszone.hosting.sites import (
    CHALLENGES,
    WELL_KNOWN,
    Site,
    VirtualHost,
    comment,
    remarks,
    virtual_hosts,
)


def caddy(found: Iterable[Site], serving: Serving) -> bytes:
    """A file for `import` in a Caddyfile; Caddy orders the certificates itself, unless told otherwise.

    The sites for plain HTTP keep Caddy from redirecting to HTTPS; its answers to challenges come
    before them.  Raises RefusedError (layout `inline`).
    """
    if serving.layout == "inline":
        raise RefusedError("the inline layout is for nginx alone; use tree or shared for Caddy")
    groups = virtual_hosts(found, serving)
    hosts = sorted(host for group in groups for host in group.hosts)
    whose = "Caddy orders the certificates itself; certbot's: --certificates /etc/letsencrypt/live."
    if serving.certificates:
        whose = f"Certificates are {serving.certificate('NAME')[0]} and privkey.pem."
    head = remarks("caddy", serving, [group.tree for group in groups], "an import in a Caddyfile")
    parts = [head + comment(whose), _http(hosts, serving)]
    if not serving.http_only:
        parts += [_https(group, serving) for group in groups]
    return "\n".join(parts).encode()


def _addresses(scheme: str, hosts: Sequence[str], port: int) -> str:
    usual = {"http": 80, "https": 443}[scheme]
    suffix = "" if port == usual else f":{port}"
    return ",\n".join(f"{scheme}://{host}{suffix}" for host in hosts)


def _http(hosts: Sequence[str], serving: Serving) -> str:
    return (
        "# Certificate authorities ask here (ACME, HTTP-01); nothing else is answered or redirected.\n"
        f"{_addresses('http', hosts, serving.http_port)} {{\n"
        f"\thandle {CHALLENGES}* {{\n"
        f"\t\troot * {serving.acme}\n"
        "\t\tfile_server\n"
        "\t}\n"
        "\thandle {\n\t\trespond 404\n\t}\n}\n"
    )


def _roots(group: VirtualHost) -> str:
    """The directories of policies; not by {host}, in which Caddy leaves capitals as they were asked for."""
    if group.body is not None:
        return f"\troot * {group.tree}/{group.digest}\n"
    lines = (f"\t@{host} host {host}\n\troot @{host} {group.tree}/{host}\n" for host in group.hosts)
    return "".join(lines)


def _https(group: VirtualHost, serving: Serving) -> str:
    tls = "\ttls {\n"
    if serving.certificates:
        chain, key = serving.certificate(group.certificate)
        tls = f"\ttls {chain} {key} {{\n"
    return (
        f"{_addresses('https', group.hosts, serving.https_port)} {{\n"
        f"{tls}\t\tprotocols tls1.2 tls1.3\n\t}}\n{_roots(group)}"
        f"\thandle {WELL_KNOWN} {{\n"
        "\t\theader Content-Type text/plain\n"
        "\t\theader Cache-Control no-cache\n"
        "\t\tfile_server\n"
        "\t}\n"
        "\thandle {\n\t\trespond 404\n\t}\n}\n"
    )
