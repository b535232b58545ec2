"""``hevesy tare plan`` as a user runs it."""

import hashlib
import json
import sys
from pathlib import Path

import pytest

from hevesy.cli import main

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "tare-one-patient" / "plan.yaml"


def run(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["hevesy", "tare", "plan", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


def test_summary_and_json(monkeypatch, capsys, tmp_path):
    status, out, err = run(monkeypatch, capsys, EXAMPLE, "--out", tmp_path)
    assert (status, err) == (0, "")
    assert "bound by seed-resin-normal in normal tissue, right posterior" in out
    status, out, _ = run(monkeypatch, capsys, EXAMPLE, "--out", tmp_path, "--json")
    assert json.loads(out) == json.loads((tmp_path / "plan.json").read_text(encoding="ascii"))


def test_images_that_contradict_the_plan_and_deposition(monkeypatch, capsys, tmp_path, tare_case):
    """Exit status 3 for a stated value that is not what the images say, 2 for deposition, with nothing written."""

    def stated(content):
        content["products"] = content["products"][:1]
        content["liver"].update(volume="1500 ml", relative_standard_uncertainty=0.03)

    plan = tare_case.write_case(tmp_path, change=stated)
    status, out, err = run(monkeypatch, capsys, plan, "--out", tmp_path / "out")
    assert (status, err) == (3, "")
    assert "stated-differs-from-images: volume of liver [ml]: expected the measured 1170" in out
    assert "largest (voxel): " in out
    assert (tmp_path / "out" / "dose_sir-spheres.nii.gz").is_file()
    plan = tare_case.write_case(tmp_path, tare_case.scout(deposit=0.02))
    status, out, err = run(monkeypatch, capsys, plan, "--out", tmp_path / "none")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "in 'Stomach'" in err
    assert not (tmp_path / "none").exists()


def test_a_refused_product_is_told_and_a_refused_plan_writes_nothing(monkeypatch, capsys, tmp_path):
    text = EXAMPLE.read_text(encoding="utf-8")
    plan = tmp_path / "plan.yaml"
    plan.write_text(text.replace("shunt: 0.05", "shunt: 0.25"), encoding="utf-8")
    status, out, _ = run(monkeypatch, capsys, plan, "--out", tmp_path / "out")
    assert status == 3
    assert "refused: lung.shunt: expected a lung shunt of at most 20 %" in out
    status, out, err = run(monkeypatch, capsys, plan, "--out", tmp_path / "out", "--json")
    assert (status, err) == (3, "")
    assert json.loads(out, parse_constant=pytest.fail)["products"][0]["refused"]
    plan.write_text(text.replace("extrahepatic_deposition: none", "extrahepatic_deposition: found"), encoding="utf-8")
    status, out, err = run(monkeypatch, capsys, plan, "--out", tmp_path / "none")
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert not (tmp_path / "none").exists()


def test_an_empty_out_is_refused(monkeypatch, capsys, tmp_path):
    """It would mean the current folder."""
    monkeypatch.chdir(tmp_path)
    for command in ("plan", "verify", "live", "intratumoural", "holmium-mri", "holmium-ct"):
        monkeypatch.setattr(sys, "argv", ["hevesy", "tare", command, str(EXAMPLE), "--out", " "])
        with pytest.raises(SystemExit) as stop:
            main()
        said = capsys.readouterr()
        assert (stop.value.code, said.out) == (2, "")
        assert said.err == "hevesy: Invalid value for '--out': expected a folder, but ' ' came\n"
    assert list(tmp_path.iterdir()) == []


def test_provenance(monkeypatch, capsys, tmp_path):
    """The same plan has the same key, another seed another one; the seed, the file and the references are told."""

    def made(text, name):
        plan = tmp_path / name
        plan.write_text(text, encoding="utf-8")
        run(monkeypatch, capsys, plan, "--out", tmp_path / "out")
        return json.loads((tmp_path / "out" / "plan.json").read_text(encoding="ascii"))["provenance"]

    text = EXAMPLE.read_text(encoding="utf-8")
    first, second, other = (
        made(text, "plan.yaml"),
        made(text, "plan.yaml"),
        made(text.replace("seed: 1", "seed: 2"), "plan.yaml"),
    )
    assert first == second
    assert first["key"] != other["key"]
    assert (first["seed"], other["seed"]) == (1, 2)
    [file] = first["inputs"]
    assert file == {"name": "plan.yaml", "sha256": hashlib.sha256(text.encode()).hexdigest()}
    assert first["settings"]["liver"]["volume"] == 1800.0
    assert "10.1007/s00259-021-05600-z" in {one["doi"] for one in first["citations"]}
    html = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert other["key"] in html
