"""The fixed blocks of a recipe: what `by:`, numbers and switches may say. Plugin options are not here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from recbox.recipe.edge import Positive, Recency
from recbox.registry.options import Options

Share = Annotated[float, Field(ge=0, lt=1)]
Count = Annotated[int, Field(ge=1, le=2**31 - 1)]
NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
"""A name that is a file name on every system."""


class Clean(Options):
    """What happens to rows that can't be used as they are; every row is counted."""

    duplicate: Literal["refuse", "last", "sum"] = "last"
    """The same user and item (and behaviour) twice: refuse, keep the last in time, or sum the weights."""
    bad: Literal["refuse", "skip"] = "refuse"
    """Rows that can't be read: refuse, naming their lines, or skip and count them."""
    threshold: float | None = None
    """Leave out interactions whose weight (a rating) is below this."""
    user_core: Annotated[int, Field(ge=0)] = 0
    """Leave out users with fewer interactions, again and again until nothing changes."""
    item_core: Annotated[int, Field(ge=0)] = 0
    """Leave out items with fewer interactions, again and again until nothing changes."""


BY_TIME = ("user-time", "leave-last", "time")
"""Splits that need to know when."""


class Split(Options):
    """Which interactions are held out."""

    by: Literal["user-time", "user-random", "leave-last", "time", "given", "cold-item", "cold-user"] = (
        "user-time"
    )
    """user-time: each user's last. user-random: each user's, at random. leave-last: one for valid, one for
    test. time: the last of all. given: the data's own parts. cold-item, cold-user: whole items or users."""
    valid: Share = 0.1
    """The share for validation, which chooses epochs and options; 0: none. Of interactions, or for cold-item
    and cold-user of items or users; leave-last takes one each."""
    valid_by: Literal["random", "cluster"] = "random"
    """For `given` without a validation part: which of each user's training interactions it is. cluster: one
    drawn at random and those nearest to it by the users that their items share, so that one side of a taste
    is held out, as it is where test isn't a random part."""
    test: Share = 0.2
    """The share for the test, likewise; given takes the data's own."""


class Negative(Options):
    """How negatives are drawn; never a known positive of the training part."""

    by: Literal["uniform", "popular", "in-batch", "hard"] = "uniform"
    """uniform over items; popular: by training popularity; in-batch: the batch's other items;
    hard: the highest scored of `pool` uniform draws."""
    count: Count = 1
    """Negatives for each positive."""
    pool: Count = 16
    """For hard: draws to choose from, for each negative."""


class Optimizer(Options):
    """How parameters follow the loss."""

    by: Literal["adam", "adamw", "sgd"] = "adam"
    """How gradients become steps; adamw takes weight decay apart from them."""
    lr: Positive = 0.001
    """The learning rate, where the schedule begins."""
    weight_decay: Annotated[float, Field(ge=0)] = 0.0
    """On all parameters; the l2 objective is what LightGCN means by regularisation."""
    momentum: Share = 0.0
    """For sgd."""


class Schedule(Options):
    """How the learning rate changes from epoch to epoch."""

    by: Literal["constant", "step", "cosine", "plateau"] = "constant"
    """plateau: multiplies by gamma when validation has not improved `every` times in a row."""
    every: Count = 20
    """For step: epochs between steps. For plateau: validations without improvement."""
    gamma: Annotated[float, Field(gt=0, le=1)] = 0.5
    """For step and plateau: the factor on the learning rate."""
    warmup: Annotated[int, Field(ge=0)] = 0
    """Epochs in which the learning rate rises linearly from nothing."""


class Training(Options):
    """One stage of training."""

    epochs: Annotated[int, Field(ge=1, le=1_000_000)] = 100
    """At most so many passes over the training interactions."""
    batch: Count = 2048
    """Interactions in a step."""
    recency: Recency = Recency()
    """none: every interaction is a positive once an epoch. Else as many are drawn, recent ones more often."""
    candidate: Literal["auto", "all", "warm"] = "auto"
    """What positives are set against. all: every item that the user has no training interaction with. warm:
    of these, the items with one. auto: warm where items are known by their features too, else all."""
    negative: Negative = Negative()
    """For objectives that draw negatives."""
    optimizer: Optimizer = Optimizer()
    """How parameters follow the loss."""
    schedule: Schedule = Schedule()
    """How the learning rate changes."""
    edge_dropout: Share = 0.0
    """Share of the edges left out of each step's propagation, both directions of an edge together."""
    item_dropout: Share = 0.0
    """Share of the items that have no edges in each step's propagation, as items that nobody has."""
    clip: Positive | None = None
    """The norm to which gradients are clipped."""
    every: Count = 1
    """Epochs between validations."""
    patience: Count | None = 10
    """Validations without improvement after which training stops; null: never."""
    precision: Literal["auto", "fp32", "bf16"] = "auto"
    """auto: bf16 on an accelerator that has it, else fp32. bf16: messages pass in it, and a loss multiplies
    blocks of scores in it where the processor does; parameters and all that is judged stay in fp32. The same
    in all stages."""
    propagation: Literal["full", "sampled", "none"] = "full"
    """full: all nodes through the layers, once a step. sampled: the batch's nodes, over a few neighbours of
    each. none: this stage, not the last, is without layers."""
    fanout: Count | Annotated[tuple[Count, ...], Field(min_length=1, max_length=64)] = 5
    """For sampled: neighbours drawn of each node. A list has a number for each hop, that of the batch's nodes
    first."""

    def fanouts(self, hops: int) -> tuple[int, ...]:
        """Neighbours drawn for each of so many hops, that of the batch's nodes first."""
        return (self.fanout,) * hops if isinstance(self.fanout, int) else self.fanout

    def sets_warm(self, by_features: bool) -> bool:
        """Whether positives are set against warm items alone; by_features: items have features too."""
        return self.candidate == "warm" or (self.candidate == "auto" and by_features)


