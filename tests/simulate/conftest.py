"""One small virtual patient for all tests, and shortened scenarios for the others."""

import json

import pytest

from hevesy.simulate import Options, Size, default_scenario, simulate


def shortened(therapy, times):
    """The default scenario with other scan times. [s]"""
    scenario = default_scenario(therapy)
    return scenario.model_copy(update={"scans": scenario.scans.model_copy(update={"times": times})})


@pytest.fixture(scope="session")
def one_scan():
    """The DOTATATE scenario with one scan at 24 h."""
    return shortened("lu177-dotatate", [24 * 3600.0])


@pytest.fixture(scope="session")
def patient_folder(tmp_path_factory):
    """Two scans, counts, small."""
    out = tmp_path_factory.mktemp("simulated") / "patient"
    scenario = shortened("lu177-dotatate", [4 * 3600.0, 96 * 3600.0])
    return simulate(scenario, out, Options(7, size=Size.SMALL))


@pytest.fixture(scope="session")
def truth(patient_folder):
    return json.loads((patient_folder / "truth.json").read_text())
