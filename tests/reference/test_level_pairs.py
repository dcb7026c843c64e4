"""Models of textbooks: their level equations, and the mixed formula of each, in both directions.

A pair is: where it stands, the equations in the notation of the book, the formula, and the level
at which its predictors vary. Names of units are ours; the books leave them out.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

import pytest

from echelon.formula.equations import equations_of
from echelon.formula.levels import levels
from echelon.formula.parse import parse_formula
from echelon.formula.render import latex_equations, level_equations


class Pair(NamedTuple):
    """One model: `text` and `formula` say the same; `varies`: the unit of each predictor."""

    source: str
    text: str
    formula: str
    varies: Mapping[str, str | None] = MappingProxyType({})


PAIRS = [
    Pair(
        "Raudenbush & Bryk ch. 2: one-way ANOVA with random effects",
        """Level 1: Y_ij = β_0j + r_ij
           Level 2 (school): β_0j = γ_00 + u_0j""",
        "Y ~ 1 + (1 | school)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 2: means as outcomes",
        """Level 1: Y_ij = β_0j + r_ij
           Level 2 (school): β_0j = γ_00 + γ_01 W_j + u_0j""",
        "Y ~ W + (1 | school)",
        {"W": "school"},
    ),
    Pair(
        "Raudenbush & Bryk ch. 2: one-way ANCOVA with random effects",
        """Level 1: Y_ij = β_0j + β_1j (X_ij − X̄_..) + r_ij
           Level 2 (school): β_0j = γ_00 + u_0j
                             β_1j = γ_10""",
        "Y ~ cgm(X) + (1 | school)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 2: random-coefficients regression",
        """Level 1: Y_ij = β_0j + β_1j (X_ij − X̄_.j) + r_ij
           Level 2 (school): β_0j = γ_00 + u_0j
                             β_1j = γ_10 + u_1j""",
        "Y ~ cwc(X, school) + (1 + cwc(X, school) | school)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 2: intercepts and slopes as outcomes",
        """Level 1: Y_ij = β_0j + β_1j (X_ij − X̄_.j) + r_ij
           Level 2 (school): β_0j = γ_00 + γ_01 W_j + u_0j
                             β_1j = γ_10 + γ_11 W_j + u_1j""",
        "Y ~ cwc(X, school) + W + cwc(X, school):W + (1 + cwc(X, school) | school)",
        {"W": "school"},
    ),
    Pair(
        "Raudenbush & Bryk ch. 2: slopes that vary, but not at random",
        """Level 1: Y_ij = β_0j + β_1j X_ij + r_ij
           Level 2 (school): β_0j = γ_00 + γ_01 W_j + u_0j
                             β_1j = γ_10 + γ_11 W_j""",
        "Y ~ X + W + X:W + (1 | school)",
        {"W": "school"},
    ),
    Pair(
        "Raudenbush & Bryk ch. 4: means as outcomes, MEAN SES",
        """Level 1 (student): MATHACH_ij = β_0j + r_ij
           Level 2 (school): β_0j = γ_00 + γ_01 (MEANSES)_j + u_0j""",
        "MATHACH ~ MEANSES + (1 | school)",
        {"MEANSES": "school"},
    ),
    Pair(
        "Raudenbush & Bryk ch. 4: random-coefficient model",
        """Level 1 (student): MATHACH_ij = β_0j + β_1j (SES_ij - SES-bar.j) + r_ij
           Level 2 (school): β_0j = γ_00 + u_0j
                             β_1j = γ_10 + u_1j""",
        "MATHACH ~ cwc(SES, school) + (1 + cwc(SES, school) | school)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 4: intercepts- and slopes-as-outcomes",
        """Level 1 (student): MATHACH_ij = β_0j + β_1j (SES_ij - SES-bar.j) + r_ij
           Level 2 (school): β_0j = γ_00 + γ_01 (MEANSES_j) + γ_02 (SECTOR_j) + u_0j
                             β_1j = γ_10 + γ_11 (MEANSES_j) + γ_12 (SECTOR_j) + u_1j""",
        "MATHACH ~ cwc(SES, school) + MEANSES + SECTOR + cwc(SES, school):MEANSES"
        " + cwc(SES, school):SECTOR + (1 + cwc(SES, school) | school)",
        {"MEANSES": "school", "SECTOR": "school"},
    ),
    Pair(
        "Raudenbush & Bryk ch. 4: the slope loses its residual",
        """Level 1 (student): MATHACH_ij = β_0j + β_1j (SES_ij - SES-bar.j) + r_ij
           Level 2 (school): β_0j = γ_00 + γ_01 (MEANSES_j) + γ_02 (SECTOR_j) + u_0j
                             β_1j = γ_10 + γ_11 (MEANSES_j) + γ_12 (SECTOR_j)""",
        "MATHACH ~ cwc(SES, school) + MEANSES + SECTOR + cwc(SES, school):MEANSES"
        " + cwc(SES, school):SECTOR + (1 | school)",
        {"MEANSES": "school", "SECTOR": "school"},
    ),
    Pair(
        "Raudenbush & Bryk ch. 5: the compositional effect, group-mean centred",
        """Level 1: Y_ij = β_0j + β_1j (X_ij − X̄_.j) + r_ij
           Level 2 (school): β_0j = γ_00 + γ_01 X̄_.j + u_0j
                             β_1j = γ_10""",
        "Y ~ cwc(X, school) + gm(X, school) + (1 | school)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 5: the compositional effect, grand-mean centred",
        """Level 1: Y_ij = β_0j + β_1j (X_ij − X̄..) + r_ij
           Level 2 (school): β_0j = γ_00 + γ_01 X̄.j + u_0j
                             β_1j = γ_10""",
        "Y ~ cgm(X) + gm(X, school) + (1 | school)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 6: linear growth",
        r"""Level 1: Y_{ti} = \pi_{0i} + \pi_{1i} a_{ti} + e_{ti}
            Level 2 (person): \pi_{0i} = \beta_{00} + r_{0i}
                              \pi_{1i} = \beta_{10} + r_{1i}""",
        "Y ~ a + (1 + a | person)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 6: growth and a characteristic of the person",
        """Level 1: Y_ti = π_0i + π_1i a_ti + e_ti
           Level 2 (person): π_0i = β_00 + β_01 X_i + r_0i
                             π_1i = β_10 + β_11 X_i + r_1i""",
        "Y ~ a + X + a:X + (1 + a | person)",
        {"X": "person"},
    ),
    Pair(
        "Raudenbush & Bryk ch. 6: quadratic growth about an age",
        """Level 1: Y_ti = π_0i + π_1i (a_ti - 18) + π_2i (a_ti - 18)^2 + e_ti
           Level 2 (person): π_0i = β_00 + r_0i
                             π_1i = β_10 + r_1i
                             π_2i = β_20 + r_2i""",
        "Y ~ I(a - 18) + I((a - 18)^2) + (1 + I(a - 18) + I((a - 18)^2) | person)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 6: two growth rates (piecewise)",
        """Level 1: Y_ti = π_0i + π_1i a_1ti + π_2i a_2ti + e_ti
           Level 2 (person): π_0i = β_00 + r_0i
                             π_1i = β_10 + r_1i
                             π_2i = β_20 + r_2i""",
        "Y ~ a_1 + a_2 + (1 + a_1 + a_2 | person)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 6: acceleration only, and no random intercept",
        """Level 1: Y_ti = π_2i AGE2_ti + e_ti
           Level 2 (person): π_2i = β_20 + r_2i""",
        "Y ~ 0 + AGE2 + (0 + AGE2 | person)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 8: three levels, unconditional",
        """Level 1 (child): Y_ijk = π_0jk + e_ijk
           Level 2 (class): π_0jk = β_00k + r_0jk
           Level 3 (school): β_00k = γ_000 + u_00k""",
        "Y ~ 1 + (1 | school/class)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 8: growth of children in schools",
        """Level 1: Y_tij = π_0ij + π_1ij a_tij + e_tij
           Level 2 (child): π_0ij = β_00j + r_0ij
                            π_1ij = β_10j + r_1ij
           Level 3 (school): β_00j = γ_000 + u_00j
                             β_10j = γ_100 + u_10j""",
        "Y ~ a + (1 + a | school/child)",
    ),
    Pair(
        "Raudenbush & Bryk ch. 8: growth, a child's and a school's characteristics",
        """Level 1: Y_tij = π_0ij + π_1ij a_tij + e_tij
           Level 2 (child): π_0ij = β_00j + β_01j X_ij + r_0ij
                            π_1ij = β_10j + β_11j X_ij + r_1ij
           Level 3 (school): β_00j = γ_000 + γ_001 W_j + u_00j
                             β_01j = γ_010
                             β_10j = γ_100 + γ_101 W_j + u_10j
                             β_11j = γ_110""",
        "Y ~ a + X + W + a:X + a:W + (1 + a | school/child)",
        {"X": "school:child", "W": "school"},
    ),
    Pair(
        "Snijders & Bosker ch. 4: the empty model",
        """Level 1: Y_ij = β_0j + R_ij
           Level 2 (class): β_0j = γ_00 + U_0j""",
        "Y ~ 1 + (1 | class)",
    ),
    Pair(
        "Snijders & Bosker ch. 4: the random intercept model",
        """Level 1: Y_ij = β_0j + β_1 x_ij + R_ij
           Level 2 (class): β_0j = γ_00 + γ_01 z_j + U_0j""",
        "Y ~ x + z + (1 | class)",
        {"z": "class"},
    ),
    Pair(
        "Snijders & Bosker ch. 4: within- and between-group regressions",
        """Level 1: Y_ij = β_0j + β_1 x_ij + R_ij
           Level 2 (class): β_0j = γ_00 + γ_01 x̄_.j + U_0j""",
        "Y ~ x + gm(x, class) + (1 | class)",
    ),
    Pair(
        "Snijders & Bosker ch. 4: a three-level random intercept model",
        """Level 1 (pupil): Y_ijk = β_0jk + β_1 x_ijk + R_ijk
           Level 2 (class): β_0jk = δ_00k + U_0jk
           Level 3 (school): δ_00k = γ_000 + V_00k""",
        "Y ~ x + (1 | school/class)",
    ),
    Pair(
        "Snijders & Bosker ch. 5: a random slope",
        """Level 1: Y_ij = β_0j + β_1j x_ij + R_ij
           Level 2 (class): β_0j = γ_00 + U_0j
                            β_1j = γ_10 + U_1j""",
        "Y ~ x + (1 + x | class)",
    ),
    Pair(
        "Snijders & Bosker ch. 5: intercept and slope explained",
        """Level 1: Y_ij = β_0j + β_1j x_ij + R_ij
           Level 2 (class): β_0j = γ_00 + γ_01 z_j + U_0j
                            β_1j = γ_10 + γ_11 z_j + U_1j""",
        "Y ~ x + z + x:z + (1 + x | class)",
        {"z": "class"},
    ),
    Pair(
        "Snijders & Bosker ch. 5: a random slope at two of three levels",
        """Level 1 (pupil): Y_ijk = β_0jk + β_1jk x_ijk + R_ijk
           Level 2 (class): β_0jk = δ_00k + U_0jk
                            β_1jk = δ_10k + U_1jk
           Level 3 (school): δ_00k = γ_000 + V_00k
                             δ_10k = γ_100 + V_10k""",
        "Y ~ x + (1 + x | school/class)",
    ),
    Pair(
        "Hox ch. 2: popularity, gender and extraversion",
        """Level 1 (pupil): popularity_ij = β_0j + β_1j gender_ij + β_2j extraversion_ij + e_ij
           Level 2 (class): β_0j = γ_00 + γ_01 experience_j + u_0j
                            β_1j = γ_10 + γ_11 experience_j + u_1j
                            β_2j = γ_20 + γ_21 experience_j + u_2j""",
        "popularity ~ gender + extraversion + experience + gender:experience"
        " + extraversion:experience + (1 + gender + extraversion | class)",
        {"experience": "class"},
    ),
    Pair(
        "Hox ch. 2: the slope of extraversion only varies",
        """Level 1 (pupil): popularityᵢⱼ = β₀ⱼ + β₁ genderᵢⱼ + β₂ⱼ extraversionᵢⱼ + eᵢⱼ
           Level 2 (class): β₀ⱼ = γ₀₀ + γ₀₁ experienceⱼ + u₀ⱼ
                            β₂ⱼ = γ₂₀ + γ₂₁ experienceⱼ + u₂ⱼ""",
        "popularity ~ gender + extraversion + experience + extraversion:experience"
        " + (1 + extraversion | class)",
        {"experience": "class"},
    ),
    Pair(
        "Hox ch. 5: occasions within persons",
        """Level 1: Y_ti = π_0i + π_1i T_ti + π_2i X_ti + e_ti
           Level 2 (person): π_0i = β_00 + β_01 Z_i + u_0i
                             π_1i = β_10 + β_11 Z_i + u_1i
                             π_2i = β_20 + β_21 Z_i + u_2i""",
        "Y ~ T + X + Z + T:Z + X:Z + (1 + T + X | person)",
        {"Z": "person"},
    ),
    Pair(
        "Hox ch. 5: grade points, job and sex",
        """Level 1: gpa_ti = π_0i + π_1i occasion_ti + π_2i job_ti + e_ti
           Level 2 (student): π_0i = β_00 + β_01 highgpa_i + β_02 sex_i + u_0i
                              π_1i = β_10 + β_11 sex_i + u_1i
                              π_2i = β_20""",
        "gpa ~ occasion + job + highgpa + sex + occasion:sex + (1 + occasion | student)",
        {"highgpa": "student", "sex": "student"},
    ),
    Pair(
        "Singer & Willett ch. 3: early intervention, from age 1",
        """Level 1: Y_ij = π_0i + π_1i (AGE_ij - 1) + ε_ij
           Level 2 (child): π_0i = γ_00 + γ_01 PROGRAM_i + ζ_0i
                            π_1i = γ_10 + γ_11 PROGRAM_i + ζ_1i""",
        "Y ~ I(AGE - 1) + PROGRAM + I(AGE - 1):PROGRAM + (1 + I(AGE - 1) | child)",
        {"PROGRAM": "child"},
    ),
    Pair(
        "Singer & Willett ch. 4: model A, unconditional means",
        """Level 1: Y_ij = π_0i + ε_ij
           Level 2 (id): π_0i = γ_00 + ζ_0i""",
        "Y ~ 1 + (1 | id)",
    ),
    Pair(
        "Singer & Willett ch. 4: model B, unconditional growth",
        """Level 1: ALCUSE_ij = π_0i + π_1i TIME_ij + ε_ij
           Level 2 (id): π_0i = γ_00 + ζ_0i
                         π_1i = γ_10 + ζ_1i""",
        "ALCUSE ~ TIME + (1 + TIME | id)",
    ),
    Pair(
        "Singer & Willett ch. 4: model D, COA and PEER",
        """Level 1: ALCUSE_ij = π_0i + π_1i TIME_ij + ε_ij
           Level 2 (id): π_0i = γ_00 + γ_01 COA_i + γ_02 PEER_i + ζ_0i
                         π_1i = γ_10 + γ_11 COA_i + γ_12 PEER_i + ζ_1i""",
        "ALCUSE ~ TIME + COA + PEER + TIME:COA + TIME:PEER + (1 + TIME | id)",
        {"COA": "id", "PEER": "id"},
    ),
    Pair(
        "Singer & Willett ch. 4: model E, COA for the intercept only",
        """Level 1: ALCUSE_ij = π_0i + π_1i TIME_ij + ε_ij
           Level 2 (id): π_0i = γ_00 + γ_01 COA_i + γ_02 PEER_i + ζ_0i
                         π_1i = γ_10 + γ_12 PEER_i + ζ_1i""",
        "ALCUSE ~ TIME + COA + PEER + TIME:PEER + (1 + TIME | id)",
        {"COA": "id", "PEER": "id"},
    ),
    Pair(
        "HLM 7 manual, HLM2: intercepts and slopes as outcomes",
        """Level-1 Model
               MATHACHij = β0j + β1j*(SESij) + rij
           Level-2 Model (school)
               β0j = γ00 + γ01*(SECTORj) + γ02*(MEANSESj) + u0j
               β1j = γ10 + γ11*(SECTORj) + γ12*(MEANSESj) + u1j
           SES has been centered around the group mean.
           MEANSES has been centered around the grand mean.
           Mixed Model
               MATHACHij = γ00 + γ01*SECTORj + γ02*MEANSESj + γ10*SESij + u0j + rij""",
        "MATHACH ~ cwc(SES, school) + SECTOR + cgm(MEANSES) + cwc(SES, school):SECTOR"
        " + cwc(SES, school):cgm(MEANSES) + (1 + cwc(SES, school) | school)",
        {"SECTOR": "school", "MEANSES": "school"},
    ),
    Pair(
        "HLM 6 manual, HLM2: plain letters",
        """Summary of the model specified (in equation format)
           ---------------------------------------------------
           Level-1 Model

               Y = B0 + B1*(SES) + R

           Level-2 Model (school)
               INTRCPT1, B0 = G00 + G01*(SECTOR) + U0
               SES slope, B1 = G10 + U1""",
        "Y ~ SES + SECTOR + (1 + SES | school)",
        {"SECTOR": "school"},
    ),
    Pair(
        "HLM 7 manual, HLM3: growth in mathematics",
        """Level-1 Model
               MATHijk = π0jk + π1jk*(YEARijk) + eijk
           Level-2 Model (child)
               π0jk = β00k + β01k*(BLACKjk) + r0jk
               π1jk = β10k + r1jk
           Level-3 Model (school)
               β00k = γ000 + γ001(LOWINCk) + u00k
               β01k = γ010
               β10k = γ100 + γ101(LOWINCk) + u10k""",
        "MATH ~ YEAR + BLACK + LOWINC + YEAR:LOWINC + (1 + YEAR | school/child)",
        {"BLACK": "school:child", "LOWINC": "school"},
    ),
    Pair(
        "HLM 7 manual, HGLM: grade repetition in Thailand",
        """Level-1 Model
               Prob(REP1ij=1|βj) = ϕij
               log[ϕij/(1 - ϕij)] = ηij
               ηij = β0j + β1j*(MALEij) + β2j*(PPEDij)
           Level-2 Model (school)
               β0j = γ00 + γ01*(MSESCj) + u0j
               β1j = γ10
               β2j = γ20""",
        "REP1 ~ MALE + PPED + MSESC + (1 | school)",
        {"MSESC": "school"},
    ),
    Pair(
        "HLM 7 manual, HLM4: four levels",
        """Level-1 Model
               Yijkl = ψ0jkl + εijkl
           Level-2 Model (child)
               ψ0jkl = π00kl + π01kl*(Xjkl) + e0jkl
           Level-3 Model (class)
               π00kl = β000l + r00kl
               π01kl = β010l
           Level-4 Model (school)
               β000l = γ0000 + γ0001*(Wl) + u000l
               β010l = γ0100""",
        "Y ~ X + W + (1 | school/class/child)",
        {"X": "school:class:child", "W": "school"},
    ),
]


def test_there_are_forty() -> None:
    assert len(PAIRS) >= 40
    assert len({pair.source for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.source)
def test_text_to_formula(pair: Pair) -> None:
    assert levels(pair.text).text == pair.formula
    assert levels(pair.text) == parse_formula(pair.formula)


@pytest.mark.parametrize("unicode", [False, True])
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.source)
def test_formula_to_text_and_back(pair: Pair, unicode: bool) -> None:
    formula = parse_formula(pair.formula)
    text = "\n".join(level_equations(formula, pair.varies, unicode=unicode))
    assert levels(text) == formula, text


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.source)
def test_formula_to_latex_and_back(pair: Pair) -> None:
    formula = parse_formula(pair.formula)
    lines = equations_of(formula, pair.varies)
    units = list(dict.fromkeys(line.unit for line in lines if line.level > 1))
    text = latex_equations(formula, pair.varies)
    assert levels(text, groupings=units) == formula, text
