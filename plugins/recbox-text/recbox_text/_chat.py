"""How causal models are spoken to. A model's own template is a program of a stranger's, and isn't run."""

from __future__ import annotations

from dataclasses import dataclass

from tokenizers import Tokenizer

from recbox.plugin import DataError


@dataclass(frozen=True)
class Format:
    """The turns of a chat. mark: the special token that tells it; opening: before all, where the tokenizer
    has that token; system: around what is said first, or None where that goes before the prompt."""

    mark: str
    opening: str
    system: tuple[str, str] | None
    user: tuple[str, str]
    end: str

    def around(self, system: str | None, opening: bool) -> tuple[str, str]:
        """What stands before a prompt, and after it."""
        before = self.opening if opening else ""
        if system and self.system:
            before += system.join(self.system)
        first, last = self.user
        return before + first + (f"{system}\n\n" if system and not self.system else ""), last


FORMATS: dict[str, Format] = {
    "chatml": Format(
        "<|im_start|>",
        "",
        ("<|im_start|>system\n", "<|im_end|>\n"),
        ("<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"),
        "<|im_end|>",
    ),
    "llama3": Format(
        "<|start_header_id|>",
        "<|begin_of_text|>",
        ("<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>"),
        (
            "<|start_header_id|>user<|end_header_id|>\n\n",
            "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
        ),
        "<|eot_id|>",
    ),
    "gemma": Format(
        "<start_of_turn>",
        "<bos>",
        None,
        ("<start_of_turn>user\n", "<end_of_turn>\n<start_of_turn>model\n"),
        "<end_of_turn>",
    ),
    "mistral": Format("[INST]", "<s>", None, ("[INST] ", "[/INST]"), "</s>"),
}
ENDS = ("<|endoftext|>", "<|end_of_text|>", "</s>", "<eos>")
"""Special tokens with which a text ends, whatever the format."""


def known(tokenizer: Tokenizer) -> dict[str, int]:
    """The tokenizer's special tokens by their words."""
    return {token.content: i for i, token in tokenizer.get_added_tokens_decoder().items() if token.special}


def chosen(asked: str, tokenizer: Tokenizer, where: str) -> Format | None:
    """The format that is asked for, or that the tokenizer knows; None: none."""
    special = known(tokenizer)
    if asked == "auto":
        return next((f for f in FORMATS.values() if f.mark in special), None)
    found = FORMATS.get(asked)
    if found is None or found.mark in special:
        return found
    if asked == "mistral":  # its first models have no token for [INST], and read it as a word
        return Format(found.mark, found.opening, None, ("[INST] ", " [/INST]"), found.end)
    here = next((name for name, f in FORMATS.items() if f.mark in special), "none")
    what = f"the model's tokenizer has no {found.mark}, so it knows no chat of {asked}"
    raise DataError(what, where=where, instead=f"chat: auto, which is {here} here")


def plain(text: str, special: dict[str, int]) -> str:
    """A text in which no special token stands: what an item is called must not end a turn."""
    words = sorted(filter(None, special), key=len, reverse=True)
    while any(word in text for word in words):
        for word in words:
            text = text.replace(word, " " if word.strip() else "")
    return text
