"""The DICOM objects of a run on the tiny patient: BED, plan, contours, measurements."""

from __future__ import annotations

import json
from itertools import pairwise
from types import SimpleNamespace

import nibabel
import numpy as np
import pydicom
import pytest
from highdicom.sr import srread

from hevesy.acquire import inspect_folder, load_roi_set
from hevesy.delineate import draw_region
from hevesy.domain import Contour, Grid, Image, Quantity, Region, RegionKind, RigidTransform, Roi, RoiSet, Side
from hevesy.workflow import compute_study, run_study
from hevesy.workflow.bed_map import bed_map
from hevesy.workflow.dicom_output import write_objects
from hevesy.workflow.structures import editable_regions, registrations

from .conftest import TinyStudy

ALPHA_BETA, G = 2.5, 2.5 / (2.5 + 60.0)


@pytest.fixture(scope="module")
def study(tmp_path_factory, build):
    """The tiny patient with a plan asked for."""
    study = TinyStudy(tmp_path_factory.mktemp("planned") / "patient", build)
    study.text += "output: {rtdose: plan}\n"
    return study


@pytest.fixture(scope="module")
def written(study):
    out = study.folder.parent / "out"
    run_study(study.write(), out)
    return out


def voxels(path):
    return np.asarray(nibabel.load(path).dataobj, dtype=float)


def test_bed_of_every_voxel_follows_from_the_formula(tiny):
    output = compute_study(tiny.write())
    dose, effect = np.asarray(output.dose.values, dtype=float), output.objects.bed.image
    assert effect.quantity is Quantity.BIOLOGICALLY_EFFECTIVE_DOSE
    liver = next(region for region in output.objects.segmented if region.name == "Liver")
    (biology,) = output.objects.bed.regions
    assert biology.g == pytest.approx(G, rel=1e-3)
    within = dose[liver.mask]
    np.testing.assert_allclose(effect.values[liver.mask], within * (1 + biology.g * within / ALPHA_BETA), rtol=1e-12)
    assert within.min() > 0
    assert not effect.values[~liver.mask].any()  # the kidney has a dose, but no stated biology: no BED is invented
    assert dose[~liver.mask].any()


def test_without_stated_biology_there_is_no_map_of_effect(tiny, tmp_path):
    tiny.replace(', alpha_beta: "2.5 Gy", repair_half_time: "2.5 h"', "")
    output = compute_study(tiny.write())
    assert output.objects.bed is None
    files = write_objects(output.objects, tmp_path / "out")
    assert "rtdose_bed" not in files
    assert files["rtdose"] == "dicom/rtdose.dcm"


