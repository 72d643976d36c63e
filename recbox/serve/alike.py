"""Items like items, from the items as they are now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from recbox.recommend.similar import by_history
from recbox.serve.asked import Similar
from recbox.serve.catalogue import Catalogue
from recbox.serve.desk import Desk, listed
from recbox.serve.fault import Refusal
from recbox.serve.ranking import narrowed, top


def similar(desk: Desk, asked: Similar) -> dict[str, Any]:
    """By the cosine of the items' vectors; of a method without vectors, by what it gives somebody who has
    that item alone. An item isn't like itself."""
    catalogue = desk.catalogue(desk.store.revision)
    place = np.array([catalogue.find(str(item)) for item in asked.items], np.int64)
    if (place < 0).any():
        unknown = asked.items[int((place < 0).argmax())]
        raise Refusal(404, f"there is no item {unknown!r}"[:300], where="body.items")
    scores = _scores(catalogue, place)
    rows = [_row(catalogue, asked, int(at), scores(row)) for row, at in enumerate(place)]
    return {"version": catalogue.version.id, "items": rows}


@torch.inference_mode()
def _row(catalogue: Catalogue, asked: Similar, item: int, scores: torch.Tensor) -> dict[str, Any]:
    narrowed(scores, asked, catalogue)
    scores[item] = -torch.inf
    found = listed(*top(scores, min(asked.k, len(scores))), catalogue)
    return {"item": catalogue.named(np.array([item]))[0][0], "similar": found}


def _scores(catalogue: Catalogue, place: np.ndarray) -> Callable[[int], torch.Tensor]:
    """float32 `[n]` for each of these items, of which the caller may write to one at a time."""
    vectors = catalogue.alike
    if vectors is not None:
        return lambda row: torch.mv(vectors, vectors[int(place[row])])
    taken = np.concatenate([catalogue.version.record.taken, np.zeros(len(catalogue.fresh), bool)])
    scorer = by_history(catalogue.fresh.scorer, catalogue.ids, place, taken)
    return lambda row: scorer.block(np.array([row]))[0].float().clone()
