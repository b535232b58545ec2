"""A whole study file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from hevesy.workflow.config.administration import Administration, Patient
from hevesy.workflow.config.alignment import Alignment
from hevesy.workflow.config.calibration import FileCalibration, PhantomCalibration, StatedCalibration
from hevesy.workflow.config.curves import Curves
from hevesy.workflow.config.fields import Section, Text
from hevesy.workflow.config.images import TimePointChoice
from hevesy.workflow.config.output import Output
from hevesy.workflow.config.recovery import NoRecovery, VolumeRecovery
from hevesy.workflow.config.regions import Regions


class Transport(Section):
    """Dose engines by name."""

    region_engine: Text
    map_engine: Text


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
    calibration: Annotated[PhantomCalibration | StatedCalibration | FileCalibration, Field(discriminator="method")]
    recovery: Annotated[VolumeRecovery | NoRecovery, Field(discriminator="method")]
    alignment: Alignment
    regions: Regions
    curves: Curves
    transport: Transport
    dose_map: DoseMap
    output: Output = Output()
