"""New users whose history tells a method nothing: refused by name, where all their scores are equal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import recbox
from recbox.api.load import Fitted
from recbox.errors import UnsupportedError

NAMES = [f"i{i:02}" for i in range(12)]


def fitted(folder: Path, **method: Any) -> Fitted:
    """Items are held out whole, so that some known ones have no training interaction."""
    rows = [f"u{u},{NAMES[(u * 5 + n) % 12]}" for u in range(20) for n in range(5)]
    (folder / "x.csv").write_text("\n".join(["user,item", *rows]) + "\n")
    (folder / "items.csv").write_text("id,kind\n" + "".join(f"{name},{name[-1]}\n" for name in NAMES))
    item = [{"path": "items.csv", "columns": {"kind": {}}}]
    recipe = {
        "recbox": 1,
        "data": {
            "source": {"use": "table", "interaction": [{"path": "x.csv"}], "item": item},
            "split": {"by": "cold-item", "valid": 0.1, "test": 0.2},
        },
        "evaluate": {"k": [3], "select": "ndcg@3", "baseline": []},
    }
    return recbox.load(recbox.run(recipe | method, threads=1, data_dir=[folder], out=folder / "out").folder)


def graph(norm: str = "sym") -> dict[str, Any]:
    return {
        "dim": 4,
        "encoder": {"user": {"use": "id"}, "item": {"use": "feature"}},
        "layer": [{"use": "lightgcn", "norm": norm, "repeat": 2}],
        "train": {"epochs": 1},
    }


def parted(found: Fitted) -> tuple[list[str], list[str]]:
    """The items that somebody has in training, and the others."""
    data, split = found.dataset, found.artifact.split
    ids = data.item.ids.to_list()
    taken = {ids[i] for i in data.interaction.item[split.train]}
    return [name for name in ids if name in taken], [name for name in ids if name not in taken]


@pytest.mark.parametrize("method", [graph(), {"model": {"use": "ease"}}], ids=["lightgcn", "ease"])
def test_a_history_of_items_that_nobody_has_is_refused_by_name(tmp_path: Path, method: Any) -> None:
    found = fitted(tmp_path, **method)
    warm, cold = parted(found)
    assert warm and cold
    histories = {"kim": cold[:1], "lou": [warm[0], cold[0]], "max": cold}
    with pytest.raises(UnsupportedError, match="nothing is known of 'kim', 'max' that") as caught:
        found.recommend(history=histories, k=3)
    assert "nobody has any item of theirs in training" in caught.value.why
    assert found.recommend(history={"lou": histories["lou"]}, k=3).height == 3


def test_where_such_a_history_says_something_there_is_a_list(tmp_path: Path) -> None:
    """Under `row` an edge doesn't weigh by the item's degree."""
    found = fitted(tmp_path, **graph("row"))
    assert found.recommend(history=parted(found)[1][:1], k=3)["score"].n_unique() > 1
