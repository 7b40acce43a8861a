"""What the sections of the YAML have in common: frozen models and the scalars of the field."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, WithJsonSchema

from stszone.errors import RuleError
from stszone.standards.names import parse_host, parse_owner

MAX_TTL = 2**31 - 1
"""Seconds (RFC 2181 §8)."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"(\d{1,10})([smhdw])")


class Section(BaseModel):
    """A part of the YAML: unknown keys are errors, and nothing changes after it was read."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, defer_build=True, hide_input_in_errors=True
    )


def parse_seconds(value: object) -> object:
    """`7d`, `1w`, `90m` as seconds; a number stays what it is.

    >>> parse_seconds("1w")
    604800
    """
    if isinstance(value, str) and (match := _DURATION.fullmatch(value.strip())):
        return int(match[1]) * _UNITS[match[2]]
    return value


def _ttl(value: int) -> int:
    if 0 <= value <= MAX_TTL:
        return value
    raise RuleError(
        "DNS006", f"{value} is not a TTL", f"a TTL is 0 to {MAX_TTL} seconds; write for example 3600"
    )


_SECONDS_SCHEMA = {
    "oneOf": [{"type": "integer", "minimum": 0}, {"type": "string", "pattern": "^[0-9]+[smhdw]$"}]
}


def listed(value: object) -> object:
    """A sequence as YAML gives it, frozen; anything else is left to the type's own complaint."""
    return tuple(value) if isinstance(value, list) else value


Seconds = Annotated[int, BeforeValidator(parse_seconds), WithJsonSchema(_SECONDS_SCHEMA)]
"""A number of seconds; YAML also takes `7d`."""

Ttl = Annotated[int, BeforeValidator(parse_seconds), AfterValidator(_ttl), WithJsonSchema(_SECONDS_SCHEMA)]
"""A time to live in seconds."""

Host = Annotated[str, AfterValidator(parse_host)]
"""A host name or mail domain."""

Owner = Annotated[str, AfterValidator(parse_owner)]
"""An owner name, which may have underscores."""

Frozen = BeforeValidator(listed)
"""Beside a tuple type: YAML's list becomes the tuple, as in `Annotated[tuple[Host, ...], Frozen]`."""
