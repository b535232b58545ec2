"""Integration of dose-rate maps over time."""

import math
import time

import numpy as np
import pytest

from hevesy.domain import FittedCurve, Grid, Image, Quantity, Tail
from hevesy.errors import GeometryError, InputError
from hevesy.numerics.voxel_integrals import integrate_by_voxel, shape_coefficients
from hevesy.quantities import exact
from hevesy.transport import RegionShape, integrate_by_region_shape, integrate_voxelwise, region_shape

LN2 = math.log(2.0)
H = 3600.0
TIMES = np.array([4.0, 24.0, 96.0, 168.0]) * H
LAMBDA = LN2 / (6.647 * 24 * H)
SHAPE = (4, 6, 8)


def grid(shape=SHAPE, spacing=4.0):
    axes = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    return Grid(shape=shape, spacing_mm=(spacing,) * 3, origin_mm=(0.0, 0.0, 0.0), direction=axes)


def maps(values, on=None):
    used = on or grid(values.shape[1:])
    return [Image(used, v, Quantity.ABSORBED_DOSE_RATE) for v in values]


def mono(half_life_h, amplitude=1.0):
    rate = LN2 / (half_life_h * H)
    return amplitude * np.exp(-rate * TIMES), amplitude / rate


def shape_of(half_life_h):
    values, integral = mono(half_life_h)
    return RegionShape(tuple(values.tolist()), integral)


def curve(**fields):
    plain = {
        "region": "Liver",
        "model": "mono",
        "amplitudes_bq": (),
        "rates_per_s": (),
        "parameter_covariance": np.zeros((0, 0)),
        "time_integrated_activity": exact(1.0),
        "effective_half_life": exact(1.0),
    }
    return FittedCurve(**{**plain, **fields})


def test_by_shape_is_exact_for_voxels_that_follow_their_region():
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, SHAPE)
    amplitude = rng.uniform(0.0, 5.0, SHAPE)
    halves = np.array([30.0, 50.0, 80.0])
    rates = LN2 / (halves * H)
    values = amplitude * np.exp(-rates[labels] * TIMES[:, None, None, None])
    dose = integrate_by_region_shape(maps(values), labels, {i: shape_of(h) for i, h in enumerate(halves)})
    np.testing.assert_allclose(dose.values, amplitude / rates[labels], rtol=1e-12)
    assert dose.quantity is Quantity.ABSORBED_DOSE


def test_by_shape_is_linear_and_its_mean_is_the_regions_integral():
    rng = np.random.default_rng(3)
    labels = np.zeros(SHAPE, dtype=int)
    values = mono(50.0)[0][:, None, None, None] * rng.uniform(0.2, 1.8, (4, *SHAPE))
    shapes = {0: shape_of(50.0)}
    dose = integrate_by_region_shape(maps(values), labels, shapes).values
    of_mean = integrate_by_region_shape(
        maps(values.mean(axis=(1, 2, 3), keepdims=True), grid((1, 1, 1))), labels[:1, :1, :1], shapes
    )
    assert dose.mean() == pytest.approx(float(of_mean.values.mean()), rel=1e-12)


def test_by_shape_beats_the_trapezoid_with_a_physical_tail():
    values, truth = mono(50.0)
    trapezoid = 0.5 * TIMES[0] * values[0] + np.trapezoid(values, TIMES) + values[-1] / LAMBDA
    dose = integrate_by_region_shape(maps(values[:, None, None, None]), np.zeros((1, 1, 1), int), {0: shape_of(50.0)})
    assert float(dose.values[0, 0, 0]) == pytest.approx(truth, rel=1e-12)
    assert trapezoid / truth > 1.05


def test_activity_becomes_time_integrated_activity():
    images = [Image(grid(), m.values, Quantity.ACTIVITY_CONCENTRATION) for m in maps(np.ones((4, *SHAPE)))]
    shaped = integrate_by_region_shape(images, np.zeros(SHAPE, dtype=int), {0: shape_of(50.0)})
    voxelwise = integrate_voxelwise(TIMES, images, LAMBDA)
    assert shaped.quantity is voxelwise.quantity is Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION


def test_weights_choose_the_scans():
    values, integral = mono(50.0)
    only_second = shape_coefficients(values[None], np.array([integral]), np.array([[0.0, 1.0, 0.0, 0.0]]))[0]
    np.testing.assert_allclose(only_second, [0.0, integral / values[1], 0.0, 0.0])


def test_region_shape_of_exponentials_and_of_knots():
    exponential = region_shape(
        curve(amplitudes_bq=(2.0,), rates_per_s=(LAMBDA,), time_integrated_activity=exact(2 / LAMBDA)), TIMES
    )
    np.testing.assert_allclose(exponential.at_scans, 2.0 * np.exp(-LAMBDA * TIMES))
    assert exponential.integral_s == pytest.approx(2 / LAMBDA)
    knots = region_shape(
        curve(
            model="trapezoid-tail",
            times_s=(0.0, *TIMES),
            activities_bq=(0.0, 1.0, 2.0, 3.0, 4.0),
            tail=Tail(exact(1.0), "x"),
            tail_from_s=TIMES[-1],
        ),
        TIMES,
    )
    assert knots.at_scans == (1.0, 2.0, 3.0, 4.0)
    with pytest.raises(InputError, match="neither"):
        region_shape(curve(), TIMES)


