"""Data and graph in files of a folder: the same results, and nothing left behind."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import recbox
from recbox import scratch
from recbox.data import ordering
from recbox.errors import OptionError, ScratchError
from recbox.scratch import MEMORY, Scratch, mapped

SOURCE = {"use": "synthetic", "users": 200, "items": 80, "interactions": 4000}
BASE: dict[str, Any] = {
    "recbox": 1,
    "name": "laid",
    "data": {"source": SOURCE, "split": {"by": "user-time"}},
    "evaluate": {"k": [10], "metric": ["ndcg"], "baseline": ["popularity"]},
}
TRAIN = {"epochs": 2, "batch": 512}
LAYER = {"dim": 8, "layer": [{"use": "lightgcn", "repeat": 2}]}
RECIPES = {
    "full": LAYER | {"train": TRAIN},
    "sampled": LAYER | {"train": TRAIN | {"propagation": "sampled", "fanout": 2}},
    "recent": LAYER
    | {
        "graph": {"edge": [{"type": "interaction", "recency": {"by": "order", "half_life": 0.5}}]},
        "train": TRAIN | {"negative": {"by": "popular"}},
    },
    "refit": LAYER | {"train": TRAIN, "evaluate": BASE["evaluate"] | {"refit": True}},
    "in-batch": LAYER | {"train": TRAIN | {"negative": {"by": "in-batch"}}},
    "weighted": LAYER | {"graph": {"edge": [{"type": "interaction", "weight": "value"}]}, "train": TRAIN},
    "model": {"model": {"use": "item-knn"}},
}


@pytest.fixture
def everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small arrays lie in files too, and are gone through in pieces, as large ones are."""
    monkeypatch.setattr(scratch, "LEAST", 1)
    monkeypatch.setattr(scratch, "PIECE", 256)
    monkeypatch.setattr(ordering, "CHUNK", 64)


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize("kind", RECIPES)
def test_a_run_in_files_gives_the_same_bits(tmp_path: Path, kind: str) -> None:
    recipe = BASE | RECIPES[kind]
    (tmp_path / "s").mkdir()
    plain, laid = (
        recbox.run(recipe, out=tmp_path / name, scratch=place)
        for name, place in (("plain", None), ("laid", tmp_path / "s"))
    )
    for key in ("test", "valid", "baseline", "data"):
        assert _timeless(plain.metrics[key]) == _timeless(laid.metrics[key])
    for name in ("scorer.safetensors", "interaction.safetensors"):
        assert (plain.folder / name).read_bytes() == (laid.folder / name).read_bytes()
    assert not list((tmp_path / "s").iterdir())


def _timeless(document: Any) -> Any:
    if not isinstance(document, dict):
        return document
    return {key: _timeless(value) for key, value in document.items() if key != "fit_s"}


@pytest.mark.usefixtures("everything")
def test_what_is_made_of_data_in_files_lies_in_files(tmp_path: Path) -> None:
    from recbox.api.reading import read
    from recbox.api.setting import on_device, settle
    from recbox.evaluate import held_valid
    from recbox.recommender import build_graph
    from recbox.train.batches import Batches
    from recbox.train.known import Known

    setting = settle(BASE | RECIPES["sampled"], scratch=tmp_path)
    context = on_device(setting, "cpu")
    job = read(setting, context)
    train = job.dataset.take(job.split.train)
    graph = build_graph(setting.recipe.edge, train, context)
    masked = held_valid(job.dataset, job.split, setting.recipe.evaluate).seen.items
    batches = Batches(train, Known.of(train), setting.recipe.stage[0].training, 0, negatives=True)
    arrays = {
        **{f"rows.{name}": getattr(job.dataset.interaction, name) for name in train.interaction.columns},
        **{f"train.{name}": getattr(train.interaction, name) for name in train.interaction.columns},
        **{f"split.{name}": getattr(job.split, name) for name in ("train", "valid", "test")},
        "masked": masked,
    }
    tensors = {
        "indices": graph.indices,
        "reverse": graph.reverse,
        "known": batches.sampler.known.items,
        "key": batches.sampler.uniform.key,
        "user": batches.user,
        "negative": Known.of(train).key,
        "order": batches._order(context.generator("order", 0)),
        "small": graph._whole.structure.small.indices,
    }
    addresses = {name: array.ctypes.data for name, array in arrays.items()}
    addresses |= {name: tensor.data_ptr() for name, tensor in tensors.items() if tensor is not None}
    files = _files(tmp_path)
    assert len(addresses) == len(arrays) + len(tensors)
    assert [name for name, at in addresses.items() if not any(at in file for file in files)] == []


