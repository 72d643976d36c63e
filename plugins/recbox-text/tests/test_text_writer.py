"""The writer gpt: as transformers would write, one by one, whatever stands beside a prompt."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
import writer_made
from recbox_text import GPTWriter
from recbox_text._folder import open_folder
from recbox_text._prompts import Prompts
from recbox_text._sentences import kept
from transformers import AutoModelForCausalLM, GenerationConfig, GPT2LMHeadModel
from writer_made import CONTEXT, PROMPTS, texts, version

from recbox.plugin import Context, DataError
from recbox.registry.options import Options

PRECISIONS = ["fp32", "bf16", "int8", "int4"]
WAYS = {"sentences": None, "stop": "end"}


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("writers")
    return {
        "llama": writer_made.llama(root / "llama"),
        "untied": writer_made.llama(root / "untied", tied=False),
        "gpt2": writer_made.gpt2(root / "gpt2"),
    }


def theirs(folder: Path, prompt: str, tokens: int) -> str:
    """What transformers writes to a prompt that stands alone, without padding."""
    read = Prompts(open_folder(str(folder), CONTEXT, "here"), "auto", None, 200, 1 << 20)
    ids = torch.tensor([read.ids(prompt)[0]])
    model = AutoModelForCausalLM.from_pretrained(folder)
    ends = read.ends(256)
    settings = GenerationConfig(
        max_new_tokens=tokens, do_sample=False, eos_token_id=ends, pad_token_id=read.padding
    )
    found = model.generate(ids, attention_mask=torch.ones_like(ids), generation_config=settings)[0]
    new = found[ids.shape[1] :].tolist()
    said = read.tokenizer.decode(new, skip_special_tokens=True)
    return kept(said, None, "end", new[-1] in ends)


@pytest.mark.parametrize("name", ["llama", "untied", "gpt2"])
def test_writes_what_transformers_writes_one_by_one(name: str, folders: dict[str, Path]) -> None:
    found = texts(folders[name], PROMPTS, max_length=200, **WAYS)
    assert found == [theirs(folders[name], prompt, 8) for prompt in PROMPTS]
    assert len(set(found)) > 4


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("options", [{}, {"temperature": 1.5, "top_p": 0.9}], ids=["greedy", "drawn"])
def test_a_text_is_that_of_its_prompt_alone(
    precision: str, options: dict[str, float], folders: dict[str, Path]
) -> None:
    ways = {"precision": precision, "max_length": 60, "max_tokens": 8, "batch": 3, **WAYS, **options}
    whole = texts(folders["llama"], PROMPTS, **ways)
    assert texts(folders["llama"], [*PROMPTS[::-2], *PROMPTS[::-2]], **ways) == whole[::-2] * 2
    assert [texts(folders["llama"], PROMPTS[i : i + 1], **ways)[0] for i in (1, 4)] == [whole[1], whole[4]]


def test_what_was_ended_goes_on_as_if_it_had_not_been(folders: dict[str, Path]) -> None:
    asked = GPTWriter.parse({"model": str(folders["gpt2"]), "max_tokens": 6, "batch": 2})
    whole = dict(asked.write(PROMPTS, CONTEXT))
    running = asked.write(PROMPTS, CONTEXT)
    first = dict(next(running) for _ in range(4))
    running.close()
    rest = [i for i in range(len(PROMPTS)) if i not in first]
    second = {rest[i]: text for i, text in asked.write([PROMPTS[i] for i in rest], CONTEXT)}
    assert first | second == whole


def test_texts_come_before_all_are_written(folders: dict[str, Path]) -> None:
    """Whoever stops after the first batch has it: the second isn't begun."""
    calls: list[int] = []
    generate = GPT2LMHeadModel.generate

    def counted(self: GPT2LMHeadModel, **given: Any) -> Any:
        calls.append(1)
        return generate(self, **given)

    asked = GPTWriter.parse({"model": str(folders["gpt2"]), "max_tokens": 4, "batch": 2})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(GPT2LMHeadModel, "generate", counted)
        running = asked.write([f"film {i}" for i in range(9)], CONTEXT)
        assert {next(running)[0], next(running)[0]} <= set(range(9))
        assert len(calls) == 1
        running.close()
    assert len(calls) == 1


def test_no_prompts_no_texts_and_no_model() -> None:
    assert list(GPTWriter.parse({"model": "nowhere"}).write([], CONTEXT)) == []


