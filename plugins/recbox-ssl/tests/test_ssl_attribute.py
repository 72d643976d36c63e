"""`masked-attribute`: six nodes by hand, plain torch, every type of column, and what is hidden."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
import ssl_made
import torch
from recbox_ssl import MaskedAttribute
from ssl_made import World

from recbox.contract import laws
from recbox.data.dataset import Interactions, Nodes
from recbox.plugin import Column, DataError, Dataset

COLUMNS = (
    Column("colour", "categorical"),
    Column("size", "numeric"),
    Column("tag", "multi"),
    Column("title", "text"),
)


def data() -> Dataset:
    """Items 0, 1, 2 are red, blue, red; 1, 2 and 6 large; with the tags x; x and y; none. Users have no
    column."""
    table = pl.DataFrame(
        {
            "id": [0, 1, 2],
            "colour": ["red", "blue", "red"],
            "size": [1.0, 2.0, 6.0],
            "tag": [["x"], ["x", "y"], []],
            "title": ["one", "two", "three"],
        }
    )
    people = Nodes(pl.DataFrame({"id": [0, 1, 2]}))
    pairs = Interactions(np.array(ssl_made.USER), np.array(ssl_made.ITEM), np.ones(4, np.float32))
    return Dataset("six", people, Nodes(table, COLUMNS), pairs)


@laws(MaskedAttribute)
def test_laws(check):
    check()


def by_hand(options: MaskedAttribute, kernel: str, weight: list[list[list[float]]]) -> float:
    """One layer, `combine: last`. Item 2 is hidden; its one neighbour is user 2, (-1, 0), whose degree is 1
    too, so that z is (-1, 0). weight: that of each decoder, whose bias is 0."""
    vectors = torch.tensor([[1.0, 0], [0, 1], [-1, 0]]).repeat(2, 1)
    world = World(vectors, kernel, layers=1, combine="last", train=data())
    term = world.term(options)
    with torch.no_grad():
        for decoder, given in zip(term.decoder, weight, strict=True):
            decoder.weight.copy_(torch.tensor(given))
    term.mask.drawn = lambda step: torch.tensor([2])
    return float(term(world.step()).detach())


def test_columns_by_hand(kernel: str) -> None:
    """Colours are blue and red. The decoder of colour says (-2, -1) of z = (-1, 0): -log p(red) is
    log(1 + e⁻¹). That of size says 1.5; sizes 1, 2, 6 have the mean 3 and the deviation √7 (of n - 1), so
    that item 2's is 3/√7. Item 2 has no tag, so that its column's value is 0. The loss is their mean."""
    weight = [[[2.0, 5], [1, 5]], [[-1.5, 7]], [[1.0, 0], [0, 1]]]
    expected = (math.log(1 + math.exp(-1)) + (1.5 - 3 / math.sqrt(7)) ** 2 + 0) / 3
    assert by_hand(MaskedAttribute(), kernel, weight) == pytest.approx(expected, abs=1e-6)
    alone = by_hand(MaskedAttribute(columns=("size",)), kernel, weight[1:2])
    assert alone == pytest.approx((1.5 - 3 / math.sqrt(7)) ** 2, abs=1e-6)


def test_vectors_by_hand(kernel: str) -> None:
    """The decoder makes (-1, -1) of z = (-1, 0), and x is (-1, 0): the cosine is 1/√2."""
    found = by_hand(MaskedAttribute(of="vectors", gamma=3), kernel, [[[1.0, 0], [1, 0]]])
    assert found == pytest.approx((1 - 1 / math.sqrt(2)) ** 3, abs=1e-6)


def hidden_pass(x: torch.Tensor, world: World, term: Any) -> tuple[list[int], torch.Tensor]:
    """Which items are hidden, and the final vectors of a pass with the mask in their place, row by row."""
    lot = torch.randperm(3, generator=world.step().generator)[:2].tolist()
    mask = term.mask.token[0]
    rows = [mask if n - 3 in lot else x[n] for n in range(6)]
    return lot, ssl_made.hops(torch.stack(rows), [ssl_made.adjacency()] * 2).final


def test_columns_are_the_plain_formula(kernel: str) -> None:
    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        term = world.term(MaskedAttribute(share=0.6))
        lot, final = hidden_pass(x, world, term)
        (w1, w2, w3), (b1, b2, b3) = zip(*((d.weight, d.bias) for d in term.decoder))
        red, size, tags = [1, 0, 1], [(v - 3) / math.sqrt(7) for v in (1, 2, 6)], {0: [1, 0], 1: [1, 1]}
        colour = number = tag = 0.0
        for n in lot:
            z = final[3 + n]
            colour = colour - torch.log_softmax(w1 @ z + b1, 0)[red[n]] / len(lot)
            number = number + (w2[0] @ z + b2[0] - size[n]) ** 2 / len(lot)
        tagged = [n for n in lot if n in tags]
        for n in tagged:
            for said, true in zip(w3 @ final[3 + n] + b3, tags[n]):
                p = 1 / (1 + torch.exp(-said))
                tag = tag - torch.log(p if true else 1 - p) / (2 * len(tagged))
        return (colour + number + tag) / 3

    ssl_made.hold_equal(MaskedAttribute(share=0.6), kernel, reference, train=data())


def test_vectors_are_the_plain_formula(kernel: str) -> None:
    """x stands there as it is: nothing learns through it."""

    def reference(x: torch.Tensor, world: World) -> torch.Tensor:
        term = world.term(options)
        lot, final = hidden_pass(x, world, term)
        loss = 0.0
        for n in lot:
            said, true = term.decoder[0].weight @ final[3 + n] + term.decoder[0].bias, x.detach()[3 + n]
            loss = loss + (1 - (said * true).sum() / said.norm() / true.norm()) ** 2 / len(lot)
        return loss

    options = MaskedAttribute(of="vectors", share=0.6)
    ssl_made.hold_equal(options, kernel, reference, train=data())


def test_what_is_hidden_says_nothing_of_itself() -> None:
    """The loss doesn't depend on the vector of a hidden item."""
    world = World(ssl_made.drawn(), train=data())
    term = world.term(MaskedAttribute(share=0.3))
    step = world.step()
    (hidden,) = term.mask.drawn(world.step()).tolist()
    gradient = world.gradient(term(step))
    assert not gradient[3 + hidden].any()
    assert gradient[:3].any()


def test_a_value_that_is_missing_is_left_out() -> None:
    holes = data().item.table.with_columns(colour=pl.Series(["red", None, None]), size=pl.Series([None] * 3))
    train = Dataset("six", data().user, Nodes(holes, COLUMNS), data().interaction)
    term = World(ssl_made.drawn(), train=train).term(MaskedAttribute())
    colour, size, tag = term.target
    assert colour.there.tolist() == [True, False, False]
    assert not size.there.any()
    assert tag.there.tolist() == [True, True, False]
    assert float(size(torch.ones(2, 1), torch.tensor([0, 1]))) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (MaskedAttribute(columns=("title",)), "no column 'title'"),
        (MaskedAttribute(node="user"), "users have no column"),
    ],
)
def test_a_column_that_isnt_there_is_a_message(options: MaskedAttribute, said: str) -> None:
    with pytest.raises(DataError, match=said):
        World(ssl_made.drawn(), train=data()).term(options)
