"""Names of the options, as literals, so that editors and mypy know them.

Room: the foundation; imports nothing of echelon.
Takes: nothing.
Gives: `Literal` types and array aliases used in every signature.
Source: the public names of the interface (docs/reference).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
CodeArray: TypeAlias = NDArray[np.int32]
IndexArray: TypeAlias = NDArray[np.int64]

Method: TypeAlias = Literal["REML", "ML", "PQL1", "PQL2", "MQL1", "MQL2"]
Thresholds: TypeAlias = Literal["flexible", "symmetric", "equidistant"]
Quadrature: TypeAlias = int | Literal["auto"]
Missing: TypeAlias = Literal["drop", "error"]
Structure: TypeAlias = Literal["us", "diag", "id", "cs", "hcs", "ar1", "toep"]
Contrast: TypeAlias = Literal["treatment", "sum", "helmert", "poly"]
ResidualKind: TypeAlias = Literal["response", "pearson", "standardized", "marginal", "quantile"]
NewGroups: TypeAlias = Literal["population", "error"]
IntervalKind: TypeAlias = Literal["confidence", "prediction"]
