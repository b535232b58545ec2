"""Activity of boxes in a slab of water from their views: exact where the model is, with the stated uncertainties."""

import numpy as np
import pytest
from scipy import ndimage

from hevesy.errors import RegionFinding
from hevesy.numerics.conjugate_view import opposite_projections
from hevesy.numerics.partial_volume import sigma_of_fwhm
from hevesy.quantify import (
    Absorber,
    BodyPaths,
    ConjugateViews,
    DrawnRegion,
    Margins,
    PlanarErrors,
    StatedOverlap,
    WholeBody,
    drawn_geometry,
    measure_planar_regions,
    measure_whole_body,
    projected_geometry,
)
from hevesy.quantities import Uncertain

WATER = 0.0135
STEP = 5.0
SHAPE = (60, 40, 50)
SECONDS = 100.0
SENSITIVITY = 1e-5
FWHM = 12.0


def slab():
    """Water over all rows and columns, 30 voxels deep."""
    matter = np.zeros(SHAPE)
    matter[:, 5:35] = WATER
    return Absorber(matter, 0.03, WATER, (STEP, STEP, STEP))


def box(z, y, x):
    """Share of every voxel."""
    share = np.zeros(SHAPE)
    share[slice(*z), slice(*y), slice(*x)] = 1.0
    return share


def views_of(activity_bq, scatter=0.0, blur=True):
    """Counts of an activity per voxel, from head to feet; ``scatter`` is its share of the photopeak's counts."""
    leaving = opposite_projections(activity_bq, slab().matter_per_mm, STEP)[:, ::-1]
    sigma = sigma_of_fwhm(FWHM) / STEP if blur else 0.0
    counts = ndimage.gaussian_filter(leaving, [0.0, sigma, sigma], mode="constant") * SENSITIVITY * SECONDS
    rest = np.zeros_like(counts) + scatter * counts
    return conjugate(counts + rest, rest)


def conjugate(photopeak, scatter):
    """Views of given counts."""
    rows = photopeak.shape[1]
    return ConjugateViews(
        photopeak, photopeak, scatter, scatter, SECONDS, np.full(rows, SECONDS / 2), np.ones((2, rows)), None,
        (STEP, STEP), (0.0, 0.0, 0.0),
    )  # fmt: skip


MARGINS = Margins(10.0, 5.0, 20.0)
LIVER, KIDNEY = box((30, 50), (6, 24), (5, 25)), box((20, 36), (25, 33), (15, 24))
SHAPES = {"Liver": LIVER, "Kidney": KIDNEY}
TRUTH = {"Liver": 3e8, "Kidney": 8e7}
CALIBRATED = Uncertain(SENSITIVITY, {"calibration:planar": 0.03 * SENSITIVITY})


def errors(**changes):
    stated = {
        "scatter": 0.1,
        "background": 0.2,
        "overlap": 0.2,
        "position_mm": 2.0,
        "model": dict.fromkeys(SHAPES, 0.05),
    }
    return PlanarErrors(**{**stated, **changes})


def activity(background=0.0):
    even = (slab().matter_per_mm > 0) * (1 - LIVER) * (1 - KIDNEY) * background
    return even + sum(TRUTH[n] * shape / shape.sum() for n, shape in SHAPES.items())


def measured(shown, **changes):
    geometry, lost = projected_geometry(SHAPES, slab(), MARGINS, fwhm_mm=FWHM, **changes)
    assert lost == {}
    return measure_planar_regions(shown, geometry, CALIBRATED, errors(), scan=1)


@pytest.mark.parametrize("view", ["conjugate", "anterior", "posterior"])
@pytest.mark.parametrize(("background", "scatter"), [(0.0, 0.0), (2000.0, 0.0), (2000.0, 0.3)])
def test_overlapping_regions_in_background_and_scatter_are_found(view, background, scatter):
    """To 0.5 %: what blur carries over the edges of the slab."""
    found = measured(views_of(activity(background), scatter), views=dict.fromkeys(SHAPES, view))
    for name, truth in TRUTH.items():
        assert found[name].activity.value == pytest.approx(truth, rel=5e-3)


