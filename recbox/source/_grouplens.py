"""The MovieLens files of GroupLens: where they are, how to get them, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from recbox.data.find import cache_dir, find, search_path
from recbox.data.wheel import Wheel
from recbox.errors import DataError
from recbox.source._ways import Wanted, Way

if TYPE_CHECKING:
    from recbox.context import Context

SITE = "https://files.grouplens.org/datasets/movielens/"
LICENCE = "research use, no redistribution without permission (GroupLens, grouplens.org/datasets/movielens)"


@dataclass(frozen=True)
class Release:
    """One MovieLens data set: its folder, its files there and, if it has one, its mirror.

    checksum: empty where the publisher replaces the file now and then; its own MD5 file is asked then.
    """

    title: str
    folder: str
    files: tuple[str, ...]
    shape: Mapping[str, int]
    checksum: str
    limit: int
    """Bytes that the archive's files may unpack to; the archive itself is smaller."""
    mirror: Wheel | None = None
    knowledge: Wheel | None = None
    """Triples about the items, and links to them, in RecBole's form; no part of what is published."""

    @property
    def url(self) -> str:
        return f"{SITE}{self.folder}.zip"

    @property
    def mirror_files(self) -> tuple[str, ...]:
        return tuple(self.mirror.members.values()) if self.mirror else ()

    def locate(self, context: Context) -> Path | None:
        """The folder that holds the publisher's files, or else the mirror's."""
        folders = [base / self.folder for base in search_path(context.data_dir)]
        found = find(self.files, folders)
        return found or (find(self.mirror_files, folders) if self.mirror else None)

    def knowledge_files(self, context: Context) -> tuple[Path, ...]:
        """The files of triples and of links: where the data may lie, or else fetched into the cache."""
        if self.knowledge is None:
            return ()
        names = tuple(self.knowledge.members.values())
        folders = [base / self.folder for base in search_path(context.data_dir)]
        folder = find(names, folders)
        if folder is None:
            from recbox.data.fetch import FetchError

            try:
                folder = self._from_mirror(self.knowledge, context)
            except FetchError as error:
                raise DataError(
                    f"triples about {self.title} were not found, and can't be fetched",
                    where=f"{self.folder}/{names[0]}",
                    why=f"looked in {', '.join(map(str, folders))}; {error.what} ({error.why})",
                    instead=f"put {' and '.join(names)} there, or `knowledge: false` in the source",
                ) from error
        return tuple(folder / name for name in names)

    def fetch(self, context: Context) -> Path:
        """Download into the cache: from the publisher, or else from the mirror."""
        ways: list[Way] = [self._from_publisher]
        if self.mirror:
            ways.append(partial(self._from_mirror, self.mirror))
        wanted = Wanted(self.title, LICENCE, f"{self.folder}/{self.files[0]}", f"unpack {self.url}")
        return wanted.fetch(ways, context)

    def _from_publisher(self, context: Context) -> Path:
        from recbox.data.archive import extract
        from recbox.data.fetch import Download, download, published_md5

        checksum = self.checksum or published_md5(f"{self.url}.md5", context)
        into = cache_dir() / self.folder
        archive = into / f"{self.folder}.zip"
        download(Download(self.url, checksum, self.limit), archive, context)
        extract(archive, {f"{self.folder}/{name}": name for name in self.files}, into, self.limit)
        archive.unlink(missing_ok=True)
        return into

    def _from_mirror(self, mirror: Wheel, context: Context) -> Path:
        from recbox.data.mirror import fetch_wheel

        into = cache_dir() / self.folder
        fetch_wheel(mirror, into, context)
        return into


RECBOLE = "recbole==1.2.1", "9c9948202011f37eb0a7c6768129313f00d6403ad221ec940d5e2d5d5f33a407"


def _of_recbole(*kinds: str) -> Wheel:
    """Some of RecBole's files of MovieLens 100K, which its wheel brings as an example."""
    members = {f"recbole/dataset_example/ml-100k/ml-100k.{kind}": f"ml-100k.{kind}" for kind in kinds}
    return Wheel(*RECBOLE, members)


ML_100K = Release(
    title="MovieLens 100K",
    folder="ml-100k",
    files=("u.data", "u.item", "u.user"),
    shape={"users": 943, "items": 1_682, "interactions": 100_000},
    checksum="sha256:50d2a982c66986937beb9ffb3aa76efe955bf3d5c6b761f4e3a7cd717c6a3229",
    limit=1 << 26,
    mirror=_of_recbole("inter", "item", "user"),
    knowledge=_of_recbole("kg", "link"),
)
ML_1M = Release(
    title="MovieLens 1M",
    folder="ml-1m",
    files=("ratings.dat", "movies.dat", "users.dat"),
    shape={"users": 6_040, "items": 3_706, "interactions": 1_000_209},
    checksum="sha256:a6898adb50b9ca05aa231689da44c217cb524e7ebd39d264c56e2832f2c54e20",
    limit=1 << 27,
)
ML_32M = Release(
    title="MovieLens 32M",
    folder="ml-32m",
    files=("ratings.csv", "movies.csv"),
    shape={"users": 200_948, "items": 84_432, "interactions": 32_000_204},
    checksum="md5:d472be332d4daa821edc399621853b57",
    limit=1 << 31,
)
ML_LATEST_SMALL = Release(
    title="MovieLens latest-small",
    folder="ml-latest-small",
    files=("ratings.csv", "movies.csv"),
    shape={"users": 610, "items": 9_724, "interactions": 100_836},
    checksum="",
    limit=1 << 26,
)
