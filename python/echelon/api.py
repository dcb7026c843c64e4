"""What users call: `fit` and the `Result` it returns, whose methods delegate in one line each.

Room: the roof. Composes; computes nothing.
Takes: a formula, data and options.
Gives: `Result`.
Source: docs/reference.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from echelon import datasets
from echelon._types import FloatArray
from echelon.datasets.opening import open_table as read
from echelon.engine.announce import announce
from echelon.engine.estimates import Verdict
from echelon.engine.kernel import build_info
from echelon.fit import Fit, fit_model
from echelon.formula.levels import levels
from echelon.formula.parse import parse_formula
from echelon.formula.resolve import expand_dot
from echelon.formula.terms import Formula
from echelon.frame.build import build_frame
from echelon.frame.source import column_names
from echelon.infer import modes, variances, wald
from echelon.measure import describe as description
from echelon.measure.criteria import criteria
from echelon.measure.icc import icc
from echelon.options import Control
from echelon.predict import predict
from echelon.refit import refit
from echelon.report import describe as description_report
from echelon.report import html, record, summary
from echelon.residuals import fitted_values, residuals
from echelon.simulate import Seed, simulate
from echelon.spec import columns_needed, resolve_spec
from echelon.storage import archive
from echelon.table import Table

__all__ = ["Description", "Result", "datasets", "describe", "fit", "info", "levels", "load", "read"]


def fit(
    formula: str | Formula,
    data: Any,
    *,
    family: str = "gaussian",
    link: str | None = None,
    method: str = "REML",
    quadrature: int = 1,
    weights: str | None = None,
    offset: str | None = None,
    subset: Any = None,
    missing: str = "drop",
    start: Any = None,
    control: Control | Mapping[str, object] | None = None,
    conf_level: float = 0.95,
    df_method: str = "satterthwaite",
    contrasts: Mapping[str, str] | None = None,
) -> Result:
    """Fit a hierarchical (multilevel, mixed-effects) linear model.

    Parameters
    ----------
    formula : text such as "mathach ~ ses + (ses | school)", or what `levels` returns.
    data : pandas, polars (eager or lazy) or Arrow table, mapping of names to arrays; one row per
        observation.
    family, link : "gaussian" and "identity" in this version.
    method : "REML" (default: unbiased variances) or "ML" (to compare different fixed effects).
    quadrature : 1; a Gaussian likelihood needs no quadrature.
    weights : column or expression of prior weights: residual variance sigma^2 / weight.
    offset : column or expression added to the linear predictor, in response units.
    subset : condition as text ("ses > 0 and sector == 'Public'") or truth values (n,).
    missing : "drop" rows that lack a needed value (they are counted), or "error".
    start : theta (k,), relative to sigma; None for moment estimates.
    control : `Control` or a mapping with its fields.
    conf_level : of the intervals, in (0, 1).
    df_method : "satterthwaite".
    contrasts : coding by column: "treatment" (default), "sum", "helmert", "poly".

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
    parsed = parse_formula(formula) if isinstance(formula, str) else formula
    if parsed.has_dot:
        parsed = expand_dot(parsed, column_names(data))
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
    )
    frame = build_frame(data, columns_needed(spec), subset=spec.subset, missing=spec.missing)
    fitted = fit_model(spec, frame)
    announce(fitted.design, fitted.estimates, stack=3)
    return Result(fitted)


