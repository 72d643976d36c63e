"""What trackers write, as flat names and plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

Numbers = dict[str, float]


def curves(row: Mapping[str, Any]) -> Numbers:
    """The numbers of a row of the history: `loss`, `lr`, `seconds`, `term/bpr`, `valid/ndcg@10`."""
    own = {name: row[name] for name in ("loss", "lr", "seconds") if name in row}
    return _numbers({**own, "term": row.get("term", {}), "valid": row.get("valid", {})})


def final(metrics: Mapping[str, Any]) -> Numbers:
    """The figures of a finished run: `test/ndcg@10`, `chosen/ndcg@10` (validation of what was kept), and
    `baseline/ease/ndcg@10`."""
    rivals = {name: entry.get("test", {}) for name, entry in metrics.get("baseline", {}).items()}
    found = {"test": metrics.get("test", {}), "chosen": metrics.get("valid", {}), "baseline": rivals}
    return _numbers(found)


def texts(values: Mapping[str, Any]) -> dict[str, str]:
    """A nested mapping as texts: `data.source.use`, `layer.0.use`."""
    return {".".join(path): str(value) for path, value in _leaves(values)}


def plain_name(name: str) -> str:
    """`ndcg@10` as `ndcg_at_10`, for tools in which a name holds no `@`."""
    return name.replace("@", "_at_")


def _numbers(values: Mapping[str, Any]) -> Numbers:
    return {
        "/".join(path): float(value)
        for path, value in _leaves(values)
        if isinstance(value, int | float) and not isinstance(value, bool)
    }


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, str(name)))
    elif isinstance(value, list | tuple):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*path, str(number)))
    else:
        yield path, value
