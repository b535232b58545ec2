"""Units are parsed once, at the border; kinds never mix."""

import pytest

from hevesy.errors import InputError
from hevesy.quantities import AbsorbedDose, Bed, Eqd2, Uncertain, parse_bare, parse_quantity


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("7.4 GBq", "activity", 7.4e9),
        ("200 mCi", "activity", 7.4e9),
        ("51.2 h", "time", 51.2 * 3600),
        ("6.6443 d", "time", 6.6443 * 86400),
        ("23 Gy", "absorbed dose", 23.0),
        ("250 mGy", "absorbed dose", 0.25),
        ("146 ml", "volume", 146.0),
        ("0.146 l", "volume", 146.0),
        ("0.5 cm", "length", 5.0),
        ("1.05 g/ml", "density", 1.05),
        ("1050 kg/m**3", "density", 1.05),
        ("9.3 cps/MBq", "sensitivity", 9.3e-6),
        ("200 kBq/ml", "activity concentration", 2e5),
        ("5 %", "ratio", 0.05),
        (0.05, "ratio", 0.05),
    ],
)
def test_quantities_with_units(text, kind, value):
    assert parse_quantity(text, kind) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "kind", "word"),
    [
        ("7.4", "activity", "no unit"),
        (7.4e9, "activity", "no unit"),
        ("7.4 Hz", "activity", "activity"),
        ("1/s", "activity", "activity"),
        ("3 Sv", "absorbed dose", "absorbed dose"),
        ("nan Gy", "absorbed dose", "nan"),
        ("1e999 Gy", "absorbed dose", "finite"),
        ("3 furlong", "length", "length"),
        ("3 Gy)", "absorbed dose", "absorbed dose"),
        ("3 Gy**9**9**9", "absorbed dose", "absorbed dose"),
        ("", "time", "time"),
        (None, "time", "None"),
        (True, "ratio", "True"),
        ([1], "ratio", "1"),
    ],
)
def test_wrong_quantities_are_refused_with_what_came(text, kind, word):
    with pytest.raises(InputError, match="expected") as caught:
        parse_quantity(text, kind, "a.key")
    assert word in str(caught.value)
    assert str(caught.value).startswith("a.key: ")


def test_bare_numbers():
    assert parse_bare("2.5") == 2.5
    for wrong in ("x", True, None, float("inf")):
        with pytest.raises(InputError):
            parse_bare(wrong)


def test_kinds_never_mix():
    dose, bed = AbsorbedDose(Uncertain(3.0)), Bed(Uncertain(3.2))
    assert (dose + AbsorbedDose(Uncertain(1.0))).value == 4.0
    for operation in (lambda: dose + bed, lambda: dose < bed, lambda: bed > Eqd2(Uncertain(1.0)), lambda: dose + 1.0):
        with pytest.raises(TypeError, match="never mix"):
            operation()
    assert dose != bed
    assert dose.times(4).value == 12.0
