"""Plugins of all kinds, copies of built-ins, that break a law of every plugin."""

from __future__ import annotations

import io
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any, Literal, final

import numpy as np
import torch
from mutant_kit import Mutant
from pydantic import ConfigDict, field_validator
from source_copies import source
from torch import nn

from recbox.context import Context
from recbox.data import Tables
from recbox.encoder.id import Id
from recbox.head.cosine import Cosine
from recbox.kernel.dgl_door import missing
from recbox.layer.gcn import GCN
from recbox.metric.coverage import Coverage
from recbox.metric.ndcg import NDCG
from recbox.metric.recall import Recall
from recbox.model.item_knn import ItemKNN
from recbox.model.popularity import Popularity, PopularityScorer
from recbox.objective.bpr import BPR
from recbox.objective.mse import MSE
from recbox.plugin import Options, Scorer, Source, Spec, Step
from recbox.registry.code import read_code
from recbox.source.lightgcn import LightGCNText
from recbox.source.synthetic import Synthetic
from recbox.source.table import Table

LAYER = '''
{before}
from typing import final
from recbox.plugin import Layer

@final
class Hop(Layer):
    """The mean of the neighbours."""

    def width(self, width, dim):
        return width

    def build(self, spec):
        from torch import nn
        class Mean(nn.Module):
            def forward(self, graph, x):
                return graph.propagate(x, "row")
        return Mean()
'''


def in_a_file(before: str) -> type[Options]:
    """A layer from a file, as `--code FILE` reads it; the file stays as long as this process."""
    missing()  # imports dgl as recbox does, where it is installed; it can't be imported as it is
    path = Path(FOLDER.name) / f"mine{len(list(Path(FOLDER.name).iterdir()))}.py"
    path.write_text(LAYER.format(before=before))
    with redirect_stdout(io.StringIO()):  # one of them prints, which is what it does wrong
        return read_code(path).plugins[0].cls


TRIED = "try:\n    import {0}\nexcept ImportError:\n    {0} = None"
FOLDER = tempfile.TemporaryDirectory(prefix="recbox-mutants-")


def copy(of: type[Options], **members: Any) -> type[Options]:
    """A copy with some members of its own."""
    return type(of)("Copy", (of,), {"__module__": __name__, "__doc__": of.__doc__, **members})


@final
class Undocumented(GCN):
    """A copy that doesn't say what an option is."""

    twice: bool = False


@final
class Unfinished(Cosine):
    """Half a sentence"""


class NotFinal(Recall):
    """It is derived from a final class, and is not one."""


@final
class Doubling(Id):
    """A copy whose option grows each time that it is read."""

    std: float = 0.1
    """It is doubled."""

    @field_validator("std")
    @classmethod
    def _double(cls, value: float) -> float:
        return 2 * value


@final
class Infinite(ItemKNN):
    """A copy with a value that JSON hasn't."""

    model_config = ConfigDict(allow_inf_nan=True)

    shrinkage: float = float("inf")
    """Infinite."""


@final
class Lenient(MSE):
    """A copy that takes whatever it is given."""

    model_config = ConfigDict(extra="ignore")


@final
class Changing(Popularity):
    """A copy whose options can be changed."""

    model_config = ConfigDict(frozen=False)


@final
class Reserved(GCN):
    """A copy with an option that recipes write beside each part."""

    repeat: Literal[1, 2] = 1
    """How often."""


