r"""The partition model: one activity, one perfused volume with a tumour, and the lungs.

The energy of every decay is left where the microsphere lies, and the microspheres stay. With the ratio *r* of activity
**concentrations** (activity per mass) of tumour and normal tissue, and the lung shunt fraction *L*, the balance of
activity gives

.. math::

    A = \frac{D_T\,(M_N + r M_T)}{CF\; r\,(1 - L)}, \qquad
    D_N = \frac{D_T}{r}, \qquad
    D_L = \frac{CF\, A\, L}{M_L}

A ratio of total activities is another quantity: :func:`concentration_ratio` makes the one out of the other, and needs
the masses for it.

References
----------
.. [1] Y. H. Kao et al., Cardiovasc. Intervent. Radiol. (2013), doi:10.1007/s00270-013-0783-z
.. [2] M. Weber et al., Eur. J. Nucl. Med. Mol. Imaging 49 (2022) 1682, doi:10.1007/s00259-021-05600-z
"""

from __future__ import annotations

from dataclasses import dataclass

from hevesy.errors import InputError


@dataclass(frozen=True)
class Partition:
    """The masses and fractions that share one activity out."""

    normal_mass_kg: float
    """Normal tissue in the perfused volume. [kg]"""
    tumour_mass_kg: float
    """[kg]"""
    concentration_ratio: float
    """Activity per mass, tumour over normal tissue. [1]"""
    lung_shunt_fraction: float
    """Share of the activity that passes to the lungs. [1]"""
    dose_factor_j_per_bq: float
    """Energy that is left per activity given, over the whole decay. [J/Bq]"""

    def __post_init__(self) -> None:
        for name in ("normal_mass_kg", "tumour_mass_kg", "concentration_ratio", "dose_factor_j_per_bq"):
            if not getattr(self, name) > 0.0:
                raise InputError("a positive number", f"{getattr(self, name):g} came", name.replace("_", " "))
        if not 0.0 <= self.lung_shunt_fraction < 1.0:
            raise InputError("a lung shunt fraction from 0 to below 1", f"{self.lung_shunt_fraction:g} came")


@dataclass(frozen=True)
class Shares:
    """Activity of each compartment; they sum to what was given. [Bq]"""

    tumour_bq: float
    normal_bq: float
    lung_bq: float


def partition_activity(tumour_dose_gy: float, partition: Partition) -> float:
    """Activity that gives the tumour a mean absorbed dose. [Bq]

    Parameters
    ----------
    tumour_dose_gy
        Wanted mean absorbed dose to the tumour. [Gy]
    partition
        Of the perfused volume.

    Raises
    ------
    InputError
        If the dose is not positive.
    """
    if not tumour_dose_gy > 0.0:
        raise InputError("a positive absorbed dose", f"{tumour_dose_gy:g} Gy came", "tumour dose")
    ratio = partition.concentration_ratio
    shared_mass = partition.normal_mass_kg + ratio * partition.tumour_mass_kg
    return tumour_dose_gy * shared_mass / (partition.dose_factor_j_per_bq * ratio * (1 - partition.lung_shunt_fraction))


def activity_shares(activity_bq: float, partition: Partition) -> Shares:
    """How the activity divides between tumour, normal tissue and lungs. [Bq]"""
    lung = activity_bq * partition.lung_shunt_fraction
    weighted = partition.concentration_ratio * partition.tumour_mass_kg
    tumour = (activity_bq - lung) * weighted / (partition.normal_mass_kg + weighted)
    return Shares(tumour, activity_bq - lung - tumour, lung)


def mean_dose(activity_bq: float, mass_kg: float, dose_factor_j_per_bq: float) -> float:
    """Mean absorbed dose of activity that stays and leaves its energy where it is. [Gy]

    Raises
    ------
    InputError
        If the mass is not positive.
    """
    if not mass_kg > 0.0:
        raise InputError("a positive mass", f"{mass_kg:g} kg came")
    return activity_bq * dose_factor_j_per_bq / mass_kg


def concentration_ratio(activity_ratio: float, normal_mass_kg: float, tumour_mass_kg: float) -> float:
    """The ratio of concentrations that belongs to a ratio of total activities, tumour over normal tissue. [1]

    Parameters
    ----------
    activity_ratio
        Activity (or counts) of the whole tumour over that of the whole normal tissue. [1]
    normal_mass_kg, tumour_mass_kg
        Of the volumes in which they were counted. [kg]

    Raises
    ------
    InputError
        If one of them is not positive.
    """
    if not min(activity_ratio, normal_mass_kg, tumour_mass_kg) > 0.0:
        raise InputError("a positive ratio and positive masses", "another value came")
    return activity_ratio * normal_mass_kg / tumour_mass_kg
