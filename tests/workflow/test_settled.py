"""Which findings of the images the study file settles, and which it cannot."""

from __future__ import annotations

import pytest

from hevesy.errors import AdministrationError, ScaleError
from hevesy.workflow import compute_study, write_draft

SECTION = 'administration: {relative_standard_uncertainty: "2 %"}'


def spoil(tiny, **changes):
    for ds in (ds for scan in tiny.scans for ds in scan):
        tiny.build.update(ds.RadiopharmaceuticalInformationSequence[0], changes)


def answer(tiny, words):
    tiny.replace(SECTION, f'administration: {{{words}, relative_standard_uncertainty: "2 %"}}')


def mbq(tiny):
    spoil(tiny, RadionuclideTotalDose="7400")


def time_without_date(tiny):
    spoil(tiny, RadiopharmaceuticalStartDateTime=None, RadiopharmaceuticalStartTime="090000")


def offset_of_the_injection_alone(tiny):
    spoil(tiny, RadiopharmaceuticalStartDateTime="20240304080000+0000")


def one_clock_at_two_offsets(tiny):
    for scan, offset in zip(tiny.scans, ("+0100", "+0100", "+0200"), strict=True):
        for ds in scan:
            ds.TimezoneOffsetFromUTC = offset


def code_of_another_nuclide(tiny):
    spoil(tiny, RadionuclideCodeSequence=tiny.build.code("72454006", "SCT", "^99m^Technetium"))


def half_life_of_two(tiny):
    spoil(tiny, RadionuclideCodeSequence=None, RadionuclideHalfLife="282000")


@pytest.mark.parametrize(
    ("trouble", "message", "words"),
    [
        (mbq, "an administered activity, but that of S1, S2, S3 is implausible", 'activity: "7.4 GBq"'),
        (time_without_date, "a date and time of injection", 'start: "2024-03-04T09:00:00"'),
        (offset_of_the_injection_alone, "a Timezone Offset From UTC", 'start: "2024-03-04T09:00:00"'),
        (one_clock_at_two_offsets, "one clock time beside different offsets", 'start: "2024-03-04T09:00:00"'),
    ],
)
def test_refused_until_the_study_states_it(tiny, trouble, message, words):
    trouble(tiny)
    path = tiny.write()
    with pytest.raises(AdministrationError, match=message):
        compute_study(path)
    answer(tiny, words)
    path.write_text(tiny.text)
    assert compute_study(path).results.administration.net_activity_bq.value == pytest.approx(7.4e9)


def test_a_wrong_code_is_settled_by_the_nuclide_of_the_half_life(tiny):
    code_of_another_nuclide(tiny)
    path = tiny.write()
    with pytest.raises(AdministrationError, match="a known radionuclide"):
        compute_study(path)
    answer(tiny, "radionuclide: Lu-177")
    path.write_text(tiny.text)
    assert compute_study(path).results.administration.radionuclide == "Lu-177"


def test_values_decayed_with_the_half_life_of_another_nuclide_stay_refused(tiny):
    code_of_another_nuclide(tiny)
    answer(tiny, "radionuclide: Tc-99m")
    with pytest.raises(
        ScaleError, match=r"the half-life of Tc-99m, 21624\.1 s, but Radionuclide Half Life says 574300 s"
    ):
        compute_study(tiny.write())


def test_a_half_life_of_two_nuclides_is_refused(tiny):
    half_life_of_two(tiny)
    with pytest.raises(AdministrationError, match="a known radionuclide"):
        compute_study(tiny.write())


def test_a_nuclide_without_decay_data_is_refused_with_the_reason(tiny):
    spoil(
        tiny,
        RadionuclideCodeSequence=tiny.build.code("24853006", "SCT", "^223^Radium"),
        RadionuclideHalfLife="987552",
        RadionuclideTotalDose="4000000",
    )
    with pytest.raises(AdministrationError, match=r"own emissions suffice .*Lu-177.*, but Ra-223 came, with progeny"):
        compute_study(tiny.write())


def test_hours_of_the_scans_follow_the_change_of_the_clocks(tiny):
    one_clock_at_two_offsets(tiny)
    answer(tiny, 'start: "2024-03-04T09:00:00"')
    results = compute_study(tiny.write()).results
    assert [p.time_h for p in results.time_points] == [4.0, 24.0, 95.0]
    assert any("all times are told and compared at +0100" in finding for finding in results.findings)


def test_the_draft_asks_for_an_implausible_activity(tiny):
    mbq(tiny)
    tiny.write()
    path, open_keys = write_draft(tiny.folder, tiny.folder / "draft.yaml")
    assert '  activity: "?"' in path.read_text()
    assert any("activity" in key for key in open_keys)
