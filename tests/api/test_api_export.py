"""A split as files: read again, it is the same split."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from recbox.api.exporting import FORMATS, export
from recbox.api.ground import Ground, ground_of
from recbox.errors import OptionError

RECIPE: dict[str, Any] = {
    "recbox": 1,
    "name": "exported",
    "data": {
        "source": {"use": "synthetic", "users": 40, "items": 30, "interactions": 500},
        "split": {"by": "user-random"},
    },
    "model": {"use": "popularity"},
}


@pytest.fixture(scope="module")
def ground() -> Ground:
    return ground_of(RECIPE, threads=1)


def again(source: dict[str, Any]) -> Ground:
    """A recipe that takes the parts as they are given."""
    return ground_of({**RECIPE, "data": {"source": source, "split": {"by": "given"}}}, threads=1)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_what_is_read_again_is_the_same_split(ground: Ground, form: str, tmp_path: Path) -> None:
    files = export(ground, tmp_path / "split", form)
    assert sorted(p.name for p in (tmp_path / "split").iterdir()) == sorted(f"{p}.{form}" for p in files)
    columns = {"time": "time", "weight": "weight"}
    back = again(
        {
            "use": "table",
            "interaction": [{"path": str(f), "part": p, "columns": columns} for p, f in files.items()],
        }
    )
    assert back.split.fingerprint == ground.split.fingerprint
    assert back.dataset.user.ids.equals(ground.dataset.user.ids, check_names=False)


def test_files_for_recbole_have_its_names_and_headers(ground: Ground, tmp_path: Path) -> None:
    files = export(ground, tmp_path / "mine", "recbole")
    assert sorted(f.name for f in files.values()) == [
        "mine.test.inter",
        "mine.train.inter",
        "mine.valid.inter",
    ]
    columns = {"user": "user_id:token", "item": "item_id:token", "weight": "rating:float"}
    columns |= {"time": "timestamp:float"}
    source = {
        "use": "table",
        "interaction": [
            {"path": str(f), "part": p, "format": "tsv", "columns": columns} for p, f in files.items()
        ],
    }
    assert again(source).split.fingerprint == ground.split.fingerprint


@pytest.mark.parametrize("form", FORMATS)
def test_a_folder_that_holds_something_is_left_alone(ground: Ground, form: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("mine")
    with pytest.raises(OptionError, match="isn't empty"):
        export(ground, tmp_path, form)
    with pytest.raises(OptionError, match="can't write the split"):
        export(ground, tmp_path / "x", form)
    assert (tmp_path / "x").read_text() == "mine"


def test_ids_that_recboles_files_cannot_hold(tmp_path: Path) -> None:
    pl.DataFrame({"user": ["a\tb", "a\tb", "c", "c"], "item": ["x", "y", "x", "y"]}).write_parquet(
        tmp_path / "odd.parquet"
    )
    source = {"use": "table", "interaction": [{"path": str(tmp_path / "odd.parquet")}]}
    recipe = {**RECIPE, "data": {"source": source, "split": {"by": "user-random", "test": 0.5, "valid": 0}}}
    ground = ground_of(recipe, threads=1)
    with pytest.raises(OptionError, match="holds a tab"):
        export(ground, tmp_path / "odd", "recbole")
    assert export(ground, tmp_path / "fine")["train"].exists()


def test_an_unknown_format(ground: Ground, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="did you mean 'parquet'"):
        export(ground, tmp_path / "new", "parket")
    assert not (tmp_path / "new").exists()
