"""Holmium from R2* and from CT numbers: numbers by hand, shared sources, refusals."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy import ndimage

from hevesy.domain import Echoes, Grid, Image, Quantity
from hevesy.errors import InputError
from hevesy.numerics.r2star_status import R2StarStatus
from hevesy.numerics.resample import block_mean
from hevesy.quantify import (
    Baseline,
    Batch,
    CtTissue,
    EarlierHolmium,
    R2StarMap,
    Relaxivity,
    activity_concentration,
    activity_per_mg_at,
    dark_share,
    detection_limit_mg,
    holmium_activity,
    holmium_concentration,
    holmium_from_ct,
    holmium_mass,
    least_mass_in_voids,
    map_r2star,
    portions_at,
    read_ct_calibration,
    read_relaxivities,
    relaxivity_at,
    tissue_of,
)
from hevesy.quantities import Uncertain
from hevesy.quantities.uncertain import correlation

GRID = Grid((1, 1, 4), (10.0, 10.0, 10.0), (0.0, 0.0, 0.0))
WHOLE = np.ones(GRID.shape, dtype=bool)
NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
HALF_LIFE = 26.8 * 3600
RELAXIVITY = Relaxivity(1.5, Uncertain(100.0, {"relaxivity:1.5 T": 5.0}), "gel")
BATCH = Batch("B1", Uncertain(10e6, {"batch:B1": 0.2e6}), NOW)


def as_map(values):
    return np.array(values, dtype=float).reshape(GRID.shape)


def fit(rates=(140.0, 240.0, 40.0, np.nan), u=3.0):
    status = np.where(np.isnan(as_map(rates)), R2StarStatus.VOID, R2StarStatus.FITTED).astype(np.uint8)
    bound = np.where(np.isnan(as_map(rates)), 540.0, np.nan)
    return R2StarMap(GRID, 1.5, as_map(rates), np.full(GRID.shape, u), bound, status)


def holmium():
    return holmium_concentration(fit(), RELAXIVITY, Baseline(40.0, 0.0, 2.0, "mean"))


def test_mass_by_hand():
    """Concentrations 1, 2, 0 mg/ml in voxels of 1 ml: 3 mg; relaxivity 5 %, baseline 3 x 0.02, noise root 3 x 0.03."""
    mass = holmium_mass(holmium(), WHOLE, "whole")
    assert mass.value == pytest.approx(3.0)
    assert abs(mass.components["relaxivity:1.5 T"]) == pytest.approx(0.15)
    assert abs(mass.components["baseline:mean"]) == pytest.approx(0.06)
    assert mass.components["noise:whole"] == pytest.approx(0.03 * np.sqrt(3))
    assert least_mass_in_voids(holmium(), WHOLE) == pytest.approx(5.0)


def test_negative_concentrations_stay():
    low = holmium_concentration(fit((30.0, 50.0, 40.0, 40.0)), RELAXIVITY, Baseline(40.0, 0.0, 0.0, "mean"))
    assert holmium_mass(low, WHOLE, "whole").value == pytest.approx(0.0, abs=1e-12)
    assert np.nanmin(low.concentration_mg_per_ml) == pytest.approx(-0.1)


def test_regions_are_correlated_by_what_they_share():
    left, right = WHOLE.copy(), WHOLE.copy()
    left[..., 1:], right[..., :1] = False, False
    found = holmium_activity(holmium(), portions_at(BATCH, (), NOW, HALF_LIFE), left, "left")
    other = holmium_activity(holmium(), portions_at(BATCH, (), NOW, HALF_LIFE), right, "right")
    assert 0.8 < correlation(found, other) < 1.0


def test_activity_decays_to_the_moment_asked_for():
    later = NOW + timedelta(seconds=HALF_LIFE)
    assert activity_per_mg_at(BATCH, later, HALF_LIFE).value == pytest.approx(5e6)
    total = holmium_activity(holmium(), portions_at(BATCH, (), later, HALF_LIFE), WHOLE, "whole")
    assert total.value == pytest.approx(15e6)
    with pytest.raises(InputError, match="time zone"):
        activity_per_mg_at(BATCH, NOW.replace(tzinfo=None), HALF_LIFE)


SCOUT = Batch("S", Uncertain(4e6, {"batch:S": 0.1e6}), NOW)


@pytest.mark.parametrize(("counted", "expected"), [(False, 2.4 * 10e6), (True, 2.4 * 10e6 + 0.6 * 4e6)])
def test_earlier_holmium_as_measured_or_by_its_share(counted, expected):
    """3 mg are seen, of which 0.6 mg are the scout's."""
    before = as_map((0.2, 0.4, 0.0, 0.0))
    measured = EarlierHolmium("scout", SCOUT, counted, before, 0.1)
    shared = EarlierHolmium("scout", SCOUT, counted, share=0.2)
    for earlier in (measured, shared):
        portions = portions_at(BATCH, [earlier], NOW, HALF_LIFE)
        total = holmium_activity(holmium(), portions, WHOLE, "whole")
        values, u = activity_concentration(holmium(), portions)
        assert total.value == pytest.approx(expected)
        assert np.nansum(values) == pytest.approx(expected)
        assert np.nanmin(u) > 0
    with pytest.raises(InputError, match="below one"):
        portions_at(BATCH, [EarlierHolmium("all", SCOUT, counted, share=1.0)], NOW, HALF_LIFE)


