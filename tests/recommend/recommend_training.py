"""What reads data, makes edges, trains and judges, and is not needed again: a `--code` file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, final

from recbox.plugin import Encoder, Objective, Provides, Source, UserMetric
from recbox.source.synthetic import Synthetic

if TYPE_CHECKING:
    import numpy as np
    import torch

    from recbox.context import Context
    from recbox.data import Tables

DATA = Synthetic(users=60, items=50, interactions=900)


@final
class Made(Source):
    """Some data."""

    def provides(self, context: Context) -> Provides:
        return DATA.provides(context)

    def read(self, context: Context) -> Tables:
        return DATA.read(context)


@final
class Marks(Encoder):
    """Vectors that some edges are made of."""

    @property
    def given(self) -> bool:
        return True

    def vectors(self, spec: Any) -> np.ndarray:
        import numpy as np

        return np.random.default_rng(0).normal(size=(spec.count, 4)).astype(np.float32)

    def build(self, spec: Any) -> Any:
        raise AssertionError("it stands at edges alone")


@final
class Even(Objective):
    """Vectors are small."""

    @property
    def supervised(self) -> bool:
        return False

    def build(self, spec: Any) -> Any:
        from torch import nn

        class Module(nn.Module):
            def forward(self, step: Any) -> torch.Tensor:
                return step.embed().final.square().mean()

        return Module()


@final
class Shaken(Objective):
    """The same of a main view with some columns left out, and a factor of its own that is learned."""

    @property
    def supervised(self) -> bool:
        return False

    def build(self, spec: Any) -> Any:
        import torch
        from torch import nn

        class Module(nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.factor = nn.Parameter(torch.ones(()))

            def disturb(self, generator: torch.Generator, hop: int, x: torch.Tensor) -> torch.Tensor:
                kept = torch.rand(x.shape, generator=generator) < 0.8
                return x * kept * self.factor if hop == 0 else x

            def forward(self, step: Any) -> torch.Tensor:
                return step.embed().final.square().mean()

        return Module()


@final
class Found(UserMetric):
    """Whether anything was found."""

    def per_user(self, hits: np.ndarray, relevant: np.ndarray) -> np.ndarray:
        return hits.any(1).astype(float)
