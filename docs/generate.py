"""Rewrites the generated halves of the pages: `python docs/generate.py` (`--check` changes nothing).

A generated part stands between `<!-- generated: WHAT -->` and `<!-- end -->`; the rest is written by hand.
WHAT is `block NAME` (a fixed block of the recipe), `kind NAME` (all of recbox's plugins of a kind), `brought
PACKAGE:NAME` (one of another package), `names` (a table of them all), `commands`, `endpoints` (of the HTTP
API), `updates` (what `recbox update` does for each method), or one of those in `generate_promises.py`.
Everything comes from what users can ask for themselves: the recipe's JSON schema, the plugins' cards and
classes, the help of the command line, and the server's OpenAPI document.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from generate_commands import commands
from generate_http import endpoints
from generate_options import block
from generate_plugins import brought, kind, names
from generate_promises import laws, stability
from generate_updates import updates

PAGES = Path(__file__).resolve().parent
PART = re.compile(r"(<!-- generated: ([a-z]+)(?: (\S+))? -->\n).*?(<!-- end -->)", re.DOTALL)

MAKERS = {
    "block": block,
    "kind": kind,
    "brought": brought,
    "names": names,
    "commands": commands,
    "endpoints": endpoints,
    "laws": laws,
    "stability": stability,
    "updates": updates,
}


def regenerated(text: str) -> str:
    """A page's text with its generated parts made anew."""
    return PART.sub(lambda m: f"{m[1]}\n{MAKERS[m[2]](m[3] or '').strip()}\n\n{m[4]}", text)


def main(args: list[str]) -> int:
    """Rewrite the pages; with `--check` only say which would change, and return 1 if any."""
    changed = []
    for page in sorted(PAGES.rglob("*.md")):
        before = page.read_text(encoding="utf-8")
        after = regenerated(before)
        if before != after:
            changed.append(page.name)
            if "--check" not in args:
                page.write_text(after, encoding="utf-8")
    sys.stdout.write(f"changed: {', '.join(changed) or 'nothing'}\n")
    return int(bool(changed) and "--check" in args)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
