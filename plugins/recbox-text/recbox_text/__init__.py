"""Encoders that read texts: `{use: sentence-transformer, model: FOLDER, text: "{title}. {genre}"}`."""

from recbox_text.bert import Bert
from recbox_text.gpt import GPT
from recbox_text.gpt_writer import GPTWriter
from recbox_text.masked_language_model import MaskedLanguageModel
from recbox_text.sentence_transformer import SentenceTransformer
from recbox_text.vectors import Vectors

__all__ = ["GPT", "Bert", "GPTWriter", "MaskedLanguageModel", "SentenceTransformer", "Vectors"]
