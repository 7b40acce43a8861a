"""What can go wrong, in five kinds that a caller may want to tell apart."""

from __future__ import annotations


class StszoneError(Exception):
    """Anything that stszone refuses or cannot do; the text says where, what and the way out."""


class RuleError(StszoneError, ValueError):
    """A value breaks a rule of the catalogue, so the object it should become cannot be built.

    A ValueError, so that pydantic collects it with the others of the same file.
    """

    def __init__(self, rule: str, what: str, fix: str = "") -> None:
        super().__init__(f"{what} [{rule}]")
        self.rule = rule
        """The id in the catalogue, `STS023`; `stszone explain STS023` prints it."""
        self.what = what
        """What was found, with the offending value; one clause, lower case, no full stop."""
        self.fix = fix
        """The way out for this very value; empty where the catalogue's general one is as good."""


class InputError(StszoneError):
    """The files say something that is not allowed; the findings were reported one by one."""


class RefusedError(StszoneError):
    """A change that would be possible was not made, because a rule or a conflict forbids it."""


class UnknownError(StszoneError):
    """stszone could not look, so it has no answer; never the same as a difference (exit code 3)."""
