"""Images as the files of a scanner, in the chosen units and with the chosen quirks."""

from __future__ import annotations

from collections.abc import Sequence as Items
from copy import deepcopy
from dataclasses import dataclass, replace
from operator import itemgetter
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.domain import Grid
from hevesy.simulate.beds import slice_timings
from hevesy.simulate.dicom_base import Series, write
from hevesy.simulate.dicom_tracer import EmissionSeries
from hevesy.simulate.enhanced import enhanced_object
from hevesy.simulate.habits import Facts, rewritten
from hevesy.simulate.nm import NmLayout, nm_object
from hevesy.simulate.oblique import position
from hevesy.simulate.options import Options, Units
from hevesy.simulate.quirks import Quirk
from hevesy.simulate.scanner import Images
from hevesy.simulate.seeds import generator, uid
from hevesy.simulate.slices import Slice, ct_slice, pt_slice
from hevesy.simulate.windows import add_scatter_windows

_LARGEST = 65535


@dataclass(frozen=True)
class SpectCalibration:
    """How counts of a reconstruction become stored values."""

    scale: float
    """Stored counts per count: 1, or a power of 1/2 where 16 bits would not hold them; the same for all scans."""
    factor: float
    """Stored counts per second and becquerel, from the calibration phantom. [1/(s Bq)]"""


def counts_scale(images: Items[Images]) -> float:
    """The largest of 1, 1/2, 1/4, ... with which every image fits 16 bits."""
    scale = 1.0
    while max(float(image.max()) for image in images) * scale > _LARGEST:
        scale /= 2
    return scale


def stored_counts(counts: Images, scale: float) -> NDArray[np.uint16]:
    """Counts as integers; rounding is far below the noise of a voxel."""
    stored: NDArray[np.uint16] = np.clip(np.rint(counts * scale), 0, _LARGEST).astype(np.uint16)
    return stored


def write_spect(
    counts: Images,
    grid: Grid,
    emission: EmissionSeries,
    folder: Path,
    *,
    calibration: SpectCalibration,
    options: Options,
) -> None:
    """Write the SPECT of one time point."""
    per_count = calibration.scale / (calibration.factor * emission.duration_s * grid.voxel_volume_ml)
    concentration = counts * np.float32(per_count)
    if options.units is Units.RESCALE:
        _write_pt(concentration, grid, emission, folder, options=options)
    elif options.units is Units.RWVM:
        slope = float(concentration.max()) / _LARGEST
        _write_nm(_rounded(concentration, slope), grid, emission, folder, options=options, slope_bq_ml=slope)
    else:
        stored = stored_counts(counts, calibration.scale)
        _write_nm(stored, grid, emission, folder, options=options, slope_bq_ml=None)


