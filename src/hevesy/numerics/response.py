r"""What a Gaussian response that widens with the distance from an axis makes of a shape on a lattice.

A shape is the share of every voxel that lies in it. Its blurred image at a voxel's centre is

.. math:: b(x) = \int s(y)\, g(x - y;\, \sigma^2(y))\, dy ,

with the variance that the response has at the *source*. A few stationary blurs are mixed with weights linear in the
variance between them, so that what is in the shape is conserved and its second moment is right everywhere.

Arrays are ``(z, y, x)``, and a :class:`Part` is a box of a larger lattice with zeros all around.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import scipy
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Box = tuple[slice, slice, slice]
_TRUNCATE = 4.5
NARROWEST = 0.8
"""FWHM that voxels of unit width can still show; a share's own width leaves nothing to blur below 0.68."""
_FWHM_PER_SIGMA = math.sqrt(8.0 * math.log(2.0))
_NODES = 4


@dataclass(frozen=True)
class Part:
    """Values in a box of a lattice, zero elsewhere."""

    start: tuple[int, int, int]
    """First voxel ``(z, y, x)`` of the box."""
    values: Floats

    @property
    def box(self) -> Box:
        """The box as slices of the lattice."""
        z, y, x = (slice(first, first + n) for first, n in zip(self.start, self.values.shape, strict=True))
        return z, y, x


def part_at(box: Box, values: Floats) -> Part:
    """Values in a box that slices of the lattice give."""
    return Part((box[0].start, box[1].start, box[2].start), values)


@dataclass(frozen=True)
class Response:
    """Variance of the response by distance from the axis of the lattice's z direction.

    It is that of a FWHM linear in the distance up to ``reach`` and constant beyond.
    """

    spacing: tuple[float, float, float]
    """Voxel size along ``(z, y, x)``. [mm]"""
    axis: tuple[float, float]
    """Indices ``(y, x)`` of the axis."""
    transaxial: tuple[float, float]
    """Standard deviation across the axis: at the axis and at ``reach``. [mm]"""
    axial: tuple[float, float]
    """Standard deviation along it. [mm]"""
    reach: float
    """Distance from which on it is constant; 0 where it is constant everywhere. [mm]"""

    def outward(self, box: Box) -> NDArray[np.float64]:
        """Distance from the axis over ``reach``, at most 1. Shape ``(1, y, x)``."""
        _, y, x = box
        rows = (np.arange(y.start, y.stop) - self.axis[0]) * self.spacing[1]
        columns = (np.arange(x.start, x.stop) - self.axis[1]) * self.spacing[2]
        distance = np.hypot(rows[:, None], columns[None, :])[None]
        return np.minimum(distance / self.reach, 1.0) if self.reach > 0 else np.zeros_like(distance)

    def standard_deviation(self, outward: NDArray[np.float64] | float) -> tuple[NDArray[np.float64], ...]:
        """Standard deviations across and along the axis. [mm]"""
        across, along = (np.asarray(c + (e - c) * outward) for c, e in (self.transaxial, self.axial))
        return across, along


def part_of(values: NDArray[Any]) -> Part:
    """The box that holds all that is not zero; an empty box where there is nothing."""
    whole = (slice(0, values.shape[0]), slice(0, values.shape[1]), slice(0, values.shape[2]))
    return trimmed(part_at(whole, values))


def trimmed(part: Part) -> Part:
    """The same values in the smallest box."""
    found = scipy.ndimage.find_objects((part.values > 0).astype(np.uint8))
    if not found:
        return Part((0, 0, 0), np.zeros((0, 0, 0), dtype=np.float32))
    inner = found[0]
    z, y, x = (slice(o.start + i.start, o.start + i.stop) for o, i in zip(part.box, inner, strict=True))
    return part_at((z, y, x), np.ascontiguousarray(part.values[inner], dtype=np.float32))


def blur(part: Part, shape: tuple[int, ...], response: Response, extra_axial_variance: float = 0.0) -> Part:
    """Blur a shape.

    Parameters
    ----------
    part
        Share of each voxel inside the shape.
    shape
        Of the lattice ``(z, y, x)``; what is blurred beyond it is lost, and a shape that reaches its border is taken to
        go on beyond it.
    response
        Of the image at its voxels' centres.
    extra_axial_variance
        Of a movement along z during the scan. [mm2]

    Raises
    ------
    ValueError
        If the response is narrower than the voxels can show.
    """
    margin = [_reach_voxels(response, axis, extra_axial_variance) for axis in range(3)]
    box = _grown(part.box, margin, shape)
    inner = tuple(slice(p.start - b.start, p.stop - b.start) for p, b in zip(part.box, box, strict=True))
    blurred = np.zeros(tuple(b.stop - b.start for b in box), dtype=np.float32)
    for outward, weight in _mixture(response, part.box):
        source = np.zeros_like(blurred)
        source[inner] = part.values * weight
        across, along = (float(s) for s in response.standard_deviation(outward))
        variances = (along**2 + extra_axial_variance, across**2, across**2)
        for axis, (variance, step) in enumerate(zip(variances, response.spacing, strict=True)):
            source = scipy.ndimage.correlate1d(source, _kernel(variance, step), axis=axis, mode="nearest")
        blurred += source
    return part_at(box, blurred)


