"""One reading of the items' bytes for all who ask at once."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import torch

    from recbox.kernel import ByteTable, Glance

TOGETHER = 16
"""Vectors in one reading: with more of them the products cost more than the reading."""


class Look(NamedTuple):
    """What bytes say of a vector. maxima: int32 `[blocks]`, the largest product of each block of items."""

    table: ByteTable
    glance: Glance
    maxima: torch.Tensor


def look(table: ByteTable, glance: Glance) -> Look:
    return Look(table, glance, table.maxima([glance])[0])


class Looking:
    """Who asks in a turn of the event loop waits for its end, and not for others to come. While the items are
    read more requests arrive, so that under load many share a reading."""

    def __init__(self) -> None:
        self._waiting: list[tuple[ByteTable, Glance, asyncio.Future[Look]]] = []

    def look(self, table: ByteTable, glance: Glance) -> asyncio.Future[Look]:
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Look] = loop.create_future()
        if not self._waiting:
            loop.call_soon(self._answer)
        self._waiting.append((table, glance, found))
        return found

    def _answer(self) -> None:
        waiting, self._waiting = self._waiting, []
        while waiting:
            table = waiting[0][0]  # another one where a new version came in between
            same = [one for one in waiting if one[0] is table]
            some, rest = same[:TOGETHER], same[TOGETHER:]
            waiting = rest + [one for one in waiting if one[0] is not table]
            try:
                maxima = table.maxima([glance for _, glance, _ in some])
            except RuntimeError as error:
                _fail(some, error)
                continue
            for (_, glance, found), own in zip(some, maxima):
                if not found.done():  # who asked may have gone
                    found.set_result(Look(table, glance, own))


def _fail(some: list[tuple[ByteTable, Glance, asyncio.Future[Look]]], error: Exception) -> None:
    for _, _, found in some:
        if not found.done():
            found.set_exception(error)
