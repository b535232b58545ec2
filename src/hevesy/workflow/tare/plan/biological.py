"""Biologically effective dose of microspheres, which stay where they are."""

from __future__ import annotations

from hevesy.biology import bed, uptake_g_factor
from hevesy.physdata import nuclide
from hevesy.quantities import AbsorbedDose, Bed, Uncertain, exact
from hevesy.workflow.tare.plan.settings import Radiobiology

NO_BED = "no alpha/beta and repair half-time were stated (radiobiology)"


def implant_bed(settings: Radiobiology, nuclide_name: str, volume: str, dose: AbsorbedDose) -> Bed | None:
    """BED of the mean absorbed dose of a permanent implant: the dose rate follows the physical half-life.

    Parameters
    ----------
    settings
        Alpha/beta and repair.
    nuclide_name
        Such as ``Y-90``.
    volume
        What the dose is of, as in a plan; tumours have their own alpha/beta, all else that of normal liver.
    dose
        [Gy]

    Returns
    -------
    None for the lungs and for the mean of all tumours.
    """
    if volume.startswith(("lung", "all_tumours")):
        return None
    tumour = volume.startswith("tumour")
    value = settings.alpha_beta_tumour if tumour else settings.alpha_beta_normal
    source = f"alpha-beta:{'tumour' if tumour else 'normal liver'}"
    ratio = Uncertain(value, {source: value * settings.alpha_beta_relative_standard_uncertainty})
    return bed(dose, exact(uptake_g_factor(nuclide(nuclide_name).half_life_s, None, settings.repair_half_time)), ratio)
