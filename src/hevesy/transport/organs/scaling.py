r"""From the mass of a region in the phantom to that in a patient.

.. math:: S_\mathrm{self}(m) = S_\mathrm{charged} \left(\frac{m_0}{m}\right) + S_\mathrm{photon}
          \left(\frac{m_0}{m}\right)^{2/3}

Charged particles stay in the region, so that their dose goes with the inverse of the mass; the photon absorbed fraction
grows with the cube root of the mass. Crossfire between different regions does not depend on their masses to first order
and stays as it is.

References
----------
.. [1] W. S. Snyder, M. R. Ford and G. G. Warner, Estimates of specific absorbed fractions for photon sources uniformly
   distributed in various organs of a heterogeneous phantom, MIRD Pamphlet 5, Revised (1978).
"""

from __future__ import annotations

from hevesy.errors import InputError


def mass_factors(phantom_kg: float, patient_kg: float, where: str = "") -> tuple[float, float]:
    """Factors of self-dose from charged particles and from photons.

    Raises
    ------
    InputError
        If the patient's mass is not within a fifth to five times the phantom's, where the powers no longer hold.
    """
    if not 0.2 * phantom_kg <= patient_kg <= 5.0 * phantom_kg:
        raise InputError(
            f"a mass of {200 * phantom_kg:.3g} to {5000 * phantom_kg:.4g} g, a fifth to five times the phantom's",
            f"{1000 * patient_kg:.4g} g came",
            where,
        )
    ratio = phantom_kg / patient_kg
    return ratio, ratio ** (2.0 / 3.0)
