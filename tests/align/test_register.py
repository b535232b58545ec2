"""Registration of analytically moved CTs."""

import os
import signal

import numpy as np
import pytest

from hevesy.align import assess_alignment, check_alignment, overlay_slices, register_rigid
from hevesy.domain import Image, Quantity, RigidTransform
from hevesy.errors import AlignmentError

SHORT = {"shape": (50, 100, 100), "spacing": (4.2, 4.2, 5.0), "shift": (7, -12, -30)}


@pytest.fixture(scope="module")
def fixed(phantom):
    return phantom.ct(phantom.grid(frame="1.2.1"))


@pytest.fixture(scope="module")
def moved(phantom):
    """17 mm and 7 degrees away."""
    true = phantom.move((9, -8, 12), (3, -4, 5))
    return true, phantom.ct(phantom.grid(frame="1.2.2"), true.inverse(), seed=2)


@pytest.fixture(scope="module")
def registered(fixed, moved):
    calls = []
    found = register_rigid(fixed, moved[1], progress=lambda *told: calls.append(told))
    return found, calls


def test_a_17_mm_and_7_degree_start_ends_below_half_a_millimetre(phantom, moved, registered):
    found, calls = registered
    error = phantom.target_error(found.transform, moved[0])
    assert error.mean() < 0.3
    assert error.max() < 0.5
    assert (found.transform.source_frame, found.transform.target_frame) == ("1.2.1", "1.2.2")
    assert all(0 < done <= total for _, done, total in calls)


def test_the_quality_tells_what_was_moved_and_what_remains(registered):
    quality = registered[0].quality
    assert quality.residual_shift_mm < 1.0
    assert quality.matched_fraction > 0.9
    assert quality.body_overlap > 0.98
    assert quality.outline_distance_mm < 1.5
    assert quality.translation_mm == pytest.approx(17.0, abs=0.5)
    assert quality.rotation_deg == pytest.approx(7.14, abs=0.1)
    check_alignment(quality, 3.0)


def test_two_runs_give_the_same_bits(fixed, moved, registered):
    again = register_rigid(fixed, moved[1])
    assert again == registered[0]


def test_a_short_scan_far_away_is_found(phantom, fixed):
    true = phantom.move((0, 5, -100), (0, 3, 0))
    scan = phantom.ct(phantom.grid(**SHORT), true.inverse(), seed=3)
    assert phantom.target_error(register_rigid(fixed, scan).transform, true).max() < 1.0


@pytest.mark.parametrize(("shift", "expected"), [((0, 0, 0), 0.0), ((3, 0, 0), 3.0), ((0, 4, -4), 5.7)])
def test_the_residual_measures_a_known_misalignment(phantom, fixed, shift, expected):
    other = phantom.ct(phantom.grid(), seed=4)
    quality = assess_alignment(fixed, other, phantom.move(shift, (0, 0, 0)))
    assert quality.residual_shift_mm == pytest.approx(expected, abs=0.7)


def test_a_gross_misalignment_is_refused_with_its_numbers(phantom, fixed):
    quality = assess_alignment(fixed, fixed, phantom.move((0, 0, 90), (0, 0, 25)))
    with pytest.raises(AlignmentError, match=r"at most 6.0 mm.*body overlap 0\.\d+"):
        check_alignment(quality, 6.0, "time point 2")


def test_breathing_of_one_organ_does_not_carry_the_body_away(phantom, fixed):
    def breathing(p):
        near = np.exp(-(((p - np.array([-60, -20, -30])) / 60) ** 2).sum(axis=-1))
        return p - np.stack([0 * near, 0 * near, 12 * near], axis=-1)

    scan = phantom.ct(phantom.grid(), seed=5, deform=breathing)
    found = register_rigid(fixed, scan)
    assert phantom.target_error(found.transform, RigidTransform.identity()).mean() < 0.5
    assert found.quality.residual_shift_mm < 1.0


def test_scans_without_common_field_of_view_or_without_a_body_are_refused(phantom, fixed):
    with pytest.raises(AlignmentError, match="none in common"):
        assess_alignment(fixed, fixed, phantom.move((0, 0, 2000), (0, 0, 0)))
    empty = Image(fixed.grid, np.full(fixed.grid.shape, -1000.0), Quantity.CT_NUMBER)
    with pytest.raises(AlignmentError, match="moving CT"):
        register_rigid(fixed, empty)
    with pytest.raises(ValueError, match="HU"):
        register_rigid(fixed, Image(fixed.grid, fixed.values, Quantity.COUNTS))


def test_overlays_show_the_alignment_with_the_head_up(fixed, moved, registered):
    shown = overlay_slices(fixed, moved[1], registered[0].transform)
    assert set(shown) == {"axial", "coronal"}
    for overlay in shown.values():
        rows, columns = (slice(n // 4, 3 * n // 4) for n in overlay.fixed.shape)
        before, after = (np.abs(x - overlay.fixed)[rows, columns].mean() for x in (overlay.before, overlay.after))
        assert after < 0.5 * before
    coronal = shown["coronal"].fixed
    lungs, pelvis = coronal[: len(coronal) // 2], coronal[len(coronal) // 2 :]
    assert (lungs < -500)[:, 60:-60].mean() > (pelvis < -500)[:, 60:-60].mean()


def test_what_stops_the_progress_stops_the_registration(fixed):
    def stop(task, done, total):
        raise KeyError(done)

    with pytest.raises(KeyError, match="1"):
        register_rigid(fixed, fixed, progress=stop)


@pytest.fixture
def interruptible():
    """Python's own answer to Ctrl-C, which a program started in the background does not have."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_ctrl_c_within_a_registration_arrives(fixed):
    told = []

    def interrupt_once(task, done, total):
        if not told:
            os.kill(os.getpid(), signal.SIGINT)
        told.append(done)

    with pytest.raises(KeyboardInterrupt):
        register_rigid(fixed, fixed, progress=interrupt_once)
    assert len(told) < 20
