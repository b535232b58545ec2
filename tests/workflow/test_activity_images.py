"""Registered activity images of a study, and the fits of their voxels."""

import pytest

from hevesy.workflow import compute_study, run_study
from hevesy.workflow.voxel_fit import VoxelFitRequest, voxel_fit
from hevesy.workflow.voxel_fit_inputs import VoxelFitImages


def test_registered_activity_images_are_what_voxels_are_fitted_from(tiny, tmp_path):
    tiny.text += "output: {activity_images: true}\n"
    out = tmp_path / "out"
    results = run_study(tiny.write(), out)
    files = [out / results.files[f"activity_{n}"] for n in (1, 2, 3)]
    request = VoxelFitRequest(
        VoxelFitImages(
            tuple(files), tuple(p.time_h for p in results.time_points), "Bq/ml", noise=("relative=5%",), above="1 Bq/ml"
        ),
        "Lu-177",
        "mono",
        "nan",
        1,
        tmp_path / "voxels",
    )
    document = voxel_fit(request, 0.0)
    regions = [r.time_integrated_activity_bq_s.value for r in results.regions]
    assert document["time_integrated_activity_bq_s"]["value"] == pytest.approx(sum(regions), rel=2e-3)
    assert set(results.files) >= {"activity_1", "activity_2", "activity_3"}
    assert all(results.sha256[results.files[f"activity_{n}"]] for n in (1, 2, 3))


def test_no_activity_images_unless_asked_for(tiny, tmp_path):
    assert not [name for name in run_study(tiny.write(), tmp_path / "out").files if name.startswith("activity")]


def test_none_of_time_points_that_were_not_aligned(tiny):
    tiny.replace("{method: identity, reference: 1}", "{method: none}")
    tiny.replace("drawn_on: 1", "drawn_on: each")
    tiny.text += "output: {activity_images: true}\n"
    output = compute_study(tiny.write())
    assert output.activities == ()
    assert "no activity images: the time points were not aligned" in output.results.findings
