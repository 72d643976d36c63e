"""The objective `masked-language-model`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, final

from pydantic import Field

from recbox.plugin import Objective, Spec

if TYPE_CHECKING:
    from torch import nn


@final
class MaskedLanguageModel(Objective):
    """Hidden words of the nodes' own texts should be told from the others: the mean of `-log p(word)`.

    It goes with an encoder whose text model looks in both directions and learns (`train: last`, `lora` or
    `full`): as a stage before the graph's, or beside other terms. The texts are those of the batch's nodes.
    """

    reference: ClassVar[str] = "Devlin et al. 2019, arXiv:1810.04805, section 3.1"
    of_encoder: ClassVar[dict[str, Any] | None] = {
        "use": "bert",
        "model": "package:recbox_text/tiny/bert",
        "text": "{title} of {category}",
        "train": "last",
    }

    share: Annotated[float, Field(gt=0, lt=1)] = 0.15
    """Of a text's tokens, how many are hidden; one at least. Of ten hidden tokens eight are masked, one is
    another word, and one stays."""
    texts: Annotated[int, Field(ge=1)] = 64
    """Texts in a step at most, drawn by lot among those of the batch's nodes."""

    @property
    def supervised(self) -> bool:
        return False

    def build(self, spec: Spec) -> nn.Module:
        from recbox_text._masked import build

        return build(self, spec)
