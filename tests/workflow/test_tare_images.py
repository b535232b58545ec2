"""Images of a radioembolisation file: DICOM and NIfTI, frames of reference, regions on any grid."""

import nibabel
import numpy as np
import pytest

from hevesy.domain import Quantity
from hevesy.errors import InputError
from hevesy.quantities.settings_file import validate_settings
from hevesy.workflow.tare.images.read import (
    EmissionSettings,
    ImageSettings,
    emission_on,
    load_emission,
    load_images,
    regions_on,
    shares_of,
)

OTHER = "1.2.826.0.1.3680043.8.498.9"
SHAPE = (6, 5, 4)


def settings(**changes):
    content = {"ct": "ct", "regions": "rs.dcm", "liver": "Liver", "registration": "none", **changes}
    return validate_settings(ImageSettings, content, "plan.yaml")


def emission(series="nm", values="relative"):
    return EmissionSettings(series=series, values=values)


@pytest.fixture
def folder(build, tmp_path):
    """CT and scout on one grid, a box of two by three by four voxels as liver, drawn on their edges."""
    build.write_all(build.ct(), tmp_path / "ct")
    build.write(build.nm(), tmp_path / "nm" / "nm.dcm")
    x, y, z = build.ORIGIN
    square = np.array([[x + 1, y + 1.5], [x + 5, y + 1.5], [x + 5, y + 10.5], [x + 1, y + 10.5]])
    planes = [np.column_stack([square, np.full(4, z + 4.0 * k)]) for k in (1, 2, 3, 4)]
    build.write(build.rtstruct({"Liver": planes, "T1": planes[:1]}), tmp_path / "rs.dcm")
    return tmp_path


def test_dicom_in_one_frame(folder, build):
    images = load_images(settings(), folder)
    scout = load_emission(emission(), images, folder, "scout")
    regions = regions_on(scout.image.grid, images, ["Liver", "T1"], scout.to_ct)
    assert scout.image.quantity is Quantity.ARBITRARY
    assert np.array_equal(scout.to_ct.array, np.eye(4))
    assert regions["Liver"].exact_volume_ml == pytest.approx(4 * 9 * 16 / 1000.0)
    expected = np.zeros(SHAPE)
    expected[1:5, 1:4, 1:3] = 1.0
    assert shares_of(regions["Liver"]) == pytest.approx(expected)
    assert shares_of(regions["T1"]).sum() == pytest.approx(6.0)
    assert emission_on(images.ct.grid, scout) == pytest.approx(build.counts())
    assert {path.name for path in images.inputs} >= {"rs.dcm", "IM0000"}


def test_another_frame_needs_a_registration(folder, build):
    build.write(build.nm(FrameOfReferenceUID=OTHER), folder / "other" / "nm.dcm")
    images = load_images(settings(), folder)
    for registration in ("none", "same-frame"):
        images = load_images(settings(registration=registration), folder)
        with pytest.raises(InputError, match="scout: expected the frame of reference of the CT") as refused:
            load_emission(emission("other"), images, folder, "scout")
        assert "\n" not in str(refused.value)
    shift = np.eye(4)
    shift[0, 3] = 2.0
    build.write(build.reg(shift, OTHER), folder / "reg.dcm")
    images = load_images(settings(registration={"file": "reg.dcm"}), folder)
    scout = load_emission(emission("other"), images, folder, "scout")
    liver = regions_on(scout.image.grid, images, ["Liver"], scout.to_ct)["Liver"]
    assert scout.to_ct.apply(np.zeros(3)) == pytest.approx([2.0, 0.0, 0.0])
    assert np.flatnonzero(liver.mask.any(axis=(0, 1))).tolist() == [0, 1]
    assert emission_on(images.ct.grid, scout)[:, :, 1:] == pytest.approx(build.counts()[:, :, :-1])


def test_registration_of_other_frames_is_refused(folder, build):
    build.write(build.nm(FrameOfReferenceUID=OTHER), folder / "other" / "nm.dcm")
    build.write(build.reg(np.eye(4), OTHER + ".1"), folder / "reg.dcm")
    images = load_images(settings(registration={"file": "reg.dcm"}), folder)
    with pytest.raises(InputError, match="a registration from frame"):
        load_emission(emission("other"), images, folder, "scout")


def test_concentration_is_not_assumed(folder, build):
    images = load_images(settings(), folder)
    with pytest.raises(InputError, match="scout: expected activity concentrations in Bq/ml, but counts came"):
        load_emission(emission(values="concentration"), images, folder, "scout")
    build.write_all(build.pt(), folder / "pt")
    pet = load_emission(emission("pt", "concentration"), images, folder, "pet")
    assert pet.is_concentration
    assert pet.image.values == pytest.approx(25.0 * build.counts())
    assert pet.record.modality == "PT"


def save(values, path):
    image = nibabel.Nifti1Image(np.asarray(values).T.copy(), np.diag([-2.0, -3.0, 4.0, 1.0]))
    image.header.set_xyzt_units("mm")
    nibabel.save(image, path)


@pytest.fixture
def nifti(tmp_path):
    labels = np.zeros(SHAPE, dtype=np.int16)
    labels[1:5, 1:4, 1:3] = 1
    save(np.full(SHAPE, 40.0, dtype=np.float32), tmp_path / "ct.nii.gz")
    save(labels, tmp_path / "labels.nii.gz")
    save(labels.astype(np.float32), tmp_path / "scout.nii.gz")
    return tmp_path


def test_nifti_wants_the_word_of_the_user(nifti):
    named = {"ct": "ct.nii.gz", "regions": "labels.nii.gz", "labels": {1: "Liver"}}
    with pytest.raises(InputError, match="but one names none"):
        load_images(settings(**named), nifti)
    images = load_images(settings(**named, registration="same-frame"), nifti)
    scout = load_emission(emission("scout.nii.gz"), images, nifti, "scout")
    liver = regions_on(scout.image.grid, images, ["Liver"], scout.to_ct)["Liver"]
    assert liver.mask == pytest.approx(scout.image.values)


WRONG = {
    "no ct": ({"ct": "nothing"}, "it does not exist"),
    "an emission as CT": ({"ct": "nm"}, "one tomogram of CT, but 0 came"),
    "no regions": ({"regions": "nothing.dcm"}, "there is no such file"),
    "a CT as regions": ({"regions": "ct"}, "one RTSTRUCT or SEG, but 0 came"),
    "labels for contours": ({"labels": {1: "Liver"}}, "images.labels: expected 'labels'"),
    "unknown liver": ({"liver": "Leber"}, "one of the regions Liver, T1, but 'Leber' came"),
    "unknown lung": ({"lungs": ["Lung_L"]}, "'Lung_L' came"),
    "no registration file": ({"registration": {"file": "reg.dcm"}}, "a spatial registration"),
}


@pytest.mark.parametrize("case", WRONG)
def test_refused_in_one_line(folder, case):
    change, said = WRONG[case]
    with pytest.raises(InputError, match=said) as refused:
        load_images(settings(**change), folder)
    assert "\n" not in str(refused.value)


def test_unknown_region_is_named(folder):
    images = load_images(settings(), folder)
    with pytest.raises(InputError, match="one of the regions Liver, T1, but 'T9' came"):
        regions_on(images.ct.grid, images, ["T9"])
