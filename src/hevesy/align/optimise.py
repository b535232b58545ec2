"""Mutual information optimised by SimpleITK."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from importlib import import_module
from threading import Event
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.align.working import WorkingImage
from hevesy.domain import Progress

_SEED = 20260101
_SHRINK = (4, 2, 1)
_SIGMA_MM_PER_SHRINK = 2.0
_ITERATIONS = 100
_SAMPLED_FRACTION = 0.2


def refine(
    target: WorkingImage,
    source: WorkingImage,
    shift: NDArray[np.float64],
    progress: Progress,
    *,
    shrink: tuple[int, ...] = _SHRINK,
) -> NDArray[np.float64]:
    """Rigid matrix from target to source points with the most Mattes mutual information near a start.

    Parameters
    ----------
    target, source
        Prepared CTs.
    shift
        Translation to start from. Shape ``(3,)``. [mm]
    progress
        Told every iteration.
    shrink
        Voxels that each level joins along every axis; fewer levels for images of few slices.

    Returns
    -------
    Homogeneous matrix. Shape ``(4, 4)``. [mm]
    """
    sitk = _simpleitk()
    transform = sitk.Euler3DTransform()
    transform.SetCenter(target.centre_mm.tolist())
    transform.SetTranslation(shift.tolist())
    method = sitk.ImageRegistrationMethod()
    method.SetNumberOfThreads(1)
    method.SetMetricAsMattesMutualInformation(numberOfHistogramBins=32)
    method.SetMetricFixedMask(_to_sitk(replace(target, values=_near_body(target).astype(np.float64)), np.uint8))
    method.SetMetricSamplingStrategy(method.REGULAR)
    method.SetMetricSamplingPercentage(_SAMPLED_FRACTION, _SEED)
    method.SetInterpolator(sitk.sitkLinear)
    method.SetShrinkFactorsPerLevel(shrink)
    method.SetSmoothingSigmasPerLevel([_SIGMA_MM_PER_SHRINK * factor for factor in shrink])
    method.SmoothingSigmasAreSpecifiedInPhysicalUnitsOn()
    method.SetOptimizerAsRegularStepGradientDescent(
        learningRate=4.0, minStep=0.01, relaxationFactor=0.8, numberOfIterations=_ITERATIONS
    )
    method.SetOptimizerScalesFromPhysicalShift()
    method.SetInitialTransform(transform, inPlace=True)
    with one_thread():
        _execute(method, (_to_sitk(target, np.float32), _to_sitk(source, np.float32)), progress)
    return _matrix(transform)


def _execute(method: Any, images: tuple[Any, Any], progress: Progress) -> None:  # noqa: ANN401 - the library is not typed
    """Run the optimiser beside the main thread: an exception within its call, such as Ctrl-C, would be lost there."""
    iterations = iter(range(1, len(_SHRINK) * (_ITERATIONS + 1) + 1))
    failed: list[Exception] = []
    stop = Event()

    def iterated() -> None:
        try:
            if not stop.is_set():
                progress("registering CT", next(iterations), len(_SHRINK) * _ITERATIONS)
        except Exception as error:  # noqa: BLE001 - raised again outside the library
            failed.append(error)
            stop.set()
        if stop.is_set():
            method.Abort()

    method.AddCommand(_simpleitk().sitkIterationEvent, iterated)
    with ThreadPoolExecutor(1) as beside:
        running = beside.submit(method.Execute, *images)
        try:
            running.result()
        finally:
            stop.set()
    if failed:
        raise failed[0]


@contextmanager
def one_thread() -> Iterator[None]:
    """Sums in a fixed order, so that the same images give the same bits; only the library's own default reaches all."""
    process = _simpleitk().ProcessObject
    before = process.GetGlobalDefaultNumberOfThreads()
    process.SetGlobalDefaultNumberOfThreads(1)
    try:
        yield
    finally:
        process.SetGlobalDefaultNumberOfThreads(before)


def _near_body(image: WorkingImage) -> NDArray[np.bool_]:
    """The body and two voxels around it, so that the skin counts."""
    near: NDArray[np.bool_] = ndimage.binary_dilation(image.body, iterations=2)
    return near


def _to_sitk(image: WorkingImage, dtype: type) -> Any:  # noqa: ANN401 - the library is not typed
    converted = _simpleitk().GetImageFromArray(np.ascontiguousarray(image.values, dtype=dtype))
    converted.SetSpacing(image.grid.spacing_mm)
    converted.SetOrigin(image.grid.origin_mm)
    converted.SetDirection(image.grid.direction_matrix.ravel().tolist())
    return converted


def _simpleitk() -> Any:  # noqa: ANN401 - the library is not typed and takes long to import
    return import_module("SimpleITK")


def _matrix(transform: Any) -> NDArray[np.float64]:  # noqa: ANN401 - the library is not typed
    """Homogeneous matrix of a centred ITK transform: R (p - c) + c + t."""
    rotation = np.array(transform.GetMatrix()).reshape(3, 3)
    centre = np.array(transform.GetCenter())
    matrix = np.eye(4)
    matrix[:3, :3] = rotation
    matrix[:3, 3] = centre + np.array(transform.GetTranslation()) - rotation @ centre
    return matrix
