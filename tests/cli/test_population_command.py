"""``hevesy population fit``: documents, files, exit statuses, interruption."""

import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from hevesy.cli.app import app
from hevesy.errors import HevesyError
from hevesy.physdata import read_prior
from hevesy.workflow.cohort_file import CohortRequest
from hevesy.workflow.population_document import population_document
from hevesy.workflow.population_job import PopulationRequest, fit_cohort


@pytest.fixture(scope="module")
def cohorts():
    name = "population_cohorts"
    if name not in sys.modules:
        place = Path(__file__).parents[1] / "population" / "cohorts.py"
        spec = importlib.util.spec_from_file_location(name, place)
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="module")
def file(cohorts, tmp_path_factory):
    cohort, _ = cohorts.simulated(31, patients=8)
    return cohorts.written(cohort, tmp_path_factory.mktemp("cohort") / "cohort.csv")


def run(*arguments):
    return CliRunner().invoke(
        app, ["population", "fit", *map(str, arguments)], prog_name="hevesy", standalone_mode=False
    )


QUICK = (
    "--nuclide",
    "Lu-177",
    "--model",
    "liver=mono,kidney=uptake-mono",
    "--structure",
    "diagonal",
    "--residual",
    "common",
)


@pytest.fixture(scope="module")
def written(file, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "results"
    done = run(file, *QUICK, "--out", out, "--save-prior", out.parent / "prior.json", "--ligand", "L", "--json")
    assert done.return_value == 0, done.output
    return json.loads(done.stdout), out


def test_document(written, cohorts):
    document, _ = written
    assert [row["patient"] for row in document["individuals"][:2]] == ["000", "000"]
    assert len(document["individuals"]) == 16
    for row in document["individuals"]:
        tia = row["time_integrated_activity"]
        assert tia["interval95"][0] < tia["value"] < tia["interval95"][1]
        assert tia["standard_uncertainty"] > 0
    population = document["population"]
    assert [r["model"] for r in population["regions"]] == ["uptake-mono", "mono"]
    assert len(population["parameters"]) == 5
    correlations = np.array(population["between_patients"]["correlations"])
    np.testing.assert_array_equal(correlations, np.eye(5))
    assert document["model_comparison"][0]["chosen"]
    assert document["predictive_check"][0]["percentiles"] == [10, 50, 90]


def test_files(written):
    document, out = written
    names = sorted(p.name for p in out.iterdir())
    assert names == ["individuals.csv", "population.json", "predictive-check.svg", "residuals.svg"]
    assert json.loads((out / "population.json").read_text(encoding="utf-8")) == document
    assert (out / "predictive-check.svg").read_bytes().startswith(b"<?xml")
    assert len((out / "individuals.csv").read_text(encoding="utf-8").splitlines()) == 17


def test_prior_without_a_unit_says_nothing_of_amplitudes(written):
    _, out = written
    prior = read_prior(out.parent / "prior.json")
    assert (prior.ligand, prior.nuclide, prior.activity_unit, prior.patients) == ("L", "Lu-177", "not stated", 8)
    assert prior.uninformative == (True, False, False, True, False)


def test_prior_with_a_unit(file, tmp_path):
    path = tmp_path / "prior.json"
    done = run(file, *QUICK, "--save-prior", path, "--ligand", "L", "--activity-unit", "%")
    assert done.return_value == 0
    prior = read_prior(path)
    assert prior.fraction_of_administered_per_unit == 0.01
    assert not any(prior.uninformative)
    assert "Unit: % of the administered activity x h" in done.output


class StoppedError(Exception):
    """In the middle of a run."""


def test_an_interrupted_run_goes_on_to_the_same_bits(file, tmp_path):
    request = PopulationRequest(CohortRequest("Lu-177"), models={"kidney": "uptake-mono"}, model="mono")
    whole = population_document(fit_cohort(file, request))

    def stop(task, done, total):
        if task == "population fits" and done == 2:
            raise StoppedError

    with pytest.raises(StoppedError):
        fit_cohort(file, request, out=tmp_path, progress=stop)
    assert [p.name for p in tmp_path.iterdir()] == ["state.json"]
    result = fit_cohort(file, request, out=tmp_path)
    assert result.reused_fits == 2
    assert json.dumps(population_document(result)) == json.dumps(whole)


def test_state_of_another_run_is_not_used(file, tmp_path):
    request = PopulationRequest(CohortRequest("Lu-177"), model="mono", structure="diagonal", residual="common")
    fit_cohort(file, request, out=tmp_path)
    other = PopulationRequest(CohortRequest("Lu-177"), model="mono", structure="region", residual="common")
    assert fit_cohort(file, other, out=tmp_path).reused_fits == 0
    (tmp_path / "state.json").write_text("{", encoding="utf-8")
    assert fit_cohort(file, other, out=tmp_path).reused_fits == 0


def test_curves_without_a_value_and_exit_status_3(file, tmp_path):
    path = tmp_path / "cohort.csv"
    more = "099,kidney,4,0\n099,liver,24,1.5\n000,tumour,4,1\n000,tumour,24,1\n"
    path.write_text(file.read_text(encoding="utf-8") + more, encoding="utf-8")
    done = run(
        path, "--nuclide", "Lu-177", "--model", "mono", "--structure", "diagonal", "--residual", "common", "--json"
    )
    assert done.return_value == 3
    rows = {(r["patient"], r["region"]): r["time_integrated_activity"] for r in json.loads(done.stdout)["individuals"]}
    assert rows["099", "kidney"]["value"] is None
    assert "not positive" in rows["099", "kidney"]["reason"]
    assert "one patient" in rows["000", "tumour"]["reason"]
    assert rows["099", "liver"]["value"] > 0  # one point, and the population
    assert rows["000", "liver"]["value"] > 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--nuclide", "Xx-1"), "Xx-1"),
        (("--nuclide", "Lu-177", "--model", "tri"), "a model among"),
        (("--nuclide", "Lu-177", "--model", "spleen=mono"), "a region among"),
        (("--nuclide", "Lu-177", "--model", "liver=mono,liver=bi"), "once for each region"),
        (("--nuclide", "Lu-177", "--columns", "organ=region"), "one of the columns"),
        (("--nuclide", "Lu-177", "--covariate", "egfr"), "a column egfr"),
        (("--nuclide", "Lu-177", "--covariate", "@log"), "NAME@linear"),
        (("--nuclide", "Lu-177", "--activity-unit", "furlong"), "a unit among"),
        (("--nuclide", "Lu-177", "--until", "72"), "--until"),
        (("--nuclide", "Lu-177", "--residual", "stated"), "standard_uncertainty"),
        (("--nuclide", "Lu-177", *QUICK[2:], "--save-prior", "x.json"), "the ligand of the cohort"),
    ],
)
def test_refused_in_one_line(file, arguments, message, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    done = run(file, *arguments)
    assert isinstance(done.exception, HevesyError)
    assert message in str(done.exception)
    assert "\n" not in str(done.exception)
    assert list(tmp_path.iterdir()) == []


def test_one_patient_is_no_cohort(cohorts, tmp_path):
    path = cohorts.written(cohorts.simulated(1, patients=1)[0], tmp_path / "one.csv")
    done = run(path, "--nuclide", "Lu-177")
    assert "at least two patients" in str(done.exception)


def test_summary(file):
    done = run(file, *QUICK, "--method", "foce", "--until", "72 h")
    assert done.return_value == 0
    assert "Models compared:" in done.output
