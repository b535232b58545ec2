"""Edited regions and a second run: registration is reused, and nothing else than the edit changes."""

import importlib
import shutil
from dataclasses import replace

import pytest

from hevesy.acquire import inspect_folder, load_roi_set, read_headers
from hevesy.domain import Contour
from hevesy.errors import HevesyError
from hevesy.report.dicom import write_structure_set
from hevesy.simulate import Options, Size, default_scenario, simulate
from hevesy.workflow import Means, StageStore, compute_study
from hevesy.workflow.parallel import in_processes
from hevesy.workflow.stage_key import digest


@pytest.fixture(scope="module")
def computed(tmp_path_factory):
    """A patient with three small scans, computed with two processes."""
    base = tmp_path_factory.mktemp("rerun")
    scenario = default_scenario("lu177-dotatate")
    scans = scenario.scans.model_copy(update={"times": [4 * 3600.0, 24 * 3600.0, 96 * 3600.0]})
    patient = simulate(scenario.model_copy(update={"scans": scans}), base / "patient", Options(3, size=Size.SMALL))
    store = StageStore(base / "stages")
    return patient, base / "stages", compute_study(patient / "study.yaml", means=Means(store=store, workers=2))


def smaller(points_mm):
    middle = points_mm.mean(axis=0)
    return middle + 0.8 * (points_mm - middle)


def edited_regions(patient, path):
    """The patient's structure set with a smaller left kidney, under a name of its own."""
    series = inspect_folder([patient / "dicom"]).series
    drawn = next(s for s in series if s.modality == "RTSTRUCT")
    rois = load_roi_set(drawn)
    ct = next(s for s in series if s.series_uid in rois.referenced_series_uids)
    edited = [
        replace(roi, contours=tuple(Contour(smaller(c.points_mm)) for c in roi.contours))
        if roi.name == "Kidney_L"
        else roi
        for roi in rois.rois
    ]
    write_structure_set(replace(rois, rois=tuple(edited)), read_headers(ct), path, label="edited")


def doses(output):
    return {region.name: region.absorbed_dose_gy.value for region in output.results.regions}


def test_an_edited_region_hardly_changes_the_others(computed, tmp_path):
    patient, stages, first = computed
    edited_regions(patient, patient / "edited.dcm")
    text = (patient / "study.yaml").read_text()
    study = patient / "edited.yaml"
    study.write_text(text.replace("from: dicom/rtstruct", "from: edited.dcm"))
    store = StageStore(tmp_path / "stages", [stages])
    second = compute_study(study, means=Means(store=store))
    assert store.reused == ["registration of time point 2", "registration of time point 3"]
    before, after = doses(first), doses(second)
    moved = {name: abs(after[name] / before[name] - 1.0) for name in before if before[name] is not None}
    assert moved.pop("Kidney_L") > 0.01
    moved.pop("Remainder")
    assert max(moved.values()) < 0.01  # recovery by shape: what spills over from the edited region
    fresh = compute_study(study)  # one process, nothing stored
    assert digest([fresh.results.regions, fresh.images, fresh.dose]) == digest(
        [second.results.regions, second.images, second.dose]
    )


def test_a_registration_is_made_again_for_another_ct(computed, tmp_path):
    patient, stages, _ = computed
    copy = shutil.copytree(patient, tmp_path / "patient")
    ct = [s for s in inspect_folder([copy / "dicom"]).series if s.modality == "CT"][-1]
    content = bytearray(ct.files[0].read_bytes())
    content[-1] ^= 1
    ct.files[0].write_bytes(bytes(content))
    store = StageStore(tmp_path / "stages", [stages])
    compute_study(copy / "study.yaml", means=Means(store=store, workers=2))
    assert "registration of time point 2" in store.reused
    assert "registration of time point 3" not in store.reused


WORK = """
from hevesy.errors import HevesyError

def doubled(task, progress):
    progress("double", 1, 1)
    if task is None:
        raise HevesyError("expected a number, but none came")
    return 2 * task

def die(task, progress):
    raise SystemExit(task)
"""


def test_processes_give_results_errors_and_their_end(tmp_path, monkeypatch):
    (tmp_path / "work_of_processes.py").write_text(WORK)
    monkeypatch.syspath_prepend(tmp_path)
    work = importlib.import_module("work_of_processes")
    told = []
    done = in_processes(work.doubled, {5: 10, 3: 20}, 2, lambda *said: told.append(said))
    assert done == {5: 20, 3: 40}
    assert told == 2 * [("double", 1, 1)]
    with pytest.raises(HevesyError, match="none came"):
        in_processes(work.doubled, {2: None}, 2, lambda *_: None)
    with pytest.raises(HevesyError, match="status 7"):
        in_processes(work.die, {1: 7}, 2, lambda *_: None)
