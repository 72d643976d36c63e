"""transformers loads without a word, without the network, and without a draw from anybody's stream."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from recbox.plugin import Context


@contextmanager
def quiet(context: Context) -> Iterator[None]:
    """For the block: no progress bars, no log lines, no warnings, nothing of the hub, torch's stream kept."""
    import huggingface_hub.constants as hub
    from transformers.utils import logging

    level, bars, online = logging.get_verbosity(), logging.is_progress_bar_enabled(), hub.HF_HUB_OFFLINE
    logging.set_verbosity(logging.CRITICAL)
    logging.disable_progress_bar()
    hub.HF_HUB_OFFLINE = True
    try:
        with warnings.catch_warnings(), context.draws("text"):
            warnings.simplefilter("ignore")
            yield
    finally:
        hub.HF_HUB_OFFLINE = online
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
