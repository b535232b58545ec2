"""Planar images: how they were taken, and how activity is read from them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hevesy.workflow.config.administration import Administration, Patient
from hevesy.workflow.config.curves import Curves
from hevesy.workflow.config.fields import (
    Activity,
    Density,
    Duration,
    Length,
    Mass,
    Moment,
    ParticleEnergy,
    PositiveRatio,
    Ratio,
    Section,
    Sensitivity,
    Text,
)
from hevesy.workflow.config.regions import Regions

Window = tuple[Annotated[float, Field(gt=0)], Annotated[float, Field(gt=0)]]
"""Lower and upper limit. [keV]"""


class PlanarScans(Section):
    """Which series are the planar scans, in any order."""

    kind: Literal["whole-body", "static"]
    series: Annotated[list[Text], Field(min_length=1)] | None = None
    """Series Instance UIDs; every series of this kind among the images otherwise."""
    time_per_point: Duration | None = None
    """How long a whole-body scan sees each point."""
    detector_length: Length | None = None
    """Along the body; of a whole-body scan."""
    direction: Literal["head-first", "feet-first"] | None = None
    """Which end of the body a whole-body scan sees first."""

    @model_validator(mode="after")
    def _moving(self) -> PlanarScans:
        stated = [v is not None for v in (self.time_per_point, self.detector_length, self.direction)]
        if any(stated) != all(stated) or all(stated) != (self.kind == "whole-body"):
            raise ValueError(
                "expected 'time_per_point', 'detector_length' and 'direction' with whole-body scans, and only with them"
            )
        return self


class Photopeak(Section):
    """The energy window that activity is read from."""

    window_kev: Window
    energy: ParticleEnergy
    """Of the photons in it."""


class TripleWindow(Section):
    """Scatter from one window below and one above the photopeak."""

    method: Literal["triple"]
    lower_kev: Window
    upper_kev: Window
    relative_standard_uncertainty: PositiveRatio
    """Of the scatter that is subtracted."""


class DualWindow(Section):
    """Scatter from one window below the photopeak."""

    method: Literal["dual"]
    lower_kev: Window
    factor: Annotated[float, Field(gt=0, le=5)]
    """Scatter in the photopeak per count in the window."""
    relative_standard_uncertainty: PositiveRatio
    source: Text


class NotCorrected(Section):
    """Nothing is corrected, which the study accepts."""

    method: Literal["none"]
    accepted: Text
    """Why; stands among the limits of the report."""


class StandardSensitivity(Section):
    """Sensitivity from a standard of known activity in air, seen by both detectors."""

    method: Literal["standard"]
    images: Text
    """File of its acquisition."""
    activity: Activity
    at: Moment
    relative_standard_uncertainty: PositiveRatio


class StatedSensitivity(Section):
    """Sensitivity in air that the site states."""

    method: Literal["stated"]
    factor: Sensitivity
    relative_standard_uncertainty: PositiveRatio
    source: Text


class PlanarCt(Section):
    """Attenuation from a CT."""

    method: Literal["ct"]
    curve: Text
    """Density over CT number: the scanner's own as a CSV file, or ``schneider-2000``."""
    accept: list[Literal["below-air", "above-curve"]] = Field(default_factory=list)
    series: Text | None = None
    """Series UID of the CT; that of the reference time point or of the drawing otherwise."""
    relative_standard_uncertainty: PositiveRatio
    """Of all attenuation coefficients together."""


class Transmission(Section):
    """Attenuation from a flood source seen through the patient."""

    method: Literal["transmission"]
    images: Text
    """File of the scan with the patient, lying as on the first planar scan."""
    blank: Text
    """File of the same scan without the patient."""
    energy: ParticleEnergy
    """Of the flood source's photons."""
    relative_standard_uncertainty: PositiveRatio
    """Of all optical paths together, with the conversion to the photopeak's energy."""


class PlanarDeadTime(Section):
    """Dead time of each detector, for the events recorded in all windows of the images."""

    method: Literal["stated"]
    model: Literal["paralysable", "non-paralysable"]
    branch: Literal["low"] | None = None
    """That the lower of the two possible true rates is meant; needed for ``paralysable``."""
    tau: Duration
    standard_uncertainty: Duration
    source: Text

    @model_validator(mode="after")
    def _branch(self) -> PlanarDeadTime:
        if (self.branch is None) == (self.model == "paralysable"):
            raise ValueError("expected 'branch: low' with a paralysable detector, and only with one")
        return self


class _Rois(Section):
    background_relative_standard_uncertainty: PositiveRatio
    """Of the background within a region of interest."""
    overlap_relative_standard_uncertainty: PositiveRatio
    """Of what other regions have in a region of interest."""
    position_standard_uncertainty: Length
    """Of a region of interest on each scan."""
    model_relative_standard_uncertainty: Ratio
    """Of each region's activity, for what the model leaves out: uneven filling above all."""
    maximum_shift: Length
    """Refuse scans that lie farther from the reference than this."""


