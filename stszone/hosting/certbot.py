"""The certificates that policy hosts need, as orders for certbot."""

from __future__ import annotations

from collections.abc import Iterable

from stszone.hosting.serving import Serving
from stszone.hosting.sites import Site, certificates, comment


def certbot(found: Iterable[Site], serving: Serving) -> bytes:
    """A shell script with one order for each certificate; run again, it orders what changed."""
    orders = certificates(site.host for site in found)
    head = "#!/bin/sh\n" + comment(
        "Certificates of MTA-STS policy hosts, no more than 100 names each.",
        "Written by `stszone render certbot`, which writes it again: changes made here get lost.",
        f"The web server answers challenges on port 80 from {serving.acme}.",
        "One name that cannot be validated fails its whole order: its address has to be in DNS first.",
    )
    lines = (_order(name, hosts, serving) for name, hosts in orders.items())
    return f"{head}set -e\n{''.join(lines)}".encode()


def _order(name: str, hosts: Iterable[str], serving: Serving) -> str:
    words = [
        f"certbot certonly --non-interactive --cert-name {name}",
        f"--webroot --webroot-path {serving.acme}",
        "--keep-until-expiring --renew-with-new-domains",
        *(f"-d {host}" for host in hosts),
    ]
    return " \\\n    ".join(words) + "\n"
