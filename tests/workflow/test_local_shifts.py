"""Regions moved to where the emission image shows them, in the whole job."""

from __future__ import annotations

import numpy as np
import pytest

from hevesy.errors import StudyFileError
from hevesy.workflow import compute_study

ASKED = 'alignment: {method: identity, reference: 1, local_shift: {maximum: "12 mm", resolution: "3 mm"}}'
PLAIN = "alignment: {method: identity, reference: 1}"


def shift_by_rows(slices, rows):
    """Move the picture along y by whole rows; the position stays as the file says."""
    for part in slices:
        stored = np.frombuffer(part.PixelData, dtype=np.uint16).reshape(part.Rows, part.Columns)
        part.PixelData = np.roll(stored, rows, axis=0).tobytes()


@pytest.fixture
def breathing(tiny):
    """The second scan shows everything one row (2.0 mm or what the builder has) towards the back."""
    shift_by_rows(tiny.scans[1], 1)
    tiny.replace(PLAIN, ASKED)
    return tiny


def region(output, name):
    return next(r for r in output.results.regions if r.name == name)


def test_a_region_follows_the_image(breathing):
    output = compute_study(breathing.write())
    _, row_mm, _ = breathing.build.SPACING
    shifts = {(s.region, s.time_point): s.shift_mm for s in output.results.local_shifts}
    assert set(shifts) == {(name, n) for name in ("Liver", "Kidney_L") for n in (1, 2, 3)}
    for name in ("Liver", "Kidney_L"):
        assert shifts[name, 1] == pytest.approx((0, 0, 0), abs=0.3)
        assert shifts[name, 2] == pytest.approx((0, row_mm, 0), abs=0.3)
        liver = region(output, name)
        assert liver.time_integrated_activity_bq_s.budget["registration"] > 0


def test_activities_are_those_of_the_scan_without_the_movement(breathing):
    moved = compute_study(breathing.write())
    shift_by_rows(breathing.scans[1], -1)
    breathing.replace(ASKED, PLAIN)
    still = compute_study(breathing.write())
    for name in ("Liver", "Kidney_L"):
        found, expected = (region(o, name).time_points[1].activity_bq.value for o in (moved, still))
        assert found == pytest.approx(expected, rel=1e-6)


def test_a_region_can_be_excluded_and_nothing_happens_unasked(breathing):
    breathing.replace("kind: organ, side: left}", "kind: organ, side: left, local_shift: false}")
    output = compute_study(breathing.write())
    assert {s.region for s in output.results.local_shifts} == {"Liver"}
    breathing.replace(ASKED, PLAIN)
    assert compute_study(breathing.write()).results.local_shifts == []


def test_a_shift_beyond_the_maximum_is_a_finding_and_the_region_stays(breathing):
    breathing.replace('maximum: "12 mm"', 'maximum: "0.5 mm"')
    output = compute_study(breathing.write())
    entry = next(s for s in output.results.local_shifts if s.region == "Liver" and s.time_point == 2)
    assert entry.shift_mm is None
    assert "farther away than 0.5 mm" in entry.reason
    assert any("time point 2: not moved" in text for text in region(output, "Liver").findings)


def test_the_report_shows_the_shifts(breathing):
    from hevesy.report import compose

    output = compute_study(breathing.write())
    text = repr(compose(output.results, output.images))
    assert "To the head" in text
    assert "6 of 6 times a region was then moved" in text


def test_resolution_and_maximum_are_both_needed(tiny):
    tiny.replace(PLAIN, 'alignment: {method: identity, reference: 1, local_shift: {maximum: "12 mm"}}')
    with pytest.raises(StudyFileError, match="resolution"):
        compute_study(tiny.write())
