"""`text-alignment`: six nodes by hand, plain torch, and whose texts are read."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
import ssl_made
import torch
from recbox_ssl._contrast import info_nce
from recbox_ssl._mask import around
from recbox_ssl.text_alignment import TextAlignment
from ssl_made import World

from recbox.contract import laws
from recbox.data.dataset import Interactions, Nodes
from recbox.plugin import Batch, DataError, Dataset, RecboxError

TEXTS = {
    "item": [[3.0, 4.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, -2.0]],
    "user": [[1.0, 1.0, 0.0], [0.0, 1.0, 5.0], [0.0, 2.0, -2.0]],
}
"""Vectors of texts; readers make them of length 1."""


def data() -> Dataset:
    people, things = (Nodes(pl.DataFrame({"id": [0, 1, 2]})) for _ in TEXTS)
    pairs = Interactions(np.array(ssl_made.USER), np.array(ssl_made.ITEM), np.ones(4, np.float32))
    return Dataset("six", people, things, pairs)


@pytest.fixture
def files(tmp_path: Path) -> dict[str, dict[str, str]]:
    """An encoder `vectors` of users and of items."""
    (tmp_path / "ids.txt").write_text("0\n1\n2\n")
    for node, rows in TEXTS.items():
        np.save(tmp_path / f"{node}.npy", np.array(rows, dtype=np.float32))
    ids = str(tmp_path / "ids.txt")
    return {n: {"use": "vectors", "file": str(tmp_path / f"{n}.npy"), "ids": ids} for n in TEXTS}


def unit(node: str) -> torch.Tensor:
    rows = torch.tensor(TEXTS[node], dtype=torch.float64)
    return torch.stack([row / row.norm() for row in rows])


def through(network: Any, x: torch.Tensor) -> torch.Tensor:
    """A network of one hidden layer in float64, row by row; 0.01 is LeakyReLU's slope."""
    w1, b1, w2, b2 = network.parameters()
    hidden = [w1 @ row + b1 for row in x]
    return torch.stack([w2 @ torch.where(h > 0, h, 0.01 * h) + b2 for h in hidden])


@laws(TextAlignment)
def test_laws(check):
    check()


def test_six_nodes_by_hand(files: dict[str, Any], kernel: str) -> None:
    """One layer, `combine: last`; items after it are s·(1, 0), (1/2, s), (-1, 0) with s = 1/√2, their texts
    (0.6, 0.8, 0), (0, 1, 0), (0, 0, -1). The network's hidden layer copies the first two numbers, the second
    layer too: (0.6, 0.8), (0, 1), (0, 0).
    Cosines, τ = 1: of item 0 0.6, 0, 0; of item 1, of length √3/2, (0.3 + 0.8 s)·2/√3, √(2/3), 0; of item 2
    -0.6, 0, 0."""
    vectors = torch.tensor([[1.0, 0], [0, 1], [-1, 0]]).repeat(2, 1)
    world = World(vectors, kernel, layers=1, combine="last", train=data())
    term = world.term(TextAlignment.parse({"item": files["item"], "temperature": 1.0}))
    with torch.no_grad():
        term.network[0][0].weight.copy_(torch.eye(2, 3))
        term.network[0][2].weight.copy_(torch.eye(2))
    c = (0.3 + 0.8 / math.sqrt(2)) * 2 / math.sqrt(3)
    rows = [(0.6, [0.6, 0, 0]), (math.sqrt(2 / 3), [c, math.sqrt(2 / 3), 0]), (0, [-0.6, 0, 0])]
    expected = sum(math.log(sum(math.exp(x) for x in row)) - own for own, row in rows) / 3
    assert float(term(world.step()).detach()) == pytest.approx(expected, abs=1e-6)


def test_contrastive_is_the_plain_formula(files: dict[str, Any], kernel: str) -> None:
    options = TextAlignment.parse({**files, "temperature": 0.3})

    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        term = world.term(options)
        final = ssl_made.hops(x, [ssl_made.adjacency()] * 2).final
        said = torch.cat([through(m, unit(n)) for m, n in zip(term.network, ("user", "item"))])
        return ssl_made.both_sides(final, said, 0.3)

    ssl_made.hold_equal(options, kernel, reference, train=data())


def test_generative_is_the_plain_formula(files: dict[str, Any], kernel: str) -> None:
    """Two of three items are hidden; all users are there."""
    said = {"item": files["item"], "temperature": 0.3, "by": "generative", "share": 0.6}
    options = TextAlignment.parse(said)

    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        term, generator = world.term(options), world.step().generator
        hidden = torch.randperm(3, generator=generator)[:2].tolist()
        token = term.mask[0].token[0]
        first = [token if n - 3 in hidden else x[n] for n in range(6)]
        final = ssl_made.hops(torch.stack(first), [ssl_made.adjacency()] * 2).final
        told = through(term.network[0], final[3:])
        return ssl_made.plain_nce(told, unit("item"), 0.3, hidden, hidden)

    ssl_made.hold_equal(options, kernel, reference, train=data())


def test_two_are_hidden_at_least(files: dict[str, Any]) -> None:
    """One alone would be set against nothing, and the value be 0."""
    world = World(ssl_made.drawn(), train=data())
    term = world.term(TextAlignment.parse({"item": files["item"], "by": "generative", "share": 0.01}))
    assert len(term.mask[0].drawn(world.step())) == 2
    assert float(term(world.step()).detach()) > 0