def overlap(a: Part, b: Part) -> float:
    """Sum over the lattice of the product of two parts."""
    first, second = common(a.box, b.box)
    if first is None or second is None:
        return 0.0
    return float(np.einsum("ijk,ijk->", a.values[first], b.values[second], dtype=np.float64))


def common(a: Box, b: Box) -> tuple[Box, Box] | tuple[None, None]:
    """The voxels that two boxes share, as seen from each."""
    low = [max(p.start, q.start) for p, q in zip(a, b, strict=True)]
    high = [min(p.stop, q.stop) for p, q in zip(a, b, strict=True)]
    if any(lo >= hi for lo, hi in zip(low, high, strict=True)):
        return None, None
    views = []
    for box in (a, b):
        z, y, x = (slice(lo - s.start, hi - s.start) for s, lo, hi in zip(box, low, high, strict=True))
        views.append((z, y, x))
    return views[0], views[1]


def without(part: Part, other: Part) -> Part:
    """A shape without another one's share of each voxel."""
    values = part.values.copy()
    own, theirs = common(part.box, other.box)
    if own is not None and theirs is not None:
        values[own] = np.maximum(values[own] - other.values[theirs], 0.0)
    return part_at(part.box, values)


def _mixture(response: Response, box: Box) -> list[tuple[float, Floats | float]]:
    """Nodes of the stationary blurs, as distance over ``reach``, and the weight of each at the voxels of a box."""
    if response.reach <= 0 or (_flat(response.transaxial) and _flat(response.axial)):
        return [(0.0, 1.0)]
    nodes = np.linspace(0.0, 1.0, _NODES)
    of_nodes = _telling_variance(response, nodes)
    at = _telling_variance(response, response.outward(box))
    order = np.argsort(of_nodes)
    place = np.interp(at, of_nodes[order], np.arange(_NODES, dtype=float))
    weights = [np.clip(1.0 - np.abs(place - k), 0.0, 1.0).astype(np.float32) for k in range(_NODES)]
    return [(float(nodes[n]), w) for n, w in zip(order, weights, strict=True) if w.any()]


def _telling_variance(response: Response, outward: NDArray[np.float64]) -> NDArray[np.float64]:
    """The variance that changes more with the distance."""
    across, along = response.standard_deviation(outward)
    changes = [abs(edge - centre) for centre, edge in (response.transaxial, response.axial)]
    chosen: NDArray[np.float64] = (across if changes[0] >= changes[1] else along) ** 2
    return chosen


def _flat(pair: tuple[float, float]) -> bool:
    return abs(pair[0] - pair[1]) < 1e-9


@lru_cache(maxsize=256)
def _kernel(variance: float, step: float) -> NDArray[np.float64]:
    """Weights of the neighbours, with just the variance wanted less that of a share, which is a mean over its voxel."""
    fwhm = _FWHM_PER_SIGMA * math.sqrt(variance)
    if not fwhm >= NARROWEST * step:
        raise ValueError(f"expected a FWHM of at least {NARROWEST} voxels of {step:.2f} mm, but {fwhm:.2f} mm came")
    wanted = variance / step**2 - 1.0 / 12.0
    n = max(2, math.ceil(_TRUNCATE * math.sqrt(wanted)))
    places = np.arange(-n, n + 1)

    def weights(sigma: float) -> NDArray[np.float64]:
        shares = np.diff(scipy.special.ndtr((np.arange(-n, n + 2) - 0.5) / sigma))
        kernel: NDArray[np.float64] = shares / shares.sum()
        return kernel

    def excess(sigma: float) -> float:
        return float(weights(sigma) @ places**2) - wanted

    kernel = weights(float(scipy.optimize.brentq(excess, 0.05, 2.0 * math.sqrt(wanted) + 0.5, xtol=1e-9)))
    kernel.flags.writeable = False
    return kernel


def _reach_voxels(response: Response, axis: int, extra_axial_variance: float) -> int:
    widest = max(response.axial) if axis == 0 else max(response.transaxial)
    variance = widest**2 + (extra_axial_variance if axis == 0 else 0.0)
    return math.ceil(_TRUNCATE * math.sqrt(variance) / response.spacing[axis]) + 1


def _grown(box: Box, margin: list[int], shape: tuple[int, ...]) -> Box:
    z, y, x = (slice(max(b.start - m, 0), min(b.stop + m, n)) for b, m, n in zip(box, margin, shape, strict=True))
    return z, y, x
