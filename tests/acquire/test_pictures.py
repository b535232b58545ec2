"""Images that are read for their shapes only."""

import numpy as np
import pytest

from hevesy.acquire import inspect_folder, load_image, load_picture
from hevesy.domain import Quantity
from hevesy.errors import GeometryError, ScaleError

MR = "1.2.840.10008.5.1.4.1.1.4"


def mr(build):
    slices = build.ct(Modality="MR", SOPClassUID=MR)
    for part in slices:
        part.file_meta.MediaStorageSOPClassUID = MR
        del part.RescaleSlope, part.RescaleIntercept, part.RescaleType
    return slices


def record(build, slices, folder):
    build.write_all(slices, folder)
    (series,) = inspect_folder([folder]).series
    return series


def test_an_mr_has_shapes_and_no_unit(build, tmp_path):
    series = record(build, mr(build), tmp_path)
    picture = load_picture(series)
    assert picture.quantity is Quantity.ARBITRARY
    assert np.array_equal(picture.values, build.counts())
    assert picture.grid.origin_mm == build.ORIGIN
    with pytest.raises(ScaleError):
        load_image(series)


def test_a_ct_stays_a_ct(build, tmp_path):
    picture = load_picture(record(build, build.ct(), tmp_path))
    assert picture.quantity is Quantity.CT_NUMBER
    assert np.array_equal(picture.values, build.counts() - 1024.0)


def test_slices_that_make_no_grid_are_refused(build, tmp_path):
    slices = mr(build)
    del slices[2]
    with pytest.raises(GeometryError):
        load_picture(record(build, slices, tmp_path))
