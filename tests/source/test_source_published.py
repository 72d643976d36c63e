"""The splits of LightGCN's paper: found, fetched from a server on this machine, held to their checksums."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from recbox.context import Context
from recbox.data import assemble, fetch
from recbox.errors import DataError, MissingDataError
from recbox.progress import Progress, Task
from recbox.recipe.blocks import Clean
from recbox.source._splits import AMAZON_BOOK, GOWALLA, YELP2018, GivenSplit
from recbox.source.lightgcn import LightGCNText
from recbox.source.published import AmazonBook, Gowalla, Yelp2018

TRAIN, TEST = "0 3 1 2\n1 2 0\n2 3 4\n", "0 4\n2 1 0\n"
SORTED = "0 1 2 3\n1 0 2\n2 3 4\n"


def md5(text: str) -> str:
    return "md5:" + hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


class _Told(Progress, Task):
    def __init__(self) -> None:
        self.notices: list[str] = []

    def open(self, title: str, total: float | None, unit: str) -> Task:
        return self

    def close(self, task: Task) -> None:
        pass

    def advance(self, steps: float = 1, **facts: object) -> None:
        pass

    def notice(self, message: str, level: str = "info") -> None:
        self.notices.append(message)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder that a server on this machine gives out, as `url` in the file of that name says."""
    monkeypatch.setattr(fetch, "PAUSE_SECONDS", 0.01)
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    folder = tmp_path / "site"
    folder.mkdir()
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01), daemon=True)
        thread.start()
        (folder / "url").write_text(f"http://127.0.0.1:{server.server_port}")
        yield folder
        server.shutdown()