@dataclass(frozen=True)
class Result:
    """A fitted model: numbers as attributes, tables as attributes, verbs as methods.

    `fit` is the record below; every function of echelon also accepts it.
    """

    fit: Fit

    @property
    def formula(self) -> str:
        """The formula, as written."""
        return self.fit.spec.formula.text

    @property
    def family(self) -> str:
        """Distribution of the response."""
        return self.fit.spec.family

    @property
    def link(self) -> str:
        """Link function."""
        return self.fit.spec.link

    @property
    def method(self) -> str:
        """'REML' or 'ML'."""
        return self.fit.spec.method

    @property
    def n_obs(self) -> int:
        """Rows used."""
        return self.fit.design.n_obs

    @property
    def n_groups(self) -> dict[str, int]:
        """Groups by grouping factor."""
        return {block.grouping: block.n_groups for block in self.fit.design.rows.blocks}

    @property
    def beta(self) -> dict[str, float]:
        """Fixed-effect coefficients by name; NaN where not estimated."""
        values = self.fit.estimates.beta.tolist()
        return dict(zip(self.fit.design.fixed_names, values, strict=True))

    @property
    def vcov(self) -> FloatArray:
        """Covariance of the fixed effects (p, p), in the order of `beta`."""
        return self.fit.estimates.vcov

    @property
    def theta(self) -> FloatArray:
        """Covariance parameters (k,), relative to sigma."""
        return self.fit.estimates.theta

    @property
    def sigma(self) -> float:
        """Residual standard deviation, in response units."""
        return self.fit.estimates.sigma

    @property
    def log_likelihood(self) -> float:
        """Log likelihood at the estimates (restricted under REML)."""
        return self.fit.estimates.log_likelihood

    @property
    def objective(self) -> float:
        """-2 log likelihood."""
        return self.fit.estimates.objective

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return criteria(self.fit).aic

    @property
    def bic(self) -> float:
        """Schwarz's criterion, n = observations."""
        return criteria(self.fit).bic

    @property
    def df_model(self) -> int:
        """Number of parameters: fixed effects, theta and sigma."""
        return criteria(self.fit).n_parameters

    @property
    def is_singular(self) -> bool:
        """Whether a variance is zero or a correlation plus or minus one."""
        return self.fit.estimates.verdict.is_singular

    @property
    def convergence(self) -> Verdict:
        """How the minimum was certified."""
        return self.fit.estimates.verdict

    @property
    def rows_dropped(self) -> int:
        """Rows of the table that are not in the model."""
        return self.fit.rows.n_read - self.fit.rows.n_used

    @property
    def plan(self) -> str:
        """How the fit was computed, and what other ways would have cost."""
        return self.fit.estimates.plan

    @cached_property
    def fixed_effects(self) -> Table:
        """Table of the fixed effects: estimate, standard error, interval."""
        return wald.fixed_effects(self.fit)

    @cached_property
    def variance_components(self) -> Table:
        """Table of variances, standard deviations and correlations."""
        return variances.variance_components(self.fit)

    def conditional_modes(self, grouping: str | None = None) -> Table:
        """Predict the random effects of every group, with their uncertainty."""
        return modes.conditional_modes(self.fit, grouping)

    @cached_property
    def fitted(self) -> FloatArray:
        """Fitted values (n,) of the rows used, in response units."""
        return fitted_values(self.fit)

    def residuals(self, kind: str = "response") -> FloatArray:
        """Give the residuals (n,) of the rows used.

        Parameters
        ----------
        kind : "response", "pearson" (times the root of the prior weight), "standardized" (by
            sigma, too), "marginal" (of the fixed effects alone) or "quantile".

        Returns
        -------
        (n,), in response units; standardized and quantile residuals have no unit.
        """
        return residuals(self.fit, kind)

    def predict(
        self,
        new_data: Any = None,
        random: str | Sequence[str] = "all",
        interval: str | None = None,
        new_groups: str = "population",
        *,
        conf_level: float | None = None,
    ) -> FloatArray | Table:
        """Predict means or new responses, for known and new groups.

        Parameters
        ----------
        new_data : table of new rows, without a response; None for the rows of the fit.
        random : "all" grouping factors, "none", or a list of their names.
        interval : None; "confidence" for the mean of a row, "prediction" for a new response.
        new_groups : "population", or "error" to refuse groups that the fit has not seen.
        conf_level : of the interval; None for that of the fit.

        Returns
        -------
        Array (n,) in response units, or with an interval a Table with columns estimate,
        std_error, conf_low, conf_high; rows that lack a value are NaN. `echelon.predict.predict`
        says exactly what each interval is about.
        """
        return predict(self.fit, new_data, random, interval, new_groups, conf_level=conf_level)

    def simulate(self, n: int = 1, seed: Seed = None, *, random: str = "new") -> FloatArray:
        """Draw responses for the rows of the fit, one replicate per column.

        Parameters
        ----------
        n : replicates.
        seed : whole number, SeedSequence or Generator; None for a fresh one.
        random : "new" random effects in every replicate, or the "conditional" modes.

        Returns
        -------
        (rows, n), in response units.
        """
        return simulate(self.fit, n, seed, random=random)

    def refit(self, response: Any = None, *, data: Any = None, **changes: Any) -> Result:
        """Fit again: to a new response, to new data, or with other options.

        Parameters
        ----------
        response : (n,) in place of the response; None keeps it.
        data : a table to fit the model to anew.
        changes : options of `fit`; those beyond method, start, control and conf_level need data.

        Returns
        -------
        Result.
        """
        return Result(refit(self.fit, response, data=data, **changes))

    def save(self, path: str | os.PathLike[str], *, rows: bool = True) -> Path:
        """Save the fit as data, for `echelon.load`.

        Parameters
        ----------
        path : of the file.
        rows : whether to keep the encoded rows; without them no individual's data leave.

        Returns
        -------
        The path.
        """
        return archive.save(self.fit, path, rows=rows)

    def icc(self) -> Table:
        """Share of the variance by grouping factor."""
        return icc(self.fit)

    def summary(self, width: int = 88) -> str:
        """Write the complete result as text."""
        return summary.summary_text(self.fit, width)

    def to_html(self) -> str:
        """Write the result as a self-contained page."""
        return html.summary_page(self.fit)

    def to_dict(self) -> dict[str, Any]:
        """Everything of the fit as plain values."""
        return record.fit_record(self.fit)

    def to_json(self) -> str:
        """Everything of the fit as JSON."""
        return record.fit_json(self.fit)

    def to_csv(self) -> str:
        """The tables of the fit as one CSV."""
        return record.fit_csv(self.fit)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return html.summary_html(self.fit)


@dataclass(frozen=True)
class Description:
    """Groups of a table, and how an outcome varies between and within them."""

    description: description.Description

    def summary(self, width: int = 88) -> str:
        """Write the description as text."""
        return description_report.description_text(self.description, width)

    def to_json(self) -> str:
        """The description as JSON."""
        return description_report.description_json(self.description)

    def to_csv(self) -> str:
        """The description as CSV."""
        return description_report.description_csv(self.description)

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
    data : a table, as for `fit`.
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
    return Description(description.describe(data, group, outcome, conf_level))


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
    return Result(archive.load(path))


def info() -> dict[str, object]:
    """Versions, threads and vector instructions: what a bug report needs."""
    return {"echelon": record.package_version(), "numpy": np.__version__, **build_info()}
