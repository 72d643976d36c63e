"""`--set a.b.0.c=VALUE`: any field, checked like the rest, with a caret on the argument."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import BASE, mistakes, place, read_text


def test_fields_lists_and_parts_can_be_set(tmp_path: Path) -> None:
    sets = [
        "train.optimizer.lr=1e-3",
        "layer.0.norm=row",
        "seed=010",
        "evaluate.k=[3, 5]",
        "layer.1={use: hop, repeat: 2}",
    ]
    recipe = read_text(tmp_path, BASE, sets)
    assert recipe.stage[0].training.optimizer.lr == 0.001
    assert recipe.layer[0].options.norm == "row"
    assert recipe.layer[1].repeat == 2
    assert recipe.seed == 10
    assert recipe.evaluate.k == (3, 5)


def test_setting_is_the_same_as_writing(tmp_path: Path) -> None:
    written = read_text(tmp_path, BASE + "dim: 8\ntrain: {epochs: 3}\n")
    assert read_text(tmp_path, BASE, ["dim=8", "train.epochs=3"]) == written
    assert read_text(tmp_path, BASE + "dim: wrong\n", ["dim=9", "dim=8", "train.epochs=3"]) == written


def test_a_list_that_is_not_there_is_made(tmp_path: Path) -> None:
    text = "recbox: 1\ndata: {source: {use: ratings}}\n"
    assert read_text(tmp_path, text, ["layer.0.use=hop", "layer.0.repeat=3"]).layer[0].repeat == 3


def test_a_block_can_be_taken_away(tmp_path: Path) -> None:
    assert read_text(tmp_path, BASE, ["layer=null", "model={use: counts}"]).model is not None


def test_extends_can_be_set(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(BASE + "dim: 5\n")
    recipe = read_text(tmp_path, "recbox: 1\n", [f"extends={tmp_path}/base.yaml"])
    assert recipe.dim == 5


def test_options_of_the_part_before_are_mistakes(tmp_path: Path) -> None:
    text = BASE.replace("{use: hop}", "{use: hop, norm: row}")
    (found,) = mistakes(tmp_path, text, ["layer.0.use=social-hop"])[:1]
    assert "the layer 'social-hop' has no option 'norm'" in found.what


@pytest.mark.parametrize(
    ("argument", "column", "said"),
    [
        ("train.optimizer.lr=fast", 20, "`lr` must be a number"),
        ("train.optimiser.lr=0.1", 7, "has no option 'optimiser'"),
        ("sead=3", 1, "did you mean 'seed'"),
        ("layer.0.use=hopp", 13, "there is no layer 'hopp'"),
        ("layer.7.use=hop", 7, "a list has positions 0 to 1"),
        ("layer.x.use=hop", 7, "a list has positions"),
        ("layer.-1.use=hop", 7, "a list has positions"),
        ("recbox.x=1", 8, "can't be set inside the number 1"),
        ("data.source.use.x=1", 17, "can't be set inside the text"),
        ("seed", 1, "NAME=VALUE"),
        ("=3", 1, "NAME=VALUE"),
        ("a..b=3", 1, "NAME=VALUE"),
        ("", 1, "NAME=VALUE"),
        ("seed=1\nb=2", 1, "one line"),
        ("seed=[1", 8, "not YAML"),
        ("seed=&a 1", 6, "anchors"),
        ("head={use: inner, use: deep}", 19, "stands twice"),
        ("name=a: b: c", 10, "not YAML"),
        ("seed=\x00", 1, "readable"),
        (".".join("a" * 60) + "=1", 1, "NAME=VALUE"),
    ],
)
def test_a_mistake_has_its_caret_on_the_argument(
    tmp_path: Path, argument: str, column: int, said: str
) -> None:
    found = mistakes(tmp_path, BASE, ["seed=1", argument])
    assert len(found) == 1, "\n".join(map(str, found))
    assert found[0].where.startswith("--set:2:")
    assert place(found[0]) == (2, column)
    assert said in f"{found[0].what} {found[0].instead}"
    assert not argument.isprintable() or found[0].line == argument
