"""Limits of dose: in a study, and against results that are there already."""

import json
import sys

import numpy as np
import pytest

from hevesy.biology import absorbed_dose_under_cap
from hevesy.cli import main
from hevesy.errors import InputError, StudyFileError
from hevesy.report import results_json
from hevesy.workflow import compute_study
from hevesy.workflow.limits import limits_of_folder

LIMIT = '{quantity: bed, value: "40 Gy", alpha_beta: "2.5 Gy", region: Liver, scope: course, source: "somebody"}'
CYCLE = '{quantity: absorbed-dose, value: "VALUE Gy", region: Kidney_L, scope: cycle, source: "somebody"}'
SOURCE = 'relative_standard_uncertainty: "3 %", source: test'


@pytest.fixture
def folder(plain_results, tmp_path):
    """Results of a cycle, as a run writes them."""
    return write(tmp_path / "now", plain_results)


def write(path, results, *, start=None, key=None, label=None):
    update = {}
    if start:
        update["administration"] = results.administration.model_copy(update={"start": start})
    if key:
        update["provenance"] = results.provenance.model_copy(update={"key": key})
    if label:
        update["patient_label"] = label
    path.mkdir(parents=True)
    (path / "results.json").write_text(results_json(results.model_copy(update=update)), encoding="utf-8")
    return path


def limits_file(tmp_path, *lines, limits=(LIMIT,)):
    text = "hevesy_limits: 1\nlimits:\n" + "".join(f"  - {one}\n" for one in limits) + "\n".join(lines) + "\n"
    path = tmp_path / "limits.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def dose_of(folder, region, field="absorbed_dose_gy"):
    results = json.loads((folder / "results.json").read_text())
    return next(r for r in results["regions"] if r["name"] == region)[field]


def command(monkeypatch, capsys, *arguments):
    monkeypatch.setattr(sys, "argv", ["hevesy", "limits", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        main()
    captured = capsys.readouterr()
    return stop.value.code, captured.out, captured.err


def test_a_course_needs_what_came_before(folder, tmp_path):
    (unknown,) = limits_of_folder(folder, limits_file(tmp_path))
    assert not unknown.evaluated
    assert unknown.reason == "not evaluated: earlier cycles unknown"
    assert unknown.probability_of_exceeding is None
    (none,) = limits_of_folder(folder, limits_file(tmp_path, "earlier_cycles: none"))
    assert none.evaluated
    assert none.dose_gy == dose_of(folder, "Liver", "bed_gy")["value"]
    assert none.earlier_gy == 0.0


def test_a_study_tells_it_in_results_and_report(tiny):
    tiny.text += f"limits:\n  - {LIMIT}\n  - {CYCLE.replace('VALUE', '0.001')}\n"
    results = compute_study(tiny.write()).results
    course, cycle = results.limits
    assert course.reason == "not evaluated: earlier cycles unknown"
    assert any("not evaluated: earlier cycles unknown" in text for text in results.findings)
    assert cycle.probability_of_exceeding == pytest.approx(1.0)
    assert cycle.distribution.kind == "log-normal"


def test_monte_carlo_gives_the_same_probability(tiny, plain_results):
    dose = next(r for r in plain_results.regions if r.name == "Kidney_L").absorbed_dose_gy
    value = dose.value + dose.standard_uncertainty
    tiny.text += f'limits:\n  - {CYCLE.replace("VALUE", repr(value))}\nmax_activity_for: {{risk: "5 %"}}\n'
    analytic = compute_study(tiny.write()).results.limits[0]
    tiny.text += "uncertainty: {propagation: monte-carlo, samples: 2000, seed: 2}\n"
    drawn = compute_study(tiny.write()).results.limits[0]
    assert drawn.distribution.kind == "monte-carlo"
    assert analytic.probability_of_exceeding == pytest.approx(0.16, abs=0.01)
    assert drawn.probability_of_exceeding == pytest.approx(analytic.probability_of_exceeding, abs=0.04)
    assert drawn.further.activity_bq == pytest.approx(analytic.further.activity_bq, rel=0.02)
    widths = np.diff(drawn.distribution.dose_gy)
    assert np.sum(np.array(drawn.distribution.density_per_gy)[1:] * widths) == pytest.approx(1.0, abs=0.03)


def course_of_two(tmp_path, name, now, second_source="test"):
    """A course of two equal cycles, and the results of one."""
    before = now.model_copy(update={"calibration": now.calibration.model_copy(update={"source": second_source})})
    here = write(tmp_path / name / "now", now)
    write(tmp_path / name / "before", before, start="2024-01-04T09:00:00", key="another")
    limits = limits_file(tmp_path / name, "earlier_cycles: [{results: before}]", limits=(
        '{quantity: absorbed-dose, value: "40 Gy", region: Kidney_L, scope: course, source: "s"}',))  # fmt: skip
    return dose_of(here, "Kidney_L"), limits_of_folder(here, limits)[0]


def test_cycles_share_their_calibration(tiny, tmp_path):
    tiny.replace(SOURCE, SOURCE.replace("3 %", "30 %"))
    now = compute_study(tiny.write()).results
    one, shared = course_of_two(tmp_path, "same", now)
    own = {name: u for name, u in one["sources"].items() if name.split(":")[0] not in SHARED}
    common = {name: u for name, u in one["sources"].items() if name.split(":")[0] in SHARED}
    assert shared.dose_gy == pytest.approx(2 * one["value"])
    expected = np.hypot(2 * np.hypot.reduce([*common.values()]), np.sqrt(2) * np.hypot.reduce([*own.values()]))
    assert shared.standard_uncertainty_gy == pytest.approx(expected)
    assert shared.earlier_sources == ["before"]
    _, other = course_of_two(tmp_path, "other", now, second_source="recalibrated")
    assert other.standard_uncertainty_gy < 0.8 * shared.standard_uncertainty_gy


SHARED = {"calibration", "energy", "absorbed-fraction", "dead-time"}


def test_a_calibration_twice_as_uncertain_moves_both_cycles(tiny, tmp_path):
    spreads = {}
    for percent in ("3 %", "6 %"):
        tiny.text = tiny.text.replace('"3 %"', f'"{percent}"')
        one, course = course_of_two(tmp_path, percent[0], compute_study(tiny.write()).results)
        spreads[percent] = course.standard_uncertainty_gy**2
        assert one["budget"]["calibration"] / one["value"] == pytest.approx(float(percent[0]) / 100)
    gained = spreads["6 %"] - spreads["3 %"]
    assert gained == pytest.approx((0.06**2 - 0.03**2) * (2 * one["value"]) ** 2, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"label": "somebody else", "start": "2024-01-04T09:00:00"}, "same patient label"),
        ({"start": "2025-01-04T09:00:00"}, "a cycle before"),
        ({}, "cycles with different starts"),
    ],
)
def test_results_that_are_no_earlier_cycle(folder, tmp_path, changes, words):
    from hevesy.workflow.limits_earlier import read_results

    write(tmp_path / "before", read_results(folder), **changes)
    with pytest.raises(InputError, match=words):
        limits_of_folder(folder, limits_file(tmp_path, "earlier_cycles: [{results: before}]"))


