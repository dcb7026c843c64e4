"""The plan of a fit in words."""

from __future__ import annotations

from dataclasses import replace

from echelon.engine.estimates import Plan
from echelon.report.plan import plan_text
from tests.golden import generalized_fits
from tests.golden.fits import sleep


def test_every_way_and_its_cost() -> None:
    costs = (("chain", 1380.0, 4.1e4), ("dense", 2.5e6, 3.2e9))
    fit = sleep()
    fit = replace(fit, estimates=replace(fit.estimates, plan=Plan("dense", (0,), 1_234, costs)))
    assert plan_text(fit).splitlines() == [
        "Plan: largest factor eliminated level by level, the rest as one dense matrix",
        "  order: subject (18 x 2)",
        "  root matrix: 1,234 x 1,234",
        "  chain   1.38e+03 flops per evaluation,        0.0 MB (not taken)",
        "  dense   2.50e+06 flops per evaluation,    3,200.0 MB (taken)",
    ]


def test_without_random_effects() -> None:
    fit = sleep()
    rows = replace(fit.design.rows, blocks=())
    fit = replace(fit, design=replace(fit.design, rows=rows))
    assert plan_text(fit) == "Plan: no random effects; least squares from the cross-products."


def test_generalized_fits_read_rows() -> None:
    assert plan_text(generalized_fits.hazard()).splitlines() == [
        "Plan: ML (quadrature, 9 points); an evaluation of the criterion reads 240 rows",
        "  one factor: the modes of each group by Newton steps of its own",
        "  order: district (30 x 1)",
        "  quadrature: 9 nodes per group",
        "  evaluations: 12",
    ]
    fit = generalized_fits.binomial()
    crossed = Plan("dense", (0,), 24, ())
    fit = replace(fit, estimates=replace(fit.estimates, plan=crossed))
    assert plan_text(fit).splitlines()[1:4] == [
        "  modes of all factors together by Newton steps; largest factor eliminated, the rest "
        "dense",
        "  order: district (30 x 2)",
        "  root matrix: 24 x 24",
    ]
    rows = replace(fit.design.rows, blocks=())
    fit = replace(fit, design=replace(fit.design, rows=rows))
    assert plan_text(fit).endswith("no random effects: nothing to integrate out")