def test_users_may_have_no_texts(files: dict[str, Any]) -> None:
    term = World(ssl_made.drawn(), train=data()).term(TextAlignment.parse({"item": files["item"]}))
    assert [text.node for text in term.text] == ["item"]


def test_users_and_items_are_added_up(files: dict[str, Any]) -> None:
    """What is hidden of users is drawn first."""
    world = World(ssl_made.drawn(), train=data())
    both = world.term(TextAlignment.parse({**files, "by": "generative", "share": 0.6}))
    step, generator = world.step(), world.step().generator
    hidden = [torch.randperm(3, generator=generator)[:2] for _ in both.mask]
    final = around(world.step(), list(zip(both.mask, hidden)))
    each = [
        info_nce(m(final[rows + t.start]), t.vector[rows], 0.2)
        for m, t, rows in zip(both.network, both.text, hidden)
    ]
    assert [t.start for t in both.text] == [0, 3]
    torch.testing.assert_close(both(step), each[0] + each[1])


def test_texts_are_not_kept_in_a_state(files: dict[str, Any]) -> None:
    term = World(ssl_made.drawn(), train=data()).term(TextAlignment.parse(files))
    assert not [name for name in term.state_dict() if name.startswith("text.")]


@pytest.fixture
def some(tmp_path: Path) -> dict[str, Any]:
    """An encoder of items, of which item 1 has no vector."""
    (tmp_path / "two.txt").write_text("0\n2\n")
    np.save(tmp_path / "two.npy", np.array([TEXTS["item"][0], TEXTS["item"][2]], dtype=np.float32))
    return {"use": "vectors", "file": str(tmp_path / "two.npy"), "ids": str(tmp_path / "two.txt")}


@pytest.mark.parametrize("missing", ["zero", "mean"])
def test_nodes_without_a_text_are_no_anchors_and_in_no_sum(
    some: dict[str, Any], missing: str, kernel: str
) -> None:
    options = TextAlignment.parse({"item": some | {"missing": missing}, "temperature": 0.3})

    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        term = world.term(options)
        final = ssl_made.hops(x, [ssl_made.adjacency()] * 2).final
        said = through(term.network[0], unit("item"))
        return ssl_made.plain_nce(final[3:], said, 0.3, [0, 2], [0, 2])

    ssl_made.hold_equal(options, kernel, reference, train=data())


def test_nodes_without_a_text_are_never_hidden(some: dict[str, Any]) -> None:
    said = {"item": some | {"missing": "zero"}, "by": "generative", "share": 0.9}
    world = World(ssl_made.drawn(), train=data())
    (mask,) = world.term(TextAlignment.parse(said)).mask
    drawn = [mask.drawn(world.step(key)) for key in range(8)]
    assert {tuple(sorted(nodes.tolist())) for nodes in drawn} == {(0, 2)}


def test_a_step_without_texts_is_0(some: dict[str, Any]) -> None:
    world = World(ssl_made.drawn(), train=data())
    term, step = world.term(TextAlignment.parse({"item": some | {"missing": "zero"}})), world.step()
    of_item_1 = torch.tensor([0, 1])
    loss = term(replace(step, batch=Batch(of_item_1, torch.tensor([1, 1]), torch.ones(2))))
    assert float(loss.detach()) == 0.0
    assert not world.gradient(loss).any()


def test_a_file_that_is_not_there_is_told_at_the_objective(tmp_path: Path) -> None:
    said = {"use": "vectors", "file": str(tmp_path / "no.npy"), "ids": str(tmp_path / "no.txt")}
    with pytest.raises(RecboxError) as raised:
        World(ssl_made.drawn(), train=data()).term(TextAlignment.parse({"item": said}))
    assert raised.value.where == "the objective 'text-alignment', `item`"
    assert "no.npy" in raised.value.what


READ = {"use": "sentence-transformer", "model": "package:recbox_text/tiny/sentence-transformer"}


def titled(*titles: str | None) -> Dataset:
    table = pl.DataFrame({"id": [0, 1, 2], "title": pl.Series(titles, dtype=pl.String)})
    return replace(data(), item=Nodes(table))


@pytest.mark.parametrize("empty", [None, "", " "])
def test_an_empty_column_is_no_text(empty: str | None) -> None:
    world = World(ssl_made.drawn(), train=titled("a film", empty, "a drama"))
    (text,) = world.term(TextAlignment.parse({"item": READ | {"text": "of {title}."}})).text
    assert text.there.tolist() == [True, False, True]


@pytest.mark.parametrize(
    ("titles", "said"), [((None, "", None), "0 have"), (("a film", None, None), "1 has")]
)
@pytest.mark.parametrize("by", ["contrastive", "generative"])
def test_no_texts_to_tell_apart_are_refused(titles: tuple[str | None, ...], said: str, by: str) -> None:
    options = TextAlignment.parse({"item": READ | {"text": "{title}"}, "by": by})
    with pytest.raises(DataError) as raised:
        World(ssl_made.drawn(), train=titled(*titles)).term(options)
    assert raised.value.what == f"of 3 items {said} a text"
    assert "text-alignment" in raised.value.where
    assert "leave the objective out" in raised.value.instead