class Drawn(Options):
    """Negatives that held-out pairs are judged beside; never an item that the user has in any part."""

    by: Literal["uniform", "popular"] = "uniform"
    """uniform over items; popular: by training popularity."""
    count: Annotated[int, Field(ge=1, le=10_000)] = 1
    """Negatives for each held-out pair."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """What the draw follows, and nothing else: every method, and every seed of it, sees the same pairs."""


class Evaluate(Options):
    """How methods are judged. Metrics and baselines are plugins, so they are named in the recipe itself."""

    by: Literal["ranking", "pairs"] = "ranking"
    """ranking: lists of the best items. pairs: scores of single pairs of the held-out part."""
    k: Annotated[tuple[Count, ...], Field(min_length=1, max_length=20)] = (10, 20)
    """Lengths of the lists that are judged."""
    select: str = "ndcg@20"
    """The validation metric that chooses epochs and baselines' options; of pairs, by default the first."""
    candidate: Literal["all", "cold"] = "all"
    """What a list is made of. all: every item that the user has no earlier interaction with. cold: of these,
    the items without an interaction in what the method was fitted on. Both are reported, this one selects."""
    positive: float | None = None
    """For pairs: a held-out pair of this weight and more is a click, one below it is none."""
    negative: Drawn | None = None
    """For pairs: every held-out pair is a click, and drawn ones beside it are none."""
    valid_users: Count | None = None
    """Users of the validation part, drawn once, whose lists tell the method's epochs apart; null: all. What
    is reported is of all."""
    refit: bool = False
    """Fit every method on train + validation before the test."""
    gap: Annotated[tuple[str, ...], Field(max_length=5)] = ()
    """Categorical columns of users: test metrics of each group, and the largest difference between two."""


class Header(Options):
    """The fields that stand alone at the top of a recipe."""

    recbox: Literal[1]
    """The version of the recipe format."""
    name: Annotated[str, Field(pattern=NAME)] = "recipe"
    """What the run and its artifact are called; by default the file's name."""
    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] = 0
    """All random draws follow from it."""
    dim: Annotated[int, Field(ge=1, le=65_536)] = 64
    """Columns of the vectors."""
    combine: Literal["last", "mean", "layers", "sum", "concat", "attention"] = "mean"
    """How the encoder's vectors and those of every hop become one; attention learns weights for each node."""


class Fallback(Options):
    """What to do where a public data set can be neither found nor fetched."""

    fallback: Literal["none", "synthetic"] = "none"
    """none: stop. synthetic: make a set of the same shape, and say so everywhere."""


class Drawing(Options):
    """What the draws of the data follow: interactions that are made, and parts held out at random."""

    seed: Annotated[int, Field(ge=0, le=2**32 - 1)] | None = None
    """null: the recipe's own seed. A number keeps data and split as they are, whatever seed trains."""


class Fusing(Options):
    """How several encoders of one node type become one."""

    fuse: Literal["sum", "concat", "gate", "attention"] = "sum"
    """sum: vectors are added. concat: they stand side by side, `dim` numbers from each. gate: a weighted
    mean, by weights that are learned for each node and dimension. attention: by one weight for each node."""


class Repeat(Options):
    """Beside a layer's options."""

    repeat: Annotated[int, Field(ge=1, le=64)] = 1
    """How many such layers, each with its own parameters."""


class Term(Options):
    """Beside an objective's options."""

    weight: Annotated[float, Field(ge=0)] = 1.0
    """The factor of the term in the loss."""


class Formula(Options):
    """alpha · supervised + (1 - alpha) · self-supervised."""

    alpha: Annotated[float, Field(ge=0, le=1)]
    """The share of the supervised terms."""


class Range(Options):
    """Values that `search` draws from an interval."""

    by: Literal["linear", "log", "int", "log-int"]
    """linear: evenly. log: evenly by the logarithm. int and log-int: whole numbers, likewise."""
    low: float
    """The smallest value."""
    high: float
    """The largest value."""
    step: Positive | None = None
    """For linear and int: only low, low + step, low + 2 step, and so on."""
