"""The encoder `sentence-transformer`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal, final

from recbox_text.text import Text

if TYPE_CHECKING:
    from recbox_text._folder import Folder
    from recbox_text._plan import Plan


@final
class SentenceTransformer(Text):
    """A text about each node, read by a model of sentence-transformers: pooling and length are the model's.

    The model's folder is that of `SentenceTransformer.save`: a transformer, pooling, and, where it has them,
    dense layers and normalisation. The vectors are those that `SentenceTransformer.encode` gives.
    """

    reference: ClassVar[str] = "Reimers & Gurevych 2019, Sentence-BERT, arXiv:1908.10084"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"model": "package:recbox_text/tiny/sentence-transformer", "text": "{title}. {genre}"},
    )

    pooling: Literal["mean", "cls", "max", "last-token", "weighted-mean"] | None = None
    """How tokens become one vector; None given: as the model's own files say."""

    def plan(self, folder: Folder) -> Plan:
        from recbox_text._plan import of_sentence_transformer

        return of_sentence_transformer(folder, self.pooling)