def test_factor_of_a_projected_box_is_that_of_mird_16():
    r"""exp(mu T / 2) (mu t / 2) / sinh(mu t / 2); voxels of 5 mm make 1e-4 of it."""
    geometry, _ = projected_geometry({"Kidney": KIDNEY}, slab(), MARGINS, fwhm_mm=FWHM)
    x = WATER * 8 * STEP
    expected = np.exp(WATER * 30 * STEP / 2) * (x / 2) / np.sinh(x / 2)
    assert geometry.attenuation[0].value == pytest.approx(expected, rel=2e-4)
    relative = geometry.attenuation[0].components["attenuation:planar"] / expected
    assert relative == pytest.approx(0.03 * (WATER * 30 * STEP / 2 - (x / 2 / np.tanh(x / 2) - 1)), rel=1e-2)


def test_stated_errors_move_what_they_say():
    found = measured(views_of(activity(2000.0), 0.3))["Kidney"]
    moved = {name: u / found.activity.value for name, u in found.activity.components.items()}
    assert moved["calibration:planar"] == pytest.approx(-0.03)
    assert moved["planar-model:Kidney"] == pytest.approx(0.05)
    assert moved["background:Kidney"] < 0 > moved["overlap:Kidney"]
    assert moved["scatter:planar"] < 0  # more scatter taken off leaves less
    assert moved["attenuation:planar"] > 0.02
    assert {"counts:Kidney@1", "position:Kidney@1"} <= set(moved)
    assert not {"counts:Liver@1", "position:Liver@1"} & set(moved)


def test_counting_uncertainty_is_the_spread_of_repeated_counting():
    """300 draws: the standard deviation is known to 4 %, asked to 15 %."""
    views = views_of(activity(2000.0), 0.3)
    geometry, _ = projected_geometry(SHAPES, slab(), MARGINS, fwhm_mm=FWHM)
    rng = np.random.default_rng(5)
    values = []
    for _ in range(300):
        noisy = conjugate(rng.poisson(views.photopeak).astype(float), rng.poisson(views.scatter).astype(float))
        values.append(measure_planar_regions(noisy, geometry, CALIBRATED, errors(), scan=1)["Kidney"].activity.value)
    stated = measure_planar_regions(views, geometry, CALIBRATED, errors(), scan=1)["Kidney"].activity
    assert np.std(values) == pytest.approx(stated.components["counts:Kidney@1"], rel=0.15)


def test_scatter_over_the_photopeak_is_a_finding_and_never_clipped():
    views = views_of(activity(2000.0), 0.3)
    found = measured(conjugate(views.photopeak, 1.2 * views.photopeak))
    assert isinstance(found["Kidney"], RegionFinding)
    assert "net counts in the anterior view" in found["Kidney"].reason


def test_background_over_the_source_is_a_finding():
    beside = box((18, 38), (25, 33), (28, 31))
    found = measured(views_of(activity(2000.0) * (1 - KIDNEY) + 1e5 * beside))
    assert isinstance(found["Kidney"], RegionFinding)


def test_a_region_without_pixels_of_its_own_is_named():
    hidden = {"Liver": LIVER, "Same": LIVER.copy()}
    geometry, lost = projected_geometry(hidden, slab(), MARGINS, fwhm_mm=FWHM)
    assert (geometry.names, list(lost)) == (("Liver",), ["Same"])
    assert "no region of interest of its own" in lost["Same"]


def drawn(name, z, x, thickness_mm, **changes):
    """A ROI over rows and columns of a box with a margin, and a background right of it. Rows run from head to feet."""
    roi = np.zeros((SHAPE[0], SHAPE[2]), dtype=bool)
    roi[SHAPE[0] - z[1] - 3 : SHAPE[0] - z[0] + 3, x[0] - 3 : x[1] + 3] = True
    ring = np.zeros_like(roi)
    ring[SHAPE[0] - z[1] : SHAPE[0] - z[0], x[1] + 4 : x[1] + 8] = True
    stated = {"background": ring, "view": "conjugate", **changes}
    return DrawnRegion(name, roi, thickness_mm=Uncertain(thickness_mm, {f"thickness:{name}": 5.0}), **stated)


