"""Cross-level interactions: slopes that depend on what groups are like, left out of the model.

Room: check/. One question per file: is one missing?
Takes: `Evidence`.
Gives: a `Finding` per pair worth a look, or one about the strongest where none is.
Source: Snijders & Bosker (2012), section 5.2; Aguinis, Gottfredson & Culpepper (2013), Journal of
Management 39, 1490-1528.
"""

from __future__ import annotations

from dataclasses import dataclass

from echelon.check.added import Added, added, adjusted, most
from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge
from echelon.check.outcome_scale import outcome_scale
from echelon.check.predictors import Predictor, predictors, single_blocks
from echelon.check.refitting import extended_formula
from echelon.design.parts import RandomBlock

LOOK, ACT = 0.05, 0.1
SOURCE = (
    "sizes: Funder & Ozer (2019), Advances in Methods and Practices in Psychological Science 2, "
    "abstract: 0.05 very small, 0.1 small; Aguinis et al. (2005), Journal of Applied "
    "Psychology 90, 94-107: interactions have a median f² of .002, which is a size of 0.045"
)


@dataclass(frozen=True, slots=True)
class _Pair:
    inner: Predictor
    outer: Predictor
    block: RandomBlock
    has_slope: bool

    @property
    def text(self) -> str:
        return f"{self.inner.text}:{self.outer.text}"

    @property
    def name(self) -> str:
        return f"{self.inner.name}:{self.outer.name}"


def cross_level(evidence: Evidence) -> tuple[Finding, ...]:
    """Try each product of a level-1 predictor and a predictor of its groups that is not there.

    Predictors with random slopes come first. The effect size is the spread of what the product
    adds, in standard deviations of the outcome: for two numbers, the standardized coefficient.
    Level of the test: 1% over all pairs (Holm).
    """
    pairs = _pairs(evidence)
    tried = pairs[: most(evidence.fit)]
    found = [(pair, made) for pair in tried if (made := added(evidence.fit, pair.text)) is not None]
    p_values = adjusted([made.p_value for _, made in found])
    counts = {"n_tried": len(found), "n_left_out": len(pairs) - len(tried)}
    findings = [
        _finding(evidence, pair, made, p, counts)
        for (pair, made), p in zip(found, p_values, strict=True)
    ]
    flagged = tuple(finding for finding in findings if finding.verdict != "fine")
    return flagged or tuple(sorted(findings, key=lambda finding: -finding.value)[:1])


def _pairs(evidence: Evidence) -> list[_Pair]:
    every = predictors(evidence)
    there = [set(term.factors) for term in evidence.fit.spec.formula.fixed]
    pairs: dict[str, _Pair] = {}
    for block in single_blocks(evidence):
        outer = [p for p in every if not p.varies_within(block)]
        for inner in [p for p in every if p.varies_within(block)]:
            for other in outer:
                if not any({inner.expression, other.expression} <= term for term in there):
                    pair = _Pair(inner, other, block, _has_slope(inner, block))
                    pairs.setdefault(pair.name, pair)
    return sorted(pairs.values(), key=lambda pair: not pair.has_slope)


def _has_slope(inner: Predictor, block: RandomBlock) -> bool:
    own = {id(column) for column in inner.columns}
    return any(id(column) in own for column in block.columns)


def _finding(
    evidence: Evidence, pair: _Pair, made: Added, p_value: float, counts: dict[str, int]
) -> Finding:
    return Finding(
        "cross_level",
        pair.name,
        "spread of what the interaction adds, standardized",
        made.size,
        LOOK,
        ACT,
        judge(made.size, LOOK, ACT, p_value=p_value),
        SOURCE,
        p_value,
        {
            "inner": pair.inner.name,
            "outer": pair.outer.name,
            "grouping": pair.block.grouping,
            "has_slope": pair.has_slope,
            "scale": outcome_scale(evidence.fit).kind,
            "formula": extended_formula(evidence.fit, pair.text),
            **counts,
        },
    )
