"""A fitted model as users hold it: numbers, tables, and verbs that delegate in one line each.

Room: the roof's one noun. Delegates; computes nothing.
Takes: a `Fit`.
Gives: `Result`.
Source: docs/reference.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from echelon import infer, measure, report, storage
from echelon._types import FloatArray
from echelon.engine.estimates import Verdict
from echelon.fit import Fit
from echelon.predict import predict
from echelon.refit import refit
from echelon.residuals import fitted_values, residuals
from echelon.result.building import Building
from echelon.result.checks import Checks
from echelon.result.components import Components
from echelon.result.means import Means
from echelon.result.plots import Plots
from echelon.result.published import Published
from echelon.result.tests import Tests
from echelon.result.variation import Variation
from echelon.simulate import Seed, simulate
from echelon.table import Table

if TYPE_CHECKING:
    from echelon.infer.resampling.bootstrap import Bootstrap


@dataclass(frozen=True)
class Result(Tests, Variation, Means, Building, Components, Checks, Published):
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
        """'REML' or 'ML'; or 'PQL1', 'PQL2', 'MQL1', 'MQL2'."""
        return self.fit.spec.method

    @property
    def approximation(self) -> str:
        """The method with its approximation, e.g. 'ML (quadrature, 15 points)'."""
        return report.modelled.approximation_text(self.fit)

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
        """Covariance parameters (k,), relative to sigma; of generalized models, in link units."""
        return self.fit.estimates.theta

    @property
    def sigma(self) -> float:
        """Residual standard deviation, in response units; or the family's dispersion.

        On its own scale, as glmmTMB's sigma(): `component_effects` says which, with its error. 1
        for families without one; with a formula of the dispersion, where its predictors are zero.
        """
        return infer.dispersion(self.fit)

    @property
    def log_likelihood(self) -> float:
        """Log likelihood at the estimates (restricted under REML); NaN for PQL and MQL."""
        return self.fit.estimates.log_likelihood

    @property
    def objective(self) -> float:
        """-2 log likelihood."""
        return self.fit.estimates.objective

    @property
    def aic(self) -> float:
        """Akaike's criterion."""
        return measure.criteria.criteria(self.fit).aic

    @property
    def bic(self) -> float:
        """Schwarz's criterion, n = observations."""
        return measure.criteria.criteria(self.fit).bic

    @property
    def df_model(self) -> int:
        """Number of parameters: fixed effects, theta, and sigma or a family's coefficients."""
        return measure.criteria.criteria(self.fit).n_parameters

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
    def plot(self) -> Plots:
        """The charts: `fit.plot.caterpillar()`; each can be saved as SVG, PNG, PDF or HTML."""
        return Plots(self.fit)

    @property
    def plan(self) -> str:
        """How the fit was computed, and what other ways would have cost."""
        return report.plan.plan_text(self.fit)

    @cached_property
    def fixed_effects(self) -> Table:
        """Table of the fixed effects: estimate, standard error, interval."""
        return infer.fixed_effects(self.fit)

    @cached_property
    def variance_components(self) -> Table:
        """Table of variances, standard deviations and correlations."""
        return infer.variance_components(self.fit)

    def conditional_modes(self, grouping: str | None = None) -> Table:
        """Predict the random effects of every group, with their uncertainty.

        Parameters
        ----------
        grouping : name of a grouping factor; None where there is only one.

        Returns
        -------
        Table with columns group, term, estimate, std_error, conf_low, conf_high.
        """
        return infer.conditional_modes(self.fit, grouping)

    @cached_property
    def fitted(self) -> FloatArray:
        """Fitted values (n,) of the rows used, in response units."""
        return fitted_values(self.fit)

    def residuals(
        self,
        kind: str = "response",
        *,
        seed: Seed = None,
        n_simulations: int = 250,
        random: str = "new",
    ) -> FloatArray:
        """Give the residuals (n,) of the rows used.

        Parameters
        ----------
        kind : "response", "pearson", "standardized", "deviance", "working", "marginal",
            "quantile" (randomized where responses have probabilities) or "simulated" (ranks among
            simulated responses); `echelon.residuals.residuals` defines each.
        seed : of the random places of "quantile", and of "simulated".
        n_simulations : of "simulated".
        random : of "simulated": "new" random effects, or the "conditional" modes.

        Returns
        -------
        (n,), in response units; standardized and quantile residuals have no unit, and simulated
        ones are on (0, 1).
        """
        return residuals(self.fit, kind, seed=seed, n_simulations=n_simulations, random=random)

    def predict(
        self,
        new_data: Any = None,
        random: str | Sequence[str] = "all",
        interval: str | None = None,
        new_groups: str = "population",
        *,
        kind: str = "response",
        conf_level: float | None = None,
    ) -> FloatArray | Table:
        """Predict means, probabilities or new responses, for known and new groups.

        Parameters
        ----------
        new_data : table of new rows, without a response; None for the rows of the fit.
        random : "all" grouping factors, "none", or a list of their names.
        interval : None; "confidence" for the mean of a row, "prediction" for a new response.
        new_groups : "population", or "error" to refuse groups that the fit has not seen.
        kind : "response", "link", "category" (the most probable), or "population": the mean
            averaged over the random effects of all groups, not that of a group in the middle.
        conf_level : of the interval; None for that of the fit.

        Returns
        -------
        Array (n,) in response units, or with an interval a Table with columns estimate,
        std_error, conf_low, conf_high; of categories a Table of probabilities. Rows that lack a
        value are NaN. `echelon.predict.predict` says exactly what each number is about.
        """
        return predict(
            self.fit, new_data, random, interval, new_groups, kind=kind, conf_level=conf_level
        )

    def simulate(self, n: int = 1, seed: Seed = None, *, random: str = "new") -> FloatArray:
        """Draw responses for the rows of the fit, one replicate per column.

        Parameters
        ----------
        n : replicates.
        seed : whole number, SeedSequence or Generator; None for a fresh one.
        random : "new" random effects in every replicate, or the "conditional" modes.

        Returns
        -------
        (rows, n), in response units: successes for binomial families, numbers of categories.
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
        return storage.archive.save(self.fit, path, rows=rows)

    def bootstrap(
        self,
        n: int = 1_000,
        seed: Seed = None,
        *,
        kind: str = "parametric",
        statistic: Callable[[Result], Any] | None = None,
        levels: Sequence[str] | None = None,
        interval: str = "percentile",
        conf_level: float | None = None,
        workers: int | None = None,
        progress: bool | None = None,
    ) -> Bootstrap:
        """Draw the data again n times, refit, and keep the estimates or any statistic of them.

        Parameters
        ----------
        n : replicates.
        seed : whole number, SeedSequence or Generator; the same replicates for any `workers`.
        kind : "parametric" (from cross-products: no row is touched), "residual", "case" or "wild".
        statistic : function of a Result that gives a number, several, or a mapping of names to
            numbers; None for all parameters.
        levels : kind "case": grouping factors that are drawn, and "rows"; None for the highest.
        interval : "percentile", "basic", "bca" or "studentised".
        conf_level : in (0, 1); None for the fit's.
        workers : threads; None for all.
        progress : whether to show a bar; None: on a terminal, after two seconds.

        Returns
        -------
        Bootstrap, with `intervals()` and every replicate; failed ones are counted.

        Examples
        --------
        >>> import echelon as ec
        >>> fit = ec.fit("reaction ~ days + (days | subject)", "sleep")
        >>> round(fit.bootstrap(200, seed=1).intervals().row(parameter="days")["std_error"], 1)
        1.5
        """
        call = (lambda fit: statistic(Result(fit))) if callable(statistic) else statistic
        return infer.bootstrap(
            self.fit, n, seed, kind=kind, statistic=call, levels=levels, interval=interval,
            conf_level=conf_level, workers=workers, progress=progress,
        )  # fmt: skip

    def summary(self, width: int = 88, *, exponentiate: bool | None = None) -> str:
        """Write the complete result as text.

        Parameters
        ----------
        width : columns to fill at most; numbers are never cut below 80.
        exponentiate : whether e to the coefficients stands beside them, as odds ratios, rate
            ratios and the like; None: where the link gives it a meaning.

        Returns
        -------
        Text, the same for the same numbers on any machine.
        """
        return report.summary.summary_text(self.fit, width, exponentiate)

    def to_html(self) -> str:
        """Write the result as a self-contained page."""
        return report.html.summary_page(self.fit)

    def to_dict(self) -> dict[str, Any]:
        """Everything of the fit as plain values."""
        return report.record.fit_record(self.fit)

    def to_json(self) -> str:
        """Everything of the fit as JSON."""
        return report.record.fit_json(self.fit)

    def to_csv(self) -> str:
        """Write the tables of the fit as one CSV."""
        return report.record.fit_csv(self.fit)

    def __str__(self) -> str:
        return self.summary()

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        return report.html.summary_html(self.fit)