class Shaken(nn.Module):
    """A module whose inputs are shaken a little, by a draw or another."""

    def __init__(self, inner: nn.Module, draw: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.inner, self.draw = inner, draw

    def forward(self, graph: Any, x: torch.Tensor) -> torch.Tensor:
        return self.inner(graph, x + 0.01 * self.draw(x))


def fresh(x: torch.Tensor) -> torch.Tensor:
    stream = torch.Generator()
    stream.seed()
    return torch.randn(x.shape, generator=stream).to(x)


def shaken_layer(draw: Callable[[torch.Tensor], torch.Tensor]) -> type[Options]:
    return copy(GCN, build=lambda self, spec: Shaken(GCN.build(self, spec), draw))


def system_seed() -> int:
    return int.from_bytes(os.urandom(4), "little")


def entropy_id(self: Id, spec: Spec) -> nn.Module:
    module = Id.build(self, spec)
    nn.init.normal_(module.weight, std=self.std, generator=torch.Generator().manual_seed(system_seed()))
    return module


def popular(change: Callable[[Any], Any]) -> type[Options]:
    """Popularity, after something was done with the training part."""

    def fit(self: Popularity, spec: Spec) -> Scorer:
        scorer = Popularity.fit(self, spec)
        noise = change(spec.train)
        return scorer if noise is None else PopularityScorer(scorer.users, scorer.count + noise)

    return copy(Popularity, fit=fit)


def objective(of: type[Options], before: Callable[[Step], object]) -> type[Options]:
    """A copy that does something before each step."""

    class First(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, step: Step) -> torch.Tensor:
            before(step)
            return self.inner(step)

    return copy(of, build=lambda self, spec: First(of.build(self, spec)))


def user_metric(of: type[Options], before: Callable[[np.ndarray], object]) -> type[Options]:
    def per_user(self: Any, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        before(hits)
        return of.per_user(self, hits, relevant)

    return copy(of, per_user=per_user)


def catalogue_metric(before: Callable[[np.ndarray], object]) -> type[Options]:
    def catalogue(self: Coverage, exposure: np.ndarray, popularity: np.ndarray) -> float:
        before(exposure)
        return Coverage.catalogue(self, exposure, popularity)

    return copy(Coverage, catalogue=catalogue)


def reading(of: type[Source], before: Callable[[Any, Context], object]) -> type[Options]:
    def read(self: Any, context: Context) -> Tables:
        before(self, context)
        return of.read(self, context)

    return source(of, read=read)


def head(before: Callable[[torch.Tensor], object]) -> type[Options]:
    """The cosine, after something was done to the users' vectors."""

    class First(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
            before(user)
            return self.inner(user, item)

        def block(self, user: torch.Tensor, item: torch.Tensor) -> torch.Tensor:
            return self.inner.block(user, item)

    return copy(Cosine, build=lambda self, spec: First(Cosine.build(self, spec)))


def layer(before: Callable[[Any, torch.Tensor], object]) -> type[Options]:
    class First(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner

        def forward(self, graph: Any, x: torch.Tensor) -> torch.Tensor:
            before(graph, x)
            return self.inner(graph, x)

    return copy(GCN, build=lambda self, spec: First(GCN.build(self, spec)))


def seeded_id(self: Id, spec: Spec) -> nn.Module:
    torch.manual_seed(spec.context.seed)
    return Id.build(self, spec)


def echo(*_: object) -> None:
    subprocess.run(["echo", "reading"], check=True)


def sorted_file(options: LightGCNText, context: Context) -> None:
    path = context.folder / options.folder / options.train
    path.write_bytes(b"\n".join(sorted(path.read_bytes().splitlines())))


CLASSES: tuple[Mutant, ...] = (
    Mutant("imports-lightly", "lightgcn", "torch at the top", in_a_file("import torch")),
    Mutant("imports-lightly", "lightgcn", "dgl at the top where it is there", in_a_file(TRIED.format("dgl"))),
    Mutant("imports-lightly", "lightgcn", "prints at the top", in_a_file("print('hello')")),
    Mutant(
        "imports-lightly",
        "lightgcn",
        "torch at the top where it is there",
        in_a_file(TRIED.format("torch")),
    ),
    Mutant("documented", "gcn", "an option without a docstring", Undocumented),
    Mutant("documented", "cosine", "half a sentence", Unfinished),
    Mutant("documented", "recall", "not final", NotFinal),
    Mutant("options-round-trip", "id", "doubled when read", Doubling),
    Mutant("options-round-trip", "item-knn", "an infinite default", Infinite),
    Mutant("unknown-options-are-refused", "mse", "unknown ones are ignored", Lenient),
    Mutant("unknown-options-are-refused", "popularity", "not frozen", Changing),
    Mutant("unknown-options-are-refused", "gcn", "a reserved name", Reserved),
)

DRAWS: tuple[Mutant, ...] = (
    Mutant("same-seed-same-result", "gcn", "an unseeded draw", shaken_layer(fresh)),
    Mutant("same-seed-same-result", "id", "drawn by the system", copy(Id, build=entropy_id)),
    Mutant(
        "same-seed-same-result",
        "popularity",
        "an unseeded draw",
        popular(lambda train: np.random.default_rng().random(len(train.item)).astype(np.float32)),
    ),
    Mutant(
        "same-seed-same-result",
        "synthetic",
        "another seed each time",
        source(Synthetic, read=lambda self, context: Synthetic.read(self, context.with_(seed=system_seed()))),
    ),
    Mutant(
        "same-seed-same-result",
        "mse",
        "an unseeded draw of weights",
        objective(MSE, lambda step: step.batch.weight.add_(fresh(step.batch.weight))),
    ),
    Mutant(
        "global-streams-are-left-alone", "gcn", "drawn without a generator", shaken_layer(torch.randn_like)
    ),
    Mutant("global-streams-are-left-alone", "id", "torch is seeded", copy(Id, build=seeded_id)),
    Mutant(
        "global-streams-are-left-alone",
        "bpr",
        "random is seeded",
        objective(BPR, lambda step: random.seed(0)),
    ),
    Mutant(
        "global-streams-are-left-alone",
        "popularity",
        "numpy is seeded",
        popular(lambda train: np.random.seed(0)),
    ),
    Mutant(
        "global-streams-are-left-alone",
        "synthetic",
        "numpy's stream",
        reading(Synthetic, lambda *_: np.random.rand()),
    ),
    Mutant(
        "global-streams-are-left-alone",
        "ndcg",
        "ties by a global draw",
        user_metric(NDCG, lambda hits: random.random()),
    ),
)

MANNERS: tuple[Mutant, ...] = (
    Mutant(
        "prints-nothing", "table", "prints what it reads", reading(Table, lambda options, _: print(options))
    ),
    Mutant("prints-nothing", "lightgcn", "a program prints", reading(LightGCNText, echo)),
    Mutant(
        "prints-nothing", "cosine", "to standard error", head(lambda user: print(user.shape, file=sys.stderr))
    ),
    Mutant(
        "prints-nothing",
        "coverage",
        "past Python",
        catalogue_metric(lambda exposure: os.write(2, b"counted\n")),
    ),
    Mutant(
        "prints-nothing", "popularity", "the number of users", popular(lambda train: print(len(train.user)))
    ),
    Mutant(
        "inputs-are-left-alone", "recall", "hits are cleared", user_metric(Recall, lambda hits: hits.fill(0))
    ),
    Mutant(
        "inputs-are-left-alone",
        "coverage",
        "sorted in place",
        catalogue_metric(lambda exposure: exposure.sort()),
    ),
    Mutant(
        "inputs-are-left-alone",
        "popularity",
        "weights of training set to 1",
        popular(lambda train: train.interaction.weight.fill(1.0)),
    ),
    Mutant("inputs-are-left-alone", "gcn", "vectors in place", layer(lambda graph, x: x.mul_(2.0))),
    Mutant(
        "inputs-are-left-alone",
        "gcn",
        "neighbours in another order",
        layer(lambda graph, x: graph.indices.copy_(graph.indices.flip(0))),
    ),
    Mutant(
        "inputs-are-left-alone",
        "cosine",
        "normalised in place",
        head(lambda user: user.div_(user.norm(dim=-1, keepdim=True))),
    ),
    Mutant(
        "inputs-are-left-alone",
        "mse",
        "weights of the batch in place",
        objective(MSE, lambda step: step.batch.weight.clamp_(0, 1)),
    ),
    Mutant("inputs-are-left-alone", "lightgcn", "the file is sorted", reading(LightGCNText, sorted_file)),
)

MUTANTS: tuple[Mutant, ...] = (*CLASSES, *DRAWS, *MANNERS)
