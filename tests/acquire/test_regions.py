from __future__ import annotations

import nibabel
import numpy as np
import pytest

from hevesy.acquire import load_image, load_nifti_image, load_nifti_labels, load_roi_set
from hevesy.domain import Quantity
from hevesy.errors import GeometryError, ReadError, ScaleError

SQUARE = np.array([[0, 0, 100], [10, 0, 100], [10, 10, 100], [0, 10, 100]], dtype=float)


def test_rtstruct(build, read):
    report = read(build.rtstruct({"Liver ": [SQUARE, SQUARE + np.array([0, 0, 4])], "empty": []}, series=["1.2.3"]))
    series = report.series[0]
    rois = load_roi_set(series)
    assert series.roi_names == tuple(roi.name for roi in rois.rois)
    assert rois.frame_of_reference == build.FRAME
    assert rois.referenced_series_uids == ("1.2.3",)
    assert [len(roi.contours) for roi in rois.rois] == [2, 0]
    assert np.array_equal(rois.rois[0].contours[0].points_mm, SQUARE)
    assert rois.rois[0].attributes["interpreted_type"] == "ORGAN"


def test_open_contours_are_no_region(build, read):
    roi = load_roi_set(read(build.rtstruct({"line": [SQUARE]}, kind="OPEN_PLANAR")).series[0]).rois[0]
    assert roi.contours == ()
    assert roi.attributes["contour_types"] == ("OPEN_PLANAR",)


def test_contours_that_enclose_nothing_are_counted(build, read):
    roi = load_roi_set(read(build.rtstruct({"Liver": [SQUARE, SQUARE[:1]]})).series[0]).rois[0]
    assert len(roi.contours) == 1
    assert roi.attributes["degenerate_contours"] == 1


def test_damaged_contour_is_refused(build, read):
    ds = build.rtstruct({"Liver": [SQUARE]})
    ds.ROIContourSequence[0].ContourSequence[0].NumberOfContourPoints = 5
    with pytest.raises(ReadError, match="5 contour points"):
        load_roi_set(read(ds).series[0])


def test_regions_in_two_frames_are_refused(build, read):
    ds = build.rtstruct({"Liver": [SQUARE], "Spleen": [SQUARE]})
    ds.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "1.2.3"
    with pytest.raises(GeometryError, match="one frame of reference"):
        load_roi_set(read(ds).series[0])


def masks(build):
    first = build.counts(3) > 2500
    first[[0, 3]] = False
    second = ~first
    second[5] = False
    return {"Liver": first, "Spleen": second}


@pytest.mark.parametrize("options", [{}, {"kind": "FRACTIONAL"}, {"spacing": None}, {"skip_empty": False}])
def test_seg(build, read, options):
    wanted = masks(build)
    series = read(build.seg(wanted, **options)).series[0]
    rois = load_roi_set(series)
    assert series.roi_names == ("Liver", "Spleen")
    assert series.referenced_series == ("1.2.3",)
    assert series.grid.frame_of_reference == build.FRAME
    for roi in rois.rois:
        grid, whole = roi.mask_grid, np.zeros(build.SHAPE, dtype=bool)
        at = round((grid.origin_mm[2] - build.ORIGIN[2]) / build.SPACING[0])
        whole[at : at + grid.shape[0]] = roi.mask
        assert np.array_equal(whole, wanted[roi.name])
        assert grid.spacing_mm == (2.0, 3.0, 4.0)
    assert rois.rois[0].attributes["type"] == ("10200004", "SCT", "Liver")


def test_seg_label_map(build, read):
    labels = masks(build)["Liver"].astype(np.uint8)
    roi = load_roi_set(read(build.seg({"Liver": labels}, kind="LABELMAP", skip_empty=False)).series[0]).rois[0]
    assert np.array_equal(roi.mask, labels == 1)


def test_true_fractions_are_refused(build, read):
    ds = build.seg(masks(build), kind="FRACTIONAL", full=200)
    ds.PixelData = bytes([100]) + ds.PixelData[1:]
    with pytest.raises(ReadError, match="1 voxels lie between"):
        load_roi_set(read(ds).series[0])


def test_seg_off_its_grid_is_refused(build, read):
    ds = build.seg(masks(build))
    place = ds.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0]
    place.ImagePositionPatient = [*build.ORIGIN[:2], 101.7]
    series = read(ds).series[0]
    assert [f.code for f in series.contradictions] == ["segmentation-geometry"]
    with pytest.raises(GeometryError):
        load_roi_set(series)


def test_seg_frame_without_segment_is_refused(build, read):
    ds = build.seg(masks(build))
    ds.PerFrameFunctionalGroupsSequence[0].SegmentIdentificationSequence[0].ReferencedSegmentNumber = 9
    with pytest.raises(ReadError, match="a segment of the Segment Sequence"):
        load_roi_set(read(ds).series[0])


def test_an_image_is_no_region_set(build, read):
    series = read(build.nm()).series[0]
    with pytest.raises(ReadError, match="RTSTRUCT or SEG"):
        load_roi_set(series)


