"""Every way of writing, through the whole job: the same doses, or a refusal that says why. Part of ``make validate``."""

from __future__ import annotations

import pytest

from hevesy.errors import InputError
from hevesy.simulate import Options, Quirk, Size, Units, default_scenario, simulate
from hevesy.workflow import compute_study

pytestmark = pytest.mark.slow
SEED = 3
ONLY_PT = {Quirk.VARYING_SLOPES, Quirk.TWO_BEDS, Quirk.DECAY_START, Quirk.DECAY_ADMIN, Quirk.ENHANCED}
TOLERANCE = {
    Quirk.ROUNDED_POSITIONS: 2e-2,  # the slices really lie 0.02 mm off: centres near a small lesion's border change side
    Quirk.VARYING_SLOPES: 5e-3,  # rounding to 16 bits
    Quirk.TWO_BEDS: 1e-2,  # another moment for half of the slices
    Quirk.DECAY_START: 1e-3,
    Quirk.DECAY_ADMIN: 1e-3,
    Quirk.ENHANCED: 5e-3,
    Quirk.OBLIQUE: 0.10,  # other voxels of 9.6 mm and other noise, for lesions of 4 ml too
    Quirk.ENERGY_WINDOWS: 1e-9,
}
REFUSED = {Quirk.MINIMAL: "acquisition", Quirk.CORRECTIONS_ABSENT: "attenuation"}


def doses(folder):
    results = compute_study(folder / "study.yaml").results
    return {r.name: r.absorbed_dose_gy.value for r in results.regions if r.absorbed_dose_gy.value is not None}


@pytest.fixture(scope="session")
def plain(tmp_path_factory):
    found = {}
    for units in (Units.COUNTS, Units.RESCALE):
        folder = tmp_path_factory.mktemp("plain") / "patient"
        found[units] = doses(
            simulate(default_scenario("lu177-dotatate"), folder, Options(SEED, units=units, size=Size.SMALL))
        )
    return found


@pytest.mark.parametrize("quirk", list(Quirk), ids=str)
def test_the_doses_do_not_depend_on_how_the_files_are_written(quirk, plain, tmp_path):
    units = Units.RESCALE if quirk in ONLY_PT else Units.COUNTS
    options = Options(SEED, units=units, size=Size.SMALL, quirks=frozenset({quirk}))
    folder = simulate(default_scenario("lu177-dotatate"), tmp_path / "patient", options)
    if quirk in REFUSED:
        with pytest.raises(InputError, match=REFUSED[quirk]):
            doses(folder)
        return
    found = doses(folder)
    assert found.keys() == plain[units].keys()
    for name, dose in found.items():
        assert dose == pytest.approx(plain[units][name], rel=TOLERANCE.get(quirk, 1e-6)), name