class ProjectedRois(_Rois):
    """Regions drawn on the CT, projected onto the views; needs attenuation from that CT."""

    method: Literal["projected"]
    resolution: Length
    """FWHM of the views at the depth of the patient."""
    margin: Length
    """From a projection to the edge of its region of interest."""
    gap: Length
    """From there to the background beside it."""
    ring: Length
    """Width of the background."""
    views: dict[Text, Literal["conjugate", "anterior", "posterior"]] = Field(default_factory=dict)
    """Which views a region is measured by; both where it is not named."""
    neighbours: list[Text] = Field(default_factory=list)
    """Drawn regions that are not reported, whose counts are told apart from the others'."""


class DrawnRoi(Section):
    """What the site states about a region drawn on the anterior view."""

    thickness: Length
    """Of the source along the line of view."""
    thickness_standard_uncertainty: Length
    background: Literal["drawn", "none"]
    view: Literal["conjugate", "anterior", "posterior"] = "conjugate"
    depth: Length | None = None
    """From the skin on the side of the one view to the middle of the source."""
    depth_standard_uncertainty: Length | None = None

    @model_validator(mode="after")
    def _depth(self) -> DrawnRoi:
        stated = [self.depth is not None, self.depth_standard_uncertainty is not None]
        if any(stated) != all(stated) or all(stated) == (self.view == "conjugate"):
            raise ValueError("expected 'depth' and 'depth_standard_uncertainty' with one view, and only with one")
        return self


class Overlap(Section):
    """What of one region's counts falls into the region of interest of another."""

    of: Text
    within: Text
    anterior: Ratio
    """Share of its counts, in the anterior view."""
    posterior: Ratio
    """And in the posterior view."""


class DrawnRois(_Rois):
    """Polygons on the anterior view of the first scan."""

    method: Literal["drawn"]
    polygons: Text
    """CSV file with the columns ``region,part,row,column``; part is ``region`` or ``background``."""
    items: Annotated[dict[Text, DrawnRoi], Field(min_length=1)]
    """By region, in order of precedence."""
    overlaps: list[Overlap] = Field(default_factory=list)


class StatedMass(Section):
    """Mass of a region that no CT shows."""

    mass: Mass
    relative_standard_uncertainty: PositiveRatio


class PlanarWholeBody(StatedMass):
    """All that the views show, as a region."""

    name: Text
    density: Density
    attenuation: Transmission
    model_relative_standard_uncertainty: Ratio
    """Of its activity: the body is taken to be evenly filled along every line of view."""


class Planar(Section):
    """Planar images and how activity is read from them."""

    scans: PlanarScans
    photopeak: Photopeak
    scatter: Annotated[TripleWindow | DualWindow | NotCorrected, Field(discriminator="method")]
    sensitivity: Annotated[StandardSensitivity | StatedSensitivity, Field(discriminator="method")]
    attenuation: Annotated[PlanarCt | Transmission, Field(discriminator="method")]
    dead_time: Annotated[PlanarDeadTime | NotCorrected, Field(discriminator="method")]
    rois: Annotated[ProjectedRois | DrawnRois, Field(discriminator="method")]
    whole_body: PlanarWholeBody | None = None
    masses: dict[Text, StatedMass] = Field(default_factory=dict)
    """Of regions that no CT shows; not with method hybrid."""


class HybridPlanar(Planar):
    """Planar scans at all times, scaled by one SPECT."""

    method: Literal["hybrid"]

    @model_validator(mode="after")
    def _of_the_spect(self) -> HybridPlanar:
        if not isinstance(self.rois, ProjectedRois) or not isinstance(self.attenuation, PlanarCt) or self.masses:
            raise ValueError(
                "expected 'rois' projected from the regions, 'attenuation' by CT and no 'masses' with method hybrid"
            )
        return self


class PlanarOnly(Planar):
    """Planar scans alone."""

    method: Literal["planar"]

    @model_validator(mode="after")
    def _consistent(self) -> PlanarOnly:
        if self.rois.method == "projected" and self.attenuation.method != "ct":
            raise ValueError("expected 'attenuation' by the CT that regions are projected through")
        return self


class RegionTransport(Section):
    """The engine that turns activity of regions into absorbed dose."""

    region_engine: Text


class PlanarStudy(Section):
    """A study file of planar images alone."""

    hevesy_study: Literal[1]
    patient: Patient
    images: Text | Annotated[list[Text], Field(min_length=1)]
    administration: Administration = Administration()
    planar: PlanarOnly
    regions: Regions
    curves: Curves
    transport: RegionTransport

    @model_validator(mode="after")
    def _no_remainder(self) -> PlanarStudy:
        if self.regions.remainder is not None:
            raise ValueError("expected 'planar.whole_body' instead of 'regions.remainder' in a planar study")
        return self
