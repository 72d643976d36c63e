"""What a column of features is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ColumnType = Literal["categorical", "numeric", "multi", "text"]
Role = Literal["", "title", "text", "user"]


@dataclass(frozen=True)
class Column:
    """A feature column. role `title` is what people read in lists; `text` is what language models read;
    `user` holds ids of users, of whom one who is forgotten is taken out.

    Stability: stable for callers.
    """

    name: str
    type: ColumnType
    role: Role = ""
