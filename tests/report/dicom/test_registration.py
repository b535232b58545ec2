import numpy as np
import pydicom
import pytest

from hevesy.acquire import inspect_folder, load_transforms
from hevesy.domain import RigidTransform
from hevesy.errors import GeometryError
from hevesy.report.dicom import write_registration

from .conftest import FRAME, patient

OTHER = "1.2.826.0.1.3680043.10.1.77"


def rigid(seed=0):
    rng = np.random.default_rng(seed)
    q, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    matrix = np.eye(4)
    matrix[:3, :3] = q * np.sign(np.linalg.det(q))
    matrix[:3, 3] = rng.uniform(-400, 400, 3)
    return RigidTransform.from_array(matrix, OTHER, FRAME)


@pytest.fixture
def written(tmp_path):
    return write_registration(rigid(), patient(), tmp_path / "reg" / "reg.dcm", label="Demo", image_based=True)


@pytest.mark.parametrize("seed", range(8))
def test_the_matrix_comes_back(seed, tmp_path):
    transform = rigid(seed)
    write_registration(transform, patient(), tmp_path / "reg.dcm", label="Demo", image_based=False)
    (found,) = load_transforms(inspect_folder([tmp_path]).series[0])
    assert (found.source_frame, found.target_frame) == (OTHER, FRAME)
    np.testing.assert_allclose(found.array, transform.array, rtol=0, atol=1e-9)


def test_direction_is_from_the_source_to_the_registered_frame(written):
    dataset = pydicom.dcmread(written)
    own, other = dataset.RegistrationSequence
    assert dataset.FrameOfReferenceUID == own.FrameOfReferenceUID == FRAME
    identity, moved = (i.MatrixRegistrationSequence[0].MatrixSequence[0] for i in (own, other))
    assert [float(v) for v in identity.FrameOfReferenceTransformationMatrix] == np.eye(4).ravel().tolist()
    assert moved.FrameOfReferenceTransformationMatrixType == "RIGID"
    matrix = np.array(moved.FrameOfReferenceTransformationMatrix, float).reshape(4, 4)
    point = np.array([10.0, -20.0, 30.0])
    np.testing.assert_allclose((matrix @ [*point, 1.0])[:3], rigid().apply(point), atol=1e-9)
    kind = other.MatrixRegistrationSequence[0].RegistrationTypeCodeSequence[0]
    assert (kind.CodeValue, kind.CodingSchemeDesignator) == ("125024", "DCM")
    assert max(len(str(v)) for v in moved.FrameOfReferenceTransformationMatrix) <= 16


def test_a_transform_without_two_named_frames_is_refused(tmp_path):
    for source, target in [(None, FRAME), (OTHER, None), (FRAME, FRAME)]:
        transform = RigidTransform.identity(source, target)
        with pytest.raises(GeometryError, match="two named frames of reference"):
            write_registration(transform, patient(), tmp_path / "reg.dcm", label="Demo", image_based=True)


@pytest.mark.peer
def test_dciodvfy_finds_no_error(written, dciodvfy):
    assert [line for line in dciodvfy(written) if "Laterality" not in line] == []


@pytest.mark.peer
def test_an_archive_stores_and_returns_it(written, assert_returned):
    assert_returned(written)
