"""The job with a deformable registration, on a small simulated patient that breathes."""

from __future__ import annotations

import pytest

from hevesy.simulate import Options, Size, Units, default_scenario, simulate
from hevesy.workflow import compute_study


@pytest.fixture(scope="module")
def output(tmp_path_factory):
    scenario = default_scenario("lu177-dotatate")
    two = scenario.model_copy(update={"scans": scenario.scans.model_copy(update={"times": [24 * 3600.0, 96 * 3600.0]})})
    folder = simulate(two, tmp_path_factory.mktemp("bent") / "patient", Options(4, Units.RWVM, frozenset(), Size.SMALL))
    text = (folder / "study.yaml").read_text()
    assert "method: rigid-ct" in text
    (folder / "study.yaml").write_text(text.replace("method: rigid-ct", "method: deformable-ct"))
    return compute_study(folder / "study.yaml")


def test_the_deformation_is_reported_with_what_it_does(output):
    reference, other = output.results.alignment
    assert reference.deformation is None
    assert 0 < other.deformation.jacobian_minimum < 1 < other.deformation.jacobian_maximum < 2
    assert other.deformation.inverse_consistency_mm < 1.0
    assert "before the deformation" in other.note
    bends = {b.region: b for b in output.results.region_bends if b.time_point == 2}
    assert {"Liver", "Spleen", "Kidney_L", "Kidney_R"} <= set(bends)
    for name in ("Liver", "Spleen", "Kidney_L", "Kidney_R"):
        assert bends[name].volume_ratio == pytest.approx(1.0, abs=0.15), name
    assert any(c.key == "vercauteren" for c in output.results.provenance.citations)


def test_regions_and_map_follow(output):
    assert output.results.dose_map.made
    for region in output.results.regions:
        if region.name in ("Liver", "Spleen", "Kidney_L", "Kidney_R"):
            first, second = (point.volume_ml.value for point in region.time_points)
            assert second == pytest.approx(first, rel=0.2), region.name
            assert region.ratio_region_to_map == pytest.approx(1.0, abs=0.35), region.name


def test_the_report_says_that_it_is_an_option_with_limits(output):
    from hevesy.report import compose

    text = repr(compose(output.results, output.images))
    assert "only interpolates between them" in text
    assert "determinant of the Jacobian" in text
