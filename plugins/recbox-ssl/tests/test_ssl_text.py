"""`text-alignment`: six nodes by hand, plain torch, and whose texts are read."""

from __future__ import annotations

import math
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
from recbox.plugin import Dataset

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
    w1, b1, w2, b2 = (p.detach().double() for p in network.parameters())
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
        token = term.mask[0].token.detach().double()[0]
        first = [token if n - 3 in hidden else x[n] for n in range(6)]
        final = ssl_made.hops(torch.stack(first), [ssl_made.adjacency()] * 2).final
        told = through(term.network[0], final[3:])
        return ssl_made.plain_nce(told, unit("item"), 0.3, hidden, hidden)

    ssl_made.hold_equal(options, kernel, reference, train=data())


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
