"""Small data sets in the form of each source, with good rows and bad ones, for the contract kit."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from recbox.plugin import Sample, Source
from recbox.source._grouplens import Release
from recbox.source.lightgcn import LightGCNText
from recbox.source.published import _Published
from recbox.source.recbole import RecBoleAtomic
from recbox.source.table import Table

_GENRES = {"Comedy": 5, "Drama": 8}
"""Positions among the 19 flags of `u.item`."""
RATINGS = ((1, 10, 5, 100), (2, 20, 3, 200), (1, 20, 1, 300), (3, 10, 4, 400), (3, 30, 2, 500))
"""User, film, rating, time."""
FILMS = (
    (10, "Café Noir (1995)", "Comedy"),
    (20, "Long, Long Road (1971)", "Drama"),
    (30, "Nameless", "Drama"),
)
FILMS_READ = {
    10: {"title": "Café Noir", "year": 1995.0, "genre": ("Comedy",)},
    20: {"title": "Long, Long Road", "year": 1971.0, "genre": ("Drama",)},
    30: {"title": "Nameless", "year": None, "genre": ("Drama",)},
}
"""The films as they should be read."""
PEOPLE = ((1, 24, "M", "writer"), (2, 53, "F", "other"), (3, 31, "F", "nurse"))
PEOPLE_READ = {
    number: {"age": float(age), "gender": gender, "occupation": work} for number, age, gender, work in PEOPLE
}


def table(folder: Path) -> Sample:
    """Ids that are text on one side and numbers on the other; features of both, and links."""
    _write(
        folder,
        {
            "buys.csv": 'user,item,stars,when\n007,10,4.5,2020-01-01\nann,20,,5\n"b, o",10,1,1577836800\n'
            "ann,30\nann,10,3,6\n007,30,x,7\n007,20,5,8\n",
            "people.csv": "id,age\n007,24\nann,\n",
            "things.csv": "id,title,genre\n10,Ant,x|y\n20,Bee,\n30,Cat,y\n",
            "trust.tsv": "ann\t007\n",
            "facts.csv": "head,relation,tail\n10,is_a,insect\nbee,eats,flower\nflower,is_a,plant\n",
            "known.csv": "item,entity\n20,bee\n",
        },
    )
    columns = {"weight": "stars", "time": "when"}
    feature = {"title": {"type": "text", "role": "title"}, "genre": {"type": "multi"}}
    options = {
        "interaction": [{"path": "buys.csv", "columns": columns, "behaviour": "buy"}],
        "user": [{"path": "people.csv", "columns": {"age": {"type": "numeric"}}}],
        "item": [{"path": "things.csv", "columns": feature}],
        "relation": [{"name": "trust", "between": "user", "path": "trust.tsv", "header": False}],
        "knowledge": {"triple": [{"path": "facts.csv"}], "link": [{"path": "known.csv"}]},
    }
    good = (("007", 10), ("b, o", 10), ("ann", 10), ("007", 20))
    return Sample(
        Table.parse(options),
        good,
        tuple(("buys.csv", line) for line in (3, 5, 7)),
        columns={
            "weight": (4.5, 1.0, 3.0, 5.0),
            "time": (1577836800, 1577836800, 6, 8),
            "behaviour": ("buy",) * 4,
            "line": (2, 4, 6, 8),
        },
        features={
            "user": {"007": {"age": 24.0}, "ann": {"age": None}},
            "item": {
                10: {"title": "Ant", "genre": ("x", "y")},
                20: {"title": "Bee", "genre": None},
                30: {"title": "Cat", "genre": ("y",)},
            },
        },
        links={"trust": (("ann", "007"),)},
        triples=(("10", "is_a", "insect"), ("bee", "eats", "flower"), ("flower", "is_a", "plant")),
        entities=(("20", "bee"),),
    )


def lightgcn(folder: Path) -> Sample:
    """A line of several items, one of a user alone, and lines that are none."""
    _write(
        folder / "toy", {"train.txt": "0 5 6\nuser 5\n1 5\n2\n2 7 x\n3 6 5\n", "test.txt": "0 7\n1 -6\n2 5\n"}
    )
    good = ((0, 5), (0, 6), (1, 5), (3, 6), (3, 5), (0, 7), (2, 5))
    columns = {"part": ("train",) * 5 + ("test",) * 2, "line": (1, 1, 3, 6, 6, 1, 3)}
    bad = (("train.txt", 2), ("train.txt", 5), ("test.txt", 2))
    return Sample(LightGCNText(folder="toy"), good, bad, columns=columns)


def published(source: type[_Published], folder: Path) -> Sample:
    """Files of a made split with its own checksums: the items of a line are read in ascending order."""
    split = source.published
    texts = {"train.txt": "0 5 3 10\nx 1\n2 7 5\n1\n", "test.txt": "0 7\n1 -2\n2 10 3\n"}
    _write(folder / split.folder, texts)
    files = {
        name: (f"md5:{hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()}",)
        for name, text in texts.items()
    }
    good = ((0, 3), (0, 5), (0, 10), (2, 5), (2, 7), (0, 7), (2, 3), (2, 10))
    columns = {"part": ("train",) * 5 + ("test",) * 3, "line": (1, 1, 1, 3, 3, 1, 3, 3)}
    bad = (("train.txt", 2), ("test.txt", 2))
    return Sample(source.against(replace(split, files=files)), good, bad, columns=columns)


def recbole(folder: Path) -> Sample:
    """Interactions, and features of both sides."""
    _write(
        folder / "toy",
        {
            "toy.inter": "user_id:token\titem_id:token\trating:float\ttimestamp:float\n"
            "a\t1\t5.0\t100\nb\t2\t3.0\tnever\nb\t1\t2.0\t300\nc\t\t1.0\t400\nc\t2\t4.0\t500\n",
            "toy.item": "item_id:token\tname:token_seq\tyear:float\tclass:token_seq\n"
            "1\tAn ant\t1995\tx y\n2\tA bee\t\tx\n",
            "toy.user": "user_id:token\tage:float\na\t24\nb\t53\n",
            "toy.kg": "head_id:token\trelation_id:token\ttail_id:token\nm.1\tis_a\tm.9\nm.9\tis_a\tm.2\n",
            "toy.link": "item_id:token\tentity_id:token\n1\tm.1\n2\tm.2\n",
        },
    )
    bad = (("toy.inter", 3), ("toy.inter", 5))
    return Sample(
        RecBoleAtomic(folder="toy", title="name", knowledge=True),
        (("a", 1), ("b", 1), ("c", 2)),
        bad,
        columns={"weight": (5.0, 2.0, 4.0), "time": (100, 300, 500), "line": (2, 4, 6)},
        features={
            "user": {"a": {"age": 24.0}, "b": {"age": 53.0}},
            "item": {
                1: {"name": "An ant", "year": 1995.0, "class": ("x", "y")},
                2: {"name": "A bee", "year": None, "class": ("x",)},
            },
        },
        triples=(("m.1", "is_a", "m.9"), ("m.9", "is_a", "m.2")),
        entities=(("1", "m.1"), ("2", "m.2")),
    )


def movielens(options: Source, release: Release, folder: Path) -> Sample:
    """A release as its publisher writes it, with a rating that is no number and a line that was cut."""
    ratings, *_ = release.files
    files, lines = _FORMS[ratings](release)
    encoding = "utf-8" if ratings.endswith(".csv") else "latin-1"
    _write(folder / release.folder, files, encoding)
    user, item, weight, time = zip(*RATINGS, strict=True)
    return Sample(
        options,
        tuple(zip(user, item, strict=True)),
        tuple((ratings, line) for line in lines),
        columns={"weight": weight, "time": time},
        features={"item": FILMS_READ} | ({"user": PEOPLE_READ} if len(files) > 2 else {}),
    )


Form = tuple[dict[str, str], tuple[int, int]]
"""Texts by file name, and the lines of the ratings that are bad."""


def _rows(separator: str, header: str = "") -> tuple[str, tuple[int, int]]:
    rows = [separator.join(map(str, row)) for row in RATINGS]
    rows[1:1] = [separator.join(("2", "10", "x", "150"))]
    rows[4:4] = [separator.join(("2", "30"))]
    lines = [header, *rows] if header else rows
    first = 2 if header else 1
    return "\n".join(lines) + "\n", (first + 1, first + 4)


def _tabs(release: Release) -> Form:
    text, bad = _rows("\t")
    flags = {genre: ["0"] * 19 for genre in _GENRES}
    for genre, place in _GENRES.items():
        flags[genre][place] = "1"
    films = [f"{n}|{title}|01-Jan-1995||url|" + "|".join(flags[genre]) for n, title, genre in FILMS]
    people = [f"{n}|{age}|{gender}|{work}|00000" for n, age, gender, work in PEOPLE]
    return dict(zip(release.files, (text, _lines(films), _lines(people)), strict=True)), bad


def _colons(release: Release) -> Form:
    text, bad = _rows("::")
    films = ["::".join(map(str, film)) for film in FILMS]
    people = [f"{n}::{gender}::{age}::{work}::00000" for n, age, gender, work in PEOPLE]
    return dict(zip(release.files, (text, _lines(films), _lines(people)), strict=True)), bad


def _commas(release: Release) -> Form:
    text, bad = _rows(",", "userId,movieId,rating,timestamp")
    films = ["movieId,title,genres", *(f'{n},"{title}",{genre}' for n, title, genre in FILMS)]
    return dict(zip(release.files, (text, _lines(films)), strict=True)), bad


_FORMS = {"u.data": _tabs, "ratings.dat": _colons, "ratings.csv": _commas}


def _lines(rows: list[str]) -> str:
    return "\n".join(rows) + "\n"


def _write(folder: Path, files: Mapping[str, str], encoding: str = "utf-8") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode(encoding))
