"""recbox: recommendation with graph neural networks and language models, from a YAML recipe.

`recbox.run(recipe)` trains, judges and saves; `recbox.load(folder)` opens what was saved. Nothing heavy is
imported until one of them is called.
"""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.api.load import load
    from recbox.api.run import run

__version__ = "0.1.0"
__all__ = ["__version__", "load", "run"]

_HOME = {"run": "recbox.api.run", "load": "recbox.api.load"}

__getattr__ = lazily(__name__, _HOME)
