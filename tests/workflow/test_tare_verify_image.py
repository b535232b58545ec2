"""Scale and moment of a therapy image: what the header says, what the file says, and when they fight."""

import copy

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.numerics.decay import mean_over_start
from hevesy.physdata import nuclide
from hevesy.physdata.pair_branch import PAIR_BRANCH_Y90
from hevesy.quantities.settings_file import validate_settings
from hevesy.workflow.tare.images.read import load_images
from hevesy.workflow.tare.verify.image import show_activity
from hevesy.workflow.tare.verify.settings import TareVerification

from .tare_verify_case import settings

CODES = {
    "Y-90": ("14691008", "SCT", "^90^Yttrium", "230400"),
    "F-18": ("77004003", "SCT", "^18^Fluorine", "6586.2"),
    "Ho-166": ("", "", "^166^Holmium", "96480"),
}
HALF_LIFE = {name: nuclide(name).half_life_s for name in ("Y-90", "Ho-166")}
FACTOR = {
    "method": "factor", "factor": "5 cps/MBq", "relative_standard_uncertainty": "4 %", "source": "phantom",
    "belongs_to": {
        "manufacturer": "ACME", "model": "Gamma", "collimator": "MEGP", "radionuclide": "Ho-166",
        "windows_kev": [[187, 229]], "reconstruction": "OSEM 8i10s",
    },
}  # fmt: skip
LOSSES = {
    "model": "non-paralysable", "tau": "2e-6 s", "standard_uncertainty": "1e-7 s", "source": "two sources",
    "belongs_to": {"manufacturer": "ACME", "model": "Gamma", "radionuclide": "Ho-166"},
    "rate": {"mean": "50 kcps", "lowest": "40 kcps", "highest": "60 kcps", "relative_standard_uncertainty": "1 %"},
    "calibration": "free-of-losses",
}  # fmt: skip


def drug(build, name, fraction=None):
    value, scheme, meaning, half_life = CODES[name]
    code = build.code(value or "X", scheme or "99LOCAL", meaning)
    more = {} if fraction is None else {"RadionuclidePositronFraction": fraction}
    return build.drug(RadionuclideCodeSequence=code, RadionuclideHalfLife=half_life, **more)


@pytest.fixture
def folder(build, tmp_path):
    build.write_all(build.ct(), tmp_path / "ct")
    x, y, z = build.ORIGIN
    square = np.array([[x + 1, y + 1.5], [x + 5, y + 1.5], [x + 5, y + 10.5], [x + 1, y + 10.5]])
    planes = [np.column_stack([square, np.full(4, z + 4.0 * k)]) for k in (1, 2, 3, 4)]
    build.write(build.rtstruct({"Liver": planes, "Lungs": planes}), tmp_path / "regions.dcm")
    return tmp_path


def pet(build, folder, name="Y-90", fraction="3.186e-05", **changes):
    build.write_all(
        build.pt(RadiopharmaceuticalInformationSequence=drug(build, name, fraction), **changes), folder / "pet"
    )


def spect(build, folder, **changes):
    build.write(
        build.nm(RadiopharmaceuticalInformationSequence=drug(build, "Ho-166"), **changes), folder / "spect" / "nm.dcm"
    )


def shown(folder, **therapy):
    content = copy.deepcopy(settings())
    content["images"] |= {"ct": "ct", "registration": "none"}
    content["treatment"]["at"] = "2024-03-04T10:00:00+01:00"
    content["therapy"] |= {"series": "pet", "start": "2024-03-05T10:00:00+01:00", "positron_fraction": None} | therapy
    file = validate_settings(TareVerification, content, "verify.yaml")
    return show_activity(file, load_images(file.images, folder), folder)


def test_values_not_corrected_are_brought_to_the_start(build, folder):
    pet(build, folder)
    found = shown(folder)
    mean = mean_over_start(HALF_LIFE["Y-90"], 1200.0)
    assert found.values == pytest.approx(25.0 * build.counts() / mean)
    assert found.elapsed_s == 86400.0
    assert found.absolute.value == pytest.approx(2.0 ** (86400.0 / HALF_LIFE["Y-90"]))
    assert set(found.absolute.components) == {"calibration:therapy", "pair-branch:Y-90"}


@pytest.mark.parametrize("applied", ["3.2e-05", "0.967"])
def test_the_positron_fraction_of_the_header_is_undone(build, folder, applied):
    pet(build, folder, fraction=applied)
    stated = None if applied.startswith("3.2") else float(applied)
    found = shown(folder, positron_fraction=stated)
    expected = float(applied) / PAIR_BRANCH_Y90 * 2.0 ** (86400.0 / HALF_LIFE["Y-90"])
    assert found.absolute.value == pytest.approx(expected)


