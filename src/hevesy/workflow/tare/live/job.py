"""A treatment in fractions: after each image, the doses so far and the activity that may still be given."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from hevesy.decide.tare import (
    HEALTHY,
    OUTSIDE,
    Account,
    LiveFraction,
    LiveLimit,
    Standing,
    VolumeCondition,
    account,
    drawn_account,
    live_limit,
)
from hevesy.domain import Finding
from hevesy.errors import InputError, StudyFileError
from hevesy.physdata import Microspheres, microspheres
from hevesy.quantities import Draws, Uncertain, exact, multiply_powers
from hevesy.quantities.settings_file import read_yaml, validate_settings
from hevesy.report import write_atomically
from hevesy.workflow.holmium import NUCLIDE
from hevesy.workflow.tare.live.fractions import Measured, keep_all, measured_fractions
from hevesy.workflow.tare.live.readings import activity_per_amount, check_order, delivered
from hevesy.workflow.tare.live.regions import amounts
from hevesy.workflow.tare.live.settings import LiveFile
from hevesy.workflow.tare.live.state import require_all_named
from hevesy.workflow.tare.plan.product import dose_factor

if TYPE_CHECKING:
    from hevesy.workflow.tare.live.output import ShownPlane

_KG_PER_G = 1e-3


@dataclass(frozen=True)
class LiveCase:
    """A treatment so far, with everything that its document tells."""

    content: LiveFile
    product: Microspheres
    limit: LiveLimit
    measured: Measured
    fractions: tuple[LiveFraction, ...]
    """With the amounts of the last image's voxels."""
    standing: Standing
    condition: VolumeCondition
    tumour_dose_per_activity: dict[str, Uncertain]
    """[Gy/Bq]"""
    history: tuple[tuple[Account[Uncertain], tuple[LiveFraction, ...]], ...]
    """After each fraction, by the image after it."""
    findings: tuple[Finding, ...]


def read_live(path: Path) -> LiveFile:
    """Read the file of a treatment in fractions and check the order of its moments.

    Raises
    ------
    StudyFileError
        If it is not as it should be.
    AdministrationError
        If moments are out of order or more is left than was given.
    """
    content = validate_settings(LiveFile, read_yaml(path, "file of the treatment"), path.name)
    check_order(content)
    for placed in content.placed:
        if placed.region in {HEALTHY, content.images.liver, *content.treated}:
            raise StudyFileError("a tumour or a place outside the liver", f"{placed.region!r} came", "placed")
    for one in content.fractions:
        delivered(one, content.meter)
    return content


def live_case(path: Path, out: Path, *, accept_edits: bool = False) -> LiveCase:
    """Everything about a treatment so far; nothing is written.

    Parameters
    ----------
    path
        The file; others are beside it.
    out
        Folder with what was kept of earlier fractions.
    accept_edits
        Whether fractions that are not as they were kept are taken as they are now.

    Raises
    ------
    InputError
        If the file or an image is not sound, or an earlier fraction was edited or left out.
    """
    content = read_live(path)
    product = microspheres(content.product, "product")
    if product.nuclide != NUCLIDE:
        raise InputError("a product with 166Ho", f"{product.name} came", "product")
    limit = _limit(content, product)
    if not accept_edits:
        require_all_named(out, len(content.fractions))
    measured = measured_fractions(content, path.parent, out, accept_edits=accept_edits)
    return _case(content, product, limit, measured)


def write_live(path: Path, out: Path, *, accept_edits: bool = False) -> tuple[dict[str, Any], ShownPlane]:
    """Compute a treatment so far, keep what its images show, and write the document, the report and the dose map.

    Parameters
    ----------
    path
        The file; others are beside it.
    out
        Folder of ``live.json``, ``live.html``, ``live.jpg``, ``absorbed_dose.nii.gz`` and ``state``.
    accept_edits
        Whether fractions that are not as they were kept are taken as they are now.

    Returns
    -------
    The document, and the plane to show.

    Raises
    ------
    InputError
        If something is not sound; nothing is written then.
    OutputError
        If the folder cannot be written.
    """
    from hevesy.workflow.tare.live.document import live_document
    from hevesy.workflow.tare.live.output import write_pictures

    case = live_case(path, out, accept_edits=accept_edits)
    document = live_document(case, path)
    keep_all(case.measured, out)
    write_atomically(out / "live.json", (json.dumps(document, indent=2, allow_nan=False) + "\n").encode("ascii"))
    return document, write_pictures(case, document, out)


