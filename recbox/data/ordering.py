"""Sorting many rows by several keys, in little more memory than the order takes.

Keys are packed into one number of 64 bits a row, whose last bits are the row: sorting these numbers in place
is many times faster than sorting rows by keys, and stable. Of a key that has no room its first bits are
packed, and rows that are alike in all of what was packed are sorted again, some at a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recbox.scratch import MEMORY, Scratch, mapped

CHUNK = 1 << 18
"""Rows taken at a time."""
FEW = 1 << 10
"""Rows up to which numpy's own sort does."""


def order_of(*keys: np.ndarray) -> np.ndarray:
    """int64 `[n]`: rows by the first key, then by the second, ..., and last as they came, which is what
    `np.lexsort(keys[::-1])` gives. keys: `[n]` each; the last may be of other numbers than integers."""
    n = len(keys[0])
    plan = _plan(keys, 64 - (n - 1).bit_length()) if n > FEW else None
    if plan is None:
        return np.lexsort(keys[::-1]).astype(np.int64)
    packed = _packed(plan, n)
    packed.sort()
    bits = np.uint64((n - 1).bit_length())
    changed = _changed(packed, bits) if plan.rest else None
    packed &= (np.uint64(1) << bits) - np.uint64(1)
    order = packed.view(np.int64)
    if changed is not None:
        _resolve(order, changed, plan)
    return order


@dataclass(frozen=True)
class _Plan:
    """What of the keys is packed (key, its smallest value, bits that are packed, bits left out behind), and
    the keys that are not packed, or not all of it; of the first of them the last `left` bits above `low`, or
    all of it where `left` is 0."""

    part: list[tuple[np.ndarray, int, int, int]]
    rest: Sequence[np.ndarray]
    low: int = 0
    left: int = 0

    def behind(self, rows: np.ndarray) -> list[np.ndarray]:
        """What is still to be sorted by, of these rows."""
        rest = [key[rows] for key in self.rest]
        if self.left:
            behind = (rest[0].astype(np.int64) - self.low).view(np.uint64)
            rest[0] = (behind & np.uint64((1 << self.left) - 1)).view(np.int64)
        return rest


def _plan(keys: Sequence[np.ndarray], room: int) -> _Plan | None:
    """As many bits of the first keys as there is room for; None where that is nothing of what may differ."""
    part: list[tuple[np.ndarray, int, int, int]] = []
    for number, key in enumerate(keys):
        if not _whole(key):
            return _Plan(part, keys[number:]) if part else None
        low = int(key.min())
        bits = (int(key.max()) - low).bit_length()
        taken = min(bits, room)
        room -= taken
        if taken:
            part.append((key, low, taken, bits - taken))
        if taken < bits:
            return _Plan(part, keys[number:], low, bits - taken if taken else 0)
    return _Plan(part, [])


def _whole(key: np.ndarray) -> bool:
    return np.can_cast(key.dtype, np.int64)


def _packed(plan: _Plan, n: int) -> np.ndarray:
    """uint64 `[n]`: what is packed of the keys, before the row."""
    packed = np.zeros(n, np.uint64)
    bits = np.uint64((n - 1).bit_length())
    for rows in pieces(n):
        own = packed[rows]
        for key, low, taken, left in plan.part:
            above = key[rows].astype(np.int64) - low
            own <<= np.uint64(taken)
            own |= above.view(np.uint64) >> np.uint64(left)
        own <<= bits
        own |= np.arange(rows.start, rows.stop, dtype=np.uint64)
    return packed


def _changed(packed: np.ndarray, bits: np.uint64) -> np.ndarray:
    """bool `[n + 1]`: where what is packed of the keys differs from that of the number before."""
    changed = np.ones(len(packed) + 1, bool)
    for rows in pieces(len(packed) - 1):
        here, following = packed[rows], packed[rows.start + 1 : rows.stop + 1]
        changed[rows.start + 1 : rows.stop + 1] = (here ^ following) >> bits != 0
    return changed


def _resolve(order: np.ndarray, changed: np.ndarray, plan: _Plan) -> None:
    """Sort rows that are alike in what was packed, in place, whole runs of them at a time."""
    tied = np.flatnonzero(~(changed[:-1] & changed[1:]))
    begins = np.flatnonzero(changed[tied])
    at = 0
    while at < len(tied):
        later = int(np.searchsorted(begins, at + CHUNK))
        end = int(begins[later]) if later < len(begins) else len(tied)
        place = tied[at:end]
        rows = order[place]
        keys = [np.cumsum(changed[place]), *plan.behind(rows)]
        order[place] = rows[order_of(*keys) if _whole(keys[1]) else np.lexsort(keys[::-1])]
        at = end


def pieces(n: int) -> Iterator[slice]:
    """Slices of `CHUNK` rows that together are the n rows."""
    for start in range(0, n, CHUNK):
        yield slice(start, min(start + CHUNK, n))


def first_of_runs(order: np.ndarray, keys: Sequence[np.ndarray]) -> np.ndarray:
    """bool `[n]`: the rows, in this order, that differ from the row before them in any key."""
    first = np.ones(len(order), bool)
    for rows in pieces(len(order) - 1):
        own = [key[order[rows.start : rows.stop + 1]] for key in keys]
        differs = [key[1:] != key[:-1] for key in own]
        first[rows.start + 1 : rows.stop + 1] = np.logical_or.reduce(differs)
    return first


def distinct(keys: np.ndarray) -> np.ndarray:
    """The different ones among ascending keys `[n]`. numpy's unique goes through a hash table for integers,
    35 times slower than this."""
    new = np.ones(len(keys), bool)
    np.not_equal(keys[1:], keys[:-1], out=new[1:])
    return keys if new.all() else keys[new]


def rows_of(
    user: np.ndarray, item: np.ndarray, users: int, items: int, scratch: Scratch = MEMORY
) -> tuple[np.ndarray, np.ndarray]:
    """int64 `[users + 1]` and `[n]`: row pointers and ascending columns of the users × items matrix, in which
    each pair of inner ids is once."""
    width = np.int64(max(items, 1))
    pair = user * width
    pair += item
    pair.sort()
    pair = distinct(pair)
    indptr = np.searchsorted(pair, np.arange(users + 1) * width)
    pair %= width
    return indptr, scratch.lay(pair)


def compact(column: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """`column[rows]` of ascending rows, written over the column itself, in whose memory it stays unless that
    is more than twice what it needs; of a file the rest does no harm."""
    for piece in pieces(len(rows)):
        column[piece] = column[rows[piece]]
    kept = column[: len(rows)]
    return kept.copy() if 2 * len(rows) < len(column) and not mapped(column) else kept


def feed(update: Callable[[bytes], object], array: np.ndarray, order: np.ndarray, dtype: str) -> None:
    """Give a digest the bytes of `array[order]` as `dtype`, some at a time."""
    for rows in pieces(len(order)):
        update(array[order[rows]].astype(dtype).tobytes())
