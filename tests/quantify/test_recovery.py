"""Sphere tables and recovery by volume."""

import math

import numpy as np
import pytest

from hevesy.errors import InputError, ReadError, RegionFinding
from hevesy.numerics.recovery import recovery
from hevesy.quantify import Sphere, fit_recovery, read_sphere_table, recovery_coefficient
from hevesy.quantities import Uncertain, combine, multiply_powers

HEADER = "volume_ml,recovery_coefficient,standard_uncertainty\n"
GOOD = HEADER + "0.5,0.22,0.02\n2.6,0.5,0.02\n\n11.5,0.74,0.02\n26.5,0.86,0.02\n"


def table(tmp_path, text):
    path = tmp_path / "spheres.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_table_is_read_in_order_of_volume(tmp_path):
    spheres = read_sphere_table(
        table(tmp_path, "recovery_coefficient,volume_ml,standard_uncertainty\n0.8,20,0.02\n0.3,1,0.02\n0.6,5,0.02\n")
    )
    assert [s.volume_ml for s in spheres] == [1.0, 5.0, 20.0]
    assert spheres[0] == Sphere(1.0, 0.3, 0.02)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "columns volume_ml"),
        ("volume_ml,recovery_coefficient\n1,0.5\n", "spheres.csv:1"),
        (GOOD.replace("volume_ml", "volume_cc"), "volume_cc"),
        (GOOD.replace("standard_uncertainty", "standard_uncertainty,note"), "note"),
        (GOOD.replace("0.5,0.22", "0.5,nan"), r"spheres\.csv:2: .*positive finite"),
        (GOOD.replace("0.5,0.22", "-0.5,0.22"), "positive finite"),
        (GOOD.replace("11.5,0.74", "11.5,0"), r"spheres\.csv:5"),
        (GOOD.replace("0.74,0.02", "0.74,0"), "standard_uncertainty"),
        (GOOD.replace("0.74", "1.21"), r"at most 1\.2"),
        (GOOD.replace("0.74", "a"), "expected a number"),
        (GOOD.replace("26.5", "11.5"), "each volume once"),
        (GOOD + "1,2\n", "3 values"),
        (HEADER + "1,0.5,0.02\n2,0.6,0.02\n", "at least 3"),
    ],
)
def test_malformed_tables_are_refused_with_file_and_line(tmp_path, text, message):
    with pytest.raises(InputError, match=message):
        read_sphere_table(table(tmp_path, text))


def test_unreadable_tables(tmp_path):
    with pytest.raises(ReadError, match="FileNotFoundError"):
        read_sphere_table(tmp_path / "none.csv")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ReadError, match="UTF-8"):
        read_sphere_table(tmp_path / "binary.csv")


def curve(tmp_path):
    return fit_recovery(read_sphere_table(table(tmp_path, GOOD)), "spheres")


def test_fit_is_the_weighted_minimum_and_remembers_its_range(tmp_path):
    fitted = curve(tmp_path)
    assert (fitted.smallest_ml, fitted.largest_ml, fitted.degrees_of_freedom) == (0.5, 26.5, 2)
    volumes, seen = np.array([0.5, 2.6, 11.5, 26.5]), np.array([0.22, 0.5, 0.74, 0.86])

    def chi_square(b1, b2):
        return float((((recovery(volumes, b1, b2) - seen) / 0.02) ** 2).sum())

    best = chi_square(fitted.b1_ml, fitted.b2)
    assert fitted.chi_square == pytest.approx(best, rel=1e-9)
    for b1, b2 in ((1.01, 1), (0.99, 1), (1, 1.01), (1, 0.99)):
        assert chi_square(fitted.b1_ml * b1, fitted.b2 * b2) > best
    assert not fitted.covariance.flags.writeable


def test_too_few_or_useless_spheres():
    with pytest.raises(InputError, match="three spheres"):
        fit_recovery([Sphere(1, 0.5, 0.1)], "t")
    with pytest.raises(InputError, match="determine"):
        fit_recovery([Sphere(v, 1.1, 0.01) for v in (1, 2, 4)], "t")


def at(fitted, volume, shape=0.0):
    return recovery_coefficient(fitted, volume, shape_relative_standard_uncertainty=shape, region="Kidney")


def test_uncertainty_of_the_parameters_is_that_of_the_covariance(tmp_path):
    fitted = curve(tmp_path)
    result = at(fitted, Uncertain(5.0))
    rng = np.random.default_rng(4)
    draws = rng.multivariate_normal([fitted.b1_ml, fitted.b2], fitted.covariance, 40_000)
    values = [1 - 1 / (1 + (5.0 / b1) ** b2) for b1, b2 in draws]
    assert result.standard_uncertainty == pytest.approx(np.std(values), rel=0.05)
    assert set(result.components) <= {"recovery:spheres.1", "recovery:spheres.2"}


def test_two_regions_share_the_curve(tmp_path):
    fitted = curve(tmp_path)
    a, b = at(fitted, Uncertain(5.0)), at(fitted, Uncertain(6.0))
    ratio = multiply_powers((a, 1.0), (b, -1.0))
    assert ratio.relative_standard_uncertainty < 0.2 * a.relative_standard_uncertainty


def test_shape_and_volume_are_their_own_sources(tmp_path):
    fitted = curve(tmp_path)
    volume = Uncertain(5.0, {"volume:Kidney": 0.5})
    result = at(fitted, volume, shape=0.1)
    assert result.components["recovery:shape:Kidney"] == pytest.approx(0.1 * result.value)
    step = (at(fitted, Uncertain(5.001)).value - at(fitted, Uncertain(4.999)).value) / 0.002
    assert result.components["volume:Kidney"] == pytest.approx(0.5 * step, rel=1e-5)
    assert combine(0.0, [(result, 1.0)]).standard_uncertainty > 0
    assert math.isclose(result.value, 1 - 1 / (1 + (5.0 / fitted.b1_ml) ** fitted.b2), rel_tol=1e-12)


def test_nothing_is_extrapolated_below_the_smallest_sphere(tmp_path):
    fitted = curve(tmp_path)
    assert at(fitted, Uncertain(0.5)).value > 0
    with pytest.raises(RegionFinding, match=r"^below the recovery range: 0\.49 ml"):
        at(fitted, Uncertain(0.49))
