"""Public data in its publishers' forms: the same interactions from each, found, fetched or refused."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import zipfile
from dataclasses import replace

import polars as pl
import pytest

from recbox.context import Context
from recbox.data import assemble, mirror
from recbox.data.fetch import FetchError
from recbox.data.wheel import Wheel
from recbox.errors import DataError, MissingDataError
from recbox.plugin import Source
from recbox.recipe.blocks import Clean
from recbox.registry import Registry
from recbox.source._grouplens import ML_100K
from recbox.source.lightgcn import LightGCNText
from recbox.source.movielens import MovieLens1M, MovieLens100K, MovieLensLatestSmall
from recbox.source.recbole import RecBoleAtomic
from recbox.source.synthetic import Synthetic

RATINGS = [(1, 10, 5.0, 100), (2, 20, 3.0, 200), (1, 20, 1.0, 300)]
ITEMS = [
    {"id": 10, "title": "Toy Story", "year": 1995.0, "genre": ["Animation", "Comedy"]},
    {"id": 20, "title": "Été, L'", "year": 1971.0, "genre": None},
]
FORMS = {
    "ml-100k": {
        "u.data": "1\t10\t5\t100\n2\t20\t3\t200\n1\t20\t1\t300\n",
        "u.item": "10|Toy Story (1995)|d||u|0|0|0|1|0|1|0|0|0|0|0|0|0|0|0|0|0|0|0\n"
        "20|Été, L' (1971) (V)|d||u|1|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0|0\n",
        "u.user": "1|24|M|writer|0\n2|53|F|other|0\n",
    },
    "ml-1m": {
        "ratings.dat": "1::10::5::100\n2::20::3::200\n1::20::1::300\n",
        "movies.dat": "10::Toy Story (1995)::Animation|Comedy\n20::Été, L' (1971)::\n",
        "users.dat": "1::M::24::20::0\n2::F::53::0::0\n",
    },
    "ml-latest-small": {
        "ratings.csv": "userId,movieId,rating,timestamp\n1,10,5.0,100\n2,20,3.0,200\n1,20,1.0,300\n",
        "movies.csv": 'movieId,title,genres\n10,Toy Story (1995),Comedy|Animation\n20,"Été, L\' (1971)",'
        "(no genres listed)\n",
    },
}
CLASSES = {"ml-100k": MovieLens100K, "ml-1m": MovieLens1M, "ml-latest-small": MovieLensLatestSmall}


@pytest.fixture
def context(tmp_path, monkeypatch):
    """Nothing but what the test puts there, and no network."""
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    return Context(data_dir=(tmp_path,), folder=tmp_path, offline=True)


def write(folder, files, encoding="utf-8"):
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_bytes(text.encode(encoding))


@pytest.mark.parametrize("name", list(FORMS))
def test_every_form_gives_the_same(name, context, tmp_path):
    write(tmp_path / name, FORMS[name], "utf-8" if name == "ml-latest-small" else "latin-1")
    source = CLASSES[name]()
    assert source.locate(context) == tmp_path / name
    tables = source.read(context)
    assert tables.interaction.select("user", "item", "weight", "time").rows() == RATINGS
    data = assemble(tables, Clean())
    assert data.item.table.to_dicts() == ITEMS
    provided = source.provides(context)
    assert provided.columns["item"] == {c.name: c.type for c in data.item.columns}
    assert provided.columns["user"] == {c.name: c.type for c in data.user.columns}
    assert data.item.column("title") == "title" and provided.time


def test_a_damaged_rating_is_named_with_its_line(context, tmp_path):
    write(tmp_path / "ml-100k", {**FORMS["ml-100k"], "u.data": "1\t10\t5\t100\n2\t20\tx\t200\n"}, "latin-1")
    with pytest.raises(DataError, match=r"u\.data:2: weight 'x'"):
        assemble(MovieLens100K().read(context), Clean())


def test_what_is_nowhere_is_refused_with_the_place_for_it(context, tmp_path):
    with pytest.raises(DataError, match="--offline") as caught:
        MovieLens100K().read(context)
    assert f"{tmp_path}/ml-100k/u.data" in str(caught.value)
    with pytest.raises(DataError, match=r"gowalla with train\.txt and test\.txt"):
        LightGCNText(folder="gowalla").read(context)
    with pytest.raises(DataError, match=r"ml-100k\.inter"):
        RecBoleAtomic(folder="ml-100k").read(context)


def test_a_known_set_that_is_missing_may_be_stood_in_for(context):
    with pytest.raises(MissingDataError, match="use: gowalla"):
        LightGCNText(folder="sets/gowalla").read(context)
    with pytest.raises(DataError) as caught:
        LightGCNText(folder="mine").read(context)
    assert not isinstance(caught.value, MissingDataError) and "fallback" not in str(caught.value)


def test_files_of_ones_own_are_located_or_named(context, tmp_path):
    text, atomic = LightGCNText(folder="mine/"), RecBoleAtomic(folder="mine")
    assert (text.locate(context), atomic.locate(context)) == (None, None)
    assert text.absent(context) == ("mine/train.txt", "mine/test.txt")
    assert atomic.absent(context) == ("mine/mine.inter",)
    write(tmp_path / "mine", {"train.txt": "", "test.txt": "", "mine.inter": ""})
    assert text.locate(context) == tmp_path / "mine" == atomic.locate(context)
    assert text.absent(context) == () == atomic.absent(context)
    assert Synthetic().locate(context) is None and Synthetic().absent(context) == ()


def test_published_size_and_split_of_real_movielens(data_dir):
    data = assemble(MovieLens100K().read(Context(data_dir=(data_dir,))), Clean(duplicate="refuse"))
    assert (len(data.user), len(data.item), len(data.interaction)) == (943, 1682, 100_000)
    assert data.item.table["genre"].null_count() == 2
    assert data.item.table["year"].null_count() == 1


@pytest.fixture(scope="session")
def mirrored(tmp_path_factory):
    """The wheel's files, fetched for real; skips where pip reaches no index."""
    folder = tmp_path_factory.mktemp("mirror")
    try:
        mirror.fetch_wheel(ML_100K.mirror, folder / "ml-100k", Context())
    except FetchError as error:
        pytest.skip(f"needs a package index that has recbole==1.2.1: {error.why}")
    return folder


