"""A hundred damaged files, each among its sound siblings; two thousand are in ``tests/validation``."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture(scope="module")
def fuzzing():
    path = Path(__file__).with_name("fuzzing.py")
    spec = importlib.util.spec_from_file_location("fuzzing", path)
    sys.modules["fuzzing"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules["fuzzing"])
    return sys.modules["fuzzing"]


@pytest.fixture(scope="module")
def cases(fuzzing, build, tmp_path_factory):
    folder = tmp_path_factory.mktemp("fuzz") / "sound"
    for day in (5, 6):
        at = {"AcquisitionDate": f"202403{day:02d}", "StudyDate": f"202403{day:02d}"}
        build.write(build.nm(RealWorldValueMappingSequence=build.mapping(), **at), folder / f"nm_{day}" / "nm")
    slices = build.ct()
    build.write_all(slices, folder / "ct")
    uid = slices[0].SeriesInstanceUID
    mask = build.counts() > 2000
    seg = build.seg({"Liver": mask}, ReferencedSeriesSequence=build.sequence(build.item(SeriesInstanceUID=uid)))
    build.write(seg, folder / "seg" / "seg")
    square = np.array([[0, 0, 104], [9, 0, 104], [9, 9, 104], [0, 9, 104.0]])
    build.write(build.rtstruct({"Liver": [square]}, series=[uid]), folder / "rs" / "rs")
    build.write_all(build.pt(AcquisitionDate="20240307"), folder / "pt")
    targets = [Path("nm_5/nm"), Path("ct/IM0002"), Path("seg/seg"), Path("rs/rs"), Path("pt/IM0003")]
    return [fuzzing.Case("small", folder, targets, 1.0)]


def test_damage_is_told_in_time_and_without_a_traceback(fuzzing, cases):
    outcomes = fuzzing.run_jobs(cases, fuzzing.jobs(cases, 120, 7))
    assert not [o for o in outcomes if o.error]
    assert max(o.seconds for o in outcomes) < fuzzing.SECONDS
    assert sum("value" in o.changed.values() for o in outcomes) > 10
    assert [o for o in outcomes if not o.changed and not o.told]  # a changed pixel is no finding
    assert not [o for o in fuzzing.silent(outcomes) if not fuzzing.explained(o)]


def test_damage_comes_again_from_its_seed(fuzzing, cases):
    data = (cases[0].folder / "nm_5" / "nm").read_bytes()
    kinds = {fuzzing.mutate(data, seed)[0] for seed in range(200)}
    assert kinds == set(fuzzing.KINDS)
    assert fuzzing.mutate(data, 3) == fuzzing.mutate(data, 3)
    assert fuzzing.mutate(data, 3)[2] != data


def test_a_hang_and_a_crash_are_told(fuzzing, cases, tmp_path, monkeypatch):
    pool = fuzzing.Pool(cases, tmp_path)
    monkeypatch.setattr(fuzzing, "START_SECONDS", 0.01)
    assert pool.run(cases[0], Path("nm_5/nm"), 1).error == "hang"
    monkeypatch.setattr(fuzzing, "START_SECONDS", 60.0)
    pool.start()
    pool.process.kill()
    pool.process.wait()
    assert "ended with status -9" in pool.run(cases[0], Path("nm_5/nm"), 1).error
    assert not pool.run(cases[0], Path("nm_5/nm"), 1).error
    pool.stop()
