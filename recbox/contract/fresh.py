"""What is asked of an encoder that reads nodes which weren't there in training."""

from __future__ import annotations

import copy

import polars as pl
import torch
from torch import nn

from recbox.contract.law import broken, hold


def check_fresh(module: nn.Module, every: torch.Tensor, known: pl.DataFrame, node: str) -> None:
    """Of a module, the rows of all known nodes, and the table of their features."""
    fresh = getattr(module, "fresh", None)
    if not callable(fresh):
        broken("it says that it is inductive, and its module has no method `fresh`")
    table, state = known.clone(), copy.deepcopy(module.state_dict())
    alone = torch.cat([fresh(table[i : i + 1]) for i in range(table.height)])
    for what, rows in (
        ("like known ones", fresh(table)),
        ("in another order", fresh(table.reverse()).flip(0)),
        ("alone", alone),
    ):
        _close(rows, every, f"new {node}s {what}")
    for what, odd in unread(table).items():
        out = fresh(odd)
        hold(out.shape == (odd.height, every.shape[1]), f"new {node}s {what}: {list(out.shape)}")
        hold(bool(torch.isfinite(out).all()), f"new {node}s {what}: some rows aren't finite")
    hold(table.equals(known), "the table of features has changed")
    same = all(torch.equal(value, state[name]) for name, value in module.state_dict().items())
    hold(same, "the module has changed")
    _close(module(torch.arange(len(every))), every, f"known {node}s, afterwards,")


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
