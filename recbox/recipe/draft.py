"""A recipe half read: what could be understood, with its places; None where a mistake was reported."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from recbox.recipe.blocks import Clean, Drawing, Evaluate, Header, Split, Training
from recbox.recipe.desk import Parts, Placed
from recbox.recipe.edge import Edge
from recbox.recipe.profile import Profile
from recbox.recipe.recipe import Fuse, Space
from recbox.recipe.tree import Node


@dataclass(frozen=True)
class ProfileDraft:
    """A profile that could be read. writer: None where none is named, or it could not be read."""

    block: Profile
    writer: Placed | None
    node: Node


@dataclass(frozen=True)
class DataDraft:
    source: Placed | None = None
    fallback: Literal["none", "synthetic"] | None = None
    clean: Clean | None = None
    split: Split | None = None
    drawing: Drawing | None = None
    profile: list[ProfileDraft] = field(default_factory=list)
    target: str | None = None


@dataclass(frozen=True)
class CoderDraft:
    """The encoders of one node type."""

    fuse: Fuse
    part: Parts
    node: Node


@dataclass(frozen=True)
class StageDraft:
    """One stage: its settings, their node (None: defaults), its terms."""

    training: Training | None
    node: Node | None
    objective: Parts


@dataclass(frozen=True)
class JudgeDraft:
    evaluate: Evaluate | None
    metric: Parts
    baseline: Parts


@dataclass(frozen=True)
class Draft:
    """Everything. With a model, encoder and layer are empty and head is None; stage too, but for one that is
    trained, whose stage has no objective."""

    root: Node
    header: Header | None
    data: DataDraft
    edge: list[tuple[Edge, Node]]
    """Those that could be read; `edges` says whether they are all."""
    edges: bool
    model: Placed | None
    encoder: dict[str, CoderDraft]
    layer: Parts
    head: Placed | None
    stage: list[StageDraft]
    judge: JudgeDraft
    vectors: dict[str, Placed] = field(default_factory=dict)
    """By the keys of edges the encoders whose vectors they compare."""
    search: dict[str, Space] = field(default_factory=dict)
