"""The vectors of texts: each once, sorted by length, a part at a time, kept on disk."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from recbox.plugin import Context, DataError, History, Rehearsal, Spec
from recbox_text._cache import Store
from recbox_text._folder import Folder, open_folder
from recbox_text._plan import Plan
from recbox_text._texts import fresh, of_history, texts

if TYPE_CHECKING:
    from recbox_text._network import Network
    from recbox_text.projected import Read
    from recbox_text.text import Text

FORMAT = 2
PART = 16
"""Batches between two commits: what a kill can lose."""
REHEARSED = 6
"""Batches that tell what all of them take."""


def vectors(options: Text, spec: Spec) -> np.ndarray:
    """Row i is the vector of node i's text: float32 [count, w]."""
    ids = spec.train.nodes(spec.node).ids
    return encoded(options, spec, texts(options, spec), ids)


def there(options: Text, spec: Spec) -> np.ndarray:
    """bool [count]: the nodes that have a text; that of all others is empty."""
    return np.array([bool(text) for text in texts(options, spec)], dtype=bool)


def others(options: Text, spec: Spec) -> np.ndarray:
    """The vector of each text that stands in histories: the very ones that an encoder of these texts has."""
    read = of_history(options, spec, spec.node, spec.slot.rpartition(".")[0])
    return encoded(options, spec, read, spec.train.nodes(spec.node).ids)


def reader(options: Text, spec: Spec) -> Read:
    """The vectors of new nodes' texts."""

    def read(table: pl.DataFrame, history: History | None = None) -> np.ndarray:
        ids = table["id"] if "id" in table.columns else pl.Series(range(table.height))
        return encoded(options, spec, fresh(options, spec, table, history), ids)

    return read


def encoded(options: Text, spec: Spec, read: Sequence[str], ids: pl.Series) -> np.ndarray:
    """float32 [texts, w]; a DataError where some aren't finite names the first by its id."""
    folder = open_folder(options.model, spec.context, f"encoder.{spec.node}")
    unique = unique_of(read)
    found, rows = Encoding(options, folder, spec.context).encode(unique), row_of(read, unique)
    check_finite(found, rows, ids, spec.node)
    return found[rows]


def unique_of(read: Sequence[str]) -> list[str]:
    """Each text once, longest first; of none, the empty one."""
    return sorted(set(read) or {""}, key=lambda text: (-len(text), text))


def row_of(read: Sequence[str], unique: Sequence[str]) -> np.ndarray:
    """int64: the place of each text among the unique ones."""
    row = {text: i for i, text in enumerate(unique)}
    return np.array([row[text] for text in read], np.int64)


def check_finite(found: np.ndarray, rows: np.ndarray, ids: pl.Series, node: str) -> None:
    """found: float32 [unique, w]; rows: which of them each node has. A DataError names the first node."""
    wrong = np.flatnonzero(~np.isfinite(found).all(1)[rows])
    if len(wrong):
        first = int(wrong[0])
        place = f"{node} {ids[first]!r} (row {first})"
        raise DataError(
            f"the model gives numbers that are not finite for {len(wrong)} texts, first for {place}",
            where=f"encoder.{node}",
            instead="precision: fp32, or another model",
        )


class Encoding:
    """A text model with its options, and what it has encoded before."""

    def __init__(self, options: Text, folder: Folder, context: Context) -> None:
        self.options, self.folder, self.context = options, folder, context
        self.plan: Plan = options.plan(folder)
        self.limit = min(options.max_length or self.plan.limit, self.plan.limit)
        self.prompt = self.plan.prompt if options.prompt is None else options.prompt
        self.precision = "int8" if options.quantize == "int8" else options.precision

    @cached_property
    def network(self) -> Network:
        """The model; loaded when something has to be encoded."""
        from recbox_text._network import Network

        return Network(self.folder, self.plan, self.limit, self.precision, self.context)

    def encode(self, unique: Sequence[str]) -> np.ndarray:
        """float32 [texts, w]; what the cache has isn't encoded again."""
        store = Store(self._key(), self.context)
        found = store.read(unique)
        if len(found) < len(unique):
            with store.alone():
                found |= store.read(_missing(unique, found), mend=True)  # another run may have done them now
                if missing := _missing(unique, found):
                    self._add(missing, found, store)
        return np.stack([found[text] for text in unique])

    def _add(self, missing: Sequence[str], found: dict[str, np.ndarray], store: Store) -> None:
        if self.context.rehearsal is not None:
            self._rehearse(missing, found, self.context.rehearsal)
            return
        size = self.options.batch * PART
        with self.context.progress.task("encoding texts", len(missing), "text") as task:
            for start in range(0, len(missing), size):
                texts = missing[start : start + size]
                part = self._part(texts)
                store.write(texts, part)
                found.update(zip(texts, part, strict=True))
                task.advance(len(texts))

    def _rehearse(self, missing: Sequence[str], found: dict[str, np.ndarray], rehearsal: Rehearsal) -> None:
        """Some batches, from long texts to short ones; the others get their vectors, and nothing is kept."""
        size = self.options.batch
        starts = np.linspace(0, max(0, len(missing) - size), min(REHEARSED, -(-len(missing) // size)))
        some = [missing[int(start) : int(start) + size] for start in starts]
        _ = self.network, self._part(some[0][:1])  # what is loaded once is no part of a text's time
        began = time.perf_counter()
        vectors = np.concatenate([self._part(texts) for texts in some])
        rehearsal.told("encoding texts", "text", len(missing), len(vectors), time.perf_counter() - began)
        found.update(zip(missing, np.resize(vectors, (len(missing), vectors.shape[1])), strict=True))

    def _part(self, texts: Sequence[str]) -> np.ndarray:
        size = self.options.batch
        read = [self.prompt + text for text in texts]
        batches = [self.network.encode(read[i : i + size]) for i in range(0, len(read), size)]
        return np.concatenate(batches).astype(np.float32)

    def _key(self) -> str:
        """Of everything but the text that a vector depends on: model, options, libraries, sort of device."""
        settings = {
            "format": FORMAT,
            "model": self.folder.digest,
            "plan": self.plan.mark,
            "limit": self.limit,
            "prompt": self.prompt,
            "precision": self.precision,
            "device": self.context.device.partition(":")[0],
            "library": {name: version(name) for name in ("torch", "transformers", "tokenizers")},
        }
        return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:40]


def _missing(unique: Sequence[str], found: dict[str, np.ndarray]) -> list[str]:
    return [text for text in unique if text not in found]
