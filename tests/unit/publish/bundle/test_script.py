"""analysis.py: what it says, and that it is Python whatever the names are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import numpy as np
import pytest

import echelon
from echelon.publish.bundle.numbers import numbers_of
from echelon.publish.bundle.recipe import options_of, shared_spec
from echelon.publish.bundle.script import script_text
from echelon.publish.bundle.sharing import share
from tests.families import MODELS, fitted
from tests.unit.publish.bundle.studies import GAUSSIAN, study

DOCS = Path(__file__).parents[4] / "docs"


def script(result: echelon.Result, codes: bool = False) -> str:
    fit = result.fit
    assert fit.frame is not None
    spec = shared_spec(fit.spec)
    names = tuple(number.name for number in numbers_of(fit))
    return script_text(fit, options_of(spec), share(spec, fit.frame, codes, 0), "y = a + e", names)


def of(name: str) -> str:
    return script(study(name) if name in GAUSSIAN else fitted(name))


@pytest.mark.parametrize("name", [*GAUSSIAN, *(name for name in MODELS if name not in GAUSSIAN)])
def test_it_is_python_that_spells_the_options_out(name: str) -> None:
    result = study(name) if name in GAUSSIAN else fitted(name)
    tree = ast.parse(script(result))
    (call,) = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "ec.fit"
    ]
    given = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    expected = options_of(shared_spec(result.fit.spec))
    assert {"formula": ast.literal_eval(call.args[0]), **given} == expected


@pytest.mark.parametrize("name", [*GAUSSIAN, *(name for name in MODELS if name not in GAUSSIAN)])
def test_every_equation_that_it_names_is_in_the_theory(name: str) -> None:
    tags = {
        number
        for page in DOCS.glob("theory*.md")
        for number in re.findall(r"\\tag\{(\w+)\}", page.read_text("utf-8"))
    }
    text = of(name)
    named = set(re.findall(r"\((\d+)\)", "\n".join(re.findall(r"theory .*", text))))
    assert named
    assert named <= tags


def test_each_line_says_which_equation_it_is() -> None:
    text = of("kenward")
    for line in (
        "# fixed effects X beta and random effects Z b: theory (1)",
        "# the criterion that is minimised, exact: theory (6)",
        "# denominator df: Kenward and Roger, theory (15)",
        "# Variances and correlations of the random effects, from theta: theory (4).",
        "# Conditional modes of each group: theory (8).",
    ):
        assert line in text
    generalized = of("zeros")
    assert "by Laplace's approximation: theory (25)" in generalized
    assert "zero='~ x'" in generalized
    assert "print(fit.component_effects)" in generalized


def test_what_a_model_does_not_have_is_not_printed() -> None:
    assert "fit.icc()" not in of("no groups")
    assert "conditional_modes" not in of("no groups")


def test_codes_are_said_beside_their_column() -> None:
    text = script(study("slopes"), codes=True)
    assert "#   school  groups: integers, codes in random order" in text


def test_no_name_ends_the_line_that_it_stands_in() -> None:
    name = 'x\n"""; raise SystemExit(3) #\\'
    generator = np.random.default_rng(3)
    table = {name: generator.normal(size=30), "y": generator.normal(size=30)}
    formula = "y ~ `" + name.replace("\\", "\\\\") + "`"
    tree = ast.parse(script(echelon.fit(formula, table)))
    raised = [node for node in ast.walk(tree) if isinstance(node, ast.Raise)]
    assert len(raised) == 1