def test_external_radiotherapy_counts_as_eqd2(folder, tmp_path):
    before = '  - {quantity: eqd2, region: Liver, value: "10 Gy", standard_uncertainty: "0.5 Gy", alpha_beta: "2.5 Gy", source: "ebrt"}'
    (course,) = limits_of_folder(folder, limits_file(tmp_path, "earlier_cycles:", before))
    assert course.earlier_gy == pytest.approx(18.0)
    assert course.dose_gy == pytest.approx(18.0 + dose_of(folder, "Liver", "bed_gy")["value"])
    own = dose_of(folder, "Liver", "bed_gy")["standard_uncertainty"]
    assert course.standard_uncertainty_gy == pytest.approx(np.hypot(0.9, own))


def test_a_region_without_an_earlier_dose_is_not_evaluated(folder, tmp_path):
    before = '  - {quantity: absorbed-dose, region: Kidney_L, value: "0 Gy", standard_uncertainty: "0 Gy", source: "x"}'
    (course,) = limits_of_folder(folder, limits_file(tmp_path, "earlier_cycles:", before))
    assert course.reason == "not evaluated: no earlier dose to Liver is stated"


ABSORBED = '  - {quantity: absorbed-dose, region: Liver, value: "5 Gy", standard_uncertainty: "1 Gy", source: "x"}'
OTHER_RATIO = ABSORBED.replace("absorbed-dose", "bed").replace("source", 'alpha_beta: "3 Gy", source')


