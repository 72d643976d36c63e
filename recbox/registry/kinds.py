"""The kinds of plugin: one singular word each, the same in folders, entry points and docs, and in recipes or
on the command line."""

KINDS = ("source", "writer", "encoder", "layer", "objective", "head", "model", "metric")
"""Those that a recipe names: they make the result what it is."""

COMMAND_KINDS = ("tracker",)
"""Those that a command names (`recbox run --track`), and no recipe may: they change nothing of the result."""

ALL_KINDS = (*KINDS, *COMMAND_KINDS)

RESERVED = ("use", "weight", "repeat", "part", "fuse")
"""Words of the recipe that stand beside a plugin's options, so no option may have these names."""


def group(kind: str) -> str:
    """The entry-point group of a kind."""
    return f"recbox.{kind}"