def _write_nm(
    stored: NDArray[np.uint16],
    grid: Grid,
    emission: EmissionSeries,
    folder: Path,
    *,
    options: Options,
    slope_bq_ml: float | None,
) -> None:
    n, own = grid.shape[0], emission.series.series_uid
    facts = Facts(options.seed, emission.tracer.half_life_s)
    split = Quirk.SPLIT_SERIES in options.quirks
    for part, chosen in enumerate([slice(0, n // 2), slice(n // 2, n)] if split else [slice(0, n)]):
        piece = _cut(grid, chosen)
        ds = nm_object(
            stored[chosen],
            piece,
            emission,
            sop_uid=uid(options.seed, own, "nm", part),
            layout=_layout(emission.series, piece.shape[0], options),
            slope_bq_ml=slope_bq_ml,
        )
        ds.InstanceNumber = part + 1
        if Quirk.ENERGY_WINDOWS in options.quirks:
            add_scatter_windows(ds)
        write(rewritten(ds, options.quirks, facts), folder / (f"part_{part + 1}" if split else "") / "nm.dcm")


def _write_pt(concentration: Images, grid: Grid, emission: EmissionSeries, folder: Path, *, options: Options) -> None:
    timings = slice_timings(emission, grid.shape[0], options.quirks, options.seed)
    facts = Facts(options.seed, emission.tracer.half_life_s)
    slices = []
    for place, name in _places(emission.series, grid.shape[0], options):
        ds = pt_slice(concentration[place.index], grid, emission, place, timings[place.index])
        half = f"part_{1 + (place.index >= grid.shape[0] // 2)}/" if Quirk.SPLIT_SERIES in options.quirks else ""
        slices.append((f"{half}pt_{name:04d}", rewritten(ds, options.quirks, facts)))
    _write_slices(slices, folder, options)


def _write_slices(slices: Items[tuple[str, Dataset]], folder: Path, options: Options) -> Dataset | None:
    """Write slices under their names, or all of them as one enhanced object, which is then given back."""
    if Quirk.ENHANCED not in options.quirks:
        for name, ds in slices:
            write(ds, folder / f"{name}.dcm")
        return None
    frames = [ds for _, ds in sorted(slices, key=itemgetter(0))]
    own = str(frames[0].SeriesInstanceUID)
    sop_uid, dimension_uid, event_uid = (uid(options.seed, own, role) for role in ("enhanced", "dimension", "event"))
    merged = enhanced_object(frames, sop_uid=sop_uid, dimension_uid=dimension_uid, event_uid=event_uid)
    write(merged, folder / "enhanced.dcm")
    return merged


def write_phantom(stored: NDArray[np.uint16], grid: Grid, emission: EmissionSeries, folder: Path, seed: int) -> None:
    """Write the calibration acquisition, in counts and without quirks."""
    sop_uid = uid(seed, emission.series.series_uid, "nm")
    ds = nm_object(stored, grid, emission, sop_uid=sop_uid, layout=NmLayout(), slope_bq_ml=None)
    write(ds, folder / "nm.dcm")


def write_ct(
    values: NDArray[np.int16], grid: Grid, series: Series, folder: Path, options: Options
) -> tuple[Dataset, ...]:
    """Write the CT of one time point; gives the headers from feet to head, as they were before any quirk."""
    headers, slices = [], []
    for place, name in _places(series, grid.shape[0], options):
        ds = ct_slice(values[place.index], grid, series, place)
        headers.append(_without_pixels(ds))
        slices.append((f"ct_{name:04d}", rewritten(ds, options.quirks, Facts(options.seed))))
    merged = _write_slices(slices, folder, options)
    return tuple(headers) if merged is None else (_reference(merged, headers[0]),)


def _reference(merged: Dataset, lowest: Dataset) -> Dataset:
    """The header of an enhanced object, with the slices of its frames as NM states them."""
    header = _without_pixels(merged)
    header.ImagePositionPatient = lowest.ImagePositionPatient
    groups = merged.PerFrameFunctionalGroupsSequence
    header.SliceVector = [group.FrameContentSequence[0].InStackPositionNumber for group in groups]
    header.AcquisitionDate, header.AcquisitionTime = lowest.AcquisitionDate, lowest.AcquisitionTime
    return header


def _without_pixels(ds: Dataset) -> Dataset:
    pixels = ds.pop("PixelData")
    header = deepcopy(ds)
    ds["PixelData"] = pixels
    return header


def _places(series: Series, n: int, options: Options) -> list[tuple[Slice, int]]:
    """Slices from feet to head with their instance number and file number."""
    numbers = np.arange(1, n + 1)
    names = numbers
    if Quirk.NEGATIVE_SPACING in options.quirks:
        numbers = names = numbers[::-1]
    if Quirk.UNSORTED in options.quirks:
        rng = generator(options.seed, "order", series.series_uid)
        numbers, names = rng.permutation(numbers), rng.permutation(names)
    return [
        (Slice(k, int(numbers[k]), uid(options.seed, series.series_uid, "slice", k)), int(names[k])) for k in range(n)
    ]


def _layout(series: Series, n: int, options: Options) -> NmLayout:
    rng = generator(options.seed, "order", series.series_uid)
    order = tuple(int(k) for k in rng.permutation(n)) if Quirk.UNSORTED in options.quirks else None
    return NmLayout(Quirk.NEGATIVE_SPACING in options.quirks, Quirk.DETECTOR_POSITION in options.quirks, order)


def _cut(grid: Grid, chosen: slice) -> Grid:
    x, y, z = position(grid, chosen.start)
    return replace(grid, shape=(chosen.stop - chosen.start, *grid.shape[1:]), origin_mm=(x, y, z))


def _rounded(concentration: Images, slope: float) -> NDArray[np.uint16]:
    stored: NDArray[np.uint16] = np.clip(np.rint(concentration / np.float32(slope)), 0, _LARGEST).astype(np.uint16)
    return stored
