"""Graph filters: what a user took, smoothed over the graph of items. Nothing is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self, final

from pydantic import Field, model_validator

from recbox.plugin import Model, Need, Newcomer, Scorer, differs, mistake

if TYPE_CHECKING:
    import numpy as np

    from recbox.plugin import Spec

Exponent = Annotated[float, Field(ge=0, le=1)]
PRESETS: dict[str, dict[str, Any]] = {
    "gf-cf": {"filter": "none", "linear": 1.0, "ideal": 0.3, "rank": 256, "popularity": 0.5, "by": "ideal"},
    "bspm": {"filter": "none", "linear": 1.0, "ideal": 0.2, "rank": 448, "popularity": 0.5, "by": "ideal",
             "sharpen": 2.5},
    "turbo-cf": {"filter": "polynomial", "coefficient": (2.0, -1.0), "degree": 2, "popularity": 0.0},
    "cheby-cf": {"filter": "plateau", "shape": 1.5, "degree": 8, "ideal": 0.2, "rank": 512,
                 "popularity": 0.4},
}  # fmt: skip
"""Options of published methods."""


@final
class Spectral(Model):
    """Smooths what a user took over the graph of items, by a filter of its frequencies.

    `R̃ = D_U^{-a} R D_I^{-b}`, `P = R̃ᵀR̃ / λ₁ = V Λ Vᵀ`, and `score(u) = x_u D_I^{-β} h(P) D_I^{β}`, x_u being
    what the user took and h a function of P's eigenvalues between 0 and 1, of which 1 is the smoothest:
    `h(λ) = (f(λ) + linear λ + ideal [λ is among the largest]) s(λ)`, f by `filter`, s by `sharpen`. What h
    makes of 0 is left out: it gives users only what they have.
    """

    reference: ClassVar[str] = (
        "Shen et al. 2021, arXiv:2108.07567 (GF-CF); Choi et al. 2023, arXiv:2211.09324 (BSPM); "
        "Park et al. 2024, arXiv:2404.14243 (Turbo-CF); Kim et al. 2025, arXiv:2505.00552 (ChebyCF)"
    )
    draws: ClassVar[bool] = False
    accepts: ClassVar[frozenset[Newcomer]] = frozenset({"user-history"})
    exact: ClassVar[bool] = True
    examples: ClassVar[tuple[dict[str, Any], ...]] = (
        {"rank": 16},
        {"preset": "gf-cf", "rank": 8},
        {"filter": "gaussian", "shape": 4.0, "degree": 6, "ideal": 0.1, "rank": 8},
    )
    grid: ClassVar[dict[str, tuple[Any, ...]]] = {"user_exponent": (0.2, 0.5), "shape": (3.0, 6.0)}

    preset: Literal["gf-cf", "bspm", "turbo-cf", "cheby-cf"] | None = None
    """A published method's options, for those that aren't given beside it."""
    filter: Literal["plateau", "heat", "gaussian", "polynomial", "none"] = "plateau"
    """f. plateau: `½ + ½ sign(2λ - 1) |2λ - 1|^φ`; heat: `e^{-φ (1 - λ)}`; gaussian: `e^{-φ (1 - λ)²}`;
    polynomial: `Σ c_k λ^k`; none: 0. φ is `shape`, c `coefficient`."""
    shape: Annotated[float, Field(gt=0, le=100)] = 3.0
    """φ: how flat the plateau is, or how fast roughness fades."""
    coefficient: tuple[float, ...] = ()
    """c_1, c_2, ... of a polynomial."""
    linear: Annotated[float, Field(ge=0, le=1000)] = 0.0
    """What P itself counts beside f: items that share users."""
    ideal: Annotated[float, Field(ge=0, le=1000)] = 0.0
    """What an ideal low-pass counts beside f: 1 for the `rank` largest eigenvalues, 0 for others."""
    sharpen: Annotated[float, Field(ge=0, le=10)] = 0.0
    """T of BSPM's sharpening: s is one Runge-Kutta step of e^{-T λ}; 0: s is 1."""
    rank: Annotated[int, Field(ge=1, le=4096)] = 512
    """Eigenvectors that are found; no more than there are users, or items. Without `degree` h is exact for
    these, and for all smaller eigenvalues the line to the last of them."""
    degree: Annotated[int, Field(ge=1, le=64)] | None = None
    """Of the polynomial of P that stands for f, `linear` and s, by Chebyshev's points: each is two sparse
    products for all users. null: eigenvectors and a line."""
    user_exponent: Exponent = 0.5
    """a: how much less a user counts who took much."""
    item_exponent: Exponent = 0.5
    """b: how much less an item counts that many took."""
    popularity: Exponent = 0.3
    """β: above 0 popular items are shown more, and say less of a user."""
    by: Literal["all", "ideal"] = "all"
    """What `popularity` is about: the whole of h, or the ideal low-pass alone, as in GF-CF."""

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, given: Any) -> Any:
        if not isinstance(given, dict):
            return given
        chosen = given.get("preset")
        known = {**PRESETS[chosen], **given} if isinstance(chosen, str) and chosen in PRESETS else given
        listed = known.get("coefficient")  # what was a list of JSON is one of Python behind this
        return {**known, "coefficient": tuple(listed)} if isinstance(listed, list) else known

    @model_validator(mode="after")
    def _used(self) -> Self:
        if (self.filter == "polynomial") != bool(self.coefficient):
            what = "`filter: polynomial` and `coefficient` go together"
            raise mistake(what, at="coefficient", instead="coefficient: [2.0, -1.0], or another `filter`")
        if self.filter == "none" and not (self.linear or self.ideal):
            what = "with `filter: none` nothing is left that passes"
            raise mistake(what, at="filter", instead="`linear` or `ideal` above 0, or a `filter`")
        if self.filter in ("polynomial", "none") and differs(self, "shape"):
            raise mistake(f"`filter: {self.filter}` has no `shape`", at="shape", instead="leave it out")
        return self

    def need(self, users: int, items: int, interactions: int) -> Need:
        """Three bases of both sides, and what is multiplied for them; the graph both ways."""
        rank = min(self.rank, users, items) if self.degree is None or self.ideal else 1
        flops = 14 * rank * (2 * interactions + 4 * rank * (users + items))
        return Need(memory=16 * rank * (users + items) + 80 * interactions + 2**27, seconds=flops / 5e9 + 0.1)

    def fit(self, spec: Spec) -> Scorer:
        from recbox.model._spectral import fitted

        return fitted(self, spec)

    def load(self, arrays: dict[str, np.ndarray], json: dict[str, Any]) -> Scorer:
        from recbox.model._spectral import loaded

        return loaded(arrays, json)
