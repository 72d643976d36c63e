"""Ids that may not be what they seem are told; files that can't lead to a recipe say why."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest

import recbox
from recbox.errors import DataError


def told_of(folder: Path, users: list[str]) -> tuple[str, ...]:
    draw = random.Random(0)
    rows = [f"{draw.choice(users)},i{draw.randrange(50)}" for _ in range(900)]
    (folder / "log.csv").write_text("user,item\n" + "\n".join(rows) + "\n")
    return recbox.sketch(folder / "log.csv", out=folder / "log.yaml").counts.doubtful


@pytest.mark.parametrize(
    ("users", "told"),
    [
        ([f"u{n}" for n in range(40)], ()),
        ([*(f"u{n}" for n in range(40)), "NULL"], ("'NULL' has 3.4%",)),
        (["7", "007", *(f"{n}" for n in range(100, 140))], ("'007' and '7' are two users: ",)),
        (["a", " a ", "b", "b ", *(f"c{n}" for n in range(40))],
         ("' a ' and 'a' are two users, and 1 more like these: ",)),
        ([str(n) for n in range(40)], ()),
    ],
)  # fmt: skip
def test_ids_that_may_be_others(tmp_path: Path, users: list[str], told: tuple[str, ...]) -> None:
    found = told_of(tmp_path, users)
    assert len(found) == len(told) and all(one.startswith(said) for one, said in zip(found, told))


@pytest.mark.parametrize(
    ("head", "row", "said"),
    [
        ("user,item", lambda n: f"me,{n}", "one user alone: 'user' is 'me'"),
        ("user,item", lambda n: f"u{n},{n % 7}", "no user has more than one interaction"),
        ("user,items", lambda n: f"u{n % 9},a{n % 5}|b{n % 7}|c{n % 3}", "'items' holds several items"),
        ("product,price", lambda n: f"p{n % 8},{n}.5", "no column can be the user's id"),
        ('user,"item\nname"', lambda n: f"u{n % 8},i{n % 9}", r"the name 'item\nname' is too long, or"),
        ("user,item", None, "a header and no rows"),
    ],
)
def test_files_of_no_use_say_why(
    tmp_path: Path, head: str, row: Callable[[int], str] | None, said: str
) -> None:
    lines = [head, *([] if row is None else map(row, range(40)))]
    (tmp_path / "log.csv").write_text("\n".join(lines) + "\n")
    with pytest.raises(DataError) as caught:
        recbox.sketch(tmp_path / "log.csv", out=tmp_path / "log.yaml")
    assert said in f"{caught.value.what}; {caught.value.why}"
    assert not (tmp_path / "log.yaml").exists()


def test_columns_of_objects_are_told(tmp_path: Path) -> None:
    lines = [f'{{"user": {{"id": "u{n % 9}"}}, "item": "i{n % 7}"}}' for n in range(40)]
    (tmp_path / "log.jsonl").write_text("\n".join(lines))
    with pytest.raises(DataError, match="no column can be the") as caught:
        recbox.sketch(tmp_path / "log.jsonl", out=tmp_path / "log.yaml")
    assert "'user' holds objects" in caught.value.why
