from __future__ import annotations

import importlib.util
import lzma
import tarfile
from pathlib import Path

import pytest

from hevesy.acquire import inspect_folder


@pytest.fixture(scope="session")
def build():
    """The builders of tiny DICOM objects."""
    spec = importlib.util.spec_from_file_location("acquire_builders", Path(__file__).with_name("builders.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def read(build, tmp_path):
    """Write data sets into a fresh folder and inspect it."""

    def run(*datasets):
        build.write_all(datasets, tmp_path / "in")
        return inspect_folder([tmp_path / "in"])

    return run


@pytest.fixture(scope="session")
def real(tmp_path_factory):
    """Unpack one archive of real scanner files."""
    folder = Path(__file__).parents[2].parent / "shared" / "real"

    def unpack(name):
        archive = folder / f"{name}.tar.xz"
        if not archive.exists():
            pytest.skip(f"no shared/real/{name}.tar.xz beside the checkout")
        target = tmp_path_factory.mktemp(name)
        with lzma.open(archive) as stream, tarfile.open(fileobj=stream) as packed:
            packed.extractall(target, filter="data")
        return target

    return unpack