def test_another_radionuclide_is_undone_where_it_is_stated(build, folder):
    """The scanner was told F-18: its positron fraction and its decay correction within the scan are taken back."""
    correction = 1.0 / mean_over_start(6586.2, 1200.0)
    pet(build, folder, "F-18", "0.967", DecayCorrection="START", DecayFactor=f"{correction:.6g}")
    with pytest.raises(InputError, match="expected Y-90, or 'recorded_as'"):
        shown(folder)
    found = shown(folder, recorded_as="F-18", positron_fraction=0.967)
    mean = mean_over_start(HALF_LIFE["Y-90"], 1200.0)
    assert found.values == pytest.approx(25.0 * build.counts() / correction / mean, rel=1e-5)
    assert "F-18 undone" in found.words


def test_a_header_without_radionuclide_takes_the_word_of_the_file(build, folder):
    build.write_all(build.pt(RadiopharmaceuticalInformationSequence=None), folder / "pet")
    with pytest.raises(InputError, match="the header says no radionuclide"):
        shown(folder, positron_fraction=3.186e-5)
    assert shown(folder, recorded_as="Y-90", positron_fraction=3.186e-5).absolute is not None


def test_a_relative_image_needs_no_positron_fraction(build, folder):
    pet(build, folder, fraction=None)
    assert shown(folder, absolute="none").absolute is None


WRONG = {
    "another start": ({"start": "2024-03-05T12:00:00+01:00"}, "the start in the header"),
    "a fraction that is not of Y-90": ({}, "a positron fraction near"),
    "another fraction than the header": ({"positron_fraction": 0.9}, "the header's positron fraction, 0.967"),
    "another nuclide than the header": ({"recorded_as": "Ga-68"}, "Ga-68 in the header, as 'recorded_as' says"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_contradicts_is_refused(build, folder, case):
    change, said = WRONG[case]
    pet(build, folder, fraction="0.967")
    with pytest.raises(InputError, match=said) as refused:
        shown(folder, **change)
    assert "\n" not in str(refused.value)


def test_an_undone_nuclide_needs_its_decay_factor(build, folder):
    pet(build, folder, "F-18", "0.967", DecayCorrection="START")
    with pytest.raises(InputError, match="a Decay Factor, to undo"):
        shown(folder, recorded_as="F-18", positron_fraction=0.967)


def holmium(**therapy):
    return {"modality": "ho166-spect", "series": "spect", "absolute": FACTOR, "dead_time": "not-corrected", **therapy}


def test_counts_by_a_calibration_factor(build, folder):
    spect(build, folder)
    found = shown(folder, **holmium())
    voxel_ml, seconds = 4.0 * 3.0 * 2.0 / 1000.0, 1200.0
    mean = mean_over_start(HALF_LIFE["Ho-166"], seconds)
    per_count = 1.0 / (5e-6 * seconds * voxel_ml) * 2.0 ** (86400.0 / HALF_LIFE["Ho-166"])
    assert found.values == pytest.approx(build.counts() / mean)
    assert found.absolute.value == pytest.approx(per_count)
    assert "dead-time-not-corrected" in {one.code for one in found.findings}


def test_dead_time_makes_the_activity_larger(build, folder):
    spect(build, folder)
    plain, corrected = (shown(folder, **holmium(dead_time=how)).absolute for how in ("not-corrected", LOSSES))
    assert corrected.value / plain.value == pytest.approx(1.0 / (1.0 - 50e3 * 2e-6))
    assert {"dead-time:camera", "count-rate:therapy"} <= set(corrected.components)
    own = LOSSES | {"calibration": LOSSES["rate"]}
    assert shown(folder, **holmium(dead_time=own)).absolute.value == pytest.approx(plain.value)


def test_a_factor_of_another_collimator_is_refused(build, folder):
    spect(build, folder)
    other = FACTOR | {"belongs_to": FACTOR["belongs_to"] | {"collimator": "HEGP"}}
    with pytest.raises(InputError, match="collimator"):
        shown(folder, **holmium(absolute=other))


def test_bremsstrahlung_recorded_as_another_nuclide(build, folder):
    """Uncorrected counts are brought to the start by the decay of yttrium, whatever the camera was told."""
    build.write(build.nm(RadiopharmaceuticalInformationSequence=drug(build, "F-18")), folder / "spect" / "nm.dcm")
    change = {"modality": "y90-bremsstrahlung-spect", "series": "spect", "absolute": "none"}
    with pytest.raises(InputError, match="the header says F-18"):
        shown(folder, **change)
    found = shown(folder, **change, recorded_as="F-18")
    assert found.values == pytest.approx(build.counts() / mean_over_start(HALF_LIFE["Y-90"], 1200.0))


def test_counts_are_no_concentration(build, folder):
    spect(build, folder)
    stated = {"method": "file", "relative_standard_uncertainty": "4 %", "source": "test"}
    with pytest.raises(InputError, match="activity concentrations in Bq/ml, but counts came"):
        shown(folder, **holmium(absolute=stated))
