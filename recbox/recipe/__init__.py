"""Recipes: YAML text to a checked `Recipe`, or to every mistake in it with its place. Imports no torch."""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.recipe.dumping import dump
    from recbox.recipe.editor import schema
    from recbox.recipe.loading import folder_of, load, load_network, written
    from recbox.recipe.recipe import Data, Encoding, Part, Recipe, Stage
    from recbox.recipe.shipping import shipped, ships

_HOME = {
    "dump": ".dumping",
    "schema": ".editor",
    "folder_of": ".loading",
    "load": ".loading",
    "load_network": ".loading",
    "written": ".loading",
    "Data": ".recipe",
    "Encoding": ".recipe",
    "Part": ".recipe",
    "Recipe": ".recipe",
    "Stage": ".recipe",
    "shipped": ".shipping",
    "ships": ".shipping",
}

__all__ = [
    "Data",
    "Encoding",
    "Part",
    "Recipe",
    "Stage",
    "dump",
    "folder_of",
    "load",
    "load_network",
    "schema",
    "shipped",
    "ships",
    "written",
]

__getattr__ = lazily(__name__, _HOME)
