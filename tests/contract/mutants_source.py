"""Sources that are copies of built-ins, and get ids, values, counts or places wrong."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import polars as pl
from mutant_kit import Mutant
from source_copies import items, links, rows, source, triples, users

from recbox.context import Context
from recbox.data import Tables
from recbox.source._synthetic import make
from recbox.source.lightgcn import LightGCNText
from recbox.source.movielens import MovieLens1M, MovieLens100K, MovieLensLatestSmall
from recbox.source.recbole import RecBoleAtomic
from recbox.source.synthetic import Synthetic
from recbox.source.table import Table

col = pl.col


def exchanged(tables: Tables) -> Tables:
    return replace(tables, interaction=tables.interaction.rename({"user": "item", "item": "user"}))


def sorted_by_item(tables: Tables) -> Tables:
    return replace(tables, interaction=tables.interaction.sort("item"))


def last_row_lost(tables: Tables) -> Tables:
    return replace(tables, interaction=tables.interaction.head(-1))


def last_row_forgotten(tables: Tables) -> Tables:
    return replace(tables, interaction=tables.interaction.head(-1), rows=tables.rows - 1)


def one_bad_row_less(tables: Tables) -> Tables:
    return replace(tables, bad=tables.bad[:-1], bad_count=tables.bad_count - 1, rows=tables.rows - 1)


def latin(text: pl.Expr) -> pl.Expr:
    """UTF-8 that was read as Latin-1."""
    return text.map_elements(lambda word: word.encode().decode("latin-1"), pl.String)


def lines_moved(tables: Tables) -> Tables:
    return replace(tables, bad=tuple(replace(bad, line=bad.line - 1) for bad in tables.bad))


def without_reasons(tables: Tables) -> Tables:
    return replace(tables, bad=tuple(replace(bad, reason=" ") for bad in tables.bad))


def one_file(tables: Tables) -> Tables:
    return replace(tables, bad=tuple(replace(bad, file=tables.bad[0].file) for bad in tables.bad))


def told_twice(tables: Tables) -> Tables:
    return replace(tables, bad=tables.bad * 2)


def no_item_table(tables: Tables) -> Tables:
    return replace(tables, item=None, columns={"user": tables.columns["user"]})


def noisy(tables: Tables) -> Tables:
    weight = pl.Series(np.random.default_rng().random(tables.interaction.height))
    return replace(tables, interaction=tables.interaction.with_columns(weight=weight))


def now(tables: Tables) -> Tables:
    return replace(tables, interaction=tables.interaction.with_columns(time=pl.lit(time.time_ns())))


def drawn_anew(self: Synthetic, context: Context) -> Tables:
    return make(self, np.random.default_rng())


def going_on() -> type[RecBoleAtomic]:
    """Each reading begins where the last one ended."""
    place = iter(range(100))
    return source(RecBoleAtomic, lambda t: replace(t, interaction=t.interaction[next(place) % 2 :]))


def null_first(name: str) -> pl.Expr:
    return pl.when(pl.int_range(pl.len()) > 0).then(col(name)).alias(name)


def doubled_items(tables: Tables) -> Tables:
    return replace(tables, item=pl.concat([tables.item, tables.item]))


KEPT: tuple[Mutant, ...] = (
    Mutant(
        "ids-are-kept",
        "table",
        "leading zeros are lost",
        source(Table, rows(col("user").str.strip_chars_start("0"))),
    ),
    Mutant(
        "ids-are-kept", "lightgcn", "ids as text", source(LightGCNText, rows(col("item").cast(pl.String)))
    ),
    Mutant(
        "ids-are-kept",
        "lightgcn",
        "ids numbered anew",
        source(LightGCNText, rows(col("item").rank("dense").cast(pl.Int64) - 1)),
    ),
    Mutant("ids-are-kept", "lightgcn", "users and items exchanged", source(LightGCNText, exchanged)),
    Mutant(
        "ids-are-kept",
        "recbole",
        "ids in capitals",
        source(RecBoleAtomic, rows(col("user").str.to_uppercase())),
    ),
    Mutant("ids-are-kept", "movielens-100k", "rows sorted by item", source(MovieLens100K, sorted_by_item)),
    Mutant("ids-are-kept", "table", "the last row left out", source(Table, last_row_forgotten)),
    Mutant(
        "values-are-kept", "movielens-100k", "weights lost", source(MovieLens100K, rows(weight=pl.lit(1.0)))
    ),
    Mutant(
        "values-are-kept",
        "movielens-1m",
        "times in milliseconds",
        source(MovieLens1M, rows(col("time") * 1000)),
    ),
    Mutant("values-are-kept", "table", "times of another zone", source(Table, rows(col("time") + 3600))),
    Mutant(
        "values-are-kept",
        "lightgcn",
        "train and test exchanged",
        source(LightGCNText, rows(col("part").replace({"train": "test", "test": "train"}))),
    ),
    Mutant(
        "values-are-kept",
        "recbole",
        "no weights at all",
        source(RecBoleAtomic, lambda t: replace(t, interaction=t.interaction.drop("weight"))),
    ),
    Mutant(
        "features-are-kept",
        "movielens-latest-small",
        "titles in another encoding",
        source(MovieLensLatestSmall, items(latin(col("title")))),
    ),
    Mutant(
        "features-are-kept", "table", "genres of the next item", source(Table, items(col("genre").shift(-1)))
    ),
    Mutant(
        "features-are-kept",
        "movielens-1m",
        "age and gender of another",
        source(MovieLens1M, users(col("id").reverse())),
    ),
    Mutant(
        "features-are-kept",
        "recbole",
        "a missing year is 0",
        source(RecBoleAtomic, items(col("year").fill_null(0.0))),
    ),
    Mutant("features-are-kept", "table", "no items", source(Table, no_item_table)),
    Mutant(
        "links-are-kept",
        "table",
        "ends exchanged",
        source(Table, links(lambda f: f.rename({"source": "target", "target": "source"}))),
    ),
    Mutant(
        "links-are-kept",
        "table",
        "a link of everybody to themselves",
        source(Table, links(lambda f: f.with_columns(target="source"))),
    ),
    Mutant("links-are-kept", "table", "no links", source(Table, links(lambda f: f.clear()))),
    Mutant("links-are-kept", "table", "each link twice", source(Table, links(lambda f: pl.concat([f, f])))),
    Mutant(
        "triples-are-kept",
        "table",
        "heads and tails exchanged",
        source(Table, triples(lambda f: f.rename({"head": "tail", "tail": "head"}))),
    ),
    Mutant(
        "triples-are-kept", "recbole", "a triple lost", source(RecBoleAtomic, triples(lambda f: f.head(-1)))
    ),
    Mutant(
        "triples-are-kept",
        "recbole",
        "no links",
        source(RecBoleAtomic, lambda t: replace(t, knowledge=replace(t.knowledge, link=None))),
    ),
    Mutant("triples-are-kept", "table", "no graph", source(Table, lambda t: replace(t, knowledge=None))),
)

COUNTED: tuple[Mutant, ...] = (
    Mutant(
        "every-row-is-counted",
        "lightgcn",
        "a bad row dropped silently",
        source(LightGCNText, one_bad_row_less),
    ),
    Mutant(
        "every-row-is-counted",
        "movielens-100k",
        "a good row dropped silently",
        source(MovieLens100K, last_row_lost),
    ),
    Mutant(
        "every-row-is-counted",
        "table",
        "good rows alone are counted",
        source(Table, lambda t: replace(t, rows=t.interaction.height)),
    ),
    Mutant(
        "every-row-is-counted",
        "recbole",
        "the header is counted",
        source(RecBoleAtomic, lambda t: replace(t, rows=t.rows + 1)),
    ),
    Mutant("bad-rows-have-their-place", "movielens-100k", "lines from 0", source(MovieLens100K, lines_moved)),
    Mutant(
        "bad-rows-have-their-place", "recbole", "the header has no line", source(RecBoleAtomic, lines_moved)
    ),
    Mutant("bad-rows-have-their-place", "lightgcn", "all in the first file", source(LightGCNText, one_file)),
    Mutant("bad-rows-have-their-place", "table", "no reasons", source(Table, without_reasons)),
    Mutant("bad-rows-have-their-place", "table", "told twice", source(Table, told_twice)),
    Mutant(
        "bad-rows-have-their-place",
        "movielens-1m",
        "the first alone",
        source(MovieLens1M, lambda t: replace(t, bad=t.bad[:1])),
    ),
    Mutant(
        "bad-rows-have-their-place",
        "movielens-1m",
        "good rows a line too high",
        source(MovieLens1M, rows(col("line") - 1)),
    ),
)

SAME: tuple[Mutant, ...] = (
    Mutant(
        "reading-twice-gives-the-same-fingerprint",
        "lightgcn",
        "weights are drawn",
        source(LightGCNText, noisy),
    ),
    Mutant(
        "reading-twice-gives-the-same-fingerprint",
        "movielens-100k",
        "the time of reading",
        source(MovieLens100K, now),
    ),
    Mutant(
        "reading-twice-gives-the-same-fingerprint",
        "table",
        "the folder is the behaviour",
        source(Table, rows(behaviour=col("file"))),
    ),
    Mutant(
        "reading-twice-gives-the-same-fingerprint",
        "synthetic",
        "an unseeded draw",
        source(Synthetic, read=drawn_anew),
    ),
    Mutant("reading-twice-gives-the-same-fingerprint", "recbole", "goes on where it ended", going_on()),
    Mutant(
        "reading-twice-gives-the-same-fingerprint",
        "movielens-100k",
        "the time is in the titles",
        source(MovieLens100K, lambda t: items(col("title") + str(time.time_ns()))(t)),
    ),
)

DOOR: tuple[Mutant, ...] = (
    Mutant(
        "tables-pass-the-door",
        "lightgcn",
        "ids in 32 bits",
        source(LightGCNText, rows(col("user").cast(pl.Int32))),
    ),
    Mutant(
        "tables-pass-the-door",
        "movielens-1m",
        "weights in 32 bits",
        source(MovieLens1M, rows(col("weight").cast(pl.Float32))),
    ),
    Mutant(
        "tables-pass-the-door",
        "movielens-100k",
        "times as dates",
        source(MovieLens100K, rows(pl.from_epoch(col("time")))),
    ),
    Mutant(
        "tables-pass-the-door", "table", "a good row without a user", source(Table, rows(null_first("user")))
    ),
    Mutant(
        "tables-pass-the-door",
        "table",
        "a good row without a weight",
        source(Table, rows(null_first("weight"))),
    ),
    Mutant(
        "tables-pass-the-door",
        "recbole",
        "a weight that is infinite",
        source(RecBoleAtomic, rows(col("weight") / 0)),
    ),
    Mutant(
        "tables-pass-the-door",
        "lightgcn",
        "parts with other names",
        source(LightGCNText, rows(col("part").str.to_uppercase())),
    ),
    Mutant(
        "tables-pass-the-door",
        "table",
        "ids of items as text",
        source(Table, items(col("id").cast(pl.String))),
    ),
    Mutant(
        "tables-pass-the-door",
        "movielens-latest-small",
        "items that nobody took",
        source(MovieLensLatestSmall, items(col("id") + 1_000_000)),
    ),
    Mutant("tables-pass-the-door", "recbole", "each item twice", source(RecBoleAtomic, doubled_items)),
    Mutant(
        "tables-pass-the-door",
        "movielens-1m",
        "genres as one text",
        source(MovieLens1M, items(col("genre").list.join("|"))),
    ),
    Mutant(
        "tables-pass-the-door",
        "lightgcn",
        "a frame and no tables",
        source(LightGCNText, lambda t: t.interaction),
    ),
)

MUTANTS: tuple[Mutant, ...] = (*KEPT, *COUNTED, *SAME, *DOOR)
