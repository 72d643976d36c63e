"""The kinds of plugin: one singular word each, the same in recipes, folders, entry points and docs."""

KINDS = ("source", "encoder", "layer", "objective", "head", "model", "metric")

RESERVED = ("use", "weight", "repeat", "part", "fuse")
"""Words of the recipe that stand beside a plugin's options, so no option may have these names."""


def group(kind: str) -> str:
    """The entry-point group of a kind."""
    return f"recbox.{kind}"
