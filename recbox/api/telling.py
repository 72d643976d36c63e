"""What parts, hops and edges weigh in a fitted recommender."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recbox.api.blaming import blaming

if TYPE_CHECKING:
    import polars as pl

    from recbox.artifact import Artifact
    from recbox.registry import Registry


class Telling:
    """The part of `Fitted` that tells what weighs how much, by id."""

    artifact: Artifact
    _registry: Registry
    _items: pl.DataFrame | None

    def fusion(self, node: str) -> pl.DataFrame:
        """What each part of an encoder weighs for each node: columns `user`, `item` or `entity` (the id),
        part, weight.

        node: `user`, `item` (new ones last), or `entity` where the graph has them. Of each node the weights
        add up to 1, or are all 0 where no part knows it. An `ArtifactError` where parts aren't weighed, as
        with `fuse: sum`.
        """
        from recbox.api.fusing import frame

        with blaming(self._registry):
            return frame(self.artifact, node, self._items if node == "item" else None)

    def hops(self, node: str) -> pl.DataFrame:
        """What each hop weighs for each node (`combine: attention`): columns `user`, `item` or `entity`
        (the id), hop, weight. Hop 0 is the encoder, 1 the first layer; of each node the weights add up to 1.

        node: as for `fusion`. An `ArtifactError` where hops aren't weighed.
        """
        from recbox.api.combining import frame

        with blaming(self._registry):
            return frame(self.artifact, node, self._items if node == "item" else None)

    def attention(self, node: str, ids: object = None, *, heads: bool = False) -> pl.DataFrame:
        """What each edge weighs in layers that say so, such as `gat`: columns hop (1 is the first layer),
        `user`, `item` or `entity` (the id of the node that receives), source (that of its neighbour),
        source_type, weight. Of each node and hop the weights add up to 1.

        node: as for `fusion`, but new items receive nothing and have no rows. ids: one or many; None: all.
        heads: a row for each of a layer's heads, in a column head; else the weight is the mean over them.
        Computed from the parameters, in one pass over the graph. An `ArtifactError` where no layer tells.
        """
        from recbox.api.attending import frame

        with blaming(self._registry):
            return frame(self.artifact, node, ids, heads=heads)
