"""CT numbers to density and medium: the published tables, what is refused, what is told."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import InputError, ReadError
from hevesy.physdata import CtCurve, ct_curve, density_and_media, read_ct_curve
from hevesy.physdata.materials import material

SCHNEIDER = ct_curve("schneider-2000")


def matter(*numbers, curve=SCHNEIDER, accepted=()):
    return density_and_media(np.array(numbers, dtype=float).reshape(1, 1, -1), curve, accepted=accepted)


def test_published_densities(shared_folder):
    rows = np.loadtxt(shared_folder / "validation" / "opendose_svalues" / "Schneider2000DensitiesTable.txt")
    rows = rows[rows[:, 0] <= 1600]
    np.testing.assert_allclose(SCHNEIDER.density_g_ml(rows[:, 0]), rows[:, 1], atol=0.002)


def test_published_compositions(shared_folder):
    path = shared_folder / "validation" / "opendose_svalues" / "Schneider2000MaterialsTable.txt"
    symbols = ["H", "C", "N", "O", "Na", "Mg", "P", "S", "Cl", "Ar", "K", "Ca"]
    rows = [line.split() for line in path.read_text().splitlines() if line.strip()[:1] in set("-0123456789")]
    rows = [row for row in rows if len(row) > 17 and int(row[0]) < 1640]
    assert len(rows) == 24
    for row in rows:
        found = matter(max(int(row[0]), -1000))
        medium = found.materials[int(found.media[0, 0, 0])]
        of_file = [float(percent) for percent in row[1:13]]
        own = [100.0 * medium.mass_fractions.get(symbol, 0.0) for symbol in symbols]
        np.testing.assert_allclose(own, of_file, atol=0.13)


# The lines of the article, by other knots than the table's.
@pytest.mark.parametrize(
    ("hu", "density"),
    [(-700, 0.310), (-50, 1.018 + 0.893e-3 * -50), (40, 1.003 + 1.169e-3 * 40), (1000, 1.017 + 0.592e-3 * 1000)],
)
def test_densities_between_the_knots(hu, density):
    assert matter(hu).density_g_ml[0, 0, 0] == pytest.approx(density, rel=0.008)


def test_media_of_a_body():
    found = matter(-1000, -700, -100, 40, 800)
    names = [found.materials[k].name for k in found.media.ravel()]
    assert names == ["air", "lung", "CT -120 to -82 HU", "CT 19 to 80 HU", "CT 800 to 900 HU"]
    assert found.materials[int(found.media[0, 0, 0])] is material("air")
    assert found.density_g_ml.dtype == np.float32
    assert found.media.dtype == np.uint8
    assert not found.notes


@given(st.lists(st.floats(-1000.0, 1600.0), min_size=1, max_size=20))
def test_every_voxel_has_its_own_medium_whatever_else_the_image_holds(numbers):
    together = matter(*numbers)
    for k, number in enumerate(numbers):
        alone = matter(number)
        assert together.materials[together.media[0, 0, k]] is alone.materials[alone.media[0, 0, 0]]
        assert together.density_g_ml[0, 0, k] == alone.density_g_ml[0, 0, 0]


def test_padding_and_noise_of_air_are_told():
    found = matter(-2000, -3024, -1010, -1000, 0)
    assert "2 voxels of padding (-3024, -2000 HU)" in found.notes[0]
    assert "1 voxels from -1024 to -1000 HU" in found.notes[1]
    np.testing.assert_array_equal(found.density_g_ml.ravel()[:4], np.float32(0.00121))


@pytest.mark.parametrize(("hu", "case"), [(-1500, "below-air"), (1601, "above-curve"), (3071, "above-curve")])
def test_other_values_are_refused_until_accepted(hu, case):
    with pytest.raises(InputError, match=case):
        matter(hu, 0)
    assert any("as accepted" in note for note in matter(hu, 0, accepted=(case,)).notes)


def test_above_the_curve_its_last_line_goes_on():
    found = matter(3071, accepted=("above-curve",))
    assert found.density_g_ml[0, 0, 0] == pytest.approx(1.017 + 0.592e-3 * 3071, rel=1e-3)
    assert any("densest bone" in note for note in found.notes)


def test_not_finite_is_refused():
    with pytest.raises(InputError, match="not finite"):
        matter(0, float("nan"))


def test_denser_than_any_metal_is_refused():
    with pytest.raises(InputError, match="25 g/ml"):
        matter(60000, accepted=("above-curve",))


def test_curve_of_a_scanner(tmp_path):
    path = tmp_path / "curve.csv"
    path.write_text("ct_number_hu,density_g_ml\n-1024,0.001\n0,1.0\n3000,2.5\n")
    found = matter(-1024, -512, 0, 1500, curve=read_ct_curve(path))
    np.testing.assert_allclose(found.density_g_ml.ravel()[2:], [1.0, 1.75], rtol=1e-6)
    assert "1 voxels from -1024 to -1000 HU" in found.notes[0]
    assert "curve.csv" in read_ct_curve(path).source.text


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "ct_number_hu,density_g_ml\n0,x\n", "ct_number_hu,density_g_ml\n0\n1,2\n"]
)
def test_files_that_are_no_curve(tmp_path, text):
    path = tmp_path / "curve.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"curve\.csv"):
        read_ct_curve(path)


def test_no_file(tmp_path):
    with pytest.raises(ReadError, match="none"):
        read_ct_curve(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("numbers", "densities"),
    [
        ((0,), (1,)),
        ((0, 0), (1, 1)),
        ((1, 0), (1, 1)),
        ((0, 1), (1, -1)),
        ((0, 1), (1, 26)),
        ((0, float("nan")), (1, 1)),
    ],
)
def test_curves_that_are_none(numbers, densities):
    with pytest.raises(InputError):
        CtCurve("x", numbers, densities, SCHNEIDER.source)


def test_unknown_curve_lists_the_known_ones():
    with pytest.raises(InputError, match=r"--ct-curve.*schneider-2000"):
        ct_curve("other", "--ct-curve")
