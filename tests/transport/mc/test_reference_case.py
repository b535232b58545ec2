"""The heterogeneous case of the independent Monte Carlo: lung, tissue and bone, 177Lu in lung and tissue."""

import numpy as np
import pytest

from hevesy.physdata import Emissions, EmissionSpectrum, Particle, material
from hevesy.transport.mc import Outside, VoxelGeometry
from hevesy.transport.mc.engine import monte_carlo_dose
from hevesy.transport.mc.problem import Settings, Tier

pytestmark = pytest.mark.shared


def _spectrum(path, particle):
    rows = [[float(cell) for cell in line.split(",")] for line in path.read_text().splitlines()[1:]]
    energy, yields = np.array(rows[1:]).T
    low = energy if rows[0][2] == 2 else np.concatenate([[rows[0][1]], energy[:-1]])
    return EmissionSpectrum(particle, "given", low, energy, yields)


@pytest.mark.parametrize("tier", list(Tier))
def test_dose_of_the_layers(shared_folder, tier):
    """Mean bias under 0.5 % and rms beyond noise under 1 % over 20 % of the maximum; bone within 2 %."""
    folder = shared_folder / "validation" / "egsnrc"
    found = np.load(folder / "d_Lu-177.npz")
    dose, spread = (found[key].astype(np.float64) for key in ("dose_Gy_per_decay_zyx", "abs_unc"))
    spectra = (
        _spectrum(folder / "spectra" / "Lu-177_e.spectrum", Particle.ELECTRON),
        _spectrum(folder / "spectra" / "Lu-177_g.spectrum", Particle.PHOTON),
    )
    z = 4.0 * np.arange(64) - 126.0
    layers = np.where(z < 0, 0, np.where((z > 32) & (z < 44), 2, 1)).astype(np.uint8)
    media = np.broadcast_to(layers[:, None, None], dose.shape).copy()
    geometry = VoxelGeometry(
        (0.4, 0.4, 0.4),
        media,
        np.array([0.26, 1.0, 1.92], np.float32)[media],
        tuple(material(name) for name in ("lung", "soft tissue", "cortical bone")),
        Outside.VACUUM,
    )
    decays, voxels = np.zeros(dose.size), np.load(folder / "d_source_voxels.npy")
    decays[voxels] = 1.0 / len(voxels)
    settings = Settings(tier, 1, 0.006)
    result = monte_carlo_dose(geometry, Emissions("Lu-177", spectra, (), (), ()), decays.reshape(dose.shape), settings)
    high = dose > 0.2 * dose.max()
    ratio = result.dose_gy[high] / dose[high] - 1.0
    noise = (result.standard_uncertainty_gy[high] / dose[high]) ** 2 + (spread[high] / dose[high]) ** 2
    assert abs(ratio.mean()) < 0.005
    assert (ratio**2).mean() - noise.mean() < 0.01**2
    assert result.dose_gy[media == 2].sum() == pytest.approx(dose[media == 2].sum(), rel=0.02)
    balance = result.balance
    assert balance.deposited + balance.escaped == pytest.approx(balance.emitted, rel=1e-3)
