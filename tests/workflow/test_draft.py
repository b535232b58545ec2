"""The drafted study file: what the images say is filled in, what only the user knows is "?"."""

from __future__ import annotations

import dataclasses

import pytest
import yaml

from hevesy.domain import Camera, DecayReference, SeriesRecord
from hevesy.errors import InputError, OutputError, StudyFileError
from hevesy.workflow import compute_study, read_study, write_draft
from hevesy.workflow.config import DeadTimeCorrection, WholeBodyCalibration
from hevesy.workflow.draft_options import calibration_options

ANSWERS = {
    'patient: {label: "?"}': "patient: {label: tiny}",
    'radiopharmaceutical: "?"': 'radiopharmaceutical: "[177Lu]Lu-PSMA-617"',
    '  relative_standard_uncertainty: "?"': '  relative_standard_uncertainty: "3 %"',
    '  source: "?"': "  source: test",
    'fwhm: "?"': 'fwhm: "20 mm"',
    '    standard_uncertainty: "?"': '    standard_uncertainty: "1 mm"',
    'organ: "?", lesion: "?"': 'organ: "2 %", lesion: "3 %"',
    'boundary_standard_uncertainty: "?"': 'boundary_standard_uncertainty: "0.5 mm"',
    'scatter_between_scans: "?"': 'scatter_between_scans: "2 %"',
}


CAMERA = {"Manufacturer": "ACME", "ManufacturerModelName": "Ring", "ReconstructionMethod": "OSEM"}


def test_an_answered_draft_runs(tiny):
    tiny.scans = [tiny.scan(n, **CAMERA) for n in range(3)]
    tiny.write()
    path, open_keys = write_draft(tiny.folder, tiny.folder / "draft.yaml")
    text = path.read_text()
    assert "7.4 GBq" in text
    assert "2024-03-04T09:00:00" in text
    assert '{name: "Kidney_L", kind: organ, side: left}' in text
    assert len(open_keys) == text.count('"?"') - 2  # the heading explains the mark, and one line asks twice
    with pytest.raises(StudyFileError, match=r"patient.label: expected your answer"):
        read_study(path)
    for old, new in ANSWERS.items():
        assert old in text, old
        text = text.replace(old, new)
    assert text.count('"?"') == 1
    path.write_text(text)
    results = compute_study(path).results
    assert [region.name for region in results.regions] == ["Liver", "Kidney_L"]
    assert all(region.absorbed_dose_gy.value for region in results.regions)
    assert results.recovery.method == "shape"


def test_counts_ask_for_a_factor_that_belongs_to_the_camera(tiny, build):
    tiny.scans = [[build.nm(build.counts(shape=(16, 16, 16)))]]
    tiny.write()
    path, open_keys = write_draft(tiny.folder, tiny.folder / "draft.yaml")
    text = path.read_text()
    assert "method: factor" in text
    assert 'manufacturer: "ACME"' in text
    assert "windows_kev: [[187.0, 229.0]]" in text
    assert any("factor" in key for key in open_keys)


def test_several_reconstructions_are_listed_for_a_choice(tiny):
    tiny.scans.append(tiny.scan(1))
    tiny.write()
    text = write_draft(tiny.folder, tiny.folder / "draft.yaml")[0].read_text()
    assert "time_points:" in text
    assert text.count("emission:") == 4


def test_energy_windows_are_named_for_the_choice(tmp_path, build, multiframe):
    build.write(multiframe.windows(build, [build.counts(0), build.counts(1)]), tmp_path / "dicom" / "spect")
    text = write_draft(tmp_path, tmp_path / "draft.yaml")[0].read_text()
    for number, window in ((1, "187-229 keV"), (2, "101-125 keV")):
        (line,) = [line for line in text.splitlines() if f"#window-{number}" in line]
        assert window in line


def test_a_lesion_has_no_tabulated_density(tiny):
    tiny.structures[0].StructureSetROISequence[0].ROIName = "Lesion 1"
    tiny.structures[0].StructureSetROISequence[1].ROIName = "Something else"
    tiny.write()
    text = write_draft(tiny.folder, tiny.folder / "draft.yaml")[0].read_text()
    assert '{name: "Lesion 1", kind: lesion, side: none, density: "?"}' in text
    assert '{name: "Something else", kind: "?"' in text


def test_an_existing_file_is_not_overwritten(tiny):
    tiny.write()
    with pytest.raises(OutputError, match="exists"):
        write_draft(tiny.folder, None)
    assert (tiny.folder / "study.yaml").read_text() == tiny.text


def test_a_folder_without_images_is_refused(tmp_path):
    (tmp_path / "notes.txt").write_text("nothing here")
    with pytest.raises(InputError):
        write_draft(tmp_path, None)
    assert not (tmp_path / "study.yaml").exists()


def test_the_options_in_the_comments_are_those_of_the_schema():
    """Uncommented, they are read without a word."""
    offered = [line for line in calibration_options([]) if not line.startswith("# whole_body_check")]
    lines = [line.replace("# ", "", 1) for line in offered]
    read = yaml.safe_load("\n".join(["calibration:", *lines[1:]]))
    assert set(read) == {"calibration", "dead_time"}
    whole_body = WholeBodyCalibration.model_validate(read["calibration"])
    assert whole_body.fraction_in_field.value == pytest.approx(0.95)
    assert DeadTimeCorrection.model_validate(read["dead_time"]).rates[0].mean == pytest.approx(9e4)


def test_decay_while_counting_is_mentioned_where_it_may_be_asked():
    for reference, asked in (("START", True), ("NONE", False)):
        record = dataclasses.replace(
            SeriesRecord("S1", "1", "1", "PT", "", (), ("", "", "")),
            half_life_s=6586.2,
            acquisition_duration_s=180.0,
            decay_corrected_to=DecayReference.ACQUISITION if reference == "START" else DecayReference.NONE,
        )
        assert any("decay_during_acquisition" in line for line in calibration_options([record])) is asked
        long_lived = dataclasses.replace(record, half_life_s=574300.0)
        assert not any("decay_during_acquisition" in line for line in calibration_options([long_lived]))


def test_images_corrected_for_dead_time_are_offered_no_correction():
    record = SeriesRecord("S1", "1", "1", "PT", "", (), ("", "", ""), camera=Camera(corrections=("DTIM",)))
    assert not any("dead_time" in line for line in calibration_options([record]))
