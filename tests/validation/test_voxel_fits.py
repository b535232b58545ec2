"""Voxelwise fits: at scipy's optimum in many voxels, and the processor time of two million."""

import math

import numpy as np
import pytest

from hevesy.domain import Grid, Image, Quantity
from hevesy.report import write_nifti
from hevesy.workflow.voxel_fit import VoxelFitRequest, voxel_fit
from hevesy.workflow.voxel_fit_inputs import VoxelFitImages

from ..numerics.voxel_curves import FOUR, SIX, agreement, noisy_curves  # noqa: TID252 - the curves of the fast test

pytestmark = pytest.mark.slow

GRID = Grid((8, 500, 500), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
BUDGET_CPU_S = {"mono": 6.0, "bi": 12.0}
"""3 and 6 s of two cores."""


@pytest.mark.parametrize("times", [FOUR, SIX], ids=["4 scans", "6 scans"])
@pytest.mark.parametrize("model", ["mono", "uptake-mono", "bi"])
def test_at_the_optimum_of_scipy(model, times):
    same, worse = agreement(model, times, 400, 0.1, seed=4)
    assert same.size >= 360
    assert same.max() < 1e-6
    # Two phases at more than four scans may have two minima; in 2 of 1000 the better one is missed.
    assert worse <= (4 if model == "bi" and times.size > 4 else 0)


@pytest.mark.parametrize("model", BUDGET_CPU_S)
def test_two_million_voxels_read_fitted_and_written(model, tmp_path):
    values, _ = noisy_curves(model, math.prod(GRID.shape), FOUR, 0.05)
    images = [
        Image(GRID, 1e4 * v.reshape(GRID.shape).astype(np.float32), Quantity.ACTIVITY_CONCENTRATION) for v in values
    ]
    paths = tuple(write_nifti(image, tmp_path / f"scan{n}.nii.gz") for n, image in enumerate(images))
    given = VoxelFitImages(paths, tuple(FOUR.tolist()), "Bq/ml", noise=("counting=10%@10 kBq/ml",))
    document = voxel_fit(VoxelFitRequest(given, "Lu-177", model, "nan", 2, tmp_path / "out"), 0.0)
    cpu = document["cpu_s"]
    assert cpu["fit"] + cpu["io"] < BUDGET_CPU_S[model]
    assert document["voxels"]["with_value"] > 0.99 * math.prod(GRID.shape)
