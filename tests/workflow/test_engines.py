"""Engines of the dose map in the whole job: compared, refused, told about matter."""

import json

import numpy as np
import pytest

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import InputError
from hevesy.physdata import ct_curve, material
from hevesy.workflow import compute_study, run_study
from hevesy.workflow.engines import UsedCtCurve
from hevesy.workflow.matter import matter_of_ct

PLAIN = "transport: {region_engine: mird-self-dose, map_engine: local}"
SHAPE = (16, 16, 16)


def transport(tiny, words):
    tiny.replace(PLAIN, f"transport: {{{words}}}")


def with_ct(tiny, numbers=40):
    """The CT of the first scan: soft tissue, and lung in one half."""
    values = np.full(SHAPE, numbers + 1024, dtype=np.uint16)
    values[:, :, 8:] = -700 + 1024
    tiny.structures.extend(tiny.build.ct(values, AcquisitionDate="20240304", AcquisitionTime="125500"))


def read_nifti(path):
    import nibabel

    return np.asarray(nibabel.load(path).dataobj)


def by_name(results, name):
    return next(region for region in results.regions if region.name == name)


def test_engines_are_compared(tiny, tmp_path):
    transport(tiny, "region_engine: local, map_engine: local, compare: [kernel]")
    results = run_study(tiny.write(), tmp_path / "out")
    made = results.dose_map
    assert made.engine == "local"
    assert {entry.region for entry in made.by_engine} == {"Liver", "Kidney_L"}
    for entry in made.by_engine:
        assert list(entry.mean_gy) == ["local", "kernel"]
        assert entry.mean_gy["local"] == pytest.approx(by_name(results, entry.region).absorbed_dose_map_mean_gy.value)
        assert entry.ratio_to_map["kernel"] == pytest.approx(entry.mean_gy["kernel"] / entry.mean_gy["local"])
        assert 0.9 < entry.ratio_to_map["kernel"] < 1.2
    report = (tmp_path / "out" / "report.html").read_text()
    assert "Engines compared" in report
    assert "kernel less local" in report
    assert any("mird-17" in c.key for c in results.provenance.citations)
    assert json.loads((tmp_path / "out" / "results.json").read_text())["dose_map"]["by_engine"]


def test_monte_carlo_in_a_study(tiny, tmp_path):
    with_ct(tiny)
    matter = "matter: {method: ct, curve: schneider-2000}"
    transport(tiny, f'region_engine: local, map_engine: mc, compare: [local], target_uncertainty: "2 %", {matter}')
    results = run_study(tiny.write(), tmp_path / "out")
    made = results.dose_map
    assert made.uncertainty_file == results.files["dose_uncertainty_nifti"] == "dose_uncertainty.nii.gz"
    assert any(note.startswith("mc: ") and "histories" in note for note in made.notes)
    assert results.provenance.seed == 1
    liver = next(entry for entry in made.by_engine if entry.region == "Liver")
    assert 1.0 < liver.ratio_to_map["local"] < 1.1  # electrons leave the lung in one half
    spread = read_nifti(tmp_path / "out" / "dose_uncertainty.nii.gz")
    dose = read_nifti(tmp_path / "out" / "dose.nii.gz")
    high = dose > 0.2 * dose.max()
    assert 0.0 < (spread[high] / dose[high]).mean() < 0.021
    mean, region = by_name(results, "Liver").absorbed_dose_map_mean_gy, by_name(results, "Liver").absorbed_dose_gy
    relative = {kind: u / region.value for kind, u in region.budget.items() if kind != "absorbed-fraction"}
    assert mean.standard_uncertainty / mean.value > np.hypot.reduce(list(relative.values()))


def test_regions_outside_the_validity_of_local_deposition_are_marked(tiny):
    tiny.replace('density: "1.05 g/ml"', 'density: "0.2 g/ml"')
    transport(tiny, "region_engine: local, map_engine: local")
    results = compute_study(tiny.write()).results
    assert "Kidney_L" in results.dose_map.doubts
    assert "2 to 300 g" in results.dose_map.doubts["Kidney_L"][0]
    assert any("2 to 300 g" in finding for finding in by_name(results, "Kidney_L").findings)
    assert "Liver" not in results.dose_map.doubts


