"""The methods text follows from what ran."""

from hevesy.report.estimate_model import EstimateModel
from hevesy.report.methods import limits, methods_text, references
from hevesy.report.model import DeadTimeOut


def test_what_ran_is_told(results):
    text = "\n".join(methods_text(results))
    for part in (
        "[177Lu]Lu-DOTATATE",
        "159.50 h",
        "4.2, 24.1, 95.8 and 167.9 h",
        "b1 = 2.10 ml",
        "local energy",
        "2.6 Gy",
    ):
        assert part in text
    assert "not recovery-corrected" in text
    assert "a mono-exponential;" in text


def test_citations_are_numbered_where_they_belong(results):
    told = methods_text(results)
    assert all(next(line for line in told if words in line).endswith("[1]") for words in ("S value", "voxel by voxel"))
    assert told[-1] == "Data and methods used beside these: [2]."
    assert [line.rpartition("doi:")[2] for line in references(results)] == [c.doi for c in results.provenance.citations]


def test_what_did_not_run_is_not_told(bare_results):
    text = "\n".join(methods_text(bare_results))
    assert "No dose map was made" in text
    assert "not registered" in text
    assert "no scan came with a CT" in text
    assert "voxel by voxel" not in text


def test_no_biology_without_bed(results):
    null = {"value": None, "standard_uncertainty": None, "interval95": None, "reason": "no alpha/beta stated"}
    regions = [r.model_copy(update={"bed_gy": r.bed_gy.model_copy(update=null)}) for r in results.regions]
    assert "biologically" not in "\n".join(methods_text(results.model_copy(update={"regions": regions})))


def test_limits_of_two_scans_without_ct(results, bare_results):
    assert limits(results) == []
    told = limits(bare_results)
    assert len(told) == 3
    assert "two parameters" in told[0]
    assert "density" in told[1]
    assert "share no frame of reference" in told[2]


def test_limits_name_the_stated_tail(bare_results):
    curve = bare_results.regions[0].curve.model_copy(update={"tail_half_life_h": 51.0, "tail_from_h": 24.1})
    region = bare_results.regions[0].model_copy(update={"curve": curve})
    assert "tail that the study states" in limits(bare_results.model_copy(update={"regions": [region]}))[0]


def _given(results, **changes):
    return results.model_copy(update={"administration": results.administration.model_copy(update=changes)})


def test_the_administration_is_told_as_it_was_known(results):
    nothing = results.administration.residual_activity_bq.model_copy(update={"value": None, "reason": "not stated"})
    assert "less the residual measured after it" in methods_text(results)[0]
    no_residual = methods_text(_given(results, residual_activity_bq=nothing))[0]
    assert "no residual being stated" in no_residual
    assert "less" not in no_residual
    images = methods_text(_given(results, residual_activity_bq=nothing, measured_activity_bq=nothing, source="images"))[
        0
    ]
    assert "taken from the headers of the images" in images
    assert "measured" not in images
    unknown = _given(results, measured_activity_bq=nothing, net_activity_bq=nothing)
    assert methods_text(unknown)[0].startswith("No administered activity of [177Lu]Lu-DOTATATE is known.")


def test_the_rule_that_chose_the_model_is_told(results):
    curve = results.regions[0].curve
    rows = [
        {"model": "mono", "aicc": None, "reason": None},
        {"model": "bi", "aicc": None, "reason": "fits no better than mono at the 1 % level"},
    ]
    told = []
    for candidates in (rows, [{**row, "aicc": 3.0} for row in rows[:1] * 2]):
        region = results.regions[0].model_copy(update={"curve": curve.model_copy(update={"candidates": candidates})})
        told.append("\n".join(methods_text(results.model_copy(update={"regions": [region]}))))
    assert "only if it fits better at the 1 % level" in told[0]
    assert "(AICc) exists" not in told[0]
    assert "(AICc) exists" in told[1]


def test_limits_are_told_one_by_one(results):
    engine = {"region": "a: b", "limits": "Crossfire is left out. A region is a sphere."}
    assert limits(results.model_copy(update={"engine": engine})) == ["Crossfire is left out.", "A region is a sphere."]


def _calibrated(results, **changes):
    return results.model_copy(update={"calibration": results.calibration.model_copy(update=changes)})


def test_dead_time_is_told_with_its_values(results):
    def value(number, u, unit="1"):
        return EstimateModel(value=number, standard_uncertainty=u, unit=unit)

    dead_time = DeadTimeOut(
        model="paralysable",
        dead_time_us=value(1.5, 0.05, "µs"),
        events="all-energies",
        source="count_rates.csv",
        chi_square=8.1,
        degrees_of_freedom=9,
        loss_factors=[value(1.2, 0.01), value(1.05, 0.003)],
        calibration_loss_factor=value(1.01, 0.001),
    )
    text = " ".join(" ".join(methods_text(_calibrated(results, dead_time=dead_time))).split())
    for part in (
        "1.200 ± 0.010, 1.0500 ± 0.0030 in the order",
        "a paralysable detector (lower branch)",
        "1.500 ± 0.050 µs",
        "chi-square 8.10 for 9 degrees",
        "all events of the detector",
    ):
        assert part in text, text
    assert "dead time" not in "\n".join(methods_text(results))


def test_decay_while_counting_is_told_once_where_it_is_the_same(results):
    same = "\n".join(methods_text(_calibrated(results, decay_while_counting=["decay 0.09 %"] * 3)))
    assert same.count("decay 0.09 %") == 1
    different = "\n".join(methods_text(_calibrated(results, decay_while_counting=["one way", "another way"])))
    assert "scan 1, one way; scan 2, another way" in different
