"""Lists, read to their end or not at all.

On v3 the default and the greatest length of a page are unknown, and the documentation's own sample
has a total_count that is too low.  v2 was never seen to page, with lists of 40.  A list that lacks a
record would make octoDNS create it again, so:

- Pages are asked for until one brings nothing new, whatever total_count says.
- Each page begins with the last item of the one before.  If something was deleted meanwhile, the
  items move up and an unknown one stands there instead: the list moved.
- So did one whose total_count changes.  A list that moved is read again from its beginning.
- A total_count that is too high is believed unless a page showed that the list is at its end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .errors import ConohaException, ConohaRefused
from .values import objects, read_int

Get = Callable[[Mapping[str, str | int]], object]
Item = Mapping[str, object]

LIMIT = 100
_ATTEMPTS = 4


class _Moved(Exception):
    """The list changed while it was read; the text says how that was seen."""


def read_all(get: Get, key: str, pause: Callable[[int], None], limit: int | None = LIMIT) -> list[Item]:
    """Every item of a list.  Raises ConohaException when it cannot be had whole."""
    reason = ""
    for attempt in range(_ATTEMPTS):
        try:
            return _pages(get, key, limit)
        except _Moved as error:
            reason = str(error)
        except ConohaRefused as error:
            if limit is None or error.status != 400:
                raise
            limit, reason = None, "a limit is refused"
            continue
        pause(attempt)
    raise ConohaException(f"the list of {key} cannot be read whole: {reason}")


def _pages(get: Get, key: str, limit: int | None) -> list[Item]:
    found: dict[str, Item] = {}
    totals: set[int] = set()
    while True:
        overlap = int(len(found) > 1)
        content = get(_params(limit, len(found) - overlap))
        page = _by_id(content, key)
        total = read_int(content, "total_count") if isinstance(content, dict) else None
        totals |= set() if total is None else {total}
        if len(totals) > 1:
            raise _Moved(f"total_count went from {' to '.join(map(str, sorted(totals)))}")
        if overlap and next(iter(page), None) not in found:
            raise _Moved("a page does not begin where the last one ended")
        if page.keys() <= found.keys():
            break
        found |= page
    if len(page) > 1 and (len(page) == limit or len(found) < max(totals, default=0)):
        raise _Moved("the same page comes again and again")
    if len(found) < max(totals, default=0) and _by_id(get(_params(limit, len(found))), key):
        raise _Moved(f"{len(found)} of {max(totals)} came")
    return list(found.values())


def _by_id(content: object, key: str) -> dict[str, Item]:
    return {str(item.get("uuid") or item.get("id")): item for item in objects(content, key)}


def _params(limit: int | None, offset: int) -> dict[str, str | int]:
    params: dict[str, str | int] = {"offset": offset} if offset else {}
    return params if limit is None else {"limit": limit, "offset": offset}