def test_soft_photons_count_where_asked(tiny):
    plain = compute_study(tiny.write()).results
    transport(tiny, 'region_engine: mird-self-dose, map_engine: local, local_photons_below: "30 keV"')
    more = compute_study(tiny.write()).results
    ratio = (
        by_name(more, "Liver").absorbed_dose_map_mean_gy.value / by_name(plain, "Liver").absorbed_dose_map_mean_gy.value
    )
    assert 1.0005 < ratio < 1.001  # 0.1 keV of photons below 30 keV in 148 keV of electrons
    assert "30 keV" in more.engine["map"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("region_engine: kernel, map_engine: local", "serves maps only"),
        ("region_engine: local, map_engine: mird-self-dose", "serves regions only"),
        ("region_engine: local, map_engine: local, compare: [magic]", "transport.compare"),
        ("region_engine: local, map_engine: local, compare: [local]", "other than 'local'"),
        ("region_engine: local, map_engine: local, local_photons_below: 30", "unit"),
        ("region_engine: local, map_engine: local, matter: {method: ct}", "curve"),
        ('region_engine: local, map_engine: mc, target_uncertainty: "1 %"', "'matter' for the engine 'mc'"),
        ("region_engine: local, map_engine: mc, matter: {method: regions}", "target uncertainty"),
        ("region_engine: local, map_engine: local, matter: {method: ct, curve: magic}", "schneider-2000"),
        ("region_engine: local, map_engine: local, matter: {method: ct, curve: schneider-2000}", "CT of time point 1"),
    ],
)
def test_refusals(tiny, words, told):
    transport(tiny, words)
    with pytest.raises(InputError, match=told):
        compute_study(tiny.write())


def test_density_of_the_map_from_the_ct(tiny):
    with_ct(tiny)
    transport(tiny, "region_engine: local, map_engine: local, matter: {method: ct, curve: schneider-2000}")
    values = compute_study(tiny.write()).dose.values
    ratio = values[5, 5:10, 9:12].mean() / values[5, 5:10, 4:7].mean()
    expected = float(np.divide(*ct_curve("schneider-2000").density_g_ml(np.array([40.0, -700.0]))))
    assert ratio == pytest.approx(expected, rel=1e-3)


def test_a_curve_of_the_scanner_is_an_input(tiny):
    with_ct(tiny)
    transport(tiny, "region_engine: local, map_engine: local, matter: {method: ct, curve: curve.csv}")
    path = tiny.write()
    (path.parent / "curve.csv").write_text("ct_number_hu,density_g_ml\n-1000,0.001\n0,1.0\n1000,2.0\n")
    results = compute_study(path).results
    assert "curve.csv" in [item["name"] for item in results.provenance.inputs]


def test_ct_numbers_above_the_curve_are_refused_until_accepted(tiny):
    with_ct(tiny, numbers=2000)
    section = "region_engine: local, map_engine: local, matter: {method: ct, curve: schneider-2000"
    transport(tiny, section + "}")
    with pytest.raises(InputError, match="above-curve"):
        compute_study(tiny.write())
    tiny.replace("curve: schneider-2000}", "curve: schneider-2000, accept: [above-curve]}")
    assert any("2000 HU count" in finding for finding in compute_study(tiny.write()).results.findings)


def used_curve():
    return UsedCtCurve(ct_curve("schneider-2000"), (), None)


def test_a_fine_ct_is_averaged_over_the_voxels_of_the_map():
    fine, coarse = (
        Grid((40, 41, 43), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)),
        Grid((10, 10, 10), (4.0, 4.0, 4.0), (1.5, 1.5, 1.5)),
    )
    numbers = np.full(fine.shape, -1000.0)
    numbers[:, :, ::2] = 0.0
    source = Image(coarse, np.ones(coarse.shape), Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION)
    made = matter_of_ct(Image(fine, numbers, Quantity.CT_NUMBER), coarse, used_curve(), source)
    expected = float(ct_curve("schneider-2000").density_g_ml(np.array([-500.0]))[0])
    np.testing.assert_allclose(made.geometry.density_g_ml[1:-1, 1:-1, 1:-1], expected, rtol=1e-5)
    assert made.geometry.materials == (material("lung"),)
    assert not made.findings


def test_activity_beyond_the_ct_is_told():
    small, grid = Grid((4, 4, 4), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0)), Grid((4, 4, 8), (4.0, 4.0, 4.0), (0.0, 0.0, 0.0))
    source = Image(grid, np.ones(grid.shape), Quantity.TIME_INTEGRATED_ACTIVITY_CONCENTRATION)
    made = matter_of_ct(Image(small, np.zeros(small.shape), Quantity.CT_NUMBER), grid, used_curve(), source)
    assert "50%" in made.findings[0]
    assert {m.name for m in made.geometry.materials} == {"air", "CT -22 to 8 HU"}
