"""The exact text of the messages about groups left out without a refit."""

from __future__ import annotations

import numpy as np
import pytest

import echelon as ec
from echelon.errors import SpecError


def test_crossed_factors() -> None:
    fit = ec.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", ec.datasets.load("penicillin"))
    with pytest.raises(SpecError) as caught:
        fit.influence("plate", refit=False)
    assert str(caught.value) == (
        "Without a refit 'plate' cannot be left out: its groups are not independent.\n"
        "  where: influence(), arguments grouping and refit\n"
        "  got:   groups of 'sample' with rows in several of 'plate'\n"
        "  need:  a factor that no other lies above or crosses: "
        "there the change has a closed form\n"
        "  do:    write influence('plate', refit=True), or name the highest factor.\n"
        "  see:   errors#influence-needs-refit"
    )


def test_multiple_membership() -> None:
    rng = np.random.default_rng(1)
    data = {name: rng.integers(0, 9, 100) for name in ("a", "b")}
    effects = rng.normal(size=9)
    y = effects[data["a"]] + effects[data["b"]] + rng.normal(size=100)
    fit = ec.fit("y ~ 1 + (1 | mm(a, b))", data | {"y": y})
    with pytest.raises(SpecError) as caught:
        fit.influence(refit=False)
    assert str(caught.value) == (
        "Without a refit 'mm(a, b)' cannot be left out: its groups share rows.\n"
        "  where: influence(), arguments grouping and refit\n"
        "  got:   a multiple membership of 2 columns\n"
        "  need:  groups that are independent of each other: there the change has a closed form\n"
        "  do:    write influence('mm(a, b)', refit=True).\n"
        "  see:   errors#influence-needs-refit"
    )
