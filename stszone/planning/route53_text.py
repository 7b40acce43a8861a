"""How Route 53 writes names and values: like zone files (RFC 1035 §5.1), but with octal escapes."""

from __future__ import annotations

import re

import dns.name
import dns.rdata

from stszone.planning.zonefile_text import rdata_text

_OCTAL = re.compile(r"\\([0-3][0-7]{2}|.)", re.DOTALL)
_DECIMAL = re.compile(r"\\([0-9]{3}|.)", re.DOTALL)


def owner_name(text: str) -> str:
    r"""A name of the API as octoDNS has it; the API escapes all but letters, digits, - and _.

    >>> owner_name(r"\052.Example.com")
    '*.example.com.'
    """
    return dns.name.from_text(decimal(text)).to_text().lower()


def presentation(type_: str, value: str) -> str:
    """A value of the API as a zone file has it; its names are absolute without a final dot too.

    >>> presentation("MX", "10 mx.example.com")
    '10 mx.example.com.'
    """
    rdata = dns.rdata.from_text("IN", type_, decimal(value), dns.name.root, relativize=False)
    return rdata_text(rdata)


def decimal(text: str) -> str:
    r"""Route 53's escapes as those of zone files.

    >>> print(decimal(r'"\052 \"\\052"'))
    "\042 \"\\052"
    """
    return _OCTAL.sub(lambda found: rf"\{int(found[1], 8):03}" if len(found[1]) == 3 else found[0], text)


def octal(text: str) -> str:
    r"""Escapes of zone files as those of Route 53.

    >>> print(octal(r'"\195\188 \""'))
    "\303\274 \""
    """
    return _DECIMAL.sub(lambda found: rf"\{int(found[1]):03o}" if len(found[1]) == 3 else found[0], text)
