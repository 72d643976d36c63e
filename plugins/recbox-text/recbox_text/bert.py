"""The encoder `bert`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from recbox_text.text import Text

if TYPE_CHECKING:
    from recbox_text._folder import Folder
    from recbox_text._plan import Plan


@final
class Bert(Text):
    """A text about each node, read by BERT or any model of transformers that looks in both directions."""

    reference: ClassVar[str] = "Devlin et al. 2019, arXiv:1810.04805"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"model": "package:recbox_text/tiny/bert", "text": "{title} ({year})"},
        {"model": "package:recbox_text/tiny/bert", "history": "{id}"},
    )

    pooling: Literal["mean", "cls", "max"] = "mean"
    """How tokens become one vector: their mean, the first one, or the largest value of each column."""

    def plan(self, folder: Folder) -> Plan:
        from recbox_text._plan import of_transformer

        return of_transformer(folder, "bert", self.pooling)
