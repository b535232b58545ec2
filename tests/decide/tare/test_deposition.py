"""The search for extrahepatic deposition: what it finds, and how often it finds what is not there."""

import numpy as np
import pytest
from scipy import ndimage, stats

from hevesy.decide.tare import SearchSettings, find_deposits

SHAPE, STEP, FWHM = (40, 40, 40), 5.0, 12.0
SIGMA = FWHM / 2.3548 / STEP


def settings(**changes):
    given = {
        "spacing_mm": (STEP,) * 3, "fwhm_mm": FWHM, "variance_per_value": 0.0, "smallest_share": 1e-3,
        "false_positives": 0.05,
    }  # fmt: skip
    return SearchSettings(**{**given, **changes})


def liver():
    found = np.zeros(SHAPE, dtype=bool)
    found[5:25, 8:28, 4:22] = True
    return found


def body(spots=()):
    """A liver of 1000 and spots of any value, blurred."""
    image = liver() * 1000.0
    for place, value in spots:
        image[place] = value
    return ndimage.gaussian_filter(image, SIGMA)


def test_what_spills_from_the_liver_is_no_deposit():
    assert find_deposits(body(), liver(), settings()) == ()


def test_a_spot_is_found_where_it_is_with_its_activity():
    place = (slice(30, 33), slice(30, 33), slice(30, 33))
    image = body([(place, 3000.0)])
    (found,) = find_deposits(image, liver(), settings())
    assert found.centre_zyx == pytest.approx((31, 31, 31), abs=0.1)
    assert found.activity_share == pytest.approx(27 * 3000.0 / image.sum(), rel=0.02)
    assert found.volume_ml >= 27 * 0.125
    assert find_deposits(image, liver(), settings(smallest_share=0.5)) == ()
    assert find_deposits(image, liver() | (ndimage.gaussian_filter(image, 0) > 1.0), settings()) == ()


def test_a_spot_beside_the_liver_is_told_from_spill():
    """A centimetre and a half from the edge, as large as a gallbladder wall; the share leaves out what spill hides."""
    image = body([((slice(12, 16), slice(12, 16), slice(25, 28)), 2500.0)])
    (found,) = find_deposits(image, liver(), settings())
    assert found.centre_zyx[2] == pytest.approx(26.0, abs=1.0)


def test_several_spots_come_largest_first():
    image = body([((slice(30, 32),) * 3, 2000.0), ((slice(34, 37), slice(5, 8), slice(5, 8)), 2000.0)])
    shares = [one.activity_share for one in find_deposits(image, liver(), settings())]
    assert len(shares) == 2
    assert shares == sorted(shares, reverse=True)


def test_noise_alone_rarely_makes_a_spot():
    """As many scouts with spots as the stated 20 % or fewer, at 99 % confidence; Gaussian noise of the resolution."""
    random, n = np.random.default_rng(7), 60
    clean, hits = body(), 0
    for _ in range(n):
        noise = ndimage.gaussian_filter(random.standard_normal(SHAPE), SIGMA, mode="wrap")
        image = clean + 20.0 * noise / noise.std()
        hits += bool(find_deposits(image, liver(), settings(false_positives=0.2, smallest_share=1e-9)))
    assert hits <= stats.binom.ppf(0.99, n, 0.2)


def test_noise_that_follows_the_activity_is_told_near_the_liver():
    """Poisson noise in the spill makes no spot where its variance is known."""
    random = np.random.default_rng(3)
    image = random.poisson(body() / 10.0).astype(float)
    assert find_deposits(image, liver(), settings(variance_per_value=1.0, smallest_share=1e-6)) == ()


def test_nothing_outside_or_nothing_at_all():
    assert find_deposits(body(), np.ones(SHAPE, dtype=bool), settings()) == ()
    assert find_deposits(np.zeros(SHAPE), liver(), settings()) == ()
