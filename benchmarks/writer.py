"""The writer gpt on MovieLens-100K's films: `RECBOX_DATA=DIR python benchmarks/writer.py MODEL [COUNT]`.

For each precision, in a process of its own: tokens written in a second of one core's time, the most memory
that the process held, how many texts are those of fp32 to the letter, and the perplexity of fp32's texts.

`--turned MODEL OUT` writes a Llama whose inner vectors are turned: the same function, with weights that lie
on nobody's grid. A model whose file was in 4 bits is easy to bring to 4 bits again; this one isn't.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from math import exp
from pathlib import Path
from typing import Any

import torch
from recbox_text import GPTWriter

from recbox.context import Context
from recbox.data import assemble
from recbox.recipe.blocks import Clean
from recbox.registry import Registry

# What lies behind the writer, for its parts are looked at one by one.
Writing = importlib.import_module("recbox_text._writing").Writing
open_folder = importlib.import_module("recbox_text._folder").open_folder
CONTEXT = Context(threads=1, offline=True, data_dir=(Path(os.environ.get("RECBOX_DATA", ".")),))
PRECISIONS = ("fp32", "bf16", "int8", "int4")


def prompts(count: int) -> list[str]:
    """Of films that are spread over all ids."""
    data = assemble(Registry().load("source", "movielens-100k")().read(CONTEXT), Clean())
    table = data.item.table.gather_every(max(data.item.table.height // count, 1)).head(count)
    said = zip(table["title"].to_list(), table["genre"].to_list(), strict=True)
    return [f"Film: {t} ({', '.join(g or [])}). In one sentence: who enjoys it?" for t, g in said]


def one(model: str, precision: str, count: int, judged: list[str]) -> dict[str, Any]:
    """Of one precision: texts, tokens, seconds, MiB before and at most, perplexity of `judged`."""
    asked = GPTWriter.parse({"model": model, "precision": precision})
    read, folder = prompts(count), open_folder(model, CONTEXT, "here")
    importlib.import_module("transformers.models.llama.modeling_llama")
    before = _mib("VmRSS")
    writing = Writing(asked, folder, CONTEXT)
    start = time.process_time()
    texts = [text for _, text in sorted(writing.write(read))]
    seconds = time.process_time() - start
    most = _mib("VmHWM")
    encode = writing.prompts.tokenizer.encode
    tokens = sum(len(encode(text, add_special_tokens=False).ids) for text in texts)
    seen = perplexity(writing, read, judged or texts)
    return {
        "texts": texts,
        "tokens": tokens,
        "s": seconds,
        "before": before,
        "most": most,
        "perplexity": seen,
    }


@torch.inference_mode()
def perplexity(writing: Any, read: list[str], texts: list[str]) -> float:
    """Of texts after their prompts."""
    lost, count = 0.0, 0
    for prompt, text in zip(read, texts, strict=True):
        first = writing.prompts.ids(prompt)[0]
        then = writing.prompts.tokenizer.encode(text, add_special_tokens=False).ids
        logits = writing.model(input_ids=torch.tensor([first + then])).logits[0, len(first) - 1 : -1].float()
        lost += float(torch.nn.functional.cross_entropy(logits, torch.tensor(then), reduction="sum"))
        count += len(then)
    return exp(lost / count)


def _mib(name: str) -> int:
    line = next(x for x in Path("/proc/self/status").read_text().splitlines() if x.startswith(name))
    return int(line.split()[1]) >> 10


def turned(model: str, out: str) -> str:
    """A Llama that gives the same logits: inner vectors turned by a random rotation, gains in the weights."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    made = AutoModelForCausalLM.from_pretrained(model)
    width = made.config.hidden_size
    turn = torch.linalg.qr(torch.randn(width, width, generator=torch.Generator().manual_seed(0)).double())[0]
    with torch.no_grad():
        head = made.lm_head.weight.double() * made.model.norm.weight.double() @ turn
        made.config.tie_word_embeddings = False
        made.lm_head.weight = torch.nn.Parameter(head.float())
        made.model.embed_tokens.weight = torch.nn.Parameter(
            (made.model.embed_tokens.weight.double() @ turn).float()
        )
        made.model.norm.weight.fill_(1.0)
        for layer in made.model.layers:
            a, m = layer.self_attn, layer.mlp
            pairs = ((layer.input_layernorm, (a.q_proj, a.k_proj, a.v_proj)),)
            for norm, into in (*pairs, (layer.post_attention_layernorm, (m.gate_proj, m.up_proj))):
                for linear in into:
                    linear.weight.copy_(linear.weight.double() * norm.weight.double() @ turn)
                norm.weight.fill_(1.0)
            for linear in (a.o_proj, m.down_proj):
                linear.weight.copy_(turn.T @ linear.weight.double())
    made.save_pretrained(out)
    AutoTokenizer.from_pretrained(model).save_pretrained(out)
    return out


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "--one":
        model, precision, count = sys.argv[2:5]
        sys.stdout.write(json.dumps(one(model, precision, int(count), json.load(sys.stdin))))
    elif sys.argv[1] == "--turned":
        print(turned(sys.argv[2], sys.argv[3]))
    else:
        model, count = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "100"
        print("| in | tokens a second | memory, MiB | above the libraries' | texts as fp32's | perplexity |")
        print("| --- | --- | --- | --- | --- | --- |")
        exact: list[str] = []
        for precision in PRECISIONS:
            command = [sys.executable, __file__, "--one", model, precision, count]
            done = subprocess.run(
                command, input=json.dumps(exact), capture_output=True, text=True, check=True
            )
            found = json.loads(done.stdout)
            exact = exact or found["texts"]
            same = sum(a == b for a, b in zip(found["texts"], exact, strict=True))
            speed, above = found["tokens"] / found["s"], found["most"] - found["before"]
            row = f"{speed:.1f} | {found['most']:,} | {above:,} | {same} of {len(exact)}"
            print(f"| {precision} | {row} | {found['perplexity']:.3f} |", flush=True)
