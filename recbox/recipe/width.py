"""Whether vectors fit: of users, items and entities, of the hops that are added up, and for each term."""

from __future__ import annotations

from functools import partial
from typing import Any

from recbox.recipe.asking import ask, read
from recbox.recipe.desk import Desk
from recbox.recipe.draft import CoderDraft, Draft

ADDED = ("mean", "layers", "sum", "attention")
"""Ways to combine hops that need equal widths."""


def check_widths(desk: Desk, draft: Draft) -> None:
    """Report the first place where widths part, of encoders and then of hops."""
    parts = [*draft.layer, *(part for coder in draft.encoder.values() for part in coder.part)]
    if draft.header is None or not draft.encoder or None in parts:
        return
    dim = draft.header.dim
    widths = {type: _encoded(coder, dim) for type, coder in draft.encoder.items()}
    user = widths["user"]
    for type, name in (("item", "items"), ("entity", "entities")):
        if (other := widths.get(type, user)) != user:
            what = f"users get vectors of {user} numbers and {name} of {other}: they must be equal"
            place = draft.encoder[type].node.place
            desk.findings.add(place, what, "`concat` over as many parts on both sides, or another `fuse`")
            return
    _hops(desk, draft, user)


def _encoded(coder: CoderDraft, dim: int) -> int:
    return dim * len(coder.part) if coder.fuse == "concat" else dim


def _out(width: int, dim: int, layer: Any) -> int:
    """Columns that a layer's options make of `width`."""
    return int(layer.width(width, dim))


def _hops(desk: Desk, draft: Draft, width: int) -> None:
    header = draft.header
    if header is None:
        return
    first, hops = width, [width]
    for layer in (part for part in draft.layer if part is not None):
        for _ in range(layer.part.repeat):
            answer = ask(desk, layer, "width", partial(_out, width, header.dim))
            if answer is None:
                return
            width = answer
            hops.append(width)
            if width != first and header.combine in ADDED:
                what = f"{layer.part.label!r} gives {width} numbers a node where the encoders give {first}"
                desk.findings.add(
                    layer.place, f"`combine: {header.combine}` can't add them: {what}", "combine: concat"
                )
                return
    final = sum(hops) if header.combine == "concat" else width
    _unpassed(desk, draft, first, final)
    _learned(desk, draft, tuple(hops), final)


def _unpassed(desk: Desk, draft: Draft, first: int, final: int) -> None:
    """A head has one width, in stages without layers too."""
    for stage in draft.stage:
        node = stage.node.get("propagation") if stage.node else None
        if node and stage.training and stage.training.propagation == "none" and first != final:
            what = f"without layers a node has {first} numbers, and with them {final}"
            desk.findings.add(
                node.place, what, "combine: mean, sum, last or attention, of layers that keep the width"
            )


def _learned(desk: Desk, draft: Draft, hops: tuple[int, ...], final: int) -> None:
    """What terms of the loss say of the vectors of their stage."""
    for stage in draft.stage:
        if stage.training is None or draft.header is None:
            continue
        passed = stage.training.propagation != "none"
        given = (hops, final, draft.header.dim) if passed else (hops[:1], hops[0], draft.header.dim)
        for term in read(stage.objective):
            ask(desk, term, "fit", partial(_checked, given))


def _checked(given: tuple[tuple[int, ...], int, int], term: Any) -> None:
    term.check(*given)