def test_relaxivity_only_at_the_stated_field(tmp_path):
    path = tmp_path / "r.csv"
    path.write_text("field_t,relaxivity_ml_per_mg_s,standard_uncertainty,source\n1.5,100,5,gel\n")
    table = read_relaxivities(path)
    assert relaxivity_at(table, 1.494).value.value == 100.0
    with pytest.raises(InputError, match=r"3 T, but the table has 1.5 T"):
        relaxivity_at(table, 3.0)


@pytest.mark.parametrize("row", ["1.5,100,5,", "1.5,-1,5,gel", "1.5,100,gel", "1.5,100,5,a\n1.5,90,5,b"])
def test_relaxivities_that_are_refused(tmp_path, row):
    path = tmp_path / "r.csv"
    path.write_text(f"field_t,relaxivity_ml_per_mg_s,standard_uncertainty,source\n{row}\n")
    with pytest.raises(InputError):
        read_relaxivities(path)


def echoes(order):
    times = np.array([1.2, 2.4, 3.6, 4.8]) * 1e-3
    values = 500 * np.exp(-120 * times)[order]
    return Echoes(GRID, values[:, None, None, None] * np.ones(GRID.shape), tuple(times), 1.5)


def test_signal_that_rises_is_refused():
    assert map_r2star(echoes([0, 1, 2, 3]), 1.0, WHOLE).r2star_per_s == pytest.approx(
        np.full(GRID.shape, 120.0), rel=1e-2
    )
    for order in ([3, 2, 1, 0], [1, 0, 2, 3], [0, 1, 3, 2]):
        with pytest.raises(InputError, match="falls from echo to echo"):
            map_r2star(echoes(order), 1.0, WHOLE)


@pytest.mark.parametrize("rate", [1500.0, 2000.0, 3000.0])
def test_noise_is_not_fitted_where_the_signal_is_lost(rate):
    """A dense cluster in liver: what keeps a value is near the truth, all else has a bound that holds."""
    grid = Grid((4, 30, 50), (2.0, 2.0, 4.0), (0.0, 0.0, 0.0))
    rates = np.full(grid.shape, 50.0)
    rates[..., :20] = rate
    times = 1e-3 * (1.2 + 1.3 * np.arange(10))
    rng = np.random.default_rng(5)
    signal = 600 * np.exp(-rates * times[:, None, None, None])
    real, imaginary = 10 * rng.standard_normal((2, *signal.shape))
    made = map_r2star(Echoes(grid, np.hypot(signal + real, imaginary), tuple(times), 1.5), 10.0, np.ones(grid.shape))
    inside = np.zeros(grid.shape, dtype=bool)
    inside[..., :20] = True
    kept, void = inside & (made.status < R2StarStatus.VOID), inside & (made.status == R2StarStatus.VOID)
    far = np.abs(made.r2star_per_s[kept] - rate) > 3 * made.standard_uncertainty_per_s[kept]
    assert far.sum() < 0.01 * inside.sum()
    assert (made.lower_bound_per_s[void] < rate).mean() > 0.94
    assert (made.status[~inside] < R2StarStatus.VOID).all()


def test_dark_tissue_is_no_void():
    """A third of the signal of its surroundings, but as slow a decay: measured, not lost."""
    grid = Grid((2, 10, 20), (2.0, 2.0, 4.0), (0.0, 0.0, 0.0))
    s0 = np.full(grid.shape, 600.0)
    s0[..., 0] = 200.0
    times = 1e-3 * (1.2 + 1.3 * np.arange(10))
    rng = np.random.default_rng(6)
    signal = s0 * np.exp(-50 * times)[:, None, None, None]
    real, imaginary = 10 * rng.standard_normal((2, *signal.shape))
    made = map_r2star(Echoes(grid, np.hypot(signal + real, imaginary), tuple(times), 1.5), 10.0, np.ones(grid.shape))
    assert (made.status < R2StarStatus.VOID).all()


def test_no_region_is_refused():
    with pytest.raises(InputError, match="voxels in the region"):
        map_r2star(echoes([0, 1, 2, 3]), 1.0, ~WHOLE)


CT = "tube_voltage_kv,concentration_mg_per_ml,ct_number_hu,standard_uncertainty_hu\n"


def ct_calibration(tmp_path, rows, voltage=120.0):
    path = tmp_path / "ct.csv"
    path.write_text(CT + rows)
    return read_ct_calibration(path, voltage)


