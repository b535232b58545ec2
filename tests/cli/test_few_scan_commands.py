"""``hevesy fit`` with one scan or few, and ``hevesy prior``."""

import json
import math

import numpy as np
import pytest
from click.testing import CliRunner

from hevesy.cli.app import app
from hevesy.domain import PopulationPrior, RegionPrior
from hevesy.errors import InputError
from hevesy.numerics.kinetic_model import KINETIC_MODELS
from hevesy.physdata import write_prior

ORGANS = "lu177-psma-617-organs-2026"
ONE = "region,time_h,activity_mbq\nkidney,48,100\nliver,48,200\n"
KNOWN = ("--method", "known-half-life", "--half-life", "51 h +- 8 h", "--half-life-source", "site")
PRIOR = ("--method", "prior", "--prior", ORGANS, "--ligand", "PSMA-617")


@pytest.fixture
def fit(tmp_path):
    def call(*options, text=ONE):
        (tmp_path / "tac.csv").write_text(text)
        done = CliRunner().invoke(
            app, ["fit", str(tmp_path / "tac.csv"), "--nuclide", "Lu-177", *options, "--json"], standalone_mode=False
        )
        if done.exception is not None:
            raise done.exception
        document = json.loads(done.stdout)
        return done.return_value, {region["name"]: region for region in document["regions"]}, document

    return call


def value(region):
    return region["time_integrated_activity_bq_s"]["value"]


def test_known_half_life(fit):
    status, regions, _ = fit(*KNOWN)
    assert status == 0
    exact = 100e6 * 2 ** (48 / 51) * 51 * 3600 / math.log(2)
    assert value(regions["kidney"]) == pytest.approx(exact, rel=1e-12)
    assert value(regions["liver"]) == pytest.approx(2 * exact, rel=1e-12)
    assert regions["kidney"]["half_life_source"] == "stated: site"


def test_half_life_of_one_region(fit):
    status, regions, _ = fit(
        "--method", "known-half-life", "--half-life", "kidney=51 h +- 8 h", "--half-life-source", "site"
    )
    assert status == 3
    assert regions["kidney"]["reason"] is None
    assert regions["liver"]["reason"] == "no half-life is stated for this region"


def test_haenscheid_needs_no_half_life_and_uses_one_to_check(fit):
    status, regions, _ = fit("--method", "haenscheid")
    kidney = regions["kidney"]
    assert status == 0
    assert value(kidney) == pytest.approx(100e6 * 2 * 48 * 3600 / math.log(2), rel=1e-12)
    assert kidney["effective_half_life"]["value"] is None
    assert "which nothing here says" in kidney["findings"][0]
    _, regions, _ = fit("--method", "haenscheid", *KNOWN[2:])
    assert "the half-life is one for which the approximation does not hold" in regions["kidney"]["findings"][0]
    _, regions, _ = fit("--method", "haenscheid", "--half-life", "48 h +- 3 h", *KNOWN[4:])
    assert regions["kidney"]["findings"] == []
    status, regions, _ = fit("--method", "haenscheid", *KNOWN[2:], text=ONE.replace("kidney,48", "kidney,4"))
    assert status == 3
    assert "outside 0.75 to 2.5" in regions["kidney"]["reason"]


def test_several_scans_are_no_case_for_one_scan(fit):
    status, regions, _ = fit(*KNOWN, text=ONE + "kidney,96,50\n")
    assert status == 3
    assert "2 scans: this method takes one" in regions["kidney"]["reason"]
    assert regions["liver"]["reason"] is None


def test_prior_and_tissue_dose_factor(fit):
    _, by_prior, _ = fit(*PRIOR, "--administered", "7.4 GBq +- 2 %")
    _, by_factor, _ = fit("--method", "tissue-dose-factor", *PRIOR[2:])
    for name in ("kidney", "liver"):
        assert value(by_prior[name]) == pytest.approx(value(by_factor[name]), rel=0.03)
        low, high = by_prior[name]["time_integrated_activity_bq_s"]["interval95"]
        assert low < value(by_prior[name]) < high
        assert by_prior[name]["posterior"]["effective_draws"] > 400
        assert "abstract" in by_prior[name]["half_life_source"]


def test_regions_of_other_names_are_mapped(fit):
    text = ONE.replace("kidney", "Kidney_L")
    status, regions, _ = fit(*PRIOR, text=text)
    assert status == 3
    assert "no region 'Kidney_L'" in regions["Kidney_L"]["reason"]
    status, regions, _ = fit(*PRIOR, "--prior-region", "Kidney_L=kidney", text=text)
    assert status == 0


