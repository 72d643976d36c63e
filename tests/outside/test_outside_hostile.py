"""Files that are damaged, of another make, or odd beyond counting: a clear error with the place."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest

from recbox.data import Dataset, Interactions, Nodes
from recbox.errors import DataError, OptionError, RecboxError
from recbox.evaluate import Truth
from recbox.outside import Gathered, gather, listing

USERS, ITEMS = [1, 2, 3, 10], [100, 200, 300, 400, 500]


def world(text: bool = False) -> tuple[Dataset, Truth]:
    """Every user has seen item 100, and is to find item 500; the last has nothing to find."""
    ids = [sorted(map(str, x)) if text else x for x in (USERS, ITEMS)]
    user, item = np.array([0, 1, 2, 3, 0, 1, 2]), np.array([0, 0, 0, 0, 4, 4, 4])
    nodes = [Nodes(pl.DataFrame({"id": x})) for x in ids]
    data = Dataset("small", *nodes, Interactions(user, item, np.ones(7, np.float32)))
    return data, Truth.of(data, np.arange(4, 7), np.arange(4), np.arange(4))


def judged(source: object, *how: str, text: bool = False, columns: dict[str, str] | None = None) -> Gathered:
    return gather(listing(source, *how, columns=columns), *world(text), 3)


def items(found: Gathered) -> list[list[int]]:
    return [[i for i in row if i >= 0] for row in found.ranking.items.tolist()]


GOOD = "user,item,score\n1,500,0.9\n1,200,0.8\n2,300,1\n2,500,0.5\n3,100,7\n"


QUOTED = 'title,user,item,score\n"a, ""b""\nc",1,500,0.9\nx,1,200,.8\nx,2,300,1e0\nx,2,500,0.5\n,3,100,7\n'
TREC = "1 Q0 500 1 0.9 t\n1\tQ0  200 2 0.8 t\n\n2 Q0 500 1 0.5 t \n2 Q0 300 2 1 t\n 3 Q0 100 1 7 t"
NO_NUMBERS = ["nan", "NaN", "inf", "-Infinity", "1e400", "", " ", "x", "1,5", "0x1", "--1", "1_0"]


@pytest.fixture
def put(tmp_path: Path):
    def put(text: str | bytes, name: str = "list.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path

    return put


def test_a_plain_file(put) -> None:
    found = judged(put(GOOD))
    assert items(found) == [[4, 1], [2, 4], []]
    assert found.oddities.lines() == [
        "1 has rows, but none that counts: each counts 0",
        "1 row of items that the user had before: masked",
        "2 users have fewer than 3 items, more than none",
    ]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (GOOD.replace("\n", "\r\n"), "list.csv"),
        ("\ufeff" + GOOD, "list.csv"),
        (GOOD.replace("score\n", "score\n\n"), "list.csv"),
        (GOOD.replace(",", "\t"), "list.tsv"),
        (GOOD.replace("1,500", '"1","500"'), "list.csv"),
        (QUOTED, "list.csv"),
        (GOOD.replace("user,item", "user_id,item_id"), "list.csv"),
        (GOOD.strip(), "list.csv"),
        (TREC, "list.run"),
    ],
)  # fmt: skip
def test_ways_to_write_the_same(put, text: str, name: str) -> None:
    assert items(judged(put(text, name))) == [[4, 1], [2, 4], []]


def test_names_positions_and_ranks(put) -> None:
    renamed = put(GOOD.replace("user,item,score", "u,i,s"), "renamed.csv")
    assert items(judged(renamed, columns={"user": "u", "item": "i", "score": "s"})) == [[4, 1], [2, 4], []]
    bare = put(GOOD.partition("\n")[2], "bare.csv")
    assert items(judged(bare, columns={"user": "1", "item": "2", "score": "3"})) == [[4, 1], [2, 4], []]
    ranks = put("rank,user,item\n2,1,200\n1,1,500\n10,1,300\n", "ranks.csv")
    assert items(judged(ranks))[0] == [4, 1, 2]
    assert items(judged(bare, columns={"user": "1", "item": "2", "rank": "3"}))[1] == [4, 2]


def test_frames_of_others() -> None:
    columns = {"user": [1, 1, 2, 2], "item": [500, 200, 300, 500], "score": [0.9, 0.8, 1.0, 0.5]}
    for frame in (columns, pl.DataFrame(columns), pl.LazyFrame(columns), pd.DataFrame(columns)):
        assert items(judged(frame)) == [[4, 1], [2, 4], []]
    words = pd.DataFrame(columns).astype({"user": str, "item": "category"})
    assert items(judged(words, text=True))[0] == [4, 1]


def test_ids_of_either_type_fit_either_data(put) -> None:
    assert items(judged(put(GOOD), text=True))[0] == [4, 1]
    frame = pl.DataFrame({"user": ["1", "01", "+1"], "item": ["500"] * 3, "score": [1.0] * 3})
    found = judged(frame)
    assert items(found)[0] == [4]
    assert found.oddities.user_examples == ("01", "+1")


def test_huge_numbers_are_strangers_not_somebody(put) -> None:
    huge = f"{2**64 + 1},500,1\n1,{'9' * 400},1\n-{2**63},500,1\n1,500,1\n"
    found = judged(put("user,item,score\n" + huge)).oddities
    assert (found.unknown_user, found.unknown_item, found.ranked) == (2, 1, 1)
    frame = pl.DataFrame(
        {"user": pl.Series([2**64 - 1, 1], dtype=pl.UInt64), "item": [500, 500], "score": [1, 2]}
    )
    assert judged(frame).oddities.unknown_user == 1


@pytest.mark.parametrize(
    "score", ["nan", "NaN", "inf", "-Infinity", "1e400", "", " ", "x", "1,5", "0x1", "--1", "1_0"]
)
@pytest.mark.parametrize("name", ["list.tsv", "list.jsonl", "list.trec", "list.parquet"])
def test_a_score_that_is_no_number_has_a_place(put, tmp_path: Path, score: str, name: str) -> None:
    rows = [("1", "500", "0.5"), ("2", "500", score), ("3", "200", "1")]
    if name.endswith("tsv"):
        path = put("".join("\t".join(r) + "\n" for r in [("user", "item", "score"), *rows]), name)
    elif name.endswith("jsonl"):
        path = put("".join(f'{{"user": "{u}", "item": {i}, "score": "{s}"}}\n' for u, i, s in rows), name)
    elif name.endswith("trec"):
        path = put("".join(f"{u} Q0 {i} 1 {s} tag\n" for u, i, s in rows), name)
    else:
        path = tmp_path / name
        pl.DataFrame(rows, schema=["user", "item", "score"], orient="row").write_parquet(path)
    line = 3 if name.endswith("tsv") else 2
    with pytest.raises(DataError, match=rf"1 bad row, of 3[\s\S]*{name}:{line}: ") as caught:
        judged(path)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("score", [float("nan"), float("inf"), None])
def test_a_number_that_is_none(score: float | None) -> None:
    with pytest.raises(DataError, match=r"2: (score '(nan|inf)' is not a finite number|no score)"):
        judged(pl.DataFrame({"user": [1, 2], "item": [500, 500], "score": [1.0, score]}))


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        ("", "a.csv", "the file is empty"),
        ("user,item,score\n", "a.csv", "the ranking has no rows"),
        ("\n\n", "a.jsonl", "no JSON object"),
        ("user,item\n1,2\n", "a.csv", "no column score or rank"),
        ("user,item,user,score\n1,2,3,4\n", "a.csv", "'user' twice"),
        ("u,i,s\n1,2,3\n", "a.csv", "no column user"),
        ("user,item,score\n1,500\n", "a.csv", "a.csv:2: 2 fields where 3 were expected"),
        ("user,item,score\n1,500,1,1\n", "a.csv", "a.csv:2: 4 fields where 3 were expected"),
        ("user,item,score\n,500,1\n2,,1\n", "a.csv", "a.csv:2: no user"),
        ('user,item,score\n1,500,1\n1,"500,1\n2,500,1\n', "a.csv", "a.csv:3: a quote is never closed"),
        ('user,score,item\n1,1,500\n1,1,"200\n2,1,500\n', "a.csv", "a.csv:3: a quote is never closed"),
        (b"user,item,score\n1,500,1\n1,\xff,1\n", "a.csv", "a.csv:3: byte 0xFF"),
        (b"user,item,score\n1,5\0,1\n1,500,1\n", "a.csv", "NUL"),
        ("user,item,score\n1,500,1\n".encode("utf-16"), "a.csv", "UTF-16"),
        ('{"user": 1, "item": 500, "score": 1}\nnonsense\n', "a.jsonl", "a.jsonl:2: not JSON"),
        ('{"user": 1, "item": 500, "score": 1}\n{"user": 1}\n', "a.jsonl", "a.jsonl:2: no item"),
        ("[1, 2]\n", "a.jsonl", "no JSON object"),
        ("1 500 0.5\n", "a.trec", "no column 5; the rows have 3"),
        ("PAR1nonsense", "a.parquet", "can't be read as Parquet"),
        (GOOD, "a.parquet", "can't be read as Parquet"),
        (GOOD, "a.txt", "the format can't be told"),
    ],
)  # fmt: skip
def test_what_is_no_ranking(put, text: str | bytes, name: str, said: str) -> None:
    with pytest.raises(RecboxError, match=said):
        judged(put(text, name))


def test_places_and_formats_that_are_none(put, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        judged(tmp_path / "nowhere.csv")
    with pytest.raises(DataError, match="a folder"):
        judged(tmp_path)
    with pytest.raises(OptionError, match="did you mean 'parquet'"):
        judged(put(GOOD), "parqet")
    for columns in ({"usr": "u"}, {"user": ""}, {"score": "a", "rank": "b"}, {"user": "1"}):
        with pytest.raises(RecboxError):
            judged(put(GOOD), columns=columns)
    for frame in (3, [1, 2], None, {"user": [1], "item": [1, 2], "score": [1]}):
        with pytest.raises(RecboxError):
            judged(frame)


@pytest.mark.parametrize(
    ("user", "advice"),
    [
        ([1.0, 2.0], "ids are whole numbers or text"),
        (["1.0", "2.0"], "decimals"),
        ([" 1", "2 "], "white space"),
        (["01", "02"], "leading zeros"),
        ([100, 200], "swapped"),
        (["ann", "bob"], "whole numbers, not another tool's inner ones"),
        ([[1], [2]], "ids are whole numbers or text"),
        ([True, False], "ids are whole numbers or text"),
    ],
)
def test_a_ranking_that_fits_nothing_gets_advice(user: list[object], advice: str) -> None:
    item = [1, 2] if user == [100, 200] else [500, 200]
    with pytest.raises(DataError, match=advice):
        judged(pl.DataFrame({"user": user, "item": item, "score": [1.0, 2.0]}))


def test_items_that_fit_nothing() -> None:
    with pytest.raises(DataError, match=r"knows no item .*[\s\S]*'7', '8'; the data's are such as '100'"):
        judged(pl.DataFrame({"user": [1, 2], "item": [7, 8], "score": [1.0, 2.0]}))


def test_damaged_parquet_is_an_error_or_the_same(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    n = 400
    draw = random.Random(0)
    pl.DataFrame(
        {
            "user": [draw.choice(USERS) for _ in range(n)],
            "item": [str(draw.choice(ITEMS)) for _ in range(n)],
            "score": [draw.random() for _ in range(n)],
        }
    ).write_parquet(path)
    whole, refused = path.read_bytes(), 0
    for _ in range(150):
        raw = bytearray(whole)
        if draw.random() < 0.3:
            raw = raw[: draw.randrange(len(raw))]
        else:
            for _ in range(draw.randint(1, 4)):
                raw[draw.randrange(len(raw))] = draw.randrange(256)
        path.write_bytes(raw)
        try:
            judged(path)
        except RecboxError as error:
            refused += 1
            assert len(str(error)) < 900
    assert refused > 50
