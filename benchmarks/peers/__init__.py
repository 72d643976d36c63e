"""Runners for recbox's peers, each a process of its own: `python -m peers.NAME`, with the peer's interpreter.

They need nothing of recbox's, but for `recbox` itself and `judging`. As modules of a package they may be
called by the peers' own names. See `benchmarks/peers.py`, which runs them in turns.
"""
