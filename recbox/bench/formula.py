"""How many bytes training has to have, counted from sizes alone."""

from __future__ import annotations

from dataclasses import asdict, dataclass

MIB = 2**20


@dataclass(frozen=True)
class Formula:
    """Bytes of training with Adam in float32. graph: int64 row pointers and indices, both directions.
    vectors: those trained, each hop's, and their combination. gradients: those of the trained vectors, and
    the one on its way back through the hops. optimizer: two moments."""

    graph: int
    vectors: int
    gradients: int
    optimizer: int

    @classmethod
    def of(cls, nodes: int, edges: int, dim: int, layers: int) -> Formula:
        """edges: in both directions."""
        one = 4 * nodes * dim
        return cls(8 * (edges + nodes + 1), (layers + 2) * one, 2 * one, 2 * one)

    @property
    def mib(self) -> float:
        """All of it, in MiB."""
        return sum(asdict(self).values()) / MIB

    def document(self) -> dict[str, float]:
        """Each part in MiB."""
        return {f"{name} MiB": round(bytes / MIB, 1) for name, bytes in asdict(self).items()}
