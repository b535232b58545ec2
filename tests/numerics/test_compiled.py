"""Compiled code is kept, and never older than its sources."""

import os
import subprocess
import sys

from numba.core import config

import hevesy.numerics.counter_random  # noqa: F401 - declares compiled functions

PROGRAM = "import numpy as np; from hevesy.numerics.counter_random import mixed; print(mixed(np.uint64(3)))"


def run(home, **more):
    environment = {k: v for k, v in os.environ.items() if k not in ("NUMBA_CACHE_DIR", "XDG_CACHE_HOME")}
    command = [sys.executable, "-W", "error", "-c", PROGRAM]
    return subprocess.run(
        command, env=environment | {"HOME": str(home)} | more, capture_output=True, text=True, check=True
    )


def kept(folder):
    return sorted(path.name for path in folder.rglob("*.nbi"))


def test_kept_in_the_users_cache_under_the_hash_of_the_sources(tmp_path):
    assert run(tmp_path).stdout == run(tmp_path).stdout
    (folder,) = (tmp_path / ".cache" / "hevesy" / "compiled").iterdir()
    assert len(folder.name) == 16
    assert any("mixed" in name for name in kept(folder))


def test_where_the_user_says(tmp_path):
    run(tmp_path, NUMBA_CACHE_DIR=str(tmp_path / "mine"))
    assert any("mixed" in name for name in kept(tmp_path / "mine"))
    assert not (tmp_path / ".cache" / "hevesy").exists()


def test_other_users_of_numba_keep_their_setting():
    assert os.environ.get("NUMBA_CACHE_DIR", "") == config.CACHE_DIR
