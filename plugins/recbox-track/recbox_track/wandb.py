"""The tracker `wandb`: an offline run of Weights & Biases, which `wandb sync` uploads if you want that."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, final

from recbox.plugin import Run, Track, Tracker
from recbox_track._plain import curves
from recbox_track._plain import final as figures

PROJECT = "recbox"
QUIET = {
    "WANDB_MODE": "offline",
    "WANDB_ERROR_REPORTING": "false",
    "WANDB_SILENT": "true",
    "WANDB_CONSOLE": "off",
    "WANDB_DISABLE_GIT": "true",
    "WANDB_DISABLE_CODE": "true",
}
"""It stays on this machine: no run online, no report of its own errors, no code."""


@final
class WandB(Tracker):
    """An offline run of Weights & Biases: curves, figures, the recipe as its config.

    It is offline whatever the environment says. `wandb sync DIR/wandb/offline-run-...` uploads it.
    """

    where: str = "wandb"
    """The folder; wandb makes a folder `wandb` in it, which holds the runs."""

    def begin(self, run: Run) -> Track:
        os.environ.update(QUIET)  # before its import, which starts the reporting of errors
        import wandb

        Path(self.where).mkdir(parents=True, exist_ok=True)
        settings = wandb.Settings(
            silent=True,
            console="off",
            disable_git=True,
            save_code=False,
            x_disable_meta=True,
            x_disable_stats=True,
            x_disable_machine_info=True,
        )
        made = wandb.init(
            mode="offline",
            dir=self.where,
            project=PROJECT,
            name=run.name,
            group=run.group or None,
            config=_config(run),
            settings=settings,
        )
        return _Offline(made)


def _config(run: Run) -> dict[str, Any]:
    told = {"recipe": dict(run.recipe), "data": dict(run.data), "seed": run.seed}
    return told | ({"tried": dict(run.tried)} if run.tried else {})


@final
class _Offline(Track):
    def __init__(self, run: Any) -> None:
        self.run, self.epochs = run, 0

    def epoch(self, row: Mapping[str, Any]) -> None:
        self.run.log(curves(row), step=self.epochs)
        self.epochs += 1

    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        self.run.summary.update(figures(metrics))
        about = {"status": status, "artifact": folder, "sentence": metrics.get("sentence")}
        self.run.summary.update({name: str(text) for name, text in about.items() if text})
        self.run.finish(exit_code=0 if status in ("done", "pruned") else 1)
