"""Values with a standard uncertainty as text."""

import pytest

from hevesy.errors import InputError
from hevesy.quantities import parse_uncertain


@pytest.mark.parametrize(
    ("text", "kind", "value", "spread"),
    [
        ("7.4 GBq +- 2 %", "activity", 7.4e9, 0.148e9),
        ("7.4 GBq ± 100 MBq", "activity", 7.4e9, 1e8),
        ("1.0 +/- 0.2", "ratio", 1.0, 0.2),
        ("42 % +- 2 %", "ratio", 0.42, 0.02),
        ("60 h+-10h", "time", 216000.0, 36000.0),
    ],
)
def test_value_and_standard_uncertainty(text, kind, value, spread):
    read = parse_uncertain(text, kind, "rmblr:stated")
    assert read.value == pytest.approx(value, rel=1e-12)
    assert dict(read.components) == {"rmblr:stated": pytest.approx(spread, rel=1e-12)}


def test_without_an_uncertainty_the_value_is_exact():
    assert parse_uncertain("75 kg", "mass", "mass:x").components == {}


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("1.0 +- 20 %", "ratio"),  # a fifth, or 0.2 of the ratio's unit
        ("7.4 GBq +- 2", "activity"),
        ("1.0 +- 0", "ratio"),
        ("1.0 +- -0.2", "ratio"),
        ("+- 0.2", "ratio"),
        ("1 +- 2 +- 3", "ratio"),
        ("7.4 +- 0.1 GBq", "activity"),
    ],
)
def test_what_could_mean_two_things_is_refused(text, kind):
    with pytest.raises(InputError):
        parse_uncertain(text, kind, "a:b", "--option")
