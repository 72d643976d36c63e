"""What a recipe would do, without doing it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recbox.api.blaming import blaming
from recbox.api.setting import Setting, Where, settle
from recbox.recipe.blocks import Evaluate, Training
from recbox.recipe.edge import Edge, written
from recbox.recipe.recipe import Part, Profiling, Recipe, Space


@dataclass(frozen=True)
class Plan:
    """A checked recipe, and what it says in lines for people: (label, text)."""

    recipe: Recipe
    lines: list[tuple[str, str]]


def check(
    recipe: Where,
    *,
    sets: Sequence[str] = (),
    data_dir: Iterable[str | Path] = (),
    code: Iterable[str | Path] = (),
    seed: int | None = None,
) -> Plan:
    """Check names, types, ranges and whether the parts fit. Reads at most a header of the data."""
    setting = settle(recipe, sets=sets, data_dir=data_dir, code=code, seed=seed)
    with blaming(setting.registry):
        return Plan(
            setting.recipe,
            [*_data(setting), *_method(setting.recipe), *_judging(setting.recipe), *_search(setting.recipe)],
        )


def _data(setting: Setting) -> list[tuple[str, str]]:
    data = setting.recipe.data
    split = data.split
    held = "" if split.by in ("given", "leave-last") else f", valid {split.valid:g}, test {split.test:g}"
    return [
        ("recipe", f"{setting.recipe.name}, seed {setting.recipe.seed}"),
        ("source", f"{said(data.source)}: {_place(setting)}"),
        *([("target", f"{data.target}, among several behaviours")] if data.target else []),
        *((f"column {p.label}", f"from {p.block.file}{_written(p)}") for p in data.profile),
        ("split", split.by + held),
    ]


def _written(profile: Profiling) -> str:
    return f", which recbox profile writes by {said(profile.writer)}" if profile.writer else ""


def _place(setting: Setting) -> str:
    source = setting.recipe.data.source
    if found := source.options.locate(setting.context):
        return f"found in {found}"
    if source.options.shape():
        return "not here yet; the run fetches it, or says where to put it"
    if absent := source.options.absent(setting.context):
        return f"not found: {', '.join(absent)}"
    return "made by the run" if source.name == "synthetic" else "read by the run"


def _method(recipe: Recipe) -> list[tuple[str, str]]:
    if recipe.model is not None:
        return [("model", said(recipe.model)), *_courses(recipe)]
    encoders = {n: f" {e.fuse} ".join(said(p) for p in e.part) for n, e in recipe.encoder.items()}
    layers = ", ".join(said(p) + (f" × {p.repeat}" if p.repeat > 1 else "") for p in recipe.layer)
    lines = [(f"edge {edge.key}", _edge(edge)) for edge in recipe.edge if recipe.edge != (Edge(),)]
    lines += [(f"encoder {node}", text) for node, text in encoders.items()]
    lines += [("layers", f"{layers or 'none'}; combined: {recipe.combine}"), ("head", said(recipe.head))]
    for i, (stage, course) in enumerate(zip(recipe.stage, _courses(recipe))):
        number = f" {i + 1}" if len(recipe.stage) > 1 else ""
        lines.append((f"objective{number}", " + ".join(f"{p.weight:g} · {said(p)}" for p in stage.objective)))
        lines.append(course)
    return lines


def _edge(edge: Edge) -> str:
    """Where a type of edges comes from, and what of it differs from its defaults."""
    said = written(edge)
    own = {k: v for k, v in edge.model_dump(mode="json", exclude_defaults=True).items() if k in said}
    for name in ("type", "by", "made"):
        own.pop(name, None)
    if edge.vectors is not None:
        own["vectors"] = edge.vectors.get("use")
    if len(edge.relation) > 3:
        own["relation"] = f"{len(edge.relation)} named"
    told = "; ".join(f"{name} {_value(value)}" for name, value in own.items())
    return ", ".join(filter(None, (edge.made, told)))


def _value(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(_value(each) for each in value.values())
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _courses(recipe: Recipe) -> list[tuple[str, str]]:
    """How each stage is trained; none for a model that is fitted at one go."""
    rows = " users" if recipe.trained and recipe.model.options.rows == "user" else ""
    lines = []
    for i, stage in enumerate(recipe.stage):
        number = f" {i + 1}" if len(recipe.stage) > 1 else ""
        t = stage.training
        limits = f"at most {t.epochs} epochs of batches of {t.batch}{rows}"
        lines.append((f"train{number}", f"{limits}, {t.optimizer.by} at {t.optimizer.lr:g}{_passing(t)}"))
    return lines


def _passing(training: Training) -> str:
    """How messages are passed, where it isn't over the whole graph."""
    if training.propagation == "sampled":
        return f", over {_value(training.model_dump(mode='json')['fanout'])} neighbours a hop"
    return ", without layers" if training.propagation == "none" else ""


def _judging(recipe: Recipe) -> list[tuple[str, str]]:
    metrics = ", ".join(p.label for p in recipe.metric)
    names = ", ".join(said(p) for p in recipe.baseline) or "none"
    return [
        (
            "metrics",
            f"{metrics} {_rules(recipe.evaluate)}; chosen by {recipe.evaluate.select}",
        ),
        ("baselines", names),
    ]


def _rules(evaluate: Evaluate) -> str:
    """Which pairs will be judged; of rankings, how long they are."""
    if evaluate.by == "ranking":
        return f"at {', '.join(map(str, evaluate.k))}"
    if evaluate.negative is not None:
        how = evaluate.negative
        beside = f"{how.count} {'negative' if how.count == 1 else 'negatives'} drawn {_how(how.by)}"
        return f"over held-out pairs, beside each {beside} with seed {how.seed}"
    if evaluate.positive is not None:
        return f"over held-out pairs, clicks from weight {evaluate.positive:g} on"
    return "over held-out pairs and their weights"


def _how(by: str) -> str:
    return "by popularity" if by == "popular" else "uniformly"


def _search(recipe: Recipe) -> list[tuple[str, str]]:
    if not recipe.search:
        return []
    spaces = "; ".join(f"{path} {tried(space)}" for path, space in recipe.search.items())
    return [("search", f"by recbox tune: {spaces}")]


def tried(space: Space) -> str:
    """What a search tries at one path: `16, 32` or `log 0.0001 to 0.01`."""
    if space.range is None:
        return ", ".join(value if isinstance(value, str) else json.dumps(value) for value in space.choices)
    step = "" if space.range.step is None else f", in steps of {space.range.step:g}"
    return f"{space.range.by} {space.range.low:g} to {space.range.high:g}{step}"


def said(part: Part | None) -> str:
    """A part with the options that differ from their defaults: `gcn(norm=row)`."""
    if part is None:
        return "none"
    options = part.options.model_dump(mode="json", exclude_defaults=True)
    inner = ", ".join(f"{k}={v}" for k, v in options.items())
    return f"{part.label}({inner})" if inner and len(inner) < 80 else part.label