def test_an_earlier_cycle(fit, tmp_path):
    times, text = (4, 24, 96, 168), "region,time_h,activity_mbq\n"
    for t in times:
        text += f"kidney,{t},{300 * 2 ** (-t / 50)}\n"
    _, _, document = fit(text=text)
    (tmp_path / "earlier.json").write_text(json.dumps(document))
    status, regions, _ = fit(
        "--method", "known-half-life", "--earlier-cycle", str(tmp_path / "earlier.json"), "--between-cycles", "10 %"
    )
    assert status == 3
    assert regions["kidney"]["effective_half_life"]["value"] == pytest.approx(50.0, rel=1e-6)
    assert regions["kidney"]["effective_half_life"]["standard_uncertainty"] > 5.0
    assert "has no effective half-life of liver" in regions["liver"]["reason"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((*PRIOR[:4], "--ligand", "DOTATATE"), "a prior of DOTATATE, but one of PSMA-617 came"),
        (PRIOR[:4], "--prior and --ligand together"),
        (("--method", "prior"), "--prior with the method prior"),
        (("--method", "tissue-dose-factor"), "--prior with the method tissue-dose-factor"),
        (("--method", "known-half-life"), "--half-life, --earlier-cycle or --prior"),
        (KNOWN[:4], "--half-life and --half-life-source together"),
        ((*KNOWN[:2], "--half-life", "51 h", "--half-life-source", "x"), "standard uncertainty such as"),
        ((*KNOWN[:2], "--half-life", "51 +- 8", "--half-life-source", "x"), "has no unit"),
        ((*KNOWN[:2], "--half-life", "200 h +- 8 h", "--half-life-source", "x"), "at most the physical"),
        ((*KNOWN, "--prior", ORGANS, "--ligand", "PSMA-617"), "one of --half-life, --earlier-cycle and --prior"),
        ((*KNOWN, "--model", "bi"), "no --model with this method"),
        ((*KNOWN, "--until", "72 h"), "an integral to infinity"),
        ((*KNOWN, "--administered", "7.4 GBq +- 2 %"), "--administered only with --prior"),
        ((*PRIOR, "--prior-region", "a=brain"), "--prior-region MEASURED=PRIOR"),
        ((*PRIOR, "--covariate", "egfr=much"), "--covariate NAME=VALUE"),
        (("--method", "guess"), "one of the methods fit, known-half-life"),
        (("--method", "prior", "--prior", "gone.json", "--ligand", "X"), "or a file, but 'gone.json' came"),
        (("--method", "known-half-life", "--earlier-cycle", "gone.json"), "--between-cycles together"),
    ],
)
def test_what_is_wrong_is_refused(fit, options, said):
    with pytest.raises(InputError, match=said.replace("(", r"\(")):
        fit(*options)


def test_a_prior_of_another_nuclide_is_refused(fit, tmp_path):
    model = KINETIC_MODELS["mono"]
    other = PopulationPrior(
        ligand="PSMA-617", nuclide="Y-90", activity_unit="MBq", fraction_of_administered_per_unit=None,
        regions=(RegionPrior("kidney", "mono", model.parameters, 0.05),), mean=np.array([0.0, -4.0]),
        mean_covariance=np.zeros((2, 2)), between_patients=np.diag([0.1, 0.1]), between_cycles=None,
        uninformative=(False, False), covariates=(), patients=9, source="made for a test",
    )  # fmt: skip
    write_prior(other, tmp_path / "y90.json")
    with pytest.raises(InputError, match="a prior of Lu-177, but one of Y-90 came"):
        fit("--method", "prior", "--prior", str(tmp_path / "y90.json"), "--ligand", "PSMA-617")


def told(*options):
    done = CliRunner().invoke(app, ["prior", *options], standalone_mode=False)
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_priors_are_listed_with_their_sources():
    listed = json.loads(told("--list", "--json"))
    assert [entry["name"] for entry in listed["priors"]] == [ORGANS, "lu177-psma-617-whole-body-2018"]
    assert all(entry["source"] and entry["citation"] for entry in listed["priors"])
    text = told("--list")
    assert "10.1186/s13550-018-0386-4" in text
    assert "Not built in: [177Lu]Lu-DOTATATE" in text


def test_a_prior_is_shown_with_its_factors():
    shown = json.loads(told(ORGANS, "--times", "24 h,48 h", "--json"))
    kidney = shown["regions"][0]
    assert kidney["name"] == "kidney"
    assert kidney["effective_half_life_h"]["median"] == pytest.approx(35.5, rel=1e-4)
    assert [f["time_h"] for f in kidney["tissue_dose_factors"]] == [24.0, 48.0]
    assert "kidney" in told(ORGANS)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "neither came"),
        ((ORGANS, "--list"), "both came"),
        (("gone",), "a built-in prior"),
        ((ORGANS, "--times", "24"), "has no unit"),
        ((ORGANS, "--times", "-4 h"), "after the administration"),
    ],
)
def test_what_is_wrong_with_a_prior_is_refused(options, said):
    with pytest.raises(InputError, match=said):
        told(*options)


def test_an_unknown_prior_is_refused_though_no_region_has_a_curve(tmp_path):
    table = tmp_path / "tac.csv"
    table.write_text("region,time_h,activity_mbq\nkidney,4,100\nkidney,4,80\n", encoding="utf-8")
    arguments = ["fit", str(table), "--nuclide", "Lu-177", "--method", "prior", "--prior", "nowhere", "--ligand", "X"]
    result = CliRunner().invoke(app, [*arguments, "--administered", "7 GBq"])
    assert isinstance(result.exception, InputError)
    assert "built-in prior" in str(result.exception)