def ras_affine(build):
    """The NIfTI affine of the builders' grid: LPS to RAS turns the first two axes."""
    dz, dy, dx = build.SPACING
    x, y, z = build.ORIGIN
    return np.array([[-dx, 0, 0, -x], [0, -dy, 0, -y], [0, 0, dz, z], [0, 0, 0, 1.0]])


def nifti(build, path, values=None, affine=None, unit="mm", sform=True):
    values = build.counts().astype(np.int16) if values is None else values
    affine = ras_affine(build) if affine is None else affine
    image = nibabel.Nifti1Image(values.transpose(2, 1, 0), affine)
    image.header.set_xyzt_units(unit)
    image.set_qform(affine, 1)
    image.set_sform(affine if sform is True else sform, 1)
    nibabel.save(image, path)
    return path


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_nifti_is_the_same_image_as_dicom(build, read, tmp_path, suffix):
    dicom = load_image(read(build.nm()).series[0])
    image = load_nifti_image(nifti(build, tmp_path / f"x{suffix}"), Quantity.COUNTS)
    assert image.grid.same_geometry(dicom.grid, 1e-4)
    assert np.array_equal(image.values, dicom.values)


def test_left_handed_nifti_keeps_every_voxel_at_its_point(build, tmp_path):
    affine = ras_affine(build)
    flipped = affine.copy()
    flipped[:3, 0] *= -1
    flipped[:3, 3] += affine[:3, 0] * 3
    plain = load_nifti_image(nifti(build, tmp_path / "a.nii"), Quantity.COUNTS)
    other = load_nifti_image(
        nifti(build, tmp_path / "b.nii", build.counts().astype(np.int16)[:, :, ::-1], flipped), Quantity.COUNTS
    )
    assert np.linalg.det(other.grid.direction_matrix) == pytest.approx(1.0)
    for index in ((0, 0, 0), (3, 1, 2), (1, 4, 5)):
        i, j, k = np.rint(other.grid.indices(plain.grid.points(np.array(index, dtype=float)))).astype(int)
        assert other.values[k, j, i] == plain.values[index[2], index[1], index[0]]


def test_nifti_units_other_than_mm_are_refused(build, tmp_path):
    with pytest.raises(GeometryError, match="spatial units mm"):
        load_nifti_image(nifti(build, tmp_path / "x.nii", unit="micron"), Quantity.COUNTS)


def test_nifti_forms_that_disagree_are_refused(build, tmp_path):
    moved = ras_affine(build) + np.array([[0, 0, 0, 1.0]] + [[0] * 4] * 3)
    with pytest.raises(GeometryError, match="qform and sform"):
        load_nifti_image(nifti(build, tmp_path / "x.nii", sform=moved), Quantity.COUNTS)


def test_sheared_or_damaged_nifti_is_refused(build, tmp_path):
    values = build.counts().astype(np.int16).transpose(2, 1, 0)
    sheared = ras_affine(build)
    sheared[0, 1] = 0.5
    image = nibabel.Nifti1Image(values, sheared)
    image.header.set_xyzt_units("mm")
    image.set_sform(sheared, 1)
    nibabel.save(image, tmp_path / "s.nii")
    with pytest.raises(GeometryError, match="perpendicular"):
        load_nifti_image(tmp_path / "s.nii", Quantity.COUNTS)
    path = nifti(build, tmp_path / "x.nii.gz")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ReadError):
        load_nifti_image(path, Quantity.COUNTS)


def test_nifti_values_must_be_finite(build, tmp_path):
    values = build.counts().astype(np.float32)
    values[0, 0, 0] = np.nan
    with pytest.raises(ReadError, match="finite"):
        load_nifti_image(nifti(build, tmp_path / "x.nii", values), Quantity.COUNTS)


def test_nifti_labels(build, tmp_path):
    labels = (build.counts() % 4).astype(np.int16)
    rois = load_nifti_labels(nifti(build, tmp_path / "x.nii", labels), {2: "Spleen", 1: "Liver", 9: "absent"})
    assert [(roi.number, roi.name) for roi in rois.rois] == [(1, "Liver"), (2, "Spleen"), (9, "absent")]
    assert np.array_equal(rois.rois[1].mask, labels == 2)
    assert not rois.rois[2].mask.any()
    with pytest.raises(ReadError, match="whole numbers"):
        load_nifti_labels(nifti(build, tmp_path / "y.nii", labels + np.float32(0.5)), {1: "Liver"})
    with pytest.raises(ReadError, match="background"):
        load_nifti_labels(tmp_path / "x.nii", {0: "air"})


def test_nifti_in_a_folder_is_listed_but_states_no_quantity(build, read, tmp_path):
    (tmp_path / "in").mkdir()
    nifti(build, tmp_path / "in" / "dose.nii.gz")
    nifti(build, tmp_path / "in" / "bad.nii", unit="micron")
    report = read(build.nm())
    series = report.series[1]
    assert (series.modality, series.series_uid, series.grid.shape) == ("NIFTI", "nifti:dose.nii.gz", build.SHAPE)
    assert [f.code for f in report.unreadable] == ["unreadable-file"]
    with pytest.raises(ScaleError, match="states none"):
        load_image(series)
