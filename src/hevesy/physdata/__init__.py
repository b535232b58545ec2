"""Physical data with their sources: radionuclides, materials, absorbed fractions."""

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
    "element",
    "holmium_laden",
    "known_materials",
    "known_nuclides",
    "material",
    "merged",
    "nuclide",
    "nuclides_of_half_life",
    "parent_emissions",
    "recognised_half_life_s",
    "reference_density",
    "sphere_absorbed_fraction",
    "sphere_absorption",
    "sphere_citation",
    "sphere_limits",
    "sphere_s_value",
]
