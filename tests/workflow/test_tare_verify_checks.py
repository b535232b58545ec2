"""What a verification file must not say, before any image is read."""

import pytest

from hevesy.errors import InputError
from hevesy.workflow.tare.verify.job import read_verification

from .tare_verify_case import settings, write_settings


def changed(section, **values):
    def change(content):
        part = content
        for key in section.split("."):
            part = part[key]
        part.update(values)

    return change


def scouted(content):
    content["scout"] = {
        "delivered_activity": "100 MBq", "relative_standard_uncertainty": "3 %", "at": "2026-03-04T10:01:00+01:00",
        "distribution": "as-therapy",
    }  # fmt: skip


def twice(content):
    content["territories"][1]["region"] = content["territories"][0]["region"]


WRONG = {
    "tumour twice": (lambda c: c.update(tumours=["T1", "T1"]), "tumours: expected each name once, but 'T1' came twice"),
    "region twice": (twice, "territories, region: expected each name once"),
    "assay after": (changed("treatment.assayed", at="2026-03-04T10:01:00+01:00"), "an assay before the treatment"),
    "residual before": (changed("treatment.residual", at="2026-03-04T09:59:00+01:00"), "a residual measured after"),
    "residual years later": (changed("treatment.residual", at="2066-03-04T10:00:00+01:00"), "within 80 d of the treatment"),
    "assay years before": (changed("treatment.assayed", at="1966-03-04T10:00:00+01:00"), "within 80 d of the treatment"),
    "image years later": (changed("therapy", start="2036-03-04T10:00:00+01:00"), "therapy.start: expected a time within 80 d"),
    "scout after": (scouted, "scout.at: expected a scout before the treatment"),
}  # fmt: skip


def test_the_file_of_the_other_tests_is_sound(tmp_path):
    assert read_verification(write_settings(tmp_path, settings())).label == "box"


@pytest.mark.parametrize("case", WRONG)
def test_refused_in_one_line(tmp_path, case):
    change, said = WRONG[case]
    content = settings()
    change(content)
    with pytest.raises(InputError) as refused:
        read_verification(write_settings(tmp_path, content))
    assert said in str(refused.value)
    assert "\n" not in str(refused.value)
