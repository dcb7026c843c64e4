"""How close is close: a tolerance per quantity, and the exceptions, each with its reason.

A relative tolerance is relative to the larger of |value| and its standard error (fixed
effects), to the standard deviation of the random effect (conditional modes), or to the value.
"""

from __future__ import annotations

DEFAULT = {
    "objective": 1e-8,  # relative; ours may be lower by at most BETTER
    "fixed": 1e-6,
    "std_error": 1e-6,
    "vcov": 2e-6,  # products of two standard errors
    "sigma": 1e-5,
    "std_dev": 1e-5,
    "correlation": 1e-5,  # absolute
    "theta": 1e-5,  # absolute for small theta, relative for those above 1
    "modes": 1e-5,
    "cond_sd": 1e-5,
    "fitted": 1e-5,  # in units of sigma
}

BETTER = 1e-4  # -2 log likelihood by which another program's optimum may be worse than ours

# case -> quantity -> (tolerance, reason)
UNPOLISHED_DEPT = (
    "lme4's fit was not polished: by Newton's step its theta of dept is 1.1e-5 (relative) from the"
    " minimum and ours 1e-7; ours has the lower criterion, by 2e-9"
)
EXCEPTIONS: dict[str, dict[str, tuple[float, str]]] = {
    "lmm_insteval_crossed_reml": {
        "std_error": (1e-5, UNPOLISHED_DEPT),
        "vcov": (2e-5, UNPOLISHED_DEPT),
        "std_dev": (2e-5, UNPOLISHED_DEPT),
    },
    "lmm_chem97_3level_ml": {
        "modes": (
            2e-5,
            "lme4's fit was not polished: by Newton's step its theta of lea is 6e-6 (relative) from"
            " the minimum and ours 6e-7; ours has the lower criterion, by 2e-10",
        ),
    },
}


def tolerance(case: str, quantity: str) -> float:
    """The tolerance of a quantity in a case."""
    return EXCEPTIONS.get(case, {}).get(quantity, (DEFAULT[quantity], ""))[0]
