"""Population priors: what is written is read, what is wrong is refused."""

import json

import numpy as np
import pytest

from hevesy.domain import Citation, CovariateEffect, PopulationPrior, RegionPrior
from hevesy.errors import OutputError, ReadError
from hevesy.numerics.kinetic_model import KINETIC_MODELS
from hevesy.physdata import read_prior, write_prior


def make(**changes):
    regions = tuple(
        RegionPrior(name, model, KINETIC_MODELS[model].parameters, 0.08)
        for name, model in (("kidney", "uptake-mono"), ("Läsion 1", "mono"))
    )
    rng = np.random.default_rng(1)
    half = rng.normal(size=(5, 5)) / 3.0
    settings = {
        "ligand": "DOTATATE",
        "nuclide": "Lu-177",
        "activity_unit": "% of the administered activity",
        "fraction_of_administered_per_unit": 0.01,
        "regions": regions,
        "mean": rng.normal(size=5),
        "mean_covariance": 0.01 * np.eye(5),
        "between_patients": half @ half.T,
        "between_cycles": 0.001 * np.eye(5),
        "uninformative": (False,) * 5,
        "covariates": (CovariateEffect("egfr", "log", 4.4, np.array([0, 0.3, 0, 0, 0.1])),),
        "patients": 30,
        "source": "a cohort",
        "citation": Citation("a", "A paper", "10.1/1"),
    }
    return PopulationPrior(**{**settings, **changes})


@pytest.mark.parametrize("changes", [{}, {"between_cycles": None, "citation": None, "covariates": ()}])
def test_what_is_written_is_read(tmp_path, changes):
    prior, path = make(**changes), tmp_path / "prior.json"
    write_prior(prior, path)
    again = read_prior(path)
    for name in ("mean", "mean_covariance", "between_patients", "between_cycles"):
        np.testing.assert_array_equal(getattr(again, name), getattr(prior, name))
    assert (again.regions, again.citation, again.ligand) == (prior.regions, prior.citation, prior.ligand)
    assert [c.name for c in again.covariates] == [c.name for c in prior.covariates]
    second = tmp_path / "second.json"
    write_prior(again, second)
    assert second.read_bytes() == path.read_bytes()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["prior.json", "second.json"]


def test_slices_and_shift():
    prior = make()
    assert prior.slices == {"kidney": slice(0, 3), "Läsion 1": slice(3, 5)}
    np.testing.assert_allclose(prior.covariates[0].shift(np.exp(5.4)), [0, 0.3, 0, 0, 0.1])
    assert not prior.mean.flags.writeable


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"mean": np.zeros(4)}, "mean of finite numbers"),
        ({"mean": np.full(5, np.nan)}, "mean of finite numbers"),
        ({"between_patients": -np.eye(5)}, "between_patients symmetric and positive"),
        ({"between_patients": np.triu(np.ones((5, 5)))}, "between_patients symmetric and positive"),
        ({"uninformative": (False,)}, "5 entries in uninformative"),
        ({"uninformative": (True, False, False, False, False)}, "zero where the prior is uninformative"),
    ],
)
def test_numbers_that_do_not_agree(changes, message):
    with pytest.raises(ValueError, match=message):
        make(**changes)


def edited(tmp_path, edit):
    path = tmp_path / "prior.json"
    write_prior(make(), path)
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (lambda c: c.update(format="other"), "'format' is 'hevesy-population-prior'"),
        (lambda c: c.update(version=2), "version 1"),
        (lambda c: c.update(more=1), "unknown key 'more'"),
        (lambda c: c.pop("mean"), "mean"),
        (lambda c: c.update(mean=[1, 2]), "mean of finite numbers of shape"),
        (lambda c: c.update(mean=["1"] * 5), "number"),
        (lambda c: c.update(mean_covariance=[[1.0], [1.0, 2.0]]), "prior.json"),
        (lambda c: c.update(nuclide="Xx-1"), "Xx-1"),
        (lambda c: c["regions"][0].update(model="tri"), "'tri' came"),
        (lambda c: c["regions"][0].update(parameters=["a"]), "the parameters log_amplitude"),
        (lambda c: c["regions"][1].update(name="kidney"), "each region once"),
        (lambda c: c["regions"][1].update(residual_relative_standard_deviation=0.0), "residual"),
        (lambda c: c["covariates"][0].update(effect=[1.0]), "5 entries"),
        (lambda c: c.update(patients=0), "patients"),
    ],
)
def test_wrong_content_is_refused_in_one_line(tmp_path, edit, message):
    with pytest.raises(ReadError) as refused:
        read_prior(edited(tmp_path, edit))
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


@pytest.mark.parametrize("text", ["", "[]", "{", "\xff", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100000, "1" * 9000])
def test_no_strict_json(tmp_path, text):
    path = tmp_path / "x.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(ReadError):
        read_prior(path)


def test_files_that_cannot_be(tmp_path):
    with pytest.raises(ReadError):
        read_prior(tmp_path / "absent.json")
    with pytest.raises(ReadError):
        read_prior(tmp_path)
    with pytest.raises(OutputError):
        write_prior(make(), tmp_path / "absent" / "prior.json")
