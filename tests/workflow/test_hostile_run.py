"""What goes wrong in one region, one scan or one folder stays there and is told."""

import json
import sys

import nibabel
import numpy as np
import pytest
from click.testing import CliRunner

from hevesy.acquire import inspect_folder
from hevesy.cli.app import app, main
from hevesy.cli.console import print_json
from hevesy.errors import InputError, OutputError
from hevesy.quantities.settings_file import read_yaml
from hevesy.workflow.draft import draft_study
from hevesy.workflow.run import compute_study, run_study
from hevesy.workflow.study_file import read_study

WINDOWS = {"Liver": ((3, 3, 3), (7, 12, 12)), "Kidney_L": ((10, 4, 4), (13, 11, 11))}
KIDNEY = "    - {name: Kidney_L, kind: organ, side: left}"
HOT = "    - {{name: Hot, kind: lesion, side: none, threshold: {{within: Kidney_L, fixed: {}}}}}"


def by_name(results, name):
    return next(region for region in results.regions if region.name == name)


def refused(tiny, out=None):
    path = tiny.write()
    with pytest.raises(InputError) as caught:
        compute_study(path)
    return str(caught.value)


def label_image(tiny, path):
    values = np.zeros((16, 16, 16), dtype=np.uint8)
    for number, (first, last) in enumerate(WINDOWS.values(), start=1):
        values[tuple(slice(a, b + 1) for a, b in zip(first, last, strict=True))] = number
    (dz, dy, dx), (x, y, z) = tiny.build.SPACING, tiny.build.ORIGIN
    affine = np.array([[-dx, 0, 0, -x], [0, -dy, 0, -y], [0, 0, dz, z], [0, 0, 0, 1.0]])
    image = nibabel.Nifti1Image(values.transpose(2, 1, 0), affine)
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)


def test_labels_give_what_contours_give(tiny):
    path = tiny.write()
    drawn = compute_study(path).results
    label_image(tiny, tiny.folder / "labels.nii.gz")
    path.write_text(
        tiny.text.replace("  drawn_on", "  from: labels.nii.gz\n  labels: {1: Liver, 2: Kidney_L}\n  drawn_on")
    )
    labelled = compute_study(path).results
    for name in WINDOWS:
        one, other = by_name(drawn, name).absorbed_dose_gy, by_name(labelled, name).absorbed_dose_gy
        assert other.value == pytest.approx(one.value, rel=1e-6)
    path.write_text(path.read_text().replace("drawn_on: 1", "drawn_on: each"))
    with pytest.raises(InputError, match=r"regions\.drawn_on"):
        compute_study(path)


def test_an_emission_series_named_as_ct_is_refused(tiny):
    first, second = (scan[0].SeriesInstanceUID for scan in tiny.scans[:2])
    tiny.replace("images: dicom", f"images: dicom\ntime_points: [{{emission: {first}, ct: {second}}}]")
    assert "expected a CT" in refused(tiny)


def test_a_region_without_curve_has_no_mean_of_the_map(tiny):
    tiny.replace("side: left}", "side: left, model: bi}")
    kidney = by_name(compute_study(tiny.write()).results, "Kidney_L")
    assert kidney.absorbed_dose_map_mean_gy.value is None
    assert "3 scans cannot support it" in kidney.absorbed_dose_map_mean_gy.reason
    assert kidney.dose_volume_histogram is None


def test_a_scan_that_ends_early_costs_only_what_it_does_not_show(tiny):
    tiny.scans[1] = tiny.scans[1][:12]
    results = compute_study(tiny.write()).results
    kidney, liver = by_name(results, "Kidney_L"), by_name(results, "Liver")
    assert "cut by the field of view" in kidney.absorbed_dose_gy.reason
    assert kidney.absorbed_dose_map_mean_gy.value is None
    assert liver.absorbed_dose_gy.value > 0
    assert any("time point 2 does not reach" in finding for finding in results.findings)


def test_the_remainder_needs_a_ct(tiny):
    tiny.replace("curves:", "  remainder: {name: Rest}\ncurves:")
    results = compute_study(tiny.write()).results
    assert "no CT" in by_name(results, "Rest").absorbed_dose_gy.reason
    assert by_name(results, "Liver").absorbed_dose_gy.value > 0


def test_the_remainder_needs_the_same_part_of_the_body_in_every_scan(tiny):
    tiny.replace("curves:", "  remainder: {name: Rest}\ncurves:")
    body = np.zeros((16, 16, 16), dtype=np.uint16)
    body[:, 2:14, 2:14] = 1064
    for n, scan in enumerate(tiny.scans):
        at = {name: scan[0][name].value for name in ("AcquisitionDate", "AcquisitionTime")}
        tiny.scans[n] = [*(scan[:11] if n == 1 else scan), *tiny.build.ct(body, **at)]
    rest = by_name(compute_study(tiny.write()).results, "Rest")
    assert "different parts of the body" in rest.absorbed_dose_gy.reason
    assert rest.absorbed_dose_map_mean_gy.value is None


