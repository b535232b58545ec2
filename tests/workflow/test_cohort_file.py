"""Cohorts from files: what is read, what is left out with a reason, what is refused."""

import math

import pytest

from hevesy.errors import HevesyError, InputError
from hevesy.workflow.cohort_file import CohortRequest, read_cohort

HEAD = "patient,region,time_h,activity"
GOOD = "007,Left kidney,4,2.5\n007,Left kidney,24,2.0\n8,Left kidney,4,3.5\n8,Left kidney,24,3.0\n"


def read(tmp_path, text, **request):
    path = tmp_path / "cohort.csv"
    path.write_text(text, encoding="utf-8")
    return read_cohort(path, CohortRequest(**{"nuclide": "177Lu", **request}))


def test_names_are_the_text_of_the_file(tmp_path):
    file = read(tmp_path, f"{HEAD}\n{GOOD}")
    assert file.cohort.patients == ("007", "8")
    assert file.cohort.regions == ("Left kidney",)
    assert (file.cohort.nuclide, file.has_uncertainties, file.has_cycles) == ("Lu-177", False, False)
    assert file.unusable == {}


def test_headers_are_mapped(tmp_path):
    text = f"{HEAD},extra\n".replace("patient", "ID").replace("region", "organ") + GOOD.replace("\n", ",x\n")
    file = read(tmp_path, text, mapping={"patient": "ID", "region": "organ"}, ignored=("extra",))
    assert file.cohort.patients == ("007", "8")


def test_decay_corrected_activities_are_brought_back(tmp_path):
    plain = read(tmp_path, f"{HEAD}\n{GOOD}").cohort
    brought = read(tmp_path, f"{HEAD}\n{GOOD}", decay_corrected=True).cohort
    for a, b in zip(plain.observations, brought.observations, strict=True):
        expected = a.activity * math.exp(-math.log(2) * a.time_h / plain.physical_half_life_h)
        assert b.activity == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("9,Left kidney,4,0", "the activity at 4 h is 0"),
        ("9,Left kidney,4,-1", "the activity at 4 h is -1"),
        ("9,Left kidney,4,nan", "the activity at 4 h is nan"),
        ("9,Left kidney,4,inf", "the activity at 4 h is inf"),
        ("9,Left kidney,0,1", "a time of 0 h"),
        ("9,Left kidney,-2,1", "a time of -2 h"),
        ("9,Left kidney,4,1\n9,Left kidney,4,2", "two activities at 4 h"),
    ],
)
def test_a_curve_that_cannot_be_used_is_left_out_with_the_reason(tmp_path, row, reason):
    file = read(tmp_path, f"{HEAD}\n{GOOD}{row}\n")
    assert file.cohort.patients == ("007", "8")
    assert reason in file.unusable["9", "Left kidney", ""]
    assert ("9", "Left kidney", "") in file.curves


def test_uncertainty_of_zero(tmp_path):
    text = f"{HEAD},standard_uncertainty\n" + GOOD.replace("\n", ",0.1\n") + "9,Left kidney,4,1,0\n"
    file = read(tmp_path, text)
    assert file.has_uncertainties
    assert "standard uncertainty at 4 h is 0" in file.unusable["9", "Left kidney", ""]


def test_ligands_are_not_mixed(tmp_path):
    text = f"{HEAD},ligand\n7,a,4,1,X\n7,a,24,1,X\n8,a,4,1,Y\n8,a,24,1,Y\n"
    with pytest.raises(InputError, match="one ligand, chosen by --ligand"):
        read(tmp_path, text)
    assert read(tmp_path, text, ligand="Y").cohort.patients == ("8",)
    with pytest.raises(InputError, match="a ligand among X, Y"):
        read(tmp_path, text, ligand="Z")


def test_covariates(tmp_path):
    text = f"{HEAD},egfr\n7,a,4,1,80\n7,a,24,1,80\n8,a,4,1,90\n"
    file = read(tmp_path, text, covariates=("egfr",))
    assert file.cohort.covariates == {"egfr": {"7": 80.0, "8": 90.0}}
    for bad, message in (
        (text.replace("1,90", "1,"), "line 4, egfr: expected egfr of every patient"),
        (text.replace("24,1,80", "24,1,81"), "line 3, egfr: expected one egfr for each patient"),
        (text.replace("1,90", "1,x"), "a number"),
    ):
        with pytest.raises(InputError, match=message):
            read(tmp_path, bad, covariates=("egfr",))
    with pytest.raises(InputError, match="a column size for --covariate"):
        read(tmp_path, text, covariates=("egfr", "size"))


@pytest.mark.parametrize(
    ("text", "request_", "message"),
    [
        ("", {}, "an empty file"),
        (f"{HEAD}\n", {}, "at least one row"),
        (f"{HEAD}\n7,a,4,x\n", {}, "a number"),
        (f"{HEAD}\n7,a,4\n", {}, "4 values as in the header"),
        (f"{HEAD},more\n7,a,4,1,2\n", {}, "no other column"),
        ("patient,region,time_h\n7,a,4\n", {}, "no activity came"),
        (f"{HEAD}\n,a,4,1\n", {}, "a printable text"),
        (f"{HEAD}\n7,a,4,0\n", {}, "at least one usable curve"),
        (f"{HEAD}\n{GOOD}", {"nuclide": "Xx-9"}, "Xx-9"),
    ],
)
def test_files_that_are_refused_in_one_line(tmp_path, text, request_, message):
    with pytest.raises(HevesyError) as refused:
        read(tmp_path, text, **request_)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(tmp_path) not in str(refused.value)


def test_cycles(tmp_path):
    text = f"{HEAD},cycle\n7,a,4,1,1\n7,a,24,1,1\n7,a,4,1,2\n8,a,4,1,1\n"
    file = read(tmp_path, text)
    assert file.has_cycles
    assert file.curves == (("7", "a", "1"), ("7", "a", "2"), ("8", "a", "1"))
