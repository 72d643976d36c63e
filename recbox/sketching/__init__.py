"""A recipe for files of a user's own: `sketch` looks at them and writes it."""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.sketching.making import Sketch, sketch
    from recbox.sketching.question import Question, first

_HOME = {"Question": ".question", "Sketch": ".making", "first": ".question", "sketch": ".making"}

__all__ = ["Question", "Sketch", "first", "sketch"]

__getattr__ = lazily(__name__, _HOME)
