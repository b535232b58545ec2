"""Voxelwise fits of images: noise by a stated model, the same result for any number of threads, refusals."""

import math

import numpy as np
import pytest

from hevesy.domain import Grid, Image, MeasuredActivity, Quantity, TimeActivityCurve
from hevesy.errors import GeometryError, InputError
from hevesy.integrate import VoxelNoise, VoxelScan, fit_curve, fit_voxelwise, noise_uncertainty
from hevesy.integrate import voxelwise as module
from hevesy.numerics.voxel_status import VoxelStatus
from hevesy.quantities import Uncertain

HALF_LIFE_S = 159.5 * 3600.0
TIMES_S = tuple(h * 3600.0 for h in (4.0, 24.0, 96.0, 168.0))
GRID = Grid((6, 20, 20), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
NOISE = VoxelNoise(counting=50.0)


def image(values, grid=GRID, quantity=Quantity.ACTIVITY_CONCENTRATION):
    return Image(grid, np.broadcast_to(np.asarray(values, dtype=float), grid.shape).copy(), quantity)


def series(half_life_h=55.0, noise=None, seed=1):
    rng, scans = np.random.default_rng(seed), []
    for time_s in TIMES_S:
        true = 2e4 * math.exp2(-time_s / (half_life_h * 3600.0))
        spread = 0.0 if noise is None else math.sqrt(noise.counting * true)
        activity = image(true + spread * rng.standard_normal(GRID.shape))
        scans.append(VoxelScan(time_s, activity, noise_uncertainty(activity, noise or NOISE)))
    return scans


def fitted(scans, **options):
    return fit_voxelwise(scans, **{"physical_half_life_s": HALF_LIFE_S, "model": "mono", **options})


def test_noise_by_its_parts():
    flat = image(4e3)
    parts = VoxelNoise(counting=50.0, relative=0.03, floor=100.0)
    expected = math.sqrt(100.0**2 + 50.0 * 4e3 + (0.03 * 4e3) ** 2)
    np.testing.assert_allclose(noise_uncertainty(flat, parts), expected, rtol=1e-6)


def test_noise_at_the_mean_of_the_neighbours():
    values = np.full(GRID.shape, 1e3)
    values[3, 10, 10] = 28e3
    u = noise_uncertainty(image(values), VoxelNoise(relative=0.1))
    assert u[3, 10, 10] == pytest.approx(0.1 * 2e3, rel=1e-5)
    assert u[3, 9, 11] == pytest.approx(0.1 * 2e3, rel=1e-5)
    assert u[3, 12, 10] == pytest.approx(0.1 * 1e3, rel=1e-5)


def test_below_zero_there_is_the_floor():
    assert noise_uncertainty(image(-5.0), VoxelNoise(relative=0.1, floor=2.0)) == pytest.approx(2.0)


@pytest.mark.parametrize("parts", [{}, {"relative": -0.1}, {"floor": math.nan}, {"counting": math.inf}])
def test_no_noise_is_refused(parts):
    with pytest.raises(ValueError, match="noise above zero"):
        VoxelNoise(**parts)


def test_flat_images_have_the_integral_of_the_region():
    scans = series()
    found = fitted(scans)
    points = [MeasuredActivity(s.time_s, Uncertain(float(s.activity.values[0, 0, 0]))) for s in scans]
    region = fit_curve(
        TimeActivityCurve("R", tuple(points)), physical_half_life_s=HALF_LIFE_S, model="mono"
    ).time_integrated_activity.value
    np.testing.assert_allclose(found.time_integrated_activity, region, rtol=1e-6)
    np.testing.assert_allclose(found.effective_half_life_s, 55.0 * 3600.0, rtol=1e-6)
    assert found.counts() == {"fitted": 2400}
    assert found.degrees_of_freedom == 2


def test_intervals_cover_and_the_mean_is_hardly_biased():
    # 5 % noise at the first scan. 2400 independent voxels: coverage known to 0.45 %, the mean to 0.11 %.
    found = fitted(series(noise=NOISE))
    true = 2e4 * 55.0 * 3600.0 / math.log(2.0)
    covered = np.abs(found.time_integrated_activity - true) < 1.96 * found.standard_uncertainty
    assert float(covered.mean()) == pytest.approx(0.95, abs=0.02)
    assert float(found.time_integrated_activity.mean()) == pytest.approx(true, rel=0.008)
    assert float(found.chi_square.mean()) == pytest.approx(2.0, abs=0.25)


def test_any_number_of_threads_gives_the_same_bits(monkeypatch):
    scans = series(noise=NOISE)
    alone = fitted(scans, model="bi")
    monkeypatch.setattr(module, "_CHUNK", 331)
    for threads in (1, 3):
        several = fitted(scans, model="bi", threads=threads)
        for name in ("time_integrated_activity", "standard_uncertainty", "chi_square", "status"):
            assert getattr(several, name).tobytes() == getattr(alone, name).tobytes()


def test_only_the_voxels_asked_for():
    within = np.zeros(GRID.shape, dtype=bool)
    within[2, 3:5, :] = True
    told = []
    found = fitted(series(), within=within, progress=lambda *state: told.append(state))
    assert (found.status[~within] == VoxelStatus.OUTSIDE).all()
    assert np.isnan(found.time_integrated_activity[~within]).all()
    assert np.isfinite(found.time_integrated_activity[within]).all()
    assert told == [("voxels", 0, 40), ("voxels", 40, 40)]


def test_failing_voxels_are_marked_and_have_no_value():
    scans = series()
    for scan, value in zip(scans, (1e4, 1e4, 2e3, 9e3), strict=True):
        scan.activity.values.base[0, 0, 0] = value
        scan.activity.values.base[0, 0, 1] = 0.0
    scans[2].activity.values.base[0, 0, 2] = -3.0
    found = fitted(scans)
    codes = [VoxelStatus(int(code)) for code in found.status[0, 0, :4]]
    assert codes == [VoxelStatus.RISING, VoxelStatus.EMPTY, VoxelStatus.NOT_POSITIVE, VoxelStatus.FITTED]
    assert np.isnan(found.time_integrated_activity[0, 0, :3]).all()
    assert np.isnan(found.standard_uncertainty[0, 0, :3]).all()
    assert found.counts() == {"fitted": 2397, "empty": 1, "not-positive": 1, "rising": 1}


@pytest.mark.parametrize(
    ("model", "hours", "message"),
    [
        ("tri", (4, 24, 96, 168), "a curve model among mono, uptake-mono, bi, but 'tri'"),
        ("bi", (4, 24, 96), "4 to 24 scans for the 4 parameters of bi, but 3 came"),
        ("mono", (24,), "2 to 24 scans"),
        ("mono", (4, 96, 24), "increasing order, each once, but 4, 96, 24 h"),
        ("mono", (4, 24, 24), "each once"),
        ("mono", (0, 24), "after the start of the administration, but 0, 24 h"),
        ("mono", (math.nan, 24), "but nan, 24 h"),
    ],
)
def test_times_and_models_that_do_not_fit(model, hours, message):
    with pytest.raises(InputError, match=message):
        fitted(_at(hours), model=model)


def _at(hours):
    return [VoxelScan(h * 3600.0, image(1.0), np.ones(GRID.shape)) for h in hours]


def test_images_on_other_grids_or_in_other_units():
    scans = series()
    other = Grid((6, 20, 20), (4.0, 4.0, 4.0), (0.0, 0.0, 1.0))
    moved = VoxelScan(scans[1].time_s, image(1.0, other), np.ones(other.shape))
    with pytest.raises(GeometryError, match="scan 2"):
        fitted([scans[0], moved, *scans[2:]])
    with pytest.raises(GeometryError, match="scan 1"):
        fitted([VoxelScan(TIMES_S[0], scans[0].activity, np.ones((2, 2, 2))), *scans[1:]])
    with pytest.raises(GeometryError, match="mask of shape"):
        fitted(scans, within=np.ones((2, 2, 2), dtype=bool))
    counts = VoxelScan(TIMES_S[0], image(1.0, quantity=Quantity.COUNTS), np.ones(GRID.shape))
    with pytest.raises(InputError, match="images in Bq/ml, but counts came"):
        fitted([counts, *scans[1:]])