def body(relative=0.03):
    paths = np.full((SHAPE[0], SHAPE[2]), WATER * 30 * STEP)
    return BodyPaths(paths, paths / WATER, relative, np.ones_like(paths), (STEP, STEP))


@pytest.mark.parametrize(("view", "depth"), [("conjugate", None), ("posterior", 30.0)])
def test_a_drawn_region_with_stated_thickness_is_found(view, depth):
    """Background in the margin is even; F is exact where attenuation is none, so 2 % are left of it here."""
    shape = box((20, 36), (25, 33), (15, 24))
    even = (slab().matter_per_mm > 0) * (1 - shape) * 200.0
    views = views_of(even + 8e7 * shape / shape.sum())
    far = None if depth is None else Uncertain(depth, {"depth:Kidney": 3.0})
    geometry = drawn_geometry([drawn("Kidney", (20, 36), (15, 24), 40.0, view=view, depth_mm=far)], [], body())
    found = measure_planar_regions(views, geometry, CALIBRATED, errors(model={"Kidney": 0.05}), scan=1)["Kidney"]
    assert found.activity.value == pytest.approx(8e7, rel=0.02)
    assert ("depth:Kidney" in found.activity.components) is (depth is not None)
    assert "thickness:Kidney" in found.activity.components


def test_a_stated_overlap_is_taken_off_and_given_back():
    kidney = drawn("Kidney", (20, 36), (15, 24), 40.0, background=None)
    liver = drawn("Liver", (30, 50), (5, 25), 90.0, background=None)
    geometry = drawn_geometry([kidney, liver], [StatedOverlap("Liver", "Kidney", 0.25, 0.1)], body())
    counts = np.zeros((2, SHAPE[0], SHAPE[2]))
    for n, roi in enumerate(geometry.rois):
        counts[0, roi] += (1.5e5, 3e5)[n] / roi.sum()
        counts[1, roi] += (0.9e5, 3.6e5)[n] / roi.sum()
    found = measure_planar_regions(conjugate(counts, 0 * counts), geometry, CALIBRATED, errors(), scan=1)
    assert found["Liver"].net == pytest.approx((4e5, 4e5))
    assert found["Kidney"].net == pytest.approx((5e4, 5e4))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"thickness_mm": 400.0}, "thinner than the body"),
        ({"view": "posterior"}, "expected a depth"),
    ],
)
def test_what_a_drawn_region_cannot_be_is_refused(changes, words):
    thickness = changes.pop("thickness_mm", 40.0)
    with pytest.raises(RegionFinding, match=words):
        drawn_geometry([drawn("Kidney", (20, 36), (15, 24), thickness, **changes)], [], body())


def test_background_over_its_own_region_is_refused():
    region = drawn("Kidney", (20, 36), (15, 24), 40.0)
    with pytest.raises(RegionFinding, match="lies over its own region"):
        drawn_geometry([DrawnRegion("Kidney", region.roi, region.roi, region.thickness_mm)], [], body())


def test_whole_body_of_an_even_slab_is_exact():
    even = (slab().matter_per_mm > 0) * 1000.0
    views = views_of(even, 0.3, blur=False)
    paths = np.full((SHAPE[0], SHAPE[2]), WATER * 30 * STEP)
    whole = WholeBody("All", paths, 0.03)
    stated = errors(model={"All": 0.08})
    found = measure_whole_body(views, whole, CALIBRATED, stated, scan=2)
    assert found.activity.value == pytest.approx(even.sum(), rel=1e-3)
    part = measure_whole_body(views, WholeBody("Half", paths, 0.03, slice(0, 30), "All"), CALIBRATED, stated, scan=2)
    assert part.activity.value == pytest.approx(even.sum() / 2, rel=1e-3)
    assert part.activity.components["planar-model:All"] == pytest.approx(0.08 * part.activity.value)
    assert found.activity.components["scatter:planar"] / found.activity.value == pytest.approx(-0.1 * 0.3)
    assert found.time_s == SECONDS / 2
