"""From a scenario to the folder of a radioembolisation, with the truth beside it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.domain import Progress, silent
from hevesy.simulate.folder import new_folder
from hevesy.simulate.seeds import uid
from hevesy.simulate.tare.case import Case
from hevesy.simulate.tare.ct import labels, write_regions, write_scan
from hevesy.simulate.tare.deposition import (
    clump_on,
    correlated,
    deposited,
    normal_field,
    scout_splitting,
    treatment_splitting,
    voxelised,
)
from hevesy.simulate.tare.doses import kernel_doses
from hevesy.simulate.tare.emission import registration, write_scout, write_treatment
from hevesy.simulate.tare.live_file import ct_calibration_text, holmium_mri_text, live_text, relaxivity_text
from hevesy.simulate.tare.liver import build_liver
from hevesy.simulate.tare.mr import holmium_mg, write_mr
from hevesy.simulate.tare.options import TareOptions, Variant, grids
from hevesy.simulate.tare.plan_file import plan_text, stated_plan_text
from hevesy.simulate.tare.scenario import TareScenario
from hevesy.simulate.tare.truth import truth_document
from hevesy.simulate.tare.verify_file import verify_mri_text, verify_planned_text, verify_text
from hevesy.simulate.truth import as_json

_N_STEPS = 5
_CT_BEFORE_SCOUT = timedelta(minutes=30)
_CT_BEFORE_SCAN = timedelta(minutes=5)


def simulate_tare(scenario: TareScenario, out: Path, options: TareOptions, progress: Progress = silent) -> Path:
    """Simulate a radioembolisation and write it to a new or empty folder.

    The same scenario, seed and options give the same bytes.

    Parameters
    ----------
    scenario
        Who, what, when.
    out
        The folder; it appears only when it is complete.
    options
        Seed, size and variants.
    progress
        Told how far the work is.

    Returns
    -------
    The folder.

    Raises
    ------
    InputError
        If the folder is not empty, or scenario or options contradict themselves.
    OutputError
        If the folder cannot be written.
    """
    options.check()
    with new_folder(out) as temporary:
        _write_all(prepared(scenario, options, temporary), progress)
    return out


def prepared(scenario: TareScenario, options: TareOptions, folder: Path) -> Case:
    """Anatomy and true depositions; nothing is written."""
    liver = build_liver(scenario)
    all_grids = grids(options.size, uid(options.seed, "tare", "frame"))
    pieces = voxelised(liver, all_grids.truth)
    size = scenario.unevenness.size
    field = normal_field(options, "treatment", size, all_grids.truth)
    other = normal_field(options, "scout", size, all_grids.truth)
    dense = None if Variant.UNIFORM in options.variants else clump_on(liver, all_grids.truth)
    treatment = deposited(scenario, pieces, treatment_splitting(scenario, options), field, dense)
    mixed = correlated(field, other, scenario.scout.likeness)
    scout = deposited(scenario, pieces, scout_splitting(scenario, options), mixed)
    return Case(liver, options, all_grids, treatment, scout, folder)


def _write_all(case: Case, progress: Progress) -> None:
    steps = iter(range(_N_STEPS))

    def begin(name: str) -> None:
        progress(name, next(steps), _N_STEPS)

    begin("CT")
    organs = labels(case, case.grids.ct)
    headers = write_scan(case, organs, case.scenario.scout.at - _CT_BEFORE_SCOUT, "ct")
    begin("regions")
    write_regions(case, headers)
    begin("emission")
    write_scout(case)
    write_treatment(case)
    _write_registration(case, headers[0])
    begin("MR")
    _write_holmium(case, organs)
    begin("doses")
    _write_text(case, "truth.json", as_json(truth_document(case, kernel_doses(case))))
    _write_text(case, "plan.yaml", plan_text(case))
    _write_text(case, "plan_stated.yaml", stated_plan_text(case))
    _write_text(case, "verify.yaml", verify_text(case))
    _write_text(case, "verify_planned.yaml", verify_planned_text(case))


def _write_holmium(case: Case, organs: NDArray[np.int16]) -> None:
    holmium = case.scenario.holmium
    if holmium is None:
        return
    write_mr(case, holmium)
    after = case.imaged - _CT_BEFORE_SCAN
    write_scan(case, organs, after, "ct_after", holmium_mg(case, holmium, 1.0))
    _write_text(case, "ct_calibration.csv", ct_calibration_text(holmium))
    _write_text(case, "relaxivity.csv", relaxivity_text(holmium))
    _write_text(case, "live.yaml", live_text(case, holmium))
    _write_text(case, "holmium_mri.yaml", holmium_mri_text(case, holmium))
    _write_text(case, "verify_mri.yaml", verify_mri_text(case))


def _write_text(case: Case, name: str, text: str) -> None:
    (case.folder / name).write_text(text, encoding="utf-8")


def _write_registration(case: Case, header: Dataset) -> None:
    from hevesy.report.dicom import write_registration

    transform = registration(case)
    if transform is not None:
        path = case.folder / "dicom" / "reg" / "reg.dcm"
        write_registration(transform, header, path, label="Treatment to CT", image_based=False)
