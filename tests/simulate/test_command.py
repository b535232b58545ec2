"""The command line of the simulator."""

import json
from importlib import resources

import pytest
from click.testing import CliRunner

from hevesy.cli.app import app
from hevesy.cli.simulate import command
from hevesy.errors import InputError
from hevesy.simulate import THERAPIES
from hevesy.simulate.pancreas_files import INJECTION_THERAPY
from hevesy.simulate.tare import TARE_THERAPIES, Variant


def run(*args):
    return CliRunner().invoke(app, ["simulate", *map(str, args)])


def test_command_writes_a_folder(tmp_path):
    default = resources.files("hevesy.simulate") / "scenarios" / "lu177-psma.yaml"
    text = default.read_text(encoding="utf-8")
    scenario = tmp_path / "one-scan.yaml"
    scenario.write_text(text.replace('["4 h", "24 h", "96 h", "168 h"]', '["24 h"]'))
    done = run("--out", tmp_path / "p", "--seed", 5, "--size", "small", "--scenario", scenario, "--units", "rwvm")
    assert done.exit_code == 0, done.output
    truth = json.loads((tmp_path / "p" / "truth.json").read_text())
    assert (truth["seed"], truth["therapy"], truth["units"], truth["size"]) == (5, "lu177-psma", "rwvm", "small")
    assert [t["time_h"] for t in truth["time_points"]] == [24.0]
    names = {r["name"] for r in truth["regions"]}
    assert {"Parotid_L", "Submandibular_R", "Lesion_bone_1", "Remainder"} <= names


def test_both_scenario_and_therapy_are_refused(tmp_path):
    done = run("--out", tmp_path / "p", "--therapy", "lu177-psma", "--scenario", tmp_path / "s.yaml")
    assert isinstance(done.exception, InputError)
    assert not (tmp_path / "p").exists()


@pytest.mark.parametrize("text", ["a: [", "hevesy_scenario: 2", ""])
def test_malformed_scenario_file_is_an_input_error(tmp_path, text):
    path = tmp_path / "s.yaml"
    path.write_text(text)
    done = run("--out", tmp_path / "p", "--scenario", path)
    assert isinstance(done.exception, InputError)
    assert "s.yaml" in str(done.exception)


def test_unknown_quirk_is_refused(tmp_path):
    assert run("--out", tmp_path / "p", "--quirk", "backwards").exit_code == 2


def test_options_of_the_other_kind_of_therapy_are_refused(tmp_path):
    for args, named in (
        (("--therapy", "tare-y90", "--planar", "--quirk", "minimal"), "--planar, --quirk came"),
        (("--therapy", "tare-ho166", "--units", "rwvm"), "--units came"),
        (("--variant", "uniform"), "--variant came"),
    ):
        done = run("--out", tmp_path / "p", *args)
        assert isinstance(done.exception, InputError)
        assert named in str(done.exception)
        assert not (tmp_path / "p").exists()


def test_variants_and_therapies_offered_are_those_there_are():
    offered = {p.name: p.type.choices for p in command.params if p.name in {"variants", "therapy"}}
    assert list(offered["variants"]) == list(map(str, Variant))
    assert list(offered["therapy"]) == [*THERAPIES, *TARE_THERAPIES, INJECTION_THERAPY]


def test_scenario_of_a_radioembolisation_is_known_by_its_key(tmp_path):
    path = tmp_path / "s.yaml"
    path.write_text("hevesy_tare_scenario: 1\ntherapy: tare-y90\n")
    done = run("--out", tmp_path / "p", "--scenario", path)
    assert isinstance(done.exception, InputError)
    assert "s.yaml" in str(done.exception)
    assert "sex" in str(done.exception)


def test_an_injected_tumour_is_a_patient_too(tmp_path):
    made = [tmp_path / name for name in ("one", "same")]
    for out in made:
        done = run("--therapy", "intratumoural-ho166", "--seed", 2, "--out", out)
        assert done.exit_code == 0, done.output
    names = {path.relative_to(made[0]) for path in made[0].rglob("*") if path.is_file()}
    assert {"holmium_ct.yaml", "intratumoural.yaml", "truth.json", "calibration.csv"} <= {str(name) for name in names}
    assert all((made[0] / name).read_bytes() == (made[1] / name).read_bytes() for name in names)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--size", "small"), "--seed and --out only for intratumoural-ho166, but --size small came"),
        (("--variant", "uniform", "--planar"), "--planar, --variant came"),
        (("--seed", "-1"), "a seed of 0 or more"),
    ],
)
def test_an_injected_tumour_takes_no_other_options(tmp_path, options, words):
    done = run("--therapy", "intratumoural-ho166", "--out", tmp_path / "out", *options)
    assert words in str(done.exception)
    assert not (tmp_path / "out").exists()
