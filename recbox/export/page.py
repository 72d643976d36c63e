"""The page beside exported files: what they are, and the few lines that recommend with them."""

from __future__ import annotations

import json

from recbox.export.form import Form, Sum, Vectors

MEMORY = " Memory grows by users × items × the network's width: ask for few users at once."
_PAGE = """\
# {name}, for use without recbox

{notices}{what} `ids.json` has the ids of users and items, and titles, by place; `seen_indptr.npy` and
`seen_items.npy` the items that each user has (those of user u from `indptr[u]` to `indptr[u + 1]`), which are
left out of lists. They are data about people: share the folder only as you would share those.

Run in this folder, this prints a user's list:

```python
{snippet}
```

It was fitted by recbox {version}, and its figures stand in the artifact's `metrics.json`. {checked}
"""
_HEAD = """\
import json
import numpy as np{more}

ids = json.load(open("ids.json", encoding="utf-8"))
u = ids["user"].index({user})
seen = np.load("seen_items.npy")[slice(*np.load("seen_indptr.npy")[u:u + 2])]
"""
_LIST = """
scores[seen] = -np.inf
for i in np.argsort(-scores, kind="stable")[:10]:
    if scores[i] > -np.inf:
        print(ids["item"][i], ids["title"][i], scores[i])"""
_VECTORS = """\
scores = np.load("item.npy") @ np.load("user.npy")[u]"""
_HISTORY = """\
history = np.load("history_items.npy")[slice(*np.load("history_indptr.npy")[u:u + 2])]
"""
_DENSE = """\
scores = np.load("matrix.npy", mmap_mode="r")[history].sum(0)"""
_SPARSE = """\
indptr, items, data = (np.load(f"matrix_{name}.npy") for name in ("indptr", "items", "data"))
scores = np.zeros(len(ids["item"]), np.float32)
for j in history:
    scores[items[indptr[j]:indptr[j + 1]]] += data[indptr[j]:indptr[j + 1]]"""
_ONNX = """\
asked = {asked}
asked |= {{"k": np.array([10]), "seen": np.stack([np.zeros_like(seen), seen], 1)}}
scores, items = onnxruntime.InferenceSession("topk.onnx").run(None, asked)
for i, score in zip(items[0], scores[0]):
    if score > -np.inf:
        print(ids["item"][i], ids["title"][i], score)"""
_MULTIHOT = """\
taken = np.zeros((1, len(ids["item"])), np.float32)
taken[0, history] = 1
"""


def page(form: Form, to: str, facts: dict[str, str], user: object, checked: str) -> str:
    """Markdown. user: an id for the example. checked: how the scores were compared."""
    from recbox.artifact.escaping import text

    synthetic = "**The data is synthetic.** " * (facts["synthetic"] == "true")
    untested = "**The run was interrupted, and never tested.** " * (facts["status"] != "done")
    snippet = (_onnx if to == "onnx" else _numpy)(form).replace("{user}", json.dumps(user))
    return _PAGE.format(
        name=text(facts["name"]),
        notices=synthetic + untested,
        what=_what(form, to),
        snippet=snippet,
        version=facts["recbox"],
        checked=checked,
    )


def _what(form: Form, to: str) -> str:
    if to == "onnx":
        asked = "`history` (float32 `[n, items]`, 1 where the user has the item)"
        asked = asked if isinstance(form, Sum) else "`user` (int64 `[n]`, places in `ids.json`)"
        more = "" if isinstance(form, Sum | Vectors) else MEMORY
        return (
            f"`scores.onnx` takes {asked} and gives `scores`, float32 `[n, items]`. `topk.onnx` also takes "
            "`k` (int64 `[1]`) and `seen` (int64 `[m, 2]`: a place in the batch and an item, left out), and "
            f"gives `scores` and `items`, best first. Both read `weights.bin`, which lies beside them.{more}"
        )
    if isinstance(form, Vectors):
        return (
            "`user.npy` and `item.npy` hold a vector for each user and item, float32, biases and priors in "
            "them; a score is their inner product."
        )
    sparse = isinstance(form, Sum) and form.sparse
    where = "its entries that aren't 0 in `matrix_*.npy`, row by row" if sparse else "`matrix.npy`"
    return (
        f"A score is a sum over the user's items of their rows of a matrix of items by items ({where}). "
        "`history_indptr.npy` and `history_items.npy` have each user's items when the method was fitted; a "
        "new user's are as good."
    )


def _numpy(form: Form) -> str:
    head = _HEAD.replace("{more}", "")
    if isinstance(form, Vectors):
        return head + _VECTORS + _LIST
    sparse = isinstance(form, Sum) and form.sparse
    return head + _HISTORY + (_SPARSE if sparse else _DENSE) + _LIST


def _onnx(form: Form) -> str:
    head = _HEAD.replace("{more}", "\nimport onnxruntime")
    if isinstance(form, Sum):
        return head + _HISTORY + _MULTIHOT + _ONNX.format(asked='{"history": taken}')
    return head + _ONNX.format(asked='{"user": np.array([u])}')
