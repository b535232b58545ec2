"""``hevesy fit`` as a user runs it."""

import json
import math
import sys

import numpy as np
import pytest

from hevesy.cli import main
from hevesy.physdata import nuclide

LU = nuclide("Lu-177").half_life_s / 3600.0
FOUR = (4.0, 24.0, 96.0, 168.0)


@pytest.fixture
def fit(monkeypatch, capsys, tmp_path):
    """Run the command on a table; status, stdout, stderr."""

    def run(content, *options, json_out=True):
        path = tmp_path / "tac.csv"
        path.write_text(content if isinstance(content, str) else table(content), encoding="utf-8")
        arguments = ["hevesy", "fit", str(path), *options, *(["--json"] if json_out else [])]
        if "--nuclide" not in options:
            arguments += ["--nuclide", "Lu-177"]
        monkeypatch.setattr(sys, "argv", arguments)
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return stop.value.code, captured.out, captured.err

    return run


def table(regions, header="region,time_h,activity_mbq"):
    rows = [header]
    for name, points in regions.items():
        rows += [",".join([name, *(repr(float(v)) for v in point)]) for point in points]
    return "\n".join(rows) + "\n"


def falling(half_life_h, amplitude=200.0, times=FOUR, u=None):
    points = [(t, amplitude * 2 ** (-t / half_life_h)) for t in times]
    return points if u is None else [(t, a, u * a) for t, a in points]


def regions_of(out):
    return {region["name"]: region for region in json.loads(out)["regions"]}


STATED = "region,time_h,activity_mbq,standard_uncertainty_mbq"


def test_mono_exponential_by_hand(fit):
    status, out, err = fit({"liver": falling(50.0)}, "--model", "mono")
    region = regions_of(out)["liver"]
    exact = 200e6 * 50 * 3600 / math.log(2)
    assert (status, err) == (0, "")
    assert region["model"] == "mono"
    assert region["time_integrated_activity_bq_s"]["value"] == pytest.approx(exact, rel=1e-8)
    assert region["effective_half_life_h"]["value"] == pytest.approx(50.0, rel=1e-8)
    assert region["extrapolated_fraction"] == pytest.approx(2 ** (-168 / 50), rel=1e-6)
    low, high = region["time_integrated_activity_bq_s"]["interval95"]
    assert low < exact < high
    document = json.loads(out)
    assert document["nuclide"] == "Lu-177"
    assert len(document["provenance"]["input"]["sha256"]) == 64
    assert "5 % assumed" in document["standard_uncertainty_of_points"]


def test_same_key_same_result_and_another_for_another_choice(fit):
    keys = [json.loads(fit({"liver": falling(50.0)}, *o)[1])["provenance"]["key"] for o in ((), (), ("--seed", "1"))]
    assert keys[0] == keys[1] != keys[2]


def test_unsorted_rows_and_mapped_headers_give_the_same(fit):
    _, plain, _ = fit({"liver": falling(50.0)})
    rows = table({"liver": falling(50.0)[::-1]}, "organ,t_h,A")
    _, mapped, _ = fit(rows, "--columns", "region=organ,time_h=t_h,activity_mbq=A")
    _, ignored, _ = fit(
        rows.replace("organ,t_h,A", "organ,t_h,A,note").replace("\n", ",x\n").replace("note,x", "note"),
        "--columns", "region=organ,time_h=t_h,activity_mbq=A", "--ignore-column", "note",
    )  # fmt: skip
    assert regions_of(mapped) == regions_of(plain) == regions_of(ignored)


def test_decay_corrected_data(fit):
    present = {"liver": falling(50.0)}
    corrected = {"liver": [(t, a * 2 ** (t / LU)) for t, a in present["liver"]]}
    _, one, _ = fit(present)
    _, other, _ = fit(corrected, "--decay-corrected-to", "administration")
    a, b = (regions_of(out)["liver"]["time_integrated_activity_bq_s"]["value"] for out in (one, other))
    assert a == pytest.approx(b, rel=1e-9)


