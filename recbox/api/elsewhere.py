"""A fitted recommender for use without recbox."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recbox.api.blaming import blaming
from recbox.errors import UnsupportedError

if TYPE_CHECKING:
    import polars as pl

    from recbox.artifact import Artifact
    from recbox.export import Exported
    from recbox.registry import Registry


class Elsewhere:
    """The part of `Fitted` that is written for other programs."""

    artifact: Artifact
    _registry: Registry
    _items: pl.DataFrame | None

    def export(self, to: str, out: str | Path | None = None) -> Exported:
        """Write the method for use without recbox, into a new folder: its `folder`, `form`, `files`, and how
        far scores are `off` (1e-5 at most; None where onnxruntime isn't there to compare).

        to: `numpy` (arrays, ids, titles, and the lines that recommend with them) or `onnx` (a graph of all
        scores and one of the best items). out: None is `NAME-numpy` or `NAME-onnx` in the current folder. An
        `UnsupportedError` says why a method can't be written so.
        """
        from recbox.export import export

        if self._items is not None:
            why, instead = "they are scored beside the method", "export without them"
            raise UnsupportedError("new items aren't exported", why=why, instead=instead)
        with blaming(self._registry):
            return export(self.artifact, to, out)
