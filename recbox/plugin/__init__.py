"""The authors' door: everything that a plugin imports, and nothing that a plugin must not.

Eight abstract kinds that recipes name (`Source`, `Writer`, `Encoder`, `Layer`, `Objective`, `Head`, `Model`,
`Metric`) and one that commands name (`Tracker`), what they are handed (`Spec`, `Step`, `Graph`, `View`,
`Dataset`, `Context`, `Run`) and what they give back (`Scorer`, `Tables`, `Track`). A `Trained` model is one
that the engine's own loop trains (`UserBatch`, `Moment`).
Importing this package imports neither torch nor dgl nor polars.

A line in each docstring says how stable a name is. Callers use it: they call, read, or make one by keywords.
Implementers derive from it. `docs/stability.md` says what a release may change for either.
"""

from typing import TYPE_CHECKING

from recbox.data.history import History
from recbox.lazy import lazily
from recbox.plugin import factor, foreign, init, sparse, texts
from recbox.plugin.encoder import Encoder
from recbox.plugin.head import Head
from recbox.plugin.layer import Layer
from recbox.plugin.metric import (
    CatalogueMetric,
    ListMetric,
    Meaning,
    Metric,
    PairMetric,
    UserMetric,
    WorkedExposure,
    WorkedList,
    WorkedPairs,
    WorkedRanking,
)
from recbox.plugin.model import Model, Need
from recbox.plugin.newcomer import Folded, Grown, Newcomer, NewItems, NewUsers
from recbox.plugin.objective import Negatives, Objective
from recbox.plugin.scorer import Scorer
from recbox.plugin.source import Provides, Sample, Source
from recbox.plugin.spec import Spec
from recbox.plugin.step import Batch, Embedding, Step
from recbox.plugin.tracker import Run, Track, Tracker
from recbox.plugin.trained import Moment, Trained, UserBatch
from recbox.plugin.writer import Writer
from recbox.registry.options import Options, differs, mistake

if TYPE_CHECKING:
    from recbox.context import Context
    from recbox.data import BadRow, Column, Dataset, Tables, cache_dir
    from recbox.errors import DataError, RecboxError, UnsupportedError
    from recbox.kernel import Graph, View
    from recbox.kernel.dgl_door import load_dgl
    from recbox.plugin.adjacency import Adjacency
    from recbox.rehearsal import Rehearsal

_HOME = {
    "Adjacency": "recbox.plugin.adjacency",
    "BadRow": "recbox.data",
    "Context": "recbox.context",
    "Column": "recbox.data",
    "Dataset": "recbox.data",
    "Tables": "recbox.data",
    "cache_dir": "recbox.data",
    "Rehearsal": "recbox.rehearsal",
    "DataError": "recbox.errors",
    "RecboxError": "recbox.errors",
    "UnsupportedError": "recbox.errors",
    "Graph": "recbox.kernel",
    "View": "recbox.kernel",
    "load_dgl": "recbox.kernel.dgl_door",
}

__all__ = [
    "Adjacency",
    "BadRow",
    "Batch",
    "CatalogueMetric",
    "Column",
    "Context",
    "DataError",
    "Dataset",
    "Embedding",
    "Encoder",
    "Folded",
    "Graph",
    "Grown",
    "Head",
    "History",
    "Layer",
    "ListMetric",
    "Meaning",
    "Metric",
    "Model",
    "Moment",
    "Need",
    "Negatives",
    "NewItems",
    "NewUsers",
    "Newcomer",
    "Objective",
    "Options",
    "PairMetric",
    "Provides",
    "RecboxError",
    "Rehearsal",
    "Run",
    "Sample",
    "Scorer",
    "Source",
    "Spec",
    "Step",
    "Tables",
    "Track",
    "Tracker",
    "Trained",
    "UnsupportedError",
    "UserBatch",
    "UserMetric",
    "View",
    "WorkedExposure",
    "WorkedList",
    "WorkedPairs",
    "WorkedRanking",
    "Writer",
    "cache_dir",
    "differs",
    "factor",
    "foreign",
    "init",
    "load_dgl",
    "mistake",
    "sparse",
    "texts",
]

__getattr__ = lazily(__name__, _HOME)
