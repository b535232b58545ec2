"""The simulated cohorts, for every test of populations."""

import importlib.util
import sys
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def cohorts():
    """The module that simulates cohorts."""
    name = "population_cohorts"
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / "cohorts.py")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]
