"""From prompts to token ids: cleaned, put into the turns of a chat, and cut in the middle if they're long."""

from __future__ import annotations

import re

from recbox.plugin import DataError
from recbox_text import _chat
from recbox_text._folder import Folder
from recbox_text._tokens import padding, tokenizer_of

GAP = " … "
"""Stands for the middle of a prompt that is left out. What is asked stands at its beginning or its end."""
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Prompts:
    """What a model reads of prompts. limit: tokens of one at most, with the turns around it."""

    def __init__(self, folder: Folder, chat: str, system: str | None, limit: int, vocabulary: int) -> None:
        self.place, self.limit, self.vocabulary = str(folder.path / "tokenizer.json"), limit, vocabulary
        self.tokenizer = tokenizer_of(folder)
        self.tokenizer.no_truncation()
        self.special = _chat.known(self.tokenizer)
        self.padding = padding(folder, self.tokenizer)
        self.format = _chat.chosen(chat, self.tokenizer, self.place)
        said = self.plain(system or "").strip() or None
        opening = self.format is not None and self.format.opening in self.special
        self.around = self.format.around(said, opening) if self.format else ("", "")
        if (room := limit - len(self._encoded(""))) < 1:
            what = f"{limit} tokens leave no room for a prompt, with {limit - room} for what stands around it"
            raise DataError(what, where=self.place, instead="a larger max_length, or a shorter system")

    def plain(self, prompt: str) -> str:
        """Without special tokens, control characters (but tabs and line ends) and halves of characters."""
        return _chat.plain(_CONTROL.sub("", prompt.replace("\r\n", "\n")), self.special)

    def ids(self, prompt: str) -> tuple[list[int], bool]:
        """The tokens, one at least and `limit` at most, and whether something was left out."""
        text = self.plain(prompt)
        text = text.strip() if self.format else text
        ids = self._encoded(text)
        cut = len(ids) > self.limit
        ids = self._cut(text, len(ids)) if cut else ids
        ids = ids or [self.padding]
        if (largest := max(ids)) >= self.vocabulary:
            what = f"the tokenizer gives the token {largest}, and the model has {self.vocabulary}"
            raise DataError(what, where=self.place, instead="the tokenizer of this very model")
        return ids, cut

    def _encoded(self, text: str) -> list[int]:
        before, after = self.around
        # The turns of a chat bring their own beginning; a plain text has the tokenizer's.
        return list(self.tokenizer.encode(before + text + after, add_special_tokens=self.format is None).ids)

    def _cut(self, text: str, count: int) -> list[int]:
        """Without as much of the middle as is too much."""
        place = self.tokenizer.encode(text, add_special_tokens=False).offsets
        keep = max(len(place) - (count - self.limit), 0)
        while keep > 0:
            head = (keep + 1) // 2
            last = place[len(place) - (keep - head)][0] if keep > head else len(text)
            ids = self._encoded(text[: place[head - 1][1]].rstrip() + GAP + text[last:].lstrip())
            if len(ids) <= self.limit:
                return ids
            keep -= len(ids) - self.limit
        return self._encoded("")[: self.limit]

    def ends(self, said: object) -> list[int]:
        """The ids with which a text ends: those that the model's files name, and those of its chat."""
        named = said if isinstance(said, list) else [said]
        whole = {i for i in named if isinstance(i, int) and not isinstance(i, bool)}
        words = (*_chat.ENDS, *([self.format.end] if self.format else ()))
        whole |= {self.special[word] for word in words if word in self.special}
        return sorted(i for i in whole if 0 <= i < self.vocabulary)
