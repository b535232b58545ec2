"""How blur is corrected."""

from __future__ import annotations

from typing import Literal

from hevesy.workflow.config.calibration import BelongsTo
from hevesy.workflow.config.fields import Ratio, Section, Text


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


class NoRecovery(Section):
    """No recovery correction, with the reason."""

    method: Literal["none"]
    reason: Text
