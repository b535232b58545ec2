r"""The geometric transfer matrix: how much of every compartment is seen in every other one.

With the share :math:`s_i(x)` of each voxel in compartment *i* and its blurred image :math:`b_i(x)`,

.. math:: m_i = \sum_x s_i(x)\, I(x), \qquad H_{ij} = \sum_x s_i(x)\, b_j(x), \qquad H c = m

gives the concentrations *c* of compartments that are uniform. What *c* does when a boundary, the resolution or the
image changes follows from the same sums by perturbation:

.. math:: \delta c = H^{-1} (\delta m - \delta H\, c) .

References
----------
.. [1] O. G. Rousset, Y. Ma, A. C. Evans, J. Nucl. Med. 39 (1998) 904 (the matrix)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from hevesy.numerics.response import Part, Response, common, overlap, part_at

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Transfer:
    """The matrix of some compartments and what they are."""

    shares: tuple[Part, ...]
    """Share of each voxel in each compartment."""
    blurred: tuple[Part, ...]
    matrix: Array
    """:math:`H`. Shape ``(compartment, compartment)``. [voxels]"""


def transfer(shares: Sequence[Part], blurred: Sequence[Part]) -> Transfer:
    """Make the matrix."""
    matrix = np.array([[overlap(share, image) for image in blurred] for share in shares])
    return Transfer(tuple(shares), tuple(blurred), matrix)


def collected(shares: Sequence[Part], image: NDArray[Any]) -> Array:
    """What an image holds in every compartment, :math:`m`. Shape ``(compartment,)``."""
    return np.array([float(np.sum(image[s.box] * s.values, dtype=np.float64)) for s in shares])


def concentrations(matrix: Array, measured: Array) -> Array:
    """Solve for the concentrations. Shape ``(compartment,)``.

    Raises
    ------
    ValueError
        If the compartments cannot be told apart.
    """
    scale = np.sqrt(np.abs(np.diag(matrix)))
    if not (scale > 0).all():
        raise ValueError("a compartment has no voxel")
    normalised = matrix / np.outer(scale, scale)
    if np.linalg.cond(normalised) > 1e6:
        raise ValueError("the compartments cannot be told apart at this resolution")
    solved: Array = np.linalg.solve(normalised, measured / scale) / scale
    return solved


def surface_density(part: Part, spacing: tuple[float, float, float]) -> Part:
    """Area of the boundary of a shape in each voxel over the voxel's volume: the length of the shares' gradient.

    Its sum times the volume of a voxel is the area of the surface.
    """
    padded = np.pad(part.values, 1)
    slopes = [ndimage.correlate1d(padded, [-0.5, 0.0, 0.5], axis=k) / step for k, step in enumerate(spacing)]
    length = np.sqrt(sum(s.astype(np.float32) ** 2 for s in slopes)).astype(np.float32)
    z, y, x = (slice(b.start - 1, b.stop + 1) for b in part.box)
    return part_at((z, y, x), length)


def boundary_response(found: Transfer, image: NDArray[Any], values: Array, index: int, density: Part) -> Array:
    """Change of the concentrations when the boundary of one compartment moves outwards by one unit of length.

    What it gains its neighbours lose, each by what share of the blurred surroundings it is.

    Parameters
    ----------
    found
        The compartments.
    image
        Shape ``(z, y, x)``.
    values
        Concentrations :math:`c`.
    index
        Of the compartment.
    density
        From :func:`surface_density`.

    Returns
    -------
    Shape ``(compartment,)``.
    """
    density = _inside(density, image.shape)
    moved = _moved(found, index, density)
    measured = np.array([0.0 if p is None else float(np.sum(image[p.box] * p.values, dtype=np.float64)) for p in moved])
    n = len(values)
    gained = np.zeros((n, n))
    for i, part in enumerate(moved):
        if part is not None:
            seen = np.array([overlap(part, b) for b in found.blurred])
            gained[i] += seen
            gained[:, i] += seen  # the blur is symmetric
    return _solved(found.matrix, measured - gained @ values)


def width_response(found: Transfer, values: Array, response: Response, changes: tuple[Array, Array]) -> Array:
    r"""Change of the concentrations when the response widens.

    A Gaussian obeys :math:`\partial b / \partial \sigma^2 = \tfrac12\, \partial^2 b`.

    Parameters
    ----------
    changes
        Of the standard deviations across and along the axis: at the axis and at ``reach``. Shape ``(2,)`` each. [mm]

    Returns
    -------
    Shape ``(compartment,)``.
    """
    wider = [_widened(part, response, changes) for part in found.blurred]
    gained = np.array([[overlap(share, w) for w in wider] for share in found.shares])
    return _solved(found.matrix, -gained @ values)


def _solved(matrix: Array, right: Array) -> Array:
    solved: Array = np.linalg.solve(matrix, right).astype(np.float64)
    return solved


def _moved(found: Transfer, index: int, density: Part) -> list[Part | None]:
    """Change of every compartment's shares."""
    own = _seen(found.blurred[index], density)
    others = np.maximum(1.0 - own, 1e-3)
    parts: list[Part | None] = []
    for j, image in enumerate(found.blurred):
        if j == index:
            parts.append(density)
            continue
        seen = _seen(image, density)
        parts.append(part_at(density.box, -density.values * np.clip(seen / others, 0.0, 1.0)) if seen.any() else None)
    return parts


def _seen(image: Part, where: Part) -> NDArray[np.float32]:
    """A part's values on another one's box."""
    values = np.zeros(where.values.shape, dtype=np.float32)
    inside, own = common(where.box, image.box)
    if inside is not None and own is not None:
        values[inside] = image.values[own]
    return values


def _inside(part: Part, shape: tuple[int, ...]) -> Part:
    """Without what lies beyond the lattice."""
    whole = (slice(0, shape[0]), slice(0, shape[1]), slice(0, shape[2]))
    inner, outer = common(part.box, whole)
    if inner is None or outer is None:
        raise ValueError("the compartment lies outside the image")
    return part_at(outer, part.values[inner])


def _widened(part: Part, response: Response, changes: tuple[Array, Array]) -> Part:
    outward = response.outward(part.box)
    across, along = response.standard_deviation(outward)
    more = [(c[0] + (c[1] - c[0]) * outward) * 2.0 * s for c, s in zip(changes, (across, along), strict=True)]
    second = [
        ndimage.correlate1d(part.values, [1.0, -2.0, 1.0], axis=k, mode="nearest") / step**2
        for k, step in enumerate(response.spacing)
    ]
    change = 0.5 * (more[0] * (second[1] + second[2]) + more[1] * second[0])
    return part_at(part.box, change.astype(np.float32))
