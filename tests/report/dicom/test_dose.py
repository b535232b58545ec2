import numpy as np
import pydicom
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.domain import Grid, Image, Quantity
from hevesy.errors import GeometryError, OutputError
from hevesy.report import write_nifti
from hevesy.report.dicom import write_rtdose

from .conftest import FRAME, ct_headers, nm_header, oblique, patient

COMMENT = "Absorbed dose; not recovery-corrected"
MIRROR = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, -1.0))
SIDEWAYS = ((0.0, 0.0, 1.0), (1.0, 0.0, 0.0), (0.0, 1.0, 0.0))
TILTED_MIRROR = tuple((r[0], r[1], -r[2]) for r in oblique())
DIRECTIONS = {
    "upright": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "descending": MIRROR,
    "prone": ((-1.0, 0.0, 0.0), (0.0, -1.0, 0.0), (0.0, 0.0, 1.0)),
    "sagittal": SIDEWAYS,
    "oblique": oblique(),
    "oblique descending": TILTED_MIRROR,
}


def dose_map(direction=DIRECTIONS["upright"], shape=(7, 9, 11), seed=1):
    grid = Grid(shape, (4.7952, 4.5, 3.27), (-123.456, 87.123456789, -1001.5), direction, FRAME)
    values = np.random.default_rng(seed).gamma(2.0, 3.0, shape).astype(np.float32)
    return Image(grid, values, Quantity.ABSORBED_DOSE)


def from_pydicom(path):
    """Dose and patient point of each voxel, from the elements of the file alone. Shapes ``(z, y, x[, 3])``."""
    dataset = pydicom.dcmread(path)
    cosines = np.array(dataset.ImageOrientationPatient, dtype=float)
    normal = np.cross(cosines[:3], cosines[3:])
    dy, dx = (float(v) for v in dataset.PixelSpacing)
    j, i = np.indices((dataset.Rows, dataset.Columns))
    plane = np.array(dataset.ImagePositionPatient, dtype=float) + np.multiply.outer(i * dx, cosines[:3])
    plane = plane + np.multiply.outer(j * dy, cosines[3:])
    points = np.stack([plane + float(offset) * normal for offset in np.atleast_1d(dataset.GridFrameOffsetVector)])
    values = dataset.pixel_array.reshape(points.shape[:3]) * float(dataset.DoseGridScaling)
    return values, points


def assert_same_doses(values, points, dose):
    indices = dose.grid.indices(points)
    assert np.abs(indices - np.rint(indices)).max() < 1e-6
    i, j, k = np.rint(indices).astype(int).reshape(-1, 3).T
    assert len(set(zip(i, j, k, strict=True))) == dose.values.size
    np.testing.assert_allclose(values.ravel(), dose.values[k, j, i], rtol=0, atol=0.51 * dose.values.max() / 65535)


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_pydicom_reads_the_same_dose_at_the_same_point(direction, tmp_path):
    dose = dose_map(direction)
    path = write_rtdose(dose, patient(), tmp_path / "d.dcm", comment=COMMENT, label="Demo")
    assert_same_doses(*from_pydicom(path), dose)


@pytest.mark.parametrize("direction", DIRECTIONS.values(), ids=DIRECTIONS)
def test_simpleitk_reads_the_same_dose_as_in_the_nifti_file(direction, tmp_path):
    dose = dose_map(direction)
    path = write_rtdose(dose, patient(), tmp_path / "d.dcm", comment=COMMENT, label="Demo")
    read = SimpleITK.ReadImage(str(path), SimpleITK.sitkFloat64)
    scaling = float(read.GetMetaData("3004|000e"))  # SimpleITK gives stored values, Dose Grid Scaling as metadata
    nifti = SimpleITK.ReadImage(str(write_nifti(dose, tmp_path / "dose.nii.gz")), SimpleITK.sitkFloat64)
    for k, j, i in [(0, 0, 0), (6, 8, 10), (3, 4, 5), (1, 7, 2), (5, 0, 9)]:
        point = [float(v) for v in dose.grid.points(np.array([i, j, k], dtype=float))]
        a, b = read.TransformPhysicalPointToIndex(point), nifti.TransformPhysicalPointToIndex(point)
        assert np.abs(np.array(read.TransformIndexToPhysicalPoint(a)) - point).max() < 1e-3
        assert read[a] * scaling == pytest.approx(nifti[b], abs=0.51 * float(dose.values.max()) / 65535)
        assert nifti[b] == pytest.approx(float(dose.values[k, j, i]), rel=1e-6)


@settings(max_examples=25, deadline=None)
@given(scale=st.floats(1e-6, 1e6), shape=st.tuples(*[st.integers(1, 4)] * 3))
def test_rounding_is_below_a_ten_thousandth_of_the_maximum(scale, shape, tmp_path_factory):
    dose = dose_map(shape=shape)
    dose = Image(dose.grid, dose.values.astype(np.float64) * scale, dose.quantity)
    path = write_rtdose(dose, patient(), tmp_path_factory.mktemp("d") / "d.dcm", comment=COMMENT, label="Demo")
    values, points = from_pydicom(path)
    assert np.abs(values - dose.values).max() <= 1e-4 * dose.values.max()
    assert_same_doses(values, points, dose)


