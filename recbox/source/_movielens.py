"""MovieLens files to tables: the same columns from every form they are published in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from recbox.data import Column, Tables, Triples
from recbox.source._block import Bad
from recbox.source._convert import Field, alike
from recbox.source._delimited import Layout
from recbox.source._grouplens import Release
from recbox.source._knowledge import ATOMIC_LINK, ATOMIC_TRIPLE, read_knowledge
from recbox.source._reading import File, read_file

if TYPE_CHECKING:
    from recbox.context import Context

ITEM = (Column("title", "text", "title"), Column("year", "numeric"), Column("genre", "multi"))
USER = (Column("age", "numeric"), Column("gender", "categorical"), Column("occupation", "categorical"))
GENRES_100K = (
    *("Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama", "Fantasy"),
    *("Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)
"""The flags of `u.item` from the seventh column on; the sixth says that the genre is unknown."""
_NO_GENRE = ("unknown", "(no genres listed)")
_YEAR = r"^(.*?)\s*\((\d{4})\)\s*(?:\([^)]*\))?\s*$"

_PIPES = Layout("|", quote=False, header=False, encoding="latin-1")
_COLONS = Layout("::", quote=False, header=False, encoding="latin-1")
_TABS = Layout("\t", quote=False, header=False)
_ATOMIC = Layout("\t", quote=False)
_CSV = Layout(",")


def read_movielens(release: Release, context: Context, *, knowledge: bool = False) -> Tables:
    """Interactions with ratings as weights, and the descriptions of films and people; knowledge: triples."""
    folder = release.locate(context) or release.fetch(context)
    bad = Bad()
    interaction, rows = _ratings(release, folder, bad)
    item = _items(release, folder, bad)
    user = _users(release, folder, bad)
    interaction, item, user = _same_ids(interaction, item, user)
    expected = release.shape["interactions"]
    if rows != expected and release.checksum:
        context.progress.notice(
            f"{folder} has {rows} ratings; {release.title} as published has {expected}", level="warning"
        )
    return Tables(
        name=release.folder,
        interaction=interaction,
        knowledge=_knowledge(release, bad, context) if knowledge else None,
        user=user,
        item=item,
        columns={"item": ITEM} if user is None else {"item": ITEM, "user": USER},
        bad=tuple(bad.rows),
        bad_count=bad.count,
        rows=rows,
        origin=str(folder),
    )


def _knowledge(release: Release, bad: Bad, context: Context) -> Triples:
    triple, link = (File(path, layout=_ATOMIC) for path in release.knowledge_files(context))
    return read_knowledge([(triple, ATOMIC_TRIPLE)], [(link, ATOMIC_LINK)], bad)


def _published(release: Release, folder: Path) -> bool:
    return (folder / release.files[0]).is_file()


def _ratings(release: Release, folder: Path, bad: Bad) -> tuple[pl.DataFrame, int]:
    if not _published(release, folder):
        columns: Sequence[int | str] = ("user_id:token", "item_id:token", "rating:float", "timestamp:float")
        file = File(folder / release.mirror_files[0], layout=_ATOMIC)
    elif release.files[0].endswith(".csv"):
        columns, file = (
            ("userId", "movieId", "rating", "timestamp"),
            File(folder / release.files[0], layout=_CSV),
        )
    else:
        layout = _TABS if release.files[0] == "u.data" else _COLONS
        columns, file = (1, 2, 3, 4), File(folder / release.files[0], layout=layout)
    user, item, weight, time = columns
    fields = [
        Field("user", user, "id"),
        Field("item", item, "id"),
        Field("weight", weight, "weight"),
        Field("time", time, "time", time="seconds"),
    ]
    frame, rows = read_file(file, fields, bad)
    return frame.with_columns(file=pl.lit(str(file.path), pl.String)), rows


def _items(release: Release, folder: Path, bad: Bad) -> pl.DataFrame:
    path = folder / (release.files[1] if _published(release, folder) else release.mirror_files[1])
    if path.suffix == ".csv":
        return _titled(File(path, layout=_CSV), "movieId", "title", "genres", bad)
    if path.suffix == ".dat":
        return _titled(File(path, layout=_COLONS), 1, 2, 3, bad)
    return _items_100k(path, bad) if path.name == "u.item" else _items_mirror(path, bad)


def _titled(file: File, id: int | str, title: int | str, genre: int | str, bad: Bad) -> pl.DataFrame:
    fields = [Field("id", id, "id"), Field("title", title, "text"), Field("genre", genre, "multi")]
    frame, _ = read_file(file, fields, bad)
    return _with_year(frame)


def _items_100k(path: Path, bad: Bad) -> pl.DataFrame:
    flags = [Field(f"flag{n}", 7 + n, "numeric") for n in range(len(GENRES_100K))]
    frame, _ = read_file(
        File(path, layout=_PIPES), [Field("id", 1, "id"), Field("title", 2, "text"), *flags], bad
    )
    named = [pl.when(pl.col(f"flag{n}") == 1).then(pl.lit(genre)) for n, genre in enumerate(GENRES_100K)]
    return _with_year(frame.with_columns(genre=pl.concat_list(named)))


def _items_mirror(path: Path, bad: Bad) -> pl.DataFrame:
    fields = [
        Field("id", "item_id:token", "id"),
        Field("title", "movie_title:token_seq", "text"),
        Field("year", "release_year:token", "categorical"),
        Field("genre", "class:token_seq", "multi", separator=" "),
    ]
    frame, _ = read_file(File(path, layout=_ATOMIC), fields, bad)
    # Of one film the year stayed in the title.
    return _with_year(frame.with_columns(said=pl.col("year").cast(pl.Float64, strict=False)), pl.col("said"))


def _with_year(frame: pl.DataFrame, said: pl.Expr | None = None) -> pl.DataFrame:
    """The year out of the title; said: where a column has it."""
    title = pl.col("title")
    year = title.str.extract(_YEAR, 2).cast(pl.Float64)
    year = year if said is None else pl.coalesce(said, year)
    return _selected(frame.with_columns(title=pl.coalesce(title.str.extract(_YEAR, 1), title), year=year))


def _selected(frame: pl.DataFrame) -> pl.DataFrame:
    """Genres in alphabetical order, so that no form of the files shows in them; none at all is missing."""
    kept = pl.col("genre").list.drop_nulls().list.set_difference(pl.lit(list(_NO_GENRE))).list.sort()
    genre = pl.when(kept.list.len() > 0).then(kept)
    return frame.select("id", "title", "year", genre=genre)


def _users(release: Release, folder: Path, bad: Bad) -> pl.DataFrame | None:
    if len(release.files) < 3:
        return None
    if not _published(release, folder):
        columns: Sequence[int | str] = ("user_id:token", "age:token", "gender:token", "occupation:token")
        file = File(folder / release.mirror_files[2], layout=_ATOMIC)
    elif release.files[2] == "u.user":
        columns, file = (1, 2, 3, 4), File(folder / "u.user", layout=_PIPES)
    else:
        columns, file = (1, 3, 2, 4), File(folder / release.files[2], layout=_COLONS)
    id, age, gender, occupation = columns
    fields = [
        Field("id", id, "id"),
        Field("age", age, "numeric"),
        Field("gender", gender, "categorical"),
        Field("occupation", occupation, "categorical"),
    ]
    return read_file(file, fields, bad)[0].drop("line")


def _same_ids(
    interaction: pl.DataFrame, item: pl.DataFrame, user: pl.DataFrame | None
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame | None]:
    """Strings on both sides where a damaged file has an id that is no integer on one."""
    items = alike([interaction["item"], item["id"]])
    interaction, item = interaction.with_columns(items[0]), item.with_columns(items[1])
    if user is not None:
        users = alike([interaction["user"], user["id"]])
        interaction, user = interaction.with_columns(users[0]), user.with_columns(users[1])
    return interaction, item, user
