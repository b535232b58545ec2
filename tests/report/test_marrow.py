"""Blood, whole body and red marrow in the report."""

import pytest

from hevesy.report.document import Bullets, Facts, Heading, Pictures, Table
from hevesy.report.estimate_model import EstimateModel
from hevesy.report.marrow_model import CourseModel, MarrowModel, MarrowWayModel, SampleModel
from hevesy.report.sections import Material
from hevesy.report.sections.marrow import marrow


def given(value, unit="Gy"):
    return EstimateModel(
        value=value, standard_uncertainty=0.1 * value, interval95=(0.8 * value, 1.2 * value), unit=unit
    )


def none(unit, reason):
    return EstimateModel(value=None, unit=unit, reason=reason)


def course(name, unit, *, fitted=True):
    times, values = (0.5, 4.0, 24.0), (2e5, 5e4, 7e3)
    excreted = None if name == "Blood" else given(0.5, "1")
    return CourseModel(
        name=name,
        unit=unit,
        model="bi" if fitted else None,
        time_integrated=given(3.6e9, f"{unit} s") if fitted else none(f"{unit} s", "still rising"),
        effective_half_life_h=given(60.0, "h") if fitted else none("h", "still rising"),
        extrapolated_fraction=0.1 if fitted else None,
        samples=[
            SampleModel(time_h=t, value=given(v, unit), excreted_fraction=excreted)
            for t, v in zip(times, values, strict=True)
        ],
        candidates=[],
        band_time_h=[0.0, 30.0] if fitted else [],
        band_value=[2e5, 6e3] if fitted else [],
        band_lower=[1.9e5, 5e3] if fitted else [],
        band_upper=[2.1e5, 7e3] if fitted else [],
    )


def way(name, value):
    return MarrowWayModel(
        way=name,
        absorbed_dose_gy=given(value),
        absorbed_dose_per_administered_activity_gy_per_gbq=given(value / 7.4, "Gy/GBq"),
        time_integrated_activity_bq_s=given(1e12, "Bq s"),
        self_dose_gy=given(0.7 * value),
        self_dose_by_radiation_gy={"electron": 0.69 * value, "photon": 0.01 * value},
        cross_dose_gy={"Liver": given(0.1 * value), "remainder": given(0.2 * value)},
        remainder_time_integrated_activity_bq_s=given(1e14, "Bq s"),
    )


RED = MarrowModel(
    phantom="adult-male",
    body_mass_kg=75.0,
    mass_g=given(1200.0, "g"),
    phantom_mass_g=1170.0,
    marrow_to_blood_ratio=given(1.0, "1"),
    ways=[way("blood", 0.1), way("image", 0.15)],
    image_over_blood=given(1.5, "1"),
    s_values={"self": given(1.76e-14, "Gy/(Bq s)")},
    limits=["a limit"],
)


@pytest.fixture(scope="module")
def section(results, images):
    update = {"blood": course("Blood", "Bq/ml"), "whole_body": course("Whole_body", "Bq"), "marrow": RED}
    return marrow(Material(results.model_copy(update=update), images))


def of(section, kind):
    return [block for block in section if isinstance(block, kind)]


def test_nothing_is_shown_without_samples(results, images):
    assert marrow(Material(results, images)) == []


def test_curves_table_and_limits(section):
    assert of(section, Heading)[0].text == "Blood, whole body and red marrow"
    assert len(of(section, Pictures)[0].items) == 2
    (table,) = of(section, Table)
    assert [column.title for column in table.columns] == [
        "Absorbed dose to red marrow",
        "from blood",
        "from the images",
    ]
    rows = {row[0].text: [cell.text for cell in row[1:]] for row in table.rows}
    assert rows["All"] == ["0.100\u00a0±\u00a00.010", "0.150\u00a0±\u00a00.015"]
    assert rows["Rest of the body"][0] == "0.0200\u00a0±\u00a00.0020"
    assert of(section, Bullets)[0].items == ("a limit",)


def test_integrals_and_what_left_the_body(section):
    facts = dict(of(section, Facts)[0].items)
    assert facts["Blood: integral"] == "1000\u00a0±\u00a0100 kBq h/ml"
    assert facts["Whole body: curve"] == "bi; 10 % of the integral after the last sample"
    assert facts["Excreted at the last reading"] == "50.0\u00a0±\u00a05.0 % of the administered activity"


def test_a_course_without_an_integral_says_why(results, images):
    update = {"blood": course("Blood", "Bq/ml", fitted=False)}
    facts = dict(of(marrow(Material(results.model_copy(update=update), images)), Facts)[0].items)
    assert facts == {"Blood: integral": "none: still rising"}
