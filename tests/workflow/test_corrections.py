"""What the study file says of corrections that the images do not state."""

from __future__ import annotations

import pytest

from hevesy.errors import ScaleError, StudyFileError
from hevesy.workflow import compute_study, read_study, write_draft

BOTH = 'corrections: {attenuation: applied, scatter: not-applied, source: "site protocol 12"}\ncalibration:'


def spoil(tiny, corrected):
    for ds in (ds for scan in tiny.scans for ds in scan):
        ds.CorrectedImage = corrected


@pytest.mark.parametrize(
    ("corrected", "words"),
    [(["DECY"], "corrected for attenuation, but CorrectedImage says DECY"), (None, "neither CorrectedImage nor")],
)
def test_without_a_word_it_is_refused(tiny, corrected, words):
    spoil(tiny, corrected)
    with pytest.raises(ScaleError, match=words):
        compute_study(tiny.write())


def test_the_word_of_the_study_settles_it_and_is_told(tiny):
    spoil(tiny, ["DECY"])
    tiny.replace("calibration:", BOTH)
    findings = compute_study(tiny.write()).results.findings
    assert (
        "the scan of time point 1 is corrected for attenuation by the word of the study file; the images say that it is "
        "not (site protocol 12)"
    ) in findings
    assert (
        "the scan of time point 1 is not corrected for scatter, which the study file accepts; no uncertainty accounts "
        "for it (site protocol 12)"
    ) in findings


def test_each_correction_needs_its_own_word(tiny):
    spoil(tiny, ["DECY"])
    tiny.replace("calibration:", BOTH.replace("scatter: not-applied, ", ""))
    with pytest.raises(ScaleError, match="corrected for scatter"):
        compute_study(tiny.write())


def test_not_applied_against_the_images_is_refused(tiny):
    tiny.replace("calibration:", BOTH)
    with pytest.raises(StudyFileError, match=r"corrections\.scatter: expected the word of the images"):
        compute_study(tiny.write())


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ("{source: test}", "expected 'attenuation' or 'scatter'"),
        ("{attenuation: applied}", "source"),
        ("{attenuation: perhaps, source: test}", "applied"),
        ("{attenuation: applied, scatter: '?', source: test}", "your answer"),
    ],
)
def test_the_section_is_strict(tiny, section, words):
    tiny.replace("calibration:", f"corrections: {section}\ncalibration:")
    with pytest.raises(StudyFileError, match=words):
        read_study(tiny.write())


def test_the_draft_asks_only_for_what_is_not_said(tiny):
    spoil(tiny, ["ATTN", "DECY"])
    tiny.write()
    path, open_keys = write_draft(tiny.folder, tiny.folder / "draft.yaml")
    text = path.read_text()
    assert '  scatter: "?"  # applied; or not-applied where you accept values without it' in text
    assert "attenuation:" not in text
    assert any("scatter" in key for key in open_keys)


def test_a_calibration_phantom_is_held_to_the_same(tiny, build):
    spoil(tiny, ["ATTN", "SCAT", "DECY"])
    phantom = build.nm(QualityControlImage="YES", CorrectedImage=["UNIF"])
    build.write_all([phantom], tiny.folder / "phantom")
    method = tiny.text[tiny.text.index("calibration:") : tiny.text.index("recovery:")]
    tiny.replace(
        method,
        "calibration: {method: phantom, images: phantom, activity: '1 GBq', at: '2024-03-05T08:00:00', "
        "relative_standard_uncertainty: '2 %'}\n",
    )
    with pytest.raises(ScaleError, match="corrected for attenuation"):
        compute_study(tiny.write())
