"""A reference case: one model that another program has fitted, with every number it printed.

The schema of a case and the origin of the numbers are in README.md, those of the data in
data/README.md. This module only reads and prepares; `test_cases.py` compares.
"""

from __future__ import annotations

import gzip
import json
import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import polars as pl

HERE = Path(__file__).parent
ALL = sorted(path.stem for path in (HERE / "cases").glob("*.json"))
# Fitted as a generalized model although Gaussian: its residual variance has a predictor.
HETEROSCEDASTIC = "lmm_sleep_tmb_heteroscedastic"
GENERALIZED = [
    name for name in ALL if name.startswith(("glmm_", "ord_")) or name == HETEROSCEDASTIC
]
NAMES = [name for name in ALL if name not in GENERALIZED]
OUT_OF_SCOPE: dict[str, str] = {}  # name -> what is not there yet

# Closed translation of the R expressions that the cases use; a new one is one line here.
EXPRESSIONS: dict[str, pl.Expr] = {
    "ses - mean(ses)": pl.col("ses") - pl.col("ses").mean(),
    "verbal - mean(verbal)": pl.col("verbal") - pl.col("verbal").mean(),
    "ave(ses, school)": pl.col("ses").mean().over("school"),
    "ses - ave(ses, school)": pl.col("ses") - pl.col("ses").mean().over("school"),
    "ave(IQ.verb, schoolNR)": pl.col("IQ.verb").mean().over("schoolNR"),
    "IQ.verb - ave(IQ.verb, schoolNR)": (
        pl.col("IQ.verb") - pl.col("IQ.verb").mean().over("schoolNR")
    ),
    "1 + (Days %% 3) / 2": 1 + (pl.col("Days") % 3) / 2,
    "age - 11": pl.col("age") - 11,
    "0.5 * age": 0.5 * pl.col("age"),
    "age / 10": pl.col("age") / 10,
    "(age / 10)^2": (pl.col("age") / 10) ** 2,
    "factor(ifelse(livch == '0', 'N', 'Y'))": (
        pl.when(pl.col("livch") == "0").then(pl.lit("N")).otherwise(pl.lit("Y"))
    ),
    "factor(seq_along(size))": pl.int_range(1, pl.len() + 1).cast(pl.String),
    "incidence / size": pl.col("incidence") / pl.col("size"),
    "(HEIGHT - mean(HEIGHT)) / 100": (pl.col("HEIGHT") - pl.col("HEIGHT").mean()) / 100,
    "log(expected)": pl.col("expected").log(),
    "log(BroodSize)": pl.col("BroodSize").log(),
    "ArrivalTime - mean(ArrivalTime)": pl.col("ArrivalTime") - pl.col("ArrivalTime").mean(),
    "(Time - 33) / 7": (pl.col("Time") - 33) / 7,
    "Y / 100": pl.col("Y") / 100,
    "EP / 100": pl.col("EP") / 100,
    "factor(nitro)": pl.col("nitro").round(1).cast(pl.String).str.replace(r"\.0$", ""),
    "as.numeric(as.character(school)) <= 2458": pl.col("school").cast(pl.Int64) <= 2458,
    "as.numeric(as.character(school)) <= 2500": pl.col("school").cast(pl.Int64) <= 2500,
}


