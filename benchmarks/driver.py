"""Run one system on one workload in a process of its own, under a time limit.

Room: benchmarks. Knows processes, not models.
Takes: names, an interpreter and limits.
Gives: `Outcome`, and `whole_process` for programs timed from start to exit.
Source: CPU seconds and load are recorded beside wall time, because machines are shared.
"""

from __future__ import annotations

import json
import os
import queue
import resource
import shutil
import subprocess
import threading
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from statistics import median
from typing import IO

import numpy as np

from benchmarks.systems import R_SYSTEMS, package_of
from benchmarks.workload import CACHE, ROOT
from benchmarks.workloads import WORKLOADS, columns

START_LIMIT = 180.0  # seconds to load data and to warm up


@dataclass
class Outcome:
    """What one process reported: seconds per repetition and the criterion reached."""

    workload: str
    system: str
    walls: list[float] = field(default_factory=list)
    cpus: list[float] = field(default_factory=list)
    peak_mb: float = 0.0
    base_mb: float = 0.0
    criterion: float | None = None
    load: float = 0.0
    status: str = "ok"

    @property
    def median(self) -> float | None:
        """Median wall seconds."""
        return median(self.walls) if self.walls else None


@dataclass(frozen=True)
class Limits:
    """What one process may take: seconds per repetition, and gigabytes of address space."""

    seconds: float
    gigabytes: float

    def confine(self) -> None:
        """Limit the memory of the process that calls this."""
        size = int(self.gigabytes * 2**30)
        resource.setrlimit(resource.RLIMIT_AS, (size, size))


@cache
def has_module(interpreter: str, module: str) -> bool:
    """Ask an interpreter whether it has a module."""
    program = f"import importlib.util, sys; sys.exit(not importlib.util.find_spec({module!r}))"
    return subprocess.run([interpreter, "-c", program], check=False).returncode == 0


@cache
def has_r_package(package: str) -> bool:
    """Ask R whether it has a package."""
    if not shutil.which("Rscript"):
        return False
    command = ["Rscript", "-e", f'quit(status = !requireNamespace("{package}", quietly = TRUE))']
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def interpreter_for(system: str, interpreters: tuple[str, ...]) -> str | None:
    """Find the interpreter that has a system: the first of them, Rscript, or none."""
    if system in R_SYSTEMS:
        return "Rscript" if has_r_package(package_of(system)) else None
    module = package_of(system)
    return next((i for i in interpreters if has_module(i, module)), None)


def run(
    workload: str, system: str, interpreter: str, limits: Limits, repetitions: int, seconds: float
) -> Outcome:
    """Time a system; one that takes too long or too much memory is stopped and said so."""
    columns(workload)
    if interpreter == "Rscript":
        w = WORKLOADS[workload]
        command = ["Rscript", str(Path(__file__).with_name("peers.R")), system, w.task]
        command += [str(write_for_r(w.data or workload)), w.formula_in_r, w.method]
        command += [str(w.replicates), w.family, str(w.nodes)]
    else:
        command = [interpreter, "-m", "benchmarks.worker", system, workload]
    command += [str(repetitions), str(seconds)]
    outcome = Outcome(workload, system, load=os.getloadavg()[0])
    process = subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=limits.confine,
    )  # fmt: skip
    lines: queue.Queue[str | None] = queue.Queue()
    errors: list[str] = []
    readers = (
        threading.Thread(target=pass_on, args=(process.stdout, lines)),
        threading.Thread(target=lambda: errors.extend(process.stderr or ())),
    )
    for reader in readers:
        reader.start()
    follow(process, lines, outcome, limits.seconds)
    for reader in readers:
        reader.join()
    if process.wait() and outcome.status == "ok":
        said = [line.strip() for line in errors if line.strip() not in ("", "Execution halted")]
        outcome.status = "error: " + (said[-1][:80] if said else "died")
    return outcome


def pass_on(stream: IO[str], lines: queue.Queue[str | None]) -> None:
    """Put line after line of a stream into a queue, and None at its end."""
    for line in stream:
        lines.put(line)
    lines.put(None)


def follow(
    process: subprocess.Popen[str], lines: queue.Queue[str | None], outcome: Outcome, limit: float
) -> None:
    """Collect the lines of a worker until it ends or a limit is passed."""
    allowed = START_LIMIT
    while True:
        try:
            line = lines.get(timeout=allowed)
        except queue.Empty:
            process.kill()
            outcome.status = f"> {allowed:.0f} s, stopped"
            return
        if line is None:
            return
        if not line.startswith("@"):
            continue
        facts, allowed = json.loads(line[1:]), limit
        if facts["event"] == "ready":
            outcome.base_mb = facts["base_mb"]
            continue
        outcome.walls.append(facts["wall"])
        outcome.cpus.append(facts["cpu"])
        outcome.peak_mb, outcome.criterion = facts["peak_mb"], facts["criterion"]
        outcome.status = facts["note"] or "ok"


def whole_process(name: str, command: list[str], repetitions: int) -> Outcome:
    """Time a program from start to exit, after one run that fills the disk cache."""
    outcome = Outcome("process", name, load=os.getloadavg()[0])
    for repetition in range(repetitions + 1):
        before, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        wall, after = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode:
            outcome.status = f"error: {(done.stderr.strip().splitlines() or ['died'])[-1][:80]}"
            return outcome
        if repetition:
            outcome.walls.append(wall)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            outcome.cpus.append(cpu)
    return outcome


def write_for_r(workload: str) -> Path:
    """Write the columns of a workload as raw files that base R reads."""
    folder, table = CACHE / f"{workload}.bin", columns(workload)
    folder.mkdir(exist_ok=True)
    listing = []
    for name, values in table.items():
        kind = "i" if np.issubdtype(values.dtype, np.integer) else "f"
        values.astype("<i4" if kind == "i" else "<f8").tofile(folder / name)
        listing.append(f"{name} {kind} {len(values)}")
    (folder / "columns.txt").write_text("\n".join(listing) + "\n")
    return folder
