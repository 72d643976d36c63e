"""Reading `data.profile`, and whether its prompts fit the data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from os.path import normpath

from recbox.recipe.desk import Desk
from recbox.recipe.draft import ProfileDraft
from recbox.recipe.place import Place
from recbox.recipe.profile import Profile
from recbox.recipe.template import HISTORY
from recbox.recipe.tree import Node, given

Columns = dict[str, dict[str, str]]
"""By node type, the types of feature columns by name."""


def read_profiles(desk: Desk, data: Node) -> list[ProfileDraft]:
    """The entries of `data.profile`, in order; one with a mistake is left out."""
    node = given(data, "profile")
    nodes = desk.listed(node, "`profile`") if node else None
    read = [(_entry(desk, n), n) for n in nodes or ()]
    found = [entry for entry, _ in read if entry is not None]
    _once(desk, found)
    return found


def _entry(desk: Desk, node: Node) -> ProfileDraft | None:
    block = desk.block(Profile, node, "a profile", ("writer",))
    named = given(node, "writer")
    writer = desk.named("writer", named) if named else None
    if block is None:
        return None
    if named is None and block.prompt is not None:
        what = "`prompt` is for a writer, and there is none"
        desk.findings.add(_at(node, "prompt"), what, "writer: {use: NAME}, or no prompt")
    elif named is not None and block.prompt is None:
        what = "`prompt` is missing: it says what the writer is asked"
        desk.findings.add(named.place, what, 'prompt: "{title}: who enjoys it?"')
    return ProfileDraft(block, writer, node)


def _once(desk: Desk, drafts: Sequence[ProfileDraft]) -> None:
    """A file for each profile."""
    files: dict[str, ProfileDraft] = {}
    for draft in drafts:
        if (first := files.setdefault(normpath(draft.block.file), draft)) is not draft:
            what = f"{draft.block.file} is the file of the {first.block.node}s' {first.block.column} already"
            desk.findings.add(_at(draft.node, "file"), what, "a file for each")


def check_profiles(
    desk: Desk, drafts: Sequence[ProfileDraft], columns: Mapping[str, Mapping[str, str]], source: str
) -> Columns:
    """The columns of the source, by node type, and those of the profiles with them. What a prompt names and
    neither the source nor a profile before it has is reported, as is a name that is taken."""
    known = {node: dict(columns.get(node, {})) for node in ("user", "item")}
    for draft in drafts:
        block = draft.block
        if block.column in (*known[block.node], "id"):
            what = f"{source} has a column {block.column!r} of {block.node}s already"
            desk.findings.add(_at(draft.node, "column"), what, "column: another name")
        for option, node, name in block.names():
            if name not in (*known[node], "id"):
                _unknown(desk, draft, option, node, name, sorted(known[node]), source)
        known[block.node][block.column] = "text"
    return known


def _unknown(
    desk: Desk, draft: ProfileDraft, option: str, node: str, name: str, known: list[str], source: str
) -> None:
    place = _at(draft.node, option)
    if name == HISTORY and option == "prompt":
        what = "`{history}` needs a template of what the node has interacted with"
        desk.findings.add(place, what, 'history: "{title}"')
    else:
        desk.findings.unknown(place, name, f"{source} has no column {name!r} for {node}s", known)


def _at(node: Node, name: str) -> Place:
    return (node.get(name) or node).place
