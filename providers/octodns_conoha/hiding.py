"""Keeps secrets out of messages, also where a server repeats them in an answer."""

from __future__ import annotations

import html
import json
import re
from urllib.parse import quote, quote_plus

_SHORT = 4
"""Characters of a secret that is hidden only where it stands as a word of its own."""


class Hider:
    """Knows the secrets of one account, and takes them out of texts."""

    def __init__(self) -> None:
        self._pattern = re.compile("(?!)")
        self._spellings: set[str] = set()

    def add(self, secret: str) -> None:
        """Hide one more value from now on, in every spelling that an answer may have it in."""
        if secret in self._spellings or not secret:
            return
        escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
        escaped |= {quote(secret), quote(secret, safe=""), quote_plus(secret)}
        escaped |= {html.escape(secret), repr(secret)[1:-1]}
        self._spellings |= escaped | {secret}
        longest_first = sorted(self._spellings, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_as_pattern, longest_first)), re.IGNORECASE)

    def hide(self, text: str) -> str:
        """The text with every secret left out."""
        return self._pattern.sub("***", text)


def _as_pattern(secret: str) -> str:
    whole = r"\b" if len(secret) < _SHORT and secret.isalnum() else ""
    return f"{whole}{re.escape(secret)}{whole}"
