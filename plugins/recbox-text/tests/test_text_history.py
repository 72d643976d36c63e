"""The text of what a node has: of known nodes, and of new ones with the same history."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import text_made
import torch
from recbox_text import GPT, Bert, SentenceTransformer

import recbox
from recbox.plugin import History

ITEMS = {"title": ["a film", "drama", "comedy of a user", None], "genre": [["a"], ["b"], None, ["a"]]}
ROWS = [(0, 1, 3), (0, 0, 9), (0, 2, 5), (1, 3, 1), (1, 2, 2), (2, 0, 4)]
"""user, item, time: the newest first, 0 2 1, then 2 3, then 0, then nothing."""

RECIPE = """
recbox: 1
name: shop
dim: 8
data:
  source:
    use: table
    interaction: [{{path: clicks.csv, columns: {{time: at}}}}]
    item: [{{path: goods.csv, columns: {{title: {{type: text, role: title}}}}}}]
    user: [{{path: people.csv, columns: {{job: {{type: categorical}}}}}}]
  split: {{by: user-random, valid: 0, test: 0.2}}
encoder:
  user: {user}
  item: {{use: bert, model: {model}, text: "{{title}}"{more}}}
layer: {layer}
train: {{epochs: 2, batch: 16}}
evaluate: {{k: [2], metric: [recall, ndcg], baseline: []}}
"""


def spec(node: str = "user") -> Any:
    return text_made.given(ITEMS, users=4, rows=ROWS, node=node)


@pytest.mark.parametrize(("cls", "name"), [(Bert, "bert"), (GPT, "gpt"), (SentenceTransformer, "dense")])
@pytest.mark.parametrize("options", [{}, {"train": "frozen"}, {"train": "full"}, {"last": 2}])
def test_a_new_user_with_a_known_ones_history_has_its_row(
    cls: Any, name: str, options: dict[str, Any], models: dict[str, Path]
) -> None:
    asked = cls.parse({"model": str(models[name]), "history": "{title}", **options})
    assert (asked.inductive, asked.by_history) == (False, True)
    module = asked.build(spec()).eval()
    every = module(torch.arange(4)).detach()
    history = History(np.array([0, 2, 5, 5, 6]), np.array([2, 3, 0, 2, 1, 0]))
    found = module.fresh(pl.DataFrame({"": [None] * 4}), history)
    torch.testing.assert_close(found, every[[1, 0, 3, 2]], rtol=0, atol=1e-6)


def test_the_order_of_a_history_is_that_of_its_text(models: dict[str, Path], encoded: list[str]) -> None:
    history = History(np.array([0, 3]), np.array([1, 0, 2]))
    asked = Bert.parse({"model": str(models["bert"]), "history": "{title}", "last": 2})
    asked.build(spec()).fresh(pl.DataFrame({"": [None]}), history)
    assert encoded[-1] == "drama; a film"


def test_features_and_a_history_are_read_together(models: dict[str, Path]) -> None:
    asked = Bert.parse({"model": str(models["bert"]), "text": "{id}. {history}", "history": "{title}"})
    assert (asked.inductive, asked.by_history, asked.by_id) == (True, True, True)
    module = asked.build(spec())
    found = module.fresh(pl.DataFrame({"id": ["u1"]}), History(np.array([0, 2]), np.array([2, 3])))
    torch.testing.assert_close(found, module(torch.tensor([1])).detach())


LAYERS = ["[]", "[{use: lightgcn, repeat: 2}]"]
USERS = [
    'use: bert, history: "{title}"',
    'use: bert, history: "{title}", last: 2',
    'use: bert, history: "{title}", text: "{job}. {history}", train: last',
]


@pytest.mark.parametrize("layer", LAYERS)
@pytest.mark.parametrize("user", USERS)
def test_recommend_gives_a_new_user_the_scores_of_a_known_one(
    user: str, layer: str, models: dict[str, Path], tmp_path: Path
) -> None:
    """With the same goods in the same order, and the same job: from the artifact."""
    fitted = shop(tmp_path, f"{{{user}, model: {models['bert']}}}", models["bert"], layer)
    data = fitted.artifact.dataset.take(fitted.artifact.split.train)
    known = fitted.artifact.scorer.block(np.arange(5)).numpy()
    rows, goods = History.of(data, "user").lists(), data.item.ids
    for i, (who, job) in enumerate(zip(data.user.ids, data.user.table["job"])):
        given = [goods[item] for item in rows[i][::-1]]
        lists = fitted.recommend(history=given, features={"job": job}, k=6)
        score = dict(zip(lists["item"], lists["score"]))
        expected = [known[i, goods.to_list().index(item)] for item in score]
        assert list(score.values()) == pytest.approx(expected, abs=1e-5), who


def test_the_order_in_which_a_history_is_given_counts(models: dict[str, Path], tmp_path: Path) -> None:
    fitted = shop(
        tmp_path, f'{{use: bert, model: {models["bert"]}, history: "{{title}}", last: 1}}', models["bert"]
    )
    lists = {order: fitted.recommend(history=list(order), k=6) for order in ("ab", "ba")}
    assert not lists["ab"]["score"].equals(lists["ba"]["score"])
    times = pl.DataFrame({"item": ["a", "b"], "time": [9.0, 3.0]})
    assert fitted.recommend(history=times, k=6).equals(lists["ba"])


def shop(folder: Path, user: str, model: Path, layer: str = "[]", more: str = "") -> Any:
    """Five people and six goods, each person with an order of their own, fitted and loaded."""
    clicks = "\n".join(
        f"p{u},{i},{(7 * n + 3 * u) % 11}" for u in range(5) for n, i in enumerate("abcdef") if (u + n) % 3
    )
    (folder / "clicks.csv").write_text(f"user,item,at\n{clicks}\n")
    titles = ["green tea", "cup", "tea pot", "saw", "nails", "drill"]
    (folder / "goods.csv").write_text("id,title\n" + "".join(f"{i},{t}\n" for i, t in zip("abcdef", titles)))
    (folder / "people.csv").write_text(
        "id,job\n" + "".join(f"p{u},{'cook' if u % 2 else 'smith'}\n" for u in range(5))
    )
    (folder / "shop.yaml").write_text(RECIPE.format(user=user, model=model, layer=layer, more=more))
    recbox.run(folder / "shop.yaml", out=folder / "run", threads=1)
    return recbox.load(folder / "run")
