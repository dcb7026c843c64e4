"""What users call: `fit`, which returns a `Result`; `compare`, `build_up`, `describe`, and others.

Room: the roof. Composes; computes nothing.
Takes: a formula, data and options.
Gives: `Result`.
Source: docs/reference.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from echelon import datasets, measure, report, storage
from echelon._optional import on_demand
from echelon.datasets.opening import open_source
from echelon.datasets.opening import open_table as read
from echelon.engine.announce import announce
from echelon.engine.kernel import build_info
from echelon.fit import fit_model
from echelon.formula.parse import parse_formula
from echelon.formula.resolve import expand_dot
from echelon.formula.terms import Formula
from echelon.frame.build import build_frame
from echelon.frame.source import column_names
from echelon.options import Control
from echelon.result import Result
from echelon.result.plots import Plots as Plots
from echelon.spec import columns_needed, columns_of_options, resolve_spec

if TYPE_CHECKING:
    from echelon.formula.levels import levels
    from echelon.measure.describe import Description as DescribedTable
    from echelon.publish.bundle.reruns import rerun
    from echelon.result.built_up import build_up
    from echelon.result.compared import compare

__all__ = [
    "Description", "Result", "build_up", "compare", "datasets", "describe", "fit", "info", "levels",
    "load", "read", "rerun",
]  # fmt: skip
__getattr__ = on_demand(
    __name__,
    {
        "build_up": "echelon.result.built_up",
        "compare": "echelon.result.compared",
        "levels": "echelon.formula.levels",
        "rerun": "echelon.publish.bundle.reruns",
    },
)


def fit(
    formula: str | Formula,
    data: Any,
    *,
    family: str = "gaussian",
    link: str | None = None,
    method: str = "REML",
    quadrature: int | str = 1,
    weights: str | None = None,
    offset: str | None = None,
    subset: Any = None,
    missing: str = "drop",
    start: Any = None,
    control: Control | Mapping[str, object] | None = None,
    conf_level: float = 0.95,
    df_method: str = "satterthwaite",
    contrasts: Mapping[str, str] | None = None,
    thresholds: str = "flexible",
    nominal: str | None = None,
    scale: str | None = None,
    zero: str | None = None,
    hurdle: str | None = None,
    dispersion: str | None = None,
) -> Result:
    """Fit a hierarchical (multilevel, mixed-effects) model, linear or generalized.

    Parameters
    ----------
    formula : text such as "mathach ~ ses + (ses | school)", or what `levels` returns.
    data : pandas, polars (eager or lazy) or Arrow table, mapping of names to arrays; or the path
        of a file, or the name of a bundled data set. One row per observation.
    family : distribution of the response: "gaussian", "binomial", "poisson", "nbinom2", "nbinom1",
        "gamma", "inverse_gaussian", "beta", "betabinomial", "tweedie", "student", "lognormal",
        "cumulative", "adjacent", "continuation" or "multinomial".
    link : link of the mean; None for the family's usual one.
    method : "REML" (default: unbiased variances) or "ML" (to compare different fixed effects).
        Families other than the Gaussian are fitted by ML; "PQL1", "PQL2", "MQL1", "MQL2" are there
        for comparison with other programs.
    quadrature : points of adaptive Gauss-Hermite quadrature per random effect; 1 is the Laplace
        approximation, "auto" adds points until the estimates stand still. Gaussian models need
        none.
    weights : column or expression of prior weights: residual variance sigma^2 / weight; in other
        families the number of times a row counts, or the trials of a proportion.
    offset : column or expression added to the linear predictor, on its scale.
    subset : condition as text ("ses > 0 and sector == 'Public'") or truth values (n,).
    missing : "drop" rows that lack a needed value (they are counted), or "error".
    start : theta (k,), relative to sigma; None for moment estimates.
    control : `Control` or a mapping with its fields.
    conf_level : of the intervals, in (0, 1).
    df_method : "satterthwaite", "kenward_roger", "containment", "between_within", "level",
        "residual" or "normal": how degrees of freedom are counted.
    contrasts : coding by column: "treatment" (default), "sum", "helmert", "poly".
    thresholds : of ordered families: "flexible", "symmetric" or "equidistant".
    nominal, scale : "~ x": predictors whose effects differ between thresholds, and predictors of
        the scale (cumulative family).
    zero, hurdle : "~ x + (1 | g)": structural zeros, or a hurdle, of a family of counts.
    dispersion : "~ x": predictors of the log dispersion, where the family has one.

    Returns
    -------
    Result.

    Raises
    ------
    FormulaError, SpecError, FrameError, DesignError : the model cannot be read, or does not fit the
        data; the message marks the place and says what to do.
    EngineError : the estimation could not be carried out.

    Warns
    -----
    SingularFitWarning : a variance is zero, or a correlation plus or minus one.
    ConvergenceWarning : the minimum is not certified.
    RankWarning : coefficients that could not be estimated.

    Notes
    -----
    Reads the rows once; after that the cost does not depend on their number.

    Source
    ------
    Bates, Maechler, Bolker & Walker (2015); checked against lme4, case lmm_sleep_slope_reml.

    Examples
    --------
    >>> import echelon as ec
    >>> result = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
    >>> {name: round(value, 3) for name, value in result.beta.items()}
    {'(Intercept)': 251.405, 'days': 10.467}
    >>> round(result.sigma, 3)
    25.592
    """
    table, source = open_source(data)
    parsed = formula if isinstance(formula, Formula) else parse_formula(formula)
    if parsed.has_dot:
        used = columns_of_options(weights, offset, nominal, scale, zero, hurdle, dispersion)
        parsed = expand_dot(parsed, column_names(table), used)
    spec = resolve_spec(
        parsed,
        family=family,
        link=link,
        method=method,
        quadrature=quadrature,
        weights=weights,
        offset=offset,
        subset=subset,
        missing=missing,
        start=start,
        control=control,
        conf_level=conf_level,
        df_method=df_method,
        contrasts=contrasts,
        thresholds=thresholds,
        nominal=nominal,
        scale=scale,
        zero=zero,
        hurdle=hurdle,
        dispersion=dispersion,
    )
    frame = build_frame(
        table, columns_needed(spec), subset=spec.subset, missing=spec.missing, source=source
    )
    fitted = fit_model(spec, frame)
    announce(fitted.design, fitted.spec, fitted.estimates, stack=3)
    return Result(fitted)


@dataclass(frozen=True)
class Description:
    """Groups of a table, and how an outcome varies between and within them."""

    description: DescribedTable

    def summary(self, width: int = 88) -> str:
        """Write the description as text.

        Parameters
        ----------
        width : columns to fill at most.

        Returns
        -------
        Text without a final line break.
        """
        return report.describe.description_text(self.description, width)

    def to_json(self) -> str:
        """Write the description as JSON."""
        return report.describe.description_json(self.description)

    def to_csv(self) -> str:
        """Write the description as CSV."""
        return report.describe.description_csv(self.description)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()


def describe(
    data: Any,
    group: str | Sequence[str],
    outcome: str | None = None,
    *,
    conf_level: float = 0.95,
) -> Description:
    """Describe groups and clustering before modelling: sizes, spread, ICC, what is possible.

    Parameters
    ----------
    data : a table, a path or the name of a data set, as for `fit`.
    group : grouping factor, or several.
    outcome : column whose variation is described; None for the groups alone.
    conf_level : of the interval of the ICC.

    Returns
    -------
    Description.

    Examples
    --------
    >>> import echelon as ec
    >>> about = ec.describe(ec.datasets.load("sleep"), "subject", "reaction")
    >>> about.description.groupings[0].n_groups
    18
    """
    table, source = open_source(data)
    return Description(measure.describe.describe(table, group, outcome, conf_level, source))


def load(path: str | os.PathLike[str]) -> Result:
    """Load a fit that `Result.save` has written.

    Parameters
    ----------
    path : of the file.

    Returns
    -------
    Result, equal to the one saved.

    Raises
    ------
    StorageError : no such file, no saved fit, or a damaged one.
    """
    return Result(storage.archive.load(path))


def info() -> dict[str, object]:
    """Versions, threads and vector instructions: what a bug report needs."""
    return {"echelon": report.record.package_version(), "numpy": np.__version__, **build_info()}
