"""Whether the parts fit is told before any data is read and without torch."""

from __future__ import annotations

from pathlib import Path

import pytest
from recipe_kit import BASE, expect, read_text

LAYER = "layer: [{use: hop}]\n"
PLAIN = "recbox: 1\ndata: {source: {use: plain}, split: {by: given}}\n"


def ratings(split: str) -> str:
    return f"recbox: 1\ndata: {{source: {{use: ratings}}, split: {{by: {split}}}}}\n" + LAYER


def plain(split: str) -> str:
    return f"recbox: 1\ndata: {{source: {{use: plain}}, split: {{by: {split}}}}}\n" + LAYER


LINKED = "recbox: 1\ndata: {source: {use: linked}, split: {by: user-random}}\n" + LAYER
SAMPLED = BASE + "objective: [{use: softmax, over: sampled}]\n"
LATER = "objective: [{{use: bpr}}, {{use: later-hop, {}}}]\n"
NO_VALID = BASE.replace("ratings}}", "ratings}, split: {valid: 0}}")
PLATEAU = "train: {schedule: {by: plateau}}\n"


def item(*columns: str) -> str:
    return f"encoder: {{item: {{use: traits, columns: [{', '.join(columns)}]}}}}\n"


NONE, SHOP = (LINKED.replace("{use: hop}", layers) for layers in ("", "{use: shop-hop}"))
KNOWING = "graph: {edge: [interaction, §item-relation]}\n"
CASES = [
    (LINKED + "graph: {edge: [{scale: §1e39}]}\n", "`scale` must be at most 1000000.0"),
    (LINKED + "graph: {edge: [{scale: §1e-39}]}\n", "`scale` must be at least 1e-06"),
    (NONE + KNOWING, "would do nothing: there is no layer that messages would pass"),
    (SHOP + KNOWING, "would do nothing: 'shop-hop' looks at others"),
    (LINKED + "graph: {edge: [{type: item-relation, by: series}, §item-relation]}\n",
     "`item-relation` without a name takes the only one that there is, and 'series' is one"),
    (LINKED.replace("random}", "random}, fallback: synthetic") + KNOWING,
     "made has no edges of type `item-relation`, so that nothing could stand in / fallback: none"),
    (ratings("§given"), "needs parts that the data brings, and ratings has none"),
    (plain("§user-time"), "needs times, and plain has none / by: user-random"),
    (plain("§leave-last"), "needs times"),
    (plain("§time"), "needs times"),
    (PLAIN + LAYER + "graph: {edge: [interaction, §item-relation]}\n", "no edges of type `item-relation`"),
    (BASE + item("genre", "§yaer"), "ratings has no column 'yaer' for items / did you mean 'year'?"),
    (BASE + "encoder: {user: {use: traits, columns: [§genre]}}\n", "no column 'genre' for users"),
    (BASE + "evaluate: {gap: [§job]}\n", "ratings has no categorical column 'job' for users"),
    (BASE + "evaluate: {gap: [§age]}\n", "'age' of ratings is numeric, and groups need a categorical column"),
    (PLAIN + "layer: [{use: §social-hop}]\n", "needs edges of type `user-relation` / add user-relation"),
    (BASE + "train: {negative: {count: §4}}\nobjective: [{use: pair-loss}]\n", "takes one negative"),
    (BASE + "objective: [{use: §odd-loss}]\n", "is 'two', not one of none, one, many, all"),
    (BASE + "objective: [{use: §shrink}]\n", "nothing in the loss learns from interactions: shrink alone"),
    (BASE + "objective: [{use: §l2}]\n", "l2 alone can't recommend"),
    (BASE + "objective: [{use: §bpr, weight: 0}, {use: l2}]\n", "nothing in the loss learns"),
    (BASE.replace("{use: hop}", "{use: hop}, {use: §hop, wide: 3}"), "gives 3 numbers a node"),
    (BASE + "encoder:\n  user: {use: id}\n  item: §{fuse: concat, part: [{use: id}, {use: id}]}\n",
     "users get vectors of 64 numbers and items of 128"),
    (BASE + "encoder:\n  user: {fuse: gate, part: [{use: id}, {use: id}]}\n"
     "  item: §{fuse: concat, part: [{use: id}, {use: id}]}\n", "/ `concat` over as many parts on both"),
    (BASE.replace("{use: hop}", "{use: §faulty-hop}"), "can't tell its edge types: RuntimeError"),
    (BASE.replace("ratings}}", "ratings}, split: {valid: 0.5, test: §0.5}}"), "leave nothing to train on"),
    (BASE.replace("ratings}}", "ratings}, split: {valid_by: §cluster}}"), "is for `by: given`"),
    (LINKED + "graph: {edge: [{type: user-relation, by: friend}, §{type: user-relation, by: friend}]}\n",
     "`user-relation.friend` stands twice: the first is at"),
    (LINKED + "graph: {edge: [{type: user-relation, by: §frend}]}\n", "'frend' / did you mean 'friend'?"),
    (LINKED + "graph: {edge: [interaction, §user-relation]}\n", "2 relations that fit"),
    (LINKED + "graph: {edge: [{type: item-relation, recency: §{by: order}}]}\n",
     "`recency` is for interactions"),
    (LINKED + "graph: {edge: [{recency: {by: §time, half_life: 3}}]}\n", "recency needs times"),
    (LINKED + "train: {recency: {by: §order}}\n", "recency needs times, and linked has none"),
    (LINKED + "train: {stage: [{}, {recency: {by: §order}}]}\n", "recency needs times"),
    (LINKED + "encoder: {user: {use: §any-trait}}\n", "a column of users (categorical or multi)"),
    (BASE + "encoder: {user: {part: [{use: id}, {use: §any-trait}]}}\n", "and ratings has none"),
    ("recbox: 1\ndata: {source: {use: ratings}, fallback: §synthetic}\n" + LAYER, "no public shape"),
    (BASE + "train: {stage: [{precision: fp32}, {precision: fp32}, {precision: §bf16}]}\n", "one precision"),
    (BASE + "train: {stage: [{precision: bf16}, §{epochs: 3}]}\n", "this stage has auto, the first has bf16"),
    (BASE + "objective: [{use: mse}, {use: l2}]\ntrain: {negative: §{count: 4}}\n", "no objective draws"),
    (BASE + "objective: [{use: softmax}]\ntrain: {negative: §{by: hard}}\n", "no objective draws negatives"),
    (BASE + "train: {stage: [{negative: §{count: 2}, objective: [{use: mse}]}, {negative: {count: 2}}]}\n",
     "no objective draws negatives"),
    (BASE + "objective: [{use: mse}, {use: l2}]\ntrain: {candidate: §warm}\n", "no objective sets anything"),
    (BASE + "objective: [{use: softmax, over: in-batch}]\ntrain: {candidate: §warm}\n",
     "no objective sets anything"),
    (BASE + "objective: [{use: softmax}]\ntrain: {candidate: §cold}\n", "one of auto, all, warm"),
    (SAMPLED + "train: {negative: {by: §hard}}\n", "how probably a hard negative is drawn is not known"),
    (BASE + "objective: [{use: even-loss}]\ntrain: {negative: {by: §hard}}\n", "'even-loss' corrects"),
    (NO_VALID + PLATEAU.replace("plateau", "§plateau"), "`plateau` follows validation"),
    (BASE + PLATEAU + "evaluate: {refit: §true}\n", "can't repeat exactly the course that validation chose"),
    (BASE + LATER.format("§hop: 2"), "the objective 'later-hop' doesn't fit: the last hop is 1 / hop: 1"),
    (BASE + "objective: [{use: bpr}, {use: §later-hop}]\n", "the last hop is 1 / hop: 1"),
    (BASE + "combine: concat\nobjective: [{use: bpr}, {use: §later-hop, hop: 1}]\n",
     "the objective 'later-hop' doesn't fit: 128 columns are too many"),
    (BASE + "objective: [{use: bpr}, {use: §later-hop, torn: true}]\n", "can't tell its fit: RuntimeError"),
    (BASE + "train: {stage: [{propagation: none, objective: [{use: bpr}, {use: later-hop, §hop: 1}]}, "
     "{objective: [{use: bpr}, {use: later-hop, hop: 1}]}]}\n", "the last hop is 0"),
    (BASE + LATER.format("hop: 1, columns: [year, §genre]"),
     "'genre' of ratings is multi, and 'later-hop' reads none of these / columns that are numeric: year"),
    (BASE + LATER.format("hop: 1, columns: [§yaer]"), "no column 'yaer' for items"),
    (BASE + "train: {stage: [{epochs: 1}, {epochs: 2}]}\nevaluate: {refit: §true}\n", "through 2 stages"),
]  # fmt: skip


