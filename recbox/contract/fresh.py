"""What is asked of an encoder that reads nodes which weren't there in training."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import polars as pl
import torch
from torch import nn

from recbox.contract.law import broken, hold
from recbox.contract.missing import flags
from recbox.plugin import History

Asked = Callable[[pl.DataFrame, History], torch.Tensor]


def check_fresh(
    module: nn.Module, every: torch.Tensor, known: pl.DataFrame, had: History | None, node: str
) -> None:
    """Of a module, the rows of all known nodes, the table of their features, and what they have; None: it
    reads no histories."""
    fresh, state = asked(module, "fresh", had), copy.deepcopy(module.state_dict())
    table, history = known.clone(), copy.deepcopy(had or History.none(known.height))
    backwards, rows = range(table.height)[::-1], range(table.height)
    alone = [fresh(table[i : i + 1], history.take([i])) for i in rows]
    for what, found in (
        ("like known ones", fresh(table, history)),
        ("in another order", fresh(table.reverse(), history.take([*backwards])).flip(0)),
        ("alone", torch.cat(alone)),
    ):
        _close(found, every, f"new {node}s {what}")
    for what, odd, has in strange(table, history):
        out = fresh(odd, has)
        hold(out.shape == (odd.height, every.shape[1]), f"new {node}s {what}: {list(out.shape)}")
        hold(bool(torch.isfinite(out).all()), f"new {node}s {what}: some rows aren't finite")
    hold(table.equals(known), "the table of features has changed")
    if had is not None:
        kept = np.array_equal(history.node, had.node) and np.array_equal(history.indptr, had.indptr)
        hold(kept, "the histories have changed")
    same = all(torch.equal(value, state[name]) for name, value in module.state_dict().items())
    hold(same, "the module has changed")
    _close(module(torch.arange(len(every))), every, f"known {node}s, afterwards,")


def check_fresh_missing(module: nn.Module, known: pl.DataFrame, had: History | None, node: str) -> None:
    """What `fresh_missing` of a module in evaluation mode says, as for `check_fresh`."""
    told, history = asked(module, "fresh_missing", had), had or History.none(known.height)
    expected = flags(getattr(module, "missing", _none), torch.arange(known.height))
    backwards = range(known.height)[::-1]
    for what, table, has, wanted in (
        ("like known ones", known, history, expected),
        ("in another order", known.reverse(), history.take(backwards), expected.flip(0)),
        *(("alone", known[i : i + 1], history.take([i]), expected[i : i + 1]) for i in backwards),
    ):
        found = flags(partial(_about, told, table, has), wanted)
        wrong = int((found != wanted).sum())
        hold(
            not wrong,
            f"new {node}s {what}: {wrong} are missing where known ones aren't, or not where they are",
        )
    nothing = pl.DataFrame({"unknown": [1.0, 2.0]})
    said = told(nothing, History.none(2))
    hold(said is None or bool(said.all()), f"{node}s of which nothing is known aren't missing")


def _about(told: Asked, table: pl.DataFrame, history: History, _: torch.Tensor) -> torch.Tensor:
    return told(table, history)


def _none(nodes: torch.Tensor) -> None:
    return None


def asked(module: nn.Module, name: str, had: History | None) -> Asked:
    """A method about new nodes, called with their histories where it reads any."""
    method = getattr(module, name, None)
    if not callable(method):
        broken(f"it says that it reads new nodes, and its module has no method `{name}`")
    return partial(_with, method) if had is not None else partial(_without, method)


def _with(method: Callable[..., torch.Tensor], table: pl.DataFrame, history: History) -> torch.Tensor:
    return method(table, history)


def _without(method: Callable[..., torch.Tensor], table: pl.DataFrame, history: History) -> torch.Tensor:
    return method(table)


def strange(table: pl.DataFrame, history: History) -> Iterator[tuple[str, pl.DataFrame, History]]:
    """What no training row holds, of nodes that have nothing, and of some that have what known ones have."""
    for what, odd in unread(table).items():
        yield f"{what}, without a history", odd, History.none(odd.height)
        yield what, odd, history.take(range(odd.height))


def unread(table: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """What no training row holds: nothing, no columns, no rows, values from elsewhere."""
    return {
        "without values": table.clear(3),
        "without columns": pl.DataFrame({"unknown": [1.0, 2.0]}),
        "that are none": table.clear(),
        "with values that no known one has": pl.DataFrame([_elsewhere(c) for c in table.get_columns()]),
    }


def _elsewhere(column: pl.Series) -> pl.Series:
    """Two values: of numbers an absurd one and none, of the others what no known node has, and nothing."""
    if column.dtype == pl.Float64:
        return pl.Series(column.name, [1e300, float("nan")])
    if column.dtype == pl.Int64:
        return pl.Series(column.name, [-1, 2**62])
    if column.dtype == pl.String:
        return pl.Series(column.name, ["never seen", ""])
    return pl.Series(column.name, [["never seen"], []], dtype=column.dtype)


def _close(found: torch.Tensor, expected: torch.Tensor, what: str) -> None:
    hold(found.shape == expected.shape, f"{what}: {list(found.shape)}, not {list(expected.shape)}")
    gap = float((found - expected).detach().abs().max())
    hold(gap <= 1e-5 * max(1.0, float(expected.abs().max())), f"{what} have rows {gap:.2g} off")
