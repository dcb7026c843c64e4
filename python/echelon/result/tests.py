"""Verbs of a result that test and bound the fixed effects.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables and answers of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from echelon import infer
from echelon.fit import Fit
from echelon.simulate import Seed
from echelon.table import Table

if TYPE_CHECKING:
    from echelon.infer.coefficients.inference import Counted
    from echelon.infer.components.profile import Profile


class Tests:
    """Tests and intervals of a fitted model."""

    fit: Fit

    def test(
        self,
        hypothesis: Any,
        df_method: str | None = None,  # noqa: PT028
        robust: str | None = None,  # noqa: PT028
        cluster: Any = None,  # noqa: PT028
        conf_level: float | None = None,  # noqa: PT028
    ) -> Table:
        """Test linear hypotheses about the fixed effects, one by one and all at once.

        In a generalized model they may name other coefficients, too: "zero.x = 0".

        Parameters
        ----------
        hypothesis : equations as text, "ses = 0, ses:sector[Catholic] = sector[Catholic] / 2", or
            a list of them; or weights by name, {"ses": 1}; or a matrix (m, p) of weights.
        df_method : how degrees of freedom are counted; None for the fit's way.
        robust : kind of cluster-robust covariance to use, such as "CR2"; None for the model's.
        cluster : what `robust` clusters by.
        conf_level : of the intervals; None for the fit's.

        Returns
        -------
        Table with columns hypothesis, test, estimate, std_error, statistic, df_num, df, p_value,
        conf_low, conf_high; the last row, "joint", tests all of them.

        Examples
        --------
        >>> import echelon as ec
        >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
        >>> round(fit.test("days = 10").row(hypothesis="days = 10")["p_value"], 3)
        0.766
        """
        covariance = self._robust(robust, cluster, df_method)
        return infer.hypothesis_tests(self.fit, hypothesis, df_method, covariance, conf_level)

    def anova(
        self,
        type: int = 3,
        df_method: str | None = None,
        robust: str | None = None,
        cluster: Any = None,
    ) -> Table:
        """Test every term of the fixed part by F; by Wald chi-square in a generalized model.

        Parameters
        ----------
        type : 1 (in order), 2 (after all terms that do not contain it) or 3 (after all others).
        df_method : how degrees of freedom are counted; None for the fit's way.
        robust : kind of cluster-robust covariance to use, such as "CR2"; None for the model's.
        cluster : what `robust` clusters by.

        Returns
        -------
        Table with columns term, sum_sq, df_num, df_den, statistic, p_value.

        Examples
        --------
        >>> import echelon as ec
        >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
        >>> round(fit.anova().row(term="days")["statistic"], 2)
        45.85
        """
        return infer.anova(self.fit, type, df_method, self._robust(robust, cluster, df_method))

    def conf_int(
        self,
        method: str = "wald",
        parameters: str | Sequence[str] | None = None,
        conf_level: float | None = None,
        *,
        n: int = 1_000,
        seed: Seed = None,
    ) -> Table:
        """Bound every parameter: fixed effects, standard deviations, correlations, sigma.

        Of a generalized model: thresholds, dispersion and all other coefficients in place of sigma.

        Parameters
        ----------
        method : "wald" (quick), "profile" (no normal approximation) or "bootstrap" (parametric).
        parameters : names of rows, such as "ses" or "sd_(Intercept)|school"; None for all.
        conf_level : in (0, 1); None for the fit's.
        n, seed : replicates of the bootstrap, and its seed.

        Returns
        -------
        Table with columns parameter, estimate, conf_low, conf_high.

        Examples
        --------
        >>> import echelon as ec
        >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
        >>> round(fit.conf_int(parameters="days").row(parameter="days")["conf_low"], 3)
        7.206
        """
        return infer.conf_int(self.fit, method, parameters, conf_level, n=n, seed=seed)

    def profile(
        self, parameters: str | Sequence[str] | None = None, conf_level: float | None = None
    ) -> Profile:
        """Follow the profile likelihood of each parameter; keeps the traces for plotting.

        Parameters
        ----------
        parameters : names of rows of `conf_int`; None for all.
        conf_level : in (0, 1); None for the fit's.

        Returns
        -------
        Profile, with `intervals()` and `trace()`.
        """
        return infer.profile(self.fit, parameters, conf_level)

    def _robust(self, kind: str | None, cluster: Any, df_method: str | None) -> Counted | None:
        if kind is None:
            return None
        return infer.robust_inference(self.fit, kind, cluster, df_method)

    def robust(
        self,
        kind: str | None = None,
        cluster: Any = None,
        df_method: str | None = None,
        conf_level: float | None = None,
    ) -> Table:
        """Estimate each fixed effect with a cluster-robust standard error.

        Parameters
        ----------
        kind : 'CR0', 'CR1', 'CR1S', 'CR2', 'CR3' or 'HLM'; None: CR2, or CR1 where factors cross.
            Generalized models have 'CR0' and 'CR1', from the scores of all parameters together.
        cluster : name of a grouping factor; or labels, one per row; or a list of them for several
            ways. None: the highest grouping factor, or all top factors where they cross.
        df_method : 'satterthwaite', 'clusters', 'level' or 'normal'; None for the kind's own.
        conf_level : of the intervals; None for the fit's.

        Returns
        -------
        Table with columns term, estimate, std_error, statistic, df, p_value, conf_low, conf_high.

        Examples
        --------
        >>> import echelon as ec
        >>> fit = ec.fit("reaction ~ days + (days | subject)", ec.datasets.load("sleep"))
        >>> round(fit.robust().row(term="days")["std_error"], 3)
        1.546
        """
        return infer.robust(self.fit, kind, cluster, df_method, conf_level)
