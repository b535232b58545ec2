from __future__ import annotations

import pytest

from hevesy.acquire import inspect_folder


@pytest.fixture
def read(build, tmp_path):
    """Write data sets into a fresh folder and inspect it."""

    def run(*datasets):
        build.write_all(datasets, tmp_path / "in")
        return inspect_folder([tmp_path / "in"])

    return run
