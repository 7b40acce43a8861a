"""What a web server's configuration takes from the machine it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from stszone.errors import InputError

LAYOUTS = ("tree", "shared", "inline")
"""`tree`: one directory for each policy host, as the policy host class `webroot` writes it, so that a new
policy needs no new configuration.  `shared`: one directory for each policy, named by its content, that
all its hosts share.  `inline`: the policy stands in the configuration."""
DEFAULT_WEBROOT = "/var/www/mta-sts"
"""For policy hosts whose path is relative: they are staged, and brought to the web server by others."""

_PATH = re.compile(r"(/\.?[A-Za-z0-9_+@-][A-Za-z0-9_.+@-]*)+")


@dataclass(frozen=True, slots=True)
class Serving:
    """What the configuration takes from the machine it is for.  Raises InputError for an unsafe path."""

    layout: str = "tree"
    webroot: str | None = None
    """The directory of policies; None: what the policy host has as its path, if that is absolute, or
    /var/www/mta-sts."""
    certificates: str | None = None
    """A directory with NAME/fullchain.pem and NAME/privkey.pem; None: certbot's, and Caddy's own ones."""
    acme: str = "/var/www/acme"
    """The directory in which certbot answers challenges (`--webroot-path`)."""
    http_only: bool = False
    """Only what orders the first certificates, without which the rest does not start."""
    addresses: tuple[str, ...] = ("*", "[::]")
    """Where nginx listens; the others do that elsewhere, or on all addresses."""
    http_port: int = 80
    https_port: int = 443

    def __post_init__(self) -> None:
        for path in (self.webroot, self.certificates, self.acme):
            if path is not None:
                checked_path(path)

    def certificate(self, name: str) -> tuple[str, str]:
        """The files with a certificate and its chain, and with its key."""
        directory = f"{self.certificates or '/etc/letsencrypt/live'}/{name}"
        return f"{directory}/fullchain.pem", f"{directory}/privkey.pem"


def checked_path(path: str) -> str:
    """An absolute path that no configuration needs to quote.  Raises InputError."""
    if not _PATH.fullmatch(path):
        raise InputError(f"{path}: render needs an absolute path of letters, digits and . _ - + @ alone")
    return path
