"""The tracker `tensorboard`: event files, which `tensorboard --logdir DIR` shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from recbox.plugin import Run, Track, Tracker
from recbox_track._plain import curves, plain_name
from recbox_track._plain import final as figures

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


@final
class TensorBoard(Tracker):
    """Event files for TensorBoard: curves, figures, and the recipe as text.

    Each run is a folder `DIR/NAME`, or `DIR/NAME-2` and so on; a run of a group is `DIR/GROUP/NAME`, and what
    was tried stands in the dashboard's HPARAMS.
    """

    where: str = "tensorboard"
    """The folder of all runs."""

    def begin(self, run: Run) -> Track:
        from torch.utils.tensorboard import SummaryWriter

        writer = SummaryWriter(str(_free(Path(self.where) / run.group, run.name)))
        for name, value in (("recipe", run.recipe), ("data", run.data), ("seed", run.seed)):
            writer.add_text(name, _code(value))
        begun, ended = _session(run.tried)
        if begun is not None:
            writer.file_writer.add_summary(begun)
        writer.flush()
        return _Events(writer, ended)


@final
class _Events(Track):
    def __init__(self, writer: SummaryWriter, ended: Any) -> None:
        self.writer, self.ended, self.epochs = writer, ended, 0

    def epoch(self, row: Mapping[str, Any]) -> None:
        self._scalars(curves(row), self.epochs)
        self.epochs += 1
        self.writer.flush()

    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        self._scalars(figures(metrics), self.epochs)
        if self.ended is not None and status in ("done", "pruned"):
            self.writer.file_writer.add_summary(self.ended)
        self.writer.add_text("status", status)
        for name, text in (("artifact", folder), ("sentence", metrics.get("sentence"))):
            if text:
                self.writer.add_text(name, str(text))
        self.writer.close()

    def _scalars(self, numbers: Mapping[str, float], step: int) -> None:
        for name, value in numbers.items():
            self.writer.add_scalar(plain_name(name), value, step)


def _session(tried: Mapping[str, Any]) -> tuple[Any, Any]:
    """Two summaries for HPARAMS, what was tried and that it is over; None where nothing was.

    `SummaryWriter.add_hparams` would open a second writer in a folder of its own. Its third summary, a list
    of metrics, is left out: without one TensorBoard takes all curves and figures.
    """
    if not tried:
        return None, None
    from torch.utils.tensorboard.summary import hparams

    _, begun, ended = hparams({plain_name(name): _short(value) for name, value in tried.items()}, {})
    return begun, ended


def _short(value: Any) -> float | str:
    """A number or a text: HPARAMS knows nothing else."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _free(folder: Path, name: str) -> Path:
    """A new folder for the run; the one that makes it has it."""
    for number in count(1):
        place = folder / (name if number == 1 else f"{name}-{number}")
        try:
            place.mkdir(parents=True)
            break
        except FileExistsError:
            continue
    return place


def _code(value: Any) -> str:
    """As Markdown shows it unchanged: TensorBoard renders texts."""
    lines = json.dumps(value, indent=2, ensure_ascii=False).splitlines()
    return "\n".join(f"    {line}" for line in lines)
