"""MTA-STS policies by Apache httpd."""

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


def apache(found: Iterable[Site], serving: Serving) -> bytes:
    """A file such as /etc/apache2/sites-available/000-mta-sts.conf.  Raises RefusedError (`inline`)."""
    if serving.layout == "inline":
        raise RefusedError("the inline layout is for nginx alone; use tree or shared for Apache")
    groups = virtual_hosts(found, serving)
    hosts = sorted(host for group in groups for host in group.hosts)
    trees = sorted({group.tree for group in groups})
    head = (
        remarks("apache", serving, trees, "Apache 2.4.19 and later")
        + comment(*ordered(serving), "Modules: a2enmod ssl headers alias")
        + "".join(_readable(tree) for tree in (serving.acme, *trees))
    )
    parts = [head, _http(hosts, serving)]
    if not serving.http_only:
        parts += [_unknown(groups[0], serving), *(_https(group, serving) for group in groups)]
    return "\n".join(parts).encode()


def _readable(directory: str) -> str:
    return (
        f'<Directory "{directory}">\n'
        "    AllowOverride None\n"
        "    Options None\n"
        "    Require all granted\n"
        "</Directory>\n"
    )


def _names(hosts: Sequence[str]) -> str:
    return "".join(f"    {'ServerAlias' if n else 'ServerName'} {host}\n" for n, host in enumerate(hosts))


def _http(hosts: Sequence[str], serving: Serving) -> str:
    pattern = CHALLENGES.replace(".", "\\.")
    return (
        "# Certificate authorities ask here (ACME, HTTP-01); nothing else is answered or redirected.\n"
        f"<VirtualHost *:{serving.http_port}>\n{_names(hosts)}"
        f'    Alias "{CHALLENGES}" "{serving.acme}{CHALLENGES}"\n'
        f'    RedirectMatch 404 "^/(?!{pattern.removeprefix("/")})"\n'
        "</VirtualHost>\n"
    )


def _tls(group: VirtualHost, serving: Serving) -> str:
    chain, key = serving.certificate(group.certificate)
    return (
        "    SSLEngine on\n"
        "    SSLProtocol -all +TLSv1.2 +TLSv1.3\n"
        f'    SSLCertificateFile "{chain}"\n'
        f'    SSLCertificateKeyFile "{key}"\n'
    )


def _unknown(group: VirtualHost, serving: Serving) -> str:
    """Who asks for a host that is not here; Apache takes the first virtual host of a port for these."""
    return (
        "# Hosts that are not here; this counts only where no other file of this port comes first.\n"
        f"<VirtualHost *:{serving.https_port}>\n    ServerName {UNKNOWN}\n"
        f"{_tls(group, serving)}    Redirect 404 /\n</VirtualHost>\n"
    )


def _https(group: VirtualHost, serving: Serving) -> str:
    # UseCanonicalName Off makes SERVER_NAME what was asked for, which is one of the names above it.
    directory = "%{SERVER_NAME}" if group.body is None else group.digest
    pattern = WELL_KNOWN.replace(".", "\\.")
    return (
        f"<VirtualHost *:{serving.https_port}>\n{_names(group.hosts)}{_tls(group, serving)}"
        "    UseCanonicalName Off\n"
        f'    RedirectMatch 404 "^/(?!{pattern.removeprefix("/")}$)"\n'
        f'    <Location "{WELL_KNOWN}">\n'
        f'        Alias "{group.tree}/{directory}{WELL_KNOWN}"\n'
        "        ForceType text/plain\n"
        "        AddDefaultCharset Off\n"
        '        Header always set Cache-Control "no-cache"\n'
        "        SetEnv no-gzip 1\n"
        "    </Location>\n"
        "</VirtualHost>\n"
    )
