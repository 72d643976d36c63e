"""Whether what the artifact says of itself, figures aside, is what recipe, manifest and interactions say."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recbox.api.judging import data_document
from recbox.data import assemble
from recbox.errors import RecboxError
from recbox.registry.installed import distribution_name
from recbox.registry.origin import OURS
from recbox.verification.check import Check, checked
from recbox.verification.subject import Subject

STATED = "the page and the card tell of another run than this one: what stands beside the figures was edited"
BORROWED = (
    "a part that isn't recbox's own stands under the name of one that is: what it gives may be anything, and "
    "looks like the known metric or baseline"
)
STAND_IN = "the data was generated and is passed off as real: no figure says anything about a real data set"


def stating(subject: Subject) -> list[Check]:
    """Names, seed, sizes, which metric selects; parts under borrowed names; made data that is called real."""
    return [_stated(subject), _borrowed(subject), *_made(subject)]


def _stated(subject: Subject) -> Check:
    wrong = [
        f"{what} is said to be {said}, and is {found}"
        for what, said, found in _pairs(subject)
        if said != found
    ]
    seen = "names, seed, sizes and what selects are those of recipe, manifest and interactions"
    return checked("what is stated", "; ".join(wrong[:3]), seen, STATED)


def _pairs(subject: Subject) -> Iterator[tuple[str, Any, Any]]:
    """What is stated, where it says so; and what it should be."""
    metrics, recipe, manifest = subject.metrics, subject.recipe, subject.artifact.manifest
    yield "the name", metrics.get("name"), recipe.name
    yield "the metric that selects", metrics.get("select"), recipe.evaluate.select
    yield "the manifest's seed", manifest.run.seed, recipe.seed
    if "lower_is_better" in metrics:
        lower = sorted(p.label for p in recipe.metric if getattr(p.options, "lower_is_better", False))
        yield "what is better lower", metrics["lower_is_better"], lower
    due = data_document(recipe, subject.dataset, subject.split)
    stated = metrics.get("data", {})
    for key in ("source", "synthetic", "users", "items", "interactions"):
        yield f"data.{key}", stated.get(key), due[key]
    for key in ("by", "train", "valid", "test"):
        yield f"data.split.{key}", stated.get("split", {}).get(key), due["split"][key]


def _borrowed(subject: Subject) -> Check:
    recipe = subject.recipe
    own = {(kind, e.name) for kind, e in subject.registry.entries() if distribution_name(e) == OURS}
    judges = [*recipe.metric, *recipe.baseline]
    wrong = [
        f"the {p.kind} {p.label} is {p.origin.distribution if p.origin else 'nobody'}'s"
        for p in judges
        if p.foreign and (p.kind, p.label) in own
    ]
    seen = f"{len(judges)} metrics and baselines; none that isn't recbox's has the name of one that is"
    return checked("by their own names", "; ".join(wrong), seen, BORROWED)


def _made(subject: Subject) -> Iterator[Check]:
    """Of a recipe that may fall back on generated data, or asks for it."""
    data, name = subject.recipe.data, "made or real"
    if subject.dataset.synthetic:
        return
    if data.source.name == "synthetic":
        yield checked(name, "the source generates, and the artifact says that it is real", "", STAND_IN)
    elif data.fallback == "synthetic":
        same = _stand_in(subject) == subject.dataset.fingerprint
        wrong = "these are the interactions that are generated where the source isn't at hand" if same else ""
        yield checked(name, wrong, "not the data that is generated where the source isn't at hand", STAND_IN)


def _stand_in(subject: Subject) -> str:
    """The fingerprint of the data that would be generated; empty where none can be."""
    recipe = subject.recipe
    seed = recipe.seed if recipe.data.seed is None else recipe.data.seed
    options: Any = recipe.data.source.options
    try:
        shape: Mapping[str, Any] = options.shape() or {}
        source: Any = subject.registry.load("source", "synthetic").parse(shape)
        return assemble(source.read(subject.context.with_(seed=seed)), recipe.data.clean).fingerprint
    except RecboxError:
        return ""
