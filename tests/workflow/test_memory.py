"""Memory and disk, known before they are taken."""

from types import SimpleNamespace

import pytest

from hevesy.domain import Grid
from hevesy.errors import InputError, OutputError
from hevesy.quantities import parse_quantity
from hevesy.transport import engine
from hevesy.workflow import Means, RunOptions, compute_study, run_study
from hevesy.workflow.memory import expected_map_memory, expected_memory, require_disk, require_memory

GIB = 1 << 30


def series(*shape):
    return SimpleNamespace(grid=Grid(shape, (2.0, 2.0, 3.0), (0.0, 0.0, 0.0)))


def plan(n, scan, ct=None):
    return [SimpleNamespace(emission=series(*scan), ct=series(*ct) if ct else None) for _ in range(n)]


def test_the_estimate_grows_with_every_part():
    small = expected_memory(plan(2, (64, 64, 64)), [], 5, 1)
    assert small < expected_memory(plan(3, (64, 64, 64)), [], 5, 1)
    assert small < expected_memory(plan(2, (128, 128, 128)), [], 5, 1)
    assert small < expected_memory(plan(2, (64, 64, 64), (200, 512, 512)), [], 5, 1)
    assert small < expected_memory(plan(2, (64, 64, 64)), [], 500, 1)
    cts = plan(4, (64, 64, 64), (200, 512, 512))
    assert expected_memory(cts, [], 5, 1) < expected_memory(cts, [], 5, 2) < expected_memory(cts, [], 5, 3)
    assert expected_memory(cts, [], 5, 3) == expected_memory(cts, [], 5, 8)


def test_the_hungriest_engine_counts():
    scan = series(128, 128, 128)
    alone = {name: expected_map_memory([engine(name)], scan) for name in ("local", "kernel", "mc")}
    assert alone["local"] < alone["kernel"]
    assert expected_map_memory([engine(name) for name in alone], scan) == max(alone.values())
    assert expected_map_memory([engine("mc")], series(64, 128, 128)) == pytest.approx(0.5 * alone["mc"])
    assert expected_map_memory([engine("local")], SimpleNamespace(grid=None)) == 0.0


def test_a_study_that_memory_cannot_hold_is_refused_with_both_numbers(tiny, tmp_path):
    with pytest.raises(InputError, match=r"0\.\d GiB of memory for this study, but 0\.1 GiB are available"):
        compute_study(tiny.write(), means=Means(memory_bytes=GIB // 10))
    with pytest.raises(InputError, match="--memory"):
        run_study(tiny.write(), tmp_path / "out", options=RunOptions(memory_bytes=GIB // 10))
    assert [p.name for p in tmp_path.iterdir()] == ["patient"]
    require_memory(5.0, None)


def test_a_disk_with_too_little_room_is_refused(tmp_path):
    require_disk(1.0, tmp_path / "out")
    with pytest.raises(OutputError, match=r"free disk for the results"):
        require_disk(1e18, tmp_path / "new" / "out")


def test_units_of_memory():
    assert parse_quantity("12 GiB", "memory") == 12 * GIB
    assert parse_quantity("500 MB", "memory") == 500e6
    with pytest.raises(InputError, match="GiB"):
        parse_quantity("12 Gy", "memory")
