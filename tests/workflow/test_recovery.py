"""Recovery as the study chooses it, on the tiny patient."""

from __future__ import annotations

import pytest

from hevesy.errors import GeometryError, ScaleError, StudyFileError
from hevesy.workflow import compute_study

CAMERA = {"Manufacturer": "ACME", "ManufacturerModelName": "Ring", "ReconstructionMethod": "OSEM"}
SHAPE = """recovery:
  method: shape
  resolution:
    method: stated
    fwhm: "15 mm"
    standard_uncertainty: "0.5 mm"
    source: test
    belongs_to: {manufacturer: ACME, model: Ring, collimator: none, radionuclide: Lu-177, reconstruction: OSEM}
  model_relative_standard_uncertainty: {organ: "2 %", lesion: "3 %"}
"""


@pytest.fixture
def by_shape(tiny):
    tiny.scans = [tiny.scan(n, **CAMERA) for n in range(3)]
    tiny.replace("recovery: {method: none, reason: test}\n", SHAPE)
    return tiny


def region(results, name):
    return next(r for r in results.regions if r.name == name)


def test_regions_are_corrected_and_say_by_how_much(by_shape):
    results = compute_study(by_shape.write()).results
    assert results.recovery.method == "shape"
    assert results.recovery.fwhm_mm == [15.0] * 4
    for name in ("Liver", "Kidney_L"):
        found = region(results, name)
        assert found.recovery_applied
        for point in found.time_points:
            shown = point.activity_concentration_bq_ml.value * found.volume_ml.value
            assert point.activity_bq.value == pytest.approx(shown / point.recovery_coefficient.value, rel=0.03)
            assert 0.3 < point.own_recovery < 0.9
        assert {"resolution", "volume", "calibration", "recovery"} <= set(found.absorbed_dose_gy.budget)


def test_one_region_may_go_without(by_shape):
    by_shape.replace(
        "{name: Kidney_L, kind: organ, side: left}", "{name: Kidney_L, kind: organ, side: left, recovery: none}"
    )
    results = compute_study(by_shape.write()).results
    assert region(results, "Liver").recovery_applied
    assert not region(results, "Kidney_L").recovery_applied


def test_one_region_may_go_by_volume(by_shape):
    by_shape.replace(
        SHAPE,
        SHAPE
        + """  volume:
    method: volume
    spheres: spheres.csv
    belongs_to: {manufacturer: ACME, model: Ring, collimator: none, radionuclide: Lu-177, reconstruction: OSEM}
    shape_relative_standard_uncertainty: {organ: "6 %", lesion: "5 %"}
""",
    )
    by_shape.replace(
        "{name: Kidney_L, kind: organ, side: left}", "{name: Kidney_L, kind: organ, side: left, recovery: volume}"
    )
    path = by_shape.write()
    rows = "volume_ml,recovery_coefficient,standard_uncertainty\n0.5,0.2,0.02\n5,0.5,0.02\n50,0.8,0.02\n"
    (by_shape.folder / "spheres.csv").write_text(rows)
    results = compute_study(path).results
    kidney = region(results, "Kidney_L")
    assert kidney.recovery_applied
    assert kidney.time_points[0].own_recovery is None
    assert region(results, "Liver").time_points[0].own_recovery is not None
    assert results.recovery.smallest_sphere_ml == 0.5


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "side: left}",
            "side: left, recovery: volume}",
            "expected 'recovery.volume' since Kidney_L asks for recovery by volume",
        ),
        (
            '    fwhm: "15 mm"',
            '    fwhm: "15 mm"\n    radius: "100 mm"',
            "expected 'fwhm_outside' and 'radius' together",
        ),
        ('    fwhm: "15 mm"', '    fwhm: "15"', "has no unit"),
    ],
)
def test_what_a_study_file_must_not_say(by_shape, old, new, message):
    by_shape.replace(old, new)
    with pytest.raises(StudyFileError, match=message):
        compute_study(by_shape.write())


def test_breathing_without_recovery_by_shape_is_refused(tiny):
    tiny.replace("side: left}", 'side: left, breathing: "2 mm"}')
    with pytest.raises(StudyFileError, match="'breathing' of Kidney_L only with recovery method shape"):
        compute_study(tiny.write())


def test_a_resolution_of_another_camera_is_refused(by_shape):
    by_shape.replace("model: Ring", "model: Square")
    with pytest.raises(ScaleError, match=r"resolution measured like the scan.*model 'Square' against 'Ring'"):
        compute_study(by_shape.write())


def test_a_resolution_finer_than_the_voxels_is_refused(by_shape):
    by_shape.replace('fwhm: "15 mm"', 'fwhm: "2 mm"')
    with pytest.raises(GeometryError, match=r"a resolution of at least 0\.8 voxels .* but 2\.00 mm across"):
        compute_study(by_shape.write())
