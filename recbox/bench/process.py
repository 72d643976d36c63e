"""Fresh processes: what starting costs, and how much memory work takes, can't be seen in one that has run."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from recbox.bench.timing import Call
from recbox.errors import UnsupportedError


def starting(args: Sequence[str]) -> Call:
    """A call that runs this Python with some arguments, to its end."""
    return lambda: ended(args)


def asked_of(module: str, question: Mapping[str, Any]) -> dict[str, Any]:
    """What a module, run as a program, answers a question: both are JSON."""
    found: dict[str, Any] = json.loads(ended(["-m", module, json.dumps(question)]))
    return found


def ended(args: Sequence[str]) -> str:
    """What this Python prints, run with some arguments to its end; an error where that is a bad one."""
    done = subprocess.run([sys.executable, *args], capture_output=True, text=True, check=False)
    if done.returncode:
        raise UnsupportedError(
            f"a process that is measured ended with {done.returncode}: python {' '.join(args)}",
            why=done.stderr.strip()[-2000:] or "it said nothing; -9 is mostly a lack of memory",
        )
    return done.stdout
