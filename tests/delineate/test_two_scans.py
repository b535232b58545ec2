"""Real contours on real images, against an independent even-odd rasterisation.

Source of the figures: the README beside the archive (Dewaraja and Van, doi:10.7302/0n8e-rz46); volume in ml and mean
in kBq/ml as stored.
"""

import tarfile
from pathlib import Path

import numpy as np
import pydicom
import pytest

from hevesy.delineate import check_region, contour_gaps, draw_region
from hevesy.domain import Contour, Grid, RegionKind, Roi, Side

ARCHIVE = Path(__file__).parents[3] / "shared" / "real" / "lu177_two_scans.tar.xz"
EXPECTED = {"SCAN_001": [(107.0, 1142.5), (2.86, 1474.7)], "SCAN_002": [(107.9, 1446.8), (2.91, 2159.0)]}

pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not ARCHIVE.exists(), reason="needs ../shared/real/lu177_two_scans.tar.xz beside the checkout"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("real")
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(target, filter="data")
    return target / "lu177_two_scans"


def load(folder):
    slices = [pydicom.dcmread(f) for f in (folder / "image").iterdir()]
    slices.sort(key=lambda s: float(s.ImagePositionPatient[2]))
    values = np.stack([s.pixel_array * float(s.RescaleSlope) + float(s.RescaleIntercept) for s in slices])
    heights = [float(s.ImagePositionPatient[2]) for s in slices]
    y, x = map(float, slices[0].PixelSpacing)
    spacing = (x, y, (heights[-1] - heights[0]) / (len(heights) - 1))
    grid = Grid(values.shape, spacing, tuple(map(float, slices[0].ImagePositionPatient)))
    structures = pydicom.dcmread(next((folder / "mask").iterdir()))
    drawn = [
        Roi(
            int(item.ROINumber),
            item.ROIName,
            contours=tuple(Contour(np.array(c.ContourData, float).reshape(-1, 3)) for c in shape.ContourSequence),
        )
        for item, shape in zip(structures.StructureSetROISequence, structures.ROIContourSequence, strict=True)
    ]
    return grid, values, drawn


@pytest.mark.parametrize("scan", EXPECTED)
def test_lesion_volumes_and_concentrations(folder, scan):
    grid, values, drawn = load(folder / scan)
    for roi, (volume_ml, kbq_ml), tolerance in zip(drawn, EXPECTED[scan], (0.02, 0.04), strict=True):
        region = draw_region(roi, grid, RegionKind.LESION, Side.NONE)
        check_region(region, roi)
        assert region.volume_ml == pytest.approx(volume_ml, rel=tolerance)
        assert region.exact_volume_ml == pytest.approx(volume_ml, rel=tolerance)
        assert values[region.mask].mean() / 1000 == pytest.approx(kbq_ml, rel=0.02)
        assert contour_gaps(roi) == 0
