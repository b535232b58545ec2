"""Activities by rule, vials, residuals and particles."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from hevesy.decide.tare import (
    body_surface_activity,
    body_surface_area,
    burden_activity,
    check_calibration,
    check_shunt,
    decay_to,
    delivered_activity,
    drawn_volume_ml,
    embolic_load,
    glass_vials,
    one_compartment_activity,
    shunt_reduction,
)
from hevesy.errors import InputError
from hevesy.physdata import microspheres

GLASS, RESIN, HOLMIUM = (microspheres(name) for name in ("glass", "resin", "holmium"))
SUNDAY = datetime(2026, 3, 1, 12, tzinfo=ZoneInfo("America/Toronto"))
HALF_LIFE = timedelta(hours=64)


def test_times_that_no_decay_joins_are_refused():
    """A slip of the pen in a year must not be a number that overflows, or a vial of nothing."""
    for years in (-40, 40):
        with pytest.raises(InputError, match="times within 100 half-lives of Y-90"):
            decay_to(1e9, "Y-90", SUNDAY, SUNDAY.replace(year=SUNDAY.year + years))


def test_body_surface():
    """Du Bois: 1.70 m and 70 kg are 1.81 m2 (the formula's own tables)."""
    assert body_surface_area(1.70, 70.0) == pytest.approx(1.81, abs=0.005)
    assert body_surface_activity(1.81, 300.0, 1500.0, 1500.0) == pytest.approx(1.81e9)
    assert body_surface_activity(1.81, 300.0, 750.0, 1500.0) == pytest.approx(2.01e9 / 2)
    with pytest.raises(InputError, match="height"):
        body_surface_area(170.0, 70.0)


@pytest.mark.parametrize(("tumour", "gbq"), [(250.0, 2.0), (251.0, 2.5), (500.0, 2.5), (501.0, 3.0)])
def test_tumour_burden(tumour, gbq):
    assert burden_activity(tumour, 1000.0, 1000.0) == pytest.approx(1e9 * gbq)
    assert burden_activity(tumour, 1000.0, 2000.0) == pytest.approx(1e9 * gbq / 2)


def test_one_compartment():
    """Holmium: 60 Gy to 1 kg needs 3.79 GBq (published: 3781 MBq with 63 MBq/J)."""
    assert one_compartment_activity(60.0, 1.0, 0.0, 15.85e-9) == pytest.approx(3.781e9, rel=2e-3)
    assert one_compartment_activity(60.0, 1.0, 0.5, 15.85e-9) == pytest.approx(2 * 60.0 / 15.85e-9)


@pytest.mark.parametrize(("shunt", "left"), [(0.10, 1.0), (0.101, 0.8), (0.15, 0.8), (0.151, 0.6), (0.20, 0.6)])
def test_bands_belong_to_resin_by_body_surface_and_burden_only(shunt, left):
    assert shunt_reduction("sir-spheres", "body-surface-area", shunt) == pytest.approx(left)
    assert shunt_reduction("sir-spheres", "empirical", shunt) == pytest.approx(left)
    assert shunt_reduction("sir-spheres", "partition", shunt) == 1.0
    assert shunt_reduction("therasphere", "one-compartment", shunt) == 1.0


def test_shunt_above_the_limit_is_refused_with_the_number():
    check_shunt("sir-spheres", 0.20)
    check_shunt("therasphere", 0.25)
    with pytest.raises(InputError, match=r"at most 20 % .* 22 % came"):
        check_shunt("sir-spheres", 0.22)


def test_decay_to_the_minute_across_zones():
    later = SUNDAY.astimezone(UTC) + HALF_LIFE
    assert decay_to(8e9, "Y-90", SUNDAY, later) == pytest.approx(4e9)
    assert decay_to(8e9, "Y-90", SUNDAY, later + timedelta(seconds=20)) == decay_to(8e9, "Y-90", SUNDAY, later)
    with pytest.raises(InputError, match="zone"):
        decay_to(8e9, "Y-90", SUNDAY, datetime(2026, 3, 4))  # noqa: DTZ001 - naive on purpose


def test_glass_vials_below_and_above():
    small, large = glass_vials(GLASS, 3.6e9, SUNDAY, SUNDAY + HALF_LIFE)
    assert (small.activity_at_calibration_bq, large.activity_at_calibration_bq) == (7e9, 7.5e9)
    assert small.activity_at_treatment_bq < 3.6e9 <= large.activity_at_treatment_bq
    assert large.best_time > SUNDAY + HALF_LIFE > small.best_time
    assert decay_to(7.5e9, "Y-90", SUNDAY, large.best_time) == pytest.approx(3.6e9, rel=2e-4)
    assert (small.week, glass_vials(GLASS, 1e9, SUNDAY, SUNDAY + timedelta(days=8))[0].week) == (1, 2)


def test_a_vial_that_never_holds_so_much_has_no_best_time():
    (largest,) = glass_vials(GLASS, 30e9, SUNDAY, SUNDAY + HALF_LIFE)
    assert largest.best_time is None


@pytest.mark.parametrize(
    ("product", "vial", "days", "said"),
    [
        (GLASS, "standard", -1, "calibration before the treatment"),
        (GLASS, "standard", 13, "within 12 d"),
        (RESIN, "standard", -3, "calibration before the treatment"),
        (RESIN, "FLEXdose", -4, "calibration before the treatment"),
    ],
)
def test_calibration_that_does_not_belong_is_refused(product, vial, days, said):
    with pytest.raises(InputError, match=said):
        check_calibration(product, vial, SUNDAY, SUNDAY + timedelta(days=days))


@pytest.mark.parametrize(
    ("product", "vial", "days"), [(GLASS, "standard", 12), (RESIN, "FLEXdose", -3), (HOLMIUM, "patient", 0)]
)
def test_calibration_that_belongs(product, vial, days):
    check_calibration(product, vial, SUNDAY, SUNDAY + timedelta(days=days))


def test_resin_is_drawn_up_by_volume():
    assert drawn_volume_ml(1.2e9, 3e9, 5.0) == pytest.approx(2.0)
    with pytest.raises(InputError, match="at least the wanted activity"):
        drawn_volume_ml(3.1e9, 3e9, 5.0)


def test_delivered_is_assayed_less_residual_at_the_treatment():
    before, after = SUNDAY - HALF_LIFE, SUNDAY + HALF_LIFE
    found = delivered_activity("Y-90", (4e9, before), (0.1e9, after), SUNDAY)
    assert found == pytest.approx(2e9 - 0.2e9)
    with pytest.raises(InputError, match="less residual"):
        delivered_activity("Y-90", (1e9, SUNDAY), (1e9, after), SUNDAY)


def test_particles():
    """3 GBq of resin at calibration: 43 to 75 million spheres; the manufacturer's 44 +/- 2.6 million lie at the end."""
    load = embolic_load(RESIN, 3e9, 1.0, 1000.0)
    assert load.spheres == (pytest.approx(3e9 / 70), pytest.approx(3e9 / 40))
    assert load.spheres_per_ml == (pytest.approx(3e6 / 70), pytest.approx(3e6 / 40))
    each = load.mass_mg[0] / load.spheres[0]
    assert each == pytest.approx(1.6 * 3.14159 / 6 * 0.030**3, rel=1e-5)
    assert embolic_load(RESIN, 3e9, 0.5, 1000.0).spheres[0] == pytest.approx(2 * load.spheres[0])
