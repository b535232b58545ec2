"""Contents of hollow organs, so that walls and contents are regions of their own; and the organs of reproduction.

Surfaces of the adult of [1]_; like those in :mod:`~hevesy.physdata.phantoms.adult` written from memory of the report
(unconfirmed as to its tables). What supports them: walls and contents have its published masses within 1 % (stomach 158
and 260 g, urinary bladder 47.6 and 211 g, upper large intestine 220 and 232 g, lower large intestine 167 and 143 g,
uterus 79 g, ovaries 8.7 g, testes 39 g, at 1.04 g/ml).

References
----------
.. [1] M. Cristy and K. F. Eckerman, Specific absorbed fractions of energy at various ages from internal photon sources,
   ORNL/TM-8381, Oak Ridge National Laboratory (1987).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from hevesy.physdata.phantoms.phantom import Medium, Organ, Phantom
from hevesy.physdata.phantoms.solids import (
    AbstractSolid,
    Box,
    Ellipsoid,
    HalfSpace,
    Intersection,
    TaperedCylinder,
    Torus,
    Union,
    elliptic_cylinder,
)

_INF = np.inf


def stomach_contents() -> AbstractSolid:
    """Inside of a wall of 0.613 cm."""
    return Ellipsoid((8.0, -4.0, 35.0), (3.387, 2.387, 7.387))


def bladder_contents() -> AbstractSolid:
    """Inside of a wall of 0.252 cm."""
    return Ellipsoid((0.0, -4.5, 8.0), (4.706, 3.206, 3.206))


def upper_large_intestine_contents() -> AbstractSolid:
    """Inside of walls of 0.7085 (ascending) and 0.527 cm (transverse)."""
    ascending = elliptic_cylinder((14.45, 24.0), (1.7915, 1.7915), (-8.5, -2.36))
    return Union((ascending, elliptic_cylinder((-10.5, 10.5), (1.973, 0.973), (-2.36, 25.5), axis=0)))


def lower_large_intestine_contents() -> AbstractSolid:
    """Inside of walls of 0.54 (descending) and 0.66 cm (sigmoid)."""
    descending = TaperedCylinder(2, (8.72, 24.0), ((8.5802, 0.0), (9.36, -2.5)), ((1.34, 1.59), (1.34, 1.59)))
    upper = Intersection((Torus((3.0, 0.0, 8.72), 1, 5.72, 0.91), Box((3.0, -_INF, -_INF), (_INF, _INF, 8.72))))
    lower = Intersection((Torus((3.0, 0.0, 0.0), 1, 3.0, 0.91), Box((-_INF, -_INF, 0.0), (3.0, _INF, _INF))))
    return Union((descending, upper, lower))


def left_ovary() -> AbstractSolid:
    """Ellipsoid."""
    return Ellipsoid((6.0, 0.0, 15.0), (1.0, 0.5, 2.0))


def uterus() -> AbstractSolid:
    """Ellipsoid cut by a plane."""
    whole = Ellipsoid((0.0, -2.0, 14.0), (2.62, 5.22, 1.57))
    return Intersection((whole, Box((-_INF, -4.62, -_INF), (_INF, _INF, _INF))))


def left_testis() -> AbstractSolid:
    """Ellipsoid."""
    return Ellipsoid((1.3, -8.0, -2.3), (1.3, 1.5, 2.3))


def genital_region() -> AbstractSolid:
    """What lies before the thighs, between planes."""
    sides = tuple(HalfSpace(normal, 10.0) for normal in ((1.0, 0.0, -0.1), (-1.0, 0.0, -0.1), (0.0, -1.0, -0.1)))
    return Intersection((Box((-10.0, -10.0, -4.8), (10.0, 0.0, 0.0)), *sides))


CONTENTS: dict[str, AbstractSolid] = {
    "Stomach": stomach_contents(),
    "Urinary_bladder": bladder_contents(),
    "Upper_large_intestine": upper_large_intestine_contents(),
    "Lower_large_intestine": lower_large_intestine_contents(),
}
"""Contents by hollow organ, in the frame and size of the unscaled adult."""


def with_walls(phantom: Phantom, contents: Mapping[str, AbstractSolid]) -> Phantom:
    """Part hollow organs into ``NAME_contents`` and ``NAME_wall``; contents own their place before the wall."""
    organs: list[Organ] = []
    for organ in phantom.organs:
        if organ.name not in contents:
            organs.append(organ)
            continue
        whole = replace(organ, published_volume_ml=None, medium=Medium.SOFT_TISSUE)
        organs.append(replace(whole, name=f"{organ.name}_contents", solid=contents[organ.name]))
        organs.append(replace(whole, name=f"{organ.name}_wall"))
    return replace(phantom, organs=tuple(organs))
