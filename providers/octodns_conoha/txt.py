r"""TXT data of the API: raw text, or, where a server prefers it, quoted strings (RFC 1035 §5.1).

ConoHa takes and gives raw text for all that was ever seen.  How it gives long texts is not known,
so quoted strings are understood when reading.
"""

from __future__ import annotations

import re

from octodns.record.txt import TxtValue

_STRING = r'"((?:[^"\\]|\\[0-9]{3}|\\[^0-9])*)"'
_STRINGS = re.compile(rf"{_STRING}(?:\s*{_STRING})*")

STRING_BYTES = 255
"""The most that one string of a TXT record holds (RFC 1035 §3.3)."""


def read_txt(data: str) -> str:
    r"""The text of a TXT record as the API gives it, raw or as quoted strings.

    >>> read_txt('v=spf1 mx -all'), read_txt(r'"v=DKIM1; " "p=a\"b"')
    ('v=spf1 mx -all', 'v=DKIM1; p=a"b')
    >>> read_txt('"a" or "b"')
    '"a" or "b"'
    """
    if not _STRINGS.fullmatch(data):
        return data
    octets = b"".join(_octets(string) for string in re.findall(_STRING, data))
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def _octets(string: str) -> bytes:
    """What one string holds; an escape of three digits is an octet, not a character."""
    return re.sub(
        rb"\\([0-9]{3}|[^0-9])",
        lambda found: bytes([int(found[1]) % 256]) if len(found[1]) == 3 else found[1],
        string.encode(),
    )


def chunked(text: str) -> str:
    r"""A text as quoted strings of at most 255 octets.

    >>> chunked('a "quote"')
    '"a \\"quote\\""'
    """
    parts = [text[i : i + STRING_BYTES] for i in range(0, len(text), STRING_BYTES)] or [""]
    return " ".join('"' + re.sub(r'(["\\])', r"\\\1", part) + '"' for part in parts)


def as_octodns_has_it(text: str) -> str:
    """A raw text after its way through octoDNS, any number of times, which takes some quotes away.

    Both sides of each comparison go this way, so that what octoDNS cannot tell apart is not
    written again.
    """
    before = ""
    while before != text:
        (value,) = TxtValue.process([TxtValue.normalize_raw_text(text)])
        before, text = text, str(value.to_raw_text())
    return text
