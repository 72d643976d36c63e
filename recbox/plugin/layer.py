"""The kind `layer`: passes messages one hop over the graph."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Literal

from recbox.registry.options import Options

if TYPE_CHECKING:
    from torch import nn

    from recbox.plugin.spec import Spec


class Layer(Options):
    """One hop over the graph: each node receives from its neighbours.

    Laws: the output is as wide as `width` says; permuted nodes give permuted output; a change of a node moves
    those it has edges to, and a node without edges moves no other and stays finite; both kernels agree to
    1e-5; where `linear` is True, `f(ax + by) = a f(x) + b f(y)`.

    Stability: stable for callers and implementers.
    """

    kind: ClassVar[str] = "layer"
    typed: ClassVar[bool] = False
    """False: `graph` is the weighted union of the edge types. True: the layer asks for `graph[type]`."""

    @property
    def linear(self) -> bool:
        """Whether the output is a linear function of the input vectors."""
        return False

    @property
    def edges(self) -> frozenset[str]:
        """Edge types that must be in the graph."""
        return frozenset()

    @property
    def only_edges(self) -> frozenset[str] | None:
        """The edge types that it looks at, where it leaves others alone; None: all that there are."""
        return None

    @property
    def reads_edges(self) -> bool:
        """Whether it reads what edges carry beside their weight: `graph[type].edge["feature"]`."""
        return False

    @property
    def sampled(self) -> bool:
        """Whether it works on a block, as `train.propagation: sampled` draws them: the graph's rows are some
        nodes, its columns these and their neighbours, of which some were drawn. It takes edges by
        `graph.propagate`, or weighs them by `graph.weight`; it asks for no types of edges, nor for what they
        carry, and `graph.layout` says nothing of a block's rows.

        Laws: over all edges it gives what it gives over the graph; where it is linear, it does on average
        over those that are drawn.
        """
        return False

    @property
    def propagates(self) -> Literal["sym", "row", "none"] | None:
        """By which norm the module is `graph.propagate(x, norm)`, if it is nothing else. Such layers in a row
        are taken as one step, and the last of them for the batch's nodes alone where the loss reads no more;
        the module itself isn't called then.

        Laws: it gives that; it is `linear`, has no parameters and keeps the width.
        """
        return None

    def width(self, width: int, dim: int) -> int:
        """Columns of the output, given those of the input and the recipe's `dim`.

        A `ValueError` says why the two don't fit this layer; `recbox check` reports it in its place.
        """
        return dim

    @abstractmethod
    def build(self, spec: Spec) -> nn.Module:
        """A module: `forward(graph, x: float [n_source, spec.width]) -> float [n_target, spec.dim]`.

        Targets are the first rows of the sources; in full propagation they are all nodes.

        Where it weighs edges anew in each pass, the module may have a method
        `attention(graph, x) -> float [e, heads]`: what each edge of the graph weighs, without dropout, 1 in
        sum over the edges that end at a node.
        """
