"""How long the parts take on one core: best of three, in milliseconds."""

from __future__ import annotations

import math
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.uid import CTImageStorage

from hevesy.align import resample_activity
from hevesy.delineate import rasterise
from hevesy.domain import (
    Contour,
    Grid,
    Image,
    MeasuredActivity,
    Quantity,
    Region,
    RegionKind,
    RigidTransform,
    Roi,
    Side,
    TimeActivityCurve,
)
from hevesy.integrate import fit_curve
from hevesy.quantities import Uncertain
from hevesy.report import write_nifti
from hevesy.report.dicom import write_rtdose, write_segmentation

FRAME = "2.25.1"
SPECT = Grid((128, 128, 128), (4.8, 4.8, 4.8), (-304.8, -304.8, -304.8), frame_of_reference=FRAME)
CT = Grid((200, 256, 256), (2.0, 2.0, 3.0), (-255.0, -255.0, -298.5), frame_of_reference=FRAME)


def contours(radius_mm: float) -> Roi:
    """A ball drawn on the slices of the CT."""
    angle = np.linspace(0.0, 2.0 * math.pi, 120, endpoint=False)
    drawn = []
    for k in range(CT.shape[0]):
        z = float(CT.points(np.array([0.0, 0.0, float(k)]))[2])
        if abs(z) < radius_mm:
            r = math.sqrt(radius_mm**2 - z**2)
            drawn.append(Contour(np.stack([r * np.cos(angle), r * np.sin(angle), np.full(angle.shape, z)], axis=-1)))
    return Roi(1, "Liver", tuple(drawn))


def ct_headers() -> list[Dataset]:
    """Headers with what the writers read."""
    headers = []
    for k in range(CT.shape[0]):
        header = Dataset()
        header.PatientID, header.PatientName, header.PatientBirthDate, header.PatientSex = "B", "Bench", "", ""
        header.StudyInstanceUID, header.SeriesInstanceUID, header.FrameOfReferenceUID = "2.25.2", "2.25.3", FRAME
        header.SOPClassUID, header.SOPInstanceUID, header.Modality = CTImageStorage, f"2.25.4{k}", "CT"
        header.AcquisitionDate, header.AcquisitionTime = "20260105", "080000"
        header.Rows, header.Columns = CT.shape[1:]
        header.PixelSpacing, header.SliceThickness = [CT.spacing_mm[1], CT.spacing_mm[0]], CT.spacing_mm[2]
        header.ImagePositionPatient = CT.points(np.array([0.0, 0.0, float(k)])).tolist()
        header.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        headers.append(header)
    return headers


def curve() -> TimeActivityCurve:
    """Four scans of a mono-exponential, 5 % each."""
    times_s = np.array([4.0, 24.0, 96.0, 168.0]) * 3600.0
    values = 1e8 * np.exp(-math.log(2) * times_s / (50.0 * 3600.0)) * np.array([1.02, 0.97, 1.01, 0.99])
    points = [
        MeasuredActivity(float(t), Uncertain(float(a), {f"counts:{i}": 0.05 * float(a)}))
        for i, (t, a) in enumerate(zip(times_s, values, strict=True))
    ]
    return TimeActivityCurve("Kidney", tuple(points))


def cases(folder: Path) -> dict[str, Callable[[], object]]:
    """What is timed, by name."""
    rng = np.random.default_rng(1)
    activity = Image(SPECT, rng.gamma(2.0, 1e4, SPECT.shape), Quantity.ACTIVITY_CONCENTRATION)
    dose = Image(SPECT, rng.gamma(2.0, 3.0, SPECT.shape), Quantity.ABSORBED_DOSE)
    turned = np.eye(4)
    turned[:2, :2] = [[math.cos(0.05), -math.sin(0.05)], [math.sin(0.05), math.cos(0.05)]]
    moved = RigidTransform.from_array(turned, FRAME, FRAME)
    ball, headers, measured = contours(90.0), ct_headers(), curve()
    mask = rasterise(ball, CT)
    regions = [Region(f"R{i}", RegionKind.ORGAN, Side.NONE, mask, CT, 1.0) for i in range(8)]
    return {
        "rasterise a liver on the CT": lambda: rasterise(ball, CT),
        "rasterise a liver on the SPECT": lambda: rasterise(ball, SPECT),
        "resample a SPECT, rotated": lambda: resample_activity(activity, SPECT, moved),
        "fit one curve, choosing the model": lambda: fit_curve(measured, physical_half_life_s=574_000.0, model="auto"),
        "write dose.nii.gz": lambda: write_nifti(dose, folder / "dose.nii.gz"),
        "write RTDOSE": lambda: write_rtdose(dose, headers[0], folder / "d.dcm", comment="speed", label="speed"),
        "write SEG, 8 regions on the CT": lambda: write_segmentation(regions, headers, folder / "s.dcm", label="speed"),
    }


def best_ms(run: Callable[[], object], repeats: int = 3) -> float:
    """Shortest wall time. [ms]"""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return 1000.0 * min(times)


def main() -> None:
    """Print one line per case."""
    with tempfile.TemporaryDirectory() as folder:
        for name, run in cases(Path(folder)).items():
            print(f"{name:36s} {best_ms(run):9.1f} ms")


if __name__ == "__main__":
    main()
