"""How far blocks of one image lie from where they belong on another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import signal

Floats = NDArray[np.float64]
_Mask = NDArray[np.bool_]

BLOCK_MM = 48.0
SEARCH_MM = 20.0
_MAX_BLOCKS = 60
_MIN_CORRELATION = 0.5
_FILLED = 0.5


def block_shifts(fixed: Floats, moved: Floats, inside: _Mask, covered: _Mask, spacing_mm: Floats) -> Floats:
    """Shift with the best normalised cross-correlation, of each block that has structure in all three directions.

    The blocks whose summed gradient products (structure tensor) have the largest smallest eigenvalue are taken: edges
    in one direction only would let a block slide along them.

    Parameters
    ----------
    fixed, moved
        On one lattice. Shape ``(z, y, x)``.
    inside
        Voxels that count; a block is at least half filled. Shape ``(z, y, x)``.
    covered
        Where both images have values; a block is wholly covered. Shape ``(z, y, x)``.
    spacing_mm
        Along ``(z, y, x)``. [mm]

    Returns
    -------
    Shift along ``(z, y, x)``, infinite where nothing within the search range correlates by one half or the best match
    lies on its border. Shape ``(block, 3)``. [mm]

    References
    ----------
    .. [1] J. Shi, C. Tomasi, Proc. IEEE CVPR (1994) 593, doi:10.1109/CVPR.1994.323794
    """
    size = _block_size(spacing_mm)
    reach = np.maximum(np.ceil(SEARCH_MM / spacing_mm).astype(int), 2)
    corners = _structured_blocks(fixed, inside, covered, spacing_mm)
    padded = np.pad(moved, [(r, r) for r in reach], mode="edge")
    shifts = [_match(fixed[_box(c, size)], padded[_box(c, size + 2 * reach)]) * spacing_mm for c in corners]
    return np.array(shifts, dtype=np.float64).reshape(-1, 3)


def _structured_blocks(fixed: Floats, inside: _Mask, covered: _Mask, spacing: Floats) -> list[NDArray[np.int_]]:
    size = _block_size(spacing)
    gradients = [np.where(inside, np.gradient(fixed, s, axis=a), 0.0) for a, s in enumerate(spacing)]
    starts = [np.arange(0, n - b + 1, max(1, b // 2)) for n, b in zip(fixed.shape, size, strict=True)]
    corners = np.stack(np.meshgrid(*starts, indexing="ij"), axis=-1).reshape(-1, 3)
    usable = [c for c in corners if inside[_box(c, size)].mean() >= _FILLED and covered[_box(c, size)].all()]
    strength = np.array([_smallest_eigenvalue([g[_box(c, size)] for g in gradients]) for c in usable])
    best = np.argsort(-strength, kind="stable")[:_MAX_BLOCKS]
    return [usable[i] for i in best if strength[i] > 0]


def _block_size(spacing: Floats) -> NDArray[np.int_]:
    size: NDArray[np.int_] = np.maximum(np.round(BLOCK_MM / spacing).astype(np.int_), 3)
    return size


def _smallest_eigenvalue(gradients: list[Floats]) -> float:
    flat = np.array([g.ravel() for g in gradients])
    return float(np.linalg.eigvalsh(flat @ flat.T)[0])


def _match(block: Floats, region: Floats) -> Floats:
    """Shift in voxels at the peak of the normalised cross-correlation, to a fraction by a parabola along each axis."""
    correlation = _normalised_correlation(block, region)
    peak = np.array(np.unravel_index(int(np.argmax(correlation)), correlation.shape))
    reach = (np.array(correlation.shape) - 1) // 2
    if correlation[tuple(peak)] < _MIN_CORRELATION or (peak == 0).any() or (peak == 2 * reach).any():
        return np.full(3, np.inf)
    fraction = []
    for axis in range(3):
        low, middle, high = (correlation[tuple(peak + step * np.eye(3, dtype=int)[axis])] for step in (-1, 0, 1))
        curvature = low - 2.0 * middle + high
        fraction.append(0.5 * (low - high) / curvature if curvature < 0 else 0.0)
    shift: Floats = peak - reach + np.array(fraction)
    return shift


def _normalised_correlation(block: Floats, region: Floats) -> Floats:
    """Pearson correlation of a block with every window of its size."""
    centred = block - block.mean()
    product = signal.fftconvolve(region, centred[::-1, ::-1, ::-1], mode="valid")
    around = region - region.mean()
    count = block.size
    total = _window_sum(around, block.shape)
    squares = _window_sum(around**2, block.shape)
    variance = np.maximum(squares - total**2 / count, 0.0)
    scale = np.sqrt(variance * np.sum(centred**2))
    correlation: Floats = np.divide(product, scale, out=np.zeros_like(product), where=scale > 1e-9 * count)
    return correlation


def _box(corner: NDArray[np.int_], size: NDArray[np.int_]) -> tuple[slice, ...]:
    return tuple(slice(int(c), int(c + n)) for c, n in zip(corner, size, strict=True))


def _window_sum(values: Floats, size: tuple[int, ...]) -> Floats:
    for axis, width in enumerate(size):
        sums = np.cumsum(np.insert(values, 0, 0.0, axis=axis), axis=axis)
        n = sums.shape[axis]
        values = sums.take(range(width, n), axis=axis) - sums.take(range(n - width), axis=axis)
    return values
