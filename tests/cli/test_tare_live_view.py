"""The terminal view of a treatment in fractions."""

import io

import numpy as np
import pytest
from rich.console import Console

from hevesy.cli.tare_live_view import View, live_view
from hevesy.workflow.tare.live.output import ShownPlane


def told(value):
    return {"value": value, "standard_uncertainty": 0.1 * value}


def document(**changes):
    tumour = {"at_least": told(120.0), "unquantifiable_ml": 0.3}
    return {
        "product": "QuiremSpheres",
        "limit": {"healthy_liver_dose_gy": 60.0, "risk": 0.05},
        "remaining": {
            "as-so-far": {"activity_gbq": None, "reason": "nothing of it would reach the healthy liver"},
            "all-to-healthy": {"activity_gbq": 0.0, "reason": None},
        },
        "no_figure_because": [],
        "absorbed_dose_gy": {
            "healthy": {"at_most": told(58.0), "seen": told(40.0)},
            "tumours": {"T[1]": tumour},
        },
        "fractions": [
            {"name": "F1", "injected": "2026-03-02T10:00:00+01:00", "delivered_gbq": told(0.5), "unaccounted_share": 0.1,
             "absorbed_dose_gy": {"healthy_at_most": told(58.0)}}
        ],
        "unaccounted_share": told(0.1),
        "not_placed_counts": "in the healthy tissue of the treated volume",
        "placed": [{"region": "T[1]", "share": 0.5, "reason": "seen on CT"}],
        "findings": [{"code": "fraction-edited", "message": "F1: expected the fraction as before"}],
    } | changes  # fmt: skip


def plane():
    dose = np.array([[np.nan, 1.0, 50.0, 100.0], [np.nan, 2.0, np.nan, 90.0]] * 4)
    return ShownPlane(dose, np.isnan(dose) & (np.arange(4) == 2), 1.0)


def shown(content, *, colours, columns=140):
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=colours, color_system="truecolor" if colours else None, width=columns)
    console.print(live_view(content, plane(), View(colours, columns)))
    return stream.getvalue()


@pytest.mark.parametrize("columns", [80, 140])
def test_without_colours_everything_is_a_letter(columns):
    text = shown(document(), colours=False, columns=columns)
    words = " ".join(text.replace("│", " ").split())
    assert "\x1b" not in text
    assert "nothing of it would reach the healthy liver" in words
    for said in ("T[1], at least", "healthy, at most 58.0 5.8", "Placed in T[1]: 50 %", "o: unquantifiable", ".+@"):
        assert said in words


def test_with_colours_the_void_is_bright():
    text = shown(document(), colours=True)
    assert "▀" in text
    assert "86;224;255" in text


def test_no_figure_says_why():
    words = shown(document(remaining=None, no_figure_because=["too much is not seen"]), colours=False)
    assert "No figure: too much is not seen." in words
