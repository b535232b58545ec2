"""The full tier on a device: without one, on Numba's simulator, and compiled for real ones."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.physdata import Emissions, EmissionSpectrum, Particle, material
from hevesy.physdata.matter.electrons import electron_tables
from hevesy.physdata.matter.photons import photon_tables
from hevesy.transport.mc import cuda
from hevesy.transport.mc.electron_physics import packed
from hevesy.transport.mc.electron_voxels import STEP, TURN, electron_space
from hevesy.transport.mc.engine import monte_carlo_dose
from hevesy.transport.mc.geometry import Outside, VoxelGeometry
from hevesy.transport.mc.particles import room_for
from hevesy.transport.mc.photon_grid import photon_grid
from hevesy.transport.mc.problem import Device, Settings, Tier
from hevesy.transport.mc.source import Component, Draw, source

SIMULATOR = Path(__file__).with_name("on_simulator.py")


def water():
    shape = (3, 3, 3)
    return VoxelGeometry(
        (0.4,) * 3, np.zeros(shape, np.uint8), np.ones(shape, np.float32), (material("water"),), Outside.WATER
    )


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    pytest.importorskip("numba.cuda", reason="this Numba has no CUDA, and numba-cuda is not installed")
    out = tmp_path_factory.mktemp("simulator") / "found.npz"
    environment = {**os.environ, "NUMBA_ENABLE_CUDASIM": "1"}
    made = subprocess.run(
        [sys.executable, str(SIMULATOR), str(out)], env=environment, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    with np.load(out) as found:
        return dict(found)


@pytest.mark.parametrize("outside", Outside)
def test_every_particle_meets_the_fate_it_meets_on_the_processor(simulated, outside):
    on_device, on_processor = simulated[f"{outside}_cuda"], simulated[f"{outside}_cpu"]
    assert (on_processor > 0).any()
    np.testing.assert_allclose(on_device, on_processor, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(simulated[f"{outside}_cuda_balance"], simulated[f"{outside}_cpu_balance"], rtol=1e-12)


@pytest.mark.parametrize("outside", Outside)
def test_the_balance_closes(simulated, outside):
    emitted, deposited, escaped = simulated[f"{outside}_cuda_balance"]
    assert deposited + escaped == pytest.approx(emitted, rel=1e-12)
    assert simulated[f"{outside}_cuda"].sum() == pytest.approx(deposited, rel=1e-12)


@pytest.mark.parametrize("way", ["narrow", "pieces"])
def test_too_little_room_and_many_launches_change_nothing(simulated, way):
    np.testing.assert_allclose(simulated[way], simulated["vacuum_cuda"], rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(simulated[f"{way}_balance"], simulated["vacuum_cuda_balance"], rtol=1e-12)


def test_without_the_library_there_is_no_device(monkeypatch):
    monkeypatch.setattr(cuda.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"numba-cuda .*hevesy\[cuda\].*not installed"):
        cuda.require_cuda()


def test_without_a_device_nothing_takes_its_place(monkeypatch):
    monkeypatch.setattr(cuda.importlib.util, "find_spec", lambda name: object())
    numba_cuda = pytest.importorskip("numba.cuda", reason="this Numba has no CUDA, and numba-cuda is not installed")
    monkeypatch.setattr(numba_cuda, "is_available", lambda: False)
    with pytest.raises(InputError, match=r"an NVIDIA device .* none was found"):
        cuda.cuda_run(water(), 1.0)


def test_tiers_do_not_run_on_a_device():
    line = np.array([0.1]), np.array([0.1]), np.array([1.0])
    emissions = Emissions("given", (EmissionSpectrum(Particle.ELECTRON, "given", *line),), (), (), ())
    settings = Settings(Tier.TIERS, 0, 0.1, device=Device.CUDA)
    with pytest.raises(InputError, match="mc-full"):
        monte_carlo_dose(water(), emissions, np.ones((3, 3, 3)), settings)


@pytest.mark.parametrize("capability", [(8, 0), (9, 0)])
def test_kernels_compile_for_real_devices(monkeypatch, capability):
    pytest.importorskip("numba_cuda", reason="numba-cuda is not installed")
    from numba import cuda as numba_cuda
    from numba import typeof
    from numba.cuda import dispatcher

    from hevesy.transport.mc.cuda_kernels import Shared, draw_source, follow_electrons, follow_photons

    monkeypatch.setattr(dispatcher, "get_current_device", lambda: SimpleNamespace(compute_capability=capability))
    geometry, tally, room = water(), np.zeros((3, 3, 3)), room_for(1)
    electrons, photons = electron_tables(geometry.materials), photon_tables(geometry.materials)
    line = EmissionSpectrum(Particle.PHOTON, "given", np.array([0.1]), np.array([0.1]), np.array([1.0]))
    draw = Draw(source([Component((line,), np.arange(27), np.ones(27), np.ones(27))], geometry), 5, 0, 0, np.uint64(1))

    def shared(sums):
        return Shared(sums, np.zeros(4), room, np.zeros(1, dtype=np.int64))

    kinds = (
        (draw_source, (draw.tables, draw.lattice, 0, shared(tally.ravel()))),
        (follow_photons, ((photon_grid(geometry), photons.arrays), room, 1, shared(tally.ravel()))),
        (
            follow_electrons,
            ((packed(electrons, STEP, TURN), electron_space(geometry, electrons, 1.0)), room, 1, shared(tally)),
        ),
    )
    for kernel, values in kinds:
        signature = tuple(typeof(value) for value in values)
        code, _ = numba_cuda.compile(kernel.py_func, signature, device=False, abi="numba", cc=capability)
        assert f".target sm_{capability[0]}{capability[1]}" in code
        assert "atom.global.add.f64" in code
