"""Counts and times of requests, shared between processes and told as Prometheus reads them."""

from __future__ import annotations

import mmap
from collections.abc import Iterator, Mapping

import numpy as np

PATHS = (
    "/recommend", "/similar", "/explain", "/events", "/items", "/users", "/search", "/history", "/about",
    "/livez", "/readyz", "/metrics", "/openapi.json", "/docs", "/", "other",
)  # fmt: skip
STATUSES = (200, 304, 400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 500, 503, 0)
"""0: any other."""
BOUNDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, float("inf"))
_NAMES = ("inside", "reloads", "refused", "ready")
_SIZES = len(PATHS) * len(STATUSES), len(PATHS) * len(BOUNDS), len(PATHS), len(_NAMES)
_WIDTH = sum(_SIZES)


def size(workers: int) -> int:
    """Bytes that so many processes share."""
    return 8 * _WIDTH * workers


def ready(file: int, workers: int) -> bool:
    """Whether any of the processes that share these bytes is ready."""
    rows = np.frombuffer(mmap.mmap(file, size(workers)), np.float64).reshape(workers, _WIDTH)
    return bool(rows[:, _WIDTH - len(_NAMES) + _NAMES.index("ready")].any())


def ended(file: int, row: int, workers: int) -> None:
    """One of the processes is no more. What it has counted stays: counts that fall are taken for new ones."""
    rows = np.frombuffer(mmap.mmap(file, size(workers)), np.float64).reshape(workers, _WIDTH)
    _split(rows[row])[3][[_NAMES.index("inside"), _NAMES.index("ready")]] = 0


class Metrics:
    """file: a descriptor of shared bytes, -1 for none; each process writes to its own row alone."""

    def __init__(self, file: int = -1, row: int = 0, workers: int = 1) -> None:
        self._rows = np.frombuffer(mmap.mmap(file, size(workers)), np.float64).reshape(workers, _WIDTH)
        self._own = _split(self._rows[row])
        self._path = {path: i for i, path in enumerate(PATHS)}
        self._status = {status: i for i, status in enumerate(STATUSES)}

    def seen(self, path: str, status: int, seconds: float) -> None:
        """A request was answered."""
        requests, times, total, _ = self._own
        at = self._path.get(path, len(PATHS) - 1)
        requests[at, self._status.get(status, len(STATUSES) - 1)] += 1
        times[at, np.searchsorted(BOUNDS, seconds)] += 1
        total[at] += seconds

    def put(self, name: str, value: float, add: bool = False) -> None:
        """One of inside, reloads, refused, ready."""
        values, at = self._own[3], _NAMES.index(name)
        values[at] = values[at] + value if add else value

    def text(self, version: str, name: str, events: int, clicks: Mapping[str, int], left: int) -> str:
        """Of all processes together. left: what the version leaves out of the store."""
        parts = _split(self._rows.sum(0))
        lines = [*_requests(parts[0]), *_times(parts[1], parts[2])]
        inside, reloads, refused, ready = parts[3]
        lines += _one("recbox_requests_in_flight", "gauge", "Requests that are being answered.", inside)
        lines += _one("recbox_workers_ready", "gauge", "Processes that answer.", ready)
        lines += _one("recbox_reloads_total", "counter", "New versions that went live, by process.", reloads)
        lines += _one("recbox_reloads_refused_total", "counter", "Versions that were refused.", refused)
        lines += _one("recbox_events_total", "counter", "Events stored since the store began.", events)
        lines += _head("recbox_clicks_total", "counter", "Events that refer to a recommendation, by version.")
        lines += [f'recbox_clicks_total{{version="{v}"}} {count}' for v, count in clicks.items()]
        lines += _one(
            "recbox_left_out", "gauge", "Values and items of the store the version can't use.", left
        )
        lines += _head("recbox_artifact_info", "gauge", "The version that answers.")
        lines.append(f'recbox_artifact_info{{name="{_safe(name)}",version="{version}"}} 1')
        return "\n".join(lines) + "\n"


def _split(row: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    ends = np.cumsum(_SIZES)
    requests, times, total, values = (row[end - n : end] for end, n in zip(ends, _SIZES))
    return requests.reshape(len(PATHS), -1), times.reshape(len(PATHS), -1), total, values


def _requests(counts: np.ndarray) -> Iterator[str]:
    yield from _head("recbox_requests_total", "counter", "Requests that were answered.")
    for path, row in zip(PATHS, counts):
        for status, count in zip(STATUSES, row):
            if count:
                yield f'recbox_requests_total{{path="{path}",status="{status}"}} {count:.0f}'


def _times(counts: np.ndarray, totals: np.ndarray) -> Iterator[str]:
    name = "recbox_request_seconds"
    yield from _head(name, "histogram", "Seconds from a request's headers to the end of its answer.")
    for path, row, total in zip(PATHS, counts, totals):
        if not row.any():
            continue
        for bound, count in zip(BOUNDS, row.cumsum()):
            label = "+Inf" if bound == float("inf") else f"{bound:g}"
            yield f'{name}_bucket{{path="{path}",le="{label}"}} {count:.0f}'
        yield f'{name}_sum{{path="{path}"}} {total:.6f}'
        yield f'{name}_count{{path="{path}"}} {row.sum():.0f}'


def _one(name: str, kind: str, text: str, value: float) -> list[str]:
    return [*_head(name, kind, text), f"{name} {value:.0f}"]


def _head(name: str, kind: str, text: str) -> list[str]:
    return [f"# HELP {name} {text}", f"# TYPE {name} {kind}"]


def _safe(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
