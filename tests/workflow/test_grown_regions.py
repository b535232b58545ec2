"""Regions grown from a point, in the whole job."""

from __future__ import annotations

import pytest

from hevesy.errors import StudyFileError
from hevesy.workflow import compute_study

KIDNEY = "    - {name: Kidney_L, kind: organ, side: left}"


def seed_of(build, z, y, x):
    (dz, dy, dx), (ox, oy, oz) = build.SPACING, build.ORIGIN
    return f'["{ox + x * dx} mm", "{oy + y * dy} mm", "{oz + z * dz} mm"]'


def grown(tiny, text, z=11, y=7, x=7):
    tiny.replace(
        KIDNEY,
        f"    - {{name: Hot, kind: lesion, side: none, grow: {{seed: {seed_of(tiny.build, z, y, x)}, {text}}}}}",
    )
    return tiny


def hot(tiny):
    return next(r for r in compute_study(tiny.write()).results.regions if r.name == "Hot")


def test_a_region_grows_from_its_seed_to_the_edge_of_what_is_warm(tiny):
    text = 'within: Kidney_L, image: emission, maximum_volume: "10 ml", relative_to_seed: "50 %"'
    assert hot(grown(tiny, text)).volume_ml.value == pytest.approx(4 * 8 * 8 * 0.024)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('within: Kidney_L, image: emission, maximum_volume: "2 ml", relative_to_maximum: "50 %"', "leaked"),
        ('within: Kidney_L, image: emission, maximum_volume: "9 ml", fixed: "1 GBq/ml"', "below the threshold"),
        ('within: Kidney_L, image: ct, maximum_volume: "9 ml", at_least_hu: 20', "no CT"),
        ('within: Liver, image: emission, maximum_volume: "9 ml", relative_to_seed: "50 %"', "outside the bounding"),
    ],
)
def test_what_cannot_grow_has_no_value_and_says_why(tiny, text, reason):
    region = hot(grown(tiny, text))
    assert region.absorbed_dose_gy.value is None
    assert reason in region.absorbed_dose_gy.reason


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('within: Liver, image: ct, maximum_volume: "9 ml", fixed: "1 kBq/ml"', "at_least_hu with image ct"),
        ('within: Liver, image: emission, maximum_volume: "9 ml"', "none came"),
        ('within: Liver, image: emission, maximum_volume: "9 ml", fixed: "1 kBq/ml", at_least_hu: 3', "exactly one"),
    ],
)
def test_the_threshold_fits_the_image(tiny, text, message):
    with pytest.raises(StudyFileError, match=message):
        compute_study(grown(tiny, text).write())


def test_a_region_is_found_in_one_way(tiny):
    text = 'within: Liver, image: emission, maximum_volume: "9 ml", fixed: "1 kBq/ml"}, threshold: {within: Liver, fixed: "1 kBq/ml"'
    with pytest.raises(StudyFileError, match="both came"):
        compute_study(grown(tiny, text).write())
