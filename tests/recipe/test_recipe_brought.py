"""Recipes that come with packages of plugins go by name, and nothing of the packages is imported for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from recipe_kit import read, read_text

from recbox.errors import RecipeError
from recbox.recipe import shipped, ships
from recbox.recipe.shipping import brought

RECIPE = "recbox: 1\nname: {}\ndata: {{source: {{use: movielens-100k}}}}\nmodel: {{use: popularity}}\n"


def install(site: Path, name: str, *recipes: str, checkout: bool = False) -> Path:
    """A package with one plugin that can't be imported, and its recipes; the folder of the recipes."""
    package = site / name
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise RuntimeError('imported')\n")
    facts = site / f"{name}-1.0.dist-info"
    facts.mkdir()
    (facts / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    (facts / "entry_points.txt").write_text(f"[recbox.metric]\n{name} = {name}.metric:Metric\n")
    folder = site / "recipes" if checkout else package / "recipes"
    folder.mkdir()
    for recipe in recipes:
        (folder / f"{recipe}.yaml").write_text(RECIPE.format(f"{name}-{recipe}"))
    return folder


def test_an_installed_packages_recipe_goes_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = install(tmp_path / "site", "brought_toys", "toy_blocks")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert read("toy_blocks").name == "brought_toys-toy_blocks"
    assert read_text(tmp_path, "extends: toy_blocks\nseed: 7\n").seed == 7
    assert ships(folder) and not ships(tmp_path)
    assert "brought_toys" not in sys.modules
    with pytest.raises(RecipeError, match="did you mean 'toy_blocks'"):
        read("toy_block")


def test_a_checkouts_recipes_lie_beside_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    install(tmp_path / "site", "brought_toys", "toy_blocks", checkout=True)
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert "toy_blocks" not in brought()  # a folder `recipes` among other packages is nobody's
    (tmp_path / "site" / "pyproject.toml").write_text("")
    assert read("toy_blocks").name == "brought_toys-toy_blocks"


def test_recbox_comes_first_and_then_the_first_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = shipped()[0]
    install(tmp_path / "b", "brought_b", own, "toy_blocks")
    install(tmp_path / "a", "brought_a", "toy_blocks")
    for site in ("a", "b"):
        monkeypatch.syspath_prepend(str(tmp_path / site))
    assert read(own).name != f"brought_b-{own}"
    assert read("toy_blocks").name == "brought_a-toy_blocks"
