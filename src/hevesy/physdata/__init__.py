"""Physical data with their sources: radionuclides, materials, absorbed fractions."""

from hevesy.physdata.backends import AbstractDecayLibrary, decay_library, known_decay_libraries
from hevesy.physdata.chain_choice import CHAIN_WORDS, ChainChoice, ChainRule, parse_chain
from hevesy.physdata.chains import ChainEnd, DecayChain, EndReason, activity_ratios, decay_chain, progeny
from hevesy.physdata.constants import JOULE_PER_MEV
from hevesy.physdata.ct_curves import CtCurve, ct_curve, known_ct_curves, read_ct_curve
from hevesy.physdata.ct_numbers import CtMatter, checked_ct_numbers, ct_media_citation, density_and_media
from hevesy.physdata.dose_rate_constants import DoseRateConstants, dose_rate_constants
from hevesy.physdata.elements import Element, additive_mean_excitation, element
from hevesy.physdata.emissions import ChainMember, Emissions, EmissionSpectrum, Particle, merged
from hevesy.physdata.energy_by_type import energy_by_type
from hevesy.physdata.half_lives import nuclides_of_half_life, recognised_half_life_s
from hevesy.physdata.materials import Material, holmium_laden, known_materials, material, reference_density
from hevesy.physdata.matter.attenuation import attenuation_per_mm, mass_attenuation_cm2_g
from hevesy.physdata.microsphere_effects import Effect, known_effects
from hevesy.physdata.microsphere_eligibility import Criterion, eligibility_criteria, practices, scout_interval
from hevesy.physdata.microsphere_rules import (
    DoseRule,
    LungActivityCap,
    dose_rules,
    lung_activity_caps,
    trial_limits,
)
from hevesy.physdata.microspheres import (
    Microspheres,
    Sourced,
    Vial,
    decay_dose_factor,
    known_microspheres,
    microspheres,
)
from hevesy.physdata.nuclide_emissions import parent_emissions
from hevesy.physdata.nuclides import (
    BetaBranch,
    DecayMode,
    EnergyPart,
    Line,
    Nuclide,
    decay_data,
    known_decay_data,
    known_nuclides,
    nuclide,
)
from hevesy.physdata.prior_file import read_prior, write_prior
from hevesy.physdata.source_term import chain_emissions, source_term
from hevesy.physdata.spectra import beta_energy_weights
from hevesy.physdata.spectrum_file import read_spectrum_file
from hevesy.physdata.spheres import (
    SphereAbsorption,
    sphere_absorbed_fraction,
    sphere_absorption,
    sphere_citation,
    sphere_limits,
    sphere_s_value,
)

__all__ = [
    "CHAIN_WORDS",
    "JOULE_PER_MEV",
    "AbstractDecayLibrary",
    "BetaBranch",
    "ChainChoice",
    "ChainEnd",
    "ChainMember",
    "ChainRule",
    "Criterion",
    "CtCurve",
    "CtMatter",
    "DecayChain",
    "DecayMode",
    "DoseRateConstants",
    "DoseRule",
    "Effect",
    "Element",
    "EmissionSpectrum",
    "Emissions",
    "EndReason",
    "EnergyPart",
    "Line",
    "LungActivityCap",
    "Material",
    "Microspheres",
    "Nuclide",
    "Particle",
    "Sourced",
    "SphereAbsorption",
    "Vial",
    "activity_ratios",
    "additive_mean_excitation",
    "attenuation_per_mm",
    "beta_energy_weights",
    "chain_emissions",
    "checked_ct_numbers",
    "ct_curve",
    "ct_media_citation",
    "decay_chain",
    "decay_data",
    "decay_dose_factor",
    "decay_library",
    "density_and_media",
    "dose_rate_constants",
    "dose_rules",
    "element",
    "eligibility_criteria",
    "energy_by_type",
    "holmium_laden",
    "known_ct_curves",
    "known_decay_data",
    "known_decay_libraries",
    "known_effects",
    "known_materials",
    "known_microspheres",
    "known_nuclides",
    "lung_activity_caps",
    "mass_attenuation_cm2_g",
    "material",
    "merged",
    "microspheres",
    "nuclide",
    "nuclides_of_half_life",
    "parent_emissions",
    "parse_chain",
    "practices",
    "progeny",
    "read_ct_curve",
    "read_prior",
    "read_spectrum_file",
    "recognised_half_life_s",
    "reference_density",
    "scout_interval",
    "source_term",
    "sphere_absorbed_fraction",
    "sphere_absorption",
    "sphere_citation",
    "sphere_limits",
    "sphere_s_value",
    "trial_limits",
    "write_prior",
]
