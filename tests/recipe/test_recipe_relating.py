"""Relations of the graph that are made: what doesn't fit is told in its place, before any data is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import BASE, expect, read, read_text

from recbox.recipe import dump, relating

TOGETHER = "{type: item-relation, made: co-occurrence}"
FILES = "recbox: 1\ndata: {source: {use: files, interaction: [{path: a}]}}\nlayer: [{use: hop}]\n"


def near(rest: str, type: str = "item") -> str:
    return BASE + f"graph: {{edge: [interaction, {{type: {type}-relation, made: nearest{rest}}}]}}\n"


def one(edge: str) -> str:
    return BASE + f"graph: {{edge: [{edge}]}}\n"


CASES = [
    (one("{made: §co-occurrence}"), "`made` is for relations; the data gives edges"),
    (one("{neighbours: §10}"), "is for `made: co-occurrence` and `made: nearest`; `interaction`"),
    (one("{type: interaction, columns: §[genre]}"), "`columns` is for `made: nearest`; `interaction`"),
    (one("{type: item-relation, made: co-occurrence, columns: §[genre]}"),
     "`columns` is for `made: nearest`; `item-relation.co-occurrence` would not use it / remove it"),
    (one("{type: item-relation, made: co-occurrence, find: §exact}"), "`find` is for `made: nearest`"),
    (near(", similarity: §cosine"), "`similarity` is for `made: co-occurrence`"),
    (near(", neighbours: §0"), "`neighbours` must be at least 1"),
    (near(", colums: [genre]").replace("colums", "§colums"), "did you mean 'columns'"),
    (near("").replace("nearest", "§nearst"), "did you mean 'nearest'"),
    (near(", columns: [§gener]"), "ratings has no column 'gener' for items / did you mean 'genre'?"),
    (near(", columns: [genre, §age]"), "no column 'age' for items"),
    (near(", columns: [§year]", "user"), "no column 'year' for users"),
    (near(", recency: §{by: order}"), "`recency` is for interactions"),
    (one(f"{TOGETHER}, §{TOGETHER}"), "`item-relation.co-occurrence` stands twice"),
    (near(", columns: [genre], vectors: §{use: marks}"), "by `columns` or by `vectors`, not by both"),
    (near(", vectors: {use: §id}"), "the encoder 'id' has no vectors before it has learned"),
    (near(", vectors: {use: §mrks}"), "did you mean 'marks'"),
    (near(", vectors: {use: marks, column: §yaer}"), "no column 'yaer' for items / did you mean 'year'?"),
    (near(", vectors: {use: marks, §colum: year}"), "did you mean 'column'"),
    (near(", vectors: {use: §faulty-marks}"), "can't tell its given vectors: RuntimeError"),
    (one("{type: item-relation, made: co-occurrence, vectors: §{use: marks}}"), "`vectors` is for"),
    ("recbox: 1\ndata: {source: {use: plain}, split: {by: given}}\nlayer: [{use: hop}]\n"
     "graph: {edge: [§{type: item-relation, made: nearest}]}\n",
     "plain has no column of items to compare (categorical, multi, numeric) / made: co-occurrence"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "said"), CASES)
def test_a_misfit_is_a_mistake_in_its_place(tmp_path: Path, marked: str, said: str) -> None:
    expect(tmp_path, marked, said)


def test_a_text_is_compared_by_vectors(tmp_path: Path) -> None:
    text = (
        "recbox: 1\ndata: {source: {use: table, interaction: [{path: a.csv}], "
        "item: [{path: b.csv, columns: {title: {type: text}}}]}, split: {by: user-random}}\n"
        "layer: [{use: hop}]\n"
        "graph: {edge: [{type: item-relation, made: nearest, columns: [§title]}]}\n"
    )
    expect(tmp_path, text, "'title' of table is text, and `columns` compares categories and numbers")


def test_faiss_that_is_asked_for_must_be_there(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(relating, "find_spec", lambda name: None)
    expect(tmp_path, near(", find: §faiss"), "needs the package faiss / pip install 'recbox-graph[faiss]'")
    read_text(tmp_path, near(", find: auto"))


@pytest.mark.parametrize(
    "text",
    [
        near(""),
        near(", columns: [genre, year], neighbours: 3, weight: value, scale: 0.1, find: exact"),
        near("", "user"),
        near(", vectors: {use: marks, column: year}"),
        one(f"interaction, {TOGETHER}, {TOGETHER[:-1]}, by: often, similarity: count}}"),
        one("{type: user-relation, made: co-occurrence}"),
        FILES + "graph: {edge: [{type: item-relation, made: nearest, columns: [anything]}]}\n",
    ],
)
def test_what_fits_passes_and_is_written_as_it_is_read(tmp_path: Path, text: str) -> None:
    recipe = read_text(tmp_path, text)
    again = read_text(tmp_path, dump(recipe.resolved))
    assert again.edge == recipe.edge and again.resolved == recipe.resolved
    assert again.vectors == recipe.vectors
    assert read(recipe.resolved).edge == recipe.edge


def test_what_the_graph_calls_them(tmp_path: Path) -> None:
    edges = f"interaction, {TOGETHER}, {{type: item-relation, made: nearest, by: year, columns: [year]}}"
    recipe = read_text(tmp_path, one(edges))
    assert [e.key for e in recipe.edge] == [
        "interaction",
        "item-relation.co-occurrence",
        "item-relation.year",
    ]
    plain = recipe.resolved["graph"]["edge"]
    assert "neighbours" not in plain[0] and "made" not in plain[0]
    assert plain[1]["neighbours"] == 10 and "columns" not in plain[1]


def test_an_encoder_of_vectors_is_a_part_of_the_recipe(tmp_path: Path) -> None:
    recipe = read_text(tmp_path, near(", vectors: {use: marks}"))
    (part,) = recipe.vectors.values()
    assert part in recipe.parts() and part.options.column == "genre"
    assert recipe.edge[1].vectors == {"use": "marks", "column": "genre"}
