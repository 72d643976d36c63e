"""recbox: recommendation with graph neural networks and language models, from a YAML recipe.

`recbox.run(recipe)` trains, judges and saves; `recbox.load(folder)` opens what was saved;
`recbox.compare(one, other)` says which difference is more than chance; `recbox.tune(recipe)` searches;
`recbox.verify(folder)` checks that a result is what it says; `recbox.profile(recipe)` has a language model
write texts about users and items; `recbox.sketch(file)` writes a recipe for files of your own.
Nothing heavy is imported until one of them is called.
"""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.api.load import load
    from recbox.api.profiling import profile
    from recbox.api.run import run
    from recbox.comparison.comparing import compare
    from recbox.sketching.making import sketch
    from recbox.tuning.searching import tune
    from recbox.verification.verifying import verify

__version__ = "0.1.0"
__all__ = ["__version__", "compare", "load", "profile", "run", "sketch", "tune", "verify"]

_HOME = {
    "compare": "recbox.comparison.comparing",
    "load": "recbox.api.load",
    "profile": "recbox.api.profiling",
    "run": "recbox.api.run",
    "sketch": "recbox.sketching.making",
    "tune": "recbox.tuning.searching",
    "verify": "recbox.verification.verifying",
}

__getattr__ = lazily(__name__, _HOME)
