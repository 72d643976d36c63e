"""An earlier document, checked before anything is measured that is to be compared with it."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from recbox.errors import OptionError

FORMAT = 1
LARGEST = 64 * 2**20
_NUMBERS = ("median", "q1", "q3", "rounds", "ratio", "ratio_q1", "ratio_q3")
_WORDS = ("what", "name", "unit", "better", "against")


def load(path: Path) -> dict[str, Any]:
    """What `recbox bench --json` or `--out` wrote; an `OptionError` for anything else."""
    try:
        if path.exists() and not path.is_file():  # a pipe or a device may never end
            raise _foreign(path, "it is no file")
        if path.stat().st_size > LARGEST:
            raise _foreign(path, f"it has more than {LARGEST // 2**20} MiB")
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise OptionError(
            f"{path} can't be read", where="--compare", why=error.strerror or str(error)
        ) from error
    except (ValueError, RecursionError) as error:
        raise _foreign(path, "it is no JSON") from error
    if why := _lacking(document):
        raise _foreign(path, why)
    found: dict[str, Any] = document
    return found


def _foreign(path: Path, why: str) -> OptionError:
    said = "is no document of recbox bench"
    return OptionError(f"{path} {said}", where="--compare", why=why, instead="recbox bench --json > FILE")


def _lacking(document: Any) -> str:
    """What is wrong with it; "" for a sound one."""
    if not isinstance(document, dict) or "bench" not in document:
        return "it has no `bench`"
    if document["bench"] != FORMAT:
        return f"its format is {str(document['bench'])[:20]}, and this recbox reads {FORMAT}"
    if not isinstance(document.get("machine"), dict) or not isinstance(document.get("suite"), dict):
        return "it has no `machine` and `suite`"
    for name, part in document["suite"].items():
        whole = isinstance(part, dict) and isinstance(part.get("about"), dict)
        rows = part.get("row") if whole else None
        if not isinstance(rows, list) or not all(_sound(row) for row in rows):
            return f"the suite {name[:40]!r} isn't whole"
    return ""


def _sound(row: Any) -> bool:
    if not isinstance(row, dict) or not all(isinstance(row.get(key), str) for key in _WORDS):
        return False
    numbers = [row.get(key) for key in _NUMBERS]
    return all(type(n) in (int, float) and math.isfinite(n) for n in numbers)