def test_stated_uncertainty_by_column_and_by_option_agree(fit):
    _, column, _ = fit(table({"liver": falling(50.0, u=0.03)}, STATED))
    _, option, _ = fit({"liver": falling(50.0)}, "--relative-standard-uncertainty", "3 %")
    a, b = (regions_of(out)["liver"]["time_integrated_activity_bq_s"] for out in (column, option))
    assert a["standard_uncertainty"] == pytest.approx(b["standard_uncertainty"], rel=1e-9)
    assert set(a["budget"]) == {"activity", "fit"}


FINDINGS = {
    "negative": ([(4, -1), (24, 5)], "activity at time point 1 (4 h) is -1 MBq"),
    "zero": ([(4, 5), (24, 0)], "activity at time point 2 (24 h) is 0 MBq"),
    "nan": ([(4, float("nan")), (24, 5)], "activity at time point 1 (4 h) is not a number"),
    "infinite": ([(4, float("inf")), (24, 5)], "activity at time point 1 (4 h) is inf MBq"),
    "twice": ([(4, 5), (4, 6), (24, 3)], "two activities at the same time, 4 h"),
    "rising": ([(4, 5), (24, 10)], "activity still rising at the last scan: state the tail"),
    "one": ([(24, 5)], "one time point and no stated half-life"),
    "huge": ([(4, 1e12), (24, 5)], "activity at time point 1 (4 h) is 1e+12 MBq, beyond what a measurement can be"),
    "tiny": ([(4, 1e-300), (24, 5)], "activity at time point 1 (4 h) is 1e-300 MBq, beyond what a measurement can be"),
    "at once": ([(0, 5), (24, 3)], "time point 1 lies 0 h after the administration"),
    "before": ([(-4, 5), (24, 3)], "time point 1 lies -4 h after the administration"),
}


@pytest.mark.parametrize("name", FINDINGS)
def test_what_one_region_cannot_support_is_null_and_the_others_are_there(fit, name):
    points, reason = FINDINGS[name]
    status, out, err = fit({"good": falling(50.0), "odd": points})
    found = regions_of(out)
    assert (status, err) == (3, "")
    assert found["good"]["time_integrated_activity_bq_s"]["value"] > 0
    assert found["odd"]["time_integrated_activity_bq_s"]["value"] is None
    assert found["odd"]["time_integrated_activity_bq_s"]["reason"] == reason
    assert found["odd"]["reason"] == reason
    assert found["odd"]["extrapolated_fraction"] is None


@pytest.mark.parametrize("u", ["0", "-1", "nan"])
def test_an_uncertainty_that_is_none_is_a_finding(fit, u):
    content = table({"good": falling(50.0, u=0.03)}, STATED) + f"odd,4,5,{u}\nodd,24,3,0.1\n"
    status, out, _ = fit(content)
    assert status == 3
    assert regions_of(out)["odd"]["reason"].startswith("standard uncertainty at time point 1 (4 h) is")
    assert regions_of(out)["good"]["reason"] is None


def test_fewer_points_than_the_model_needs(fit):
    status, out, _ = fit({"few": falling(50.0, times=FOUR[:3]), "many": falling(50.0)}, "--model", "bi")
    assert status == 3
    assert regions_of(out)["few"]["reason"] == "bi has 4 parameters: 3 scans cannot support it"
    assert regions_of(out)["many"]["model"] == "bi"


def test_longer_than_physical_is_bounded_and_said(fit):
    status, out, _ = fit({"slow": falling(300.0)}, "--model", "mono")
    region = regions_of(out)["slow"]
    assert status == 0
    assert region["effective_half_life_h"]["value"] == pytest.approx(LU)
    assert region["longer_than_physical"]["free_effective_half_life_h"] == pytest.approx(300.0, rel=1e-3)
    assert region["longer_than_physical"]["significant"]
    assert any("longer than physical decay allows" in text for text in region["findings"])


