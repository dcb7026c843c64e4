"""One command: `python -m benchmarks` times echelon beside the peers that are installed.

Room: benchmarks. The command line.
Takes: workloads and systems, limits, --peers-python; --help lists them.
Gives: a table on the terminal and benchmarks/results/<date>.json.
Source: peers live in benchmarks/.venv, so that they never mix with the project's environment.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.driver import Limits, Outcome, interpreter_for, run, whole_process
from benchmarks.systems import NAMES, can
from benchmarks.table import as_json, machine, text
from benchmarks.workloads import WORKLOADS

HERE = Path(__file__).parent
PEERS_VENV = HERE / ".venv"
PEERS = ("glmm", "mixedlm-rs", "mixedlm", "statsmodels", "gpboost", "pandas", "pyarrow")


def main() -> None:
    """Run what was asked for, workload by workload, and write the results."""
    asked = arguments()
    if asked.install_peers:
        install_peers()
    interpreters = tuple(
        path for path in (sys.executable, asked.peers_python) if path and Path(path).exists()
    )
    outcomes: list[Outcome] = []
    limits = Limits(asked.limit, asked.memory)
    for name in asked.only or usual(asked):
        for system in asked.systems or quick(name, asked.slow):
            interpreter = interpreter_for(system, interpreters) if can(system, name) else None
            if interpreter is None:
                continue
            outcomes.append(
                run(name, system, interpreter, limits, asked.repetitions, asked.seconds)
            )
            progress(outcomes[-1])
    if not asked.no_processes:
        outcomes += processes(asked.repetitions)
    facts = machine()
    print(f"\n{facts['date']}, {facts['cpu']}, {facts['cores']} cores\n\n{text(outcomes)}")
    path = Path(asked.out or HERE / "results" / f"{time.strftime('%Y-%m-%d-%H%M')}.json")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(as_json(outcomes), indent=1) + "\n")
    print(f"\nwritten to {path}")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=main.__doc__)
    parser.add_argument("--only", nargs="+", choices=WORKLOADS, metavar="L1")
    parser.add_argument("--inference", action="store_true", help="the tasks I alone")
    parser.add_argument("--generalized", action="store_true", help="the fits G, O and N alone")
    parser.add_argument("--systems", nargs="+", choices=NAMES, metavar="NAME")
    parser.add_argument("--slow", action="store_true", help="peers that take a minute, too")
    parser.add_argument("--repetitions", type=int, default=15)
    parser.add_argument("--seconds", type=float, default=20, help="no repetition after so many")
    parser.add_argument("--limit", type=float, default=300, help="seconds for one repetition")
    parser.add_argument("--memory", type=float, default=12, help="gigabytes for one process")
    parser.add_argument("--peers-python", default=str(PEERS_VENV / "bin" / "python"))
    parser.add_argument("--install-peers", action="store_true", help=f"into {PEERS_VENV}")
    parser.add_argument("--no-processes", action="store_true", help="skip import and command line")
    parser.add_argument("--out", help="where the JSON goes")
    return parser.parse_args()


def usual(asked: argparse.Namespace) -> list[str]:
    """List the workloads that run without being named."""
    chosen = {kind for kind in ("inference", "generalized") if getattr(asked, kind)}
    return [
        name
        for name, w in WORKLOADS.items()
        if not w.on_request and (not chosen or w.kind in chosen)
    ]


def quick(name: str, slow: bool) -> list[str]:
    """List the systems that run without being named."""
    return [system for system in NAMES if slow or system not in WORKLOADS[name].slow]


def install_peers() -> None:
    """Make the environment of the peers from PyPI; a peer without a wheel is left out."""
    if not PEERS_VENV.exists():
        subprocess.run([sys.executable, "-m", "venv", str(PEERS_VENV)], check=True)
    for peer in PEERS:
        command = [str(PEERS_VENV / "bin" / "python"), "-m", "pip", "install", "--quiet", peer]
        if subprocess.run(command, check=False).returncode:
            print(f"{peer} could not be installed and is left out", file=sys.stderr)


def processes(repetitions: int) -> list[Outcome]:
    """Time small fits as whole processes: import, and the command line."""
    formula = "Reaction ~ Days + (Days | Subject)"
    data = HERE.parent / "tests" / "reference" / "data" / "sleepstudy.csv"
    tool = str(Path(sys.executable).with_name("echelon"))
    commands = {
        "python": [sys.executable, "-c", "pass"],
        "import echelon": [sys.executable, "-c", "import echelon"],
        "echelon fit": [tool, "fit", str(data), formula],
    }
    done = []
    for name, command in commands.items():
        if Path(command[0]).exists():
            done.append(whole_process(name, command, repetitions))
            progress(done[-1])
    return done


def progress(outcome: Outcome) -> None:
    """Say on stderr what has just been timed."""
    seconds = "" if outcome.median is None else f"{outcome.median:.4g} s"
    print(outcome.workload, outcome.system, seconds, outcome.status, file=sys.stderr)


if __name__ == "__main__":
    main()
