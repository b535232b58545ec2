"""Virtual radioembolisation: liver, microspheres, scout, PET, SPECT, CT and MR, with their truth."""

from hevesy.simulate.tare.options import TareOptions, Variant
from hevesy.simulate.tare.run import simulate_tare
from hevesy.simulate.tare.scenario import (
    TARE_THERAPIES,
    TareScenario,
    default_tare_scenario,
    is_tare,
    load_tare_scenario,
)

__all__ = [
    "TARE_THERAPIES",
    "TareOptions",
    "TareScenario",
    "Variant",
    "default_tare_scenario",
    "is_tare",
    "load_tare_scenario",
    "simulate_tare",
]
