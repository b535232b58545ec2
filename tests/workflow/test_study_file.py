"""The study file is strict: unknown keys, missing units and guesses are refused in one line."""

from pathlib import Path

import pytest

from hevesy.errors import StudyFileError
from hevesy.workflow.study_file import read_study

GOOD = """
hevesy_study: 1
patient: {label: test}
images: dicom
administration:
  radionuclide: Lu-177
  measured: {activity: "7.45 GBq", at: "2024-03-04T08:30:00", relative_standard_uncertainty: "2 %"}
  residual: {activity: "30 MBq", at: "2024-03-04T09:40:00"}
  start: "2024-03-04T09:00:00"
calibration: {method: file, relative_standard_uncertainty: "3 %", source: test}
recovery: {method: none, reason: test}
alignment: {method: rigid-ct, reference: 1, maximum_residual: "6 mm"}
regions:
  drawn_on: 1
  boundary_standard_uncertainty: "1 mm"
  density: reference
  items:
    - {name: Liver, kind: organ, side: none, alpha_beta: "2.5 Gy", repair_half_time: "2.5 h"}
curves: {model: auto, scatter_between_scans: "5 %"}
transport: {region_engine: mird-self-dose, map_engine: local}
dose_map: {recovery_corrected: false}
"""


def study(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_quantities_become_si(tmp_path):
    read = read_study(study(tmp_path, GOOD))
    assert read.administration.measured.activity == 7.45e9
    assert read.alignment.maximum_residual == 6.0
    assert read.regions.items[0].repair_half_time == 9000.0
    assert read.calibration.relative_standard_uncertainty == pytest.approx(0.03)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('"7.45 GBq"', "7.45", ("measured.activity", "no unit")),
        ('"7.45 GBq"', '"-1 GBq"', ("measured.activity", "greater than 0")),
        ('"7.45 GBq"', '"7.45 GBk"', ("measured.activity", "GBk")),
        ("drawn_on: 1", "drawn_on: 1\n  colour: red", ("colour", "unknown key")),
        ("patient: {label: test}", "", ("patient", "missing")),
        ("hevesy_study: 1", "hevesy_study: 2", ("hevesy_study",)),
        ("kind: organ", "kind: organism", ("items.0.kind", "organism")),
        (', maximum_residual: "6 mm"', "", ("maximum_residual",)),
        ("  density: reference\n", "", ("density", "Liver")),
        ('  residual: {activity: "30 MBq", at: "2024-03-04T09:40:00"}\n', "", ("residual",)),
        ("method: file", "method: magic", ("calibration", "magic")),
        ('start: "2024-03-04T09:00:00"', "start: 2024-03-04", ("start", "no time")),
        ('start: "2024-03-04T09:00:00"', 'start: "2024-03-04T09:00:00Z"', ("start", "zone")),
        (
            'relative_standard_uncertainty: "3 %"',
            'relative_standard_uncertainty: "?"',
            ("relative_standard_uncertainty", "?"),
        ),
        ("images: dicom", "images: dicom\nimages: other", ("images", "twice")),
        ("images: dicom", "images: &a dicom\nx: *a", ("aliases",)),
        ("images: dicom", "images: [dicom", ("line",)),
        ("images: dicom", "images: !!python/object/apply:os.system [ls]", ("line",)),
        ('"7.45 GBq"', '"7,45 GBq"', ("measured.activity", "decimal point")),
        ('"3 %"', '"100 %"', ("study.yaml, calibration.relative_standard_uncertainty: expected a number less than 1",)),
        ("drawn_on: 1", "drawn_on: all", ("regions.drawn_on: expected", "or 'each', but 'all' came")),
        ("drawn_on: 1", "drawn_on: {series: abc}", ("regions.drawn_on.time_point: expected this key",)),
        ("drawn_on: 1", "drawn_on: {series: abc, time_point: 1}", ("expected 'maximum_residual'",)),
        ("drawn_on: 1", "drawn_on: {series: abc, time_point: 1, colour: red}", ("the unknown key 'colour'",)),
        ("density: reference", 'density: "1050 kg/l"', ("study.yaml, regions.density: expected", "or 'reference'")),
        ("method: none, ", "", ("recovery: expected the key 'method'",)),
        ("images: dicom", 'images: ""', ("images",)),
        ("images: dicom", "images: []", ("images",)),
        ("images: dicom", 'images: "a\\0b"', ("images",)),
        ("images: dicom", "images: dicom\ntime_points: []", ("time_points",)),
        ("drawn_on: 1", "drawn_on: 1\n  labels: {-1: Liver}", ("labels.-1", "greater than or equal to 1")),
        (GOOD, GOOD + "---\na: 1\n", ("expected YAML, but found another document",)),
        (GOOD, "- a list", ("mapping",)),
        (GOOD, "", ("mapping",)),
    ],
)
def test_what_is_wrong_is_named_in_one_line(tmp_path, old, new, words):
    assert old in GOOD
    with pytest.raises(StudyFileError) as caught:
        read_study(study(tmp_path, GOOD.replace(old, new)))
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message


def test_region_twice_is_refused(tmp_path):
    item = "    - {name: Liver, kind: organ, side: none}\n"
    with pytest.raises(StudyFileError, match="Liver came twice"):
        read_study(study(tmp_path, GOOD.replace("curves:", item + "curves:")))


def test_missing_binary_and_huge_files(tmp_path):
    with pytest.raises(StudyFileError, match="readable"):
        read_study(tmp_path / "none.yaml")
    (tmp_path / "binary.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(StudyFileError, match="readable"):
        read_study(tmp_path / "binary.yaml")
    (tmp_path / "huge.yaml").write_text("a" * 2_000_000)
    with pytest.raises(StudyFileError, match="1 MB"):
        read_study(tmp_path / "huge.yaml")


def test_what_a_file_system_says_is_told_in_words(tmp_path):
    with pytest.raises(StudyFileError, match="No such file"):
        read_study(tmp_path / "none.yaml")
    with pytest.raises(StudyFileError, match="directory"):
        read_study(tmp_path)
    (tmp_path / "latin.yaml").write_bytes("patient: {label: M\u00fcller}".encode("latin-1"))
    with pytest.raises(StudyFileError, match="UTF-8"):
        read_study(tmp_path / "latin.yaml")
