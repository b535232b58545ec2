"""Limits and both propagations in the report: words, tables and pictures."""

import pytest

from hevesy.report.document import Bullets, Heading, Paragraph, Pictures, Table
from hevesy.report.limit_words import limit_lines, probability_words
from hevesy.report.limits_model import DistributionModel, FurtherModel, LimitModel
from hevesy.report.methods import methods_text
from hevesy.report.sections import Material
from hevesy.report.sections.limits import dose_limits
from hevesy.report.sections.uncertainty import uncertainty
from hevesy.report.uncertainty_model import (
    AgreementModel,
    BudgetTermModel,
    ChainStepModel,
    MonteCarloModel,
    UncertaintyModel,
)

ASSUMED = "the cycle runs along the same curve"


def limit(**changes):
    known = {
        "quantity": "bed",
        "region": "Kidney L",
        "scope": "course",
        "value_gy": 40.0,
        "alpha_beta_gy": 2.5,
        "source": "a trial, doi:10.1000/x",
        "evaluated": True,
        "dose_gy": 30.0,
        "standard_uncertainty_gy": 4.0,
        "earlier_gy": 20.0,
        "earlier_sources": ["cycle 1"],
        "probability_of_exceeding": 0.02,
        "distribution": DistributionModel(
            kind="log-normal", dose_gy=[20.0, 30.0, 40.0, 50.0], density_per_gy=[0.01, 0.1, 0.02, 0.001]
        ),
        "further": FurtherModel(risk=0.05, cycles=1, activity_bq=9e9, assumption=ASSUMED),
    }
    return LimitModel(**{**known, **changes})


UNKNOWN = limit(
    evaluated=False,
    reason="not evaluated: earlier cycles unknown",
    dose_gy=None,
    standard_uncertainty_gy=None,
    earlier_gy=None,
    earlier_sources=[],
    probability_of_exceeding=None,
    distribution=None,
    further=None,
)
EXACT = limit(scope="cycle", earlier_gy=None, distribution=DistributionModel(kind="exact"), further=None)


def words_of(blocks):
    for block in blocks:
        if isinstance(block, Bullets):
            yield from block.items
        elif isinstance(block, Paragraph | Heading):
            yield block.text
        elif isinstance(block, Table):
            yield from (cell.text for row in block.rows for cell in row)


def test_no_limits_no_section(results, images):
    assert dose_limits(Material(results, images)) == []


def test_what_was_evaluated_and_what_was_not(results, images):
    changed = results.model_copy(update={"limits": [limit(), UNKNOWN, EXACT]})
    blocks = dose_limits(Material(changed, images))
    told = list(words_of(blocks))
    assert "BED (α/β 2.5 Gy)" in told
    assert "2.0 %" in told
    assert "not evaluated" in told
    assert any("not evaluated: earlier cycles unknown" in text for text in told)
    assert any(text.endswith(f"{ASSUMED}.") for text in told)
    assert any("Counted before this cycle: cycle 1." in text for text in told)
    (pictures,) = (block for block in blocks if isinstance(block, Pictures))
    assert b"<svg" in pictures.items[0].drawing.data
    assert any("held against a dose of its own kind" in text for text in methods_text(changed))


def test_lines():
    lines = limit_lines([limit(), UNKNOWN])
    assert lines[0] == (
        "Kidney L: limit of 40 Gy BED (α/β 2.5 Gy) per course: 30.0\u00a0±\u00a04.0 Gy, 20 Gy of it earlier; probability of "
        "exceeding it 2.0 %"
    )
    assert (
        lines[1] == "  fits: 1 further cycle of the same activity or 9.00 GBq in one further cycle at a risk of 5.0 %"
    )
    assert lines[2].endswith("not evaluated: earlier cycles unknown")
    assert lines[3] == f"what fits assumes that {ASSUMED}"


@pytest.mark.parametrize(
    ("probability", "words"), [(0.0, "under 0.1 %"), (1.0, "over 99.9 %"), (0.5, "50 %"), (None, "–")]
)
def test_no_probability_is_certain(probability, words):
    assert probability_words(limit(probability_of_exceeding=probability)) == words


def test_both_ways_stand_side_by_side(results, images):
    drawn = MonteCarloModel(
        mean=1.0, median=1.0, standard_uncertainty=0.11, standard_deviation=0.12, interval95=(0.8, 1.25)
    )
    term = BudgetTermModel(
        kind="all",
        relative_standard_uncertainty=0.1,
        share_of_variance=1.0,
        through_activity=0.09,
        through_s_value=0.06,
        correlation=-0.5,
    )
    regions = [
        region.model_copy(
            update={
                "absorbed_dose_gy": region.absorbed_dose_gy.model_copy(update={"monte_carlo": drawn}),
                "uncertainty_budget": [term],
            }
        )
        for region in results.regions
    ]
    used = UncertaintyModel(
        propagation="both",
        samples=2000,
        seed=1,
        largest_difference=0.25,
        agreement=[
            AgreementModel(
                region="Liver",
                quantity="absorbed dose",
                ratio_of_standard_uncertainties=1.4,
                lower_end_difference=0.1,
                upper_end_difference=0.5,
                agrees=False,
            )
        ],
        notes=["Spleen: the curve (average) was not fitted again"],
        chain=[ChainStepModel(step="dead time", included=False, words="not corrected for, so not known")],
    )
    changed = results.model_copy(update={"uncertainty": used, "regions": regions})
    blocks = uncertainty(Material(changed, images))
    tables = {block.caption: block for block in blocks if isinstance(block, Table)}
    both = tables["Absorbed dose and BED by both ways."]
    liver = next(row for row in both.rows if row[1].text == "Liver")
    assert (liver[3].text, liver[3].detail) == ("1.00\u00a0±\u00a00.11", "0.80 to 1.25")
    assert liver[-1].text == "no"
    told = list(words_of(blocks))
    assert "not in the budget" in told
    assert "−0.50" in told
    assert any("not fitted again" in text for text in told)
    assert any("at most 25 % of the uncertainty" in text for text in told)
    assert any("2000 Monte Carlo draws" in text for text in methods_text(changed))
