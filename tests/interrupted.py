"""Runs that are killed, and what must be true of the output folder whenever that happens."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

NOTE = "notes/mine.txt"


def start(study: Path, out: Path) -> subprocess.Popen[str]:
    """Start ``hevesy run`` in a process group of its own, open to Ctrl-C as a terminal leaves it.

    A test run that was itself started in the background has Ctrl-C switched off, and its children would inherit that.
    """
    command = [sys.executable, "-m", "hevesy", "run", str(study), "--out", str(out)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True, env=environment
        )
    finally:
        signal.signal(signal.SIGINT, before)


def complete(study: Path, out: Path) -> float:
    """Run to the end; give the time it took. [s]"""
    began = time.monotonic()
    process = start(study, out)
    _, errors = process.communicate(timeout=300)
    assert process.returncode in {0, 3}, errors
    return time.monotonic() - began


def check_result(out: Path) -> None:
    """The folder holds one whole result and the user's own file."""
    document = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert set(document["sha256"]) == set(document["files"].values()) - {"results.json"}
    for name, expected in document["sha256"].items():
        assert hashlib.sha256((out / name).read_bytes()).hexdigest() == expected, name
    assert (out / NOTE).read_text() == "mine"


def kill(study: Path, out: Path, after_s: float, how: signal.Signals) -> str:
    """Start a run, end it after some time, and check what it leaves; give what it wrote on stderr."""
    process = start(study, out)
    time.sleep(after_s)
    os.killpg(process.pid, how) if how is signal.SIGINT else process.send_signal(how)
    _, errors = process.communicate(timeout=60)
    check_result(out)
    if how is not signal.SIGKILL and process.returncode not in {0, 3, -how}:
        assert process.returncode == 128 + how, errors
        assert "Traceback" not in errors
        assert not [p.name for p in out.parent.iterdir() if p.name.startswith(f".{out.name}.")]
    return errors
