"""The NIfTI file has the same values at the same patient coordinates."""

import nibabel
import numpy as np
import pytest
import SimpleITK
from scipy.spatial.transform import Rotation

from hevesy.domain import Grid, Image, Quantity
from hevesy.report import write_nifti


def oblique_image(seed):
    rng = np.random.default_rng(seed)
    rotation = Rotation.random(rng=seed).as_matrix() @ np.diag([1.0, 1.0, rng.choice([-1.0, 1.0])])
    grid = Grid((4, 5, 6), (1.5, 2.5, 3.5), (-10.0, 20.0, 30.0), tuple(tuple(row) for row in rotation))
    return Image(grid, rng.normal(size=grid.shape), Quantity.ABSORBED_DOSE)


@pytest.mark.parametrize("seed", range(4))
def test_values_and_coordinates_survive(tmp_path, seed):
    image = oblique_image(seed)
    read = nibabel.load(write_nifti(image, tmp_path / "dose.nii.gz"))
    indices = np.array([[0, 0, 0], [5, 0, 0], [0, 4, 0], [0, 0, 3], [2, 3, 1]], dtype=float)
    points_ras = nibabel.affines.apply_affine(read.affine, indices)
    np.testing.assert_allclose(points_ras * [-1, -1, 1], image.grid.points(indices), atol=1e-4)
    np.testing.assert_allclose(read.get_fdata(), image.values.T, rtol=1e-6)


def test_simpleitk_sees_the_grid(tmp_path):
    image = oblique_image(0)
    read = SimpleITK.ReadImage(str(write_nifti(image, tmp_path / "dose.nii.gz")))
    np.testing.assert_allclose(read.GetOrigin(), image.grid.origin_mm, atol=1e-4)
    np.testing.assert_allclose(read.GetSpacing(), image.grid.spacing_mm, atol=1e-5)
    np.testing.assert_allclose(np.reshape(read.GetDirection(), (3, 3)), image.grid.direction_matrix, atol=1e-5)
    np.testing.assert_allclose(SimpleITK.GetArrayFromImage(read), image.values, rtol=1e-6)


def test_header_says_unit_and_scanner_coordinates(tmp_path):
    image = oblique_image(1)
    header = nibabel.load(write_nifti(image, tmp_path / "dose.nii.gz")).header
    assert (int(header["qform_code"]), int(header["sform_code"])) == (1, 1)
    assert header.get_xyzt_units()[0] == "mm"
    assert bytes(header["descrip"]).rstrip(b"\0") == b"absorbed dose [Gy]"
    assert header.get_data_dtype() == np.float32


def test_same_image_same_bytes(tmp_path):
    image = oblique_image(2)
    assert (
        write_nifti(image, tmp_path / "a.nii.gz").read_bytes() == write_nifti(image, tmp_path / "b.nii.gz").read_bytes()
    )
