"""The encoder `vectors`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, Self, final

from pydantic import model_validator

from recbox.plugin import Spec, mistake
from recbox_text import place
from recbox_text.projected import Projected

if TYPE_CHECKING:
    import numpy as np

    from recbox_text.projected import Read

FORMATS = (".npy", ".safetensors", ".parquet")


@final
class Vectors(Projected):
    """Vectors from a file, by the nodes' ids: made by a model elsewhere, of texts, images or what not."""

    reference: ClassVar[str] = "Sheng et al. 2024, AlphaRec, arXiv:2407.05441"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"file": "package:recbox_text/tiny/vectors.npy", "ids": "package:recbox_text/tiny/ids.txt"},
        {
            "file": "package:recbox_text/tiny/vectors.npy",
            "ids": "package:recbox_text/tiny/ids.txt",
            "projection": "whiten",
            "train": "frozen",
        },
    )

    file: str
    """The vectors: `.npy` (an array [n, w]), `.safetensors` (a tensor [n, w]) or `.parquet` (a column of
    lists). `package:NAME/FILE` for one in an installed package."""
    ids: str | None = None
    """The id of each row: a text file with one on each line, or `.npy`. Required for `.npy`; other formats
    may bring them."""
    id_column: str = "id"
    """What the ids are called in a safetensors or Parquet file."""
    vector_column: str = "vector"
    """What the vectors are called there."""
    missing: Literal["error", "zero", "mean"] = "error"
    """What a node gets whose id isn't in the file: the run stops, zeros, or the mean of the others. A
    new node gets zeros in place of a stop."""

    history_by: Literal["mean"] | None = None
    """mean: the file holds vectors of what a node has interacted with, by their ids, as of items for users,
    and a node's vector is the mean of theirs. None given: it holds the nodes' own."""

    @property
    def averaged(self) -> bool:
        return self.history_by == "mean"

    @property
    def inductive(self) -> bool:
        return not self.averaged

    @property
    def by_history(self) -> bool:
        return self.averaged

    @property
    def by_id(self) -> bool:
        return not self.averaged

    @model_validator(mode="after")
    def _file_fits(self) -> Self:
        suffix = next((f for f in FORMATS if self.file.lower().endswith(f)), "")
        if not suffix:
            what = f"{self.file!r} is of no format that can be read"
            raise mistake(what, at="file", instead=", ".join(FORMATS))
        if suffix == ".npy" and self.ids is None:
            what = "an .npy file has no ids"
            raise mistake(what, at="file", instead="`ids:` a file with one on each line")
        if self.last is not None and not self.averaged:
            what = "there is no history, so `last` would do nothing"
            raise mistake(what, at="last", instead="history_by: mean")
        for name in ("file", "ids"):
            value = getattr(self, name)
            if value is not None and value.startswith(place.PACKAGE) and (wrong := place.fault(value)):
                raise mistake(wrong[0], at=name, instead=wrong[1])
        return self

    def vectors(self, spec: Spec) -> np.ndarray:
        from recbox_text._file import read

        return read(self, spec)

    def there(self, spec: Spec) -> np.ndarray:
        from recbox_text._file import there

        return there(self, spec)

    def others(self, spec: Spec) -> np.ndarray:
        return self.vectors(spec)

    def reader(self, spec: Spec) -> Read:
        from recbox_text._file import reader

        return reader(self, spec)
