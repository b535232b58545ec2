"""What photons pass on their way to planar detectors: from a CT, or a flood source seen through the patient."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.acquire import inspect_file, load_planar
from hevesy.align import resample_ct
from hevesy.domain import Grid, Image, PlanarFrame, PlanarImage
from hevesy.errors import GeometryError, ScaleError, StudyFileError
from hevesy.physdata import (
    attenuation_per_mm,
    checked_ct_numbers,
    ct_curve,
    density_and_media,
    known_ct_curves,
    mass_attenuation_cm2_g,
    material,
    read_ct_curve,
)
from hevesy.physdata.ct_curves import CtCurve
from hevesy.quantify import Absorber, ConjugateViews
from hevesy.workflow.config import PlanarCt, Transmission

Floats = NDArray[np.float64]
_AIR_HU = -1000.0
_AIR_G_ML = 0.1
"""Thinner than any tissue: counts as air. [g/ml]"""
_SMOOTH_MM = 8.0
"""Standard deviation of the blur of flood counts before their logarithm. [mm]"""
_FEWEST_COUNTS = 1.0
"""Blurred counts of a pixel below which a transmission tells nothing."""


def planar_grid(views: ConjugateViews, ct: Grid) -> Grid:
    """Voxels behind the pixels of the anterior view: its rows (from feet to head) and columns, and the CT's depth.

    Raises
    ------
    GeometryError
        If the image does not say where it lies.
    """
    if views.position_mm is None:
        raise GeometryError("the position of the planar image", "its header states none", "planar.rois")
    corners = ct.points(np.array([[0.0, y, 0.0] for y in (-0.5, ct.shape[1] - 0.5)]))
    low, high = sorted(float(v) for v in corners[:, 1])
    rows, columns = views.net.shape[1:]
    z_step, x_step = views.spacing_mm
    y_step = x_step / 2.0
    n = max(1, round((high - low) / y_step))
    x, _, top = views.position_mm
    origin = (x, low + y_step / 2.0, top - (rows - 1) * z_step)
    return Grid((rows, n, columns), (x_step, y_step, z_step), origin, frame_of_reference=ct.frame_of_reference)


def absorber_of_ct(ct: Image, grid: Grid, section: PlanarCt, energy_mev: float, folder: Path) -> Absorber:
    """Attenuation coefficients on the voxels that are projected; where the CT does not reach is air.

    Density by the CT curve, medium by the segments of Schneider et al., cross sections of the media at the energy of
    the photopeak. CT numbers are averaged over each voxel.

    Raises
    ------
    InputError
        If CT numbers lie outside the curve and are not accepted.
    """
    curve, accepted = _curve(section, folder), tuple(section.accept)
    numbers, _ = checked_ct_numbers(ct.values, curve, accepted=accepted)
    moved = resample_ct(Image(ct.grid, numbers, ct.quantity), grid, outside_hu=_AIR_HU)
    matter = density_and_media(np.asarray(moved.values), curve, accepted=accepted)
    by_medium = np.array([mass_attenuation_cm2_g(medium, energy_mev) for medium in matter.materials])
    values = by_medium[matter.media] * matter.density_g_ml / 10.0
    values[matter.density_g_ml < _AIR_G_ML] = 0.0
    x, y, z = grid.spacing_mm
    water = attenuation_per_mm(material("water"), energy_mev)
    return Absorber(values.astype(np.float64), section.relative_standard_uncertainty, water, (z, y, x))


def _curve(section: PlanarCt, folder: Path) -> CtCurve:
    path = folder / section.curve
    if section.curve in known_ct_curves() or not path.is_file():
        return ct_curve(section.curve, "planar.attenuation.curve")
    return read_ct_curve(path)


def transmission_paths(section: Transmission, views: ConjugateViews, energy_mev: float, folder: Path) -> Floats:
    r"""Optical path at the energy of the photopeak, from a flood source with and without the patient.

    .. math:: x = \frac{\mu(E)}{\mu(E_f)} \ln\frac{N_0}{N}

    with the coefficients of water at the energies of photopeak and flood source. Counts are blurred before the
    logarithm. Scatter of the flood's photons is taken to be kept out by its window.

    Parameters
    ----------
    section
        Files and energy of the flood source.
    views
        Of the scan that it lies like; the pixels are the same.
    energy_mev
        Of the photopeak. [MeV]
    folder
        The study's.

    Returns
    -------
    Never below zero but for noise. Shape ``(row, column)``.

    Raises
    ------
    StudyFileError
        If the blank is missing.
    ScaleError
        If either is no transmission scan, durations differ, or too few photons passed the patient.
    GeometryError
        If the matrix is not that of the scans.
    """
    key = "planar.transmission"
    if not (folder / section.blank).is_file():
        raise StudyFileError("a blank scan beside the transmission scan", f"{section.blank} is not there", key)
    (through, image), (free, blank) = (_flood(folder / name, views, key) for name in (section.images, section.blank))
    a, b = through.duration_s, free.duration_s
    if a is None or b is None or abs(a / b - 1.0) > 1e-3 or image.scan_velocity_mm_s != blank.scan_velocity_mm_s:
        raise ScaleError("transmission and blank scan of one duration", f"{a} and {b} s came", key)
    sigma = [_SMOOTH_MM / pixel for pixel in views.spacing_mm]
    passed, sent = (
        ndimage.gaussian_filter(np.asarray(f.counts, dtype=np.float64), sigma, mode="nearest") for f in (through, free)
    )
    if passed.min() < _FEWEST_COUNTS or sent.min() < _FEWEST_COUNTS:
        came = f"{passed.min():.2g} with and {sent.min():.2g} without the patient came"
        raise ScaleError(f"at least {_FEWEST_COUNTS:g} counts of the flood source in a pixel", came, key)
    water = material("water")
    ratio = mass_attenuation_cm2_g(water, energy_mev) / mass_attenuation_cm2_g(water, section.energy)
    paths: Floats = np.log(sent / passed) * ratio
    return paths


def _flood(path: Path, views: ConjugateViews, key: str) -> tuple[PlanarFrame, PlanarImage]:
    image = load_planar(inspect_file(path))
    anterior = [frame for frame in image.frames if frame.view == "ANT"]
    if not image.transmission or len(anterior) != 1:
        came = f"{len(anterior)} anterior frames of {'a transmission' if image.transmission else 'an emission'} came"
        raise ScaleError("one anterior frame of a transmission scan", came, f"{key}, {path.name}")
    if anterior[0].counts.shape != views.net.shape[1:] or image.spacing_mm != views.spacing_mm:
        raise GeometryError("the matrix of the planar scans", f"{anterior[0].counts.shape} came", f"{key}, {path.name}")
    return anterior[0], image