def _files(folder: Path) -> list[range]:
    """The addresses at which this process has files of the folder."""
    lines = Path("/proc/self/maps").read_text().splitlines()
    ranges = (line.split()[0].split("-") for line in lines if f"{folder}/" in line)
    return [range(int(start, 16), int(end, 16)) for start, end in ranges]


def test_an_array_in_a_file_is_like_any_other(tmp_path: Path) -> None:
    array = np.arange(400_000).reshape(-1, 2)
    laid = Scratch(tmp_path).lay(array)
    assert mapped(laid) and mapped(laid[7:]) and not mapped(array)
    assert np.array_equal(laid, array) and laid.dtype == array.dtype and laid.flags.writeable
    assert Scratch(tmp_path).lay(laid) is laid
    laid[3] = -1
    assert laid[3].tolist() == [-1, -1] and array[3].tolist() == [6, 7]
    assert not list(tmp_path.iterdir())  # it has no name, so a crash leaves nothing


def test_small_arrays_and_those_without_a_folder_stay_in_memory(tmp_path: Path) -> None:
    small, large = np.zeros(10), np.zeros(1 << 20)
    assert Scratch(tmp_path).lay(small) is small
    assert MEMORY.lay(large) is large and not mapped(MEMORY.empty(1 << 20, np.int64))


def test_a_copy_has_the_type_that_is_asked_for(tmp_path: Path) -> None:
    array = np.arange(300_000, dtype=np.int32)[::-1]
    for place in (MEMORY, Scratch(tmp_path)):
        copied = place.copy(array, np.int64)
        assert np.array_equal(copied, array) and copied.dtype == np.int64 and copied.flags.c_contiguous
    assert MEMORY.copy(np.zeros(0, np.int8), np.int64).shape == (0,)


def test_a_folder_without_room_is_a_mistake_and_no_crash(tmp_path: Path) -> None:
    """The limit on a file's size stands for a full disk: writing to a mapped page would end the process."""
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, before[1]))
    try:
        with pytest.raises(ScratchError, match="can't lay 8,388,608 bytes into a file") as caught:
            Scratch(tmp_path).empty(1 << 20, np.int64)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert caught.value.where == f"--scratch {tmp_path}" and "another folder" in caught.value.instead


@pytest.mark.usefixtures("everything")
def test_no_room_in_a_baseline_ends_the_run_and_leaves_no_baseline_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recbox.model.popularity import Popularity

    def fit(*_: object) -> None:
        Scratch(tmp_path / "gone").empty(1 << 20, np.int64)

    monkeypatch.setattr(Popularity, "fit", fit)
    with pytest.raises(ScratchError, match="can't lay"):
        recbox.run(BASE | RECIPES["model"], out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


SOURCE_THAT_KEEPS = '''
from recbox.plugin import Provides, Source
KEPT = []

class Keeper(Source):
    """Gives the same tables each time."""

    def provides(self, context):
        return Provides()

    def read(self, context):
        import polars as pl
        from recbox.plugin import Tables

        if not KEPT:
            frame = pl.DataFrame({"user": [1, 1, 2, 2] * 9, "item": list(range(36))})
            KEPT.append(Tables(name="kept", interaction=frame, rows=36))
        return KEPT[0]
'''


def test_the_tables_of_somebody_elses_source_are_left_whole(tmp_path: Path) -> None:
    from recbox.api.reading import read
    from recbox.api.setting import on_device, settle

    (tmp_path / "keeper.py").write_text(SOURCE_THAT_KEEPS)
    data = {"source": {"use": "keeper"}, "split": {"by": "user-random"}}
    recipe = {"recbox": 1, "data": data, "model": {"use": "popularity"}, "evaluate": {"baseline": []}}
    setting = settle(recipe, code=[tmp_path / "keeper.py"])
    context = on_device(setting, "cpu")
    assert len({read(setting, context).split.fingerprint for _ in range(2)}) == 1


def test_searches_and_comparisons_take_it_too(tmp_path: Path) -> None:
    for command in (recbox.tune, recbox.compare):
        with pytest.raises(ScratchError, match="can't lay"):
            command(BASE | RECIPES["model"], BASE | RECIPES["full"], scratch=tmp_path / "absent")


@pytest.mark.parametrize("name", ["absent", "file"])
def test_what_is_no_folder_is_refused_before_anything_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OptionError, match="can't lay"):
        recbox.run(BASE | RECIPES["model"], scratch=tmp_path / name, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()
