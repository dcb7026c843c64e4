"""Models made simpler: the cross-products give what a fit to the rows gives."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from echelon.formula.parse import parse_formula
from echelon.infer.zero.ranova import ranova
from echelon.infer.zero.reduced import changed
from echelon.infer.zero.removal import random_effects, removals, without_correlations
from echelon.predict import predict
from echelon.storage import archive
from tests.unit.infer.varied import TABLE, fitted

REMOVALS = {
    "y ~ x + (x + f | g) + (1 | h)": {
        "x | g": "(1 + f | g) + (1 | h)",
        "f | g": "(1 + x | g) + (1 | h)",
        "(1 | h)": "(1 + x + f | g)",
    },
    "y ~ x + (0 + f | g)": {"f | g": "(1 | g)"},
    "y ~ x + (0 + f + x | g)": {"x | g": "(0 + f | g)"},
    "y ~ x + (0 + f || g)": {"(0 + f || g)": ""},
    "y ~ 0 + x + (0 + x | g)": {"(0 + x | g)": ""},
    "y ~ x + (x | s/g)": {
        "x | s": "(1 | s) + (1 + x | s:g)",
        "x | s:g": "(1 + x | s) + (1 | s:g)",
    },
    "y ~ x + (x || mm(g, g2))": {
        "(Intercept) | mm(g, g2)": "(0 + x | mm(g, g2))",
        "x | mm(g, g2)": "(1 | mm(g, g2))",
    },
    "y ~ x + diag(x + z | g)": {
        "(Intercept) | g": "(0 + x + z || g)",
        "x | g": "(1 + z || g)",
        "z | g": "(1 + x || g)",
    },
    "y ~ x + ar1(0 + f | g) + (1 | h)": {
        "ar1(0 + f | g)": "(1 | h)",
        "(1 | h)": "ar1(0 + f | g)",
    },
    "y ~ x + (1 | g) + (0 + x | g) + (1 | h)": {
        "(1 | g)": "(0 + x | g) + (1 | h)",
        "(0 + x | g)": "(1 | g) + (1 | h)",
        "(1 | h)": "(1 | g) + (0 + x | g)",
    },
    "y ~ x + (x * z | g)": {"x:z | g": "(1 + x + z | g)"},
    "y ~ `é x` + offset(0.5 * x) + (`é x` | g)": {"`é x` | g": "(1 | g)"},
    "y ~ x + (bs(x, df = 4) || g)": {
        "(Intercept) | g": "(0 + bs(x, df = 4) || g)",
        "bs(x, df = 4) | g": "(1 | g)",
    },
    "y ~ x + (poly(x, 2) | g)": {"poly(x, 2) | g": "(1 | g)"},
}


@pytest.mark.parametrize("formula", REMOVALS)
@pytest.mark.parametrize("options", [("REML", None), ("ML", "w")])
def test_as_from_the_rows(formula: str, options: tuple[str, str | None]) -> None:
    """The formula, the columns and the criterion are those of a fit to the table."""
    fit, wanted = fitted(formula, *options), REMOVALS[formula]
    changes = removals(fit)
    assert [change.label for change in changes] == list(wanted)
    for change in changes:
        smaller = changed(fit, change)
        text = smaller.spec.formula.text
        assert text.endswith(wanted[change.label])
        assert parse_formula(text) == smaller.spec.formula
        again = fitted(text, *options)
        assert smaller.estimates.objective == pytest.approx(again.estimates.objective, abs=1e-6)
        assert [b.column_names for b in smaller.design.rows.blocks] == [
            b.column_names for b in again.design.rows.blocks
        ]


def test_what_is_left_is_a_fit_like_any_other() -> None:
    fit = fitted("y ~ x + (0 + f | g)")
    smaller = changed(fit, removals(fit)[0])
    rows = {name: values[:5] for name, values in TABLE.items()}
    again = fitted(smaller.spec.formula.text)
    np.testing.assert_allclose(
        np.asarray(predict(smaller, rows)), np.asarray(predict(again, rows)), rtol=1e-6
    )


def test_correlations_taken_out() -> None:
    fit = fitted("y ~ x + (x | g)")
    smaller = changed(fit, without_correlations(random_effects(fit)[0]))
    again = fitted("y ~ x + (x || g)")
    assert smaller.spec.formula == again.spec.formula
    assert smaller.estimates.objective == pytest.approx(again.estimates.objective, abs=1e-7)


def test_without_rows(tmp_path: Path) -> None:
    fit = fitted("y ~ x + (x + f | g) + (1 | h)")
    archive.save(fit, tmp_path / "fit.ech", rows=False)
    loaded = archive.load(tmp_path / "fit.ech")
    with_rows, without = ranova(fit), ranova(loaded)
    assert with_rows == without


def test_a_forced_way_of_computing_is_not_kept() -> None:
    """The way asked for may not exist for the smaller model: a single factor has no chain."""
    fit = fitted("y ~ x + (1 | s/g)")
    control = replace(fit.spec.control, path="chain")
    forced = replace(fit, spec=replace(fit.spec, control=control))
    for change in removals(forced):
        assert changed(forced, change).spec.control.path == "auto"
