"""Planar NM images and projections: what `inspect` says, and their frames."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

from hevesy.acquire import inspect_folder, load_image, load_planar
from hevesy.cli.app import app
from hevesy.domain import EnergyWindow, ImageKind
from hevesy.errors import GeometryError, ReadError

ANTERIOR = ("399321004", "SCT", "Anterior projection")
POSTERIOR = ("399001007", "SCT", "Posterior projection")
FRONT, BACK = [1, 0, 0, 0, 0, -1], [-1, 0, 0, 0, 0, -1]


def codes(series):
    return {finding.code for finding in series.contradictions}


def detector(build, view=None, orientation=None, angle=None):
    ds = build.item(CollimatorGridName="MEGP")
    if view:
        ds.ViewCodeSequence = build.code(*view)
    if orientation:
        ds.ImageOrientationPatient = orientation
    if angle is not None:
        ds.StartAngle = angle
    return ds


def whole_body(build, multiframe, detectors, n_windows=1, **changes):
    """Frames ordered by window, then detector."""
    n = len(detectors) * n_windows
    ds = multiframe.planar(build, "WHOLE BODY", build.counts(3, (n, 30, 10)))
    ds.FrameIncrementPointer = [0x00540010, 0x00540020]
    ds.EnergyWindowVector = [w + 1 for w in range(n_windows) for _ in detectors]
    ds.DetectorVector = [d + 1 for _ in range(n_windows) for d in range(len(detectors))]
    ds.NumberOfDetectors, ds.NumberOfEnergyWindows = len(detectors), n_windows
    ds.DetectorInformationSequence = build.sequence(*detectors)
    if n_windows > 1:
        ds.EnergyWindowInformationSequence = multiframe.windows(
            build, [build.counts()] * n_windows
        ).EnergyWindowInformationSequence
    ds.ScanLength = 1950
    return build.update(ds, changes)


def test_whole_body_of_two_detectors_and_two_windows(build, multiframe, read):
    pair = [detector(build, ANTERIOR, FRONT), detector(build, POSTERIOR, BACK)]
    report = read(whole_body(build, multiframe, pair, 2))
    (series,) = report.series
    assert series.kind is ImageKind.WHOLE_BODY
    assert (series.grid, report.time_points) == (None, ())
    assert not any(f.blocking for f in series.contradictions)
    told = series.planar
    assert (told.matrix, told.spacing_mm, told.n_frames) == ((30, 10), (3.0, 2.0), 4)
    assert (told.n_detectors, told.n_windows, told.n_views, told.views) == (2, 2, 2, ("ANT", "POST"))
    assert (told.duration_s, told.scan_length_mm) == (600.0, 1950.0)
    assert told.counts_accumulated == build.counts(3, (4, 30, 10)).sum()
    image = load_planar(series)
    assert image.findings == ()
    assert [(f.view, f.detector, f.orientation) for f in image.frames] == [
        ("ANT", 1, ("L", "F")),
        ("POST", 2, ("R", "F")),
    ] * 2
    assert [f.windows for f in image.frames] == [(EnergyWindow(187, 229),)] * 2 + [(EnergyWindow(101, 125),)] * 2
    assert [f.duration_s for f in image.frames] == [600.0] * 4
    for frame, counts in zip(image.frames, build.counts(3, (4, 30, 10)), strict=True):
        assert np.array_equal(frame.counts, counts)
        assert not frame.counts.flags.writeable


def test_a_view_is_named_by_different_angles_but_not_by_a_placeholder(build, multiframe, read):
    angles = whole_body(build, multiframe, [detector(build, angle=180), detector(build, angle=0)])
    assert [f.view for f in load_planar(read(angles).series[0]).frames] == ["ANT", "POST"]
    zeros = whole_body(build, multiframe, [detector(build, angle=0), detector(build, angle=0)])
    zeros.SOPInstanceUID = angles.SOPInstanceUID
    assert read(zeros).series[0].planar.views == ()


def test_static_view_with_patient_orientation(build, multiframe, read):
    ds = multiframe.planar(
        build, "STATIC", build.counts(1, (1, 8, 8)), PatientOrientation=["L", "F"], NumberOfDetectors=1
    )
    (frame,) = load_planar(read(ds).series[0]).frames
    assert (frame.view, frame.orientation, frame.duration_s) == ("", ("L", "F"), 600.0)


def test_projections_are_no_volume(build, multiframe, read):
    ds = multiframe.planar(build, "TOMO", build.counts(1, (8, 6, 5)))
    ds.FrameIncrementPointer = [0x00540020, 0x00540050, 0x00540090]
    ds.DetectorVector, ds.RotationVector = [1] * 4 + [2] * 4, [1] * 8
    ds.AngularViewVector = [1, 2, 3, 4] * 2
    rotation = build.item(
        NumberOfFramesInRotation=4, ActualFrameDuration="20000", AngularStep="45", RotationDirection="CC"
    )
    ds.RotationInformationSequence = build.sequence(rotation)
    ds.DetectorInformationSequence = build.sequence(detector(build, angle=0), detector(build, angle=180))
    series = read(ds).series[0]
    assert series.kind is ImageKind.PROJECTIONS
    assert (series.planar.n_views, series.planar.n_detectors, series.planar.views) == (8, 2, ())
    assert series.acquisition_duration_s == series.planar.duration_s == 80.0
    frames = load_planar(series).frames
    assert [f.angle_deg for f in frames] == [0.0, 45.0, 90.0, 135.0, 180.0, 225.0, 270.0, 315.0]
    assert {f.duration_s for f in frames} == {20.0}
    with pytest.raises(GeometryError, match="reconstructed"):
        load_image(series)


def test_dynamic_phases(build, multiframe, read):
    ds = multiframe.planar(build, "DYNAMIC", build.counts(1, (5, 6, 5)), ActualFrameDuration=None)
    ds.FrameIncrementPointer = [0x00540030, 0x00540100]
    ds.PhaseVector, ds.TimeSliceVector = [1, 1, 1, 2, 2], [1, 2, 3, 1, 2]
    phases = [(3, "10000"), (2, "60000")]
    ds.PhaseInformationSequence = build.sequence(
        *(build.item(NumberOfFramesInPhase=n, ActualFrameDuration=each) for n, each in phases)
    )
    series = read(ds).series[0]
    assert (series.kind, series.acquisition_duration_s) == (ImageKind.DYNAMIC, 150.0)
    assert [f.duration_s for f in load_planar(series).frames] == [10.0, 10.0, 10.0, 60.0, 60.0]
    assert not any("duration" in name for name in series.missing)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("GATED", ImageKind.GATED),
        ("GATED TOMO", ImageKind.GATED_PROJECTIONS),
        ("RECON GATED TOMO", ImageKind.GATED_TOMOGRAM),
        ("SOMETHING", ImageKind.OTHER),
    ],
)
def test_other_kinds_are_named_and_never_scans(build, read, words, kind):
    report = read(build.nm(ImageType=["ORIGINAL", "PRIMARY", words, "EMISSION"]))
    (series,) = report.series
    assert series.kind is kind
    assert (series.grid, report.time_points) == (None, ())
    assert ("unknown-image-type" in codes(series)) == (kind is ImageKind.OTHER)


def test_a_planar_image_beside_a_tomogram_is_no_time_point(build, multiframe, read):
    report = read(build.nm(), multiframe.planar(build, "STATIC", build.counts(1, (1, 8, 8))))
    assert len(report.series) == 2
    assert [(p.emission, p.alternatives) for p in report.time_points] == [
        (next(s.id for s in report.series if s.kind is ImageKind.TOMOGRAM), ())
    ]


def test_counts_that_are_not_the_stated_ones_are_told(build, multiframe, read):
    counts = build.counts(1, (2, 8, 8))
    image = load_planar(
        read(multiframe.planar(build, "STATIC", counts, CountsAccumulated=int(counts.sum()) + 500)).series[0]
    )
    (finding,) = image.findings
    assert (finding.code, finding.blocking) == ("counts-contradiction", False)
    assert f"pixels sum to {counts.sum()}" in finding.message


def test_what_is_not_planar_is_refused(build, read):
    with pytest.raises(ReadError, match="one planar NM object"):
        load_planar(read(build.nm()).series[0])


def test_a_truncated_planar_image_is_refused(build, multiframe, tmp_path):
    path = build.write(multiframe.planar(build, "STATIC", build.counts(1, (2, 8, 8))), tmp_path / "in" / "x")
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(ReadError, match="truncated"):
        load_planar(inspect_folder([tmp_path / "in"]).series[0])


def test_what_inspect_shows(build, multiframe, tmp_path):
    pair = [detector(build, ANTERIOR, FRONT), detector(build, POSTERIOR, BACK)]
    build.write(whole_body(build, multiframe, pair), tmp_path / "in" / "x")
    shown = CliRunner().invoke(app, ["inspect", str(tmp_path / "in")]).output
    assert "whole-body planar" in shown
    words = " ".join(shown.split())
    assert "10 x 30 pixels of 2 x 3 mm, 2 frames, 2 detectors, ANT and POST, 1 energy window, scan length" in words
    document = json.loads(CliRunner().invoke(app, ["inspect", "--json", str(tmp_path / "in")]).output)
    assert document["series"][0]["kind"] == "whole-body planar"
    assert document["series"][0]["planar"]["views"] == ["ANT", "POST"]


def test_a_number_of_frames_that_the_pixels_do_not_have_is_refused(build, multiframe, read):
    ds = multiframe.planar(build, "STATIC", build.counts(1, (2, 8, 8)), NumberOfFrames="1", DetectorVector=[1])
    with pytest.raises(GeometryError, match="expected 128 bytes of pixels, but 256 are there"):
        load_planar(read(ds).series[0])
