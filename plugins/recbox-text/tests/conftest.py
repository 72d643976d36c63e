"""What the tests of this package share: tiny models, a cache of their own, and no network."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
import pytest
import text_made
from recbox_text._network import Network


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache for each test."""
    monkeypatch.setenv("RECBOX_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that looks for another machine fails."""

    def refuse(self: Any, address: object) -> NoReturn:
        raise AssertionError(f"a socket is opened to {address}")

    for method in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, method, refuse)


@pytest.fixture
def encoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that a model was run on, in order."""
    seen: list[str] = []
    encode = Network.encode

    def counting(self: Network, texts: Any) -> np.ndarray:
        seen.extend(texts)
        return encode(self, texts)

    monkeypatch.setattr(Network, "encode", counting)
    return seen


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """By name, folders of tiny models that nobody may change."""
    root = tmp_path_factory.mktemp("models")
    return {
        "bert": text_made.bert(root / "bert"),
        "gpt": text_made.gpt(root / "gpt"),
        "sentence-transformer": text_made.sentence_transformer(root / "st"),
        "dense": text_made.sentence_transformer(root / "dense", pooling="cls", dense=6),
    }
