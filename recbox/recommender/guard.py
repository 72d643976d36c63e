"""Whether parts that recbox didn't bring do what their kind promises; silent faults are found here.

recbox's own parts are tested and not looked at, so that a recipe without others pays nothing.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import nn

from recbox.context import Context
from recbox.kernel import Graph
from recbox.recipe.fault import fault
from recbox.recipe.recipe import Part, Recipe
from recbox.recommender.recommender import Recommender, attends

Pairs = list[tuple[Part, nn.Module]]
"""Parts and the modules that they built."""

DTYPES = (torch.float32, torch.float64, torch.float16, torch.int64, torch.int32, torch.uint8, torch.bool)
"""Of parameters and buffers that can be saved."""


def check_module(part: Part, module: object) -> nn.Module:
    """What a part built, if it is a module that can be trained and saved."""
    if not isinstance(module, nn.Module):
        raise fault(part, f"builds a {type(module).__name__}, not a torch module", instead="return nn.Module")
    if part.kind == "head":
        for method in ("block", "vectors") if part.options.retrievable else ("block",):
            if not callable(getattr(module, method, None)):
                raise fault(part, f"builds a module without the method `{method}`")
    for inner in module.modules():
        if (rate := vars(inner).get("lr")) is not None and not _is_rate(rate):
            what = f"asks for a learning rate `lr` of {rate!r}"
            raise fault(part, what, instead="a number above 0, or None")
    for name, value in module.state_dict().items():
        if not isinstance(value, torch.Tensor) or value.layout != torch.strided or value.dtype not in DTYPES:
            raise fault(part, f"keeps {name!r} in its state, which is no dense tensor of a usual type")
        if value.is_meta:
            raise fault(part, f"keeps {name!r} on the device meta, which holds no numbers")
    return module


def _is_rate(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < float("inf")


def foreign(recipe: Recipe, recommender: Recommender) -> Pairs:
    """The encoders, layers and the head that recbox didn't bring."""
    found: Pairs = []
    for node, encoding in recipe.encoder.items():
        found += zip(encoding.part, recommender.encoder[node].part)
    found += zip([part for part in recipe.layer for _ in range(part.repeat)], recommender.layer)
    if recipe.head is not None:
        found.append((recipe.head, recommender.head))
    return [(part, module) for part, module in found if part.foreign]


@torch.no_grad()
def inspect(recipe: Recipe, recommender: Recommender, graph: Graph, context: Context) -> None:
    """One pass over a new recommender in evaluation mode; a `PluginError` names the part that is at fault."""
    pairs = foreign(recipe, recommender)
    if not pairs:
        return
    mode = recommender.training
    recommender.eval()
    with context.draws("guard"), watching(pairs, recipe, recommender, graph):
        for part, module in pairs:
            _missing(part, module, graph.degree.device)
        found = recommender(graph)
        final, before = found.final, dict(zip(recommender.layer, found.hops))
        for part, module in pairs:
            _attention(part, module, graph, before)
        if recipe.head is not None and recipe.head.foreign:
            _head(recipe.head, recommender.head, *(final[rows] for rows in recommender.rows))
    if recipe.head is not None and recipe.head.foreign:
        _copied(recipe.head, recommender.head)
    recommender.train(mode)


@contextmanager
def watching(pairs: Pairs, recipe: Recipe, recommender: Recommender, graph: Graph) -> Iterator[None]:
    """While the block runs, what these parts give and what they do to the graph is looked at.

    pairs may hold terms of the loss too, whose value is not looked at in here.
    """
    widths = dict(zip(recommender.layer, _widths(recipe, recommender)))
    watch = _Watch(graph)
    hooks = []
    for part, module in pairs:
        width = {"encoder": recipe.dim, "layer": widths.get(module)}.get(part.kind)
        hooks.append(module.register_forward_pre_hook(watch.before))
        hooks.append(module.register_forward_hook(watch.after(part, width)))
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


