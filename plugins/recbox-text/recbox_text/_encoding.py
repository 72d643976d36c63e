"""The vectors of all nodes' texts: each text once, sorted by length, a part at a time, kept on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import cached_property
from importlib.metadata import version
from typing import TYPE_CHECKING

import numpy as np

from recbox.plugin import Context, DataError, Spec
from recbox_text._cache import Store
from recbox_text._folder import Folder, open_folder
from recbox_text._plan import Plan
from recbox_text._texts import texts

if TYPE_CHECKING:
    from recbox_text._network import Network
    from recbox_text.text import Text

FORMAT = 1
PART = 16
"""Batches between two files: what a kill can lose."""
WHOLE = "all"


def vectors(options: Text, spec: Spec) -> np.ndarray:
    """Row i is the vector of node i's text: float32 [count, w]."""
    where = f"encoder.{spec.node}"
    folder = open_folder(options.model, spec.context, where)
    read = texts(options, spec)
    encoding = Encoding(options, folder, spec.context)
    unique = sorted(set(read), key=lambda text: (-len(text), text))
    found = encoding.encode(unique)
    row = {text: i for i, text in enumerate(unique)}
    rows = np.array([row[text] for text in read], np.int64)
    wrong = np.flatnonzero(~np.isfinite(found).all(1)[rows])
    if len(wrong):
        first = int(wrong[0])
        place = f"{spec.node} {spec.train.nodes(spec.node).ids[first]!r} (row {first})"
        raise DataError(
            f"the model gives numbers that are not finite for {len(wrong)} texts, first for {place}",
            where=where,
            instead="precision: fp32, or another model",
        )
    return found[rows]


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
        """float32 [texts, w], from the cache where all of it is there."""
        store = Store(self._key(unique), self.context)
        with store.alone():
            found = store.read(WHOLE, len(unique))
            if found is None:
                found = np.concatenate(self._parts(unique, store))
                store.write(WHOLE, found)
                for name, _ in self._names(unique):
                    store.drop(name)
        return found

    def _parts(self, unique: Sequence[str], store: Store) -> list[np.ndarray]:
        """In parts that are the same at every run: one that was interrupted goes on to the same vectors."""
        found = []
        with self.context.progress.task("encoding texts", len(unique), "text") as task:
            for name, texts in self._names(unique):
                part = store.read(name, len(texts))
                if part is None:
                    part = self._part(texts)
                    store.write(name, part)
                found.append(part)
                task.advance(len(texts))
        return found

    def _part(self, texts: Sequence[str]) -> np.ndarray:
        size = self.options.batch
        read = [self.prompt + text for text in texts]
        batches = [self.network.encode(read[i : i + size]) for i in range(0, len(read), size)]
        return np.concatenate(batches).astype(np.float32)

    def _names(self, unique: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
        size = self.options.batch * PART
        return [(f"{i // size:06d}", unique[i : i + size]) for i in range(0, len(unique), size)]

    def _key(self, unique: Sequence[str]) -> str:
        """Of everything that the vectors depend on: model, texts, options, libraries, sort of device."""
        settings = {
            "format": FORMAT,
            "model": self.folder.digest,
            "plan": self.plan.mark,
            "limit": self.limit,
            "prompt": self.prompt,
            "precision": self.precision,
            "batch": self.options.batch,
            "device": self.context.device.partition(":")[0],
            "library": {name: version(name) for name in ("torch", "transformers", "tokenizers")},
        }
        digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode())
        for text in unique:
            data = text.encode()
            digest.update(len(data).to_bytes(8, "little") + data)
        return digest.hexdigest()[:40]
