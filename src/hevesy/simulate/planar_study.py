"""The study files of the virtual patient's planar images: alone, and scaled by one SPECT."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hevesy.domain import RegionKind
from hevesy.physdata.phantoms import REFERENCE
from hevesy.simulate.calibration import CalibrationPhantom
from hevesy.simulate.drawn_errors import (
    BOUNDARY_STANDARD_UNCERTAINTY_MM,
    PLANAR_SCATTER_RELATIVE_STANDARD_UNCERTAINTY,
    PLANAR_STANDARD_RELATIVE_STANDARD_UNCERTAINTY,
)
from hevesy.simulate.options import Options
from hevesy.simulate.patient import SourceRegion, VirtualPatient
from hevesy.simulate.planar import DEAD_TIME_S, DETECTOR_LENGTH_MM, FWHM_MM, scatter_windows
from hevesy.simulate.planar_drawn import ROIS_FILE, DrawnOnView
from hevesy.simulate.planar_matter import EMISSION_MEV, FLOOD_MEV
from hevesy.simulate.planar_scans import SECONDS_PER_POINT
from hevesy.simulate.planar_site import FOLDER, STANDARD
from hevesy.simulate.quirks import PHOTOPEAK_WINDOW, Quirk
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.seeds import uid
from hevesy.simulate.study import RECOVERY, administration, calibration, corrections, head, region_item

_MODEL, _WHOLE_BODY_MODEL = "8 %", "8 %"
"""What uneven filling and heights of background leave: found on the virtual patient, and rounded up."""
_SCATTER_BETWEEN_SCANS = "3 %"
_FROM_BEHIND = ("Kidney_L", "Kidney_R")
"""Regions whose anterior view is mostly that of others."""


def planar_study_text(patient: VirtualPatient, scanner: Scanner, *, standard_bq: float) -> str:
    """The study file of the planar images and one CT."""
    sections = (
        head(patient, "planar images alone"),
        administration(patient),
        _planar(patient, scanner, method="planar", standard_bq=standard_bq),
        _regions(patient.regions, scanner, drawn_on="1", breathing=False),
        f'curves: {{model: auto, scatter_between_scans: "{_SCATTER_BETWEEN_SCANS}"}}\n',
        "transport: {region_engine: mird-self-dose}\n",
    )
    return "".join(sections)


def drawn_study_text(
    patient: VirtualPatient, scanner: Scanner, drawn: Mapping[str, DrawnOnView], *, standard_bq: float
) -> str:
    """The study file of the planar images without any CT: regions drawn on the views, attenuation by transmission."""
    regions = [region for region in patient.regions if region.name in drawn]
    rois = (
        "  rois:\n"
        "    method: drawn\n"
        f"    polygons: {ROIS_FILE}\n"
        "    items:\n"
        f"{''.join(_drawn_item(name, one) for name, one in drawn.items())}"
        f"    overlaps: [{', '.join(_overlaps(drawn))}]\n"
        f"{_BOX}{_SHARED_ROIS}"
    )
    masses = "".join(f"    {region.name}: {_mass(patient, region)}\n" for region in regions)
    planar = _planar(patient, scanner, method="planar", standard_bq=standard_bq, attenuation=_flood(), rois=rois)
    sections = (
        head(patient, "planar images without CT"),
        administration(patient),
        f"{planar}  masses:\n{masses}",
        'regions:\n  drawn_on: 1\n  boundary_standard_uncertainty: "1 mm"\n  items:\n',
        *(f"{region_item(region, scanner, breathing=False)}\n" for region in regions),
        f'curves: {{model: auto, scatter_between_scans: "{_SCATTER_BETWEEN_SCANS}"}}\n',
        "transport: {region_engine: mird-self-dose}\n",
    )
    return "".join(sections)


def _drawn_item(name: str, one: DrawnOnView) -> str:
    depth = f', view: posterior, depth: "{one.depth_mm:.0f} mm", depth_standard_uncertainty: "8 mm"'
    return (
        f'      {name}: {{thickness: "{one.thickness_mm:.0f} mm", thickness_standard_uncertainty: "10 mm", '
        f"background: drawn{depth if name in _FROM_BEHIND else ''}}}\n"
    )


def _overlaps(drawn: Mapping[str, DrawnOnView]) -> list[str]:
    return [
        f"{{of: {name}, within: {other}, anterior: {front:.3f}, posterior: {back:.3f}}}"
        for name, one in drawn.items()
        for other, (front, back) in one.within.items()
    ]


def _mass(patient: VirtualPatient, region: SourceRegion) -> str:
    """With its lesions, which a planar view does not tell apart."""
    lesions = [other.mass_g for other in patient.regions if other.name in region.excludes]
    return f'{{mass: "{region.mass_g + sum(lesions):.0f} g", relative_standard_uncertainty: "10 %"}}'


def hybrid_study_text(
    patient: VirtualPatient, scanner: Scanner, phantom: CalibrationPhantom, options: Options, *, standard_bq: float
) -> str:
    """The study file of the planar images scaled by the second SPECT (the only one where there is one)."""
    spect = min(1, len(patient.scenario.scans.times) - 1)
    seed = options.seed
    window = f"#window-{PHOTOPEAK_WINDOW}" if Quirk.ENERGY_WINDOWS in options.quirks else ""
    elsewhere = f'{{series: {uid(seed, "series", "CT", 0)}, time_point: 1, maximum_residual: "6 mm"}}'
    sections = (
        head(patient, "planar images scaled by one SPECT"),
        f'time_points: [{{emission: "{uid(seed, "series", "SPECT", spect)}{window}"}}]\n',
        administration(patient),
        corrections(options),
        calibration(scanner, phantom, options),
        RECOVERY,
        "alignment: {method: identity, reference: 1}\n",
        _planar(patient, scanner, method="hybrid", standard_bq=standard_bq),
        _regions(patient.regions, scanner, drawn_on=elsewhere if spect else "1", breathing=True),
        f'curves: {{model: auto, scatter_between_scans: "{_SCATTER_BETWEEN_SCANS}"}}\n',
        "transport: {region_engine: mird-self-dose, map_engine: local}\n",
        "dose_map: {recovery_corrected: false}\n",
    )
    return "".join(sections)


_RING, _BOX = (f'    background_relative_standard_uncertainty: "{u} %"\n' for u in (20, 50))
"""A ring all around, and a box on one side: found on the virtual patient."""
_SHARED_ROIS = (
    '    overlap_relative_standard_uncertainty: "20 %"\n'
    '    position_standard_uncertainty: "2 mm"\n'
    f'    model_relative_standard_uncertainty: "{_MODEL}"\n'
    '    maximum_shift: "30 mm"\n'
)
_CT = '{method: ct, curve: schneider-2000, relative_standard_uncertainty: "3 %"}'


def _flood() -> str:
    return (
        f"{{method: transmission, images: {FOLDER}/transmission.dcm, blank: {FOLDER}/blank.dcm, "
        f'energy: "{1000 * FLOOD_MEV:g} keV", relative_standard_uncertainty: "3 %"}}'
    )


def _projected(patient: VirtualPatient) -> str:
    names = [region.name for region in patient.regions]
    views = ", ".join(f"{name}: posterior" for name in _FROM_BEHIND if name in names)
    return (
        "  rois:\n"
        "    method: projected\n"
        f'    resolution: "{FWHM_MM:g} mm"\n'
        '    margin: "10 mm"\n'
        '    gap: "5 mm"\n'
        '    ring: "20 mm"\n'
        f"    views: {{{views}}}\n"
        f"{_RING}{_SHARED_ROIS}"
    )


def _planar(
    patient: VirtualPatient,
    scanner: Scanner,
    *,
    method: str,
    standard_bq: float,
    attenuation: str = _CT,
    rois: str | None = None,
) -> str:
    windows = scatter_windows(scanner.window_kev)
    lower, peak, upper = (f"[{a:.10g}, {b:.10g}]" for a, b in windows.all)
    mass = REFERENCE[patient.scenario.sex].body_mass_g / 1000.0
    return (
        "planar:\n"
        f"  method: {method}\n"
        f'  scans: {{kind: whole-body, time_per_point: "{SECONDS_PER_POINT:g} s", '
        f'detector_length: "{DETECTOR_LENGTH_MM:g} mm", direction: head-first}}\n'
        f'  photopeak: {{window_kev: {peak}, energy: "{1000 * EMISSION_MEV:g} keV"}}\n'
        f"  scatter: {{method: triple, lower_kev: {lower}, upper_kev: {upper}, "
        f'relative_standard_uncertainty: "{100 * PLANAR_SCATTER_RELATIVE_STANDARD_UNCERTAINTY:g} %"}}\n'
        "  sensitivity:\n"
        "    method: standard\n"
        f"    images: {FOLDER}/standard.dcm\n"
        f'    activity: "{standard_bq / 1e6:.10g} MBq"\n'
        f'    at: "{STANDARD.assayed.isoformat()}"\n'
        f'    relative_standard_uncertainty: "{100 * PLANAR_STANDARD_RELATIVE_STANDARD_UNCERTAINTY:g} %"\n'
        f"  attenuation: {attenuation}\n"
        f'  dead_time: {{method: stated, model: paralysable, branch: low, tau: "{1e6 * DEAD_TIME_S:g} us", '
        f'standard_uncertainty: "{1e5 * DEAD_TIME_S:g} us", source: "two-source method"}}\n'
        f"{rois or _projected(patient)}"
        "  whole_body:\n"
        "    name: Whole_body\n"
        f'    mass: "{mass:g} kg"\n'
        '    relative_standard_uncertainty: "1 %"\n'
        '    density: "1.04 g/ml"\n'
        f'    model_relative_standard_uncertainty: "{_WHOLE_BODY_MODEL}"\n'
        f"    attenuation: {_flood()}\n"
    )


def _regions(regions: Sequence[SourceRegion], scanner: Scanner, *, drawn_on: str, breathing: bool) -> str:
    lines = [
        "regions:",
        "  from: dicom/rtstruct",
        f"  drawn_on: {drawn_on}",
        *(["  precedence: lesions"] if any(r.kind is RegionKind.LESION for r in regions) else []),
        f'  boundary_standard_uncertainty: "{BOUNDARY_STANDARD_UNCERTAINTY_MM:g} mm"',
        "  items:",
        *(region_item(region, scanner, breathing=breathing) for region in regions),
    ]
    return "\n".join(lines) + "\n"
