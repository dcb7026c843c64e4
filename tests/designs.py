"""From a formula and data to a `Design`, as `echelon.fit` does, for tests of the engine."""

from __future__ import annotations

import warnings
from typing import Any

from echelon.design.build import build_design
from echelon.design.parts import Design
from echelon.errors import EchelonWarning
from echelon.frame.build import build_frame
from echelon.spec import columns_needed, resolve_spec


def design_of(formula: str, data: Any, **options: Any) -> Design:
    """Parse, read and encode; findings about the data are for other tests."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return design_and_findings(formula, data, **options)


def design_and_findings(formula: str, data: Any, **options: Any) -> Design:
    """Parse, read and encode, with the warnings that a user would get."""
    spec = resolve_spec(formula, **options)
    return build_design(spec, build_frame(data, columns_needed(spec)))