def test_another_quantity_has_no_bed(tiny):
    grid = Grid((1, 1, 1), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    with pytest.raises(ValueError, match="expected an absorbed dose"):
        bed_map(Image(grid, np.ones((1, 1, 1)), Quantity.ABSORBED_DOSE_RATE), {}, [])


def test_the_comment_says_the_model_within_64_characters(tiny):
    tiny.replace("side: left}", 'side: left, alpha_beta: "2.6 Gy", repair_half_time: "2.8 h"}')
    several = compute_study(tiny.write()).objects.bed.comment
    tiny.replace(', alpha_beta: "2.6 Gy", repair_half_time: "2.8 h"', "")
    one = compute_study(tiny.write()).objects.bed.comment
    assert one[:64].startswith("BED LQ a/b 2.5 Gy Trep 2.5 h; 0: no BED stated. ")
    assert several[:64].startswith("BED LQ, a/b by region in Derivation Description; 0: none stated.")
    for words in ("Liver: a/b 2.5 Gy", "Kidney_L: a/b 2.6 Gy, repair half-time 2.8 h, G 0.0"):
        assert words in several


def test_doses_refer_to_the_plan_and_the_plan_to_the_structures(written):
    files = json.loads((written / "results.json").read_text())["files"]
    assert sorted(p.relative_to(written).as_posix() for p in (written / "dicom").iterdir()) == sorted(
        name for name in files.values() if name.startswith("dicom/")
    )
    assert set(files) >= {"plan_stub", "rtdose", "rtdose_bed", "structure_set", "segmentation", "measurement_report"}
    chain = [pydicom.dcmread(written / files[k]) for k in ("rtdose_bed", "plan_stub", "structure_set")]
    references = (chain[0].ReferencedRTPlanSequence, chain[1].ReferencedStructureSetSequence)
    for (_, target), reference in zip(pairwise(chain), references, strict=True):
        assert reference[0].ReferencedSOPInstanceUID == target.SOPInstanceUID
        assert reference[0].ReferencedSOPClassUID == target.SOPClassUID
    assert (chain[0].DoseType, chain[0].DoseSummationType) == ("EFFECTIVE", "PLAN")
    absorbed = pydicom.dcmread(written / files["rtdose"])
    assert (absorbed.DoseType, absorbed.DoseSummationType) == ("PHYSICAL", "PLAN")
    stored = chain[0].pixel_array * float(chain[0].DoseGridScaling)
    np.testing.assert_allclose(
        stored, voxels(written / "bed.nii.gz").T, atol=voxels(written / "bed.nii.gz").max() / 65535
    )


def test_drawn_contours_keep_every_point(written, study):
    read = load_roi_set(next(s for s in inspect_folder([written / "dicom"]).series if s.modality == "RTSTRUCT"))
    drawn = study.structures[0]
    assert [roi.name for roi in read.rois] == ["Liver", "Kidney_L"]
    for roi, item in zip(read.rois, drawn.ROIContourSequence, strict=True):
        for contour, part in zip(roi.contours, item.ContourSequence, strict=True):
            np.testing.assert_allclose(contour.points_mm.ravel(), [float(v) for v in part.ContourData], atol=1e-9)


def test_contours_drawn_on_another_time_point_are_moved_to_the_reference():
    frame = "1.2.3"
    turn = np.eye(4)
    turn[:3, :3] = [[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    turn[:3, 3] = [5.0, -7.0, 11.0]
    to_second = RigidTransform.from_array(turn, "1", "2")  # from points of the reference to points of the drawing
    points = np.array([[0.0, 0.0, 0.0], [10.0, 0.0, 0.0], [10.0, 8.0, 0.0]])
    drawn = RoiSet((Roi(4, "Liver", (Contour(to_second.apply(points), "9.9"),)),), frame, "test")
    job = SimpleNamespace(
        reference=SimpleNamespace(index=1),
        study=SimpleNamespace(regions=SimpleNamespace(drawn_on=2, home=2)),
        drawn={2: drawn},
    )
    grid = Grid((2, 2, 2), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0))
    region = Region("Liver", RegionKind.ORGAN, Side.NONE, np.ones(grid.shape, bool), grid, 1.0)
    transforms = {1: RigidTransform.identity("1", "1"), 2: to_second}
    (roi,) = editable_regions(job, {"Liver": region}, transforms).rois
    np.testing.assert_allclose(roi.contours[0].points_mm, points, atol=1e-12)
    assert roi.contours[0].image_uid is None  # the slice it was drawn on is one of the other time point
    ((index, back),) = registrations(transforms, plan_of("1", "2"))
    assert (index, back.source_frame, back.target_frame) == (2, "2", "1")
    np.testing.assert_allclose(back.apply(drawn.rois[0].contours[0].points_mm), points, atol=1e-12)


def plan_of(*frames):
    """A job of which only the frames of reference matter."""
    points = [
        SimpleNamespace(index=n, emission=SimpleNamespace(grid=SimpleNamespace(frame_of_reference=frame)))
        for n, frame in enumerate(frames, start=1)
    ]
    return SimpleNamespace(reference=points[0], plan=points)


def test_only_time_points_of_another_frame_are_registered():
    same = {1: RigidTransform.identity(), 2: RigidTransform.identity()}
    assert registrations(same, plan_of("1", "1")) == ()
    assert registrations(same, plan_of("1", None)) == ()
    assert registrations(None, plan_of("1", "2")) == ()


def test_a_region_found_by_a_threshold_is_outlined_with_its_exact_volume(tiny, tmp_path):
    tiny.replace(
        "    - {name: Kidney_L, kind: organ, side: left}",
        '    - {name: Hot, kind: lesion, side: none, threshold: {within: Kidney_L, relative: "50 %"}}',
    )
    output = compute_study(tiny.write())
    hot = next(region for region in output.objects.segmented if region.name == "Hot")
    write_objects(output.objects, tmp_path / "out")
    read = load_roi_set(
        next(s for s in inspect_folder([tmp_path / "out" / "dicom"]).series if s.modality == "RTSTRUCT")
    )
    again = draw_region(next(r for r in read.rois if r.name == "Hot"), hot.grid, hot.kind, hot.side)
    assert again.exact_volume_ml == pytest.approx(hot.volume_ml, rel=1e-9)
    assert np.array_equal(again.mask, hot.mask)


def test_the_measurement_report_holds_the_numbers_of_the_results(written):
    document = json.loads((written / "results.json").read_text())
    dose = voxels(written / "dose.nii.gz").T
    groups = srread(written / "dicom" / "sr.dcm").content.get_volumetric_roi_measurement_groups()
    for group, region in zip(groups, document["regions"], strict=True):
        assert group.tracking_identifier == region["name"]
        found = {}
        for item in group.get_measurements():
            method = [
                c for c in item[0].get("ContentSequence", []) if c.ConceptNameCodeSequence[0].CodeValue == "370129005"
            ]
            found[item.name.value, method[0].ConceptCodeSequence[0].CodeValue if method else ""] = item.value
        expected = {
            ("128533", "MAP"): region["absorbed_dose_map_mean_gy"]["value"],
            ("128533", "REGION"): region["absorbed_dose_gy"]["value"],
            ("TIA", ""): region["time_integrated_activity_bq_s"]["value"],
            ("TEFF", ""): region["effective_half_life_h"]["value"],
            ("118565006", ""): region["volume_ml"]["value"],
            ("118538004", ""): region["mass_g"]["value"],
        }
        if region["bed_gy"]["value"] is not None:
            expected["BED", "REGION"] = region["bed_gy"]["value"]
        extremes = {("128531", "MAP"), ("128532", "MAP"), ("128539", "MAP")}
        assert set(found) == set(expected) | extremes
        for key, value in expected.items():
            assert found[key] == pytest.approx(value, rel=1e-12)
        assert found["128532", "MAP"] <= found["128539", "MAP"] <= found["128531", "MAP"] <= dose.max() * (1 + 1e-6)


@pytest.mark.peer
def test_dciodvfy_finds_no_error(written, dciodvfy):
    for path in sorted((written / "dicom").iterdir()):
        assert [line for line in dciodvfy(path) if "Laterality" not in line] == [], path.name
