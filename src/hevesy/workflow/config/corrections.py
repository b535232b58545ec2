"""What the reconstruction corrected, where the images do not say."""

from __future__ import annotations

from typing import Literal

from pydantic import model_validator

from hevesy.workflow.config.fields import Section, Text


class Corrections(Section):
    """The user's word on corrections that the images do not state, for all scans and the calibration phantom."""

    attenuation: Literal["applied", "not-applied"] | None = None
    """``applied``, or ``not-applied`` where values without it are accepted; as the images state otherwise."""
    scatter: Literal["applied", "not-applied"] | None = None
    source: Text
    """How this is known, or why it is accepted; stands in the report."""

    @model_validator(mode="after")
    def _one(self) -> Corrections:
        if self.attenuation is None and self.scatter is None:
            raise ValueError("expected 'attenuation' or 'scatter' beside 'source', but neither came")
        return self
