"""Edges of the graph between items whose texts are alike, from a recipe to the artifact."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from recbox_text import SentenceTransformer

import recbox
from recbox.errors import RecipeError
from recbox.plugin import Context, Spec
from recbox.recipe import load
from recbox.registry import Registry

MODEL = "package:recbox_text/tiny/sentence-transformer"
READER = {"use": "sentence-transformer", "model": MODEL, "text": "{title}"}
TITLES = ["green tea", "black tea", "white bread", "rye bread", "hard cheese", "soft cheese", "plum jam", ""]
RECIPE = {
    "recbox": 1,
    "name": "shop",
    "dim": 4,
    "data": {
        "source": {
            "use": "table",
            "interaction": [{"path": "clicks.csv"}],
            "item": [{"path": "items.csv", "columns": {"title": {"type": "text", "role": "title"}}}],
        },
        "split": {"by": "user-random"},
    },
    "graph": {
        "edge": [
            "interaction",
            {
                "type": "item-relation",
                "made": "nearest",
                "vectors": READER,
                "neighbours": 1,
                "weight": "value",
            },
        ]
    },
    "layer": [{"use": "lightgcn"}],
    "train": {"epochs": 1},
    "evaluate": {"k": [3], "metric": ["recall"], "select": "recall@3", "baseline": []},
}


def test_items_are_linked_to_those_of_the_nearest_texts(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    clicks = [f"{u},{i}" for u in range(12) for i in range(8) if (u + i) % 3]
    (tmp_path / "clicks.csv").write_text("\n".join(["user,item", *clicks]) + "\n")
    items = [f"{i},{title}" for i, title in enumerate(TITLES)]
    (tmp_path / "items.csv").write_text("\n".join(["id,title", *items]) + "\n")
    outcome = recbox.run(RECIPE, threads=1, data_dir=[tmp_path])
    fitted = recbox.load(outcome.folder)
    own = SentenceTransformer.parse({key: value for key, value in READER.items() if key != "use"})
    x = own.vectors(Spec("item", 8, 0, 0, fitted.dataset, None, Context()))
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    cosine = (x @ x.T).astype(np.float64)
    np.fill_diagonal(cosine, -1)
    best = cosine.argmax(1)
    expected = {(i, int(j)) for i, j in enumerate(best)} | {(int(j), i) for i, j in enumerate(best)}
    arrays = fitted.artifact.tensors("graph")
    indptr, indices = arrays["1.item-relation.indptr"], arrays["1.item-relation.indices"] - 12
    row = np.repeat(np.arange(len(indptr) - 1), np.diff(indptr)) - 12
    assert set(zip(row.tolist(), indices.tolist())) == expected
    assert arrays["1.item-relation.weight"] == pytest.approx(cosine[row, indices], abs=2e-6)


@pytest.mark.parametrize(
    "change", [{"train": "last"}, {"text": None, "history": "{title}", "history_by": "mean"}]
)
def test_vectors_that_learn_or_are_averaged_are_refused(tmp_path: Path, change) -> None:
    reader = {key: value for key, value in {**READER, **change}.items() if value is not None}
    edge = {"type": "item-relation", "made": "nearest", "vectors": reader}
    with pytest.raises(RecipeError, match="has no vectors before it has learned"):
        load({**RECIPE, "graph": {"edge": [edge]}}, registry=Registry(), context=Context())
