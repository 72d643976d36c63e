"""A draft without mistakes to a `Recipe`, and to the plain data that a resolved recipe is written as."""

from __future__ import annotations

from typing import Any

from recbox.recipe.blocks import Evaluate
from recbox.recipe.desk import Parts, Placed
from recbox.recipe.draft import CoderDraft, Draft
from recbox.recipe.edge import Edge, written
from recbox.recipe.pairing import ALONE
from recbox.recipe.recipe import Data, Encoding, Network, Part, Profiling, Recipe, Stage
from recbox.recipe.trained import idle


def finish(draft: Draft) -> Recipe | None:
    """The recipe, of a draft that no mistake was found in; None if a block is missing."""
    header, data, judge, network = draft.header, draft.data, draft.judge, finish_network(draft)
    if (
        header is None
        or network is None
        or data.source is None
        or data.fallback is None
        or data.clean is None
        or data.split is None
        or data.drawing is None
    ):
        return None
    profile = tuple(Profiling(p.block, p.writer.part if p.writer else None) for p in data.profile)
    fields: dict[str, Any] = {
        **vars(network),
        "name": header.name,
        "seed": header.seed,
        "data": Data(
            data.source.part, data.fallback, data.clean, data.split, data.drawing.seed, profile, data.target
        ),
        "vectors": {key: placed.part for key, placed in draft.vectors.items()},
        "model": draft.model.part if draft.model else None,
        "stage": tuple(Stage(s.training, _parts(s.objective)) for s in draft.stage if s.training),
        "metric": _parts(judge.metric),
        "baseline": _parts(judge.baseline),
    }
    resolved = _resolved(fields)
    if draft.search:
        resolved = _with_search(resolved, draft)
    return Recipe(**fields, resolved=resolved, search=draft.search)


def finish_network(draft: Draft) -> Network | None:
    """The graph parts, of a draft that no mistake was found in; None if a block is missing."""
    header, evaluate = draft.header, draft.judge.evaluate
    if header is None or evaluate is None:
        return None
    return Network(
        dim=header.dim,
        edge=tuple(_edge(edge, draft.vectors.get(edge.key)) for edge, _ in draft.edge),
        encoder={type: _encoding(coder) for type, coder in draft.encoder.items()},
        layer=_parts(draft.layer),
        combine=header.combine,
        head=draft.head.part if draft.head else None,
        evaluate=evaluate,
    )


def _edge(edge: Edge, vectors: Placed | None) -> Edge:
    """With all options of the encoder whose vectors it compares."""
    return edge.model_copy(update={"vectors": _part(vectors.part)}) if vectors else edge


def _parts(placed: Parts) -> tuple[Part, ...]:
    return tuple(p.part for p in placed if p is not None)


def _encoding(coder: CoderDraft) -> Encoding:
    return Encoding(coder.fuse, _parts(coder.part))


def _resolved(f: dict[str, Any]) -> dict[str, Any]:
    data: Data = f["data"]
    plain: dict[str, Any] = {"recbox": 1, "name": f["name"], "seed": f["seed"]}
    if not f["model"]:
        plain["dim"] = f["dim"]
    plain["data"] = {
        "source": _part(data.source),
        **({} if data.target is None else {"target": data.target}),
        **({"profile": list(map(_profile, data.profile))} if data.profile else {}),
        "fallback": data.fallback,
        "clean": data.clean.values(),
        "split": data.split.values(),
        "seed": data.seed,
    }
    plain |= {"model": _part(f["model"]), **_course(f)} if f["model"] else _network(f)
    plain["evaluate"] = _rules(f["evaluate"]) | {
        "metric": [_named(p, p.options.values()) for p in f["metric"]],
        "baseline": [_named(p, _given(p)) for p in f["baseline"]],
    }
    return plain


def _profile(profile: Profiling) -> dict[str, Any]:
    """Without what a file that a person wrote has no use for."""
    said = profile.block.model_dump(mode="json", exclude_none=True)
    if profile.block.history is None:
        del said["last"]
    return said if profile.writer is None else said | {"writer": _part(profile.writer)}


def _rules(evaluate: Evaluate) -> dict[str, Any]:
    """Without what the other way of judging has: a recipe for rankings is written as it always was."""
    without = ALONE["pairs"] if evaluate.by == "pairs" else ("by", *ALONE["ranking"])
    some = () if evaluate.valid_users else ("valid_users",)
    return {name: value for name, value in evaluate.values().items() if name not in (*without, *some)}


def _with_search(plain: dict[str, Any], draft: Draft) -> dict[str, Any]:
    """With `search`; a block in which its paths would lead nowhere any more stays as it was written."""
    if "model.use" in draft.search:  # another model has another course, and other settings mean nothing
        _as_written(plain, draft, "train")
    for path in draft.search:
        words = path.split(".")
        if _leads(plain, words):
            continue
        for name in ("objective", "train") if words[0] in ("objective", "train") else words[:1]:
            _as_written(plain, draft, name)
    return plain | {"search": {path: space.plain() for path, space in draft.search.items()}}


def _as_written(plain: dict[str, Any], draft: Draft, name: str) -> None:
    if (written := draft.root.mapping.get(name)) is not None:
        plain[name] = written.plain()
    else:
        plain.pop(name, None)


def _leads(node: Any, words: list[str]) -> bool:
    """Whether a path's last word has a mapping or a list to stand in."""
    for word in words[:-1]:
        if isinstance(node, list):
            node = node[int(word)] if word.isdigit() and int(word) < len(node) else None
        else:
            node = node.get(word) if isinstance(node, dict) else None
    return isinstance(node, dict) or (isinstance(node, list) and words[-1].isdigit())


def _course(f: dict[str, Any]) -> dict[str, Any]:
    """The `train` of a model that is trained, with what means something for it."""
    if not f["stage"]:
        return {}
    nothing, said = idle(f["model"].options), f["stage"][0].training.values()
    return {"train": {name: value for name, value in said.items() if name not in nothing}}


def _network(f: dict[str, Any]) -> dict[str, Any]:
    return {
        "graph": {"edge": [written(edge) for edge in f["edge"]]},
        "encoder": {type: _coder(encoding) for type, encoding in f["encoder"].items()},
        "layer": [_part(p, repeat=p.repeat) for p in f["layer"]],
        "combine": f["combine"],
        "head": _part(f["head"]),
        **_stages(f["stage"]),
    }


def _stages(stages: tuple[Stage, ...]) -> dict[str, Any]:
    if len(stages) == 1:
        return {"objective": _terms(stages[0]), "train": stages[0].training.values()}
    return {"train": {"stage": [s.training.values() | {"objective": _terms(s)} for s in stages]}}


def _terms(stage: Stage) -> list[dict[str, Any]]:
    return [_part(p, weight=p.weight) for p in stage.objective]


def _coder(encoding: Encoding) -> dict[str, Any]:
    parts = [_part(p) for p in encoding.part]
    return parts[0] if len(parts) == 1 and encoding.fuse == "sum" else {"fuse": encoding.fuse, "part": parts}


def _part(part: Part, **beside: Any) -> dict[str, Any]:
    return {"use": part.name, **beside, **part.options.values()}


def _named(part: Part, options: dict[str, Any]) -> str | dict[str, Any]:
    return {"use": part.name, **options} if options else part.name


def _given(part: Part) -> dict[str, Any]:
    """The options of a baseline that the recipe gives: the others are searched, when it is read again too."""
    return part.options.model_dump(mode="json", exclude_unset=True)
