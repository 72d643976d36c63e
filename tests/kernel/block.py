"""Makes DGL unimportable in this process, as on Python 3.13, where there is none. For tests alone."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

SWITCH = "RECBOX_TEST_BLOCK_DGL"


class Blocker(MetaPathFinder):
    """Refuses to find dgl."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] == "dgl":
            raise ModuleNotFoundError(f"{name} is blocked by {SWITCH}", name=name)
        return None


def blocked() -> bool:
    """Whether the environment asks for it."""
    return os.environ.get(SWITCH, "") not in ("", "0")


def install() -> None:
    """Block dgl where the environment asks for it; safe to call twice."""
    if blocked() and not any(isinstance(finder, Blocker) for finder in sys.meta_path):
        sys.meta_path.insert(0, Blocker())
