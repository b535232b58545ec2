from __future__ import annotations

import numpy as np
import pytest

from hevesy.acquire import load_transforms
from hevesy.errors import GeometryError, ReadError

SHIFT = np.array([[0, -1, 0, 5], [1, 0, 0, -2], [0, 0, 1, 7], [0, 0, 0, 1.0]])


def test_matrix_leads_from_the_items_frame_to_the_registered_one(build, read):
    series = read(build.reg(SHIFT, "1.9.9")).series[0]
    (transform,) = load_transforms(series)
    assert (transform.source_frame, transform.target_frame) == ("1.9.9", build.FRAME)
    assert np.allclose(transform.apply(np.array([1.0, 0.0, 0.0])), [5.0, -1.0, 7.0])
    assert set(series.frames_of_reference) == {build.FRAME, "1.9.9"}


def test_several_matrices_act_one_after_the_other(build, read):
    ds = build.reg(SHIFT, "1.9.9")
    turn = np.diag([-1.0, -1.0, 1.0, 1.0])
    steps = ds.RegistrationSequence[1].MatrixRegistrationSequence[0].MatrixSequence
    steps.append(
        build.item(
            FrameOfReferenceTransformationMatrixType="RIGID",
            FrameOfReferenceTransformationMatrix=[float(v) for v in turn.ravel()],
        )
    )
    (transform,) = load_transforms(read(ds).series[0])
    assert np.allclose(transform.array, turn @ SHIFT)


@pytest.mark.parametrize(("matrix", "kind"), [(np.diag([2.0, 1, 1, 1]), "RIGID"), (SHIFT, "AFFINE")])
def test_what_is_not_rigid_is_refused(build, read, matrix, kind):
    with pytest.raises(GeometryError):
        load_transforms(read(build.reg(matrix, "1.9.9", kind=kind)).series[0])


def test_registered_frame_may_not_move_against_itself(build, read):
    with pytest.raises(GeometryError, match="no motion"):
        load_transforms(read(build.reg(SHIFT, build.FRAME)).series[0])


def test_other_objects_hold_no_transform(build, read):
    with pytest.raises(ReadError, match="a REG"):
        load_transforms(read(build.nm()).series[0])
