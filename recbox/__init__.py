"""recbox: recommendation with graph neural networks and language models, from a YAML recipe.

`recbox.run(recipe)` trains, judges and saves; `recbox.load(folder)` opens what was saved. Nothing heavy is
imported until one of them is called.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recbox.api.load import load
    from recbox.api.run import run

__version__ = "0.1.0"
__all__ = ["__version__", "load", "run"]


def __getattr__(name: str) -> Any:
    if name in ("run", "load"):
        from importlib import import_module

        return getattr(import_module(f"recbox.api.{name}"), name)
    raise AttributeError(f"module 'recbox' has no attribute {name!r}")