def test_a_ct_without_a_body_costs_only_the_remainder(tiny):
    tiny.replace("curves:", "  remainder: {name: Rest}\ncurves:")
    tiny.replace("auto,", 'auto, half_life: {half_life: "60 h", standard_uncertainty: "6 h", source: test},')
    scan = tiny.scans[0]
    at = {name: scan[0][name].value for name in ("AcquisitionDate", "AcquisitionTime")}
    tiny.scans = [[*scan, *tiny.build.ct(np.zeros((16, 16, 16), dtype=np.uint16), **at)]]
    results = compute_study(tiny.write()).results
    assert "no body" in by_name(results, "Rest").absorbed_dose_gy.reason
    assert by_name(results, "Liver").absorbed_dose_gy.value > 0


def test_a_threshold_that_finds_nothing_says_so(tiny):
    tiny.replace(KIDNEY, HOT.format('"1 GBq/ml"'))
    hot = by_name(compute_study(tiny.write()).results, "Hot")
    assert "is below the threshold, 1e+09 Bq/ml" in hot.absorbed_dose_gy.reason


def test_a_threshold_within_an_empty_region_costs_only_itself(tiny):
    tiny.replace(KIDNEY, HOT.format('"1 kBq/ml"'))
    del tiny.structures[0].ROIContourSequence[1].ContourSequence
    results = compute_study(tiny.write()).results
    assert by_name(results, "Hot").absorbed_dose_gy.value is None
    assert by_name(results, "Liver").absorbed_dose_gy.value > 0


def test_a_forgotten_contour_of_a_small_region_is_told(tiny):
    del tiny.structures[0].ROIContourSequence[1].ContourSequence[1]
    kidney = by_name(compute_study(tiny.write()).results, "Kidney_L")
    assert kidney.volume_ml.value == pytest.approx(3 * 8 * 8 * 0.024)
    assert any("1 planes" in finding for finding in kidney.findings)


def test_results_do_not_go_among_the_images(tiny):
    path = tiny.write()
    with pytest.raises(OutputError, match="outside the images"):
        run_study(path, tiny.folder / "dicom" / "results")
    assert not (tiny.folder / "dicom" / "results").exists()


def test_a_draft_stays_a_study_file_whatever_the_names(tiny):
    tiny.structures[0].SpecificCharacterSet = "ISO_IR 192"
    tiny.structures[0].StructureSetROISequence[0].ROIName = "Li\x7fver\u2028: [#"
    tiny.scans.append(tiny.scan(1, SpecificCharacterSet="ISO_IR 192", SeriesDescription="two\u2028patient: {label: x}"))
    path = tiny.write()
    report = inspect_folder([tiny.folder / "dicom"])
    path.write_text(draft_study(report, tiny.folder / "dicom", tiny.folder).text, encoding="utf-8")
    content = read_yaml(path, "study file")
    assert content["patient"] == {"label": "?"}
    assert any(item["name"].startswith("Li\x7fver") for item in content["regions"]["items"])
    with pytest.raises(InputError, match="your answer"):
        read_study(path)


@pytest.mark.parametrize(("dose", "ratio"), [("1e308 Gy", "2.6 Gy"), ("3 Gy", "1e-310 Gy")])
def test_bed_of_impossible_numbers_is_refused(dose, ratio):
    given = ["--absorbed-dose", dose, "--half-life", "50 h", "--repair-half-time", "2.8 h", "--alpha-beta", ratio]
    done = CliRunner().invoke(app, ["bed", *given, "--json"])
    assert isinstance(done.exception, InputError)
    assert done.stdout == ""


@pytest.mark.parametrize(
    "arguments", [["inspect", "a" * 5000], ["init", "a" * 5000], ["run", "x\x1b[31m.yaml", "--out", "o"]]
)
def test_what_a_file_system_refuses_is_one_line(monkeypatch, capsys, arguments):
    monkeypatch.setattr(sys, "argv", ["hevesy", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    streams = capsys.readouterr()
    assert ended.value.code == 2
    assert streams.out == ""
    assert streams.err.count("\n") == 1
    assert "\x1b" not in streams.err


def test_json_survives_every_terminal_and_name(capsys):
    print_json({"µ": "肝臓\udcff"})
    text = capsys.readouterr().out
    assert text.isascii()
    assert json.loads(text) == {"µ": "肝臓\udcff"}