@pytest.mark.parametrize("half_life_h", [5.0, 30.0, 80.0, 159.0])
def test_by_voxel_is_exact_for_a_falling_exponential(half_life_h):
    values, truth = mono(half_life_h, amplitude=3.0)
    dose = integrate_voxelwise(TIMES, maps(values[:, None, None, None]), LAMBDA)
    assert float(dose.values[0, 0, 0]) == pytest.approx(truth, rel=1e-9)


def test_by_voxel_never_falls_more_slowly_than_the_radionuclide():
    values = np.array([1.0, 1.0, 1.0, 1.0])[:, None]
    level = 4.0 / np.exp(-LAMBDA * (TIMES - TIMES[0])).sum()
    expected = level * math.exp(LAMBDA * TIMES[0]) / LAMBDA
    assert integrate_by_voxel(TIMES, values, LAMBDA)[0] == pytest.approx(expected, rel=1e-9)


def test_by_voxel_with_uptake_and_with_rise_to_the_end():
    rising = np.array([1.0, 2.0, 3.0, 4.0])[:, None]
    expected = 0.5 * TIMES[0] + np.trapezoid([1.0, 2.0, 3.0, 4.0], TIMES) + 4.0 / LAMBDA
    assert integrate_by_voxel(TIMES, rising, LAMBDA)[0] == pytest.approx(expected)
    peak = np.array([1.0, 4.0, 2.0, 1.0])[:, None]
    assert (
        0.0
        < integrate_by_voxel(TIMES, peak, LAMBDA)[0]
        < 0.5 * TIMES[0] + np.trapezoid(peak[:, 0], TIMES) + 1.0 / LAMBDA
    )


def test_by_voxel_of_nothing_is_nothing():
    values = np.zeros((4, 3))
    values[:, 1] = -1.0
    assert (integrate_by_voxel(TIMES, values, LAMBDA) == 0.0).all()


def test_noise_biases_the_shape_route_less():
    rng = np.random.default_rng(5)
    values, truth = mono(50.0, amplitude=400.0)
    noisy = rng.poisson(np.broadcast_to(values[:, None, None, None] / 10.0, (4, 20, 20, 20))) * 10.0
    by_shape = integrate_by_region_shape(maps(noisy), np.zeros((20, 20, 20), int), {0: shape_of(50.0)}).values.mean()
    by_voxel = integrate_voxelwise(TIMES, maps(noisy), LAMBDA).values.mean()
    assert by_shape == pytest.approx(truth, rel=0.01)
    assert by_voxel == pytest.approx(truth, rel=0.10)


def test_patient_sized_maps_take_under_two_seconds():
    rng = np.random.default_rng(6)
    values = rng.uniform(0.1, 1.0, (4, 64, 128, 128)) * mono(50.0)[0][:, None, None, None]
    labels = rng.integers(0, 6, values.shape[1:])
    start = time.process_time()
    integrate_by_region_shape(maps(values), labels, {i: shape_of(40.0 + i) for i in range(6)})
    assert time.process_time() - start < 2.0


def test_refusals():
    values = np.ones((4, *SHAPE))
    labels = np.zeros(SHAPE, dtype=int)
    with pytest.raises(InputError, match="labels"):
        integrate_by_region_shape(maps(values), labels, {1: shape_of(50.0)})
    with pytest.raises(InputError, match="4 scans"):
        integrate_by_region_shape(maps(values), labels, {0: RegionShape((1.0,), 1.0)})
    with pytest.raises(InputError, match="positive at every scan"):
        integrate_by_region_shape(maps(values), labels, {0: RegionShape((1.0, 0.0, 1.0, 1.0), 1.0)})
    with pytest.raises(GeometryError):
        integrate_by_region_shape(maps(values), labels[1:], {0: shape_of(50.0)})
    with pytest.raises(GeometryError):
        integrate_voxelwise(TIMES[:2], [*maps(values[:1]), *maps(values[:1], grid(spacing=5.0))], LAMBDA)
    with pytest.raises(InputError, match="Bq/ml"):
        integrate_voxelwise(
            TIMES[:2], [*maps(values[:1]), Image(grid(), values[0], Quantity.ACTIVITY_CONCENTRATION)], LAMBDA
        )
    with pytest.raises(InputError, match="Gy/s"):
        integrate_voxelwise(TIMES[:1], [Image(grid(), values[0], Quantity.COUNTS)], LAMBDA)
    with pytest.raises(InputError, match="at least one"):
        integrate_voxelwise([], [], LAMBDA)
    with pytest.raises(InputError, match="4 times"):
        integrate_voxelwise(TIMES[:2], maps(values), LAMBDA)
    with pytest.raises(ValueError, match="increasing"):
        integrate_by_voxel(TIMES[::-1], values, LAMBDA)
