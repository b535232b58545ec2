"""Physical data with their sources: radionuclides, materials, absorbed fractions."""

from hevesy.physdata.nuclides import BetaBranch, DecayMode, EnergyPart, Line, Nuclide, known_nuclides, nuclide

__all__ = [
    "BetaBranch",
    "DecayMode",
    "EnergyPart",
    "Line",
    "Nuclide",
    "known_nuclides",
    "nuclide",
]
