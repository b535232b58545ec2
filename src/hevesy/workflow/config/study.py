"""A whole study file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hevesy.workflow.config.administration import Administration, Patient
from hevesy.workflow.config.alignment import Alignment
from hevesy.workflow.config.calibration import (
    FileCalibration,
    PhantomCalibration,
    StatedCalibration,
    WholeBody,
    WholeBodyCalibration,
)
from hevesy.workflow.config.corrections import Corrections
from hevesy.workflow.config.curves import Curves
from hevesy.workflow.config.dead_time import DeadTimeCorrection
from hevesy.workflow.config.fields import Section, Text
from hevesy.workflow.config.images import TimePointChoice
from hevesy.workflow.config.limits import EarlierCycles, LimitChoice, MaxActivity
from hevesy.workflow.config.marrow import Body, Marrow, WholeBodyProbe
from hevesy.workflow.config.output import Output
from hevesy.workflow.config.planar import HybridPlanar
from hevesy.workflow.config.recovery import NoRecovery, ShapeRecovery, VolumeRecovery
from hevesy.workflow.config.regions import Regions
from hevesy.workflow.config.transport import Transport
from hevesy.workflow.config.uncertainty import UncertaintyChoice


class DoseMap(Section):
    """The voxel map."""

    recovery_corrected: bool


class Study(Section):
    """A whole study file."""

    hevesy_study: Literal[1]
    patient: Patient
    images: Text | Annotated[list[Text], Field(min_length=1)]
    time_points: Annotated[list[TimePointChoice], Field(min_length=1)] | None = None
    administration: Administration = Administration()
    corrections: Corrections | None = None
    calibration: Annotated[
        PhantomCalibration | StatedCalibration | FileCalibration | WholeBodyCalibration, Field(discriminator="method")
    ]
    whole_body_check: WholeBody | None = None
    """What the calibrated images show in all is compared with what has to be there; nothing is changed."""
    dead_time: DeadTimeCorrection | None = None
    decay_during_acquisition: Literal["corrected", "not-corrected"] | None = None
    """Whether decay-corrected images are corrected for the decay while counting; needed where the files do not tell."""
    recovery: Annotated[ShapeRecovery | VolumeRecovery | NoRecovery, Field(discriminator="method")]
    alignment: Alignment
    regions: Regions
    planar: HybridPlanar | None = None
    """Planar scans at all times, which the one SPECT scales."""
    curves: Curves
    transport: Transport
    body: Body | None = None
    whole_body_probe: WholeBodyProbe | None = None
    marrow: Marrow | None = None
    dose_map: DoseMap
    uncertainty: UncertaintyChoice = UncertaintyChoice(propagation="analytic")
    limits: tuple[LimitChoice, ...] = ()
    earlier_cycles: EarlierCycles | None = None
    """Doses before this cycle; without the word of the study no limit of a course is evaluated."""
    max_activity_for: MaxActivity | None = None
    output: Output = Output()

    @model_validator(mode="after")
    def _regions_of_limits(self) -> Study:
        ratios: dict[str, float | None] = {item.name: item.alpha_beta for item in self.regions.items}
        ratios |= {"Red_marrow": None} if self.marrow is not None else {}
        ratios |= {"Whole_body": None} if self.whole_body_probe is not None else {}
        for limit in self.limits:
            if limit.region not in ratios:
                raise ValueError(f"expected limits of regions of the study, but {limit.region!r} came")
            stated = ratios[limit.region]
            if limit.alpha_beta is not None and stated is not None and limit.alpha_beta != stated:
                raise ValueError(
                    f"expected a limit of {limit.region} with its alpha/beta {stated:g} Gy, "
                    f"but {limit.alpha_beta:g} Gy came"
                )
        return self

    @model_validator(mode="after")
    def _body_of_marrow(self) -> Study:
        asked = self.marrow is not None or self.whole_body_probe is not None
        if asked != (self.body is not None):
            raise ValueError("expected 'body' with 'marrow' or 'whole_body_probe', and only with them")
        return self

    @model_validator(mode="after")
    def _regions_of_marrow(self) -> Study:
        named = (
            [*self.marrow.sources, *([self.marrow.image.region] if self.marrow.image else [])] if self.marrow else []
        )
        for name in named:
            if name not in {item.name for item in self.regions.items}:
                raise ValueError(f"expected regions of the study in 'marrow', but {name!r} came")
        return self

    @model_validator(mode="after")
    def _resolution_of_shifts(self) -> Study:
        shift = self.alignment.local_shift
        if shift is not None and shift.resolution is None and not isinstance(self.recovery, ShapeRecovery):
            raise ValueError("expected 'alignment.local_shift.resolution' without recovery by shape, but none came")
        return self

    @model_validator(mode="after")
    def _recovery_of_regions(self) -> Study:
        by_shape = isinstance(self.recovery, ShapeRecovery)
        for item in self.regions.items:
            if not by_shape and (item.recovery or item.breathing):
                raise ValueError(f"expected 'recovery' and 'breathing' of {item.name} only with recovery method shape")
            if isinstance(self.recovery, ShapeRecovery) and item.recovery == "volume" and self.recovery.volume is None:
                raise ValueError(
                    f"expected 'recovery.volume' since {item.name} asks for recovery by volume, but none came"
                )
        return self
