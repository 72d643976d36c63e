"""The kind `writer`: writes a text to a prompt, such as a profile of an item."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar

from recbox.registry.options import Options

if TYPE_CHECKING:
    from recbox.context import Context


class Writer(Options):
    """Writes a text to each prompt; `recbox profile` makes a column of users or items of them.

    Laws: each prompt has one text, whatever it holds; the text depends on the prompt, the options and
    `version` alone, not on the other prompts nor on their order, so that what was ended goes on as if it had
    not been; no prompts, no texts; nothing is fetched where the context is `offline`.

    Stability: stable for callers and implementers.
    """

    kind: ClassVar[str] = "writer"
    idle: ClassVar[frozenset[str]] = frozenset()
    """Options that change nothing of the texts, such as the size of a batch: with another value of these no
    text is written anew."""

    @abstractmethod
    def version(self, context: Context) -> str:
        """What the texts depend on besides the options and the prompt, in a word that changes with it: a hash
        over the model's files, the precision that this machine has it run in, the name of a service's model.
        A text of another version is written anew. A `DataError` where the model can't be had."""

    @abstractmethod
    def write(self, prompts: Sequence[str], context: Context) -> Iterator[tuple[int, str]]:
        """The place in `prompts` and the text of each, in any order, a few at a time: what was given is kept
        when the rest is not written any more. A `DataError` where the model can't be had.

        A text that is empty, or blank, counts as none: the node has a missing value."""
