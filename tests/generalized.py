"""From a formula and data to a design with its observation model, for tests."""

from __future__ import annotations

import warnings
from typing import Any, Literal

from echelon.design.build import build_design
from echelon.design.parts import Design
from echelon.engine.observation.model import Observation
from echelon.engine.observation.registry import observation_model
from echelon.errors import EchelonWarning
from echelon.frame.build import build_frame
from echelon.spec import columns_needed, resolve_spec


def model_of(formula: str, data: Any, **options: Any) -> tuple[Design, Observation]:
    """Parse, read, encode, and choose the density, as `echelon.fit` does."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        spec = resolve_spec(formula, **options)
        design = build_design(spec, build_frame(data, columns_needed(spec)))
    zero: Literal["zero", "hurdle"] | None = None
    if spec.zero is not None or spec.hurdle is not None:
        zero = "hurdle" if spec.zero is None else "zero"
    observation = observation_model(
        spec.family,
        spec.link,
        zero,
        len(design.categories),
        spec.scale is not None,
        design.categories,
    )
    assert observation.channels == tuple(channel.name for channel in design.channels)
    return design, observation
