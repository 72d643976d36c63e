"""Knowledge in recipes: what fits, and what is told before any data is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import expect, read_text

HEAD = "recbox: 1\ndata: {source: {use: movielens-100k, knowledge: true}}\nlayer: [{use: lightgcn}]\n"
PLAIN = HEAD.replace(", knowledge: true", "")
KNOWN = HEAD + "graph: {edge: [interaction, knowledge]}\n"

MISFITS = [
    (
        PLAIN + "graph: {edge: [interaction, §knowledge]}\n",
        "100k has no edges of type `knowledge`; it has interaction / `knowledge: true` at the source",
    ),
    (
        PLAIN.replace(
            "{use: movielens-100k}", "{use: table, interaction: [{path: x.csv, columns: {time: t}}]}"
        )
        + "graph: {edge: [interaction, §knowledge]}\n",
        "table has no edges of type `knowledge`; it has interaction / `knowledge:` at the source, which says",
    ),
    (
        PLAIN.replace("movielens-100k", "movielens-1m") + "graph: {edge: [interaction, §knowledge]}\n",
        "movielens-1m has no edges of type `knowledge`; it has interaction / remove it",
    ),
    (
        HEAD + "encoder: {§entity: {use: id}}\n",
        "no entities, which edges of type `knowledge` bring",
    ),
    (KNOWN + "encoder: {entity: {use: §feature}}\n", "entities have no columns, and 'feature' needs some"),
    (
        KNOWN + "encoder: {entity: §{fuse: concat, part: [{use: id}, {use: id}]}}\n",
        "users get vectors of 64 numbers and entities of 128",
    ),
    (HEAD + "graph: {edge: [{type: knowledge, by: §x}]}\n", "there is one knowledge graph / relation: [NAME"),
    (HEAD + "graph: {edge: [{type: knowledge, weight: §value}]}\n", "triples have no weights / weight: none"),
    (
        HEAD + "graph: {edge: [{type: knowledge, recency: §{by: order}}]}\n",
        "`recency` is for interactions",
    ),
    (HEAD + "graph: {edge: [{relation: §[a]}]}\n", "`relation` names relations of a knowledge graph"),
    (HEAD + "graph: {edge: [{type: knowledge, relation: [a, §a]}]}\n", "the relation `a` stands twice"),
    (HEAD + "graph: {edge: [{type: knowledge, relation: [a, §'']}]}\n", ""),
    (HEAD + "graph: {edge: [knowledge, §{type: knowledge, relation: [a]}]}\n", "`knowledge` stands twice"),
]


@pytest.mark.parametrize(("marked", "said"), MISFITS)
def test_a_misfit_is_a_mistake_in_its_place(tmp_path: Path, marked: str, said: str) -> None:
    expect(tmp_path, marked, said)


def test_entities_have_ids_where_there_is_knowledge(tmp_path: Path) -> None:
    recipe = read_text(tmp_path, KNOWN)
    assert list(recipe.encoder) == ["user", "item", "entity"]
    assert [part.label for part in recipe.encoder["entity"].part] == ["id"]
    assert list(read_text(tmp_path, HEAD).encoder) == ["user", "item"]


def test_the_resolved_recipe_reads_as_the_same(tmp_path: Path) -> None:
    from recbox.recipe.dumping import dump

    text = HEAD + "graph: {edge: [interaction, {type: knowledge, relation: [b, a], scale: 0.5}]}\n"
    recipe = read_text(tmp_path, text)
    assert recipe.edge[1].relation == ("b", "a")
    assert read_text(tmp_path, dump(recipe.resolved)).resolved == recipe.resolved


def test_a_graph_of_which_not_all_is_read_says_nothing_of_entities(tmp_path: Path) -> None:
    expect(tmp_path, HEAD + "graph: {edge: [§knowlege]}\nencoder: {entity: {use: id}}\n", "")


def test_recbole_has_knowledge_where_it_is_asked(tmp_path: Path) -> None:
    folder = tmp_path / "toy"
    folder.mkdir()
    for kind, header in (("inter", "user_id:token\titem_id:token"), ("kg", ""), ("link", "")):
        (folder / f"toy.{kind}").write_text(header + "\n")
    source = f"{{use: recbole, folder: {folder}"
    data = f"recbox: 1\nlayer: [{{use: gcn}}]\ndata: {{split: {{by: user-random}}, source: {source}"
    graph = "graph: {edge: [interaction, §knowledge]}\n"
    said = "recbole has no edges of type `knowledge`; it has interaction / `knowledge: true` at the source"
    expect(tmp_path, data + "}}\n" + graph, said)
    read_text(tmp_path, data + ", knowledge: true}}\n" + graph.replace("§", ""))
