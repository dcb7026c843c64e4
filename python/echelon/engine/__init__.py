"""The engine: a design becomes estimates; `kernel` alone touches the compiled core.

What a Gaussian fit does not need is loaded on demand.
"""

from typing import TYPE_CHECKING

from echelon._optional import on_demand

if TYPE_CHECKING:
    from echelon.engine.families import estimate_family, observation_of
    from echelon.engine.generalized.findings import generalized_findings
    from echelon.engine.quasi.words import announce_quasi

__all__ = ["announce_quasi", "estimate_family", "generalized_findings", "observation_of"]
__getattr__ = on_demand(
    __name__,
    {
        "announce_quasi": "echelon.engine.quasi.words",
        "generalized_findings": "echelon.engine.generalized.findings",
        "estimate_family": "echelon.engine.families",
        "observation_of": "echelon.engine.families",
    },
)
