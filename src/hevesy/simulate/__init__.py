"""Virtual patients: anatomy, kinetics and scanner as DICOM, with their truth."""

from hevesy.simulate.options import Options, Size, Units
from hevesy.simulate.quirks import Quirk
from hevesy.simulate.run import simulate
from hevesy.simulate.scenario import THERAPIES, Scenario, default_scenario, load_scenario

__all__ = [
    "THERAPIES",
    "Options",
    "Quirk",
    "Scenario",
    "Size",
    "Units",
    "default_scenario",
    "load_scenario",
    "simulate",
]
