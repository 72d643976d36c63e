"""The encoder `gpt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from recbox_text.text import Text

if TYPE_CHECKING:
    from recbox_text._folder import Folder
    from recbox_text._plan import Plan


@final
class GPT(Text):
    """A text about each node, read by GPT or any causal model of transformers, such as Llama or Qwen."""

    reference: ClassVar[str] = "Muennighoff 2022, SGPT, arXiv:2202.08904"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"model": "package:recbox_text/tiny/gpt", "text": "{title}. {category}"},
    )

    pooling: Literal["last-token", "weighted-mean", "mean"] = "last-token"
    """How tokens become one vector: the last, which has seen all others, or a mean. `weighted-mean` gives the
    i-th token a weight of i."""

    def plan(self, folder: Folder) -> Plan:
        from recbox_text._plan import of_transformer

        return of_transformer(folder, "gpt", self.pooling)
