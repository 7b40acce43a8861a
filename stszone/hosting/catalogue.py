"""The kinds of `render` that are for servers."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from stszone.hosting.apache import apache
from stszone.hosting.caddy import caddy
from stszone.hosting.certbot import certbot
from stszone.hosting.nginx import nginx
from stszone.hosting.opendkim import opendkim
from stszone.hosting.openlitespeed import openlitespeed
from stszone.hosting.postfix import postfix
from stszone.hosting.serving import Serving
from stszone.hosting.sites import Site, shared_files, sites
from stszone.store.settings import Webroot
from stszone.store.state import State

Files = dict[str, bytes]

WEB_SERVERS = ("nginx", "caddy", "apache", "openlitespeed")
KINDS = (*WEB_SERVERS, "certbot", "opendkim", "postfix")


def render(
    kind: str, state: State, hosts: Mapping[str, Webroot], domains: Collection[str], serving: Serving
) -> Files:
    """The files of one kind; `hosts` are the policy hosts of providers/stszone.yaml.

    Raises InputError, RefusedError, RuleError.
    """
    if kind == "opendkim":
        return dict(opendkim(state, domains))
    if kind == "postfix":
        return {"tls_policy": postfix(state, domains)}
    paths = {name: host.path if host.path.startswith("/") else None for name, host in hosts.items()}
    return web_server(kind, sites(state, paths, domains), serving)


def web_server(kind: str, found: Collection[Site], serving: Serving) -> Files:
    """The files of one web server, or of its certificates."""
    match kind:
        case "certbot":
            return {"certbot.sh": certbot(found, serving)}
        case "nginx":
            files = {"mta-sts.conf": nginx(found, serving)}
        case "apache":
            files = {"000-mta-sts.conf": apache(found, serving)}
        case "caddy":
            files = {"mta-sts.caddy": caddy(found, serving)}
        case _:
            files = openlitespeed(found, serving)
    return files | shared_files(found, serving)
