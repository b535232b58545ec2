"""Compartments of the virtual liver and what each of them holds."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.domain import Grid
from hevesy.errors import InputError, StudyFileError
from hevesy.physdata import nuclide
from hevesy.simulate import Size
from hevesy.simulate.tare import TareOptions, Variant, default_tare_scenario, is_tare, load_tare_scenario
from hevesy.simulate.tare.deposition import scout_splitting, treatment_splitting
from hevesy.simulate.tare.doses import activity_shares, local_dose_gy, true_regions
from hevesy.simulate.tare.liver import build_liver
from hevesy.simulate.tare.options import grids
from hevesy.simulate.tare.run import prepared
from hevesy.simulate.tare.scans import rebinned


@pytest.fixture(scope="module")
def scenario():
    return default_tare_scenario("tare-y90")


@pytest.fixture(scope="module")
def case(scenario):
    return prepared(scenario, TareOptions(3, Size.SMALL), Path())


def test_volumes_are_those_of_the_scenario(case, scenario):
    found = {region.name: region for region in true_regions(case)}
    for tumour in scenario.tumours:
        assert found[tumour.name].volume_ml == pytest.approx(tumour.volume, rel=0.01)
    assert found["Liver"].mass_g == pytest.approx(1800.0, rel=0.005)
    whole = found["Liver"].volume_ml
    parts = found["whole_normal"].volume_ml + sum(t.volume for t in scenario.tumours)
    assert parts == pytest.approx(whole, rel=0.002)
    assert found["normal_perfused"].volume_ml < 0.9 * found["whole_normal"].volume_ml


def test_activity_parts_by_mass_times_ratio(case, scenario):
    """By hand from the masses: shares of the right anterior territory."""
    pieces = {(p.compartment.name, p.compartment.position): p.mass_g for p in case.treatment.pieces}
    shares = dict(zip(pieces, case.treatment.shares, strict=True))
    position = "right anterior"
    weights = {"normal": 1.0, "T1": 4.0, "T3": 5.0}
    total = sum(weights[name] * mass for (name, place), mass in pieces.items() if place == position)
    for name, ratio in weights.items():
        expected = 0.95 * 0.6 * ratio * pieces[name, position] / total
        assert shares[name, position] == pytest.approx(expected, rel=1e-12)
    assert shares["normal", "left"] == 0.0
    assert shares["Lung_L", None] + shares["Lung_R", None] == pytest.approx(0.05)
    assert case.treatment.shares.sum() == pytest.approx(1.0, rel=1e-12)


def test_images_hold_what_the_shares_say(case):
    for deposition in (case.treatment, case.scout):
        assert float(deposition.image.sum(dtype=np.float64)) == pytest.approx(1.0, rel=1e-5)
        for piece, share in zip(deposition.pieces, deposition.shares, strict=True):
            wholly = piece.filled > 0.999
            if piece.compartment.name == "normal" and share > 0:
                concentration = share / piece.volume_ml
                mean = deposition.image[wholly].mean(dtype=np.float64) / case.grids.truth.voxel_volume_ml
                assert mean == pytest.approx(concentration, rel=0.03)


def test_normal_tissue_is_as_uneven_as_asked(case, scenario):
    piece = next(p for p in case.treatment.pieces if p.compartment.name == "normal")
    values = case.treatment.image[piece.filled > 0.999].astype(np.float64)
    # about 800 ml of patches whose correlation volume is (4 pi)^1.5 x 4 mm ^3 = 2.9 ml: a few per cent
    assert values.std() / values.mean() == pytest.approx(scenario.unevenness.normal, rel=0.12)


def test_uniform_variant_is_even_and_its_scout_goes_where_the_treatment_goes(scenario):
    case = prepared(scenario, TareOptions(3, Size.SMALL, frozenset({Variant.UNIFORM})), Path())
    assert np.array_equal(case.treatment.image, case.scout.image)
    piece = next(p for p in case.treatment.pieces if p.compartment.name == "normal")
    values = case.treatment.image[piece.filled > 0.999]
    low, high = np.quantile(values, [0.0, 0.98])  # a corner of a tumour may lie in a voxel that counts as full
    assert high == pytest.approx(low, rel=1e-5)


def test_scout_differs_from_the_treatment_by_seed(scenario):
    first, again, other = (scout_splitting(scenario, TareOptions(seed)) for seed in (1, 1, 2))
    treatment = treatment_splitting(scenario, TareOptions(1))
    assert first == again
    assert first != other
    assert first.ratios["T1"] != treatment.ratios["T1"]
    assert sum(first.activity_shares.values()) == pytest.approx(1.0)


def test_scouts_scatter_around_the_treatment_as_the_scenario_says(scenario):
    drawn = np.array([scout_splitting(scenario, TareOptions(seed)).ratios["T1"] / 4.0 for seed in range(400)])
    # standard error of the mean 0.6 %, of the spread 3.5 %: four of them
    assert np.log(drawn).mean() == pytest.approx(0.0, abs=0.024)
    assert np.log(drawn).std() == pytest.approx(0.12, rel=0.14)


def test_clump_leaves_the_tumour_its_activity():
    scenario = default_tare_scenario("tare-ho166")
    case = prepared(scenario, TareOptions(3, Size.SMALL), Path())
    tumour = next(region for region in true_regions(case) if region.name == "T1")
    filled = sum(case.treatment.pieces[n].filled for n in tumour.pieces)
    inside = float((case.treatment.image * (filled > 0)).sum(dtype=np.float64))
    share = activity_shares(case.treatment, tumour)
    assert inside == pytest.approx(share, rel=0.1)  # voxels at the edge hold liver besides
    brightest = float(case.treatment.image.max())
    assert brightest > 0.15 * share * scenario.holmium.clump_share


def test_fractions_count_from_their_own_injections():
    """Decays in the patient: each fraction from its injection on, to the mean moment's second order."""
    case = prepared(default_tare_scenario("tare-ho166"), TareOptions(3, Size.SMALL), Path())
    half_life = nuclide("Ho-166").half_life_s
    first = case.delivered_at_bq(case.scenario.treatment.at)
    parted = sum(0.25 * first * 2 ** (-k * 900.0 / half_life) for k in range(4))
    assert (case.injected - case.scenario.treatment.at).total_seconds() == 22.5 * 60
    assert case.delivered_bq == pytest.approx(parted, rel=1e-4)
    assert case.delivered_bq < 0.995 * first


