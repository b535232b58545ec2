r"""The stylised adult of Oak Ridge, by the equations of its surfaces.

The frame is that of the sources: origin at the centre of the base of the trunk, x to the patient's left, y to the back,
z to the head, lengths in cm. The arms lie within the trunk. The equations are those of the adult in [1]_; the heart
is the simpler solid of [2]_. The lower level of the facial skeleton is chosen so that its volume is the
published one (the report's own levels are unconfirmed).

Coefficients and published volumes were written from memory of the report, not copied from it (unconfirmed as to its
tables). What supports them: equations and volumes agree within 1 % for all other organs, the masses agree with the
report's self-absorbed fractions of 10 keV photons, its specific absorbed fractions of photons between organs agree too
(those to the adrenals only when they are turned), and kidneys, legs, leg bones, pelvis, ribs and scapulae have the
numbers of the public Geant4 example ``human_phantom``.

Not modelled: skin as a layer, breasts, gall bladder, oesophagus; for contents and organs of reproduction see
:mod:`~hevesy.physdata.phantoms.dosimetric`.

References
----------
.. [1] M. Cristy and K. F. Eckerman, Specific absorbed fractions of energy at various ages from internal photon sources,
   ORNL/TM-8381, Oak Ridge National Laboratory (1987).
.. [2] W. S. Snyder, M. R. Ford and G. G. Warner, Estimates of specific absorbed fractions for photon sources uniformly
   distributed in various organs of a heterogeneous phantom, MIRD Pamphlet 5, Revised (1978).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hevesy.domain import Side
from hevesy.physdata.phantoms.phantom import Medium, Organ, Phantom
from hevesy.physdata.phantoms.solids import (
    AbstractSolid,
    Bools,
    Bounds,
    Box,
    Difference,
    Ellipsoid,
    Floats,
    HalfSpace,
    Intersection,
    TaperedCylinder,
    Torus,
    Union,
    elliptic_cylinder,
    mirrored,
    transformed,
)

SOFT_DENSITY = 1.04
LUNG_DENSITY = 0.296
SKELETON_DENSITY = 1.4
"""Densities of soft tissue, lung and skeleton in ORNL/TM-8381. [g/ml]"""

_INF = np.inf
_TRUNK_HEIGHT = 70.0
_SPINE = (22.0, 80.54)


@dataclass(frozen=True)
class ThyroidLobes(AbstractSolid):
    r"""Lobes between two cylinders, hollowed out from above and below.

    .. math:: x^2 + y'^2 \le R^2,\quad x^2 + y'^2 \ge r^2,\quad y' \le 0,\quad
              (y' - |x|)^2 \ge 2 (x^2 + y'^2)\,\tau^2(z')

    with :math:`\tau` falling from 1 to :math:`\sqrt 2/2` over the first quarter of the height and back to 1.
    """

    outer_radius: float
    inner_radius: float
    height: float
    y: float
    base: float

    def contains(self, points: Floats) -> Bools:
        """Points of both lobes."""
        x, y, z = points[:, 0], points[:, 1] - self.y, (points[:, 2] - self.base) / self.height
        tau = np.interp(z, [0.0, 0.25, 1.0], [1.0, np.sqrt(0.5), 1.0])
        r2 = x**2 + y**2
        ring = (r2 <= self.outer_radius**2) & (r2 >= self.inner_radius**2) & (y <= 0)
        inside: Bools = ring & (z >= 0) & (z <= 1) & ((y - np.abs(x)) ** 2 >= 2 * r2 * tau**2)
        return inside

    @property
    def bounds(self) -> Bounds:
        """Box around the outer half-cylinder."""
        r = self.outer_radius
        return (-r, self.y - r, self.base), (r, self.y, self.base + self.height)


def _above(z: float) -> Box:
    return Box((-_INF, -_INF, z), (_INF, _INF, _INF))


def _below(z: float) -> Box:
    return Box((-_INF, -_INF, -_INF), (_INF, _INF, z))


def _pair(left: AbstractSolid) -> Union:
    return Union((left, mirrored(left)))


def head() -> AbstractSolid:
    """Elliptic cylinder topped by half an ellipsoid."""
    top = Ellipsoid((0.0, 0.0, 86.85), (8.0, 10.0, 7.15))
    return Union((elliptic_cylinder((_TRUNK_HEIGHT, 86.85), (8.0, 10.0)), Intersection((top, _above(86.85)))))


def trunk() -> AbstractSolid:
    """Elliptic cylinder, arms included."""
    return elliptic_cylinder((0.0, _TRUNK_HEIGHT), (20.0, 10.0))


def legs() -> AbstractSolid:
    """Two frusta of circular cones, x^2 + y^2 <= +-x (20 + z/5)."""
    return _pair(TaperedCylinder(2, (-80.0, 0.0), ((2.0, 0.0), (10.0, 0.0)), ((2.0, 2.0), (10.0, 10.0))))


def liver() -> AbstractSolid:
    """Elliptic cylinder cut by a plane."""
    cut = HalfSpace((1 / 35, 1 / 45, -1 / 43), -1.0)
    return Intersection((elliptic_cylinder((27.0, 43.0), (16.5, 8.0)), cut))


def left_kidney() -> AbstractSolid:
    """Ellipsoid cut by a plane towards the spine."""
    cut = Box((3.0, -_INF, -_INF), (_INF, _INF, _INF))
    return Intersection((Ellipsoid((6.0, 6.0, 32.5), (4.5, 1.5, 5.5)), cut))


def left_lung() -> AbstractSolid:
    """Half an ellipsoid without the place of the heart."""
    heart_place = Box((-_INF, -_INF, 43.5), (8.0, 1.0, 55.0))
    return Difference(Intersection((Ellipsoid((8.5, 0.0, 43.5), (5.0, 7.5, 24.0)), _above(43.5))), heart_place)


def right_lung() -> AbstractSolid:
    """Half an ellipsoid without the place of the heart."""
    heart_place = Box((-5.4, -_INF, 46.0), (_INF, 1.5, 54.0))
    return Difference(Intersection((Ellipsoid((-8.5, 0.0, 43.5), (5.0, 7.5, 24.0)), _above(43.5))), heart_place)


def heart() -> AbstractSolid:
    """Half an ellipsoid capped by a sphere that a plane cuts, in rotated axes (MIRD Pamphlet 5, Revised)."""
    ahead = Intersection((Ellipsoid((0.0, 0.0, 0.0), (8.0, 5.0, 5.0)), Box((0.0, -_INF, -_INF), (_INF, _INF, _INF))))
    cap = Intersection(
        (
            Ellipsoid((0.0, 0.0, 0.0), (5.0, 5.0, 5.0)),
            Box((-_INF, -_INF, -_INF), (0.0, _INF, _INF)),
            HalfSpace((-1 / 3, 0.0, -1 / 5), 1.0),
        )
    )
    own_from_phantom = np.array([[0.6943, -0.3237, -0.6428], [0.4226, 0.9063, 0.0], [0.5826, -0.2717, 0.7660]])
    matrix = np.eye(4)
    matrix[:3, :3] = np.linalg.inv(own_from_phantom)
    matrix[:3, 3] = (-1.0, -3.0, 51.0)
    return transformed(Union((ahead, cap)), matrix)


def pancreas() -> AbstractSolid:
    """Half an ellipsoid without the lower part beyond x = 3."""
    half = Box((-1.0, -_INF, -_INF), (_INF, _INF, _INF))
    lower_left = Box((3.0, -_INF, -_INF), (_INF, _INF, 37.0))
    return Difference(Intersection((Ellipsoid((-1.0, 0.0, 37.0), (16.0, 1.2, 3.3)), half)), lower_left)


def upper_large_intestine() -> AbstractSolid:
    """Ascending and transverse colon."""
    ascending = elliptic_cylinder((14.45, 24.0), (2.5, 2.5), (-8.5, -2.36))
    transverse = elliptic_cylinder((-10.5, 10.5), (2.5, 1.5), (-2.36, 25.5), axis=0)
    return Union((ascending, transverse))


def lower_large_intestine() -> AbstractSolid:
    """Descending colon and the two arcs of the sigmoid."""
    descending = TaperedCylinder(2, (8.72, 24.0), ((8.5802, 0.0), (9.36, -2.5)), ((1.88, 2.13), (1.88, 2.13)))
    upper = Intersection((Torus((3.0, 0.0, 8.72), 1, 5.72, 1.57), Box((3.0, -_INF, -_INF), (_INF, _INF, 8.72))))
    lower = Intersection((Torus((3.0, 0.0, 0.0), 1, 3.0, 1.57), Box((-_INF, -_INF, 0.0), (3.0, _INF, _INF))))
    return Union((descending, upper, lower))


def small_intestine() -> AbstractSolid:
    """Circular cylinder between two planes, without the colon."""
    block = elliptic_cylinder((17.0, 27.0), (11.3, 11.3), (0.0, -3.8))
    between = Box((-_INF, -4.86, -_INF), (_INF, 2.2, _INF))
    return Difference(Intersection((block, between)), Union((upper_large_intestine(), lower_large_intestine())))


def spine(inset: float = 0.0) -> AbstractSolid:
    """Elliptic cylinder from the pelvis to the skull; ``inset`` takes a rim off. [cm]"""
    return elliptic_cylinder(_SPINE, (2.0 - inset, 2.5 - inset), (0.0, 5.5))


def pelvis(inset: float = 0.0) -> AbstractSolid:
    """Between two non-concentric cylinders; ``inset`` takes a rim off both. [cm]"""
    outer = elliptic_cylinder((0.0, 22.0), (12.0 - inset, 12.0 - inset), (0.0, -3.0))
    inner = elliptic_cylinder((-1.0, 23.0), (11.3 + inset, 11.3 + inset), (0.0, -3.8))
    back = Intersection((Difference(outer, inner), Box((-_INF, -3.0, -_INF), (_INF, _INF, _INF))))
    return Difference(back, Box((-_INF, 5.0, -_INF), (_INF, _INF, 14.0)))


def ribs(inset: float = 0.0) -> AbstractSolid:
    """Twelve rings of an elliptic shell; ``inset`` takes a rim off each. [cm]"""
    rings = tuple(
        Difference(
            elliptic_cylinder((z + inset, z + 1.4 - inset), (17.0 - inset, 9.8 - inset)),
            elliptic_cylinder((z - 1.0, z + 2.4), (16.5 + inset, 9.3 + inset)),
        )
        for z in 35.1 + 2.8 * np.arange(12)
    )
    return Union(rings)


def cranium(inset: float = 0.0) -> AbstractSolid:
    """Shell around the brain; ``inset`` takes a rim off both surfaces. [cm]"""
    outer = Ellipsoid((0.0, 0.0, 86.85), (7.5 - inset, 9.5 - inset, 6.65 - inset))
    return Difference(outer, Ellipsoid((0.0, 0.0, 86.85), (6.6 + inset, 8.6 + inset, 5.75 + inset)))


def facial_skeleton() -> AbstractSolid:
    """Front half of an elliptic shell below the cranium."""
    shell = Difference(elliptic_cylinder((73.92, 84.03), (7.0, 9.0)), elliptic_cylinder((73.0, 85.0), (5.6, 7.6)))
    front = Intersection((shell, Box((-_INF, -_INF, -_INF), (_INF, 0.0, _INF))))
    return Difference(front, Ellipsoid((0.0, 0.0, 86.85), (7.5, 9.5, 6.65)))


def leg_bones(inset: float = 0.0) -> AbstractSolid:
    """Two frusta; ``inset`` takes a rim off. [cm]"""
    radii = (1.0 - inset, 3.5 - inset)
    return _pair(
        TaperedCylinder(2, (-79.8, 0.0), ((2.0, 0.0), (10.0, 0.0)), ((radii[0], radii[0]), (radii[1], radii[1])))
    )


def arm_bones() -> AbstractSolid:
    """Two elliptic frusta within the trunk."""
    return _pair(TaperedCylinder(2, (0.0, 69.0), ((19.1, 0.0), (18.4, 0.0)), ((0.7, 1.35), (1.4, 2.7))))


def clavicles() -> AbstractSolid:
    """Two arcs of a torus between planes."""
    arc = Torus((0.0, 11.1, 68.25), 2, 20.0, 0.7883)
    middle = HalfSpace((-7.0342, -1.0, 0.0), -11.1)
    outer = HalfSpace((0.89415, 1.0, 0.0), 11.1)
    front = Box((0.0, -_INF, -_INF), (_INF, 11.1, _INF))
    return _pair(Intersection((arc, front, middle, outer)))


def scapulae() -> AbstractSolid:
    """Two parts of a shell between planes through the axis."""
    shell = Difference(elliptic_cylinder((50.9, 67.3), (19.0, 9.8)), elliptic_cylinder((50.0, 68.0), (17.0, 9.8)))
    sector = Intersection((shell, HalfSpace((0.25, -1.0, 0.0), 0.0), HalfSpace((-0.8, 1.0, 0.0), 0.0)))
    return _pair(Intersection((sector, Box((0.0, 0.0, -_INF), (_INF, _INF, _INF)))))


def adrenal() -> AbstractSolid:
    """Left one: the upper half of an ellipsoid, turned by 52 degrees."""
    half = Intersection((Ellipsoid((0.0, 0.0, 0.0), (1.5, 0.5, 5.0)), _above(0.0)))
    angle = np.radians(52.0)
    matrix = np.eye(4)
    matrix[:2, :2] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    matrix[:3, 3] = (3.5, 5.0, 38.0)
    return transformed(half, matrix)


def _soft(name: str, solid: AbstractSolid, volume_ml: float | None, side: Side = Side.NONE) -> Organ:
    return Organ(name, solid, Medium.SOFT_TISSUE, SOFT_DENSITY, side, volume_ml)


def _bone(name: str, solid: AbstractSolid, volume_ml: float) -> Organ:
    return Organ(name, solid, Medium.BONE, SKELETON_DENSITY, Side.NONE, volume_ml)


def _sides(name: str, left: AbstractSolid, volume_ml: float) -> tuple[Organ, Organ]:
    return (
        _soft(f"{name}_L", left, volume_ml, Side.LEFT),
        _soft(f"{name}_R", mirrored(left), volume_ml, Side.RIGHT),
    )


def _ellipsoid(center: tuple[float, float, float], semi: tuple[float, float, float]) -> Ellipsoid:
    return Ellipsoid(center, semi)


@lru_cache(maxsize=1)
def ornl_tm_8381_adult() -> Phantom:
    """The unscaled adult, organs in order of precedence, each with the volume that the report publishes."""
    lungs: tuple[tuple[str, AbstractSolid, float, Side], ...] = (
        ("Lung_R", right_lung(), 1810.0, Side.RIGHT),
        ("Lung_L", left_lung(), 1570.0, Side.LEFT),
    )
    organs = (
        _soft("Liver", liver(), 1830.0),
        _soft("Spleen", _ellipsoid((11.0, 3.0, 37.0), (3.5, 2.0, 6.0)), 176.0),
        *_sides("Kidney", left_kidney(), 144.0),
        *_sides("Adrenal", adrenal(), 7.855),
        _soft("Pancreas", pancreas(), 90.7),
        _soft("Stomach", _ellipsoid((8.0, -4.0, 35.0), (4.0, 3.0, 8.0)), 402.0),
        _soft("Upper_large_intestine", upper_large_intestine(), 435.0),
        _soft("Lower_large_intestine", lower_large_intestine(), 298.0),
        _soft("Small_intestine", small_intestine(), 1060.0),
        _soft("Urinary_bladder", _ellipsoid((0.0, -4.5, 8.0), (4.958, 3.458, 3.458)), 248.7),
        _soft("Thymus", _ellipsoid((0.0, -7.3, 57.0), (1.5, 0.8, 4.0)), 20.1),
        _soft("Thyroid", ThyroidLobes(2.2, 1.0, 5.0, -4.0, 70.0), 19.9),
        _soft("Brain", _ellipsoid((0.0, 0.0, 86.85), (6.6, 8.6, 5.75)), 1370.0),
        _soft("Heart", heart(), 603.0),
        *(Organ(name, solid, Medium.LUNG, LUNG_DENSITY, side, v) for name, solid, v, side in lungs),
        _bone("Spine", spine(), 920.0),
        _bone("Pelvis", pelvis(), 606.0),
        _bone("Ribs", ribs(), 694.0),
        _bone("Cranium", cranium(), 618.0),
        _bone("Facial_skeleton", facial_skeleton(), 305.0),
        _bone("Leg_bones", leg_bones(), 2800.0),
        _bone("Arm_bones", arm_bones(), 956.0),
        _bone("Clavicles", clavicles(), 54.7),
        _bone("Scapulae", scapulae(), 202.0),
        _soft("Body", Union((trunk(), head(), legs())), None),
    )
    return Phantom("ORNL/TM-8381 adult", organs, "Cristy and Eckerman, ORNL/TM-8381 (1987)")
