"""`data.target` and edges of other behaviours: each misfit is told in its place, before any file is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import expect, read, read_text

from recbox.recipe import dump


def shop(target: str = "buy", *, edge: str = "", files: str = "", more: str = "") -> str:
    own = (
        files
        or "{path: b.csv, behaviour: buy}, {path: c.csv, behaviour: cart}, {path: v.csv, behaviour: view}"
    )
    return (
        "recbox: 1\n"
        "data:\n"
        f"  source: {{use: table, interaction: [{own}]}}\n"
        + (f"  target: {target}\n" if target else "")
        + "  split: {by: user-random}\n"
        + (f"  {more}\n" if more else "")
        + (f"graph: {{edge: [interaction, {edge}]}}\n" if edge else "")
        + "layer: [{use: lightgcn}]\n"
    )


PLAIN = "{path: a.csv}"
COLUMN = "{path: a.csv, columns: {behaviour: what}}"
ONE = "{path: a.csv, behaviour: buy}"
VIEW = "{type: behaviour, by: view}"
CASES = [
    (shop("§bui"), "no behaviour called 'bui' / did you mean 'buy'?"),
    (shop("§buy", files=PLAIN), "table tells no behaviours, so that none can be the target / give each file"),
    (shop("§3"), "`target`"),
    (shop('§""'), "`target`"),
    (shop(edge="{type: behaviour, by: §veiw}"), "'veiw' beside the target / did you mean 'view'?"),
    (shop(edge="§behaviour"), "2 behaviours beside the target: cart, view / {type: behaviour, by: cart}"),
    (shop(edge="{type: behaviour, by: §buy}"), "its edges are of type `interaction`"),
    (shop("", edge=f"§{VIEW}"), "`data` names no target / data: {target: NAME}"),
    (shop("", edge=f"§{VIEW}", files=PLAIN), "`data` names no target"),
    (shop(edge=f"§{VIEW}", files=ONE), "table has no behaviour beside the target / remove this edge"),
    (shop(edge=f"{VIEW}, §{VIEW}"), "`behaviour.view` stands twice"),
    (shop(edge="{type: behaviour, by: view, recency: §{by: order}}"), "`recency` is for interactions"),
    (shop(edge="{type: interaction, by: §view}"), "names a relation or a behaviour of the data"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "said"), CASES)
def test_a_misfit_is_a_mistake_in_its_place(tmp_path: Path, marked: str, said: str) -> None:
    expect(tmp_path, marked, said)


def test_nothing_stands_in_for_behaviours(tmp_path: Path) -> None:
    block = "data: {source: {use: ratings}, target: §§buy, fallback: §synthetic}\n"
    found = expect(tmp_path, f"recbox: 1\n{block}layer: [{{use: hop}}]\n", "made has no behaviours")
    assert found[0].instead == "fallback: none"


@pytest.mark.parametrize(
    "text",
    [
        shop(),
        shop(edge=VIEW),
        shop(edge=f"{VIEW}, {{type: behaviour, by: cart, weight: value, scale: 0.3}}"),
        shop(edge="behaviour", files=f"{ONE}, {{path: v.csv, behaviour: view}}"),
        shop(edge="{type: behaviour, by: interaction}", files=f"{ONE}, {PLAIN}"),
        shop("whatever", edge=VIEW, files=COLUMN),
        shop(files=ONE),
        shop("null"),
    ],
)
def test_what_fits_passes(tmp_path: Path, text: str) -> None:
    read_text(tmp_path, text)


def test_the_target_is_written_and_read_again(tmp_path: Path) -> None:
    recipe = read_text(tmp_path, shop(edge=VIEW))
    assert recipe.data.target == "buy"
    assert [edge.key for edge in recipe.edge] == ["interaction", "behaviour.view"]
    again = read_text(tmp_path, dump(recipe.resolved))
    assert again.resolved == recipe.resolved
    assert again.data.target == "buy"


def test_a_recipe_without_one_is_written_as_it_always_was(tmp_path: Path) -> None:
    recipe = read_text(tmp_path, shop(""))
    assert recipe.data.target is None
    assert "target" not in read(recipe.resolved).resolved["data"]
