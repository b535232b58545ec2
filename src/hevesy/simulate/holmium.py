"""A virtual liver with holmium for MRI: concentrations that are known, as multi-echo magnitudes before and after.

A box of liver in air with a tumour, a cluster so dense that its signal is lost, and a gradient of the baseline R2*. The
signal is one exponential with Rician noise; neither fat, nor motion, nor fields around clusters are there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.uid import MRImageStorage

from hevesy.domain import Echoes, Grid, RigidTransform
from hevesy.simulate.dicom_base import Series, Subject, base_dataset, decimal, write
from hevesy.simulate.oblique import cosines, position
from hevesy.simulate.scanner import Scanner
from hevesy.simulate.seeds import generator, uid

Floats = NDArray[np.float64]

_FIRST_S, _SPACING_S = 1.2e-3, 1.3e-3
_MR = Scanner(model="Virtual MR", collimator="")


@dataclass(frozen=True)
class HolmiumLiver:
    """The truth. Arrays of shape ``(z, y, x)``."""

    grid: Grid
    liver: NDArray[np.bool_]
    tumour: NDArray[np.bool_]
    cluster: NDArray[np.bool_]
    """Where so much holmium lies that no signal is left."""
    air: NDArray[np.bool_]
    concentration_mg_per_ml: Floats
    """[mg/ml]"""
    baseline_per_s: Floats
    """R2* without holmium. [1/s]"""


def holmium_liver(shape: tuple[int, int, int] = (12, 48, 48), moved: RigidTransform | None = None) -> HolmiumLiver:
    """A liver with 0.5 mg/ml, a tumour with 3 mg/ml and a cluster with 40 mg/ml; its voxels are 4 by 2 by 2 mm.

    Parameters
    ----------
    shape
        Voxels ``(z, y, x)``; the field of view is as large whatever they are.
    moved
        How the body lies: from points of the body as described to points of the image. [mm]
    """
    grid = Grid(shape, (96.0 / shape[2], 96.0 / shape[1], 48.0 / shape[0]), (-48.0, -48.0, -24.0))
    x, y, z = _places(grid, moved)
    liver = (np.abs(x) < 0.75) & (np.abs(y) < 0.75) & (np.abs(z) < 0.8)
    tumour = (x - 0.25) ** 2 + y**2 + (z / 1.5) ** 2 < 0.3**2
    cluster = (x + 0.45) ** 2 + (y + 0.3) ** 2 + (z / 1.5) ** 2 < 0.12**2
    concentration = np.select([cluster, tumour, liver], [40.0, 3.0, 0.5], 0.0)
    baseline = np.where(liver, 40.0 + 10.0 * x, 0.0)
    return HolmiumLiver(grid, liver, tumour, cluster, (np.abs(x) > 0.85) | (np.abs(y) > 0.85), concentration, baseline)


def _places(grid: Grid, moved: RigidTransform | None) -> tuple[Floats, Floats, Floats]:
    """Where each voxel lies in the body, from -1 to 1 along x, y, z. Shapes ``(z, y, x)``."""
    z, y, x = np.meshgrid(*(np.arange(n, dtype=np.float64) for n in grid.shape), indexing="ij")
    indices = np.stack([x, y, z], axis=-1)
    if moved is not None:
        indices = grid.indices(moved.inverse().apply(grid.points(indices)))
    places = 2.0 * indices / (np.array(grid.shape[::-1]) - 1.0) - 1.0
    return places[..., 0], places[..., 1], places[..., 2]


def holmium_echoes(
    liver: HolmiumLiver, relaxivity: float, *, with_holmium: bool, snr: float = 60.0, seed: int = 1, n_echoes: int = 10
) -> Echoes:
    """Magnitudes at 1.5 T with noise of standard deviation 10 in each channel.

    Parameters
    ----------
    liver
        The truth.
    relaxivity
        [ml/(mg s)]
    with_holmium
        After the administration, or before.
    snr
        Signal at echo time zero over the noise.
    seed, n_echoes
        Of the noise; of echoes from 1.2 ms on, 1.3 ms apart.
    """
    noise = 10.0
    times = tuple(_FIRST_S + _SPACING_S * k for k in range(n_echoes))
    rate = liver.baseline_per_s + (relaxivity * liver.concentration_mg_per_ml if with_holmium else 0.0)
    rng = generator(seed, "noise", "mr", with_holmium)
    volumes = []
    for time in times:
        signal = np.where(liver.liver, snr * noise * np.exp(-rate * time), 0.0)
        real, imaginary = rng.standard_normal((2, *liver.grid.shape)) * noise
        volumes.append(np.hypot(signal + real, imaginary))
    return Echoes(liver.grid, np.stack(volumes).astype(np.float32), times, 1.5)


def write_echoes_dicom(echoes: Echoes, folder: Path, start: datetime, seed: int = 1) -> Path:
    """Write magnitudes as MR Image Storage, one file for each slice and echo; values are rounded to whole numbers."""
    study, frame, series_uid = (uid(seed, "mr", role, folder.name) for role in ("study", "frame", "series"))
    subject = Subject("Simulated^Liver", "SIM-LIVER", "19500101", "O", None)
    series = Series(
        subject, _MR, study, series_uid, frame, start, start, 1, "mGRE", "Holmium liver",
    )  # fmt: skip
    return write_echo_series(echoes, series, folder, seed)


def write_echo_series(echoes: Echoes, series: Series, folder: Path, seed: int) -> Path:
    """The same as part of a series of somebody; identifiers follow from the seed and the name of the folder."""
    for number, (time, volume) in enumerate(zip(echoes.echo_times_s, echoes.magnitudes, strict=True), start=1):
        for k, plane in enumerate(volume):
            _write_slice(series, echoes, (number, time), (k, plane), folder, uid(seed, folder.name, number, k))
    return folder


def _write_slice(
    series: Series, echoes: Echoes, echo: tuple[int, float], place: tuple[int, Floats], folder: Path, sop_uid: str
) -> None:
    (number, time), (k, plane) = echo, place
    grid = echoes.grid
    ds = base_dataset(series, sop_class=MRImageStorage, sop_uid=sop_uid, modality="MR")
    ds.ImageType = ["ORIGINAL", "PRIMARY", "M", "ND"]
    ds.ScanningSequence, ds.SequenceVariant, ds.ScanOptions, ds.MRAcquisitionType = "GR", "SP", "", "2D"
    ds.EchoTime, ds.EchoNumbers, ds.EchoTrainLength = decimal(round(time * 1e3, 6)), number, 1
    ds.MagneticFieldStrength, ds.RepetitionTime, ds.FlipAngle = decimal(echoes.field_t), "150", "25"
    ds.PatientPosition, ds.InstanceNumber = "HFS", number * 1000 + k
    ds.ImagePositionPatient = [decimal(v) for v in position(grid, k)]
    ds.ImageOrientationPatient = [decimal(v) for v in cosines(grid)]
    ds.SliceThickness = decimal(grid.spacing_mm[2])
    ds.PixelSpacing = [decimal(grid.spacing_mm[1]), decimal(grid.spacing_mm[0])]
    ds.Rows, ds.Columns = plane.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    ds.PixelData = np.rint(plane).astype("<u2").tobytes()
    write(ds, folder / f"echo{number:02d}_slice{k:03d}.dcm")


def holmium_ct_numbers(liver: HolmiumLiver, slope: float, *, noise_hu: float = 10.0, seed: int = 1) -> Floats:
    """CT numbers of the same liver: tissue of 50 HU, air, and ``slope`` for each mg/ml. Shape ``(z, y, x)``. [HU]"""
    mean = np.where(liver.liver, 50.0 + slope * liver.concentration_mg_per_ml, -1000.0)
    numbers: Floats = mean + generator(seed, "noise", "holmium-ct").standard_normal(liver.grid.shape) * noise_hu
    return numbers
