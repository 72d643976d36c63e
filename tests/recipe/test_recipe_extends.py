"""`extends`: mappings merge, lists replace, a cycle is an error, and places stay with their file."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import BASE, read, read_text

from recbox.errors import RecipeError
from recbox.recipe import shipped


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text)


def failed(path: Path) -> list[tuple[str, str]]:
    with pytest.raises(RecipeError) as caught:
        read(path)
    return [(m.where.replace(f"{path.parent}/", ""), m.what) for m in caught.value.mistakes]


def test_mappings_merge_and_lists_replace(tmp_path: Path) -> None:
    put(
        tmp_path,
        base=BASE + "train: {epochs: 7, optimizer: {lr: 0.5, momentum: 0.0}}\nevaluate: {k: [5, 10]}\n",
    )
    over = "extends: base.yaml\ntrain: {optimizer: {lr: 0.25}}\nevaluate: {k: [3]}\nlayer: []\n"
    recipe = read_text(tmp_path, over)
    assert (recipe.stage[0].training.epochs, recipe.stage[0].training.optimizer.lr) == (7, 0.25)
    assert recipe.evaluate.k == (3,)
    assert recipe.layer == ()
    assert recipe.data.source.name == "ratings"
    assert "extends" not in recipe.resolved


def test_another_plugin_brings_its_own_options(tmp_path: Path) -> None:
    put(tmp_path, base=BASE + "head: {use: deep, hidden: [3]}\n")
    assert read_text(tmp_path, "extends: base.yaml\nhead: {use: inner}\n").head.name == "inner"
    assert read_text(tmp_path, "extends: base.yaml\nhead: {hidden: [4]}\n").head.options.hidden == (4,)


def test_null_takes_a_block_away(tmp_path: Path) -> None:
    put(tmp_path, base=BASE + "head: {use: deep}\n")
    recipe = read_text(tmp_path, "extends: base.yaml\nlayer: null\nhead:\nmodel: {use: counts}\n")
    assert recipe.model is not None
    assert recipe.head is None


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    put(tmp_path, top=BASE + "dim: 3\n")
    put(tmp_path / "inner", middle="extends: ../top.yaml\nseed: 9\n")
    recipe = read_text(tmp_path, "extends: inner/middle.yaml\n")
    assert (recipe.dim, recipe.seed) == (3, 9)


def test_a_mistake_is_shown_in_the_file_that_it_is_in(tmp_path: Path) -> None:
    put(tmp_path, base=BASE + "dim: x\nhead: {use: deep,\n  hidden: 3}\n", r="extends: base.yaml\nseed: -1\n")
    found = failed(tmp_path / "r.yaml")
    assert [where for where, _ in found] == ["base.yaml:4:6", "base.yaml:6:11", "r.yaml:2:7"] or {
        where for where, _ in found
    } == {"base.yaml:4:6", "base.yaml:6:11", "r.yaml:2:7"}


def test_a_cycle_is_an_error(tmp_path: Path) -> None:
    put(
        tmp_path,
        a="extends: b.yaml\n",
        b="extends: c.yaml\n",
        c="extends: ./a.yaml\n",
        me="extends: me.yaml\n",
    )
    ((where, what),) = failed(tmp_path / "a.yaml")
    assert where == "c.yaml:1:10"
    assert "a.yaml → b.yaml → c.yaml → a.yaml" in what
    assert failed(tmp_path / "me.yaml")[0][0] == "me.yaml:1:10"


def test_a_long_chain_ends(tmp_path: Path) -> None:
    put(tmp_path, **{f"f{i}": f"extends: f{i + 1}.yaml\n" for i in range(30)})
    assert "too deep" in failed(tmp_path / "f0.yaml")[0][1]


@pytest.mark.parametrize(
    ("base", "said"),
    [("", "is empty"), ("- 1", "a recipe is a mapping"), ("a: [", "not YAML"), ("\0", "U+0000")],
)
def test_a_base_that_is_none(tmp_path: Path, base: str, said: str) -> None:
    put(tmp_path, base=base, r="extends: base.yaml\n")
    found = failed(tmp_path / "r.yaml")
    assert len(found) == 1
    assert said in found[0][1]


@pytest.mark.parametrize("value", ["none.yaml", "3", "[a]", '""', "{a: b}", ".", '"a\\nb"', "x" * 4000])
def test_a_base_that_is_not_there(tmp_path: Path, value: str) -> None:
    put(tmp_path, r=f"seed: 1\nextends: {value}\n")
    ((where, _),) = failed(tmp_path / "r.yaml")
    assert where == "r.yaml:2:10"


def test_extends_null_is_none(tmp_path: Path) -> None:
    assert read_text(tmp_path, BASE + "extends: null\n") == read_text(tmp_path, BASE)


def test_shipped_recipes_go_by_name(tmp_path: Path) -> None:
    names = shipped()
    if not names:
        pytest.skip("no recipe is shipped")
    with pytest.raises(RecipeError) as caught:
        read(names[0][:-1] + "x")
    assert names[0] in str(caught.value) or "one of" in str(caught.value)
    assert read(names[0]).resolved["recbox"] == 1
    assert read_text(tmp_path, f"extends: {names[0]}\nseed: 77\n").seed == 77
