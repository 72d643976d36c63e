"""A split as files, so that another tool can train on what recbox judges by."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from recbox.data.whole import replacing
from recbox.errors import OptionError, nearest

if TYPE_CHECKING:
    import polars as pl

    from recbox.api.ground import Ground

FORMATS = ("csv", "parquet", "recbole")
PARTS = ("train", "valid", "test")
TYPED = {
    "user": "user_id:token",
    "item": "item_id:token",
    "weight": "rating:float",
    "time": "timestamp:float",
    "behaviour": "behaviour:token",
}
"""The header of RecBole's atomic files."""


def export(ground: Ground, out: str | Path, format: str = "csv") -> dict[str, Path]:
    """Write the parts of a split into a new or empty folder, and return the files by part.

    format: `csv` (train.csv, ...), `parquet`, or `recbole` (NAME.train.inter, ..., NAME being the folder's).
    Columns: user, item, weight (where it isn't 1 for all), time and behaviour (where the data has them), with
    the data's own ids; rows by user, then time. Where the recipe judges pairs, `pairs-valid` and `pairs-test`
    too: user and item of each pair that is to be scored, drawn negatives among them. An `OptionError` where
    the folder can't be written.
    """
    if format not in FORMATS:
        raise OptionError(f"there is no format {format!r}", instead=nearest(format, list(FORMATS)))
    folder = Path(out)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise OptionError(
                "the folder isn't empty",
                where=str(folder),
                instead="a folder of its own: nothing is overwritten",
            )
        return {part: _write(frame, folder, part, format) for part, frame in frames(ground)}
    except OSError as error:
        raise OptionError(
            "can't write the split", where=str(folder), why=error.strerror or str(error)
        ) from error


def frames(ground: Ground) -> Iterator[tuple[str, pl.DataFrame]]:
    """Each part and its interactions; an empty part is an empty frame."""
    import numpy as np
    import polars as pl

    data = ground.dataset
    weighted = bool((data.interaction.weight != 1).any())
    for part in PARTS:
        x = data.interaction.take(getattr(ground.split, part))
        time = np.zeros(len(x), np.int64) if x.time is None else x.time
        x = x.take(np.lexsort((time, x.user)))  # equal times stay in the data's order, as in histories
        columns = {"user": data.user.ids.gather(x.user), "item": data.item.ids.gather(x.item)}
        columns |= {"weight": pl.Series(x.weight)} if weighted else {}
        columns |= {} if x.time is None else {"time": pl.Series(x.time)}
        if x.behaviour is not None:
            columns["behaviour"] = pl.Series(data.behaviours, dtype=pl.String).gather(x.behaviour)
        yield part, pl.DataFrame(columns)
    for part in ("valid", "test") if ground.recipe.evaluate.by == "pairs" else ():
        if len(getattr(ground.split, part)):
            yield f"pairs-{part}", _pairs(ground, part)


def _pairs(ground: Ground, part: str) -> pl.DataFrame:
    import polars as pl

    held = ground.truth(part)
    ids, columns = ground.dataset.nodes, {"user": held.user, "item": held.item}
    return pl.DataFrame({name: ids(name).ids.gather(index) for name, index in columns.items()})


def _write(frame: pl.DataFrame, folder: Path, part: str, format: str) -> Path:
    """One file, whole or not at all."""
    name = f"{folder.resolve().name}.{part}.inter" if format == "recbole" else f"{part}.{format}"
    with replacing(folder / name) as file:
        if format == "parquet":
            frame.write_parquet(file)
        elif format == "csv":
            frame.write_csv(file)
        else:
            _check_tokens(frame)
            frame.rename(lambda c: TYPED[c]).write_csv(file, separator="\t", quote_style="never")
    return folder / name


def _check_tokens(frame: pl.DataFrame) -> None:
    """RecBole's files know no quotes."""
    import polars as pl

    for name in ("user", "item"):
        text = frame[name].cast(pl.String)
        if (odd := text.filter(text.str.contains(r"[\t\r\n]"))).len():
            raise OptionError(
                f"the {name} {odd[0]!r} holds a tab or a line's end, which RecBole's files can't",
                instead="the format csv or parquet",
            )
