"""The published optimum of scan plans for [177Lu]Lu-PSMA-I&T.

Published: best of three 3-4, 96-100 and 192 h; kidneys 6.4 to 7.7 %, tumours 6.3 to 7.8 %; with the last scan at 96 h
tumours 9.1 to 11 % (about 40 % worse), kidneys 6.8 to 8.3 %. What is not reproduced is said in the explanation of designs.

A. Rinscheid et al., EJNMMI Phys. 7 (2020), doi:10.1186/s40658-020-00311-0
"""

import numpy as np
import pytest

from hevesy.physdata.design_populations import design_population
from hevesy.workflow.design import DesignRequest, judge
from hevesy.workflow.time_windows import parse_windows, times_within

WINDOWS = (
    "1 h, 2 h, 3 h, 4 h, 5 h, 6 h, 20-28 h, 44-52 h, 68-76 h, 92-100 h, 116-124 h, 140-148 h, 164-172 h, 188-192 h"
)
PUBLISHED = (4.0, 96.0, 192.0)
KIDNEYS, TUMOUR = 0, 1


@pytest.fixture(scope="module")
def judged():
    request = DesignRequest(
        name="psma-it-pbpk",
        prior=design_population("psma-it-pbpk"),
        regions=(),
        visits=(3,),
        candidates_h=times_within(parse_windows(WINDOWS, "--allowed"), 4.0, "--step"),
        minimum_gap_h=10.0,
        noise=0.05,
        scale_noise=0.06,
        timing_spread_h=0.0,
        hybrid=True,
        method="simulate",
        fit="held-bi",
        stated=(PUBLISHED,),
        n_patients=200,
        seed=1,
        shown=5,
    )
    return judge(request, 3)


def error_of(found, plan):
    return found.rmse[found.plans.index(plan)]


def best_until(found, last):
    allowed = [k for k, plan in enumerate(found.plans) if plan[-1] <= last]
    return min(allowed, key=lambda k: found.value[k])


@pytest.mark.slow
def test_best_of_three_is_the_published_one(judged):
    first, middle, last = judged.plans[int(np.argmin(judged.value))]
    assert 3.0 <= first <= 6.0
    assert 92.0 <= middle <= 116.0
    assert last >= 188.0


@pytest.mark.slow
def test_published_plan_is_as_good_as_the_best(judged):
    found = judged
    assert found.value[found.plans.index(PUBLISHED)] / found.value.min() < 1.02


@pytest.mark.slow
def test_errors_of_the_published_plan(judged):
    kidneys, tumour = error_of(judged, PUBLISHED)
    assert 0.064 < kidneys < 0.077
    assert 0.057 < tumour < 0.078


@pytest.mark.slow
def test_stopping_at_96_h_costs_the_tumours_most(judged):
    """Published about 40 % and 6 to 8 %; here 33 % and 13 %."""
    found = judged
    loss = found.rmse[best_until(found, 96.0)] / error_of(found, PUBLISHED) - 1.0
    assert 0.25 < loss[TUMOUR] < 0.50
    assert 0.03 < loss[KIDNEYS] < 0.20
