"""Every built-in prior is what its publication says."""

import math
import tomllib
from pathlib import Path

import pytest

import hevesy.physdata
from hevesy.errors import InputError
from hevesy.integrate import PriorUse, half_life_quantiles
from hevesy.physdata import nuclide, read_prior
from hevesy.physdata.built_in_priors import built_in_prior, find_prior, known_priors

FOLDER = Path(hevesy.physdata.__file__).parent / "priors"
REGIONS = [
    (name, region)
    for name in known_priors()
    for region in tomllib.loads((FOLDER / name / "published.toml").read_text(encoding="utf-8"))["regions"]
]


def test_every_folder_is_a_prior_with_its_status():
    assert set(known_priors()) == {folder.name for folder in FOLDER.iterdir() if folder.is_dir()}
    for name in known_priors():
        entry = built_in_prior(name)
        assert entry.prior.ligand
        assert entry.status in entry.prior.source
        assert entry.prior.citation is not None


@pytest.mark.parametrize(("name", "region"), REGIONS, ids=[f"{n}-{r['name']}" for n, r in REGIONS])
def test_half_lives_are_the_published_ones(name, region):
    physical = nuclide("Lu-177").half_life_s
    use = PriorUse(built_in_prior(name).prior, name)
    low, median, high = (t / 3600.0 for t in half_life_quantiles(use, region["name"], physical_half_life_s=physical))
    if "median_h" in region:
        assert median == pytest.approx(region["median_h"], rel=1e-5)
        # The 95 % interval of one more patient lies near the range of 20 to 40, which is skewed upwards.
        assert 0.3 * region["range_h"][0] < low < region["range_h"][0]
        assert high < min(1.2 * region["range_h"][1], physical / 3600.0)
    else:
        mean, deviation = region["mean_h"], region["standard_deviation_h"]
        assert median == pytest.approx(mean / math.sqrt(1 + (deviation / mean) ** 2), rel=1e-5)
        assert math.log(high / low) / 3.92 == pytest.approx(math.sqrt(math.log1p((deviation / mean) ** 2)), rel=0.05)


def test_nothing_is_said_about_the_uptake():
    for name in known_priors():
        prior = built_in_prior(name).prior
        assert prior.uninformative == (True, False) * len(prior.regions)


def test_a_prior_is_found_by_name_or_file(tmp_path):
    assert find_prior("lu177-psma-617-organs-2026")[0] == "lu177-psma-617-organs-2026"
    (tmp_path / "own.json").write_bytes((FOLDER / known_priors()[0] / "prior.json").read_bytes())
    name, prior = find_prior("own.json", tmp_path)
    assert name == "own.json"
    assert prior.mean.tolist() == read_prior(FOLDER / known_priors()[0] / "prior.json").mean.tolist()
    with pytest.raises(InputError, match=r"lu177-psma-617-organs-2026.*or a file, but 'gone.json' came"):
        find_prior("gone.json", tmp_path)
    with pytest.raises(InputError, match="a built-in prior"):
        built_in_prior("lu177-dotatate")
