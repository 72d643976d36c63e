"""A rehearsal encodes some texts, says what all of them take, and keeps nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import text_made
from cache_made import files
from recbox_text import Bert

from recbox.plugin import Context, Rehearsal

MANY = [f"film {i} {'of drama ' * (i % 7)}".strip() for i in range(90)]


def vectors(model: Path, titles: list[str], rehearsal: Rehearsal | None = None) -> np.ndarray:
    context = Context(threads=1, offline=True, rehearsal=rehearsal)
    spec = text_made.given({"title": titles}, context=context)
    return Bert.parse({"model": model, "text": "{title}", "batch": 4}).vectors(spec)


def test_some_are_encoded_and_all_are_counted(
    models: dict[str, Path], cache: Path, encoded: list[str]
) -> None:
    """90 texts are 23 batches; 6 of these are encoded, after one text for what is loaded once."""
    rehearsal = Rehearsal()
    found = vectors(models["bert"], MANY, rehearsal)
    assert found.shape[0] == 90 and np.isfinite(found).all()
    assert len(encoded) == 1 + 6 * 4
    (share,) = rehearsal.shares
    assert (share.what, share.count, share.done) == ("encoding texts", 90, 24)
    assert share.seconds == share.spent * 90 / 24 and rehearsal.spent == share.spent
    assert files(cache) == []


def test_long_texts_and_short_ones_are_among_them(models: dict[str, Path], encoded: list[str]) -> None:
    vectors(models["bert"], MANY, Rehearsal())
    lengths = sorted(len(text) for text in encoded)
    assert lengths[0] == min(map(len, MANY)) and lengths[-1] == max(map(len, MANY))


def test_what_the_cache_has_takes_nothing(models: dict[str, Path], encoded: list[str]) -> None:
    real, rehearsal = vectors(models["bert"], MANY), Rehearsal()
    encoded.clear()
    assert np.array_equal(vectors(models["bert"], MANY, rehearsal), real)
    assert encoded == [] and rehearsal.shares == []
