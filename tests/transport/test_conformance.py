"""The shared conformance suite on every engine of dose maps."""

import importlib.util
import sys
from pathlib import Path

import pytest

from hevesy.transport import Capability, EngineSettings, engine, known_engines


def _suite():
    name = "transport_conformance"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "conformance.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


suite = _suite()
SETTINGS = EngineSettings(target_uncertainty=0.02, seed=3)
LIMITS = {"local": (1e-12, 1e-12), "kernel": (1e-5, 3e-3), "mc": (1e-9, 3e-3), "mc-full": (1e-9, 3e-3)}
"""Rounding, and how closely short electrons must leave their energy."""
PHOTON_ENGINES = {"kernel", "mc", "mc-full"}
SCALING_ENGINES = {"local", "kernel", "mc", "mc-full"}


def checked(name):
    return suite.Checked(engine(name, settings=SETTINGS), *LIMITS[name])


MAPS = [name for name in known_engines() if Capability.MAPS in engine(name, settings=SETTINGS).capabilities]
maps = pytest.mark.parametrize("name", MAPS)
photon_maps = pytest.mark.parametrize("name", [name for name in MAPS if name in PHOTON_ENGINES] or ["local"])


def test_every_map_engine_is_checked():
    assert set(MAPS) == set(LIMITS)


@maps
def test_linear_in_the_source(name):
    suite.linear_in_the_source(checked(name))


@maps
@pytest.mark.parametrize("emissions", [suite.BETA, suite.PHOTONS], ids=["electrons", "photons"])
def test_no_more_energy_than_emitted(name, emissions):
    suite.no_more_energy_than_emitted(checked(name), emissions)


@maps
def test_short_electrons_leave_all_their_energy(name):
    suite.short_electrons_leave_all_their_energy(checked(name))


@maps
def test_symmetric(name):
    suite.symmetric(checked(name))


@maps
def test_uniform_sources_give_energy_per_mass(name):
    suite.uniform_sources_give_energy_per_mass(checked(name))


@maps
def test_rates_and_doses_are_one_map(name):
    suite.rates_and_doses_are_one_map(checked(name))


@pytest.mark.parametrize("name", [name for name in MAPS if name in SCALING_ENGINES])
@pytest.mark.parametrize("emissions", [suite.BETA, suite.PHOTONS], ids=["electrons", "photons"])
def test_lengths_scale_with_density(name, emissions):
    suite.lengths_scale_with_density(checked(name), emissions)


@photon_maps
def test_reciprocal(name):
    suite.reciprocal(checked(name))


@maps
def test_bad_input_is_refused(name):
    suite.nothing_from_nothing_else(checked(name))