@pytest.mark.parametrize(("marked", "said"), CASES)
def test_a_misfit_is_a_mistake_in_its_place(tmp_path: Path, marked: str, said: str) -> None:
    expect(tmp_path, marked, said)


FRIEND = "{type: user-relation, by: friend, scale: 1.0, feature: []}"


def test_a_mistake_that_several_edges_share_is_told_at_each(tmp_path: Path) -> None:
    scaled = f"graph: {{edge: [{{scale: §2}}, {FRIEND}, {{type: item-relation, scale: §0.5}}]}}\n"
    said = "`scale` would do nothing: 'typed-hop' takes each edge type by itself / remove it, or a layer"
    expect(tmp_path, LINKED.replace("{use: hop}", "{use: typed-hop}, {use: typed-hop}") + scaled, said, said)
    carrying = "{feature: §[weight]}, {type: item-relation, feature: §[weight]}"
    said = "no layer reads what edges carry / a layer {use: gat, edge_features: true}, or remove it"
    expect(tmp_path, LINKED + f"graph: {{edge: [{carrying}, {FRIEND}]}}\n", said, said)


@pytest.mark.parametrize(
    "text",
    [
        ratings("user-time"), ratings("leave-last"), ratings("time"), ratings("user-random"),
        plain("cold-item"), plain("user-random"), plain("given"),
        PLAIN + "layer: [{use: social-hop}]\ngraph: {edge: [user-relation]}\n",
        "recbox: 1\ndata: {source: {use: files, interaction: [{path: a}]}}\n" + LAYER + item("anything"),
        BASE + item("genre", "year"),
        BASE + "train: {negative: {count: 4}}\nobjective: [{use: list-loss}]\n",
        BASE + "train: {negative: {by: uniform, count: 1}}\nobjective: [{use: mse}, {use: l2}]\n",
        BASE + "train: {candidate: all}\nobjective: [{use: mse}, {use: l2}]\n",
        BASE + "train: {candidate: warm}\nobjective: [{use: softmax}]\n",
        SAMPLED + "train: {candidate: all}\n",
        LINKED + "graph: {edge: [interaction, {type: user-relation, by: follow}, item-relation]}\n",
        LINKED.replace("{use: hop}", "{use: shop-hop}, {use: hop}") + KNOWING.replace("§", ""),
        NONE + KNOWING.replace("§", "") + "objective: [{use: bpr}, {use: series}]\n",
        LINKED.replace("random}", "random}, fallback: synthetic")
        + "graph: {edge: [interaction, {type: item-relation, made: co-occurrence}]}\n",
        LINKED + "train: {recency: {by: none}}\n",
        LINKED.replace("random}", "random}, fallback: synthetic"),
        "recbox: 1\ndata: {source: {use: synthetic}, fallback: synthetic}\n" + LAYER,
        "recbox: 1\ndata: {source: {use: plain}, split: {by: given, test: 0, valid: 0}}\n" + LAYER + PLATEAU,
        BASE + "encoder: {item: {use: any-trait}}\n",
        "recbox: 1\ndata: {source: {use: files, interaction: [{path: a}]}}\n" + LAYER
        + "encoder: {item: {use: any-trait}}\ntrain: {recency: {by: time}}\n"
        "graph: {edge: [{recency: {by: order}}]}\n",
        SAMPLED + "train: {negative: {by: popular, count: 9}}\n",
        SAMPLED.replace("sampled", "sampled, correct: false") + "train: {negative: {by: hard}}\n",
        BASE + "objective: [{use: bpr}, {use: softmax, over: in-batch}]\ntrain: {negative: {by: hard}}\n",
        NO_VALID + "train: {patience: 3, every: 2}\nevaluate: {refit: true}\n",
        BASE + "train: {schedule: {by: step}}\nevaluate: {refit: true}\n",
        BASE + PLATEAU,
        BASE + LATER.format("hop: 1, columns: [year]"),
        BASE.replace("{use: hop}", "{use: hop, repeat: 2}") + LATER.format("hop: 2"),
        BASE.replace("[{use: hop}]", "[]") + LATER.format("hop: 0"),
        BASE + "train: {stage: [{precision: bf16}, {precision: bf16, epochs: 3}]}\n",
        BASE + "evaluate: {baseline: [ease, {use: ease, l2: 5}, {use: ease, l2: 6}]}\n",
        BASE + "combine: concat\nencoder:\n  user: {fuse: concat, part: [{use: id}, {use: id}]}\n"
        "  item: {fuse: concat, part: [{use: own}, {use: id}]}\n",
        BASE + "encoder:\n  user: {fuse: gate, part: [{use: id}, {use: id}]}\n"
        "  item: {fuse: attention, part: [{use: own}, {use: id, dropout: 0.5}, {use: id}]}\n",
        BASE.replace("{use: hop}", "{use: hop, wide: 3}") + "combine: last\n",
        BASE.replace("ratings}}", "ratings}, split: {by: leave-last, valid: 0.5, test: 0.5}}"),
        BASE + "train: {stage: [{objective: [{use: shrink}]}, {objective: [{use: bpr}]}]}\n",
    ],
)  # fmt: skip
def test_parts_that_fit_pass(tmp_path: Path, text: str) -> None:
    read_text(tmp_path, text)


def test_a_header_that_can_not_be_read_is_a_mistake_at_the_source(tmp_path: Path) -> None:
    code = tmp_path / "mine.py"
    code.write_text(
        "from recbox.plugin import DataError, Source\n"
        "class Torn(Source):\n"
        "    def provides(self, context):\n"
        "        raise DataError('no header', where='a.csv:1', instead='header: false')\n"
        "    def read(self, context):\n"
        "        return None\n"
    )
    from recbox.context import Context
    from recbox.errors import RecipeError
    from recbox.recipe import load
    from recbox.registry import Registry

    text = "recbox: 1\ndata: {source: {use: torn}}\nlayer: []\n"
    (tmp_path / "r.yaml").write_text(text)
    with pytest.raises(RecipeError) as caught:
        load(tmp_path / "r.yaml", registry=Registry([code]), context=Context())
    (found,) = caught.value.mistakes
    assert (found.what, found.instead) == ("no header (a.csv:1)", "header: false")
    assert found.where.endswith(":2:22")
