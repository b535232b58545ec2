"""Images that a file of radioembolisation names: CT, regions, and emission images in the CT's frame of reference.

Paths are relative to the file. DICOM comes first: a folder with one series, or one file; NIfTI, which names no frame of
reference, is taken where the frames are said to be the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.acquire import (
    inspect_file,
    inspect_folder,
    load_image,
    load_nifti_image,
    load_nifti_labels,
    load_roi_set,
    load_transforms,
)
from hevesy.align import resample_activity, transform_between, transform_roi_set
from hevesy.delineate import draw_region, with_share
from hevesy.domain import (
    Finding,
    Grid,
    Image,
    ImageKind,
    Quantity,
    Region,
    RegionKind,
    RigidTransform,
    Roi,
    RoiSet,
    SeriesRecord,
    Side,
)
from hevesy.errors import GeometryError, ReadError, RegionFinding, ScaleError, StudyFileError
from hevesy.workflow.config.fields import Length, Section, Text
from hevesy.workflow.drawn import roi_named

Values = Literal["relative", "concentration"]
_EMISSION = ("NM", "PT")
_HU = Quantity.CT_NUMBER
_SUFFIXES = (".nii", ".nii.gz")


class RegistrationFile(Section):
    """A spatial registration object (REG)."""

    file: Text


class ImageSettings(Section):
    """What is common to all images of a file."""

    ct: Text
    regions: Text
    labels: dict[int, Text | tuple[Text, ...]] | None = None
    """Regions that each label of a NIfTI label map belongs to: a tumour's label is liver too."""
    liver: Text
    """The whole liver with its tumours."""
    lungs: tuple[Text, ...] = ()
    registration: RegistrationFile | Literal["same-frame", "none"]
    """``none``: frames of reference are named and equal; ``same-frame``: said to be equal where a file names none."""
    boundary_standard_uncertainty: Length | None = None
    """Of the drawn boundaries, along their normal. [mm]"""


class EmissionSettings(Section):
    """One emission image."""

    series: Text
    values: Values
    """``relative``: any linear scale; ``concentration``: Bq/ml."""


