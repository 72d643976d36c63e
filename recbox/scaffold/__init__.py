"""New plugin packages, from templates: a small part that works, with its test, recipe and README."""

from typing import TYPE_CHECKING

from recbox.lazy import lazily

if TYPE_CHECKING:
    from recbox.scaffold.package import Package, create

_HOME = {"Package": ".package", "create": ".package"}

__all__ = ["Package", "create"]

__getattr__ = lazily(__name__, _HOME)
