"""What photons pass on their way out of the virtual patient, and the site's measurements of it."""

from __future__ import annotations

import numpy as np

from hevesy.domain import Grid
from hevesy.physdata.matter.attenuation import attenuation_per_mm
from hevesy.physdata.phantoms import fractions, label_map, red_marrow_share
from hevesy.physdata.phantoms.media import reference_fillings
from hevesy.simulate.movement import Pose
from hevesy.simulate.patient import VirtualPatient
from hevesy.simulate.scanner import Images

EMISSION_MEV, FLOOD_MEV = 0.2084, 0.1221
"""Photons of Lu-177 in the photopeak, and of the Co-57 flood source. [MeV]"""


def attenuation_map(patient: VirtualPatient, pose: Pose, grid: Grid, energy_mev: float = EMISSION_MEV) -> Images:
    """Attenuation coefficient of every voxel; the body's surface by the share inside. Shape ``(z, y, x)``. [1/mm]"""
    organs = patient.phantom.organs
    values = _of_organs(patient, energy_mev)
    labels = label_map([pose.place(o.solid) for o in organs], grid)
    inside = np.array([values["Body"], *(values[o.name] for o in organs)])[labels]
    body = fractions(pose.place(patient.phantom.organ("Body").solid), grid, supersample=3)
    found: Images = (inside * body).astype(np.float32)
    return found


def _of_organs(patient: VirtualPatient, energy_mev: float) -> dict[str, float]:
    fillings = reference_fillings(patient.phantom, red_marrow_share(patient.scenario.sex))
    return {
        name: sum(p.volume_share * attenuation_per_mm(p.material, energy_mev, p.density_g_ml) for p in parts)
        for name, parts in fillings.items()
    }
