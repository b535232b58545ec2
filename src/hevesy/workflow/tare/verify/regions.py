"""What the therapy image shows in tumours, normal tissue and lungs, recovered by shape where a resolution is stated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.decide.tare import LiverShares, check_territories
from hevesy.domain import Finding, Grid, Image, Quantity, Region
from hevesy.errors import InputError, RegionFinding
from hevesy.numerics.geometric_transfer import surface_density
from hevesy.numerics.response import Part, part_of
from hevesy.numerics.surroundings import surroundings
from hevesy.quantify import (
    Compartment,
    CountingNoise,
    Resolution,
    measure_region,
    recover_regions,
    recovered_image,
    region_activity,
    stated_resolution,
)
from hevesy.quantities import Uncertain, exact
from hevesy.workflow.tare.images.read import PatientImages, regions_on, shares_of
from hevesy.workflow.tare.verify.image import ShownActivity
from hevesy.workflow.tare.verify.settings import StatedResponse, TareVerification

Floats = NDArray[np.float64]
UNPERFUSED = "normal_unperfused"
_NEAR_MM = 25.0
_WHOLE = 0.98
_HALF = 0.5
_LEAST_VOXELS = 1.0


@dataclass(frozen=True)
class DrawnParts:
    """Everything drawn on the voxels of the therapy image, without overlap."""

    grid: Grid
    shares: LiverShares
    regions: Mapping[str, Region]
    lungs: tuple[str, ...]
    """Names of the lungs that the image shows whole."""
    cut_lungs: tuple[str, ...]
    """Those that it cuts."""

    @property
    def lung(self) -> Floats:
        """Share of every voxel in some lung. Shape ``(z, y, x)``."""
        parts = (shares_of(self.regions[name]) for name in (*self.lungs, *self.cut_lungs))
        return np.minimum(sum(parts, start=np.zeros(self.grid.shape)), 1.0)

    @property
    def normal(self) -> Floats:
        """Share of every voxel in liver without tumour. Shape ``(z, y, x)``."""
        tumours = sum(self.shares.tumours.values(), start=np.zeros(self.grid.shape))
        return np.maximum(self.shares.liver - tumours, 0.0)

    def of(self, name: str) -> Floats:
        """Share of every voxel in a part.

        Normal tissue of a voxel on a boundary goes to the territories in proportion to what they have of its liver.
        """
        kind, _, of = name.partition(":")
        if kind == "tumour":
            return np.asarray(self.shares.tumours[of])
        if kind == "lung":
            return np.minimum(shares_of(self.regions[of]), np.maximum(1.0 - self.shares.liver, 0.0))
        perfused = sum(self.shares.territories.values(), start=np.zeros(self.grid.shape))
        liver = np.maximum(self.shares.liver, perfused)
        wanted = self.shares.territories[of] if kind == "normal_perfused" else liver - perfused
        return self.normal * np.divide(wanted, liver, out=np.zeros_like(liver), where=liver > 0)

    @property
    def names(self) -> tuple[str, ...]:
        """Every part that has volume."""
        normal = [f"normal_perfused:{position}" for position in self.shares.territories]
        lungs = [f"lung:{name}" for name in (*self.lungs, *self.cut_lungs)]
        found = [*(f"tumour:{name}" for name in self.shares.tumours), *normal, UNPERFUSED, *lungs]
        return tuple(name for name in found if float(self.of(name).sum()) > _LEAST_VOXELS)


@dataclass(frozen=True)
class SeenPart:
    """One part of the patient as the image has it."""

    shown: Uncertain
    """Sum of the image in it, recovered where it can be. [unit ml]"""
    volume_ml: Uncertain
    """[ml]"""
    own_recovery: float | None
    """Share of its own activity that the image shows within it; None where nothing was recovered."""
    spilled_in: float | None
    """Share of what the image shows within it that comes from elsewhere."""


@dataclass(frozen=True)
class SeenParts:
    """All parts, and the image that a dose map is made from."""

    parts: Mapping[str, SeenPart | RegionFinding]
    image: Floats
    """Recovered where a resolution is stated. Shape ``(z, y, x)``."""
    elsewhere: float
    """What lies beyond liver, lungs and their surroundings. [unit ml]"""
    findings: tuple[Finding, ...]


def draw_parts(settings: TareVerification, images: PatientImages, shown: ShownActivity) -> DrawnParts:
    """Draw liver, tumours, territories and lungs on the voxels of the therapy image.

    Raises
    ------
    InputError
        If regions overlap, leave the liver, or the image cuts the liver.
    """
    territories = {one.position: one.region for one in settings.territories}
    if len(territories) < len(settings.territories):
        raise InputError("each position once", "one came twice", "territories")
    names = [settings.images.liver, *settings.tumours, *territories.values(), *settings.images.lungs]
    regions = regions_on(shown.grid, images, names, shown.to_ct)
    shares = LiverShares(
        shown.grid.voxel_volume_ml,
        shares_of(regions[settings.images.liver]),
        {name: shares_of(regions[name]) for name in settings.tumours},
        {position: shares_of(regions[name]) for position, name in territories.items()},
    )
    for name in (settings.images.liver, *settings.tumours, *territories.values()):
        if _seen_share(regions[name]) < _WHOLE:
            came = f"it shows only {_seen_share(regions[name]):.0%} of {name!r}"
            raise InputError("an image of the whole liver", came, "therapy.series")
    check_territories(shares)
    cut = tuple(name for name in settings.images.lungs if _seen_share(regions[name]) < _WHOLE)
    whole = tuple(name for name in settings.images.lungs if name not in cut)
    return DrawnParts(shown.grid, shares, regions, whole, cut)


def _seen_share(region: Region) -> float:
    return float(shares_of(region).sum()) * region.grid.voxel_volume_ml / region.exact_volume_ml


def see_parts(settings: TareVerification, drawn: DrawnParts, values: Floats) -> SeenParts:
    """Measure every part.

    Parameters
    ----------
    settings
        Recovery and boundaries.
    drawn
        The parts.
    values
        The image in any unit, the scout taken away. Shape ``(z, y, x)``.
    """
    image = Image(drawn.grid, values, Quantity.ACTIVITY_CONCENTRATION)
    boundary = settings.images.boundary_standard_uncertainty or 0.0
    chosen = settings.therapy.recovery
    compartments = list(_compartments(settings, drawn))
    elsewhere = float((values[compartments[-1].share.box] * compartments[-1].share.values).sum())
    elsewhere *= drawn.grid.voxel_volume_ml
    if not isinstance(chosen, StatedResponse):
        told = Finding("recovery-not-corrected", f"blur is not corrected, small regions read low: {chosen.reason}")
        return SeenParts(dict(_as_imaged(drawn, image, boundary)), values, elsewhere, (told,))
    resolution = stated_resolution(
        chosen.fwhm, chosen.fwhm, 0.0,
        standard_uncertainty_mm=chosen.standard_uncertainty, name="therapy", source=chosen.source,
    )  # fmt: skip
    return SeenParts(
        _recovered(drawn, image, compartments, resolution, boundary),
        _recovered_values(image, compartments, resolution),
        elsewhere,
        (),
    )


def _recovered(
    drawn: DrawnParts, image: Image, compartments: list[Compartment], resolution: Resolution, boundary_mm: float
) -> dict[str, SeenPart | RegionFinding]:
    try:
        found = recover_regions(
            image, compartments, resolution, time_point=1, noise=CountingNoise(),
            boundary_standard_uncertainty_mm=boundary_mm,
        )  # fmt: skip
    except RegionFinding as error:
        return dict.fromkeys(drawn.names, error)
    return {
        name: one
        if isinstance(one, RegionFinding)
        else SeenPart(one.activity_bq, one.volume_ml, one.own_recovery, one.spilled_in)
        for name, one in found.items()
    }


def _recovered_values(image: Image, compartments: list[Compartment], resolution: Resolution) -> Floats:
    try:
        return np.asarray(recovered_image(image, compartments, resolution).values, dtype=np.float64)
    except RegionFinding:
        return np.asarray(image.values, dtype=np.float64)


def _as_imaged(drawn: DrawnParts, image: Image, boundary_mm: float) -> Iterator[tuple[str, SeenPart | RegionFinding]]:
    for name in drawn.names:
        share = drawn.of(name)
        volume = _volume(drawn, name, share, boundary_mm)
        try:
            mean = measure_region(image, share >= _HALF, region=name, time_point=1, noise=CountingNoise())
        except RegionFinding as error:
            yield name, error
        else:
            activity = region_activity(mean, volume=volume, recovery=None, scale=exact(1.0), fwhm_mm=None)
            yield name, SeenPart(activity, volume, None, None)


def _volume(drawn: DrawnParts, name: str, share: Floats, boundary_mm: float) -> Uncertain:
    surface = _surface(drawn, name, part_of(share))
    moved = boundary_mm * float(surface.values.sum(dtype=np.float64)) * drawn.grid.voxel_volume_ml
    return Uncertain(float(share.sum()) * drawn.grid.voxel_volume_ml, {f"volume:{name}": moved})


def _compartments(settings: TareVerification, drawn: DrawnParts) -> Iterator[Compartment]:
    """The parts, what lies around liver and lungs, and the rest last."""
    chosen = settings.therapy.recovery
    model = chosen.model_relative_standard_uncertainty if isinstance(chosen, StatedResponse) else None
    for name in drawn.names:
        part = part_of(drawn.of(name))
        tumour = name.startswith("tumour:")
        unsure = 0.0 if model is None else model.lesion if tumour else model.organ
        volume = float(part.values.sum(dtype=np.float64)) * drawn.grid.voxel_volume_ml
        yield Compartment(
            name, part, _surface(drawn, name, part), volume_ml=volume, model_relative_u=unsure, may_be_empty=not tumour
        )
    sx, sy, sz = drawn.grid.spacing_mm
    body = np.ones(drawn.grid.shape, dtype=bool)
    beside = np.maximum(1.0 - drawn.shares.liver, 0.0)
    whole = [part_of(drawn.shares.liver), part_of(np.minimum(drawn.lung, beside))]
    near, rest = surroundings([one for one in whole if one.values.size], body, (sz, sy, sx), _NEAR_MM)
    for number, part in enumerate(near):
        if part.values.sum() >= _LEAST_VOXELS:
            yield Compartment(f"around {('liver', 'lungs')[number]}", part, drawn=False)
    yield Compartment("rest of the field", rest, drawn=False)


def _surface(drawn: DrawnParts, name: str, part: Part) -> Part:
    """Area of the boundary as drawn; of normal tissue that of its territory, not that of the tumours within."""
    kind, _, of = name.partition(":")
    if kind == "normal_perfused":
        outer = part_of(drawn.shares.territories[of])
        sx, sy, sz = drawn.grid.spacing_mm
        return surface_density(outer, (sz, sy, sx))
    region = drawn.regions.get(of)
    if region is not None and region.surface is not None and kind in {"tumour", "lung"}:
        return region.surface
    sx, sy, sz = drawn.grid.spacing_mm
    return surface_density(part, (sz, sy, sx))
