"""Convolution of an image with a kernel that is even along every axis, without wrapping, by Fourier transforms.

The kernel is given by one octant, whose cosine transform is all there is of its transfer function. Lines of zeros are
not transformed: each axis is padded only when its turn comes, and cropped as soon as it is transformed back.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import scipy.fft
from numpy.typing import NDArray

from hevesy.numerics.compiled import compiled

Floats = NDArray[np.float64]
Singles = NDArray[np.float32]
Complexes = NDArray[np.complex64]

_BLOCK_BYTES = 1 << 25


def padded_length(n: int) -> int:
    """Even length of the transform of an axis, long enough that nothing wraps."""
    length = int(scipy.fft.next_fast_len(2 * n - 1, real=True))
    while length % 2:
        length = int(scipy.fft.next_fast_len(length + 1, real=True))
    return length


def memory_bytes(shape: tuple[int, int, int]) -> int:
    """Estimate of what a convolution takes at its highest, input and output included. [bytes]"""
    z, y, x = shape
    lz, ly, lx = (padded_length(n) for n in shape)
    transfer = 4 * (lz // 2 + 1) * (ly // 2 + 1) * (lx // 2 + 1)
    half = 8 * z * ly * (lx // 2 + 1)
    return 2 * transfer + 2 * half + 3 * _BLOCK_BYTES + 20 * z * y * x


def transfer_function(octant: Floats, shape: tuple[int, int, int], workers: int = 1) -> Singles:
    """Transfer function of an even kernel for images of a shape.

    Parameters
    ----------
    octant
        Kernel at distances from zero on, ``(z, y, x)``; beyond the shape it is not used, what is missing is zero.
    shape
        Of the images ``(z, y, x)``.
    workers
        Threads.

    Returns
    -------
    One octant of frequencies; real.
    """
    lengths = [padded_length(n) // 2 + 1 for n in shape]
    padded = np.zeros(lengths, dtype=np.float32)
    z, y, x = (min(a, b) for a, b in zip(octant.shape, shape, strict=True))
    padded[:z, :y, :x] = octant[:z, :y, :x]
    return np.asarray(scipy.fft.dctn(padded, type=1, overwrite_x=True, workers=workers), dtype=np.float32)


def _filter_block(spectrum: Complexes, transfer: Singles, first: int, stop: int) -> None:
    """Filter some lines along z of a spectrum that is complete along y and x."""
    n, ly = spectrum.shape[:2]
    half = transfer.shape[0] - 1
    rows = np.minimum(np.arange(first, stop), ly - np.arange(first, stop))
    block = scipy.fft.fft(spectrum[:, first:stop], n=2 * half, axis=0)
    factors = transfer[:, rows]
    block[: half + 1] *= factors
    block[half + 1 :] *= factors[half - 1 : 0 : -1]
    spectrum[:, first:stop] = scipy.fft.ifft(block, axis=0, overwrite_x=True)[:n]


def convolve_even(values: NDArray[np.floating], transfer: Singles, workers: int = 1) -> Singles:
    """Convolve an image with an even kernel; beyond its faces the image is zero.

    Parameters
    ----------
    values
        Shape ``(z, y, x)``.
    transfer
        From :func:`transfer_function` for this shape.
    workers
        Threads; the result does not depend on them.

    Returns
    -------
    Shape ``(z, y, x)``.
    """
    _, y, x = values.shape
    ly, lx = 2 * (transfer.shape[1] - 1), 2 * (transfer.shape[2] - 1)
    lines = scipy.fft.rfft(values.astype(np.float32, copy=False), n=lx, axis=2, workers=workers)
    spectrum = np.asarray(scipy.fft.fft(lines, n=ly, axis=1, overwrite_x=True, workers=workers), dtype=np.complex64)
    line = 8 * 2 * transfer.shape[0] * transfer.shape[2]
    step = max(1, _BLOCK_BYTES // line)
    with ThreadPoolExecutor(workers) as pool:
        bounds = [(first, min(first + step, ly)) for first in range(0, ly, step)]
        list(pool.map(lambda part: _filter_block(spectrum, transfer, *part), bounds))
    rows = scipy.fft.ifft(spectrum, axis=1, overwrite_x=True, workers=workers)[:, :y]
    return np.asarray(scipy.fft.irfft(rows, n=lx, axis=2, workers=workers)[:, :, :x], dtype=np.float32)


@compiled
def direct_sum(values: NDArray[np.floating], octant: Floats, place: tuple[int, int, int]) -> float:
    """The convolution at one place, summed voxel by voxel in double precision."""
    total = 0.0
    for k in range(values.shape[0]):
        dk = abs(k - place[0])
        if dk >= octant.shape[0]:
            continue
        for j in range(values.shape[1]):
            dj = abs(j - place[1])
            if dj >= octant.shape[1]:
                continue
            for i in range(values.shape[2]):
                di = abs(i - place[2])
                if di < octant.shape[2]:
                    total += values[k, j, i] * octant[dk, dj, di]
    return total
