"""What a virtual radioembolisation can be asked for besides its scenario, and its grids."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from hevesy.domain import Grid
from hevesy.errors import InputError
from hevesy.simulate.options import Size

Vector = tuple[float, float, float]

_LOW_MM: Vector = (-228.0, -114.0, 234.0)
_HIGH_MM: Vector = (228.0, 114.0, 690.0)
"""Corners of the part of the body that is looked at: from below the liver to above the lungs."""
_MR_LOW_MM: Vector = (-228.0, -128.0, 260.0)
_MR_HIGH_MM: Vector = (228.0, 128.0, 440.0)
"""Of the MR: the liver, with air around the body."""


class Variant(StrEnum):
    """Another patient or another scan than the default."""

    EXTRAHEPATIC = "extrahepatic"
    """A part of the activity goes into the wall of the stomach, in the scout as in the treatment."""
    UNIFORM = "uniform"
    """Even deposition in each compartment, and a scout that goes where the treatment goes."""
    NOISELESS = "noiseless"
    """Emission images without noise."""
    SHARP = "sharp"
    """Emission images without blur."""
    MISREGISTERED = "misregistered"
    """Emission images of the treatment in a frame of reference of their own, with a registration beside them."""


@dataclass(frozen=True)
class TareOptions:
    """Seed, size and variants."""

    seed: int
    size: Size = Size.FULL
    variants: frozenset[Variant] = frozenset()

    def check(self) -> None:
        """Refuse a seed below zero.

        Raises
        ------
        InputError
            With the seed that came.
        """
        if self.seed < 0:
            raise InputError("a seed of 0 or more", f"{self.seed} came", "--seed")


@dataclass(frozen=True)
class Grids:
    """Voxels of the truth and of the images, in one frame of reference."""

    truth: Grid
    ct: Grid
    pet: Grid
    spect: Grid
    mr: Grid


def grids(size: Size, frame: str) -> Grids:
    """The grids of a size.

    Parameters
    ----------
    size
        Full or small.
    frame
        Frame of reference of all.
    """
    full = size is Size.FULL
    fine = 2.0 if full else 4.0
    return Grids(
        truth=_grid((fine, fine, fine), _LOW_MM, _HIGH_MM, frame),
        ct=_square((fine, fine, 3.0 if full else 6.0), frame),
        pet=_square((4.07283, 4.07283, 3.0) if full else (6.0, 6.0, 6.0), frame),
        spect=_square((4.7952,) * 3, frame),
        mr=_grid((2.5, 2.5, 4.0) if full else (4.0, 4.0, 7.2), _MR_LOW_MM, _MR_HIGH_MM, frame),
    )


def _square(spacing: Vector, frame: str) -> Grid:
    """Slices as wide as the field and as high as wide."""
    low, high = (_LOW_MM[0], _LOW_MM[0], _LOW_MM[2]), (_HIGH_MM[0], _HIGH_MM[0], _HIGH_MM[2])
    return _grid(spacing, low, high, frame)


def _grid(spacing: Vector, low: Vector, high: Vector, frame: str) -> Grid:
    """The fewest voxels that cover a box, around its middle."""
    nx, ny, nz = (int(-(-(b - a) // s)) for a, b, s in zip(low, high, spacing, strict=True))
    ox, oy, oz = (
        round((a + b) / 2 - s * (n - 1) / 2, 6) for a, b, s, n in zip(low, high, spacing, (nx, ny, nz), strict=True)
    )
    return Grid((nz, ny, nx), spacing, (ox, oy, oz), frame_of_reference=frame)
