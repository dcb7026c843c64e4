"""Verbs of a result that test and bound the fixed effects.

Room: result. Delegates; computes nothing.
Takes: the `Fit` of a `Result`.
Gives: Tables and answers of the rooms below, one line each.
Source: docs/reference.
"""

from __future__ import annotations

from typing import Any

from echelon.fit import Fit
from echelon.infer import robust as robust_errors
from echelon.table import Table


class Tests:
    """Tests and intervals of a fitted model."""

    fit: Fit

    def robust(
        self,
        kind: str = "CR2",
        cluster: Any = None,
        df_method: str | None = None,
        conf_level: float | None = None,
    ) -> Table:
        """Estimate each fixed effect with a cluster-robust standard error.

        Parameters
        ----------
        kind : 'CR2' (default), 'CR0', 'CR1', 'CR1S', 'CR3' or 'HLM'.
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
        return robust_errors.robust(self.fit, kind, cluster, df_method, conf_level)
