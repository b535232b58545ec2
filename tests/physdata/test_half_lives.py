"""Half-lives that tell nuclides apart."""

import pytest
import radioactivedecay

from hevesy.physdata import known_nuclides, nuclides_of_half_life, recognised_half_life_s
from hevesy.physdata.tables_reader import read_toml

TABLE = read_toml("half_lives_icrp107", "half_lives.toml")


@pytest.mark.parametrize("name", TABLE)
def test_table_is_icrp_107(name):
    assert TABLE[name] == pytest.approx(radioactivedecay.Nuclide(name).half_life("s"), rel=1e-5)


@pytest.mark.parametrize("name", [*known_nuclides(), *TABLE])
def test_every_nuclide_is_found_by_its_half_life(name):
    half_life = recognised_half_life_s(name)
    assert half_life is not None
    assert nuclides_of_half_life(half_life, 0.01)[0] == name


def test_nothing_is_found_beyond_the_tolerance():
    assert nuclides_of_half_life(574300.0, 0.01) == ("Lu-177",)
    assert nuclides_of_half_life(574300.0 * 1.02, 0.01) == ()
    assert recognised_half_life_s("Xx-1") is None
