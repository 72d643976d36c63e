"""A trained model in training."""

from __future__ import annotations

import torch

from recbox.context import Context
from recbox.data import Dataset
from recbox.errors import PluginError
from recbox.plugin import Scorer, Spec, Trained
from recbox.recipe.blocks import Training
from recbox.recipe.recipe import Part
from recbox.recommender import check_module
from recbox.train.model_loss import ModelLoss
from recbox.train.state import Tensors


class ModelCourse:
    """A model's own module and loss, in one stage.

    part: of the kind `model`, with options of a `Trained`. select, lower_is_better: what validation goes by.
    """

    def __init__(
        self,
        part: Part,
        training: Training,
        train: Dataset,
        context: Context,
        select: str,
        lower_is_better: bool,
    ) -> None:
        if not isinstance(part.options, Trained):
            raise PluginError(f"the model {part.label!r} is fitted at one go: there is nothing to train")
        self.part, self.options, self.train, self.context = part, part.options, train, context
        self.stages, self.select, self.lower_is_better = [training], select, lower_is_better
        self.spec = Spec("", 0, 0, 0, train, None, context, "model")
        self.module = check_module(part, self.options.build(self.spec)).to(context.device)

    def open(self, stage: int) -> ModelLoss:
        return ModelLoss(self.part, self.module, self.stages[stage], self.train, self.context)

    @torch.no_grad()
    def scorer(self) -> Scorer:
        mode = self.module.training
        self.module.eval()
        with self.context.draws("scorer"):
            scorer = self.options.scorer(self.module, self.spec)
        self.module.train(mode)
        return scorer

    def scores_at_last(self, stage: int) -> bool:
        return True

    def restore(self, tensors: Tensors) -> None:
        self.module.load_state_dict(tensors)

    def end(self) -> None:
        self.module.eval()
