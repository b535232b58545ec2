"""How blur is corrected."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from hevesy.workflow.config.calibration import BelongsTo
from hevesy.workflow.config.fields import Length, Ratio, Section, Text


class ByKind(Section):
    """One ratio for organs and one for lesions."""

    organ: Ratio
    lesion: Ratio


class VolumeRecovery(Section):
    """Recovery by volume, R(v) = 1 - 1/(1+(v/b1)^b2), fitted to a sphere table."""

    method: Literal["volume"]
    spheres: Text
    belongs_to: BelongsTo
    shape_relative_standard_uncertainty: ByKind
    """How far a region of another shape than a sphere may lie off the curve."""


class StatedResolution(Section):
    """A resolution that the site states."""

    method: Literal["stated"]
    fwhm: Length
    """At the axis of rotation, or everywhere."""
    fwhm_outside: Length | None = None
    """At ``radius`` and beyond; linear between."""
    radius: Length | None = None
    standard_uncertainty: Length
    belongs_to: BelongsTo
    source: Text

    @model_validator(mode="after")
    def _complete(self) -> StatedResolution:
        if (self.fwhm_outside is None) != (self.radius is None):
            raise ValueError("expected 'fwhm_outside' and 'radius' together")
        return self


class MeasuredResolution(Section):
    """A resolution measured with small sources, reconstructed as the patients are."""

    method: Literal["points", "lines"]
    images: Text
    """Folder of the acquisition; lines lie along the axis of rotation."""
    source_diameter: Length
    """Inner diameter of the sources."""


class SphereResolution(Section):
    """The resolution that explains a table of spheres."""

    method: Literal["spheres"]
    spheres: Text
    belongs_to: BelongsTo


class ShapeRecovery(Section):
    """Recovery by shape: every region and its neighbours blurred with the measured resolution."""

    method: Literal["shape"]
    resolution: Annotated[StatedResolution | MeasuredResolution | SphereResolution, Field(discriminator="method")]
    model_relative_standard_uncertainty: ByKind
    """What remains when shapes and resolution are right: uneven uptake, a response that is no Gaussian."""
    volume: VolumeRecovery | None = None
    """For regions whose ``recovery`` is ``volume``."""


class NoRecovery(Section):
    """No recovery correction, with the reason."""

    method: Literal["none"]
    reason: Text
