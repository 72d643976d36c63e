"""One version of an artifact, opened and made ready: what changes with a reload, and with nothing else."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import numpy as np
import torch

from recbox.artifact import open_artifact
from recbox.context import Context
from recbox.data.behaviours import others
from recbox.errors import RecboxError
from recbox.kernel import ByteTable
from recbox.plugin import NewUsers
from recbox.recipe.loading import written
from recbox.registry import Registry
from recbox.serve.directory import Directory
from recbox.serve.record import Record
from recbox.store import Which
from recbox.updating.rules import Rules

if TYPE_CHECKING:
    from recbox.api.load import Fitted
    from recbox.plugin import Scorer

T = TypeVar("T")
LARGE, HUGE = 2**22, 2**26
"""Numbers in the items' vectors: above LARGE a first look at bytes pays; reading more than HUGE of them takes
so long that others aren't to wait for it."""


class Recent(Generic[T]):
    """What was made last, by key: at most `most` of it. For many threads."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, threading.Lock()
        self._kept: OrderedDict[Hashable, T] = OrderedDict()

    def get(self, key: Hashable) -> T | None:
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        return None

    def made(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is kept, or what `make` gives, which is kept then."""
        found = self.get(key)
        if found is None:
            found = make()
            with self._lock:
                self._kept[key] = found
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        return found


class Version:
    """fitted: the artifact. id: 12 characters that no other version has. users, items: their ids. vectors: of
    users `[U, d]` and items `[I, d]`, whose products are the scores; None: the scorer is asked. bytes: the
    items' vectors for a first look, where they are many. folds: why
    the method makes nothing of a history, empty where it does. encoded: vectors of new items, by id and
    columns."""

    def __init__(self, fitted: Fitted) -> None:
        artifact = fitted.artifact
        self.fitted, self.artifact = fitted, artifact
        self.id = artifact.manifest.checksum[:12]
        self.scorer: Scorer = fitted.scorer
        self.vectors = self._vectors()
        self.bytes = self._bytes()
        self.users, self.items = Directory(artifact.user.ids), Directory(artifact.item.ids)
        self.record, self.rules = Record.of(artifact), Rules.of(written(artifact.recipe))
        self.folds = self._folds()
        self._facts: Recent[Any] = Recent(16)
        self.encoded: dict[tuple[str, str], torch.Tensor] = {}

    @classmethod
    def open(cls, path: Path, code: tuple[Path, ...] = ()) -> Version:
        """Open and check the artifact, and have it score a user, so that what is served works. An
        `ArtifactError` says what is wrong."""
        from recbox.api.load import Fitted

        registry = Registry(code)
        artifact = open_artifact(path.resolve(), registry, mapped=True)
        return cls(Fitted(artifact, registry, Context()))

    def _vectors(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        found = self.scorer.vectors()
        return None if found is None else (found[0].float().contiguous(), found[1].float().contiguous())

    def _bytes(self) -> ByteTable | None:
        large = self.vectors is not None and self.vectors[1].numel() > LARGE
        return ByteTable.of(self.vectors[1]) if self.vectors is not None and large else None

    def _folds(self) -> str:
        """Why the method makes nothing of a history; empty where it does."""
        had = np.flatnonzero(self.record.taken)[:1]
        if not len(had):
            return "nobody has anything in training"
        try:
            self.scorer.new_users(NewUsers.of([had], [np.ones(1)]))
        except RecboxError as error:  # also where a plugin that made the vectors isn't installed here
            return error.why or error.what
        return ""

    @property
    def slow(self) -> bool:
        """Whether a product with all items takes so long that others are not to wait for it."""
        if self.bytes is not None:
            return self.bytes.table.numel() > HUGE
        return (64 * len(self.items) if self.vectors is None else self.vectors[1].numel()) > 2 * LARGE

    @cached_property
    def counted(self) -> Which:
        """The events that the method learns from, as an update has it."""
        return self.rules.counted(self.artifact.dataset)

    @cached_property
    def behaviours(self) -> tuple[str, ...]:
        """All that an event may be of; empty: the data tells none, and any is an interaction."""
        data = self.artifact.dataset
        return (*data.behaviours, *others(data)) if data.behaviours else ()

    def kept(self, name: str, make: Callable[[], Any]) -> Any:
        """What is found out about this version once, by name."""
        return self._facts.made(name, make)

    @cached_property
    def popularity(self) -> np.ndarray:
        """int64 `[items]`: interactions of each item."""
        return np.bincount(self.record.item, minlength=len(self.items))
