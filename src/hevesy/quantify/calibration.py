"""The calibration factor: reconstructed counts per second and becquerel."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from hevesy.domain import Camera, DecayReference, Image, Quantity, SeriesRecord
from hevesy.errors import ScaleError
from hevesy.numerics.counting import poisson_relative_u
from hevesy.numerics.decay import mean_over_start, remaining
from hevesy.quantify.during import NEGLIGIBLE, DuringAcquisition
from hevesy.quantities import Uncertain, multiply_powers, scaled


@dataclass(frozen=True)
class CalibrationFactor:
    """Sensitivity of one camera to one nuclide with one way of reconstructing."""

    factor: Uncertain
    """Sum of the reconstructed counts per second of acquisition and becquerel. [1/(s Bq)]"""
    belongs_to: Camera
    radionuclide: str
    source: str
    """Where it comes from, for the report."""


def calibration_scale(calibration: CalibrationFactor) -> Uncertain:
    """What the factor's uncertainty does to an activity: 1 with the relative components of the inverse factor."""
    return scaled(multiply_powers((calibration.factor, -1.0)), calibration.factor.value)


def stated_scale(relative_standard_uncertainty: float, name: str) -> Uncertain:
    """The same for images that are in Bq/ml already: 1 with one source ``calibration:<name>``."""
    return Uncertain(1.0, {f"calibration:{name}": -relative_standard_uncertainty})


def calibrate_from_phantom(  # noqa: PLR0913 - options of one measurement, all by name
    image: Image,
    record: SeriesRecord,
    *,
    activity: Uncertain,
    at: datetime,
    half_life_s: float,
    name: str,
    during: DuringAcquisition | None = None,
) -> CalibrationFactor:
    r"""Calibrate with a phantom of known activity.

    .. math:: Q = \frac{\sum_\mathrm{voxels} N}{T\, \bar A}, \qquad
       \bar A = A(t_0)\, 2^{-(t_s - t_0)/T_{1/2}}\, \frac{1 - e^{-\lambda T}}{\lambda T}

    The volume of interest is the whole field of view: blur carries counts out of the phantom, and every margin that
    would gather them again is a choice. So nothing else with activity may be in the field, and the reconstruction must
    leave the background of air empty.

    Parameters
    ----------
    image
        Reconstructed counts of the phantom.
    record
        Its series: start, duration, decay state, camera and nuclide.
    activity
        In the phantom at the time ``at``; its uncertainty becomes the source ``calibration:<name>``, together with that
        of counting. [Bq]
    at
        Time of the activity, in the scanner's clock.
    half_life_s
        Of the nuclide. [s]
    name
        Of the calibration; one name is one source, shared by everything that it calibrates.
    during
        Whether decay-corrected counts are corrected for the decay while counting; None where nobody says, which is
        refused where it matters.

    Raises
    ------
    ScaleError
        If the image is not in counts, its headers lack what is needed, its decay state is unknown or refers to the
        administration, or there are no counts.

    References
    ----------
    .. [1] Y. K. Dewaraja et al., J. Nucl. Med. 53 (2012) 1310, doi:10.2967/jnumed.111.100123
    """
    where = f"calibration series {record.id}"
    start, duration, camera, nuclide = _required(record, where)
    if image.quantity is not Quantity.COUNTS:
        raise ScaleError("an image in counts", f"it is in {image.quantity}", where)
    if (start.tzinfo is None) != (at.tzinfo is None):
        raise ScaleError("both times with or without a time zone", f"{start} and {at} came", where)
    counts = float(np.sum(image.values, dtype=np.float64))
    if not (math.isfinite(counts) and counts > 0):
        raise ScaleError("a positive number of counts", f"the sum is {counts:g}", where)
    mean = (
        activity.value
        * remaining(half_life_s, (start - at).total_seconds())
        * _during(record, half_life_s, during, where)
    )
    value = counts / (duration * mean)
    relative = math.hypot(activity.relative_standard_uncertainty, poisson_relative_u(counts))
    source = (
        f"phantom acquisition {record.id} of {start:%Y-%m-%d}, {activity.value / 1e6:.4g} MBq at {at:%Y-%m-%d %H:%M}"
    )
    return CalibrationFactor(Uncertain(value, {f"calibration:{name}": relative * value}), camera, nuclide, source)


def _required(record: SeriesRecord, where: str) -> tuple[datetime, float, Camera, str]:
    start, duration, camera = record.acquisition_start, record.acquisition_duration_s, record.camera
    if start is None or duration is None or camera is None or record.radionuclide is None:
        stated = {
            "acquisition start": start,
            "acquisition duration": duration,
            "camera": camera,
            "radionuclide": record.radionuclide,
        }
        missing = ", ".join(name for name, value in stated.items() if value is None)
        raise ScaleError("start, duration, camera and radionuclide", f"the headers lack {missing}", where)
    if not duration > 0:
        raise ScaleError("a positive acquisition duration", f"{duration:g} s came", where)
    return start, duration, camera, record.radionuclide


def _during(record: SeriesRecord, half_life_s: float, during: DuringAcquisition | None, where: str) -> float:
    mean = mean_over_start(half_life_s, record.acquisition_duration_s or 0.0)
    if record.decay_corrected_to is DecayReference.NONE:
        return mean
    if record.decay_corrected_to is DecayReference.ACQUISITION:
        if during is None and 1.0 - mean > NEGLIGIBLE:
            raise ScaleError(
                "decay_during_acquisition stating whether the counts are corrected for decay while counting",
                f"the files do not tell, and it is {1.0 - mean:.1%}",
                where,
            )
        return mean if during is DuringAcquisition.NOT_CORRECTED else 1.0
    raise ScaleError(
        "counts as acquired or corrected to the start of the acquisition",
        f"they are decay-corrected to: {record.decay_corrected_to}",
        where,
    )
