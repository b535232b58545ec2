"""The drafted study file: what the images say is filled in, what only the user knows is "?"."""

from __future__ import annotations

import pytest

from hevesy.errors import InputError, OutputError, StudyFileError
from hevesy.workflow import compute_study, read_study, write_draft

ANSWERS = {
    'patient: {label: "?"}': "patient: {label: tiny}",
    'radiopharmaceutical: "?"': 'radiopharmaceutical: "[177Lu]Lu-PSMA-617"',
    '  relative_standard_uncertainty: "?"': '  relative_standard_uncertainty: "3 %"',
    '  source: "?"': "  source: test",
    '  reason: "?"': "  reason: test",
    'boundary_standard_uncertainty: "?"': 'boundary_standard_uncertainty: "0.5 mm"',
    'scatter_between_scans: "?"': 'scatter_between_scans: "2 %"',
}


def test_an_answered_draft_runs(tiny):
    tiny.write()
    path, open_keys = write_draft(tiny.folder, tiny.folder / "draft.yaml")
    text = path.read_text()
    assert "7.4 GBq" in text
    assert "2024-03-04T09:00:00" in text
    assert '{name: "Kidney_L", kind: organ, side: left}' in text
    assert len(open_keys) == text.count('"?"') - 1  # the heading explains the mark once
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
