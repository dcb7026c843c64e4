"""Set the outcomes as a table, and as JSON with the machine they were taken on.

Room: benchmarks. Knows outcomes, not processes.
Takes: a list of `Outcome`.
Gives: text and a JSON-ready dictionary.
Source: the goals are those of the workloads.
"""

from __future__ import annotations

import os
import platform
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from benchmarks.driver import Outcome
from benchmarks.workloads import WORKLOADS

COLUMNS = ("system", "median s", "min s", "CPU s", "x best peer", "peak MB", "grew MB")
WIDTHS = (15, 10, 10, 10, 12, 8, 8, 17, 5, 0)
CRITERION_SLACK = 1e-3  # a criterion worse than the best by more is marked
OTHER_MODELS = ("no correlations", "stochastic", "Laplace only", "expected information")


def text(outcomes: list[Outcome]) -> str:
    """All workloads, one block each, systems in the order they were run."""
    blocks = []
    for name in dict.fromkeys(outcome.workload for outcome in outcomes):
        mine = [outcome for outcome in outcomes if outcome.workload == name]
        what = WORKLOADS[name].what if name in WORKLOADS else "start to exit"
        check = WORKLOADS[name].check if name in WORKLOADS else ""
        lines = [(*COLUMNS, check, "load", ""), *(_cells(outcome, mine) for outcome in mine)]
        blocks.append("\n".join([f"{name}  {what}", *map(_row, lines), *_verdict(name, mine)]))
    return "\n\n".join(blocks)


def _row(cells: tuple[str, ...]) -> str:
    first, *rest = cells
    aligned = [f"{cell:>{width}}" for cell, width in zip(rest[:-1], WIDTHS[1:-1], strict=True)]
    return "  ".join([f"  {first:<{WIDTHS[0]}}", *aligned, rest[-1]]).rstrip()


def _cells(outcome: Outcome, all_of_them: list[Outcome]) -> tuple[str, ...]:
    if not outcome.walls:
        return (outcome.system, *[""] * 7, f"{outcome.load:.1f}", outcome.status)
    peer = best_peer(all_of_them)
    own, best = outcome.median, peer.median if peer else None
    ratio = f"{own / best:.2g}" if own and best else ""
    mark = "!" if is_off(outcome, all_of_them) else " "
    criterion = "" if outcome.criterion is None else f"{_value(outcome)}{mark}"
    peak, grew = (f"{mb:.0f}" if outcome.peak_mb else "" for mb in memory(outcome))
    return (
        outcome.system, _seconds(outcome.median), _seconds(min(outcome.walls)),
        _seconds(min(outcome.cpus)), ratio, peak, grew, criterion,
        f"{outcome.load:.1f}", "" if outcome.status == "ok" else outcome.status,
    )  # fmt: skip


def _value(outcome: Outcome) -> str:
    w = WORKLOADS.get(outcome.workload)
    return (
        f"{outcome.criterion:.4f}" if w is None or w.task == "fit" else f"{outcome.criterion:.7g}"
    )


def is_off(outcome: Outcome, all_of_them: list[Outcome]) -> bool:
    """Whether a criterion is worse than the best known, or a check value not that of a peer."""
    value, w = outcome.criterion, WORKLOADS.get(outcome.workload)
    if value is None or w is None:
        return False
    found = [(o.system, o.criterion) for o in all_of_them if comparable(o)]
    if w.task == "fit":
        best = min((c for _, c in found if c is not None), default=value)
        return value > min(best, w.known) + CRITERION_SLACK
    peers = (c for system, c in found if c is not None and not system.startswith("echelon"))
    expected = next(peers, value)
    return abs(value - expected) > w.slack * abs(expected)


def memory(outcome: Outcome) -> tuple[float, float]:
    """Give the high-water mark of the process, and by how much the timed calls raised it, in MB."""
    return outcome.peak_mb, outcome.peak_mb - outcome.base_mb


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.4g}" if value >= 0.1 else f"{value * 1000:.3g} ms"


def comparable(outcome: Outcome) -> bool:
    """Whether the same model and the exact criterion were fitted."""
    return outcome.status not in OTHER_MODELS


def best_peer(outcomes: list[Outcome]) -> Outcome | None:
    """The fastest other program that fitted the same model; whole processes have none."""
    peers = [
        o
        for o in outcomes
        if o.workload in WORKLOADS and not o.system.startswith("echelon") and o.walls
        if comparable(o)
    ]
    return min(peers, key=lambda o: o.median or 0.0, default=None)


def _verdict(name: str, outcomes: list[Outcome]) -> list[str]:
    """Say whether the goal is reached, where it can be said."""
    ours = next((o for o in outcomes if o.system == "echelon" and o.walls), None)
    goal = WORKLOADS[name].goal if name in WORKLOADS else None
    if goal is None or ours is None or ours.median is None:
        return []
    amount, of = goal
    peer = next((o for o in outcomes if o.system == of and o.median), None)
    if of != "s" and (peer is None or peer.median is None):
        return [f"  goal: {amount:g} of {of}, which was not timed"]
    limit = amount * (1.0 if of == "s" or peer is None else peer.median or 0.0)
    words = "reached" if ours.median <= limit else "NOT reached"
    if is_off(ours, outcomes):
        words = "NOT reached, the value is off"
    wanted = f"{amount:g} s" if of == "s" else f"{amount:g} of {of} ({_seconds(limit).strip()})"
    return [f"  goal: {wanted}: {words}", *_extrapolated(name, ours.median)]


def _extrapolated(name: str, seconds: float) -> list[str]:
    """Say what a thousand refits would take, where fewer were made."""
    replicates = WORKLOADS[name].replicates
    if replicates in (0, 1_000):
        return []
    thousand = seconds * 1_000 / replicates
    return [f"  not measured: 1,000 refits at this pace would take {thousand / 60:.1f} minutes"]


def machine() -> dict[str, Any]:
    """Describe the machine and the moment."""
    names = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    ] if Path("/proc/cpuinfo").exists() else []  # fmt: skip
    return {
        "date": time.strftime("%Y-%m-%d %H:%M"),
        "cpu": names[0] if names else platform.processor(),
        "cores": os.cpu_count(),
        "system": platform.platform(),
        "load": os.getloadavg(),
    }


def as_json(outcomes: list[Outcome]) -> dict[str, Any]:
    """Everything that was measured, with the machine."""
    return {"machine": machine(), "outcomes": [asdict(outcome) for outcome in outcomes]}
