"""What a simulation can be asked for besides its scenario."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hevesy.domain import Grid
from hevesy.errors import InputError
from hevesy.simulate.quirks import Quirk, check_quirks


class Units(StrEnum):
    """How the SPECT is calibrated."""

    COUNTS = "counts"
    """NM in counts, with a calibration-phantom acquisition."""
    RWVM = "rwvm"
    """NM with Real World Value Mapping to Bq/ml."""
    RESCALE = "rescale"
    """PT in Bq/ml with a rescale slope in every slice."""


class Size(StrEnum):
    """Matrix sizes."""

    FULL = "full"
    SMALL = "small"


@dataclass(frozen=True)
class Matrices:
    """Voxels of SPECT and CT; both cover the same square of 614.4 mm."""

    spect: int
    ct: int
    ct_slice_mm: float

    _FIELD_MM = 614.4

    def spect_grid(self, lowest_mm: float, length_mm: float, frame: str | None = None) -> Grid:
        """Cubic voxels around the axis of rotation."""
        voxel = self._FIELD_MM / self.spect
        return _centred(self.spect, voxel, max(round(length_mm / voxel), 1), voxel, lowest_mm, frame)

    def ct_grid(self, lowest_mm: float, length_mm: float, frame: str | None = None) -> Grid:
        """Slices over the same length."""
        n = max(round(length_mm / self.ct_slice_mm), 1)
        return _centred(self.ct, self._FIELD_MM / self.ct, n, self.ct_slice_mm, lowest_mm, frame)


MATRICES = {Size.FULL: Matrices(128, 256, 3.2), Size.SMALL: Matrices(64, 128, 6.4)}


@dataclass(frozen=True)
class Options:
    """Seed, storage, size and errors."""

    seed: int
    units: Units = Units.COUNTS
    quirks: frozenset[Quirk] = frozenset()
    size: Size = Size.FULL
    planar: bool = False
    """Whether planar images are taken besides."""
    samples: bool = False
    """Whether blood samples and probe readings are taken besides, and the study asks for the marrow dose."""
    draw_errors: bool = False
    """Whether what the site states is wrong, as its study file says it may be."""

    def check(self) -> None:
        """Refuse combinations that no scanner writes.

        Raises
        ------
        InputError
            If the seed is negative, a quirk belongs to another kind of image, or two exclude each other.
        """
        if self.seed < 0:
            raise InputError("a seed of 0 or more", f"{self.seed} came", "--seed")
        check_quirks(self.quirks, self.units)


def _centred(n: int, pixel: float, n_slices: int, slice_mm: float, lowest_mm: float, frame: str | None) -> Grid:
    corner = -(n - 1) / 2 * pixel
    return Grid(
        (n_slices, n, n),
        (pixel, pixel, slice_mm),
        (round(corner, 6), round(corner, 6), round(lowest_mm + slice_mm / 2, 6)),
        frame_of_reference=frame,
    )
