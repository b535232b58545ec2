"""The pictures that a report is made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import Image, Quantity, Region

Plane = Literal["axial", "coronal", "sagittal"]


@dataclass(frozen=True)
class AlignmentView:
    """One plane through the reference and through the other scan, before and after alignment.

    Rows run from anterior to posterior (axial) or from superior to inferior (coronal), columns from the patient's
    right to left: as the picture is looked at.
    """

    plane: Literal["axial", "coronal"]
    fixed: NDArray[Any]
    """The reference. Shape ``(row, column)``; any grey scale."""
    before: NDArray[Any]
    """The other scan as it came. Shape ``(row, column)``."""
    after: NDArray[Any]
    """The other scan after alignment. Shape ``(row, column)``."""
    spacing_mm: tuple[float, float]
    """Distance of rows and of columns. [mm]"""
    position_mm: float | None = None
    """Where the plane lies along its normal in patient coordinates (LPS). [mm]"""
    window: tuple[float, float] | None = None
    """Values shown black and white; chosen from the values if None."""

    def __post_init__(self) -> None:
        shapes = {self.fixed.shape, self.before.shape, self.after.shape}
        if len(shapes) != 1 or self.fixed.ndim != 2:
            raise ValueError(f"expected three pictures of one shape, but {sorted(shapes)} came")


@dataclass(frozen=True)
class AlignmentPictures:
    """How one time point fits the reference."""

    time_point: int
    views: tuple[AlignmentView, ...]
    title: str = ""
    """What lies on the reference; the time point where it is empty."""


@dataclass(frozen=True)
class PlanarPicture:
    """One planar scan with the outlines of its regions, on the pixels of the anterior view."""

    scan: int
    counts: NDArray[np.float64]
    """Anterior and posterior, from head to feet, the patient's right on the left. Shape ``(2, row, column)``."""
    rois: tuple[tuple[str, NDArray[np.bool_]], ...]
    """Name and pixels of each region. Shapes ``(row, column)``."""
    rings: tuple[NDArray[np.bool_], ...]
    """Pixels of the background beside each."""
    spacing_mm: tuple[float, float]


@dataclass(frozen=True)
class ReportImages:
    """Everything a report shows that is not in ``results.json``; whatever was not made is left out."""

    ct: Image | None = None
    """CT of the reference time point, on its own grid. [HU]"""
    spect: tuple[Image, ...] = ()
    """One per time point, in the order of ``results.time_points``. [Bq/ml]"""
    dose: Image | None = None
    """Absorbed dose. [Gy]"""
    reference: int = 0
    """Index in ``spect`` of the time point that the CT, the dose map and the regions belong to."""
    regions: tuple[Region, ...] = ()
    """Masks; a region is outlined on every image with its grid and frame of reference."""
    alignment: tuple[AlignmentPictures, ...] = ()
    planar: tuple[PlanarPicture, ...] = ()

    def __post_init__(self) -> None:
        expected = [(self.ct, Quantity.CT_NUMBER), (self.dose, Quantity.ABSORBED_DOSE)]
        expected += [(image, Quantity.ACTIVITY_CONCENTRATION) for image in self.spect]
        for image, quantity in expected:
            if image is not None and image.quantity is not quantity:
                raise ValueError(f"expected an image in {quantity}, but one in {image.quantity} came")
        if not all(np.isfinite(image.values).all() for image in (*self.spect, self.dose) if image is not None):
            raise ValueError("expected finite values in every image, but some are not")
