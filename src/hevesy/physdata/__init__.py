"""Physical data with their sources: radionuclides, materials, absorbed fractions."""

from hevesy.physdata.ct_curves import CtCurve, ct_curve, known_ct_curves, read_ct_curve
from hevesy.physdata.ct_numbers import CtMatter, checked_ct_numbers, density_and_media
from hevesy.physdata.elements import Element, additive_mean_excitation, element
from hevesy.physdata.emissions import ChainMember, Emissions, EmissionSpectrum, Particle, merged
from hevesy.physdata.half_lives import nuclides_of_half_life, recognised_half_life_s
from hevesy.physdata.materials import Material, holmium_laden, known_materials, material, reference_density
from hevesy.physdata.nuclide_emissions import parent_emissions
from hevesy.physdata.nuclides import BetaBranch, DecayMode, EnergyPart, Line, Nuclide, known_nuclides, nuclide
from hevesy.physdata.spectra import beta_energy_weights
from hevesy.physdata.spheres import (
    JOULE_PER_MEV,
    SphereAbsorption,
    sphere_absorbed_fraction,
    sphere_absorption,
    sphere_citation,
    sphere_limits,
    sphere_s_value,
)

__all__ = [
    "JOULE_PER_MEV",
    "BetaBranch",
    "ChainMember",
    "CtCurve",
    "CtMatter",
    "DecayMode",
    "Element",
    "EmissionSpectrum",
    "Emissions",
    "EnergyPart",
    "Line",
    "Material",
    "Nuclide",
    "Particle",
    "SphereAbsorption",
    "additive_mean_excitation",
    "beta_energy_weights",
    "checked_ct_numbers",
    "ct_curve",
    "density_and_media",
    "element",
    "holmium_laden",
    "known_ct_curves",
    "known_materials",
    "known_nuclides",
    "material",
    "merged",
    "nuclide",
    "nuclides_of_half_life",
    "parent_emissions",
    "read_ct_curve",
    "recognised_half_life_s",
    "reference_density",
    "sphere_absorbed_fraction",
    "sphere_absorption",
    "sphere_citation",
    "sphere_limits",
    "sphere_s_value",
]
