"""How ConoHa's name servers serve the texts that its API took: what no answer of the API can show.

A text of more than 255 octets, or one with quotes or backslashes, may come back from the API as it
was sent and be served as another.  The servers are asked themselves, without caches in between,
until each has answered or the time is up: a record may take minutes to get there.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping, Sequence

import dns.exception
import dns.message
import dns.query
import dns.rdatatype

_EVERY = 15.0
"""Seconds between two rounds."""
_TIMEOUT = 5.0

Ask = Callable[[str, str], tuple[bytes, ...] | None]
"""Server and name to the strings of the TXT there; None while there is none."""


def ask(server: str, name: str, port: int = 53) -> tuple[bytes, ...] | None:
    """The strings of a TXT at one name server; None when there is none, or no answer."""
    try:
        address = socket.getaddrinfo(server, port, type=socket.SOCK_DGRAM)[0][4][0]
        query = dns.message.make_query(name, "TXT")
        answer, _ = dns.query.udp_with_fallback(query, str(address), timeout=_TIMEOUT, port=port)
    except (dns.exception.DNSException, OSError):
        return None
    for rrset in answer.answer:
        if rrset.rdtype == dns.rdatatype.TXT:
            return tuple(rrset[0].strings)
    return None


def served(
    texts: Mapping[str, tuple[str, str]],
    servers: Sequence[str],
    seconds: float,
    sleep: Callable[[float], None],
    look_up: Ask = ask,
) -> Iterator[tuple[str, str]]:
    """Question and answer for each text: `texts` has what it is and what it says, by name."""
    found: dict[str, dict[str, tuple[bytes, ...]]] = {name: {} for name in texts}
    waited = 0.0
    while True:
        for name, by_server in found.items():
            for server in servers:
                if server not in by_server and (strings := look_up(server, name)) is not None:
                    by_server[server] = strings
        if waited >= seconds or all(len(by_server) == len(servers) for by_server in found.values()):
            break
        sleep(_EVERY)
        waited += _EVERY
    for name, (what, text) in texts.items():
        for server in servers:
            yield f"{what} at {server}", _told(text, found[name].get(server))


def _told(text: str, strings: tuple[bytes, ...] | None) -> str:
    if strings is None:
        return "not there in time"
    if b"".join(strings) != text.encode():
        return f"served as {strings!r}"[:200]
    return f"served as sent, in {len(strings)} string{'s' * (len(strings) != 1)}"
