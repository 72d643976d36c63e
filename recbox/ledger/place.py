"""Where a ledger lies: beside the runs that it is about, or where the user keeps one for all."""

from __future__ import annotations

import os
from pathlib import Path

NAME = "ledger.jsonl"
VARIABLE = "RECBOX_LEDGER"
"""An environment variable that names one ledger for all runs."""


def place(artifact: Path) -> Path:
    """The ledger of an artifact's folder: `ledger.jsonl` in the folder above, unless RECBOX_LEDGER is set."""
    named = os.environ.get(VARIABLE, "")
    return Path(named) if named else beside(artifact)


def beside(artifact: Path) -> Path:
    """`ledger.jsonl` in the folder above an artifact's."""
    return Path(os.path.abspath(artifact)).parent / NAME
