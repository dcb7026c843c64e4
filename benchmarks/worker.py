"""Time one system on one workload, in this process: warm up, then repeat.

Room: benchmarks. Run by the driver with the interpreter that has the system.
Takes: `python -m benchmarks.worker SYSTEM WORKLOAD REPETITIONS SECONDS`.
Gives: one line of JSON per repetition, flushed, so that the driver can apply a time limit.
Source: wall seconds of the call alone; data, matrices and, for inference, the fit are made before.
"""

from __future__ import annotations

import json
import resource
import sys
import time
import warnings
from contextlib import suppress

from benchmarks.systems import preparation
from benchmarks.workloads import WORKLOADS, columns

WARM_UP_ROWS = 2_000


def main(system: str, workload: str, repetitions: int, seconds: float) -> None:
    """Fit repeatedly until enough repetitions or seconds are spent; at least once."""
    warnings.simplefilter("ignore")
    w, table = WORKLOADS[workload], columns(workload)
    prepare = preparation(system, w)
    with suppress(Exception):  # a small fit loads what is loaded lazily
        prepare(w, {name: values[:WARM_UP_ROWS] for name, values in table.items()})()
    fit = prepare(w, table)
    tell(event="ready", base_mb=peak_mb())
    spent = 0.0
    for repetition in range(repetitions):
        if repetition and w.task != "fit":
            fit = prepare(w, table)  # a fit may remember what it was asked before
        wall, cpu = time.perf_counter(), time.process_time()
        criterion, note = fit()
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        tell(event="fit", wall=wall, cpu=cpu, peak_mb=peak_mb(), criterion=criterion, note=note)
        spent += wall
        if spent > seconds:
            break


def tell(**facts: object) -> None:
    """Write one line for the driver."""
    print("@" + json.dumps(facts), flush=True)


def peak_mb() -> float:
    """High-water mark of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4]))
