"""An oblique scan from its file to resampled activity, regions and dose: everything stays at its place in the patient."""

from __future__ import annotations

import numpy as np
import pytest
from pydicom import dcmread
from scipy.spatial.transform import Rotation

from hevesy.acquire import load_image, load_roi_set
from hevesy.align import resample_activity
from hevesy.delineate import exact_volume_ml, rasterise
from hevesy.domain import Grid, Image, Quantity
from hevesy.report.dicom import write_rtdose

SHAPE, RADIUS, WIDTH = (30, 40, 60), 30.0, 11.0
POSES = {
    "axial": (0, 0, 0),
    "tilted": (12, -7, 25),
    "coronal": (90, 0, 0),
    "far": (-130, 40, 170),
}


@pytest.fixture(params=POSES)
def scan(request, build, read):
    """A Gaussian of activity in an oblique NM object in Bq/ml, with the contours of a sphere around it."""
    turned = np.round(Rotation.from_euler("xyz", POSES[request.param], degrees=True).as_matrix(), 6)
    z, y, x = SHAPE
    size = np.array([(x - 1) * 2.0, (y - 1) * 3.0, (z - 1) * 4.0])
    centre = np.array(build.ORIGIN) + turned @ (size / 2) + np.array([0.7, -0.4, 0.9])
    i, j, k = np.meshgrid(np.arange(x), np.arange(y), np.arange(z), indexing="ij")
    points = np.array(build.ORIGIN) + np.stack([i * 2.0, j * 3.0, k * 4.0], axis=-1) @ turned.T
    values = 60000 * np.exp(-0.5 * ((points - centre) ** 2).sum(axis=-1) / WIDTH**2)
    ds = build.nm(
        np.rint(values).astype(np.uint16).transpose(2, 1, 0),
        orientation=tuple(float(v) for v in turned[:, :2].T.ravel()),
        negative=True,
        RealWorldValueMappingSequence=build.mapping(1.0),
    )
    heights = centre[2] + np.arange(-29.5, 30, 1.0)
    angle = np.linspace(0, 2 * np.pi, 120, endpoint=False)
    circles = [
        np.column_stack(
            [
                centre[0] + np.sqrt(RADIUS**2 - (h - centre[2]) ** 2) * np.cos(angle),
                centre[1] + np.sqrt(RADIUS**2 - (h - centre[2]) ** 2) * np.sin(angle),
                np.full(120, h),
            ]
        )
        for h in heights
    ]
    report = read(ds, build.rtstruct({"Sphere": circles}, series=[ds.SeriesInstanceUID]))
    return report, load_image(report.series[0]), centre


def centroid(image, weights):
    k, j, i = np.indices(image.grid.shape)
    points = image.grid.points(np.stack([i, j, k], axis=-1).astype(float))
    return (points * weights[..., None]).sum(axis=(0, 1, 2)) / weights.sum()


def test_the_activity_is_where_it_was_put(scan):
    report, image, centre = scan
    assert not any(finding.blocking for finding in report.series[0].contradictions)
    assert np.abs(centroid(image, image.values.astype(float)) - centre).max() < 0.1
    total = image.values.sum(dtype=np.float64) * image.grid.voxel_volume_ml
    assert total == pytest.approx(60000 * (2 * np.pi) ** 1.5 * WIDTH**3 / 1000, rel=5e-3)


def test_regions_drawn_on_axial_slices_mark_the_same_place(scan):
    report, image, centre = scan
    (roi,) = load_roi_set(report.series[1]).rois
    mask = rasterise(roi, image.grid)
    assert mask.sum() * image.grid.voxel_volume_ml == pytest.approx(exact_volume_ml(roi), rel=0.02)
    # the nearest of the drawn planes, 1 mm apart, decides on a voxel
    assert np.abs(centroid(image, mask.astype(float)) - centre).max() < 0.5
    k, j, i = np.nonzero(mask)
    away = np.linalg.norm(image.grid.points(np.column_stack([i, j, k]).astype(float)) - centre, axis=1)
    assert away.max() < RADIUS + 3


def test_activity_resampled_to_an_axial_grid_is_conserved_and_stays(scan):
    _, image, centre = scan
    axial = Grid((70, 70, 70), (2.5, 2.5, 2.5), tuple(float(c) - 86.25 for c in centre))
    moved = resample_activity(image, axial)
    total = image.values.sum(dtype=np.float64) * image.grid.voxel_volume_ml
    assert moved.image.values.sum() * axial.voxel_volume_ml == pytest.approx(total, rel=5e-3)
    assert np.abs(centroid(moved.image, moved.image.values) - centre).max() < 0.2


def test_the_dose_map_on_the_oblique_grid_is_where_the_activity_is(scan, build, tmp_path):
    # PS3.3 C.8.8.3.2: offsets along the normal of rows and columns, from 0; Image Orientation (Patient) is free
    _, image, centre = scan
    dose = Image(image.grid, image.values.astype(np.float64) / 1e4, Quantity.ABSORBED_DOSE)
    ds = dcmread(write_rtdose(dose, build.nm(), tmp_path / "d.dcm", comment="x", label="x"))
    cosines = np.array(ds.ImageOrientationPatient, dtype=float)
    normal = np.cross(cosines[:3], cosines[3:])
    k, j, i = np.unravel_index(np.argmax(ds.pixel_array), ds.pixel_array.shape)
    dy, dx = (float(v) for v in ds.PixelSpacing)
    hottest = np.array(ds.ImagePositionPatient, dtype=float) + i * dx * cosines[:3] + j * dy * cosines[3:]
    hottest = hottest + float(ds.GridFrameOffsetVector[k]) * normal
    assert np.linalg.norm(hottest - centre) < np.linalg.norm([1.0, 1.5, 2.0]) + 0.01
    assert ds.GridFrameOffsetVector[0] == 0
    assert np.all(np.diff([float(v) for v in ds.GridFrameOffsetVector]) > 0)
