"""Closed forms in recipes: beside an encoder that reads texts, as a recipe's own model, and in artifacts."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import recbox
from recbox.context import Context
from recbox.recipe import load
from recbox.registry import Registry

TEXT = {"use": "bert", "model": "package:recbox_text/tiny/bert", "text": "{title}. {genre}"}
GRAPH: dict[str, Any] = {
    "recbox": 1,
    "name": "graph",
    "data": {"source": {"use": "movielens-100k"}},
    "encoder": {"item": {"fuse": "sum", "part": [{"use": "id"}, TEXT | {"projection": "mlp"}]}},
    "layer": [{"use": "lightgcn"}],
}
ITEMS = """id,title,kind
a,red film,x
b,blue film,x
c,red drama,y
d,blue drama,y
e,red film,y
f,drama,x
"""


def baselines(**change: Any) -> list[Any]:
    recipe = load(GRAPH | change, registry=Registry(), context=Context())
    assert load(recipe.resolved, registry=Registry(), context=Context()).resolved == recipe.resolved
    return recipe.resolved["evaluate"]["baseline"]


def test_a_recipe_that_reads_texts_has_closed_forms_beside_it() -> None:
    """With what its encoder reads, and not with how that learns."""
    own = [{"use": f"recbox-text:{name}", "encoder": TEXT} for name in ("ease-text", "cold-align")]
    assert baselines() == ["popularity", "item-knn", "ease", *own]
    assert baselines(evaluate={"candidate": "cold"}) == ["random", "popularity", "item-knn", "ease", *own]


@pytest.mark.parametrize(
    "change",
    [
        {"evaluate": {"baseline": ["ease"]}},
        {"evaluate": {"by": "pairs", "metric": ["rmse"]}, "objective": [{"use": "mse"}]},
        {"encoder": {"item": TEXT | {"text": None, "history": "{occupation}"}}},
        {"encoder": {"user": TEXT | {"text": "{occupation}"}}},
        {"encoder": {"item": {"use": "id"}}},
    ],
)
def test_no_others_do(change: dict[str, Any]) -> None:
    said = [one if isinstance(one, str) else one["use"] for one in baselines(**change)]
    assert not {"recbox-text:ease-text", "recbox-text:cold-align"} & set(said)


@pytest.mark.parametrize("name", ["ease-text", "cold-align", "text-knn"])
def test_the_readme_names_every_model_and_option(name: str) -> None:
    text = (Path(__file__).resolve().parents[1] / "README.md").read_text()
    fields = Registry().load("model", name).model_fields
    assert [f for f in (name, *fields) if f"`{f}`" not in text] == []


def check(folder: Path, text: str) -> str:
    recipe = folder / "wrong.yaml"
    recipe.write_text(text)
    command = [sys.executable, "-m", "recbox", "check", str(recipe)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2
    return done.stderr


def test_a_column_that_is_not_there_is_said_before_anything_is_read(tmp_path: Path) -> None:
    """Of the model, and of a baseline that the recipe names; once where the encoder brings the baseline."""
    part = 'encoder: {use: bert, model: m, text: "{titel}"}'
    begin = "recbox: 1\ndata: {source: {use: movielens-100k}}\n"
    found = check(
        tmp_path,
        f"{begin}model: {{use: ease-text, {part}}}\nevaluate:\n  baseline: [{{use: cold-align, {part}}}]\n",
    )
    assert "wrong.yaml:3:" in found
    assert "wrong.yaml:5:" in found
    assert found.count("no column 'titel' for items") == 2
    found = check(tmp_path, f'{begin}encoder: {{item: {{use: bert, model: m, text: "{{titel}}"}}}}\n')
    assert found.count("no column 'titel' for items") == 1


@pytest.mark.parametrize("use", ["cold-align", "ease-text", "text-knn"])
def test_an_artifact_scores_new_items_by_their_texts(use: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [f"{u},{'abcdef'[i]}" for u in range(20) for i in rng.choice(6, 4, replace=False)]
    (tmp_path / "x.csv").write_text("user,item\n" + "\n".join(rows) + "\n")
    (tmp_path / "items.csv").write_text(ITEMS)
    columns = {"title": {"type": "text", "role": "title"}, "kind": {"type": "categorical"}}
    recipe = {
        "recbox": 1,
        "name": use,
        "data": {
            "source": {
                "use": "table",
                "interaction": [{"path": str(tmp_path / "x.csv")}],
                "item": [{"path": str(tmp_path / "items.csv"), "columns": columns}],
            },
            "split": {"by": "user-random", "valid": 0, "test": 0.25},
        },
        "model": {"use": use, "encoder": TEXT | {"text": "{title}, {kind}"}},
        "evaluate": {"k": [2], "metric": ["recall", "ndcg"], "baseline": []},
    }
    outcome = recbox.run(recipe, out=tmp_path / "run", threads=1)
    fitted = recbox.load(outcome.folder)
    wider = fitted.with_items(pl.DataFrame({"id": ["new"], "title": ["red film"], "kind": ["x"]}))
    lists = wider.recommend(history=["a", "b"], k=5)
    assert lists.height == 5
    assert "new" in lists["item"].to_list()
