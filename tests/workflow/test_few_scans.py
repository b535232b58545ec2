"""Few scans in a study: half-lives from a prior or an earlier cycle, and curves with a population prior."""

from __future__ import annotations

import json
import math
import shutil

import pytest

from hevesy.errors import InputError
from hevesy.workflow import compute_study, run_study

ORGANS = "lu177-psma-617-organs-2026"
FROM_PRIOR = f"half_life: {{prior: {ORGANS}, ligand: PSMA-617, region: kidney}}"


def one_scan(tiny):
    tiny.scans = tiny.scans[1:2]
    return tiny


def by_name(results, name):
    return next(region for region in results.regions if region.name == name)


def kidney_with(tiny, words):
    tiny.replace("{name: Kidney_L, kind: organ, side: left}", f"{{name: Kidney_L, kind: organ, side: left, {words}}}")


def test_half_life_of_a_named_table(tiny):
    kidney_with(one_scan(tiny), FROM_PRIOR)
    kidney = by_name(compute_study(tiny.write()).results, "Kidney_L")
    assert kidney.effective_half_life_h.value == pytest.approx(35.5, rel=1e-4)
    whole, scan = kidney.time_integrated_activity_bq_s, kidney.time_points[0]
    at_scan = scan.activity_bq.value
    expected = at_scan * 2 ** (24.0 / 35.5) * 35.5 * 3600 / math.log(2)
    assert whole.value == pytest.approx(expected, rel=1e-4)
    assert whole.budget["half-life"] / whole.value > 0.3
    assert "kidney of the prior lu177-psma-617-organs-2026, 20 patients" in kidney.curve.choice
    assert "what more scans would have shown" in kidney.curve.choice


def test_half_life_of_an_earlier_cycle(tiny, tmp_path):
    run_study(tiny.write(), tmp_path / "cycle-1")
    shutil.rmtree(tiny.folder / "dicom")
    kidney_with(one_scan(tiny), 'half_life: {earlier_cycle: ../cycle-1, between_cycles: "10 %"}')
    kidney = by_name(compute_study(tiny.write()).results, "Kidney_L")
    assert kidney.effective_half_life_h.value == pytest.approx(50.0, rel=2e-3)
    assert kidney.effective_half_life_h.standard_uncertainty / 50.0 > 0.1
    assert "an earlier cycle of the patient (results.json)" in kidney.curve.choice


def test_regions_with_a_population_prior(tiny):
    words = f"curves: {{prior: {{prior: {ORGANS}, ligand: PSMA-617, regions: {{Kidney_L: kidney, Liver: liver}}}}, "
    one_scan(tiny).replace("curves: {", words)
    results = compute_study(tiny.write()).results
    for region in results.regions:
        whole = region.time_integrated_activity_bq_s
        assert whole.value > 0
        assert whole.budget["prior"] / whole.value > 0.1
        assert whole.budget["calibration"] / whole.value == pytest.approx(0.03, rel=1e-3)
        assert "says how activity goes, not how much there is" in " ".join(region.findings)
        assert region.curve.choice.startswith("posterior of ")
        assert region.absorbed_dose_gy.value > 0


def test_more_scans_leave_less_to_the_prior(tiny):
    words = f"curves: {{prior: {{prior: {ORGANS}, ligand: PSMA-617, regions: {{Liver: liver}}}}, "
    tiny.replace("curves: {", words)
    results = compute_study(tiny.write()).results
    liver, kidney = by_name(results, "Liver"), by_name(results, "Kidney_L")
    assert liver.effective_half_life_h.value == pytest.approx(60.0, rel=0.05)
    assert "prior" in liver.time_integrated_activity_bq_s.budget
    assert "prior" not in kidney.time_integrated_activity_bq_s.budget
    assert liver.curve.choice.startswith("posterior of liver")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("ligand: PSMA-617", "ligand: DOTATATE", "a prior of DOTATATE, but one of PSMA-617 came"),
        (ORGANS, "lu177-gone", "a built-in prior"),
        ("Liver: liver", "Liver: brain", "a region of the prior"),
        ("Liver: liver", "Lung: lung", "a region of the study"),
        ("ligand: PSMA-617, ", "", "ligand"),
    ],
)
def test_what_is_wrong_about_a_prior_is_refused(tiny, old, new, said):
    words = f"curves: {{prior: {{prior: {ORGANS}, ligand: PSMA-617, regions: {{Liver: liver}}}}, "
    tiny.replace("curves: {", words)
    tiny.replace(old, new)
    with pytest.raises(InputError, match=said):
        compute_study(tiny.write())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("half_life: {prior: lu177-psma-617-organs-2026, ligand: I&T, region: kidney}", "a prior of I&T"),
        ("half_life: {prior: lu177-psma-617-organs-2026, ligand: PSMA-617, region: brain}", "no region 'brain'"),
        ('half_life: {earlier_cycle: ../gone, between_cycles: "10 %"}', "an earlier result"),
        ("half_life: {earlier_cycle: ../gone}", "between_cycles"),
        ('half_life: {half_life: "51 h"}', "standard_uncertainty"),
    ],
)
def test_what_is_wrong_about_a_half_life_is_refused(tiny, words, said):
    kidney_with(one_scan(tiny), words)
    with pytest.raises(InputError, match=said):
        compute_study(tiny.write())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("no json", "an earlier result in JSON"),
        ("[]", "a result of hevesy run"),
        ('{"nuclide": "Y-90", "regions": []}', "an earlier result of Lu-177, but one of Y-90 came"),
        ('{"nuclide": "Lu-177"}', "one without regions came"),
        ('{"nuclide": "Lu-177", "regions": [{"name": "Kidney_L"}]}', "another entry came"),
        ('{"nuclide": "Lu-177", "regions": [{"name": "Kidney_L", "effective_half_life_h": {"value": -5}}]}', "-5 came"),
        (
            '{"nuclide": "Lu-177", "regions": [{"name": "Kidney_L", "effective_half_life_h": {"value": null}}]}',
            "has no effective half-life of Kidney_L",
        ),
    ],
)
def test_what_is_no_earlier_result_is_refused(tiny, tmp_path, content, said):
    (tmp_path / "earlier.json").write_text(content)
    kidney_with(one_scan(tiny), 'half_life: {earlier_cycle: ../earlier.json, between_cycles: "10 %"}')
    with pytest.raises(InputError, match=said):
        compute_study(tiny.write())


def test_the_report_says_which_half_life_was_used(tiny, tmp_path):
    kidney_with(one_scan(tiny), FROM_PRIOR)
    run_study(tiny.write(), tmp_path / "out")
    assert "of the prior lu177-psma-617-organs-2026" in (tmp_path / "out" / "report.html").read_text()
    region = next(
        r for r in json.loads((tmp_path / "out" / "results.json").read_text())["regions"] if r["name"] == "Kidney_L"
    )
    assert "Read in the abstract of a meeting" in region["curve"]["choice"]
