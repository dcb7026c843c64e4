"""Messages of bootstrapped likelihood ratios, and of fits that are almost perfect."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.errors import EngineError, NotEstimableError
from echelon.infer.components.variance_information import relative_root
from echelon.infer.zero.variance_bootstrap import bootstrap_statistics
from tests.property.models import table


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
def test_not_nested() -> None:
    smaller, larger = (
        ec.fit(text, table(3)).fit for text in ("y ~ x + (1 | h)", "y ~ x + (1 | g)")
    )
    with pytest.raises(NotEstimableError) as caught:
        bootstrap_statistics(smaller, larger, 10, np.random.default_rng(1))
    assert str(caught.value) == (
        "A model is not inside the one it is tested against.\n"
        "  where: bootstrap of a likelihood ratio\n"
        "  got:   y ~ x + (1 | h)\n"
        "         and y ~ x + (1 | g):\n"
        "         only one model has random effects of 'h', the smaller one\n"
        "  need:  a smaller model that is a special case of the larger\n"
        "  do:    compare models that are nested, or compare these by AIC.\n"
        "  see:   errors#not-nested"
    )


def test_information_lost() -> None:
    """What the elimination leaves of an almost perfect fit, as rounding may make it."""
    with pytest.raises(EngineError) as caught:
        relative_root(np.array([[1.0, 1.0 + 1e-12], [1.0 + 1e-12, 1.0]]))
    assert str(caught.value) == (
        "The fixed effects' information drowns in rounding.\n"
        "  where: Kenward-Roger or expected information\n"
        "  got:   X'V^-1X, computed from sums of products, that is not positive definite\n"
        "  need:  a residual variance that is not vanishingly small beside the others\n"
        "  do:    check for a response that the groups determine (nearly) exactly, or subtract\n"
        "         from it what is known.\n"
        "  see:   errors#information-lost"
    )
