"""Runners of recbox and its peers, each a process of its own: `python -m peer.NAME QUESTION`.

A peer's interpreter has no recbox, so a runner needs the standard library, numpy and its peer alone, and its
imports of this folder are relative. `recbox.bench.turns` runs them.
"""
