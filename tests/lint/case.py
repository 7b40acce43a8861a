"""One row of the rule table: a repository that breaks a rule, and its neighbour that does not."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """`bad` must yield the rule, `good` must not.

    Each is the text of zones/example.com.yaml, or a mapping from file names in zones/ to texts.
    """

    rule: str
    bad: str | dict[str, str]
    good: str | dict[str, str]
    why: str = ""
