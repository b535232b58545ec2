from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from hevesy.acquire import inspect_folder


@pytest.fixture
def read(build, tmp_path):
    """Write data sets into a fresh folder and inspect it."""

    def run(*datasets):
        build.write_all(datasets, tmp_path / "in")
        return inspect_folder([tmp_path / "in"])

    return run


@pytest.fixture(scope="session")
def multiframe():
    """The builders of enhanced objects and of NM objects with several frame dimensions."""
    spec = importlib.util.spec_from_file_location("multiframe_builders", Path(__file__).parent / "multiframe.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