def _limit(content: LiveFile, product: Microspheres) -> LiveLimit:
    stated = content.limit
    trial = None if stated.trial == "none" else stated.trial
    return live_limit(
        product.key, stated.healthy_liver_dose, stated.treated_share_at_most, risk=stated.risk, trial=trial
    )


def _case(content: LiveFile, product: Microspheres, limit: LiveLimit, measured: Measured) -> LiveCase:
    placed = {one.region: 0.0 for one in content.placed}
    for one in content.placed:
        placed[one.region] += one.share
    factor = dose_factor(product, content.dose_factor)
    history = []
    for number in range(1, len(content.fractions) + 1):
        fractions = _fractions(content, measured, number)
        history.append((account(fractions, placed), fractions))
    now, fractions = history[-1]
    draws = Draws(content.sampling.seed, content.sampling.samples)
    standing = Standing(
        now,
        drawn_account(fractions, placed, draws),
        multiply_powers((factor, 1.0), (mass_of(content, measured, HEALTHY), -1.0)),
        _earlier(content),
        Uncertain(1.0, {f"meter:{content.meter.name}": content.meter.relative_standard_uncertainty}),
        draws,
    )
    tumours = {
        name: multiply_powers((factor, 1.0), (mass_of(content, measured, name), -1.0)) for name in content.tumours
    }
    condition = _condition(content, limit, measured, now)
    return LiveCase(
        content, product, limit, measured, fractions, standing, condition, tumours, tuple(history), measured.findings
    )


def _fractions(content: LiveFile, measured: Measured, n: int) -> tuple[LiveFraction, ...]:
    """The first ``n`` fractions by the image after the last of them."""
    stated = content.fractions[:n]
    shown = measured.shown[:n]
    by_region = amounts(shown, measured.regions, [one.name for one in stated])
    start = content.fractions[0].injected
    return tuple(
        LiveFraction(one.name, delivered(one, content.meter), activity_per_amount(one, content.batches, start), amount)
        for one, amount in zip(stated, by_region, strict=True)
    )


def mass_of(content: LiveFile, measured: Measured, part: str) -> Uncertain:
    """Of one part of the liver. [kg]"""
    mass = measured.regions.volume_ml(part) * content.density * _KG_PER_G
    stated = content.volume_relative_standard_uncertainty
    relative = stated.healthy if part == HEALTHY else stated.tumours[part]
    return Uncertain(mass, {f"volume:{part}": mass * relative})


def _earlier(content: LiveFile) -> Uncertain:
    if content.earlier == "none":
        return exact(0.0)
    dose = content.earlier.healthy_liver_dose
    return Uncertain(dose, {"earlier:healthy liver": dose * content.earlier.relative_standard_uncertainty})


def _condition(content: LiveFile, limit: LiveLimit, measured: Measured, now: Account[Uncertain]) -> VolumeCondition:
    seen = sum(one.value for one in now.seen.values())
    outside = max(now.seen[OUTSIDE].value, 0.0) / seen if seen > 0 else 0.0
    regions = measured.regions
    return VolumeCondition(
        regions.treated_ml, regions.liver_ml, outside, limit.treated_share, content.largest_unaccounted
    )


def unaccounted(now: Account[Uncertain], placed: Sequence[float]) -> Uncertain:
    """Share of the activity given that is neither seen nor placed; below zero where more is seen than given. [1]"""
    share = multiply_powers((_positive(now.not_seen), 1.0), (now.given, -1.0)) if now.not_seen.value else exact(0.0)
    sign = float(np.sign(now.not_seen.value))
    left = sign * (1.0 - sum(placed) if sign > 0 else 1.0)
    return Uncertain(share.value * left, {name: part * left for name, part in share.components.items()})


def _positive(estimate: Uncertain) -> Uncertain:
    sign = float(np.sign(estimate.value))
    return Uncertain(estimate.value * sign, {name: part * sign for name, part in estimate.components.items()})
