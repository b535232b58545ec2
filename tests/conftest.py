"""What every test may use."""

import importlib.util
import lzma
import os
import sys
import tarfile
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("local", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "local")


@pytest.fixture(scope="session")
def shared_folder():
    """The project's reference folder beside the checkout."""
    folder = Path(__file__).resolve().parents[2] / "shared"
    if not folder.is_dir():
        pytest.skip("the reference folder ../shared is not here")
    return folder


def load_module(path, name):
    """A helper module of the tests, which are no package."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, path)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def build():
    """The builders of tiny DICOM objects."""
    return load_module(Path(__file__).parent / "acquire" / "builders.py", "dicom_builders")


@pytest.fixture(scope="session")
def multiframe():
    """The builders of enhanced objects and of NM objects with several frame dimensions."""
    return load_module(Path(__file__).parent / "acquire" / "multiframe.py", "multiframe_builders")


@pytest.fixture(scope="session")
def tare_case():
    """A liver of boxes with a scout, and a plan that takes its values from them."""
    return load_module(Path(__file__).parent / "workflow" / "tare_case.py", "tare_case")


@pytest.fixture(scope="session")
def real(shared_folder, tmp_path_factory):
    """Unpack one archive of real scanner files."""

    def unpack(name):
        archive = shared_folder / "real" / f"{name}.tar.xz"
        target = tmp_path_factory.mktemp(name)
        with lzma.open(archive) as stream, tarfile.open(fileobj=stream) as packed:
            packed.extractall(target, filter="data")
        return target

    return unpack


_peers = load_module(Path(__file__).parent / "peers.py", "peers")
orthanc, assert_returned, dciodvfy = _peers.orthanc, _peers.assert_returned, _peers.dciodvfy


@pytest.fixture(scope="session")
def interrupted():
    """What kills runs and checks what they leave."""
    return load_module(Path(__file__).parent / "interrupted.py", "interrupted")
