"""The prompt itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, final

from recbox.plugin import Writer

if TYPE_CHECKING:
    from recbox.context import Context


@final
class Prompt(Writer):
    """The prompt itself is the text: a sentence made of columns, to be used as it is or edited by hand.

    It needs no model.
    """

    def version(self, context: Context) -> str:
        return "1"

    def write(self, prompts: Sequence[str], context: Context) -> Iterator[tuple[int, str]]:
        return enumerate(prompts)
