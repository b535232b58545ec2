"""Geometric mean of opposite views."""

import numpy as np
import pytest

from hevesy.domain import EnergyWindow, PlanarFrame
from hevesy.errors import GeometryError, ScaleError
from hevesy.quantify import geometric_mean

SHAPE = (7, 5)


def frame(counts, view, orientation, **changes):
    said = {"windows": (EnergyWindow(187, 229),), "duration_s": 600.0} | changes
    return PlanarFrame(np.asarray(counts), view, orientation=orientation, **said)


def counts(seed):
    return np.random.default_rng(seed).integers(0, 1000, SHAPE)


def views(orientation, stored, **changes):
    """The same posterior counts, stored as the orientation says."""
    return frame(counts(0), "ANT", ("L", "F")), frame(stored, "POST", orientation, **changes)


EXPECTED = np.sqrt(counts(0) * counts(1).astype(float))


@pytest.mark.parametrize(
    ("orientation", "stored"),
    [
        (("R", "F"), counts(1)[:, ::-1]),
        (("L", "F"), counts(1)),
        (("L", "H"), counts(1)[::-1]),
        (("R", "H"), counts(1)[::-1, ::-1]),
    ],
)
def test_the_posterior_view_is_turned_by_its_orientation(orientation, stored):
    np.testing.assert_allclose(geometric_mean(*views(orientation, stored)), EXPECTED, rtol=1e-14)


def test_a_stated_mirror_serves_where_orientations_are_missing():
    np.testing.assert_allclose(geometric_mean(*views(None, counts(1)[:, ::-1]), mirrored=True), EXPECTED)
    np.testing.assert_allclose(geometric_mean(*views(None, counts(1)), mirrored=False), EXPECTED)
    with pytest.raises(GeometryError, match="not stated"):
        geometric_mean(*views(None, counts(1)))
    with pytest.raises(GeometryError, match="not mirrored"):
        geometric_mean(*views(("R", "F"), counts(1)), mirrored=False)


def test_it_does_not_depend_on_the_depth_of_a_source():
    depths, thickness, attenuation = np.linspace(0, 20, 9), 20.0, 0.12
    means = [
        geometric_mean(
            frame([[1e6 * np.exp(-attenuation * d)]], "ANT", ("L", "F")),
            frame([[1e6 * np.exp(-attenuation * (thickness - d))]], "POST", ("R", "F")),
        )
        for d in depths
    ]
    np.testing.assert_allclose(means, 1e6 * np.exp(-attenuation * thickness / 2), rtol=1e-12)


def test_what_are_no_opposite_views_is_refused():
    anterior, posterior = views(("R", "F"), counts(1))
    with pytest.raises(GeometryError, match="an anterior and a posterior view"):
        geometric_mean(posterior, anterior)
    with pytest.raises(GeometryError, match="one matrix"):
        geometric_mean(anterior, frame(counts(1)[:-1], "POST", ("R", "F")))
    with pytest.raises(GeometryError, match="same axes"):
        geometric_mean(*views(("A", "F"), counts(1)))
    with pytest.raises(ScaleError, match="one duration"):
        geometric_mean(*views(("R", "F"), counts(1), duration_s=601.0))
    with pytest.raises(ScaleError, match="one energy window"):
        geometric_mean(*views(("R", "F"), counts(1), windows=(EnergyWindow(100, 126),)))
