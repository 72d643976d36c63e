"""The tracker `mlflow`: an MLflow run in an SQLite database, which `mlflow ui` shows."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, final

from pydantic import field_validator

from recbox.plugin import Run, Track, Tracker, mistake
from recbox_track._plain import curves, plain_name, texts
from recbox_track._plain import final as figures

if TYPE_CHECKING:
    from mlflow import MlflowClient

EXPERIMENT = "recbox"
SQLITE = "sqlite:///"
BATCH = 100
"""Parameters that MLflow takes at once."""
LONGEST_PARAM, LONGEST_TAG = 6000, 5000
STATUS = {"done": "FINISHED", "pruned": "FINISHED", "interrupted": "KILLED", "failed": "FAILED"}


@final
class MLflow(Tracker):
    """An MLflow run in an SQLite database: curves, figures, the recipe as parameters.

    The experiment is `recbox`. MLflow refuses folders of files as a store since 3.13, so that the store is
    a database here; nothing is uploaded, and the artifact stays where it is: the run's tag has its path.
    """

    where: str = "sqlite:///mlflow.db"
    """`sqlite:///FILE`: relative to the working folder, or with a fourth slash absolute."""

    @field_validator("where")
    @classmethod
    def _is_sqlite(cls, value: str) -> str:
        if not value.startswith(SQLITE) or len(value) == len(SQLITE):
            raise mistake(f"{value!r} is no SQLite database", instead="sqlite:///FILE")
        return value

    def begin(self, run: Run) -> Track:
        # It asks for the way out by default, in a thread of its own.
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        from mlflow import MlflowClient

        for name in ("mlflow", "alembic"):
            logging.getLogger(name).setLevel(logging.WARNING)
        file = Path(self.where.removeprefix(SQLITE)).absolute()
        file.parent.mkdir(parents=True, exist_ok=True)
        with _alone(file.parent):
            client = MlflowClient(f"{SQLITE}{file}")  # absolute: it keeps a connection for each address
            experiment = _experiment(client, file)
        made = client.create_run(experiment, run_name=run.name, tags=_about(run))
        _params(client, made.info.run_id, run.recipe, {"tried": run.tried})
        return _Logged(client, made.info.run_id)


@final
class _Logged(Track):
    def __init__(self, client: MlflowClient, run: str) -> None:
        self.client, self.run, self.epochs = client, run, 0

    def epoch(self, row: Mapping[str, Any]) -> None:
        self._metrics(curves(row))
        self.epochs += 1

    def end(self, status: str, metrics: Mapping[str, Any], folder: Path | None) -> None:
        self._metrics(figures(metrics))
        said = metrics.get("sentence")
        tags = {"recbox.artifact": folder, "recbox.status": status, "mlflow.note.content": said}
        for name, text in tags.items():
            if text:
                self.client.set_tag(self.run, name, str(text)[:LONGEST_TAG])
        self.client.set_terminated(self.run, STATUS.get(status, "FAILED"))

    def _metrics(self, numbers: Mapping[str, float]) -> None:
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        found = [Metric(_name(n), value, now, self.epochs) for n, value in numbers.items()]
        if found:
            self.client.log_batch(self.run, metrics=found)


def _experiment(client: MlflowClient, file: Path) -> str:
    """The experiment's id; its artifacts, of which there are none, would lie beside the database."""
    from mlflow.exceptions import MlflowException

    found = client.get_experiment_by_name(EXPERIMENT)
    if found is None:
        place = file.with_name(f"{file.name}-artifacts").as_uri()
        try:
            return str(client.create_experiment(EXPERIMENT, artifact_location=place))
        except MlflowException:  # another run made it meanwhile
            found = client.get_experiment_by_name(EXPERIMENT)
            if found is None:
                raise
    return str(found.experiment_id)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One process at a time: two that make the database's tables at once spoil it. The lock is on the folder,
    so that no file of it is left."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _about(run: Run) -> dict[str, str]:
    group = {"recbox.group": run.group[:LONGEST_TAG]} if run.group else {}
    return {"recbox.seed": str(run.seed), **group, **_tags("recbox.data", run.data)}


def _params(client: MlflowClient, run: str, *values: Mapping[str, Any]) -> None:
    from mlflow.entities import Param

    named = [item for mapping in values for item in texts(mapping).items()]
    found = {_name(name): value[:LONGEST_PARAM] for name, value in named}
    params = [Param(name, value) for name, value in found.items()]
    for part in range(0, len(params), BATCH):
        client.log_batch(run, params=params[part : part + BATCH])


def _tags(under: str, values: Mapping[str, Any]) -> dict[str, str]:
    return {_name(f"{under}.{name}"): text[:LONGEST_TAG] for name, text in texts(values).items()}


def _name(name: str) -> str:
    """Without the characters that MLflow refuses in names."""
    return re.sub(r"[^\w./: -]", "_", plain_name(name), flags=re.ASCII)[:250]
