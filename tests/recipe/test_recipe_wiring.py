"""Whether the parts fit is told before any data is read and without torch."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import BASE, expect, read_text

LAYER = "layer: [{use: hop}]\n"
PLAIN = "recbox: 1\ndata: {source: {use: plain}, split: {by: given}}\n"


def ratings(split: str) -> str:
    return f"recbox: 1\ndata: {{source: {{use: ratings}}, split: {{by: {split}}}}}\n" + LAYER


def plain(split: str) -> str:
    return f"recbox: 1\ndata: {{source: {{use: plain}}, split: {{by: {split}}}}}\n" + LAYER


def item(*columns: str) -> str:
    return f"encoder: {{item: {{use: traits, columns: [{', '.join(columns)}]}}}}\n"


CASES = [
    (ratings("§given"), "needs parts that the data brings, and ratings has none"),
    (plain("§user-time"), "needs times, and plain has none / by: user-random"),
    (plain("§leave-last"), "needs times"),
    (plain("§time"), "needs times"),
    (PLAIN + LAYER + "graph: {edge: [interaction, §item-relation]}\n", "no edges of type `item-relation`"),
    (BASE + item("genre", "§yaer"), "ratings has no column 'yaer' for items / did you mean 'year'?"),
    (BASE + "encoder: {user: {use: traits, columns: [§genre]}}\n", "no column 'genre' for users"),
    (PLAIN + "layer: [{use: §social-hop}]\n", "needs edges of type `user-relation` / add user-relation"),
    (BASE + "train: {negative: {count: §4}}\nobjective: [{use: pair-loss}]\n", "takes one negative"),
    (BASE + "objective: [{use: §shrink}]\n", "nothing in the loss learns from interactions: shrink alone"),
    (BASE + "objective: [{use: §l2}]\n", "l2 alone can't recommend"),
    (BASE + "objective: [{use: §bpr, weight: 0}, {use: l2}]\n", "nothing in the loss learns"),
    (BASE.replace("{use: hop}", "{use: hop}, {use: §hop, wide: 3}"), "gives 3 numbers a node"),
    (BASE + "encoder:\n  user: {use: id}\n  item: §{fuse: concat, part: [{use: id}, {use: id}]}\n",
     "users get vectors of 64 numbers and items of 128"),
    (BASE.replace("{use: hop}", "{use: §faulty-hop}"), "can't tell its edge types: RuntimeError"),
    (BASE.replace("ratings}}", "ratings}, split: {valid: 0.5, test: §0.5}}"), "leave nothing to train on"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "said"), CASES)
def test_a_misfit_is_a_mistake_in_its_place(tmp_path: Path, marked: str, said: str) -> None:
    expect(tmp_path, marked, said)


@pytest.mark.parametrize(
    "text",
    [
        ratings("user-time"), ratings("leave-last"), ratings("time"), ratings("user-random"),
        plain("cold-item"), plain("user-random"), plain("given"),
        PLAIN + "layer: [{use: social-hop}]\ngraph: {edge: [user-relation]}\n",
        "recbox: 1\ndata: {source: {use: files, interaction: [{path: a}]}}\n" + LAYER + item("anything"),
        BASE + item("genre", "year"),
        BASE + "train: {negative: {count: 4}}\nobjective: [{use: list-loss}]\n",
        BASE + "train: {negative: {count: 4}}\nobjective: [{use: mse}, {use: l2}]\n",
        BASE + "combine: concat\nencoder:\n  user: {fuse: concat, part: [{use: id}, {use: id}]}\n"
        "  item: {fuse: concat, part: [{use: own}, {use: id}]}\n",
        BASE.replace("{use: hop}", "{use: hop, wide: 3}") + "combine: last\n",
        BASE.replace("ratings}}", "ratings}, split: {by: leave-last, valid: 0.5, test: 0.5}}"),
        BASE + "train: {stage: [{objective: [{use: shrink}]}, {objective: [{use: bpr}]}]}\n",
    ],
)  # fmt: skip
def test_parts_that_fit_pass(tmp_path: Path, text: str) -> None:
    read_text(tmp_path, text)


def test_a_header_that_can_not_be_read_is_a_mistake_at_the_source(tmp_path: Path) -> None:
    code = tmp_path / "mine.py"
    code.write_text(
        "from recbox.plugin import DataError, Source\n"
        "class Torn(Source):\n"
        "    def provides(self, context):\n"
        "        raise DataError('no header', where='a.csv:1', instead='header: false')\n"
        "    def read(self, context):\n"
        "        return None\n"
    )
    from recbox.context import Context
    from recbox.errors import RecipeError
    from recbox.recipe import load
    from recbox.registry import Registry

    text = "recbox: 1\ndata: {source: {use: torn}}\nlayer: []\n"
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises(RecipeError) as caught:
        load(tmp_path / "r.yaml", registry=Registry([code]), context=Context())
    (found,) = caught.value.mistakes
    assert (found.what, found.instead) == ("no header (a.csv:1)", "header: false")
    assert found.where.endswith(":2:22")
