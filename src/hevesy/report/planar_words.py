"""Planar images in the methods text, and what they cannot give."""

from __future__ import annotations

from hevesy.report import numbers
from hevesy.report.model import PlanarModel, Results

_LIMITS = {
    "planar": (
        "Planar views show no depth: what lies before and behind a region is told apart only as far as its shape, "
        "thickness and the background beside it tell. Every region is taken to be evenly filled."
    ),
    "hybrid": (
        "The course between the scans rests on planar views: what lies before and behind a region and changes "
        "otherwise than beside it changes its course. The scale rests on the one SPECT."
    ),
}
NOT_REGISTERED = (
    "The planar scans were shifted onto one of them by the correlation of their geometric means; turns of the patient "
    "were not looked for."
)


def planar_limits(used: PlanarModel | None) -> list[str]:
    """What planar views cannot give, and what was not corrected; nothing without them."""
    return [] if used is None else [_LIMITS[used.method], *used.limits]


def planar_alone(results: Results) -> bool:
    """Whether no tomogram was used."""
    return results.planar is not None and results.planar.method == "planar"


def planar_images_words(results: Results) -> str:
    """The scans of a study of planar images alone."""
    times = ", ".join(f"{point.time_h:.1f}" for point in results.time_points)
    return (
        f"{len(results.time_points)} planar scans with an anterior and a posterior view were used, {times} h after the "
        "start of the administration."
    )


def planar_words(used: PlanarModel | None) -> str:
    """How planar counts became activity; nothing without them."""
    if used is None:
        return ""
    single = [f"{name} by the {view} view alone" for name, view in used.views.items() if view != "conjugate"]
    sensitivity = numbers.estimate(used.sensitivity_cps_per_bq, 1e6)
    scale = (
        " The course of each region was scaled by its activity on the SPECT, so that errors common to the planar scans "
        "cancel."
        if used.method == "hybrid"
        else ""
    )
    return (
        f" Planar activity is the geometric mean of the net counts of opposite views{_but(single)}, times the factor "
        f"of attenuation ({used.attenuation}), over the sensitivity in air of {sensitivity} counts per second and MBq "
        f"({used.sensitivity_source}) and the {used.scans[0].seconds_per_point:g} s that each point was seen. Scatter: "
        f"{used.scatter}. Dead time: {used.dead_time}. Background was taken beside each region, less the part that the "
        f"region displaces.{scale}"
    )


def _but(single: list[str]) -> str:
    return f" ({'; '.join(single)})" if single else ""