@dataclass(frozen=True)
class Case:
    """The numbers of one model, with the data it was fitted to."""

    name: str
    numbers: dict[str, Any]

    def __getitem__(self, key: str) -> Any:
        return self.numbers[key]

    @property
    def method(self) -> str:
        """Our name of the method; least squares prints sigma with divisor n - p, as REML."""
        return {"REML": "REML", "OLS": "REML"}.get(self["method"], "ML")

    @property
    def options(self) -> dict[str, str]:
        """Arguments of `echelon.fit` besides the formula and the data."""
        named = {key: self.numbers[key] for key in ("weights", "offset") if self.numbers.get(key)}
        return {"method": self.method, **named}

    @property
    def family(self) -> str:
        """Our name of the family."""
        return {"Gamma": "gamma", "beta_family": "beta"}.get(self["family"], self["family"])

    @property
    def text(self) -> str:
        """The formula; weights of a proportion are its trials for lme4, which we write so."""
        text: str = self["formula"]
        return text.replace("prop ~", "incidence / size ~") if self.is_proportion else text

    @property
    def is_proportion(self) -> bool:
        """Whether lme4 was given a proportion with its trials as weights."""
        return self["formula"].startswith("prop ~")

    @property
    def n_points(self) -> int:
        """Quadrature points per dimension; 1 is Laplace."""
        method: str = self["method"]
        return int(method.removeprefix("AGQ")) if method.startswith("AGQ") else 1

    @property
    def generalized_options(self) -> dict[str, Any]:
        """Arguments of `echelon.fit` for a generalized model."""
        given = {
            ours: self.numbers[theirs]
            for ours, theirs in (("zero", "ziformula"), ("dispersion", "dispformula"))
            if theirs in self.numbers
        }
        chosen = {"family": self.family, "link": self["link"], "quadrature": self.n_points}
        options = {
            k: v for k, v in self.options.items() if k != "weights" or not self.is_proportion
        }
        return {**options, **chosen, **given}

    @property
    def checked(self) -> dict[str, Any]:
        """Log likelihood, estimates and standard errors of the most careful evaluation.

        Laplace fits of lme4 and ordinal stop their inner iteration early, which moves their log
        likelihood by up to 1e-3; such cases carry glmmTMB's numbers, or an exact evaluation at
        the printed estimates. README.md, section "The same approximation".
        """
        glmm_tmb, exact = self.extra.get("crosscheck_glmmTMB"), self.extra.get("independent_check")
        own = {key: {k: row[key] for k, row in self["fixed"].items()} for key in ("est", "se")}
        if glmm_tmb:
            order = list(self["fixed"])
            for key in ("est", "se"):
                own[key] = {name: glmm_tmb[key][name] for name in order}
            return {"loglik": glmm_tmb["loglik"], **own}
        if exact:
            own["se"] = {name: self.clmm_std_errors[name] for name in self["fixed"]}
            return {"loglik": exact["loglik"], **own}
        return {"loglik": self["loglik"], **own}

    @property
    def clmm_std_errors(self) -> dict[str, float]:
        """Standard errors by clmm itself; the printed ones are less exact (tolerances.py).

        Of one model clmm's are off by 1 %; the same likelihood with a second factor without
        variance has good ones.
        """
        twin = {"ord_wine_logit_laplace": "ord_wine_crossed_laplace"}.get(self.name, self.name)
        found: dict[str, float] = load(twin).extra["se_clmm"]
        return found

    @property
    def other_coefficients(self) -> dict[str, tuple[float, float | None]]:
        """Estimates besides the mean's by our names, with standard errors where printed."""
        found: dict[str, tuple[float, float | None]] = {}
        for name, row in self.numbers.get("thresholds", {}).items():
            found[name] = (row["est"], self.clmm_std_errors[name])
        for name, row in self.extra.get("zero_inflation", {}).items():
            found[f"zero.{name}"] = (row["est"], row["se"])
        for name, row in self.extra.get("dispersion_model", {}).items():  # of the log variance
            found[f"dispersion.{name}"] = (row["est"] / 2, row["se"] / 2)
        if "sigma" in self.numbers:
            found["dispersion.(Intercept)"] = (math.log(self["sigma"]), None)
        return found

    @property
    def extra(self) -> dict[str, Any]:
        """Whatever the program printed beyond the estimates."""
        return self.numbers["extra"]

    def frame(self) -> pl.DataFrame:
        """The data as the model saw them: filtered, derived columns added, categories in order."""
        prepare = self["prepare"]
        frame = read(self["data"])
        if "filter" in prepare:
            frame = frame.filter(EXPRESSIONS[prepare["filter"]])
        for column in prepare["derived"]:
            frame = frame.with_columns(EXPRESSIONS[column["expr"]].alias(column["name"]))
        categories: dict[Any, Any] = {
            name: pl.Enum(factor["levels"])
            for name, factor in self["factors"].items()
            if name in frame.columns
        }
        return frame.cast(categories)


@cache
def load(name: str) -> Case:
    """Read one case by its name."""
    return Case(name, json.loads((HERE / "cases" / f"{name}.json").read_text()))


@cache
def read(name: str) -> pl.DataFrame:
    """Read one data file; factors stay text, because their order belongs to the case."""
    columns = json.loads((HERE / "data" / "columns.json").read_text())[name]
    numeric = [column for column, kind in columns.items() if kind in ("number", "integer")]
    frame = pl.read_csv(source(name), infer_schema=False, null_values="")
    return frame.with_columns(pl.col(numeric).cast(pl.Float64))


def source(name: str) -> bytes:
    """Give the bytes of a data file, compressed on disk or not."""
    path = HERE / "data" / name
    if not path.exists():
        path = path.with_name(name + ".gz")
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
