"""Known shifts are found, structureless blocks are not trusted."""

import numpy as np
from scipy import ndimage

from hevesy.numerics.block_match import block_shifts

ALL = np.ones((40, 40, 40), dtype=bool)
SPACING = np.array([4.0, 4.0, 4.0])


def texture(seed=0, shape=(40, 40, 40)):
    noise = np.random.default_rng(seed).standard_normal(shape)
    return ndimage.gaussian_filter(noise, 2.5, mode="wrap")


def test_a_known_shift_is_found_to_a_fraction_of_a_voxel():
    fixed = texture()
    moved = ndimage.shift(fixed, (1.3, -2.0, 0.6), order=3, mode="wrap")
    shifts = block_shifts(fixed, moved, ALL, ALL, SPACING)
    assert len(shifts) > 20
    assert np.abs(np.median(shifts, axis=0) - np.array([5.2, -8.0, 2.4])).max() < 0.4


def test_unrelated_images_find_no_match():
    shifts = block_shifts(texture(0), texture(1), ALL, ALL, SPACING)
    assert np.isinf(np.median(np.linalg.norm(shifts, axis=1)))


def test_a_uniform_image_has_no_block_to_judge_by():
    assert block_shifts(np.ones((40, 40, 40)), texture(), ALL, ALL, SPACING).shape == (0, 3)


def test_blocks_that_reach_where_nothing_was_scanned_are_left_out():
    covered = ALL.copy()
    covered[:21] = False
    assert len(block_shifts(texture(), texture(), ALL, covered, SPACING)) < 60
    assert block_shifts(texture(), texture(), ALL, np.zeros_like(ALL), SPACING).shape == (0, 3)
