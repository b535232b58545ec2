"""What a drafted study file says about calibration options that the images do not call for by themselves."""

from __future__ import annotations

from collections.abc import Iterable

from hevesy.domain import DecayReference, SeriesRecord
from hevesy.numerics.decay import mean_over_start
from hevesy.quantify import NEGLIGIBLE

_WHOLE_BODY = """\
  # or with the patient's own activity, where one scan shows a known share of what was administered:
  # method: whole-body
  # time_point: 1
  # images_in: {unit}
  # summed: field-of-view  # or: body, with a body_margin such as 20 mm
  # retained_fraction: {{value: 1, relative_standard_uncertainty: "1 %", source: "before the first voiding"}}
  # fraction_in_field: {{value: "95 %", relative_standard_uncertainty: "2 %", source: "..."}}"""
_CHECK = """\
# whole_body_check: {time_point: 1, summed: field-of-view, ...}  # with both fractions: compares, changes nothing"""
_DEAD_TIME = """\
# dead_time:  # losses at high count rates, from the detected (not reconstructed) rate of every scan
#   {model: paralysable, branch: low, events: all-energies, curve: count_rates.csv, calibration: free-of-losses,
#    belongs_to: {manufacturer: "...", model: "...", radionuclide: "..."},
#    rates: [{time_point: 1, mean: "90 kcps", lowest: "70 kcps", highest: "120 kcps",
#             relative_standard_uncertainty: "1 %"}]}"""
_DECAY = "# decay_during_acquisition: corrected  # or not-corrected; needed where the run says the files do not tell"


def calibration_options(emissions: Iterable[SeriesRecord]) -> list[str]:
    """Comment lines about whole-body calibration, dead time and decay while counting, where they can concern the scans.

    Parameters
    ----------
    emissions
        The emission series of the time points.
    """
    scans = list(emissions)
    unit = '"Bq/ml"' if {scan.units for scan in scans} == {"Bq/ml"} else "counts"
    lines = [*_WHOLE_BODY.format(unit=unit).splitlines(), _CHECK]
    if not any(scan.camera is not None and "DTIM" in scan.camera.corrections for scan in scans):
        lines += _DEAD_TIME.splitlines()
    if any(_may_be_asked(scan) for scan in scans):
        lines.append(_DECAY)
    return lines


def _may_be_asked(scan: SeriesRecord) -> bool:
    if scan.decay_corrected_to is DecayReference.NONE or scan.half_life_s is None:
        return False
    duration = scan.acquisition_duration_s
    return duration is None or 1.0 - mean_over_start(scan.half_life_s, duration) > NEGLIGIBLE
