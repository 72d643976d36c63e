"""Axes, worked by hand, and their laws."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recbox.report.axis import axis, epochs
from recbox.report.curve import curves
from recbox.report.document import Document


def test_round_ticks_around_the_values() -> None:
    found = axis([0.108, 0.168], 226, 14)
    assert found.ticks == (0.1, 0.12, 0.14, 0.16, 0.18)
    assert [found.label(t) for t in found.ticks] == ["0.10", "0.12", "0.14", "0.16", "0.18"]
    assert (found.place(0.1), found.place(0.18), found.place(0.14)) == (226, 14, 120)


@pytest.mark.parametrize(
    ("last", "ticks"), [(1, (1,)), (3, (1, 2, 3)), (30, (1, 10, 20, 30)), (99, (1, 20, 40, 60, 80))]
)
def test_epochs_begin_at_one(last: int, ticks: tuple[int, ...]) -> None:
    assert epochs(last, 0, 100).ticks == ticks


numbers = st.floats(-1e9, 1e9, allow_nan=False)


@given(st.lists(numbers, min_size=1, max_size=20))
def test_every_value_is_on_the_drawing(values: list[float]) -> None:
    found = axis(values, 0, 100)
    assert all(-0.01 <= found.place(v) <= 100.01 for v in values)
    assert 2 <= len(found.ticks) <= 9
    assert list(found.ticks) == sorted(set(found.ticks))
    assert all(len(found.label(t)) < 16 for t in found.ticks)


def test_stages_follow_one_another_and_are_marked() -> None:
    for first in (0, 1):
        rows = [{"stage": s, "epoch": first + e, "loss": 1.0 + e} for s in (0, 1) for e in (0, 1)]
        (loss,) = curves(Document("x", {}, rows))
        assert loss.x.high == 4
        assert loss.stages == (loss.x.place(2.5),)
        assert loss.lines[0].path.startswith(f"M{loss.x.start:g},")


def test_the_best_epoch_is_the_highest_or_the_lowest() -> None:
    rows = [{"epoch": e, "valid": {"m@5": v}} for e, v in ((1, 0.3), (2, 0.5), (3, 0.4))]
    for lower, best in (((), "0.5000 at epoch 2"), (("m",), "0.3000 at epoch 1")):
        document = Document("x", {"select": "m@5", "lower_is_better": list(lower), "status": "done"}, rows)
        if not lower:
            document = Document("x", {"select": "m@5"}, rows)
        assert curves(document)[0].mark_text == best