@dataclass(frozen=True)
class PatientImages:
    """CT and regions, both in the frame of reference of the CT."""

    settings: ImageSettings
    ct: Image
    """[HU]"""
    ct_record: SeriesRecord | None
    """None for a NIfTI file."""
    rois: RoiSet
    transforms: tuple[RigidTransform, ...]
    """Of the spatial registration."""
    inputs: tuple[Path, ...]
    """Every file that was read."""
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Emission:
    """An emission image on its own voxels, and how they lie to the CT."""

    name: str
    image: Image
    """Bq/ml, or a density in arbitrary units."""
    to_ct: RigidTransform
    """From points of the emission image to points of the CT. [mm]"""
    record: SeriesRecord | None
    """What the headers say; None for a NIfTI file."""
    inputs: tuple[Path, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def is_concentration(self) -> bool:
        """Whether the values are Bq/ml."""
        return self.image.quantity is Quantity.ACTIVITY_CONCENTRATION


def load_images(settings: ImageSettings, folder: Path, reference: Image | None = None) -> PatientImages:
    """Read CT, regions and registration.

    Parameters
    ----------
    settings
        The section ``images``.
    folder
        Where the file lies that names them.
    reference
        An image that stands for the CT, where the regions lie in its frame of reference.

    Raises
    ------
    InputError
        If something cannot be read, is not what it should be, or lies in another frame of reference.
    """
    transforms, read = _transforms(settings, folder)
    ct, record = (reference, None) if reference else _series(folder / settings.ct, "images.ct", ("CT",), _HU)
    rois, source = _regions(settings, folder)
    to_ct = check_frames(settings, transforms, rois.frame_of_reference, ct.grid.frame_of_reference, "images.regions")
    if not np.array_equal(to_ct.array, np.eye(4)):
        rois = transform_roi_set(rois, to_ct)
    known = {roi.name for roi in rois.rois}
    for name in (settings.liver, *settings.lungs):
        if name not in known:
            raise StudyFileError(f"one of the regions {', '.join(sorted(known))}", f"{name!r} came", "images")
    files = (*(() if reference else _files(record, folder / settings.ct)), source, *read)
    return PatientImages(settings, ct, record, rois, transforms, files, _notices(record))


def load_emission(settings: EmissionSettings, images: PatientImages, folder: Path, where: str) -> Emission:
    """Read an emission image and how it lies to the CT.

    Parameters
    ----------
    settings
        Which image, and what its values are.
    images
        CT and registration.
    folder
        Where the file lies that names it.
    where
        Key of the image, for messages.

    Raises
    ------
    ScaleError
        If Bq/ml are asked for and the image holds something else.
    InputError
        If it cannot be read, or lies in another frame of reference than the CT.
    """
    image, record = _series(folder / settings.series, where, _EMISSION, Quantity.ACTIVITY_CONCENTRATION)
    if settings.values == "concentration" and image.quantity is not Quantity.ACTIVITY_CONCENTRATION:
        raise ScaleError("activity concentrations in Bq/ml", f"{image.quantity} came", where)
    if settings.values == "relative":
        image = replace(image, quantity=Quantity.ARBITRARY)
    ct_frame = images.ct.grid.frame_of_reference
    to_ct = check_frames(images.settings, images.transforms, image.grid.frame_of_reference, ct_frame, where)
    return Emission(where, image, to_ct, record, _files(record, folder / settings.series), _notices(record))


def check_frames(
    settings: ImageSettings,
    transforms: Sequence[RigidTransform],
    source_frame: str | None,
    ct_frame: str | None,
    where: str,
) -> RigidTransform:
    """The transform from an image to the CT; the identity where the frames of reference are one.

    Raises
    ------
    GeometryError
        If the frames differ, or one is not named, and neither a registration nor the word of the user joins them.
    AlignmentError
        If the registration does not lead from one to the other.
    """
    if source_frame and source_frame == ct_frame:
        return RigidTransform.identity(source_frame, ct_frame)
    if isinstance(settings.registration, RegistrationFile):
        return transform_between(transforms, source_frame, ct_frame)
    unnamed = not source_frame or not ct_frame
    if unnamed and settings.registration == "same-frame":
        return RigidTransform.identity(source_frame, ct_frame)
    came = "one names none" if unnamed else "another one came and no registration"
    raise GeometryError("the frame of reference of the CT, or a spatial registration to it", came, where)


def regions_on(
    grid: Grid,
    images: PatientImages,
    names: Iterable[str],
    to_ct: RigidTransform | None = None,
    *,
    shares: bool = True,
) -> dict[str, Region]:
    """Named regions on the voxels of any grid, with the share of every voxel inside and the volume as drawn.

    Parameters
    ----------
    grid
        Of the voxels.
    images
        CT and regions.
    names
        Of the regions.
    to_ct
        From points of the grid to points of the CT; None where they are one.
    shares
        Whether the share of every voxel is wanted, or only which voxels have their centre inside.

    Raises
    ------
    StudyFileError
        If there is no region of a name, or nothing of it lies on the grid.
    """
    spacing = images.ct.grid.spacing_mm[2]
    found: dict[str, Region] = {}
    for name in dict.fromkeys(names):
        roi = roi_named(images.rois, name)
        if roi is None:
            known = ", ".join(sorted(one.name for one in images.rois.rois))
            raise StudyFileError(f"one of the regions {known}", f"{name!r} came", "images.regions")
        found[name] = _drawn(roi, grid, to_ct, spacing, shares=shares)
    return found


def _drawn(roi: Roi, grid: Grid, to_ct: RigidTransform | None, spacing_mm: float, *, shares: bool) -> Region:
    where = f"images.regions, {roi.name}"
    try:
        region = draw_region(roi, grid, RegionKind.ORGAN, Side.NONE, transform=to_ct, slice_spacing_mm=spacing_mm)
        if shares:
            region = with_share(region, roi, transform=to_ct, slice_spacing_mm=spacing_mm)
    except RegionFinding as error:
        raise StudyFileError("regions that can be drawn", error.reason, where) from error
    if not region.mask.any() and (region.share is None or not region.share.values.size):
        raise StudyFileError("regions within the image", "it lies outside", where)
    return region


def shares_of(region: Region) -> NDArray[np.float64]:
    """Share of every voxel inside a region, on its whole grid. Shape ``(z, y, x)``."""
    shares = np.zeros(region.grid.shape)
    if region.share is not None:
        shares[region.share.box] = region.share.values
    return shares


def emission_on(grid: Grid, emission: Emission, from_grid: RigidTransform | None = None) -> NDArray[np.float64]:
    """Values of an emission image on another grid, its total kept. Shape ``(z, y, x)``.

    Parameters
    ----------
    grid
        Target.
    emission
        The image.
    from_grid
        From points of the grid to points of the emission image; None for a grid in the frame of the CT.
    """
    density = replace(emission.image, quantity=Quantity.ACTIVITY_CONCENTRATION)
    transform = emission.to_ct.inverse() if from_grid is None else from_grid
    return np.asarray(resample_activity(density, grid, transform).image.values, dtype=np.float64)


def _series(path: Path, where: str, modalities: Sequence[str], quantity: Quantity) -> tuple[Image, SeriesRecord | None]:
    if path.name.lower().endswith(_SUFFIXES):
        return load_nifti_image(path, quantity), None
    if not path.exists():
        raise ReadError("a folder with one series, or a file", "it does not exist", f"{where}, {path.name}")
    tomograms = [one for one in _objects(path) if one.grid is not None and one.kind is ImageKind.TOMOGRAM]
    fitting = [one for one in tomograms if one.modality in modalities]
    if len(fitting) != 1:
        raise ReadError(f"one tomogram of {' or '.join(modalities)}", f"{len(fitting)} came", f"{where}, {path.name}")
    return load_image(fitting[0]), fitting[0]


def _regions(settings: ImageSettings, folder: Path) -> tuple[RoiSet, Path]:
    path = folder / settings.regions
    labelled = path.name.lower().endswith(_SUFFIXES)
    if labelled != (settings.labels is not None):
        came = "none came" if labelled else "they came for another object"
        raise StudyFileError("'labels' for a NIfTI label map, and for it only", came, "images.labels")
    if settings.labels is not None:
        return _labelled(path, settings.labels), path
    where = f"images.regions, {path.name}"
    if not path.exists():
        raise ReadError("regions (RTSTRUCT, SEG or NIfTI labels)", "there is no such file", where)
    objects = [one for one in _objects(path) if one.modality in {"RTSTRUCT", "SEG"}]
    if len(objects) != 1:
        raise ReadError("one RTSTRUCT or SEG", f"{len(objects)} came", where)
    return load_roi_set(objects[0]), objects[0].files[0]


def _labelled(path: Path, labels: Mapping[int, str | tuple[str, ...]]) -> RoiSet:
    """Regions of a label map; one of several labels is all of them."""
    alone = load_nifti_labels(path, {label: str(label) for label in labels})
    found: dict[str, Roi] = {}
    for roi in alone.rois:
        named = labels[roi.number]
        for name in (named,) if isinstance(named, str) else named:
            known = found.get(name)
            mask = roi.mask if known is None or known.mask is None or roi.mask is None else known.mask | roi.mask
            found[name] = replace(roi, number=len(found) + 1 if known is None else known.number, name=name, mask=mask)
    return replace(alone, rois=tuple(found.values()))


def _transforms(settings: ImageSettings, folder: Path) -> tuple[tuple[RigidTransform, ...], tuple[Path, ...]]:
    if not isinstance(settings.registration, RegistrationFile):
        return (), ()
    path = folder / settings.registration.file
    if not path.is_file():
        raise ReadError("a spatial registration (REG)", "there is no such file", f"images.registration, {path.name}")
    return load_transforms(inspect_file(path)), (path,)


def _objects(path: Path) -> tuple[SeriesRecord, ...]:
    return inspect_folder([path]).series if path.is_dir() else (inspect_file(path),)


def _files(record: SeriesRecord | None, path: Path) -> tuple[Path, ...]:
    return (path,) if record is None else record.files


def _notices(record: SeriesRecord | None) -> tuple[Finding, ...]:
    return () if record is None else record.contradictions