@pytest.mark.parametrize(
    ("options", "model"),
    [(("--tail", "physical"), "trapezoid-tail"), (("--tail", "51 h +- 5 h"), "trapezoid-tail"),
     (("--until", "last-scan"), "trapezoid"), (("--until", "24 h"), "trapezoid")],
)  # fmt: skip
def test_rising_activity_with_what_it_needs(fit, options, model):
    status, out, _ = fit({"rising": [(4, 5), (24, 10)]}, *options)
    region = regions_of(out)["rising"]
    assert status == 0
    assert region["model"] == model
    lines = 3600e6 * (4 * 5 / 2 + 20 * 15 / 2)
    assert region["time_integrated_activity_to_last_scan_bq_s"]["value"] == pytest.approx(lines)
    if model == "trapezoid":
        assert region["effective_half_life_h"]["value"] is None


def test_periods(fit):
    _, out, _ = fit({"liver": falling(50.0)}, "--model", "mono", "--until", "72 h")
    region = regions_of(out)["liver"]
    part = 200e6 * 50 * 3600 / math.log(2) * (1 - 2 ** (-72 / 50))
    assert region["until_h"] == 72.0
    assert region["time_integrated_activity_bq_s"]["value"] == pytest.approx(part, rel=1e-8)
    assert region["extrapolated_fraction"] == 0.0


def test_trapezoid_by_name(fit):
    status, out, _ = fit({"liver": falling(50.0)}, "--model", "trapezoid", "--tail", "fitted")
    region = regions_of(out)["liver"]
    assert status == 0
    assert region["tail"]["half_life_h"]["value"] == pytest.approx(50.0)
    assert region["tail"]["source"] == "fitted to the last 2 scans"
    assert region["choice"] == "straight lines were asked for"


def test_average_lists_weights(fit):
    _, out, _ = fit({"liver": falling(50.0)}, "--model", "average")
    weights = regions_of(out)["liver"]["akaike_weights"]
    assert sum(weights.values()) == pytest.approx(1.0)


def test_shared_rates_and_their_covariance(fit):
    def kidney(amplitude):
        times = np.array([2.0, 6.0, 24.0, 72.0, 168.0])
        return list(zip(times, amplitude * (2 ** (-times / 52) - 2 ** (-times / 3)), strict=True))

    regions = {"kidney_left": kidney(200.0), "kidney_right": kidney(150.0), "liver": falling(60.0)}
    status, out, _ = fit(regions, "--share", "rates:kidney_left,kidney_right", "--check-uncertainty", "50")
    document, found = json.loads(out), regions_of(out)
    assert status == 0
    left, right = found["kidney_left"], found["kidney_right"]
    assert left["effective_half_life_h"]["value"] == pytest.approx(right["effective_half_life_h"]["value"], rel=1e-9)
    (group,) = document["groups"]
    assert group["regions"] == ["kidney_left", "kidney_right"]
    assert group["covariance_bq2_s2"][0][0] == pytest.approx(
        left["time_integrated_activity_bq_s"]["standard_uncertainty"] ** 2
    )
    assert 0 < group["correlation"][0][1] < 1
    assert len(group["drawn_covariance_bq2_s2"]) == 2
    assert left["uncertainty_check"]["samples"] == found["liver"]["uncertainty_check"]["samples"] == 50


def test_a_region_of_a_group_that_is_no_curve_is_left_out(fit):
    regions = {"a": falling(50.0), "b": falling(50.0, 100.0), "c": [(4, -1), (24, 2)], "d": [(4, 1), (24, 2)]}
    status, out, _ = fit(regions, "--share", "washout:a,b,c,d")
    found = regions_of(out)
    assert status == 3
    assert found["a"]["reason"] is None
    assert found["c"]["reason"].startswith("activity at time point 1")
    assert found["d"]["reason"] == "activity still rising at the last scan: it cannot share rates"


def test_drawn_uncertainty_is_in_the_document_and_said(fit):
    _, out, _ = fit({"liver": falling(50.0)}, "--check-uncertainty", "200", "--seed", "3")
    check = regions_of(out)["liver"]["uncertainty_check"]
    assert check["agrees"]
    assert check["ratio"] == pytest.approx(1.0, abs=check["tolerance"])
    _, text, _ = fit({"liver": falling(50.0)}, "--check-uncertainty", "200", "--seed", "3", json_out=False)
    assert f"drawn over propagated uncertainty {check['ratio']:.2f}, which agrees" in text
    _, out, _ = fit({"liver": falling(50.0)}, "--model", "average", "--check-uncertainty", "20")
    assert regions_of(out)["liver"]["uncertainty_check"]["samples"] == 0