def test_what_the_file_says(tmp_path):
    dataset = pydicom.dcmread(
        write_rtdose(dose_map(), patient(), tmp_path / "d.dcm", comment=COMMENT + ", " + "x" * 80, label="Demo")
    )
    assert (dataset.DoseUnits, dataset.DoseType, dataset.DoseSummationType) == ("GY", "PHYSICAL", "PLAN_OVERVIEW")
    assert dataset.DoseComment.startswith(COMMENT)
    assert len(dataset.DoseComment) == 64
    assert dataset.DerivationDescription.endswith("x" * 80)
    assert dataset.FrameOfReferenceUID == FRAME
    assert dataset.StudyInstanceUID == patient().StudyInstanceUID
    assert (dataset.Manufacturer, dataset.ContentDate, dataset.ContentTime) == ("Hevesy", "20260106", "091500.500000")
    assert dataset.SOPInstanceUID.startswith("2.25.")
    assert not [e for e in dataset if e.tag.is_private]


def test_the_quantity_decides_the_dose_type(tmp_path):
    dose = dose_map()
    effect = Image(dose.grid, dose.values, Quantity.BIOLOGICALLY_EFFECTIVE_DOSE)
    words = "BED LQ a/b 2.5 Gy Trep 2.8 h; 0: no BED stated. " + "long " * 300
    dataset = pydicom.dcmread(write_rtdose(effect, patient(), tmp_path / "e.dcm", comment=words, label="Demo"))
    assert (dataset.DoseType, dataset.DoseUnits) == ("EFFECTIVE", "GY")
    assert dataset.DoseComment.startswith("BED LQ a/b 2.5 Gy Trep 2.8 h; 0: no BED stated.")
    assert (len(dataset.DoseComment), len(dataset.DerivationDescription)) == (64, 1024)
    assert dataset.ImageComments == words.strip()
    assert_same_doses(*from_pydicom(tmp_path / "e.dcm"), effect)


@pytest.mark.peer
def test_dciodvfy_finds_no_error_in_a_map_of_effect(tmp_path, dciodvfy):
    dose = dose_map()
    effect = Image(dose.grid, dose.values, Quantity.BIOLOGICALLY_EFFECTIVE_DOSE)
    assert dciodvfy(write_rtdose(effect, patient(), tmp_path / "e.dcm", comment="x" * 2000, label="Demo")) == []


def test_same_map_gives_the_same_bytes(tmp_path):
    def written(name, seed):
        return write_rtdose(dose_map(seed=seed), patient(), tmp_path / name, comment=COMMENT, label="Demo")

    assert written("a", 1).read_bytes() == written("b", 1).read_bytes()
    assert pydicom.dcmread(written("c", 2)).SOPInstanceUID != pydicom.dcmread(tmp_path / "a").SOPInstanceUID


def test_no_dose_at_all_is_written_as_zero(tmp_path):
    dose = dose_map()
    nothing = Image(dose.grid, np.zeros(dose.grid.shape), Quantity.ABSORBED_DOSE)
    values, _ = from_pydicom(write_rtdose(nothing, patient(), tmp_path / "d.dcm", comment=COMMENT, label="Demo"))
    assert not values.any()


def test_what_cannot_be_a_dose_map_is_refused(tmp_path):
    dose, path = dose_map(), tmp_path / "d.dcm"
    for wrong in (-1.0, np.nan, np.inf):
        values = np.array(dose.values, dtype=float)
        values[0, 0, 0] = wrong
        with pytest.raises(OutputError, match="at least 0 Gy"):
            write_rtdose(Image(dose.grid, values, dose.quantity), patient(), path, comment=COMMENT, label="Demo")
    with pytest.raises(ValueError, match="expected an absorbed dose or a biologically effective dose"):
        write_rtdose(Image(dose.grid, dose.values, Quantity.COUNTS), patient(), path, comment=COMMENT, label="Demo")
    header = patient()
    del header.FrameOfReferenceUID
    nowhere = Grid(dose.grid.shape, dose.grid.spacing_mm, dose.grid.origin_mm)
    with pytest.raises(GeometryError, match="a frame of reference"):
        write_rtdose(Image(nowhere, dose.values, dose.quantity), header, path, comment=COMMENT, label="Demo")
    assert not path.exists()


@pytest.mark.peer
@pytest.mark.parametrize("on", ["CT", "NM"])
@pytest.mark.parametrize("direction", ["upright", "oblique descending"])
def test_dciodvfy_finds_no_error(on, direction, tmp_path, dciodvfy):
    dose = dose_map(DIRECTIONS[direction])
    header = ct_headers(dose.grid)[0] if on == "CT" else nm_header(dose.grid)
    assert dciodvfy(write_rtdose(dose, header, tmp_path / "d.dcm", comment=COMMENT, label="Demo")) == []


@pytest.mark.peer
def test_an_archive_stores_and_returns_it(tmp_path, assert_returned):
    assert_returned(write_rtdose(dose_map(), patient(), tmp_path / "d.dcm", comment=COMMENT, label="Demo"))
