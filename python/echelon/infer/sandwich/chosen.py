"""The inference that a verb was asked for: the model's covariance, or a robust one by its name.

Room: infer/sandwich. Chooses; computes nothing itself.
Takes: a `Fit`, a way to count degrees of freedom, and perhaps a kind of robust covariance.
Gives: `LinearInference`.
Source: docs/theory-inference.md (14) and (16).
"""

from __future__ import annotations

from echelon.fit import Fit
from echelon.infer.coefficients.inference import Counted, linear_inference
from echelon.infer.coefficients.linear import LinearInference
from echelon.infer.sandwich.robust import robust_inference


def inference_of(fit: Fit, df_method: str | None, robust: str | Counted | None) -> LinearInference:
    """Prepare tests of the fixed effects, with robust errors where they are asked for."""
    if isinstance(robust, str):
        robust = robust_inference(fit, robust, None, df_method)
    return linear_inference(fit, df_method if robust is None else None, robust=robust)
