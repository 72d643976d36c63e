"""The data sets of LightGCN's paper in its splits: where they are, how to get them, what pins them.

The MD5 checksums are those that RecZoo publishes beside the files (github.com/reczoo/Datasets and
github.com/reczoo/RecZoo, README.md of Gowalla_m1, Yelp18_m1, AmazonBooks_m1), and that DHG 0.9.7 on PyPI
checks the same files by (dhg/data/gowalla.py, yelp.py, amazon.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from recbox.data.find import cache_dir, find, search_path
from recbox.errors import DataError
from recbox.source._ways import Wanted
from recbox.source.lightgcn import KNOWN

if TYPE_CHECKING:
    from recbox.context import Context

COMMIT = "947ca2b3b1d2d3545b114145710cb06c4e57b3d2"
"""The last of github.com/gusye1234/LightGCN-PyTorch, the paper's PyTorch code, which is archived."""
PUBLISHER = f"https://raw.githubusercontent.com/gusye1234/LightGCN-PyTorch/{COMMIT}/data"
MIRROR = "https://huggingface.co/datasets/reczoo"


@dataclass(frozen=True)
class GivenSplit:
    """A data set with its split: its folder, and by part a file with the checksums that it may have.

    The first checksum is the published file's. places: folders on the network, each with all of the files.
    """

    title: str
    folder: str
    licence: str
    files: Mapping[str, tuple[str, ...]]
    places: tuple[str, ...]
    limit: int = 1 << 26
    """Bytes of a file; a longer one is not fetched."""

    @property
    def shape(self) -> dict[str, int]:
        return dict(KNOWN[self.folder])

    def locate(self, context: Context) -> Path | None:
        """The first folder that has files of these names; `check` says whether they are the right ones."""
        return find(self.files, [base / self.folder for base in search_path(context.data_dir)])

    def fetch(self, context: Context) -> Path:
        """Download into the cache: from the publisher, or else from the mirror."""
        file = f"{self.folder}/{next(iter(self.files))}"
        wanted = Wanted(self.title, self.licence, file, f"get {' and '.join(self.files)} of {self.places[0]}")
        return wanted.fetch([partial(self._from, place) for place in self.places], context)

    def _from(self, place: str, context: Context) -> Path:
        from recbox.data.fetch import Download, download

        into = cache_dir() / self.folder
        for name, checksums in self.files.items():
            download(Download(f"{place}/{name}", checksums[0], self.limit), into / name, context)
        return into

    def check(self, folder: Path) -> None:
        """A `DataError` for a file that is not the one that this data set has."""
        from recbox.data.fetch import matches

        for name, checksums in self.files.items():
            path = folder / name
            try:
                right = any(matches(path, checksum) for checksum in checksums)
            except OSError as error:
                raise DataError(f"can't read: {error.strerror or error}", where=str(path)) from error
            if not right:
                raise self._other(path, checksums)

    def _other(self, path: Path, checksums: tuple[str, ...]) -> DataError:
        return DataError(
            f"this is not the {path.name} of {self.title}",
            where=str(path),
            why=f"its checksum is not {' or '.join(checksums)}",
            instead=f"move {path.parent} away, and the published files are fetched; "
            f"or read yours as what they are, `source: {{use: lightgcn, folder: {path.parent}}}`",
        )


GOWALLA = GivenSplit(
    title="Gowalla",
    folder="gowalla",
    licence="the split comes without one; check-ins for research (SNAP, snap.stanford.edu/data/loc-gowalla)",
    files={
        "train.txt": (
            "md5:5eec1eb2edb8dd648377d348b8e136cf",
            # A copy that goes round, of the same length and counts: items of a line in ascending order.
            "sha256:0f086326b28a56c2e6dcb81d86ee72d4ccb7eed3a8d26788392356d8f51111cc",
        ),
        "test.txt": ("sha256:099a2a73924e4b754dc6efd730d764f492321b53c38eb93298850c83acf57be3",),
    },
    places=(f"{PUBLISHER}/gowalla", f"{MIRROR}/Gowalla_m1/resolve/main"),
)
YELP2018 = GivenSplit(
    title="Yelp2018",
    folder="yelp2018",
    licence="the split comes without one; reviews for research, under Yelp's terms (yelp.com/dataset)",
    files={
        "train.txt": ("md5:1b8b5d22a227e01d6de002c53d32b4c4",),
        "test.txt": ("md5:0d57d7399862c32152b045ec5d2698e7",),
    },
    places=(f"{PUBLISHER}/yelp2018", f"{MIRROR}/Yelp18_m1/resolve/main"),
)
AMAZON_BOOK = GivenSplit(
    title="Amazon-Book",
    folder="amazon-book",
    licence="the split comes without one; reviews for research (jmcauley.ucsd.edu/data/amazon)",
    files={
        "train.txt": ("md5:c916ecac04ca72300a016228258b41ed",),
        "test.txt": ("md5:30f8ccfea18d25007ba9fb9aba4e174d",),
    },
    places=(f"{PUBLISHER}/amazon-book", f"{MIRROR}/AmazonBooks_m1/resolve/main"),
)
