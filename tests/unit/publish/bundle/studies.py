"""Studies of every kind that a bundle must be able to hand on."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import echelon
from echelon.api import Result
from echelon.errors import EchelonWarning
from echelon.frame.columns import Categorical
from echelon.publish.bundle import bundle, rerun
from echelon.publish.bundle.agreement import Rerun

RNG = np.random.default_rng(8)
N = 160
SCHOOL = RNG.integers(0, 16, N)
YEAR = np.tile(np.arange(10), 16)
PERSON = np.repeat(np.arange(16), 10)
DAY = datetime.date(2020, 2, 28)
LEVELS = np.array(["low", "middle", "high"], dtype=object)  # in no alphabetical order
TABLE: dict[str, Any] = {
    "x": RNG.normal(size=N) / 3,
    "z": RNG.lognormal(size=N),
    "school": [f'Sch{i:02d}, "a"' for i in SCHOOL],
    "class": [int(i) for i in RNG.integers(1, 4, N)],
    "other": [f'Sch{i:02d}, "a"' for i in RNG.permutation(SCHOOL)],
    "share": RNG.uniform(0.1, 0.9, N),
    "person": PERSON + 1_000_000_000_000,
    "year": YEAR,
    "dose": RNG.choice([0.5, 1.25, 2.0], N),
    "day": [DAY + datetime.timedelta(int(i)) for i in RNG.integers(0, 5, N)],
    "size": Categorical("size", RNG.integers(0, 3, N).astype(np.int32), LEVELS, is_ordered=True),
    "kind": RNG.choice(["ü", "NA", "", "line\nbreak"], N).tolist(),
    "flag": RNG.random(N) < 0.4,
    "w": RNG.integers(1, 5, N).astype(float),
    "größe (cm)": RNG.normal(170, 9, N),
}
TABLE["rest"] = 1.0 - TABLE["share"]
TABLE["y"] = (
    TABLE["x"] + RNG.normal(size=16)[SCHOOL] + RNG.normal(size=16)[PERSON] * (0.5 + 0.2 * YEAR)
    + RNG.normal(size=N)
)  # fmt: skip
TABLE["holes"] = np.where(RNG.random(N) < 0.1, np.nan, TABLE["z"])
GAUSSIAN: dict[str, tuple[str, dict[str, Any]]] = {
    "slopes": ("y ~ x + (x | school)", {}),
    "no groups": ("y ~ x + kind", {}),
    "labels": ("y ~ kind * flag + size + (1 | school)", {}),
    "contrasts": ("y ~ kind + (1 | school)", {"contrasts": {"kind": "sum"}, "method": "ML"}),
    "reference": ("y ~ factor(kind, ref = 'NA') + ordered(dose) + (1 | school)", {}),
    "centred": ("y ~ cwc(x, school) + gm(x, school) + cgm(z) + (1 | school)", {}),
    "nested": ("y ~ x + (1 | school/class)", {}),
    "crossed": ("y ~ x + (1 | school) + (x || person)", {}),
    "members": ("y ~ x + (1 | mm(school, other, weights = (share, rest)))", {}),
    "weights": ("y ~ x + (1 | school)", {"weights": "sqrt(w)", "offset": "0.1 * z"}),
    "missing": ("y ~ holes + (1 | school)", {"subset": "x > -0.5 and w < 4"}),
    "lagged": ("y ~ lag(y, 1) + lag(log(z), 2) + x + (1 | person)", {}),
    "kenward": ("y ~ x + (x | school)", {"df_method": "kenward_roger", "conf_level": 0.9}),
    "dates": ("y ~ day + (1 | day)", {}),
    "year": ("y ~ poly(year, 2) + ns(z, df=3) + (1 | year) + (1 | person)", {}),
    "structure": ("y ~ x + cs(0 + factor(class) | person)", {}),
    "aliased": ("y ~ x + I(2 * x) + flag + (1 | school)", {}),
    "started": ("y ~ x + (1 | school)", {"start": [0.3], "control": {"max_evaluations": 50}}),
    "singular": ("rest ~ x + (z | person)", {}),
    "names": ("y ~ `größe (cm)` + scale(x) + (1 | school)", {}),
    "dispersion": ("y ~ x + (1 | school)", {"dispersion": "~ x"}),
}


def study(name: str, **changes: Any) -> Result:
    """Fit one of the studies; findings about the data are for other tests."""
    formula, options = GAUSSIAN[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return echelon.fit(formula, TABLE, **options, **changes)


def there_and_back(result: Result, folder: Path, **options: Any) -> Rerun:
    """Write a bundle and rerun it; small cells are for other tests."""
    call: Callable[..., Path] = bundle
    chosen = {"report": False, "smallest_cell": 0, **options}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", EchelonWarning)
        return rerun(call(result.fit, folder / "study.zip", **chosen))
