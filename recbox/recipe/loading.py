"""From the name of a recipe to a `Recipe`, or to every mistake that is in it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from recbox.context import Context
from recbox.errors import RecipeError
from recbox.recipe.blocks import Evaluate, Header
from recbox.recipe.data import read_data, read_edges
from recbox.recipe.decoding import clean
from recbox.recipe.desk import Desk
from recbox.recipe.draft import DataDraft, Draft, JudgeDraft
from recbox.recipe.dumping import dump
from recbox.recipe.edge import Edge, has_entities
from recbox.recipe.extending import extend
from recbox.recipe.judging import read_judge
from recbox.recipe.network import read_encoder, read_head, read_layers
from recbox.recipe.parsing import parse
from recbox.recipe.place import Findings, Place, Text
from recbox.recipe.recipe import Network, Recipe
from recbox.recipe.relating import check_making, read_vectors
from recbox.recipe.resolving import finish, finish_network
from recbox.recipe.searching import read_search
from recbox.recipe.setting import apply, settings
from recbox.recipe.shipping import fetch, locate
from recbox.recipe.trained import is_trained, read_course
from recbox.recipe.training import read_stages
from recbox.recipe.tree import Node, given
from recbox.recipe.wiring import check_wiring
from recbox.registry import Registry

FORMAT = 1
"""Of recipes that are read."""
HEADER = tuple(Header.model_fields)
NETWORK = ("encoder", "layer", "combine", "head", "objective", "train")
"""The graph parts."""
GRAPH = (*NETWORK, "graph", "dim")
"""What stands in a recipe of graph parts, and not beside `model`."""
TOP = (*HEADER, "data", "graph", "model", *(n for n in NETWORK if n not in HEADER), "evaluate", "search")


def load(
    where: str | Path | Mapping[str, Any], *, sets: Sequence[str] = (), registry: Registry, context: Context
) -> Recipe:
    """The recipe in a file, of a shipped name, or given as plain data, with `sets` (`a.b.0.c=VALUE`) applied.

    Names, types, ranges and wiring are checked; of the data at most a header is read. A `RecipeError` holds
    every mistake.
    """
    findings = Findings()
    root = _tree(where, sets, findings)
    recipe = _read(root, _stem(where), Desk(registry, findings), context) if root else None
    if findings.found or recipe is None:
        raise RecipeError(findings.mistakes()) from findings.cause
    return recipe


def load_network(where: str | Path | Mapping[str, Any], *, registry: Registry, context: Context) -> Network:
    """The graph parts alone of a recipe that was checked before: what gives vectors once it is trained.

    Plugins of encoders, layers and the head are loaded; those that read data, make edges, train, judge or
    track may be gone. A `RecipeError` holds every mistake in these parts.
    """
    findings = Findings()
    root = _tree(where, (), findings)
    found = None
    if root is not None and not _is_newer(root, findings):
        found = finish_network(_network(root, _stem(where), Desk(registry, findings), context))
    if findings.found or found is None:
        raise RecipeError(findings.mistakes()) from findings.cause
    return found


def written(text: str) -> dict[str, Any]:
    """What a recipe's text says, as plain data: nothing is checked, nor filled in. A `RecipeError` for a text
    that is none."""
    findings = Findings()
    read = clean(text, "recipe", Path(), findings)
    root = parse(*read, findings) if read else None
    if root is None or not isinstance(root.value, dict):
        _empty(root, read, findings)
        raise RecipeError(findings.mistakes()) from findings.cause
    return dict(root.plain())


def folder_of(where: str | Path | Mapping[str, Any]) -> Path:
    """The folder where relative paths of a recipe begin: its own, or the current one for plain data."""
    return Path.cwd() if isinstance(where, Mapping) else locate(str(where)).parent.absolute()


def _tree(where: str | Path | Mapping[str, Any], sets: Sequence[str], findings: Findings) -> Node | None:
    path = None if isinstance(where, Mapping) else _path(where)
    read = (
        _plain(where, findings) if isinstance(where, Mapping) else fetch(str(where), path or Path(), findings)
    )
    root = parse(*read, findings) if read else None
    if root is None or not isinstance(root.value, dict):
        _empty(root, read, findings)
        return None
    changes = settings(sets, findings)
    for words, places, value in changes:
        if words == ["extends"]:
            apply(root, words, places, value, findings)
    whole = extend(root, path, findings)
    for words, places, value in changes:
        if whole and words != ["extends"]:
            apply(whole, words, places, value, findings)
    return whole


def _path(where: str | Path) -> Path:
    return where if isinstance(where, Path) else locate(where)


def _plain(where: Mapping[str, Any], findings: Findings) -> tuple[Text, str] | None:
    """Plain data as the text that it would be written as, so that its mistakes have places too."""
    try:
        source = dump(where)
    except (TypeError, ValueError, RecursionError) as error:
        findings.add(Place(Text("recipe", (), Path()), 1, 1), f"a recipe is plain data: {error}")
        return None
    return clean(source, "recipe", Path.cwd(), findings)


def _empty(root: Node | None, read: tuple[Text, str] | None, findings: Findings) -> None:
    if root is not None:
        findings.add(root.place, f"a recipe is a mapping, not {root.describe()}")
    elif read is not None and not findings.found:
        findings.add(Place(read[0], 1, 1), "the recipe is empty", "start from one of recbox's own")


def _stem(where: str | Path | Mapping[str, Any]) -> str:
    """A name for a recipe that gives none."""
    stem = "recipe" if isinstance(where, Mapping) else Path(where).stem
    return re.sub(r"[^A-Za-z0-9._-]+", "-", stem)[:100].lstrip("._-") or "recipe"


def _is_newer(root: Node, findings: Findings) -> bool:
    """Whether it is of a later format: then nothing else can be said of it."""
    version = root.mapping.get("recbox")
    if version is None or type(version.value) is not int or version.value <= FORMAT:
        return False
    what = f"the recipe is of format {version.value}, and this recbox reads format {FORMAT}"
    findings.add(version.place, what, "pip install --upgrade recbox-graph")
    return True


def _read(root: Node, stem: str, desk: Desk, context: Context) -> Recipe | None:
    if _is_newer(root, desk.findings):
        return None
    draft = _draft(root, stem, desk, context)
    if search := given(root, "search"):

        def probe(changed: Node) -> Findings:
            own = Findings()
            _draft(changed, stem, Desk(desk.registry, own), context)
            return own

        draft = replace(draft, search=read_search(desk, root, search, probe))
    return None if desk.findings.found else finish(draft)


def _draft(root: Node, stem: str, desk: Desk, context: Context) -> Draft:
    """All that could be understood; what is wrong is reported."""
    desk.mapping(root, "a recipe", (*TOP, "extends"))
    named = given(root, "model")
    model = desk.part("model", named) if named else None
    trained = model is not None and is_trained(model.part.options)
    parts = [name for name in NETWORK if given(root, name)]
    if named is not None:
        if trained or model is None:  # of a model that can't be read it isn't known whether it is trained
            parts = [name for name in parts if name != "train"]
        _both(desk, root, [*parts, *(name for name in GRAPH if name not in NETWORK and given(root, name))])
    elif not parts:
        what = "there is nothing to train or fit: neither `model` nor graph parts are given"
        desk.findings.add(root.place, what, "layer: [{use: lightgcn, repeat: 2}]")
    edge, edges = read_edges(desk, root)
    check_making(desk, edge)
    if model is not None and trained:
        stage = read_course(desk, root, model)
    else:
        stage = read_stages(desk, root) if parts else []
    encoder = read_encoder(desk, root, _entities(edge, edges)) if parts else {}
    draft = Draft(
        root=root,
        header=_header(desk, root, stem),
        data=read_data(desk, root),
        edge=edge,
        edges=edges,
        model=model,
        encoder=encoder,
        layer=read_layers(desk, root) if parts else [],
        head=read_head(desk, root) if parts else None,
        stage=stage,
        vectors=read_vectors(desk, edge),
        judge=read_judge(desk, root, encoder["item"].part if encoder else []),
    )
    check_wiring(desk, draft, context)
    return draft


def _network(root: Node, stem: str, desk: Desk, context: Context) -> Draft:
    """What could be understood of the graph parts; of a loss, metrics, a source and vectors that edges were
    made of nothing is read."""
    edge, edges = read_edges(desk, root)
    rules = desk.block(Evaluate, given(root, "evaluate"), "`evaluate`", ("metric", "baseline"))
    draft = Draft(
        root=root,
        header=_header(desk, root, stem),
        data=DataDraft(),
        edge=edge,
        edges=edges,
        model=None,
        encoder=read_encoder(desk, root, _entities(edge, edges)),
        layer=read_layers(desk, root),
        head=read_head(desk, root),
        stage=[],
        judge=JudgeDraft(rules, [], []),
    )
    check_wiring(desk, draft, context)
    return draft


def _entities(edge: Sequence[tuple[Edge, Node]], all_read: bool) -> bool | None:
    """Whether the graph has entities; None: an edge that could not be read may bring them."""
    return has_entities([one for one, _ in edge]) or (False if all_read else None)


def _both(desk: Desk, root: Node, names: Sequence[str]) -> None:
    for name in names:
        what = f"`{name}` is part of a graph recipe, and this one has a `model`"
        if name == "train":
            what += " that is fitted at one go"
        desk.findings.add(root.keys[name], what, f"remove `{name}` or `model`")


def _header(desk: Desk, root: Node, stem: str) -> Header | None:
    known = {name: node for name in HEADER if (node := given(root, name))}
    header = desk.block(Header, Node(known, root.place, root.keys), "a recipe")
    return header.model_copy(update={"name": stem}) if header and "name" not in known else header
