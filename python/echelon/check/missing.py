"""Missing values: how many rows were left out, and because of which variable.

Room: check/. One question per file: is the sample that was read the sample that was used?
Takes: `Evidence`.
Gives: one `Finding`.
Source: Schafer (1999), Statistical Methods in Medical Research 8, 3-15.
"""

from __future__ import annotations

from echelon.check.evidence import Evidence
from echelon.check.finding import Finding, judge

LOOK, ACT = 0.05, 0.1
SOURCE = (
    "Schafer (1999), Statistical Methods in Medical Research 8, 3-15: 5%; Bennett (2001), "
    "Australian and New Zealand Journal of Public Health 25, 464-469: 10%"
)
REASON = "missing "


def rows_left_out(evidence: Evidence) -> tuple[Finding, ...]:
    """Give the share of rows lost to missing values; rows that a subset left out do not count."""
    rows = evidence.fit.rows
    lost = {
        reason.removeprefix(REASON): count
        for reason, count in rows.dropped
        if reason.startswith(REASON)
    }
    n_asked = rows.n_used + sum(lost.values())
    if not n_asked:
        return ()
    value = sum(lost.values()) / n_asked
    return (
        Finding(
            "rows_left_out",
            "",
            "share of rows lost",
            value,
            LOOK,
            ACT,
            judge(value, LOOK, ACT),
            SOURCE,
            None,
            {"n_lost": sum(lost.values()), "n_asked": n_asked, "by_variable": lost},
        ),
    )
