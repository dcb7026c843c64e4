from __future__ import annotations

import numpy as np

from echelon.design.variable_levels import variable_levels
from tests.designs import design_of

RNG = np.random.default_rng(8)
SCHOOL = np.repeat(np.arange(6), 20)
PUPIL = np.repeat(np.arange(30), 4)
DATA = {
    "y": RNG.normal(size=120),
    "time": RNG.normal(size=120),
    "sector": np.array(["p", "q"])[SCHOOL % 2].tolist(),
    "size": RNG.normal(size=6)[SCHOOL],
    "ses": RNG.normal(size=30)[PUPIL],
    "school": SCHOOL,
    "pupil": PUPIL,
}


def test_each_predictor_at_its_outermost_level() -> None:
    design = design_of(
        "y ~ time * sector + size + cwc(ses, school) + gm(ses, school) + (1 | school/pupil)", DATA
    )
    assert variable_levels(design) == {
        "time": None,
        "sector": "school",
        "size": "school",
        "cwc(ses, school)": "school:pupil",
        "gm(ses, school)": "school",
    }


def test_a_factor_of_an_interaction_only() -> None:
    design = design_of("y ~ sector:size + (1 | school)", DATA)
    assert variable_levels(design) == {"sector": "school", "size": "school"}


def test_without_random_terms_all_vary_at_level_one() -> None:
    assert variable_levels(design_of("y ~ sector", DATA)) == {"sector": None}
