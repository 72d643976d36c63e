"""Cards of all plugins, where no import can hang, end or spoil our own process.

recbox's own are described in here; everybody else's in one child process, which is started again behind a
plugin that ends it or that it takes too long over.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from recbox.errors import PluginError
from recbox.registry.card import Card
from recbox.registry.child import Ended, told
from recbox.registry.origin import OURS
from recbox.registry.probe import plain
from recbox.registry.registry import Registry

TIMEOUT = 10.0
"""Seconds that one plugin's import may take."""
GRACE = 60.0
"""Seconds more for the start of a child, on a machine that is busy."""


def cards(registry: Registry, rows: Sequence[Card], timeout: float = TIMEOUT) -> list[Card]:
    """The rows (of `registry.rows`), filled. timeout: seconds for each plugin."""
    foreign = [row for row in rows if row.distribution != OURS]
    found = dict(zip(map(id, foreign), _probed(foreign, timeout)))
    return [found.get(id(row)) or registry.fill(row) for row in rows]


def _probed(rows: Sequence[Card], timeout: float) -> Iterator[Card]:
    """A card for each row, in order."""
    while rows:
        filled = list(_told(rows, timeout))
        yield from filled
        rows = rows[len(filled) :]


def _told(rows: Sequence[Card], timeout: float) -> Iterator[Card]:
    """Cards of the first rows, at least one: as far as one child gets, and the one that it stumbles over."""
    with tempfile.TemporaryDirectory() as folder:
        task = Path(folder) / "task.json"
        path = [os.path.abspath(p) for p in sys.path]
        task.write_text(json.dumps({"path": path, "row": [asdict(row) for row in rows]}), encoding="utf-8")
        done, ready = 0, False
        for news in told(["-P", "-m", "recbox.registry.probe", str(task)], timeout, GRACE):
            if isinstance(news, Ended):
                if not ready:
                    raise PluginError(
                        f"the process that looks at plugins {news.why}", instead="recbox doctor"
                    )
                if done < len(rows):
                    yield _stumbled(rows[done], news.why)
                return
            ready = True
            if "card" in news:
                yield Card(**plain(news["card"]))
                done += 1
        if done < len(rows):
            yield _stumbled(rows[done], "ended the process (exit code 0)")


def _stumbled(row: Card, why: str) -> Card:
    """The row of a plugin whose import took the child with it."""
    remedy = f"uninstall {row.distribution} (pip uninstall {row.distribution}), or tell its author"
    if "was cut" in why:
        remedy += "; --timeout SECONDS waits longer"
    return replace(row, error=f"its import {why}", remedy=remedy)
