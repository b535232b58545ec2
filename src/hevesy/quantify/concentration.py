"""Images as activity concentration at the start of their acquisition."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from hevesy.domain import DecayReference, Image, Quantity
from hevesy.errors import ScaleError
from hevesy.numerics.decay import mean_over_start, remaining
from hevesy.quantify.calibration import CalibrationFactor


def to_activity_concentration(
    image: Image,
    calibration: CalibrationFactor | None,
    *,
    duration_s: float | None,
    half_life_s: float,
    decay_reference: DecayReference,
    administration_to_scan_s: float,
) -> Image:
    """Scale an image to Bq/ml at the start of its acquisition.

    Counts are divided by the calibration factor, the duration and the volume of a voxel. Values corrected to the
    administration decay until the start of the acquisition; values that are not corrected are means over the
    acquisition and are brought to its start; values corrected to the acquisition stay.

    Parameters
    ----------
    image
        In counts or Bq/ml.
    calibration
        For counts; None for an image in Bq/ml.
    duration_s
        Of the acquisition. [s]
    half_life_s
        Of the radionuclide. [s]
    decay_reference
        Moment to which the stored values are decay-corrected.
    administration_to_scan_s
        Start of the administration to the start of the acquisition. [s]

    Raises
    ------
    ScaleError
        If the decay state is unknown, a calibration is missing or superfluous, a duration is missing, or the image is
        neither in counts nor in Bq/ml.
    """
    factor = decay_factor(
        decay_reference,
        duration_s=duration_s,
        half_life_s=half_life_s,
        administration_to_scan_s=administration_to_scan_s,
    )
    return scaled_concentration(image, calibration, duration_s=duration_s, factors=np.array([factor]))


def scaled_concentration(
    image: Image, calibration: CalibrationFactor | None, *, duration_s: float | None, factors: NDArray[np.float64]
) -> Image:
    """Scale an image to Bq/ml, each slice with its own factor for decay and losses.

    Parameters
    ----------
    image
        In counts or Bq/ml.
    calibration
        For counts; None for an image in Bq/ml.
    duration_s
        Of the acquisition; for counts. [s]
    factors
        Of each slice, or one for all; as :func:`hevesy.quantify.start_factors` gives them. Shape ``(slice,)`` or
        ``(1,)``.

    Raises
    ------
    ScaleError
        If a calibration is missing or superfluous, a duration is missing, or the image is neither in counts nor in
        Bq/ml.
    """
    factor = factors[:, np.newaxis, np.newaxis]
    if image.quantity is Quantity.COUNTS:
        factor = factor / _counts_per_concentration(image, calibration, duration_s)
    elif image.quantity is not Quantity.ACTIVITY_CONCENTRATION:
        raise ScaleError("an emission image in counts or Bq/ml", f"it is in {image.quantity}")
    elif calibration is not None:
        raise ScaleError("no calibration factor for an image in Bq/ml", f"one came: {calibration.source}")
    values = np.asarray(image.values, dtype=np.float64) * factor
    return Image(image.grid, values, Quantity.ACTIVITY_CONCENTRATION)


def decay_factor(
    decay_reference: DecayReference,
    *,
    duration_s: float | None,
    half_life_s: float,
    administration_to_scan_s: float,
) -> float:
    """Factor that brings stored values to the start of the acquisition.

    Raises
    ------
    ScaleError
        If the decay state is unknown, or values are not corrected and the duration is missing.
    """
    if decay_reference is DecayReference.ACQUISITION:
        return 1.0
    if decay_reference is DecayReference.ADMINISTRATION:
        return remaining(half_life_s, administration_to_scan_s)
    if decay_reference is DecayReference.NONE:
        return 1.0 / mean_over_start(half_life_s, _known(duration_s))
    raise ScaleError("a known decay correction (acquisition, administration or none)", "it is unknown")


def _counts_per_concentration(image: Image, calibration: CalibrationFactor | None, duration_s: float | None) -> float:
    if calibration is None:
        raise ScaleError("a calibration factor for an image in counts", "none came")
    return calibration.factor.value * _known(duration_s) * image.grid.voxel_volume_ml


def _known(duration_s: float | None) -> float:
    if duration_s is None or not duration_s > 0:
        raise ScaleError(
            "the duration of the acquisition", "it is missing" if duration_s is None else f"{duration_s} s"
        )
    return duration_s