def test_table_on_the_terminal(fit):
    status, out, err = fit({"liver": falling(50.0), "odd": [(4, -1)]}, json_out=False)
    assert (status, err) == (3, "")
    assert "liver" in out
    assert "no richer model fits better" in out
    assert "odd: activity at time point 1 (4 h) is -1 MBq" in out


def test_folder_with_document_and_picture(fit, tmp_path):
    out = tmp_path / "results"
    status, text, _ = fit({"liver": falling(50.0), "rising": [(4, 5), (24, 10)]}, "--out", str(out))
    assert status == 3
    assert json.loads((out / "fit.json").read_text()) == json.loads(text)
    assert (out / "curves.svg").read_text().startswith("<?xml")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").write_text("x")
    status, _, err = fit({"liver": falling(50.0)}, "--out", str(tmp_path / "other"))
    assert status == 2
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--nuclide", "Xx-177"),
        ("--model", "quad"),
        ("--method", "magic"),
        ("--model", "trapezoid"),
        ("--tail", "51 h"),
        ("--tail", "51 +- 5"),
        ("--tail", "5 Gy +- 1 Gy"),
        ("--tail", "400 h +- 5 h"),
        ("--tail", "51 h +- 0 h"),
        ("--until", "72"),
        ("--until", "0 h"),
        ("--decay-corrected-to", "scan"),
        ("--share", "uptake:liver,nobody"),
        ("--share", "uptake:liver"),
        ("--share", "speed:liver,spleen"),
        ("--share", "uptake:liver,liver"),
        ("--share", "uptake:liver,spleen", "--model", "mono"),
        ("--share", "washout:liver,spleen", "--robust"),
        ("--relative-standard-uncertainty", "0"),
        ("--relative-standard-uncertainty", "150 %"),
        ("--scatter-between-scans", "-5 %"),
        ("--check-uncertainty", "1"),
        ("--seed", "-1"),
        ("--columns", "region=organ"),
        ("--columns", "colour=region"),
        ("--ignore-column", "note"),
    ],
)
def test_a_choice_that_cannot_be_is_one_line_and_status_2(fit, options):
    status, out, err = fit({"liver": falling(50.0), "spleen": falling(60.0)}, *options)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "content",
    ["", "region,time_h,activity_mbq\n", "a;b;c\n1;2;3\n", "region,time_h,activity_mbq\nliver,four,1\n",
     "region,time_h,activity_mbq\nliver,nan,1\n", "region,time_h,activity_mbq\nliver,1e300,1\n", "region,time_h,activity_mbq\n,4,1\n",
     "region,time_h,activity_mbq\nliver,4\n", "region,time_h,activity_mbq,extra\nliver,4,1,1\n",
     "region,time_h,activity_mbq,standard_uncertainty_mbq\nliver,4,1,\n"],
)  # fmt: skip
def test_a_malformed_table_is_one_line_and_status_2(fit, content):
    status, out, err = fit(content)
    assert (status, out) == (2, "")
    assert err.startswith("hevesy: tac.csv")
    assert err.count("\n") == 1


def test_uncertainty_stated_twice(fit):
    content = table({"liver": falling(50.0, u=0.03)}, STATED)
    status, _, err = fit(content, "--relative-standard-uncertainty", "3 %")
    assert status == 2
    assert "both came" in err


def test_robust_fit_says_which_scan_does_not_fit(fit):
    points = falling(50.0, times=(2.0, 6.0, 24.0, 48.0, 96.0, 168.0), u=0.03)
    points[3] = (48.0, 1.6 * points[3][1], points[3][2])
    _, out, _ = fit(table({"liver": points}, STATED), "--robust", "--model", "mono")
    region = regions_of(out)["liver"]
    assert any(text.startswith("time point 4 (48 h) does not fit") for text in region["findings"])
    assert region["time_integrated_activity_bq_s"]["value"] == pytest.approx(200e6 * 50 * 3600 / math.log(2), rel=0.01)
