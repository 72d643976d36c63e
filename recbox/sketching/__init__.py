"""A recipe for files of a user's own: `sketch` looks at them and writes it."""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.sketching.making import Sketch, sketch
    from recbox.sketching.question import Question

_HOME = {"Question": ".question", "Sketch": ".making", "sketch": ".making"}

__all__ = ["Question", "Sketch", "sketch"]

__getattr__ = lazily(__name__, _HOME)
