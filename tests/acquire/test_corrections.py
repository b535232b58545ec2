"""Attenuation and scatter correction: applied, absent or unknown."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from hevesy.cli.app import app
from hevesy.domain import CorrectionState

APPLIED, ABSENT, UNKNOWN = CorrectionState.APPLIED, CorrectionState.ABSENT, CorrectionState.UNKNOWN


def told(series):
    return {f.code: f.blocking for f in series.contradictions if "correction" in f.code and "decay" not in f.code}


def states(series):
    return series.attenuation_correction, series.scatter_correction


@pytest.mark.parametrize("modality", ["nm", "pt"])
@pytest.mark.parametrize(
    ("listed", "attenuation", "scatter", "expected"),
    [
        (["ATTN", "SCAT"], None, None, (APPLIED, APPLIED)),
        (["UNIF", "ATTN"], None, None, (APPLIED, ABSENT)),
        (["UNIF"], None, None, (ABSENT, ABSENT)),
        (None, None, None, (UNKNOWN, UNKNOWN)),
        (None, "CT-derived mu-map", "TEW", (APPLIED, APPLIED)),
        (None, "NONE", "none", (ABSENT, ABSENT)),
        (None, "N/A", "unknown", (UNKNOWN, UNKNOWN)),
        (["ATTN", "SCAT"], "measured, CT", "model-based", (APPLIED, APPLIED)),
        (["ATTN", "SCAT"], "NONE", "NONE", (UNKNOWN, UNKNOWN)),
        (["UNIF"], "CT-derived mu-map", "TEW", (UNKNOWN, UNKNOWN)),
    ],
)
def test_states(build, read, modality, listed, attenuation, scatter, expected):
    changes = {
        "CorrectedImage": listed,
        "AttenuationCorrectionMethod": attenuation,
        "ScatterCorrectionMethod": scatter,
    }
    made = getattr(build, modality)(**changes)
    series = read(*(made if modality == "pt" else [made])).series[0]
    assert states(series) == expected
    named = zip(("attenuation", "scatter"), expected, strict=True)
    assert told(series) == {f"{name}-correction-{state}": True for name, state in named if state is not APPLIED}


def test_what_the_files_say_is_named(build, read):
    series = read(build.nm(CorrectedImage=["UNIF", "DTIM"], ScatterCorrectionMethod="TEW")).series[0]
    messages = [f.message for f in series.contradictions]
    assert messages == [
        "series S1: expected values corrected for attenuation, but CorrectedImage says UNIF DTIM",
        "series S1: expected values corrected for scatter, but CorrectedImage says UNIF DTIM and "
        "ScatterCorrectionMethod says 'TEW'",
    ]


def test_files_of_one_series_that_differ_are_unknown(build, read):
    slices = build.pt()
    slices[3].CorrectedImage = ["ATTN"]
    series = read(*slices).series[0]
    assert states(series) == (APPLIED, UNKNOWN)
    assert told(series) == {"scatter-correction-unknown": True}


def test_a_phantom_is_held_to_the_same(build, read):
    series = read(build.nm(QualityControlImage="YES", CorrectedImage=["UNIF"])).series[0]
    assert told(series) == {"attenuation-correction-absent": True, "scatter-correction-absent": True}


def test_a_planar_image_is_not_asked(build, read):
    series = read(build.nm(ImageType=["ORIGINAL", "PRIMARY", "STATIC", "EMISSION"], CorrectedImage=None)).series[0]
    assert states(series) == (None, None)
    assert told(series) == {}


def test_the_report_shows_the_states(build, tmp_path):
    build.write_all([build.nm(CorrectedImage=["ATTN"]), *build.ct()], tmp_path / "in")
    shown = CliRunner().invoke(app, ["inspect", str(tmp_path / "in")]).stdout
    assert "attenuation applied, scatter absent" in shown
    document = json.loads(CliRunner().invoke(app, ["inspect", str(tmp_path / "in"), "--json"]).stdout)
    shown = [(s["attenuation_correction"], s["scatter_correction"]) for s in document["series"]]
    assert shown == [("applied", "absent"), (None, None)]
