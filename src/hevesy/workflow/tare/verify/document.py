"""What the document of a verification tells about image, scales, conservation and provenance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.domain import Citation, Finding
from hevesy.physdata import nuclide
from hevesy.quantities import scaled
from hevesy.transport import engine
from hevesy.workflow.tare.plan.provenance import provenance_of
from hevesy.workflow.tare.plan.rows import estimate
from hevesy.workflow.tare.verify.doses import LUNG, VolumeDose
from hevesy.workflow.tare.verify.image import ShownActivity
from hevesy.workflow.tare.verify.regions import DrawnParts
from hevesy.workflow.tare.verify.scales import Scales, WithoutScout
from hevesy.workflow.tare.verify.settings import NUCLIDES, TareVerification

_RECOVERY = (
    Citation("rousset1998", "O. G. Rousset et al., J. Nucl. Med. 39 (1998) 904"),
    Citation(
        "thomas2011",
        "B. A. Thomas et al., Eur. J. Nucl. Med. Mol. Imaging 38 (2011) 1104 (DOI unconfirmed)",
        "10.1007/s00259-011-1745-9",
    ),
)
_AGREEMENT = (
    Citation("bland1986", "J. M. Bland, D. G. Altman, Lancet 327 (1986) 307", "10.1016/S0140-6736(86)90837-8"),
    Citation("low1998", "D. A. Low et al., Med. Phys. 25 (1998) 656", "10.1118/1.598248"),
)


def told_image(settings: TareVerification, shown: ShownActivity, alone: WithoutScout) -> dict[str, Any]:
    """When and how the activity was seen."""
    return {
        "start": settings.therapy.start.isoformat(),
        "hours_after_treatment": shown.elapsed_s / 3600.0,
        "decay": shown.words,
        "scout_share": alone.share,
        "outside_field": settings.therapy.outside.value,
        "summed": settings.therapy.summed,
        "recovery": settings.therapy.recovery.method,
    }


def told_scales(scales: Scales) -> dict[str, Any]:
    """Delivered and shown activity by both scales, and how they differ."""
    shown = {"self_calibrated": scales.own, "absolute": scales.absolute}
    difference = scales.difference
    return {
        "delivered_activity_bq": estimate(scales.delivered_bq),
        "shown_activity_bq": {
            name: None if scale is None else estimate(scaled(scale, scales.shown)) for name, scale in shown.items()
        },
        "absolute_over_self": None if difference is None else estimate(difference.ratio),
        "zeta": None if difference is None else difference.zeta,
        "verdict": None if difference is None else difference.verdict,
    }


def told_conservation(
    own: Mapping[str, VolumeDose], scales: Scales, settings: TareVerification
) -> dict[str, Any] | None:
    """Where the delivered activity is, by self-calibration."""
    if "whole_liver" not in own:
        return None
    given = scales.delivered_bq.value
    inside = {key: own[key].activity_bq.value for key in ("whole_liver", LUNG) if key in own}
    outside = given * settings.therapy.outside.value
    return {
        "liver": inside["whole_liver"] / given,
        "lungs": inside[LUNG] / given if LUNG in inside else None,
        "outside_field": outside / given,
        "elsewhere": 1.0 - (sum(inside.values()) + outside) / given,
    }


def has_voids(shown: ShownActivity) -> bool:
    """Whether voxels of an MRI hold more than it can tell."""
    return shown.voids is not None and bool(shown.voids.any())


def void_findings(shown: ShownActivity, drawn: DrawnParts) -> tuple[Finding, ...]:
    """Voxels of an MRI that hold more than it can tell."""
    if shown.voids is None or not has_voids(shown):
        return ()
    voids = int(np.count_nonzero(shown.voids)) * drawn.grid.voxel_volume_ml
    least = float(shown.values[shown.voids].sum()) / float(shown.values.sum())
    words = f"{voids:.3g} ml hold more than MRI can tell; they count with the least they hold, {least:.1%} of the image"
    return (Finding("signal-voids", words),)


def provenance(settings: TareVerification, files: tuple[Path, ...]) -> dict[str, Any]:
    """Hashes, settings, versions, references and the key; nothing is drawn at random."""
    stated = settings.model_dump(mode="json", by_alias=True)
    return {**provenance_of(stated, files, _cited(settings)), "seed": None}


def _cited(settings: TareVerification) -> Iterator[Citation]:
    data = nuclide(NUCLIDES[settings.therapy.modality])
    yield from dict.fromkeys((data.source, *engine(settings.engine, "engine").citations(data)))
    if settings.therapy.recovery.method == "shape":
        yield from _RECOVERY
    if settings.plan is not None:
        yield from _AGREEMENT if settings.plan.gamma else _AGREEMENT[:1]
