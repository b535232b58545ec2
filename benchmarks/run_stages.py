"""How long ``hevesy run`` takes and where, with its peak memory: four time points with CT, rigid registration.

Usage: python benchmarks/run_stages.py [--workers N] [--ct {small,256,512}] [--patient FOLDER]

``256`` is the simulator's full size (SPECT 128 x 128 x 128, CT 256 x 256 x 192), ``512`` has CTs of 512 x 512 x 200,
``small`` is the simulator's small size. Prints two tables: a run that computes all, and one that repeats
it. Memory is the resident size of all processes together, sampled ten times a second.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from hevesy.simulate import Options, Size, default_scenario, simulate
from hevesy.simulate.options import MATRICES, Matrices
from hevesy.workflow import RunOptions, run_study
from hevesy.workflow.job import prepare_job
from hevesy.workflow.memory import expected_memory

SIZES = {
    "small": MATRICES[Size.SMALL],
    "256": MATRICES[Size.FULL],
    "512": Matrices(128, 512, 3.072),
}


class Clock:
    """Wall time by stage, from what the run tells of its progress."""

    def __init__(self) -> None:
        self.last, self.stage = time.perf_counter(), "start"
        self.spent: dict[str, float] = {}
        self.longest_silence = 0.0

    def __call__(self, task: str, done: int, total: int) -> None:
        """Count the time since the last call for the stage that was at work."""
        del total
        now = time.perf_counter()
        if done:
            self.stage = task
        self.spent[self.stage] = self.spent.get(self.stage, 0.0) + now - self.last
        self.longest_silence = max(self.longest_silence, now - self.last)
        self.last, self.stage = now, task


def measured(study: Path, out: Path, workers: int) -> dict[str, Any]:
    """In a process of its own: run and report."""
    clock = Clock()
    began = time.perf_counter()
    results = run_study(study, out, progress=clock, options=RunOptions(workers=workers))
    wall = time.perf_counter() - began
    job = prepare_job(study, lambda *_: None)
    expected = expected_memory(job.plan, job.drawn.values(), len(job.settings), workers)
    return {
        "wall_s": wall,
        "spent_s": clock.spent,
        "longest_silence_s": clock.longest_silence,
        "expected_bytes": expected,
        "reused": len(results.provenance.reused),
    }


class Watch(threading.Thread):
    """Peak resident size of a process and all below it."""

    def __init__(self, process: int) -> None:
        super().__init__(daemon=True)
        self.process, self.peak, self.ended = process, 0, threading.Event()

    def run(self) -> None:
        """Sample until told to end."""
        while not self.ended.wait(0.1):
            self.peak = max(self.peak, sum(map(_resident, _tree(self.process))))


def _tree(process: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(status.parent.name))
    found, waiting = [], [process]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def _resident(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * resource.getpagesize()
    except OSError:
        return 0


def in_process(study: Path, out: Path, workers: int) -> dict[str, Any]:
    """Run apart, watched; wall time of the stages, processor time and peak memory."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, __file__, "--child", str(study), str(out), "--workers", str(workers)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        watch = Watch(child.pid)
        watch.start()
        text, _ = child.communicate()
        watch.ended.set()
    if child.returncode:
        raise SystemExit(child.returncode)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {**json.loads(text), "cpu_s": cpu, "peak_bytes": watch.peak}


def table(title: str, found: dict[str, Any]) -> str:
    """One run as Markdown."""
    lines = [
        f"\n{title}: wall {found['wall_s']:.0f} s, processors {found['cpu_s']:.0f} s, peak memory "
        f"{found['peak_bytes'] / 2**30:.2f} GiB (estimated before: {found['expected_bytes'] / 2**30:.2f} GiB), longest "
        f"time without a word {found['longest_silence_s']:.1f} s, {found['reused']} stages reused\n",
        "| stage | wall [s] | share |",
        "|---|---|---|",
    ]
    for stage, spent in sorted(found["spent_s"].items(), key=lambda item: -item[1]):
        lines.append(f"| {stage} | {spent:.1f} | {spent / found['wall_s']:.0%} |")
    return "\n".join(lines)


def main() -> None:
    """Simulate if need be, run twice, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--ct", choices=SIZES, default="256")
    parser.add_argument("--patient", type=Path)
    parser.add_argument("--child", nargs=2, type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.child:
        json.dump(measured(*given.child, given.workers), sys.stdout)
        return
    with tempfile.TemporaryDirectory() as name:
        patient = given.patient or Path(name) / "patient"
        if not patient.exists():
            MATRICES[Size.FULL] = SIZES[given.ct]
            simulate(default_scenario("lu177-dotatate"), patient, Options(1), lambda *_: None)
        study, out = patient / "study.yaml", Path(name) / "results"
        print(table(f"CT {given.ct}, {given.workers} processes", in_process(study, out, given.workers)))
        print(table("Again, nothing changed", in_process(study, out, given.workers)))


if __name__ == "__main__":
    main()
