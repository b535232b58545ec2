"""How the time points are brought together."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from hevesy.workflow.config.fields import Length, Section, Text


class LocalShiftChoice(Section):
    """A translation of every region on every emission scan, found on the emission image."""

    maximum: Length
    """Longest shift that is accepted; beyond it the region stays where it is."""
    resolution: Length | None = None
    """Full width at half maximum of the emission images; that of recovery by shape where it is left out."""


class Alignment(Section):
    """How the time points are brought together."""

    method: Literal["rigid-ct", "deformable-ct", "reg", "identity", "none"]
    reference: int = Field(default=1, ge=1)
    """Time point whose grid the dose map is made on."""
    maximum_residual: Length | None = None
    """Refuse above this residual shift (needed for ``rigid-ct`` and ``deformable-ct``)."""
    transforms: Text | None = None
    """Folder of the registration objects (needed for ``reg``)."""
    local_shift: LocalShiftChoice | None = None
    """Move each region to where the emission image shows it (breathing); not done where it is left out."""

    @model_validator(mode="after")
    def _complete(self) -> Alignment:
        if self.method in ("rigid-ct", "deformable-ct") and self.maximum_residual is None:
            raise ValueError(f"expected 'maximum_residual' such as '6 mm' with method {self.method}, but none came")
        if (self.method == "reg") != (self.transforms is not None):
            raise ValueError("expected 'transforms' (folder of REG objects) exactly with method reg")
        return self
