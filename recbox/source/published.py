"""The sources `gowalla`, `yelp2018` and `amazon-book`: the data sets of LightGCN's paper in its splits."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Self, final

from recbox.plugin import Provides, Sample, Source
from recbox.source._splits import AMAZON_BOOK, GOWALLA, YELP2018, GivenSplit

if TYPE_CHECKING:
    from pathlib import Path

    from recbox.context import Context
    from recbox.data import Tables


class _Published(Source):
    """Train and test are the published files, held to their checksums; who took what, and no more."""

    reference: ClassVar[str] = "He et al. 2020, LightGCN, arXiv:2002.02126, section 4.1 (the split)"
    published: ClassVar[GivenSplit]

    @classmethod
    def against(cls, split: GivenSplit) -> Self:
        """The source with other files and places than the published ones, for samples and tests."""
        made = cls()
        made.__dict__["split"] = split  # where `cached_property` keeps it: it is no option
        return made

    @cached_property
    def split(self) -> GivenSplit:
        """What the files are held against."""
        return self.published

    def provides(self, context: Context) -> Provides:
        return Provides(part=True)

    @classmethod
    def sample(cls, folder: Path) -> Sample:
        from recbox.source._sample import published

        return published(cls, folder)

    def read(self, context: Context) -> Tables:
        from recbox.source._lightgcn import read_published

        return read_published(self.split, context)

    def shape(self) -> dict[str, int]:
        return self.split.shape

    def locate(self, context: Context) -> Path | None:
        return self.split.locate(context)

    def fetch(self, context: Context) -> Path:
        return self.split.fetch(context)

    def check(self, context: Context) -> None:
        if folder := self.locate(context):
            self.split.check(folder)


@final
class Gowalla(_Published):
    """Gowalla: 1,027,370 interactions of 29,858 people with 40,981 places, in LightGCN's split."""

    licence: ClassVar[str] = GOWALLA.licence
    published: ClassVar[GivenSplit] = GOWALLA


@final
class Yelp2018(_Published):
    """Yelp2018: 1,561,406 interactions of 31,668 people with 38,048 local businesses, in LightGCN's split."""

    licence: ClassVar[str] = YELP2018.licence
    published: ClassVar[GivenSplit] = YELP2018


@final
class AmazonBook(_Published):
    """Amazon-Book: 2,984,108 interactions of 52,643 people with 91,599 books, in LightGCN's split."""

    licence: ClassVar[str] = AMAZON_BOOK.licence
    published: ClassVar[GivenSplit] = AMAZON_BOOK
