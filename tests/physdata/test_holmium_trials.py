"""Trials that steer holmium by the dose to the healthy liver."""

import hashlib
import tomllib
from pathlib import Path

import pytest

import hevesy.physdata
from hevesy.physdata import holmium_trial

FOLDER = Path(hevesy.physdata.__file__).parent / "tables" / "holmium_trials_2023"


def test_levels_of_emeritus_2():
    """The article: 40, 60 or 80 Gy, on at most two thirds of the liver volume."""
    trial = holmium_trial(" emeritus-2")
    assert trial.levels_gy == (40.0, 60.0, 80.0)
    assert trial.treated_share == pytest.approx(2.0 / 3.0)
    assert trial.source.status == "seed"


def test_another_trial_is_not_known():
    assert holmium_trial("none") is None


def test_the_source_note():
    note = tomllib.loads((FOLDER / "SOURCE.toml").read_text(encoding="utf-8"))
    for name, digest in note["output"].items():
        assert hashlib.sha256((FOLDER / name).read_bytes()).hexdigest() == digest
