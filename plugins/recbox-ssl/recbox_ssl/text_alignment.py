"""The objective `text-alignment`; it needs recbox-text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, final

from pydantic import Field, model_validator
from recbox_text.reading import Reader

from recbox.plugin import Objective, Spec
from recbox_ssl._fit import Temperature, hold_final, hold_first, hold_passed, hold_used

if TYPE_CHECKING:
    from torch import nn


@final
class TextAlignment(Objective):
    """A node's vector in the graph and that of its text should say the same of it (RLMRec).

    contrastive: `mean_u -log (e^{cos(z_u, f(s_u))/τ} / Σ_v e^{cos(z_u, f(s_v))/τ})`, z being final vectors, s
    those of texts, f a network with one hidden layer that learns; u and v are the batch's different users. It
    costs no propagation. generative: in a pass of its own a share of the nodes is hidden behind a vector that
    is learned, and the same is asked of `g(z_u)` and `s_u` over the hidden nodes, g being a network of the
    other direction. Users, where they have texts, and items are added up. Nodes without a text (its columns
    are all empty, the id isn't in the file, or the vector there is zeros) are left out of both sums, and are
    not hidden. Texts aren't read where a recommender is used. Published code sets users against all users; in
    its generative form nodes are hidden in the main pass, and hidden users and items are set against each
    other.
    """

    reference: ClassVar[str] = "Ren et al. 2024, arXiv:2310.15950, section 3"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {
            "item": {
                "use": "sentence-transformer",
                "model": "package:recbox_text/tiny/sentence-transformer",
                "text": "{title}. {genre}",
            }
        },
    )

    item: Reader
    """Vectors of items' texts: an encoder of recbox-text with what it reads, `vectors` from a file for one.
    It learns nothing itself."""
    user: Reader | None = None
    """Vectors of users' texts, such as their profiles."""
    by: Literal["contrastive", "generative"] = "contrastive"
    """Whether texts are brought to the graph's vectors, or hidden nodes tell their texts."""
    temperature: Temperature = 0.2
    """τ: the smaller it is, the more the most similar other nodes count."""
    share: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """For generative: of the nodes that have texts, how many are hidden in a step; two at least."""

    @model_validator(mode="after")
    def _used(self) -> Self:
        if self.by == "contrastive":
            why = "`by: contrastive` hides no nodes"
            hold_used(self, ("share",), why, "by: generative, or leave it out")
        return self

    @property
    def supervised(self) -> bool:
        return False

    def needs_of(self, node: str) -> frozenset[str]:
        reader = self.item if node == "item" else self.user
        return frozenset() if reader is None else reader.needs

    def check(self, hops: tuple[int, ...], final: int, dim: int) -> None:
        if self.by == "generative":
            hold_passed(hops)
            hold_first(hops, dim)
        hold_final(hops, final, dim)

    def build(self, spec: Spec) -> nn.Module:
        from recbox_ssl._text import Contrasted, Told

        return Contrasted(self, spec) if self.by == "contrastive" else Told(self, spec)
