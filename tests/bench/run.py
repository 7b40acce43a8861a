"""Running a command to its end, and what that cost."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

BIN = Path(sys.executable).parent


@dataclass(frozen=True)
class Run:
    """One finished process."""

    wall: float
    """Seconds."""
    cpu: float
    """Seconds, user and system."""
    memory: int
    """Peak resident set, in kB."""


def run(directory: Path, *command: str) -> Run:
    """Run a command to its end; its output is thrown away.  Raises on failure."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=directory, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} in {directory}: exit {process.returncode}")
    return Run(time.perf_counter() - start, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def median(runs: list[Run]) -> Run:
    """The median of each figure."""
    return Run(
        *(statistics.median(getattr(one, field) for one in runs) for field in ("wall", "cpu", "memory"))
    )