def test_the_mirror_gives_the_same_fingerprint(mirrored, data_dir, monkeypatch):
    monkeypatch.delenv("RECBOX_DATA", raising=False)
    monkeypatch.setenv("RECBOX_CACHE", str(mirrored))
    copy = assemble(MovieLens100K().read(Context()), Clean())
    monkeypatch.setenv("RECBOX_DATA", str(data_dir))
    own = assemble(MovieLens100K().read(Context()), Clean())
    assert own.origin != copy.origin
    assert own.fingerprint == copy.fingerprint
    assert own.item.table["genre"].equals(copy.item.table["genre"])
    assert own.item.table["year"].equals(copy.item.table["year"])
    assert (own.item.table["title"] == copy.item.table["title"]).mean() > 0.99
    assert own.user.table.equals(copy.user.table)
    atomic = assemble(
        RecBoleAtomic(folder="ml-100k", title="movie_title").read(Context(data_dir=(mirrored,))), Clean()
    )
    assert atomic.fingerprint == own.fingerprint
    same = atomic.item.table["movie_title"] == copy.item.table["title"]
    assert (~same).sum() == 1, (
        "of one film the mirror's title holds the year, which MovieLens's own has apart"
    )


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel with one data file, in the only place where pip may look."""
    path = tmp_path / "links" / "tinyset-1.0-py3-none-any.whl"
    path.parent.mkdir()
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("tinyset/data.txt", "1 2 3")
        file.writestr(
            "tinyset-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinyset\nVersion: 1.0\n"
        )
        file.writestr("tinyset-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        file.writestr("tinyset-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(path.parent))
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    return Wheel("tinyset==1.0", sha256, {"tinyset/data.txt": "data.txt"})


def test_a_wheels_data_is_taken_and_nothing_else(wheel, tmp_path):
    mirror.fetch_wheel(wheel, tmp_path / "out", Context())
    assert {p.name: p.read_text() for p in (tmp_path / "out").iterdir()} == {"data.txt": "1 2 3"}


def test_another_wheel_than_expected_is_refused(wheel, tmp_path):
    with pytest.raises(FetchError, match="not the wheel expected"):
        mirror.fetch_wheel(replace(wheel, sha256="0" * 64), tmp_path / "out", Context())
    assert not (tmp_path / "out").exists()


def test_a_package_that_is_not_there_is_pips_own_words(wheel, tmp_path):
    with pytest.raises(FetchError, match=r"pip can't fetch (.|\n)*No matching distribution"):
        mirror.fetch_wheel(replace(wheel, requirement="tinyset==2.0"), tmp_path, Context())


def test_lightgcn_text(context, tmp_path):
    write(
        tmp_path / "set",
        {"train.txt": "0 5 6\n\n1\n2 x\n3 7 \r\n4 99999999999999999999\n", "test.txt": "0 7"},
    )
    source = LightGCNText(folder="set")
    tables = source.read(context)
    assert tables.interaction.select("user", "item", "part", "line").rows() == [
        (0, 5, "train", 1), (0, 6, "train", 1), (3, 7, "train", 5), (0, 7, "test", 1),
    ]  # fmt: skip
    assert [bad.line for bad in tables.bad] == [4, 6] and tables.rows == 6
    assert source.provides(context).part and source.shape() is None
    write(tmp_path / "set", {"train.txt": "", "test.txt": "\n\n"})
    assert source.read(context).rows == 0


def test_gowalla_has_its_published_size(data_dir):
    if not (data_dir / "gowalla" / "train.txt").is_file():
        pytest.skip("needs Gowalla: set RECBOX_DATA to a folder that holds gowalla/train.txt")
    tables = LightGCNText(folder="gowalla").read(Context(data_dir=(data_dir,)))
    counts = dict(tables.interaction["part"].value_counts().rows())
    assert counts == {"train": 810_128, "test": 217_242} and tables.bad_count == 0
    data = assemble(tables, Clean(duplicate="refuse"))
    shape = {"users": len(data.user), "items": len(data.item), "interactions": len(data.interaction)}
    assert shape == LightGCNText(folder="gowalla").shape()


def test_recbole_columns_by_type(context, tmp_path):
    write(
        tmp_path / "set",
        {
            "set.inter": "user_id:token\titem_id:token\ttimestamp:float\tother:float\n"
            "a\t1\t5.0\t1\nb\t2\tx\t1\n",
            "set.item": "item_id:token\tname:token_seq\ttags:token_seq\tv:float_seq\tp:float\n"
            "1\tA b\tx y\t1 2\t\n",
        },
    )
    source = RecBoleAtomic(folder="set", title="name")
    provides = source.provides(context)
    assert provides.columns == {"user": {}, "item": {"name": "text", "tags": "multi", "p": "numeric"}}
    assert provides.time and provides.complete
    tables = source.read(context)
    assert tables.interaction.select("user", "item", "time").rows() == [("a", 1, 5)]
    assert tables.item.to_dicts() == [{"id": 1, "name": "A b", "tags": ["x", "y"], "p": None}]
    assert [(bad.line, bad.reason) for bad in tables.bad] == [(3, "time 'x' is not a time")]
    assert not RecBoleAtomic(folder="none").provides(context).complete


@pytest.mark.parametrize("shape", [(60, 40, 300), (40, 60, 1200), (2, 2, 2), (943, 1682, 100_000)])
def test_synthetic_has_exactly_the_shape_asked_for(shape):
    users, items, interactions = shape
    source = Synthetic(users=users, items=items, interactions=interactions)
    tables = source.read(Context(seed=3))
    data = assemble(tables, Clean(duplicate="refuse"))
    assert (len(data.user), len(data.item), len(data.interaction)) == shape
    assert data.synthetic
    assert source.provides(Context()).columns["item"] == {c.name: c.type for c in data.item.columns}
    assert assemble(source.read(Context(seed=3)), Clean()).fingerprint == data.fingerprint
    if interactions > 10:
        assert assemble(source.read(Context(seed=4)), Clean()).fingerprint != data.fingerprint


def test_synthetic_has_tastes_and_popularity():
    data = assemble(Synthetic(users=400, items=200, interactions=8000, clusters=4).read(Context()), Clean())
    x = data.interaction
    kind = data.item.table["title"].str.split(" ").list.get(1).to_numpy()[x.item]
    shares = (
        pl.DataFrame({"user": x.user, "kind": kind})
        .group_by("user")
        .agg((pl.col("kind").unique_counts().sort(descending=True).head(2).sum() / pl.len()).alias("share"))
    )
    assert shares["share"].mean() > 0.75  # two kinds of four would have about a half by chance
    popularity = sorted(pl.Series(x.item).value_counts()["count"], reverse=True)
    assert sum(popularity[:20]) > 2 * sum(popularity[-20:])


def test_synthetic_refuses_what_cannot_be():
    for options in (
        {"users": 10, "items": 10, "interactions": 51},
        {"users": 10, "items": 2, "interactions": 5},
    ):
        with pytest.raises(ValueError, match="must lie between"):
            Synthetic(**options)


def test_a_reader_of_ones_own_files_has_nothing_to_fetch(context):
    with pytest.raises(DataError, match="nothing to fetch"):
        Synthetic().fetch(context)


@pytest.mark.parametrize("name", Registry().names("source"))
def test_every_source_says_what_it_is_without_polars(name):
    code = (
        "import sys; from recbox.registry import Registry; from recbox.context import Context\n"
        f"cls = Registry().load('source', {name!r})\n"
        "from recbox.registry.help import attribute_docs\n"
        "assert cls.__doc__ and set(attribute_docs(cls)) >= set(cls.model_fields), cls\n"
        "if not any(f.is_required() for f in cls.model_fields.values()): cls().provides(Context())\n"
        "assert not {'polars', 'torch'} & set(sys.modules), 'heavy'\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert issubclass(Registry().load("source", name), Source)
