"""MTA-STS policies by nginx."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stszone.errors import RefusedError
from stszone.hosting.serving import Serving
from stszone.hosting.sites import (
    CHALLENGES,
    UNKNOWN,
    WELL_KNOWN,
    Site,
    VirtualHost,
    comment,
    ordered,
    remarks,
    virtual_hosts,
)

_FITS = 46
"""Characters of the longest name in nginx's hash of server names, whose slots have 64 bytes by default."""
_TOKEN = 4000
"""Octets of one quoted text; nginx reads its configuration through a buffer of 4096."""
_PROTOCOLS = "    ssl_protocols TLSv1.2 TLSv1.3;\n"
"""nginx takes those of a port's default server for all of them, so they stand in each."""
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\r": "\\r", "\n": "\\n", "\t": "\\t"}


def nginx(found: Iterable[Site], serving: Serving) -> bytes:
    """A file for `http { }`, such as /etc/nginx/conf.d/mta-sts.conf.

    Raises RefusedError for a policy that cannot stand in a configuration (layout `inline`).
    """
    groups = virtual_hosts(found, serving)
    hosts = sorted(host for group in groups for host in group.hosts)
    parts = [
        remarks("nginx", serving, [group.tree for group in groups], "nginx 1.19.4 and later, within http { }")
        + comment(*ordered(serving))
        + _hash_size(hosts),
        _http(hosts, serving),
    ]
    if not serving.http_only:
        parts += [_unknown(serving), *(_https(group, serving) for group in groups)]
    return "\n".join(parts).encode()


def _hash_size(hosts: Sequence[str]) -> str:
    if max(map(len, hosts)) <= _FITS:
        return ""
    why = "Needed for long names; where nginx calls it a duplicate, keep the larger one of the two."
    return f"\n{comment(why)}server_names_hash_bucket_size 512;\n"


def _names(hosts: Sequence[str]) -> str:
    return "    server_name\n" + "\n".join(f"        {host}" for host in hosts) + ";\n"


def _listen(serving: Serving, port: int, options: str = "") -> str:
    return "".join(f"    listen {address}:{port}{options};\n" for address in serving.addresses)


def _http(hosts: Sequence[str], serving: Serving) -> str:
    """Port 80: what certificate authorities ask for, and no redirect."""
    return (
        "# Certificate authorities ask here (ACME, HTTP-01); nothing else is answered or redirected.\n"
        f"server {{\n{_listen(serving, serving.http_port)}{_names(hosts)}"
        f"    location ^~ {CHALLENGES} {{\n"
        f"        root {serving.acme};\n"
        "        default_type text/plain;\n"
        "    }\n"
        "    location / {\n        return 404;\n    }\n}\n"
    )


def _unknown(serving: Serving) -> str:
    """Who asks for a host that is not here.

    Without it the first of the servers below would answer, unless another file has a
    `default_server`; it is none itself, as there may be only one.
    """
    return (
        "# Hosts that are not here get no certificate; a default_server elsewhere comes before this.\n"
        f"server {{\n{_listen(serving, serving.https_port, ' ssl')}    server_name {UNKNOWN};\n"
        "    ssl_reject_handshake on;\n"
        f"{_PROTOCOLS}"
        "    return 404;\n}\n"
    )


def _https(group: VirtualHost, serving: Serving) -> str:
    chain, key = serving.certificate(group.certificate)
    return (
        f"server {{\n{_listen(serving, serving.https_port, ' ssl')}{_names(group.hosts)}"
        f"    ssl_certificate {chain};\n"
        f"    ssl_certificate_key {key};\n"
        f"{_PROTOCOLS}"
        f"    location = {WELL_KNOWN} {{\n"
        "        types { }\n"
        "        default_type text/plain;\n"
        "        charset off;\n"
        "        gzip off;\n"
        "        add_header Cache-Control no-cache;\n"
        f"        {_answer(group, serving)};\n"
        "    }\n"
        "    location / {\n        return 404;\n    }\n}\n"
    )


def _answer(group: VirtualHost, serving: Serving) -> str:
    if group.body is None:
        return f"root {group.tree}/$host"  # one of the names above: no other gets here
    if serving.layout == "shared":
        return f"root {group.tree}/{group.digest}"
    return f'return 200 "{quoted(group.body, group.hosts[0])}"'


def quoted(body: bytes, host: str) -> str:
    """A policy between the quotes of a configuration.  Raises RefusedError.

    >>> quoted(b"mode: none\\r\\n", "mta-sts.example.com")
    'mode: none\\\\r\\\\n'
    """
    text = body.decode("utf-8", "replace")
    if "$" in text or "\ufffd" in text or "\0" in text:
        raise RefusedError(f"the policy of {host} has characters that nginx cannot return; use --layout tree")
    escaped = "".join(_ESCAPES.get(one, one) for one in text)
    if len(escaped.encode()) > _TOKEN:
        raise RefusedError(f"the policy of {host} is too long to stand in nginx's file; use --layout tree")
    return escaped