def test_local_dose_is_the_formula_by_hand():
    """1 GBq of Y-90 in 1 kg: 49.69 Gy by the decay data (INC-13)."""
    assert local_dose_gy("Y-90", 1e9, 1000.0) == pytest.approx(49.69, rel=1e-3)
    assert local_dose_gy("Ho-166", 1e9, 1000.0) == pytest.approx(15.48, rel=1e-3)


@settings(max_examples=25, deadline=None)
@given(st.floats(1.1, 9.0), st.floats(0.0, 1.0), st.integers(0, 1000))
def test_rebinning_conserves_what_lies_in_both_grids(spacing, shift, seed):
    source = Grid((6, 7, 8), (2.0, 3.0, 2.5), (0.0, 0.0, 0.0))
    n = int(40 / spacing) + 8
    target = Grid((n, n, n), (spacing,) * 3, (-2.0 - spacing * (1.0 + shift),) * 3)  # holds all of the source
    values = np.random.default_rng(seed).random(source.shape).astype(np.float32)
    moved = rebinned(values, source, target)
    assert moved.shape == target.shape
    assert float(moved.sum()) == pytest.approx(float(values.sum()), rel=1e-5)
    assert moved.min() >= 0.0


def test_rebinning_onto_the_same_grid_changes_nothing():
    grid = grids(Size.SMALL, "1.2").spect
    values = np.random.default_rng(1).random(grid.shape).astype(np.float32)
    assert np.allclose(rebinned(values, grid, grid), values, rtol=1e-5)


def test_tumour_outside_every_injected_territory_is_named(scenario):
    tumour = scenario.tumours[2].model_copy(update={"center": (-20.0, -40.0, 405.0), "volume": 2.0})
    moved = scenario.model_copy(update={"tumours": [tumour]})
    with pytest.raises(InputError, match="T3 leaves them"):
        build_liver(moved)


def test_tumours_that_meet_are_refused(scenario):
    other = scenario.tumours[0].model_copy(update={"name": "T9"})
    with pytest.raises(InputError, match="T9 meets T1"):
        build_liver(scenario.model_copy(update={"tumours": [scenario.tumours[0], other]}))


def test_therapies_and_seeds_that_are_none_are_refused():
    with pytest.raises(InputError, match="tare-y90, tare-ho166"):
        default_tare_scenario("tare-i131")
    with pytest.raises(InputError, match="seed"):
        TareOptions(-1).check()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("activity_share: 0.6", "activity_share: 0.7", "add up to 1"),
        ("product: TheraSphere", "product: QuiremSpheres", "holmium"),
        ("product: TheraSphere", "product: Unknown", "one of the products"),
        ("position: left", "position: right anterior", "once"),
        ('at: "2026-03-04T10:00:00+01:00"', 'at: "2026-03-04T10:00:00"', "timezone"),
    ],
)
def test_scenario_file_that_contradicts_itself_is_refused(tmp_path, old, new, words):
    from importlib import resources

    text = (resources.files("hevesy.simulate") / "scenarios" / "tare-y90.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "scenario.yaml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert is_tare(path)
    with pytest.raises((StudyFileError, InputError), match=words):
        load_tare_scenario(path)
