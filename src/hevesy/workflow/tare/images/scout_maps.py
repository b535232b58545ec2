"""The images of a plan on one grid: drawn volumes as shares of voxels, and the scout of every injection position."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.align import compose, move_grid
from hevesy.decide.tare import LiverShares, check_territories
from hevesy.domain import Finding, Grid, Image, Quantity, Region
from hevesy.errors import InputError, StudyFileError
from hevesy.workflow.tare.images.read import (
    Emission,
    PatientImages,
    emission_on,
    load_emission,
    load_images,
    regions_on,
    shares_of,
)
from hevesy.workflow.tare.images.settings import ImagedPlan

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ScoutMaps:
    """Everything on the voxels of the first scout."""

    outline: ImagedPlan
    images: PatientImages
    emissions: tuple[Emission, ...]
    grid: Grid
    """Of the first scout."""
    shares: LiverShares
    regions: Mapping[str, Region]
    """Every region that was asked for, by its name."""
    scouts: tuple[Floats, ...]
    """As imaged, in the order of the plan. Shapes ``(z, y, x)``."""
    scout_of: Mapping[str, int]
    """Place in ``scouts``, by injection position."""
    folder: Path

    @property
    def lungs(self) -> Floats:
        """Share of every voxel in the lungs."""
        return self.share(*self.outline.images.lungs)

    @property
    def inputs(self) -> tuple[Path, ...]:
        """Every file that was read."""
        return tuple(dict.fromkeys([*self.images.inputs, *(path for one in self.emissions for path in one.inputs)]))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What reading found."""
        return (*self.images.findings, *(finding for one in self.emissions for finding in one.findings))

    def share(self, *names: str) -> Floats:
        """Share of every voxel in some regions together."""
        parts = (shares_of(self.regions[name]) for name in names)
        return np.minimum(sum(parts, start=np.zeros(self.grid.shape)), 1.0)

    def ct_here(self) -> Image:
        """The CT with its voxels in the frame of the scout, for pictures. [HU]"""
        grid = move_grid(self.images.ct.grid, self.emissions[0].to_ct.inverse())
        return Image(grid, self.images.ct.values, Quantity.CT_NUMBER)


def load_scout_maps(outline: ImagedPlan, folder: Path) -> ScoutMaps:
    """Read the images of a plan and bring them onto the grid of the first scout.

    Parameters
    ----------
    outline
        What the plan says about images, tumours and territories.
    folder
        Where the plan lies.

    Raises
    ------
    InputError
        If an image cannot be read or lies in another frame, an injection position has no scout or two, territories
        overlap or leave the liver, or a tumour lies outside every territory.
    """
    settings = outline.images
    scout_of = _scout_of(outline)
    images = load_images(settings, folder)
    emissions = tuple(
        load_emission(scout, images, folder, f"images.scouts.{number}") for number, scout in enumerate(settings.scouts)
    )
    grid, to_ct = emissions[0].image.grid, emissions[0].to_ct
    named = [t.drawn_as for t in outline.tumours] + [t.region for t in outline.territories]
    wanted = [settings.liver, *named, *settings.lungs, *settings.deposition_search.physiological]
    regions = regions_on(grid, images, wanted, to_ct)
    shares = LiverShares(
        grid.voxel_volume_ml,
        shares_of(regions[settings.liver]),
        {tumour.name: shares_of(regions[tumour.drawn_as]) for tumour in outline.tumours},
        {territory.position: shares_of(regions[territory.region]) for territory in outline.territories},
    )
    _check_seen(regions, [settings.liver, *named])
    check_territories(shares)
    return ScoutMaps(outline, images, emissions, grid, shares, regions, _scouts(emissions, grid), scout_of, folder)


def _scouts(emissions: tuple[Emission, ...], grid: Grid) -> tuple[Floats, ...]:
    first = np.asarray(emissions[0].image.values, dtype=np.float64)
    others = (emission_on(grid, one, compose(emissions[0].to_ct, one.to_ct.inverse())) for one in emissions[1:])
    return (first, *others)


def _scout_of(outline: ImagedPlan) -> dict[str, int]:
    positions = [territory.position for territory in outline.territories]
    found: dict[str, int] = {}
    for number, scout in enumerate(outline.images.scouts):
        for position in scout.positions:
            if position not in positions:
                raise StudyFileError(
                    f"one of the positions {', '.join(positions)}", f"{position!r} came", "images.scouts"
                )
            if position in found:
                raise StudyFileError("one scout for every position", f"{position!r} came twice", "images.scouts")
            found[position] = number
    for position in positions:
        if position not in found:
            raise StudyFileError("a scout for every position", f"none has {position!r}", "images.scouts")
    return found


def _check_seen(regions: Mapping[str, Region], names: list[str]) -> None:
    """Refuse a liver that the scout cuts."""
    for name in dict.fromkeys(names):
        region = regions[name]
        seen = float(shares_of(region).sum()) * region.grid.voxel_volume_ml
        if seen < 0.98 * region.exact_volume_ml:
            came = f"{region.exact_volume_ml - seen:.3g} ml of {name!r} lie outside"
            raise InputError("a scout that shows liver, tumours and territories whole", came, "images.scouts")
