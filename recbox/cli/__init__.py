"""The command line: a thin caller of the Python API, and the only room that knows a terminal."""

from recbox.cli.front import main

__all__ = ["main"]