def test_drawing_goes_by_prompt_seed_and_temperature(folders: dict[str, Path]) -> None:
    ways = {"temperature": 1.5, "max_length": 60, "max_tokens": 8, **WAYS}
    once = texts(folders["llama"], PROMPTS, **ways)
    assert texts(folders["llama"], PROMPTS, **ways) == once
    assert texts(folders["llama"], PROMPTS, CONTEXT.with_(seed=1), **ways) != once
    assert texts(folders["llama"], PROMPTS, max_length=60, max_tokens=8, **WAYS) != once


def test_a_small_share_of_the_likeliest_is_the_likeliest(folders: dict[str, Path]) -> None:
    ways = {"max_length": 60, "max_tokens": 8, **WAYS}
    greedy = texts(folders["llama"], PROMPTS, **ways)
    assert texts(folders["llama"], PROMPTS, temperature=1.0, top_p=1e-9, **ways) == greedy


def test_tokens_are_drawn_as_often_as_their_share_says() -> None:
    from recbox_text._deciding import Drawn

    share = torch.tensor([0.5, 0.25, 0.15, 0.1], dtype=torch.float64)
    luck = (torch.arange(2000, dtype=torch.float64) + 0.5).div(2000).unsqueeze(1)
    scores, start = share.log().expand(2000, -1).clone(), torch.zeros(2000, 3)
    for top_p, expected in ((1.0, share), (0.75, torch.tensor([2 / 3, 1 / 3, 0, 0])), (0.5, torch.eye(4)[0])):
        found = Drawn(1.0, top_p, luck, 3)(start, scores).argmax(1).bincount(minlength=4) / 2000
        torch.testing.assert_close(found.double(), expected.double(), atol=1e-3, rtol=0)
    flat = Drawn(2.0, 1.0, luck, 3)(start, scores).argmax(1).bincount(minlength=4) / 2000
    torch.testing.assert_close(flat.double(), share.sqrt() / share.sqrt().sum(), atol=1e-3, rtol=0)


@pytest.mark.parametrize(
    ("name", "told"), [("model", "another/place"), ("top_p", 0.5), ("system", "You are")]
)
def test_options_that_would_do_nothing_are_mistakes(name: str, told: object) -> None:
    asked = {"model": "package:recbox_text/tiny/gpt", "chat": "none", name: told}
    if name == "model":
        asked["model"] = "org/name@main"
    with pytest.raises(Exception, match=r"pin a revision|would do nothing"):
        GPTWriter.parse(asked)


def test_no_room_for_a_prompt_is_a_message() -> None:
    with pytest.raises(DataError, match="leave no room for a prompt"):
        texts("package:recbox_text/tiny/gpt", ["film"], max_tokens=64)


def test_the_longest_prompts_are_cut_with_a_notice(folders: dict[str, Path]) -> None:
    from recbox.progress import Progress, Task

    class Heard(Progress):
        said: list[str]

        def open(self, title: str, total: float | None, unit: str) -> Task:
            raise AssertionError(title)

        def close(self, task: Task) -> None:
            return None

        def notice(self, message: str, level: str = "info") -> None:
            self.said.append(message)

    heard = Heard()
    heard.said = []
    texts(folders["llama"], PROMPTS, CONTEXT.with_(progress=heard), max_length=100)
    assert heard.said == ["the middle of 1 prompts is left out: over 100 tokens"]


def test_the_version_is_that_of_the_files_and_the_precision(tmp_path: Path) -> None:
    folder = writer_made.llama(tmp_path / "llama")
    found = {precision: version(folder, precision=precision) for precision in PRECISIONS}
    assert len(set(found.values())) == 4
    assert version(folder) == found["fp32"]
    assert version(folder, max_tokens=7) == found["fp32"]
    assert version(folder, CONTEXT.with_(seed=5)) == found["fp32"]
    drawn = version(folder, temperature=1.0)
    assert version(folder, CONTEXT.with_(seed=5), temperature=1.0) != drawn
    weights = bytearray((folder / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (folder / "model.safetensors").write_bytes(weights)
    assert version(folder) != found["fp32"]


def test_checking_imports_neither_torch_nor_transformers() -> None:
    code = (
        "import sys; from recbox_text import GPTWriter; [GPTWriter.parse(e) for e in GPTWriter.examples]; "
        "sys.exit(bool({'torch', 'transformers', 'polars', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


@pytest.mark.parametrize("example", GPTWriter.examples, ids=str)
def test_the_examples_write(example: dict[str, object]) -> None:
    asked: Options = GPTWriter.parse(example)
    assert len(dict(asked.write(["film", "drama"], Context(threads=1, offline=True)))) == 2
