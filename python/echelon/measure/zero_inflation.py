"""Whether there are more zeros than a model of counts expects, and what helps.

Room: measure/. One question per file: are there too many zeros?
Takes: a `Fit` of a response that can be zero, with its rows.
Gives: a Table of one test, with the remedy in its notes.
Source: Hartig's DHARMa, testZeroInflation.
"""

from __future__ import annotations

import numpy as np

from echelon.errors import NotEstimableError
from echelon.families import family_of
from echelon.fit import Fit, design_with_rows
from echelon.measure.overdispersion import DOUBTFUL, against
from echelon.simulate import Seed, draws, read_count, read_seed
from echelon.table import Table

VERB = "zero_inflation()"


def zero_inflation(fit: Fit, n: int = 250, seed: Seed = None) -> Table:
    """Test whether zeros are more, or less, frequent than the model says.

    The share of zeros is compared with that of responses drawn from the model with new random
    effects, parameters taken as the truth.

    Parameters
    ----------
    fit : counts, or a Tweedie response.
    n : number of simulated responses.
    seed : whole number, SeedSequence or Generator; None for a fresh one.

    Returns
    -------
    Table with columns observed and expected (shares of zeros), low and high (95 % of the simulated
    shares), ratio (observed over expected), p_value (two-sided). Notes say what helps.

    Raises
    ------
    NotEstimableError : zeros mean nothing to the family, or the fit was saved without its rows.
    SpecError : n is no whole number of at least 1, or the seed cannot be used.

    Notes
    -----
    Costs one draw per row and replicate. Many zeros alone do not call for a zero part: small
    means and overdispersion make zeros, too. Test overdispersion() first.

    Source
    ------
    DHARMa's testZeroInflation.

    Examples
    --------
    >>> import numpy as np
    >>> import echelon as ec
    >>> rng = np.random.default_rng(1)
    >>> counts = np.where(rng.uniform(size=300) < 0.4, 0, rng.poisson(4, 300))
    >>> fit = ec.fit("y ~ 1", {"y": counts}, family="poisson", zero="~ 1")
    >>> fit.zero_inflation(n=50, seed=1).row()["p_value"] > 0.05
    True
    """
    design = design_with_rows(fit, VERB)
    family = fit.spec.family
    if family_of(family).response not in ("count", "nonnegative"):
        raise NotEstimableError(
            f"Zeros mean nothing in particular to family '{family}'.",
            where=VERB,
            got=f"family = '{family}'",
            need="poisson, nbinom1, nbinom2 or tweedie",
            do="look at residuals('quantile') instead.",
            slug="zeros-of-counts",
        )
    replicates, generator = read_count(n, VERB), read_seed(seed)
    is_used = slice(None) if design.weights is None else design.weights > 0
    observed = float(np.mean(design.y[is_used] == 0))
    simulated = np.array(
        [
            np.mean(y[is_used] == 0)
            for _, y in zip(range(replicates), draws(fit, generator, True), strict=False)
        ]
    )
    ratio, p_value = against(observed, simulated)
    low, high = np.quantile(simulated, [0.025, 0.975])
    row = {
        "observed": observed,
        "expected": float(simulated.mean()),
        "low": float(low),
        "high": float(high),
        "ratio": ratio,
        "p_value": p_value,
    }
    return Table(
        {name: np.array([value]) for name, value in row.items()},
        scales=dict.fromkeys(("observed", "expected", "low", "high"), "share of the rows"),
        title="Are there more zeros than the model says?",
        notes=(_remedy(fit, observed > float(simulated.mean()), p_value),),
    )


def _remedy(fit: Fit, is_more: bool, p_value: float) -> str:
    if not p_value < DOUBTFUL:
        return "As many zeros as the model says."
    if not is_more:
        return (
            "Fewer zeros than the model says: the counts may vary less than it says, or zeros were "
            "not recorded (hurdle= lets them have their own share)."
        )
    if fit.spec.family == "poisson":
        return (
            "More zeros than the model says. If overdispersion() finds too much variation as well, "
            "try family='nbinom2' first; then zero='~ 1' (some rows can be nothing but zero) or "
            "hurdle='~ 1' (zeros are another process)."
        )
    return (
        "More zeros than the model says. Try zero='~ 1' (some rows can be nothing but zero), "
        "hurdle='~ 1' (zeros are another process), or predictors in their formula."
    )
