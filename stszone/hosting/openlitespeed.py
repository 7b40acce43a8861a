"""MTA-STS policies by OpenLiteSpeed.

Every policy host is a virtual host of its own, whose root is the directory of its policy: a
rewrite by host name would do with fewer lines, and with more of the server's own rules to trust.
The virtual hosts of one certificate share one configuration file.  `restrained 0`, as challenges are
read from a directory outside.
"""

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
    ordered,
    remarks,
    virtual_hosts,
)

CONFIGURATION = "/usr/local/lsws/conf/mta-sts"
"""Where these files are expected."""


def openlitespeed(found: Iterable[Site], serving: Serving) -> dict[str, bytes]:
    """`mta-sts.conf`, for an `include` in httpd_config.conf, and one file for each certificate.

    Raises RefusedError (layout `inline`).
    """
    if serving.layout == "inline":
        raise RefusedError("the inline layout is for nginx alone; use tree or shared for OpenLiteSpeed")
    groups = virtual_hosts(found, serving)
    hosts = sorted(host for group in groups for host in group.hosts)
    head = remarks("openlitespeed", serving, [group.tree for group in groups], "OpenLiteSpeed 1.7 and later")
    how = comment(
        *ordered(serving),
        f"These files belong to {CONFIGURATION}; in httpd_config.conf write",
        f"  include {CONFIGURATION}/mta-sts.conf",
        "A port can have one listener only: where there is one, move the map lines into it.",
    )
    parts = [head + how, *_listeners(groups, hosts, serving)]
    parts += [_virtual_host(host, group) for group in groups for host in group.hosts]
    files = {"mta-sts.conf": "\n".join(parts).encode()}
    for name in sorted({group.certificate for group in groups}):
        files[f"{name}.vhost.conf"] = (head + _shared(name, serving)).encode()
    return files


def _listeners(groups: Sequence[VirtualHost], hosts: Sequence[str], serving: Serving) -> list[str]:
    maps = "".join(f"  map {host} {host}\n" for host in hosts)
    http = f"listener mta-sts-http {{\n  address [ANY]:{serving.http_port}\n  secure 0\n{maps}}}\n"
    if serving.http_only:
        return [http]
    chain, key = serving.certificate(groups[0].certificate)
    tls = f"  keyFile {key}\n  certFile {chain}\n  certChain 1\n  sslProtocol 24\n"  # TLS 1.2 (8), 1.3 (16)
    https = f"listener mta-sts-https {{\n  address [ANY]:{serving.https_port}\n  secure 1\n{tls}{maps}}}\n"
    return [http, https]


def _virtual_host(host: str, group: VirtualHost) -> str:
    directory = f"{group.tree}/{host if group.body is None else group.digest}/"
    return (
        f"virtualHost {host} {{\n"
        f"  vhRoot {directory}\n"
        f"  configFile {CONFIGURATION}/{group.certificate}.vhost.conf\n"
        "  allowSymbolLink 0\n"
        "  enableScript 0\n"
        "  restrained 0\n"
        "}\n"
    )


def _shared(certificate: str, serving: Serving) -> str:
    """What the virtual hosts of one certificate have in common."""
    chain, key = serving.certificate(certificate)
    tls = f"vhssl {{\n  keyFile {key}\n  certFile {chain}\n  certChain 1\n  sslProtocol 24\n}}\n"
    return (
        "docRoot $VH_ROOT/\n"
        "enableGzip 0\n"
        "enableBr 0\n"
        "index {\n  useServer 0\n  autoIndex 0\n}\n"
        f"context {CHALLENGES} {{\n"
        f"  location {serving.acme}{CHALLENGES}\n"
        "  allowBrowse 1\n"
        "}\n"
        f"context {WELL_KNOWN} {{\n"
        f"  location $DOC_ROOT{WELL_KNOWN}\n"
        "  allowBrowse 1\n"
        "  addDefaultCharset off\n"
        "  forceType text/plain\n"
        "  extraHeaders <<<END_extraHeaders\n"
        "set Cache-Control no-cache\n"
        "  END_extraHeaders\n"
        "}\n"
        "rewrite {\n  enable 0\n  autoLoadHtaccess 0\n}\n"
    ) + ("" if serving.http_only else tls)
