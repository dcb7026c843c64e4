"""The exact text of messages about models that quadrature cannot take."""

from __future__ import annotations

import numpy as np
import pytest

import echelon
from echelon.errors import EngineError

N = 60
RNG = np.random.default_rng(3)
DATA = {
    "y": RNG.poisson(3.0, N),
    "g": np.arange(N) % 6,
    "h": np.arange(N) // 6 % 5,
    "k": np.arange(N) % 5,
}
CROSSED = """\
Quadrature needs grouping factors that are nested in each other.
  where: option quadrature
  got:   'h', 'g': groups of one are not parts of the other's groups
  need:  one grouping factor, or several of which each is a part of the next: (1 | g/h)
  do:    leave quadrature out: Laplace takes crossed factors and multiple membership
  see:   errors#quadrature-of-crossed"""
MEMBERS = """\
Quadrature needs grouping factors that are nested in each other.
  where: option quadrature
  got:   (1 | mm(g, k)): rows that belong to several groups
  need:  one grouping factor, or several of which each is a part of the next: (1 | g/h)
  do:    leave quadrature out: Laplace takes crossed factors and multiple membership
  see:   errors#quadrature-of-crossed"""


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
@pytest.mark.parametrize("quadrature", [3, "auto"])
@pytest.mark.parametrize(
    ("random", "text"), [("(1 | g) + (1 | h)", CROSSED), ("(1 | mm(g, k))", MEMBERS)]
)
def test_structures_without_quadrature(random: str, text: str, quadrature: int | str) -> None:
    with pytest.raises(EngineError) as caught:
        echelon.fit(f"y ~ 1 + {random}", DATA, family="poisson", quadrature=quadrature)
    assert str(caught.value) == text


SEVEN = """\
This quadrature has too many nodes.
  where: option quadrature, 9 points
  got:   7 random effects per group: 9 to the power of 7 nodes
  need:  at most 3e+06 nodes
  do:    use fewer points, fewer random effects per group, or Laplace (quadrature=1).
  see:   errors#quadrature-too-large"""
FOURTEEN = """\
This quadrature has too many nodes.
  where: option quadrature, 3 points
  got:   14 random effects per group: 3 to the power of 14 nodes
  need:  at most 3e+06 nodes
  do:    use fewer points, fewer random effects per group, or Laplace (quadrature=1).
  see:   errors#quadrature-too-large"""


@pytest.mark.filterwarnings("ignore::echelon.errors.EchelonWarning")
@pytest.mark.parametrize(
    ("categories", "quadrature", "text"), [(8, 9, SEVEN), (15, "auto", FOURTEEN)]
)
def test_rules_that_no_memory_holds(categories: int, quadrature: int | str, text: str) -> None:
    """One random effect per group and category but the first."""
    rng = np.random.default_rng(5)
    data = {"y": np.arange(300) % categories, "g": rng.integers(0, 10, 300)}
    with pytest.raises(EngineError) as caught:
        echelon.fit("y ~ 1 + (1 | g)", data, family="multinomial", quadrature=quadrature)
    assert str(caught.value) == text
