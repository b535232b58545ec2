"""The pseudonymised export of a folder: names, bytes, references, refusals, the command."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys

import numpy as np
import pydicom
import pytest
import yaml

from hevesy.acquire import inspect_folder
from hevesy.errors import InputError, OutputError
from hevesy.workflow import PseudonymisationRequest, compute_study, pseudonymise

PLANTED = (b"secret", b"person", b"wibblethorpe")
KEY = b"a secret of the site, kept apart"


@pytest.fixture
def patient(tiny):
    """The tiny patient with a folder and files that carry the name, things to leave out, and a study file."""
    tiny.replace("name: Kidney_L", "name: Kidney_L of Person")
    tiny.structures[0].StructureSetROISequence[1].ROIName = "Kidney_L of Person"
    tiny.replace("images: dicom", "images: Secret_Person")
    tiny.replace(
        'administration: {relative_standard_uncertainty: "2 %"}',
        'administration: {start: "2024-03-04T09:00:00", relative_standard_uncertainty: "2 %"}',
    )
    tiny.replace("  drawn_on: 1", "  from: Secret_Person/regions/IM0000_SECRET-ID.dcm\n  drawn_on: 1")
    tiny.write()
    folder = tiny.folder / "Secret_Person"
    (tiny.folder / "dicom").rename(folder)
    for path in folder.rglob("IM*"):
        path.rename(path.with_name(f"{path.name}_SECRET-ID.dcm"))
    first = sorted((folder / "scan_0").iterdir())[0]
    first.write_bytes(b"Secret^Person".ljust(128, b"\0") + first.read_bytes()[128:])
    (folder / "letter.txt").write_text("Dear Dr Wibblethorpe")
    capture = tiny.scan(0)[0]
    capture.SOPClassUID = pydicom.uid.SecondaryCaptureImageStorage
    tiny.build.write(capture, folder / "capture.dcm")
    burned = tiny.scan(0)[0]
    burned.BurnedInAnnotation = "YES"
    tiny.build.write(burned, folder / "burned.dcm")
    (tiny.folder / "key").write_bytes(KEY)
    return tiny


def request(patient, out, **changes):
    settings = {"label": "P-001", "key_file": patient.folder / "key", "study": patient.folder / "study.yaml"}
    return PseudonymisationRequest(patient.folder / "Secret_Person", out, **{**settings, **changes})


def test_no_name_in_any_byte_or_file_name(patient, tmp_path):
    out = tmp_path / "out"
    report = pseudonymise(request(patient, out))
    files = [path for path in out.rglob("*") if path.is_file()]
    assert len(files) == 3 * 16 + 1 + 2
    for path in files:
        content = path.read_bytes().lower()
        assert [word for word in PLANTED if word in content] == [], path
        assert [word for word in PLANTED if word in path.relative_to(out).as_posix().lower().encode()] == []
    assert report["n_written"] == 49
    assert report["left_out"] == {"burned-in-annotation": 1, "kind-of-object": 1, "not-dicom-or-nifti": 1}
    assert report == json.loads((out / "pseudonymised.json").read_text())
    assert report["n_regions_renamed"] == 1


def test_doses_and_intervals_are_the_same_and_dates_are_not(patient, tmp_path):
    pseudonymise(request(patient, tmp_path / "out"))
    for name in ("capture.dcm", "burned.dcm"):
        (patient.folder / "Secret_Person" / name).unlink()
    before = compute_study(patient.folder / "study.yaml").results
    after = compute_study(tmp_path / "out" / "study.yaml").results
    assert [r.name for r in after.regions] == ["Liver", "Renamed 1"]
    for one, other in zip(before.regions, after.regions, strict=True):
        assert one.absorbed_dose_gy.value == other.absorbed_dose_gy.value
        assert one.absorbed_dose_map_mean_gy.value == other.absorbed_dose_map_mean_gy.value
    assert [p.time_h for p in before.time_points] == [p.time_h for p in after.time_points]
    assert all(a.start[:10] != b.start[:10] for a, b in zip(before.time_points, after.time_points, strict=True))
    assert all(a.start[10:] == b.start[10:] for a, b in zip(before.time_points, after.time_points, strict=True))


def test_the_study_file_moves_along(patient, tmp_path):
    pseudonymise(request(patient, tmp_path / "out", shift_days=-4))
    study = yaml.safe_load((tmp_path / "out" / "study.yaml").read_text())
    assert study["patient"] == {"label": "P-001"}
    assert study["administration"]["start"] == "2024-02-29T09:00:00"
    assert (study["images"], study["regions"]["from"]) == (".", "regions/object_00001.dcm")
    scans = [s.acquisition_start for s in inspect_folder([tmp_path / "out"]).series if s.modality == "PT"]
    assert sorted(f"{start:%Y%m%d}" for start in scans) == ["20240229", "20240301", "20240304"]


def test_the_same_key_gives_the_same_objects(patient, tmp_path):
    for name in ("a", "b"):
        pseudonymise(request(patient, tmp_path / name))
    (patient.folder / "key").write_bytes(KEY + b" another")
    pseudonymise(request(patient, tmp_path / "c"))

    def objects(name):
        return {p.relative_to(tmp_path / name): p.read_bytes() for p in (tmp_path / name).rglob("*.dcm")}

    assert objects("a") == objects("b")
    assert objects("a").keys() == objects("c").keys()
    assert all(objects("a")[name] != objects("c")[name] for name in objects("a"))


def another_patient(patient, changes):
    extra = patient.scan(2, PatientID="OTHER")
    patient.build.write_all(extra, patient.folder / "Secret_Person" / "more")


def short_key(patient, changes):
    (patient.folder / "key").write_bytes(b"short")


def no_key(patient, changes):
    changes["key_file"] = patient.folder / "nothing"


def name_as_label(patient, changes):
    changes["label"] = "Person-1"


def odd_label(patient, changes):
    changes["label"] = "../P 1"


def no_shift(patient, changes):
    changes["shift_days"] = 0


def name_in_the_study(patient, changes):
    path = patient.folder / "study.yaml"
    path.write_text(path.read_text().replace("source: test", "source: measured for Mrs Person"))


REFUSED = {
    another_patient: "one patient",
    short_key: "16 bytes",
    no_key: "key file",
    name_as_label: "identifier",
    odd_label: "label",
    no_shift: "at least one day",
    name_in_the_study: "calibration.source",
}


@pytest.mark.parametrize("spoil", REFUSED, ids=lambda f: f.__name__)
def test_refused_and_nothing_is_written(patient, tmp_path, spoil):
    changes = {}
    spoil(patient, changes)
    with pytest.raises(InputError, match=REFUSED[spoil]) as caught:
        pseudonymise(request(patient, tmp_path / "out", **changes))
    assert "person" not in str(caught.value).lower()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["patient"]


def test_a_folder_with_nothing_to_export_is_refused(patient, tmp_path):
    folder = patient.folder / "Secret_Person"
    for path in [*folder.glob("scan_*/*"), *folder.glob("regions/*")]:
        path.unlink()
    with pytest.raises(InputError, match="1 burned-in-annotation, 1 kind-of-object, 1 not-dicom-or-nifti"):
        pseudonymise(request(patient, tmp_path / "out"))


def test_the_output_may_not_lie_in_the_source(patient):
    with pytest.raises(OutputError, match="outside"):
        pseudonymise(request(patient, patient.folder / "Secret_Person" / "out"))


def test_damaged_files_end_in_one_line_or_without_the_name(build, tmp_path):
    (tmp_path / "key").write_bytes(KEY)
    originals = [build.nm(), build.pt()[0], build.rtstruct({"Liver": [np.zeros((3, 3))]})]
    whole = [build.write(ds, tmp_path / "whole" / f"{n}").read_bytes() for n, ds in enumerate(originals)]
    rng = np.random.default_rng(5)
    written = 0
    for n in range(60):
        data = bytearray(whole[rng.integers(len(whole))])
        for _ in range(rng.integers(1, 12)):
            data[rng.integers(132, len(data))] = rng.integers(256)
        source, out = tmp_path / f"in_{n}", tmp_path / f"out_{n}"
        source.mkdir()
        (source / "a.dcm").write_bytes(data)
        with contextlib.suppress(InputError):
            pseudonymise(PseudonymisationRequest(source, out, "P-001", tmp_path / "key"))
        written += out.exists()
        content = b"".join(path.read_bytes() for path in out.rglob("*.dcm")).lower()
        assert not [word for word in PLANTED if word in content]
    assert written > 10


def test_the_command(patient, tmp_path):
    command = [sys.executable, "-m", "hevesy", "pseudonymise", str(patient.folder / "Secret_Person")]
    command += ["--out", str(tmp_path / "out"), "--label", "P-001", "--key-file", str(patient.folder / "key"), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["n_written"] == 49
    assert not [word for word in PLANTED if word.decode() in done.stdout.lower()]


@pytest.mark.peer
def test_an_archive_stores_and_returns_what_is_written(patient, tmp_path, assert_returned):
    pseudonymise(request(patient, tmp_path / "out"))
    for path in (sorted((tmp_path / "out").rglob("*.dcm")))[::16]:
        assert_returned(path)


@pytest.mark.peer
def test_dciodvfy_finds_no_new_error(patient, tmp_path, dciodvfy):
    pseudonymise(request(patient, tmp_path / "out", study=None))
    originals = sorted((patient.folder / "Secret_Person").glob("*/IM0000*"))
    known = {line for path in originals for line in dciodvfy(path)}
    for path in sorted((tmp_path / "out").rglob("object_00001.dcm")):
        assert [line for line in dciodvfy(path) if line not in known] == []