@pytest.mark.parametrize(
    ("lines", "limits", "words"),
    [
        (["earlier_cycles:", ABSORBED], (LIMIT,), "one earlier dose from this source as BED"),
        (["earlier_cycles:", OTHER_RATIO], (LIMIT,), "alpha/beta 2.5 Gy of the limit"),
        (["earlier_cycles: none"], (LIMIT.replace("2.5 Gy", "3 Gy"),), "with the alpha/beta of the region, 2.5"),
        (["earlier_cycles: nothing"], (LIMIT,), "earlier_cycles"),
        ([], (LIMIT.replace('alpha_beta: "2.5 Gy", ', ""),), "'alpha_beta' of Liver"),
        ([], (CYCLE.replace("VALUE", "3").replace("region", 'alpha_beta: "3 Gy", region'),), "'alpha_beta' of Kidney_L"),
        ([], (CYCLE.replace("VALUE Gy", "3 Sv"),), "absorbed dose"),
        ([], (CYCLE.replace("VALUE", "-3"),), "greater than 0"),
        ([], (CYCLE.replace("VALUE", "3").replace(', source: "somebody"', ""),), "missing"),
        (["max_activity_for: {risk: 1.5}"], (LIMIT,), "less than 1"),
        (["earlier_cycles: [{results: nowhere}]"], (LIMIT,), "a folder of results"),
    ],
)  # fmt: skip
def test_refused_in_one_line(monkeypatch, capsys, folder, tmp_path, lines, limits, words):
    status, out, err = command(monkeypatch, capsys, folder, limits_file(tmp_path, *lines, limits=limits), "--json")
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def damaged(folder, change):
    path = folder / "results.json"
    content = json.loads(path.read_text())
    change(next(r for r in content["regions"] if r["name"] == "Kidney_L"))
    path.write_text(json.dumps(content))
    return folder


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        (lambda r: r["absorbed_dose_gy"].update(sources=None), 3, "do not tell the sources"),
        (lambda r: r["absorbed_dose_gy"].update(sources={}), 3, "do not tell the sources"),
        (lambda r: r["absorbed_dose_gy"].update(value=-1.0), 3, "not positive"),
        (lambda r: r["absorbed_dose_gy"].update(value=None, reason="one scan"), 3, "one scan"),
        (lambda r: r["absorbed_dose_gy"].update(sources={"volume": 1.0}), 2, "named kind:scope"),
        (lambda r: r["absorbed_dose_gy"].update(value="much"), 2, "results of hevesy run"),
        (lambda r: r.update(surprise=1), 2, "surprise"),
    ],
)
def test_damaged_results(monkeypatch, capsys, folder, tmp_path, change, status, words):
    path = limits_file(tmp_path, limits=(CYCLE.replace("VALUE", "3"),))
    found, out, err = command(monkeypatch, capsys, damaged(folder, change), path)
    assert found == status
    assert words in out + err
    assert "Traceback" not in err


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff\xfe", b"{" * 5000])
def test_no_results(monkeypatch, capsys, tmp_path, content):
    (tmp_path / "now").mkdir()
    (tmp_path / "now" / "results.json").write_bytes(content)
    status, _, err = command(monkeypatch, capsys, tmp_path / "now", limits_file(tmp_path))
    assert (status, err.count("\n")) == (2, 1)


def test_command(monkeypatch, capsys, folder, tmp_path):
    limits = (LIMIT, CYCLE.replace("VALUE", "1000"), LIMIT.replace("Liver", "Brain"))
    path = limits_file(tmp_path, 'max_activity_for: {risk: "10 %"}', limits=limits)
    status, out, err = command(monkeypatch, capsys, folder, path, "--json")
    found = json.loads(out)["limits"]
    assert (status, err) == (3, "")
    assert [one["evaluated"] for one in found] == [False, True, False]
    assert found[2]["reason"] == "not evaluated: the results have no region Brain"
    assert found[1]["probability_of_exceeding"] < 1e-6
    status, out, _ = command(monkeypatch, capsys, folder, limits_file(tmp_path, limits=limits[1:2]))
    assert status == 0
    assert "probability of exceeding it under 0.1 %" in out


def test_what_fits_at_even_odds_is_what_the_formula_gives(folder, tmp_path):
    path = limits_file(tmp_path, "earlier_cycles: none", "max_activity_for: {risk: 0.5}")
    (course,) = limits_of_folder(folder, path)
    dose, g = dose_of(folder, "Liver")["value"], dose_of(folder, "Liver", "protraction_factor")["value"]
    fits = absorbed_dose_under_cap(40.0 - course.dose_gy, g, 2.5)
    net = json.loads((folder / "results.json").read_text())["administration"]["net_activity_bq"]["value"]
    assert course.further.activity_bq == pytest.approx(net * fits / dose, rel=1e-6)
    whole = dose_of(folder, "Liver", "bed_gy")["value"]
    assert course.further.cycles == int((40.0 - course.dose_gy) / whole)


def test_nothing_fits_above_the_limit(folder, tmp_path):
    lower = LIMIT.replace("40 Gy", "0.001 Gy")
    path = limits_file(tmp_path, "earlier_cycles: none", 'max_activity_for: {risk: "5 %"}', limits=(lower,))
    (course,) = limits_of_folder(folder, path)
    assert (course.further.activity_bq, course.further.cycles) == (0.0, 0)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        (f"limits: [{LIMIT.replace('Liver', 'Brain')}]", "limits of regions of the study"),
        (f"limits: [{LIMIT.replace('2.5 Gy', '3 Gy')}]", "with its alpha/beta 2.5 Gy"),
    ],
)
def test_a_study_with_limits_of_something_else(tiny, section, words):
    tiny.text += section + "\n"
    with pytest.raises(StudyFileError, match=words):
        compute_study(tiny.write())


def test_missing_earlier_results_end_a_run_at_once(tiny):
    tiny.text += f"limits: [{LIMIT}]\nearlier_cycles: [{{results: nowhere}}]\n"
    with pytest.raises(InputError, match="a folder of results"):
        compute_study(tiny.write())
