"""The command line.  `main` is the console script; the work is imported when a command runs."""

from stszone.cli.main import main

__all__ = ["main"]