@pytest.fixture
def split(site: Path) -> GivenSplit:
    """Two places of made files, with their checksums; a copy of train in another order is known too."""
    for place in ("publisher", "mirror"):
        put(site / place)
    url = (site / "url").read_text()
    files = {"train.txt": (md5(TRAIN), md5(SORTED)), "test.txt": (md5(TEST),)}
    return replace(GOWALLA, files=files, places=(f"{url}/publisher", f"{url}/mirror"))


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A data folder and a cache with nothing in them."""
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    return Context(data_dir=(tmp_path / "data",), progress=_Told())


def put(folder: Path, train: str = TRAIN, test: str = TEST) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "train.txt").write_text(train)
    (folder / "test.txt").write_text(test)


def told(context: Context) -> str:
    assert isinstance(context.progress, _Told)
    return "\n".join(context.progress.notices)


def test_what_is_nowhere_is_fetched_into_the_cache_once(
    split: GivenSplit, site: Path, context: Context, tmp_path: Path
) -> None:
    source = Gowalla.against(split)
    assert source.locate(context) is None
    tables = source.read(context)
    assert tables.interaction.select("user", "item", "part").rows() == [
        (0, 1, "train"), (0, 2, "train"), (0, 3, "train"), (1, 0, "train"), (1, 2, "train"),
        (2, 3, "train"), (2, 4, "train"), (0, 4, "test"), (2, 0, "test"), (2, 1, "test"),
    ]  # fmt: skip
    assert (tmp_path / "cache" / "gowalla" / "train.txt").read_text() == TRAIN
    assert "fetching it. Licence: the split comes without one" in told(context)
    for path in site.rglob("*.txt"):
        path.unlink()
    assert source.locate(context) == tmp_path / "cache" / "gowalla"
    assert source.read(context.with_(offline=True)).rows == 10


def test_a_publisher_with_other_files_gives_way_to_the_mirror(
    split: GivenSplit, site: Path, context: Context, tmp_path: Path
) -> None:
    put(site / "publisher", test="0 4\n")
    assert Gowalla.against(split).read(context).rows == 10
    assert "doesn't have the checksum" in told(context) and "trying the mirror" in told(context)
    assert (tmp_path / "cache" / "gowalla" / "test.txt").read_text() == TEST


def test_other_files_everywhere_are_refused_and_not_kept(
    split: GivenSplit, site: Path, context: Context, tmp_path: Path
) -> None:
    for place in ("publisher", "mirror"):
        put(site / place, train="0 1\n")
    with pytest.raises(MissingDataError, match="doesn't have the checksum md5") as caught:
        Gowalla.against(split).read(context)
    assert f"{tmp_path}/data/gowalla/train.txt" in str(caught.value)
    assert not [path for path in (tmp_path / "cache").rglob("*") if path.name in ("train.txt", "test.txt")]


def test_offline_says_where_the_files_belong(split: GivenSplit, context: Context, tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="--offline") as caught:
        Gowalla.against(split).read(context.with_(offline=True))
    assert f"{tmp_path}/data/gowalla/train.txt" in str(caught.value)
    assert not told(context)


def test_a_copy_in_another_order_is_the_same_data(
    split: GivenSplit, context: Context, tmp_path: Path
) -> None:
    source = Gowalla.against(split)
    put(tmp_path / "data" / "gowalla", train=SORTED)
    assert source.locate(context) == tmp_path / "data" / "gowalla"
    copy = source.read(context)
    put(tmp_path / "data" / "gowalla")
    own = source.read(context)
    assert own.interaction.equals(copy.interaction)
    assert assemble(own, Clean()).fingerprint == assemble(copy, Clean()).fingerprint


@pytest.mark.parametrize(
    ("name", "texts"), [("train.txt", ("0 3 1\n", TEST)), ("test.txt", (TRAIN, "0 4\n"))]
)
def test_other_files_of_the_same_name_are_an_error_that_names_one(
    split: GivenSplit, context: Context, tmp_path: Path, name: str, texts: tuple[str, str]
) -> None:
    source = Gowalla.against(split)
    put(tmp_path / "data" / "gowalla", *texts)
    for ask in (source.read, source.check):
        with pytest.raises(DataError, match=f"this is not the {name} of Gowalla") as caught:
            ask(context)
        assert not isinstance(caught.value, MissingDataError)
        assert f"{tmp_path}/data/gowalla/{name}" in str(caught.value)
        assert f"use: lightgcn, folder: {tmp_path}/data/gowalla" in str(caught.value)
    assert LightGCNText(folder=str(tmp_path / "data" / "gowalla")).read(context).rows > 0


def test_a_check_of_what_is_nowhere_says_nothing(split: GivenSplit, context: Context) -> None:
    Gowalla.against(split).check(context)


@pytest.mark.parametrize(
    ("source", "split", "train", "test"),
    [
        (Gowalla(), GOWALLA, 810_128, 217_242),
        (Yelp2018(), YELP2018, 1_237_259, 324_147),
        (AmazonBook(), AMAZON_BOOK, 2_380_730, 603_378),
    ],
)
def test_each_is_pinned_and_its_size_is_that_of_the_paper(
    source: Gowalla, split: GivenSplit, train: int, test: int
) -> None:
    assert source.split is split
    assert source.shape()["interactions"] == train + test
    assert list(split.files) == ["train.txt", "test.txt"]
    sizes = {"md5": 32, "sha256": 64}
    for checksums in split.files.values():
        for algorithm, _, digits in (checksum.partition(":") for checksum in checksums):
            assert len(digits) == sizes[algorithm] and set(digits) <= set("0123456789abcdef")
    assert all(place.startswith("https://") for place in split.places)


def test_real_gowalla_is_the_pinned_one(data_dir: Path) -> None:
    if not (data_dir / "gowalla" / "train.txt").is_file():
        pytest.skip("needs Gowalla: set RECBOX_DATA to a folder that holds gowalla/train.txt")
    context = Context(data_dir=(data_dir,), offline=True)
    tables = Gowalla().read(context)
    assert dict(tables.interaction["part"].value_counts().rows()) == {"train": 810_128, "test": 217_242}
    data = assemble(tables, Clean(duplicate="refuse"))
    sizes = {"users": len(data.user), "items": len(data.item), "interactions": len(data.interaction)}
    assert sizes == Gowalla().shape()
    same = assemble(LightGCNText(folder="gowalla").read(context), Clean())
    assert data.fingerprint == same.fingerprint
