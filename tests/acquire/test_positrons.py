"""Positrons per decay that a PET scanner divided by."""

import pytest

from hevesy.acquire import inspect_folder, positron_fraction
from hevesy.errors import ScaleError


def record(build, folder, fractions):
    slices = build.pt()
    for number, one in enumerate(slices):
        fraction = fractions[number % len(fractions)]
        if fraction is not None:
            one.RadiopharmaceuticalInformationSequence[0].RadionuclidePositronFraction = fraction
    build.write_all(slices, folder)
    return inspect_folder([folder]).series[0]


@pytest.mark.parametrize(("written", "expected"), [("3.186e-05", 3.186e-5), ("1", 1.0), (None, None)])
def test_as_the_files_say(build, tmp_path, written, expected):
    assert positron_fraction(record(build, tmp_path, [written])) == expected


@pytest.mark.parametrize("written", [["0.967", "0.9"], ["0.967", None], ["1.5"], ["0"]])
def test_what_is_none_is_refused(build, tmp_path, written):
    with pytest.raises(ScaleError, match="positron fraction"):
        positron_fraction(record(build, tmp_path, written))
