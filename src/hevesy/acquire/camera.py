"""The camera, collimator, energy windows and reconstruction that a calibration or recovery table belongs to."""

from __future__ import annotations

from pydicom.dataset import Dataset

from hevesy.acquire.values import first, items, number, text, texts, unique
from hevesy.domain import Camera, EnergyWindow


def camera_of(dataset: Dataset) -> Camera:
    """Describe the imaging chain as the file words it; empty where it says nothing."""
    detector = first(dataset, "DetectorInformationSequence")
    collimators = (text(d, k) for d in (detector, dataset) for k in ("CollimatorGridName", "CollimatorType"))
    steps = ("ReconstructionMethod", "ConvolutionKernel", "ProcessingFunction")
    return Camera(
        manufacturer=text(dataset, "Manufacturer"),
        model=text(dataset, "ManufacturerModelName"),
        serial=text(dataset, "DeviceSerialNumber"),
        collimator=next((words for words in collimators if words), ""),
        windows=energy_windows(dataset),
        reconstruction="; ".join(unique(text(dataset, step) for step in steps)),
        corrections=texts(dataset, "CorrectedImage"),
    )


def energy_windows(dataset: Dataset) -> tuple[EnergyWindow, ...]:
    """Every energy window: NM lists them in groups, PET in one sequence; none where a limit is missing of any."""
    ranges = [
        *(
            r
            for group in items(dataset, "EnergyWindowInformationSequence")
            for r in items(group, "EnergyWindowRangeSequence")
        ),
        *items(dataset, "EnergyWindowRangeSequence"),
    ]
    limits = [(number(r, "EnergyWindowLowerLimit"), number(r, "EnergyWindowUpperLimit")) for r in ranges]
    windows = tuple(EnergyWindow(low, high) for low, high in limits if low is not None and high is not None)
    return windows if len(windows) == len(limits) else ()


def camera_gaps(camera: Camera) -> tuple[str, ...]:
    """What a calibration would have to be matched by, and the file does not say."""
    named = {
        "camera manufacturer (Manufacturer)": camera.manufacturer,
        "camera model (ManufacturerModelName)": camera.model,
        "camera serial number (DeviceSerialNumber)": camera.serial,
        "collimator (CollimatorGridName)": camera.collimator,
        "energy windows (EnergyWindowRangeSequence)": camera.windows,
        "reconstruction (ReconstructionMethod)": camera.reconstruction,
    }
    return tuple(name for name, value in named.items() if not value)
