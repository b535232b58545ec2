"""study.yaml: the study file that a user of this virtual patient would write."""

from __future__ import annotations

from collections.abc import Sequence

from hevesy.domain import RegionKind
from hevesy.simulate.calibration import CalibrationPhantom
from hevesy.simulate.drawn_errors import ADMINISTERED_RELATIVE_STANDARD_UNCERTAINTY, BOUNDARY_STANDARD_UNCERTAINTY_MM
from hevesy.simulate.emission import RemainderInView
from hevesy.simulate.options import Options, Units
from hevesy.simulate.patient import SourceRegion, VirtualPatient
from hevesy.simulate.quirks import PHOTOPEAK_WINDOW, Quirk
from hevesy.simulate.samples import samples_study
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.seeds import uid

_BIOLOGY = {
    "Kidney_L": '"2.5 Gy", repair_half_time: "2.8 h"',
    "Kidney_R": '"2.5 Gy", repair_half_time: "2.8 h"',
    "Liver": '"2.5 Gy", repair_half_time: "2.5 h"',
}
"""Kidneys as in MIRD Pamphlet 20; liver as an example (unconfirmed)."""

_MODEL_ORGAN, _MODEL_LESION, _SCATTER_BETWEEN_SCANS = "1 %", "1.5 %", "1 %"
"""What calibration and boundaries leave of the errors: found on seeds 1 to 20 with drawn errors (page on accuracy), and
rounded up to half a per cent."""

RECOVERY = (
    "recovery:\n"
    "  method: shape\n"
    '  resolution: {method: points, images: calibration/resolution, source_diameter: "1 mm"}\n'
    f'  model_relative_standard_uncertainty: {{organ: "{_MODEL_ORGAN}", lesion: "{_MODEL_LESION}"}}\n'
    "  # calibration/spheres.csv serves the methods volume and spheres\n"
)


def study_text(
    patient: VirtualPatient,
    view: RemainderInView,
    *,
    scanner: Scanner,
    phantom: CalibrationPhantom,
    options: Options,
) -> str:
    """The study file as YAML."""
    sections = (
        head(patient),
        *_time_points(patient, options),
        administration(patient),
        corrections(options),
        calibration(scanner, phantom, options),
        RECOVERY,
        'alignment: {method: rigid-ct, reference: 1, maximum_residual: "6 mm"}\n',
        _regions(patient.regions, view, scanner),
        f'curves: {{model: auto, scatter_between_scans: "{_SCATTER_BETWEEN_SCANS}"}}\n'
        "transport: {region_engine: mird-self-dose, map_engine: local}\n",
        *(samples_study(patient) if options.samples else ()),
        "dose_map: {recovery_corrected: false}\n",
    )
    return "".join(sections)


def head(patient: VirtualPatient, which: str = "") -> str:
    """What the file is, and who."""
    therapy = f"{patient.scenario.therapy}{f', {which}' if which else ''}"
    return (
        f"# Study file of a simulated patient ({therapy}); truth.json holds what it should find.\n"
        "hevesy_study: 1\n"
        "patient: {label: simulated-patient}\n"
        "images: dicom\n"
    )


def administration(patient: VirtualPatient) -> str:
    """What was given, and when."""
    stated = patient.scenario.administration
    measured, residual = stated.measured, stated.residual
    return (
        "administration:\n"
        f"  radionuclide: {patient.scenario.radionuclide}\n"
        f'  radiopharmaceutical: "{patient.scenario.radiopharmaceutical}"\n'
        f'  measured: {{activity: "{measured.activity / 1e9:.10g} GBq", at: "{measured.at.isoformat()}", '
        f'relative_standard_uncertainty: "{100 * ADMINISTERED_RELATIVE_STANDARD_UNCERTAINTY:g} %"}}\n'
        f'  residual: {{activity: "{residual.activity / 1e6:.10g} MBq", at: "{residual.at.isoformat()}"}}\n'
        f'  start: "{stated.start.isoformat()}"\n'
        f'  end: "{stated.end.isoformat()}"\n'
    )


def _time_points(patient: VirtualPatient, options: Options) -> list[str]:
    """The photopeak of each scan, where there are scatter windows beside it."""
    if Quirk.ENERGY_WINDOWS not in options.quirks:
        return []
    uids = [uid(options.seed, "series", "SPECT", k) for k in range(len(patient.scenario.scans.times))]
    return ["time_points:\n", *(f'  - {{emission: "{one}#window-{PHOTOPEAK_WINDOW}"}}\n' for one in uids)]


def corrections(options: Options) -> str:
    """What the site knows of corrections that its files do not tell."""
    if options.quirks & {Quirk.CORRECTIONS_MISSING, Quirk.MINIMAL}:
        return 'corrections: {attenuation: applied, scatter: applied, source: "protocol of the simulated site"}\n'
    return ""


def calibration(scanner: Scanner, phantom: CalibrationPhantom, options: Options) -> str:
    """How counts of the SPECT become activity."""
    percent = f"{100 * phantom.relative_standard_uncertainty:g} %"
    if options.units is not Units.COUNTS:
        return (
            "calibration:\n"
            "  method: file\n"
            f'  relative_standard_uncertainty: "{percent}"\n'
            f'  source: "{scanner.model}, calibrated with a water cylinder on {phantom.start:%Y-%m-%d}"\n'
        )
    return (
        "calibration:\n"
        "  method: phantom\n"
        "  images: calibration/phantom\n"
        f'  activity: "{phantom.activity_bq / 1e9:.10g} GBq"\n'
        f'  at: "{phantom.assayed.isoformat()}"\n'
        f'  relative_standard_uncertainty: "{percent}"\n'
    )


def _regions(regions: Sequence[SourceRegion], view: RemainderInView, scanner: Scanner) -> str:
    lines = [
        "regions:",
        "  from: dicom/rtstruct",
        "  drawn_on: 1",
        "  precedence: lesions",
        f'  boundary_standard_uncertainty: "{BOUNDARY_STANDARD_UNCERTAINTY_MM:g} mm"',
        "  items:",
        *(region_item(region, scanner) for region in regions),
        f'  remainder: {{name: Remainder, density: "{view.mass_g / view.volume_ml:.3f} g/ml"}}',
    ]
    return "\n".join(lines) + "\n"


def region_item(region: SourceRegion, scanner: Scanner, *, breathing: bool = True) -> str:
    """One region of the study."""
    kind = "lesion" if region.kind is RegionKind.LESION else "organ"
    biology = f", alpha_beta: {_BIOLOGY[region.name]}" if region.name in _BIOLOGY else ""
    density = f'density: "{region.density_g_ml:g} g/ml"'
    moves = f', breathing: "{scanner.breathing_sd_mm:g} mm"' if region.mobility and breathing else ""
    return f"    - {{name: {region.name}, kind: {kind}, side: {region.side}, {density}{moves}{biology}}}"
