"""What the model is given of a node: columns, and histories of the training part."""

from __future__ import annotations

from typing import Any

import pytest
import text_made
from pydantic import ValidationError
from recbox_text import GPT, Bert, SentenceTransformer
from recbox_text._texts import texts

from recbox.plugin import DataError, Spec

FILMS = {
    "title": ["Heat", None, "  ", "Alien"],
    "year": [1995.0, 1979.5, None, float("nan")],
    "genre": [["Action", "Crime"], [], None, ["Horror", None, " "]],
}


def said(spec: Spec, **options: Any) -> list[str]:
    return texts(Bert.parse({"model": "m", **options}), spec)


def test_columns_of_each_type() -> None:
    found = said(text_made.given(FILMS), text="{title} ({year}). {genre}")
    assert found == ["Heat (1995). Action, Crime", "(1979.5)", "", "Alien. Horror"]


def test_the_template_says_what_is_needed() -> None:
    assert Bert.parse({"model": "m", "text": "{title} ({year}) {title}"}).needs == {"title", "year"}
    asked = {"model": "m", "text": "{age}: {history}", "history": "{title}"}
    assert Bert.parse(asked).needs == {"age"}
    assert Bert.parse({"model": "m", "history": "{title}"}).needs == frozenset()


def test_a_column_called_history_is_a_column() -> None:
    assert Bert.parse({"model": "m", "text": "{history}"}).needs == {"history"}
    assert said(text_made.given({"history": ["of Rome"]}), text="{history}") == ["of Rome"]


def test_an_unknown_column_is_a_mistake_with_the_nearest_name() -> None:
    with pytest.raises(DataError, match=r"no item column 'titel'\n  try: did you mean 'title'\?"):
        said(text_made.given(FILMS), text="{titel}")
    with pytest.raises(DataError, match=r"no item column 'gener'.*\n.*'genre'"):
        said(text_made.given(FILMS, node="user"), history="{gener}")


ROWS = [(0, 0, 5), (0, 3, 9), (1, 1, 1), (1, 0, 2), (0, 0, 7), (1, 2, 3)]


@pytest.mark.parametrize(
    ("last", "user"), [(20, ["Alien; Heat", "Heat; (1979.5)", ""]), (1, ["Alien", "", ""])]
)
def test_a_users_history_is_the_last_distinct_items_newest_first(last: int, user: list[str]) -> None:
    """User 1 took last what has no text at all."""
    spec = text_made.given(FILMS, users=3, rows=ROWS, node="user")
    history = "{title} ({year})" if last > 1 else "{title}"
    found = said(spec, history=history, last=last)
    assert [text.replace(" (1995)", "") for text in found] == user


def test_without_times_the_order_is_that_of_the_data() -> None:
    from dataclasses import replace

    spec = text_made.given(FILMS, rows=[(0, 3, 9), (0, 0, 1)], node="user")
    timeless = replace(spec.train.interaction, time=None)
    assert said(spec, history="{title}")[0] == "Alien; Heat"
    spec = replace(spec, train=replace(spec.train, interaction=timeless))
    assert said(spec, history="{title}")[0] == "Heat; Alien"


def test_the_text_has_a_place_for_the_history() -> None:
    spec = text_made.given(FILMS, users=2, rows=ROWS[:2], node="user")
    assert said(spec, history="{title}", text="{id}. Films: {history}.") == [
        "u0. Films: Alien; Heat.",
        "u1.",
    ]


def test_an_items_history_is_who_took_it() -> None:
    assert said(text_made.given(FILMS, rows=ROWS), history="{id}") == ["u0; u1", "u1", "u1", "u0"]


def test_held_out_interactions_are_in_no_history(tmp_path: Any) -> None:
    """A whole run: what the encoder is told of is what training is."""
    import recbox_text._encoding as encoding

    import recbox

    seen: list[Spec] = []
    original, encoding.texts = encoding.texts, lambda o, spec: seen.append(spec) or original(o, spec)
    try:
        (tmp_path / "made.yaml").write_text(RECIPE)
        outcome = recbox.run(tmp_path / "made.yaml", out=tmp_path / "run", threads=1)
    finally:
        encoding.texts = original
    fitted = recbox.load(outcome.folder)
    held = len(fitted.artifact.split.test) + len(fitted.artifact.split.valid)
    assert held > 0
    assert {spec.node for spec in seen} == {"user"}
    assert {len(s.train.interaction) for s in seen} <= {
        len(fitted.dataset.interaction) - held,
        len(fitted.dataset.interaction) - len(fitted.artifact.split.test),
    }


RECIPE = """
recbox: 1
name: made
dim: 8
data: {source: {use: synthetic, users: 40, items: 30, interactions: 600}}
encoder:
  user: {use: bert, model: "package:recbox_text/tiny/bert", history: "{id}", last: 3}
train: {epochs: 1, batch: 1024}
evaluate: {k: [10], metric: [recall, ndcg], baseline: [popularity]}
"""

WRONG = [
    ({}, "nothing says what the model reads"),
    ({"text": "{title}", "history": "{title}"}, "no place for the history"),
    ({"text": "{title}", "quantize": "int8", "precision": "bf16"}, "int8 starts from fp32"),
    ({"text": "{title}", "train": "frozen", "projection": "mlp"}, "learns nothing"),
    ({"text": "{title}", "hidden": 8}, "no hidden layer"),
    ({"text": "{title}", "train": "all"}, "'lora' or 'full'"),
    ({"text": "{title}", "last": 0}, "greater than or equal to 1"),
    ({"text": "{title}", "model": ""}, "can't be empty"),
    ({"text": "{title}", "model": "package:no-dash"}, "names no package"),
    ({"text": "{title}", "model": "package:a/../../etc"}, "names no package"),
    ({"text": "{title}", "model": "org/name@main"}, "doesn't pin a revision"),
    ({"text": "{title}", "model": "org/name@v1.0"}, "doesn't pin a revision"),
]


@pytest.mark.parametrize(("options", "said"), WRONG)
@pytest.mark.parametrize("cls", [SentenceTransformer, Bert, GPT])
def test_options_that_make_no_sense_are_mistakes(cls: Any, options: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        cls.parse({"model": "m", **options})
