"""One small virtual patient of each therapy for all tests."""

import json

import pytest

from hevesy.simulate import Size
from hevesy.simulate.tare import TareOptions, Variant, default_tare_scenario, simulate_tare


def told(folder):
    return json.loads((folder / "truth.json").read_text())


def regions(truth):
    return {region["name"]: region for region in truth["regions"]}


@pytest.fixture(scope="session")
def yttrium(tmp_path_factory):
    """Microspheres of glass, PET."""
    out = tmp_path_factory.mktemp("tare") / "y90"
    return simulate_tare(default_tare_scenario("tare-y90"), out, TareOptions(7, Size.SMALL))


@pytest.fixture(scope="session")
def holmium(tmp_path_factory):
    """Holmium in two fractions, SPECT in a frame of its own, a deposit outside the liver."""
    scenario = default_tare_scenario("tare-ho166")
    parted = scenario.holmium.model_copy(update={"fractions": [0.5, 0.5]})
    out = tmp_path_factory.mktemp("tare") / "ho166"
    variants = frozenset({Variant.MISREGISTERED, Variant.EXTRAHEPATIC})
    return simulate_tare(scenario.model_copy(update={"holmium": parted}), out, TareOptions(7, Size.SMALL, variants))
