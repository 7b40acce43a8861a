"""Makes the provider importable where it is not installed, and starts fakes for it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.conoha.fake import FakeConoha, Toggles

sys.path.insert(0, str(Path(__file__).parents[2] / "providers"))

Start = Callable[..., FakeConoha]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a ConoHa, which ends with the test."""
    with ExitStack() as stack:
        yield lambda generation="v3", toggles=None: stack.enter_context(
            FakeConoha(generation, toggles or Toggles())
        )