def test_ct_line_and_limits(tmp_path):
    line = ct_calibration(tmp_path, "120,0,0,1\n120,5,100,1\n120,10,200,1\n80,0,0,1\n")
    assert line.slope.value == pytest.approx(20.0)
    assert line.slope.standard_uncertainty == pytest.approx(1 / np.sqrt(50))
    tissue = CtTissue(50.0, 10.0, 400)
    values = np.array([70.0, 55.0, 250.0, 3000.0]).reshape(GRID.shape)
    image = Image(GRID, values, Quantity.CT_NUMBER)
    found = holmium_from_ct(image, WHOLE, line, tissue, largest_hu=3000.0)
    assert found.concentration_mg_per_ml.ravel()[:3] == pytest.approx([1.0, 0.25, 10.0])
    assert np.isnan(found.concentration_mg_per_ml[..., 3])
    assert found.lower_bound_mg_per_ml[..., 3] == pytest.approx(147.5)
    cut = holmium_from_ct(image, WHOLE, line, tissue, largest_hu=3000.0, above_threshold=True)
    assert cut.concentration_mg_per_ml.ravel()[:3] == pytest.approx([1.0, 0.0, 10.0])
    assert tissue.detection_limit_hu == pytest.approx(32.9)


@pytest.mark.parametrize(
    "rows",
    ["", "120,0,0,1\n120,5,100,1\n", "120,0,0,1\n120,5,100,1\n120,10,50,1\n", "120,0,0,0\n120,5,1,1\n120,6,2,1\n"],
)
def test_ct_calibrations_that_are_refused(tmp_path, rows):
    with pytest.raises(InputError):
        ct_calibration(tmp_path, rows)


def test_detection_limit_holds_what_it_says():
    """Of voxels at the detection limit 5 % stay below the decision threshold, of tissue 5 % exceed it."""
    rng = np.random.default_rng(2)
    box = (20, 30, 33)
    tissue = tissue_of(rng.normal(50, 12, box), np.ones(box, dtype=bool))
    threshold = tissue.mean_hu + tissue.decision_threshold_hu
    at_limit = rng.normal(50 + tissue.detection_limit_hu, 12, 20000)
    assert (at_limit < threshold).mean() == pytest.approx(0.05, abs=0.01)
    assert (rng.normal(50, 12, 20000) > threshold).mean() == pytest.approx(0.05, abs=0.01)
    with pytest.raises(InputError, match="30 voxels"):
        tissue_of(np.arange(5.0).reshape(1, 1, 5), np.ones((1, 1, 5), dtype=bool))
    thin = np.zeros(box, dtype=bool)
    thin[0] = True
    with pytest.raises(InputError, match="blocks of 2 by 2 by 2"):
        tissue_of(rng.normal(50, 12, box), thin)


def correlated(rng, shape):
    """Noise of 12 HU that neighbours share, as a reconstruction makes it."""
    noise = ndimage.gaussian_filter(rng.standard_normal(shape), 1.0)
    return 50.0 + 12.0 * noise / noise.std()


def test_noise_that_neighbours_share_averages_out_less():
    """The spread of sums over 6 x 9 x 9 voxels is stated within 25 %; independent noise would be far too small."""
    rng = np.random.default_rng(3)
    values = correlated(rng, (36, 90, 90))
    tissue = tissue_of(values, np.ones(values.shape, dtype=bool))
    sums = block_mean(values, (6, 9, 9)) * 486
    independent = 12.0 * np.sqrt(486)
    assert sums.std() > 2.5 * independent
    assert independent * np.sqrt(tissue.noise_correlation) == pytest.approx(sums.std(), rel=0.25)
    white = tissue_of(rng.normal(50, 12, values.shape), np.ones(values.shape, dtype=bool))
    assert white.noise_correlation == pytest.approx(1.0, abs=0.1)


def test_mass_below_which_a_region_is_not_detected():
    tissue = CtTissue(50.0, 10.0, 400, 4.0)
    alone = detection_limit_mg(CtTissue(50.0, 10.0, 10**9), 20.0, 1, 1e-3)
    assert alone == pytest.approx(tissue.detection_limit_hu / 20.0 * 1e-3)
    limit = detection_limit_mg(tissue, 20.0, 100, 1e-3)
    assert limit == pytest.approx(3.29 * 10.0 * np.sqrt(4.0 * 100 + 100**2 * 4.0 / 400) * 1e-3 / 20.0)


def test_streaks_make_voxels_darker_than_tissue():
    rng = np.random.default_rng(4)
    values, within = rng.normal(50, 10, (10, 20, 20)), np.ones((10, 20, 20), dtype=bool)
    assert dark_share(values, within, within) == pytest.approx(0.0005, abs=0.0015)
    values[:, 5:8] -= 100.0
    assert dark_share(values, within, within) == pytest.approx(0.15, abs=0.01)
