"""The sources `movielens-100k`, `-1m`, `-32m` and `-latest-small`: found, or fetched from GroupLens."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, final

from recbox.plugin import Provides, Sample, Source
from recbox.source._grouplens import LICENCE, ML_1M, ML_32M, ML_100K, ML_LATEST_SMALL, Release

if TYPE_CHECKING:
    from pathlib import Path

    from recbox.context import Context
    from recbox.data import Tables

REFERENCE = "Harper & Konstan 2015, The MovieLens Datasets, doi:10.1145/2827872"
_ITEM = {"title": "text", "year": "numeric", "genre": "multi"}
_USER = {"age": "numeric", "gender": "categorical", "occupation": "categorical"}


class _MovieLens(Source):
    """A rating is the weight. Films have `title` (without the year), `year` and `genre`."""

    reference: ClassVar[str] = REFERENCE
    licence: ClassVar[str] = LICENCE
    release: ClassVar[Release]

    def provides(self, context: Context) -> Provides:
        users = _USER if len(self.release.files) > 2 else {}
        edges = frozenset({"interaction", "knowledge"} if self.with_knowledge else {"interaction"})
        return Provides(edges, columns={"item": dict(_ITEM), "user": dict(users)}, time=True)

    @classmethod
    def sample(cls, folder: Path) -> Sample:
        from recbox.source._sample import movielens

        return movielens(cls(), cls.release, folder)

    def read(self, context: Context) -> Tables:
        from recbox.source._movielens import read_movielens

        return read_movielens(self.release, context, knowledge=self.with_knowledge)

    @property
    def with_knowledge(self) -> bool:
        """Whether triples about the films are read too."""
        return False

    def shape(self) -> dict[str, int]:
        return dict(self.release.shape)

    def locate(self, context: Context) -> Path | None:
        return self.release.locate(context)

    def fetch(self, context: Context) -> Path:
        return self.release.fetch(context)


@final
class MovieLens100K(_MovieLens):
    """MovieLens 100K: 100,000 ratings of 1,682 films by 943 people, 1997 to 1998."""

    release: ClassVar[Release] = ML_100K
    knowledge: bool = False
    """Read RecBole's triples about the films too (ml-100k.kg and .link, found or fetched), for edges of type
    `knowledge`."""

    @property
    def with_knowledge(self) -> bool:
        return self.knowledge


@final
class MovieLens1M(_MovieLens):
    """MovieLens 1M: 1,000,209 ratings of 3,706 films by 6,040 people, 2000 to 2003."""

    release: ClassVar[Release] = ML_1M


@final
class MovieLens32M(_MovieLens):
    """MovieLens 32M: 32,000,204 ratings of 84,432 films by 200,948 people, 1995 to 2023."""

    release: ClassVar[Release] = ML_32M


@final
class MovieLensLatestSmall(_MovieLens):
    """MovieLens latest-small: about 100,000 ratings by 610 people; the publisher may change it."""

    release: ClassVar[Release] = ML_LATEST_SMALL
