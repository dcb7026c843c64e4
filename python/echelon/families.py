"""Families of the response: what each allows and what it has besides a mean.

Room: options. Facts only; densities are in engine/observation and in the core.
Takes: the name of a family.
Gives: `Family` records, and `family_of`.
Source: docs/reference, families.
"""

from __future__ import annotations

from dataclasses import dataclass

PROBABILITY_LINKS = ("logit", "probit", "cloglog", "loglog", "cauchit")
COUNT_OPTIONS = frozenset({"zero", "hurdle"})
DISPERSED = frozenset({"dispersion"})
ORDINAL_OPTIONS = frozenset({"thresholds", "nominal"})


@dataclass(frozen=True, slots=True)
class Family:
    """What a family is made of.

    `links` has the default first. `response` is the kind of values it takes: 'real', 'binary',
    'count', 'positive', 'nonnegative', 'unit', 'ordered' or 'nominal'. `parameters` are linear
    predictors besides the mean's that are constant unless a formula is given ('dispersion',
    'power', 'df'); `options` the formulas and options that have a meaning for it.
    """

    name: str
    links: tuple[str, ...]
    response: str
    parameters: tuple[str, ...] = ()
    options: frozenset[str] = frozenset()


_ALL = (
    Family("gaussian", ("identity", "log", "inverse", "sqrt"), "real", ("dispersion",), DISPERSED),
    Family("binomial", PROBABILITY_LINKS, "binary"),
    Family("poisson", ("log", "sqrt", "identity"), "count", (), COUNT_OPTIONS),
    Family(
        "nbinom2", ("log", "sqrt", "identity"), "count", ("dispersion",), COUNT_OPTIONS | DISPERSED
    ),
    Family(
        "nbinom1", ("log", "sqrt", "identity"), "count", ("dispersion",), COUNT_OPTIONS | DISPERSED
    ),
    Family("gamma", ("log", "inverse", "identity"), "positive", ("dispersion",), DISPERSED),
    Family(
        "inverse_gaussian", ("log", "inverse", "identity"), "positive", ("dispersion",), DISPERSED
    ),
    Family("beta", ("logit", "probit", "cloglog"), "unit", ("dispersion",), DISPERSED),
    Family("betabinomial", PROBABILITY_LINKS, "binary", ("dispersion",), DISPERSED),
    Family("tweedie", ("log",), "nonnegative", ("dispersion", "power"), DISPERSED),
    Family("student", ("identity", "log"), "real", ("dispersion", "df"), DISPERSED),
    Family("lognormal", ("identity",), "positive", ("dispersion",), DISPERSED),
    Family("cumulative", PROBABILITY_LINKS, "ordered", (), ORDINAL_OPTIONS | {"scale"}),
    Family("adjacent", ("logit",), "ordered", (), ORDINAL_OPTIONS),
    Family("continuation", PROBABILITY_LINKS, "ordered", (), ORDINAL_OPTIONS),
    Family("multinomial", ("logit",), "nominal"),
)
FAMILIES = {family.name: family for family in _ALL}


def family_of(name: str) -> Family:
    """Give the record of a family.

    Parameters
    ----------
    name : one of `FAMILIES`.

    Returns
    -------
    `Family`.
    """
    return FAMILIES[name]