class _Watch:
    """Versions of the graph's tensors, which count the changes in place, and of each input."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.graph_version = _versions(graph)
        self.inputs: list[list[int]] = []

    def before(self, module: nn.Module, given: tuple[Any, ...]) -> None:
        self.inputs.append([x._version for x in _tensors(given)])

    def after(self, part: Part, width: int | None) -> Callable[..., None]:
        """A hook for the module of `part`; width: columns that it must give, None where that is not known."""

        def check(module: nn.Module, given: tuple[Any, ...], out: object) -> None:
            self._unchanged(part, given)
            if width is not None:
                source = _tensors(given)[0]
                # A layer gives a row for each node that its graph has rows of, an encoder for each asked for.
                rows = next((x.nodes for x in given if isinstance(x, Graph)), len(source))
                check_output(part, out, (rows, width), source)

        return check

    def _unchanged(self, part: Part, given: tuple[Any, ...]) -> None:
        if _versions(self.graph) != self.graph_version:
            way = "work on a copy (`graph.weight.clone()`)"
            raise fault(part, "changes the graph in place, which all parts share", instead=way)
        if [x._version for x in _tensors(given)] != self.inputs.pop():
            raise fault(part, "changes the vectors that it is given in place", instead="work on a copy")


def check_output(part: Part, out: object, shape: tuple[int, ...], source: torch.Tensor) -> None:
    """A floating tensor of this shape on the device of `source`, which it was made of; finite if that is."""
    if not isinstance(out, torch.Tensor):
        raise fault(part, f"gives a {type(out).__name__}, not a tensor")
    if tuple(out.shape) != shape:
        raise fault(part, f"gives a tensor of shape {list(out.shape)}, not {list(shape)}")
    if not out.is_floating_point():
        raise fault(part, f"gives numbers of type {out.dtype}, not floating ones")
    if out.device != source.device:
        what = f"gives a tensor on the device {out.device}, and the run is on {source.device}"
        raise fault(part, what, instead="make tensors with `device=x.device`")
    if not torch.isfinite(out).all() and torch.isfinite(source).all():
        what = "gives numbers that are not finite, of input that is"
        raise fault(part, what, why="a division by a degree of 0 does that, for one")


def check_term(part: Part, value: object, device: torch.device) -> torch.Tensor:
    """The value of a term of the loss, if one can train with it; whether it is finite is not looked at."""
    if not isinstance(value, torch.Tensor):
        raise fault(part, f"gives a {type(value).__name__}, not a tensor")
    if value.dim() != 0 or not value.is_floating_point():
        raise fault(part, f"gives {value.dtype} of shape {list(value.shape)}, not one floating number")
    if value.device != device:
        raise fault(part, f"gives a tensor on the device {value.device}, and the run is on {device}")
    if not value.requires_grad:
        what = "gives a value without a gradient, so that nothing can be learned from it"
        way = "compute it from step.score, step.block or step.embed, without detach, item or no_grad"
        raise fault(part, what, instead=way)
    return value


def _head(part: Part, head: nn.Module, users: torch.Tensor, items: torch.Tensor) -> None:
    """A few users against a few items, in each of the ways that training and judging ask for."""
    user, item = users[:2], items[:3]
    shape = len(user), len(item)
    check_output(part, head(user[:, None], item[None]), shape, user)
    check_output(part, head.block(user, item), shape, user)
    if part.options.retrievable:
        one, other = head.vectors(user, item)
        check_output(part, one @ other.T, shape, user)


def _missing(part: Part, module: nn.Module, device: torch.device) -> None:
    """What an encoder's module says of the nodes that it misses, if it says anything."""
    if part.kind != "encoder" or not callable(getattr(module, "missing", None)):
        return
    told = module.missing(torch.zeros(2, dtype=torch.int64, device=device))
    right = isinstance(told, torch.Tensor) and told.dtype == torch.bool and tuple(told.shape) == (2,)
    if told is not None and not right:
        raise fault(part, "has a `missing` that gives no bool [n]", instead="a flag for each node, or None")


def _attention(part: Part, layer: Any, graph: Graph, before: dict[nn.Module, torch.Tensor]) -> None:
    """What a layer's module says that edges weigh, if it says anything. before: what comes into each."""
    if part.kind != "layer" or not attends(layer):
        return
    told = layer.attention(graph, before[layer])
    shaped = isinstance(told, torch.Tensor) and told.is_floating_point() and told.shape[:1] == (graph.edges,)
    if not (shaped and told.dim() == 2 and told.shape[1] and torch.isfinite(told).all()):
        what = "has a method `attention` that gives no finite float [e, heads]"
        raise fault(
            part, what, instead="a weight for each edge, of graph.edge_softmax; or another name for it"
        )


def _copied(part: Part, head: nn.Module) -> None:
    """Judging works on a copy. Not while the module is watched, for the hooks have the graph with them."""
    try:
        copy.deepcopy(head)
    except Exception as error:
        why = f"{type(error).__name__}: {error}"
        way = "keep nothing in the module but modules, tensors and plain values"
        raise fault(part, "can't be copied, as judging does", why=why, instead=way) from error


def _widths(recipe: Recipe, recommender: Recommender) -> Iterator[int]:
    width = recommender.encoder["user"].width
    for part in recipe.layer:
        for _ in range(part.repeat):
            width = part.options.width(width, recipe.dim)
            yield width


def _tensors(given: Sequence[Any]) -> list[torch.Tensor]:
    return [x for x in given if isinstance(x, torch.Tensor)]


def _versions(graph: Graph) -> list[int]:
    """How often each tensor of the graph was changed in place, what is derived from it included."""
    graphs = [graph, *(graph[type] for type in graph.types)]
    shared = [(g.indptr, g.indices, g.weight, g.reverse, g.count, g.degree) for g in graphs]
    return [x._version for tensors in shared for x in tensors if x is not None]
