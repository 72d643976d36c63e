"""The writer `gpt`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, final

from pydantic import Field, model_validator

from recbox.plugin import Writer, mistake
from recbox_text import place

if TYPE_CHECKING:
    from recbox.plugin import Context


@final
class GPTWriter(Writer):
    """Texts by GPT or any causal language model of transformers, such as Llama or Qwen, on this machine."""

    reference: ClassVar[str] = "Xi et al. 2024, KAR, arXiv:2306.10933"
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"model": "package:recbox_text/tiny/gpt", "max_tokens": 12},
        {"model": "package:recbox_text/tiny/gpt", "max_tokens": 8, "temperature": 1.0, "precision": "int8"},
    )

    model: place.Place
    """The model: a folder; `package:NAME`, or `package:NAME/FOLDER`, for one that an installed package
    carries; `ORG/NAME@REVISION` for one of the hub, with the 40 digits of a commit."""
    chat: Literal["auto", "none", "chatml", "llama3", "gemma", "mistral"] = "auto"
    """How the model is spoken to: in the turns of a chat, or (`none`) it goes on where the prompt ends.
    `auto` goes by the tokenizer's special tokens."""
    system: str | None = None
    """Said to the model before each prompt, such as `You write for a film guide.`"""
    max_length: Annotated[int, Field(ge=16, le=1 << 20)] = 512
    """Tokens of a prompt at most, with the turns around it; of a longer one the middle is left out."""
    max_tokens: Annotated[int, Field(ge=1, le=1 << 16)] = 64
    """Tokens of a text at most; one that is cut there ends with its last whole sentence, if it has one."""
    sentences: Annotated[int, Field(ge=1, le=1000)] | None = 2
    """Sentences of a text at most; null: as many as there are."""
    stop: Literal["line", "paragraph", "end"] = "paragraph"
    """Where a text ends, if the model doesn't end it sooner: with its first line, at a blank line, or only
    where the model ends it."""
    temperature: Annotated[float, Field(ge=0, le=10)] = 0.0
    """0: the likeliest token each time. Above it tokens are drawn, the more freely the higher; a prompt has a
    stream of its own, by the seed."""
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    """With a temperature: tokens are drawn among the likeliest that have this share together."""
    precision: Literal["auto", "fp32", "bf16", "int8", "int4"] = "auto"
    """In what numbers the model runs. `auto` is the first of fp32, bf16, int8 and int4 that fits into the
    memory that may be used."""
    batch: Annotated[int, Field(ge=1, le=1024)] = 8
    """Prompts that are written to at once."""

    @model_validator(mode="after")
    def _options_fit(self) -> Self:
        if self.top_p < 1 and self.temperature == 0:
            what = "without a temperature nothing is drawn, so `top_p` would do nothing"
            raise mistake(what, at="top_p", instead="temperature: 0.7")
        if self.system is not None and self.chat == "none":
            what = "without a chat there is no turn for it, so `system` would do nothing"
            raise mistake(what, at="system", instead="leave `system` out, or put it into the prompt")
        return self

    def version(self, context: Context) -> str:
        from recbox_text._writing import version

        return version(self, context)

    def write(self, prompts: Sequence[str], context: Context) -> Iterator[tuple[int, str]]:
        from recbox_text._writing import write

        return write(self, prompts, context)
